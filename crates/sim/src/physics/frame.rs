//! The inertial frame: axes that coincide with the Earth-fixed ones at time zero and do not turn.

use downrange_earth::{Ecef, Geodetic};
use nalgebra::Vector3;

/// Rate of rotation of the Earth (NGA.STND.0036_1.0.0, table 3.1).
pub const EARTH_RATE_RADPS: f64 = 7.292_115e-5;

/// Mean radius of the Earth (IUGG: one third of two equatorial plus one polar radius).
pub const MEAN_RADIUS_M: f64 = 6_371_008.8;

/// A vector turned about the Earth's axis.
pub fn turned(v: Vector3<f64>, angle_rad: f64) -> Vector3<f64> {
    let (s, c) = libm::sincos(angle_rad);
    Vector3::new(c * v.x - s * v.y, s * v.x + c * v.y, v.z)
}

/// The velocity that the turning Earth has at an inertial place.
pub fn earth_velocity_mps(place: Vector3<f64>) -> Vector3<f64> {
    Vector3::new(-EARTH_RATE_RADPS * place.y, EARTH_RATE_RADPS * place.x, 0.0)
}

/// Earth-fixed place and velocity at `time_s` of an inertial place and velocity.
pub fn to_fixed(time_s: f64, place: Vector3<f64>, velocity_mps: Vector3<f64>) -> (Vector3<f64>, Vector3<f64>) {
    let angle_rad = -EARTH_RATE_RADPS * time_s;
    (turned(place, angle_rad), turned(velocity_mps - earth_velocity_mps(place), angle_rad))
}

/// Inertial place and velocity of an Earth-fixed place and velocity at `time_s`.
pub fn to_inertial(time_s: f64, place: Vector3<f64>, velocity_mps: Vector3<f64>) -> (Vector3<f64>, Vector3<f64>) {
    let angle_rad = EARTH_RATE_RADPS * time_s;
    let inertial = turned(place, angle_rad);
    (inertial, turned(velocity_mps, angle_rad) + earth_velocity_mps(inertial))
}

/// Latitude, longitude and height of an inertial place at `time_s`.
pub fn geodetic(time_s: f64, place: Vector3<f64>) -> Geodetic {
    Ecef(turned(place, -EARTH_RATE_RADPS * time_s)).geodetic()
}

/// East, north and up at a latitude and longitude, Earth-fixed axes.
pub fn local_axes(at: Geodetic) -> [Vector3<f64>; 3] {
    let (sin_lat, cos_lat) = libm::sincos(at.latitude_rad);
    let (sin_lon, cos_lon) = libm::sincos(at.longitude_rad);
    [
        Vector3::new(-sin_lon, cos_lon, 0.0),
        Vector3::new(-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat),
        Vector3::new(cos_lat * cos_lon, cos_lat * sin_lon, sin_lat),
    ]
}

/// Great-circle distance between two places on the sphere of the mean radius (haversine), and the bearing at the start.
pub fn great_circle(from: Geodetic, to: Geodetic) -> (f64, f64) {
    let (d_lat, d_lon) = (to.latitude_rad - from.latitude_rad, to.longitude_rad - from.longitude_rad);
    let (s_lat, s_lon) = (libm::sin(d_lat / 2.0), libm::sin(d_lon / 2.0));
    let (sin_1, cos_1) = libm::sincos(from.latitude_rad);
    let (sin_2, cos_2) = libm::sincos(to.latitude_rad);
    let h = s_lat * s_lat + cos_1 * cos_2 * s_lon * s_lon;
    let bearing_rad = libm::atan2(libm::sin(d_lon) * cos_2, cos_1 * sin_2 - sin_1 * cos_2 * libm::cos(d_lon));
    (2.0 * MEAN_RADIUS_M * libm::asin(libm::sqrt(h.clamp(0.0, 1.0))), bearing_rad)
}

/// Distance between two places along the ellipsoid (Lambert 1942: great circle between reduced latitudes with a first
/// order correction; good to some ten metres over thousands of kilometres).
pub fn distance_m(from: Geodetic, to: Geodetic) -> f64 {
    use downrange_earth::geodetic::{WGS84_A_M, WGS84_F};
    let reduced = |g: Geodetic| Geodetic { latitude_rad: libm::atan((1.0 - WGS84_F) * libm::tan(g.latitude_rad)), ..g };
    let (a, b) = (reduced(from), reduced(to));
    let sigma = great_circle(a, b).0 / MEAN_RADIUS_M;
    // Below a metre the correction divides zero by zero and is worth nothing.
    if sigma < 1e-7 {
        return sigma * WGS84_A_M;
    }
    let p = (a.latitude_rad + b.latitude_rad) / 2.0;
    let q = (b.latitude_rad - a.latitude_rad) / 2.0;
    let sq = |x: f64| x * x;
    let x = (sigma - libm::sin(sigma)) * sq(libm::sin(p) * libm::cos(q) / libm::cos(sigma / 2.0));
    let y = (sigma + libm::sin(sigma)) * sq(libm::cos(p) * libm::sin(q) / libm::sin(sigma / 2.0));
    WGS84_A_M * (sigma - WGS84_F / 2.0 * (x + y))
}

/// The place at this great-circle distance and bearing on the sphere of the mean radius, at height 0.
pub fn place_along(from: Geodetic, bearing_rad: f64, distance_m: f64) -> Geodetic {
    let (sin_d, cos_d) = libm::sincos(distance_m / MEAN_RADIUS_M);
    let (sin_lat, cos_lat) = libm::sincos(from.latitude_rad);
    let latitude_rad = libm::asin((sin_lat * cos_d + cos_lat * sin_d * libm::cos(bearing_rad)).clamp(-1.0, 1.0));
    let d_lon = libm::atan2(libm::sin(bearing_rad) * sin_d * cos_lat, cos_d - sin_lat * libm::sin(latitude_rad));
    Geodetic { latitude_rad, longitude_rad: wrapped_rad(from.longitude_rad + d_lon), height_m: 0.0 }
}

/// An angle brought into (−π, π].
pub fn wrapped_rad(angle_rad: f64) -> f64 {
    let turn = core::f64::consts::TAU;
    angle_rad - turn * libm::ceil((angle_rad - core::f64::consts::PI) / turn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn val_distances_of_geographiclib() {
        // Geodesic.WGS84.Inverse of the Python package geographiclib 2.1.
        for (a, b, expected_m) in [
            ((40.2, 124.53), (40.425_343_589_473_62, 129.580_761_933_646_76), 429_999.974_73),
            ((39.23, 125.67), (42.851_092_411_892_22, 157.621_665_003_543_85), 2_699_999.978_41),
        ] {
            let place = |(latitude_deg, longitude_deg)| Geodetic::from_degrees(latitude_deg, longitude_deg, 0.0);
            let off_m = distance_m(place(a), place(b)) - expected_m;
            println!("off by {off_m:.2} m of {expected_m:.0}");
            assert!(off_m.abs() < 20.0, "{off_m}");
        }
        let a = Geodetic::from_degrees(40.2, 124.53, 0.0);
        assert_eq!(distance_m(a, a), 0.0);
    }

    #[test]
    fn inertial_and_fixed_are_inverses() {
        let (r, v) = (Vector3::new(3e6, -4e6, 4.1e6), Vector3::new(10.0, 2000.0, -300.0));
        let (ri, vi) = to_inertial(1234.5, r, v);
        let (rf, vf) = to_fixed(1234.5, ri, vi);
        assert!((rf - r).norm() < 1e-8 && (vf - v).norm() < 1e-10);
    }
}
