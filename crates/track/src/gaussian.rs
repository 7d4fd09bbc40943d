//! A normal distribution of a state: mean and covariance.

use nalgebra::{SMatrix, SVector};

/// How far a pivot of the covariance may fall below zero, relative to its variance, and still count as rounding.
const PIVOT_TOLERANCE: f64 = 1e-9;

/// Mean and covariance of an N-dimensional state, in the units of that state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gaussian<const N: usize> {
    /// Mean.
    pub mean: SVector<f64, N>,
    /// Covariance: symmetric and positive semidefinite.
    pub covariance: SMatrix<f64, N, N>,
}

/// A lower-triangular L with L·Lᵀ = covariance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Factor<const N: usize> {
    /// The triangle.
    pub lower: SMatrix<f64, N, N>,
    /// Whether the covariance was not positive semidefinite, so that L·Lᵀ is only near it.
    pub repaired: bool,
}

impl<const N: usize> Gaussian<N> {
    /// With this mean and these standard deviations, uncorrelated.
    ///
    /// ```
    /// use downrange_track::gaussian::Gaussian;
    /// use nalgebra::vector;
    /// let g = Gaussian::diagonal(vector![1.0, 2.0], vector![3.0, 0.5]);
    /// assert_eq!(g.covariance[(0, 0)], 9.0);
    /// assert!(g.is_valid());
    /// ```
    pub fn diagonal(mean: SVector<f64, N>, sigma: SVector<f64, N>) -> Gaussian<N> {
        Gaussian { mean, covariance: SMatrix::from_diagonal(&sigma.component_mul(&sigma)) }
    }

    /// The same with a covariance that is symmetric to the last bit.
    pub fn symmetrise(&self) -> Gaussian<N> {
        Gaussian { mean: self.mean, covariance: symmetric(&self.covariance) }
    }

    /// Whether everything is finite and the covariance symmetric (to 1e-9) and positive semidefinite (to rounding).
    pub fn is_valid(&self) -> bool {
        self.is_finite() && is_symmetric(&self.covariance) && !factor(&self.covariance).repaired
    }

    /// Whether every number in it is finite.
    pub fn is_finite(&self) -> bool {
        self.mean.iter().all(|v| v.is_finite()) && self.covariance.iter().all(|v| v.is_finite())
    }

    /// The triangle of the covariance; see [`factor`].
    pub fn factor(&self) -> Factor<N> {
        factor(&self.covariance)
    }
}

/// (A + Aᵀ)/2: rounding makes products such as F·P·Fᵀ a little unsymmetric, and that grows if it is left.
pub(crate) fn symmetric<const N: usize>(a: &SMatrix<f64, N, N>) -> SMatrix<f64, N, N> {
    let mut s = *a;
    for i in 0..N {
        for j in 0..i {
            let mean = 0.5 * (a[(i, j)] + a[(j, i)]);
            s[(i, j)] = mean;
            s[(j, i)] = mean;
        }
    }
    s
}

/// A·P·Aᵀ for a symmetric P: symmetric to the last bit.
pub(crate) fn congruence<const R: usize, const N: usize>(
    a: &SMatrix<f64, R, N>,
    p: &SMatrix<f64, N, N>,
) -> SMatrix<f64, R, R> {
    let (a, p) = (&a.data.0, &p.data.0);
    // Columns outside, rows inside: the innermost loops run over contiguous memory and vectorise.
    let mut ap = [[0.0; R]; N];
    for j in 0..N {
        let mut sum = [0.0; R];
        for k in 0..N {
            for i in 0..R {
                sum[i] += a[k][i] * p[j][k];
            }
        }
        ap[j] = sum;
    }
    let mut out = SMatrix::<f64, R, R>::zeros();
    let columns = &mut out.data.0;
    for j in 0..R {
        let mut sum = [0.0; R];
        for k in 0..N {
            // Extras that stand still and what a plot does not show leave many zeros, which add nothing.
            if a[k][j] != 0.0 {
                for i in 0..R {
                    sum[i] += ap[k][i] * a[k][j];
                }
            }
        }
        columns[j] = sum;
    }
    out.fill_upper_triangle_with_lower_triangle();
    out
}

