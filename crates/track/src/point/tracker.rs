//! The loop over the scans.

use super::kalman::{Innovation, Kalman};
use super::{Meta, Run, Scenario, Settings, TrackRow, Weighing};
use crate::associate::grid::Grid;
use crate::associate::{Candidate, Marginals, marginals};
use crate::life::Existence;
use crate::measure::chi_square_quantile;
use nalgebra::SVector;

/// A found track is reported once its existence has been this probable,
const CONFIRM_PROBABILITY: f64 = 0.95;
/// as long as it stays above this (below, a false report costs more than a missed object),
const REPORT_PROBABILITY: f64 = 0.5;
/// and forgotten below this.
const FORGET_PROBABILITY: f64 = 0.01;
/// Probability that an object is still there one scan later.
const SURVIVAL_PROBABILITY: f64 = 0.99;
/// New objects per scan in the whole area, as a share of those there.
const BIRTH_FRACTION: f64 = 0.01;

struct Track<const D: usize> {
    number: u32,
    state: Kalman<D>,
    existence: Existence,
    confirmed: bool,
}

pub(super) struct Tracker<'a, const D: usize> {
    meta: &'a Meta,
    settings: &'a Settings,
    gate: f64,
    volume: f64,
    tracks: Vec<Track<D>>,
    next_number: u32,
    /// Mean number of objects in the area that have never been seen.
    unseen_count: f64,
    candidates: Vec<Candidate>,
    innovations: Vec<Innovation<D>>,
    log_missed: Vec<f64>,
    fallback_count: usize,
    shed_count: usize,
}

impl<'a, const D: usize> Tracker<'a, D> {
    pub fn run<T>(scenario: &'a Scenario, settings: &'a Settings, mut clock: impl FnMut() -> T) -> Run<T> {
        let mut tracker = Self::new(scenario, settings);
        let mut run = Run { rows: Vec::new(), times: Vec::new(), fallback_count: 0, shed_count: 0 };
        for (scan, plots) in scenario.scans.iter().enumerate() {
            let plots: Vec<SVector<f64, D>> = plots.iter().map(|plot| SVector::from_fn(|axis, _| plot[axis])).collect();
            if !(settings.known_starts && scan == 0) {
                let before = clock();
                tracker.step(scan, &plots);
                run.times.push((before, clock()));
            }
            tracker.report(scan, &mut run.rows);
        }
        (run.fallback_count, run.shed_count) = (tracker.fallback_count, tracker.shed_count);
        run
    }

    fn new(scenario: &'a Scenario, settings: &'a Settings) -> Self {
        let meta = &scenario.meta;
        let starts = if settings.known_starts { scenario.starts.as_slice() } else { &[] };
        let tracks = starts.iter().map(|start| Track {
            number: start.track,
            state: Kalman::new(
                SVector::from_fn(|axis, _| start.position_m[axis]),
                SVector::from_fn(|axis, _| start.velocity_mps[axis]),
                meta.start_sigma_m,
                meta.start_sigma_mps,
            ),
            existence: Existence::new(1.0),
            confirmed: true,
        });
        Tracker {
            meta,
            settings,
            gate: chi_square_quantile(settings.gate_probability, D as f64).unwrap_or(f64::MAX),
            volume: (0..D).map(|_| meta.side_m).product(),
            tracks: tracks.collect(),
            next_number: 0,
            unseen_count: 0.0,
            candidates: Vec::new(),
            innovations: Vec::new(),
            log_missed: Vec::new(),
            fallback_count: 0,
            shed_count: 0,
        }
    }

    fn step(&mut self, scan: usize, plots: &[SVector<f64, D>]) {
        self.predict(scan, plots.len());
        self.weigh(plots);
        let found =
            marginals(self.tracks.len(), plots.len(), &self.candidates, &self.log_missed, self.settings.associator);
        self.fallback_count += found.fallbacks.len();
        let mut taken = vec![0.0; if self.settings.known_starts { 0 } else { plots.len() }];
        for index in 0..self.tracks.len() {
            self.update(index, plots, &found, &mut taken);
        }
        if !self.settings.known_starts {
            self.tracks.retain(|track| track.existence.probability >= FORGET_PROBABILITY);
            self.initiate(plots, &taken);
        }
    }

    fn predict(&mut self, scan: usize, plots: usize) {
        if !self.settings.known_starts {
            let objects: f64 = self.tracks.iter().map(|track| track.existence.probability).sum();
            self.unseen_count = if scan == 0 {
                // Nothing is known: the plots beyond the expected clutter are from objects, and there is at least one.
                ((plots as f64 - self.meta.clutter_count) / self.meta.detection_probability).max(1.0)
            } else {
                let unseen = self.unseen_count * (1.0 - self.meta.detection_probability) * SURVIVAL_PROBABILITY;
                unseen + BIRTH_FRACTION * objects.max(1.0)
            };
            self.tracks.iter_mut().for_each(|track| track.existence.predict(SURVIVAL_PROBABILITY));
        }
        let sigma_m = self.meta.sigma_m;
        self.innovations.clear();
        let (innovations, meta) = (&mut self.innovations, self.meta);
        self.tracks.retain_mut(|track| {
            track.state.predict(meta.dt_s, meta.q_m2ps3);
            // A covariance that is no longer one cannot be used; with the symmetric update it does not happen.
            track.state.innovation(sigma_m).map(|innovation| innovations.push(innovation)).is_some()
        });
    }

