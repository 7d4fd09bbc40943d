//! `downrange explain`: why something was said, from the message back to the plots.

use super::Done;
use crate::failure::Failure;
use crate::folder::Setup;
use crate::journal::{Entry, Kind, Reader};
use downrange_engine::policy::Policy;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Explain a warning from the journal: message, decision, assessments, tracks, plots
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  downrange explain 2022-01-14-1-W --journal out/journal.db
  downrange explain 2022-01-14-1-W --revision 2 --journal out/journal.db")]
pub struct Arguments {
    /// Name of the warning, as in warnings.jsonl
    warning: String,
    /// The journal
    #[arg(long, value_name = "FILE")]
    journal: PathBuf,
    /// Which revision; the first when not given
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    revision: u64,
}

/// Runs the command.
///
/// # Errors
/// When there is no such journal or warning.
pub fn run(arguments: &Arguments) -> Done {
    print!("{}", explain(&arguments.journal, &arguments.warning, arguments.revision)?);
    Ok(())
}

/// A record with its place in the journal.
struct Found {
    seq: u64,
    value: Value,
}

/// What an explanation needs of a journal.
struct Account {
    policy: Policy,
    warnings: Vec<Found>,
    forecasts: Vec<Found>,
    plots: BTreeMap<u64, Entry>,
}

/// The chain from a message back to its plots, as text.
///
/// # Errors
/// When there is no such journal or warning.
pub fn explain(journal: &Path, warning: &str, revision: u64) -> Result<String, Failure> {
    let account = Account::read(&Reader::open(journal)?)?;
    let said = account.find(warning, revision)?;
    let mut text = String::new();
    put_message(&mut text, said);
    put_decision(&mut text, said, &account.policy);
    for object in list(&said.value["warning"]["objects"]) {
        account.put_object(&mut text, words(object), said.seq);
    }
    Ok(text)
}

impl Account {
    fn read(reader: &Reader) -> Result<Account, Failure> {
        let mut setup = Setup::default();
        let mut account =
            Account { policy: Policy::default(), warnings: Vec::new(), forecasts: Vec::new(), plots: BTreeMap::new() };
        reader.walk(|entry| {
            match entry.kind {
                Kind::Sensors => setup.sensors = entry.text().into_owned(),
                Kind::Watch => setup.watch = Some(entry.text().into_owned()),
                Kind::Warning => account.warnings.push(found(reader, &entry)?),
                Kind::Forecast => account.forecasts.push(found(reader, &entry)?),
                Kind::Plot => {
                    account.plots.insert(entry.seq.0, entry);
                }
                _ => {}
            }
            Ok(())
        })?;
        account.policy = setup.start()?.config.policy;
        Ok(account)
    }

    fn find(&self, warning: &str, revision: u64) -> Result<&Found, Failure> {
        let is_it = |found: &&Found| found.value["warning"]["id"] == warning;
        let matching: Vec<&Found> = self.warnings.iter().filter(is_it).collect();
        if matching.is_empty() {
            let mut known: Vec<&str> = self.warnings.iter().map(|found| words(&found.value["warning"]["id"])).collect();
            known.dedup();
            known.sort_unstable();
            known.dedup();
            let allowed = if known.is_empty() { "nothing: no warning was given".into() } else { known.join(", ") };
            return Err(Failure::Argument { field: "warning", value: warning.into(), allowed });
        }
        let number = |found: &Found| found.value["warning"]["revision"].as_u64();
        matching.iter().find(|found| number(found) == Some(revision)).copied().ok_or_else(|| Failure::Argument {
            field: "--revision",
            value: revision.to_string(),
            allowed: format!("1 to {}", matching.iter().filter_map(|found| number(found)).max().unwrap_or(1)),
        })
    }

    /// The assessment that the decision rested on: the last one before it.
    fn put_object(&self, text: &mut String, object: &str, before: u64) {
        let is_it = |found: &&Found| found.seq < before && found.value["forecast"]["object"] == object;
        let Some(found) = self.forecasts.iter().rev().find(is_it) else {
            put(text, &format!("\nObject {object}: not assessed before this message"));
            return;
        };
        let (forecast, evidence) = (&found.value["forecast"], &found.value["evidence"]);
        put(text, &format!("\nObject {object}: assessed {}  (entry {})", words(&forecast["time"]), found.seq));
        put_assessment(text, forecast);
        let track = evidence["track"].as_u64().unwrap_or(0);
        let founder = self
            .plots
            .get(&track)
            .map_or(String::new(), |plot| format!(", founded by the plot received {}", plot.received.utc_string(3)));
        put(text, &format!("  track {track}{founder}"));
        let counts =
            list(&evidence["plots"]).iter().map(|plot| format!("{} from {}", plot["count"], words(&plot["sensor"])));
        let paths = &evidence["independent_paths"];
        put(text, &format!("    plots used: {}; independent paths: {paths}", counts.collect::<Vec<_>>().join(", ")));
        put(
            text,
            &format!("    log-likelihood ratio against clutter: {:.1}", number(&evidence["log_likelihood_ratio"])),
        );
        put(text, "    latest plots, as they came:");
        for seq in list(&evidence["latest_plots"]) {
            let plot = seq.as_u64().and_then(|seq| self.plots.get(&seq));
            put(text, &format!("      entry {seq}  {}", plot.map_or("not in this journal".into(), |plot| plot.text())));
        }
    }
}

