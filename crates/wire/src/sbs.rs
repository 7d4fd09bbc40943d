//! SBS-1 "BaseStation" lines: aircraft that say where they are, as ADS-B receivers print it.

use crate::ais::MPS_PER_KNOT;
use crate::input::{InputError, Line, Received};
use crate::utc;
use downrange_engine::traffic::{AircraftReport, SurfacePosition};

/// One foot (international).
const M_PER_FOOT: f64 = 0.3048;
/// One foot a minute.
const MPS_PER_FOOT_PER_MINUTE: f64 = M_PER_FOOT / 60.0;

/// Columns of a `MSG` line, counted from 0.
mod column {
    pub const KIND: usize = 0;
    pub const TRANSMISSION: usize = 1;
    pub const ICAO: usize = 4;
    pub const DATE_GENERATED: usize = 6;
    pub const TIME_GENERATED: usize = 7;
    pub const DATE_LOGGED: usize = 8;
    pub const TIME_LOGGED: usize = 9;
    pub const CALLSIGN: usize = 10;
    pub const ALTITUDE_FT: usize = 11;
    pub const SPEED_KT: usize = 12;
    pub const TRACK_DEG: usize = 13;
    pub const LATITUDE_DEG: usize = 14;
    pub const LONGITUDE_DEG: usize = 15;
    pub const CLIMB_FTPMIN: usize = 16;
    /// Some receivers leave away the flags behind the climb rate.
    pub const FEWEST: usize = 17;
}

/// Reads one line. `Ok(None)`: a line about something else than an aircraft's message (`SEL`, `ID`, `AIR`, `STA`, `CLK`).
/// Received is the logged date and time; true is the generated one. Both are UTC.
///
/// # Errors
/// Too few columns, an ICAO address that is not six hexadecimal digits, a date, time or number that is none or out of range.
///
/// ```
/// let line = "MSG,3,1,1,71C000,1,2022/01/14,05:40:00.000,2022/01/14,05:40:00.250,AIR100,32482,411,279.2,39.62616,139.55856,,,0,0,0,0";
/// let report = downrange_wire::sbs::parse_line(line, 1, "aircraft.sbs").unwrap().unwrap().value;
/// assert_eq!(report.icao, "71C000");
/// assert!((report.altitude_m.unwrap() - 9900.5).abs() < 0.1);
/// assert_eq!(report.climb_mps, None);
/// ```
pub fn parse_line(text: &str, line_number: u64, file: &str) -> Result<Option<Received<AircraftReport>>, InputError> {
    let at = Line { file, line: line_number };
    let columns: Vec<&str> = text.trim_end().split(',').map(str::trim).collect();
    match columns.first() {
        Some(&"MSG") => {}
        Some(&("SEL" | "ID" | "AIR" | "STA" | "CLK")) => return Ok(None),
        _ => {
            return Err(at.value(
                "column 1",
                columns.get(column::KIND).unwrap_or(&""),
                "MSG, SEL, ID, AIR, STA or CLK",
            ));
        }
    }
    if columns.len() < column::FEWEST {
        let allowed = format!("at least {} columns", column::FEWEST);
        return Err(at.value("line", format!("{} columns", columns.len()), allowed));
    }
    let row = Row { at, columns };
    let transmission = row.text(column::TRANSMISSION);
    if !matches!(transmission.as_bytes(), [b'1'..=b'8']) {
        return Err(at.value("transmission type", transmission, "1 to 8"));
    }
    let icao = row.text(column::ICAO);
    if icao.len() != 6 || !icao.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(at.value("icao", icao, "six hexadecimal digits"));
    }
    let time = row.time(column::DATE_GENERATED, column::TIME_GENERATED, "generated")?;
    let received = row.time(column::DATE_LOGGED, column::TIME_LOGGED, "logged")?;
    let latitude_deg = row.number(column::LATITUDE_DEG, "latitude", -90.0, 90.0)?;
    let longitude_deg = row.number(column::LONGITUDE_DEG, "longitude", -180.0, 180.0)?;
    let report = AircraftReport {
        icao: icao.to_ascii_uppercase(),
        time,
        callsign: Some(row.text(column::CALLSIGN)).filter(|callsign| !callsign.is_empty()).map(str::to_string),
        position: latitude_deg.zip(longitude_deg).map(|(latitude_deg, longitude_deg)| SurfacePosition {
            latitude_rad: latitude_deg.to_radians(),
            longitude_rad: longitude_deg.to_radians(),
        }),
        altitude_m: row.number(column::ALTITUDE_FT, "altitude", -2_000.0, 200_000.0)?.map(|feet| feet * M_PER_FOOT),
        speed_mps: row.number(column::SPEED_KT, "ground speed", 0.0, 5_000.0)?.map(|knots| knots * MPS_PER_KNOT),
        course_rad: row.number(column::TRACK_DEG, "track", 0.0, 360.0)?.map(f64::to_radians),
        climb_mps: row
            .number(column::CLIMB_FTPMIN, "vertical rate", -100_000.0, 100_000.0)?
            .map(|feet_per_minute| feet_per_minute * MPS_PER_FOOT_PER_MINUTE),
    };
    Ok(Some(Received { received, value: report }))
}

