//! Whether something that turned up is what was lost before.
//!
//! Behind a horizon a glider turns, a missile pulls up, an engine burns on: no motion model says where either comes out. What
//! holds for all of them is that the way between was flown at a speed between those at its ends, about in the direction of
//! both, and that without an engine nothing gains energy. What only falls comes out where free fall leads, also after
//! half an hour.

use super::energy::G_MPS2;
use super::kinematics::free_fall;
use downrange_earth::geodetic::height_m;
use downrange_earth::{Ecef, Time};
use nalgebra::Vector3;

/// Where and how something was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sighting {
    /// When.
    pub time: Time,
    /// Where, ECEF.
    pub place_m: Vector3<f64>,
    /// Velocity over the ground, ECEF axes.
    pub velocity_mps: Vector3<f64>,
    /// One sigma of the place.
    pub place_sigma_m: f64,
    /// One sigma of the velocity.
    pub speed_sigma_mps: f64,
    /// Whether an engine burned.
    pub boosting: bool,
}

/// Longer than this nothing was ever out of sight and still known for the same.
const GAP_MAX_S: f64 = 600.0;
/// From the highest speeds the air slows a stone within less than this. Our choice.
const LEFT_MAX_S: f64 = 60.0;
/// Cosine of the largest angle between the way and the velocities at its ends (30 and 45 degrees).
const LEAVING_COSINE: f64 = 0.866;
const ARRIVING_COSINE: f64 = 0.707;
/// The mean speed over the chord lies between these multiples of the slower and the faster end: paths are bent.
const SLOWEST: f64 = 0.7;
const FASTEST: f64 = 1.05;
/// Share by which errors of both states may make energy seem to grow.
const GAIN: f64 = 1.1;
/// An engine that burned when last seen may double the speed.
const BURN_GAIN: f64 = 2.5;
/// Free fall is followed for so long.
const FALL_MAX_S: f64 = 2_000.0;
/// What free fall leaves out, one sigma each: air at either end, and that young tracks are off by more than they say.
const FALL_PLACE_M: f64 = 4_000.0;
const FALL_SPEED_MPS: f64 = 40.0;
/// Squared sigmas of place and velocity together that are too many (97 of a hundred are below, chi-squared of six), and how far off
/// it may be at most: another of the same salvo is farther.
const FALL_MISFIT_MAX: f64 = 14.0;
const FALL_APART_MAX_M: f64 = 25e3;

/// How badly it fits that `found` is what was last seen as `lost`: 0 for a straight way at constant speed. `None` when it cannot
/// be.
///
/// ```
/// use downrange_earth::{Ecef, Geodetic, Time};
/// use downrange_engine::assess::resume::{Sighting, misfit};
/// use nalgebra::vector;
///
/// let time = Time::from_utc_str("2024-06-01T03:00:00Z")?;
/// let place_m = Geodetic::from_degrees(38.0, 130.0, 40e3).ecef().0;
/// let velocity_mps = vector![-1_500.0, -1_200.0, 0.0];
/// let lost =
///     Sighting { time, place_m, velocity_mps, place_sigma_m: 300.0, speed_sigma_mps: 10.0, boosting: false };
/// let found = Sighting { time: time.plus_s(30.0), place_m: place_m + velocity_mps * 30.0, ..lost };
/// assert!(misfit(&lost, &found).is_some_and(|misfit| misfit < 0.01));
/// // The other way round it would have had to fly backwards.
/// assert_eq!(misfit(&lost, &Sighting { velocity_mps: -velocity_mps, ..found }), None);
/// # Ok::<(), downrange_earth::time::TimeError>(())
/// ```
pub fn misfit(lost: &Sighting, found: &Sighting) -> Option<f64> {
    let gap_s = found.time.seconds_since(lost.time);
    if !(1.0..=GAP_MAX_S).contains(&gap_s) {
        return None;
    }
    let way_m = found.place_m - lost.place_m;
    let (before_mps, after_mps) = (lost.velocity_mps.norm(), found.velocity_mps.norm());
    let cosine = |v: &Vector3<f64>| way_m.dot(v) / (way_m.norm() * v.norm()).max(1.0);
    let (leaving, arriving) = (cosine(&lost.velocity_mps), cosine(&found.velocity_mps));
    let energy =
        |s: &Sighting, speed_mps: f64| 0.5 * speed_mps * speed_mps + G_MPS2 * height_m(Ecef(s.place_m)).max(0.0);
    let gained = energy(found, after_mps) / energy(lost, before_mps).max(1.0);
    let mean_mps = way_m.norm() / gap_s;
    let [slowest_mps, fastest_mps] = [SLOWEST * before_mps.min(after_mps), FASTEST * before_mps.max(after_mps)];
    let gain_max = if lost.boosting { BURN_GAIN * BURN_GAIN } else { GAIN * GAIN };
    let possible = leaving > LEAVING_COSINE
        && arriving > ARRIVING_COSINE
        && gained < gain_max
        && (slowest_mps..=fastest_mps).contains(&mean_mps);
    let middle_mps = 0.5 * (before_mps + after_mps);
    possible.then(|| (1.0 - leaving) + (1.0 - arriving) + libm::fabs(libm::log(mean_mps / middle_mps.max(1.0))))
}

