//! The ways in which a track may still come down, drawn from all that is uncertain about it, and flown to the ground.
//!
//! What is drawn: the motion model and its state from the track; what body it is and its ballistic coefficient; how long an
//! engine still burns; lift, bank and where the lift ends for what can manoeuvre; height of break-up and ballistic coefficient
//! of the piece for what enters from orbit; winds and drag on the way. Draws are the same for the same sample number, so that
//! areas do not flicker.

mod air;
mod body;
mod draws;
pub mod pieces;
mod powered;

use super::FallSample;
use super::lift::Polar;
use crate::picture::{MODES, Mode, Track};
use crate::traffic::SurfacePosition;
use crate::trust::CommonError;
use air::{AIR_TOP_M, Falling, Shape, Wind};
use body::Prior;
use downrange_earth::atmosphere::density_kgpm3;
use downrange_earth::geodetic::height_m;
use downrange_earth::motion::{Integrator, ballistic_rate};
use downrange_earth::{Ecef, Time};
use draws::{Dimension, Draw, Draws};
use nalgebra::{SVector, Vector3};

/// Aircraft fly below this height: where a fall passes it, it begins to be a danger to them.
pub const ALOFT_HEIGHT_M: f64 = 12_000.0;
/// Longest flight that is followed: the longest published one took 5,156 s (31 October 2024).
const FLIGHT_MAX_S: f64 = 5_400.0;
/// Errors of one integration step, metres and metres per second: far below what the state is known to.
const TOLERANCE: [f64; 6] = [5.0, 5.0, 5.0, 0.1, 0.1, 0.1];

/// How likely each way of coming down is; they sum to one.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Ways {
    /// A slender body falls freely.
    pub falling: f64,
    /// A spent stage falls freely, tumbling.
    pub stage: f64,
    /// A piece of something that broke up falls freely, tumbling.
    pub piece: f64,
    /// An engine burns on for a while, then free fall.
    pub burning: f64,
    /// It uses lift low down for a while, then dives.
    pub pulling_up: f64,
    /// It glides, then dives.
    pub gliding: f64,
    /// It breaks up on the way; this is one of the pieces.
    pub breaking_up: f64,
}

/// One way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Falling,
    Stage,
    Piece,
    Burning,
    PullingUp,
    Gliding,
    BreakingUp,
}

impl Ways {
    /// The way that has this share, 0 to 1, of all ways in their order.
    fn at(&self, share: f64) -> Way {
        let shares = [
            (Way::Stage, self.stage),
            (Way::Piece, self.piece),
            (Way::Burning, self.burning),
            (Way::PullingUp, self.pulling_up),
            (Way::Gliding, self.gliding),
            (Way::BreakingUp, self.breaking_up),
        ];
        let mut left = share;
        for (way, its) in shares {
            if left < its {
                return way;
            }
            left -= its;
        }
        Way::Falling
    }

    /// Share of the ways in which nothing but gravity and drag acts.
    pub fn free(&self) -> f64 {
        self.falling + self.stage + self.piece
    }
}

/// Samples of the fall, and the share of the drawn flights that came down at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Falls {
    /// Those that came down.
    pub samples: Vec<FallSample>,
    /// How many of all came down.
    pub share: f64,
}

/// What its file says of a track beyond its state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// If an engine burns, for how long it has done so.
    pub burned_s: f64,
    /// Whether the air was felt, engines off: else the filter cannot know its ballistic coefficient.
    pub felt_air: bool,
    /// How well it lifts, if it has been seen to.
    pub polar: Option<Polar>,
}

