//! Ways on which more than gravity and drag acts: an engine, lift, a break-up.

use super::air::Shape;
use super::body::{Prior, Source, moved};
use super::draws::{Dimension, Draw};
use super::{FLIGHT_MAX_S, Released, State, drawn_mode, integrator, state_height_m};
use crate::assess::energy::{normal_below, normal_quantile};
use crate::assess::lift::Polar;
use crate::picture::Mode;
use downrange_earth::Ecef;
use downrange_earth::gravity::MU_M3PS2;
use downrange_earth::motion::{ballistic_rate, drag_acceleration, rate_with_drag};
use nalgebra::Vector3;

/// Burns, all stages together: median and sigma of the logarithm. Short-range missiles burn for 40 to 70 s, medium ones about
/// 100 s, two stages 130 to 160 s, three stages 180 to 320 s. Our choice of one law for all of them.
const BURN_MEDIAN_S: f64 = 75.0;
const BURN_LOG_SIGMA: f64 = 0.55;
/// Nothing burns longer than this.
const BURN_MAX_S: f64 = 700.0;
/// Thrust per mass grows by no more than this share a second: a stage that burns 90 % of its mass in 150 s.
const THRUST_GROWTH_MAX_PER_S: f64 = 0.015;
/// Rockets do not accelerate harder than this for long: eight times gravity. Our choice.
const THRUST_MAX_MPS2: f64 = 80.0;
/// A burning vehicle weighs more and is no slimmer than what comes down.
const BURNING_COEFFICIENT_KGPM2: f64 = 10_000.0;

/// How long an engine that has burnt for `burned_s` burns on: the rest of a log-normal law.
fn burn_left_s(burned_s: f64, uniform: f64) -> f64 {
    let burned_s = burned_s.max(1.0);
    let over = normal_below(libm::log(burned_s / BURN_MEDIAN_S) / BURN_LOG_SIGMA);
    let share = (over + (1.0 - over) * uniform).min(1.0 - 1e-9);
    let total_s = BURN_MEDIAN_S * libm::exp(BURN_LOG_SIGMA * normal_quantile(share));
    (total_s - burned_s).clamp(0.0, BURN_MAX_S)
}

/// What burns on along its path, then falls.
pub struct Burn<'a> {
    start: State,
    left_s: f64,
    thrust_mps2: f64,
    growth_per_s: f64,
    draw: Draw<'a>,
}

/// It burns on; [`burnt`] flies it.
pub fn burn<'a>(source: &Source, burned_s: f64, draw: Draw<'a>) -> Burn<'a> {
    let drawn = source.drawn(Mode::Boost, &draw);
    Burn {
        start: moved(&drawn),
        left_s: burn_left_s(burned_s, draw.uniform(Dimension::First)),
        thrust_mps2: drawn[6].clamp(0.0, THRUST_MAX_MPS2),
        growth_per_s: drawn[7].clamp(0.0, THRUST_GROWTH_MAX_PER_S),
        draw,
    }
}

/// Flies bodies to where their engines end.
pub fn burnt(burns: &[Burn]) -> impl Iterator<Item = Option<Released>> {
    let starts: Vec<(State, f64)> = burns.iter().map(|burn| (burn.start, burn.left_s)).collect();
    let rate = |number: usize, t_s: f64, state: &State| {
        let Burn { thrust_mps2, growth_per_s, .. } = burns[number];
        let push_mps2 = (thrust_mps2 * libm::exp(growth_per_s * t_s)).min(THRUST_MAX_MPS2);
        pushed(ballistic_rate(state, BURNING_COEFFICIENT_KGPM2), along(state) * push_mps2)
    };
    let flown = integrator(5.0).fly_all(&starts, rate, |_, state| state_height_m(state));
    let body = Prior::SLENDER;
    flown.into_iter().zip(burns).map(move |(flown, Burn { draw, .. })| {
        (!flown.failed).then(|| Released {
            after_s: flown.time_s,
            state: flown.state,
            coefficient_kgpm2: libm::exp(
                body.log_mean + body.log_sigma * body.own_sigmas(draw.normal(Dimension::Drag)),
            ),
            at_mps: speed_mps(&flown.state),
            learnt_share: 0.0,
            shape: Shape::slender(draw),
        })
    })
}

