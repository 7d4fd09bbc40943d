//! Time: TAI nanoseconds inside, UTC at the door.

/// An instant: TAI nanoseconds since 1970-01-01T00:00:00 TAI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// From TAI nanoseconds since 1970-01-01T00:00:00 TAI.
    pub const fn from_tai_ns(ns: i64) -> Time {
        Time(ns)
    }

    /// TAI nanoseconds since 1970-01-01T00:00:00 TAI.
    pub const fn tai_ns(self) -> i64 {
        self.0
    }

    /// Seconds from `earlier` to `self`; negative when `earlier` is later.
    pub fn seconds_since(self, earlier: Time) -> f64 {
        (self.0 - earlier.0) as f64 * 1e-9
    }

    /// This instant moved by seconds, to the nearest nanosecond.
    pub fn plus_s(self, seconds: f64) -> Time {
        Time(self.0.saturating_add(libm::round(seconds * 1e9) as i64))
    }
}
