//! Gravitation of the Earth, with J2.

use crate::geodetic::Ecef;
use nalgebra::Vector3;

/// Gravitational parameter of the Earth with its atmosphere (NGA.STND.0036_1.0.0, table 3.1).
pub const MU_M3PS2: f64 = 3.986_004_418e14;
/// Second zonal harmonic of EGM2008, zero-tide.
pub const J2: f64 = 1.082_626_683e-3;
/// Rotation rate of the Earth (NGA.STND.0036_1.0.0, table 3.1).
pub const OMEGA_RADPS: f64 = 7.292_115e-5;

/// Gravitation (without the centrifugal part), m/s², ECEF axes.
pub fn gravitation(place: Ecef) -> Vector3<f64> {
    let r = place.0;
    let r2 = r.norm_squared();
    let r1 = libm::sqrt(r2);
    let a_over_r = crate::geodetic::WGS84_A_M / r1;
    let k = 1.5 * J2 * a_over_r * a_over_r;
    let z2 = r.z * r.z / r2;
    let mu_r3 = MU_M3PS2 / (r2 * r1);
    Vector3::new(
        -mu_r3 * r.x * (1.0 + k * (1.0 - 5.0 * z2)),
        -mu_r3 * r.y * (1.0 + k * (1.0 - 5.0 * z2)),
        -mu_r3 * r.z * (1.0 + k * (3.0 - 5.0 * z2)),
    )
}
