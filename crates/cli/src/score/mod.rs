//! How good a replay was, against what really flew. The only room that reads `truth.json` and `truth/`.
//!
//! Great-circle distances on a sphere of the Earth's mean radius, and areas on a local plane: good to a fraction of a
//! percent, which is all that a score needs.

mod aircraft;
mod measure;
mod read;

use crate::failure::Failure;
use serde::Serialize;
use serde::ser::SerializeMap;
use serde_json::Value;
use std::path::Path;

/// Named figures in the order in which they are printed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures(pub Vec<(String, Value)>);

impl Figures {
    /// Adds one.
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.push((name.into(), value.into()));
    }

    /// The figure of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// On one line, as JSON with spaces.
    pub fn line(&self) -> String {
        let pairs: Vec<String> =
            self.0.iter().map(|(name, value)| format!("{}: {value}", Value::from(name.as_str()))).collect();
        format!("{{{}}}", pairs.join(", "))
    }
}

impl Serialize for Figures {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Objects by name, in the order of the truth.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Objects(pub Vec<(String, Figures)>);

impl Serialize for Objects {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, figures) in &self.0 {
            map.serialize_entry(name, figures)?;
        }
        map.end()
    }
}

/// What a replay is worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// What the scenario is called.
    pub title: String,
    /// Figures of every object that fell.
    pub objects: Objects,
    /// Objects that were warned of and did not fall, with what they are.
    pub false_warned: Vec<String>,
    /// Tracks beyond the first of the objects that fell.
    pub split: usize,
    /// Number of forecasts.
    pub forecasts: usize,
    /// Number of message revisions.
    pub warnings: usize,
    /// Objects that fell and that nobody was told of.
    pub missed: usize,
    /// Objects that fell inside an area that was said before.
    pub falls_inside_a_said_area: usize,
    /// The same as a share of all that fell; nothing where nothing fell.
    pub share_inside_a_said_area: Option<f64>,
    /// Aircraft below what fell and whether they were named before; how much the areas at their heights held.
    pub aircraft: Figures,
}

/// Scores the results in `out` against the truth in `folder`.
///
/// # Errors
/// When one of the files is missing or is not what it should be.
pub fn score(folder: &Path, out: &Path) -> Result<Score, Failure> {
    let truth = read::truth(folder)?;
    let flights = read::flights(folder)?;
    let (forecasts, warnings) = read::results(out)?;
    Ok(measure::score(&truth, &flights, &forecasts, &warnings))
}

impl Score {
    /// As JSON.
    pub fn json(&self) -> String {
        let mut text = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(b" ");
        let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
        // Strings and numbers always have a JSON form.
        self.serialize(&mut serializer)
            .map_or_else(|error| error.to_string(), |()| String::from_utf8_lossy(&text).into())
    }

    /// In words.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{}\n  falling objects {}, missed {}, falls inside an area said before {}, falsely warned {} {:?}, extra tracks {}, \
             forecasts {}, warnings {}\n",
            self.title,
            self.objects.0.len(),
            self.missed,
            self.falls_inside_a_said_area,
            self.false_warned.len(),
            self.false_warned.iter().take(5).collect::<Vec<_>>(),
            self.split,
            self.forecasts,
            self.warnings
        );
        if let Some(share) = self.share_inside_a_said_area {
            text.push_str(&format!("  alert area holds {:.1} % of the falls\n", 100.0 * share));
        }
        text.push_str(&format!("  aircraft {}\n", self.aircraft.line()));
        for (name, figures) in &self.objects.0 {
            text.push_str(&format!("  {name} {}\n", figures.line()));
        }
        text
    }
}
