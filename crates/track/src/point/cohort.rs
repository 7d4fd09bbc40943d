//! Tracks that compete for the plots of a scan.

use super::Meta;
use super::kalman::{Innovation, Kalman};
use super::regroup::{Part, neighbours, regroup, whole};
use crate::associate::cluster::split_pairs;
use crate::associate::grid::Grid;
use crate::associate::{Associator, Candidate, Marginals, global_nearest, marginals};
use crate::life::Existence;
use nalgebra::SVector;

/// Association probabilities below this do not tie tracks together.
const NEGLIGIBLE: f64 = 1e-6;

#[derive(Clone)]
pub(super) struct Track<const D: usize> {
    pub number: u32,
    pub state: Kalman<D>,
    pub existence: Existence,
}

/// How plots come about in one scan.
pub(super) struct Sensor {
    pub sigma_m: f64,
    pub detection_probability: f64,
    pub gate_probability: f64,
    /// Largest squared Mahalanobis distance.
    pub gate: f64,
    /// Plots per m² or m³ that come from no track.
    pub density: f64,
    pub weigh_distance: bool,
    pub candidates_per_track_count: usize,
}

impl Sensor {
    /// Probability that an object gives a plot inside its gate.
    pub fn visible(&self) -> f64 {
        self.detection_probability * self.gate_probability
    }
}

pub(super) struct Cohort<const D: usize> {
    pub tracks: Vec<Track<D>>,
    pub fallback_count: usize,
    pub shed_count: usize,
    associator: Associator,
    innovations: Vec<Innovation<D>>,
    candidates: Vec<Candidate>,
    log_missed: Vec<f64>,
}

impl<const D: usize> Cohort<D> {
    pub fn new(associator: Associator) -> Self {
        Cohort {
            tracks: Vec::new(),
            fallback_count: 0,
            shed_count: 0,
            associator,
            innovations: Vec::new(),
            candidates: Vec::new(),
            log_missed: Vec::new(),
        }
    }

    /// All tracks to the time of the next scan.
    pub fn predict(&mut self, meta: &Meta, survival_probability: f64, sensor: &Sensor) {
        self.innovations.clear();
        let innovations = &mut self.innovations;
        let noise = meta.noise();
        self.tracks.retain_mut(|track| {
            track.existence.predict(survival_probability);
            track.state.predict(meta.dt_s, &noise);
            // A covariance that is no longer one cannot be used; with the symmetric update it does not happen.
            track.state.innovation(sensor.sigma_m).map(|innovation| innovations.push(innovation)).is_some()
        });
    }

    /// Updates all tracks with the plots, each plot weighed by the probability that it is still `free`, and lowers that
    /// by what these tracks take.
    pub fn observe(&mut self, plots: &[SVector<f64, D>], free: &mut [f64], sensor: &Sensor) {
        let found = self.associate(plots, free, sensor);
        let exchange = matches!(self.associator, Associator::SetJpda { .. });
        let shared = if exchange { self.exchange(&found, plots, sensor) } else { vec![false; self.tracks.len()] };
        for (index, (track, innovation)) in self.tracks.iter_mut().zip(&self.innovations).enumerate() {
            if shared[index] {
                continue;
            }
            let missed = found.missed_probability(index);
            let unseen = missed * track.existence.after_miss(sensor.visible());
            track.existence.update(missed, sensor.visible());
            let exists = track.existence.probability;
            if exists > 0.0 {
                let pairs = found.plots(index).iter();
                let pairs = pairs.map(|&(plot, probability)| (&plots[plot as usize], probability / exists));
                track.state.update(innovation, unseen / exists, pairs);
            }
        }
        take(&found, free);
    }

