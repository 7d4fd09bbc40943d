//! Where the rooms meet: `step(received, seq, input) -> outputs`.

use crate::assess::case::{Around, Case};
use crate::assess::debris::Debris;
use crate::assess::events::Events;
use crate::assess::exposure::{RegionIndex, ZoneIndex, below_debris, exposure};
use crate::assess::fall::weather::Weather;
use crate::assess::{Assessment, TrackId};
pub use crate::exchange::{Input, Order, Output, Refusal, TrackState};
use crate::picture::{self, Awake, Offered, Picture, Track};
use crate::plot::{Plot, SensorIndex, SensorKind, Seq};
use crate::policy::Config;
use crate::traffic::{Traffic, TrafficPicture};
use crate::trust::{CommonError, Trust};
use crate::warn::{Desk, EventView};
use downrange_earth::Time;
use std::collections::BTreeMap;

/// The pure core.
#[derive(Debug, Clone)]
pub struct Engine {
    config: Config,
    zones: ZoneIndex,
    regions: RegionIndex,
    picture: Picture,
    awake: Awake,
    traffic: TrafficPicture,
    trust: Trust,
    cases: BTreeMap<TrackId, Case>,
    events: Events,
    debris: Debris,
    weather: Weather,
    desk: Desk,
    /// Reception of the latest input.
    received: Option<Time>,
    /// When the picture was last brought up to date.
    advanced: Option<Time>,
    /// When the picture was last shown.
    shown: Option<Time>,
}

/// The picture is brought up to date this often, so that plots that arrive together are put in order together.
const ADVANCE_EVERY_S: f64 = 0.1;
/// The picture is shown this often.
const SHOW_EVERY_S: f64 = 1.0;
/// Clocks of sensors may differ by this much from ours.
const CLOCK_DIFFERENCE_S: f64 = 5.0;
/// A sensor whose plots go into so many tracks together with those of others is not grossly wrong.
const TRACKS_TO_VOUCH: usize = 2;
/// Kinds are told apart with at least this probability before an object gets a name that says that it falls.
const THREAT_TO_NAME: f64 = 0.5;
/// Whatever an object is, it is reported by this age.
const AGE_TO_NAME_S: f64 = 10.0;
/// Among pieces that break apart, a track made of the plots of several of them is of none: it is counted only when it was seen
/// whenever it should have been, for so many plots; or after so many, whatever it missed (a sensor may have failed).
const CROWD_M: f64 = 15e3;
const PROVEN_HITS: u32 = 25;
const PROVEN_MISSED_SHARE: f64 = 0.3;
const PROVEN_ANYHOW_HITS: u32 = 100;
/// The file on a track that left the picture is kept no longer.
const FORGET_SILENT_TRAFFIC_S: f64 = 60.0;

impl Engine {
    /// Starts with an empty sky.
    pub fn new(config: Config) -> Self {
        Engine {
            zones: ZoneIndex::new(&config.zones),
            regions: RegionIndex::new(&config.regions),
            picture: Picture::new(config.sensors.clone()),
            awake: Awake::default(),
            traffic: TrafficPicture::new(),
            trust: Trust::new(config.sensors.len()),
            cases: BTreeMap::new(),
            events: Events::default(),
            debris: Debris::default(),
            weather: Weather::default(),
            desk: Desk::new(config.policy.clone()),
            received: None,
            advanced: None,
            shown: None,
            config,
        }
    }

    /// What it was started with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The desk of warnings.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Takes one input; returns all that follows from it, in order.
    pub fn step(&mut self, received: Time, seq: Seq, input: Input) -> Vec<Output> {
        let mut outputs = Vec::new();
        if self.received.is_some_and(|latest| received < latest) {
            outputs.push(Output::Refused { seq, reason: Refusal::ReceivedBackwards });
            return outputs;
        }
        self.received = Some(received);
        match input {
            Input::Plot(plot) => {
                if let Some(reason) = self.take_plot(received, seq, plot) {
                    outputs.push(Output::Refused { seq, reason });
                }
            }
            Input::Traffic(traffic) => self.take_traffic(received, &traffic),
            Input::Order(order) => {
                if let Ok(revision) = self.desk.order(received, &order) {
                    outputs.push(Output::Revision(Box::new(revision)));
                }
            }
            Input::Catalogue(answer) => {
                if let Some(case) = self.cases.get_mut(&answer.track) {
                    case.hear(&answer);
                }
            }
            Input::Tick => {}
        }
        self.advance(received, &mut outputs);
        outputs
    }

