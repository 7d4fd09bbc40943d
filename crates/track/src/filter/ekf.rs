//! Extended Kalman filter: linearised about the mean, updated in Joseph's form.
//!
//! ```
//! use downrange_track::filter::{Observation, ekf};
//! use downrange_track::gaussian::Gaussian;
//! use nalgebra::{SMatrix, SVector, matrix, vector};
//!
//! /// The first of two components, ± 2.
//! struct First;
//! impl Observation<2, 1> for First {
//!     fn expect(&self, s: &SVector<f64, 2>) -> SVector<f64, 1> { vector![s[0]] }
//!     fn jacobian(&self, _: &SVector<f64, 2>) -> SMatrix<f64, 1, 2> { matrix![1.0, 0.0] }
//!     fn noise(&self) -> SMatrix<f64, 1, 1> { matrix![4.0] }
//! }
//! let prior = Gaussian::diagonal(vector![0.0, 0.0], vector![2.0, 1.0]);
//! let (state, innovation) = ekf::update(&First, &prior, &vector![3.0]).expect("finite");
//! assert!((state.mean[0] - 1.5).abs() < 1e-12); // as sure of the one as of the other
//! assert!((innovation.nis() - 9.0 / 8.0).abs() < 1e-12);
//! ```

use super::{Dynamics, Innovation, Observation, gain};
use crate::gaussian::{Gaussian, congruence, symmetric};
use nalgebra::{Cholesky, Const, SMatrix, SVector};

/// Where the state will be after `dt_s`: P' = F·P·Fᵀ + Q. A symmetric Q keeps P' symmetric to the last bit.
pub fn predict<const N: usize, D: Dynamics<N>>(dynamics: &D, state: &Gaussian<N>, dt_s: f64) -> Gaussian<N> {
    let (mean, f) = dynamics.advance_with_jacobian(&state.mean, dt_s);
    let covariance = congruence(&f, &state.covariance) + dynamics.noise(&state.mean, dt_s);
    Gaussian { mean, covariance }
}

/// What the measurement says that the state did not expect: ν, S = H·P·Hᵀ + R.
///
/// `None` when S is not positive definite or a number not finite.
pub fn innovation<const N: usize, const M: usize, O: Observation<N, M>>(
    observation: &O,
    state: &Gaussian<N>,
    measured: &SVector<f64, M>,
) -> Option<Innovation<M>> {
    linearised(observation, state, measured).map(|l| l.innovation)
}

struct Linearised<const N: usize, const M: usize> {
    innovation: Innovation<M>,
    cholesky: Cholesky<f64, Const<M>>,
    h: SMatrix<f64, M, N>,
    r: SMatrix<f64, M, M>,
    /// H·P.
    hp: SMatrix<f64, M, N>,
}

fn linearised<const N: usize, const M: usize, O: Observation<N, M>>(
    observation: &O,
    state: &Gaussian<N>,
    measured: &SVector<f64, M>,
) -> Option<Linearised<N, M>> {
    let h = observation.jacobian(&state.mean);
    let r = observation.noise();
    let hp = h * state.covariance;
    let s = symmetric(&(hp * h.transpose() + r));
    let residual = observation.residual(measured, &observation.expect(&state.mean));
    let (innovation, cholesky) = Innovation::with_cholesky(residual, s)?;
    Some(Linearised { innovation, cholesky, h, r, hp })
}

/// The state after the measurement. Joseph's form (I−K·H)·P·(I−K·H)ᵀ + K·R·Kᵀ keeps the covariance positive
/// semidefinite whatever the rounding (Bucy & Joseph 1968; Bar-Shalom, Li, Kirubarajan 2001, eq. 5.2.3-18).
///
/// `None` when the innovation covariance is not positive definite or a number is not finite; the caller then keeps the
/// state that it has.
pub fn update<const N: usize, const M: usize, O: Observation<N, M>>(
    observation: &O,
    state: &Gaussian<N>,
    measured: &SVector<f64, M>,
) -> Option<(Gaussian<N>, Innovation<M>)> {
    let Linearised { innovation, cholesky, h, r, hp } = linearised(observation, state, measured)?;
    let gain = gain(&cholesky, &hp);
    let keep = SMatrix::<f64, N, N>::identity() - gain * h;
    let covariance = congruence(&keep, &state.covariance) + congruence(&gain, &r);
    let updated = Gaussian { mean: state.mean + gain * innovation.residual, covariance };
    updated.is_finite().then_some((updated, innovation))
}
