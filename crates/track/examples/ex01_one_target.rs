//! One target, one sensor: a Kalman filter is two lines in a loop, predict and update.
//!
//! `cargo run --release -p downrange-track --example ex01_one_target`

use downrange_track::filter::{Observation, ekf};
use downrange_track::gaussian::Gaussian;
use downrange_track::motion::axis::WhiteAcceleration;
use nalgebra::{Matrix1, Matrix1x2, Vector1, Vector2, matrix, vector};

#[allow(dead_code, reason = "each example uses its part")]
#[path = "shared/draw.rs"]
mod draw;

/// A sensor is what it would see of a state, and how wrong it is: here the position, to 5 m.
struct Position;

impl Observation<2, 1> for Position {
    fn expect(&self, state: &Vector2<f64>) -> Vector1<f64> {
        vector![state[0]]
    }

    fn jacobian(&self, _: &Vector2<f64>) -> Matrix1x2<f64> {
        matrix![1.0, 0.0]
    }

    fn noise(&self) -> Matrix1<f64> {
        matrix![25.0]
    }
}

pub(crate) fn main() {
    let mut draw = draw::Draw(1);
    // How it moves: position and speed along a line, the speed disturbed by white acceleration.
    let model = WhiteAcceleration { density_m2ps3: 0.01 };
    // What is known at the start: near 0 m, some speed up to about 30 m/s.
    let mut track = Gaussian::diagonal(vector![0.0, 0.0], vector![100.0, 30.0]);
    let (mut raw_m2, mut filtered_m2) = (0.0, 0.0);
    for second in 1..=60 {
        let truth_m = 20.0 * f64::from(second);
        let plot = vector![truth_m + 5.0 * draw.normal()];

        track = ekf::predict(&model, &track, 1.0);
        let (updated, _) = ekf::update(&Position, &track, &plot).expect("finite numbers");
        track = updated;

        if second > 10 {
            raw_m2 += (plot[0] - truth_m).powi(2) / 50.0;
            filtered_m2 += (track.mean[0] - truth_m).powi(2) / 50.0;
        }
    }
    let sigma = [0, 1].map(|i| track.covariance[(i, i)].sqrt());
    println!(
        "after 60 s: {:.1} ± {:.1} m, {:.2} ± {:.2} m/s (truth 1200 m, 20 m/s)",
        track.mean[0], sigma[0], track.mean[1], sigma[1]
    );
    println!("error of the plots {:.1} m, of the track {:.1} m", raw_m2.sqrt(), filtered_m2.sqrt());
    assert!(filtered_m2 < 0.5 * raw_m2, "a filter that does not help is none");
    assert!((track.mean[1] - 20.0).abs() < 3.0 * sigma[1]);
}
