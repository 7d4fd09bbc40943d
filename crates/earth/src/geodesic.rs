//! Shortest paths on the ellipsoid, to nanometres.
//!
//! All equation numbers are those of C. F. F. Karney, "Algorithms for geodesics", Journal of Geodesy 87 (2013) 43–55,
//! [doi:10.1007/s00190-012-0578-z](https://doi.org/10.1007/s00190-012-0578-z), with its series to the sixth order. The names
//! are the paper's: β reduced latitude, α azimuth, ω longitude and σ arc on the auxiliary sphere, λ longitude difference,
//! ε the expansion parameter. An angle is kept as its sine and cosine ([`Angle`]), which loses no digits near 90°.

use crate::geodetic::{Geodetic, WGS84_A_M, WGS84_F};
use core::f64::consts::{FRAC_PI_2, PI, TAU};

const B_M: f64 = WGS84_A_M * (1.0 - WGS84_F);
const E2: f64 = WGS84_F * (2.0 - WGS84_F);
/// Second eccentricity squared, e'².
const EP2: f64 = E2 / (1.0 - E2);
/// Third flattening.
const N: f64 = WGS84_F / (2.0 - WGS84_F);
/// Stands for zero where a pole would leave an azimuth without direction.
const TINY: f64 = 1e-150;
/// A reduced latitude with a smaller cosine, about a nanometre from it, is the pole; that of `FRAC_PI_2` is 6e-17.
const POLE: f64 = 2e-16;

/// A shortest path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geodesic {
    /// Its length.
    pub distance_m: f64,
    /// Bearing at its start, clockwise from true north, in [0, 2π).
    pub azimuth_start_rad: f64,
    /// Bearing at its end (onward, not back), in [0, 2π).
    pub azimuth_end_rad: f64,
}

/// The shortest path between two places (heights are ignored).
///
/// Between coincident places the bearings are 0. Where several paths are equally short (from pole to pole, or between
/// opposite places) one of them is returned. A coordinate that is not finite makes every field NaN.
///
/// ```
/// use downrange_earth::{Geodetic, geodesic};
/// // JFK to Singapore.
/// let path = geodesic::inverse(
///     Geodetic::from_degrees(40.6, -73.8, 0.0),
///     Geodetic::from_degrees(1.36, 103.99, 0.0),
/// );
/// assert!((path.distance_m - 15_352_044.660_41).abs() < 1e-5);
/// assert!((path.azimuth_start_rad.to_degrees() - 3.278_657).abs() < 1e-6);
/// ```
pub fn inverse(from: Geodetic, to: Geodetic) -> Geodesic {
    let lambda12 = wrap(to.longitude_rad - from.longitude_rad);
    if !(from.latitude_rad.is_finite() && to.latitude_rad.is_finite() && lambda12.is_finite()) {
        return Geodesic { distance_m: f64::NAN, azimuth_start_rad: f64::NAN, azimuth_end_rad: f64::NAN };
    }
    // Equation 44: the point further from the equator first, in the south, going east. Undone below.
    let swapped = from.latitude_rad.abs() < to.latitude_rad.abs();
    let (lat1, lat2) =
        if swapped { (to.latitude_rad, from.latitude_rad) } else { (from.latitude_rad, to.latitude_rad) };
    let flipped = lat1 >= 0.0;
    let (lat1, lat2) = if flipped { (-lat1, -lat2) } else { (lat1, lat2) };
    let (beta1, beta2) = (Angle::reduced_latitude(lat1), Angle::reduced_latitude(lat2));
    if lat1 == lat2 && lambda12 == 0.0 {
        return Geodesic { distance_m: 0.0, azimuth_start_rad: 0.0, azimuth_end_rad: 0.0 };
    }
    let solved = solve_canonical(beta1, beta2, lambda12.abs());

    let (alpha1, alpha2) = if swapped { (solved.alpha2, solved.alpha1) } else { (solved.alpha1, solved.alpha2) };
    let north = if swapped != flipped { -1.0 } else { 1.0 };
    // Swapping the ends turns both bearings around and mirrors east to west: of the two signs only north's stays changed.
    let east = if lambda12 < 0.0 { -1.0 } else { 1.0 };
    let bearing = |alpha: Angle| bearing_rad(alpha.sin * east, alpha.cos * north);
    Geodesic { distance_m: solved.distance_m, azimuth_start_rad: bearing(alpha1), azimuth_end_rad: bearing(alpha2) }
}

