//! The seas that messages name, and which of them a fall is in.

use crate::plane::extent;
use crate::shape::LonLat;
use downrange_engine::traffic::SurfacePosition;
use downrange_engine::warn::Revision;

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

/// Seas and rough outlines (longitude, latitude), drawn by hand for naming only; the first that holds a place counts. The first nine
/// are the open seas, the others what these leave out: waters along the coasts of Japan and Korea, bays, and the Pacific down to the
/// equator. They follow the limits of the International Hydrographic Organization (S-23, 1953: the Japan Sea ends at the eastern mouth
/// of Tsugaru Strait, the Inland Sea is one of its own, the Bering Sea ends at the Commander and Aleutian Islands).
const SEAS: [(Sea, &[LonLat]); 22] = [
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
        sea("sea-bering", "BERING SEA"),
        &[
            [162.9, 56.2],
            [166.0, 55.1],
            [168.2, 54.6],
            [172.4, 52.95],
            [177.5, 52.0],
            [179.99, 51.7],
            [179.99, 64.9],
            [177.0, 64.8],
            [177.5, 62.6],
            [170.3, 60.0],
            [163.3, 59.8],
            [162.9, 57.8],
        ],
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
    // From the line between Kannonzaki and Futtsu inwards.
    (
        sea("sea-tokyo-bay", "TOKYO WAN"),
        &[
            [139.74, 35.25],
            [139.66, 35.3],
            [139.65, 35.45],
            [139.78, 35.56],
            [139.8, 35.64],
            [139.98, 35.68],
            [140.1, 35.6],
            [140.05, 35.5],
            [139.9, 35.4],
            [139.8, 35.3],
        ],
    ),
    // Uraga Channel, outside of it.
    (PACIFIC, &[[139.74, 35.25], [139.8, 35.3], [139.84, 35.15], [139.84, 34.97], [139.7, 34.97], [139.67, 35.15]]),
    // Ise Bay and Mikawa Bay, from the line between Toba and Irago inwards.
    (
        sea("sea-ise-bay", "ISE WAN"),
        &[
            [137.02, 34.58],
            [136.88, 34.5],
            [136.72, 34.57],
            [136.57, 34.63],
            [136.53, 34.72],
            [136.64, 34.87],
            [136.66, 34.97],
            [136.74, 35.04],
            [136.88, 35.06],
            [136.83, 34.9],
            [136.88, 34.73],
            [136.97, 34.7],
            [136.96, 34.87],
            [137.05, 34.79],
            [137.22, 34.82],
            [137.33, 34.75],
            [137.22, 34.66],
        ],
    ),
    // From Nagasakibana and Cape Tachime inwards.
    (
        sea("sea-kagoshima-bay", "KAGOSHIMA WAN"),
        &[
            [130.59, 31.16],
            [130.66, 31.25],
            [130.56, 31.37],
            [130.57, 31.58],
            [130.63, 31.72],
            [130.78, 31.72],
            [130.69, 31.5],
            [130.79, 31.38],
            [130.75, 31.22],
            [130.69, 31.15],
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
            ("sea-bering", 57.5, 170.0),
            ("sea-pacific", 51.5, 170.0),
            ("sea-tokyo-bay", 35.5, 139.9),
            ("sea-pacific", 35.1, 139.77),
            ("sea-ise-bay", 34.8, 136.72),
            ("sea-ise-bay", 34.73, 137.15),
            ("sea-kagoshima-bay", 31.45, 130.65),
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
            (35.3, 140.0),
            (34.8, 136.9),
            (31.4, 130.45),
        ] {
            assert_eq!(sea_at(lon, lat), None, "{lat} {lon}");
        }
    }
}
