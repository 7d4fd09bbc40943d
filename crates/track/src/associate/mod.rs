//! Which plot came from which track.
//!
//! [`grid`] finds the plots near a track, the caller weighs them as [`Candidate`]s, [`cluster`] splits the problem into
//! independent pieces, and [`global_nearest`] or [`marginals`] solve it. All answers are the same bits for the same
//! input, and do not depend on the order of the candidates beyond rounding.

pub(crate) mod assignment;
mod belief;
pub mod cluster;
mod exact;
mod graph;
pub mod grid;
pub(crate) mod ranked;
pub(crate) mod transport;

use graph::Cleaned;

/// One track and one plot that may belong together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Index of the track, from zero.
    pub track: u32,
    /// Index of the plot, from zero.
    pub plot: u32,
    /// ln(detection probability x likelihood of the plot given the track / clutter density at the plot), dimensionless.
    pub log_weight: f64,
}

/// How plots are given to tracks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Associator {
    /// The single best joint assignment (global nearest neighbour).
    GlobalNearest,
    /// Joint probabilistic data association: exact marginal probabilities of all joint assignments.
    Jpda {
        /// Largest cost of one cluster, in multiplications; a cluster above it is solved by belief propagation and
        /// reported in [`Marginals::fallbacks`]. See [`Associator::jpda`].
        cluster_cap: u64,
    },
    /// As [`Associator::Jpda`], for a tracker that asks where objects are and not which is which: the hypotheses of
    /// tracks that share plots are exchanged among them so that each track lies as close together as can be, and tracks
    /// of near objects do not run into one (set JPDA, Svensson et al. 2011, in the form of Williams 2015). The
    /// association of one scan alone, as by [`marginals`], is that of [`Associator::Jpda`].
    SetJpda {
        /// As for [`Associator::Jpda`].
        cluster_cap: u64,
    },
    /// The marginal probabilities approximated by loopy belief propagation (Williams & Lau 2014).
    BeliefPropagation,
    /// Poisson multi-Bernoulli mixture: joint hypotheses over several scans, each object the mean of all of them
    /// (Williams 2015; Garcia-Fernandez et al. 2018). Where objects could not be told apart, the number of a track
    /// follows the place: which object is which is then not known. The association of one scan alone, as by [`marginals`], is that
    /// of [`Associator::BeliefPropagation`].
    Mixture {
        /// Joint hypotheses per cluster, at most; what more there are is cut and counted.
        hypotheses_count: usize,
    },
    /// Track-oriented multiple hypothesis tracking: the best joint hypothesis over several scans, with N-scan pruning
    /// (Kurien 1990; Blackman 2004). The association of one scan alone is that of [`Associator::GlobalNearest`].
    MultipleHypothesis {
        /// As for [`Associator::Mixture`].
        hypotheses_count: usize,
    },
}

impl Associator {
    /// [`Associator::Jpda`] with a cap of 2^22 multiplications (some milliseconds) per cluster.
    pub const fn jpda() -> Self {
        Associator::Jpda { cluster_cap: 1 << 22 }
    }

    /// [`Associator::SetJpda`] with the cap of [`Associator::jpda`].
    pub const fn set_jpda() -> Self {
        Associator::SetJpda { cluster_cap: 1 << 22 }
    }

    /// [`Associator::Mixture`] with at most 100 joint hypotheses per cluster.
    pub const fn mixture() -> Self {
        Associator::Mixture { hypotheses_count: 100 }
    }

    /// [`Associator::MultipleHypothesis`] with at most 100 joint hypotheses per cluster.
    pub const fn multiple_hypothesis() -> Self {
        Associator::MultipleHypothesis { hypotheses_count: 100 }
    }
}

/// One joint assignment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assignment {
    /// For each track its plot, or `None` when it was missed. No plot appears twice.
    pub plot_of_track: Vec<Option<u32>>,
    /// ln of the weight of this assignment over the weight of "every track missed", dimensionless.
    pub log_ratio: f64,
    /// Candidates that were left out: NaN or infinite weight, index out of range, or a pair given twice (the heavier
    /// one stays). A `log_missed` that is NaN or above zero counts too and is taken as zero.
    pub shed_count: usize,
}

/// A cluster that exact JPDA found too costly and belief propagation solved instead.
#[derive(Clone, Debug, PartialEq)]
pub struct Fallback {
    /// Lowest track of the cluster.
    pub first_track: u32,
    /// Number of tracks in it.
    pub track_count: usize,
    /// Number of plots in it.
    pub plot_count: usize,
}