/// The place at this distance in this direction (height 0). A negative distance goes backwards; from a pole the bearing
/// is counted from the meridian that its longitude names.
///
/// ```
/// use downrange_earth::{Geodetic, geodesic};
/// let sohae = Geodetic::from_degrees(39.66, 124.705, 0.0);
/// let there = geodesic::direct(sohae, 1.2, 500_000.0);
/// assert!((geodesic::inverse(sohae, there).distance_m - 500_000.0).abs() < 1e-6);
/// ```
pub fn direct(from: Geodetic, azimuth_rad: f64, distance_m: f64) -> Geodetic {
    let beta1 = Angle::reduced_latitude(from.latitude_rad);
    let alpha1 = Angle::of(azimuth_rad);
    let line = Line::new(beta1, alpha1);
    let (a1, c1) = (a1(line.epsilon), c1(line.epsilon));
    // Equations 7 and 20: from distance to arc by the reverted series.
    let sigma1 = line.sigma(beta1, alpha1);
    let tau2 = sigma1.rad() + sin_series(&c1, sigma1) + distance_m / (B_M * a1);
    let sigma12 = tau2 + sin_series(&c1_reverted(line.epsilon), Angle::of(tau2)) - sigma1.rad();
    let sigma2 = sigma1.plus(Angle::of(sigma12));
    let omega12 = line.omega(sigma2).minus(line.omega(sigma1)).rad();
    // Equation 8.
    let lambda12 = omega12 - line.longitude_lag_rad(sigma1, sigma2, sigma12);
    let sin_beta2 = line.alpha0.cos * sigma2.sin;
    let cos_beta2 = libm::hypot(line.alpha0.sin, line.alpha0.cos * sigma2.cos);
    Geodetic {
        latitude_rad: libm::atan2(sin_beta2, (1.0 - WGS84_F) * cos_beta2),
        longitude_rad: wrap(from.longitude_rad + lambda12),
        height_m: 0.0,
    }
}

/// An angle as its sine and cosine.
#[derive(Debug, Clone, Copy)]
struct Angle {
    sin: f64,
    cos: f64,
}

impl Angle {
    fn of(rad: f64) -> Angle {
        let (sin, cos) = libm::sincos(rad);
        Angle { sin, cos }
    }

    /// The direction of this vector.
    fn toward(sin: f64, cos: f64) -> Angle {
        let norm = libm::hypot(sin, cos);
        Angle { sin: sin / norm, cos: cos / norm }
    }

    /// Equation 6: tan β = (1 − f) tan φ.
    fn reduced_latitude(latitude_rad: f64) -> Angle {
        let (sin, cos) = libm::sincos(latitude_rad);
        let beta = Angle::toward((1.0 - WGS84_F) * sin, cos);
        Angle { sin: beta.sin, cos: beta.cos.max(TINY) }
    }

    fn rad(self) -> f64 {
        libm::atan2(self.sin, self.cos)
    }

    fn plus(self, other: Angle) -> Angle {
        Angle { sin: self.sin * other.cos + self.cos * other.sin, cos: self.cos * other.cos - self.sin * other.sin }
    }

    fn minus(self, other: Angle) -> Angle {
        self.plus(Angle { sin: -other.sin, cos: other.cos })
    }
}

/// Into [−π, π].
fn wrap(rad: f64) -> f64 {
    if rad.abs() <= PI { rad } else { libm::remainder(rad, TAU) }
}

fn bearing_rad(sin: f64, cos: f64) -> f64 {
    let rad = libm::atan2(sin, cos);
    // The second test is for −1e-300, which rounds up to 2π.
    if rad < 0.0 { if rad + TAU < TAU { rad + TAU } else { 0.0 } } else { rad.abs() }
}

/// A geodesic, by what is constant along it.
struct Line {
    /// Azimuth where it crosses the equator.
    alpha0: Angle,
    epsilon: f64,
}

impl Line {
    /// Through this reduced latitude with this azimuth.
    fn new(beta: Angle, alpha: Angle) -> Line {
        // Equation 10.
        let alpha0 = Angle { sin: alpha.sin * beta.cos, cos: libm::hypot(alpha.cos, alpha.sin * beta.sin) };
        // Equations 9 and 16.
        let k2 = EP2 * alpha0.cos * alpha0.cos;
        let root = 1.0 + libm::sqrt(1.0 + k2);
        Line { alpha0, epsilon: k2 / (root * root) }
    }

