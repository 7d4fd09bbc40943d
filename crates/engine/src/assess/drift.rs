//! The wind that a falling body shows: drag acts along its way through the air, so how it slows down across the ground and how much
//! of its weight drag carries tell together what moves with the air and what is still its own speed.
//!
//! Drag per mass is −k·(v − W), whatever k is: over some seconds the push up is −Σ k·v_up, which tells k, and the push along the
//! ground −Σ k·(v − W), which tells the wind W then. Up, the track's velocities tell the push; along the ground three of its places do.
//! Nothing is asked of the body, its shape or the density; a body that still flies by its own speed knows W badly, and says so.

use super::lift::Moment;
use downrange_earth::motion::free_fall_acceleration;
use downrange_earth::{Ecef, Time};
use nalgebra::Vector3;
use std::collections::VecDeque;

/// The seconds that it is taken over: longer is better known, and mixes the winds of more heights.
const SPAN_S: f64 = 25.0;
const SPAN_MIN_S: f64 = 10.0;
/// Moments farther apart tell of different things.
const GAP_MAX_S: f64 = 6.0;
/// What sinks slower than this is not carried by drag alone.
const SINK_LEAST_MPS: f64 = 20.0;
/// Drag has to have taken this share of a speed through the air.
const TAKEN_LEAST: f64 = 0.15;
/// A body that tumbles is pushed aside by this share of its drag, and what is left of its own speed does not fall straight.
const ASIDE_SHARE: f64 = 0.1;
/// What three places leave out of the way that a speed dies away, for each time that drag could have taken all of it.
const CURVED_SHARE: f64 = 0.08;
/// Sigma of a − 2·b + c, of three places that are off by one each: √6.
const SECOND_DIFFERENCE: f64 = 2.449;

/// The moments of the last seconds in which it fell without an engine.
#[derive(Debug, Clone, Default)]
pub struct Drift {
    recent: VecDeque<Moment>,
}

/// A wind that was shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown {
    /// When it was last seen.
    pub time: Time,
    /// Where, ECEF.
    pub place_m: Vector3<f64>,
    /// Along the ground, ECEF axes.
    pub wind_mps: Vector3<f64>,
    /// One sigma of each component.
    pub sigma_mps: f64,
}

impl Drift {
    /// Takes note of the next moment.
    pub(super) fn note(&mut self, moment: Moment) {
        let since_s = |then: &Moment| moment.time.seconds_since(then.time);
        if self.recent.back().is_some_and(|last| since_s(last) > GAP_MAX_S) {
            self.recent.clear();
        }
        while self.recent.front().is_some_and(|first| since_s(first) > SPAN_S) {
            self.recent.pop_front();
        }
        self.recent.push_back(moment);
    }

    /// An engine burns, or its motion is hardly known.
    pub fn forget(&mut self) {
        self.recent.clear();
    }

