//! The measures of an area that words are made of: centre, length, width, and the sea it lies in.

use crate::shape::{self, LonLat};
use downrange_engine::assess::HazardArea;
use downrange_engine::traffic::SurfacePosition;
use downrange_engine::warn::Revision;

/// A degree of latitude on a sphere of the Earth's mean radius (6,371.0088 km, IUGG).
const KM_PER_DEG: f64 = 111.195;

/// Centre and size of the smallest rectangle around an area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Extent {
    /// Longitude, within -180 to 180.
    pub longitude_deg: f64,
    /// Latitude.
    pub latitude_deg: f64,
    /// Longer side.
    pub length_km: f64,
    /// Shorter side.
    pub width_km: f64,
}

/// The smallest of the rectangles that lie along an edge of the ring (plane around the first corner: words need no more).
pub(crate) fn extent(area: &HazardArea) -> Extent {
    let ring = shape::ring(area.ring());
    let [lon0, lat0] = ring.first().copied().unwrap_or([0.0, 0.0]);
    let lon_scale = libm::cos(lat0.to_radians()) * KM_PER_DEG;
    let plane: Vec<[f64; 2]> =
        ring.iter().map(|&[lon, lat]| [(lon - lon0) * lon_scale, (lat - lat0) * KM_PER_DEG]).collect();
    let mut best = (f64::INFINITY, [0.0, 0.0], 0.0, 0.0);
    for edge in plane.windows(2) {
        let along = [edge[1][0] - edge[0][0], edge[1][1] - edge[0][1]];
        let norm = libm::hypot(along[0], along[1]);
        if norm == 0.0 {
            continue;
        }
        let [ux, uy] = [along[0] / norm, along[1] / norm];
        let (low, high) = range(plane.iter().map(|&[x, y]| x * ux + y * uy));
        let (left, right) = range(plane.iter().map(|&[x, y]| y * ux - x * uy));
        let (length_km, width_km) = (high - low, right - left);
        if length_km * width_km < best.0 {
            let (u, v) = ((low + high) / 2.0, (left + right) / 2.0);
            best = (length_km * width_km, [u * ux - v * uy, u * uy + v * ux], length_km, width_km);
        }
    }
    let (_, [x, y], length_km, width_km) = best;
    Extent {
        longitude_deg: shape::wrapped_deg(lon0 + if lon_scale > 0.0 { x / lon_scale } else { 0.0 }),
        latitude_deg: lat0 + y / KM_PER_DEG,
        length_km: length_km.max(width_km),
        width_km: length_km.min(width_km),
    }
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

/// A sea that messages can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sea {
    /// Key of its name in the message catalogues.
    pub key: &'static str,
    /// General area in navigational warnings.
    pub navarea: &'static str,
}

const fn sea(key: &'static str, navarea: &'static str) -> Sea {
    Sea { key, navarea }
}

/// Seas and rough outlines (longitude, latitude), drawn by hand for naming only; the first that holds a place counts.
const SEAS: [(Sea, &[LonLat]); 8] = [
    (
        sea("sea-japan", "SEA OF JAPAN"),
        &[
            [129.3, 35.5],
            [130.5, 35.0],
            [132.5, 35.6],
            [135.8, 35.7],
            [136.8, 36.8],
            [138.4, 37.4],
            [139.6, 38.8],
            [140.0, 40.6],
            [140.3, 41.5],
            [140.0, 42.3],
            [141.3, 43.4],
            [141.7, 45.5],
            [142.1, 46.6],
            [142.0, 51.8],
            [140.5, 50.5],
            [138.2, 46.5],
            [135.4, 43.8],
            [132.5, 43.2],
            [130.6, 42.3],
            [129.7, 41.2],
            [127.5, 39.7],
            [128.4, 38.4],
            [129.4, 37.0],
        ],
    ),
    (
        sea("sea-korea-strait", "KOREA STRAIT"),
        &[[127.5, 33.3], [129.7, 33.3], [131.2, 34.5], [130.5, 35.0], [129.3, 35.5], [127.5, 34.8]],
    ),
    (
        sea("sea-yellow", "YELLOW SEA"),
        &[[119.2, 33.3], [126.3, 33.3], [126.5, 37.6], [124.9, 39.8], [117.5, 41.0], [117.5, 37.0]],
    ),
    (
        sea("sea-east-china", "EAST CHINA SEA"),
        &[[120.0, 25.0], [123.5, 24.3], [128.5, 26.5], [130.6, 31.0], [129.7, 33.3], [119.9, 33.3]],
    ),
    (
        sea("sea-south-china", "SOUTH CHINA SEA"),
        &[[105.0, 2.0], [116.0, 5.0], [120.4, 14.0], [120.8, 22.0], [117.0, 24.0], [105.0, 20.0]],
    ),
    (
        sea("sea-okhotsk", "SEA OF OKHOTSK"),
        &[
            [143.0, 44.2],
            [145.4, 44.0],
            [150.0, 46.4],
            [156.4, 50.9],
            [156.0, 57.0],
            [163.0, 62.0],
            [143.0, 59.5],
            [136.0, 54.0],
            [142.5, 53.0],
        ],
    ),
    (
        sea("sea-philippine", "PHILIPPINE SEA"),
        &[[122.5, 5.0], [141.0, 5.0], [141.0, 34.0], [135.0, 33.2], [130.6, 31.0], [128.5, 26.5], [123.5, 24.3]],
    ),
    (
        sea("sea-pacific", "NORTH PACIFIC"),
        &[
            [139.8, 5.0],
            [179.99, 5.0],
            [179.99, 60.0],
            [163.0, 59.0],
            [156.4, 50.9],
            [150.0, 46.4],
            [145.4, 43.5],
            [140.9, 38.0],
            [140.0, 35.0],
        ],
    ),
];