    fn take_traffic(&mut self, received: Time, traffic: &Traffic) {
        self.traffic.report(traffic);
        if let Traffic::Aircraft(report) = traffic
            && let Some(aircraft) = self.traffic.aircraft(&report.icao)
        {
            self.trust.report(received, aircraft);
        }
    }

    /// Looks into the sensors; says what has changed.
    fn judge_sensors(&mut self, now: Time, outputs: &mut Vec<Output>) {
        let mut found = Vec::new();
        for (index, sensor) in self.config.sensors.iter().enumerate() {
            let vouched = || self.picture.sky().agreeing_tracks(index, now) >= TRACKS_TO_VOUCH;
            let health = self.trust.judge(now, SensorIndex(index as u16), sensor, vouched);
            found.extend(health);
        }
        found.extend(self.trust.compare(now, &self.picture.followed(), &self.config.sensors));
        for index in (0..self.config.sensors.len()).map(|at| SensorIndex(at as u16)) {
            self.picture.doubt(index, self.trust.still_off(now, index));
        }
        for health in found {
            self.picture.loosen(&health);
            outputs.push(Output::SensorHealth(health));
        }
    }

    fn take_plot(&mut self, received: Time, seq: Seq, plot: Plot) -> Option<Refusal> {
        let Some(sensor) = self.config.sensors.get(usize::from(plot.sensor.0)) else {
            return Some(Refusal::UnknownSensor);
        };
        if !plot.is_possible(sensor) {
            return Some(Refusal::OutOfRange);
        }
        self.awake.hear(plot.sensor, received);
        let plot = self.trust.read(received, seq, sensor, &plot);
        if plot.time > received.plus_s(CLOCK_DIFFERENCE_S) {
            return Some(Refusal::FromTheFuture);
        }
        // Nothing older than the window of late plots can be put in order.
        if plot.time < received.plus_s(-MAX_AGE_S) {
            return Some(Refusal::TooOld);
        }
        match self.picture.offer(received, seq, plot) {
            Offered::Taken => None,
            Offered::TooOld => Some(Refusal::TooOld),
            Offered::Duplicate => Some(Refusal::Duplicate),
        }
    }

    /// Brings picture, assessments and warnings up to date.
    fn advance(&mut self, now: Time, outputs: &mut Vec<Output>) {
        if self.advanced.is_some_and(|at| now.seconds_since(at) < ADVANCE_EVERY_S) {
            return;
        }
        self.advanced = Some(now);
        self.judge_sensors(now, outputs);
        if self.picture.advance(now) {
            self.open_cases();
            self.show(now, outputs);
        }
        let mut touched = self.assess_due(now, outputs);
        touched.extend(self.withdraw_ghosts());
        touched.sort();
        touched.dedup();
        for event in touched {
            self.warn(now, &event, outputs);
        }
        for revision in self.desk.tick(now) {
            outputs.push(Output::Revision(Box::new(revision)));
        }
        self.forget(now);
        if let Some(at) = self.next_wake(now) {
            outputs.push(Output::Wake(at));
        }
    }

    fn open_cases(&mut self) {
        for track in self.picture.sky().tracks.iter().filter(|track| track.confirmed) {
            self.cases.entry(track.id).or_insert_with(|| Case::open(track)).note(track, &self.config.sensors);
        }
    }

    fn show(&mut self, now: Time, outputs: &mut Vec<Output>) {
        if self.shown.is_some_and(|at| now.seconds_since(at) < SHOW_EVERY_S) {
            return;
        }
        self.shown = Some(now);
        let confirmed = self.picture.sky().tracks.iter().filter(|track| track.confirmed);
        let states: Vec<TrackState> = confirmed.map(TrackState::of).collect();
        if !states.is_empty() {
            outputs.push(Output::Picture(states));
        }
    }

