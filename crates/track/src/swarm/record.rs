//! One track in as few numbers as the model allows.

use downrange_earth::Time;

/// A track: nearly constant velocity on three axes with the same noise on each. Then the covariance is the same for each axis and has
/// no parts between axes, so three numbers say what 36 would (21 of them different).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Track {
    /// Position.
    pub position_m: [f64; 3],
    /// Velocity.
    pub velocity_mps: [f64; 3],
    /// Variance of the position, each axis.
    pub position_variance_m2: f64,
    /// Covariance of position and velocity of one axis.
    pub cross_covariance_m2ps: f64,
    /// Variance of the velocity, each axis.
    pub velocity_variance_m2ps2: f64,
    /// Probability that there is an object.
    pub existence_probability: f64,
    /// Never used again for another track. Zero: not confirmed yet.
    pub number: u64,
}

impl Track {
    /// To `dt_s` later. Noise of the continuous white acceleration model: Bar-Shalom, Li, Kirubarajan 2001, eq. 6.2.2-12.
    pub(super) fn predict(&mut self, dt_s: f64, density_m2ps3: f64, survival_probability: f64) {
        for (x, v) in self.position_m.iter_mut().zip(&self.velocity_mps) {
            *x += dt_s * v;
        }
        let (pv, vv, q) = (self.cross_covariance_m2ps, self.velocity_variance_m2ps2, density_m2ps3 * dt_s);
        self.position_variance_m2 += dt_s * (2.0 * pv + dt_s * vv) + q * dt_s * dt_s / 3.0;
        self.cross_covariance_m2ps += dt_s * vv + 0.5 * q * dt_s;
        self.velocity_variance_m2ps2 += q;
        self.existence_probability *= survival_probability;
    }

    /// With the plots that may be its own, each with its probability given that there is an object; they and `unseen` sum to one.
    /// Probabilistic data association (Bar-Shalom, Li 1995), where the spread of the means counts a third for each axis,
    /// so that the covariance stays the same for all; with one plot of probability one the Kalman update.
    pub(super) fn update<'a>(
        &mut self,
        plots: impl Iterator<Item = (&'a [f64; 3], f64)>,
        unseen: f64,
        plot_variance_m2: f64,
    ) {
        let (mut shift, mut square) = ([0.0; 3], 0.0);
        for (plot, probability) in plots {
            let d = [0, 1, 2].map(|axis| plot[axis] - self.position_m[axis]);
            square += probability * (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
            for (shift, d) in shift.iter_mut().zip(d) {
                *shift += probability * d;
            }
        }
        let (pp, pv, vv) = (self.position_variance_m2, self.cross_covariance_m2ps, self.velocity_variance_m2ps2);
        let variance = pp + plot_variance_m2;
        let (position_gain, velocity_gain) = (pp / variance, pv / variance);
        for (axis, shift) in shift.iter().enumerate() {
            self.position_m[axis] += position_gain * shift;
            self.velocity_mps[axis] += velocity_gain * shift;
        }
        let spread = square - (shift[0] * shift[0] + shift[1] * shift[1] + shift[2] * shift[2]);
        // What the plots take from the variance of the innovation, and what not knowing which adds to it, each axis.
        let taken = (1.0 - unseen) * variance - spread.max(0.0) / 3.0;
        self.position_variance_m2 = pp - position_gain * position_gain * taken;
        self.cross_covariance_m2ps = pv - position_gain * velocity_gain * taken;
        self.velocity_variance_m2ps2 = vv - velocity_gain * velocity_gain * taken;
    }

    /// From a plot and an older one `dt_s` before it: least squares for two points (Bar-Shalom, Li, Kirubarajan 2001, section 5.5.3),
    /// with what the noise of the motion adds between them.
    pub(super) fn between(
        older: &[f64; 3],
        newer: &[f64; 3],
        dt_s: f64,
        plot_variance_m2: f64,
        density_m2ps3: f64,
        existence_probability: f64,
    ) -> Track {
        Track {
            position_m: *newer,
            velocity_mps: [0, 1, 2].map(|axis| (newer[axis] - older[axis]) / dt_s),
            position_variance_m2: plot_variance_m2,
            cross_covariance_m2ps: plot_variance_m2 / dt_s,
            velocity_variance_m2ps2: 2.0 * plot_variance_m2 / (dt_s * dt_s) + density_m2ps3 * dt_s / 3.0,
            existence_probability,
            number: 0,
        }
    }
}

/// What the sensor is like in one scan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sensor {
    /// Standard deviation of a plot, each axis.
    pub sigma_m: f64,
    /// Probability that an object gives a plot: inside (0, 1).
    pub detection_probability: f64,
    /// Plots per cubic metre and scan that come from no track: clutter and objects not known yet. Above zero.
    pub stray_density: f64,
}

/// One scan: what was seen at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scan<'a> {
    /// When.
    pub time: Time,
    /// Positions, m, in any order.
    pub plots: &'a [[f64; 3]],
    /// How they came about.
    pub sensor: Sensor,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn val_soft_update_is_the_mixture_of_the_hard_ones() {
        // Moments of the mixture, computed part by part; the covariance as the mean over the axes.
        let prior = Track {
            position_m: [10.0, -5.0, 3.0],
            velocity_mps: [1.0, 2.0, -3.0],
            position_variance_m2: 50.0,
            cross_covariance_m2ps: 6.0,
            velocity_variance_m2ps2: 4.0,
            existence_probability: 1.0,
            number: 1,
        };
        let (plots, unseen, r) = ([([14.0, -9.0, 2.0], 0.5), ([4.0, -1.0, 9.0], 0.2)], 0.3, 25.0);
        let mut soft = prior;
        soft.update(plots.iter().map(|(plot, probability)| (plot, *probability)), unseen, r);
        let hard = plots.map(|(plot, probability)| {
            let mut hard = prior;
            hard.update([(&plot, 1.0)].into_iter(), 0.0, r);
            (hard, probability)
        });
        assert!((hard[0].0.position_variance_m2 - 50.0 * 25.0 / 75.0).abs() < 1e-12);
        let parts: Vec<(Track, f64)> = hard.into_iter().chain([(prior, unseen)]).collect();
        let mean = |of: fn(&Track, usize) -> f64, axis| parts.iter().map(|(t, w)| w * of(t, axis)).sum::<f64>();
        let (x, v) = (|t: &Track, axis: usize| t.position_m[axis], |t: &Track, axis: usize| t.velocity_mps[axis]);
        let (mut pp, mut pv, mut vv) = (0.0, 0.0, 0.0);
        for axis in 0..3 {
            let (mean_x, mean_v) = (mean(x, axis), mean(v, axis));
            assert!((soft.position_m[axis] - mean_x).abs() < 1e-12);
            assert!((soft.velocity_mps[axis] - mean_v).abs() < 1e-12);
            for (t, w) in &parts {
                let (dx, dv) = (t.position_m[axis] - mean_x, t.velocity_mps[axis] - mean_v);
                pp += w * (t.position_variance_m2 + dx * dx) / 3.0;
                pv += w * (t.cross_covariance_m2ps + dx * dv) / 3.0;
                vv += w * (t.velocity_variance_m2ps2 + dv * dv) / 3.0;
            }
        }
        assert!((soft.position_variance_m2 - pp).abs() < 1e-11);
        assert!((soft.cross_covariance_m2ps - pv).abs() < 1e-12);
        assert!((soft.velocity_variance_m2ps2 - vv).abs() < 1e-12);
    }
}
