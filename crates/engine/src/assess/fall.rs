//! The ways in which a track may still come down, drawn from all that is uncertain about it, and flown to the ground.
//!
//! What is drawn: state and ballistic coefficient from the track's covariance; how long an engine still burns; lift, bank
//! and when the lift ends for what can manoeuvre; height of break-up and ballistic coefficient of the piece for what
//! enters from orbit. Draws are quasi-random and the same for the same sample number, so that areas do not flicker.

use super::FallSample;
use crate::picture::{Mode, Track};
use crate::traffic::SurfacePosition;
use downrange_earth::geodetic::height_m;
use downrange_earth::motion::{Integrator, ballistic_rate, drag_acceleration, free_fall_acceleration};
use downrange_earth::{Ecef, Site, Time};
use downrange_track::gaussian::Gaussian;
use nalgebra::{SVector, Vector3};

/// Aircraft fly below this height: where a fall passes it, it begins to be a danger to them.
pub const ALOFT_HEIGHT_M: f64 = 12_000.0;
/// Longest flight that is followed: the longest published one took 5,156 s (31 October 2024).
const FLIGHT_MAX_S: f64 = 5_400.0;
/// Thrust per mass grows by no more than this share a second: a stage that burns 90 % of its mass in 150 s.
const THRUST_GROWTH_MAX_PER_S: f64 = 0.015;
/// Errors of one integration step, metres and metres per second: far below what the state is known to.
const TOLERANCE: [f64; 6] = [5.0, 5.0, 5.0, 0.1, 0.1, 0.1];
/// Numbers drawn for each sample: nine for the state, five for the way, four for wind, late drag and scatter.
const DRAWS: usize = 18;

/// How likely each way of coming down is; they sum to one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ways {
    /// Free fall with drag.
    pub free_fall: f64,
    /// An engine burns on for a while, then free fall.
    pub burning: f64,
    /// Lift is used for a while, then free fall.
    pub lifting: f64,
    /// It breaks up on the way; this is one of the pieces.
    pub breaking_up: f64,
}

/// Mean of the time that an engine which burns now burns on. Our choice: burns of short-range missiles, most of what is
/// launched, last 40 to 70 s, those of long-range stages up to 180 s; without knowing how long it burned already, the rest
/// of an exponential law is exponential.
const BURN_LEFT_MEAN_S: f64 = 25.0;
/// It does not burn longer than this.
const BURN_LEFT_MAX_S: f64 = 150.0;
/// Rockets do not accelerate harder than this for long: eight times gravity. Our choice.
const THRUST_MAX_MPS2: f64 = 80.0;
/// Lift-to-drag ratio of bodies that pull up or glide lies between 0 and this. Our choice: gliders are said to reach 2
/// to 3, a finned body less.
const LIFT_TO_DRAG_MAX: f64 = 2.5;
/// Bank angle to either side, one sigma.
const BANK_SIGMA_RAD: f64 = 0.25;
/// Lift is used for a time between 0 and this.
const LIFT_TIME_MAX_S: f64 = 500.0;
/// Lift never exceeds this acceleration.
const LIFT_MAX_MPS2: f64 = 200.0;
/// Slender bodies that manoeuvre: median ballistic coefficient and sigma of its logarithm. Our choice: several thousand
/// kg/m² are usual for slender entry bodies.
const LIFTING_COEFFICIENT_KGPM2: f64 = 4_000.0;
const LIFTING_COEFFICIENT_LOG_SIGMA: f64 = 0.5;
/// Stages and satellites break up between these heights (Columbia broke up near 61 km; the upper end is our choice).
const BREAK_UP_HEIGHT_M: [f64; 2] = [60e3, 85e3];
/// Ballistic coefficients of pieces: from sheet metal to engines.
const PIECE_COEFFICIENT_KGPM2: [f64; 2] = [5.0, 1_000.0];
/// Speed that break-up gives a piece, one sigma of each component.
const BREAK_UP_SPEED_SIGMA_MPS: f64 = 20.0;

/// Samples of the fall, and the share of the drawn flights that came down at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Falls {
    /// Those that came down.
    pub samples: Vec<FallSample>,
    /// How many of all came down.
    pub share: f64,
}

