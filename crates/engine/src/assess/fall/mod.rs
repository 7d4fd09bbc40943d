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
pub mod weather;

use super::FallSample;
use super::lift::Polar;
use crate::picture::{MODES, Mode, Track};
use crate::traffic::SurfacePosition;
use crate::trust::CommonError;
pub use air::AIR_TOP_M;
use air::{Falling, Shape, Wind};
pub use body::KnownDrag;
use body::{Prior, Source};
use downrange_earth::geodetic::height_m;
use downrange_earth::motion::{Integrator, ballistic_rate};
use downrange_earth::{Ecef, Time};
use draws::{Dimension, Draw, Draws};
use nalgebra::{SVector, Vector3};
use weather::Winds;

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

/// Factors of the areas for each way.
struct Factors {
    stage: [f64; 3],
    piece: [f64; 3],
    burning: [f64; 3],
    pulling_up: [f64; 3],
    gliding: [f64; 3],
    breaking_up: [f64; 3],
}

/// How far the areas of 50, 95 and 99 % were off on worlds drawn by the simulator: the factors by which 50, 95 and 99 of a hundred
/// of them would have just held the fall. They come from `factor50` to `factor99` of `downrange study --forecasts` on worlds from the
/// seeds 700000 and 1000000 on, pooled, freed of the factors that they were made with, and rounded by hand:
/// 40 with break-ups, and some 120 of each other way, part of them with earlier builds, since worlds differ more than builds. Those of
/// gliding were then moved by a few hundredths by what 769 flights from seed 1300000 on held, as if areas held
/// 1 − exp(−k·factor²), and those of what lifts by what 120 such flights from seed 1606000 on and 119 from seed 1610000 on did; the
/// 50 % ones of these and of pieces once more by 1,996 flights from seed 1800000 on; the 95 and 99 % ones of pieces and of gliding, which
/// held too few, by 1,999 flights from seed 4600000 on. While an engine burns an older one stands.
/// Those of free fall ([`falling`]) come from 214 ballistic flights from seed 2900000 on, by how long they had been falling;
/// those in the end were then raised by a few hundredths by what 365 others from seeds 2900500 and 2901000 on held. By how much
/// longer they fall they come from the 852 ballistic flights among 2,000 from seed 3000000 on.
/// Below one, what is drawn was too careful (any body of its sort, winds of any season); above one, it lacks something: that a
/// radar is off and nobody finds it, air that is not the standard one for all pieces together.
const FACTORS: Factors = Factors {
    stage: [0.70, 0.82, 1.32],
    piece: [0.79, 0.97, 1.35],
    burning: [1.0, 1.0, 1.2],
    pulling_up: [0.89, 0.88, 1.25],
    gliding: [1.02, 1.0, 1.12],
    breaking_up: [0.7, 1.0, 1.9],
};

/// Factors of the areas of what falls freely, at first and in the end, and the time in which they go from the one to the other (by
/// a factor e): what filters say of a track is too sure for minutes after its engine stops, as long as what they took for thrust is
/// in its velocity; in the end what is drawn beside it is too careful.
const FALLING_FIRST: [f64; 3] = [1.0, 1.02, 1.28];
const FALLING_IN_THE_END: [f64; 3] = [0.7, 0.76, 0.98];
const SETTLING_S: f64 = 200.0;

/// What these are multiplied by: where little is left to fall the air makes the area, and the winds and shapes that are drawn are
/// those of any day and any body; where much is left the velocity makes it, and filters are too sure of that. In the last seconds
/// it is where it is. With the time in which they go from the one to the other.
const LITTLE_LEFT: [f64; 3] = [0.94, 0.78, 0.82];
const MUCH_LEFT: [f64; 3] = [1.0, 1.13, 1.22];
const LEFT_S: f64 = 400.0;
const NOTHING_LEFT: [f64; 3] = [1.05, 1.05, 1.0];
const LAST_S: f64 = 25.0;

