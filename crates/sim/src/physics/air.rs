//! The air that the truth flies through: US Standard Atmosphere 1976, disturbed from the seed, with winds.

use crate::random::Random;

/// Geopotential base height (m), temperature (K), lapse (K/m) and pressure (Pa) of the layers below 84.852 km'
/// (U.S. Standard Atmosphere 1976, NOAA-S/T 76-1562, tables 4 and I).
const LAYERS: [(f64, f64, f64, f64); 7] = [
    (0.0, 288.15, -0.0065, 101_325.0),
    (11_000.0, 216.65, 0.0, 22_632.06),
    (20_000.0, 216.65, 0.001, 5_474.889),
    (32_000.0, 228.65, 0.0028, 868.018_7),
    (47_000.0, 270.65, 0.0, 110.906_3),
    (51_000.0, 270.65, -0.0028, 66.938_87),
    (71_000.0, 214.65, -0.002, 3.956_420),
];

/// Geometric height (km) and density (kg/m³) above 86 km (same standard, table I); exponential in between.
const THIN: [(f64, f64); 21] = [
    (86.0, 6.958e-6),
    (90.0, 3.416e-6),
    (95.0, 1.393e-6),
    (100.0, 5.604e-7),
    (110.0, 9.708e-8),
    (120.0, 2.222e-8),
    (130.0, 8.152e-9),
    (140.0, 3.831e-9),
    (150.0, 2.076e-9),
    (180.0, 5.194e-10),
    (200.0, 2.541e-10),
    (250.0, 6.073e-11),
    (300.0, 1.916e-11),
    (350.0, 7.014e-12),
    (400.0, 2.803e-12),
    (500.0, 5.215e-13),
    (600.0, 1.137e-13),
    (700.0, 3.070e-14),
    (800.0, 1.136e-14),
    (900.0, 5.759e-15),
    (1000.0, 3.561e-15),
];

/// Standard gravity (m/s²) over the gas constant of air (J/kg/K): 9.80665 · 0.0289644 / 8.31432.
const G_OVER_R: f64 = 0.034_163_195;
/// Earth radius of the standard's geopotential.
const STANDARD_RADIUS_M: f64 = 6_356_766.0;

/// Density and speed of sound of the undisturbed standard at a geometric height.
///
/// ```
/// let (density_kgpm3, sound_mps) = downrange_sim::physics::air::standard(10_000.0);
/// assert!((density_kgpm3 - 0.41351).abs() < 1e-5 && (sound_mps - 299.53).abs() < 0.01);
/// ```
pub fn standard(height_m: f64) -> (f64, f64) {
    if height_m >= 86_000.0 {
        // The speed of sound loses its meaning up there; the standard stops printing it, drag needs only its size.
        return (thin_density_kgpm3(height_m / 1e3), 274.1);
    }
    let height_m = height_m.max(-1000.0);
    let geopotential_m = STANDARD_RADIUS_M * height_m / (STANDARD_RADIUS_M + height_m);
    let mut layer = LAYERS[0];
    for candidate in LAYERS {
        if geopotential_m >= candidate.0 {
            layer = candidate;
        }
    }
    let (base_m, base_k, lapse, base_pa) = layer;
    let kelvin = base_k + lapse * (geopotential_m - base_m);
    let pressure_pa = if lapse == 0.0 {
        base_pa * libm::exp(-G_OVER_R * (geopotential_m - base_m) / base_k)
    } else {
        base_pa * libm::pow(base_k / kelvin, G_OVER_R / lapse)
    };
    (pressure_pa / (287.052_87 * kelvin), libm::sqrt(1.4 * 287.052_87 * kelvin))
}

fn thin_density_kgpm3(height_km: f64) -> f64 {
    for pair in THIN.windows(2) {
        let ((h0, d0), (h1, d1)) = (pair[0], pair[1]);
        if height_km < h1 {
            return d0 * libm::exp(libm::log(d1 / d0) * (height_km - h0) / (h1 - h0));
        }
    }
    // Above the table nothing here is slowed within hours.
    0.0
}