/// Bodies that lift: median ballistic coefficient and sigma of its logarithm. Several thousand kg/m² are usual for slender
/// entry bodies; 13,000 kg/m² was derived for a glider (Acton, Science & Global Security 23, 2015). Our choice.
const LIFTING_COEFFICIENT_KGPM2: f64 = 5_000.0;
const LIFTING_COEFFICIENT_LOG_SIGMA: f64 = 0.5;
/// Lift never exceeds this acceleration.
const LIFT_MAX_MPS2: f64 = 100.0;
/// Lift-to-drag ratio of gliders: 2.6 was derived for one (Acton, as above), half of it for plain finned bodies.
const GLIDER_LIFT_TO_DRAG: [f64; 2] = [1.8, 3.6];
const FINNED_LIFT_TO_DRAG: [f64; 2] = [0.3, 3.0];
/// A glide ends between these heights in a dive; a pull-up between those.
const GLIDE_END_M: [f64; 2] = [14e3, 28e3];
const PULL_UP_END_M: [f64; 2] = [10e3, 26e3];
/// A glide ends when this share of its speed is left, at the earliest; nothing glides at such speeds lower than this.
const GLIDE_SPENT_SHARE: f64 = 0.7;
const GLIDE_FLOOR_M: f64 = 10e3;
/// However long it was seen, so much of what it does later is as seen: it can trim itself anew.
const SEEN_SHARE_MAX: f64 = 0.75;
/// One glide in eight is broken off earlier, after a time between zero and this.
const BROKEN_OFF_SHARE: f64 = 0.12;
const GLIDE_MAX_S: f64 = 1_500.0;
/// Bank to either side, one sigma; gliders turn, finned bodies hardly.
const GLIDER_BANK_SIGMA_RAD: f64 = 0.25;
const FINNED_BANK_SIGMA_RAD: f64 = 0.12;

/// How it uses lift.
pub struct Lift {
    start: State,
    shape: Shape,
    coefficient_kgpm2: f64,
    lift_to_drag: f64,
    bank_rad: f64,
    /// Lift ends when it sinks through this,
    until_m: f64,
    /// once it is slower than this (a glider that swings through that height on its first pull-up glides on),
    slower_than_mps: f64,
    /// or after this.
    until_s: f64,
    /// Share of its height that it keeps lifting for, should it be lower than that already.
    lower_share: f64,
    /// Whether it holds its path level rather than let itself be thrown up.
    smooth: bool,
}

/// A glide, then a dive; [`lifted`] flies it.
pub fn glide(source: &Source, polar: Option<Polar>, draw: &Draw) -> Lift {
    let fourth = draw.uniform(Dimension::Fourth);
    let lifting = pull_up(source, polar, draw);
    Lift {
        slower_than_mps: GLIDE_SPENT_SHARE * speed_mps(&lifting.start),
        lift_to_drag: lift_to_drag(polar, draw.between(Dimension::First, GLIDER_LIFT_TO_DRAG)),
        bank_rad: GLIDER_BANK_SIGMA_RAD * draw.normal(Dimension::Third),
        until_m: draw.between(Dimension::Second, GLIDE_END_M),
        until_s: if fourth < BROKEN_OFF_SHARE { GLIDE_MAX_S * fourth / BROKEN_OFF_SHARE } else { FLIGHT_MAX_S },
        smooth: fourth > 0.5,
        ..lifting
    }
}

