//! The files that a replay leaves.

use crate::failure::Failure;
use crate::journal::Hash;
use crate::report::{self, Counts, Said};
use downrange_earth::Time;
use downrange_engine::assess::Assessment;
use downrange_engine::engine::TrackState;
use downrange_engine::policy::Config;
use downrange_engine::traffic::{AircraftReport, Traffic, VesselReport};
use downrange_wire::tracks;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// How often the report shows where one ship or aircraft was.
const TRAFFIC_INTERVAL_S: f64 = 30.0;

/// A file that is written line by line.
#[derive(Debug)]
struct Lines {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Lines {
    fn create(path: PathBuf) -> Result<Lines, Failure> {
        let file = File::create(&path).map_err(|error| Failure::unwritable(&path, error))?;
        Ok(Lines { path, file: BufWriter::new(file) })
    }

    fn line(&mut self, line: &str) -> Result<(), Failure> {
        writeln!(self.file, "{line}").map_err(|error| Failure::unwritable(&self.path, error))
    }

    fn flush(&mut self) -> Result<(), Failure> {
        self.file.flush().map_err(|error| Failure::unwritable(&self.path, error))
    }
}

/// What is known of an event at last.
#[derive(Debug, Default)]
struct Event {
    /// Last forecast of each object, as it was written.
    objects: BTreeMap<String, String>,
    warnings: Vec<String>,
}

/// The output folder of one replay.
#[derive(Debug)]
pub struct OutputFolder {
    path: PathBuf,
    forecasts: Lines,
    warnings: Lines,
    tracks: Option<Lines>,
    events: BTreeMap<String, Event>,
    assessments: Vec<Assessment>,
    first_plots: BTreeMap<String, Time>,
    said: Vec<Said>,
    vessels: Vec<VesselReport>,
    vessel_names: BTreeMap<u32, String>,
    vessel_shown: BTreeMap<u32, Time>,
    aircraft: Vec<AircraftReport>,
    aircraft_shown: BTreeMap<String, Time>,
}

impl OutputFolder {
    /// Makes the folder and empties what an earlier replay left there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path, with_tracks: bool) -> Result<OutputFolder, Failure> {
        let messages = path.join("messages");
        std::fs::create_dir_all(&messages).map_err(|error| Failure::unwritable(&messages, error))?;
        remove_messages(&messages)?;
        let tracks = path.join("tracks.jsonl");
        if !with_tracks && tracks.exists() {
            std::fs::remove_file(&tracks).map_err(|error| Failure::unwritable(&tracks, error))?;
        }
        Ok(OutputFolder {
            path: path.to_path_buf(),
            forecasts: Lines::create(path.join("forecasts.jsonl"))?,
            warnings: Lines::create(path.join("warnings.jsonl"))?,
            tracks: with_tracks.then(|| Lines::create(tracks)).transpose()?,
            events: BTreeMap::new(),
            assessments: Vec::new(),
            first_plots: BTreeMap::new(),
            said: Vec::new(),
            vessels: Vec::new(),
            vessel_names: BTreeMap::new(),
            vessel_shown: BTreeMap::new(),
            aircraft: Vec::new(),
            aircraft_shown: BTreeMap::new(),
        })
    }

    /// Where the journal belongs.
    pub fn journal_path(path: &Path) -> PathBuf {
        path.join("journal.db")
    }

    /// Where the report belongs.
    pub fn report_path(path: &Path) -> PathBuf {
        path.join("report.html")
    }

