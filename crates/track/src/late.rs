//! Plots that come late or out of order: any tracker as if they had come in order.
//!
//! Data links are slow and unequal, so a plot may come after younger ones were used. [`Late`] keeps the plots of a stated lag and
//! copies of the tracker between them; a late plot turns the tracker back to a copy from before it, and what came since is played
//! again. The result is that of arrival in order, bit for bit, because the same steps are made in the same order. (Retrodiction,
//! Bar-Shalom 2002, is cheaper for one linear track but not exact once association and track life depend on the order.)
//!
//! ```
//! use downrange_earth::Time;
//! use downrange_track::late::{Late, Limits, Refusal};
//!
//! // The tracker: a list of what it was given. Anything that can be copied will do.
//! let limits = Limits { lag_s: 30.0, ahead_s: 60.0, plots_count: 1000 };
//! let start = Time::from_tai_ns(0);
//! let step = |seen: &mut Vec<&str>, _: Time, plot: &&'static str| seen.push(*plot);
//! let mut late = Late::new(Vec::new(), start, limits, step).unwrap();
//! late.offer(start.plus_s(10.0), 1, "first").unwrap();
//! late.offer(start.plus_s(30.0), 1, "third").unwrap();
//! late.offer(start.plus_s(20.0), 1, "second").unwrap(); // late
//! assert_eq!(late.tracker(), &["first", "second", "third"]);
//! assert_eq!(late.offer(start.plus_s(20.0), 1, "second"), Err(Refusal::Duplicate));
//! assert!(matches!(late.offer(start.plus_s(500.0), 2, "jump"), Err(Refusal::Ahead { .. })));
//! ```

use core::fmt;
use downrange_earth::Time;
use std::collections::VecDeque;

/// A copy of the tracker is kept after every so many plots: more of them cost memory, fewer cost steps per late plot.
const SPACING: usize = 64;

/// What is waited for, and what is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// A plot may be this much older than the newest: finite, not negative.
    pub lag_s: f64,
    /// A plot may be this much newer than the newest: finite, above zero.
    pub ahead_s: f64,
    /// So many plots are kept, at most; at least one. Memory is these and one copy of the tracker for every 64 of them.
    pub plots_count: usize,
}

/// Why a plot was refused. Nothing has changed then, but [`Refused`] has counted it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Refusal {
    /// Older than the lag allows.
    Late {
        /// How much older than the newest plot.
        behind_s: f64,
        /// The lag.
        lag_s: f64,
    },
    /// Newer than a clock can be trusted with. If it is true, tell so with [`Late::advance`].
    Ahead {
        /// How much newer than the newest plot.
        ahead_s: f64,
        /// What is allowed.
        limit_s: f64,
    },
    /// A plot of this time and number is there already.
    Duplicate,
    /// As many plots as allowed lie within the lag.
    Full {
        /// How many that is.
        limit_count: usize,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Late { behind_s, lag_s } => write!(f, "plot is {behind_s} s behind the newest, at most {lag_s}"),
            Refusal::Ahead { ahead_s, limit_s } => {
                write!(f, "plot is {ahead_s} s ahead of the newest, at most {limit_s}")
            }
            Refusal::Duplicate => write!(f, "a plot of this time and number was given before"),
            Refusal::Full { limit_count } => write!(f, "already {limit_count} plots within the lag, the most allowed"),
        }
    }
}

impl core::error::Error for Refusal {}

/// Limits that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BadLimits(pub Limits);

impl fmt::Display for BadLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Limits { lag_s, ahead_s, plots_count } = self.0;
        write!(f, "lag {lag_s} s (0 to 1e9), ahead {ahead_s} s (above 0, to 1e9), {plots_count} plots (at least 1)")
    }
}

impl core::error::Error for BadLimits {}

/// How many plots were refused, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// [`Refusal::Late`].
    pub late_count: u64,
    /// [`Refusal::Ahead`].
    pub ahead_count: u64,
    /// [`Refusal::Duplicate`].
    pub duplicate_count: u64,
    /// [`Refusal::Full`].
    pub full_count: u64,
}

/// The order in which plots are used: by time, then by number.
type Key = (Time, u64);

/// A tracker `T`, plots `P` and the step by which the one takes the other, made indifferent to the order of arrival within a lag.
/// See the [module](self).
#[derive(Clone, Debug)]
pub struct Late<T, P, F> {
    step: F,
    limits: Limits,
    newest: Time,
    /// The plots that may still have to be played again, in order.
    plots: VecDeque<(Key, P)>,
    /// Copies of the tracker, each with how many of `plots` it has taken, ascending. The first has taken none.
    copies: VecDeque<(usize, T)>,
    current: T,
    /// How many of `plots` the current tracker has taken.
    taken: usize,
    refused: Refused,
}

impl<T: Clone, P, F: Fn(&mut T, Time, &P)> Late<T, P, F> {
    /// From `start`, which counts as the newest time so far. `step` must do the same to the same tracker every time: what it keeps
    /// outside the tracker is not turned back.
    pub fn new(tracker: T, start: Time, limits: Limits, step: F) -> Result<Late<T, P, F>, BadLimits> {
        let good = (0.0..=1e9).contains(&limits.lag_s)
            && limits.ahead_s > 0.0
            && limits.ahead_s <= 1e9
            && limits.plots_count > 0;
        if !good {
            return Err(BadLimits(limits));
        }
        let copies = VecDeque::from([(0, tracker.clone())]);
        let (plots, refused) = (VecDeque::new(), Refused::default());
        Ok(Late { step, limits, newest: start, plots, copies, current: tracker, taken: 0, refused })
    }

