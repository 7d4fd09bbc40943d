//! The linear Kalman filter of an object that moves at almost constant velocity and is seen as a point.

use nalgebra::{SMatrix, SVector};

/// Position and velocity in `D` dimensions with their covariance in blocks: `pp` of the position, `vv` of the velocity,
/// `pv` between them (row: position). Blocks keep the zeros of the model out of the arithmetic.
#[derive(Clone, Debug)]
pub(super) struct Kalman<const D: usize> {
    pub position: SVector<f64, D>,
    pub velocity: SVector<f64, D>,
    pp: SMatrix<f64, D, D>,
    pv: SMatrix<f64, D, D>,
    vv: SMatrix<f64, D, D>,
}

/// What the motion adds to the covariance from one scan to the next, on each axis.
pub(super) struct Noise {
    pub position_m2: f64,
    pub cross_m2ps: f64,
    pub velocity_m2ps2: f64,
}

impl Noise {
    /// White acceleration noise of density `q_m2ps3` and accelerations of standard deviation `step_mps2` that stay the
    /// same over the time and change from one to the next: Bar-Shalom, Li & Kirubarajan 2001, sections 6.2.2 and 6.3.2.
    pub fn new(dt_s: f64, q_m2ps3: f64, step_mps2: f64) -> Self {
        let step = step_mps2 * step_mps2;
        Noise {
            position_m2: q_m2ps3 * (dt_s * dt_s * dt_s / 3.0) + step * (dt_s * dt_s * dt_s * dt_s / 4.0),
            cross_m2ps: q_m2ps3 * (0.5 * dt_s * dt_s) + step * (dt_s * dt_s * dt_s / 2.0),
            velocity_m2ps2: q_m2ps3 * dt_s + step * (dt_s * dt_s),
        }
    }
}

/// How likely a plot is given the track.
#[derive(Clone, Debug)]
pub(super) struct Innovation<const D: usize> {
    pub mean: SVector<f64, D>,
    covariance: SMatrix<f64, D, D>,
    inverse: SMatrix<f64, D, D>,
    /// ln of the Gaussian density at its mean.
    pub log_peak: f64,
    /// No point with squared Mahalanobis distance 1 is further away.
    pub reach_m: f64,
}

/// A normal distribution ready for [`Shape::cross_entropy`]: the covariance as position, and velocity given position.
pub(super) struct Shape<const D: usize> {
    position: SVector<f64, D>,
    velocity: SVector<f64, D>,
    inverse: SMatrix<f64, D, D>,
    /// Regression of the velocity on the position.
    slope: SMatrix<f64, D, D>,
    inverse_given_position: SMatrix<f64, D, D>,
    log_determinant: f64,
}

impl<const D: usize> Shape<D> {
    /// Minus the expected logarithm of this density over `part`, without the constant of the dimension.
    pub fn cross_entropy(&self, part: &Kalman<D>) -> f64 {
        let (dp, dv) = (part.position - self.position, part.velocity - self.velocity);
        let pp = part.pp + dp * dp.transpose();
        let pv = part.pv + dp * dv.transpose();
        let vv = part.vv + dv * dv.transpose();
        let left = self.slope * pv;
        let given = vv - left - left.transpose() + self.slope * pp * self.slope.transpose();
        0.5 * (self.log_determinant
            + self.inverse.component_mul(&pp).sum()
            + self.inverse_given_position.component_mul(&given).sum())
    }
}

impl<const D: usize> Innovation<D> {
    /// Squared Mahalanobis distance of a plot.
    pub fn distance_squared(&self, plot: &SVector<f64, D>) -> f64 {
        let error = plot - self.mean;
        error.dot(&(self.inverse * error))
    }
}

impl<const D: usize> Kalman<D> {
    /// True when the velocities differ by less than what is uncertain about this one.
    pub fn moves_like(&self, other: &Kalman<D>) -> bool {
        (self.velocity - other.velocity).norm_squared() <= self.vv.trace()
    }

    /// How far apart the means are: squared distance over the sum of variances, of position and velocity together.
    pub fn separation(&self, other: &Kalman<D>) -> f64 {
        (self.position - other.position).norm_squared() / self.pp.trace()
            + (self.velocity - other.velocity).norm_squared() / self.vv.trace()
    }

    /// `None` when the covariance is not positive definite.
    pub fn shape(&self) -> Option<Shape<D>> {
        let (inverse_pp, determinant) = inverse(&self.pp)?;
        let slope = self.pv.transpose() * inverse_pp;
        let (inverse_given_position, given) = inverse(&symmetric(self.vv - slope * self.pv))?;
        Some(Shape {
            position: self.position,
            velocity: self.velocity,
            inverse: inverse_pp,
            slope,
            inverse_given_position,
            log_determinant: libm::log(determinant) + libm::log(given),
        })
    }

