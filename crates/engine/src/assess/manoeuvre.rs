//! Whether what was launched is, or will be, lifted by the air, and if so whether it glides or only pulls up.
//!
//! Everything here is in ln odds, and adds up. What flies tells it by its shape, its time and its heights: how flat it is, how far it
//! comes from its top, for how long it is up, and where lift catches it. None of this needs the track to have been seen all the
//! time.

use super::energy::{G_MPS2, normal_below};
use super::kind::Features;
use super::top::{Flatness, Stretch};

/// ln odds, while an engine burns, that a missile will lift: two launches in five. Of those that do, as many glide as pull up. Our
/// choice of shares, not counted from any record.
const LIFTED_LOG_ODDS: f64 = -0.4;
/// From the lower speed on a climb tells how flat the flight will be, from the higher one on fully: rockets start upright.
const FLAT_FROM_MPS: [f64; 2] = [800.0, 1_600.0];
/// The energy of gliders and of those that pull up: in between is the border of how far it could take them, a nearer one while their
/// engines still add to it; this far from it one is e times the likelier.
const GLIDE_REACH_M: f64 = 570e3;
const GLIDE_REACH_BURNING_M: f64 = 400e3;
const GLIDE_REACH_EDGE_M: f64 = 150e3;
const GLIDE_REACH_LOG_ODDS_MAX: f64 = 2.0;
/// Boosters of gliders are larger, burn for longer and so higher than those of what pulls up: most of these are spent below this
/// height, most of those above it. One step of height is ln odds of one.
const GLIDE_BURNOUT_M: f64 = 29.5e3;
const GLIDE_BURNOUT_STEP_M: f64 = 2e3;
const GLIDE_BURNOUT_LOG_ODDS_MAX: f64 = 1.5;
/// Flights that only fall are seldom flatter than this share of the one of least energy, and spread over so much above it; those that
/// lift are, and spread over so much below it. The air blurs both. While their engines burn they are on the way to it.
/// Our choice, looking at flights drawn from seed 1300000, 1600000 and 2300000 on, as all borders between kinds of lift here.
const FLAT_RATIO: f64 = 0.65;
const FLAT_RATIO_BURNING: f64 = 0.70;
const FLAT_SPREAD_FALLING_RATIO: f64 = 0.95;
const FLAT_SPREAD_LIFTED_RATIO: f64 = 0.45;
const FLAT_EDGE_RATIO: f64 = 0.03;
const FLAT_EDGE_BURNING_RATIO: f64 = 0.08;
/// While the engine burns the way can still bend: flatness counts for no less and no more than these ln odds then.
const FLAT_BURNING_LOG_ODDS: [f64; 2] = [-2.0, 4.0];
/// Little energy says little while the engine burns: there may be more to come.
const GLIDE_REACH_BURNING_LOG_ODDS_MIN: f64 = -0.3;
/// One in twenty of either sort may be anywhere; far from the border one step is ln odds of one.
const FLAT_LOG_ODDS_MAX: f64 = 3.0;
const FLAT_STEP_RATIO: f64 = 0.12;
/// What tops out low although its energy could take it far seldom only falls: of the published flights of 2019 to 2024 that came
/// 150 km or farther and no higher than 60 km (figures of the South Korean and Japanese ministries of defence) most are named as
/// types that glide or pull up, or called irregular, the others are of no named type, and none is known to have only fallen. Counted
/// as no more than e² to one, since few states make them.
const LOW_TOP_M: f64 = 65e3;
const LOW_TOP_EDGE_M: f64 = 4e3;
const LOW_TOP_REACH_M: f64 = 150e3;
const LOW_TOP_LOG_ODDS: f64 = 2.0;
/// What rises out of the air is not lifted: of one that tops out above the first, so many ln odds against it.
const HIGH_TOP_M: f64 = 90e3;
const HIGH_TOP_EDGE_M: f64 = 10e3;
const HIGH_TOP_LOG_ODDS: f64 = -3.0;
/// What keeps its height for longer than what falls does glides: one step of height is ln odds of one.
const KEPT_STEP_M: f64 = 500.0;
const KEPT_LOG_ODDS_MAX: f64 = 6.0;
/// Sinking less than free fall by as many sigmas as this may be chance; each one more is ln odds of one for lift.
const HELD_UP_SIGMAS: f64 = 2.0;
const HELD_UP_LOG_ODDS_MAX: f64 = 6.0;
/// From this many on, lift has caught it.
const CAUGHT_SIGMAS: f64 = 2.5;
/// Free falls come as far from their top as a parabola says, or up to a fifth farther: the Earth curves away below. What comes
/// farther is lifted.
const STRETCH_LIFTED_RATIO: f64 = 1.22;
const STRETCH_LIFTED_EDGE_RATIO: f64 = 0.05;
/// Pull-ups sink by five to nine degrees: they are stretched by no more than this above the height, and by so much more for
/// each metre below. Gliders sink by three and less, and come two to five times as far as a free fall.
const STRETCH_GLIDE_RATIO: f64 = 1.4;
const STRETCH_GLIDE_ABOVE_M: f64 = 27e3;
const STRETCH_GLIDE_RATIO_PER_M: f64 = 0.05e-3;
const STRETCH_GLIDE_EDGE_RATIO: f64 = 0.08;
const STRETCH_LOG_ODDS_MAX: f64 = 6.0;
/// Gliders are fast and lift while the air is thin: what still falls below this height is seldom one, nor is what has been caught
/// only below that. What still falls below the third lifts no more. One step of each is ln odds of one.
const GLIDE_FALLS_TO_M: f64 = 40e3;
const GLIDE_CAUGHT_ABOVE_M: f64 = 32e3;
const GLIDE_HEIGHT_STEP_M: f64 = 3e3;
const GLIDE_LOW_LOG_ODDS_MAX: f64 = 4.0;
const LIFT_FALLS_TO_M: f64 = 25e3;
const LIFT_HEIGHT_STEP_M: f64 = 4e3;
const LIFT_LOW_LOG_ODDS_MAX: f64 = 2.5;
/// A flight that rises by h above this height and only falls is back there after its burn and 2·√(2·h/g): what is above it later glides. Of a flight
/// that was not seen all the way, the top may have been as high as this.
const ALOFT_HEIGHT_M: f64 = 25e3;
const ALOFT_BURN_S: f64 = 100.0;
const ALOFT_TOP_MIN_M: f64 = 60e3;
const ALOFT_TOP_MAX_M: f64 = 120e3;
const ALOFT_EDGE_S: f64 = 8.0;
const ALOFT_LOG_ODDS_MAX: f64 = 6.0;
/// What comes down steeper than this is no glider, however late.
const ALOFT_SINE: f64 = 0.2;
/// Before they lift, gliders are higher and flatter than those that pull up: the borders between them. One step of height is ln odds
/// of one, and so is one step of flatness.
const GLIDE_APOGEE_M: f64 = 60e3;
const GLIDE_APOGEE_STEP_M: f64 = 5e3;
const GLIDE_APOGEE_LOG_ODDS_MAX: f64 = 2.5;
const GLIDE_FLAT_RATIO: f64 = 0.45;
const GLIDE_FLAT_STEP_RATIO: f64 = 0.14;
const GLIDE_FLAT_LOG_ODDS_MAX: f64 = 2.0;

