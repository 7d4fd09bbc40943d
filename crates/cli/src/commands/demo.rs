//! `downrange demo`: the launch of 14 January 2022, from the recording that is inside the program.

use super::replay::print_summary;
use super::{Done, terminal};
use crate::failure::Failure;
use crate::folder::Folder;
use crate::output::OutputFolder;
use crate::replay::{self, Observer, Options};
use crate::report::Said;
use downrange_earth::Time;
use downrange_engine::assess::{Assessment, Phase};
use downrange_engine::warn::RevisionKind;
use downrange_wire::InputError;
use owo_colors::{OwoColorize, Style};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The watch folder of the demonstration: name and zstd-compressed content of each file.
const RECORDING: [(&str, &[u8]); 5] = [
    ("sensors.toml", include_bytes!("../../../../fixtures/rail/sensors.toml.zst")),
    ("plots.jsonl", include_bytes!("../../../../fixtures/rail/plots.jsonl.zst")),
    ("vessels.nmea", include_bytes!("../../../../fixtures/rail/vessels.nmea.zst")),
    ("aircraft.sbs", include_bytes!("../../../../fixtures/rail/aircraft.sbs.zst")),
    ("zones.geojson", include_bytes!("../../../../fixtures/rail/zones.geojson.zst")),
];

const TITLE: &str = "14 January 2022: two short-range missiles from a train in North Pyongan";

/// An object is reported again after so much event time.
const FORECAST_EVERY_S: f64 = 30.0;
/// A new part of the flight is reported earlier, but not more often than this: just after burnout the word may change.
const PHASE_EVERY_S: f64 = 10.0;
/// Ships, aircraft and districts that are named on the screen.
const NAMED_AT_MOST: usize = 3;

/// Watch a recorded launch become tracks, forecasts, areas and messages
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  downrange demo                        60 times as fast as it happened
  downrange demo --speed 10
  downrange demo --instant --out /tmp/demo")]
pub struct Arguments {
    /// Where the recording and the results go
    #[arg(long, value_name = "FOLDER", default_value = "out/demo")]
    out: PathBuf,
    /// So many times as fast as it happened
    #[arg(long, value_name = "TIMES", default_value = "60", value_parser = super::replay::speed)]
    speed: f64,
    /// As fast as possible
    #[arg(long, conflicts_with = "speed")]
    instant: bool,
}

/// Runs the command.
///
/// # Errors
/// When the results cannot be written.
pub fn run(arguments: &Arguments) -> Done {
    let watch = arguments.out.join("watch");
    unpack(&watch)?;
    let mut folder = Folder::open(&watch, None)?;
    folder.title = TITLE.into();
    anstream::println!("{}", TITLE.style(Style::new().bold()));
    anstream::println!(
        "Recorded data: everything below is a test, at {} times real time.\n",
        if arguments.instant { "many".into() } else { arguments.speed.to_string() }
    );
    let options = Options { tracks: false, speed_ratio: (!arguments.instant).then_some(arguments.speed) };
    let summary = replay::run(&folder, &arguments.out, &options, &mut Log::default())?;
    anstream::println!();
    print_summary(&summary);
    anstream::println!("journal {}", summary.hash);
    let report = OutputFolder::report_path(&arguments.out);
    anstream::println!("Messages are in {}", arguments.out.join("messages").display());
    anstream::println!("The report is {}", report.display().style(Style::new().bold()));
    Ok(())
}

/// Writes the recording as a watch folder.
fn unpack(watch: &Path) -> Done {
    std::fs::create_dir_all(watch).map_err(|error| Failure::unwritable(watch, error))?;
    for (name, packed) in RECORDING {
        let path = watch.join(name);
        let content = zstd::decode_all(packed).map_err(|error| Failure::unwritable(&path, error))?;
        std::fs::write(&path, content).map_err(|error| Failure::unwritable(&path, error))?;
    }
    Ok(())
}