/// Factors of what has been falling freely for so long, and falls for so long yet.
fn falling(fallen_s: f64, left_s: f64) -> [f64; 3] {
    let left_s = left_s.max(0.0);
    let (first, little) = (libm::exp(-fallen_s / SETTLING_S), libm::exp(-left_s / LEFT_S));
    let last = libm::exp(-(left_s / LAST_S) * (left_s / LAST_S));
    let between = |share: f64, at_one: f64, at_nothing: f64| share * at_one + (1.0 - share) * at_nothing;
    core::array::from_fn(|level| {
        let left = between(little, LITTLE_LEFT[level], MUCH_LEFT[level]);
        between(first, FALLING_FIRST[level], FALLING_IN_THE_END[level]) * between(last, NOTHING_LEFT[level], left)
    })
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

    /// By how much the areas of 50, 95 and 99 % have to be drawn apart (above one) or together for what they say to be true: the
    /// geometric mean over the ways, by their shares. It has been seen to fall for so long, and falls for so long yet.
    pub fn factors(&self, fallen_s: f64, left_s: f64) -> [f64; 3] {
        let shares = [
            (self.falling, falling(fallen_s, left_s)),
            (self.stage, FACTORS.stage),
            (self.piece, FACTORS.piece),
            (self.burning, FACTORS.burning),
            (self.pulling_up, FACTORS.pulling_up),
            (self.gliding, FACTORS.gliding),
            (self.breaking_up, FACTORS.breaking_up),
        ];
        core::array::from_fn(|level| {
            libm::exp(shares.iter().map(|(share, factors)| share * libm::log(factors[level])).sum())
        })
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

impl Falls {
    /// How long they are in the air yet at a time, in the mean.
    pub fn left_s(&self, time: Time) -> f64 {
        let all_s: f64 = self.samples.iter().map(|sample| sample.time.seconds_since(time)).sum();
        all_s / self.samples.len().max(1) as f64
    }
}

/// What its file says of a track beyond its state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// If an engine burns, for how long it has done so.
    pub burned_s: f64,
    /// What is known of its ballistic coefficient.
    pub drag: KnownDrag,
    /// How well it lifts, if it has been seen to.
    pub polar: Option<Polar>,
}

/// Draws and flies `count` ways down. The state is the track's at the time of its latest plot or prediction, with what it may
/// be off by in common; `winds` are those where it comes down.
pub fn draw(track: &Track, error: &CommonError, history: &History, ways: &Ways, winds: &Winds, count: usize) -> Falls {
    let draws = Draws::kept(count);
    let (mut sound, mut off) = (track.clone(), track.clone());
    sound.widen(&error.found);
    off.widen(&(error.found + error.hidden));
    let (sound, off) = (Source::of(&sound, history.drag), Source::of(&off, history.drag));
    let mut released: Vec<Option<Released>> = vec![None; count];
    let (mut burning, mut lifting, mut whole) = (Waiting::default(), Waiting::default(), Waiting::default());
    for (number, released) in released.iter_mut().enumerate() {
        let draw = draws.of(number);
        let source = if draw.uniform(Dimension::Off) < error.hidden_probability { &off } else { &sound };
        let coasting = |prior: &Prior, shape: Shape| Some(body::coasting(source, prior, shape, &draw));
        match ways.at(draw.uniform(Dimension::Way)) {
            Way::Burning => burning.push(number, powered::burn(source, history.burned_s, draw)),
            Way::PullingUp => lifting.push(number, powered::pull_up(source, history.polar, &draw)),
            Way::Gliding => lifting.push(number, powered::glide(source, history.polar, &draw)),
            Way::BreakingUp => whole.push(number, powered::break_up(source, draw)),
            Way::Falling => *released = coasting(&Prior::SLENDER, Shape::slender(&draw)),
            Way::Stage => *released = coasting(&Prior::STAGE, Shape::blunt(&draw)),
            Way::Piece => *released = coasting(&Prior::PIECE, Shape::blunt(&draw)),
        }
    }
    let flown = (burning.numbers.iter().zip(powered::burnt(&burning.bodies)))
        .chain(lifting.numbers.iter().zip(powered::lifted(&lifting.bodies)))
        .chain(whole.numbers.iter().zip(powered::broken(&whole.bodies)));
    flown.for_each(|(&number, body)| released[number] = body);
    let released = released.iter().enumerate().filter_map(|(number, one)| Some((draws.of(number), one.as_ref()?)));
    let samples = free_fall(track.time, winds, released);
    let share = samples.len() as f64 / count.max(1) as f64;
    Falls { samples, share }
}

/// Bodies that wait to be flown together, with the numbers of their samples.
struct Waiting<B> {
    numbers: Vec<usize>,
    bodies: Vec<B>,
}

impl<B> Default for Waiting<B> {
    fn default() -> Waiting<B> {
        Waiting { numbers: Vec::new(), bodies: Vec::new() }
    }
}

impl<B> Waiting<B> {
    fn push(&mut self, number: usize, body: B) {
        self.numbers.push(number);
        self.bodies.push(body);
    }
}

/// Place and velocity.
type State = SVector<f64, 6>;

/// A body from the moment on at which nothing but gravity and air acts on it.
#[derive(Debug, Clone, Copy)]
struct Released {
    after_s: f64,
    state: State,
    /// Mass over drag area: what is known of such bodies far above the speed of sound, and what was learnt of this one.
    coefficient_kgpm2: f64,
    /// Speed that what was learnt holds for.
    at_mps: f64,
    /// How much of the coefficient was learnt, 0 to 1.
    learnt_share: f64,
    shape: Shape,
}

impl Released {
    /// Its drag over the hypersonic one where its coefficient holds, if what was learnt holds for this speed: the mean (of
    /// logarithms) of what was learnt there and what is known far above the speed of sound, where this is 1.
    fn now_ratio(&self, at_mps: f64) -> f64 {
        libm::pow(self.shape.ratio(at_mps), self.learnt_share)
    }
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
pub const PLACE_SIGMA_M: f64 = 20.0;

/// A body on its way down.
struct Sinking<'a> {
    draw: Draw<'a>,
    released: &'a Released,
    /// Its air, once it is down to where air is felt.
    falling: Option<Falling>,
    state: State,
    /// Time since the start of the forecast, and since the last height that it was brought to.
    after_s: f64,
    leg_s: f64,
    /// Where it is on its way through the height at which aircraft fly, in seconds after the start.
    aloft: Option<(f64, SurfacePosition)>,
}

impl<'a> Sinking<'a> {
    fn new(draw: Draw<'a>, released: &'a Released) -> Sinking<'a> {
        Sinking {
            draw,
            released,
            falling: None,
            state: released.state,
            after_s: released.after_s,
            leg_s: 0.0,
            aloft: None,
        }
    }

    fn rate(&self, state: &State) -> State {
        match &self.falling {
            Some(falling) => falling.rate(state),
            None => ballistic_rate(state, self.released.coefficient_kgpm2),
        }
    }

    /// Feels the air from here on.
    fn feel(self, winds: &Winds) -> Sinking<'a> {
        let released = self.released;
        let Released { coefficient_kgpm2, at_mps, shape, .. } = *released;
        let state = &self.state;
        let speed_mps = Vector3::new(state[3], state[4], state[5]).norm();
        let at_mps = if self.leg_s > 0.0 { speed_mps.max(at_mps) } else { at_mps };
        let wind = Wind::drawn(state, winds, &self.draw);
        Sinking {
            falling: Some(Falling { coefficient_kgpm2, now_ratio: released.now_ratio(at_mps), shape, wind }),
            ..self
        }
    }
}

