//! Bodies in orbit, and launches that get there.

use super::body::{Leg, Pitch, Start, Thrust, fly};
use super::missile::{EXHAUST_MPS, KNOT_S, spent_stage};
use super::path::{Path, reach_m};
use super::solve::shoot;
use super::{Flight, Kind, Object, Sky, Unflyable, direction};
use crate::physics::air::Air;
use crate::physics::drag::{Drag, Shape};
use crate::physics::frame::{EARTH_RATE_RADPS, earth_velocity_mps, local_axes, to_fixed, turned};
use crate::physics::gravity::MU_M3PS2;
use crate::physics::integrate::Integrator;
use crate::random::Random;
use downrange_earth::Geodetic;
use nalgebra::Vector3;

/// A body in a near-circular orbit, by one pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Satellite {
    /// The place that it passes over; the height is that of the pass.
    pub over: Geodetic,
    /// When it passes there, seconds after the epoch.
    pub pass_s: f64,
    /// Its inertial bearing there.
    pub azimuth_rad: f64,
}

impl Satellite {
    /// A satellite drawn from the stream: it passes over a place in the box in the middle half of the scenario, at a
    /// height between these, on any bearing.
    pub fn drawn(
        heights_m: [f64; 2],
        [south, north, west, east]: [f64; 4],
        duration_s: f64,
        random: &mut Random,
    ) -> Satellite {
        let height_m = random.between(heights_m[0], heights_m[1]);
        Satellite {
            over: Geodetic::from_degrees(random.between(south, north), random.between(west, east), height_m),
            pass_s: random.between(0.25, 0.75) * duration_s,
            azimuth_rad: random.between(0.0, core::f64::consts::TAU),
        }
    }

    /// Flies it: backward from the pass to the start, then forward to the end of the scenario.
    pub fn fly(&self, flight: &Flight, sky: &Sky) -> Object {
        let (place, _) = crate::physics::frame::to_inertial(self.pass_s, self.over.ecef().0, Vector3::zeros());
        let ahead = turned(direction(self.over, self.azimuth_rad), EARTH_RATE_RADPS * self.pass_s);
        let velocity = ahead * libm::sqrt(MU_M3PS2 / place.norm());
        let (_, fixed) = to_fixed(self.pass_s, place, velocity);
        let pass = Start::fixed(self.pass_s, self.over.ecef().0, fixed);
        // Backward is forward with time and velocity reversed; a satellite feels no air worth the name in an hour.
        let mut back = pass.state;
        for axis in 3..6 {
            back[axis] = -back[axis];
        }
        let still = |_: f64, y: &crate::physics::integrate::State| {
            let a = crate::physics::gravity::gravity_mps2(y.fixed_rows::<3>(0).into());
            crate::physics::integrate::State::from_column_slice(&[y[3], y[4], y[5], a.x, a.y, a.z, 0.0])
        };
        let before_s = self.pass_s - flight.start_s;
        let mut state = Integrator::default().fly((0.0, back, before_s), 10.0, still, |_, _| 1.0, |_, _| ()).state;
        if before_s > 0.0 {
            for axis in 3..6 {
                state[axis] = -state[axis];
            }
        } else {
            state = pass.state;
        }
        let mut path = Path::default();
        let begin = Start { time_s: self.pass_s - before_s.max(0.0), state };
        let leg = Leg::fall(Drag::steady(100.0, Shape::Blunt), sky.duration_s);
        fly(sky.air, &leg, begin, 2.0 * KNOT_S, &mut path);
        let name = flight.name.clone();
        Object { name, kind: Kind::Satellite, path, burnout_s: None, reach_m: None, falls: false }
    }
}

/// A launch into a circular orbit; every stage but the last falls.
#[derive(Debug, Clone, PartialEq)]
pub struct SpaceLaunch {
    /// Where it is launched.
    pub launch: Geodetic,
    /// Bearing of the launch.
    pub azimuth_rad: f64,
    /// Height of the orbit.
    pub orbit_m: f64,
    /// How long each stage burns: one entry for each stage, at least two.
    pub burns_s: Vec<f64>,
}

/// Settings that the shooting finds: ideal speed (km/s), tangents of the pitch of the upper stages at their beginning and
/// end.
type Settings = [f64; 3];

