//! Gravity to the fourth zonal harmonic, in the inertial frame.

use nalgebra::Vector3;

/// Gravitational parameter of the Earth, m³/s² (NGA.STND.0036_1.0.0, table 3.1).
pub const MU_M3PS2: f64 = 3.986_004_418e14;
/// Radius that the harmonics are scaled with.
const SCALE_M: f64 = 6_378_137.0;
/// J2, J3, J4: unnormalised zonal harmonics of EGM96 (Lemoine et al. 1998, NASA/TP-1998-206861).
const J: [f64; 3] = [1.082_626_683_6e-3, -2.532_656_485e-6, -1.619_621_591e-6];

/// Acceleration of gravity at an inertial place, m/s². Gradient of the zonal potential
/// U = (μ/r) [1 − Σ Jₙ (a/r)ⁿ Pₙ(sin φ)] (Vallado, Fundamentals of Astrodynamics, section 8.6.1).
pub fn gravity_mps2(place: Vector3<f64>) -> Vector3<f64> {
    let r = place.norm();
    let up = place / r;
    let s = up.z;
    // Legendre polynomials and their derivatives, degrees 2 to 4.
    let p = [1.5 * s * s - 0.5, (2.5 * s * s - 1.5) * s, (4.375 * s * s - 3.75) * s * s + 0.375];
    let dp = [3.0 * s, 7.5 * s * s - 1.5, (17.5 * s * s - 7.5) * s];
    let (mut radial, mut polar, mut scale) = (1.0, 0.0, SCALE_M / r);
    for n in 0..3 {
        scale *= SCALE_M / r;
        radial -= (n as f64 + 3.0) * J[n] * scale * p[n];
        polar += J[n] * scale * dp[n];
    }
    (up * radial + (Vector3::z() - up * s) * polar) * (-MU_M3PS2 / (r * r))
}

/// Potential energy per mass at an inertial place (negative, zero at infinity), J/kg: what [`gravity_mps2`] is the
/// gradient of.
pub fn potential_jpkg(place: Vector3<f64>) -> f64 {
    let r = place.norm();
    let s = place.z / r;
    let p = [1.5 * s * s - 0.5, (2.5 * s * s - 1.5) * s, (4.375 * s * s - 3.75) * s * s + 0.375];
    let (mut sum, mut scale) = (1.0, SCALE_M / r);
    for n in 0..3 {
        scale *= SCALE_M / r;
        sum -= J[n] * scale * p[n];
    }
    -MU_M3PS2 / r * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gravity_is_the_gradient_of_the_potential() {
        let place = Vector3::new(3.1e6, -4.2e6, 4.4e6);
        let g = gravity_mps2(place);
        for axis in 0..3 {
            let mut step = Vector3::zeros();
            step[axis] = 50.0;
            let slope = (potential_jpkg(place - step) - potential_jpkg(place + step)) / 100.0;
            assert!((slope - g[axis]).abs() < 1e-7, "axis {axis}: {slope} {}", g[axis]);
        }
    }

    #[test]
    fn val_normal_gravity_at_equator_and_pole() {
        // WGS-84 normal gravity: 9.7803253359 at the equator, 9.8321849379 at the pole (NGA.STND.0036, table 3.7).
        let w = crate::physics::frame::EARTH_RATE_RADPS;
        let equator = -gravity_mps2(Vector3::new(6_378_137.0, 0.0, 0.0)).x - w * w * 6_378_137.0;
        let pole = -gravity_mps2(Vector3::new(0.0, 0.0, 6_356_752.314_245)).z;
        assert!((equator - 9.780_325_335_9).abs() < 1.5e-4, "{equator}");
        assert!((pole - 9.832_184_937_9).abs() < 1.5e-4, "{pole}");
    }
}
