//! What the schema of CAP 1.2 does not see: a message may be valid and still wrong.

use core::fmt;
use downrange_earth::Time;
use quick_xml::Reader;
use quick_xml::events::Event;

/// What is wrong with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CapError {
    /// Not well-formed, or with a document type (which could draw in files of the reader).
    Xml(String),
    /// An element that must be there is not.
    Missing(&'static str),
    /// An element holds what it must not.
    Value {
        /// Its name.
        element: String,
        /// What was there.
        value: String,
        /// What it should hold.
        allowed: &'static str,
    },
}

impl fmt::Display for CapError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CapError::Xml(what) => write!(out, "not XML that is accepted: {what}"),
            CapError::Missing(element) => write!(out, "element <{element}> is missing"),
            CapError::Value { element, value, allowed } => {
                write!(out, "element <{element}> is {value:?}; allowed: {allowed}")
            }
        }
    }
}

impl core::error::Error for CapError {}

/// Checks the meaning of a CAP 1.2 message: required elements, words of the closed lists, times with numeric offsets that
/// are in order, references where there must be some, polygons that are closed, have four pairs and lie on the Earth.
///
/// # Errors
/// The first thing that is wrong.
pub fn check(xml: &str) -> Result<(), CapError> {
    let leaves = leaves(xml)?;
    let value = |name: &'static str| {
        let found = leaves.iter().find(|(element, _)| element == name);
        found.map(|(_, text)| text.as_str()).ok_or(CapError::Missing(name))
    };
    for name in ["identifier", "sender"] {
        let text = value(name)?;
        if text.is_empty() || text.contains([' ', ',', '<', '&']) {
            return Err(wrong(name, text, "a name without space, comma, < and &"));
        }
    }
    let sent = time("sent", value("sent")?)?;
    for (element, text) in &leaves {
        one_of(element, text)?;
        match element.as_str() {
            "effective" | "onset" => _ = time(element, text)?,
            "expires" if time(element, text)? <= sent => return Err(wrong(element, text, "a time after sent")),
            "polygon" => polygon(text)?,
            "headline" | "areaDesc" | "event" if text.trim().is_empty() => {
                return Err(wrong(element, text, "some words"));
            }
            "references" => text.split_whitespace().try_for_each(reference)?,
            _ => {}
        }
    }
    for name in ["status", "msgType", "scope"] {
        value(name)?;
    }
    let kind = value("msgType")?;
    if matches!(kind, "Update" | "Cancel") {
        value("references")?;
    }
    if matches!(kind, "Alert" | "Update") {
        for name in
            ["language", "category", "event", "urgency", "severity", "certainty", "expires", "areaDesc", "polygon"]
        {
            value(name)?;
        }
    }
    Ok(())
}

fn wrong(element: &str, value: &str, allowed: &'static str) -> CapError {
    CapError::Value { element: element.into(), value: value.into(), allowed }
}

/// Every element with text in it, in order.
fn leaves(xml: &str) -> Result<Vec<(String, String)>, CapError> {
    let mut reader = Reader::from_str(xml);
    let mut leaves = Vec::new();
    let mut open: Vec<(String, String, bool)> = Vec::new();
    loop {
        match reader.read_event().map_err(|error| CapError::Xml(error.to_string()))? {
            Event::Start(start) => {
                if let Some((.., is_leaf)) = open.last_mut() {
                    *is_leaf = false;
                }
                open.push((start.local_name().as_ref().to_string(), String::new(), true));
            }
            Event::Text(text) => {
                if let Some((_, content, _)) = open.last_mut() {
                    content.push_str(&text.xml10_content());
                }
            }
            Event::GeneralRef(reference) => {
                let letter = match reference.as_ref() {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    other => return Err(CapError::Xml(format!("entity &{other};"))),
                };
                if let Some((_, content, _)) = open.last_mut() {
                    content.push(letter);
                }
            }
            Event::End(_) => {
                if let Some((name, content, true)) = open.pop() {
                    leaves.push((name, content));
                }
            }
            Event::DocType(_) => return Err(CapError::Xml("a document type".into())),
            Event::Eof if open.is_empty() && !leaves.is_empty() => return Ok(leaves),
            Event::Eof => return Err(CapError::Xml("it ends too early".into())),
            _ => {}
        }
    }
}

/// The closed lists of section 3.2.
fn one_of(element: &str, text: &str) -> Result<(), CapError> {
    let (words, allowed): (&[&str], _) = match element {
        "status" => (&["Actual", "Exercise", "System", "Test", "Draft"], "a status of CAP 1.2, 3.2.1"),
        "msgType" => (&["Alert", "Update", "Cancel", "Ack", "Error"], "a msgType of CAP 1.2, 3.2.1"),
        "scope" => (&["Public", "Restricted", "Private"], "a scope of CAP 1.2, 3.2.1"),
        "urgency" => (&["Immediate", "Expected", "Future", "Past", "Unknown"], "an urgency of CAP 1.2, 3.2.2"),
        "severity" => (&["Extreme", "Severe", "Moderate", "Minor", "Unknown"], "a severity of CAP 1.2, 3.2.2"),
        "certainty" => (&["Observed", "Likely", "Possible", "Unlikely", "Unknown"], "a certainty of CAP 1.2, 3.2.2"),
        _ => return Ok(()),
    };
    if words.contains(&text) { Ok(()) } else { Err(wrong(element, text, allowed)) }
}

fn time(element: &str, text: &str) -> Result<Time, CapError> {
    const ALLOWED: &str = "like 2022-01-14T05:42:47+00:00, with a numeric offset";
    let time = Time::from_utc_str(text).map_err(|_| wrong(element, text, ALLOWED))?;
    if text.ends_with(['Z', 'z']) || text.len() != ALLOWED_LENGTH {
        Err(wrong(element, text, ALLOWED))
    } else {
        Ok(time)
    }
}

/// Length of `2022-01-14T05:42:47+00:00`.
const ALLOWED_LENGTH: usize = 25;

fn reference(text: &str) -> Result<(), CapError> {
    let parts: Vec<&str> = text.split(',').collect();
    match parts.as_slice() {
        [sender, identifier, sent] if !sender.is_empty() && !identifier.is_empty() => {
            time("references", sent).map(|_| ())
        }
        _ => Err(wrong("references", text, "sender,identifier,sent")),
    }
}

fn polygon(text: &str) -> Result<(), CapError> {
    let pairs: Vec<&str> = text.split_whitespace().collect();
    for pair in &pairs {
        let numbers =
            pair.split_once(',').and_then(|(lat, lon)| Some((lat.parse::<f64>().ok()?, lon.parse::<f64>().ok()?)));
        match numbers {
            Some((lat, lon)) if lat.abs() <= 90.0 && lon.abs() <= 180.0 => {}
            _ => return Err(wrong("polygon", pair, "latitude,longitude in degrees")),
        }
    }
    if pairs.len() < 4 {
        return Err(wrong("polygon", text, "at least four pairs"));
    }
    if pairs.first() != pairs.last() {
        return Err(wrong("polygon", text, "first pair = last pair"));
    }
    Ok(())
}
