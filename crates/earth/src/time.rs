//! Time: TAI nanoseconds inside, UTC at the door.
//!
//! UTC text becomes a [`Time`] in [`Time::from_utc_str`] and text again in [`Time::utc_string`]; between the two there are
//! no leap seconds, so every duration is exact. UTC before 1972, when it had no whole-second offset, is taken as TAI − 10 s.

use std::fmt;

const NS_PER_S: i64 = 1_000_000_000;
const S_PER_DAY: i64 = 86_400;
/// TAI − UTC before the first entry of [`LEAPS`].
const FIRST_OFFSET_S: i64 = 10;

/// The days (since 1970-01-01) that began with one more second of TAI − UTC; the first made it 11 s, the last 37 s.
/// Source: IERS Bulletin C 13 to 52. No negative leap second has ever been announced.
const LEAPS: [i32; 27] = [
    912,   // 1972-07-01, 11 s
    1096,  // 1973-01-01
    1461,  // 1974-01-01
    1826,  // 1975-01-01
    2191,  // 1976-01-01
    2557,  // 1977-01-01
    2922,  // 1978-01-01
    3287,  // 1979-01-01
    3652,  // 1980-01-01
    4199,  // 1981-07-01, 20 s
    4564,  // 1982-07-01
    4929,  // 1983-07-01
    5660,  // 1985-07-01
    6574,  // 1988-01-01
    7305,  // 1990-01-01
    7670,  // 1991-01-01
    8217,  // 1992-07-01
    8582,  // 1993-07-01
    8947,  // 1994-07-01
    9496,  // 1996-01-01, 30 s
    10043, // 1997-07-01
    10592, // 1999-01-01
    13149, // 2006-01-01
    14245, // 2009-01-01
    15522, // 2012-07-01
    16617, // 2015-07-01
    17167, // 2017-01-01, 37 s
];

/// An instant: TAI nanoseconds since 1970-01-01T00:00:00 TAI. It reaches from the year 1677 to 2262.
///
/// ```
/// use downrange_earth::Time;
/// let seen = Time::from_utc_str("2016-12-31T23:59:59.5Z")?;
/// let later = Time::from_utc_str("2017-01-01T00:00:00Z")?;
/// assert_eq!(later.seconds_since(seen), 1.5); // a leap second lies between
/// assert_eq!(seen.plus_s(1.0).utc_string(3), "2016-12-31T23:59:60.500Z");
/// # Ok::<(), downrange_earth::time::TimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

/// Why a text is not an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeError {
    /// The text has not the shape `2022-01-14T05:41:10.274601Z`.
    Shape {
        /// What stood there, cut after 64 characters.
        text: String,
    },
    /// A part of the date, the time or the offset has no such value.
    Field {
        /// Which part.
        field: &'static str,
        /// What stood there.
        value: u32,
        /// What may stand there.
        allowed: &'static str,
    },
    /// The year is outside what nanoseconds in 64 bits can hold.
    Year {
        /// What stood there.
        value: u32,
    },
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimeError::Shape { text } => {
                write!(
                    f,
                    "time {text:?}: allowed is ISO 8601 as in 2022-01-14T05:41:10.274601Z, or with an offset like +09:00"
                )
            }
            TimeError::Field { field, value, allowed } => write!(f, "time: {field} is {value}, allowed is {allowed}"),
            TimeError::Year { value } => write!(f, "time: year is {value}, allowed is 1678 to 2261"),
        }
    }
}

impl std::error::Error for TimeError {}

impl Time {
    /// From TAI nanoseconds since 1970-01-01T00:00:00 TAI.
    pub const fn from_tai_ns(ns: i64) -> Time {
        Time(ns)
    }

    /// TAI nanoseconds since 1970-01-01T00:00:00 TAI.
    pub const fn tai_ns(self) -> i64 {
        self.0
    }

