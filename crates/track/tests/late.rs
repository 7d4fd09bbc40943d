//! Late plots against the same plots in order.

use downrange_earth::Time;
use downrange_track::filter::ekf;
use downrange_track::gaussian::Gaussian;
use downrange_track::late::{Late, Limits, Refusal};
use downrange_track::motion::axis::WhiteAcceleration;
use nalgebra::{Matrix1, SMatrix, Vector1, Vector2, matrix, vector};
use proptest::prelude::*;

struct Place;
impl downrange_track::filter::Observation<2, 1> for Place {
    fn expect(&self, state: &Vector2<f64>) -> Vector1<f64> {
        vector![state.x]
    }
    fn jacobian(&self, _: &Vector2<f64>) -> SMatrix<f64, 1, 2> {
        matrix![1.0, 0.0]
    }
    fn noise(&self) -> Matrix1<f64> {
        matrix![4.0]
    }
}

/// A Kalman filter that drops what lies outside its gate: what it makes of plots depends on their order.
#[derive(Clone, Debug, PartialEq)]
struct Gated {
    time: Time,
    state: Gaussian<2>,
}

fn step(tracker: &mut Gated, time: Time, plot: &f64) {
    let model = WhiteAcceleration { density_m2ps3: 0.5 };
    tracker.state = ekf::predict(&model, &tracker.state, time.seconds_since(tracker.time));
    tracker.time = time;
    if let Some((state, innovation)) = ekf::update(&Place, &tracker.state, &vector![*plot])
        && innovation.nis() < 9.0
    {
        tracker.state = state;
    }
}

fn start() -> Time {
    Time::from_tai_ns(0)
}

fn fresh() -> Gated {
    Gated { time: start(), state: Gaussian::diagonal(vector![0.0, 1.0], vector![5.0, 2.0]) }
}

/// When, which sensor, what.
type Plot = (Time, u64, f64);

fn in_order(plots: &[Plot]) -> Gated {
    let mut sorted = plots.to_vec();
    sorted.sort_by_key(|&(time, number, _)| (time, number));
    let mut tracker = fresh();
    sorted.iter().for_each(|(time, _, plot)| step(&mut tracker, *time, plot));
    tracker
}

/// Plots (one or two a second, some at the same time) with the delay of each.
fn delayed() -> impl Strategy<Value = Vec<(Plot, f64)>> {
    let one = (0.0..2.0f64, -8.0..8.0f64, 0.0..20.0f64);
    prop::collection::vec(one, 1..400).prop_map(|drawn| {
        let mut time = start();
        let mut out = Vec::new();
        for (number, (wait, noise, delay)) in drawn.into_iter().enumerate() {
            time = time.plus_s(if wait < 0.4 { 0.0 } else { wait });
            out.push(((time, number as u64, time.seconds_since(start()) + noise), delay));
        }
        out
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn prop_the_result_is_that_of_arrival_in_order(plots in delayed(), peek in 1..50usize) {
        let mut arrivals = plots.clone();
        arrivals.sort_by_key(|((time, _, _), delay)| time.plus_s(*delay));
        let limits = Limits { lag_s: 20.0, ahead_s: 60.0, plots_count: 1000 };
        let mut late = Late::new(fresh(), start(), limits, step).expect("good limits");
        let mut so_far = Vec::new();
        for (index, &((time, number, plot), _)) in arrivals.iter().enumerate() {
            prop_assert_eq!(late.offer(time, number, plot), Ok(()));
            prop_assert_eq!(late.offer(time, number, plot), Err(Refusal::Duplicate));
            so_far.push((time, number, plot));
            if index % peek == 0 {
                prop_assert_eq!(late.tracker(), &in_order(&so_far));
            }
            // One or two a second for 20 s, what waits to be forgotten, and the copies between them.
            prop_assert!(late.kept_count() < 300);
        }
        prop_assert_eq!(late.tracker(), &in_order(&so_far));
        prop_assert_eq!(late.refused().duplicate_count, arrivals.len() as u64);
        prop_assert_eq!(late.refused().late_count, 0);
    }

    #[test]
    fn prop_memory_is_bounded_whatever_comes(times in prop::collection::vec((0.0..500.0f64, -5.0..5.0f64), 1..400)) {
        let limits = Limits { lag_s: 10.0, ahead_s: 600.0, plots_count: 20 };
        let mut late = Late::new(fresh(), start(), limits, step).expect("good limits");
        let mut taken = Vec::new();
        for (number, (at, plot)) in times.iter().enumerate() {
            let time = start().plus_s(*at);
            if late.offer(time, number as u64, *plot).is_ok() {
                taken.push((time, number as u64, *plot));
            }
            prop_assert!(late.kept_count() <= 20);
        }
        prop_assert_eq!(late.tracker(), &in_order(&taken));
        let refused = late.refused();
        prop_assert_eq!(taken.len() as u64 + refused.late_count + refused.full_count, times.len() as u64);
    }
}

#[test]
fn bad_times_are_refused_and_counted() {
    let limits = Limits { lag_s: 10.0, ahead_s: 60.0, plots_count: 3 };
    let mut late = Late::new(fresh(), start(), limits, step).expect("good limits");
    let at = |seconds: f64| start().plus_s(seconds);
    assert_eq!(late.offer(at(30.0), 1, 30.0), Ok(()));
    assert_eq!(late.offer(at(19.0), 1, 19.0), Err(Refusal::Late { behind_s: 11.0, lag_s: 10.0 }));
    assert_eq!(
        late.offer(at(91.0), 1, 91.0),
        Err(Refusal::Ahead { ahead_s: at(91.0).seconds_since(at(30.0)), limit_s: 60.0 })
    );
    assert_eq!(late.offer(at(20.0), 1, 20.0), Ok(()), "the end of the lag is within it");
    assert_eq!(late.offer(at(25.0), 1, 25.0), Ok(()));
    assert_eq!(late.offer(at(25.0), 2, 25.0), Err(Refusal::Full { limit_count: 3 }));
    assert_eq!(late.tracker(), &in_order(&[(at(20.0), 1, 20.0), (at(25.0), 1, 25.0), (at(30.0), 1, 30.0)]));
    // A newer one moves the lag on, which makes room.
    assert_eq!(late.offer(at(36.0), 1, 36.0), Ok(()));
    // The silence was real.
    late.advance(at(900.0));
    assert_eq!(late.offer(at(880.0), 1, 0.0), Err(Refusal::Late { behind_s: 20.0, lag_s: 10.0 }));
    assert_eq!(late.offer(at(899.0), 1, 899.0), Ok(()));
    let refused = late.refused();
    assert_eq!((refused.late_count, refused.ahead_count, refused.full_count), (2, 1, 1));
}

#[test]
fn bad_limits_are_refused() {
    let good = Limits { lag_s: 0.0, ahead_s: 1.0, plots_count: 1 };
    assert!(Late::new(fresh(), start(), good, step).is_ok());
    for bad in [
        Limits { lag_s: -1.0, ..good },
        Limits { lag_s: f64::NAN, ..good },
        Limits { lag_s: f64::INFINITY, ..good },
        Limits { ahead_s: 0.0, ..good },
        Limits { ahead_s: f64::NAN, ..good },
        Limits { plots_count: 0, ..good },
    ] {
        assert!(Late::new(fresh(), start(), bad, step).is_err_and(|error| error.to_string().contains("at least 1")));
    }
}
