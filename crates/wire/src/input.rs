//! What is wrong with an input: file, line, field, value, and what would have been allowed.

use core::fmt;

/// A place in an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Name of the file or feed, as the caller calls it.
    pub file: String,
    /// Line, counted from 1.
    pub line: u64,
}

impl Place {
    /// A line of a file.
    pub fn new(file: &str, line: u64) -> Place {
        Place { file: file.into(), line }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.file, self.line)
    }
}

/// Why an input was refused. In a configuration it stops the start; in a feed the caller counts it, journals it and
/// goes on with the next line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputError {
    /// The line or file is not even of the right form.
    Syntax {
        /// Where.
        place: Place,
        /// What is wrong, in words.
        what: String,
    },
    /// A field that must be there is not.
    Missing {
        /// Where.
        place: Place,
        /// Its name.
        field: String,
        /// What it should hold.
        allowed: String,
    },
    /// A field holds what it must not.
    Value {
        /// Where.
        place: Place,
        /// Its name.
        field: String,
        /// What was there.
        value: String,
        /// What it should hold.
        allowed: String,
    },
}

impl InputError {
    /// Where it is.
    pub fn place(&self) -> &Place {
        match self {
            InputError::Syntax { place, .. } | InputError::Missing { place, .. } | InputError::Value { place, .. } => {
                place
            }
        }
    }

    /// Name of the field, where one is to blame.
    pub fn field(&self) -> Option<&str> {
        match self {
            InputError::Syntax { .. } => None,
            InputError::Missing { field, .. } | InputError::Value { field, .. } => Some(field),
        }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InputError::Syntax { place, what } => write!(out, "{place}: {what}"),
            InputError::Missing { place, field, allowed } => {
                write!(out, "{place}: field `{field}` is missing; allowed: {allowed}")
            }
            InputError::Value { place, field, value, allowed } => {
                write!(out, "{place}: field `{field}` is {}; allowed: {allowed}", shortened(value))
            }
        }
    }
}

impl core::error::Error for InputError {}

/// Something that arrived, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Received<T> {
    /// When it arrived.
    pub received: downrange_earth::Time,
    /// What arrived.
    pub value: T,
}

/// A hostile line may be megabytes long; nobody wants it in a terminal.
fn shortened(value: &str) -> String {
    const LONGEST: usize = 80;
    let printable = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
    let start: String = value.chars().take(LONGEST).map(printable).collect();
    if value.chars().nth(LONGEST).is_none() { start } else { format!("{start}… ({} bytes)", value.len()) }
}

/// Collects the place once and names fields and values against it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    pub file: &'a str,
    pub line: u64,
}

impl Line<'_> {
    pub fn place(&self) -> Place {
        Place::new(self.file, self.line)
    }

    pub fn syntax(&self, what: impl Into<String>) -> InputError {
        InputError::Syntax { place: self.place(), what: what.into() }
    }

    pub fn missing(&self, field: &str, allowed: impl Into<String>) -> InputError {
        InputError::Missing { place: self.place(), field: field.into(), allowed: allowed.into() }
    }

    pub fn value(&self, field: &str, value: impl ToString, allowed: impl Into<String>) -> InputError {
        InputError::Value {
            place: self.place(),
            field: field.into(),
            value: value.to_string(),
            allowed: allowed.into(),
        }
    }

    /// A number inside a range, both ends included; what is not a number is outside of every range.
    pub fn in_range(&self, field: &str, value: f64, low: f64, high: f64) -> Result<f64, InputError> {
        if value >= low && value <= high {
            return Ok(value);
        }
        Err(self.value(field, value, format!("{low} to {high}")))
    }

    /// A serde_json error, with the field that stands before the place where reading stopped.
    pub fn json(&self, text: &str, error: &serde_json::Error) -> InputError {
        let stop = offset_of(text, error.line(), error.column());
        let before = text.get(..stop).unwrap_or(text);
        let Some((field, start)) = last_key(before) else {
            return self.syntax(format!("not a JSON object of the expected form: {error}"));
        };
        let rest = text.get(start..).unwrap_or("").trim_start();
        let end = rest.find([',', '}', '\n']).unwrap_or(rest.len());
        let value = rest.get(..end).unwrap_or(rest).trim();
        if error.is_eof() {
            return self.syntax(format!("the line ends too early, after field `{field}`"));
        }
        self.value(field, value, format!("see docs/formats.md ({error})"))
    }
}

/// Byte offset of a line and column as serde_json counts them (both from 1), moved to a character border.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let line_start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut offset = (line_start + column).min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The last `"key":` in a text, and the offset behind its colon.
fn last_key(text: &str) -> Option<(&str, usize)> {
    let mut end = text.len();
    loop {
        let colon = text.get(..end)?.rfind(':')?;
        let head = text.get(..colon)?.trim_end();
        if let Some(unquoted) = head.strip_suffix('"')
            && let Some(open) = unquoted.rfind('"')
            && let Some(key) = unquoted.get(open + 1..)
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            return Some((key, colon + 1));
        }
        end = colon;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_file_line_field_value_and_what_is_allowed() {
        let error = Line { file: "plots.jsonl", line: 7 }.in_range("azimuth_deg", 400.0, 0.0, 360.0).unwrap_err();
        assert_eq!(error.to_string(), "plots.jsonl:7: field `azimuth_deg` is 400; allowed: 0 to 360");
    }

    #[test]
    fn bad_a_very_long_value_is_shortened() {
        let error = Line { file: "f", line: 1 }.value("id", "x".repeat(1_000_000), "a name");
        assert!(error.to_string().len() < 300);
    }

    #[test]
    fn the_key_before_the_error_is_found_past_colons_inside_values() {
        assert_eq!(last_key(r#"{"time":"2022-01-14T05:41:10Z"#).map(|(key, _)| key), Some("time"));
        assert_eq!(last_key("{"), None);
    }
}
