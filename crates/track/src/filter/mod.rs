//! Gaussian filters: one state, one measurement at a time.
//!
//! A [`Dynamics`] says how a state moves, an [`Observation`] what a sensor would see of it; the filters do the rest:
//!
//! | | |
//! |---|---|
//! | [`ekf`] | extended Kalman filter; on linear models the Kalman filter |
//! | [`iekf`] | the same, linearised again about its own result |
//! | [`ukf`], [`ckf`] | unscented and cubature Kalman filter: points instead of derivatives |
//! | [`sqrt`] | extended and cubature filter on the triangle of the covariance |
//! | [`sum`] | Gaussian sum: several filters over a prior too wide for one |
//! | [`information`] | inverse covariances, which add: fusing sensors; covariance intersection for what may be correlated |
//! | [`particle`] | regularised particle filter, for reference |
//! | [`rts`], [`lag`] | smoothers over a whole run, and a fixed number of updates late; [`ukf::smooth`] by points |
//!
//! Sizes are compile-time constants; only sums, particles and windows allocate. Nothing panics: an update that cannot be made
//! (a measurement that is not a number, an innovation covariance that is not positive definite) is `None`.

pub mod ckf;
pub mod ekf;
pub mod iekf;
pub mod information;
pub mod lag;
pub mod particle;
pub mod rts;
pub mod sqrt;
pub mod sum;
pub mod ukf;

use core::f64::consts::TAU;
use nalgebra::{Cholesky, Const, SMatrix, SVector};

/// How a state of N components moves by itself.
pub trait Dynamics<const N: usize> {
    /// Where the state is after `dt_s` (finite, not negative), without noise.
    fn advance(&self, state: &SVector<f64, N>, dt_s: f64) -> SVector<f64, N>;

    /// Derivative of [`advance`](Dynamics::advance) by the state.
    fn jacobian(&self, state: &SVector<f64, N>, dt_s: f64) -> SMatrix<f64, N, N>;

    /// Covariance of what the noise has added after `dt_s`.
    fn noise(&self, state: &SVector<f64, N>, dt_s: f64) -> SMatrix<f64, N, N>;

    /// [`advance`](Dynamics::advance) and [`jacobian`](Dynamics::jacobian) in one: override it where they share work.
    fn advance_with_jacobian(&self, state: &SVector<f64, N>, dt_s: f64) -> (SVector<f64, N>, SMatrix<f64, N, N>) {
        (self.advance(state, dt_s), self.jacobian(state, dt_s))
    }
}

/// What a sensor would measure (M numbers) of a state (N components).
pub trait Observation<const N: usize, const M: usize> {
    /// The measurement that this state would give, without noise.
    fn expect(&self, state: &SVector<f64, N>) -> SVector<f64, M>;

    /// Derivative of [`expect`](Observation::expect) by the state.
    fn jacobian(&self, state: &SVector<f64, N>) -> SMatrix<f64, M, N>;

    /// Covariance of the measurement noise.
    fn noise(&self) -> SMatrix<f64, M, M>;

    /// `measured − expected`; angles by the shorter way round.
    fn residual(&self, measured: &SVector<f64, M>, expected: &SVector<f64, M>) -> SVector<f64, M> {
        measured - expected
    }
}

/// What a measurement says that was not expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Innovation<const M: usize> {
    /// Measured minus expected.
    pub residual: SVector<f64, M>,
    /// Its covariance, S.
    pub covariance: SMatrix<f64, M, M>,
    whitened: SVector<f64, M>,
    half_log_determinant: f64,
}

impl<const M: usize> Innovation<M> {
    /// `None` when the covariance is not positive definite or the residual not finite.
    pub fn new(residual: SVector<f64, M>, covariance: SMatrix<f64, M, M>) -> Option<Innovation<M>> {
        Innovation::with_cholesky(residual, covariance).map(|(innovation, _)| innovation)
    }

