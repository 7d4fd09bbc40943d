//! What several sensors see of one object, each against the others: a radar against another radar, and against the place
//! where the directions of two infrared sensors meet.
//!
//! The biases of all radars are one state (`track::register`): from two sides, the range of one radar shows the azimuth of
//! the other. Directions from far away show them all. What cannot be told apart stays where it was expected.

use crate::assess::TrackId;
use crate::plot::{Measurement, Plot, Sensor, SensorIndex, SensorKind, Seq};
use downrange_earth::Time;
use downrange_track::gaussian::Gaussian;
use downrange_track::register::{Known, Outcome, Plot as RadarPlot, Registration};
use nalgebra::{Matrix3, Matrix4, SVector, Vector3, Vector4, Vector6, vector};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Plots are kept for as long as a track may still be made of them.
const RECENT_S: f64 = 20.0;
/// Plots farther apart in time are not compared.
const TOGETHER_S: f64 = 1.0;
const CROSSING_S: f64 = 1.5;
/// Comparisons older than this say nothing of now; so many of one object and two sensors are kept, of so many objects.
pub(super) const FRESH_S: f64 = 120.0;
const OF_ONE_MAX: usize = 60;
const KEPT_MAX: usize = 64;
/// Radars that are weighed together; with more, those with most comparisons.
const TOGETHER: usize = 6;
/// What a bias may be, one sigma: range (m), azimuth and elevation (rad), clock (s). Our choice: what maintenance leaves.
const PRIOR: Vector4<f64> = Vector4::new(200.0, 5e-3, 2e-3, 0.1);
/// No bias is known better than this.
const FLOOR: Vector4<f64> = Vector4::new(15.0, 1e-4, 1e-4, 0.02);
/// The velocity that carries one plot to the time of another is a track's.
const VELOCITY_SIGMA_MPS: f64 = 30.0;
/// Directions that meet are off together by this, however many they are.
const CROSSING_FLOOR_M: f64 = 200.0;
/// Lines that pass each other farther off, in sigmas, are of two objects.
const CROSSING_SIGMAS: f64 = 4.0;
/// Comparisons that a finding needs.
const USED_LEAST: usize = 8;
/// Two tracks as near as biases may set them apart: so far, and this share of the range (1°); so much faster.
const TWIN_M: f64 = 1e3;
const TWIN_RATIO: f64 = 0.0175;
const TWIN_MPS: f64 = 50.0;

/// A track, as far as it says which plots are of one object.
#[derive(Debug, Clone, PartialEq)]
pub struct Followed {
    /// Which track.
    pub track: TrackId,
    /// Where it is, ECEF.
    pub place_m: Vector3<f64>,
    /// How fast it moves, ECEF axes.
    pub velocity_mps: Vector3<f64>,
    /// Journal positions of its latest plots.
    pub latest_plots: Vec<Seq>,
}

/// What one radar saw.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Look {
    sensor: SensorIndex,
    time: Time,
    measured: Vector3<f64>,
}

/// Two views of one object.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Comparison {
    /// Two radars, and the object's velocity.
    Radars(Look, Look, Vector3<f64>),
    /// A radar and where two directions meet at the time of its plot.
    Crossing(Look, Gaussian<3>, Vector3<f64>),
}

impl Comparison {
    fn time(&self) -> Time {
        match self {
            Comparison::Radars(look, ..) | Comparison::Crossing(look, ..) => look.time,
        }
    }

    fn radars(&self) -> impl Iterator<Item = SensorIndex> {
        let second = match self {
            Comparison::Radars(_, other, _) => Some(other.sensor),
            Comparison::Crossing(..) => None,
        };
        let (Comparison::Radars(first, ..) | Comparison::Crossing(first, ..)) = self;
        core::iter::once(first.sensor).chain(second)
    }
}

/// What is compared: the object, the radar, and the other radar (none: where directions meet).
type Key = (TrackId, SensorIndex, Option<SensorIndex>);

/// The comparisons of all sensors.
#[derive(Debug, Clone, Default)]
pub struct Shared {
    /// Plots as they came, by their position in the journal.
    recent: BTreeMap<Seq, (Time, Plot)>,
    /// The latest plot of each track that was compared.
    compared: BTreeMap<TrackId, Seq>,
    comparisons: BTreeMap<Key, VecDeque<Comparison>>,
    fresh_count: usize,
}