/// Association probabilities of every track.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marginals {
    missed: Vec<f64>,
    start: Vec<u32>,
    pairs: Vec<(u32, f64)>,
    /// Clusters that were not solved by the method asked for.
    pub fallbacks: Vec<Fallback>,
    /// As [`Assignment::shed_count`].
    pub shed_count: usize,
}

impl Marginals {
    /// Number of tracks.
    pub fn len(&self) -> usize {
        self.missed.len()
    }

    /// True without tracks.
    pub fn is_empty(&self) -> bool {
        self.missed.is_empty()
    }

    /// Probability that none of the plots is from `track` (below [`Marginals::len`]).
    pub fn missed_probability(&self, track: usize) -> f64 {
        self.missed[track]
    }

    /// The plots that may be from `track`, ascending, each with its probability. Together with
    /// [`Marginals::missed_probability`] they sum to one.
    pub fn plots(&self, track: usize) -> &[(u32, f64)] {
        &self.pairs[self.start[track] as usize..self.start[track + 1] as usize]
    }
}

/// The best joint assignment: each track at most one plot, each plot at most one track, the sum of `log_weight` over
/// assigned tracks and of `log_missed` over the others as large as possible. `log_missed[i]` is
/// ln(1 - detection probability x gate probability) of track `i`. Which candidates are left out: see
/// [`Assignment::shed_count`]; [`assign`] also counts them. Panics when `log_missed` has not one entry per track.
///
/// ```
/// use downrange_track::associate::{Candidate, global_nearest};
/// let weigh = |track, plot, log_weight| Candidate { track, plot, log_weight };
/// // Both want plot 0; together they are best off when track 0 takes plot 1.
/// let candidates = [weigh(0, 0, 5.0), weigh(0, 1, 4.0), weigh(1, 0, 5.0)];
/// assert_eq!(global_nearest(2, 2, &candidates, &[-2.0, -2.0]), [Some(1), Some(0)]);
/// ```
pub fn global_nearest(tracks: usize, plots: usize, candidates: &[Candidate], log_missed: &[f64]) -> Vec<Option<u32>> {
    assign(tracks, plots, candidates, log_missed).plot_of_track
}

/// [`global_nearest`] with its weight and the number of candidates that were left out.
pub fn assign(tracks: usize, plots: usize, candidates: &[Candidate], log_missed: &[f64]) -> Assignment {
    let cleaned = Cleaned::new(tracks, plots, candidates, log_missed);
    let mut plot_of_track = vec![None; tracks];
    let mut log_ratio = 0.0;
    let mut solver = assignment::Solver::default();
    cleaned.for_each_piece(|piece| {
        if piece.tracks.len() == 1 {
            let edges = cleaned.edges(piece.tracks[0] as usize);
            let best = edges.clone().max_by(|&a, &b| cleaned.log_ratio[a].total_cmp(&cleaned.log_ratio[b]));
            if let Some(edge) = best.filter(|&edge| cleaned.log_ratio[edge] > 0.0) {
                plot_of_track[piece.tracks[0] as usize] = Some(cleaned.plot[edge]);
                log_ratio += cleaned.log_ratio[edge];
            }
            return;
        }
        solver.solve(&piece.bounds, &piece.plot, &piece.log_ratio, piece.plots.len());
        for (row, &track) in piece.tracks.iter().enumerate() {
            if let Some(edge) = solver.edge_of_track(row) {
                plot_of_track[track as usize] = Some(piece.plots[piece.plot[edge] as usize]);
                log_ratio += piece.log_ratio[edge];
            }
        }
    });
    Assignment { plot_of_track, log_ratio, shed_count: cleaned.shed_count }
}

/// The `count` best joint assignments, best first (fewer when there are not so many): Murty's method, see
/// [`global_nearest`] for the arguments. All tracks are ranked together; its work grows with `count` times the number
/// of tracks, so give it one cluster at a time.
///
/// ```
/// use downrange_track::associate::{Candidate, k_best};
/// let pair = |track, log_weight| Candidate { track, plot: 0, log_weight };
/// let found = k_best(2, 1, &[pair(0, 3.0), pair(1, 2.0)], &[0.0, 0.0], 5);
/// let plots: Vec<_> = found.iter().map(|answer| answer.plot_of_track.clone()).collect();
/// assert_eq!(plots, [[Some(0), None], [None, Some(0)], [None, None]]);
/// ```
pub fn k_best(
    tracks: usize,
    plots: usize,
    candidates: &[Candidate],
    log_missed: &[f64],
    count: usize,
) -> Vec<Assignment> {
    let cleaned = Cleaned::new(tracks, plots, candidates, log_missed);
    let mut ranking = ranked::Ranking::default();
    let problem = ranked::Problem {
        bounds: cleaned.start.clone(),
        plot: cleaned.plot.clone(),
        log_ratio: cleaned.log_ratio.clone(),
        plots,
    };
    ranking.push(0.0, problem);
    let assignment = |answer: ranked::Ranked| Assignment {
        plot_of_track: answer.edges.iter().map(|edge| edge.map(|edge| cleaned.plot[edge])).collect(),
        log_ratio: answer.log_weight,
        shed_count: cleaned.shed_count,
    };
    ranking.take(count).map(assignment).collect()
}