    /// Equation 11: arc from the equator crossing.
    fn sigma(&self, beta: Angle, alpha: Angle) -> Angle {
        let cos = alpha.cos * beta.cos;
        if beta.sin == 0.0 && cos == 0.0 { Angle { sin: 0.0, cos: 1.0 } } else { Angle::toward(beta.sin, cos) }
    }

    /// Equation 12: spherical longitude from the equator crossing; not normalised.
    fn omega(&self, sigma: Angle) -> Angle {
        Angle { sin: self.alpha0.sin * sigma.sin, cos: sigma.cos }
    }

    /// Equations 8 and 23: by how much λ12 is less than ω12, f sin α0 (I3(σ2) − I3(σ1)).
    fn longitude_lag_rad(&self, sigma1: Angle, sigma2: Angle, sigma12: f64) -> f64 {
        let c3 = c3(self.epsilon);
        let i3 = a3(self.epsilon) * (sigma12 + sin_series(&c3, sigma2) - sin_series(&c3, sigma1));
        WGS84_F * self.alpha0.sin * i3
    }

    /// Equations 7 and 15: s/b between two arcs.
    fn length_over_b(&self, sigma1: Angle, sigma2: Angle, sigma12: f64) -> f64 {
        let c1 = c1(self.epsilon);
        a1(self.epsilon) * (sigma12 + sin_series(&c1, sigma2) - sin_series(&c1, sigma1))
    }
}

/// Equation 17.
fn a1(epsilon: f64) -> f64 {
    let e2 = epsilon * epsilon;
    (1.0 + e2 * (1.0 / 4.0 + e2 * (1.0 / 64.0 + e2 / 256.0))) / (1.0 - epsilon)
}

/// Equation 18.
fn c1(epsilon: f64) -> [f64; 6] {
    let e2 = epsilon * epsilon;
    scale_by_powers(
        epsilon,
        [
            -1.0 / 2.0 + e2 * (3.0 / 16.0 - e2 / 32.0),
            -1.0 / 16.0 + e2 * (1.0 / 32.0 - e2 * 9.0 / 2048.0),
            -1.0 / 48.0 + e2 * 3.0 / 256.0,
            -5.0 / 512.0 + e2 * 3.0 / 512.0,
            -7.0 / 1280.0,
            -7.0 / 2048.0,
        ],
    )
}

/// Equation 21.
fn c1_reverted(epsilon: f64) -> [f64; 6] {
    let e2 = epsilon * epsilon;
    scale_by_powers(
        epsilon,
        [
            1.0 / 2.0 + e2 * (-9.0 / 32.0 + e2 * 205.0 / 1536.0),
            5.0 / 16.0 + e2 * (-37.0 / 96.0 + e2 * 1335.0 / 4096.0),
            29.0 / 96.0 - e2 * 75.0 / 128.0,
            539.0 / 1536.0 - e2 * 2391.0 / 2560.0,
            3467.0 / 7680.0,
            38081.0 / 61440.0,
        ],
    )
}

/// Equation 42.
fn a2(epsilon: f64) -> f64 {
    let e2 = epsilon * epsilon;
    (1.0 + e2 * (1.0 / 4.0 + e2 * (9.0 / 64.0 + e2 * 25.0 / 256.0))) * (1.0 - epsilon)
}

/// Equation 43.
fn c2(epsilon: f64) -> [f64; 6] {
    let e2 = epsilon * epsilon;
    scale_by_powers(
        epsilon,
        [
            1.0 / 2.0 + e2 * (1.0 / 16.0 + e2 / 32.0),
            3.0 / 16.0 + e2 * (1.0 / 32.0 + e2 * 35.0 / 2048.0),
            5.0 / 48.0 + e2 * 5.0 / 256.0,
            35.0 / 512.0 + e2 * 7.0 / 512.0,
            63.0 / 1280.0,
            77.0 / 2048.0,
        ],
    )
}

/// Equation 24.
fn a3(epsilon: f64) -> f64 {
    const C: [f64; 5] = [
        -(1.0 / 2.0 - N / 2.0),
        -(1.0 / 4.0 + N / 8.0 - N * N * 3.0 / 8.0),
        -(1.0 / 16.0 + N * 3.0 / 16.0 + N * N / 16.0),
        -(3.0 / 64.0 + N / 32.0),
        -3.0 / 128.0,
    ];
    1.0 + epsilon * (C[0] + epsilon * (C[1] + epsilon * (C[2] + epsilon * (C[3] + epsilon * C[4]))))
}