/// Lift low down, then a dive; [`lifted`] flies it.
pub fn pull_up(source: &Source, polar: Option<Polar>, draw: &Draw) -> Lift {
    Lift {
        start: moved(&source.drawn(drawn_mode(source.track, draw), draw)),
        shape: Shape::slender(draw),
        coefficient_kgpm2: lifting_coefficient(polar, draw),
        lift_to_drag: lift_to_drag(polar, draw.between(Dimension::First, FINNED_LIFT_TO_DRAG)),
        bank_rad: FINNED_BANK_SIGMA_RAD * draw.normal(Dimension::Third),
        until_m: draw.between(Dimension::Second, PULL_UP_END_M),
        slower_than_mps: f64::INFINITY,
        until_s: FLIGHT_MAX_S,
        lower_share: 0.6 + 0.4 * draw.uniform(Dimension::Second),
        smooth: true,
    }
}

/// What is drawn from what is known of such bodies, drawn towards what was seen of this one.
fn lift_to_drag(polar: Option<Polar>, drawn: f64) -> f64 {
    polar.map_or(drawn, |polar| {
        drawn + SEEN_SHARE_MAX * polar.weight * (polar.lift_to_drag_ratio.clamp(0.1, 5.0) - drawn)
    })
}

fn lifting_coefficient(polar: Option<Polar>, draw: &Draw) -> f64 {
    let drawn = libm::log(LIFTING_COEFFICIENT_KGPM2) + LIFTING_COEFFICIENT_LOG_SIGMA * draw.normal(Dimension::Drag);
    let seen = polar.map_or(drawn, |polar| drawn + SEEN_SHARE_MAX * polar.weight * (polar.log_coefficient - drawn));
    libm::exp(seen.clamp(5.0, 10.8))
}

/// Flies bodies to where their lift ends.
pub fn lifted(lifts: &[Lift]) -> impl Iterator<Item = Option<Released>> {
    let starts: Vec<(State, f64)> = lifts.iter().map(|lift| (lift.start, lift.until_s)).collect();
    let banks: Vec<(f64, f64)> = lifts.iter().map(|lift| libm::sincos(lift.bank_rad)).collect();
    let rate = |number: usize, _: f64, state: &State| {
        let (lift, (sin_bank, cos_bank)) = (&lifts[number], banks[number]);
        let place = Vector3::new(state[0], state[1], state[2]);
        let velocity = Vector3::new(state[3], state[4], state[5]);
        let drag = drag_acceleration(Ecef(place), velocity, lift.coefficient_kgpm2);
        let forward = along(state);
        let side = forward.cross(&place);
        let side = side / side.norm().max(1.0);
        let up = side.cross(&forward);
        let most_mps2 = (lift.lift_to_drag * drag.norm()).min(LIFT_MAX_MPS2);
        let lift_mps2 = if lift.smooth { most_mps2.min(level_mps2(&place, &velocity)) } else { most_mps2 };
        pushed(rate_with_drag(state, drag), (up * cos_bank + side * sin_bank) * lift_mps2)
    };
    // What is lower than that by now has shown that it lifts on: down to somewhere below.
    let end_m = |lift: &Lift| {
        let now_m = state_height_m(&lift.start);
        if now_m > lift.until_m { lift.until_m } else { now_m * lift.lower_share }
    };
    let ends_m: Vec<f64> = lifts.iter().map(end_m).collect();
    let over_end_m = |number: usize, state: &State| {
        let is_spent = speed_mps(state) < lifts[number].slower_than_mps;
        state_height_m(state) - if is_spent { ends_m[number] } else { ends_m[number].min(GLIDE_FLOOR_M) }
    };
    let flown = integrator(10.0).fly_all(&starts, rate, over_end_m);
    flown.into_iter().zip(lifts).map(|(flown, lift)| {
        (!flown.failed).then(|| Released {
            after_s: flown.time_s,
            state: flown.state,
            coefficient_kgpm2: lift.coefficient_kgpm2,
            at_mps: speed_mps(&flown.state),
            learnt_share: 1.0,
            shape: lift.shape,
        })
    })
}

