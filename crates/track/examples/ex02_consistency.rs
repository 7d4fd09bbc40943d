//! Is a filter as good as it says? Its errors, measured in its own sigmas (NEES), and what no filter could beat (the
//! posterior Cramér–Rao bound).
//!
//! `cargo run --release -p downrange-track --example ex02_consistency`

use downrange_track::filter::{Dynamics, Observation, ekf};
use downrange_track::gaussian::Gaussian;
use downrange_track::measure::{Consistency, CramerRao};
use downrange_track::motion::axis::KnownTurn;
use nalgebra::{Vector4, vector};

#[allow(dead_code, reason = "each example uses its part")]
#[path = "shared/draw.rs"]
mod draw;
#[path = "shared/radar.rs"]
mod radar;

const RUNS: usize = 1_000;

pub(crate) fn main() {
    let mut draw = draw::Draw(2);
    // A ship at 10 m/s, 15 km off, straight on (a turn of rate zero), and a radar that knows 30 m and 0.3 degrees.
    let model = KnownTurn { rate_radps: 0.0, density_m2ps3: 1e-3 };
    let radar = radar::Radar { range_sigma_m: 30.0, bearing_sigma_rad: 0.3_f64.to_radians() };
    let prior = Gaussian::diagonal(vector![9_000.0, 6.0, 12_000.0, -8.0], vector![200.0, 3.0, 200.0, 3.0]);
    let mut nees = Consistency::new();
    let mut error_m2 = 0.0;
    let mut bound = CramerRao::new(&prior.covariance).expect("a covariance");
    let mut paths: Vec<Vector4<f64>> = Vec::new();
    for _ in 0..RUNS {
        let drawn = Vector4::from_fn(|_, _| draw.normal());
        let mut truth = prior.mean + prior.factor().lower * drawn;
        paths.push(truth);
        let mut track = prior;
        for _ in 0..30 {
            let pushed = Gaussian { mean: model.advance(&truth, 3.0), covariance: model.noise(&truth, 3.0) };
            truth = pushed.mean + pushed.factor().lower * Vector4::from_fn(|_, _| draw.normal());
            let noise = vector![radar.range_sigma_m * draw.normal(), radar.bearing_sigma_rad * draw.normal()];
            track = ekf::predict(&model, &track, 3.0);
            (track, _) = ekf::update(&radar, &track, &(radar.expect(&truth) + noise)).expect("finite numbers");
        }
        let error = track.mean - truth;
        error_m2 += (error[0].powi(2) + error[2].powi(2)) / RUNS as f64;
        assert!(nees.push(&error, &track.covariance));
    }
    for _ in 0..30 {
        assert!(bound.predict(&model, &paths, 3.0));
        paths.iter_mut().for_each(|path| *path = model.advance(path, 3.0));
        assert!(bound.update(&radar, &paths, 1.0));
    }
    let (ratio, band) = (nees.mean_ratio().expect("runs"), nees.band(0.99).expect("runs"));
    let bound_m = bound.rms(&[0, 2]).expect("a covariance");
    println!(
        "mean NEES over its dimensions: {ratio:.3}, 99 % band of a consistent filter: {:.3} to {:.3}",
        band.low, band.high
    );
    println!("position error {:.1} m, the least that any filter can have {bound_m:.1} m", error_m2.sqrt());
    assert!(band.holds(ratio), "the filter is not as good, or better, than it says");
    assert!(error_m2.sqrt() < 1.15 * bound_m);
}