/// ln odds for lift by how flat the flight is: the ratio of two even densities that meet at the border, blurred by how badly the
/// flatness is known.
fn flat_log_odds(flatness: &Flatness, border_ratio: f64, edge_ratio: f64) -> f64 {
    let flatter_ratio = border_ratio - flatness.ratio;
    let sigmas = flatter_ratio / libm::hypot(edge_ratio, flatness.sigma_ratio);
    let lifted = normal_below(sigmas) / FLAT_SPREAD_LIFTED_RATIO;
    let falling = normal_below(-sigmas) / FLAT_SPREAD_FALLING_RATIO;
    let near = libm::log(lifted.max(f64::MIN_POSITIVE) / falling.max(f64::MIN_POSITIVE));
    let far = flatter_ratio / libm::hypot(FLAT_STEP_RATIO, flatness.sigma_ratio);
    near.clamp(-FLAT_LOG_ODDS_MAX, FLAT_LOG_ODDS_MAX) + far
}

/// ln odds that what lifts glides, by how high its engine burned: of one that still burns, only what speaks for it.
fn burnout_log_odds(height_m: f64) -> f64 {
    ((height_m - GLIDE_BURNOUT_M) / GLIDE_BURNOUT_STEP_M).clamp(-GLIDE_BURNOUT_LOG_ODDS_MAX, GLIDE_BURNOUT_LOG_ODDS_MAX)
}

