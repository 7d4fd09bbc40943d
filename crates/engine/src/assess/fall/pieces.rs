//! Pieces that nobody tracks: what a break-up throws, of every ballistic coefficient, followed through the heights at which
//! aircraft fly.

use super::air::{Falling, Shape, Wind};
use super::body::{self, KnownDrag, Prior, Source};
use super::draws::{Dimension, Draw, Draws};
use super::weather::Winds;
use super::{AIR_TOP_M, FLIGHT_MAX_S, Released, State, integrator, powered, state_height_m, surface};
use crate::assess::energy::G_MPS2;
use crate::picture::Track;
use crate::traffic::SurfacePosition;
use crate::trust::CommonError;
use downrange_earth::atmosphere::density_kgpm3;
use downrange_earth::motion::ballistic_rate;
use downrange_earth::{Ecef, Time};
use nalgebra::Vector3;

/// Ballistic coefficients of pieces (kg/m²): the span of the debris catalogues of flight safety, from sheet metal to engines.
const COEFFICIENT_KGPM2: [f64; 2] = [1.5, 2_000.0];
/// Heights that pieces are followed through: flight levels 600, 400 and 200 (feet by hundreds, as if the air were the standard
/// one), and the ground.
pub const BORDERS_M: [f64; 4] = [18_288.0, 12_192.0, 6_096.0, 0.0];
/// A piece that sinks slower than this at its terminal speed has forgotten how it came: it drifts with the wind.
const DRIFTING_MPS: f64 = 100.0;
/// Steps in height in which a drift is followed: winds are drawn at heights that are kilometres apart.
const DRIFT_STEP_M: f64 = 500.0;
/// A break-up this far from the others in time, in sigmas of theirs, is a stray.
const STRAY_SIGMAS: f64 = 4.0;
const STRAY_SIGMA_MIN_S: f64 = 5.0;

/// Where and when one piece passes a height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Passage {
    /// Where.
    pub position: SurfacePosition,
    /// When.
    pub time: Time,
}

/// Where one piece passes each of [`BORDERS_M`].
pub type Descent = [Passage; 4];

/// Draws and flies `count` pieces: the track falls whole to its break-up, which throws pieces of every ballistic coefficient,
/// as many of each factor. `drag`: what is known of the ballistic coefficient of the whole. `broken_s`: between
/// which times, seconds after the state of the track, it broke up, where that was seen; else it is drawn by its height. Pieces
/// that stay up are left out.
pub fn descents(
    track: &Track,
    error: &CommonError,
    drag: KnownDrag,
    broken_s: Option<[f64; 2]>,
    count: usize,
) -> Vec<Descent> {
    let draws = Draws::new(count);
    let mut track = track.clone();
    track.widen(&error.found);
    let source = Source::of(&track, drag);
    let thrown: Vec<Option<Released>> = match broken_s {
        None => {
            let whole = |number| powered::break_up(&source, draws.of(number));
            powered::broken(&(0..count).map(whole).collect::<Vec<_>>()).collect()
        }
        Some(broken_s) => (0..count).map(|number| broken_between(broken_s, &source, &draws.of(number))).collect(),
    };
    let piece = |(number, thrown): (usize, Option<Released>)| {
        let (draw, thrown) = (draws.of(number), thrown?);
        let decades = libm::log(COEFFICIENT_KGPM2[1] / COEFFICIENT_KGPM2[0]);
        let coefficient_kgpm2 = COEFFICIENT_KGPM2[0] * libm::exp(decades * draw.uniform(Dimension::Second));
        Some((
            thrown.after_s,
            descent(track.time, &Released { coefficient_kgpm2, learnt_share: 0.0, ..thrown }, &draw)?,
        ))
    };
    without_strays(thrown.into_iter().enumerate().filter_map(piece).collect())
}

/// It falls whole until it breaks up at a time that is known.
fn broken_between(broken_s: [f64; 2], source: &Source, draw: &Draw) -> Option<Released> {
    let whole = body::coasting(source, &Prior::STAGE, Shape::blunt(draw), draw);
    let rate = |_: f64, state: &State| ballistic_rate(state, whole.coefficient_kgpm2);
    let after_s = draw.between(Dimension::First, broken_s).max(0.0);
    let flown = integrator(60.0).fly(whole.state, after_s, rate, state_height_m);
    let mut state = flown.state;
    for axis in 0..3 {
        state[3 + axis] += powered::BREAK_UP_SPEED_SIGMA_MPS * draw.normal_at(Dimension::Kick, axis);
    }
    let at_mps = Vector3::new(state[3], state[4], state[5]).norm();
    (!flown.failed && !flown.by_event).then_some(Released { after_s, state, at_mps, ..whole })
}