    /// Updates the tracks that share plots with others, labels exchanged; true for each of these.
    fn exchange(&mut self, found: &Marginals, plots: &[SVector<f64, D>], sensor: &Sensor) -> Vec<bool> {
        let pairs = || {
            let of = |track: usize| found.plots(track).iter().filter(|pair| pair.1 > NEGLIGIBLE);
            (0..found.len()).flat_map(move |track| of(track).map(move |pair| (track as u32, pair.0)))
        };
        let nearest = global_nearest(self.tracks.len(), plots.len(), &self.candidates, &self.log_missed);
        let mut shared = vec![false; self.tracks.len()];
        for cluster in split_pairs(self.tracks.len(), plots.len(), pairs).iter().filter(|each| each.tracks.len() > 1) {
            let mut parts = Vec::new();
            let mut plots_of: Vec<Vec<u32>> = Vec::new();
            let mut best = Vec::new();
            for (at, &index) in cluster.tracks.iter().enumerate() {
                let (track, innovation) = (&self.tracks[index as usize], &self.innovations[index as usize]);
                let missed = found.missed_probability(index as usize);
                let existence = track.existence.after_miss(sensor.visible());
                best.push(parts.len());
                parts.push(Part {
                    track: at as u32,
                    weight: missed,
                    state: track.state.clone(),
                    existence_probability: existence,
                });
                let pairs = found.plots(index as usize).iter().filter(|pair| pair.1 > NEGLIGIBLE);
                for &(plot, weight) in pairs.clone() {
                    if nearest[index as usize] == Some(plot) {
                        best[at] = parts.len();
                    }
                    let mut state = track.state.clone();
                    state.update(innovation, 0.0, core::iter::once((&plots[plot as usize], 1.0)));
                    parts.push(Part { track: at as u32, weight, state, existence_probability: 1.0 });
                }
                plots_of.push(pairs.map(|pair| pair.0).collect());
            }
            // From the best joint assignment: two tracks that have become the same would never part by themselves.
            let start = best.into_iter().map(|part| vec![(part, 1.0)]).collect();
            let groups = regroup(&parts, start, &neighbours(&plots_of));
            for (&index, group) in cluster.tracks.iter().zip(&groups) {
                let track = &mut self.tracks[index as usize];
                shared[index as usize] = true;
                (track.state, track.existence) = whole(&parts, group);
            }
        }
        shared
    }

    /// As [`Cohort::observe`], but a track does not become the mixture of its plots: it stays, unseen, and every plot
    /// makes a track of its own.
    pub fn split(&mut self, plots: &[SVector<f64, D>], free: &mut [f64], sensor: &Sensor) -> Vec<Track<D>> {
        let found = self.associate(plots, free, sensor);
        let mut pairs = Vec::new();
        for (index, (track, innovation)) in self.tracks.iter_mut().zip(&self.innovations).enumerate() {
            for &(plot, probability) in found.plots(index) {
                let mut pair = Track { existence: Existence::new(probability), ..track.clone() };
                pair.state.update(innovation, 0.0, core::iter::once((&plots[plot as usize], 1.0)));
                pairs.push(pair);
            }
            let unseen = track.existence.after_miss(sensor.visible());
            track.existence = Existence::new(found.missed_probability(index) * unseen);
        }
        take(&found, free);
        pairs
    }

    fn associate(&mut self, plots: &[SVector<f64, D>], free: &[f64], sensor: &Sensor) -> Marginals {
        self.weigh(plots, free, sensor);
        let found = marginals(self.tracks.len(), plots.len(), &self.candidates, &self.log_missed, self.associator);
        self.fallback_count += found.fallbacks.len();
        found
    }

    /// Adds the plots per m² or m³ that these tracks are expected to give at each plot.
    pub fn add_density(&mut self, plots: &[SVector<f64, D>], density: &mut [f64], sensor: &Sensor) {
        let shed_count = self.shed_count;
        self.weigh(plots, &vec![1.0; plots.len()], sensor);
        // What is left out here is left out, and counted, when the tracks are updated.
        self.shed_count = shed_count;
        for candidate in &self.candidates {
            density[candidate.plot as usize] += sensor.density * libm::exp(candidate.log_weight);
        }
    }

