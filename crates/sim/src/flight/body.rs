//! A body under gravity, air, lift and thrust, flown leg by leg.

use super::path::{Knot, Path};
use crate::physics::air::Air;
use crate::physics::drag::Drag;
use crate::physics::frame::{
    EARTH_RATE_RADPS, earth_velocity_mps, geodetic, local_axes, to_fixed, to_inertial, turned,
};
use crate::physics::gravity::gravity_mps2;
use crate::physics::integrate::{Integrator, State, Stop};
use downrange_earth::Geodetic;
use nalgebra::Vector3;

/// Heat that makes a body glow, ½ρv³ in W/m², when it is also faster than [`GLOW_SPEED_MPS`]: slower bodies heat their
/// skin, but the air before them does not shine.
const GLOW_WPM2: f64 = 1.0e6;
const GLOW_SPEED_MPS: f64 = 3_000.0;

/// How an engine pushes. The body has relative mass 1 at ignition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thrust {
    /// Ignition, seconds after the epoch.
    pub ignition_s: f64,
    /// Acceleration at ignition.
    pub start_mps2: f64,
    /// Speed of the exhaust: how fast the mass falls.
    pub exhaust_mps: f64,
    /// Where it points.
    pub pitch: Pitch,
    /// Normal of the plane of the launch, inertial axes: the thrust stays in this plane.
    pub plane: Vector3<f64>,
    /// Phases of the wobble: of its pointing (± 0.2°) and of its size (± 1 %).
    pub wobble_rad: [f64; 3],
}

/// Angle of the thrust above the local horizon, as a programme over time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pitch {
    /// Straight up for a while, then over to a last angle: θ = θ₁ + (90° − θ₁)(1 − u)².
    Over {
        /// Seconds after the epoch until which it climbs straight up.
        vertical_until_s: f64,
        /// When the last angle is reached.
        until_s: f64,
        /// The last angle.
        last_rad: f64,
    },
    /// Tangent of the angle linear in time, the law of least fuel over a flat Earth (Lawden 1963).
    LinearTangent {
        /// When it begins.
        from_s: f64,
        /// When it ends.
        until_s: f64,
        /// Tangent at its beginning.
        first_tangent_ratio: f64,
        /// Tangent at its end.
        last_tangent_ratio: f64,
    },
}

impl Pitch {
    fn angle_rad(&self, time_s: f64) -> f64 {
        match *self {
            Pitch::Over { vertical_until_s, until_s, last_rad } => {
                let u = ((time_s - vertical_until_s) / (until_s - vertical_until_s)).clamp(0.0, 1.0);
                last_rad + (core::f64::consts::FRAC_PI_2 - last_rad) * (1.0 - u) * (1.0 - u)
            }
            Pitch::LinearTangent { from_s, until_s, first_tangent_ratio, last_tangent_ratio } => {
                let u = (time_s - from_s) / (until_s - from_s);
                libm::atan(first_tangent_ratio + (last_tangent_ratio - first_tangent_ratio) * u)
            }
        }
    }
}

/// How a body steers itself with lift. It never has more than its lift-to-drag ratio gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lift {
    /// Greatest ratio of lift to drag.
    pub best_ratio: f64,
    /// Greatest sideways acceleration.
    pub limit_mps2: f64,
    /// Roll of the lift from straight up, right wing down positive.
    pub bank_rad: f64,
    /// What it steers for.
    pub law: LiftLaw,
}

/// What lift is used for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LiftLaw {
    /// Holds a flight-path angle.
    Hold {
        /// The angle, negative is down.
        path_rad: f64,
    },
    /// Constant coefficient at best lift to drag: skips by itself; `damping_ratio` 0 leaves the skips, 1 smooths them.
    Glide {
        /// How much of the skipping is taken out.
        damping_ratio: f64,
    },
}

/// One leg of a flight: what acts until something happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leg {
    /// Engine, if it burns.
    pub thrust: Option<Thrust>,
    /// Drag of the body in this leg.
    pub drag: Drag,
    /// Lift, if it has any.
    pub lift: Option<Lift>,
    /// It ends here at the latest, seconds after the epoch.
    pub end_s: f64,
    /// It ends when the body sinks through this height (not below the ground).
    pub floor_m: f64,
}