/// Whether `found` can be what is left of a meteor: it turned up soon after that was lost, on its way, and no faster.
pub fn is_left_of(meteor: &Sighting, found: &Sighting) -> bool {
    found.time.seconds_since(meteor.time) <= LEFT_MAX_S && misfit(meteor, found).is_some()
}

/// Whether it comes from nowhere: by what was `found` now, or, while it does not come down clearly enough for that (`None`), by what
/// was found `before`. The climb of a young track is noisy; what clearly rises was launched from somewhere.
pub fn comes_from_nowhere(before: bool, found: Option<bool>, rises: bool) -> bool {
    found.unwrap_or(before && !rises)
}

/// The [`misfit`] of what only fell in between: 0 where free fall leads to, 1 at the border. `None` when it cannot be, or an engine
/// burned at either end.
pub fn fall_misfit(lost: &Sighting, found: &Sighting) -> Option<f64> {
    let gap_s = found.time.seconds_since(lost.time);
    if !(1.0..=FALL_MAX_S).contains(&gap_s) || lost.boosting || found.boosting {
        return None;
    }
    let (place_m, velocity_mps) = free_fall(lost.place_m, lost.velocity_mps, gap_s);
    let apart_m = (found.place_m - place_m).norm();
    let unlike_mps = (found.velocity_mps - velocity_mps).norm();
    let place_sigma_m = lost.place_sigma_m + lost.speed_sigma_mps * gap_s + found.place_sigma_m;
    let sigmas = [
        apart_m / libm::hypot(FALL_PLACE_M, place_sigma_m),
        unlike_mps / libm::hypot(FALL_SPEED_MPS, lost.speed_sigma_mps + found.speed_sigma_mps),
    ];
    let misfit = sigmas.iter().map(|s| s * s).sum::<f64>() / FALL_MISFIT_MAX;
    (misfit < 1.0 && apart_m < FALL_APART_MAX_M).then_some(misfit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use downrange_earth::{Enu, Geodetic, Site};

    fn seen(seconds: f64, north_m: f64, up_m: f64, north_mps: f64, up_mps: f64) -> Sighting {
        let site = Site::new(Geodetic::from_degrees(38.0, 130.0, 0.0));
        let time = Time::from_utc_str("2024-06-01T03:00:00Z").expect("a date").plus_s(seconds);
        let place_m = site.place(Enu(nalgebra::vector![0.0, north_m, up_m])).0;
        let velocity_mps = site.ecef_to_enu().transpose() * nalgebra::vector![0.0, north_mps, up_mps];
        Sighting { time, place_m, velocity_mps, place_sigma_m: 200.0, speed_sigma_mps: 10.0, boosting: false }
    }

    #[test]
    fn a_glider_that_slowed_behind_the_horizon_is_the_same() {
        let lost = seen(0.0, 0.0, 40e3, 2_300.0, -60.0);
        assert!(misfit(&lost, &seen(150.0, 300e3, 32e3, 1_700.0, -80.0)).is_some());
    }

    #[test]
    fn bad_what_is_faster_elsewhere_or_turned_is_another() {
        let lost = seen(0.0, 0.0, 40e3, 2_300.0, -60.0);
        assert_eq!(misfit(&lost, &seen(150.0, 300e3, 60e3, 2_900.0, 0.0)), None, "it would have gained energy");
        assert_eq!(misfit(&lost, &seen(150.0, 100e3, 32e3, 1_700.0, 0.0)), None, "too near for its speed");
        assert_eq!(misfit(&lost, &seen(150.0, -300e3, 32e3, 1_700.0, 0.0)), None, "behind");
        assert_eq!(misfit(&lost, &seen(0.0, 0.0, 40e3, 2_300.0, -60.0)), None, "at the same time");
        assert_eq!(misfit(&lost, &seen(900.0, 1_500e3, 20e3, 1_000.0, 0.0)), None, "too long ago");
    }

    #[test]
    fn what_turns_up_slow_on_the_way_of_a_meteor_is_left_of_it() {
        let meteor = seen(0.0, 0.0, 55e3, 21_000.0, -4_000.0);
        assert!(is_left_of(&meteor, &seen(25.0, 130e3, 30e3, 470.0, -100.0)));
        assert!(!is_left_of(&meteor, &seen(25.0, -130e3, 30e3, -470.0, -100.0)), "it came from there");
        assert!(!is_left_of(&meteor, &seen(25.0, 5e3, 30e3, 470.0, -100.0)), "it would have turned down");
        assert!(!is_left_of(&meteor, &seen(90.0, 130e3, 30e3, 470.0, -100.0)), "long after");
    }

    #[test]
    fn what_came_from_nowhere_stays_so_while_its_climb_is_noisy() {
        assert!(comes_from_nowhere(false, Some(true), false));
        assert!(comes_from_nowhere(true, None, false));
        assert!(!comes_from_nowhere(true, None, true), "it rises");
        assert!(!comes_from_nowhere(true, Some(false), false), "something else came down by now");
        assert!(!comes_from_nowhere(false, None, false));
    }

    /// By hand, in the plane where it was lost, with g = 9.08 m/s² (250 km up) and its turn along the way, −g·x/R: 1,500 m/s along
    /// and up at 100 km are after t = 280 s at x = 1,500·t − g·1,500·t³/(6·R) = 412 km and 100 + 420 − ½·g·t² = 164 km,
    /// at 1,500 − g·1,500·t²/(2·R) = 1,416 m/s and 1,500 − g·t = −1,042 m/s.
    #[test]
    fn val_what_falls_free_is_the_same_where_it_leads() {
        let lost = seen(0.0, 0.0, 100e3, 1_500.0, 1_500.0);
        let again = seen(280.0, 412e3, 164e3, 1_416.0, -1_042.0);
        assert_eq!(misfit(&lost, &again), None, "no straight way");
        let rough =
            |found: Sighting| fall_misfit(&lost, &Sighting { place_sigma_m: 2_000.0, speed_sigma_mps: 60.0, ..found });
        assert!(rough(again).is_some_and(|misfit| misfit < 1.0), "{:?}", rough(again));
        assert_eq!(rough(seen(280.0, 460e3, 164e3, 1_416.0, -1_042.0)), None, "another of the salvo");
        assert_eq!(rough(seen(280.0, 412e3, 164e3, 1_900.0, -600.0)), None, "another velocity");
        assert_eq!(rough(Sighting { boosting: true, ..again }), None);
    }
}