/// Draws and flies `count` ways down. The state is the track's at the time of its latest plot or prediction, with what it may
/// be off by in common.
pub fn draw(track: &Track, error: &CommonError, history: &History, ways: &Ways, count: usize) -> Falls {
    let draws = Draws::new(count);
    let (mut sound, mut off) = (track.clone(), track.clone());
    sound.widen(&error.found);
    off.widen(&(error.found + error.hidden));
    let felt = history.felt_air;
    let mut samples = Vec::with_capacity(count);
    for number in 0..count {
        let draw = draws.of(number);
        let track = if draw.uniform(Dimension::Off) < error.hidden_probability { &off } else { &sound };
        let way = ways.at(draw.uniform(Dimension::Way));
        let flown = match way {
            Way::Burning => powered::burn(track, history.burned_s, &draw),
            Way::PullingUp => powered::pull_up(track, history.polar, &draw),
            Way::Gliding => powered::glide(track, history.polar, &draw),
            Way::BreakingUp => powered::break_up(track, felt, &draw),
            Way::Falling => Some(body::coasting(track, felt, &Prior::SLENDER, Shape::slender(&draw), &draw)),
            Way::Stage => Some(body::coasting(track, felt, &Prior::STAGE, Shape::blunt(&draw), &draw)),
            Way::Piece => Some(body::coasting(track, felt, &Prior::PIECE, Shape::blunt(&draw), &draw)),
        };
        samples.extend(flown.and_then(|released| free_fall(track.time, &released, &draw)));
    }
    let share = samples.len() as f64 / count.max(1) as f64;
    Falls { samples, share }
}

/// Place and velocity.
type State = SVector<f64, 6>;

/// A body from the moment on at which nothing but gravity and air acts on it.
#[derive(Debug, Clone, Copy)]
struct Released {
    after_s: f64,
    state: State,
    /// Mass over drag area, hypersonic or as it is now.
    coefficient_kgpm2: f64,
    /// Speed that the coefficient holds for.
    at_mps: f64,
    shape: Shape,
}

/// The motion model whose state a sample takes, drawn by how probable each is.
fn drawn_mode(track: &Track, draw: &Draw) -> Mode {
    let mut left = draw.uniform(Dimension::Mode);
    let probabilities = track.mode_probabilities();
    for mode in [Mode::Level, Mode::Turn, Mode::Boost, Mode::Manoeuvre] {
        if left < probabilities[mode as usize] {
            return mode;
        }
        left -= probabilities[mode as usize];
    }
    Mode::Ballistic
}

const _: () = assert!(MODES == 5, "drawn_mode names every mode");

/// What is left even if all else were known: gusts, and that nobody is where a map says to the metre.
const PLACE_SIGMA_M: f64 = 100.0;

/// From here to the ground; `None` when it stays up or the numbers fail.
fn free_fall(start: Time, released: &Released, draw: &Draw) -> Option<FallSample> {
    let (high_s, state) = through_space(&released.state, released.coefficient_kgpm2)?;
    let speed_mps = Vector3::new(state[3], state[4], state[5]).norm();
    let at_mps = if high_s > 0.0 { speed_mps.max(released.at_mps) } else { released.at_mps };
    let drag_per_s = 0.5 * density_kgpm3(state_height_m(&state)) * speed_mps / released.coefficient_kgpm2;
    let falling = Falling {
        coefficient_kgpm2: released.coefficient_kgpm2,
        now_mps: at_mps,
        shape: released.shape,
        wind: Wind::drawn(&state, draw).fitted_to(&state, drag_per_s),
    };
    let rate = |_: f64, state: &State| falling.rate(state);
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
    let aloft_time = start.plus_s(released.after_s + high_s + aloft_s);
    Some(FallSample {
        position: scattered(surface(&ground), draw),
        time: aloft_time.plus_s(ground_s),
        aloft: surface(&aloft),
        aloft_time,
    })
}

/// Down to where the air is felt.
fn through_space(state: &State, coefficient_kgpm2: f64) -> Option<(f64, State)> {
    if state_height_m(state) <= AIR_TOP_M {
        // It may still rise out of the air; then the winds up there are those drawn for here.
        return Some((0.0, *state));
    }
    let rate = |_: f64, state: &State| ballistic_rate(state, coefficient_kgpm2);
    let flown = integrator(60.0).fly(*state, FLIGHT_MAX_S, rate, |s| state_height_m(s) - AIR_TOP_M);
    flown.by_event.then_some((flown.time_s, flown.state))
}

/// A place with the scatter that is left even if all else were known.
fn scattered(place: SurfacePosition, draw: &Draw) -> SurfacePosition {
    let sigma_rad = PLACE_SIGMA_M / super::energy::EARTH_RADIUS_M;
    let cos_latitude = libm::cos(place.latitude_rad).max(0.01);
    SurfacePosition {
        latitude_rad: place.latitude_rad + sigma_rad * draw.normal_at(Dimension::Scatter, 0),
        longitude_rad: place.longitude_rad + sigma_rad * draw.normal_at(Dimension::Scatter, 1) / cos_latitude,
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
