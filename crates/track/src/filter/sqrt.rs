//! Square-root filters: they carry a triangle L with L·Lᵀ = P and never form P, so the covariance cannot lose its symmetry or
//! its sign, and a state whose variances span 10¹⁶ keeps the digits that P would need 10³² for.
//!
//! Time and measurement updates are the array algorithms (Potter 1963; Bierman, *Factorization Methods for Discrete Sequential
//! Estimation*, 1977; Kailath, Sayed, Hassibi, *Linear Estimation*, 2000, chapter 12): the known factors are written side by
//! side, an orthogonal transformation from the right makes the array lower triangular, and the new factors stand in it.
//! [`predict`] and [`update`] linearise (Kalman and extended Kalman filter); [`predict_cubature`] and [`update_cubature`] take
//! the points of Arasaratnam & Haykin 2009 (their square-root cubature Kalman filter).
//!
//! ```
//! use downrange_track::filter::{Observation, ekf, sqrt::{self, Root}};
//! use downrange_track::gaussian::Gaussian;
//! use nalgebra::{SMatrix, SVector, Vector1, matrix, vector};
//!
//! /// The first of two components, ± 2.
//! struct First;
//! impl Observation<2, 1> for First {
//!     fn expect(&self, s: &SVector<f64, 2>) -> Vector1<f64> { vector![s[0]] }
//!     fn jacobian(&self, _: &SVector<f64, 2>) -> SMatrix<f64, 1, 2> { matrix![1.0, 0.0] }
//!     fn noise(&self) -> SMatrix<f64, 1, 1> { matrix![4.0] }
//! }
//! let prior = Gaussian::diagonal(vector![0.0, 0.0], vector![2.0, 1.0]);
//! let (state, _) = sqrt::update(&First, &Root::of(&prior).expect("positive"), &vector![3.0]).expect("finite");
//! let (expected, _) = ekf::update(&First, &prior, &vector![3.0]).expect("finite");
//! assert!((state.gaussian().covariance - expected.covariance).norm() < 1e-12);
//! ```

use super::{Dynamics, Innovation, Observation};
use crate::gaussian::{Gaussian, factor};
use nalgebra::{SMatrix, SVector};

/// A normal distribution by its mean and the triangle of its covariance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Root<const N: usize> {
    /// Mean.
    pub mean: SVector<f64, N>,
    /// Lower triangle L, L·Lᵀ = covariance; nothing on its diagonal is negative.
    pub lower: SMatrix<f64, N, N>,
}

impl<const N: usize> Root<N> {
    /// `None` when the covariance is not positive semidefinite or a number not finite.
    pub fn of(state: &Gaussian<N>) -> Option<Root<N>> {
        let root = factor(&state.covariance);
        (state.is_finite() && !root.repaired).then_some(Root { mean: state.mean, lower: root.lower })
    }

    /// With its covariance multiplied out: symmetric to the last bit and positive semidefinite.
    pub fn gaussian(&self) -> Gaussian<N> {
        Gaussian { mean: self.mean, covariance: self.lower * self.lower.transpose() }.symmetrise()
    }

    fn is_finite(&self) -> bool {
        self.mean.iter().chain(self.lower.iter()).all(|v| v.is_finite())
    }
}

/// Where the state will be after `dt_s`, linearised: the triangle of [F·L, Q^½].
///
/// `None` when the process noise is not positive semidefinite or a number not finite.
pub fn predict<const N: usize, D: Dynamics<N>>(dynamics: &D, state: &Root<N>, dt_s: f64) -> Option<Root<N>> {
    let (mean, f) = dynamics.advance_with_jacobian(&state.mean, dt_s);
    let mut lower = f * state.lower;
    reduce(&mut lower);
    absorb(&mut lower, noise_root(&dynamics.noise(&state.mean, dt_s))?);
    let out = Root { mean, lower };
    out.is_finite().then_some(out)
}

/// The same over the cubature points.
pub fn predict_cubature<const N: usize, D: Dynamics<N>>(dynamics: &D, state: &Root<N>, dt_s: f64) -> Option<Root<N>> {
    let (mean, [plus, minus]) = cubature(state, |x| dynamics.advance(x, dt_s), |a, b| a - b);
    let mut lower = plus;
    reduce(&mut lower);
    absorb(&mut lower, minus);
    absorb(&mut lower, noise_root(&dynamics.noise(&state.mean, dt_s))?);
    let out = Root { mean, lower };
    out.is_finite().then_some(out)
}

