//! A radar in the plane: range and bearing of a state (x, its rate, y, its rate).

use downrange_track::filter::{Observation, wrap_rad};
use nalgebra::{Matrix2, Matrix2x4, Vector2, Vector4, matrix, vector};

/// At the origin; one sigma of range and bearing.
pub struct Radar {
    pub range_sigma_m: f64,
    pub bearing_sigma_rad: f64,
}

impl Observation<4, 2> for Radar {
    fn expect(&self, state: &Vector4<f64>) -> Vector2<f64> {
        vector![state[0].hypot(state[2]), state[0].atan2(state[2])]
    }

    fn jacobian(&self, state: &Vector4<f64>) -> Matrix2x4<f64> {
        let (x, y) = (state[0], state[2]);
        let range = x.hypot(y);
        matrix![x / range, 0.0, y / range, 0.0; y / (range * range), 0.0, -x / (range * range), 0.0]
    }

    fn noise(&self) -> Matrix2<f64> {
        Matrix2::from_diagonal(&vector![self.range_sigma_m.powi(2), self.bearing_sigma_rad.powi(2)])
    }

    /// Bearings differ by the shorter way round.
    fn residual(&self, measured: &Vector2<f64>, expected: &Vector2<f64>) -> Vector2<f64> {
        vector![measured[0] - expected[0], wrap_rad(measured[1] - expected[1])]
    }
}