    /// The normal distribution with the moments of a mixture; the weights sum to one.
    pub fn mixture(parts: &[(f64, &Kalman<D>)]) -> Self {
        let zero = SVector::<f64, D>::zeros();
        let none = SMatrix::zeros();
        let mut whole = Kalman { position: zero, velocity: zero, pp: none, pv: none, vv: none };
        for (weight, part) in parts {
            whole.position += part.position * *weight;
            whole.velocity += part.velocity * *weight;
        }
        for (weight, part) in parts {
            let (dp, dv) = (part.position - whole.position, part.velocity - whole.velocity);
            whole.pp += (part.pp + dp * dp.transpose()) * *weight;
            whole.pv += (part.pv + dp * dv.transpose()) * *weight;
            whole.vv += (part.vv + dv * dv.transpose()) * *weight;
        }
        whole
    }

    /// Equal standard deviations on all axes.
    pub fn new(position: SVector<f64, D>, velocity: SVector<f64, D>, sigma_m: f64, sigma_mps: f64) -> Self {
        Self::at(position, velocity, SVector::repeat(sigma_m), SVector::repeat(sigma_mps))
    }

    /// Standard deviations axis by axis.
    pub fn at(
        position: SVector<f64, D>,
        velocity: SVector<f64, D>,
        sigma_m: SVector<f64, D>,
        sigma_mps: SVector<f64, D>,
    ) -> Self {
        Kalman {
            position,
            velocity,
            pp: SMatrix::from_diagonal(&sigma_m.component_mul(&sigma_m)),
            pv: SMatrix::zeros(),
            vv: SMatrix::from_diagonal(&sigma_mps.component_mul(&sigma_mps)),
        }
    }

    pub fn predict(&mut self, dt_s: f64, noise: &Noise) {
        let unit = SMatrix::<f64, D, D>::identity();
        let half = self.pv + self.vv * dt_s;
        self.position += self.velocity * dt_s;
        self.pp += (half + self.pv.transpose()) * dt_s + unit * noise.position_m2;
        self.pv = half + unit * noise.cross_m2ps;
        self.vv += unit * noise.velocity_m2ps2;
    }

    /// Where the plot will be; `None` when the covariance is no longer positive definite.
    pub fn innovation(&self, sigma_m: f64) -> Option<Innovation<D>> {
        let covariance = self.pp + SMatrix::identity() * (sigma_m * sigma_m);
        let (inverse, determinant) = inverse(&covariance)?;
        let log_two_pi = libm::log(core::f64::consts::TAU);
        let rows = (0..D).map(|row| covariance.row(row).iter().map(|value| value.abs()).sum::<f64>());
        // Gershgorin: no eigenvalue is above the largest row sum.
        let reach_m = libm::sqrt(rows.fold(0.0, f64::max));
        let log_peak = -0.5 * (D as f64 * log_two_pi + libm::log(determinant));
        Some(Innovation { mean: self.position, covariance, inverse, log_peak, reach_m })
    }

    /// The moment-matched mixture of "missed" with probability `missed_probability` and of each plot with its own:
    /// Bar-Shalom, Daum & Huang, "The probabilistic data association filter" (IEEE Control Systems 29(6), 2009),
    /// equations 40-44. One plot with probability one is the plain Kalman update.
    pub fn update<'a>(
        &mut self,
        innovation: &Innovation<D>,
        missed_probability: f64,
        plots: impl Iterator<Item = (&'a SVector<f64, D>, f64)>,
    ) {
        let mut mean = SVector::<f64, D>::zeros();
        let mut spread = SMatrix::<f64, D, D>::zeros();
        for (plot, probability) in plots {
            let error = plot - innovation.mean;
            mean += error * probability;
            spread += error * error.transpose() * probability;
        }
        let gain_p = self.pp * innovation.inverse;
        let gain_v = self.pv.transpose() * innovation.inverse;
        self.position += gain_p * mean;
        self.velocity += gain_v * mean;
        // covariance - K ((1 - missed) S - spread of the innovations) K'
        let less = innovation.covariance * (1.0 - missed_probability) - (spread - mean * mean.transpose());
        let (less_p, less_v) = (less * gain_p.transpose(), less * gain_v.transpose());
        self.pp = symmetric(self.pp - gain_p * less_p);
        self.pv -= gain_p * less_v;
        self.vv = symmetric(self.vv - gain_v * less_v);
    }
}

fn symmetric<const D: usize>(matrix: SMatrix<f64, D, D>) -> SMatrix<f64, D, D> {
    (matrix + matrix.transpose()) * 0.5
}

