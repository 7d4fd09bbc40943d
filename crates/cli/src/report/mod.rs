//! `report.html`: one page that a person can read. What flew, where it came from and where it would fall, who was
//! underneath, and what was said when.
//!
//! The page is self-contained: its style, its script and its data are inside the file; it asks no network for anything.
//! The same material gives the same bytes.

use downrange_earth::Time;
use downrange_engine::assess::Assessment;
use downrange_engine::plot::Sensor;
use downrange_engine::policy::{Region, Status, Zone};
use downrange_engine::traffic::{AircraftReport, VesselReport};
use downrange_engine::warn::Revision;
use std::collections::BTreeMap;

mod data;
mod land;
#[cfg(test)]
mod tests;
mod text;

/// All that the page is made of.
#[derive(Debug, Clone)]
pub struct Material<'a> {
    /// Headline of the page, e.g. the name of the watch folder.
    pub title: &'a str,
    /// Name and version of the program, e.g. `downrange 0.1.0`.
    pub program: &'a str,
    /// Whether what was said was real.
    pub status: Status,
    /// Event time of the first input (its reception).
    pub from: Time,
    /// Event time of the last input.
    pub to: Time,
    /// Who was watching.
    pub sensors: &'a [Sensor],
    /// What was found out of them, in words, in the order in which it was found.
    pub sensor_findings: &'a [String],
    /// Districts that could be warned.
    pub zones: &'a [Zone],
    /// Provinces: the land of the base map.
    pub regions: &'a [Region],
    /// Every assessment, in the order in which they were made. Their `impact.samples` are not used and may be emptied.
    pub assessments: &'a [Assessment],
    /// When the first plot of an object was received, by name of the object; what is not known is left out.
    pub first_plots: &'a [(String, Time)],
    /// Every revision with its renderings, in the order in which they were made.
    pub said: &'a [Said],
    /// What was watched and never warned of, since too few independent witnesses had seen it, and from when on.
    pub watched: &'a BTreeMap<String, Time>,
    /// Independent witnesses that an alert needs.
    pub witnesses_asked: usize,
    /// Reports of vessels with a position, in order of time. One of each vessel is enough; several let it move.
    pub vessels: &'a [VesselReport],
    /// Reports of aircraft with a position, in order of time. One of each aircraft is enough; several let it move.
    pub aircraft: &'a [AircraftReport],
    /// What came in.
    pub counts: Counts,
    /// Hash of the last journal entry, in hexadecimal digits.
    pub journal_hash: Option<&'a str>,
    /// Event time over wall time, where it was measured. Left out, two runs give the same page.
    pub real_time_ratio: Option<f64>,
}

/// One revision and its renderings.
#[derive(Debug, Clone)]
pub struct Said {
    /// What was said.
    pub revision: Revision,
    /// In words, one per language.
    pub texts: Vec<Text>,
    /// As it went to the channels.
    pub messages: Vec<Message>,
}

/// A revision in the words of one language.
#[derive(Debug, Clone)]
pub struct Text {
    /// ISO 639-1 code.
    pub language: String,
    /// One line.
    pub headline: String,
    /// What is known; empty when there is no more than the headline.
    pub description: String,
    /// What to do; empty where nothing is advised.
    pub instruction: String,
}

/// A revision as one channel carried it.
#[derive(Debug, Clone)]
pub struct Message {
    /// Name of the channel, e.g. `cap`.
    pub channel: String,
    /// Name of its file under `messages/`.
    pub file: String,
    /// The file's content.
    pub content: String,
}

/// What came in, and what of it was of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Plots taken by the engine.
    pub plots_used: u64,
    /// Plots refused by the engine.
    pub plots_refused: u64,
    /// Lines of live feeds that could not be read.
    pub bad_lines: u64,
    /// Reports of vessels and aircraft.
    pub traffic_reports: u64,
    /// Entries of the journal.
    pub journal_entries: u64,
}

/// Text that is markup already: what came from outside has gone through [`escape`].
type Html = String;

const PAGE: &str = include_str!("page.html");
/// The style of every page of this program.
pub(crate) const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("map.js");

/// The page.
pub fn write(material: &Material) -> String {
    let (word, sentence) = text::status(material.status);
    // What is in a part is never looked at again, so nothing from outside can pass for a place to fill in.
    let parts = [
        ("style", STYLE.to_string()),
        ("title", escape(material.title)),
        ("status", word.to_string()),
        ("status-class", word.to_lowercase()),
        ("sentence", sentence.to_string()),
        ("span", escape(&format!("{} to {}", material.from.utc_string(0), material.to.utc_string(0)))),
        ("summary", text::summary(material)),
        ("timeline", text::timeline(material)),
        ("messages", text::messages(material)),
        ("objects", text::objects(material)),
        ("numbers", text::numbers(material)),
        ("sensors", text::sensors(material)),
        ("sensor-findings", text::sensor_findings(material)),
        ("program", escape(material.program)),
        ("data", in_script(&data::map(material).to_string())),
        ("script", SCRIPT.to_string()),
    ];
    fill(PAGE, &parts)
}

/// A page from its template: every `{{name}}` with the part of that name.
pub(crate) fn fill(page: &str, parts: &[(&str, Html)]) -> Html {
    let mut out = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").expect("a template closes every place it opens");
        let part = parts.iter().find(|(n, _)| *n == name).expect("a template names only known parts");
        out.push_str(before);
        out.push_str(&part.1);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// JSON made harmless inside a script element: no `<` can end it.
fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// Text made harmless for HTML, also inside quoted attributes.
pub(crate) fn escape(text: &str) -> Html {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\r' => {}
            // Control characters have no place in a page.
            c if c.is_control() && c != '\n' && c != '\t' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