impl Leg {
    /// Free flight to the ground, or until `end_s`.
    pub fn fall(drag: Drag, end_s: f64) -> Leg {
        Leg { thrust: None, drag, lift: None, end_s, floor_m: 0.0 }
    }

    fn rate(&self, air: &Air, time_s: f64, y: &State) -> State {
        let (place, velocity, mass) = (y.fixed_rows::<3>(0).into(), Vector3::new(y[3], y[4], y[5]), y[6]);
        let place: Vector3<f64> = place;
        let at = geodetic(time_s, place);
        let mut acceleration = gravity_mps2(place);
        let mut mass_rate = 0.0;
        let (density, sound_mps) = air.at(at.height_m);
        if density > 0.0 {
            acceleration += self.air_force(air, (time_s, at, density, sound_mps), place, velocity, mass);
        }
        if let Some(thrust) = self.thrust {
            acceleration += thrust.acceleration(time_s, place, mass);
            mass_rate = -thrust.start_mps2 / thrust.exhaust_mps;
        }
        State::from_column_slice(&[
            velocity.x,
            velocity.y,
            velocity.z,
            acceleration.x,
            acceleration.y,
            acceleration.z,
            mass_rate,
        ])
    }

    fn air_force(
        &self,
        air: &Air,
        (time_s, at, density_kgpm3, sound_mps): (f64, Geodetic, f64, f64),
        place: Vector3<f64>,
        velocity: Vector3<f64>,
        mass: f64,
    ) -> Vector3<f64> {
        let [east, north, up] = local_axes(at).map(|axis| turned(axis, EARTH_RATE_RADPS * time_s));
        let (wind_east, wind_north) = air.wind_mps(at.height_m);
        let stream = velocity - earth_velocity_mps(place) - east * wind_east - north * wind_north;
        let speed = stream.norm();
        if speed < 1e-3 {
            return Vector3::zeros();
        }
        let ahead = stream / speed;
        let brake =
            0.5 * density_kgpm3 * speed * speed * self.drag.per_pressure_m2pkg(speed / sound_mps, time_s) / mass;
        let Some(lift) = self.lift else { return ahead * -brake };
        let climb_ratio = ahead.dot(&up).clamp(-1.0, 1.0);
        let size = lift.size_mps2(
            brake,
            (speed, climb_ratio),
            gravity_mps2(place).norm() - velocity.norm_squared() / place.norm(),
        );
        let upward = up - ahead * climb_ratio;
        if upward.norm() < 1e-6 {
            return ahead * -brake;
        }
        let upward = upward / upward.norm();
        let (s, c) = libm::sincos(lift.bank_rad);
        // Parabolic polar: at best lift to drag the drag due to lift equals the drag without.
        let induced = size * size / (4.0 * lift.best_ratio * lift.best_ratio * brake.max(1e-9));
        (upward * c + ahead.cross(&upward) * s) * size - ahead * (brake + induced)
    }
}

impl Thrust {
    fn acceleration(&self, time_s: f64, place: Vector3<f64>, mass: f64) -> Vector3<f64> {
        let up = place / place.norm();
        let along = self.plane.cross(&up);
        let along = along / along.norm();
        let since_s = time_s - self.ignition_s;
        let [pitch_phase, yaw_phase, size_phase] = self.wobble_rad;
        let pitch = self.pitch.angle_rad(time_s) + 0.0035 * libm::sin(0.9 * since_s + pitch_phase);
        let yaw = 0.0035 * libm::sin(0.7 * since_s + yaw_phase);
        let (s, c) = libm::sincos(pitch);
        let direction = (along * c + up * s) * libm::cos(yaw) + self.plane * libm::sin(yaw);
        direction * (self.start_mps2 / mass * (1.0 + 0.01 * libm::sin(1.3 * since_s + size_phase)))
    }
}

