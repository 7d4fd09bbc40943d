//! Launches that come down again: ballistic, quasi-ballistic and boost-glide.

use super::body::{End, Leg, Lift, LiftLaw, Pitch, Start, Thrust, fly};
use super::path::{Path, reach_m};
use super::solve::shoot;
use super::{Flight, Kind, Object, Sky, Unflyable, direction};
use crate::physics::air::Air;
use crate::physics::drag::{Drag, Shape};
use crate::physics::frame::{EARTH_RATE_RADPS, MEAN_RADIUS_M, great_circle, local_axes, turned, wrapped_rad};
use crate::physics::gravity::MU_M3PS2;
use crate::random::Random;
use downrange_earth::Geodetic;
use nalgebra::Vector3;

/// Speed of the exhaust of all rockets here.
pub(super) const EXHAUST_MPS: f64 = 2_700.0;
/// No flight of this kind lasts longer.
const LONGEST_S: f64 = 9_000.0;
/// Spacing of the truth's knots and of the knots while shooting.
pub(super) const KNOT_S: f64 = 1.0;
const COARSE_S: f64 = 6.0;

/// A launch with a published range and apogee: everything else is chosen so that they come out.
#[derive(Debug, Clone, PartialEq)]
pub struct Missile {
    /// Where it is launched.
    pub launch: Geodetic,
    /// Bearing of the fall (with `turns`: of the launch).
    pub azimuth_rad: f64,
    /// Distance over ground from launch to fall.
    pub range_m: f64,
    /// Greatest height.
    pub apogee_m: f64,
    /// How long the engines burn, all stages together.
    pub burn_s: f64,
    /// Number of stages; every stage but the last is dropped and falls by itself.
    pub stages: u32,
    /// Mass over drag area of what comes down.
    pub ballistic_coefficient_kgpm2: f64,
    /// What it does with its lift.
    pub lift: Manoeuvre,
}

/// What a missile does after its burn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Manoeuvre {
    /// Nothing: free fall.
    None,
    /// Glides down a straight slope, pulls up, dives.
    Slope {
        /// Height at which the slope begins.
        from_m: f64,
        /// Flight-path angle of the slope, negative is down.
        path_rad: f64,
        /// Height at which it pulls up to level flight for `pull_up_s`.
        pull_up_m: f64,
        /// How long it flies level; 0: no pull-up.
        pull_up_s: f64,
    },
    /// Glides at its best lift to drag.
    Glide {
        /// Height at which the glide begins.
        from_m: f64,
        /// Ratio of lift to drag.
        lift_to_drag_ratio: f64,
        /// How much of the skipping is taken out: 0 skips, 1 is smooth.
        damping_ratio: f64,
        /// Roll during the middle of the glide: it turns (right positive).
        bank_rad: f64,
        /// How long it rolls.
        bank_s: f64,
        /// Height at which it stops gliding and falls.
        until_m: f64,
    },
}

/// Settings that the shooting finds: ideal speed of the burn (km/s) and last pitch (rad).
type Settings = [f64; 2];

/// One trial flight.
struct Trial {
    path: Path,
    burnout: Start,
    dropped: Vec<Start>,
    landed: bool,
}

impl Missile {
    /// Flies it; the first object is the missile, then its dropped stages.
    ///
    /// # Errors
    /// When range and apogee cannot both be had.
    pub fn fly(&self, flight: &Flight, sky: &Sky, random: &mut Random) -> Result<Vec<Object>, Unflyable> {
        let turn = core::f64::consts::TAU;
        let wobble = [random.between(0.0, turn), random.between(0.0, turn), random.between(0.0, turn)];
        let launcher = Launcher { missile: self, air: sky.air, start_s: flight.start_s, wobble };
        let (settings, azimuth_rad) = launcher.solve().ok_or_else(|| Unflyable {
            reason: format!(
                "no burn of {:.0} s gives a range of {:.0} km with an apogee of {:.0} km",
                self.burn_s,
                self.range_m / 1e3,
                self.apogee_m / 1e3
            ),
        })?;
        let trial = launcher.trial(settings, azimuth_rad, KNOT_S);
        let mut objects = vec![Object {
            name: flight.name.clone(),
            kind: match self.lift {
                Manoeuvre::None => Kind::Ballistic,
                Manoeuvre::Slope { .. } => Kind::QuasiBallistic,
                Manoeuvre::Glide { .. } => Kind::Glide,
            },
            burnout_s: Some(trial.burnout.time_s),
            reach_m: reach_m(trial.burnout.place(), trial.burnout.velocity_mps().norm()),
            falls: true,
            path: trial.path,
        }];
        for (number, start) in trial.dropped.iter().enumerate() {
            objects.push(spent_stage(&format!("{}-stage-{}", flight.name, number + 1), *start, sky, random));
        }
        Ok(objects)
    }
}

