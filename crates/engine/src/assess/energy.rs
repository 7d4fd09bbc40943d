//! What the energy of a flight allows: its orbit's perigee, the reach it could buy, the apogee that reach is bought with.

use downrange_earth::gravity::{MU_M3PS2, OMEGA_RADPS};
use nalgebra::Vector3;

/// Mean radius of the Earth (IUGG R1), for spherical formulas.
pub const EARTH_RADIUS_M: f64 = 6_371_008.8;
/// Standard gravity (CGPM 1901).
pub const G_MPS2: f64 = 9.806_65;

/// Velocity in axes that do not rotate, from place and velocity in ECEF axes at the same instant.
pub fn inertial_velocity_mps(place_m: Vector3<f64>, velocity_mps: Vector3<f64>) -> Vector3<f64> {
    velocity_mps + Vector3::new(-OMEGA_RADPS * place_m.y, OMEGA_RADPS * place_m.x, 0.0)
}

/// The two-body orbit that osculates a state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Orbit {
    /// Distance of the lowest point from the centre of the Earth; far below the surface for a ballistic arc.
    pub perigee_m: f64,
    /// Distance of the highest point from the centre of the Earth; infinite when it escapes.
    pub apogee_m: f64,
}

/// The orbit through a state (two-body energy and angular momentum, as in any text on astrodynamics).
pub fn orbit(place_m: Vector3<f64>, velocity_mps: Vector3<f64>) -> Orbit {
    let v = inertial_velocity_mps(place_m, velocity_mps);
    let r_m = place_m.norm();
    let energy = v.norm_squared() / 2.0 - MU_M3PS2 / r_m;
    let h = place_m.cross(&v).norm();
    let p_m = h * h / MU_M3PS2;
    let eccentricity = libm::sqrt((1.0 + 2.0 * energy * h * h / (MU_M3PS2 * MU_M3PS2)).max(0.0));
    let apogee_m = if eccentricity < 1.0 { p_m / (1.0 - eccentricity) } else { f64::INFINITY };
    Orbit { perigee_m: p_m / (1.0 + eccentricity), apogee_m }
}

/// Gravity less what the turn of the Earth's surface below takes of it: what pulls a level flight down at this height and speed;
/// below zero for what is faster than a circular orbit there.
pub fn weight_mps2(height_m: f64, speed_mps: f64) -> f64 {
    let radius_m = EARTH_RADIUS_M + height_m;
    MU_M3PS2 / (radius_m * radius_m) - speed_mps * speed_mps / radius_m
}

/// Longest range over a sphere without air that the energy at this height and speed buys: `sin(φ/2) = Q/(2 − Q)`, with
/// `Q = v²R/μ` at the surface (the free-flight range equation, as in Bate, Mueller, White, Fundamentals of Astrodynamics, ch. 6). Half of
/// the circumference once it could reach every place.
pub fn reach_m(height_m: f64, speed_mps: f64) -> f64 {
    let surface_speed2 =
        speed_mps * speed_mps + 2.0 * MU_M3PS2 * (1.0 / EARTH_RADIUS_M - 1.0 / (EARTH_RADIUS_M + height_m.max(0.0)));
    let q = surface_speed2 * EARTH_RADIUS_M / MU_M3PS2;
    if q >= 1.0 {
        return core::f64::consts::PI * EARTH_RADIUS_M;
    }
    2.0 * libm::asin(q / (2.0 - q)) * EARTH_RADIUS_M
}

/// Apogee of the flight of least energy over a range: `e = tan((π − φ)/4)`-geometry on a sphere without air (same
/// sources); 240 km for 1,000 km.
pub fn least_energy_apogee_m(range_m: f64) -> f64 {
    let half = (range_m / (2.0 * EARTH_RADIUS_M)).min(core::f64::consts::FRAC_PI_2);
    // Semi-major axis a = R(1 + sin(φ/2))/2 and the second focus on the chord: apogee = a(1 + e) − R.
    let a_m = EARTH_RADIUS_M * (1.0 + libm::sin(half)) / 2.0;
    let focal_m = EARTH_RADIUS_M * libm::cos(half);
    a_m + focal_m / 2.0 - EARTH_RADIUS_M
}

/// Share of a normal distribution below `x` sigmas.
pub fn normal_below(sigmas: f64) -> f64 {
    0.5 * libm::erfc(-sigmas * core::f64::consts::FRAC_1_SQRT_2)
}

/// The standard normal number that has this share below it, 0 < `share` < 1, to 1e-10: halving.
pub fn normal_quantile(share: f64) -> f64 {
    let (mut low, mut high) = (-9.0, 9.0);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if normal_below(middle) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn val_quantiles_of_printed_tables() {
        // Abramowitz & Stegun, table 26.1.
        for (share, quantile) in [(0.5, 0.0), (0.841_344_746, 1.0), (0.975, 1.959_963_985), (0.01, -2.326_347_874)] {
            assert!((normal_quantile(share) - quantile).abs() < 1e-8, "{share}");
        }
    }

    /// Closed form by hand, from `sin(φ/2) = Q/(2 − Q)` on a sphere of 6,371 km: range km, speed m/s, apogee km.
    #[test]
    fn val_least_energy_flights() {
        for (range_km, speed_mps, apogee_km) in
            [(300.0, 1_700.0, 74.0), (1_000.0, 3_020.0, 240.0), (3_500.0, 5_170.0, 745.0), (10_000.0, 7_200.0, 1_319.0)]
        {
            assert!((reach_m(0.0, speed_mps) / 1e3 / range_km - 1.0).abs() < 0.01, "{range_km}");
            assert!((least_energy_apogee_m(range_km * 1e3) / 1e3 - apogee_km).abs() < 1.0, "{range_km}");
        }
    }

    #[test]
    fn val_circular_orbit() {
        let r_m = 6_878e3;
        let inertial = libm::sqrt(MU_M3PS2 / r_m);
        let o = orbit(Vector3::new(r_m, 0.0, 0.0), Vector3::new(0.0, inertial - OMEGA_RADPS * r_m, 0.0));
        assert!((o.perigee_m - r_m).abs() < 50.0 && (o.apogee_m - r_m).abs() < 50.0, "{o:?}");
    }
}
