//! US Standard Atmosphere 1976, sea level to 1,000 km (NOAA-S/T 76-1562; "US76" below).
//!
//! Up to 86 km these are the standard's own formulas. Above, density and molar mass are interpolated between values of its
//! printed tables, which are the result of an integration over seven gases; the density keeps within 0.3 % of the
//! printed values, the pressure within 1 %. The temperature is again by formula.

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

/// Gas constant, J/(kmol K) (US76, table 2; the value of its time).
const GAS_CONSTANT_JPKMOLK: f64 = 8_314.32;
/// Mean molar mass of air at sea level, kg/kmol (US76, table 2).
const MOLAR_MASS_KGPKMOL: f64 = 28.964_4;
/// Ratio of specific heats (US76, section 1.2.8).
const HEAT_RATIO: f64 = 1.4;
/// g0' M0 / R*, K/m: how fast pressure falls with geopotential height.
const HYDROSTATIC_KPM: f64 = 9.806_65 * MOLAR_MASS_KGPKMOL / GAS_CONSTANT_JPKMOLK;
/// Radius of the Earth in the standard's geopotential, US76 equation 18.
const RADIUS_M: f64 = 6_356_766.0;
/// Where the formulas of the lower atmosphere end (geometric).
const LOWER_TOP_M: f64 = 86_000.0;
/// Where the standard ends.
const TOP_M: f64 = 1_000_000.0;

/// A layer of constant molecular-temperature gradient (US76, table 4).
struct Layer {
    /// Geopotential height of its base.
    base_m: f64,
    /// Molecular temperature there.
    temperature_k: f64,
    lapse_kpm: f64,
    /// By which power of the temperature the density falls; none without a gradient.
    power: f64,
    /// Natural logarithm of the density there, from equations 33 and 42 applied layer by layer from 101,325 Pa.
    ln_density: f64,
}

const fn layer(base_m: f64, temperature_k: f64, lapse_kpm: f64, ln_density: f64) -> Layer {
    Layer { base_m, temperature_k, lapse_kpm, power: 1.0 + HYDROSTATIC_KPM / lapse_kpm, ln_density }
}

const LAYERS: [Layer; 7] = [
    layer(0.0, 288.15, -0.0065, 0.202940154925),
    layer(11_000.0, 216.65, 0.0, -1.010827327215),
    layer(20_000.0, 216.65, 0.001, -2.430023046702),
    layer(32_000.0, 228.65, 0.0028, -4.325646328148),
    layer(47_000.0, 270.65, 0.0, -6.551807841167),
    layer(51_000.0, 270.65, -0.0028, -7.056713730490),
    layer(71_000.0, 214.65, -0.002, -9.653336229199),
];