/// Inverse and determinant of a symmetric positive definite matrix by its `L D L'` factors; `None` if it is not one.
fn inverse<const D: usize>(matrix: &SMatrix<f64, D, D>) -> Option<(SMatrix<f64, D, D>, f64)> {
    let mut lower = SMatrix::<f64, D, D>::identity();
    let mut pivot = [0.0; D];
    let mut determinant = 1.0;
    for column in 0..D {
        pivot[column] = matrix[(column, column)];
        for k in 0..column {
            pivot[column] -= lower[(column, k)] * lower[(column, k)] * pivot[k];
        }
        if !(pivot[column] > 0.0 && pivot[column].is_finite()) {
            return None;
        }
        determinant *= pivot[column];
        for row in column + 1..D {
            let mut value = matrix[(row, column)];
            for k in 0..column {
                value -= lower[(row, k)] * lower[(column, k)] * pivot[k];
            }
            lower[(row, column)] = value / pivot[column];
        }
    }
    // The inverse of L, in place of the identity, then L'^-1 D^-1 L^-1.
    let mut unit = SMatrix::<f64, D, D>::identity();
    for column in 0..D {
        for row in column + 1..D {
            unit[(row, column)] = -(column..row).map(|k| lower[(row, k)] * unit[(k, column)]).sum::<f64>();
        }
    }
    let mut scaled = unit;
    for (row, pivot) in pivot.iter().enumerate() {
        for column in 0..D {
            scaled[(row, column)] /= pivot;
        }
    }
    Some((unit.transpose() * scaled, determinant))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{Matrix4, SMatrix, Vector2, Vector4};
    use proptest::prelude::*;

    /// The whole covariance, order x, y, vx, vy.
    fn whole(state: &Kalman<2>) -> Matrix4<f64> {
        let mut whole = Matrix4::zeros();
        whole.fixed_view_mut::<2, 2>(0, 0).copy_from(&state.pp);
        whole.fixed_view_mut::<2, 2>(0, 2).copy_from(&state.pv);
        whole.fixed_view_mut::<2, 2>(2, 0).copy_from(&state.pv.transpose());
        whole.fixed_view_mut::<2, 2>(2, 2).copy_from(&state.vv);
        whole
    }

    proptest! {
        #[test]
        fn prop_blocks_are_the_whole_filter(dt_s in 0.1..5.0f64, q in 0.0..2.0f64, plots in prop::collection::vec([-30.0..30.0f64, -30.0..30.0], 1..4), missed in 0.0..1.0f64) {
            let mut state = Kalman::<2>::new(Vector2::new(1.0, -2.0), Vector2::new(3.0, 0.5), 10.0, 3.0);
            // The text-book mixture: update with every plot apart, then match the moments.
            let mut mean = Vector4::new(1.0, -2.0, 3.0, 0.5);
            let mut covariance = whole(&state);
            let mut f = Matrix4::identity();
            (f[(0, 2)], f[(1, 3)]) = (dt_s, dt_s);
            let mut noise = Matrix4::zeros();
            for axis in 0..2 {
                noise[(axis, axis)] = q * dt_s * dt_s * dt_s / 3.0;
                noise[(axis, axis + 2)] = q * dt_s * dt_s / 2.0;
                noise[(axis + 2, axis)] = q * dt_s * dt_s / 2.0;
                noise[(axis + 2, axis + 2)] = q * dt_s;
            }
            for _ in 0..3 {
                state.predict(dt_s, &Noise::new(dt_s, q, 0.0));
                mean = f * mean;
                covariance = f * covariance * f.transpose() + noise;
                let h = SMatrix::<f64, 2, 4>::identity();
                let s = h * covariance * h.transpose() + SMatrix::<f64, 2, 2>::identity() * 25.0;
                let gain = covariance * h.transpose() * s.try_inverse().expect("positive definite");
                let each = (1.0 - missed) / plots.len() as f64;
                let mut parts = vec![(missed, mean, covariance)];
                for plot in &plots {
                    let error = Vector2::new(plot[0], plot[1]) - h * mean;
                    parts.push((each, mean + gain * error, covariance - gain * s * gain.transpose()));
                }
                mean = parts.iter().map(|(weight, mean, _)| mean * *weight).sum();
                let spread = |(weight, part, covariance): &(f64, Vector4<f64>, Matrix4<f64>)| {
                    (covariance + (part - mean) * (part - mean).transpose()) * *weight
                };
                covariance = parts.iter().map(spread).sum();
                let innovation = state.innovation(5.0).expect("positive definite");
                let vectors: Vec<_> = plots.iter().map(|plot| Vector2::new(plot[0], plot[1])).collect();
                state.update(&innovation, missed, vectors.iter().map(|plot| (plot, each)));
                let scale = covariance.norm();
                prop_assert!((whole(&state) - covariance).norm() < 1e-11 * scale);
                prop_assert!((state.position - mean.fixed_rows::<2>(0)).norm() < 1e-9);
                prop_assert!((state.velocity - mean.fixed_rows::<2>(2)).norm() < 1e-9);
            }
        }
    }
}
