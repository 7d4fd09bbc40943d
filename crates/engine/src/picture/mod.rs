//! Tracks of the whole sky, from the plots of all sensors, in whatever order they arrive.
//!
//! Plots wait until their look is complete ([`HOLD_S`] after its last moment, longer for a sensor that is always late:
//! [`Patience`]), then look after look goes into the [`Sky`]. A plot that comes later than that, but within [`LAG_S`],
//! turns the sky back to a snapshot from before it and plays the plots since then again: the result is the one that
//! arrival in order would have given.

mod coverage;
mod look;
mod patience;
mod seed;
mod seen;
mod sight;
mod track;
mod twins;

pub use coverage::Awake;
pub use track::{MODES, MOTIONS, Mode, Track};

use crate::plot::{Plot, Sensor, SensorIndex, SensorKind, Seq};
use crate::trust::{Correction, Followed, SensorHealth};
use downrange_earth::Time;
use look::Look;
use nalgebra::{Matrix6, Vector3, Vector6};
use patience::Patience;
use std::collections::{BTreeMap, VecDeque};
use twins::Twins;

/// How long a look waits at least for plots on their way.
pub const HOLD_S: f64 = 0.7;
/// Plots up to this much later than the newest processed look are still put in order.
pub const LAG_S: f64 = 15.0;
/// Plots that are late are gathered for so long before the sky is turned back for all of them together.
const GATHER_S: f64 = 0.3;
/// What a sensor showed longer ago has no hold on a track any more.
pub const MOVED_WITHIN_S: f64 = 60.0;
/// What is still wrong with a corrected radar stays alike for so long: it is found anew from the comparisons of the last two minutes.
/// Of 20, 40 and 120 s, tried on 30 drawn flights, 40 gave the smallest errors of the falls; they differ little.
const ALIKE_S: f64 = 40.0;
/// Plots with an error and others without it were taken for one motion over so long, when the error is found. Our choice.
const MIXED_S: f64 = 20.0;
/// Tracks with fewer plots may be of two objects.
const HITS_TO_FOLLOW: u32 = 8;
/// One sensor cannot see the same object twice within this share of its period.
const LOOK_SHARE_OF_PERIOD: f64 = 0.5;
/// A look is never longer than this, so that slow radars do not delay the picture.
const LOOK_MAX_S: f64 = 0.5;
/// Snapshots are taken this often.
const SNAPSHOT_EVERY_S: f64 = 1.0;
/// Plots waiting at most; beyond it the oldest are processed at once (a burst of clutter must not fill the memory).
const WAITING_MAX: usize = 200_000;

/// What became of a plot that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    /// It waits for its look.
    Taken,
    /// It came later than [`LAG_S`].
    TooOld,
    /// The same report of the same sensor is here already, by whatever way it came.
    Duplicate,
}

/// All tracks at one time.
#[derive(Debug, Clone, Default)]
pub struct Sky {
    /// Confirmed and tentative tracks, oldest name first.
    pub tracks: Vec<Track>,
    /// End of the latest look that went in.
    pub until: Option<Time>,
    /// Looks that went in.
    looks: u64,
    /// Tracks that may be of one object.
    twins: Twins,
}

/// Plots this recent count as of now.
const AGREE_WITHIN_S: f64 = 10.0;

impl Sky {
    /// Confirmed tracks that this sensor and another one saw of late: the two agree on where they are.
    pub fn agreeing_tracks(&self, sensor: usize, now: Time) -> usize {
        let is_recent = |at: Option<Time>| at.is_some_and(|at| now.seconds_since(at) < AGREE_WITHIN_S);
        let shared = self.tracks.iter().filter(|track| {
            track.confirmed
                && track.sensors.get(sensor).is_some_and(|record| is_recent(record.last_hit))
                && (track.sensors.iter().enumerate()).any(|(other, r)| other != sensor && is_recent(r.last_hit))
        });
        shared.count()
    }
}

#[derive(Debug, Clone, Copy)]
struct Used {
    plot: Plot,
    /// Number of the look that it went into.
    look: u64,
}

/// The picture: the sky and what is needed to put late plots in order.
#[derive(Debug, Clone)]
pub struct Picture {
    /// As their file says.
    stated: Vec<Sensor>,
    /// With the noise that their plots are taken to have, see [`Picture::doubt`].
    sensors: Vec<Sensor>,
    patience: Patience,
    waiting: BTreeMap<(Time, Seq), Plot>,
    used: BTreeMap<(Time, Seq), Used>,
    sky: Sky,
    snapshots: VecDeque<Sky>,
    /// Plots that came too late for their looks; they go in when the sky is turned back.
    late: BTreeMap<(Time, Seq), Plot>,
    /// Reception of the first of them.
    late_since: Option<Time>,
    /// Times that the sky was turned back.
    rewinds: u64,
}