    /// Fills `candidates` and `log_missed`.
    fn weigh(&mut self, plots: &[SVector<f64, D>], free: &[f64], sensor: &Sensor) {
        self.candidates.clear();
        self.log_missed.clear();
        let gate_distance = libm::sqrt(sensor.gate);
        let reach_m = self.innovations.iter().map(|innovation| innovation.reach_m).sum::<f64>();
        let cell_m = (gate_distance * reach_m / self.innovations.len().max(1) as f64).max(sensor.sigma_m);
        let points: Vec<[f64; D]> = plots.iter().map(|plot| (*plot).into()).collect();
        // Plots are finite (the reader saw to that) and so is the cell.
        let Ok(grid) = Grid::build(&points, cell_m) else { return self.log_missed.resize(self.tracks.len(), 0.0) };
        for (index, (track, innovation)) in self.tracks.iter().zip(&self.innovations).enumerate() {
            let base = track.existence.probability * sensor.detection_probability / sensor.density;
            let base = libm::log(base) + innovation.log_peak;
            let first = self.candidates.len();
            grid.for_each_within(innovation.mean.into(), gate_distance * innovation.reach_m, |plot| {
                let squared = innovation.distance_squared(&plots[plot as usize]);
                if squared <= sensor.gate {
                    let log_weight = if sensor.weigh_distance {
                        gate_distance - libm::sqrt(squared)
                    } else {
                        base - 0.5 * squared + log_free(free[plot as usize])
                    };
                    self.candidates.push(Candidate { track: index as u32, plot, log_weight });
                }
            });
            let miss = libm::log(track.existence.miss_weight(sensor.visible()));
            self.log_missed.push(if sensor.weigh_distance { 0.0 } else { miss });
            self.shed_count += keep_heaviest(&mut self.candidates, first, sensor.candidates_per_track_count);
        }
    }

    /// Drops tracks that are about the same object as a likelier one of the cohort.
    pub fn merge(&mut self, radius_m: f64) {
        let order = |a: &Track<D>, b: &Track<D>| b.existence.probability.total_cmp(&a.existence.probability);
        self.tracks.sort_by(order);
        let positions: Vec<[f64; D]> = self.tracks.iter().map(|track| track.state.position.into()).collect();
        let Ok(grid) = Grid::build(&positions, radius_m) else { return };
        let mut gone = vec![false; self.tracks.len()];
        for index in 0..self.tracks.len() {
            if gone[index] {
                continue;
            }
            let mut added = 0.0;
            grid.for_each_within(positions[index], radius_m, |other| {
                let other = other as usize;
                if other > index && !gone[other] && self.tracks[other].state.moves_like(&self.tracks[index].state) {
                    gone[other] = true;
                    added += self.tracks[other].existence.probability;
                }
            });
            self.tracks[index].existence = Existence::new(self.tracks[index].existence.probability + added);
        }
        let mut gone = gone.into_iter();
        self.tracks.retain(|_| !gone.next().unwrap_or(false));
    }

    /// Drops tracks of this cohort that are about the same object as one of `others`.
    pub fn merge_into(&mut self, others: &mut [Track<D>], radius_m: f64) {
        let positions: Vec<[f64; D]> = others.iter().map(|track| track.state.position.into()).collect();
        let Ok(grid) = Grid::build(&positions, radius_m) else { return };
        self.tracks.retain(|track| {
            let mut same = None;
            grid.for_each_within(track.state.position.into(), radius_m, |other| {
                if track.state.moves_like(&others[other as usize].state) {
                    same = same.or(Some(other as usize));
                }
            });
            if let Some(same) = same {
                let existence = &mut others[same].existence;
                *existence = Existence::new(existence.probability + track.existence.probability);
            }
            same.is_none()
        });
    }
}

/// ln of the probability that a plot is free; what is certainly taken keeps a finite weight.
fn log_free(free: f64) -> f64 {
    if free == 1.0 { 0.0 } else { libm::log(free.max(f64::MIN_POSITIVE)) }
}

fn take(found: &Marginals, free: &mut [f64]) {
    let mut taken = vec![0.0; free.len()];
    for track in 0..found.len() {
        for &(plot, probability) in found.plots(track) {
            taken[plot as usize] += probability;
        }
    }
    // The sum over tracks is the probability that any of them has the plot; rounding may push it past one.
    for (free, taken) in free.iter_mut().zip(taken) {
        *free *= (1.0f64 - taken).max(0.0);
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
