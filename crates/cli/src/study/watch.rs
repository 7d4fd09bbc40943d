//! A simulated world through the real engine: the lines of its feeds, read as a replay reads them, without files.

use crate::failure::Failure;
use crate::feed::Decoder;
use crate::folder::Setup;
use crate::journal::Kind as Feed;
use crate::pipeline::{Decided, Pipeline, Record};
use downrange_earth::Time;
use downrange_engine::assess::{HazardArea, KindProbabilities, Launch, Phase, TrackId};
use downrange_engine::engine::Input;
use downrange_engine::plot::Seq;
use downrange_engine::traffic::SurfacePosition;
use downrange_engine::warn::{Revision, RevisionKind};
use downrange_sim::World;
use downrange_wire::InputError;

/// An assessment, as far as it is judged.
#[derive(Debug, Clone)]
pub struct Noted {
    /// Event time, seconds after the epoch.
    pub time_s: f64,
    /// Which track.
    pub track: TrackId,
    /// What the object is called.
    pub object: String,
    /// Part of the flight.
    pub phase: Phase,
    /// What it is.
    pub kind: KindProbabilities,
    /// Highest point of the flight, seen or expected.
    pub apogee_m: Option<f64>,
    /// Where and when it was launched.
    pub launch: Option<Launch>,
    /// Where it falls, and the areas.
    pub fall: Option<(SurfacePosition, Vec<HazardArea>)>,
    /// Plots that it rests on, by their number in the world.
    pub plots: Vec<usize>,
}

/// An alert or an update.
#[derive(Debug, Clone)]
pub struct Told {
    /// Event time, seconds after the epoch.
    pub time_s: f64,
    /// What was said.
    pub revision: Revision,
}

/// What the engine said of a world.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// Every assessment, in order.
    pub noted: Vec<Noted>,
    /// Every alert and update, in order.
    pub told: Vec<Told>,
    /// Warnings that were taken back: when, and which.
    pub cancelled: Vec<(f64, String)>,
    /// Plots that the engine did not use.
    pub refused: u64,
}

impl Heard {
    /// How many warnings were raised, whatever their revisions.
    pub fn warnings(&self) -> usize {
        self.told.iter().filter(|told| told.revision.kind == RevisionKind::Alert).count()
    }
}

/// One line, read.
struct Entry {
    received: Time,
    input: Result<Option<Input>, InputError>,
    plot: Option<usize>,
}

/// Lets the engine watch a world without districts to its end.
///
/// # Errors
/// When what the simulator wrote as sensors cannot be read.
pub fn watch(world: &World) -> Result<Heard, Failure> {
    watch_over(world, None)
}

/// Lets the engine watch a world to its end; `zones` is the text of its `zones.geojson`.
///
/// # Errors
/// When the districts, or what the simulator wrote as sensors, cannot be read.
pub fn watch_over(world: &World, zones: Option<&str>) -> Result<Heard, Failure> {
    let zones = zones.map(str::to_string);
    let mut started = Setup { sensors: world.sensor_text(), zones, ..Setup::default() }.start()?;
    // Messages are not judged here, and rendering them would only cost time.
    started.config.policy.channels.clear();
    let entries = entries(world, &mut Decoder::new(&started.config.sensors));
    let mut listener =
        Listener { world, pipeline: Pipeline::new(started)?, plots: Vec::new(), heard: Heard::default() };
    for entry in entries {
        listener.tick_until(entry.received);
        listener.step(entry.received, entry.input, entry.plot);
    }
    listener.tick_until(world.epoch.plus_s(world.duration_s));
    Ok(listener.heard)
}

/// The lines of all feeds in the order of their reception.
fn entries(world: &World, decoder: &mut Decoder) -> Vec<Entry> {
    let feeds = [
        (Feed::Plot, world.plot_lines().into_bytes()),
        (Feed::Ais, world.vessel_lines()),
        (Feed::Sbs, world.aircraft_lines()),
    ];
    let mut entries = Vec::new();
    for (feed, text) in feeds {
        let mut latest = world.epoch;
        for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
            if line.is_empty() {
                continue;
            }
            let decoded = decoder.decode(feed, line, number as u64 + 1, feed.word());
            latest = latest.max(decoded.received.unwrap_or(latest));
            let plot = (feed == Feed::Plot).then_some(number);
            entries.push(Entry { received: latest, input: decoded.input, plot });
        }
    }
    // Stable: lines of one moment keep the order of their feed.
    entries.sort_by_key(|entry| entry.received);
    entries
}

struct Listener<'a> {
    world: &'a World,
    pipeline: Pipeline,
    /// The plot at each position of the journal that a replay would write.
    plots: Vec<Option<usize>>,
    heard: Heard,
}

impl Listener<'_> {
    fn tick_until(&mut self, time: Time) {
        while let Some(wake) = self.pipeline.wake().filter(|&wake| wake <= time) {
            self.step(wake, Ok(Some(Input::Tick)), None);
        }
    }

    fn step(&mut self, received: Time, input: Result<Option<Input>, InputError>, plot: Option<usize>) {
        let seq = Seq(self.plots.len() as u64);
        self.plots.push(plot);
        for record in self.pipeline.step(received, seq, input) {
            self.listen(record);
        }
    }

    fn listen(&mut self, record: Record) {
        let since_s = |time: Time| time.seconds_since(self.world.epoch);
        match record.what {
            Decided::Forecast(assessment, _) => {
                let plots = assessment.evidence.latest_plots.iter();
                let plots = plots.filter_map(|seq| *self.plots.get(seq.0 as usize)?).collect();
                let fall = assessment.impact.map(|impact| (impact.position, impact.areas));
                self.heard.noted.push(Noted {
                    time_s: since_s(assessment.time),
                    track: assessment.track,
                    object: assessment.object,
                    phase: assessment.phase,
                    kind: assessment.kind,
                    apogee_m: assessment.apogee_m,
                    launch: assessment.launch,
                    fall,
                    plots,
                });
            }
            Decided::Warning(said, _) => {
                let revision = said.revision;
                let time_s = since_s(revision.time);
                match revision.kind {
                    RevisionKind::Alert | RevisionKind::Update => self.heard.told.push(Told { time_s, revision }),
                    RevisionKind::Cancel => self.heard.cancelled.push((time_s, revision.id)),
                    RevisionKind::AllClear => {}
                }
            }
            Decided::Refused(_) => self.heard.refused += 1,
            Decided::Picture(_) | Decided::Sensor(_) | Decided::BadLine(_) => {}
        }
    }
}