    /// Takes a plot measured at `time`. `number` names it among the plots of that time, whatever the order of arrival: a count of
    /// the sensor, or a hash of the plot.
    pub fn offer(&mut self, time: Time, number: u64, plot: P) -> Result<(), Refusal> {
        self.insert((time, number), plot).inspect_err(|refusal| {
            *match refusal {
                Refusal::Late { .. } => &mut self.refused.late_count,
                Refusal::Ahead { .. } => &mut self.refused.ahead_count,
                Refusal::Duplicate => &mut self.refused.duplicate_count,
                Refusal::Full { .. } => &mut self.refused.full_count,
            } += 1;
        })
    }

    /// Says that `now` is true, however far ahead: after a silence, or with the clock of the host. Nothing older than the lag before
    /// it is taken any more. A time before the newest changes nothing.
    pub fn advance(&mut self, now: Time) {
        if now > self.newest {
            self.newest = now;
            self.forget(now, false);
        }
    }

    /// The tracker after all plots so far, in their order. Late plots are played in here, so that a burst of them costs one replay.
    pub fn tracker(&mut self) -> &T {
        self.play(self.plots.len());
        &self.current
    }

    /// What was refused so far.
    pub fn refused(&self) -> Refused {
        self.refused
    }

    /// How many plots lie within the lag, or wait to be forgotten: never more than [`Limits::plots_count`].
    pub fn kept_count(&self) -> usize {
        self.plots.len()
    }

    fn insert(&mut self, key: Key, plot: P) -> Result<(), Refusal> {
        let Limits { lag_s, ahead_s: limit_s, plots_count: limit_count } = self.limits;
        if nanoseconds(self.newest, key.0) > nanoseconds_of(limit_s) {
            return Err(Refusal::Ahead { ahead_s: key.0.seconds_since(self.newest), limit_s });
        }
        if nanoseconds(key.0, self.newest) > nanoseconds_of(lag_s) {
            return Err(Refusal::Late { behind_s: self.newest.seconds_since(key.0), lag_s });
        }
        let place = self.plots.partition_point(|(known, _)| *known < key);
        if self.plots.get(place).is_some_and(|(known, _)| *known == key) {
            return Err(Refusal::Duplicate);
        }
        let newest = self.newest.max(key.0);
        if self.plots.len() >= limit_count {
            // Room for one by forgetting to the last plot. What the clock leaves behind with this plot was of no use any more.
            let old = self.forget(newest, true);
            if old == 0 {
                return Err(Refusal::Full { limit_count });
            }
            self.newest = newest;
            return self.insert(key, plot);
        }
        self.turn_back(place);
        self.plots.insert(place, (key, plot));
        self.newest = newest;
        self.forget(newest, false);
        Ok(())
    }

    /// To a copy that has taken no plot from `place` on.
    fn turn_back(&mut self, place: usize) {
        if self.taken <= place {
            return;
        }
        while self.copies.len() > 1 && self.copies.back().is_some_and(|(taken, _)| *taken > place) {
            self.copies.pop_back();
        }
        if let Some((taken, tracker)) = self.copies.back() {
            (self.taken, self.current) = (*taken, tracker.clone());
        }
    }

    /// Takes plots until `count` of those kept are taken.
    fn play(&mut self, count: usize) {
        while self.taken < count {
            let Some(((time, _), plot)) = self.plots.get(self.taken) else { return };
            (self.step)(&mut self.current, *time, plot);
            self.taken += 1;
            if self.copies.back().is_none_or(|(taken, _)| self.taken >= taken + SPACING) {
                self.copies.push_back((self.taken, self.current.clone()));
            }
        }
    }

    /// Forgets plots that can no longer be played again with `newest` as the newest time, and says how many: when there are enough of
    /// them, back to the last copy; or `all`, for which the oldest copy takes the steps again that separate it from there.
    fn forget(&mut self, newest: Time, all: bool) -> usize {
        let lag = nanoseconds_of(self.limits.lag_s);
        let old = self.plots.partition_point(|((time, _), _)| nanoseconds(*time, newest) > lag);
        if old == 0 || (old < SPACING && !all) {
            return 0;
        }
        self.play(old);
        while self.copies.get(1).is_some_and(|(taken, _)| *taken <= old) {
            self.copies.pop_front();
        }
        let Some((gone, first)) = self.copies.front_mut() else { return 0 };
        if all {
            for ((time, _), plot) in self.plots.range(*gone..old) {
                (self.step)(first, *time, plot);
            }
            *gone = old;
        }
        let gone = *gone;
        self.plots.drain(..gone);
        self.taken -= gone;
        self.copies.iter_mut().for_each(|(taken, _)| *taken -= gone);
        gone
    }
}

/// From one to the other, in whole nanoseconds, so that the end of the lag is sharp.
fn nanoseconds(from: Time, to: Time) -> i64 {
    to.tai_ns().saturating_sub(from.tai_ns())
}

fn nanoseconds_of(seconds: f64) -> i64 {
    Time::from_tai_ns(0).plus_s(seconds).tai_ns()
}