/// A sea is named when one in so many of the possible falls at sea lies in it.
const NAMED_FROM_SHARE: usize = 4;
/// So many more are named behind it at most, each when one in so many lies in it.
const ALSO_FROM_SHARE: usize = 20;
const ALSO_MAX: usize = 3;

/// The sea that a message names: the first of the list that holds its share of the possible falls; around the middle of the first
/// area where none are said, or none lies at sea.
pub(crate) fn sea_of(revision: &Revision) -> Option<Sea> {
    let at_sea =
        revision.places.iter().filter_map(|p| sea_at(p.longitude_rad.to_degrees(), p.latitude_rad.to_degrees()));
    let at_sea: Vec<Sea> = at_sea.collect();
    let count = |sea: &Sea| at_sea.iter().filter(|other| *other == sea).count();
    // The list has marginal seas first and oceans last: what falls there falls sooner, and the ocean begins behind.
    let named =
        SEAS.iter().map(|(sea, _)| *sea).find(|sea| count(sea) > 0 && NAMED_FROM_SHARE * count(sea) >= at_sea.len());
    let of_area = || {
        let extent = extent(revision.areas.first()?);
        sea_at(extent.longitude_deg, extent.latitude_deg)
    };
    named.or_else(of_area)
}

/// Other seas than `named` that hold a share of the possible falls worth saying ([`ALSO_FROM_SHARE`]), most of them first, on a tie
/// in the order of the list.
pub(crate) fn other_seas(revision: &Revision, named: Sea) -> Vec<Sea> {
    let at = |p: &SurfacePosition| sea_at(p.longitude_rad.to_degrees(), p.latitude_rad.to_degrees());
    let at_sea: Vec<Sea> = revision.places.iter().filter_map(at).collect();
    let count = |sea: Sea| at_sea.iter().filter(|other| **other == sea).count();
    let worth = |&(sea, _): &(Sea, _)| sea != named && count(sea) > 0 && ALSO_FROM_SHARE * count(sea) >= at_sea.len();
    let mut others: Vec<Sea> = SEAS.iter().filter(|sea| worth(sea)).map(|(sea, _)| *sea).collect();
    others.dedup();
    others.sort_by_key(|&sea| core::cmp::Reverse(count(sea)));
    others.truncate(ALSO_MAX);
    others
}

/// The sea around a place, where it is one of those known here.
pub(crate) fn sea_at(longitude_deg: f64, latitude_deg: f64) -> Option<Sea> {
    SEAS.iter().find(|(_, outline)| holds(outline, longitude_deg, latitude_deg)).map(|&(sea, _)| sea)
}

/// Counts crossings of a line to the east.
fn holds(outline: &[LonLat], lon: f64, lat: f64) -> bool {
    let next = outline.iter().skip(1).chain(outline.first());
    let crosses = |(a, b): &(&LonLat, &LonLat)| {
        (a[1] > lat) != (b[1] > lat) && lon < a[0] + (lat - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
    };
    outline.iter().zip(next).filter(crosses).count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seas_are_named_and_land_is_not() {
        for (key, lat, lon) in [
            ("sea-japan", 40.43, 129.58),
            ("sea-japan", 38.0, 134.0),
            ("sea-japan", 42.0, 137.0),
            ("sea-yellow", 36.0, 123.5),
            ("sea-east-china", 29.0, 125.0),
            ("sea-korea-strait", 34.3, 129.2),
            ("sea-philippine", 15.0, 128.0),
            ("sea-pacific", 40.0, 155.0),
            ("sea-okhotsk", 52.0, 149.0),
        ] {
            assert_eq!(sea_at(lon, lat).map(|sea| sea.key), Some(key), "{lat} {lon}");
        }
        for (lat, lon) in [(36.0, 138.5), (37.5, 128.0), (40.0, 126.0), (43.5, 142.8), (0.0, 0.0)] {
            assert_eq!(sea_at(lon, lat), None, "{lat} {lon}");
        }
    }
}