impl Picture {
    /// An empty sky.
    pub fn new(sensors: Vec<Sensor>) -> Picture {
        Picture {
            patience: Patience::new(sensors.len()),
            stated: sensors.clone(),
            sensors,
            waiting: BTreeMap::new(),
            used: BTreeMap::new(),
            sky: Sky::default(),
            snapshots: VecDeque::from([Sky::default()]),
            late: BTreeMap::new(),
            late_since: None,
            rewinds: 0,
        }
    }

    /// The tracks.
    pub fn sky(&self) -> &Sky {
        &self.sky
    }

    /// The tracks that are surely of one object each, by the plots that they are made of.
    pub fn followed(&self) -> Vec<Followed> {
        let sure = self.sky.tracks.iter().filter(|track| track.confirmed && track.hits >= HITS_TO_FOLLOW);
        let followed = sure.map(|track| Followed {
            track: track.id,
            place_m: track.position_m(),
            velocity_mps: track.velocity_mps(),
            latest_plots: track.latest_plots.iter().copied().collect(),
        });
        followed.collect()
    }

    /// How often late plots turned the sky back.
    pub fn rewinds(&self) -> u64 {
        self.rewinds
    }

    /// Takes a plot; [`Picture::advance`] uses it when its look is complete.
    pub fn offer(&mut self, received: Time, seq: Seq, plot: Plot) -> Offered {
        if self.has(&plot) {
            return Offered::Duplicate;
        }
        self.patience.note(plot.sensor, received.seconds_since(plot.time));
        if let Some(until) = self.sky.until {
            if plot.time < until.plus_s(-LAG_S) {
                return Offered::TooOld;
            }
            if plot.time <= until && self.comes_too_late_for_its_look(&plot, until) {
                self.late_since.get_or_insert(received);
                self.late.insert((plot.time, seq), plot);
                return Offered::Taken;
            }
        }
        self.waiting.insert((plot.time, seq), plot);
        Offered::Taken
    }

    fn has(&self, plot: &Plot) -> bool {
        let at = (plot.time, Seq(0))..=(plot.time, Seq(u64::MAX));
        let mut unused = self.waiting.range(at.clone()).chain(self.late.range(at.clone()));
        unused.any(|(_, other)| other == plot) || self.used.range(at).any(|(_, other)| other.plot == *plot)
    }

    /// Looks go in by the time of their first plot: a plot before the start of the latest look is late.
    fn comes_too_late_for_its_look(&self, plot: &Plot, until: Time) -> bool {
        plot.time < until.plus_s(-self.look_length_s(plot.sensor))
            || self
                .used
                .range((plot.time.plus_s(-LOOK_MAX_S), Seq(0))..)
                .any(|(_, used)| used.plot.sensor == plot.sensor)
    }

    /// Uses every look that is complete at `received`. Returns whether anything changed.
    pub fn advance(&mut self, received: Time) -> bool {
        if self.late_since.take_if(|since| received.seconds_since(*since) >= GATHER_S).is_some() {
            self.turn_back();
        }
        let mut changed = false;
        while let Some((&(start, _), first)) = self.waiting.first_key_value() {
            let end = start.plus_s(self.look_length_s(first.sensor));
            let is_complete = received.seconds_since(end) >= self.patience.hold_s(first.sensor);
            if !is_complete && self.waiting.len() <= WAITING_MAX {
                break;
            }
            let look = self.take_look(start, end, first.sensor);
            self.sky.enter(&look, &self.sensors);
            self.remember();
            changed = true;
        }
        changed
    }

    /// What was found of a radar's error and is taken out may itself be off by so much (range, azimuth, elevation). Filters take
    /// the noise of every plot for its own: an error that n plots have alike weighs as n times its variance, in each.
    pub fn doubt(&mut self, index: SensorIndex, still_off: Vector3<f64>) {
        let at = usize::from(index.0);
        let (Some(stated), Some(sensor)) = (self.stated.get(at), self.sensors.get_mut(at)) else { return };
        let alike = still_off * libm::sqrt(ALIKE_S / stated.period_s);
        let SensorKind::Radar { range_sigma_m, azimuth_sigma_rad, elevation_sigma_rad, .. } = stated.kind else {
            return;
        };
        if let SensorKind::Radar {
            range_sigma_m: range,
            azimuth_sigma_rad: azimuth,
            elevation_sigma_rad: elevation,
            ..
        } = &mut sensor.kind
        {
            *range = libm::hypot(range_sigma_m, alike.x);
            *azimuth = libm::hypot(azimuth_sigma_rad, alike.y);
            *elevation = libm::hypot(elevation_sigma_rad, alike.z);
        }
    }