/// A stage after its burn: pushed back a little, tumbling, falling.
pub(super) fn spent_stage(name: &str, start: Start, sky: &Sky, random: &mut Random) -> Object {
    let (place, velocity) = start.to_fixed();
    let back = velocity / velocity.norm().max(1.0) * random.between(-8.0, -3.0);
    let kick = Vector3::new(random.normal(), random.normal(), random.normal());
    let start = Start::fixed(start.time_s, place, velocity + back + kick);
    // Empty stages lie between 500 and 1,500 kg/m² (intact cases and engines, Columbia Accident Investigation Board).
    let drag = Drag::tumbling(random.log_between(500.0, 1_500.0), random);
    let mut path = Path::default();
    fly(sky.air, &Leg::fall(drag, start.time_s + LONGEST_S), start, KNOT_S, &mut path);
    Object { name: name.to_string(), kind: Kind::Debris, path, burnout_s: None, reach_m: None, falls: true }
}

struct Launcher<'a> {
    missile: &'a Missile,
    air: &'a Air,
    start_s: f64,
    wobble: [f64; 3],
}

impl Launcher<'_> {
    fn solve(&self) -> Option<(Settings, f64)> {
        let m = self.missile;
        let turns = matches!(m.lift, Manoeuvre::Glide { bank_rad, .. } if bank_rad != 0.0);
        let mut azimuth_rad = m.azimuth_rad;
        let mut settings = self.shoot_from(self.guesses(), azimuth_rad)?;
        for _ in 0..4 {
            if turns {
                break;
            }
            let trial = self.trial(settings, azimuth_rad, COARSE_S);
            let fall = trial.path.knots.last()?.geodetic();
            let off_rad = wrapped_rad(great_circle(m.launch, fall).1 - m.azimuth_rad);
            if off_rad.abs() < 2e-6 {
                break;
            }
            azimuth_rad -= off_rad;
            settings = self.shoot_from(vec![settings], azimuth_rad)?;
        }
        Some((settings, azimuth_rad))
    }

    /// Where the search begins: free fall over a sphere without air, with what the climb costs; then lower and higher.
    fn guesses(&self) -> Vec<Settings> {
        let m = self.missile;
        let (top_m, half) = (MEAN_RADIUS_M + m.apogee_m, (m.range_m / MEAN_RADIUS_M / 2.0).min(3.0));
        let e = m.apogee_m / (top_m - MEAN_RADIUS_M * libm::cos(half));
        let p = top_m * (1.0 - e);
        let speed_mps = libm::sqrt(MU_M3PS2 * (2.0 / MEAN_RADIUS_M - (1.0 - e * e) / p));
        let angle_rad = libm::atan2(e * libm::sin(half), 1.0 - e * libm::cos(half));
        let speed_kmps = (speed_mps + 5.5 * m.burn_s) / 1e3 + 0.15;
        let mut guesses = Vec::new();
        for factor in [1.0, 0.9, 1.1, 1.25] {
            for shift_rad in [0.0, -0.12, 0.12] {
                guesses.push([speed_kmps * factor, angle_rad + shift_rad]);
            }
        }
        guesses
    }

    fn shoot_from(&self, guesses: Vec<Settings>, azimuth_rad: f64) -> Option<Settings> {
        let m = self.missile;
        guesses.into_iter().find_map(|guess| {
            shoot(guess, [0.01, 0.005], |settings| {
                // Outside of these no engine is left to speak of, or the pitch has lost its sense.
                if !(0.3..16.0).contains(&settings[0]) || !(-0.3..1.6).contains(&settings[1]) {
                    return None;
                }
                let trial = self.trial(*settings, azimuth_rad, COARSE_S);
                trial.landed.then(|| {
                    [(trial.path.range_m() / m.range_m - 1.0) / 1e-4, (trial.path.apogee_m() / m.apogee_m - 1.0) / 1e-4]
                })
            })
        })
    }

    fn trial(&self, [speed_kmps, last_rad]: Settings, azimuth_rad: f64, step_s: f64) -> Trial {
        let m = self.missile;
        let ground = Geodetic { height_m: 0.0, ..m.launch };
        let mut state = Start::fixed(self.start_s, ground.ecef().0, Vector3::zeros());
        let [_, _, up] = local_axes(ground);
        let plane = turned(up.cross(&direction(ground, azimuth_rad)), EARTH_RATE_RADPS * self.start_s);
        let stage_s = m.burn_s / f64::from(m.stages);
        let speed_mps = speed_kmps * 1e3 / f64::from(m.stages);
        let start_mps2 = EXHAUST_MPS / stage_s * (1.0 - libm::exp(-speed_mps / EXHAUST_MPS));
        let (mut path, mut dropped, mut end) = (Path::default(), Vec::new(), End::Time);
        for stage in 0..m.stages {
            let thrust = Thrust {
                ignition_s: state.time_s,
                start_mps2,
                exhaust_mps: EXHAUST_MPS,
                pitch: Pitch::Over {
                    vertical_until_s: self.start_s + 0.08 * m.burn_s.min(60.0),
                    until_s: self.start_s + m.burn_s,
                    last_rad,
                },
                plane,
                wobble_rad: self.wobble,
            };
            // With its fuel a vehicle weighs about three times what comes down, on the same cross section.
            let drag = Drag::steady(3.0 * m.ballistic_coefficient_kgpm2, Shape::Slender);
            let end_s = self.start_s + stage_s * f64::from(stage + 1);
            let leg = Leg { thrust: Some(thrust), drag, lift: None, end_s, floor_m: 0.0 };
            (state, end) = fly(self.air, &leg, state, step_s.min(2.0), &mut path);
            if end != End::Time {
                break;
            }
            if stage + 1 < m.stages {
                dropped.push(state);
            }
            state = state.lightened();
        }
        let burnout = state;
        let landed = end == End::Time && self.after_burn(state, step_s, &mut path);
        Trial { path, burnout, dropped, landed }
    }

    /// From burnout to the ground; whether it got there.
    fn after_burn(&self, mut state: Start, step_s: f64, path: &mut Path) -> bool {
        let m = self.missile;
        let drag = Drag::steady(m.ballistic_coefficient_kgpm2, Shape::Slender);
        let end_s = self.start_s + LONGEST_S;
        for (lift, seconds, floor_m) in legs(m.lift) {
            let leg = Leg { thrust: None, drag, lift, end_s: end_s.min(state.time_s + seconds), floor_m };
            let (there, end) = fly(self.air, &leg, state, step_s, path);
            if end == End::Ground {
                return true;
            }
            state = there;
        }
        false
    }
}

