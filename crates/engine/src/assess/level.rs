//! Whether it keeps its height for longer than anything does that falls, or that only pulls up.
//!
//! A free fall turns over at its top: within t seconds it is at least w·t²/8 higher at one time than at another, w being its weight,
//! because it rises or falls for half of them or more. Pull-ups sink by five degrees and more. What stays within less glides,
//! whatever of its flight was seen before.

use super::energy::weight_mps2;
use downrange_earth::Time;
use std::collections::VecDeque;

/// Heights are kept so far apart, for so long; fewer seconds tell nothing.
const STEP_S: f64 = 5.0;
const SPAN_S: f64 = 90.0;
const SPAN_MIN_S: f64 = 50.0;
/// Not seen for longer than this, it may have been anywhere in between.
const GAP_S: f64 = 15.0;
/// Only there can lift hold what is as fast as this: higher there is no air, lower and slower everything drifts down.
const HEIGHTS_M: [f64; 2] = [20e3, 60e3];
const SPEED_MIN_MPS: f64 = 700.0;
/// What falls may seem to turn over by so much less than it does: tracks are smooth.
const TURN_SHARE: f64 = 0.7;

/// The heights that it had lately.
#[derive(Debug, Clone, Default)]
pub struct Level {
    recent: VecDeque<(Time, f64)>,
    kept_m: f64,
}

impl Level {
    /// Takes note of a height and a speed over the ground; `unpowered` when no engine burns.
    pub fn note(&mut self, time: Time, height_m: f64, speed_mps: f64, unpowered: bool) {
        let since_s = self.recent.back().map_or(f64::INFINITY, |(last, _)| time.seconds_since(*last));
        let liftable = unpowered && (HEIGHTS_M[0]..HEIGHTS_M[1]).contains(&height_m) && speed_mps > SPEED_MIN_MPS;
        if !liftable || since_s > GAP_S {
            self.recent.clear();
        }
        if !liftable || since_s < STEP_S {
            return;
        }
        self.recent.push_back((time, height_m));
        while self.recent.front().is_some_and(|(first, _)| time.seconds_since(*first) > SPAN_S) {
            self.recent.pop_front();
        }
        let span_s = self.recent.front().map_or(0.0, |(first, _)| time.seconds_since(*first));
        if span_s >= SPAN_MIN_S {
            let heights = self.recent.iter().map(|(_, height_m)| *height_m);
            let (lowest_m, highest_m) =
                heights.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), h| (low.min(h), high.max(h)));
            let turn_m = weight_mps2(height_m, speed_mps).max(0.0) * span_s * span_s / 8.0;
            self.kept_m = self.kept_m.max(TURN_SHARE * turn_m - (highest_m - lowest_m));
        }
    }

    /// By how much less its height changed, at best, than that of anything that falls; 0 when that was never so.
    pub fn kept_m(&self) -> f64 {
        self.kept_m
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The height after so many seconds, seen every second.
    fn kept_m(seconds: u32, unpowered: bool, height_m: impl Fn(f64) -> f64) -> f64 {
        let (mut level, start) = (Level::default(), Time::from_tai_ns(0));
        for second in 0..=seconds {
            let t_s = f64::from(second);
            level.note(start.plus_s(t_s), height_m(t_s), 1_700.0, unpowered);
        }
        level.kept_m()
    }

    /// At 1,700 m/s, 36 km up, the weight is 9.71 − 1,700²/6,407 km = 9.26 m/s²; in 90 s a free fall turns over by 9.38 km.
    #[test]
    fn val_what_skips_keeps_its_height_and_what_falls_or_slopes_does_not() {
        let fall = |t_s: f64| 50e3 - 0.5 * 9.26 * (t_s - 45.0) * (t_s - 45.0);
        assert_eq!(kept_m(90, true, fall), 0.0);
        assert_eq!(kept_m(90, true, |t_s| 50e3 - 1_700.0 * 0.087 * t_s), 0.0, "five degrees");
        let skip = kept_m(90, true, |t_s| 36e3 + 1e3 * libm::cos(t_s / 12.0));
        assert!((skip - (0.7 * 9_380.0 - 2e3)).abs() < 100.0, "{skip}");
        assert_eq!(kept_m(90, false, |_| 36e3), 0.0, "an engine can hold it");
        assert_eq!(kept_m(40, true, |_| 36e3), 0.0, "too short");
        assert_eq!(kept_m(90, true, |_| 120e3), 0.0, "no air holds it there");
    }

    #[test]
    fn bad_what_was_out_of_sight_kept_nothing() {
        let (mut level, start) = (Level::default(), Time::from_tai_ns(0));
        for t_s in [0.0, 10.0, 20.0, 70.0, 80.0, 90.0] {
            level.note(start.plus_s(t_s), 36e3, 1_700.0, true);
        }
        assert_eq!(level.kept_m(), 0.0);
    }
}
