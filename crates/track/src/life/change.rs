//! What happens to tracks later: two become one, one becomes two, one goes on unseen, one ends.
//!
//! ```
//! use downrange_track::gaussian::Gaussian;
//! use downrange_track::life::change::{Fusion, merge, separation, split};
//! use downrange_track::measure::chi_square_quantile;
//! use nalgebra::vector;
//!
//! let a = Gaussian::diagonal(vector![0.0, 1.0], vector![3.0, 1.0]);
//! let b = Gaussian::diagonal(vector![5.0, 1.0], vector![4.0, 1.0]);
//! // 5 m apart with a standard deviation of 5 m: one object, as far as anybody can tell.
//! let distance = separation(&a, &b).expect("regular");
//! assert!((distance - 1.0).abs() < 1e-12 && distance < chi_square_quantile(0.99, 2.0).expect("in range"));
//! let one = merge([(&a, 0.5), (&b, 0.5)], Fusion::Moments).expect("regular");
//! assert_eq!(one.mean[0], 2.5);
//! let [left, right] = split(&one, &vector![1.0, 0.0], 0.5).expect("a direction");
//! assert!(left.mean[0] < right.mean[0] && left.covariance[(0, 0)] < one.covariance[(0, 0)]);
//! ```

use crate::filter::information::covariance_intersection;
use crate::gaussian::{Gaussian, symmetric};
use nalgebra::{Cholesky, SVector};

/// Squared Mahalanobis distance between two estimates, (a−b)ᵀ(A+B)⁻¹(a−b): of one object, with independent errors, chi-square with N
/// degrees of freedom (Bar-Shalom, "On the track-to-track correlation problem", IEEE Trans. Automatic Control 26(2), 1981; where the
/// errors have a common part it comes out too small, so that too much is merged rather than too little).
///
/// `None` when A+B is not positive definite or a number is not finite.
pub fn separation<const N: usize>(a: &Gaussian<N>, b: &Gaussian<N>) -> Option<f64> {
    let difference = a.mean - b.mean;
    let solved = Cholesky::new(a.covariance + b.covariance)?.solve(&difference);
    Some(difference.dot(&solved)).filter(|distance| distance.is_finite())
}

/// How two estimates of one object become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fusion {
    /// They are of different plots, or nobody knows: covariance intersection, consistent whatever their errors have in common (Julier
    /// & Uhlmann 1997). The weights are its own.
    Intersection,
    /// Either may be the right one, with its weight: the normal distribution with the moments of the mixture (Salmond 1990). It
    /// never claims more than the two together say.
    Moments,
}

/// One estimate out of two, each with a weight (only their ratio counts).
///
/// `None` when the weights are not numbers above zero (or one of them zero), a covariance is not positive definite where it has to be
/// inverted, or a number is not finite.
pub fn merge<const N: usize>(parts: [(&Gaussian<N>, f64); 2], fusion: Fusion) -> Option<Gaussian<N>> {
    let [(a, weight_a), (b, weight_b)] = parts;
    if fusion == Fusion::Intersection {
        return covariance_intersection(a, b).map(|found| found.state);
    }
    let total = weight_a + weight_b;
    if !(weight_a >= 0.0 && weight_b >= 0.0 && total > 0.0 && total.is_finite()) {
        return None;
    }
    let (p, q) = (weight_a / total, weight_b / total);
    let apart = a.mean - b.mean;
    let covariance = a.covariance * p + b.covariance * q + apart * apart.transpose() * (p * q);
    Some(Gaussian { mean: a.mean * p + b.mean * q, covariance: symmetric(&covariance) }).filter(Gaussian::is_finite)
}

/// One track that may be two objects (a stage parts, a formation opens), as two that lie `share` (inside (0, 1)) of the standard
/// deviation to both sides along `direction` (in state space, any length). The mixture of both, half and half, has the mean and
/// covariance of the one: with d = P·u/√(uᵀPu), they are x ± share·d with P − share²·d·dᵀ. Each of them then goes its own way with its
/// own plots.
///
/// `None` for a share out of range, a direction without variance, or a number that is not finite.
pub fn split<const N: usize>(state: &Gaussian<N>, direction: &SVector<f64, N>, share: f64) -> Option<[Gaussian<N>; 2]> {
    let slope = state.covariance * direction;
    let variance = direction.dot(&slope);
    if !(share > 0.0 && share < 1.0 && variance > 0.0 && state.is_finite()) {
        return None;
    }
    let step = slope * (share / libm::sqrt(variance));
    let covariance = symmetric(&(state.covariance - step * step.transpose()));
    let at = |mean| Gaussian { mean, covariance };
    Some([at(state.mean - step), at(state.mean + step)]).filter(|[left, right]| left.is_finite() && right.is_finite())
}

/// How long a track goes on without a plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patience {
    /// So many misses in a row end it.
    pub misses_count: u32,
    /// So long without a plot ends it.
    pub silent_s: f64,
    /// When its position is less certain than this, it ends: it could no longer tell its plot from another's.
    pub sigma_m: f64,
}

impl Patience {
    /// After how many scans, on average, a track of an object that is still there ends by misses alone: the mean number of trials to
    /// the first run of n failures, (q⁻ⁿ − 1)/(1 − q) with q = 1 − detection probability (Feller 1968, section XIII.7). Infinite
    /// for an object that is always seen; NaN outside [0, 1].
    ///
    /// ```
    /// use downrange_track::life::change::Patience;
    /// let patience = Patience { misses_count: 3, silent_s: 60.0, sigma_m: 500.0 };
    /// assert!((patience.mean_scans_count(0.9) - 1110.0).abs() < 1e-9);
    /// ```
    pub fn mean_scans_count(&self, detection_probability: f64) -> f64 {
        let q = 1.0 - detection_probability;
        if !(0.0..=1.0).contains(&q) {
            return f64::NAN;
        }
        // The sum of q⁻ᵏ, k = 1 to n, which is also right where nothing is ever seen.
        (1..=self.misses_count).fold((0.0, 1.0), |(sum, power), _| (sum + power / q, power / q)).0
    }
}

/// A track between its plots.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Coast {
    /// Misses since the last plot.
    pub misses_count: u32,
    /// Time since the last plot.
    pub silent_s: f64,
}

/// What becomes of a track after a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes on: predicted only, but still one object.
    Coasting,
    /// Too many misses in a row.
    Missed,
    /// Too long without a plot.
    Silent,
    /// Its position is too uncertain (or not a number).
    Vague,
}

impl Coast {
    /// A plot was its own.
    pub fn seen(&mut self) {
        *self = Coast::default();
    }

    /// `dt_s` went by without a plot; `looked`: the sensor looked there. `position_sigma_m` is that of the predicted track, on the
    /// worst axis. Time that runs backwards counts as none.
    pub fn unseen(&mut self, dt_s: f64, looked: bool, position_sigma_m: f64, patience: &Patience) -> Fate {
        self.silent_s += dt_s.max(0.0);
        self.misses_count = self.misses_count.saturating_add(u32::from(looked));
        match () {
            () if self.misses_count >= patience.misses_count => Fate::Missed,
            () if self.silent_s > patience.silent_s => Fate::Silent,
            () if position_sigma_m <= patience.sigma_m => Fate::Coasting,
            () => Fate::Vague,
        }
    }
}
