//! Rauch–Tung–Striebel smoother: what the later measurements say about the earlier states.

use super::{Dynamics, gain};
use crate::gaussian::{Gaussian, symmetric};
use nalgebra::Cholesky;

/// The state at one time, given what the smoother knows of the next (Rauch, Tung, Striebel 1965; Bar-Shalom, Li,
/// Kirubarajan 2001, eqs. 8.6.3-6 to -8, with the dynamics linearised about the filtered state).
///
/// Where the predicted covariance is not positive definite nothing can be carried back: the filtered state is returned.
pub fn step<const N: usize, D: Dynamics<N>>(
    dynamics: &D,
    filtered: &Gaussian<N>,
    smoothed_next: &Gaussian<N>,
    dt_s: f64,
) -> Gaussian<N> {
    let (ahead, f) = dynamics.advance_with_jacobian(&filtered.mean, dt_s);
    let fp = f * filtered.covariance;
    let predicted = symmetric(&(fp * f.transpose() + dynamics.noise(&filtered.mean, dt_s)));
    let Some(cholesky) = Cholesky::new(predicted) else {
        return *filtered;
    };
    let gain = gain(&cholesky, &fp);
    let covariance = filtered.covariance + gain * (smoothed_next.covariance - predicted) * gain.transpose();
    let smoothed =
        Gaussian { mean: filtered.mean + gain * (smoothed_next.mean - ahead), covariance: symmetric(&covariance) };
    if smoothed.is_finite() { smoothed } else { *filtered }
}

/// All states of a run smoothed in place, the last one first: `filtered[k + 1]` lies `dt_s[k]` after `filtered[k]`.
/// Surplus entries of the longer slice are left alone.
pub fn smooth<const N: usize, D: Dynamics<N>>(dynamics: &D, filtered: &mut [Gaussian<N>], dt_s: &[f64]) {
    for k in (0..dt_s.len().min(filtered.len().saturating_sub(1))).rev() {
        filtered[k] = step(dynamics, &filtered[k], &filtered[k + 1], dt_s[k]);
    }
}
