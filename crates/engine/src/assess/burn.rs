//! Its engine: whether it burns, in how many looks it was seen to, and until when.

use super::gain::Gain;
use super::kinematics::{Kinematics, is_boosting};
use crate::picture::Track;
use crate::plot::Sensor;
use downrange_earth::Time;

/// So many good looks show an engine; fewer may be a young track's error.
const GOOD_LOOKS: u32 = 8;
/// An engine that burned, and did not so long after, stopped where it was last seen burning. Not seen for longer, it may have
/// burned on out of sight.
const STOPPED_WITHIN_S: f64 = 10.0;

/// What was seen of an engine.
#[derive(Debug, Clone, Default)]
pub struct Burn {
    /// Looks in a row in which it burned, up to now.
    looks_in_a_row: u32,
    /// Good looks in all in which it did.
    good_looks: u32,
    /// When it was last seen burning, and how fast it was then.
    until: Option<(Time, f64)>,
    burnout: Burnout,
    gain: Gain,
}

impl Burn {
    /// Whether an engine burns: by what explains the track best, by its plume, or by what it adds to the energy of the flight.
    pub fn is_on(&self, track: &Track, state: &Kinematics, sensors: &[Sensor]) -> bool {
        self.gain.burns() || is_boosting(track, state, sensors)
    }

    /// Takes note of a look, and says whether an engine burns. `known`: the state is a good one; `rises`: it surely does.
    pub fn note(&mut self, track: &Track, state: &Kinematics, sensors: &[Sensor], known: bool, rises: bool) -> bool {
        self.gain.note(track.time, state.height_m, state.place_m, state.velocity_mps, state.speed_sigma_mps);
        let burns = self.is_on(track, state, sensors);
        self.looks_in_a_row = if burns { self.looks_in_a_row + 1 } else { 0 };
        if known || rises {
            self.burnout.note(track.time, state.height_m, burns);
        }
        if burns && known {
            self.until = Some((track.time, state.speed_mps));
            self.good_looks += 1;
        }
        burns
    }

    /// What glowed was no engine.
    pub fn forget(&mut self) {
        (self.looks_in_a_row, self.good_looks, self.until) = (0, 0, None);
    }

    /// What the two burned together.
    pub fn inherit(&mut self, parent: &Burn) {
        self.until = self.until.or(parent.until);
    }

    /// Of what was lost and found: what was seen of it before, and whether it burns by what is seen of it since.
    pub fn resumed(&self, since: &Burn) -> Burn {
        Burn { looks_in_a_row: since.looks_in_a_row, ..self.clone() }
    }

    /// In how many looks in a row it burned, up to now.
    pub fn looks_in_a_row(&self) -> u32 {
        self.looks_in_a_row
    }

    /// Whether enough good looks showed it.
    pub fn is_proven(&self) -> bool {
        self.good_looks >= GOOD_LOOKS
    }

    /// How long it burned since the launch, and how fast it was in the end; nothing, if nobody saw either.
    pub fn since(&self, launch: Option<Time>) -> (f64, f64) {
        match (launch, self.until) {
            (Some(launch), Some((until, speed_mps))) => (until.seconds_since(launch).max(0.0), speed_mps),
            _ => (0.0, 0.0),
        }
    }

    /// How long ago it was last seen burning.
    pub fn out_s(&self, now: Time) -> f64 {
        self.until.map_or(0.0, |(until, _)| now.seconds_since(until))
    }

    /// How high it was when its engine stopped; `None` while it burns, and when nobody saw that.
    pub fn out_height_m(&self) -> Option<f64> {
        self.burnout.height_m()
    }
}

/// What was seen of the end of a burn.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Burnout {
    burning: Option<(Time, f64)>,
    height_m: Option<f64>,
}

impl Burnout {
    /// Takes note of a height, and whether an engine burns there.
    fn note(&mut self, time: Time, height_m: f64, burning: bool) {
        match self.burning {
            _ if burning => *self = Burnout { burning: Some((time, height_m)), height_m: None },
            Some((last, at_m)) if self.height_m.is_none() => {
                self.burning = None;
                self.height_m = (time.seconds_since(last) <= STOPPED_WITHIN_S).then_some(at_m);
            }
            _ => {}
        }
    }

    /// How high it was when its engine stopped; `None` while it burns, and when nobody saw that.
    fn height_m(&self) -> Option<f64> {
        self.height_m
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn burned(good_looks: u32, until_s: f64) -> Burn {
        let until = Some((Time::from_tai_ns(0).plus_s(until_s), 2_400.0));
        Burn { looks_in_a_row: 3, good_looks, until, ..Burn::default() }
    }

    #[test]
    fn a_burn_is_timed_from_the_launch() {
        let at = |seconds: f64| Time::from_tai_ns(0).plus_s(seconds);
        let burn = burned(GOOD_LOOKS, 70.0);
        assert!(burn.is_proven() && !burned(GOOD_LOOKS - 1, 70.0).is_proven());
        let (burned_s, speed_mps) = burn.since(Some(at(10.0)));
        assert!((burned_s - 60.0).abs() < 1e-6 && speed_mps == 2_400.0, "{burned_s} {speed_mps}");
        assert_eq!(burn.since(Some(at(80.0))), (0.0, 2_400.0), "a launch that is found too late");
        assert_eq!(burn.since(None), (0.0, 0.0));
        assert!((burn.out_s(at(95.0)) - 25.0).abs() < 1e-6);
    }

    #[test]
    fn what_parts_keeps_its_own_burn_and_a_fire_has_none() {
        let (parent, mut own, mut none) = (burned(20, 70.0), burned(2, 90.0), Burn::default());
        own.inherit(&parent);
        none.inherit(&parent);
        let now = Time::from_tai_ns(0).plus_s(100.0);
        let out_s = |burn: &Burn| burn.out_s(now).round();
        assert_eq!((out_s(&own), out_s(&none)), (10.0, 30.0));
        assert!(!own.is_proven(), "the looks were at the other");
        own.forget();
        assert_eq!((own.looks_in_a_row(), own.out_s(now)), (0, 0.0));
        let found = parent.resumed(&own);
        assert_eq!((found.looks_in_a_row(), found.is_proven(), out_s(&found)), (0, true, 30.0));
    }

    #[test]
    fn an_engine_stops_where_it_was_last_seen_burning_unless_it_was_out_of_sight() {
        let start = Time::from_tai_ns(0);
        let mut burnout = Burnout::default();
        burnout.note(start, 10e3, false);
        assert_eq!(burnout.height_m(), None, "no engine was seen");
        burnout.note(start.plus_s(10.0), 20e3, true);
        assert_eq!(burnout.height_m(), None, "it burns");
        burnout.note(start.plus_s(14.0), 25e3, false);
        assert_eq!(burnout.height_m(), Some(20e3));
        burnout.note(start.plus_s(30.0), 45e3, false);
        assert_eq!(burnout.height_m(), Some(20e3));
        burnout.note(start.plus_s(34.0), 48e3, true);
        assert_eq!(burnout.height_m(), None, "a second stage");
        burnout.note(start.plus_s(90.0), 90e3, false);
        assert_eq!(burnout.height_m(), None, "out of sight it may have burned on");
    }
}
