//! `watch.toml`: the rules of warning.

use crate::input::InputError;
use crate::settings::{Document, Field, Section};
use downrange_engine::policy::{Policy, Status};

/// Languages that there are texts in.
pub const LANGUAGES: [&str; 3] = ["en", "ko", "ja"];
/// Channels that messages can be rendered for.
pub const CHANNELS: [&str; 2] = ["cap", "navarea"];

/// Every field that may stand in the file. A misspelt rule must not be silently without effect.
const FIELDS: [&str; 13] = [
    "status",
    "alert_probability",
    "cancel_probability",
    "independent_paths_min",
    "area_probability",
    "area_margin_m",
    "vessel_probability",
    "aircraft_probability",
    "zone_probability",
    "update_interval_s",
    "expiry_margin_s",
    "languages",
    "channels",
];

/// Reads `watch.toml`. Every field is optional; what is absent keeps its default ([`Policy::default`]). The empty text is
/// the default policy. Unknown fields are refused.
///
/// # Errors
/// The first field that is unknown or holds what it must not, with its line.
///
/// ```
/// let policy = downrange_wire::watch::read("status = \"Exercise\"\nlanguages = [\"en\", \"ja\"]", "watch.toml").unwrap();
/// assert_eq!(policy.languages, ["en", "ja"]);
/// assert!(downrange_wire::watch::read("alert_probability = 1.5", "watch.toml").is_err());
/// ```
pub fn read(text: &str, file: &str) -> Result<Policy, InputError> {
    let document = Document::read(text, file)?;
    let root = document.root();
    if let Some((name, at)) = root.fields().find(|(name, _)| !FIELDS.contains(name)) {
        return Err(at.value(name, "an unknown field", FIELDS.join(", ")));
    }
    let usual = Policy::default();
    let policy = Policy {
        status: root.get("status").map_or(Ok(usual.status), |field| status(&field))?,
        alert_probability: probability(&root, "alert_probability", usual.alert_probability)?,
        cancel_probability: probability(&root, "cancel_probability", usual.cancel_probability)?,
        independent_paths_min: root
            .get("independent_paths_min")
            .map_or(Ok(usual.independent_paths_min), |field| paths(&field))?,
        area_probability: root
            .get("area_probability")
            .map_or(Ok(usual.area_probability), |field| area_probability(&field))?,
        area_margin_m: root
            .get("area_margin_m")
            .map_or(Ok(usual.area_margin_m), |field| field.number(0.0, 200_000.0))?,
        vessel_probability: probability(&root, "vessel_probability", usual.vessel_probability)?,
        aircraft_probability: probability(&root, "aircraft_probability", usual.aircraft_probability)?,
        zone_probability: probability(&root, "zone_probability", usual.zone_probability)?,
        update_interval_s: seconds(&root, "update_interval_s", usual.update_interval_s)?,
        expiry_margin_s: seconds(&root, "expiry_margin_s", usual.expiry_margin_s)?,
        languages: words(&root, "languages", &LANGUAGES, usual.languages)?,
        channels: words(&root, "channels", &CHANNELS, usual.channels)?,
    };
    if policy.cancel_probability >= policy.alert_probability {
        let blamed = root.get("cancel_probability").or_else(|| root.get("alert_probability"));
        if let Some(field) = blamed {
            return Err(field.refuse(format!(
                "cancel_probability ({}) below alert_probability ({})",
                policy.cancel_probability, policy.alert_probability
            )));
        }
    }
    Ok(policy)
}

fn status(field: &Field) -> Result<Status, InputError> {
    match field.text()? {
        "Actual" => Ok(Status::Actual),
        "Exercise" => Ok(Status::Exercise),
        "Test" => Ok(Status::Test),
        _ => Err(field.refuse("\"Actual\", \"Exercise\" or \"Test\"")),
    }
}

fn paths(field: &Field) -> Result<usize, InputError> {
    const MOST: f64 = 100.0;
    let count = field.number(1.0, MOST)?;
    if libm::trunc(count) == count { Ok(count as usize) } else { Err(field.refuse("a whole number from 1 on")) }
}

fn area_probability(field: &Field) -> Result<f64, InputError> {
    let probability = field.number(0.0, 1.0)?;
    if [0.5, 0.95, 0.99].contains(&probability) { Ok(probability) } else { Err(field.refuse("0.5, 0.95 or 0.99")) }
}

fn probability(root: &Section, name: &str, usual: f64) -> Result<f64, InputError> {
    root.get(name).map_or(Ok(usual), |field| field.number(0.0, 1.0))
}

fn seconds(root: &Section, name: &str, usual: f64) -> Result<f64, InputError> {
    const DAY_S: f64 = 86_400.0;
    root.get(name).map_or(Ok(usual), |field| field.number(0.0, DAY_S))
}

fn words(root: &Section, name: &str, known: &[&str], usual: Vec<String>) -> Result<Vec<String>, InputError> {
    let Some(field) = root.get(name) else { return Ok(usual) };
    let mut words = Vec::new();
    for element in field.elements()? {
        let word = element.text()?;
        if !known.contains(&word) || words.iter().any(|earlier| earlier == word) {
            return Err(element.refuse(format!("each at most once: {}", known.join(", "))));
        }
        words.push(word.to_string());
    }
    if words.is_empty() { Err(field.refuse(format!("at least one of {}", known.join(", ")))) } else { Ok(words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_keeps_its_default() {
        assert_eq!(read("", "watch.toml"), Ok(Policy::default()));
        let policy =
            read("area_probability = 0.99\nindependent_paths_min = 1\nchannels = [\"navarea\"]", "watch.toml").unwrap();
        assert_eq!((policy.area_probability, policy.independent_paths_min), (0.99, 1));
        assert_eq!((policy.channels, policy.languages), (vec!["navarea".to_string()], Policy::default().languages));
    }

    #[test]
    fn bad_rules_are_refused_with_line_and_field() {
        for (text, field) in [
            ("status = \"Real\"", "status"),
            ("alert_probability = 1.1", "alert_probability"),
            ("alert_probability = nan", "alert_probability"),
            ("area_probability = 0.9", "area_probability"),
            ("independent_paths_min = 0", "independent_paths_min"),
            ("independent_paths_min = 1.5", "independent_paths_min"),
            ("update_interval_s = -1", "update_interval_s"),
            ("languages = []", "languages"),
            ("languages = [\"de\"]", "languages[0]"),
            ("languages = [\"en\", \"en\"]", "languages[1]"),
            ("channels = \"cap\"", "channels"),
            ("alert_probablity = 0.5", "alert_probablity"),
            ("cancel_probability = 0.95", "cancel_probability"),
        ] {
            let error = read(&format!("# rules\n{text}"), "watch.toml").unwrap_err();
            assert_eq!((error.field(), error.place().line), (Some(field), 2), "{text}: {error}");
        }
    }
}