impl SpaceLaunch {
    /// Flies it: the vehicle that reaches orbit, then the spent stages.
    ///
    /// # Errors
    /// When no steering reaches the orbit.
    pub fn fly(&self, flight: &Flight, sky: &Sky, random: &mut Random) -> Result<Vec<Object>, Unflyable> {
        let turn = core::f64::consts::TAU;
        let wobble = [random.between(0.0, turn), random.between(0.0, turn), random.between(0.0, turn)];
        let start_s = flight.start_s;
        let settings = self.solve(start_s, sky.air, wobble).ok_or_else(|| Unflyable {
            reason: format!(
                "no steering of burns {:?} s reaches an orbit {:.0} km up",
                self.burns_s,
                self.orbit_m / 1e3
            ),
        })?;
        let mut path = Path::default();
        let (end, dropped) = self.ascend(settings, start_s, sky.air, wobble, KNOT_S, &mut path);
        let leg = Leg::fall(Drag::steady(150.0, Shape::Blunt), sky.duration_s.max(end.time_s));
        fly(sky.air, &leg, end.lightened(), 2.0 * KNOT_S, &mut path);
        let mut objects = vec![Object {
            name: flight.name.clone(),
            kind: Kind::SpaceLaunch,
            path,
            burnout_s: Some(end.time_s),
            reach_m: reach_m(end.place(), end.velocity_mps().norm()),
            falls: false,
        }];
        for (number, start) in dropped.into_iter().enumerate() {
            objects.push(spent_stage(&format!("{}-stage-{}", flight.name, number + 1), start, sky, random));
        }
        Ok(objects)
    }

    fn solve(&self, start_s: f64, air: &Air, wobble: [f64; 3]) -> Option<Settings> {
        let burn_s: f64 = self.burns_s.iter().sum();
        let mut guesses = Vec::new();
        for speed_kmps in [8.9, 9.4, 8.4] {
            for first in [0.7, 0.45, 1.0] {
                for last in [-0.1, -0.4] {
                    guesses.push([speed_kmps + 0.0012 * (burn_s - 300.0), first, last]);
                }
            }
        }
        guesses.into_iter().find_map(|guess| {
            shoot(guess, [0.01, 0.01, 0.01], |settings| {
                if !(5.0..20.0).contains(&settings[0]) || settings[1].abs() > 4.0 || settings[2].abs() > 4.0 {
                    return None;
                }
                let mut path = Path::default();
                let (end, _) = self.ascend(*settings, start_s, air, wobble, 20.0, &mut path);
                let (place, velocity) = (end.place(), end.velocity_mps());
                let (radius_m, up) = (place.norm(), place / place.norm());
                let height_m = crate::physics::frame::geodetic(end.time_s, place).height_m;
                let circular_mps = libm::sqrt(MU_M3PS2 / radius_m);
                Some([
                    (height_m - self.orbit_m) / 200.0,
                    velocity.dot(&up) / 1.0,
                    (velocity.norm() - circular_mps) / 1.0,
                ])
            })
        })
    }

    fn ascend(
        &self,
        [speed_kmps, first_tangent_ratio, last_tangent_ratio]: Settings,
        start_s: f64,
        air: &Air,
        wobble_rad: [f64; 3],
        step_s: f64,
        path: &mut Path,
    ) -> (Start, Vec<Start>) {
        let ground = Geodetic { height_m: 0.0, ..self.launch };
        let mut state = Start::fixed(start_s, ground.ecef().0, Vector3::zeros());
        let ahead = direction(ground, self.azimuth_rad);
        let plane = turned(local_axes(ground)[2].cross(&ahead), EARTH_RATE_RADPS * start_s);
        // What the turning Earth gives need not be burnt.
        let gift_mps = earth_velocity_mps(ground.ecef().0).dot(&ahead);
        let total_s: f64 = self.burns_s.iter().sum();
        let first_s = self.burns_s.first().copied().unwrap_or(0.0);
        let mut dropped = Vec::new();
        for (stage, &burn_s) in self.burns_s.iter().enumerate() {
            // Speed is shared out by the root of the burn time: lower stages are short and strong.
            let share = libm::sqrt(burn_s) / self.burns_s.iter().map(|b| libm::sqrt(*b)).sum::<f64>();
            let speed_mps = (speed_kmps * 1e3 - gift_mps) * share;
            let pitch = if stage == 0 {
                let last_rad = libm::atan(first_tangent_ratio);
                Pitch::Over { vertical_until_s: start_s + 8.0, until_s: start_s + burn_s, last_rad }
            } else {
                let (from_s, until_s) = (start_s + first_s, start_s + total_s);
                Pitch::LinearTangent { from_s, until_s, first_tangent_ratio, last_tangent_ratio }
            };
            let thrust = Thrust {
                ignition_s: state.time_s,
                start_mps2: EXHAUST_MPS / burn_s * (1.0 - libm::exp(-speed_mps / EXHAUST_MPS)),
                exhaust_mps: EXHAUST_MPS,
                pitch,
                plane,
                wobble_rad,
            };
            let drag = Drag::steady(12_000.0, Shape::Slender);
            let leg = Leg { thrust: Some(thrust), drag, lift: None, end_s: state.time_s + burn_s, floor_m: 0.0 };
            let last = stage + 1 == self.burns_s.len();
            state = fly(air, &leg, state, step_s, path).0;
            if !last {
                dropped.push(state);
                state = state.lightened();
            }
        }
        (state, dropped)
    }
}