/// The state after the measurement, linearised: [R^½ H·L; 0 L] becomes [S^½ 0; K·S^½ L'].
///
/// `None` when the measurement noise is not positive semidefinite, the innovation covariance singular or a number not finite.
pub fn update<const N: usize, const M: usize, O: Observation<N, M>>(
    observation: &O,
    state: &Root<N>,
    measured: &SVector<f64, M>,
) -> Option<(Root<N>, Innovation<M>)> {
    let h = observation.jacobian(&state.mean);
    let mut array = Array::new(noise_root(&observation.noise())?);
    array.absorb(h * state.lower, state.lower);
    array.finish(observation.residual(measured, &observation.expect(&state.mean)), &state.mean)
}

/// The same over the cubature points.
pub fn update_cubature<const N: usize, const M: usize, O: Observation<N, M>>(
    observation: &O,
    state: &Root<N>,
    measured: &SVector<f64, M>,
) -> Option<(Root<N>, Innovation<M>)> {
    let (expected, [plus, minus]) = cubature(state, |x| observation.expect(x), |a, b| observation.residual(a, b));
    let columns = state.lower * core::f64::consts::FRAC_1_SQRT_2;
    let mut array = Array::new(noise_root(&observation.noise())?);
    array.absorb(plus, columns);
    array.absorb(minus, -columns);
    array.finish(observation.residual(measured, &expected), &state.mean)
}

/// Mean of `map` over the points, and the points' offsets from it, weighted so that the sum of their squares is the covariance.
fn cubature<const N: usize, const M: usize>(
    state: &Root<N>,
    map: impl Fn(&SVector<f64, N>) -> SVector<f64, M>,
    difference: impl Fn(&SVector<f64, M>, &SVector<f64, M>) -> SVector<f64, M>,
) -> (SVector<f64, M>, [SMatrix<f64, M, N>; 2]) {
    let spread = libm::sqrt(N as f64);
    let image = map(&state.mean);
    let mut offsets = [SMatrix::<f64, M, N>::zeros(); 2];
    let mut shift = SVector::<f64, M>::zeros();
    for (side, sign) in offsets.iter_mut().zip([spread, -spread]) {
        for (mut column, step) in side.column_iter_mut().zip(state.lower.column_iter()) {
            let offset = difference(&map(&(state.mean + step * sign)), &image);
            shift += offset / (2 * N) as f64;
            column.copy_from(&offset);
        }
    }
    for side in &mut offsets {
        for mut column in side.column_iter_mut() {
            column -= shift;
        }
        *side /= libm::sqrt((2 * N) as f64);
    }
    (image + shift, offsets)
}

fn noise_root<const N: usize>(noise: &SMatrix<f64, N, N>) -> Option<SMatrix<f64, N, N>> {
    let root = factor(noise);
    (noise.iter().all(|v| v.is_finite()) && !root.repaired).then_some(root.lower)
}

/// The block triangle of an update: S^½ (M×M), K·S^½ below it (N×M), L' (N×N).
struct Array<const N: usize, const M: usize> {
    top: SMatrix<f64, M, M>,
    below: SMatrix<f64, N, M>,
    lower: SMatrix<f64, N, N>,
}

impl<const N: usize, const M: usize> Array<N, M> {
    fn new(noise: SMatrix<f64, M, M>) -> Array<N, M> {
        Array { top: noise, below: SMatrix::zeros(), lower: SMatrix::zeros() }
    }

    /// More columns, `upper` over `under`, and the triangle restored: first the upper rows, then the lower ones.
    fn absorb(&mut self, mut upper: SMatrix<f64, M, N>, mut under: SMatrix<f64, N, N>) {
        for row in 0..M {
            let Some(mirror) = Mirror::new(self.top[(row, row)], core::array::from_fn(|c| upper[(row, c)])) else {
                continue;
            };
            for i in row..M {
                mirror.turn(&mut self.top[(i, row)], &mut upper, i);
            }
            for i in 0..N {
                mirror.turn(&mut self.below[(i, row)], &mut under, i);
            }
        }
        absorb(&mut self.lower, under);
    }

