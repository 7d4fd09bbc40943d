//! Accelerations of the models, and their derivatives.

use super::{Motion, State, extras, position, velocity};
use downrange_earth::geodetic::{WGS84_A_M, WGS84_F, height_m};
use downrange_earth::gravity::{J2, MU_M3PS2, OMEGA_RADPS};
use downrange_earth::motion::free_fall_acceleration;
use downrange_earth::{Ecef, atmosphere};
use nalgebra::{Matrix3, Vector3};

/// Derivatives of the acceleration and of the extras' rates by the state.
pub(super) struct Rate {
    pub by_position: Matrix3<f64>,
    pub by_velocity: Matrix3<f64>,
    pub by_extras: Matrix3<f64>,
    pub extras_by_extras: Matrix3<f64>,
}

/// Nearer to the Earth's centre than this (150 km under ground) there is no motion to model and no force acts: a state that
/// has run there by a prediction far beyond its fall stays finite.
const FLOOR_M: f64 = 6.2e6;
/// Height above which drag is left out: at 250 km a body of 100 kg/m² loses 1e-5 m/s².
const AIR_TOP_M: f64 = 250e3;
/// Thrust follows the velocity well above this speed and the vertical well below it.
const LIFT_OFF_SPEED_MPS: f64 = 15.0;
/// Mass flow shares beyond this (a tank empty in two seconds) are rounding or nonsense; they stop growing.
const FLOW_MAX_1PS: f64 = 0.5;
/// Thrust accelerations beyond this are not flown; they stop growing.
const THRUST_MAX_MPS2: f64 = 1_000.0;
/// Faster than this a drag rate (1/s) is cut: nothing seen by radar stops within 20 ms, and the step stays stable.
const DRAG_RATE_MAX_1PS: f64 = 50.0;
/// ln of the ballistic coefficients between which drag is computed: 1 to 1e6 kg/m².
const LOG_COEFFICIENT: (f64, f64) = (0.0, 13.815_510_557_964_274);

impl Motion {
    /// Acceleration (m/s², rotating frame) and rate of the extras.
    pub(super) fn rate(&self, state: &State) -> (Vector3<f64>, Vector3<f64>) {
        let (p, v, e) = (position(state), velocity(state), extras(state));
        match self {
            Motion::NearConstantVelocity { .. } => (level_flight(&p, &v), Vector3::zeros()),
            Motion::CoordinatedTurn { .. } => (level_flight(&p, &v) + vertical(&p).cross(&v) * e.x, Vector3::zeros()),
            Motion::Boost { .. } => (free_fall(&p, &v) + thrust_direction(&p, &v) * e.x, burn(&e).0),
            Motion::Ballistic { .. } => (free_fall(&p, &v) + drag(&p, &v, e.x), Vector3::zeros()),
            Motion::Manoeuvre { time_constant_s, .. } => {
                let frame = PathFrame::new(&p, &v);
                let decay = Vector3::from_fn(|k, _| -e[k] / time_constant_s[k]);
                (free_fall(&p, &v) + frame.along * e.x + frame.up * e.y + frame.right * e.z, decay)
            }
        }
    }

    /// [`Motion::rate`] with its derivatives.
    pub(super) fn rate_with_partials(&self, state: &State) -> (Vector3<f64>, Vector3<f64>, Rate) {
        let (p, v, e) = (position(state), velocity(state), extras(state));
        let partials = match self {
            Motion::NearConstantVelocity { .. } => {
                let (by_position, by_velocity) = level_flight_partials(&p, &v);
                Rate { by_position, by_velocity, by_extras: Matrix3::zeros(), extras_by_extras: Matrix3::zeros() }
            }
            Motion::CoordinatedTurn { .. } => turn_partials(&p, &v, e.x),
            Motion::Boost { .. } => boost_partials(&p, &v, &e),
            // Drag and its derivatives share the air.
            Motion::Ballistic { .. } => {
                let (acceleration, partials) = ballistic(&p, &v, e.x);
                return (acceleration, Vector3::zeros(), partials);
            }
            Motion::Manoeuvre { time_constant_s, .. } => manoeuvre_partials(&p, &v, &e, time_constant_s),
        };
        let (acceleration, extras) = self.rate(state);
        (acceleration, extras, partials)
    }