/// Lift that bends the path until it is level: the weight that the curve of the Earth leaves, and more while it sinks fast.
fn level_mps2(place: &Vector3<f64>, velocity: &Vector3<f64>) -> f64 {
    let radius_m = place.norm();
    let climb_mps = velocity.dot(place) / radius_m;
    /// A sink is taken out within about this time.
    const LEVEL_OUT_S: f64 = 15.0;
    let weight_mps2 = MU_M3PS2 / (radius_m * radius_m) - velocity.norm_squared() / radius_m;
    (weight_mps2 - climb_mps / LEVEL_OUT_S).max(0.0)
}

/// Stages and satellites break up between these heights (Columbia broke up near 61 km; the upper end is our choice).
const BREAK_UP_HEIGHT_M: [f64; 2] = [57e3, 82e3];
/// Speed that break-up gives a piece, one sigma of each component.
pub const BREAK_UP_SPEED_SIGMA_MPS: f64 = 20.0;

/// What falls whole to its break-up.
pub struct Whole<'a> {
    whole: Released,
    break_up_m: f64,
    draw: Draw<'a>,
}

/// It falls whole; [`broken`] flies it.
pub fn break_up<'a>(source: &Source, draw: Draw<'a>) -> Whole<'a> {
    Whole {
        whole: super::body::coasting(source, &Prior::STAGE, Shape::blunt(&draw), &draw),
        break_up_m: draw.between(Dimension::First, BREAK_UP_HEIGHT_M),
        draw,
    }
}

/// Flies bodies to their break-up; what comes down is a piece.
pub fn broken(wholes: &[Whole]) -> impl Iterator<Item = Option<Released>> {
    // Below the break-up height already: it breaks here and now.
    let is_down = |one: &Whole| state_height_m(&one.whole.state) <= one.break_up_m;
    let time_s = |one: &Whole| if is_down(one) { 0.0 } else { FLIGHT_MAX_S };
    let starts: Vec<(State, f64)> = wholes.iter().map(|one| (one.whole.state, time_s(one))).collect();
    let flown = integrator(60.0).fly_all(
        &starts,
        |number, _, state| ballistic_rate(state, wholes[number].whole.coefficient_kgpm2),
        |number, state| state_height_m(state) - wholes[number].break_up_m,
    );
    flown.into_iter().zip(wholes).map(move |(flown, one)| {
        if !flown.by_event && !is_down(one) {
            return None;
        }
        let (after_s, mut state) = (flown.time_s, flown.state);
        for axis in 0..3 {
            state[3 + axis] += BREAK_UP_SPEED_SIGMA_MPS * one.draw.normal_at(Dimension::Kick, axis);
        }
        let piece = Prior::PIECE;
        let coefficient_kgpm2 = libm::exp(piece.log_mean + piece.log_sigma * one.draw.normal(Dimension::Second));
        let (at_mps, learnt_share) = (speed_mps(&state), 0.0);
        Some(Released { after_s, state, coefficient_kgpm2, at_mps, learnt_share, shape: one.whole.shape })
    })
}

fn speed_mps(state: &State) -> f64 {
    Vector3::new(state[3], state[4], state[5]).norm()
}

fn along(state: &State) -> Vector3<f64> {
    let velocity = Vector3::new(state[3], state[4], state[5]);
    velocity / velocity.norm().max(1.0)
}

fn pushed(mut rate: State, push_mps2: Vector3<f64>) -> State {
    for axis in 0..3 {
        rate[3 + axis] += push_mps2[axis];
    }
    rate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_burnt_long_may_burn_long() {
        let median_left = |burned_s: f64| burn_left_s(burned_s, 0.5);
        assert!((median_left(1.0) - (BURN_MEDIAN_S - 1.0)).abs() < 0.01);
        assert!(median_left(60.0) < median_left(1.0) && median_left(200.0) > median_left(100.0));
        assert!(burn_left_s(0.0, 1e-9) >= 0.0 && burn_left_s(1e6, 0.5) <= BURN_MAX_S);
    }
}
