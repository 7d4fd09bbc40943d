//! Whether the air carries it: the force that is left of its motion when gravity and drag are taken away, over some seconds.
//!
//! The difference of two velocities of the picture, less free fall in between, is what pushed: along the path drag (or an
//! engine), across the path lift. This asks nothing of the motion models, so a body that none of them describes well is told
//! by it all the same.

use super::drag::{Braked, Drag};
use super::drift::{self, Drift};
use downrange_earth::atmosphere::density_kgpm3;
use downrange_earth::geodetic::height_m;
use downrange_earth::motion::free_fall_acceleration;
use downrange_earth::{Ecef, Time};
use nalgebra::Vector3;
use std::collections::VecDeque;

/// States are kept this far apart, and this long.
const STEP_S: f64 = 1.0;
const SPAN_S: f64 = 10.0;
/// Shorter than this nothing is asked.
const SPAN_MIN_S: f64 = 6.0;
/// Lift is looked for where the stream is strong enough to lift: at this pressure a body of 6,000 kg/m² with twice as much lift
/// as drag is lifted by 2 m/s².
const PRESSURE_MIN_PA: f64 = 6e3;
/// A push across the path counts from this many sigmas and this size on.
const SIGMAS: f64 = 2.5;
const PUSH_MIN_MPS2: f64 = 2.0;
/// How well it lifts is taken over as much as this, by moments this far apart: a pull-up alone shows the drag of a pull-up, and
/// a path that swings up and down shows lift where it is bent only.
const LONG_SPAN_S: f64 = 90.0;
const LONG_STEP_S: f64 = 5.0;
/// From this long on, that is better than the smoothed moments.
const LONG_MIN_S: f64 = 15.0;

/// A wind that is known this well is taken out of the way through the air.
const WIND_KNOWN_MPS: f64 = 15.0;

/// Where it was, how fast, and how well that is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub time: Time,
    pub place_m: Vector3<f64>,
    pub velocity_mps: Vector3<f64>,
    /// One sigma of the velocity, and of the place.
    pub sigma_mps: f64,
    pub place_sigma_m: f64,
}

/// What was seen of lift so far.
#[derive(Debug, Clone, Default)]
pub struct Lift {
    recent: VecDeque<Moment>,
    /// Since lift was first seen, with the pressures.
    carried: VecDeque<(Moment, f64)>,
    /// For how long it was lifted, engines off.
    pub lifted_s: f64,
    /// For how long it fell through air that could have lifted it, and was not lifted.
    pub fallen_s: f64,
    /// What was seen of its drag.
    drag: Drag,
    /// And of the wind that it falls through.
    drift: Drift,
    /// Lift over drag, and the logarithm of mass over drag area (kg/m²), while lifted.
    polar: Option<[f64; 2]>,
}

/// How well a body lifts, as seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Polar {
    /// Ratio of lift to drag.
    pub lift_to_drag_ratio: f64,
    /// Logarithm of mass over drag area, kg/m², drag due to lift among it.
    pub log_coefficient: f64,
    /// How much this is worth against what is known of such bodies, 0 to 1.
    pub weight: f64,
}

/// Weight of the newest second in the polar.
const POLAR_WEIGHT: f64 = 0.05;
/// So many seconds of lift are worth as much as what is known of such bodies.
const POLAR_HALF_S: f64 = 15.0;

/// What pushed between two moments, less free fall.
#[derive(Debug, Clone, Copy)]
struct Push {
    across_mps2: f64,
    /// Against the path.
    drag_mps2: f64,
    sigma_mps2: f64,
}

impl Lift {
    /// Takes note of a state, how well place and velocity are known, and whether it is `unpowered`: no engine burns.
    pub fn note(
        &mut self,
        time: Time,
        place_m: Vector3<f64>,
        velocity_mps: Vector3<f64>,
        [place_sigma_m, sigma_mps]: [f64; 2],
        unpowered: bool,
    ) {
        if !unpowered {
            self.recent.clear();
            self.carried.clear();
            self.drag.forget();
            self.drift.forget();
            return;
        }
        let Some(newest) = self.recent.back() else {
            self.recent.push_back(Moment { time, place_m, velocity_mps, sigma_mps, place_sigma_m });
            return;
        };
        let since_s = time.seconds_since(newest.time);
        if since_s < STEP_S {
            return;
        }
        // After a gap the velocities tell of different things.
        if since_s > SPAN_S {
            self.recent.clear();
            self.carried.clear();
        }
        let now = Moment { time, place_m, velocity_mps, sigma_mps, place_sigma_m };
        while self.recent.len() > 1 && self.recent.front().is_some_and(|m| time.seconds_since(m.time) > SPAN_S) {
            self.recent.pop_front();
        }
        if let Some(first) = self.recent.front()
            && let Some(push) = push(first, &now)
        {
            self.count(&now, &push, since_s.min(2.0 * STEP_S));
        }
        self.recent.push_back(now);
        self.drift.note(now);
        let span_s = self.recent.front().map_or(0.0, |first| time.seconds_since(first.time));
        if span_s >= SPAN_MIN_S {
            let known = self.drift.shown().filter(|shown| shown.sigma_mps < WIND_KNOWN_MPS);
            self.drag.note(&self.recent, since_s, known.map_or_else(Vector3::zeros, |shown| shown.wind_mps));
        }
    }

    /// Its mass over drag area, once its drag was seen.
    pub fn braked(&self, time: Time) -> Option<Braked> {
        self.drag.braked(time)
    }

    /// The wind that it fell through lately, as far as it shows it.
    pub fn wind(&self) -> Option<drift::Shown> {
        self.drift.shown()
    }

    /// Whether the air was felt long enough, engines off, to tell its drag.
    pub fn has_felt_air(&self) -> bool {
        self.lifted_s + self.fallen_s >= 3.0
    }

