//! Where an engine was seen to stop.

use downrange_earth::Time;

/// An engine that burned, and did not so long after, stopped where it was last seen burning. Not seen for longer, it may have
/// burned on out of sight.
const STOPPED_WITHIN_S: f64 = 10.0;

/// What was seen of the end of a burn.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Burnout {
    burning: Option<(Time, f64)>,
    height_m: Option<f64>,
}

impl Burnout {
    /// Takes note of a height, and whether an engine burns there.
    pub fn note(&mut self, time: Time, height_m: f64, burning: bool) {
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
    pub fn height_m(&self) -> Option<f64> {
        self.height_m
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