/// Those of the bodies that come down to a height, flown together; what is lower already stays where it is.
fn sink(bodies: Vec<Sinking>, step_max_s: f64, floor_m: f64) -> Vec<Sinking> {
    // Written so that what is not a number flies, and fails.
    let is_down = |body: &Sinking| state_height_m(&body.state) <= floor_m;
    let flying: Vec<&Sinking> = bodies.iter().filter(|body| !is_down(body)).collect();
    let starts: Vec<(State, f64)> = flying.iter().map(|body| (body.state, FLIGHT_MAX_S)).collect();
    let mut flown = integrator(step_max_s)
        .fly_all(&starts, |at, _, state| flying[at].rate(state), |_, state| state_height_m(state) - floor_m)
        .into_iter();
    let down = bodies.into_iter().filter_map(|body| {
        let Some(flown) = (if is_down(&body) { None } else { flown.next() }) else {
            return Some(Sinking { leg_s: 0.0, ..body });
        };
        let (state, after_s, leg_s) = (flown.state, body.after_s + flown.time_s, flown.time_s);
        flown.by_event.then_some(Sinking { state, after_s, leg_s, ..body })
    });
    down.collect()
}

/// From where they are released to the ground; without those that stay up, or whose numbers fail.
fn free_fall<'a>(
    start: Time,
    winds: &Winds,
    released: impl Iterator<Item = (Draw<'a>, &'a Released)>,
) -> Vec<FallSample> {
    let bodies = released.map(|(draw, released)| Sinking::new(draw, released)).collect();
    // What is low enough to feel the air may still rise out of it; then the winds up there are those drawn for here.
    let in_air = sink(bodies, 60.0, AIR_TOP_M).into_iter().map(|body| body.feel(winds)).collect();
    let pass = |body: Sinking<'a>| Sinking { aloft: Some((body.after_s, surface(&body.state))), ..body };
    let aloft = sink(in_air, 60.0, ALOFT_HEIGHT_M).into_iter().map(pass).collect();
    let down = sink(aloft, 30.0, 0.0).into_iter().filter_map(|body| {
        let (aloft_s, aloft) = body.aloft?;
        let aloft_time = start.plus_s(aloft_s);
        let position = scattered(surface(&body.state), &body.draw);
        Some(FallSample { position, time: aloft_time.plus_s(body.leg_s), aloft, aloft_time })
    });
    down.collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prop_areas_of_free_fall_come_together_while_it_falls_and_those_of_others_do_not() {
        let falls = Ways { falling: 1.0, ..Ways::default() };
        let fallen_s = [0.0, 30.0, 120.0, 600.0, 3_000.0].map(|fallen_s| falls.factors(fallen_s, 300.0));
        let left_s = [3_000.0, 600.0, 240.0, 100.0, 60.0].map(|left_s| falls.factors(300.0, left_s));
        for pair in fallen_s.windows(2).chain(left_s.windows(2)) {
            assert!(pair[0].iter().zip(pair[1]).all(|(before, after)| *before > after), "{pair:?}");
        }
        // In the last seconds, and after the time at which it should be down, it is where it is.
        let [soon, last, over] = [60.0, 0.0, -20.0].map(|left_s| falls.factors(300.0, left_s));
        assert!(soon.iter().zip(last).all(|(soon, last)| *soon < last) && last == over, "{soon:?} {last:?} {over:?}");
        let lifts = Ways { gliding: 1.0, ..Ways::default() };
        assert_eq!(lifts.factors(0.0, 600.0), lifts.factors(600.0, 0.0));
        // A half of each: the geometric mean.
        let either = Ways { falling: 0.5, gliding: 0.5, ..Ways::default() };
        let expected = (falls.factors(60.0, 90.0)[1] * lifts.factors(60.0, 90.0)[1]).sqrt();
        assert!((either.factors(60.0, 90.0)[1] / expected - 1.0).abs() < 1e-12);
    }
}