    /// How well it lifts, once it has.
    pub fn polar(&self) -> Option<Polar> {
        self.polar.map(|[lift_to_drag_ratio, log_coefficient]| Polar {
            lift_to_drag_ratio,
            log_coefficient,
            weight: self.lifted_s / (self.lifted_s + POLAR_HALF_S),
        })
    }

    fn count(&mut self, now: &Moment, push: &Push, since_s: f64) {
        let height = height_m(Ecef(now.place_m));
        let speed_mps = now.velocity_mps.norm();
        let pressure_pa = 0.5 * density_kgpm3(height) * speed_mps * speed_mps;
        if pressure_pa < PRESSURE_MIN_PA {
            return;
        }
        let lifts = push.across_mps2 > (SIGMAS * push.sigma_mps2).max(PUSH_MIN_MPS2);
        self.carry(now, pressure_pa, lifts);
        if lifts {
            self.lifted_s += since_s;
            if self.long_s() < LONG_MIN_S && push.drag_mps2 > SIGMAS * push.sigma_mps2 {
                let seen = [push.across_mps2 / push.drag_mps2, libm::log(pressure_pa / push.drag_mps2)];
                let old = self.polar.unwrap_or(seen);
                let weight = (POLAR_WEIGHT * since_s).max(1.0 / (1.0 + self.lifted_s));
                self.polar = Some([0, 1].map(|i| old[i] + weight * (seen[i] - old[i])));
            }
        } else if push.sigma_mps2 < PUSH_MIN_MPS2 {
            self.fallen_s += since_s;
        }
    }
}

impl Lift {
    /// For how long it has been carried, as far as that is remembered.
    fn long_s(&self) -> f64 {
        self.carried
            .front()
            .zip(self.carried.back())
            .map_or(0.0, |(first, last)| last.0.time.seconds_since(first.0.time))
    }

    /// How well it lifts, over the long span: from when lift was first seen, whether it is seen at every moment or not.
    fn carry(&mut self, now: &Moment, pressure_pa: f64, lifts: bool) {
        let due = match self.carried.back() {
            Some((last, _)) => now.time.seconds_since(last.time) >= LONG_STEP_S,
            None => lifts,
        };
        if !due {
            return;
        }
        self.carried.push_back((*now, pressure_pa));
        while self.long_s() > LONG_SPAN_S {
            self.carried.pop_front();
        }
        let long_s = self.long_s();
        if let Some((first, _)) = self.carried.front()
            && long_s >= LONG_MIN_S
            && let Some(push) = push(first, now)
            && push.drag_mps2 > SIGMAS * push.sigma_mps2
        {
            let mean_pa =
                self.carried.iter().map(|(_, pressure_pa)| pressure_pa).sum::<f64>() / self.carried.len() as f64;
            self.polar = Some([push.across_mps2 / push.drag_mps2, libm::log(mean_pa / push.drag_mps2)]);
        }
    }
}

/// The mean push between two moments; `None` when they are too near in time.
fn push(first: &Moment, last: &Moment) -> Option<Push> {
    let span_s = last.time.seconds_since(first.time);
    if span_s < SPAN_MIN_S {
        return None;
    }
    let place_m = (first.place_m + last.place_m) * 0.5;
    let velocity_mps = (first.velocity_mps + last.velocity_mps) * 0.5;
    let push_mps2 =
        (last.velocity_mps - first.velocity_mps) / span_s - free_fall_acceleration(Ecef(place_m), velocity_mps);
    // Along the way that was made: a path that swings may point up at both ends.
    let way_m = last.place_m - first.place_m;
    let along = way_m / way_m.norm().max(1.0);
    let drag_mps2 = -push_mps2.dot(&along);
    Some(Push {
        across_mps2: (push_mps2 + along * drag_mps2).norm(),
        drag_mps2,
        sigma_mps2: libm::hypot(first.sigma_mps, last.sigma_mps) / span_s,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use downrange_earth::motion::Integrator;
    use nalgebra::SVector;

    fn flown(lift_mps2: f64) -> Lift {
        let mut lift = Lift::default();
        let mut state = SVector::<f64, 6>::from([6_378e3 + 35e3, 0.0, 0.0, 0.0, 2_000.0, 0.0]);
        let integrator = Integrator { tolerance: SVector::repeat(1e-3), step_max_s: 0.5 };
        for second in 0..40 {
            let (place, velocity) = (state.fixed_rows::<3>(0).into_owned(), state.fixed_rows::<3>(3).into_owned());
            lift.note(Time::from_tai_ns(second * 1_000_000_000), place, velocity, [50.0, 5.0], true);
            let rate = |_: f64, s: &SVector<f64, 6>| {
                let (p, v) = (Vector3::new(s[0], s[1], s[2]), Vector3::new(s[3], s[4], s[5]));
                let a = free_fall_acceleration(Ecef(p), v) - v * (5.0 / v.norm()) + p * (lift_mps2 / p.norm());
                SVector::from([v.x, v.y, v.z, a.x, a.y, a.z])
            };
            state = integrator.fly(state, 1.0, rate, |_| 1.0).state;
        }
        lift
    }

    #[test]
    fn drag_is_no_lift_and_a_level_flight_is_lifted() {
        let falling = flown(0.0);
        assert!(falling.lifted_s == 0.0 && falling.fallen_s > 30.0, "{falling:?}");
        let gliding = flown(9.0);
        assert!(gliding.lifted_s > 30.0, "{gliding:?}");
        let polar = gliding.polar().unwrap();
        assert!((polar.lift_to_drag_ratio - 9.0 / 5.0).abs() < 0.1 && polar.weight > 0.6, "{polar:?}");
    }
}