/// Geometric height, km; ln density (kg/m³); its slope, 1/km; molar mass, kg/kmol. The densities and molar masses are those of
/// US76 tables I and VIII; what lies between printed rows, and the slopes, follow the standard's gas integration as done by the
/// Python package ussa1976 0.3.4, scaled to meet the printed rows. The first row is set to join the layers below.
#[rustfmt::skip]
const NODES: [[f64; 4]; 52] = [
    [86.0, -11.875643808, -0.177983, 28.952],
    [88.0, -12.23147, -0.177832, 28.933],
    [90.0, -12.58704, -0.177752, 28.910],
    [92.0, -12.94296, -0.178829, 28.863],
    [94.0, -13.30269, -0.180690, 28.789],
    [96.0, -13.66537, -0.181916, 28.690],
    [98.0, -14.02988, -0.182445, 28.561],
    [100.0, -14.39462, -0.180102, 28.400],
    [102.0, -14.74827, -0.176287, 28.213],
    [104.0, -15.09968, -0.175054, 28.001],
    [106.0, -15.44836, -0.173658, 27.771],
    [108.0, -15.79493, -0.173366, 27.525],
    [110.0, -16.14773, -0.182690, 27.270],
    [112.0, -16.49817, -0.166629, 27.020],
    [114.0, -16.81614, -0.151794, 26.786],
    [116.0, -17.10687, -0.139290, 26.573],
    [118.0, -17.37449, -0.128614, 26.379],
    [120.0, -17.62227, -0.119350, 26.200],
    [122.0, -17.85175, -0.110348, 26.033],
    [124.0, -18.06456, -0.102668, 25.874],
    [126.0, -18.26313, -0.096074, 25.723],
    [128.0, -18.44942, -0.090352, 25.576],
    [130.0, -18.62500, -0.085340, 25.432],
    [135.0, -19.02495, -0.075123, 25.084],
    [140.0, -19.38014, -0.067274, 24.748],
    [145.0, -19.70038, -0.061062, 24.421],
    [150.0, -19.99282, -0.055827, 24.100],
    [155.0, -20.26262, -0.052255, 23.787],
    [160.0, -20.51382, -0.048407, 23.482],
    [170.0, -20.96981, -0.043013, 22.895],
    [180.0, -21.37835, -0.038868, 22.336],
    [190.0, -21.75021, -0.035618, 21.804],
    [200.0, -22.09329, -0.033061, 21.300],
    [220.0, -22.71323, -0.029148, 20.372],
    [240.0, -23.26690, -0.026341, 19.555],
    [260.0, -23.77198, -0.024193, 18.851],
    [280.0, -24.23954, -0.022580, 18.246],
    [300.0, -24.67820, -0.021392, 17.730],
    [350.0, -25.68311, -0.019153, 16.738],
    [400.0, -26.60033, -0.017803, 15.980],
    [450.0, -27.46212, -0.016817, 15.242],
    [500.0, -28.28207, -0.015956, 14.330],
    [550.0, -29.06483, -0.015192, 13.091],
    [600.0, -29.80521, -0.014368, 11.510],
    [650.0, -30.49362, -0.013145, 9.723],
    [700.0, -31.11451, -0.011678, 8.000],
    [750.0, -31.65509, -0.009897, 6.582],
    [800.0, -32.10868, -0.008249, 5.540],
    [850.0, -32.48158, -0.006738, 4.843],
    [900.0, -32.78801, -0.005582, 4.400],
    [950.0, -33.04520, -0.004778, 4.119],
    [1000.0, -33.26873, -0.004194, 3.940],
];

/// Molar mass over its sea-level value, each half kilometre from 80 to 86 km (US76, table 8).
const MOLAR_MASS_RATIOS: [f64; 13] = [
    1.0, 0.999_996, 0.999_989, 0.999_971, 0.999_941, 0.999_909, 0.999_870, 0.999_829, 0.999_786, 0.999_741, 0.999_694,
    0.999_641, 0.999_579,
];

/// The air at a geometric height. Below sea level as at sea level, above 1,000 km none (its temperature stays). NaN gives NaN.
///
/// ```
/// use downrange_earth::atmosphere::air;
/// let high = air(30_000.0);
/// assert!((high.temperature_k - 226.509).abs() < 1e-3);
/// assert!((high.pressure_pa - 1_197.0).abs() < 0.1);
/// assert!((high.sound_speed_mps - 301.71).abs() < 0.01);
/// ```
pub fn air(height_m: f64) -> Air {
    let density_kgpm3 = density_kgpm3(height_m);
    let (molecular_k, _) = molecular_temperature(geopotential_m(height_m.clamp(0.0, LOWER_TOP_M)));
    let sound_speed_mps = libm::sqrt(HEAT_RATIO * GAS_CONSTANT_JPKMOLK * molecular_k / MOLAR_MASS_KGPKMOL);
    let (temperature_k, molar_mass_kgpkmol) = if height_m > LOWER_TOP_M {
        let height_m = height_m.min(TOP_M);
        (upper_temperature_k(height_m / 1_000.0), upper_molar_mass_kgpkmol(height_m / 1_000.0))
    } else {
        let ratio = molar_mass_ratio(height_m);
        (molecular_k * ratio, MOLAR_MASS_KGPKMOL * ratio)
    };
    let pressure_pa = density_kgpm3 * GAS_CONSTANT_JPKMOLK * temperature_k / molar_mass_kgpkmol;
    Air { density_kgpm3, temperature_k, pressure_pa, sound_speed_mps }
}

