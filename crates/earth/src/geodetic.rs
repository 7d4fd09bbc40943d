//! WGS-84: geodetic and Cartesian (ECEF) places.

use nalgebra::Vector3;

/// Semi-major axis of WGS-84 (NGA.STND.0036_1.0.0, table 3.1).
pub const WGS84_A_M: f64 = 6_378_137.0;
/// Flattening of WGS-84 (NGA.STND.0036_1.0.0, table 3.1).
pub const WGS84_F: f64 = 1.0 / 298.257_223_563;

/// A place by latitude, longitude and height above the WGS-84 ellipsoid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geodetic {
    /// Geodetic latitude, north positive.
    pub latitude_rad: f64,
    /// Longitude, east positive.
    pub longitude_rad: f64,
    /// Height above the ellipsoid.
    pub height_m: f64,
}

/// A place in Earth-centred, Earth-fixed Cartesian axes, metres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ecef(pub Vector3<f64>);

impl Geodetic {
    /// From degrees and metres.
    pub fn from_degrees(latitude_deg: f64, longitude_deg: f64, height_m: f64) -> Geodetic {
        Geodetic { latitude_rad: latitude_deg.to_radians(), longitude_rad: longitude_deg.to_radians(), height_m }
    }

    /// To Cartesian axes.
    pub fn ecef(self) -> Ecef {
        let e2 = WGS84_F * (2.0 - WGS84_F);
        let (sin_lat, cos_lat) = libm::sincos(self.latitude_rad);
        let (sin_lon, cos_lon) = libm::sincos(self.longitude_rad);
        let n_m = WGS84_A_M / libm::sqrt(1.0 - e2 * sin_lat * sin_lat);
        Ecef(Vector3::new(
            (n_m + self.height_m) * cos_lat * cos_lon,
            (n_m + self.height_m) * cos_lat * sin_lon,
            (n_m * (1.0 - e2) + self.height_m) * sin_lat,
        ))
    }
}

impl Ecef {
    /// To latitude, longitude and height.
    pub fn geodetic(self) -> Geodetic {
        // Bowring-type fixed-point start, then Newton on the reduced latitude; to be replaced by a cited closed form.
        let e2 = WGS84_F * (2.0 - WGS84_F);
        let p_m = libm::hypot(self.0.x, self.0.y);
        let mut latitude_rad = libm::atan2(self.0.z, p_m * (1.0 - e2));
        let mut height_m = 0.0;
        for _ in 0..6 {
            let (s, c) = libm::sincos(latitude_rad);
            let n_m = WGS84_A_M / libm::sqrt(1.0 - e2 * s * s);
            height_m = p_m * c + self.0.z * s - WGS84_A_M * WGS84_A_M / n_m;
            latitude_rad = libm::atan2(self.0.z, p_m * (1.0 - e2 * n_m / (n_m + height_m)));
        }
        Geodetic { latitude_rad, longitude_rad: libm::atan2(self.0.y, self.0.x), height_m }
    }
}