impl Lift {
    /// Lift to use, when `brake` is the drag without lift and `weight` what pulls down beyond the curve of the Earth.
    fn size_mps2(&self, brake: f64, (speed, climb_ratio): (f64, f64), weight_mps2: f64) -> f64 {
        // Twice the coefficient of best lift to drag is about where such bodies stall.
        let most = (4.0 * self.best_ratio * brake).min(self.limit_mps2);
        let wanted = match self.law {
            LiftLaw::Hold { path_rad } => {
                let error_rad = path_rad - libm::asin(climb_ratio);
                (speed * error_rad / 3.0 + weight_mps2 * libm::sqrt(1.0 - climb_ratio * climb_ratio))
                    / libm::cos(self.bank_rad).max(0.2)
            }
            LiftLaw::Glide { damping_ratio } => {
                2.0 * self.best_ratio * brake * (1.0 - damping_ratio * 40.0 * climb_ratio).clamp(0.2, 2.0)
            }
        };
        wanted.clamp(-most, most)
    }
}

/// Where and how a flight begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Start {
    /// Seconds after the epoch.
    pub time_s: f64,
    /// Inertial place, velocity and relative mass.
    pub state: State,
}

impl Start {
    /// From an Earth-fixed place and velocity.
    pub fn fixed(time_s: f64, place: Vector3<f64>, velocity_mps: Vector3<f64>) -> Start {
        let (r, v) = to_inertial(time_s, place, velocity_mps);
        Start { time_s, state: State::from_column_slice(&[r.x, r.y, r.z, v.x, v.y, v.z, 1.0]) }
    }

    /// The same with relative mass 1 again: what is left after a stage is dropped.
    pub fn lightened(mut self) -> Start {
        self.state[6] = 1.0;
        self
    }

    /// Earth-fixed place and velocity.
    pub fn to_fixed(&self) -> (Vector3<f64>, Vector3<f64>) {
        to_fixed(self.time_s, self.place(), self.velocity_mps())
    }

    /// Inertial place.
    pub fn place(&self) -> Vector3<f64> {
        self.state.fixed_rows::<3>(0).into()
    }

    /// Inertial velocity.
    pub fn velocity_mps(&self) -> Vector3<f64> {
        self.state.fixed_rows::<3>(3).into()
    }
}

/// How a leg ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Its time was up.
    Time,
    /// It sank through its floor.
    Floor,
    /// It fell to the ground.
    Ground,
}

/// Flies one leg, appending to `path` a knot at every step (at most `step_s` apart). A leg that begins below its floor
/// ends there only after it has risen above it.
pub fn fly(air: &Air, leg: &Leg, start: Start, step_s: f64, path: &mut Path) -> (Start, End) {
    let burning = leg.thrust.is_some();
    let knot = |time_s: f64, y: &State| {
        let (place, velocity_mps) = to_fixed(time_s, y.fixed_rows::<3>(0).into(), y.fixed_rows::<3>(3).into());
        let hot = burning || glows(air, place, velocity_mps);
        Knot { time_s, place, velocity_mps, hot }
    };
    match path.knots.last_mut() {
        // The last knot of the leg before is the first of this one.
        Some(last) if last.time_s == start.time_s => *last = knot(start.time_s, &start.state),
        _ => path.knots.push(knot(start.time_s, &start.state)),
    }
    let mut risen = false;
    let Stop { time_s, state, by_event } = Integrator::default().fly(
        (start.time_s, start.state, leg.end_s),
        step_s,
        |t, y| leg.rate(air, t, y),
        |t, y| {
            let height_m = geodetic(t, y.fixed_rows::<3>(0).into()).height_m;
            risen |= height_m > leg.floor_m;
            // A metre of slack before it has risen, so that a launch from the ground is not its own end.
            if risen { height_m - leg.floor_m } else { height_m + 1.0 }
        },
        |t, y| path.knots.push(knot(t, y)),
    );
    let end = match by_event {
        false => End::Time,
        true if risen && leg.floor_m > 0.0 => End::Floor,
        true => End::Ground,
    };
    (Start { time_s, state }, end)
}

fn glows(air: &Air, place: Vector3<f64>, velocity_mps: Vector3<f64>) -> bool {
    let speed = velocity_mps.norm();
    speed > GLOW_SPEED_MPS
        && 0.5 * air.at(downrange_earth::Ecef(place).geodetic().height_m).0 * speed * speed * speed > GLOW_WPM2
}