    fn with_cholesky(
        residual: SVector<f64, M>,
        covariance: SMatrix<f64, M, M>,
    ) -> Option<(Innovation<M>, Cholesky<f64, Const<M>>)> {
        if !residual.iter().all(|v| v.is_finite()) || !covariance.iter().all(|v| v.is_finite()) {
            return None;
        }
        let cholesky = Cholesky::new(covariance)?;
        let lower = cholesky.l_dirty();
        let mut whitened = residual;
        let mut half_log_determinant = 0.0;
        for i in 0..M {
            for k in 0..i {
                whitened[i] -= lower[(i, k)] * whitened[k];
            }
            whitened[i] /= lower[(i, i)];
            half_log_determinant += libm::log(lower[(i, i)]);
        }
        Some((Innovation { residual, covariance, whitened, half_log_determinant }, cholesky))
    }

    /// Normalised innovation squared, νᵀS⁻¹ν: chi-square with M degrees of freedom when the filter is consistent
    /// (Bar-Shalom, Li, Kirubarajan, Estimation with Applications to Tracking and Navigation, 2001, eq. 5.4.2-13).
    pub fn nis(&self) -> f64 {
        self.whitened.norm_squared()
    }

    /// Natural logarithm of the density N(ν; 0, S), in the inverse of the measurement's units.
    pub fn log_likelihood(&self) -> f64 {
        -0.5 * self.nis() - self.half_log_determinant - 0.5 * M as f64 * libm::log(TAU)
    }
}

/// (S⁻¹·A)ᵀ by the Cholesky factor of S: the gain, with A = H·P. Row by row of A, so that the work runs along contiguous numbers;
/// the same operations in the same order as [`Cholesky::solve`], and a third of an update's time is saved.
pub(crate) fn gain<const N: usize, const M: usize>(
    cholesky: &Cholesky<f64, Const<M>>,
    a: &SMatrix<f64, M, N>,
) -> SMatrix<f64, N, M> {
    let lower = cholesky.l_dirty();
    // Columns of the result are rows of A.
    let mut out = a.transpose();
    let rows = &mut out.data.0;
    for i in 0..M {
        rows[i].iter_mut().for_each(|x| *x /= lower[(i, i)]);
        let solved = rows[i];
        for below in i + 1..M {
            rows[below].iter_mut().zip(solved).for_each(|(x, y)| *x -= lower[(below, i)] * y);
        }
    }
    for i in (0..M).rev() {
        let mut dot = [0.0; N];
        for below in i + 1..M {
            dot.iter_mut().zip(rows[below]).for_each(|(sum, x)| *sum += lower[(below, i)] * x);
        }
        rows[i].iter_mut().zip(dot).for_each(|(x, dot)| *x = (*x - dot) / lower[(i, i)]);
    }
    out
}

/// The angle brought into [−π, π).
///
/// ```
/// let turned = downrange_track::filter::wrap_rad(6.5);
/// assert!((turned - (6.5 - core::f64::consts::TAU)).abs() < 1e-12);
/// ```
pub fn wrap_rad(angle_rad: f64) -> f64 {
    angle_rad - TAU * libm::floor(angle_rad / TAU + 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check<const N: usize, const M: usize>(root: &SMatrix<f64, M, M>, a: &SMatrix<f64, M, N>) {
        let cholesky = Cholesky::new(root * root.transpose() + SMatrix::identity()).expect("positive");
        assert_eq!(gain(&cholesky, a), cholesky.solve(a).transpose());
    }

    proptest! {
        #[test]
        fn prop_gain_is_the_library_solution_to_the_bit(
            root in prop::array::uniform16(-9.0..9.0f64),
            a in prop::array::uniform28(-9.0..9.0f64),
        ) {
            check(&SMatrix::<f64, 4, 4>::from_column_slice(&root), &SMatrix::<f64, 4, 7>::from_column_slice(&a));
            check(&SMatrix::<f64, 3, 3>::from_column_slice(&root[..9]), &SMatrix::<f64, 3, 9>::from_column_slice(&a[..27]));
            check(&SMatrix::<f64, 2, 2>::from_column_slice(&root[..4]), &SMatrix::<f64, 2, 5>::from_column_slice(&a[..10]));
            check(&SMatrix::<f64, 1, 1>::from_column_slice(&root[..1]), &SMatrix::<f64, 1, 2>::from_column_slice(&a[..2]));
        }
    }
}
