//! Information form: the inverse covariance Y = P⁻¹ and y = Y·x, in which measurements simply add.
//!
//! What several sensors saw at one time can be computed where each of them stands and summed anywhere, in any order (Mutambara,
//! *Decentralized Estimation and Control for Multisensor Systems*, 1998; Bar-Shalom, Li, Kirubarajan 2001, section 7.2).
//! Estimates whose errors may be correlated must not be added; [`covariance_intersection`] is for them.
//!
//! ```
//! use downrange_track::filter::information::{Information, covariance_intersection};
//! use downrange_track::gaussian::Gaussian;
//! use nalgebra::vector;
//!
//! let a = Gaussian::diagonal(vector![1.0], vector![1.0]);
//! let b = Gaussian::diagonal(vector![4.0], vector![2.0]);
//! // Independent: weights 4/5 and 1/5.
//! let both = Information::of(&a).expect("regular") + Information::of(&b).expect("regular");
//! let fused = both.gaussian().expect("regular");
//! assert!((fused.mean[0] - 1.6).abs() < 1e-12 && (fused.covariance[(0, 0)] - 0.8).abs() < 1e-12);
//! // Nothing known of how their errors hang together: no better than the better one.
//! let careful = covariance_intersection(&a, &b).expect("regular");
//! assert!(careful.state.covariance[(0, 0)] >= 1.0 - 1e-9);
//! ```

use super::{Dynamics, Observation, ekf};
use crate::gaussian::{Gaussian, symmetric};
use core::ops::{Add, AddAssign, Sub};
use nalgebra::{Cholesky, SMatrix, SVector};

/// A normal distribution, or a measurement's share of one, in information form. Zero is "nothing known".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Information<const N: usize> {
    /// Y = P⁻¹: symmetric, positive semidefinite.
    pub matrix: SMatrix<f64, N, N>,
    /// y = P⁻¹·x.
    pub vector: SVector<f64, N>,
}

impl<const N: usize> Information<N> {
    /// Of a state; `None` when its covariance is not positive definite or a number not finite.
    pub fn of(state: &Gaussian<N>) -> Option<Information<N>> {
        let matrix = inverse(&state.covariance)?;
        let vector = matrix * state.mean;
        vector.iter().all(|v| v.is_finite()).then_some(Information { matrix, vector })
    }

    /// Back to mean and covariance; `None` while something is still unknown (the matrix singular) or a number not finite.
    pub fn gaussian(&self) -> Option<Gaussian<N>> {
        let covariance = inverse(&self.matrix)?;
        let state = Gaussian { mean: covariance * self.vector, covariance };
        state.is_finite().then_some(state)
    }

    /// What one measurement adds: HᵀR⁻¹H and HᵀR⁻¹·(z − h(x) + H·x), linearised about `about` (extended information filter). A
    /// sensor can compute it alone; sums over sensors are the joint update.
    ///
    /// `None` when the measurement noise is not positive definite or a number not finite.
    pub fn seen<const M: usize, O: Observation<N, M>>(
        observation: &O,
        about: &SVector<f64, N>,
        measured: &SVector<f64, M>,
    ) -> Option<Information<N>> {
        let h = observation.jacobian(about);
        let noise = observation.noise();
        let pseudo = observation.residual(measured, &observation.expect(about)) + h * about;
        if !noise.iter().chain(pseudo.iter()).chain(h.iter()).all(|v| v.is_finite()) {
            return None;
        }
        let weighted = Cholesky::new(noise)?.solve(&h).transpose();
        Some(Information { matrix: symmetric(&(weighted * h)), vector: weighted * pseudo })
    }

    /// Where the state will be after `dt_s`; `None` as for [`gaussian`](Information::gaussian).
    pub fn predict<D: Dynamics<N>>(&self, dynamics: &D, dt_s: f64) -> Option<Information<N>> {
        Information::of(&ekf::predict(dynamics, &self.gaussian()?, dt_s))
    }
}

