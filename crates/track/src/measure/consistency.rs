//! Are the stated covariances true? Normalised estimation error squared (NEES) and normalised innovation squared (NIS)
//! follow a chi-square distribution when they are: Bar-Shalom, Li & Kirubarajan, *Estimation with Applications to
//! Tracking and Navigation* (2001), section 5.4.

use nalgebra::{SMatrix, SVector};

/// The interval that a mean of normalised squared errors must fall into.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Band {
    /// True inside, ends included.
    pub fn holds(&self, mean: f64) -> bool {
        self.low <= mean && mean <= self.high
    }
}

/// The normalised squared error `error' covariance^-1 error`, dimensionless; `None` when the covariance is not positive
/// definite. With a state error this is NEES, with an innovation NIS.
pub fn normalised_squared<const D: usize>(error: &SVector<f64, D>, covariance: &SMatrix<f64, D, D>) -> Option<f64> {
    let square = error.dot(&covariance.cholesky()?.solve(error));
    square.is_finite().then_some(square)
}

/// Collects normalised squared errors: state errors give the NEES of a filter, innovations its NIS.
///
/// ```
/// use downrange_track::measure::Consistency;
/// use nalgebra::{matrix, vector};
/// let mut nees = Consistency::new();
/// for _ in 0..50 {
///     assert!(nees.push(&vector![2.0, 0.5], &matrix![4.0, 0.0; 0.0, 0.25])); // one standard deviation in each
/// }
/// assert!((nees.mean_ratio().unwrap() - 1.0).abs() < 1e-12);
/// assert_eq!(nees.within(0.95), Some(true));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Consistency {
    sum: f64,
    freedom: usize,
}

impl Consistency {
    /// Nothing collected yet.
    pub fn new() -> Consistency {
        Consistency::default()
    }

    /// One error with the covariance that was stated for it; false, and not counted, when that is not positive definite.
    #[must_use]
    pub fn push<const D: usize>(&mut self, error: &SVector<f64, D>, covariance: &SMatrix<f64, D, D>) -> bool {
        let square = normalised_squared(error, covariance);
        self.sum += square.unwrap_or(0.0);
        self.freedom += if square.is_some() { D } else { 0 };
        square.is_some()
    }

    /// Mean normalised squared error over the number of dimensions: one for a consistent filter, above it for one that is too
    /// sure of itself. `None` before anything was collected.
    pub fn mean_ratio(&self) -> Option<f64> {
        (self.freedom > 0).then(|| self.sum / self.freedom as f64)
    }

    /// The two-sided band of [`mean_ratio`](Consistency::mean_ratio) if the errors collected are independent of each other:
    /// runs of one time, or innovations of one run. Errors of one run follow each other; their band is wider.
    pub fn band(&self, confidence: f64) -> Option<Band> {
        nees_band(1, self.freedom, confidence)
    }

    /// Whether the mean ratio is inside the band.
    pub fn within(&self, confidence: f64) -> Option<bool> {
        Some(self.band(confidence)?.holds(self.mean_ratio()?))
    }
}

/// The two-sided band of the mean NEES (or NIS) of `samples_count` independent errors in `dimension_count` dimensions:
/// a consistent filter falls outside with probability `1 - confidence`. `None` for no samples, no dimensions or a
/// confidence outside (0, 1).
///
/// ```
/// // Bar-Shalom, Li & Kirubarajan, section 5.4.3: 50 runs, 2 states, 95 %: [1.5, 2.6].
/// let band = downrange_track::measure::nees_band(2, 50, 0.95).unwrap();
/// assert!((band.low - 1.484).abs() < 1e-3 && (band.high - 2.591).abs() < 1e-3);
/// ```
pub fn nees_band(dimension_count: usize, samples_count: usize, confidence: f64) -> Option<Band> {
    let freedom = (dimension_count * samples_count) as f64;
    let tail = 0.5 * (1.0 - confidence);
    let quantile = |p| chi_square_quantile(p, freedom).map(|q| q / samples_count as f64);
    Some(Band { low: quantile(tail)?, high: quantile(1.0 - tail)? })
}

/// The value that a chi-square variable with `freedom` (> 0) degrees of freedom stays below with `probability` (inside
/// (0, 1)); `None` outside these. Relative error below 1e-9.
///
/// The start is the cube approximation of Wilson & Hilferty (PNAS 17(12), 1931, 684-688), refined by bisection-guarded
/// Newton steps on the regularised incomplete gamma function.
pub fn chi_square_quantile(probability: f64, freedom: f64) -> Option<f64> {
    if !(probability > 0.0 && probability < 1.0 && freedom > 0.0 && freedom.is_finite()) {
        return None;
    }
    let shape = 0.5 * freedom;
    let (mut low, mut high) = (0.0, 1.0 + freedom);
    while gamma_p(shape, 0.5 * high) < probability {
        (low, high) = (high, 2.0 * high);
    }
    let spread = 2.0 / (9.0 * freedom);
    let cube = 1.0 - spread + normal_quantile_rough(probability) * libm::sqrt(spread);
    let mut x = freedom * cube * cube * cube;
    for _ in 0..200 {
        if !(x > low && x < high) {
            x = 0.5 * (low + high);
        }
        let excess = gamma_p(shape, 0.5 * x) - probability;
        if excess > 0.0 {
            high = x;
        } else {
            low = x;
        }
        // The density of chi-square, from its logarithm.
        let log_density = (shape - 1.0) * libm::log(0.5 * x) - 0.5 * x - libm::lgamma(shape) - core::f64::consts::LN_2;
        let step = excess / libm::exp(log_density);
        x -= step;
        if step.abs() <= 1e-13 * x.abs() || high - low <= 1e-14 * high {
            break;
        }
    }
    Some(x)
}

