//! Reads navigational warnings back: numbers, windows, areas, cancellations.

use super::MONTHS;
use core::fmt;
use downrange_earth::Time;

/// What a text says that a machine can use.
#[derive(Debug, Clone, PartialEq)]
pub struct NavareaText {
    /// Series, e.g. `NAVAREA XI`.
    pub series: String,
    /// Number and year, e.g. `014101/22`.
    pub number: String,
    /// Areas with their windows.
    pub areas: Vec<NavareaArea>,
    /// Messages that are cancelled by this one.
    pub cancels: Vec<String>,
    /// When it cancels itself.
    pub expires: Option<Time>,
}

/// One area and the window before it.
#[derive(Debug, Clone, PartialEq)]
pub struct NavareaArea {
    /// From when, where it is said.
    pub from: Option<Time>,
    /// Until when, where it is said.
    pub to: Option<Time>,
    /// Corners as longitude and latitude in degrees, in the order of the text; not closed.
    pub corners: Vec<crate::LonLat>,
}

/// Why a text cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NavareaError {
    /// It does not begin with series, number and year.
    Heading(String),
    /// A position is off the Earth.
    Position(String),
    /// A date and time that does not exist.
    DateTime(String),
    /// An area of fewer than three corners.
    TooFewCorners(usize),
}

impl fmt::Display for NavareaError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NavareaError::Heading(text) => write!(out, "heading is {text:?}; allowed: like NAVAREA XI 014101/22"),
            NavareaError::Position(text) => write!(out, "position is {text:?}; allowed: like 40-25.52N 129-34.85E"),
            NavareaError::DateTime(text) => write!(out, "time is {text:?}; allowed: like 140545Z JAN 22"),
            NavareaError::TooFewCorners(count) => write!(out, "an area has {count} corners; allowed: 3 or more"),
        }
    }
}

impl core::error::Error for NavareaError {}

/// Reads a text in the form that [`super::render`] writes.
///
/// # Errors
/// The first thing that cannot be read.
///
/// ```
/// let text = "NAVAREA XI 014101/22\nSEA OF JAPAN.\n1. HAZARD\n   140545Z JAN 22 TO\n   140549Z JAN 22\n   IN AREA BOUND BY\n   \
///   40-36.00N 129-20.00E,\n   40-36.00N 129-50.00E,\n   40-12.00N 129-35.00E.\n2. CANCEL THIS MSG 140559Z JAN 22.\n";
/// let parsed = downrange_wire::navarea::parse(text).unwrap();
/// assert_eq!(parsed.areas[0].corners[2], [129.0 + 35.0 / 60.0, 40.2]);
/// ```
pub fn parse(text: &str) -> Result<NavareaText, NavareaError> {
    let heading = text.lines().next().unwrap_or("").trim();
    let bad_heading = || NavareaError::Heading(heading.chars().take(60).collect());
    let (series, number) = heading.rsplit_once(' ').ok_or_else(bad_heading)?;
    let (serial, year) = number.split_once('/').ok_or_else(bad_heading)?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(serial) || !is_number(year) || !series.starts_with("NAVAREA") {
        return Err(bad_heading());
    }
    let mut parsed = NavareaText {
        series: series.into(),
        number: number.into(),
        areas: Vec::new(),
        cancels: Vec::new(),
        expires: None,
    };
    let words: Vec<&str> = text.split_whitespace().skip(heading.split_whitespace().count()).collect();
    let mut window: Vec<Time> = Vec::new();
    let mut open: Option<NavareaArea> = None;
    let mut index = 0;
    while let Some(&word) = words.get(index) {
        let next = |step: usize| words.get(index + step).copied().unwrap_or("").trim_end_matches(['.', ',']);
        if word == "CANCEL" && next(1) == "THIS" && next(2) == "MSG" {
            parsed.expires = Some(date_time(next(3), next(4), next(5))?);
            index += 6;
        } else if word == "CANCEL" {
            parsed.cancels.push([next(1), next(2), next(3)].join(" "));
            index += 4;
        } else if is_clock(word) && MONTHS.contains(&next(1)) {
            window.push(date_time(word, next(1), next(2))?);
            index += 3;
        } else if word == "BOUND" {
            let to = window.pop();
            open = Some(NavareaArea { from: window.pop().or(to), to, corners: Vec::new() });
            window.clear();
            index += 1;
        } else if let (Some(area), Some(latitude)) = (&mut open, angle(word, ['N', 'S'])) {
            area.corners.push(corner(latitude, word, next(1))?);
            if words.get(index + 1).is_some_and(|word| word.ends_with('.')) {
                parsed.areas.extend(open.take());
            }
            index += 2;
        } else {
            index += 1;
        }
    }
    parsed.areas.extend(open);
    match parsed.areas.iter().find(|area| area.corners.len() < 3) {
        Some(area) => Err(NavareaError::TooFewCorners(area.corners.len())),
        None => Ok(parsed),
    }
}

