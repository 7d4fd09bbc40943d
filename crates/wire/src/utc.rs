//! UTC text at the file border.

use crate::input::{InputError, Line};
use downrange_earth::Time;

/// UTC seconds since 1970 that a feed may say: 1970 to 2100.
const UNIX_S_ALLOWED: core::ops::Range<i64> = 0..4_102_444_800;

pub(crate) fn parse(text: &str) -> Option<Time> {
    Time::from_utc_str(text).ok()
}

/// A time field of a line; an empty text counts as absent.
pub(crate) fn read(at: &Line, field: &str, text: &str) -> Result<Time, InputError> {
    const ALLOWED: &str = "UTC in ISO 8601, like 2022-01-14T05:41:10.274601Z";
    if text.is_empty() {
        return Err(at.missing(field, ALLOWED));
    }
    Time::from_utc_str(text).map_err(|_| at.value(field, text, ALLOWED))
}

pub(crate) fn from_unix_s(seconds: i64) -> Option<Time> {
    UNIX_S_ALLOWED.contains(&seconds).then(|| Time::from_unix(seconds, 0))
}

/// As files say it: with milliseconds.
pub(crate) fn ms(time: Time) -> String {
    time.utc_string(3)
}