    /// Fills `candidates` and `log_missed`.
    fn weigh(&mut self, plots: &[SVector<f64, D>]) {
        self.candidates.clear();
        self.log_missed.clear();
        let detection = self.meta.detection_probability;
        let density = (self.meta.clutter_count + self.unseen_count * detection) / self.volume;
        let reach = self.innovations.iter().map(|innovation| innovation.reach_m).sum::<f64>();
        let gate_distance = libm::sqrt(self.gate);
        let cell_m = (gate_distance * reach / self.innovations.len().max(1) as f64).max(self.meta.sigma_m);
        let points: Vec<[f64; D]> = plots.iter().map(|plot| (*plot).into()).collect();
        // Plots are finite (the reader saw to that) and so is the cell.
        let Ok(grid) = Grid::build(&points, cell_m) else { return self.log_missed.resize(self.tracks.len(), 0.0) };
        for (index, (track, innovation)) in self.tracks.iter().zip(&self.innovations).enumerate() {
            let seen = track.existence.probability * detection;
            let base = libm::log(seen / density) + innovation.log_peak;
            let distance_weighed = self.settings.weighing == Weighing::Distance;
            let first = self.candidates.len();
            grid.for_each_within(innovation.mean.into(), gate_distance * innovation.reach_m, |plot| {
                let squared = innovation.distance_squared(&plots[plot as usize]);
                if squared <= self.gate {
                    let log_weight =
                        if distance_weighed { gate_distance - libm::sqrt(squared) } else { base - 0.5 * squared };
                    self.candidates.push(Candidate { track: index as u32, plot, log_weight });
                }
            });
            let miss = libm::log(1.0 - seen * self.settings.gate_probability);
            self.log_missed.push(if distance_weighed { 0.0 } else { miss });
            self.shed_count += keep_heaviest(&mut self.candidates, first, self.settings.candidates_per_track_count);
        }
    }

    fn update(&mut self, index: usize, plots: &[SVector<f64, D>], found: &Marginals, taken: &mut [f64]) {
        let track = &mut self.tracks[index];
        let missed = found.missed_probability(index);
        let pairs = found.plots(index);
        if self.settings.known_starts {
            let pairs = pairs.iter().map(|&(plot, probability)| (&plots[plot as usize], probability));
            return track.state.update(&self.innovations[index], missed, pairs);
        }
        for &(plot, probability) in pairs {
            taken[plot as usize] += probability;
        }
        let visible = self.meta.detection_probability * self.settings.gate_probability;
        let unseen = missed * track.existence.after_miss(visible);
        track.existence.update(missed, visible);
        let exists = track.existence.probability;
        if exists > 0.0 {
            let pairs = pairs.iter().map(|&(plot, probability)| (&plots[plot as usize], probability / exists));
            track.state.update(&self.innovations[index], unseen / exists, pairs);
        }
        track.confirmed |= exists >= CONFIRM_PROBABILITY;
    }

    /// Every plot that no track explains may be a new object: Williams, "Marginal multi-Bernoulli filters" (IEEE
    /// Trans. Aerospace and Electronic Systems 51(3), 2015).
    fn initiate(&mut self, plots: &[SVector<f64, D>], taken: &[f64]) {
        let meta = self.meta;
        let new = self.unseen_count * meta.detection_probability;
        let share = new / (new + meta.clutter_count);
        // An object crosses the area within the run: its speed on each axis is about that.
        let sigma_mps = meta.side_m / (meta.scan_count as f64 * meta.dt_s);
        for (plot, taken) in plots.iter().zip(taken) {
            let existence = Existence::new(share * (1.0 - taken));
            if existence.probability >= FORGET_PROBABILITY {
                let state = Kalman::new(*plot, SVector::zeros(), meta.sigma_m, sigma_mps);
                self.tracks.push(Track { number: self.next_number, state, existence, confirmed: false });
                self.next_number += 1;
            }
        }
    }

    fn report(&self, scan: usize, rows: &mut Vec<TrackRow>) {
        let reported = |track: &&Track<D>| track.confirmed && track.existence.probability >= REPORT_PROBABILITY;
        rows.extend(self.tracks.iter().filter(reported).map(|track| {
            let mut row =
                TrackRow { scan: scan as u32, track: track.number, position_m: [0.0; 3], velocity_mps: [0.0; 3] };
            row.position_m[..D].copy_from_slice(track.state.position.as_slice());
            row.velocity_mps[..D].copy_from_slice(track.state.velocity.as_slice());
            row
        }));
    }
}

/// Keeps the heaviest `most` of `candidates[first..]`; returns how many went.
fn keep_heaviest(candidates: &mut Vec<Candidate>, first: usize, most: usize) -> usize {
    let count = candidates.len() - first;
    if count <= most {
        return 0;
    }
    let heavier = |a: &Candidate, b: &Candidate| b.log_weight.total_cmp(&a.log_weight).then(a.plot.cmp(&b.plot));
    candidates[first..].select_nth_unstable_by(most, heavier);
    candidates.truncate(first + most);
    count - most
}