/// The normal quantile to three digits: enough to start from (Abramowitz & Stegun 26.2.23).
fn normal_quantile_rough(probability: f64) -> f64 {
    let tail = probability.min(1.0 - probability);
    let t = libm::sqrt(-2.0 * libm::log(tail));
    let x =
        t - (2.515_517 + t * (0.802_853 + t * 0.010_328)) / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308)));
    if probability < 0.5 { -x } else { x }
}

/// The regularised lower incomplete gamma function P(a, x): series 6.5.29 of Abramowitz & Stegun below a + 1, continued
/// fraction 6.5.31 (by Lentz's method) above.
fn gamma_p(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let front = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    // The number of terms grows with the root of `a` near the middle of the distribution.
    let rounds = 200 + 20 * libm::sqrt(a) as usize;
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for n in 1..rounds {
            term *= x / (a + n as f64);
            sum += term;
            if term < sum * 1e-17 {
                break;
            }
        }
        return front * sum;
    }
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1.0 / f64::MIN_POSITIVE, 1.0 / b);
    let mut fraction = d;
    for n in 1..rounds {
        let n = n as f64;
        let an = -n * (n - a);
        b += 2.0;
        d = 1.0 / nonzero(an * d + b);
        c = nonzero(b + an / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < 1e-16 {
            break;
        }
    }
    1.0 - front * fraction
}

fn nonzero(value: f64) -> f64 {
    if value.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn val_chi_square_table() {
        // NIST/SEMATECH e-Handbook, section 1.3.6.7.4, critical values of the chi-square distribution.
        for (freedom, probability, value) in [
            (1.0, 0.95, 3.841),
            (2.0, 0.999, 13.816),
            (3.0, 0.999, 16.266),
            (3.0, 0.90, 6.251),
            (6.0, 0.99, 16.812),
            (10.0, 0.975, 20.483),
            (100.0, 0.95, 124.342),
            (1.0, 0.10, 0.016),
            (5.0, 0.025, 0.831),
            (30.0, 0.01, 14.953),
            (100.0, 0.001, 61.918),
        ] {
            let found = chi_square_quantile(probability, freedom).expect("in range");
            assert!((found - value).abs() < 6e-4, "{freedom} {probability}: {found} not {value}");
        }
    }

    #[test]
    fn val_two_degrees_of_freedom_have_a_closed_form() {
        for probability in [1e-12, 1e-3, 0.5, 0.999, 1.0 - 1e-12] {
            let exact = -2.0 * libm::log1p(-probability);
            let found = chi_square_quantile(probability, 2.0).expect("in range");
            assert!(
                (found / exact - 1.0).abs() < 1e-4 * (1e-9f64 / (1.0 - probability)).max(1e-5),
                "{probability}: {found} {exact}"
            );
        }
    }

    #[test]
    fn val_many_degrees_of_freedom_are_normal() {
        // The median is about freedom - 2/3 (Wilson & Hilferty).
        let found = chi_square_quantile(0.5, 1e6).expect("in range");
        assert!((found - (1e6 - 2.0 / 3.0)).abs() < 1e-2, "{found}");
    }

    #[test]
    fn bad_arguments_have_no_quantile() {
        for (probability, freedom) in [(0.0, 1.0), (1.0, 1.0), (0.5, 0.0), (f64::NAN, 1.0), (0.5, f64::INFINITY)] {
            assert_eq!(chi_square_quantile(probability, freedom), None);
        }
        assert_eq!(nees_band(2, 0, 0.95), None);
        assert_eq!(nees_band(2, 10, 1.0), None);
        let error = SVector::<f64, 2>::new(1.0, 1.0);
        assert_eq!(normalised_squared(&error, &SMatrix::<f64, 2, 2>::new(1.0, 2.0, 2.0, 1.0)), None);
    }

    #[test]
    fn normalised_squared_of_a_hand_example() {
        let error = SVector::<f64, 2>::new(2.0, 3.0);
        let covariance = SMatrix::<f64, 2, 2>::new(4.0, 0.0, 0.0, 9.0);
        assert!((normalised_squared(&error, &covariance).expect("positive definite") - 2.0).abs() < 1e-12);
    }
}
