//! An aircraft that flies straight, turns, and flies straight again: one Kalman filter is either sluggish or nervous, an
//! interacting multiple model (IMM) is each at its time.
//!
//! `cargo run --release -p downrange-track --example ex03_manoeuvre`

use downrange_track::filter::{Dynamics, Observation, ekf};
use downrange_track::gaussian::Gaussian;
use downrange_track::imm::Imm;
use downrange_track::motion::axis::KnownTurn;
use nalgebra::{Matrix3, Vector4, vector};

#[allow(dead_code, reason = "each example uses its part")]
#[path = "shared/draw.rs"]
mod draw;
#[path = "shared/radar.rs"]
mod radar;

const TURN_RADPS: f64 = 0.05;

/// Straight, left, right.
const MODELS: [KnownTurn; 3] = [
    KnownTurn { rate_radps: 0.0, density_m2ps3: 0.1 },
    KnownTurn { rate_radps: TURN_RADPS, density_m2ps3: 1.0 },
    KnownTurn { rate_radps: -TURN_RADPS, density_m2ps3: 1.0 },
];

pub(crate) fn main() {
    let mut draw = draw::Draw(3);
    let radar = radar::Radar { range_sigma_m: 50.0, bearing_sigma_rad: 0.2_f64.to_radians() };
    let mut truth = vector![-20_000.0, 200.0, 30_000.0, 0.0];
    let prior = Gaussian::diagonal(truth, vector![100.0, 20.0, 100.0, 20.0]);
    let mut imm = Imm { modes: [prior; 3], probabilities: [0.9, 0.05, 0.05] };
    // In a step of 2 s one straight flight in twenty becomes a turn, and one turn in twenty ends.
    let transition = Matrix3::new(0.95, 0.025, 0.025, 0.05, 0.95, 0.0, 0.05, 0.0, 0.95);
    let mut single = prior;
    let (mut imm_m2, mut single_m2) = (0.0, 0.0);
    for step in 0..90 {
        let is_turning = (30..60).contains(&step);
        let flown = KnownTurn { rate_radps: if is_turning { -TURN_RADPS } else { 0.0 }, density_m2ps3: 0.0 };
        truth = flown.advance(&truth, 2.0);
        let noise = vector![radar.range_sigma_m * draw.normal(), radar.bearing_sigma_rad * draw.normal()];
        let plot = radar.expect(&truth) + noise;

        imm.mix(&transition, |_, _, _| true);
        imm.predict(&MODELS, 2.0);
        imm.update(&radar, &plot).expect("some model explains it");
        // For comparison: the straight model alone, with noise enough not to lose the turn.
        single = ekf::predict(&KnownTurn { rate_radps: 0.0, density_m2ps3: 30.0 }, &single, 2.0);
        (single, _) = ekf::update(&radar, &single, &plot).expect("finite numbers");

        let squared = |state: &Vector4<f64>| (state[0] - truth[0]).powi(2) + (state[2] - truth[2]).powi(2);
        imm_m2 += squared(&imm.combined().mean) / 90.0;
        single_m2 += squared(&single.mean) / 90.0;
        if step % 15 == 14 {
            let [straight, left, right] = imm.probabilities.map(|p| 100.0 * p);
            let flies = if is_turning { "turns right" } else { "flies straight" };
            println!(
                "{:3} s: it {flies:14}; straight {straight:5.1} %, left {left:5.1} %, right {right:5.1} %",
                2 * step + 2
            );
        }
        assert!(step != 55 || imm.likeliest() == 2, "late in the turn the turn is known");
    }
    println!("position error: IMM {:.0} m, one filter {:.0} m", imm_m2.sqrt(), single_m2.sqrt());
    assert!(imm_m2 < single_m2);
}
