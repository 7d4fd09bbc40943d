//! From an input to the records that follow from it. Replay, recovery and verification all go through here, so that
//! they cannot differ.

use crate::failure::Failure;
use crate::folder::Started;
use crate::journal::Kind;
use crate::render::Renderer;
use crate::report::Said;
use downrange_earth::Time;
use downrange_engine::assess::Assessment;
use downrange_engine::assess::catalogue::Question;
use downrange_engine::engine::{Engine, Input, Output, Refusal, TrackState};
use downrange_engine::plot::Seq;
use downrange_engine::policy::Config;
use downrange_engine::trust::{Finding, SensorHealth};
use downrange_wire::{InputError, forecast, watch};
use serde_json::json;

/// Something that was decided from an input.
#[derive(Debug, Clone)]
pub struct Record {
    /// Its kind in the journal.
    pub kind: Kind,
    /// Its payload in the journal.
    pub payload: Vec<u8>,
    /// What it is.
    pub what: Decided,
}

/// What was decided.
#[derive(Debug, Clone)]
pub enum Decided {
    /// A new assessment, and its line in `forecasts.jsonl`.
    Forecast(Box<Assessment>, String),
    /// Something to be said, and its line in `warnings.jsonl`.
    Warning(Box<Said>, String),
    /// State of every confirmed track.
    Picture(Vec<TrackState>),
    /// A plot was not used.
    Refused(Refusal),
    /// What was found out of a sensor, in words.
    Sensor(String),
    /// A line could not be read.
    BadLine(InputError),
}

/// The engine with what stands around it: when it wants to be woken, and how its decisions are written.
#[derive(Debug)]
pub struct Pipeline {
    engine: Engine,
    renderer: Renderer,
    wake: Option<Time>,
    latest: Option<Time>,
    questions: Vec<Question>,
}

impl Pipeline {
    /// With an empty sky.
    ///
    /// # Errors
    /// When there is no text in a language of the policy.
    pub fn new(started: Started) -> Result<Pipeline, Failure> {
        let renderer = Renderer::new(&started.config).map_err(|error| Failure::Argument {
            field: "languages",
            value: error.0,
            allowed: watch::LANGUAGES.join(", "),
        })?;
        Ok(Pipeline { engine: Engine::new(started.config), renderer, wake: None, latest: None, questions: Vec::new() })
    }

    /// What the engine was started with.
    pub fn config(&self) -> &Config {
        self.engine.config()
    }

    /// When the engine wants to be told that time has passed, if nothing else comes before.
    pub fn wake(&self) -> Option<Time> {
        self.wake
    }

    /// What the satellite catalogue was asked since this was called last.
    pub fn questions(&mut self) -> Vec<Question> {
        std::mem::take(&mut self.questions)
    }

    /// The latest time that anything was received.
    pub fn latest(&self) -> Option<Time> {
        self.latest
    }

    /// Takes what a line said; returns all that follows from it, in order.
    pub fn step(&mut self, received: Time, seq: Seq, input: Result<Option<Input>, InputError>) -> Vec<Record> {
        self.latest = self.latest.max(Some(received));
        let input = match input {
            Ok(Some(input)) => input,
            Ok(None) => return Vec::new(),
            Err(error) => return vec![bad_line(error)],
        };
        if self.wake.is_some_and(|wake| wake <= received) {
            self.wake = None;
        }
        let outputs = self.engine.step(received, seq, input);
        let mut records = Vec::new();
        for output in outputs {
            match output {
                // A wake-up in the past would come again for ever.
                Output::Wake(time) if time > received => {
                    self.wake = Some(self.wake.map_or(time, |wake| wake.min(time)))
                }
                Output::Wake(_) => {}
                Output::Question(question) => self.questions.push(question),
                Output::Assessment(assessment) => records.push(self.forecast(assessment)),
                Output::Revision(revision) => {
                    let (said, line) = self.renderer.said(*revision);
                    records.push(warning(said, line));
                }
                Output::Picture(tracks) => {
                    let payload = picture_hash(&tracks).into_bytes();
                    records.push(Record { kind: Kind::Picture, payload, what: Decided::Picture(tracks) });
                }
                Output::Refused { seq, reason } => records.push(refused(seq, reason)),
                Output::SensorHealth(health) => records.push(sensor(&health, self.config())),
            }
        }
        records
    }