/// Association probabilities of every track by the method asked for ([`Associator::GlobalNearest`] gives zeros and
/// ones). Arguments as in [`global_nearest`].
///
/// ```
/// use downrange_track::associate::{Associator, Candidate, marginals};
/// // One track with one plot that is three times as likely as a miss.
/// let candidates = [Candidate { track: 0, plot: 0, log_weight: 3f64.ln() }];
/// let found = marginals(1, 1, &candidates, &[0.0], Associator::jpda());
/// assert!((found.missed_probability(0) - 0.25).abs() < 1e-12);
/// assert!((found.plots(0)[0].1 - 0.75).abs() < 1e-12);
/// ```
pub fn marginals(
    tracks: usize,
    plots: usize,
    candidates: &[Candidate],
    log_missed: &[f64],
    associator: Associator,
) -> Marginals {
    if matches!(associator, Associator::GlobalNearest | Associator::MultipleHypothesis { .. }) {
        return certain(plots, candidates, log_missed, assign(tracks, plots, candidates, log_missed));
    }
    let cleaned = Cleaned::new(tracks, plots, candidates, log_missed);
    let mut missed = vec![1.0; tracks];
    let mut pairs: Vec<(u32, f64)> = cleaned.plot.iter().map(|&plot| (plot, 0.0)).collect();
    let mut fallbacks = Vec::new();
    let mut exact = exact::Solver::default();
    cleaned.for_each_piece(|piece| {
        if piece.tracks.len() == 1 {
            let track = piece.tracks[0] as usize;
            let edges = cleaned.edges(track);
            missed[track] = alone(&cleaned.log_ratio[edges.clone()], &mut pairs[edges]);
            return;
        }
        let mut sink = |row: usize, local: usize, probability: f64| {
            let edge = cleaned.edges(piece.tracks[row] as usize).start + local;
            pairs[edge].1 = probability;
        };
        let mut sink_missed = |row: usize, probability: f64| missed[piece.tracks[row] as usize] = probability;
        if let Associator::Jpda { cluster_cap } | Associator::SetJpda { cluster_cap } = associator {
            if exact.solve(piece, cluster_cap, &mut sink, &mut sink_missed) {
                return;
            }
            fallbacks.push(Fallback {
                first_track: piece.tracks[0],
                track_count: piece.tracks.len(),
                plot_count: piece.plots.len(),
            });
        }
        belief::solve(piece, &mut sink, &mut sink_missed);
    });
    Marginals { missed, start: cleaned.start, pairs, fallbacks, shed_count: cleaned.shed_count }
}

/// Probabilities of a track that shares no plot with another; returns that of a miss.
fn alone(log_ratio: &[f64], pairs: &mut [(u32, f64)]) -> f64 {
    let most = log_ratio.iter().fold(0.0, |most: f64, &ratio| most.max(ratio));
    let missed = libm::exp(-most);
    let mut total = missed;
    for (pair, &ratio) in pairs.iter_mut().zip(log_ratio) {
        pair.1 = libm::exp(ratio - most);
        total += pair.1;
    }
    for pair in pairs {
        pair.1 /= total;
    }
    missed / total
}

fn certain(plots: usize, candidates: &[Candidate], log_missed: &[f64], assignment: Assignment) -> Marginals {
    let cleaned = Cleaned::new(log_missed.len(), plots, candidates, log_missed);
    let mut pairs: Vec<(u32, f64)> = cleaned.plot.iter().map(|&plot| (plot, 0.0)).collect();
    let mut missed = vec![1.0; log_missed.len()];
    for (track, plot) in assignment.plot_of_track.iter().enumerate() {
        for pair in &mut pairs[cleaned.edges(track)] {
            if Some(pair.0) == *plot {
                pair.1 = 1.0;
                missed[track] = 0.0;
            }
        }
    }
    Marginals { missed, start: cleaned.start, pairs, fallbacks: Vec::new(), shed_count: assignment.shed_count }
}
