//! A place with its local east-north-up axes: where a sensor stands.

use crate::geodetic::{Ecef, Geodetic};
use nalgebra::{Matrix3, Vector3};

/// A vector or place in the east, north, up axes of one [`Site`], metres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Enu(pub Vector3<f64>);

/// What a radar at a [`Site`] would measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RangeAzimuthElevation {
    /// Slant range.
    pub range_m: f64,
    /// Clockwise from true north, in [0, 2π).
    pub azimuth_rad: f64,
    /// Above the plane normal to the ellipsoid.
    pub elevation_rad: f64,
}

/// A place and its local axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Site {
    geodetic: Geodetic,
    ecef: Ecef,
    ecef_to_enu: Matrix3<f64>,
}

impl Site {
    /// At this place.
    pub fn new(geodetic: Geodetic) -> Site {
        let (sin_lat, cos_lat) = libm::sincos(geodetic.latitude_rad);
        let (sin_lon, cos_lon) = libm::sincos(geodetic.longitude_rad);
        let ecef_to_enu = Matrix3::new(
            -sin_lon,
            cos_lon,
            0.0,
            -sin_lat * cos_lon,
            -sin_lat * sin_lon,
            cos_lat,
            cos_lat * cos_lon,
            cos_lat * sin_lon,
            sin_lat,
        );
        Site { geodetic, ecef: geodetic.ecef(), ecef_to_enu }
    }

    /// Its place.
    pub fn geodetic(&self) -> Geodetic {
        self.geodetic
    }

    /// Its place in Cartesian axes.
    pub fn ecef(&self) -> Ecef {
        self.ecef
    }

    /// Rotation from ECEF axes to east, north, up.
    pub fn ecef_to_enu(&self) -> &Matrix3<f64> {
        &self.ecef_to_enu
    }

    /// A place as seen from here.
    pub fn enu(&self, place: Ecef) -> Enu {
        Enu(self.ecef_to_enu * (place.0 - self.ecef.0))
    }

    /// The place that lies at this offset from here.
    pub fn place(&self, offset: Enu) -> Ecef {
        Ecef(self.ecef.0 + self.ecef_to_enu.transpose() * offset.0)
    }

    /// Range, azimuth and elevation of a place.
    pub fn look(&self, place: Ecef) -> RangeAzimuthElevation {
        let Enu(enu) = self.enu(place);
        let azimuth_rad = libm::atan2(enu.x, enu.y);
        RangeAzimuthElevation {
            range_m: enu.norm(),
            azimuth_rad: if azimuth_rad < 0.0 { azimuth_rad + core::f64::consts::TAU } else { azimuth_rad },
            elevation_rad: libm::atan2(enu.z, libm::hypot(enu.x, enu.y)),
        }
    }

    /// The place at this range, azimuth and elevation.
    pub fn place_at(&self, look: RangeAzimuthElevation) -> Ecef {
        let (sin_az, cos_az) = libm::sincos(look.azimuth_rad);
        let (sin_el, cos_el) = libm::sincos(look.elevation_rad);
        self.place(Enu(Vector3::new(cos_el * sin_az, cos_el * cos_az, sin_el) * look.range_m))
    }
}
