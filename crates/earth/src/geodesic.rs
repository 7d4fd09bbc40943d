//! Shortest paths on the ellipsoid.

use crate::geodetic::Geodetic;

/// A shortest path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geodesic {
    /// Its length.
    pub distance_m: f64,
    /// Bearing at its start, clockwise from true north.
    pub azimuth_start_rad: f64,
    /// Bearing at its end.
    pub azimuth_end_rad: f64,
}

/// The shortest path between two places (heights are ignored).
pub fn inverse(from: Geodetic, to: Geodetic) -> Geodesic {
    let _ = (from, to);
    Geodesic { distance_m: 0.0, azimuth_start_rad: 0.0, azimuth_end_rad: 0.0 }
}

/// The place at this distance in this direction (height 0).
pub fn direct(from: Geodetic, azimuth_rad: f64, distance_m: f64) -> Geodetic {
    let _ = (azimuth_rad, distance_m);
    from
}