/// Equation 25.
fn c3(epsilon: f64) -> [f64; 6] {
    const C1: [f64; 5] = [
        1.0 / 4.0 - N / 4.0,
        1.0 / 8.0 - N * N / 8.0,
        3.0 / 64.0 + N * 3.0 / 64.0 - N * N / 64.0,
        5.0 / 128.0 + N / 64.0,
        3.0 / 128.0,
    ];
    const C2: [f64; 4] = [
        1.0 / 16.0 - N * 3.0 / 32.0 + N * N / 32.0,
        3.0 / 64.0 - N / 32.0 - N * N * 3.0 / 64.0,
        3.0 / 128.0 + N / 128.0,
        5.0 / 256.0,
    ];
    const C3: [f64; 3] =
        [5.0 / 192.0 - N * 3.0 / 64.0 + N * N * 5.0 / 192.0, 3.0 / 128.0 - N * 5.0 / 192.0, 7.0 / 512.0];
    let e = epsilon;
    scale_by_powers(
        e,
        [
            C1[0] + e * (C1[1] + e * (C1[2] + e * (C1[3] + e * C1[4]))),
            C2[0] + e * (C2[1] + e * (C2[2] + e * C2[3])),
            C3[0] + e * (C3[1] + e * C3[2]),
            7.0 / 512.0 - N * 7.0 / 256.0 + e * 7.0 / 512.0,
            21.0 / 2560.0,
            0.0,
        ],
    )
}

/// The l-th coefficient times ε^l.
fn scale_by_powers(epsilon: f64, mut coefficients: [f64; 6]) -> [f64; 6] {
    let mut power = 1.0;
    for coefficient in &mut coefficients {
        power *= epsilon;
        *coefficient *= power;
    }
    coefficients
}

/// Σ c_l sin 2lσ by Clenshaw's recurrence.
fn sin_series(c: &[f64; 6], sigma: Angle) -> f64 {
    let (sin2, cos2) = (2.0 * sigma.sin * sigma.cos, (sigma.cos - sigma.sin) * (sigma.cos + sigma.sin));
    let (mut next, mut after) = (0.0, 0.0);
    for &coefficient in c.iter().rev() {
        (next, after) = (coefficient + 2.0 * cos2 * next - after, next);
    }
    next * sin2
}

/// The path between two points in the order of equation 44.
struct Solved {
    distance_m: f64,
    alpha1: Angle,
    alpha2: Angle,
}

const NORTH: Angle = Angle { sin: 0.0, cos: 1.0 };
const EAST: Angle = Angle { sin: 1.0, cos: 0.0 };

fn solve_canonical(beta1: Angle, beta2: Angle, lambda12: f64) -> Solved {
    // Along a meridian (a pole is on every meridian; λ12 = π goes over one).
    if lambda12 == 0.0 || lambda12 == PI || beta1.cos < POLE {
        let alpha1 = if lambda12 == PI { Angle { sin: 0.0, cos: -1.0 } } else { Angle::of(lambda12) };
        let line = Line { alpha0: NORTH, ..Line::new(beta1, NORTH) };
        let (sigma1, sigma2) = (Angle { sin: beta1.sin, cos: alpha1.cos * beta1.cos }, beta2);
        let sigma12 = arc(sigma1, sigma2);
        return Solved { distance_m: B_M * line.length_over_b(sigma1, sigma2, sigma12), alpha1, alpha2: NORTH };
    }
    // Along the equator, as far as it is the shortest way (section 4).
    if beta1.sin == 0.0 && lambda12 <= PI * (1.0 - WGS84_F) {
        return Solved { distance_m: WGS84_A_M * lambda12, alpha1: EAST, alpha2: EAST };
    }
    let start = Start::new(beta1, beta2, lambda12);
    if start.is_short() {
        return Solved { distance_m: B_M * start.sigma12 * start.stretch, alpha1: start.alpha1, alpha2: start.alpha2 };
    }
    let root = solve_azimuth(beta1, beta2, lambda12, start.alpha1);
    Solved {
        distance_m: B_M * root.line.length_over_b(root.sigma1, root.sigma2, root.sigma12),
        alpha1: root.alpha1,
        alpha2: root.alpha2,
    }
}

/// σ2 − σ1 in [0, π].
fn arc(sigma1: Angle, sigma2: Angle) -> f64 {
    let difference = sigma2.minus(sigma1);
    libm::atan2(difference.sin.max(0.0), difference.cos)
}