    fn finish(self, residual: SVector<f64, M>, mean: &SVector<f64, N>) -> Option<(Root<N>, Innovation<M>)> {
        let covariance = self.top * self.top.transpose();
        let innovation = Innovation::new(residual, covariance)?;
        let whitened = self.top.solve_lower_triangular(&residual)?;
        let root = Root { mean: mean + self.below * whitened, lower: self.lower };
        root.is_finite().then_some((root, innovation))
    }
}

/// The reflection (Householder 1958) that brings one row, a head and K more entries, to a head that is not negative and zeros.
struct Mirror<const K: usize> {
    /// The mirror's normal: its share along the head, and along the rest.
    head: f64,
    rest: [f64; K],
    /// Two over the squared length of the normal.
    twice: f64,
}

impl<const K: usize> Mirror<K> {
    /// `None` when there is nothing to do.
    fn new(head: f64, rest: [f64; K]) -> Option<Mirror<K>> {
        let scale = rest.iter().fold(head.abs(), |most, v| most.max(v.abs()));
        if scale == 0.0 || !scale.is_finite() || rest.iter().all(|v| *v == 0.0) && head > 0.0 {
            return None;
        }
        // Scaled, so that squares neither overflow nor vanish.
        let (head, rest) = (head / scale, rest.map(|v| v / scale));
        let rest2: f64 = rest.iter().map(|v| v * v).sum();
        let length = libm::sqrt(head * head + rest2);
        // head − length without cancellation.
        let normal = if head > 0.0 { -rest2 / (head + length) } else { head - length };
        let norm2 = normal * normal + rest2;
        (norm2 > 0.0).then(|| Mirror { head: normal, rest, twice: 2.0 / norm2 })
    }

    /// Reflects one row: its entry under the head, and row `i` of the others.
    fn turn<const R: usize>(&self, head: &mut f64, others: &mut SMatrix<f64, R, K>, i: usize) {
        let mut along = self.head * *head;
        for (k, normal) in self.rest.iter().enumerate() {
            along += normal * others[(i, k)];
        }
        let factor = self.twice * along;
        *head -= factor * self.head;
        for (k, normal) in self.rest.iter().enumerate() {
            others[(i, k)] -= factor * normal;
        }
    }
}

/// The lower triangle of [lower, columns], for a `lower` that is a triangle already.
fn absorb<const N: usize, const K: usize>(lower: &mut SMatrix<f64, N, N>, mut columns: SMatrix<f64, N, K>) {
    for row in 0..N {
        let Some(mirror) = Mirror::new(lower[(row, row)], core::array::from_fn(|c| columns[(row, c)])) else {
            continue;
        };
        for i in row..N {
            mirror.turn(&mut lower[(i, row)], &mut columns, i);
        }
    }
}

/// A full matrix to a triangle with the same square.
fn reduce<const N: usize>(full: &mut SMatrix<f64, N, N>) {
    let columns = *full;
    *full = SMatrix::zeros();
    absorb(full, columns);
}

/// `error' P⁻¹ error` of a state by its triangle, dimensionless (NEES with an error of the mean); `None` when P is singular.
pub fn normalised_squared<const N: usize>(state: &Root<N>, error: &SVector<f64, N>) -> Option<f64> {
    let square = state.lower.solve_lower_triangular(error)?.norm_squared();
    square.is_finite().then_some(square)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{Cholesky, matrix};

    #[test]
    fn val_triangle_of_a_full_matrix_by_cholesky() {
        let a = matrix![1.0, 2.0, -3.0; 0.5, -1.0, 4.0; 7.0, 0.1, 2.0];
        let mut lower = a;
        reduce(&mut lower);
        let expected = Cholesky::new(a * a.transpose()).expect("positive").l();
        assert!((lower - expected).norm() < 1e-13, "{lower}");
    }

    #[test]
    fn val_columns_absorbed_are_squares_added() {
        let a = matrix![2.0, 0.0; 1.0, 3.0];
        let columns = matrix![1.0, -1.0, 4.0; 2.0, 0.0, 0.5];
        let mut lower = a;
        absorb(&mut lower, columns);
        let square = a * a.transpose() + columns * columns.transpose();
        assert!((lower * lower.transpose() - square).norm() < 1e-13);
        assert!(lower[(0, 1)] == 0.0 && lower[(0, 0)] > 0.0 && lower[(1, 1)] > 0.0);
    }
}