/// Draws and flies `count` ways down. The state is the track's at the time of its latest plot or prediction.
pub fn draw(track: &Track, ways: &Ways, count: usize) -> Falls {
    let mut samples = Vec::with_capacity(count);
    for number in 0..count {
        let draws = quasi_random(number);
        // Stratified: the ways get their shares of the sample numbers, interleaved.
        let share = libm::fmod((number as f64 + 0.5) * 0.618_033_988_749_894_9, 1.0);
        let flown = if share < ways.burning {
            burn_then_fall(track, &draws)
        } else if share < ways.burning + ways.lifting {
            lift_then_fall(track, &draws)
        } else if share < ways.burning + ways.lifting + ways.breaking_up {
            break_up_then_fall(track, &draws)
        } else {
            let drawn = drawn_state(track.mode(Mode::Ballistic), &draws);
            Some((0.0, split(&drawn), coefficient(&drawn)))
        };
        if let Some((after_s, state, coefficient_kgpm2)) = flown
            && let Some(sample) = free_fall(track.time.plus_s(after_s), state, coefficient_kgpm2, &draws)
        {
            samples.push(sample);
        }
    }
    let share = samples.len() as f64 / count.max(1) as f64;
    Falls { samples, share }
}

/// Place and velocity.
type State = SVector<f64, 6>;

fn split(drawn: &SVector<f64, 9>) -> State {
    drawn.fixed_rows::<6>(0).into_owned()
}

/// Ballistic coefficient of a drawn ballistic state, kept to what is physical.
fn coefficient(drawn: &SVector<f64, 9>) -> f64 {
    libm::exp(drawn[6].clamp(libm::log(1.0), libm::log(50_000.0)))
}

fn burn_then_fall(track: &Track, draws: &[f64; DRAWS]) -> Option<(f64, State, f64)> {
    let drawn = drawn_state(track.mode(Mode::Boost), draws);
    let left_s = (-BURN_LEFT_MEAN_S * libm::log(uniform(draws[9]).max(1e-6))).min(BURN_LEFT_MAX_S);
    let thrust_mps2 = drawn[6].clamp(0.0, THRUST_MAX_MPS2);
    let growth_per_s = drawn[7].clamp(0.0, THRUST_GROWTH_MAX_PER_S);
    let rate = |t_s: f64, state: &State| {
        let mut rate = ballistic_rate(state, LIFTING_COEFFICIENT_KGPM2);
        let velocity = Vector3::new(state[3], state[4], state[5]);
        let thrust =
            velocity * ((thrust_mps2 * libm::exp(growth_per_s * t_s)).min(THRUST_MAX_MPS2) / velocity.norm().max(1.0));
        for axis in 0..3 {
            rate[3 + axis] += thrust[axis];
        }
        rate
    };
    let flown = integrator(5.0).fly(split(&drawn), left_s, rate, state_height_m);
    (!flown.failed).then(|| (flown.time_s, flown.state, lifting_coefficient(draws[10])))
}

fn lift_then_fall(track: &Track, draws: &[f64; DRAWS]) -> Option<(f64, State, f64)> {
    let drawn = drawn_state(track.mode(Mode::Ballistic), draws);
    let coefficient_kgpm2 = lifting_coefficient(draws[9]);
    let lift_to_drag = LIFT_TO_DRAG_MAX * uniform(draws[10]);
    let bank_rad = BANK_SIGMA_RAD * draws[11];
    let lifting_s = LIFT_TIME_MAX_S * uniform(draws[12]);
    let (sin_bank, cos_bank) = libm::sincos(bank_rad);
    let rate = |_: f64, state: &State| {
        let place = Vector3::new(state[0], state[1], state[2]);
        let velocity = Vector3::new(state[3], state[4], state[5]);
        let mut rate = ballistic_rate(state, coefficient_kgpm2);
        let drag_mps2 = drag_acceleration(Ecef(place), velocity, coefficient_kgpm2).norm();
        let lift_mps2 = (lift_to_drag * drag_mps2).min(LIFT_MAX_MPS2);
        let forward = velocity / velocity.norm().max(1.0);
        let side = forward.cross(&place);
        let side = side / side.norm().max(1.0);
        let up = side.cross(&forward);
        let lift = (up * cos_bank + side * sin_bank) * lift_mps2;
        for axis in 0..3 {
            rate[3 + axis] += lift[axis];
        }
        rate
    };
    let flown = integrator(10.0).fly(split(&drawn), lifting_s, rate, state_height_m);
    (!flown.failed).then_some((flown.time_s, flown.state, coefficient_kgpm2))
}

