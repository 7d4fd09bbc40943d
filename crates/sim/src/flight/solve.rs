//! Shooting: finds the settings of a flight that make it end as asked.

/// Solves f(x) = 0 by Newton's method with differences of `steps`, halving a step that makes things worse; `f` is scaled
/// so that 1 is the largest error allowed. Nothing when it does not get there.
///
/// A trial that cannot be flown answers with nothing and counts as worse than any other.
pub fn shoot<const N: usize>(
    mut x: [f64; N],
    steps: [f64; N],
    mut f: impl FnMut(&[f64; N]) -> Option<[f64; N]>,
) -> Option<[f64; N]> {
    let mut error = f(&x)?;
    for _ in 0..40 {
        if size(&error) < 1.0 {
            return Some(x);
        }
        let mut slopes = [[0.0; N]; N];
        for j in 0..N {
            let mut moved = x;
            moved[j] += steps[j];
            let there = f(&moved).or_else(|| {
                moved[j] = x[j] - steps[j];
                f(&moved)
            })?;
            for i in 0..N {
                slopes[i][j] = (there[i] - error[i]) / (moved[j] - x[j]);
            }
        }
        let change = solve_linear(slopes, error)?;
        // No more than some thirty difference steps at once: far off, the slopes mean little.
        let longest = (0..N).map(|j| (change[j] / steps[j]).abs()).fold(0.0, f64::max);
        let mut part = (150.0 / longest).min(1.0);
        let mut better = None;
        for _ in 0..8 {
            let mut trial = x;
            for j in 0..N {
                trial[j] -= part * change[j];
            }
            if let Some(there) = f(&trial).filter(|there| size(there) < size(&error)) {
                better = Some((trial, there));
                break;
            }
            part /= 2.0;
        }
        (x, error) = better?;
    }
    None
}

fn size<const N: usize>(error: &[f64; N]) -> f64 {
    error.iter().fold(0.0, |worst, e| if e.is_finite() { f64::max(worst, e.abs()) } else { f64::INFINITY })
}

/// Gaussian elimination with row exchange; nothing for a singular matrix.
fn solve_linear<const N: usize>(mut a: [[f64; N]; N], mut b: [f64; N]) -> Option<[f64; N]> {
    for column in 0..N {
        let pivot = (column..N).max_by(|&i, &j| a[i][column].abs().total_cmp(&a[j][column].abs()))?;
        if !a[pivot][column].is_normal() {
            return None;
        }
        a.swap(column, pivot);
        b.swap(column, pivot);
        for row in column + 1..N {
            let factor = a[row][column] / a[column][column];
            let above = a[column];
            for (left, right) in a[row].iter_mut().zip(above) {
                *left -= factor * right;
            }
            b[row] -= factor * b[column];
        }
    }
    for row in (0..N).rev() {
        for k in row + 1..N {
            b[row] -= a[row][k] * b[k];
        }
        b[row] /= a[row][row];
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_corner_of_two_curves() {
        // x² + y² = 25 and x·y = 12 meet at (4, 3).
        let x = shoot([5.0, 1.0], [1e-2, 1e-2], |x| {
            Some([(x[0] * x[0] + x[1] * x[1] - 25.0) * 1e6, (x[0] * x[1] - 12.0) * 1e6])
        })
        .unwrap();
        assert!((x[0] - 4.0).abs() < 1e-5 && (x[1] - 3.0).abs() < 1e-5, "{x:?}");
    }

    #[test]
    fn bad_problem_without_an_answer_is_said() {
        assert!(shoot([1.0], [1e-3], |x| Some([x[0] * x[0] + 2.0])).is_none());
        assert!(shoot([1.0], [1e-3], |_| None).is_none());
    }
}