    /// The plots of a sensor are corrected otherwise from now on: what it showed of late may move by as much. When it is corrected
    /// for the first time the plots so far fitted neither each other nor a way that anything flies: its velocity may be any that
    /// goes from the one to the other.
    pub fn loosen(&mut self, health: &SensorHealth) {
        let Some(sensor) = self.sensors.get(usize::from(health.sensor.0)) else { return };
        let skies = self.snapshots.iter_mut().chain(core::iter::once(&mut self.sky));
        for track in skies.flat_map(|sky| &mut sky.tracks) {
            let record = &track.sensors[usize::from(health.sensor.0)];
            if record.last_hit.is_some_and(|last| track.time.seconds_since(last) < MOVED_WITHIN_S) {
                let shift = health.shift(sensor, track.position_m(), track.velocity_mps());
                track.loosen(&shift);
                if health.before == Correction::NONE {
                    let place_m = Vector3::repeat(shift.fixed_rows::<3>(0).norm() / libm::sqrt(3.0));
                    let velocity_mps = place_m / MIXED_S;
                    let sigma = Vector6::from_iterator(place_m.iter().chain(&velocity_mps).copied());
                    track.widen(&Matrix6::from_diagonal(&sigma.component_mul(&sigma)));
                }
            }
        }
    }

    /// Forgets a track: it has landed, or left.
    pub fn drop_track(&mut self, id: crate::assess::TrackId) {
        // Also where the sky may be turned back to.
        for sky in self.snapshots.iter_mut().chain(core::iter::once(&mut self.sky)) {
            sky.tracks.retain(|track| track.id != id);
        }
    }

    fn look_length_s(&self, sensor: SensorIndex) -> f64 {
        (self.sensors[usize::from(sensor.0)].period_s * LOOK_SHARE_OF_PERIOD).min(LOOK_MAX_S)
    }

    fn take_look(&mut self, start: Time, end: Time, sensor: SensorIndex) -> Look {
        let mut plots = Vec::new();
        for (&(time, seq), plot) in self.waiting.range((start, Seq(0))..=(end, Seq(u64::MAX))) {
            if plot.sensor == sensor {
                plots.push((time, seq, *plot));
            }
        }
        for &(time, seq, plot) in &plots {
            self.waiting.remove(&(time, seq));
            self.used.insert((time, seq), Used { plot, look: self.sky.looks });
        }
        Look::new(&self.sensors[usize::from(sensor.0)], sensor, plots)
    }

    /// Keeps a snapshot now and then, and forgets what is older than the lag.
    fn remember(&mut self) {
        let Some(until) = self.sky.until else { return };
        let newest = self.snapshots.back().and_then(|sky| sky.until);
        if newest.is_none_or(|newest| until.seconds_since(newest) >= SNAPSHOT_EVERY_S) {
            self.snapshots.push_back(self.sky.clone());
        }
        let oldest_needed = until.plus_s(-LAG_S - SNAPSHOT_EVERY_S - LOOK_MAX_S);
        while self.snapshots.len() > 2 && self.snapshots[1].until.is_some_and(|second| second < oldest_needed) {
            self.snapshots.pop_front();
        }
        let kept_from = self.snapshots.front().map_or(0, |sky| sky.looks);
        while self.used.first_key_value().is_some_and(|(_, used)| used.look < kept_from) {
            self.used.pop_first();
        }
    }

    /// Back to the latest snapshot whose looks all ended before the look of the earliest late plot can begin.
    fn turn_back(&mut self) {
        let Some((&(late, _), _)) = self.late.first_key_value() else { return };
        self.waiting.append(&mut self.late);
        let before = late.plus_s(-2.0 * LOOK_MAX_S);
        while self.snapshots.len() > 1 && self.snapshots.back().is_some_and(|sky| sky.until.is_some_and(|u| u > before))
        {
            self.snapshots.pop_back();
        }
        let Some(snapshot) = self.snapshots.back() else { return };
        self.sky = snapshot.clone();
        let looks = self.sky.looks;
        let again: Vec<_> =
            self.used.iter().filter(|(_, used)| used.look >= looks).map(|(&key, used)| (key, used.plot)).collect();
        for (key, plot) in again {
            self.used.remove(&key);
            self.waiting.insert(key, plot);
        }
        self.rewinds += 1;
    }
}