/// The same by how far its energy could take it.
fn reach_log_odds(f: &Features, border_m: f64) -> f64 {
    ((f.reach_m - border_m) / GLIDE_REACH_EDGE_M).clamp(-GLIDE_REACH_LOG_ODDS_MAX, GLIDE_REACH_LOG_ODDS_MAX)
}

/// ln odds that it glides because it keeps its height.
fn kept_log_odds(f: &Features) -> f64 {
    (f.kept_m / KEPT_STEP_M).min(KEPT_LOG_ODDS_MAX)
}

/// The same by how far it has come since the top.
fn stretch_log_odds(stretch: &Stretch, border_ratio: f64, edge_ratio: f64) -> f64 {
    ((stretch.ratio - border_ratio) / libm::hypot(edge_ratio, stretch.sigma_ratio)).min(STRETCH_LOG_ODDS_MAX)
}

/// ln odds, while an engine burns or when it was last seen burning, that it will be lifted, and that what will be glides: by how
/// flat it flies by now, once it is fast, and by how far its energy could take it, and how high it burns.
pub(super) fn burning_log_odds(f: &Features) -> (f64, f64) {
    let fast = ((f.speed_mps - FLAT_FROM_MPS[0]) / (FLAT_FROM_MPS[1] - FLAT_FROM_MPS[0])).clamp(0.0, 1.0);
    let [least, most] = FLAT_BURNING_LOG_ODDS;
    let flat = flat_log_odds(&f.flatness, FLAT_RATIO_BURNING, FLAT_EDGE_BURNING_RATIO).clamp(least, most);
    let glides = match f.burnout_height_m {
        Some(height_m) => reach_log_odds(f, GLIDE_REACH_M) + burnout_log_odds(height_m),
        None => {
            reach_log_odds(f, GLIDE_REACH_BURNING_M).max(GLIDE_REACH_BURNING_LOG_ODDS_MIN)
                + burnout_log_odds(f.height_m).max(0.0)
        }
    };
    (LIFTED_LOG_ODDS + fast * flat, fast * glides)
}

/// ln odds that it glides because it has been up for longer than anything that falls.
fn aloft_log_odds(f: &Features, apogee_m: f64) -> f64 {
    if f.height_m < ALOFT_HEIGHT_M || f.climb_sine < -ALOFT_SINE || apogee_m > ALOFT_TOP_MAX_M {
        return 0.0;
    }
    let free_s = ALOFT_BURN_S + 2.0 * libm::sqrt(2.0 * (apogee_m.max(ALOFT_TOP_MIN_M) - ALOFT_HEIGHT_M) / G_MPS2);
    ((f.aloft_s - free_s) / ALOFT_EDGE_S).clamp(0.0, ALOFT_LOG_ODDS_MAX)
}

/// ln odds that it is, or will be, lifted by how high it tops out.
fn top_log_odds(reach_m: f64, apogee_m: f64) -> f64 {
    let low = if reach_m > LOW_TOP_REACH_M { normal_below((LOW_TOP_M - apogee_m) / LOW_TOP_EDGE_M) } else { 0.0 };
    LOW_TOP_LOG_ODDS * low + HIGH_TOP_LOG_ODDS * normal_below((apogee_m - HIGH_TOP_M) / HIGH_TOP_EDGE_M)
}

/// ln odds that it is, or will be, lifted, engines off: a flight far below the apogee of least energy for its reach is held up by
/// lift, or will be; what rises out of the air is not.
pub(super) fn lifted_log_odds(f: &Features, apogee_m: f64) -> f64 {
    let still_falls = match f.stretch {
        Some(stretch) if farther_log_odds(&stretch) <= 0.0 => {
            ((LIFT_FALLS_TO_M - f.height_m) / LIFT_HEIGHT_STEP_M).clamp(0.0, LIFT_LOW_LOG_ODDS_MAX)
        }
        _ => 0.0,
    };
    flat_log_odds(&f.flatness, FLAT_RATIO, FLAT_EDGE_RATIO) + top_log_odds(f.reach_m, apogee_m) - still_falls
        + carried_log_odds(f, apogee_m)
}

