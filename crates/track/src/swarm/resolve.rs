//! Tracks that want the same plots.

use super::Shed;
use super::gate::Gated;
use crate::associate::{Associator, Candidate, assign, marginals};

const NONE: u32 = u32::MAX;

/// Buffers to pick out the tracks that share plots.
#[derive(Clone, Debug, Default)]
pub(super) struct Resolver {
    /// For each plot how many tracks want it, two standing for more; then its number among the contested ones.
    wanted: Vec<u8>,
    local: Vec<u32>,
    /// The plots of tracks that share one, by their local number.
    plots: Vec<u32>,
    /// Piece and number of the tracks that share a plot.
    tracks: Vec<(u32, u32)>,
    candidates: Vec<Candidate>,
    log_missed: Vec<f64>,
}

impl Resolver {
    /// Solves every track that shares a plot with another, cluster by cluster; the others (by far the most, if the density is what it
    /// should be) are left to be solved alone.
    pub fn solve(&mut self, pieces: &mut [Gated], plots: usize, associator: Associator, hard: bool, shed: &mut Shed) {
        self.pick(pieces, plots);
        if self.tracks.is_empty() {
            return;
        }
        let (tracks, plots) = (self.tracks.len(), self.plots.len());
        if hard {
            let found = assign(tracks, plots, &self.candidates, &self.log_missed);
            shed.candidates_count += found.shed_count;
            for (&(piece, track), plot) in self.tracks.iter().zip(&found.plot_of_track) {
                let gated = &mut pieces[piece as usize];
                gated.missed_probabilities[track as usize] = if plot.is_some() { 0.0 } else { 1.0 };
                let own = plot.map(|plot| self.plots[plot as usize]);
                for at in gated.candidates(track as usize) {
                    gated.probabilities[at] = if Some(gated.plots[at]) == own { 1.0 } else { 0.0 };
                }
            }
            return;
        }
        let found = marginals(tracks, plots, &self.candidates, &self.log_missed, associator);
        shed.candidates_count += found.shed_count;
        shed.fallbacks_count += found.fallbacks.len();
        for (row, &(piece, track)) in self.tracks.iter().enumerate() {
            let gated = &mut pieces[piece as usize];
            gated.missed_probabilities[track as usize] = found.missed_probability(row);
            let range = gated.candidates(track as usize);
            for &(plot, probability) in found.plots(row) {
                let own = self.plots[plot as usize];
                // Candidates of a track stand in the order of the plots.
                if let Ok(at) = gated.plots[range.clone()].binary_search(&own) {
                    gated.probabilities[range.start + at] = probability;
                }
            }
        }
    }

    fn pick(&mut self, pieces: &[Gated], plots: usize) {
        self.wanted.clear();
        self.wanted.resize(plots, 0);
        for plot in pieces.iter().flat_map(|gated| &gated.plots) {
            let wanted = &mut self.wanted[*plot as usize];
            *wanted = (*wanted + 1).min(2);
        }
        self.local.clear();
        self.local.resize(plots, NONE);
        self.plots.clear();
        self.tracks.clear();
        self.candidates.clear();
        self.log_missed.clear();
        for (piece, gated) in pieces.iter().enumerate() {
            for track in 0..gated.len() {
                let range = gated.candidates(track);
                if gated.plots[range.clone()].iter().any(|&plot| self.wanted[plot as usize] > 1) {
                    self.add(piece, track, gated, range);
                }
            }
        }
    }

    fn add(&mut self, piece: usize, track: usize, gated: &Gated, range: core::ops::Range<usize>) {
        let row = self.tracks.len() as u32;
        self.tracks.push((piece as u32, track as u32));
        self.log_missed.push(gated.log_missed[track]);
        for at in range {
            let plot = gated.plots[at];
            let local = &mut self.local[plot as usize];
            if *local == NONE {
                *local = self.plots.len() as u32;
                self.plots.push(plot);
            }
            self.candidates.push(Candidate { track: row, plot: *local, log_weight: gated.log_weights[at] });
        }
    }

    pub fn memory_bytes(&self) -> usize {
        self.wanted.capacity()
            + 4 * (self.local.capacity() + self.plots.capacity())
            + 8 * (self.tracks.capacity() + self.log_missed.capacity())
            + size_of::<Candidate>() * self.candidates.capacity()
    }
}