impl<const N: usize> Default for Information<N> {
    /// Nothing known.
    fn default() -> Information<N> {
        Information { matrix: SMatrix::zeros(), vector: SVector::zeros() }
    }
}

impl<const N: usize> Add for Information<N> {
    type Output = Information<N>;

    /// Both together, when their errors are independent.
    fn add(self, other: Information<N>) -> Information<N> {
        Information { matrix: self.matrix + other.matrix, vector: self.vector + other.vector }
    }
}

impl<const N: usize> AddAssign for Information<N> {
    fn add_assign(&mut self, other: Information<N>) {
        *self = *self + other;
    }
}

impl<const N: usize> Sub for Information<N> {
    type Output = Information<N>;

    /// What this knows beyond the other: two trackers that shared a prediction are fused by adding both and subtracting it.
    fn sub(self, other: Information<N>) -> Information<N> {
        Information { matrix: self.matrix - other.matrix, vector: self.vector - other.vector }
    }
}

/// Two estimates of one state as one, by [`covariance_intersection`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Intersected<const N: usize> {
    /// The estimate.
    pub state: Gaussian<N>,
    /// Share of the first in it, ω.
    pub first_weight: f64,
}

/// P⁻¹ = ω·A⁻¹ + (1−ω)·B⁻¹ with the ω of the least determinant: consistent whatever the correlation of the two errors (Julier &
/// Uhlmann, "A non-divergent estimation algorithm in the presence of unknown correlations", ACC 1997).
///
/// The determinant, not the trace, because metres and metres a second stand in one state. `None` when a covariance is not
/// positive definite or a number not finite.
pub fn covariance_intersection<const N: usize>(a: &Gaussian<N>, b: &Gaussian<N>) -> Option<Intersected<N>> {
    let (a, b) = (Information::of(a)?, Information::of(b)?);
    let blend = |weight: f64| Information {
        matrix: a.matrix * weight + b.matrix * (1.0 - weight),
        vector: a.vector * weight + b.vector * (1.0 - weight),
    };
    let log_determinant = |weight: f64| {
        Cholesky::new(blend(weight).matrix)
            .map_or(f64::NEG_INFINITY, |c| c.l_dirty().diagonal().iter().map(|d| libm::log(*d)).sum::<f64>())
    };
    let inside = golden_section(log_determinant);
    // The optimum may be one of the two estimates themselves, which the search only comes near to.
    let first_weight = [0.0, 1.0]
        .into_iter()
        .fold(inside, |best, end| if log_determinant(end) >= log_determinant(best) - 1e-12 { end } else { best });
    Some(Intersected { state: blend(first_weight).gaussian()?, first_weight })
}

/// Where in [0, 1] a concave function is highest, to 1e-9 (Kiefer 1953).
fn golden_section(value: impl Fn(f64) -> f64) -> f64 {
    const SHARE: f64 = 0.618_033_988_749_894_9;
    let (mut low, mut high) = (0.0, 1.0);
    let (mut left, mut right) = (1.0 - SHARE, SHARE);
    let (mut at_left, mut at_right) = (value(left), value(right));
    while high - low > 1e-9 {
        if at_left < at_right {
            (low, left, at_left) = (left, right, at_right);
            right = low + SHARE * (high - low);
            at_right = value(right);
        } else {
            (high, right, at_right) = (right, left, at_left);
            left = high - SHARE * (high - low);
            at_left = value(left);
        }
    }
    0.5 * (low + high)
}

/// `None` when not positive definite or not finite.
fn inverse<const N: usize>(a: &SMatrix<f64, N, N>) -> Option<SMatrix<f64, N, N>> {
    if !a.iter().all(|v| v.is_finite()) {
        return None;
    }
    Some(symmetric(&Cholesky::new(*a)?.inverse())).filter(|inverse| inverse.iter().all(|v| v.is_finite()))
}
