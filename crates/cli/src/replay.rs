//! A watch folder from its first line to its last all-clear.

use crate::failure::Failure;
use crate::feed::{Item, Stream};
use crate::folder::{self, Folder, Setup};
use crate::journal::{Hash, Journal, Kind};
use crate::output::{Closing, OutputFolder};
use crate::pipeline::{Decided, Pipeline, Record, refusal_words};
use crate::report::{Counts, Said};
use downrange_earth::Time;
use downrange_engine::assess::Assessment;
use downrange_engine::engine::Input;
use downrange_engine::warn::is_watch;
use downrange_wire::InputError;
use downrange_wire::satellites::{self, Satellites};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

/// Event time, after the last line, within which warnings must have come to their end.
const AFTERMATH_S: f64 = 7_200.0;

/// Bad lines that are shown in words; the rest is only counted.
const BAD_LINES_SHOWN: usize = 5;

/// A clock that jumps by a day must not stop a replay for one.
const PAUSE_LONGEST_S: f64 = 5.0;

/// How a watch folder is replayed.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Also write `tracks.jsonl`.
    pub tracks: bool,
    /// Event time over wall time; as fast as it goes when absent.
    pub speed_ratio: Option<f64>,
}

/// What somebody may want to hear of while a replay runs. It changes nothing.
pub trait Observer {
    /// Event time has come this far, and so many bytes were read.
    fn progress(&mut self, _time: Time, _bytes_read: u64) {}
    /// A line could not be read.
    fn bad_line(&mut self, _error: &InputError) {}
    /// Something was assessed anew.
    fn forecast(&mut self, _assessment: &Assessment) {}
    /// Something was said.
    fn said(&mut self, _said: &Said) {}
}

/// Hears nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Observer for Silent {}

/// What a replay did.
#[derive(Debug, Clone)]
pub struct Summary {
    /// What came in.
    pub counts: Counts,
    /// Forecasts written.
    pub forecasts: u64,
    /// Message revisions written.
    pub revisions: u64,
    /// Plots that were not used, by reason.
    pub refused: BTreeMap<&'static str, u64>,
    /// What was found out of sensors, in words.
    pub sensors: Vec<String>,
    /// What was watched and never warned of, since too few independent witnesses had seen it, and from when on.
    pub watched: BTreeMap<String, Time>,
    /// Independent witnesses that an alert needs.
    pub witnesses_asked: usize,
    /// Lines that could not be read: the first few, in words.
    pub bad_lines: Vec<String>,
    /// `watch.toml` asked for `Actual`, which recorded data may not have.
    pub actual_was_refused: bool,
    /// Event time from first to last input.
    pub event_s: f64,
    /// Wall time that it took.
    pub wall_s: f64,
    /// Hash of the last journal entry.
    pub hash: Hash,
}

/// Replays a watch folder into an output folder.
///
/// # Errors
/// When the configuration is wrong, or something cannot be read or written.
pub fn run(folder: &Folder, out: &Path, options: &Options, observer: &mut dyn Observer) -> Result<Summary, Failure> {
    let started = folder.setup.start()?;
    let actual_was_refused = started.actual_was_refused;
    let mut stream = Stream::open(&started.config.sensors, &folder.feeds)?;
    let mut replay = Replay {
        pipeline: Pipeline::new(started)?,
        output: OutputFolder::create(out, options.tracks)?,
        journal: Journal::create(&OutputFolder::journal_path(out))?,
        observer,
        satellites: folder.satellites.as_ref(),
        pace: Pace::new(options.speed_ratio),
        from: None,
        tally: Tally::default(),
    };
    let mut is_configured = false;
    while let Some(item) = stream.next() {
        if !is_configured {
            replay.journal_config(&folder.setup, item.received)?;
            is_configured = true;
        }
        replay.tick_until(item.received)?;
        replay.observer.progress(item.received, stream.bytes_read());
        replay.take(item)?;
    }
    replay.finish(folder, actual_was_refused)
}

/// What was counted.
#[derive(Debug, Default)]
struct Tally {
    counts: Counts,
    forecasts: u64,
    revisions: u64,
    refused: BTreeMap<&'static str, u64>,
    sensors: Vec<String>,
    watched: BTreeMap<String, Time>,
    bad_lines: Vec<String>,
}

struct Replay<'a> {
    pipeline: Pipeline,
    output: OutputFolder,
    journal: Journal,
    observer: &'a mut dyn Observer,
    satellites: Option<&'a Satellites>,
    pace: Pace,
    from: Option<Time>,
    tally: Tally,
}

