//! Candidates checked and sorted into rows, and cut into the pieces the solvers work on.

use super::Candidate;
use super::cluster::split_pairs;
use core::ops::Range;

/// Weights further than this from a miss are taken as this far: e^700 is still a finite `f64`.
const LOG_RATIO_LIMIT: f64 = 700.0;

/// All candidates, row by row: those of track `i` are `start[i]..start[i + 1]`, plots ascending, each pair once.
#[derive(Default)]
pub(super) struct Cleaned {
    pub start: Vec<u32>,
    pub plot: Vec<u32>,
    /// log_weight - log_missed of its track: how much better than a miss.
    pub log_ratio: Vec<f64>,
    pub shed_count: usize,
    plots: usize,
}

/// One cluster of at least one track, with its own numbering of tracks and plots.
#[derive(Default)]
pub(super) struct Piece {
    pub tracks: Vec<u32>,
    pub plots: Vec<u32>,
    /// Edges of local track `i`: `bounds[i]..bounds[i + 1]`. Not filled for a single track.
    pub bounds: Vec<u32>,
    /// Local plot of each edge.
    pub plot: Vec<u32>,
    pub log_ratio: Vec<f64>,
}

impl Piece {
    pub fn edges(&self, row: usize) -> Range<usize> {
        self.bounds[row] as usize..self.bounds[row + 1] as usize
    }
}

impl Cleaned {
    pub fn new(tracks: usize, plots: usize, candidates: &[Candidate], log_missed: &[f64]) -> Self {
        assert_eq!(log_missed.len(), tracks, "log_missed has one entry per track");
        assert!(candidates.len() < u32::MAX as usize, "fewer than 2^32 candidates");
        let usable =
            |c: &&Candidate| (c.track as usize) < tracks && (c.plot as usize) < plots && c.log_weight.is_finite();
        let mut start = vec![0u32; tracks + 1];
        let mut count = 0;
        for candidate in candidates.iter().filter(usable) {
            start[candidate.track as usize + 1] += 1;
            count += 1;
        }
        for track in 0..tracks {
            start[track + 1] += start[track];
        }
        let mut next = start.clone();
        let mut sorted = vec![(0u32, 0f64); count];
        for candidate in candidates.iter().filter(usable) {
            let track = candidate.track as usize;
            let missed = if log_missed[track] <= 0.0 { log_missed[track].max(-LOG_RATIO_LIMIT) } else { 0.0 };
            let ratio = (candidate.log_weight - missed).clamp(-LOG_RATIO_LIMIT, LOG_RATIO_LIMIT);
            sorted[next[track] as usize] = (candidate.plot, ratio);
            next[track] += 1;
        }
        let bad_missed = log_missed.iter().filter(|value| value.is_nan() || **value > 0.0).count();
        let mut cleaned = Cleaned {
            start,
            plot: Vec::with_capacity(count),
            log_ratio: Vec::with_capacity(count),
            shed_count: candidates.len() - count + bad_missed,
            plots,
        };
        cleaned.sort_rows(&mut sorted);
        cleaned
    }

    fn sort_rows(&mut self, sorted: &mut [(u32, f64)]) {
        let mut from = 0;
        for track in 0..self.start.len() - 1 {
            let to = self.start[track + 1] as usize;
            let row = &mut sorted[from..to];
            row.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
            let first = self.plot.len();
            self.start[track] = first as u32;
            for &(plot, ratio) in row.iter() {
                // The heavier of two equal pairs comes first and stays.
                if self.plot.len() > first && self.plot.last() == Some(&plot) {
                    self.shed_count += 1;
                } else {
                    self.plot.push(plot);
                    self.log_ratio.push(ratio);
                }
            }
            from = to;
        }
        if let Some(last) = self.start.last_mut() {
            *last = self.plot.len() as u32;
        }
    }

    pub fn edges(&self, track: usize) -> Range<usize> {
        self.start[track] as usize..self.start[track + 1] as usize
    }

    /// Calls `solve` with every cluster in order; one buffer serves them all.
    pub fn for_each_piece(&self, mut solve: impl FnMut(&Piece)) {
        let tracks = self.start.len() - 1;
        let clusters = split_pairs(tracks, self.plots, || {
            (0..tracks).flat_map(|track| self.edges(track).map(move |edge| (track as u32, self.plot[edge])))
        });
        let mut local = vec![0u32; self.plots];
        let mut piece = Piece::default();
        for cluster in clusters.iter() {
            piece.tracks.clear();
            piece.tracks.extend_from_slice(cluster.tracks);
            piece.plots.clear();
            piece.plots.extend_from_slice(cluster.plots);
            if cluster.tracks.len() > 1 {
                for (number, &plot) in cluster.plots.iter().enumerate() {
                    local[plot as usize] = number as u32;
                }
                self.fill(&mut piece, &local);
            }
            solve(&piece);
        }
    }

    fn fill(&self, piece: &mut Piece, local: &[u32]) {
        piece.bounds.clear();
        piece.plot.clear();
        piece.log_ratio.clear();
        piece.bounds.push(0);
        for &track in &piece.tracks {
            let edges = self.edges(track as usize);
            piece.plot.extend(self.plot[edges.clone()].iter().map(|&plot| local[plot as usize]));
            piece.log_ratio.extend_from_slice(&self.log_ratio[edges]);
            piece.bounds.push(piece.plot.len() as u32);
        }
    }
}