fn found(reader: &Reader, entry: &Entry) -> Result<Found, Failure> {
    let value = serde_json::from_slice(&entry.payload);
    let value = value.map_err(|error| reader.broken(format!("entry {}: {error}", entry.seq.0)))?;
    Ok(Found { seq: entry.seq.0, value })
}

fn put_message(text: &mut String, said: &Found) {
    let warning = &said.value["warning"];
    let (id, revision, kind) = (words(&warning["id"]), &warning["revision"], words(&warning["kind"]));
    let (status, time) = (words(&warning["status"]), words(&warning["time"]));
    put(text, &format!("Message {id}, revision {revision}: {kind} ({status}), said {time}  (entry {})", said.seq));
    for (language, headline) in warning["headline"].as_object().into_iter().flatten() {
        put(text, &format!("  {language}  {}", words(headline)));
    }
    put(text, &format!("  in force {} to {}", words(&warning["onset"]), words(&warning["expires"])));
    let people = [
        ("ship", "vessels", "name", "mmsi"),
        ("aircraft", "aircraft", "callsign", "icao"),
        ("district", "zones", "name", "id"),
    ];
    for (word, field, name, identity) in people {
        for one in list(&warning[field]) {
            let name = one[name].as_str().map_or(String::new(), |name| format!(" {name}"));
            let identity = one[identity].to_string();
            let probability = number(&one["probability"]);
            put(text, &format!("  told: {word} {}{name}, probability {probability:.2e}", identity.trim_matches('"')));
        }
    }
    for message in list(&said.value["messages"]) {
        put(text, &format!("  written: messages/{} (BLAKE3 {})", words(&message["file"]), words(&message["blake3"])));
    }
}

fn put_decision(text: &mut String, said: &Found, policy: &Policy) {
    let decision = &said.value["warning"];
    put(text, &format!("\nDecision: {}", reason(words(&decision["reason"]))));
    put(text, &format!("  something comes down with probability {:.3}", number(&decision["probability"])));
    put(text, &format!("  most probable kind of the leading object: {}", words(&decision["object_kind"])));
    put(
        text,
        &format!(
            "  rules: alert from {} on and with {} independent paths, taken back below {}; the area holds the fall with {}",
            policy.alert_probability, policy.independent_paths_min, policy.cancel_probability, policy.area_probability
        ),
    );
    put(
        text,
        &format!(
            "  named from a probability of {:e} (ship), {:e} (aircraft), {} (district) on",
            policy.vessel_probability, policy.aircraft_probability, policy.zone_probability
        ),
    );
}

/// Why a revision was made, in a sentence; a word of a later program stands for itself.
fn reason(word: &str) -> &str {
    match word {
        "launch" => "a launch was seen",
        "reentry" => "something comes down from orbit",
        "area-changed" => "the area or the time changed",
        "objects-changed" => "another object belongs to the event",
        "exposure-changed" => "people or districts not named before are underneath",
        "renewed" => "the warning would run out while the danger lasts",
        "no-threat" => "it turned out to be no threat",
        "all-down" => "all objects are down",
        "ordered" => "a person ordered it",
        other => other,
    }
}

fn put_assessment(text: &mut String, forecast: &Value) {
    let kinds = forecast["kind"].as_object().into_iter().flatten();
    let mut kinds: Vec<(&String, f64)> = kinds.map(|(kind, probability)| (kind, number(probability))).collect();
    kinds.sort_by(|a, b| b.1.total_cmp(&a.1));
    let kinds =
        kinds.iter().filter(|kind| kind.1 >= 0.01).map(|(kind, probability)| format!("{kind} {probability:.2}"));
    put(text, &format!("  {}; {}", words(&forecast["phase"]), kinds.collect::<Vec<_>>().join(", ")));
    let position = &forecast["position"];
    let (height_km, speed_mps) = (number(&position["height_m"]) / 1e3, number(&forecast["speed_mps"]));
    put(text, &format!("  at {}, {height_km:.1} km up, {speed_mps:.0} m/s", place(position)));
    if let Some(launch) = forecast.get("launch") {
        let region = launch["region"].as_str().map_or(String::new(), |region| format!(" ({region})"));
        let axes = format!("{:.1} × {:.1} km", number(&launch["semi_major_km"]), number(&launch["semi_minor_km"]));
        put(text, &format!("  launched {} from {}{region}, one sigma {axes}", words(&launch["time"]), place(launch)));
    }
    if let Some(impact) = forecast.get("impact") {
        let sigma_s = number(&impact["time_sigma_s"]);
        put(text, &format!("  falls {} ± {sigma_s:.0} s near {}", words(&impact["time"]), place(impact)));
    }
}

fn put(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

fn place(value: &Value) -> String {
    format!("{:.3}° {:.3}°", number(&value["latitude_deg"]), number(&value["longitude_deg"]))
}

fn words(value: &Value) -> &str {
    value.as_str().unwrap_or("unknown")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