    /// Assesses every track that is due; returns the events that this touched.
    fn assess_due(&mut self, now: Time, outputs: &mut Vec<Output>) -> Vec<String> {
        let mut touched = Vec::new();
        for at in 0..self.picture.sky().tracks.len() {
            let track = &self.picture.sky().tracks[at];
            let is_due = |case: &Case| !case.closed && case.due().is_none_or(|due| due <= now);
            if !track.confirmed || !self.cases.get(&track.id).is_some_and(is_due) {
                continue;
            }
            let track = &track.clone();
            // Taken out while it is worked on: naming looks at all the other files.
            let Some(mut case) = self.cases.remove(&track.id) else { continue };
            let outrun = case.named_falling && self.cases.values().any(|other| other.outran(&case));
            let outruns = case.named_falling && self.cases.values().any(|other| case.outran(other));
            case.note_outrun(outrun, outruns);
            case.note_outreached(self.cases.values().any(|other| case.is_outreached_by(other)));
            if !case.named_falling {
                let is_left = self.cases.values().any(|other| case.is_left_of(other)).then_some(true);
                case.note_from_nowhere(track, is_left.or_else(|| self.is_from_nowhere(track, &case)));
            }
            let common_error = self.common_error(now, track);
            if let Some(shown) = case.wind().filter(|_| case.named_falling) {
                self.weather.note(track.id, &shown);
            }
            let around = Around { common_error: &common_error, weather: &self.weather };
            case.assess(now, track, &around, &self.config, &self.regions);
            if self.name(now, track, &mut case) {
                let around = Around { common_error: &common_error, weather: &self.weather };
                case.assess(now, track, &around, &self.config, &self.regions);
            }
            if self.config.has_catalogue {
                outputs.extend(case.question(track).map(Output::Question));
            }
            if let Some(assessment) = &case.latest {
                outputs.push(Output::Assessment(Box::new(assessment.clone())));
                self.debris.look(track, assessment, &common_error, case.drag(track));
                touched.push(assessment.event.clone());
            }
            self.cases.insert(track.id, case);
        }
        touched
    }

    /// Whether it was first seen coming down where it cannot have come without being seen, while nothing else came down; `None` while
    /// it does not come down.
    fn is_from_nowhere(&self, track: &Track, case: &Case) -> Option<bool> {
        let alone = !self.cases.values().any(|other| other.named_falling && !other.closed);
        let before = case.place_before(track)?;
        Some(alone && self.awake.would_have_seen(&self.config.sensors, track, before))
    }

    /// What a track may be off by because the radars that saw it of late err alike from plot to plot.
    fn common_error(&self, now: Time, track: &Track) -> CommonError {
        let radars = self.config.sensors.iter().enumerate().filter(|(index, sensor)| {
            let last = track.sensors[*index].last_hit;
            matches!(sensor.kind, SensorKind::Radar { .. })
                && last.is_some_and(|last| track.last_hit.seconds_since(last) < picture::MOVED_WITHIN_S)
        });
        let radars = radars.map(|(index, sensor)| (SensorIndex(index as u16), sensor));
        self.trust.common_error(now, radars, track.position_m(), track.velocity_mps())
    }

    /// Closes the files on tracks that the picture dropped as ghosts; returns their events, whose counts change.
    fn withdraw_ghosts(&mut self) -> Vec<String> {
        let mut tracks: Vec<TrackId> = self.picture.sky().tracks.iter().map(|track| track.id).collect();
        tracks.sort_unstable();
        let mut touched = Vec::new();
        self.cases.retain(|id, case| {
            let kept = case.closed || tracks.binary_search(id).is_ok();
            if let (false, Some((event, _))) = (kept, &case.name) {
                touched.push(event.clone());
            }
            kept
        });
        touched
    }

