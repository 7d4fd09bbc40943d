//! Any linear model in continuous time, dx = A·x·dt + noise of density W, exactly discretised.

use crate::gaussian::{congruence, symmetric};
use nalgebra::SMatrix;

/// Transition Φ = e^(A·t) and covariance Q = ∫Φ(s)·W·Φ(s)ᵀds over t = `dt_s`: the pair that Van Loan, "Computing integrals
/// involving the matrix exponential", IEEE TAC 23(3), 1978, reads off one exponential of twice the size.
///
/// Here both are summed as series over a part of the time in which A does little, and doubled from there: Φ(2s) = Φ(s)·Φ(s),
/// Q(2s) = Q(s) + Φ(s)·Q(s)·Φ(s)ᵀ. Sums of squares: Q stays positive semidefinite. `noise_density` is symmetric, in the unit of
/// the state squared per second. `None` when a number is not finite, `dt_s` negative, or A·t so large that the result overflows.
///
/// ```
/// use downrange_track::motion::continuous::discretise;
/// use nalgebra::matrix;
/// // Position and velocity under white acceleration of density 3: [t³/3 t²/2; t²/2 t].
/// let a = matrix![0.0, 1.0; 0.0, 0.0];
/// let (f, q) = discretise(&a, &matrix![0.0, 0.0; 0.0, 3.0], 2.0).expect("finite");
/// assert!((f - matrix![1.0, 2.0; 0.0, 1.0]).norm() < 1e-14);
/// assert!((q - matrix![8.0, 6.0; 6.0, 6.0]).norm() < 1e-13);
/// ```
pub fn discretise<const N: usize>(
    rate: &SMatrix<f64, N, N>,
    noise_density: &SMatrix<f64, N, N>,
    dt_s: f64,
) -> Option<(SMatrix<f64, N, N>, SMatrix<f64, N, N>)> {
    let size = rate.abs().column_sum().max() * dt_s;
    if !(dt_s >= 0.0 && size.is_finite() && noise_density.iter().all(|v| v.is_finite())) {
        return None;
    }
    // Beyond e^700 nothing is finite.
    if size > 2_000.0 {
        return None;
    }
    let mut doublings = 0;
    let mut h_s = dt_s;
    while rate.abs().column_sum().max() * h_s > 0.25 {
        h_s *= 0.5;
        doublings += 1;
    }
    let (mut phi, mut q) = series(rate, noise_density, h_s);
    for _ in 0..doublings {
        q = symmetric(&(q + congruence(&phi, &q)));
        phi *= phi;
    }
    phi.iter().chain(q.iter()).all(|v| v.is_finite()).then_some((phi, q))
}

/// Φ = Σ (A·h)ᵏ/k!, Q = Σ hᵏ⁺¹/(k+1)!·Dₖ with D₀ = W and Dₖ₊₁ = A·Dₖ + Dₖ·Aᵀ (the derivatives of Q at zero). With ‖A·h‖ ≤ ¼ the
/// terms fall by a factor of at least 2·k from one to the next; after 18 they are below rounding.
fn series<const N: usize>(
    rate: &SMatrix<f64, N, N>,
    density: &SMatrix<f64, N, N>,
    h_s: f64,
) -> (SMatrix<f64, N, N>, SMatrix<f64, N, N>) {
    const TERMS: usize = 18;
    let a = rate * h_s;
    let mut power = SMatrix::<f64, N, N>::identity();
    let mut phi = power;
    let mut derivative = symmetric(density) * h_s;
    let mut q = derivative;
    for k in 1..TERMS {
        power = a * power / k as f64;
        phi += power;
        let half = a * derivative;
        derivative = (half + half.transpose()) / (k + 1) as f64;
        q += derivative;
    }
    (phi, symmetric(&q))
}