fn break_up_then_fall(track: &Track, draws: &[f64; DRAWS]) -> Option<(f64, State, f64)> {
    let drawn = drawn_state(track.mode(Mode::Ballistic), draws);
    let [low_m, high_m] = BREAK_UP_HEIGHT_M;
    let break_up_m = low_m + (high_m - low_m) * uniform(draws[9]);
    let whole_kgpm2 = coefficient(&drawn);
    let flown = integrator(60.0).fly(
        split(&drawn),
        FLIGHT_MAX_S,
        |_, state| ballistic_rate(state, whole_kgpm2),
        |state| state_height_m(state) - break_up_m,
    );
    if flown.failed {
        return None;
    }
    // Below the break-up height already: it breaks here and now.
    let below = state_height_m(&split(&drawn)) <= break_up_m;
    let (after_s, mut state) = if below { (0.0, split(&drawn)) } else { (flown.time_s, flown.state) };
    if !below && !flown.by_event {
        return None;
    }
    for axis in 0..3 {
        state[3 + axis] += BREAK_UP_SPEED_SIGMA_MPS * draws[11 + axis];
    }
    let [light, heavy] = PIECE_COEFFICIENT_KGPM2;
    let piece_kgpm2 = light * libm::exp(uniform(draws[10]) * libm::log(heavy / light));
    Some((after_s, state, piece_kgpm2))
}

fn lifting_coefficient(draw: f64) -> f64 {
    LIFTING_COEFFICIENT_KGPM2 * libm::exp(LIFTING_COEFFICIENT_LOG_SIGMA * draw)
}

/// Wind below this height, one sigma of each horizontal component: between the calm of the surface and the jet stream
/// (our choice).
const WIND_HEIGHT_M: f64 = 20e3;
const WIND_SIGMA_MPS: f64 = 15.0;
/// Drag further down differs from what it is now: slower flow (the drag coefficient of slender bodies doubles on the way
/// to the speed of sound), tumbling, parts lost. One sigma of the logarithm, reached gradually over [`LATE_DRAG_SPAN_M`]
/// below [`LATE_DRAG_FROM_M`] or the present height, whichever is lower.
const LATE_DRAG_LOG_SIGMA: f64 = 0.4;
const LATE_DRAG_FROM_M: f64 = 35e3;
const LATE_DRAG_SPAN_M: f64 = 25e3;
/// What is left even if all else were known: gusts, and that nobody is where a map says to the metre.
const PLACE_SIGMA_M: f64 = 250.0;

/// From here to the ground; `None` when it stays up or the numbers fail.
fn free_fall(start: Time, state: State, coefficient_kgpm2: f64, draws: &[f64; DRAWS]) -> Option<FallSample> {
    let air = Air {
        coefficient_kgpm2,
        late_drag_log: LATE_DRAG_LOG_SIGMA * draws[16],
        late_from_m: state_height_m(&state).min(LATE_DRAG_FROM_M),
        wind_mps: wind(&state, draws),
    };
    let rate = |_: f64, state: &State| air.rate(state);
    let (aloft_s, aloft) = if state_height_m(&state) > ALOFT_HEIGHT_M {
        let flown = integrator(60.0).fly(state, FLIGHT_MAX_S, rate, |s| state_height_m(s) - ALOFT_HEIGHT_M);
        if !flown.by_event {
            return None;
        }
        (flown.time_s, flown.state)
    } else {
        (0.0, state)
    };
    let (ground_s, ground) = if state_height_m(&aloft) > 0.0 {
        let flown = integrator(30.0).fly(aloft, FLIGHT_MAX_S, rate, state_height_m);
        if !flown.by_event {
            return None;
        }
        (flown.time_s, flown.state)
    } else {
        (0.0, aloft)
    };
    let aloft_time = start.plus_s(aloft_s);
    Some(FallSample {
        position: scattered(surface(&ground), draws),
        time: aloft_time.plus_s(ground_s),
        aloft: surface(&aloft),
        aloft_time,
    })
}

/// A place with the scatter that is left even if all else were known.
fn scattered(place: SurfacePosition, draws: &[f64; DRAWS]) -> SurfacePosition {
    let sigma_rad = PLACE_SIGMA_M / super::energy::EARTH_RADIUS_M;
    let cos_latitude = libm::cos(place.latitude_rad).max(0.01);
    SurfacePosition {
        latitude_rad: place.latitude_rad + sigma_rad * draws[13],
        longitude_rad: place.longitude_rad + sigma_rad * draws[17] / cos_latitude,
    }
}