/// ln odds for lift because it comes farther from its top than a free fall.
fn farther_log_odds(stretch: &Stretch) -> f64 {
    stretch_log_odds(stretch, STRETCH_LIFTED_RATIO, STRETCH_LIFTED_EDGE_RATIO)
}

/// ln odds that something carries it, by its motion alone: it sinks less than a free fall, comes farther, stays up for longer, or
/// keeps its height.
pub(super) fn carried_log_odds(f: &Features, apogee_m: f64) -> f64 {
    (f.held_up_sigmas - HELD_UP_SIGMAS).clamp(0.0, HELD_UP_LOG_ODDS_MAX)
        + (0.4 * f.lifted_s).min(8.0)
        + f.stretch.map_or(0.0, |stretch| farther_log_odds(&stretch).max(0.0))
        + aloft_log_odds(f, apogee_m)
        + kept_log_odds(f)
}

/// ln odds that what is lifted glides, and does not just pull up.
pub(super) fn gliding_log_odds(f: &Features, apogee_m: f64) -> f64 {
    let before = ((apogee_m - GLIDE_APOGEE_M) / GLIDE_APOGEE_STEP_M)
        .clamp(-GLIDE_APOGEE_LOG_ODDS_MAX, GLIDE_APOGEE_LOG_ODDS_MAX)
        + ((GLIDE_FLAT_RATIO - f.flatness.ratio) / GLIDE_FLAT_STEP_RATIO)
            .clamp(-GLIDE_FLAT_LOG_ODDS_MAX, GLIDE_FLAT_LOG_ODDS_MAX);
    let shown = f.stretch.map_or(0.0, |stretch| {
        let caught = f.held_up_sigmas > CAUGHT_SIGMAS;
        let above_m = if caught { GLIDE_CAUGHT_ABOVE_M } else { GLIDE_FALLS_TO_M };
        let low = ((above_m - f.height_m) / GLIDE_HEIGHT_STEP_M).clamp(0.0, GLIDE_LOW_LOG_ODDS_MAX);
        let border = STRETCH_GLIDE_RATIO + STRETCH_GLIDE_RATIO_PER_M * (STRETCH_GLIDE_ABOVE_M - f.height_m).max(0.0);
        stretch_log_odds(&stretch, border, STRETCH_GLIDE_EDGE_RATIO).max(-low)
    });
    before + f.burnout_height_m.map_or(0.0, burnout_log_odds) + shown + aloft_log_odds(f, apogee_m) + kept_log_odds(f)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two flights from a train of 14 January 2022 (430 km and 36 km up, as published), one that rises out of the air, and one that
    /// could not go far.
    #[test]
    fn what_tops_out_low_and_could_go_far_is_lifted_and_what_rises_out_of_the_air_is_not() {
        assert!(top_log_odds(430e3, 36e3) > 1.9);
        assert!(top_log_odds(900e3, 120e3) < -2.9);
        assert!(top_log_odds(110e3, 25e3).abs() < 1e-6);
        let between = [60e3, 65e3, 70e3, 80e3].map(|apogee_m| top_log_odds(430e3, apogee_m));
        assert!(between.is_sorted_by(|a, b| a > b) && between[3].abs() < 0.5, "{between:?}");
    }

    /// At the border the ratio of the densities is that of the spreads, 0.95 over 0.45; one sigma to its flat side it is 0.8413 over
    /// 0.1587 of that (tables of the normal distribution), and the step adds 0.05 over √(0.12² + 0.04²).
    #[test]
    fn val_flatness_weighs_as_two_even_densities_that_meet() {
        let odds = |ratio: f64| flat_log_odds(&Flatness { ratio, sigma_ratio: 0.04 }, FLAT_RATIO, FLAT_EDGE_RATIO);
        let spread = libm::log(0.95 / 0.45);
        assert!((odds(0.65) - spread).abs() < 1e-9, "{}", odds(0.65));
        let one_sigma = libm::log(0.841_345 / 0.158_655) + spread + 0.05 / libm::sqrt(0.12 * 0.12 + 0.04 * 0.04);
        assert!((odds(0.60) - one_sigma).abs() < 1e-4, "{} {one_sigma}", odds(0.60));
        assert!(odds(1.2) < -6.0 && odds(0.2) > 6.0 && odds(-1e9).is_finite() && odds(1e9).is_finite());
    }
}
