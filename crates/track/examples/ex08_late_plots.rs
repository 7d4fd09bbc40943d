//! Plots that arrive late and out of order: the same answer, to the last bit, as in order.
//!
//! `cargo run --release -p downrange-track --example ex08_late_plots`

use downrange_earth::Time;
use downrange_track::filter::{Observation, ekf};
use downrange_track::gaussian::Gaussian;
use downrange_track::late::{Late, Limits};
use downrange_track::motion::axis::WhiteAcceleration;
use nalgebra::{Matrix1, Matrix1x2, Vector1, Vector2, matrix, vector};

#[allow(dead_code, reason = "each example uses its part")]
#[path = "shared/draw.rs"]
mod draw;

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

/// Any tracker will do that can be cloned: here one Kalman filter and the time of its state.
#[derive(Clone, Debug, PartialEq)]
struct Tracker {
    time: Time,
    state: Gaussian<2>,
}

fn step(tracker: &mut Tracker, time: Time, plot: &f64) {
    let model = WhiteAcceleration { density_m2ps3: 0.1 };
    tracker.state = ekf::predict(&model, &tracker.state, time.seconds_since(tracker.time));
    tracker.time = time;
    if let Some((updated, _)) = ekf::update(&Position, &tracker.state, &vector![*plot]) {
        tracker.state = updated;
    }
}

pub(crate) fn main() {
    let mut draw = draw::Draw(8);
    let start = Time::from_tai_ns(0);
    let fresh = Tracker { time: start, state: Gaussian::diagonal(vector![0.0, 0.0], vector![100.0, 30.0]) };
    // When it was measured, when it arrives, and what it says.
    let mut plots: Vec<(f64, f64, f64)> = (1..=200)
        .map(|second| {
            let measured_s = f64::from(second);
            (measured_s, measured_s + draw.between(0.1, 12.0), 20.0 * measured_s + 5.0 * draw.normal())
        })
        .collect();
    let mut in_order = fresh.clone();
    plots.iter().for_each(|&(measured_s, _, plot)| step(&mut in_order, start.plus_s(measured_s), &plot));

    plots.sort_by(|a, b| a.1.total_cmp(&b.1));
    let limits = Limits { lag_s: 15.0, ahead_s: 60.0, plots_count: 1_000 };
    let mut late = Late::new(fresh, start, limits, step).expect("limits that can be used");
    let mut newest_s: f64 = 0.0;
    let mut late_count = 0;
    for &(measured_s, _, plot) in &plots {
        late_count += usize::from(measured_s < newest_s);
        newest_s = newest_s.max(measured_s);
        late.offer(start.plus_s(measured_s), 0, plot).expect("no later than the lag");
    }
    println!("{late_count} of {} plots came after a younger one", plots.len());
    println!("in order: {:.6} m, as they came: {:.6} m", in_order.state.mean[0], late.tracker().state.mean[0]);
    assert!(late_count > 50);
    assert_eq!(late.tracker(), &in_order, "the same bits");
    // What is later than the lag is refused, counted, and changes nothing.
    assert!(late.offer(start.plus_s(100.5), 0, 0.0).is_err());
    assert_eq!(late.refused().late_count, 1);
}