fn corner(latitude_deg: f64, latitude: &str, longitude: &str) -> Result<crate::LonLat, NavareaError> {
    match angle(longitude, ['E', 'W']) {
        Some(longitude_deg) if latitude_deg.abs() <= 90.0 && longitude_deg.abs() <= 180.0 => {
            Ok([longitude_deg, latitude_deg])
        }
        _ => Err(NavareaError::Position(format!("{latitude} {longitude}"))),
    }
}

/// `40-25.52N` in degrees; none for any other word.
fn angle(word: &str, signs: [char; 2]) -> Option<f64> {
    let (degrees, minutes) = word.strip_suffix(signs)?.split_once('-')?;
    let whole = degrees.parse::<u16>().ok()?;
    let minutes = minutes.parse::<f64>().ok().filter(|minutes| (0.0..60.0).contains(minutes))?;
    let size_deg = f64::from(whole) + minutes / 60.0;
    Some(if word.ends_with(signs[1]) { -size_deg } else { size_deg })
}

/// `140545Z`.
fn is_clock(word: &str) -> bool {
    word.len() == 7 && word.ends_with('Z') && word.bytes().take(6).all(|byte| byte.is_ascii_digit())
}

fn date_time(clock: &str, month: &str, year: &str) -> Result<Time, NavareaError> {
    let bad = || NavareaError::DateTime(format!("{clock} {month} {year}").chars().take(60).collect());
    let month = MONTHS.iter().position(|name| *name == month).ok_or_else(bad)? + 1;
    if !is_clock(clock) || year.len() != 2 {
        return Err(bad());
    }
    let iso = format!("20{year}-{month:02}-{}T{}:{}:00Z", &clock[0..2], &clock[2..4], &clock[4..6]);
    Time::from_utc_str(&iso).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_texts_are_errors() {
        assert!(matches!(parse(""), Err(NavareaError::Heading(_))));
        assert!(matches!(parse("NAVAREA XI"), Err(NavareaError::Heading(_))));
        assert!(matches!(parse("NAVAREA XI 1/22 CANCEL THIS"), Err(NavareaError::Heading(_))));
        assert!(matches!(parse("NAVAREA XI 1/22\n1. CANCEL THIS MSG 310545Z FEB 22."), Err(NavareaError::DateTime(_))));
        assert!(matches!(parse("NAVAREA XI 1/22\nCANCEL THIS MSG ééé JAN 22"), Err(NavareaError::DateTime(_))));
        let area = "NAVAREA XI 1/22\nIN AREA BOUND BY\n40-00.00N 129-00.00E,\n40-00.00N 130-00.00E.";
        assert_eq!(parse(area), Err(NavareaError::TooFewCorners(2)));
        let off = "NAVAREA XI 1/22\nIN AREA BOUND BY\n40-00.00N 229-00.00E,";
        assert!(matches!(parse(off), Err(NavareaError::Position(_))));
    }
}