/// What the comparisons show of one radar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown {
    pub sensor: SensorIndex,
    pub bias: Gaussian<4>,
    pub object_count: usize,
}

impl Shared {
    /// Takes note of a plot as it came.
    pub fn take(&mut self, received: Time, seq: Seq, plot: &Plot) {
        self.recent.insert(seq, (received, *plot));
        while self.recent.first_key_value().is_some_and(|(_, (at, _))| received.seconds_since(*at) > RECENT_S) {
            self.recent.pop_first();
        }
    }

    /// Compares the new plots of every track with those of other sensors of the same object: of the same track, or, because
    /// a bias may have made two tracks of it, of the only other track that is near and that the sensor does not see.
    pub fn compare(&mut self, tracks: &[Followed], sensors: &[Sensor]) {
        for track in tracks {
            let Some(&newest) = track.latest_plots.iter().max() else { continue };
            let Some(before) = self.compared.insert(track.track, newest) else { continue };
            let new: Vec<Seq> = track.latest_plots.iter().copied().filter(|seq| *seq > before).collect();
            if new.is_empty() {
                continue;
            }
            let own = self.plots_of(track);
            let twin = self.twin(track, &own, tracks, sensors);
            for seq in new {
                self.compare_plot(track, seq, &own, sensors);
                self.compare_plot(track, seq, &twin, sensors);
            }
        }
        if self.compared.len() > tracks.len() {
            let alive: BTreeSet<TrackId> = tracks.iter().map(|track| track.track).collect();
            self.compared.retain(|track, _| alive.contains(track));
        }
    }

    fn plots_of(&self, track: &Followed) -> Vec<(Seq, Plot)> {
        track.latest_plots.iter().filter_map(|seq| Some((*seq, self.recent.get(seq)?.1))).collect()
    }

    /// The plots of the only other track that may be of the same object, seen by other radars than this one.
    fn twin(&self, track: &Followed, own: &[(Seq, Plot)], tracks: &[Followed], sensors: &[Sensor]) -> Vec<(Seq, Plot)> {
        let range_m = own.iter().rev().filter_map(|(_, plot)| look(plot)).map(|look| look.measured.x).next();
        let Some(range_m) = range_m else { return Vec::new() };
        let near_m = TWIN_M + TWIN_RATIO * range_m;
        let mut twins = tracks.iter().filter(|other| {
            let speed_mps = TWIN_MPS + TWIN_RATIO * track.velocity_mps.norm();
            other.track != track.track
                && (other.place_m - track.place_m).norm() < near_m
                && (other.velocity_mps - track.velocity_mps).norm() < speed_mps
        });
        let (Some(twin), None) = (twins.next(), twins.next()) else { return Vec::new() };
        let plots = self.plots_of(twin);
        let radars = |plots: &[(Seq, Plot)]| -> BTreeSet<SensorIndex> {
            let is_radar = |sensor: &SensorIndex| {
                sensors.get(usize::from(sensor.0)).is_some_and(|sensor| matches!(sensor.kind, SensorKind::Radar { .. }))
            };
            plots.iter().map(|(_, plot)| plot.sensor).filter(is_radar).collect()
        };
        if radars(own).is_disjoint(&radars(&plots)) { plots } else { Vec::new() }
    }

    fn compare_plot(&mut self, track: &Followed, seq: Seq, others: &[(Seq, Plot)], sensors: &[Sensor]) {
        let Some(look) = self.recent.get(&seq).and_then(|(_, plot)| look(plot)) else { return };
        let apart_s = |plot: &Plot| libm::fabs(plot.time.seconds_since(look.time));
        // The nearest in time of each other sensor.
        let mut nearest: BTreeMap<SensorIndex, Plot> = BTreeMap::new();
        for (_, plot) in others.iter().filter(|(other, plot)| *other < seq && plot.sensor != look.sensor) {
            let best = nearest.entry(plot.sensor).or_insert(*plot);
            if apart_s(plot) < apart_s(best) {
                *best = *plot;
            }
        }
        let velocity = track.velocity_mps;
        for other in nearest.values().filter(|plot| apart_s(plot) <= TOGETHER_S).filter_map(self::look) {
            let (a, b) = if look.sensor < other.sensor { (look, other) } else { (other, look) };
            self.keep((track.track, a.sensor, Some(b.sensor)), Comparison::Radars(a, b, velocity));
        }
        let directions: Vec<&Plot> =
            nearest.values().filter(|plot| self::look(plot).is_none() && apart_s(plot) <= CROSSING_S).collect();
        if let [first, second, ..] = directions[..]
            && let Some(place) = crossing([first, second], look.time, track, sensors)
        {
            self.keep((track.track, look.sensor, None), Comparison::Crossing(look, place, velocity));
        }
    }