    /// Keeps a forecast. `first_plot` is when the plot that founded its track was received.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn forecast(
        &mut self,
        mut assessment: Assessment,
        line: String,
        first_plot: impl FnOnce() -> Option<Time>,
    ) -> Result<(), Failure> {
        self.forecasts.line(&line)?;
        if !self.first_plots.contains_key(&assessment.object)
            && let Some(time) = first_plot()
        {
            self.first_plots.insert(assessment.object.clone(), time);
        }
        let event = self.events.entry(assessment.event.clone()).or_default();
        event.objects.insert(assessment.object.clone(), line);
        if let Some(impact) = &mut assessment.impact {
            impact.samples = Vec::new();
        }
        self.assessments.push(assessment);
        Ok(())
    }

    /// Says a revision: the messages first, for they are what people wait for.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn warning(&mut self, said: Said, line: &str) -> Result<(), Failure> {
        for message in &said.messages {
            let path = self.path.join("messages").join(&message.file);
            std::fs::write(&path, &message.content).map_err(|error| Failure::unwritable(&path, error))?;
        }
        self.warnings.line(line)?;
        self.warnings.flush()?;
        let event = self.events.entry(said.revision.event.clone()).or_default();
        if !event.warnings.contains(&said.revision.id) {
            event.warnings.push(said.revision.id.clone());
        }
        self.said.push(said);
        Ok(())
    }

    /// Every object that a warning has named, as often as one did.
    pub fn warned(&self) -> impl Iterator<Item = &String> {
        self.said.iter().flat_map(|said| &said.revision.objects)
    }

    /// Keeps the state of the tracks, if that was asked for.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn picture(&mut self, tracks: &[TrackState]) -> Result<(), Failure> {
        let Some(file) = &mut self.tracks else { return Ok(()) };
        tracks.iter().try_for_each(|track| file.line(&tracks::line(track)))
    }

    /// Keeps where ships and aircraft were, for the report.
    pub fn traffic(&mut self, traffic: &Traffic) {
        match traffic {
            Traffic::Vessel(report) => {
                if let Some(name) = &report.name {
                    self.vessel_names.insert(report.mmsi, name.clone());
                }
                if report.position.is_some() && is_due(self.vessel_shown.get(&report.mmsi), report.time) {
                    self.vessel_shown.insert(report.mmsi, report.time);
                    self.vessels.push(report.clone());
                }
            }
            Traffic::Aircraft(report) => {
                if report.position.is_some() && is_due(self.aircraft_shown.get(&report.icao), report.time) {
                    self.aircraft_shown.insert(report.icao.clone(), report.time);
                    self.aircraft.push(report.clone());
                }
            }
        }
    }

    /// Writes `events.json` and `report.html`, and closes the rest.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn finish(mut self, closing: &Closing) -> Result<(), Failure> {
        self.forecasts.flush()?;
        self.warnings.flush()?;
        if let Some(tracks) = &mut self.tracks {
            tracks.flush()?;
        }
        self.write("events.json", &self.events_json())?;
        for vessel in &mut self.vessels {
            vessel.name = self.vessel_names.get(&vessel.mmsi).cloned();
        }
        // The page wants them in order of time; feeds may be late.
        self.vessels.sort_by_key(|report| report.time);
        self.aircraft.sort_by_key(|report| report.time);
        let first_plots: Vec<(String, Time)> = std::mem::take(&mut self.first_plots).into_iter().collect();
        let hash = closing.hash.to_string();
        let page = report::write(&report::Material {
            title: closing.title,
            program: crate::PROGRAM,
            status: closing.config.policy.status,
            from: closing.from,
            to: closing.to,
            sensors: &closing.config.sensors,
            sensor_findings: closing.sensor_findings,
            zones: &closing.config.zones,
            regions: &closing.config.regions,
            assessments: &self.assessments,
            first_plots: &first_plots,
            said: &self.said,
            watched: closing.watched,
            witnesses_asked: closing.config.policy.independent_paths_min,
            vessels: &self.vessels,
            aircraft: &self.aircraft,
            counts: closing.counts,
            journal_hash: Some(&hash),
            real_time_ratio: None,
        });
        self.write("report.html", &page)
    }

    fn write(&self, name: &str, content: &str) -> Result<(), Failure> {
        let path = self.path.join(name);
        std::fs::write(&path, content).map_err(|error| Failure::unwritable(&path, error))
    }

    /// Each event with its objects' last forecasts and its warnings' names.
    fn events_json(&self) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let event = |(name, event): (&String, &Event)| {
            let objects: Vec<&str> = event.objects.values().map(String::as_str).collect();
            let warnings: Vec<String> = event.warnings.iter().map(|id| quoted(id)).collect();
            let (objects, warnings) = (objects.join(",\n"), warnings.join(","));
            format!("{{\"event\":{},\"warnings\":[{warnings}],\"objects\":[\n{objects}\n]}}", quoted(name))
        };
        let events: Vec<String> = self.events.iter().map(event).collect();
        format!("{{\"events\":[\n{}\n]}}\n", events.join(",\n"))
    }
}

/// What is known when a replay ends.
#[derive(Debug)]
pub struct Closing<'a> {
    /// What the watch folder is called.
    pub title: &'a str,
    /// What the engine was started with.
    pub config: &'a Config,
    /// Event time of the first input.
    pub from: Time,
    /// Event time of the last input.
    pub to: Time,
    /// What came in.
    pub counts: Counts,
    /// What was found out of sensors, in words.
    pub sensor_findings: &'a [String],
    /// What was watched and never warned of, and from when on.
    pub watched: &'a BTreeMap<String, Time>,
    /// Hash of the last journal entry.
    pub hash: Hash,
}

fn is_due(shown: Option<&Time>, time: Time) -> bool {
    shown.is_none_or(|shown| time.seconds_since(*shown) >= TRAFFIC_INTERVAL_S)
}

/// Removes the messages of an earlier replay; they would stand beside those of this one.
fn remove_messages(folder: &Path) -> Result<(), Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| Failure::unwritable(folder, error))?;
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if [".cap.xml", ".navarea.txt", ".notam.txt"].iter().any(|ending| name.ends_with(ending)) {
            std::fs::remove_file(entry.path()).map_err(|error| Failure::unwritable(&entry.path(), error))?;
        }
    }
    Ok(())
}