/// Air of one day: the standard times a smooth factor of height, and a zonal wind.
#[derive(Debug, Clone, PartialEq)]
pub struct Air {
    /// Wavelength over height, phase and size at 50 km of each wave of the density factor.
    waves: [(f64, f64, f64); 3],
    jet_mps: f64,
    high_wind_mps: f64,
    meridional_mps: f64,
}

impl Air {
    /// Standard air at rest.
    pub fn still() -> Air {
        Air { waves: [(1e4, 0.0, 0.0); 3], jet_mps: 0.0, high_wind_mps: 0.0, meridional_mps: 0.0 }
    }

    /// Air drawn from the stream: density off by about `density_sigma_fraction` (one sigma at 50 km; a fifth of it at the
    /// ground, more above), a jet stream of 0–60 m/s at 11 km, and 20–80 m/s of zonal wind at 60 km, either way.
    pub fn drawn(random: &mut Random, density_sigma_fraction: f64) -> Air {
        let mut wave = |wavelength_m: f64| {
            (wavelength_m, random.between(0.0, core::f64::consts::TAU), density_sigma_fraction * random.normal() / 1.2)
        };
        let waves = [wave(9e3), wave(23e3), wave(70e3)];
        let side = if random.happens(0.5) { 1.0 } else { -1.0 };
        Air {
            waves,
            jet_mps: random.between(0.0, 60.0),
            high_wind_mps: side * random.between(20.0, 80.0),
            meridional_mps: 8.0 * random.normal(),
        }
    }

    /// The same air without wind.
    pub fn calm(self) -> Air {
        Air { jet_mps: 0.0, high_wind_mps: 0.0, meridional_mps: 0.0, ..self }
    }

    /// Density (kg/m³) and speed of sound (m/s) at a height.
    pub fn at(&self, height_m: f64) -> (f64, f64) {
        let (density, sound_mps) = standard(height_m);
        let size = (0.2 + 0.8 * height_m / 50_000.0).clamp(0.2, 1.8);
        let mut factor = 1.0;
        for (wavelength_m, phase, sigma) in self.waves {
            if sigma != 0.0 {
                factor += sigma * size * libm::sin(core::f64::consts::TAU * height_m / wavelength_m + phase);
            }
        }
        (density * factor.max(0.3), sound_mps)
    }

    /// Wind to the east and to the north at a height; none above 150 km.
    pub fn wind_mps(&self, height_m: f64) -> (f64, f64) {
        if height_m > 150_000.0 || (self.jet_mps == 0.0 && self.high_wind_mps == 0.0) {
            return (0.0, 0.0);
        }
        let bump = |centre_m: f64, width_m: f64| {
            let x = (height_m - centre_m) / width_m;
            libm::exp(-0.5 * x * x)
        };
        (
            4.0 + self.jet_mps * bump(11e3, 4e3) + self.high_wind_mps * bump(60e3, 15e3),
            self.meridional_mps * bump(20e3, 15e3),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn std_printed_densities() {
        // U.S. Standard Atmosphere 1976, table I.
        for (height_m, density) in [
            (0.0, 1.225),
            (5e3, 0.736_43),
            (11e3, 0.364_80),
            (20e3, 0.088_910),
            (32e3, 0.013_555),
            (50e3, 1.0269e-3),
            (70e3, 8.2829e-5),
            (80e3, 1.8458e-5),
        ] {
            let got = standard(height_m).0;
            assert!((got / density - 1.0).abs() < 2e-3, "{height_m}: {got} {density}");
        }
    }

    #[test]
    fn density_is_continuous_and_falls() {
        let mut last = standard(-500.0).0;
        for step in 0..2_000 {
            let now = standard(-400.0 + 500.0 * step as f64).0;
            assert!(now < last, "at step {step}");
            last = now;
        }
        assert!((standard(85_999.9).0 / standard(86_000.1).0 - 1.0).abs() < 2e-3);
    }
}