    fn keep(&mut self, key: Key, comparison: Comparison) {
        if self.comparisons.len() >= KEPT_MAX && !self.comparisons.contains_key(&key) {
            return;
        }
        let of_one = self.comparisons.entry(key).or_default();
        if of_one.len() == OF_ONE_MAX {
            of_one.pop_front();
        }
        of_one.push_back(comparison);
        self.fresh_count += 1;
    }

    /// Comparisons since the last [`Shared::show`].
    pub fn fresh_count(&self) -> usize {
        self.fresh_count
    }

    /// What the comparisons show of each radar that has enough of them. `prior` is what is known of a radar from elsewhere.
    pub fn show(
        &mut self,
        now: Time,
        sensors: &[Sensor],
        prior: impl Fn(SensorIndex) -> Option<Gaussian<4>>,
    ) -> Vec<Shown> {
        self.fresh_count = 0;
        for of_one in self.comparisons.values_mut() {
            while of_one.front().is_some_and(|first| now.seconds_since(first.time()) > FRESH_S) {
                of_one.pop_front();
            }
        }
        self.comparisons.retain(|_, of_one| !of_one.is_empty());
        let radars = self.radars();
        // The fewer radars, the smaller the state: those that are none would only be carried along.
        match radars.len() {
            0 | 1 => self.weighed::<1, 4>(&radars, sensors, prior),
            2 => self.weighed::<2, 8>(&radars, sensors, prior),
            3 => self.weighed::<3, 12>(&radars, sensors, prior),
            4 => self.weighed::<4, 16>(&radars, sensors, prior),
            _ => self.weighed::<TOGETHER, { 4 * TOGETHER }>(&radars, sensors, prior),
        }
    }

    /// What these radars, RADARS at most, are off by, with four components each.
    fn weighed<const RADARS: usize, const STATES: usize>(
        &self,
        radars: &[SensorIndex],
        sensors: &[Sensor],
        prior: impl Fn(SensorIndex) -> Option<Gaussian<4>>,
    ) -> Vec<Shown> {
        let Some(first) = self.comparisons.values().flatten().map(Comparison::time).min() else { return Vec::new() };
        let sound = Gaussian::diagonal(Vector4::zeros(), PRIOR);
        let priors: [Gaussian<4>; RADARS] =
            core::array::from_fn(|at| radars.get(at).and_then(|&radar| prior(radar)).unwrap_or(sound));
        let Ok(mut registration) = Registration::<STATES>::new(priors, Vector4::zeros()) else { return Vec::new() };
        // Used, outliers, objects.
        let mut used: Vec<(usize, usize, BTreeSet<TrackId>)> = vec![(0, 0, BTreeSet::new()); radars.len()];
        let mut all: Vec<(&Key, usize, &Comparison)> = (self.comparisons.iter())
            .flat_map(|(key, of_one)| of_one.iter().map(move |one| (key, of_one.len(), one)))
            .collect();
        all.sort_by_key(|(key, _, one)| (one.time(), **key));
        for (key, count, comparison) in all {
            let Some(outcome) = weigh(&mut registration, comparison, count, first, radars, sensors) else { continue };
            for at in comparison.radars().filter_map(|radar| radars.iter().position(|r| *r == radar)) {
                match outcome {
                    Outcome::Used(_) => used[at].0 += 1,
                    Outcome::Outlier(_) => used[at].1 += 1,
                }
                used[at].2.insert(key.0);
            }
        }
        let enough = used.iter().enumerate().filter(|(_, (used, out, _))| *used >= USED_LEAST && out * 3 <= *used);
        enough
            .filter_map(|(at, (_, _, objects))| {
                let mut bias = registration.bias(at).ok()?;
                bias.covariance += Matrix4::from_diagonal(&FLOOR.component_mul(&FLOOR));
                Some(Shown { sensor: radars[at], bias, object_count: objects.len() })
            })
            .collect()
    }

