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

const JAPAN: Sea = sea("sea-japan", "SEA OF JAPAN");
const KOREA_STRAIT: Sea = sea("sea-korea-strait", "KOREA STRAIT");
const PACIFIC: Sea = sea("sea-pacific", "NORTH PACIFIC");
const SETO: Sea = sea("sea-seto", "SETO NAIKAI");

/// Seas and rough outlines (longitude, latitude), drawn by hand for naming only; the first that holds a place counts. The first eight
/// are the open seas, the others what these leave out: waters along the coasts of Japan and Korea, and the Pacific down to the equator.
/// They follow the limits of the International Hydrographic Organization (S-23, 1953: the Japan Sea ends at the eastern mouth of
/// Tsugaru Strait, the Inland Sea is one of its own).
const SEAS: [(Sea, &[LonLat]); 17] = [
    (
        JAPAN,
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
    (KOREA_STRAIT, &[[127.5, 33.3], [129.7, 33.3], [131.2, 34.5], [130.5, 35.0], [129.3, 35.5], [127.5, 34.8]]),
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
        PACIFIC,
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
    // Off San'in, from the Korea Strait to Wakasa Bay.
    (
        JAPAN,
        &[
            [130.5, 35.0],
            [131.2, 34.5],
            [130.95, 34.4],
            [131.4, 34.42],
            [131.7, 34.68],
            [132.1, 34.95],
            [132.62, 35.4],
            [133.1, 35.58],
            [133.4, 35.48],
            [134.0, 35.54],
            [134.9, 35.66],
            [135.3, 35.75],
            [135.8, 35.55],
            [136.05, 35.75],
            [136.2, 36.2],
            [136.75, 36.75],
            [135.8, 35.85],
            [132.5, 35.7],
        ],
    ),
    // Toyama Bay and the coast up to Sakata.
    (
        JAPAN,
        &[
            [136.98, 37.1],
            [137.05, 36.8],
            [137.35, 36.76],
            [137.65, 36.99],
            [138.2, 37.18],
            [138.55, 37.4],
            [138.75, 37.6],
            [139.05, 37.97],
            [139.42, 38.25],
            [139.6, 38.8],
            [138.4, 37.5],
            [137.3, 37.4],
        ],
    ),
    // Tsugaru Strait up to its eastern mouth, and Mutsu Bay.
    (
        JAPAN,
        &[
            [140.25, 41.3],
            [140.65, 41.2],
            [140.65, 40.87],
            [141.15, 40.95],
            [141.2, 41.2],
            [140.85, 41.2],
            [140.9, 41.55],
            [141.45, 41.4],
            [141.2, 41.8],
            [140.7, 41.8],
            [140.4, 41.45],
            [140.1, 41.45],
        ],
    ),
    // Off North Hamgyong.
    (JAPAN, &[[129.7, 41.2], [129.72, 41.6], [129.85, 41.8], [130.1, 42.05], [130.45, 42.25], [130.6, 42.3]]),
    // Off northern Kyushu.
    (
        KOREA_STRAIT,
        &[
            [129.7, 33.3],
            [129.95, 33.45],
            [130.35, 33.62],
            [130.55, 33.87],
            [130.9, 33.95],
            [130.95, 34.35],
            [131.2, 34.5],
        ],
    ),
    // Along the southern coasts, from Boso to Kyushu.
    (
        PACIFIC,
        &[
            [140.4, 35.1],
            [139.85, 34.95],
            [139.7, 35.2],
            [139.3, 35.28],
            [139.13, 35.1],
            [138.95, 34.65],
            [138.75, 34.7],
            [138.75, 35.05],
            [138.55, 35.05],
            [138.2, 34.62],
            [137.6, 34.66],
            [137.0, 34.58],
            [136.9, 34.25],
            [136.2, 33.95],
            [135.85, 33.5],
            [135.4, 33.6],
            [135.1, 33.9],
            [135.05, 34.25],
            [134.65, 34.2],
            [134.7, 33.85],
            [134.2, 33.3],
            [133.9, 33.5],
            [133.5, 33.48],
            [133.25, 33.3],
            [133.0, 32.75],
            [132.6, 32.9],
            [132.4, 33.3],
            [132.05, 33.35],
            [131.9, 32.8],
            [131.5, 32.0],
            [131.4, 31.4],
            [131.0, 31.1],
            [130.6, 31.0],
            [135.0, 33.0],
            [141.0, 33.8],
        ],
    ),
    // Along Sanriku and Hokkaido, with Uchiura Bay.
    (
        PACIFIC,
        &[
            [140.95, 38.0],
            [141.5, 38.3],
            [142.05, 39.5],
            [141.85, 40.2],
            [141.45, 40.7],
            [141.45, 41.4],
            [141.2, 41.8],
            [140.85, 42.1],
            [140.4, 42.25],
            [140.5, 42.5],
            [140.95, 42.3],
            [141.3, 42.5],
            [141.9, 42.55],
            [142.6, 42.2],
            [143.25, 41.95],
            [143.35, 42.3],
            [144.0, 42.9],
            [145.3, 43.25],
            [145.8, 43.3],
            [146.0, 43.0],
            [143.0, 39.0],
        ],
    ),
    // Down to the equator.
    (PACIFIC, &[[130.0, 0.0], [179.99, 0.0], [179.99, 5.0], [130.0, 5.0]]),
    (
        SETO,
        &[
            [130.95, 33.95],
            [131.4, 34.0],
            [131.8, 33.93],
            [132.1, 33.85],
            [132.25, 34.2],
            [132.45, 34.33],
            [132.9, 34.28],
            [133.3, 34.35],
            [133.6, 34.43],
            [133.95, 34.55],
            [134.3, 34.7],
            [134.7, 34.77],
            [135.0, 34.63],
            [135.3, 34.7],
            [135.43, 34.6],
            [135.2, 34.33],
            [135.05, 34.25],
            [134.65, 34.22],
            [134.4, 34.32],
            [134.05, 34.35],
            [133.6, 34.22],
            [133.1, 34.1],
            [132.95, 34.05],
            [132.7, 33.85],
            [132.4, 33.55],
            [132.05, 33.35],
            [131.7, 33.35],
            [131.75, 33.6],
            [131.4, 33.65],
            [131.1, 33.7],
            [131.0, 33.9],
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
    let mut others: Vec<Sea> = Vec::new();
    for (sea, _) in SEAS.iter().filter(|sea| worth(sea)) {
        if !others.contains(sea) {
            others.push(*sea);
        }
    }
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
            ("sea-japan", 35.1, 131.7),
            ("sea-japan", 36.9, 137.25),
            ("sea-japan", 41.5, 140.6),
            ("sea-korea-strait", 33.8, 130.2),
            ("sea-pacific", 34.8, 138.45),
            ("sea-pacific", 33.3, 133.7),
            ("sea-pacific", 42.3, 140.7),
            ("sea-pacific", 40.5, 142.3),
            ("sea-seto", 34.45, 134.3),
            ("sea-seto", 33.8, 131.6),
        ] {
            assert_eq!(sea_at(lon, lat).map(|sea| sea.key), Some(key), "{lat} {lon}");
        }
        for (lat, lon) in [
            (36.0, 138.5),
            (37.5, 128.0),
            (40.0, 126.0),
            (43.5, 142.8),
            (0.0, 0.0),
            (33.75, 133.3),
            (39.5, 141.3),
            (34.8, 133.6),
        ] {
            assert_eq!(sea_at(lon, lat), None, "{lat} {lon}");
        }
    }
}
