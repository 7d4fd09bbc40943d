//! Gravitation of the Earth, with J2.

use crate::geodetic::Ecef;
use nalgebra::Vector3;

/// Gravitational parameter of the Earth with its atmosphere (NGA.STND.0036_1.0.0, table 3.1).
pub const MU_M3PS2: f64 = 3.986_004_418e14;
/// Second zonal harmonic of EGM2008, zero-tide.
pub const J2: f64 = 1.082_626_683e-3;
/// Rotation rate of the Earth (NGA.STND.0036_1.0.0, table 3.1).
pub const OMEGA_RADPS: f64 = 7.292_115e-5;

/// Gravitation (without the centrifugal part), m/s², ECEF axes: the gradient of the potential with its second zonal term
/// (O. Montenbruck and E. Gill, *Satellite Orbits* (2000), section 3.2). What it leaves out, J4 and local anomalies, is below
/// 1e-3 m/s² everywhere. Not a number at the centre of the Earth.
///
/// ```
/// use downrange_earth::{Geodetic, gravity::gravitation};
/// let pull = gravitation(Geodetic::from_degrees(90.0, 0.0, 0.0).ecef());
/// assert!((pull.z + 9.832).abs() < 1e-3);
/// ```
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodetic::{Geodetic, WGS84_F};

    /// Somigliana's formula is exact on the ellipsoid, whose own field has a J4 of -2.37e-6; leaving that out changes gravity by
    /// up to 5 g |J4| = 1.2e-4 m/s² (at the poles), and no more is allowed here.
    #[test]
    fn val_normal_gravity_of_somigliana() {
        // NGA.STND.0036_1.0.0, equation 4-1 and table 3.5.
        let (equator_mps2, k) = (9.780_325_335_9, 1.931_852_652_41e-3);
        let e2 = WGS84_F * (2.0 - WGS84_F);
        let mut largest: f64 = 0.0;
        for degrees in -90..=90 {
            let at = Geodetic::from_degrees(f64::from(degrees), 17.0, 0.0);
            let sin2 = libm::sin(at.latitude_rad) * libm::sin(at.latitude_rad);
            let theirs_mps2 = equator_mps2 * (1.0 + k * sin2) / libm::sqrt(1.0 - e2 * sin2);
            let r = at.ecef();
            let w2 = OMEGA_RADPS * OMEGA_RADPS;
            let ours_mps2 = (gravitation(r) + Vector3::new(w2 * r.0.x, w2 * r.0.y, 0.0)).norm();
            largest = largest.max((ours_mps2 - theirs_mps2).abs());
        }
        println!("gravity against Somigliana, m/s²: max {largest:.2e}");
        assert!(largest < 1.2e-4, "{largest}");
    }
}