    /// The wind, as far as it shows it.
    pub fn shown(&self) -> Option<Shown> {
        let (first, last) = (self.recent.front()?, self.recent.back()?);
        if last.time.seconds_since(first.time) < SPAN_MIN_S {
            return None;
        }
        let up = (first.place_m + last.place_m).normalize();
        let along_ground = |v: Vector3<f64>| v - up * v.dot(&up);
        // Σ k over the steps, Σ k·place, what pushed up, and what free fall does along the ground (the Earth turns).
        let (mut taken, mut where_m, mut pushed_up_mps, mut fall_mps) = (0.0, Vector3::zeros(), 0.0, Vector3::zeros());
        for (a, b) in self.recent.iter().zip(self.recent.iter().skip(1)) {
            let step_s = b.time.seconds_since(a.time);
            let fall = |m: &Moment| free_fall_acceleration(Ecef(m.place_m), m.velocity_mps);
            let fell_mps = (fall(a) + fall(b)) * (0.5 * step_s);
            let push_up_mps = (b.velocity_mps - a.velocity_mps - fell_mps).dot(&up);
            let sink_mps = -(b.place_m - a.place_m).dot(&up) / step_s;
            if sink_mps < SINK_LEAST_MPS {
                return None;
            }
            let share = push_up_mps / sink_mps;
            taken += share;
            where_m += (a.place_m + b.place_m) * (0.5 * share);
            pushed_up_mps += push_up_mps;
            fall_mps += along_ground(fell_mps);
        }
        if taken < TAKEN_LEAST {
            return None;
        }
        // Along the ground places tell: velocities of a track lag behind where no motion model knows of the wind.
        let span_s = last.time.seconds_since(first.time);
        let middle = self.recent.iter().find(|m| m.time.seconds_since(first.time) >= 0.5 * span_s)?;
        let (before_s, after_s) = (middle.time.seconds_since(first.time), last.time.seconds_since(middle.time));
        if after_s <= 0.0 {
            return None;
        }
        let before_mps = (middle.place_m - first.place_m) / before_s;
        let after_mps = (last.place_m - middle.place_m) / after_s;
        let mean_mps = along_ground((last.place_m - first.place_m) / span_s);
        let pushed_mps = along_ground(after_mps - before_mps) * 2.0 - fall_mps;
        let wind_mps = mean_mps + pushed_mps / taken;
        let place_sigma_m = 0.5 * (first.place_sigma_m + last.place_sigma_m);
        let speed_sigma_mps = 0.5 * (first.sigma_mps + last.sigma_mps);
        let own_mps = (mean_mps - wind_mps).norm();
        let of_push = 2.0 * SECOND_DIFFERENCE * place_sigma_m / (0.5 * span_s) / taken;
        let of_own = own_mps * libm::hypot(speed_sigma_mps / pushed_up_mps, ASIDE_SHARE + CURVED_SHARE * taken);
        let of_mean = core::f64::consts::SQRT_2 * place_sigma_m / span_s;
        Some(Shown {
            time: last.time,
            place_m: where_m / taken,
            wind_mps,
            sigma_mps: libm::hypot(libm::hypot(of_push, of_own), of_mean),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use downrange_earth::geodetic::height_m;
    use downrange_earth::motion::{Integrator, drag_acceleration_at};
    use downrange_earth::{Geodetic, Site};
    use nalgebra::SVector;

    const SIGMA_MPS: f64 = 4.0;
    const PLACE_SIGMA_M: f64 = 20.0;

    fn site() -> Site {
        Site::new(Geodetic::from_degrees(38.0, 132.0, 0.0))
    }

    /// Falls from a height at a velocity (east, north, up) through a wind for so long, and is looked at every second.
    fn fallen(coefficient_kgpm2: f64, from_m: f64, velocity_mps: [f64; 3], wind_mps: [f64; 2], time_s: i64) -> Drift {
        let to_ecef = site().ecef_to_enu().transpose();
        let place_m = Geodetic::from_degrees(38.0, 132.0, from_m).ecef().0;
        let (velocity, wind) =
            (to_ecef * Vector3::from(velocity_mps), to_ecef * Vector3::new(wind_mps[0], wind_mps[1], 0.0));
        let mut state = SVector::<f64, 6>::from([place_m.x, place_m.y, place_m.z, velocity.x, velocity.y, velocity.z]);
        let integrator = Integrator { tolerance: SVector::repeat(1e-3), step_max_s: 0.5 };
        let mut drift = Drift::default();
        for second in 0..time_s {
            let moment = Moment {
                time: Time::from_tai_ns(second * 1_000_000_000),
                place_m: state.fixed_rows::<3>(0).into_owned(),
                velocity_mps: state.fixed_rows::<3>(3).into_owned(),
                sigma_mps: SIGMA_MPS,
                place_sigma_m: PLACE_SIGMA_M,
            };
            drift.note(moment);
            let rate = |_: f64, s: &SVector<f64, 6>| {
                let (p, v) = (Vector3::new(s[0], s[1], s[2]), Vector3::new(s[3], s[4], s[5]));
                let drag = drag_acceleration_at(height_m(Ecef(p)), v - wind, coefficient_kgpm2);
                let a = free_fall_acceleration(Ecef(p), v) + drag;
                SVector::from([v.x, v.y, v.z, a.x, a.y, a.z])
            };
            state = integrator.fly(state, 1.0, rate, |_| 1.0).state;
        }
        drift
    }

    fn east_north(shown: &Shown) -> [f64; 2] {
        let level = site().ecef_to_enu() * shown.wind_mps;
        [level.x, level.y]
    }

    /// The wind that the integration was given comes out again, long before the body has come to rest in it.
    #[test]
    fn prop_the_wind_that_it_fell_through_is_found() {
        let wind_mps = [40.0, -15.0];
        for coefficient in [30.0, 100.0, 300.0, 1_000.0] {
            for time_s in [25, 40, 80] {
                let drift = fallen(coefficient, 24e3, [500.0, 200.0, -250.0], wind_mps, time_s);
                let shown = drift.shown().unwrap_or_else(|| panic!("{coefficient} {time_s}: nothing is shown"));
                let [east, north] = east_north(&shown);
                let off_mps = libm::hypot(east - wind_mps[0], north - wind_mps[1]);
                assert!(off_mps < shown.sigma_mps, "{coefficient} {time_s}: {east} {north} ± {}", shown.sigma_mps);
            }
        }
        let settled = fallen(100.0, 24e3, [500.0, 200.0, -250.0], wind_mps, 80).shown().expect("it drifts");
        let [east, north] = east_north(&settled);
        assert!(libm::hypot(east - wind_mps[0], north - wind_mps[1]) < 0.5, "{east} {north}");
        assert!(settled.sigma_mps < 5.0, "{}", settled.sigma_mps);
    }

    #[test]
    fn what_flies_by_its_own_speed_hardly_knows_the_wind_and_what_rises_does_not() {
        let dive = fallen(6_000.0, 18e3, [1_800.0, 0.0, -1_200.0], [40.0, 0.0], 12);
        assert!(dive.shown().is_none_or(|shown| shown.sigma_mps > 80.0), "{:?}", dive.shown());
        assert_eq!(fallen(300.0, 20e3, [300.0, 0.0, 200.0], [40.0, 0.0], 15).shown(), None);
    }
}