/// A drawn horizontal wind, ECEF axes.
fn wind(at: &State, draws: &[f64; DRAWS]) -> Vector3<f64> {
    let site = Site::new(Ecef(Vector3::new(at[0], at[1], at[2])).geodetic());
    site.ecef_to_enu().transpose() * Vector3::new(draws[14], draws[15], 0.0) * WIND_SIGMA_MPS
}

/// Drag as it may be on the way down.
struct Air {
    coefficient_kgpm2: f64,
    late_drag_log: f64,
    late_from_m: f64,
    wind_mps: Vector3<f64>,
}

impl Air {
    /// Free fall with this drag against this wind, which dies down towards the ground.
    fn rate(&self, state: &State) -> State {
        let place = Ecef(Vector3::new(state[0], state[1], state[2]));
        let height = height_m(place);
        if height > LATE_DRAG_FROM_M {
            return ballistic_rate(state, self.coefficient_kgpm2);
        }
        let late = ((self.late_from_m - height) / LATE_DRAG_SPAN_M).clamp(0.0, 1.0);
        let coefficient_kgpm2 = self.coefficient_kgpm2 * libm::exp(self.late_drag_log * late);
        let windy = if height < WIND_HEIGHT_M { libm::sqrt((height / WIND_HEIGHT_M).max(0.0)) } else { 0.0 };
        let velocity = Vector3::new(state[3], state[4], state[5]);
        let acceleration = free_fall_acceleration(place, velocity)
            + drag_acceleration(place, velocity - self.wind_mps * windy, coefficient_kgpm2);
        State::from([velocity.x, velocity.y, velocity.z, acceleration.x, acceleration.y, acceleration.z])
    }
}

fn integrator(step_max_s: f64) -> Integrator<6> {
    Integrator { tolerance: SVector::from(TOLERANCE), step_max_s }
}

fn state_height_m(state: &State) -> f64 {
    height_m(Ecef(Vector3::new(state[0], state[1], state[2])))
}

fn surface(state: &State) -> SurfacePosition {
    let place = Ecef(Vector3::new(state[0], state[1], state[2])).geodetic();
    SurfacePosition { latitude_rad: place.latitude_rad, longitude_rad: place.longitude_rad }
}

/// A state drawn from an estimate.
fn drawn_state(estimate: &Gaussian<9>, draws: &[f64; DRAWS]) -> SVector<f64, 9> {
    let standard = SVector::<f64, 9>::from_fn(|i, _| draws[i]);
    estimate.mean + estimate.factor().lower * standard
}

/// Standard normal numbers of one sample: a rank-one lattice (the additive recurrence with powers of the root of
/// x^(d+1) = x + 1; M. Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018) through Box–Muller.
fn quasi_random(number: usize) -> [f64; DRAWS] {
    // Root of x^19 = x + 1.
    const ROOT: f64 = 1.038_188_019_436_45;
    let mut unit = [0.0; DRAWS];
    let mut step = 1.0;
    for value in &mut unit {
        step /= ROOT;
        *value = libm::fmod(0.5 + step * (number as f64 + 1.0), 1.0).clamp(1e-9, 1.0 - 1e-9);
    }
    let mut normal = [0.0; DRAWS];
    for pair in 0..DRAWS / 2 {
        let radius = libm::sqrt(-2.0 * libm::log(unit[2 * pair]));
        let (sin, cos) = libm::sincos(core::f64::consts::TAU * unit[2 * pair + 1]);
        normal[2 * pair] = radius * cos;
        normal[2 * pair + 1] = radius * sin;
    }
    normal
}

/// The uniform number in (0, 1) that has the same rank as a standard normal one.
fn uniform(normal: f64) -> f64 {
    super::energy::normal_below(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn val_quasi_random_numbers_are_standard_normal() {
        const N: usize = 4_000;
        for dimension in 0..DRAWS {
            let values: Vec<f64> = (0..N).map(|n| quasi_random(n)[dimension]).collect();
            let mean = values.iter().sum::<f64>() / N as f64;
            let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / N as f64;
            assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.06, "{dimension}: {mean} {variance}");
        }
    }

    #[test]
    fn val_root_of_the_lattice() {
        let x = 1.038_188_019_436_45_f64;
        assert!((libm::pow(x, 19.0) - x - 1.0).abs() < 1e-9, "{}", libm::pow(x, 19.0) - x - 1.0);
    }
}
