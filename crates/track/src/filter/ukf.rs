//! Unscented Kalman filter.

use super::{Dynamics, Innovation, Observation, gain};
use crate::gaussian::{Gaussian, factor, symmetric};
use nalgebra::{Cholesky, SMatrix, SVector};

/// Where the sigma points lie and what they weigh (Wan & van der Merwe 2000, eq. 15; Julier 2002).
///
/// λ = α²(N+κ) − N; the points are the mean and the mean ± √(N+λ)·column of the covariance's triangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SigmaPoints {
    /// Spread α of the points about the mean.
    pub alpha_ratio: f64,
    /// Knowledge β of the distribution: its share enters the covariance weight of the central point.
    pub beta_ratio: f64,
    /// Secondary scaling κ.
    pub kappa_ratio: f64,
}

impl SigmaPoints {
    /// α = 1, β = 0, κ = 0: the third-degree cubature points of Arasaratnam & Haykin 2009. No weight is negative, so a
    /// covariance stays positive semidefinite by construction.
    pub const CUBATURE: SigmaPoints = SigmaPoints { alpha_ratio: 1.0, beta_ratio: 0.0, kappa_ratio: 0.0 };

    /// α = 1, β = 0, κ = 3 − N: matches one fourth moment of a Gaussian (Julier & Uhlmann 1997). Above three components
    /// the central weight is negative and a covariance may need repair.
    pub fn kurtosis_matched(components_count: usize) -> SigmaPoints {
        SigmaPoints { alpha_ratio: 1.0, beta_ratio: 0.0, kappa_ratio: 3.0 - components_count as f64 }
    }

    /// Squared spread N + λ, and the central weight of the covariance.
    fn weights<const N: usize>(&self) -> (f64, f64) {
        let alpha2 = self.alpha_ratio * self.alpha_ratio;
        let spread2 = alpha2 * (N as f64 + self.kappa_ratio);
        let centre = 1.0 - N as f64 / spread2;
        (spread2, centre + 1.0 - alpha2 + self.beta_ratio)
    }
}

impl Default for SigmaPoints {
    fn default() -> SigmaPoints {
        SigmaPoints::CUBATURE
    }
}

/// A result, and whether a covariance on the way was not positive semidefinite and had to be repaired.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Repaired<T> {
    /// The result.
    pub value: T,
    /// Whether a covariance was repaired.
    pub repaired: bool,
}

/// Where the state will be after `dt_s`, with [`SigmaPoints::CUBATURE`].
pub fn predict<const N: usize, D: Dynamics<N>>(dynamics: &D, state: &Gaussian<N>, dt_s: f64) -> Gaussian<N> {
    predict_with(&SigmaPoints::CUBATURE, dynamics, state, dt_s).value
}

/// Where the state will be after `dt_s`.
pub fn predict_with<const N: usize, D: Dynamics<N>>(
    points: &SigmaPoints,
    dynamics: &D,
    state: &Gaussian<N>,
    dt_s: f64,
) -> Repaired<Gaussian<N>> {
    let moved = transform(points, state, |x| dynamics.advance(x, dt_s), |a, b| a - b);
    let covariance = symmetric(&(moved.covariance + dynamics.noise(&state.mean, dt_s)));
    let (covariance, lifted) = positive(&covariance);
    Repaired { value: Gaussian { mean: moved.mean, covariance }, repaired: moved.repaired || lifted }
}

/// What the measurement says that the state did not expect; `None` when S is not positive definite or a number not finite.
pub fn innovation<const N: usize, const M: usize, O: Observation<N, M>>(
    observation: &O,
    state: &Gaussian<N>,
    measured: &SVector<f64, M>,
) -> Option<Innovation<M>> {
    let seen = observe(&SigmaPoints::CUBATURE, observation, state);
    Innovation::new(observation.residual(measured, &seen.mean), seen.covariance)
}

/// The state after the measurement, with [`SigmaPoints::CUBATURE`]; `None` as for [`innovation`].
pub fn update<const N: usize, const M: usize, O: Observation<N, M>>(
    observation: &O,
    state: &Gaussian<N>,
    measured: &SVector<f64, M>,
) -> Option<(Gaussian<N>, Innovation<M>)> {
    update_with(&SigmaPoints::CUBATURE, observation, state, measured).map(|r| r.value)
}

/// The state after the measurement; `None` as for [`innovation`].
pub fn update_with<const N: usize, const M: usize, O: Observation<N, M>>(
    points: &SigmaPoints,
    observation: &O,
    state: &Gaussian<N>,
    measured: &SVector<f64, M>,
) -> Option<Repaired<(Gaussian<N>, Innovation<M>)>> {
    let seen = observe(points, observation, state);
    let residual = observation.residual(measured, &seen.mean);
    let (innovation, cholesky) = Innovation::with_cholesky(residual, seen.covariance)?;
    let gain = gain(&cholesky, &seen.cross.transpose());
    let covariance = symmetric(&(state.covariance - gain * seen.covariance * gain.transpose()));
    let (covariance, lifted) = positive(&covariance);
    let updated = Gaussian { mean: state.mean + gain * innovation.residual, covariance };
    updated.is_finite().then_some(Repaired { value: (updated, innovation), repaired: seen.repaired || lifted })
}

