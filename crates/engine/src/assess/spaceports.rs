//! From where satellites are launched: most that rises there is on its way to an orbit.

use crate::traffic::SurfacePosition;
use downrange_earth::{Geodetic, geodesic};

/// Latitude and longitude in degrees, and how far its pads lie from there, in km: sites from which orbits were tried or reached.
/// Public coordinates, good to some kilometres; which sites, and how wide each is, is our choice.
const SITES: [(f64, f64, f64); 27] = [
    // Cape Canaveral and Kennedy Space Center, Vandenberg, Wallops, Kodiak, Starbase.
    (28.53, -80.60, 20.0),
    (34.70, -120.59, 20.0),
    (37.84, -75.48, 10.0),
    (57.44, -152.34, 10.0),
    (26.00, -97.16, 10.0),
    // Kourou, Alcântara, Mahia.
    (5.24, -52.77, 15.0),
    (-2.34, -44.40, 10.0),
    (-39.26, 177.86, 10.0),
    // Baikonur, Plesetsk, Vostochny, Andøya.
    (45.96, 63.35, 50.0),
    (62.93, 40.57, 25.0),
    (51.88, 128.33, 15.0),
    (69.11, 15.60, 10.0),
    // Jiuquan, Taiyuan, Xichang, Wenchang, Haiyang.
    (40.98, 100.25, 20.0),
    (38.85, 111.61, 10.0),
    (28.25, 102.03, 10.0),
    (19.61, 110.95, 10.0),
    (36.69, 121.26, 10.0),
    // Tanegashima, Uchinoura, Kii, Naro.
    (30.40, 130.97, 10.0),
    (31.25, 131.08, 10.0),
    (33.54, 135.89, 10.0),
    (34.43, 127.54, 10.0),
    // Sohae, Tonghae.
    (39.66, 124.71, 10.0),
    (40.86, 129.67, 10.0),
    // Sriharikota, Semnan, Shahroud, Palmachim.
    (13.72, 80.23, 10.0),
    (35.23, 53.92, 10.0),
    (36.20, 55.33, 10.0),
    (31.88, 34.68, 10.0),
];
/// A launch place that is known no better than this says nothing.
const KNOWN_M: f64 = 15e3;
/// So many sigmas off its pads it may still be from there.
const NEAR_SIGMAS: f64 = 8.0 / 3.0;

/// Whether a launch from here, known this well (one sigma), is from such a site.
///
/// ```
/// use downrange_earth::Geodetic;
/// use downrange_engine::assess::spaceports::is_from_one;
/// use downrange_engine::traffic::SurfacePosition;
///
/// let at = |latitude: f64, longitude: f64| {
///     let place = Geodetic::from_degrees(latitude, longitude, 0.0);
///     SurfacePosition { latitude_rad: place.latitude_rad, longitude_rad: place.longitude_rad }
/// };
/// assert!(is_from_one(at(28.61, -80.60), 2_000.0), "Cape Canaveral");
/// assert!(!is_from_one(at(39.0, 125.7), 2_000.0), "Pyongyang");
/// assert!(!is_from_one(at(28.61, -80.60), 80_000.0), "it may have come from anywhere");
/// ```
pub fn is_from_one(place: SurfacePosition, sigma_m: f64) -> bool {
    let place = Geodetic { latitude_rad: place.latitude_rad, longitude_rad: place.longitude_rad, height_m: 0.0 };
    let near = |&(latitude, longitude, around_km): &(f64, f64, f64)| {
        let site = Geodetic::from_degrees(latitude, longitude, 0.0);
        // Far-off sites need no geodesic.
        libm::fabs(site.latitude_rad - place.latitude_rad) < 0.03
            && geodesic::inverse(site, place).distance_m < around_km * 1e3 + NEAR_SIGMAS * sigma_m
    };
    sigma_m < KNOWN_M && SITES.iter().any(near)
}