/// Lift, longest duration and floor of the legs after the burn.
fn legs(manoeuvre: Manoeuvre) -> Vec<(Option<Lift>, f64, f64)> {
    let fall = (None, LONGEST_S, 0.0);
    match manoeuvre {
        Manoeuvre::None => vec![fall],
        Manoeuvre::Slope { from_m, path_rad, pull_up_m, pull_up_s } => {
            let hold = |path_rad: f64| {
                Some(Lift { best_ratio: 3.0, limit_mps2: 120.0, bank_rad: 0.0, law: LiftLaw::Hold { path_rad } })
            };
            let mut legs = vec![(None, LONGEST_S, from_m), (hold(path_rad), LONGEST_S, pull_up_m)];
            if pull_up_s > 0.0 {
                legs.push((hold(0.0), pull_up_s, 0.0));
            }
            legs.push(fall);
            legs
        }
        Manoeuvre::Glide { from_m, lift_to_drag_ratio, damping_ratio, bank_rad, bank_s, until_m } => {
            let glide = |bank_rad: f64| {
                let law = LiftLaw::Glide { damping_ratio };
                Some(Lift { best_ratio: lift_to_drag_ratio, limit_mps2: 80.0, bank_rad, law })
            };
            let mut legs = vec![(None, LONGEST_S, from_m)];
            if bank_rad != 0.0 {
                legs.push((glide(0.0), 60.0, until_m));
                legs.push((glide(bank_rad), bank_s, until_m));
            }
            legs.push((glide(0.0), LONGEST_S, until_m));
            legs.push(fall);
            legs
        }
    }
}