    /// How long a step may be here: short against the time in which the forces change.
    pub(super) fn step_s(&self, state: &State) -> f64 {
        match self {
            Motion::NearConstantVelocity { .. } => 30.0,
            // A tenth of a radian of turn: the step's error is then below 1e-7 of its length.
            Motion::CoordinatedTurn { .. } => (0.1 / state[6].abs().max(1e-3)).clamp(0.1, 10.0),
            // Near lift-off the direction of thrust is found within seconds.
            Motion::Boost { .. } => (velocity(state).norm() / 200.0).clamp(0.25, 1.0),
            Motion::Ballistic { .. } => {
                let (p, v) = (position(state), velocity(state));
                let rate = drag_rate(&p, &v, state[6]);
                // Air doubles over 5 km of height; where drag is felt a step sees a part of that.
                if rate < 1e-5 { 5.0 } else { (0.35 / (rate + v.norm() / 7_000.0)).clamp(0.02, 2.0) }
            }
            Motion::Manoeuvre { time_constant_s, .. } => {
                time_constant_s.iter().fold(1.0, |h: f64, t| h.min(0.5 * t)).max(0.02)
            }
        }
    }
}

/// The local vertical: the gradient of the height, taken as the radius less the ellipsoid's radius in the same geocentric
/// direction, a·(1−f)/√(1−e²·cos²φ'). No geodetic conversion; the ellipsoid's normal to 1e-4 rad below 100 km.
pub(super) fn vertical(p: &Vector3<f64>) -> Vector3<f64> {
    const E2: f64 = WGS84_F * (2.0 - WGS84_F);
    let r2 = p.norm_squared().max(1.0);
    let r = libm::sqrt(r2);
    let flat = 1.0 - E2 * (1.0 - p.z * p.z / r2);
    let radius_m = WGS84_A_M * (1.0 - WGS84_F) / libm::sqrt(flat);
    // ∂radius/∂sin² = −½·e²·radius/flat, ∂sin²/∂p = 2·z/r²·(ẑ − z/r²·p)
    let slope = E2 * radius_m / flat * p.z / r2;
    let mut gradient = p * (1.0 / r - slope * p.z / r2);
    gradient.z += slope;
    gradient
}

/// Derivative of the vertical by position: it turns by one radian per radius.
fn vertical_by_position(p: &Vector3<f64>, n: &Vector3<f64>) -> Matrix3<f64> {
    (Matrix3::identity() - n * n.transpose()) / p.norm().max(1.0)
}

/// What keeps the height's rate constant: −v_h²/r along the vertical.
fn level_flight(p: &Vector3<f64>, v: &Vector3<f64>) -> Vector3<f64> {
    let n = vertical(p);
    let climb = v.dot(&n);
    n * ((climb * climb - v.norm_squared()) / p.norm().max(1.0))
}

fn level_flight_partials(p: &Vector3<f64>, v: &Vector3<f64>) -> (Matrix3<f64>, Matrix3<f64>) {
    let n = vertical(p);
    let r = p.norm().max(1.0);
    let level = v - n * v.dot(&n);
    let by_velocity = n * level.transpose() * (-2.0 / r);
    let by_position = vertical_by_position(p, &n) * (-level.norm_squared() / r);
    (by_position, by_velocity)
}

fn turn_partials(p: &Vector3<f64>, v: &Vector3<f64>, turn_rate_radps: f64) -> Rate {
    let n = vertical(p);
    let (mut by_position, mut by_velocity) = level_flight_partials(p, v);
    by_position -= v.cross_matrix() * vertical_by_position(p, &n) * turn_rate_radps;
    by_velocity += n.cross_matrix() * turn_rate_radps;
    let mut by_extras = Matrix3::zeros();
    by_extras.set_column(0, &n.cross(v));
    Rate { by_position, by_velocity, by_extras, extras_by_extras: Matrix3::zeros() }
}

fn free_fall(p: &Vector3<f64>, v: &Vector3<f64>) -> Vector3<f64> {
    if p.norm_squared() < FLOOR_M * FLOOR_M {
        return Vector3::zeros();
    }
    free_fall_acceleration(Ecef(*p), *v)
}

/// Derivatives of [`free_fall`] by position and velocity; gravitation with J2 as in Montenbruck & Gill, Satellite Orbits,
/// 2000, section 7.2.1, in closed form.
fn free_fall_partials(p: &Vector3<f64>) -> (Matrix3<f64>, Matrix3<f64>) {
    let r2 = p.norm_squared();
    if r2 < FLOOR_M * FLOOR_M {
        return (Matrix3::zeros(), Matrix3::zeros());
    }
    let w = OMEGA_RADPS;
    let c = MU_M3PS2 / (r2 * libm::sqrt(r2));
    let k = 1.5 * J2 * WGS84_A_M * WGS84_A_M / r2;
    let (z, z2) = (p.z, p.z * p.z / r2);
    let s = 1.0 + k - 5.0 * k * z2;
    let axis = Vector3::z();
    // g = −c·(s·p + 2·k·z·ẑ), and by the product rule:
    let s_by_p = p * ((-2.0 * k + 20.0 * k * z2) / r2) - axis * (10.0 * k * z / r2);
    let inner = p * s + axis * (2.0 * k * z);
    let mut by_position = inner * p.transpose() * (3.0 * c / r2)
        - (p * s_by_p.transpose() + axis * p.transpose() * (-4.0 * k * z / r2)) * c;
    for i in 0..3 {
        by_position[(i, i)] -= c * s;
    }
    by_position[(2, 2)] -= 2.0 * c * k;
    by_position[(0, 0)] += w * w;
    by_position[(1, 1)] += w * w;
    let mut by_velocity = Matrix3::zeros();
    by_velocity[(0, 1)] = 2.0 * w;
    by_velocity[(1, 0)] = -2.0 * w;
    (by_position, by_velocity)
}