/// Tells what happens, line by line.
#[derive(Default)]
struct Log {
    /// What was last said of an object on the screen, and when.
    shown: BTreeMap<String, (Phase, Time)>,
}

impl Observer for Log {
    fn bad_line(&mut self, error: &InputError) {
        terminal::notice(&error.to_string());
    }

    fn forecast(&mut self, assessment: &Assessment) {
        if assessment.impact.is_none() {
            return;
        }
        let is_news = self.shown.get(&assessment.object).is_none_or(|(phase, time)| {
            let since_s = assessment.time.seconds_since(*time);
            since_s >= FORECAST_EVERY_S || (*phase != assessment.phase && since_s >= PHASE_EVERY_S)
        });
        if is_news {
            self.shown.insert(assessment.object.clone(), (assessment.phase, assessment.time));
            anstream::println!("{}  {}", clock(assessment.time), flight(assessment).style(Style::new().dimmed()));
        }
    }

    fn said(&mut self, said: &Said) {
        let revision = &said.revision;
        let style = match revision.kind {
            RevisionKind::Alert => Style::new().red().bold(),
            RevisionKind::Update => Style::new().yellow().bold(),
            RevisionKind::Cancel | RevisionKind::AllClear => Style::new().green().bold(),
        };
        let title = format!("{} {} ({})", revision.kind.word().to_uppercase(), revision.id, revision.revision);
        anstream::println!("{}  {}", clock(revision.time), title.style(style));
        for text in &said.texts {
            anstream::println!("          {}  {}", text.language, text.headline);
        }
        for line in told(said) {
            anstream::println!("          to  {line}");
        }
    }
}

/// Time of day of the event.
fn clock(time: Time) -> String {
    time.utc_string(0).get(11..19).unwrap_or("").to_string()
}

/// One line about an object.
fn flight(assessment: &Assessment) -> String {
    let kind = assessment.kind.most_probable();
    let mut line = format!(
        "{}: {}, {} {:.0} %, {:.0} km up, {:.0} m/s",
        assessment.object,
        assessment.phase.word(),
        kind.word(),
        assessment.kind.of(kind) * 100.0,
        assessment.position.height_m / 1e3,
        assessment.speed_mps
    );
    if let Some(region) = assessment.launch.as_ref().and_then(|launch| launch.region.as_ref()) {
        line.push_str(&format!(", from {region}"));
    }
    if let Some(impact) = &assessment.impact {
        let (latitude_deg, longitude_deg) =
            (impact.position.latitude_rad.to_degrees(), impact.position.longitude_rad.to_degrees());
        let sigma_s = impact.time_sigma_s;
        line.push_str(&format!(
            ", falls {} ± {sigma_s:.0} s at {latitude_deg:.2} {longitude_deg:.2}",
            clock(impact.time)
        ));
    }
    line
}

/// Who is told, most endangered first.
fn told(said: &Said) -> Vec<String> {
    let revision = &said.revision;
    let exposure = &revision.exposure;
    let vessels = exposure.vessels.iter().map(|vessel| {
        let name = vessel.name.clone().unwrap_or_else(|| vessel.mmsi.to_string());
        format!("{name} in {:.0} s", vessel.impact_time.seconds_since(revision.time))
    });
    let aircraft = exposure.aircraft.iter().map(|one| one.callsign.clone().unwrap_or_else(|| one.icao.clone()));
    let zones = exposure.zones.iter().map(|zone| format!("{} {:.0} %", zone.name, zone.probability * 100.0));
    let ships = (["ship", "ships"], vessels.collect::<Vec<String>>());
    let aircraft = (["aircraft", "aircraft"], aircraft.collect());
    let districts = (["district", "districts"], zones.collect());
    [ships, aircraft, districts]
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|([one, many], names)| {
            let word = if names.len() == 1 { one } else { many };
            let more = names.len().saturating_sub(NAMED_AT_MOST);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{} {word}: {}{more}", names.len(), names[..names.len().min(NAMED_AT_MOST)].join(", "))
        })
        .collect()
}