/// The great circle that starts the search (equations 48 to 51); good enough itself over centimetres.
struct Start {
    alpha1: Angle,
    alpha2: Angle,
    sigma12: f64,
    /// √(1 + e'² sin² β) between the points: what an arc on the sphere is stretched by, in units of b.
    stretch: f64,
}

impl Start {
    fn new(beta1: Angle, beta2: Angle, lambda12: f64) -> Start {
        let mean = Angle::toward(beta1.sin + beta2.sin, beta1.cos + beta2.cos);
        let stretch = libm::sqrt(1.0 + EP2 * mean.sin * mean.sin);
        let omega12 = Angle::of((lambda12 / ((1.0 - WGS84_F) * stretch)).min(PI));
        // sin(β2 − β1) ± (1 − cos ω12) terms instead of equations 49 and 50, for the digits of short paths.
        let versine =
            if omega12.cos > 0.0 { omega12.sin * omega12.sin / (1.0 + omega12.cos) } else { 1.0 - omega12.cos };
        let difference = beta2.minus(beta1).sin;
        let z1 = Angle { sin: beta2.cos * omega12.sin, cos: difference + beta2.cos * beta1.sin * versine };
        let z2 = Angle { sin: beta1.cos * omega12.sin, cos: difference - beta1.cos * beta2.sin * versine };
        let sin_sigma12 = libm::hypot(z1.sin, z1.cos);
        let cos_sigma12 = beta1.sin * beta2.sin + beta1.cos * beta2.cos * omega12.cos;
        let direction = |z: Angle| if z.sin > 0.0 { Angle::toward(z.sin, z.cos) } else { EAST };
        Start { alpha1: direction(z1), alpha2: direction(z2), sigma12: libm::atan2(sin_sigma12, cos_sigma12), stretch }
    }

    /// Whether the error of the great circle, of order f σ12³, is below rounding.
    fn is_short(&self) -> bool {
        self.sigma12 < 3e-8
    }
}

/// The geodesic that leaves point 1 with azimuth α1, at the latitude of point 2 (the hybrid problem).
struct Hybrid {
    line: Line,
    alpha1: Angle,
    alpha2: Angle,
    sigma1: Angle,
    sigma2: Angle,
    sigma12: f64,
    /// Its longitude there, minus the one that is wanted.
    miss_rad: f64,
}

impl Hybrid {
    fn new(beta1: Angle, beta2: Angle, lambda12: Angle, alpha1: Angle) -> Hybrid {
        let alpha1 = if beta1.sin == 0.0 && alpha1.cos == 0.0 { Angle { sin: 1.0, cos: -TINY } } else { alpha1 };
        let line = Line::new(beta1, alpha1);
        // Equations 5 and 45.
        let sin_alpha2 = line.alpha0.sin / beta2.cos;
        let cos_alpha2 = if beta2.cos != beta1.cos || beta2.sin.abs() != -beta1.sin {
            let cos = alpha1.cos * beta1.cos;
            let difference = if beta1.cos < -beta1.sin {
                (beta2.cos - beta1.cos) * (beta1.cos + beta2.cos)
            } else {
                (beta1.sin - beta2.sin) * (beta1.sin + beta2.sin)
            };
            libm::sqrt((cos * cos + difference).max(0.0)) / beta2.cos
        } else {
            alpha1.cos.abs()
        };
        let alpha2 = Angle { sin: sin_alpha2, cos: cos_alpha2 };
        let (sigma1, sigma2) = (line.sigma(beta1, alpha1), line.sigma(beta2, alpha2));
        let sigma12 = arc(sigma1, sigma2);
        let omega12 = line.omega(sigma2).minus(line.omega(sigma1));
        let omega12 = Angle { sin: omega12.sin.max(0.0), cos: omega12.cos };
        let miss_rad = omega12.minus(lambda12).rad() - line.longitude_lag_rad(sigma1, sigma2, sigma12);
        Hybrid { line, alpha1, alpha2, sigma1, sigma2, sigma12, miss_rad }
    }

    /// dλ12/dα1, equations 38, 40, 41 and 46.
    fn slope(&self, beta1: Angle, beta2: Angle) -> f64 {
        let stretch = |beta: Angle| libm::sqrt(1.0 + EP2 * beta.sin * beta.sin);
        if self.alpha2.cos == 0.0 {
            return -2.0 * (1.0 - WGS84_F) * stretch(beta1) / beta1.sin;
        }
        let c2 = c2(self.line.epsilon);
        let i2 = a2(self.line.epsilon) * (self.sigma12 + sin_series(&c2, self.sigma2) - sin_series(&c2, self.sigma1));
        let j12 = self.line.length_over_b(self.sigma1, self.sigma2, self.sigma12) - i2;
        let m12_over_b = stretch(beta2) * self.sigma1.cos * self.sigma2.sin
            - stretch(beta1) * self.sigma1.sin * self.sigma2.cos
            - self.sigma1.cos * self.sigma2.cos * j12;
        m12_over_b * (1.0 - WGS84_F) / (self.alpha2.cos * beta2.cos)
    }
}

