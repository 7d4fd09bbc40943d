//! Posterior Cramér–Rao bound: how good any filter can be on these models.
//!
//! ```
//! use downrange_track::filter::{Observation, ekf};
//! use downrange_track::gaussian::Gaussian;
//! use downrange_track::measure::CramerRao;
//! use downrange_track::motion::axis::WhiteAcceleration;
//! use nalgebra::{SMatrix, Vector1, Vector2, matrix, vector};
//!
//! /// The position, ± 2 m.
//! struct Place;
//! impl Observation<2, 1> for Place {
//!     fn expect(&self, s: &Vector2<f64>) -> Vector1<f64> { vector![s.x] }
//!     fn jacobian(&self, _: &Vector2<f64>) -> SMatrix<f64, 1, 2> { matrix![1.0, 0.0] }
//!     fn noise(&self) -> SMatrix<f64, 1, 1> { matrix![4.0] }
//! }
//! // On a linear model the bound is the Kalman filter's covariance.
//! let (model, truth) = (WhiteAcceleration { density_m2ps3: 0.5 }, vector![0.0, 10.0]);
//! let mut track = Gaussian::diagonal(truth, vector![10.0, 5.0]);
//! let mut bound = CramerRao::new(&track.covariance).expect("regular");
//! for _ in 0..5 {
//!     track = ekf::predict(&model, &track, 1.0);
//!     track = ekf::update(&Place, &track, &vector![track.mean.x]).expect("finite").0;
//!     assert!(bound.predict(&model, &[truth], 1.0) && bound.update(&Place, &[truth], 1.0));
//! }
//! assert!((bound.covariance().expect("regular") - track.covariance).norm() < 1e-10);
//! ```

use crate::filter::{Dynamics, Observation};
use crate::gaussian::{congruence, symmetric};
use nalgebra::{Cholesky, SMatrix, SVector};

/// The information that the best filter can have of the state, J: the covariance of no unbiased estimate is below J⁻¹ (Tichavský,
/// Muravchik, Nehorai, "Posterior Cramér-Rao bounds for discrete-time nonlinear filtering", IEEE Trans. Signal Processing 46(5),
/// 1998, for additive Gaussian noise).
///
/// The expectations over what may happen are means over true paths that the caller draws: give every call the states of the same
/// paths in the same order. One path alone gives the bound conditional on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CramerRao<const N: usize> {
    information: SMatrix<f64, N, N>,
}

impl<const N: usize> CramerRao<N> {
    /// Starts from the covariance of the prior; `None` when it is not positive definite or not finite.
    pub fn new(prior_covariance: &SMatrix<f64, N, N>) -> Option<CramerRao<N>> {
        Some(CramerRao { information: inverse(prior_covariance)? })
    }

    /// Over `dt_s`, from the true states before it: J' = D₂₂ − D₂₁·(J + D₁₁)⁻¹·D₁₂ with D₁₁ = E[FᵀQ⁻¹F], D₁₂ = −E\[Fᵀ\]Q⁻¹ and
    /// D₂₂ = Q⁻¹. With one path this is (F·J⁻¹·Fᵀ + Q)⁻¹, which also serves a singular Q.
    ///
    /// False, and nothing changed, without a path or where a matrix is singular or not finite.
    #[must_use]
    pub fn predict<D: Dynamics<N>>(&mut self, dynamics: &D, paths: &[SVector<f64, N>], dt_s: f64) -> bool {
        let next = match paths {
            [path] => self.predicted_alone(dynamics, path, dt_s),
            _ => self.predicted(dynamics, paths, dt_s),
        };
        self.replace(next)
    }

    /// With a measurement of the true states, made with this probability (one where plots are never missed):
    /// J' = J + p·E[HᵀR⁻¹H].
    ///
    /// False, and nothing changed, without a path, for a probability outside [0, 1] or where a matrix is singular or not finite.
    #[must_use]
    pub fn update<const M: usize, O: Observation<N, M>>(
        &mut self,
        observation: &O,
        paths: &[SVector<f64, N>],
        detection_probability: f64,
    ) -> bool {
        let next = self.updated(observation, paths, detection_probability);
        self.replace(next)
    }

    /// J⁻¹; `None` when J has become singular.
    pub fn covariance(&self) -> Option<SMatrix<f64, N, N>> {
        inverse(&self.information)
    }

    /// J.
    pub fn information(&self) -> &SMatrix<f64, N, N> {
        &self.information
    }

    /// The least root mean square of the error of some components, the root of the sum of their variances, in their unit (give
    /// it components of one unit). `None` for a component that is not there, or as for [`covariance`](CramerRao::covariance).
    pub fn rms(&self, components: &[usize]) -> Option<f64> {
        let covariance = self.covariance()?;
        let sum = components.iter().try_fold(0.0, |sum, &c| Some(sum + covariance.get((c, c))?))?;
        Some(libm::sqrt(sum))
    }

    fn replace(&mut self, next: Option<SMatrix<f64, N, N>>) -> bool {
        match next.filter(|next| next.iter().all(|v| v.is_finite())) {
            Some(next) => {
                self.information = symmetric(&next);
                true
            }
            None => false,
        }
    }

    fn predicted_alone<D: Dynamics<N>>(
        &self,
        dynamics: &D,
        path: &SVector<f64, N>,
        dt_s: f64,
    ) -> Option<SMatrix<f64, N, N>> {
        let f = dynamics.jacobian(path, dt_s);
        inverse(&(congruence(&f, &self.covariance()?) + dynamics.noise(path, dt_s)))
    }

    fn predicted<D: Dynamics<N>>(
        &self,
        dynamics: &D,
        paths: &[SVector<f64, N>],
        dt_s: f64,
    ) -> Option<SMatrix<f64, N, N>> {
        let (mut d11, mut d12, mut d22) = (SMatrix::zeros(), SMatrix::zeros(), SMatrix::zeros());
        for path in paths {
            let f = dynamics.jacobian(path, dt_s);
            let weight = inverse(&dynamics.noise(path, dt_s))?;
            let ft = f.transpose();
            d11 += congruence(&ft, &weight);
            d12 -= ft * weight;
            d22 += weight;
        }
        // Without a path: 0/0, which is not finite and refused.
        let count = paths.len() as f64;
        let (d11, d12, d22) = (d11 / count, d12 / count, d22 / count);
        let lost = Cholesky::new(self.information + d11)?.solve(&d12);
        Some(d22 - d12.transpose() * lost)
    }

    fn updated<const M: usize, O: Observation<N, M>>(
        &self,
        observation: &O,
        paths: &[SVector<f64, N>],
        detection_probability: f64,
    ) -> Option<SMatrix<f64, N, N>> {
        if !(0.0..=1.0).contains(&detection_probability) || paths.is_empty() {
            return None;
        }
        let weight = inverse(&observation.noise())?;
        let share = detection_probability / paths.len() as f64;
        let seen = |path| congruence(&observation.jacobian(path).transpose(), &weight) * share;
        Some(paths.iter().fold(self.information, |sum, path| sum + seen(path)))
    }
}

/// `None` when not positive definite or not finite.
fn inverse<const K: usize>(a: &SMatrix<f64, K, K>) -> Option<SMatrix<f64, K, K>> {
    if !a.iter().all(|v| v.is_finite()) {
        return None;
    }
    Some(symmetric(&Cholesky::new(*a)?.inverse())).filter(|inverse| inverse.iter().all(|v| v.is_finite()))
}
