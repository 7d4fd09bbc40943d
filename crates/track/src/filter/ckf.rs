//! Cubature Kalman filter: the unscented filter with the third-degree spherical-radial points of Arasaratnam & Haykin,
//! "Cubature Kalman filters", IEEE TAC 54(6), 2009.
//!
//! 2·N points of equal weight at √N standard deviations and none at the centre, so no weight is negative and nothing is to be
//! tuned. [`sqrt`](super::sqrt) has the form that carries the triangle of the covariance instead of the covariance.
//!
//! ```
//! use downrange_track::filter::{Dynamics, ckf, ekf};
//! use downrange_track::gaussian::Gaussian;
//! use downrange_track::motion::axis::WhiteAcceleration;
//! use nalgebra::vector;
//!
//! let track = Gaussian::diagonal(vector![0.0, 200.0], vector![10.0, 2.0]);
//! let model = WhiteAcceleration { density_m2ps3: 0.1 };
//! // On a linear model it is the Kalman filter.
//! let (by_points, exact) = (ckf::predict(&model, &track, 5.0), ekf::predict(&model, &track, 5.0));
//! assert!((by_points.covariance - exact.covariance).norm() < 1e-9);
//! ```

use super::ukf::{self, SigmaPoints};
use super::{Dynamics, Innovation, Observation};
use crate::gaussian::Gaussian;
use nalgebra::SVector;

/// Where the state will be after `dt_s`.
pub fn predict<const N: usize, D: Dynamics<N>>(dynamics: &D, state: &Gaussian<N>, dt_s: f64) -> Gaussian<N> {
    ukf::predict_with(&SigmaPoints::CUBATURE, dynamics, state, dt_s).value
}

/// What the measurement says that the state did not expect; `None` when its covariance is not positive definite or a number not
/// finite.
pub fn innovation<const N: usize, const M: usize, O: Observation<N, M>>(
    observation: &O,
    state: &Gaussian<N>,
    measured: &SVector<f64, M>,
) -> Option<Innovation<M>> {
    ukf::innovation(observation, state, measured)
}

/// The state after the measurement; `None` as for [`innovation`].
pub fn update<const N: usize, const M: usize, O: Observation<N, M>>(
    observation: &O,
    state: &Gaussian<N>,
    measured: &SVector<f64, M>,
) -> Option<(Gaussian<N>, Innovation<M>)> {
    ukf::update_with(&SigmaPoints::CUBATURE, observation, state, measured).map(|r| r.value)
}