struct Row<'a> {
    at: Line<'a>,
    columns: Vec<&'a str>,
}

impl<'a> Row<'a> {
    fn text(&self, column: usize) -> &'a str {
        self.columns.get(column).copied().unwrap_or("")
    }

    /// An empty column is absent.
    fn number(&self, column: usize, field: &str, low: f64, high: f64) -> Result<Option<f64>, InputError> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        let number = text.parse().unwrap_or(f64::NAN);
        if number >= low && number <= high {
            return Ok(Some(number));
        }
        Err(self.at.value(field, text, format!("{low} to {high}, or empty")))
    }

    /// `2022/01/14` and `05:40:00.000`, UTC.
    fn time(&self, date: usize, time: usize, which: &str) -> Result<downrange_earth::Time, InputError> {
        let (date, time) = (self.text(date), self.text(time));
        let iso = format!("{}T{time}Z", date.replace('/', "-"));
        utc::parse(&iso).ok_or_else(|| {
            self.at.value(&format!("date and time {which}"), format!("{date},{time}"), "like 2022/01/14,05:40:00.000")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "MSG,3,1,1,71c000,1,2022/01/14,05:40:00.000,2022/01/14,05:40:00.250,AIR100,32482,411,279.2,39.62616,139.55856,-640,,0,0,0,0";

    #[test]
    fn every_column_is_read_in_si_units() {
        let Received { received, value } = parse_line(LINE, 1, "aircraft.sbs").unwrap().unwrap();
        assert_eq!(value.icao, "71C000");
        assert_eq!(value.callsign.as_deref(), Some("AIR100"));
        assert_eq!(received.seconds_since(value.time), 0.25);
        assert!((value.altitude_m.unwrap() - 9_900.513_6).abs() < 1e-6);
        assert!((value.speed_mps.unwrap() - 211.436_667).abs() < 1e-6);
        assert!((value.climb_mps.unwrap() + 3.2512).abs() < 1e-9);
        assert_eq!(value.course_rad, Some(279.2f64.to_radians()));
    }

    #[test]
    fn empty_columns_are_absent_never_zero() {
        let line = "MSG,1,1,1,71C000,1,2022/01/14,05:40:00.000,2022/01/14,05:40:00.000,AIR100,,,,,,,,,,,";
        let report = parse_line(line, 1, "aircraft.sbs").unwrap().unwrap().value;
        assert_eq!((report.position, report.altitude_m, report.speed_mps), (None, None, None));
        assert_eq!((report.course_rad, report.climb_mps), (None, None));
        assert_eq!(
            parse_line("STA,,5,179,400AE7,10103,2008/11/28,14:58:51.153,2008/11/28,14:58:51.153,RM", 1, "f"),
            Ok(None)
        );
    }

    #[test]
    fn bad_lines_name_the_column_to_blame() {
        for (from, to, field) in [
            ("71c000", "71C00", "icao"),
            ("71c000", "71C00G", "icao"),
            ("MSG,3", "MSG,9", "transmission type"),
            ("MSG,3", "MSG,", "transmission type"),
            ("MSG", "PIG", "column 1"),
            ("39.62616", "91", "latitude"),
            ("39.62616", "NaN", "latitude"),
            ("139.55856", "inf", "longitude"),
            ("279.2", "400", "track"),
            ("411", "-3", "ground speed"),
            ("32482", "1e999", "altitude"),
            ("2022/01/14,05:40:00.250", "2022/02/30,05:40:00.250", "date and time logged"),
            ("2022/01/14,05:40:00.000", "2022/01/14,", "date and time generated"),
        ] {
            assert!(LINE.contains(from), "{from}");
            let error = parse_line(&LINE.replacen(from, to, 1), 5, "aircraft.sbs").unwrap_err();
            assert_eq!(error.field(), Some(field), "{from} -> {to}: {error}");
        }
        for end in 0..90 {
            assert!(parse_line(&LINE[..end], 1, "aircraft.sbs").is_err(), "{}", &LINE[..end]);
        }
    }
}