    fn forecast(&self, assessment: Box<Assessment>) -> Record {
        let line = forecast::line(&assessment);
        let evidence = &assessment.evidence;
        let sensors = &self.config().sensors;
        let name = |index: usize| sensors.get(index).map_or("unknown", |sensor| sensor.id.as_str());
        let plots = evidence.plots_by_sensor.iter();
        let plots: Vec<_> =
            plots.map(|(sensor, count)| json!({"sensor": name(usize::from(sensor.0)), "count": count})).collect();
        let evidence = json!({
            "track": assessment.track.0,
            "plots": plots,
            "independent_paths": evidence.independent_paths,
            "latest_plots": evidence.latest_plots.iter().map(|seq| seq.0).collect::<Vec<_>>(),
            "log_likelihood_ratio": evidence.log_likelihood_ratio,
        });
        let payload = format!("{{\"forecast\":{line},\"evidence\":{evidence}}}").into_bytes();
        Record { kind: Kind::Forecast, payload, what: Decided::Forecast(assessment, line) }
    }
}

fn bad_line(error: InputError) -> Record {
    // The place is left out: lines of a live feed have no number.
    let place = format!("{}: ", error.place());
    let text = error.to_string();
    let payload = text.strip_prefix(&place).unwrap_or(&text).as_bytes().to_vec();
    Record { kind: Kind::BadLine, payload, what: Decided::BadLine(error) }
}

fn warning(said: Said, line: String) -> Record {
    let messages: Vec<_> = said
        .messages
        .iter()
        .map(|message| {
            let hash = blake3::hash(message.content.as_bytes()).to_hex();
            json!({"channel": message.channel, "file": message.file, "blake3": hash.as_str()})
        })
        .collect();
    let payload = format!("{{\"warning\":{line},\"messages\":{}}}", json!(messages)).into_bytes();
    Record { kind: Kind::Warning, payload, what: Decided::Warning(Box::new(said), line) }
}

fn refused(seq: Seq, reason: Refusal) -> Record {
    let payload = json!({"plot": seq.0, "reason": refusal_words(reason)}).to_string().into_bytes();
    Record { kind: Kind::Refused, payload, what: Decided::Refused(reason) }
}

fn sensor(health: &SensorHealth, config: &Config) -> Record {
    let name = config.sensors.get(usize::from(health.sensor.0)).map_or("unknown", |sensor| sensor.id.as_str());
    let correction = &health.correction;
    let (azimuth_deg, elevation_deg) = (correction.azimuth_rad.to_degrees(), correction.elevation_rad.to_degrees());
    let finding = finding_words(health.finding);
    let hundredths = |value: f64| (value * 100.0).round() / 100.0;
    let payload = json!({
        "sensor": name,
        "finding": finding,
        "aircraft": health.aircraft_count,
        "objects": health.object_count,
        "range_ratio": correction.range_ratio,
        "range_m": correction.range_m.round(),
        "azimuth_deg": hundredths(azimuth_deg),
        "elevation_deg": hundredths(elevation_deg),
        "clock_s": hundredths(correction.clock_s),
    });
    let witnesses = match (health.aircraft_count, health.object_count) {
        (0, 1) => "1 object that other sensors see too".into(),
        (0, count) => format!("{count} objects that other sensors see too"),
        (count, _) => format!("{count} aircraft"),
    };
    let words = format!(
        "{}: {name}: {finding}, by {witnesses}; taken out: range {:+.0} m, azimuth {azimuth_deg:+.2}°, elevation \
         {elevation_deg:+.2}°, clock {:+.2} s, ranges × {:.4}",
        health.time.utc_string(0),
        correction.range_m,
        correction.clock_s,
        correction.range_ratio,
    );
    Record { kind: Kind::Sensor, payload: payload.to_string().into_bytes(), what: Decided::Sensor(words) }
}

/// What is wrong with a sensor, in words.
pub fn finding_words(finding: Finding) -> &'static str {
    match finding {
        Finding::Sound => "sound",
        Finding::Bias => "biased",
        Finding::North => "wrong north",
        Finding::Clock => "wrong clock",
        Finding::Units => "wrong unit of range",
    }
}

/// Why a plot was not used, in words.
pub fn refusal_words(reason: Refusal) -> &'static str {
    match reason {
        Refusal::Duplicate => "the same report of the same sensor came before",
        Refusal::TooOld => "older than the window in which late plots are put in order",
        Refusal::FromTheFuture => "its time lies after its reception",
        Refusal::ReceivedBackwards => "received before what was received last",
        Refusal::UnknownSensor => "from an unknown sensor",
        Refusal::OutOfRange => "a number that is infinite, not a number, or out of its range",
    }
}

/// Hash of the exact bits of every track: two runs whose forecasts agree to the printed digit still differ here.
fn picture_hash(tracks: &[TrackState]) -> String {
    let mut hasher = blake3::Hasher::new();
    for track in tracks {
        hasher.update(&track.track.0.to_le_bytes());
        hasher.update(&track.time.tai_ns().to_le_bytes());
        let position = track.position.0;
        let numbers = position.iter().chain(track.velocity_mps.iter()).chain(track.covariance.iter());
        for number in numbers {
            hasher.update(&number.to_le_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}