/// The state at one time, given what the smoother knows of the next: the Rauch–Tung–Striebel smoother with the covariance between
/// the two times from the points (Särkkä, "Unscented Rauch–Tung–Striebel smoother", IEEE TAC 53(3), 2008).
///
/// Where the predicted covariance is not positive definite nothing can be carried back: the filtered state is returned.
pub fn smooth_step<const N: usize, D: Dynamics<N>>(
    points: &SigmaPoints,
    dynamics: &D,
    filtered: &Gaussian<N>,
    smoothed_next: &Gaussian<N>,
    dt_s: f64,
) -> Gaussian<N> {
    let moved = transform(points, filtered, |x| dynamics.advance(x, dt_s), |a, b| a - b);
    let predicted = symmetric(&(moved.covariance + dynamics.noise(&filtered.mean, dt_s)));
    let Some(cholesky) = Cholesky::new(predicted) else {
        return *filtered;
    };
    let gain = gain(&cholesky, &moved.cross.transpose());
    let covariance =
        symmetric(&(filtered.covariance + gain * (smoothed_next.covariance - predicted) * gain.transpose()));
    let mean = filtered.mean + gain * (smoothed_next.mean - moved.mean);
    let smoothed = Gaussian { mean, covariance: positive(&covariance).0 };
    if smoothed.is_finite() { smoothed } else { *filtered }
}

/// All states of a run smoothed in place, the last one first: as [`rts::smooth`](super::rts::smooth), by points.
pub fn smooth<const N: usize, D: Dynamics<N>>(
    points: &SigmaPoints,
    dynamics: &D,
    filtered: &mut [Gaussian<N>],
    dt_s: &[f64],
) {
    for k in (0..dt_s.len().min(filtered.len().saturating_sub(1))).rev() {
        filtered[k] = smooth_step(points, dynamics, &filtered[k], &filtered[k + 1], dt_s[k]);
    }
}

fn observe<const N: usize, const M: usize, O: Observation<N, M>>(
    points: &SigmaPoints,
    observation: &O,
    state: &Gaussian<N>,
) -> Transformed<N, M> {
    let seen = transform(points, state, |x| observation.expect(x), |a, b| observation.residual(a, b));
    Transformed { covariance: symmetric(&(seen.covariance + observation.noise())), ..seen }
}

struct Transformed<const N: usize, const M: usize> {
    mean: SVector<f64, M>,
    covariance: SMatrix<f64, M, M>,
    cross: SMatrix<f64, N, M>,
    repaired: bool,
}

/// Moments of `map` over the sigma points. `difference` lets angles wrap: points are averaged as offsets from the image
/// of the mean.
fn transform<const N: usize, const M: usize>(
    points: &SigmaPoints,
    state: &Gaussian<N>,
    map: impl Fn(&SVector<f64, N>) -> SVector<f64, M>,
    difference: impl Fn(&SVector<f64, M>, &SVector<f64, M>) -> SVector<f64, M>,
) -> Transformed<N, M> {
    let (spread2, centre_covariance) = points.weights::<N>();
    let weight = 0.5 / spread2;
    let root = state.factor();
    let columns = root.lower * libm::sqrt(spread2);
    let image = map(&state.mean);
    let mut offsets = [[SVector::<f64, M>::zeros(); 2]; N];
    let mut shift = SVector::<f64, M>::zeros();
    for (pair, step) in offsets.iter_mut().zip(columns.column_iter()) {
        *pair = [difference(&map(&(state.mean + step)), &image), difference(&map(&(state.mean - step)), &image)];
        shift += (pair[0] + pair[1]) * weight;
    }
    // The centre's own offset is zero: its weight in the mean multiplies nothing.
    let mut covariance = shift * shift.transpose() * centre_covariance;
    let mut cross = SMatrix::<f64, N, M>::zeros();
    for ([plus, minus], step) in offsets.iter().zip(columns.column_iter()) {
        let (up, down) = (plus - shift, minus - shift);
        covariance += (up * up.transpose() + down * down.transpose()) * weight;
        cross += step * (plus - minus).transpose() * weight;
    }
    Transformed { mean: image + shift, covariance, cross, repaired: root.repaired }
}

/// The matrix itself, or, when it is not positive semidefinite, L·Lᵀ of its repaired triangle.
fn positive<const N: usize>(a: &SMatrix<f64, N, N>) -> (SMatrix<f64, N, N>, bool) {
    let root = factor(a);
    if root.repaired { (root.lower * root.lower.transpose(), true) } else { (*a, false) }
}
