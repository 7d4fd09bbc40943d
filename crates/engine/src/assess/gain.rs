//! Whether an engine burns, told by the energy of the flight: in space nothing else adds to it. The last stages of carriers push
//! so little that a filter's model of thrust explains their path hardly better than free fall does; over some seconds their
//! energy tells all the same.

use super::energy::inertial_velocity_mps;
use downrange_earth::Time;
use downrange_earth::gravity::MU_M3PS2;
use nalgebra::Vector3;
use std::collections::VecDeque;

/// Above this the air takes nothing that counts, and winds and lift add nothing.
const SPACE_M: f64 = 100e3;
/// The energy now is compared with that of so long ago.
const SPAN_S: [f64; 2] = [12.0, 24.0];
const STEP_S: f64 = 1.0;
/// A gain counts from this many of its sigmas on, and from what this push along the path would give.
const SIGMAS: f64 = 3.0;
const PUSH_MIN_MPS2: f64 = 2.0;

#[derive(Debug, Clone, Copy)]
struct Moment {
    time: Time,
    /// Kinetic and potential, per mass, in axes that do not rotate.
    energy_m2ps2: f64,
    sigma_m2ps2: f64,
}

/// What was seen of the energy lately.
#[derive(Debug, Clone, Default)]
pub struct Gain {
    recent: VecDeque<Moment>,
    burns: bool,
}

impl Gain {
    /// Takes note of a state and how well its speed is known.
    pub fn note(
        &mut self,
        time: Time,
        height_m: f64,
        place_m: Vector3<f64>,
        velocity_mps: Vector3<f64>,
        sigma_mps: f64,
    ) {
        if height_m < SPACE_M {
            *self = Gain::default();
            return;
        }
        if self.recent.back().is_some_and(|last| time.seconds_since(last.time) < STEP_S) {
            return;
        }
        let speed_mps = inertial_velocity_mps(place_m, velocity_mps).norm();
        let now = Moment {
            time,
            energy_m2ps2: 0.5 * speed_mps * speed_mps - MU_M3PS2 / place_m.norm(),
            sigma_m2ps2: speed_mps * sigma_mps,
        };
        let since_s = |then: &Moment| now.time.seconds_since(then.time);
        while self.recent.front().is_some_and(|first| since_s(first) > SPAN_S[1]) {
            self.recent.pop_front();
        }
        let before = self.recent.iter().rev().find(|then| since_s(then) >= SPAN_S[0]);
        self.burns = before.is_some_and(|then| {
            let gained = now.energy_m2ps2 - then.energy_m2ps2;
            let sigma = libm::hypot(now.sigma_m2ps2, then.sigma_m2ps2);
            gained > SIGMAS * sigma && gained > PUSH_MIN_MPS2 * speed_mps * since_s(then)
        });
        self.recent.push_back(now);
    }

    /// Whether an engine burned over the last seconds.
    pub fn burns(&self) -> bool {
        self.burns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half a minute on a straight line in space, pushed along it; gravity taken out of the energy by flying level.
    fn flown(push_mps2: f64, sigma_mps: f64) -> bool {
        let mut gain = Gain::default();
        for second in 0..30 {
            let speed_mps = 5_000.0 + push_mps2 * f64::from(second);
            let place_m = Vector3::new(6_878e3, 0.0, 0.0);
            let time = Time::from_tai_ns(i64::from(second) * 1_000_000_000);
            gain.note(time, 500e3, place_m, Vector3::new(0.0, speed_mps, 0.0), sigma_mps);
        }
        gain.burns()
    }

    #[test]
    fn a_weak_engine_is_told_when_the_speed_is_known_and_a_coast_is_none() {
        assert!(flown(6.0, 10.0));
        assert!(!flown(6.0, 60.0), "the speed is not known well enough");
        assert!(!flown(0.5, 1.0) && !flown(0.0, 1.0) && !flown(-3.0, 1.0));
    }
}
