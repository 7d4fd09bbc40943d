//! Prediction, gate, and what the plots make of a track: everything that one track needs alone, piece by piece of the sorted tracks.

use super::cells::{Cells, Space};
use super::record::{Sensor, Track};
use super::{Settings, Shed};
use crate::life::Existence;
use core::f64::consts::TAU;
use core::ops::Range;

/// The candidates of a piece of the tracks, flat.
#[derive(Clone, Debug, Default)]
pub(super) struct Gated {
    /// Where the candidates of each track end; they begin where those of the track before end.
    ends: Vec<u32>,
    pub plots: Vec<u32>,
    /// As [`crate::associate::Candidate::log_weight`].
    pub log_weights: Vec<f64>,
    /// ln of the probability that the track gives no plot.
    pub log_missed: Vec<f64>,
    /// Of each candidate, once it is solved.
    pub probabilities: Vec<f64>,
    /// Of each track: that no plot is its own. NaN while it is not solved.
    pub missed_probabilities: Vec<f64>,
    /// Of each track: key of its cell afterwards, or `GONE`.
    pub keys: Vec<u64>,
    pub shed: Shed,
    near: Vec<(f64, u32)>,
}

/// The key of a track that was given up.
pub(super) const GONE: u64 = u64::MAX;

impl Gated {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn candidates(&self, track: usize) -> Range<usize> {
        let from = if track == 0 { 0 } else { self.ends[track - 1] };
        from as usize..self.ends[track] as usize
    }

    pub fn memory_bytes(&self) -> usize {
        4 * (self.ends.capacity() + self.plots.capacity())
            + 8 * (self.log_weights.capacity() + self.log_missed.capacity() + self.probabilities.capacity())
            + 8 * (self.missed_probabilities.capacity() + self.keys.capacity())
            + 16 * self.near.capacity()
    }

    /// Predicts the tracks and finds the plots in their gates. The gate of a track is a ball, because its covariance is.
    pub fn predict(
        &mut self,
        tracks: &mut [Track],
        dt_s: f64,
        settings: &Settings,
        sensor: &Sensor,
        plots: &Cells,
        space: &Space,
    ) {
        self.ends.clear();
        self.plots.clear();
        self.log_weights.clear();
        self.log_missed.clear();
        self.missed_probabilities.clear();
        self.shed = Shed::default();
        let survival = libm::exp(-dt_s / settings.mean_life_s);
        for track in tracks {
            track.predict(dt_s, settings.density_m2ps3, survival);
            let variance = track.position_variance_m2 + sensor.sigma_m * sensor.sigma_m;
            self.search(track, variance, settings, plots, space);
            let seen = track.existence_probability * sensor.detection_probability;
            let base = libm::log(seen / sensor.stray_density) - 1.5 * libm::log(TAU * variance);
            for &(squared, plot) in &self.near {
                self.plots.push(plot);
                self.log_weights.push(base - 0.5 * squared / variance);
            }
            self.ends.push(self.plots.len() as u32);
            self.log_missed.push(libm::log1p(-seen));
        }
        self.missed_probabilities.resize(self.ends.len(), f64::NAN);
        self.probabilities.clear();
        self.probabilities.resize(self.plots.len(), 0.0);
    }

    fn search(&mut self, track: &Track, variance: f64, settings: &Settings, plots: &Cells, space: &Space) {
        self.near.clear();
        let near = &mut self.near;
        let radius_m = libm::sqrt(settings.gate * variance);
        let unseen = plots.for_each_within(
            space,
            &track.position_m,
            radius_m,
            settings.visits_per_search_count,
            |plot, squared| near.push((squared, plot)),
        );
        self.shed.visits_count += unseen;
        self.shed.candidates_count += keep_nearest(near, settings.candidates_per_track_count);
        near.sort_unstable_by_key(|&(_, plot)| plot);
    }

    /// Solves the tracks that share no plot with another, and gives all tracks their plots.
    pub fn update(&mut self, tracks: &mut [Track], settings: &Settings, sensor: &Sensor, plots: &Cells, space: &Space) {
        self.keys.clear();
        let hard = settings.is_hard();
        for (index, track) in tracks.iter_mut().enumerate() {
            let candidates = self.candidates(index);
            if self.missed_probabilities[index].is_nan() {
                self.missed_probabilities[index] = self.alone(candidates.clone(), self.log_missed[index], hard);
            }
            let exists = self.exists(index, candidates.clone(), track, sensor.detection_probability, hard);
            let unseen = Existence::new(track.existence_probability).after_miss(sensor.detection_probability);
            let unseen = if hard {
                self.missed_probabilities[index]
            } else {
                self.missed_probabilities[index] * unseen / exists
            };
            track.existence_probability = exists;
            let gone = exists.is_nan() || exists < settings.drop_probability;
            if !gone && !candidates.is_empty() {
                let share = if hard { 1.0 } else { 1.0 / exists };
                let own = candidates.map(|at| (&plots.points[self.plots[at] as usize], self.probabilities[at] * share));
                track.update(own, unseen, sensor.sigma_m * sensor.sigma_m);
            }
            let inside = space.holds(&track.position_m);
            self.shed.left_count += usize::from(!gone && !inside);
            self.keys.push(if gone || !inside { GONE } else { space.key(&track.position_m) });
        }
    }

    /// Probabilities of a track that shares no plot with another; returns that of a miss.
    fn alone(&mut self, candidates: Range<usize>, log_missed: f64, hard: bool) -> f64 {
        let weights = &self.log_weights[candidates.clone()];
        let probabilities = &mut self.probabilities[candidates];
        let Some((best, &most)) = weights.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))
        else {
            return 1.0;
        };
        if hard {
            let seen = most > log_missed;
            probabilities[best] = if seen { 1.0 } else { 0.0 };
            return if seen { 0.0 } else { 1.0 };
        }
        let most = most.max(log_missed);
        let missed = libm::exp(log_missed - most);
        let mut total = missed;
        for (probability, weight) in probabilities.iter_mut().zip(weights) {
            *probability = libm::exp(weight - most);
            total += *probability;
        }
        probabilities.iter_mut().for_each(|probability| *probability /= total);
        missed / total
    }

    /// That there is an object, given its plots. A single assignment says nothing of how likely it is, so then the probability is that
    /// of the track alone with this plot.
    fn exists(&self, index: usize, mut candidates: Range<usize>, track: &Track, detection: f64, hard: bool) -> f64 {
        let mut existence = Existence::new(track.existence_probability);
        let own = if hard { candidates.find(|&at| self.probabilities[at] == 1.0) } else { None };
        let missed = match own {
            Some(at) => 1.0 / (1.0 + libm::exp(self.log_weights[at] - self.log_missed[index])),
            None => self.missed_probabilities[index],
        };
        existence.update(missed, detection);
        existence.probability
    }
}

/// Keeps the nearest `most`; returns how many went.
pub(super) fn keep_nearest(near: &mut Vec<(f64, u32)>, most: usize) -> usize {
    let count = near.len();
    if count <= most {
        return 0;
    }
    near.select_nth_unstable_by(most, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    near.truncate(most);
    count - most
}