impl Replay<'_> {
    /// What the engine is started with comes before anything else.
    fn journal_config(&mut self, setup: &Setup, received: Time) -> Result<(), Failure> {
        let program = serde_json::json!({"program": crate::PROGRAM, "mode": "replay"}).to_string();
        self.journal.append(received, Kind::Program, program.as_bytes())?;
        for (kind, text) in setup.entries() {
            self.journal.append(received, kind, text.as_bytes())?;
        }
        let regions = folder::regions_hash(&self.pipeline.config().regions);
        self.journal.append(received, Kind::Regions, regions.as_bytes())?;
        self.from = Some(received);
        Ok(())
    }

    /// Wakes the engine whenever it asked for it, up to this time.
    fn tick_until(&mut self, time: Time) -> Result<(), Failure> {
        while let Some(wake) = self.pipeline.wake().filter(|&wake| wake <= time) {
            self.observer.progress(wake, 0);
            self.step(wake, Kind::Tick, &[], Ok(Some(Input::Tick)))?;
        }
        Ok(())
    }

    fn take(&mut self, item: Item) -> Result<(), Failure> {
        let counts = &mut self.tally.counts;
        match &item.input {
            Ok(Some(Input::Plot(_))) => counts.plots_used += 1,
            Ok(Some(Input::Traffic(traffic))) => {
                counts.traffic_reports += 1;
                self.output.traffic(traffic);
            }
            _ => {}
        }
        self.step(item.received, item.kind, &item.raw, item.input)
    }

    /// Input first, then what follows from it.
    fn step(
        &mut self,
        received: Time,
        kind: Kind,
        raw: &[u8],
        input: Result<Option<Input>, InputError>,
    ) -> Result<(), Failure> {
        self.pace.wait_for(received);
        self.decide(received, kind, raw, input)?;
        self.answer(received)
    }

    /// Asks the satellite catalogue what the engine wants to know. Its answers are inputs like any other; they are read
    /// from their lines, as a verification reads them.
    fn answer(&mut self, received: Time) -> Result<(), Failure> {
        let Some(catalogue) = self.satellites else { return Ok(()) };
        for question in self.pipeline.questions() {
            let line = satellites::answer_line(&catalogue.answer(&question));
            let input = satellites::parse_answer(&line, 1, "answer").map(|answer| Some(Input::Catalogue(answer)));
            self.decide(received, Kind::Catalogue, line.as_bytes(), input)?;
        }
        Ok(())
    }

    fn decide(
        &mut self,
        received: Time,
        kind: Kind,
        raw: &[u8],
        input: Result<Option<Input>, InputError>,
    ) -> Result<(), Failure> {
        let seq = self.journal.append(received, kind, raw)?;
        let records = self.pipeline.step(received, seq, input);
        for record in &records {
            self.journal.append(received, record.kind, &record.payload)?;
        }
        // A decision is durable before anybody is told of it.
        if records.iter().any(|record| record.kind == Kind::Warning) {
            self.journal.commit()?;
        }
        records.into_iter().try_for_each(|record| self.tell(record))
    }

    fn tell(&mut self, record: Record) -> Result<(), Failure> {
        let tally = &mut self.tally;
        match record.what {
            Decided::Forecast(assessment, line) => {
                tally.forecasts += 1;
                if is_watch(&assessment, &self.pipeline.config().policy) {
                    tally.watched.entry(assessment.object.clone()).or_insert(assessment.time);
                }
                self.observer.forecast(&assessment);
                let founder = assessment.track.0;
                self.output.forecast(*assessment, line, || self.journal.received_of(founder))
            }
            Decided::Warning(said, line) => {
                tally.revisions += 1;
                self.observer.said(&said);
                self.output.warning(*said, &line)
            }
            Decided::Picture(tracks) => self.output.picture(&tracks),
            Decided::Refused(reason) => {
                tally.counts.plots_refused += 1;
                tally.counts.plots_used = tally.counts.plots_used.saturating_sub(1);
                *tally.refused.entry(refusal_words(reason)).or_default() += 1;
                Ok(())
            }
            Decided::Sensor(words) => {
                tally.sensors.push(words);
                Ok(())
            }
            Decided::BadLine(error) => {
                tally.counts.bad_lines += 1;
                if tally.bad_lines.len() < BAD_LINES_SHOWN {
                    tally.bad_lines.push(error.to_string());
                }
                self.observer.bad_line(&error);
                Ok(())
            }
        }
    }

    /// Lets warnings come to their end, and closes the files.
    fn finish(mut self, folder: &Folder, actual_was_refused: bool) -> Result<Summary, Failure> {
        let last = self.pipeline.latest();
        if let Some(last) = last {
            self.tick_until(last.plus_s(AFTERMATH_S))?;
        } else {
            self.journal_config(&folder.setup, Time::from_tai_ns(0))?;
        }
        let from = self.from.unwrap_or(Time::from_tai_ns(0));
        let last = last.unwrap_or(from);
        let (entries, hash) = self.journal.finish()?;
        let mut tally = self.tally;
        tally.counts.journal_entries = entries;
        let warned: BTreeSet<&String> = self.output.warned().collect();
        tally.watched.retain(|object, _| !warned.contains(object));
        let config = self.pipeline.config();
        let counts = tally.counts;
        self.output.finish(&Closing {
            title: &folder.title,
            config,
            from,
            to: last,
            counts,
            sensor_findings: &tally.sensors,
            watched: &tally.watched,
            hash,
        })?;
        Ok(Summary {
            counts,
            forecasts: tally.forecasts,
            revisions: tally.revisions,
            refused: tally.refused,
            sensors: tally.sensors,
            watched: tally.watched,
            witnesses_asked: config.policy.independent_paths_min,
            bad_lines: tally.bad_lines,
            actual_was_refused,
            event_s: last.seconds_since(from),
            wall_s: self.pace.started.elapsed().as_secs_f64(),
            hash,
        })
    }
}

/// Keeps event time to a multiple of wall time.
struct Pace {
    started: Instant,
    speed_ratio: Option<f64>,
    from: Option<Time>,
}

impl Pace {
    fn new(speed_ratio: Option<f64>) -> Pace {
        Pace { started: Instant::now(), speed_ratio, from: None }
    }

    fn wait_for(&mut self, time: Time) {
        let Some(ratio) = self.speed_ratio else { return };
        let from = *self.from.get_or_insert(time);
        let due_s = time.seconds_since(from) / ratio;
        let ahead_s = due_s - self.started.elapsed().as_secs_f64();
        if ahead_s > 0.0 {
            std::thread::sleep(Duration::from_secs_f64(ahead_s.min(PAUSE_LONGEST_S)));
        }
    }
}