fn is_symmetric<const N: usize>(a: &SMatrix<f64, N, N>) -> bool {
    (0..N).all(|i| {
        (0..i).all(|j| {
            let (below, above) = (a[(i, j)], a[(j, i)]);
            let scale = || libm::sqrt(libm::fabs(a[(i, i)] * a[(j, j)]));
            below == above || libm::fabs(below - above) <= PIVOT_TOLERANCE * scale() + f64::MIN_POSITIVE
        })
    })
}

/// Cholesky factor of a positive *semi*definite matrix (Golub & Van Loan, Matrix Computations, 4th ed., 4.2.8 without
/// pivoting): a pivot that has vanished gives a zero column. A pivot that is clearly negative gives one as well, and
/// is reported; so this never fails on finite numbers. Numbers that are not finite come out as a repaired zero column.
pub fn factor<const N: usize>(a: &SMatrix<f64, N, N>) -> Factor<N> {
    let mut lower = SMatrix::<f64, N, N>::zeros();
    let mut repaired = false;
    for j in 0..N {
        // Column after column is taken off, so that the innermost loop runs over contiguous memory.
        let mut column = a.data.0[j];
        for k in 0..j {
            let taken = &lower.data.0[k];
            let factor = taken[j];
            column[j..].iter_mut().zip(&taken[j..]).for_each(|(left, off)| *left -= off * factor);
        }
        let pivot = column[j];
        let rounding = PIVOT_TOLERANCE * libm::fabs(a[(j, j)]);
        if !pivot.is_finite() || pivot < -rounding {
            repaired = true;
            continue;
        }
        if pivot <= 1e-3 * PIVOT_TOLERANCE * libm::fabs(a[(j, j)]) {
            continue;
        }
        let root = libm::sqrt(pivot);
        lower[(j, j)] = root;
        for i in j + 1..N {
            let sum = column[i];
            if !sum.is_finite() {
                repaired = true;
                continue;
            }
            lower[(i, j)] = sum / root;
        }
    }
    Factor { lower, repaired }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{matrix, vector};

    #[test]
    fn val_factor_of_a_known_matrix() {
        let a = matrix![4.0, 12.0, -16.0; 12.0, 37.0, -43.0; -16.0, -43.0, 98.0];
        let root = factor(&a);
        assert_eq!(root.lower, matrix![2.0, 0.0, 0.0; 6.0, 1.0, 0.0; -8.0, 5.0, 3.0]);
        assert!(!root.repaired);
    }

    #[test]
    fn val_factor_of_a_semidefinite_matrix() {
        // Rank one, with a component that is exactly known.
        let a = matrix![1.0, 2.0, 0.0; 2.0, 4.0, 0.0; 0.0, 0.0, 0.0];
        let root = factor(&a);
        assert!(!root.repaired);
        assert_eq!(root.lower * root.lower.transpose(), a);
    }

    #[test]
    fn bad_covariances_are_reported() {
        let of = |covariance| Gaussian { mean: vector![0.0, 0.0], covariance };
        assert!(of(matrix![1.0, 0.5; 0.5, 1.0]).is_valid());
        assert!(!of(matrix![1.0, 2.0; 2.0, 1.0]).is_valid());
        assert!(!of(matrix![-1.0, 0.0; 0.0, 1.0]).is_valid());
        assert!(!of(matrix![1.0, 0.5; 0.4, 1.0]).is_valid());
        assert!(!of(matrix![f64::NAN, 0.0; 0.0, 1.0]).is_valid());
        let root = factor(&matrix![1.0, 2.0; 2.0, 1.0]);
        assert!(root.repaired && root.lower.iter().all(|v| v.is_finite()));
        assert!(factor(&matrix![f64::NAN, 0.0; 0.0, f64::INFINITY]).lower.iter().all(|v| v.is_finite()));
        assert!(of(matrix![1.0, 0.5; 0.4, 1.0]).symmetrise().is_valid());
    }

    #[test]
    fn val_congruence_is_the_product() {
        let a = matrix![1.0, 2.0, 3.0; -4.0, 5.0, 6.5];
        let p = matrix![2.0, 0.5, 0.1; 0.5, 3.0, -0.2; 0.1, -0.2, 1.0];
        assert!((congruence(&a, &p) - a * p * a.transpose()).norm() < 1e-12);
    }
}