/// Solves λ12(α1) = λ12 by Newton's method inside a bracket that bisection closes when Newton leaves it. λ12(α1) grows
/// from 0 to π as α1 does (section 4), so this ends for any two points, nearly antipodal ones included.
fn solve_azimuth(beta1: Angle, beta2: Angle, lambda12: f64, start: Angle) -> Hybrid {
    const NEWTON_MAX: u32 = 20;
    /// Newton's steps, and the halvings that exhaust the digits of α1.
    const STEPS_MAX: u32 = NEWTON_MAX + 70;
    let wanted = Angle::of(lambda12);
    let (mut low, mut high) = (Angle { sin: TINY, cos: 1.0 }, Angle { sin: TINY, cos: -1.0 });
    let mut hybrid = Hybrid::new(beta1, beta2, wanted, start);
    let mut nearly_there = false;
    for step in 0..STEPS_MAX {
        if hybrid.miss_rad.abs() <= if nearly_there { 8.0 } else { 1.0 } * f64::EPSILON {
            break;
        }
        let alpha1 = hybrid.alpha1;
        if hybrid.miss_rad > 0.0 {
            high = alpha1
        } else {
            low = alpha1
        }
        let slope = hybrid.slope(beta1, beta2);
        let change = -hybrid.miss_rad / slope;
        let mut next = Angle { sin: -1.0, cos: 0.0 };
        if step < NEWTON_MAX && slope > 0.0 && change.abs() < FRAC_PI_2 {
            let moved = alpha1.plus(Angle::of(change));
            next = Angle::toward(moved.sin, moved.cos);
        }
        // Between the bounds: cot α falls from low to high.
        let inside =
            next.sin > 0.0 && next.cos * low.sin < low.cos * next.sin && next.cos * high.sin > high.cos * next.sin;
        if inside {
            nearly_there = hybrid.miss_rad.abs() <= 16.0 * f64::EPSILON;
        } else {
            if (low.sin - high.sin).abs() + (low.cos - high.cos) < f64::EPSILON {
                break;
            }
            next = Angle::toward((low.sin + high.sin) / 2.0, (low.cos + high.cos) / 2.0);
            nearly_there = false;
        }
        hybrid = Hybrid::new(beta1, beta2, wanted, next);
    }
    hybrid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_coordinates_give_nan_and_end() {
        let here = Geodetic::from_degrees(40.0, 125.0, 0.0);
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for there in [Geodetic { latitude_rad: bad, ..here }, Geodetic { longitude_rad: bad, ..here }] {
                assert!(inverse(here, there).distance_m.is_nan() && inverse(there, here).azimuth_end_rad.is_nan());
            }
            assert!(direct(here, bad, 1.0).latitude_rad.is_nan() && direct(here, 1.0, bad).latitude_rad.is_nan());
        }
    }

    #[test]
    fn bad_wide_longitudes_are_wrapped() {
        let (from, to) = (Geodetic::from_degrees(10.0, 0.0, 0.0), Geodetic::from_degrees(20.0, 30.0, 0.0));
        let around = Geodetic { longitude_rad: to.longitude_rad + 5.0 * TAU, ..to };
        assert!((inverse(from, around).distance_m - inverse(from, to).distance_m).abs() < 1e-7);
    }

    #[test]
    fn val_coincident_places_have_no_bearing() {
        let here = Geodetic::from_degrees(-40.0, 125.0, 0.0);
        assert_eq!(inverse(here, here), Geodesic { distance_m: 0.0, azimuth_start_rad: 0.0, azimuth_end_rad: 0.0 });
    }

    #[test]
    fn val_from_pole_to_pole() {
        let (north, south) = (Geodetic::from_degrees(90.0, 0.0, 0.0), Geodetic::from_degrees(-90.0, 0.0, 0.0));
        // Twice the meridian quadrant of WGS-84, 10,001,965.729 m.
        assert!((inverse(north, south).distance_m - 2.0 * 10_001_965.729).abs() < 1e-3);
    }
}