/// Leaves out the few that broke up at quite another time than the others (a state drawn so fast that it goes around the globe
/// once more): one of them would keep the sky closed for an hour.
fn without_strays(pieces: Vec<(f64, Descent)>) -> Vec<Descent> {
    let mut broken_s: Vec<f64> = pieces.iter().map(|(after_s, _)| *after_s).collect();
    broken_s.sort_by(f64::total_cmp);
    let at = |share: f64| broken_s.get((share * broken_s.len() as f64) as usize).copied().unwrap_or(0.0);
    // Half of a normal distribution lies within 1.35 sigmas.
    let sigma_s = (at(0.75) - at(0.25)) / 1.35;
    let near = |after_s: f64| libm::fabs(after_s - at(0.5)) <= STRAY_SIGMAS * sigma_s.max(STRAY_SIGMA_MIN_S);
    pieces.iter().filter(|(after_s, _)| near(*after_s)).map(|(_, descent)| *descent).collect()
}

/// From the break-up to the ground.
fn descent(start: Time, thrown: &Released, draw: &Draw) -> Option<Descent> {
    let (high_s, mut state) = through_space(&thrown.state, thrown.coefficient_kgpm2)?;
    let falling = Falling {
        coefficient_kgpm2: thrown.coefficient_kgpm2,
        now_ratio: thrown.now_ratio(thrown.at_mps),
        shape: thrown.shape,
        wind: Wind::drawn(&state, &Winds::default(), draw),
    };
    let mut after_s = thrown.after_s + high_s;
    let mut passages = [Passage { position: surface(&state), time: start.plus_s(after_s) }; 4];
    for (passage, border_m) in passages.iter_mut().zip(BORDERS_M) {
        let (way_s, there) = down_to(border_m, state, &falling)?;
        after_s += way_s;
        state = there;
        *passage = Passage { position: surface(&state), time: start.plus_s(after_s) };
    }
    Some(passages)
}

/// Down to where the air is felt.
fn through_space(state: &State, coefficient_kgpm2: f64) -> Option<(f64, State)> {
    if state_height_m(state) <= AIR_TOP_M {
        return Some((0.0, *state));
    }
    let rate = |_: f64, state: &State| ballistic_rate(state, coefficient_kgpm2);
    let flown = integrator(60.0).fly(*state, FLIGHT_MAX_S, rate, |s| state_height_m(s) - AIR_TOP_M);
    flown.by_event.then_some((flown.time_s, flown.state))
}

/// How long it takes down to a height, and the state there. What has forgotten how it came is not integrated: steps would have to
/// be shorter than its drag takes to stop it, and it falls for an hour.
fn down_to(border_m: f64, state: State, falling: &Falling) -> Option<(f64, State)> {
    let shape = &falling.shape;
    let slow_kgpm2 = falling.coefficient_kgpm2 * falling.now_ratio / shape.ratio(DRIFTING_MPS);
    let sink_mps = |height_m: f64| libm::sqrt(2.0 * G_MPS2 * slow_kgpm2 / density_kgpm3(height_m));
    let drift_from_m = highest_below(DRIFTING_MPS, sink_mps);
    let (mut after_s, mut state) = (0.0, state);
    let flown_to_m = border_m.max(drift_from_m);
    if state_height_m(&state) > flown_to_m {
        let rate = |_: f64, state: &State| falling.rate(state);
        let flown = integrator(30.0).fly(state, FLIGHT_MAX_S, rate, |s| state_height_m(s) - flown_to_m);
        if !flown.by_event {
            return None;
        }
        (after_s, state) = (flown.time_s, flown.state);
    }
    let mut height_m = state_height_m(&state);
    while height_m > border_m {
        let step_m = DRIFT_STEP_M.min(height_m - border_m);
        let middle_m = height_m - 0.5 * step_m;
        let step_s = step_m / sink_mps(middle_m);
        let drifted = Vector3::new(state[0], state[1], state[2]) + falling.wind.at_mps(middle_m) * step_s;
        let mut place = Ecef(drifted).geodetic();
        height_m = if height_m - step_m > border_m { height_m - step_m } else { border_m };
        place.height_m = height_m;
        let place = place.ecef().0;
        (0..3).for_each(|axis| state[axis] = place[axis]);
        after_s += step_s;
    }
    Some((after_s, state))
}

/// The greatest height at which something that sinks the slower the lower it is sinks no faster than this; zero if it never does.
fn highest_below(speed_mps: f64, sink_mps: impl Fn(f64) -> f64) -> f64 {
    let (mut low_m, mut high_m) = (0.0, 60e3);
    if sink_mps(low_m) > speed_mps {
        return 0.0;
    }
    while high_m - low_m > 100.0 {
        let middle_m = 0.5 * (low_m + high_m);
        if sink_mps(middle_m) > speed_mps { high_m = middle_m } else { low_m = middle_m }
    }
    low_m
}

#[cfg(test)]
mod tests {
    use super::*;
    use downrange_earth::{Geodetic, Site};