    /// Gives the object a name, or a new one when it turns out to come down. Returns whether it has changed.
    fn name(&mut self, now: Time, track: &Track, case: &mut Case) -> bool {
        let falling = case.believed_threat() >= THREAT_TO_NAME;
        if falling && !case.named_falling && !is_proven(track) && self.is_among_pieces(track, case) {
            return false;
        }
        if falling && !case.named_falling && self.resume(now, case) {
            return true;
        }
        let named = match (&case.name, falling) {
            (None, false) if track.last_hit.seconds_since(track.born) < AGE_TO_NAME_S => return false,
            (None, false) => self.events.name_traffic(now),
            (Some(_), false) => return false,
            (Some(_), true) if case.named_falling => return false,
            (_, true) => self.events.name_falling(now, case, track, self.cases.values()),
        };
        case.named_falling = falling;
        if let Some(parent) = named.parent.and_then(|parent| self.cases.get(&parent)) {
            case.came_off(parent);
        }
        case.name = Some((named.event, named.object));
        true
    }

    /// Whether it is near something else that breaks up.
    fn is_among_pieces(&self, track: &Track, case: &Case) -> bool {
        let near = |other: &&Track| (other.position_m() - track.position_m()).norm() < CROWD_M;
        let others = self.picture.sky().tracks.iter().filter(|other| other.confirmed && other.id != track.id);
        let breaks_up = |other: &Track| self.cases.get(&other.id).is_some_and(|o| o.named_falling && o.breaks_up());
        case.launch().is_none() && others.filter(near).any(breaks_up)
    }

    /// Whether it is an object that was lost; then it takes over its file.
    fn resume(&mut self, now: Time, case: &mut Case) -> bool {
        let fitting = self.cases.values_mut().filter_map(|lost| case.fits_as(now, lost).map(|misfit| (misfit, lost)));
        match fitting.min_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((_, lost)) => {
                case.resume(lost);
                true
            }
            None => false,
        }
    }

    fn warn(&mut self, now: Time, event: &str, outputs: &mut Vec<Output>) {
        // A track among pieces that is not proven yet may look like one more: it is shown, and nobody is warned of it.
        let falling = self.cases.values().filter(|case| case.named_falling);
        let objects: Vec<&Assessment> =
            falling.filter_map(|case| case.latest.as_ref()).filter(|a| a.event == event).collect();
        let (traffic, zones, policy) = (&self.traffic, &self.zones, &self.config.policy);
        let debris = self.debris.bands(now, event, &objects, policy.area_margin_m);
        let piece = self.debris.piece(event);
        let view = EventView { event, objects: &objects, debris: &debris };
        let revision = self.desk.consider(now, &view, |falls| {
            let mut exposed = exposure(falls, traffic, zones, policy, now);
            exposed.add_aircraft(piece.map_or_else(Vec::new, |p| below_debris(p, &debris, traffic, policy, now)));
            exposed
        });
        if let Some(revision) = revision {
            outputs.push(Output::Revision(Box::new(revision)));
        }
    }

    /// Closes what has landed, and what is no threat and was not seen for long.
    fn forget(&mut self, now: Time) {
        let mut gone = Vec::new();
        for track in self.picture.sky().tracks.iter().filter(|track| track.confirmed) {
            let Some(case) = self.cases.get(&track.id) else { continue };
            let silent_s = now.seconds_since(track.last_hit);
            if case.closed || (case.threat() < THREAT_TO_NAME && silent_s > FORGET_SILENT_TRAFFIC_S) {
                gone.push(track.id);
            }
        }
        for id in gone {
            self.picture.drop_track(id);
            if self.cases.get(&id).is_some_and(|case| !case.named_falling) {
                self.cases.remove(&id);
            }
        }
    }

    /// The earliest time at which something is due without further input.
    fn next_wake(&self, now: Time) -> Option<Time> {
        let cases = self.cases.values().filter(|case| !case.closed).filter_map(Case::due);
        let soonest = cases.chain(self.desk.next_wake()).min();
        soonest.map(|at| at.max(now.plus_s(ADVANCE_EVERY_S)))
    }
}

fn is_proven(track: &Track) -> bool {
    (track.hits >= PROVEN_HITS && track.missed_share < PROVEN_MISSED_SHARE) || track.hits >= PROVEN_ANYHOW_HITS
}

/// Plots older than this at reception are refused: the window of late plots and what a look waits.
const MAX_AGE_S: f64 = picture::LAG_S + 5.0;