/// ½·ρ·|v|/β, 1/s: how fast drag eats the velocity.
fn drag_rate(p: &Vector3<f64>, v: &Vector3<f64>, log_coefficient: f64) -> f64 {
    if p.norm_squared() < FLOOR_M * FLOOR_M {
        return 0.0;
    }
    let height_m = height_m(Ecef(*p));
    if height_m > AIR_TOP_M {
        return 0.0;
    }
    let coefficient = libm::exp(log_coefficient.clamp(LOG_COEFFICIENT.0, LOG_COEFFICIENT.1));
    (0.5 * atmosphere::density_kgpm3(height_m) * v.norm() / coefficient).min(DRAG_RATE_MAX_1PS)
}

fn drag(p: &Vector3<f64>, v: &Vector3<f64>, log_coefficient: f64) -> Vector3<f64> {
    v * -drag_rate(p, v, log_coefficient)
}

/// Acceleration of a ballistic body and its derivatives.
fn ballistic(p: &Vector3<f64>, v: &Vector3<f64>, log_coefficient: f64) -> (Vector3<f64>, Rate) {
    let (mut by_position, mut by_velocity) = free_fall_partials(p);
    let mut by_extras = Matrix3::zeros();
    let rate = drag_rate(p, v, log_coefficient);
    let drag = v * -rate;
    if rate > 0.0 {
        by_velocity -= Matrix3::identity() * rate + v * v.transpose() * (rate / v.norm_squared().max(1.0));
        by_position += drag * vertical(p).transpose() * log_density_slope_1pm(height_m(Ecef(*p)));
        by_extras.set_column(0, &-drag);
    }
    (free_fall(p, v) + drag, Rate { by_position, by_velocity, by_extras, extras_by_extras: Matrix3::zeros() })
}

/// d ln ρ/dh, over the next 10 m.
fn log_density_slope_1pm(height_m: f64) -> f64 {
    const STEP_M: f64 = 10.0;
    let (here, above) = (atmosphere::density_kgpm3(height_m), atmosphere::density_kgpm3(height_m + STEP_M));
    if here > 0.0 { (above / here - 1.0) / STEP_M } else { 0.0 }
}

/// Along v + w(|v|)·n with w = v₀/(1+|v|²/v₀²)²: the vertical at rest, the velocity from a few times v₀ on, smooth between.
pub(super) fn thrust_direction(p: &Vector3<f64>, v: &Vector3<f64>) -> Vector3<f64> {
    let (towards, _) = thrust_towards(p, v);
    towards / libm::sqrt(towards.norm_squared() + 1e-6)
}

fn thrust_towards(p: &Vector3<f64>, v: &Vector3<f64>) -> (Vector3<f64>, f64) {
    const V0: f64 = LIFT_OFF_SPEED_MPS;
    let q = 1.0 + v.norm_squared() / (V0 * V0);
    (v + vertical(p) * (V0 / (q * q)), q)
}

/// Rates of the extras of a burn, and their derivatives by the extras.
fn burn(e: &Vector3<f64>) -> (Vector3<f64>, Matrix3<f64>) {
    let mut by_extras = Matrix3::zeros();
    let mut rate = Vector3::zeros();
    if e.y.abs() < FLOW_MAX_1PS {
        rate.y = e.y * e.y;
        by_extras[(1, 1)] = 2.0 * e.y;
    }
    if e.x.abs() < THRUST_MAX_MPS2 {
        let flow = e.y.clamp(-FLOW_MAX_1PS, FLOW_MAX_1PS);
        rate.x = flow * e.x;
        by_extras[(0, 0)] = flow;
        by_extras[(0, 1)] = e.x;
    }
    (rate, by_extras)
}