    /// A piece thrown at 70 km, at 6.9 km/s along a path that sinks by 1.5°, as spent stages come in.
    fn thrown(coefficient_kgpm2: f64, draw: &Draw) -> Descent {
        let place = Geodetic::from_degrees(38.0, 129.0, 70e3);
        let velocity = Site::new(place).ecef_to_enu().transpose() * Vector3::new(5_000.0, 4_750.0, -180.0);
        let at = place.ecef().0;
        let state = State::from([at.x, at.y, at.z, velocity.x, velocity.y, velocity.z]);
        let released = Released {
            after_s: 0.0,
            state,
            coefficient_kgpm2,
            at_mps: velocity.norm(),
            learnt_share: 0.0,
            shape: Shape::blunt(draw),
        };
        descent(Time::from_tai_ns(0), &released, draw).expect("it comes down")
    }

    #[test]
    fn the_lightest_piece_takes_an_hour_and_the_heaviest_minutes() {
        let draws = Draws::new(9);
        let time_s = |coefficient, border: usize| {
            thrown(coefficient, &draws.of(4))[border].time.seconds_since(Time::from_tai_ns(0))
        };
        // Terminal speed at the ground √(2·9.8·1.5/(0.7·1.225)) = 5.9 m/s, √2 times that near 6 km: 6 km in about 15 minutes.
        let last_s = time_s(1.5, 3) - time_s(1.5, 2);
        assert!((700.0..1_300.0).contains(&last_s), "{last_s}");
        assert!(time_s(1.5, 3) > 2_400.0 && time_s(2_000.0, 3) < 400.0, "{} {}", time_s(1.5, 3), time_s(2_000.0, 3));
    }

    /// The hull of what is drawn, with the margin of the usual policy, against other draws of the same law.
    #[test]
    fn val_a_hull_of_240_pieces_holds_97_percent_of_others() {
        let drawn = |count: usize| -> Vec<Descent> {
            let draws = Draws::new(count);
            let decades = libm::log(COEFFICIENT_KGPM2[1] / COEFFICIENT_KGPM2[0]);
            let coefficient = |draw: &Draw| COEFFICIENT_KGPM2[0] * libm::exp(decades * draw.uniform(Dimension::Second));
            (0..count).map(|number| draws.of(number)).map(|draw| thrown(coefficient(&draw), &draw)).collect()
        };
        let (made, asked) = (drawn(240), drawn(500));
        for upper in 0..3 {
            let places: Vec<_> = made.iter().flat_map(|d| [d[upper].position, d[upper + 1].position]).collect();
            let time = Time::from_tai_ns(0);
            let hull = crate::assess::HazardArea::new(0.97, crate::assess::area::convex_hull(&places), time, time);
            let area = hull.unwrap().widened(5_000.0);
            let inside = asked.iter().filter(|d| (upper..=upper + 1).all(|border| area.contains(d[border].position)));
            let held = inside.count() as f64 / asked.len() as f64;
            assert!(held >= 0.97, "{upper}: {held}");
        }
    }

    #[test]
    fn a_piece_that_broke_off_at_quite_another_time_is_left_out() {
        let draws = Draws::new(9);
        let piece = thrown(100.0, &draws.of(4));
        let mut pieces: Vec<(f64, Descent)> = (0..40).map(|second| (100.0 + f64::from(second), piece)).collect();
        assert_eq!(without_strays(pieces.clone()).len(), 40);
        pieces.push((5_300.0, piece));
        assert_eq!(without_strays(pieces).len(), 40);
        assert!(without_strays(Vec::new()).is_empty());
    }

    #[test]
    fn prop_passages_come_one_after_the_other_and_heavier_pieces_fly_farther() {
        let draws = Draws::new(16);
        for number in 0..16 {
            let draw = draws.of(number);
            let east = |coefficient| thrown(coefficient, &draw)[0].position.longitude_rad;
            assert!(east(2_000.0) > east(100.0) && east(100.0) > east(5.0));
            for coefficient in [1.5, 20.0, 300.0, 2_000.0] {
                let passages = thrown(coefficient, &draw);
                assert!(passages.windows(2).all(|pair| pair[1].time > pair[0].time), "{coefficient}");
            }
        }
    }

    #[test]
    fn val_a_drift_is_what_integration_gives() {
        // Just above and just below the coefficient at which a piece is left to drift from 18 km on.
        let draws = Draws::new(9);
        let [light, heavy] = [49.0, 57.0].map(|coefficient| thrown(coefficient, &draws.of(4)));
        let fall_s = |d: &Descent| d[3].time.seconds_since(d[0].time);
        // Falls go with the root of the coefficient: 7.8 % apart.
        let ratio = fall_s(&light) / fall_s(&heavy);
        assert!((1.05..1.11).contains(&ratio), "{ratio}");
    }
}