    /// The radars with most comparisons.
    fn radars(&self) -> Vec<SensorIndex> {
        let mut counts: BTreeMap<SensorIndex, usize> = BTreeMap::new();
        for radar in self.comparisons.values().flatten().flat_map(Comparison::radars) {
            *counts.entry(radar).or_default() += 1;
        }
        let mut radars: Vec<SensorIndex> = counts.keys().copied().collect();
        radars.sort_by_key(|radar| core::cmp::Reverse(counts[radar]));
        radars.truncate(TOGETHER);
        radars
    }
}

fn look(plot: &Plot) -> Option<Look> {
    let Measurement::Radar { range_m, azimuth_rad, elevation_rad, .. } = plot.measurement else { return None };
    let measured = Vector3::new(range_m, azimuth_rad, elevation_rad);
    Some(Look { sensor: plot.sensor, time: plot.time, measured })
}

/// Where two directions meet at a time: least squares of the distances to both lines, each moved along with the object.
fn crossing(directions: [&Plot; 2], time: Time, track: &Followed, sensors: &[Sensor]) -> Option<Gaussian<3>> {
    let mut information = Matrix3::zeros();
    let mut sum = Vector3::zeros();
    let mut lines = Vec::new();
    for plot in directions {
        let sensor = sensors.get(usize::from(plot.sensor.0))?;
        let (Measurement::Infrared { line_of_sight }, SensorKind::Infrared { angle_sigma_rad, .. }) =
            (plot.measurement, &sensor.kind)
        else {
            return None;
        };
        let direction = line_of_sight.normalize();
        let from_m = sensor.site.ecef().0 + track.velocity_mps * time.seconds_since(plot.time);
        let sigma_m = angle_sigma_rad * (track.place_m - from_m).norm();
        let across = (Matrix3::identity() - direction * direction.transpose()) / (sigma_m * sigma_m);
        information += across;
        sum += across * from_m;
        lines.push((from_m, across));
    }
    let covariance = information.cholesky()?.inverse();
    let mean = covariance * sum;
    let apart = lines.iter().map(|(from_m, across)| (mean - from_m).dot(&(across * (mean - from_m)))).sum::<f64>();
    (apart < CROSSING_SIGMAS * CROSSING_SIGMAS).then_some(Gaussian { mean, covariance })
}

/// Weighs one comparison, of which there are `count` of its kind; `None` when a radar is not among those weighed.
fn weigh<const STATES: usize>(
    registration: &mut Registration<STATES>,
    comparison: &Comparison,
    count: usize,
    first: Time,
    radars: &[SensorIndex],
    sensors: &[Sensor],
) -> Option<Outcome> {
    let plot = |look: &Look| {
        let sensor = sensors.get(usize::from(look.sensor.0))?;
        let SensorKind::Radar { range_sigma_m, azimuth_sigma_rad, elevation_sigma_rad, .. } = sensor.kind else {
            return None;
        };
        Some(RadarPlot {
            sensor: radars.iter().position(|radar| *radar == look.sensor)?,
            site: sensor.site,
            time_s: look.time.seconds_since(first),
            measured: Gaussian::diagonal(look.measured, vector![range_sigma_m, azimuth_sigma_rad, elevation_sigma_rad]),
        })
    };
    match comparison {
        Comparison::Radars(a, b, velocity_mps) => {
            let velocity = Gaussian::diagonal(*velocity_mps, SVector::repeat(VELOCITY_SIGMA_MPS));
            registration.common(&plot(a)?, &plot(b)?, &velocity).ok()
        }
        Comparison::Crossing(look, place, velocity_mps) => {
            // Errors that all of them share do not average out.
            let floor_m2 = CROSSING_FLOOR_M * CROSSING_FLOOR_M * count as f64;
            let (p, v) = (place.mean, velocity_mps);
            let mut state =
                Gaussian::diagonal(Vector6::new(p.x, p.y, p.z, v.x, v.y, v.z), Vector6::repeat(VELOCITY_SIGMA_MPS));
            let covariance = place.covariance + Matrix3::identity() * floor_m2;
            state.covariance.fixed_view_mut::<3, 3>(0, 0).copy_from(&covariance);
            let plot = plot(look)?;
            registration.known(&plot, &Known { time_s: plot.time_s, state }).ok()
        }
    }
}