    /// From POSIX time: seconds of 86,400 a UTC day since 1970, so no leap second can be said. An instant outside the
    /// range of `Time` becomes the nearest end of it.
    pub fn from_unix(seconds: i64, nanoseconds: u32) -> Time {
        let tai_s = seconds.saturating_add(tai_minus_utc_s(seconds.div_euclid(S_PER_DAY)));
        let ns = i128::from(tai_s) * i128::from(NS_PER_S) + i128::from(nanoseconds);
        Time(ns.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
    }

    /// POSIX time, to the 0.2 µs that an `f64` holds today. Within a leap second it stands still at the following midnight.
    pub fn unix_s(self) -> f64 {
        let utc = Utc::of(self);
        if utc.leap { utc.seconds as f64 } else { utc.seconds as f64 + f64::from(utc.nanoseconds) * 1e-9 }
    }

    /// Seconds from `earlier` to `self`; negative when `earlier` is later.
    pub fn seconds_since(self, earlier: Time) -> f64 {
        match self.0.checked_sub(earlier.0) {
            Some(ns) => ns as f64 * 1e-9,
            None => self.0 as f64 * 1e-9 - earlier.0 as f64 * 1e-9,
        }
    }

    /// This instant moved by seconds, to the nearest nanosecond; stops at the ends of the range, and stays for NaN.
    pub fn plus_s(self, seconds: f64) -> Time {
        Time(self.0.saturating_add(libm::round(seconds * 1e9) as i64))
    }

    /// The instant named by ISO 8601 text: `2022-01-14T05:41:10.274601Z`, with none to nine decimals, and instead of `Z`
    /// also an offset such as `+09:00`. Second 60 is taken only where there was a leap second.
    ///
    /// # Errors
    /// [`TimeError`] says which part is wrong, what stood there and what is allowed.
    ///
    /// ```
    /// use downrange_earth::Time;
    /// let utc = Time::from_utc_str("2022-01-14T05:41:10.274601Z")?;
    /// assert_eq!(utc, Time::from_utc_str("2022-01-14T14:41:10.274601+09:00")?);
    /// assert_eq!(utc.tai_ns(), 1_642_138_907_274_601_000); // 37 s after the POSIX time
    /// assert!(Time::from_utc_str("2022-02-30T00:00:00Z").is_err());
    /// # Ok::<(), downrange_earth::time::TimeError>(())
    /// ```
    pub fn from_utc_str(text: &str) -> Result<Time, TimeError> {
        let shape = || TimeError::Shape { text: text.chars().take(64).collect() };
        let bytes = text.as_bytes();
        let Some((head, tail)) = bytes.split_first_chunk::<19>() else { return Err(shape()) };
        let separators = [head[4], head[7], head[10].to_ascii_uppercase(), head[13], head[16]];
        if &separators != b"--T::" {
            return Err(shape());
        }
        let number = |part: &[u8]| digits(part).ok_or_else(shape);
        let year = number(&head[0..4])?;
        let month = within("month", number(&head[5..7])?, 1, 12, "1 to 12")?;
        let day =
            within("day", number(&head[8..10])?, 1, days_in_month(year, month), "1 to the last day of the month")?;
        let hour = within("hour", number(&head[11..13])?, 0, 23, "0 to 23")?;
        let minute = within("minute", number(&head[14..16])?, 0, 59, "0 to 59")?;
        let second = within("second", number(&head[17..19])?, 0, 60, SECONDS_ALLOWED)?;
        let (nanoseconds, zone) = fraction_ns(tail).ok_or_else(shape)?;
        let offset_s = zone_offset_s(zone).ok_or_else(shape)??;

        let leap = second == 60;
        let local_s = days_since_1970(year, month, day) * S_PER_DAY
            + i64::from(hour * 3_600 + minute * 60 + if leap { 59 } else { second });
        let utc_s = local_s - offset_s;
        let utc_day = utc_s.div_euclid(S_PER_DAY);
        if leap && !(utc_s.rem_euclid(S_PER_DAY) == S_PER_DAY - 1 && ends_with_leap_second(utc_day)) {
            return Err(TimeError::Field { field: "second", value: second, allowed: SECONDS_ALLOWED });
        }
        // Wider than the result: in the first second of the range, whole seconds alone would lie outside it.
        let tai_s = utc_s + tai_minus_utc_s(utc_day) + i64::from(leap);
        let tai_ns = i128::from(tai_s) * i128::from(NS_PER_S) + i128::from(nanoseconds);
        i64::try_from(tai_ns).map(Time).map_err(|_| TimeError::Year { value: year })
    }

    /// ISO 8601 in UTC with this many decimals (at most 9), as `2022-01-14T05:41:10.274601Z`. Further decimals are cut off,
    /// not rounded, so that no printed time lies after the true one. Within a leap second it prints second 60.
    ///
    /// ```
    /// use downrange_earth::Time;
    /// let time = Time::from_unix(1_642_138_870, 987_654_321);
    /// assert_eq!(time.utc_string(0), "2022-01-14T05:41:10Z");
    /// assert_eq!(time.utc_string(3), "2022-01-14T05:41:10.987Z");
    /// ```
    pub fn utc_string(self, decimals: u8) -> String {
        let utc = Utc::of(self);
        // In a leap second `seconds` already counts the following midnight; the label belongs to the second before it.
        let labelled = utc.seconds - i64::from(utc.leap);
        let (year, month, day) = civil_date(labelled.div_euclid(S_PER_DAY));
        let in_day = labelled.rem_euclid(S_PER_DAY);
        let (hour, minute, second) = (in_day / 3_600, in_day / 60 % 60, in_day % 60 + i64::from(utc.leap));
        let decimals = u32::from(decimals.min(9));
        let mut text = String::with_capacity(30);
        // By hand: this is printed on every line of every output, and `format!` takes several times as long.
        for (number, width, after) in [
            (i64::from(year), 4, "-"),
            (i64::from(month), 2, "-"),
            (i64::from(day), 2, "T"),
            (hour, 2, ":"),
            (minute, 2, ":"),
            (second, 2, if decimals > 0 { "." } else { "" }),
            (i64::from(utc.nanoseconds / 10_u32.pow(9 - decimals)), decimals, "Z"),
        ] {
            for place in (0..width).rev() {
                text.push(char::from(b'0' + (number / 10_i64.pow(place) % 10) as u8));
            }
            text.push_str(after);
        }
        text
    }

    /// Year, month and day in UTC. A leap second belongs to the day it ends.
    ///
    /// ```
    /// # use downrange_earth::Time;
    /// assert_eq!(Time::from_utc_str("2022-01-14T23:59:59Z")?.utc_date(), (2022, 1, 14));
    /// # Ok::<(), downrange_earth::time::TimeError>(())
    /// ```
    pub fn utc_date(self) -> (i32, u8, u8) {
        let utc = Utc::of(self);
        civil_date((utc.seconds - i64::from(utc.leap)).div_euclid(S_PER_DAY))
    }
}

const SECONDS_ALLOWED: &str = "0 to 59, or 60 in a leap second";

/// UTC as a count of 86,400-second days, and whether this is the second that the count has no room for.
struct Utc {
    seconds: i64,
    nanoseconds: u32,
    leap: bool,
}

impl Utc {
    fn of(time: Time) -> Utc {
        let tai_s = time.0.div_euclid(NS_PER_S);
        let nanoseconds = time.0.rem_euclid(NS_PER_S) as u32;
        // From the newest entry back: what is parsed and printed is nearly always later than all of them.
        for (index, &day) in LEAPS.iter().enumerate().rev() {
            let offset_s = FIRST_OFFSET_S + 1 + index as i64;
            let starts_tai_s = i64::from(day) * S_PER_DAY + offset_s;
            if tai_s >= starts_tai_s {
                return Utc { seconds: tai_s - offset_s, nanoseconds, leap: false };
            }
            if tai_s == starts_tai_s - 1 {
                return Utc { seconds: i64::from(day) * S_PER_DAY, nanoseconds, leap: true };
            }
        }
        Utc { seconds: tai_s - FIRST_OFFSET_S, nanoseconds, leap: false }
    }
}

fn tai_minus_utc_s(utc_day: i64) -> i64 {
    FIRST_OFFSET_S + LEAPS.iter().rposition(|&day| i64::from(day) <= utc_day).map_or(0, |index| index as i64 + 1)
}

fn ends_with_leap_second(utc_day: i64) -> bool {
    LEAPS.iter().any(|&day| i64::from(day) == utc_day + 1)
}

fn within(field: &'static str, value: u32, least: u32, most: u32, allowed: &'static str) -> Result<u32, TimeError> {
    if (least..=most).contains(&value) { Ok(value) } else { Err(TimeError::Field { field, value, allowed }) }
}

fn digits(part: &[u8]) -> Option<u32> {
    part.iter().try_fold(0_u32, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
}

/// Nanoseconds from what follows the seconds, and what follows them.
fn fraction_ns(tail: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', rest)) = tail.split_first() else { return Some((0, tail)) };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&count) {
        return None;
    }
    let (fraction, zone) = rest.split_at(count);
    Some((i64::from(digits(fraction)?) * 10_i64.pow(9 - count as u32), zone))
}

/// Seconds east of Greenwich said by `Z` or `±hh:mm`; `None` for any other shape.
fn zone_offset_s(zone: &[u8]) -> Option<Result<i64, TimeError>> {
    let (sign, hour, minute) = match *zone {
        [b'Z' | b'z'] => return Some(Ok(0)),
        [b'+', h1, h2, b':', m1, m2] => (1, digits(&[h1, h2])?, digits(&[m1, m2])?),
        [b'-', h1, h2, b':', m1, m2] => (-1, digits(&[h1, h2])?, digits(&[m1, m2])?),
        _ => return None,
    };
    let checked = within("offset hour", hour, 0, 23, "0 to 23")
        .and_then(|_| within("offset minute", minute, 0, 59, "0 to 59"))
        .map(|_| sign * i64::from(hour * 3_600 + minute * 60));
    Some(checked)
}

fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar, by counting years from March so that the leap day comes last
/// (Richards 2013, Explanatory Supplement to the Astronomical Almanac, section 15.11).
fn days_since_1970(year: u32, month: u32, day: u32) -> i64 {
    let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
    let from_march = (month + 9) % 12;
    let year = year - i64::from(from_march >= 10);
    let days_to_year = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    const DAYS_TO_1970: i64 = 719_468;
    days_to_year + (153 * from_march + 2) / 5 + day - 1 - DAYS_TO_1970
}

/// The inverse of [`days_since_1970`].
fn civil_date(days: i64) -> (i32, u8, u8) {
    const DAYS_TO_1970: i64 = 719_468;
    const DAYS_PER_400_YEARS: i64 = 146_097;
    let days = days + DAYS_TO_1970;
    let era = days.div_euclid(DAYS_PER_400_YEARS);
    let in_era = days.rem_euclid(DAYS_PER_400_YEARS);
    let year_in_era = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year_in_era + year_in_era / 4 - year_in_era / 100);
    let from_march = (5 * in_year + 2) / 153;
    let day = in_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_in_era + i64::from(month <= 2);
    (year as i32, month as u8, day as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> TimeError {
        Time::from_utc_str(text).expect_err(text)
    }

    #[test]
    fn std_leap_second_of_2016() {
        // IERS Bulletin C 52: 23:59:59, 23:59:60, 00:00:00; TAI − UTC from 36 s to 37 s.
        let before = Time::from_utc_str("2016-12-31T23:59:59Z").unwrap();
        let leap = Time::from_utc_str("2016-12-31T23:59:60Z").unwrap();
        let after = Time::from_utc_str("2017-01-01T00:00:00Z").unwrap();
        assert_eq!((leap.seconds_since(before), after.seconds_since(leap)), (1.0, 1.0));
        assert_eq!(leap.utc_string(0), "2016-12-31T23:59:60Z");
        assert_eq!(leap.utc_date(), (2016, 12, 31));
        assert_eq!(after.tai_ns() / NS_PER_S, 17_167 * S_PER_DAY + 37);
        assert_eq!(leap.unix_s(), after.unix_s());
        assert_eq!(Time::from_utc_str("2017-01-01T08:59:60+09:00").unwrap(), leap);
    }

    #[test]
    fn std_offset_before_the_first_leap_second() {
        assert_eq!(Time::from_utc_str("1972-01-01T00:00:00Z").unwrap().tai_ns() / NS_PER_S, 730 * S_PER_DAY + 10);
    }

    #[test]
    fn val_posix_time() {
        let time = Time::from_unix(1_642_138_870, 274_601_000);
        assert_eq!(time, Time::from_utc_str("2022-01-14T05:41:10.274601Z").unwrap());
        assert!((time.unix_s() - 1_642_138_870.274_601).abs() < 1e-6);
    }

    #[test]
    fn val_decimals_are_cut() {
        let time = Time::from_utc_str("1969-12-31T23:59:59.999999999Z").unwrap();
        assert_eq!(time.utc_string(3), "1969-12-31T23:59:59.999Z");
        assert_eq!(time.utc_string(200), "1969-12-31T23:59:59.999999999Z");
    }

    #[test]
    fn bad_leap_seconds_that_never_were() {
        for text in
            ["2022-06-30T23:59:60Z", "2016-12-31T12:00:60Z", "2016-12-31T23:59:60+09:00", "2016-12-31T23:59:61Z"]
        {
            assert!(matches!(error(text), TimeError::Field { field: "second", .. }), "{text}");
        }
    }

    #[test]
    fn bad_fields_are_named() {
        let cases = [
            ("2022-00-10T00:00:00Z", "month", 0),
            ("2022-13-10T00:00:00Z", "month", 13),
            ("2022-02-30T00:00:00Z", "day", 30),
            ("1900-02-29T00:00:00Z", "day", 29),
            ("2022-01-00T00:00:00Z", "day", 0),
            ("2022-01-01T24:00:00Z", "hour", 24),
            ("2022-01-01T00:60:00Z", "minute", 60),
            ("2022-01-01T00:00:00+24:00", "offset hour", 24),
            ("2022-01-01T00:00:00-09:60", "offset minute", 60),
        ];
        for (text, expected_field, expected_value) in cases {
            match error(text) {
                TimeError::Field { field, value, .. } => assert_eq!((field, value), (expected_field, expected_value)),
                other => panic!("{text}: {other}"),
            }
        }
        assert!(Time::from_utc_str("2000-02-29T00:00:00Z").is_ok());
    }

    #[test]
    fn bad_years() {
        for (text, year) in
            [("0000-01-01T00:00:00Z", 0), ("9999-12-31T23:59:59Z", 9999), ("2263-01-01T00:00:00Z", 2263)]
        {
            assert_eq!(error(text), TimeError::Year { value: year });
        }
    }

    #[test]
    fn bad_shapes() {
        let cases = [
            "",
            "Z",
            "now",
            "2022-01-14",
            "2022-01-14T05:41:10",
            "2022-01-14T05:41:10.Z",
            "2022-01-14T05:41:10.1234567890Z",
            "2022-01-14T05:41:10+0900",
            "2022-01-14T05:41:10Z ",
            " 2022-01-14T05:41:10Z",
            "2022-01-14 05:41:10Z",
            "2022/01/14T05:41:10Z",
            "+022-01-14T05:41:10Z",
            "2022-01-14T05:41:1éZ",
            "２０２２-01-14T05:41:10Z",
            "2022-01-14T05:41:10.5\u{660}Z",
            "20220114T054110Z",
            "NaN",
            "2022-01-14T05:41:10.274601ZZ",
        ];
        for text in cases {
            assert_eq!(error(text), TimeError::Shape { text: text.to_owned() });
        }
        assert_eq!(error(&"é".repeat(1_000)), TimeError::Shape { text: "é".repeat(64) });
    }

    #[test]
    fn bad_extremes_do_not_overflow() {
        for ns in [i64::MIN, i64::MAX] {
            let time = Time::from_tai_ns(ns);
            assert_eq!(Time::from_utc_str(&time.utc_string(9)), Ok(time));
            assert!(time.seconds_since(Time::from_tai_ns(!ns)).abs() > 1.8e10);
        }
        assert_eq!(Time::from_unix(i64::MAX, u32::MAX), Time(i64::MAX));
        assert_eq!(Time::from_unix(i64::MIN, 0), Time(i64::MIN));
        assert_eq!(Time(5).plus_s(f64::NAN), Time(5));
        assert_eq!(Time(5).plus_s(f64::INFINITY), Time(i64::MAX));
    }
}