fn boost_partials(p: &Vector3<f64>, v: &Vector3<f64>, e: &Vector3<f64>) -> Rate {
    const V0: f64 = LIFT_OFF_SPEED_MPS;
    let (mut by_position, mut by_velocity) = free_fall_partials(p);
    let n = vertical(p);
    let (towards, q) = thrust_towards(p, v);
    let length = libm::sqrt(towards.norm_squared() + 1e-6);
    let direction = towards / length;
    // ∂direction = (I − d·dᵀ)/|towards|·∂towards; ∂w/∂v = −4·v/(v₀·q³)
    let project = (Matrix3::identity() - direction * direction.transpose()) / length;
    let towards_by_velocity = Matrix3::identity() + n * v.transpose() * (-4.0 / (V0 * q * q * q));
    by_velocity += project * towards_by_velocity * e.x;
    by_position += project * vertical_by_position(p, &n) * (e.x * V0 / (q * q));
    let mut by_extras = Matrix3::zeros();
    by_extras.set_column(0, &direction);
    Rate { by_position, by_velocity, by_extras, extras_by_extras: burn(e).1 }
}

/// Axes of the path: along the velocity, up in its vertical plane, to the right of it. In a vertical fall "up" and "right" have
/// no direction; within about half a degree of it they shrink smoothly to nothing.
pub(super) struct PathFrame {
    pub along: Vector3<f64>,
    pub up: Vector3<f64>,
    pub right: Vector3<f64>,
    speed_mps: f64,
    vertical: Vector3<f64>,
    across: Vector3<f64>,
    across_length: f64,
}

impl PathFrame {
    pub(super) fn new(p: &Vector3<f64>, v: &Vector3<f64>) -> PathFrame {
        let vertical = vertical(p);
        let speed_mps = libm::sqrt(v.norm_squared() + 1e-6);
        let along = v / speed_mps;
        let across = along.cross(&vertical);
        let across_length = libm::sqrt(across.norm_squared() + 1e-4);
        let right = across / across_length;
        PathFrame { along, up: right.cross(&along), right, speed_mps, vertical, across, across_length }
    }
}

fn manoeuvre_partials(p: &Vector3<f64>, v: &Vector3<f64>, e: &Vector3<f64>, time_constant_s: &[f64; 3]) -> Rate {
    let (mut by_position, mut by_velocity) = free_fall_partials(p);
    let f = PathFrame::new(p, v);
    let along_by_v = (Matrix3::identity() - f.along * f.along.transpose()) / f.speed_mps;
    let m = f.across_length;
    let right_by_across = Matrix3::identity() / m - f.across * f.across.transpose() / (m * m * m);
    let right_by_v = right_by_across * -f.vertical.cross_matrix() * along_by_v;
    let right_by_p = right_by_across * f.along.cross_matrix() * vertical_by_position(p, &f.vertical);
    let along_cross = f.along.cross_matrix();
    let up_by_v = f.right.cross_matrix() * along_by_v - along_cross * right_by_v;
    let up_by_p = -along_cross * right_by_p;
    by_velocity += along_by_v * e.x + up_by_v * e.y + right_by_v * e.z;
    by_position += up_by_p * e.y + right_by_p * e.z;
    Rate {
        by_position,
        by_velocity,
        by_extras: Matrix3::from_columns(&[f.along, f.up, f.right]),
        extras_by_extras: Matrix3::from_diagonal(&Vector3::from_fn(|k, _| -1.0 / time_constant_s[k])),
    }
}

/// Derivative of the acceleration by ln β: minus the drag.
pub(super) fn drag_by_log_coefficient(state: &State) -> Vector3<f64> {
    -drag(&position(state), &velocity(state), state[6])
}

#[cfg(test)]
mod tests {
    use super::*;
    use downrange_earth::{Geodetic, Site};

    #[test]
    fn val_vertical_is_the_ellipsoids_normal() {
        for height_m in [0.0, 10e3, 100e3] {
            for latitude_deg in [-90.0, -60.0, -45.0, 0.0, 30.0, 90.0] {
                let site = Site::new(Geodetic::from_degrees(latitude_deg, 77.0, height_m));
                let up = site.ecef_to_enu().row(2).transpose();
                let off = (vertical(&site.ecef().0) - up).norm();
                assert!(off < 1e-4, "{off} at {latitude_deg}°, {height_m} m");
            }
        }
    }

    #[test]
    fn val_gravity_gradient_is_the_derivative() {
        let p = Geodetic::from_degrees(50.0, 30.0, 200e3).ecef().0;
        let v = Vector3::new(1e3, 2e3, 3e3);
        let (by_position, by_velocity) = free_fall_partials(&p);
        for k in 0..3 {
            let d = Vector3::ith(k, 100.0);
            let slope = (free_fall(&(p + d), &v) - free_fall(&(p - d), &v)) / 200.0;
            // J2's own share of the gradient is 5e-9: seen to 1e-3 of itself.
            assert!((by_position.column(k) - slope).norm() < 5e-12, "{k}: {slope}");
            let slope = (free_fall(&p, &(v + d)) - free_fall(&p, &(v - d))) / 200.0;
            assert!((by_velocity.column(k) - slope).norm() < 1e-13, "{k}: {slope}");
        }
    }
}