/// Density at a geometric height; same as `air(height_m).density_kgpm3`, but fast: it is what integrators call.
/// Continuous and never rising with height, but for the step from 3.6e-15 to 0 at 1,000 km.
///
/// ```
/// use downrange_earth::atmosphere::density_kgpm3;
/// assert!((density_kgpm3(0.0) - 1.225).abs() < 1e-5);
/// assert!((density_kgpm3(100_000.0) / 5.604e-7 - 1.0).abs() < 1e-3);
/// assert_eq!(density_kgpm3(2e6), 0.0);
/// ```
pub fn density_kgpm3(height_m: f64) -> f64 {
    if height_m > LOWER_TOP_M {
        return if height_m > TOP_M { 0.0 } else { libm::exp(upper_ln_density(height_m / 1_000.0)) };
    }
    // Not `max`, which would hide NaN.
    let height_m = if height_m < 0.0 { 0.0 } else { height_m };
    let height_m = geopotential_m(height_m);
    let (temperature_k, layer) = molecular_temperature(height_m);
    // US76 equations 33 and 42: density depends on the molecular temperature alone, so no molar mass is needed here.
    let fall = if layer.lapse_kpm == 0.0 {
        HYDROSTATIC_KPM * (height_m - layer.base_m) / layer.temperature_k
    } else {
        layer.power * libm::log(temperature_k / layer.temperature_k)
    };
    libm::exp(layer.ln_density - fall)
}

/// US76 equation 18.
fn geopotential_m(height_m: f64) -> f64 {
    RADIUS_M * height_m / (RADIUS_M + height_m)
}

/// US76 equation 23, with the layer it holds in.
fn molecular_temperature(geopotential_m: f64) -> (f64, &'static Layer) {
    let layer = LAYERS.iter().rev().find(|layer| geopotential_m >= layer.base_m).unwrap_or(&LAYERS[0]);
    (layer.temperature_k + layer.lapse_kpm * (geopotential_m - layer.base_m), layer)
}

fn molar_mass_ratio(height_m: f64) -> f64 {
    let position = (height_m - 80_000.0) / 500.0;
    if position.is_nan() || position <= 0.0 {
        return 1.0;
    }
    let index = (position as usize).min(MOLAR_MASS_RATIOS.len() - 2);
    let (low, high) = (MOLAR_MASS_RATIOS[index], MOLAR_MASS_RATIOS[index + 1]);
    low + (high - low) * (position - index as f64)
}

/// The nodes below and above this height, which is at least 86 km, and how far between them it is, 0 to 1.
fn between_nodes(height_km: f64) -> (&'static [f64; 4], &'static [f64; 4], f64) {
    let index = NODES.partition_point(|node| node[0] <= height_km).clamp(1, NODES.len() - 1);
    let (low, high) = (&NODES[index - 1], &NODES[index]);
    (low, high, (height_km - low[0]) / (high[0] - low[0]))
}

/// Cubic Hermite polynomial between two nodes.
fn upper_ln_density(height_km: f64) -> f64 {
    let (low, high, u) = between_nodes(height_km);
    let width_km = high[0] - low[0];
    let rise = high[1] - low[1];
    let (bend, twist) = (low[2] * width_km - rise, rise - high[2] * width_km);
    low[1] + u * (rise + (1.0 - u) * (bend * (1.0 - u) + twist * u))
}

fn upper_molar_mass_kgpkmol(height_km: f64) -> f64 {
    let (low, high, u) = between_nodes(height_km);
    low[3] + u * (high[3] - low[3])
}

/// US76 equations 25, 27, 29 and 31.
fn upper_temperature_k(height_km: f64) -> f64 {
    const RADIUS_KM: f64 = RADIUS_M / 1_000.0;
    if height_km <= 91.0 {
        186.867_3
    } else if height_km <= 110.0 {
        let from_base = (height_km - 91.0) / 19.942_9;
        263.190_5 - 76.323_2 * libm::sqrt(1.0 - from_base * from_base)
    } else if height_km <= 120.0 {
        240.0 + 12.0 * (height_km - 110.0)
    } else {
        let xi_km = (height_km - 120.0) * (RADIUS_KM + 120.0) / (RADIUS_KM + height_km);
        1_000.0 - 640.0 * libm::exp(-0.018_75 * xi_km)
    }
}
