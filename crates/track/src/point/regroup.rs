//! Tracks that do not coalesce: which of several objects is which does not matter for where they are.
//!
//! A filter that keeps each object under its label draws two objects whose labels are in doubt to their common middle.
//! Svensson, Svensson, Guerriero & Willett, "Set JPDA filter for multitarget tracking" (IEEE Trans. Signal Processing
//! 59(10), 2011, 4677-4691) exchange the labels inside each joint hypothesis so that what becomes one track lies close
//! together. Williams, "An efficient, variational approximation of the best fitting multi-Bernoulli filter" (same
//! journal 63(1), 2015, 258-273) does the same with the probabilities of single-object hypotheses alone, which is a
//! transport problem; that is what is done here.

use super::kalman::{Kalman, Shape};
use crate::associate::transport::{Roads, transport};
use crate::life::Existence;
use std::collections::BTreeMap;

/// Exchanges settle after a few rounds.
const ROUNDS: usize = 4;
/// A track shares in a hypothesis only above this.
const SHARE: f64 = 1e-9;
/// Probabilities of existence are kept this far from none and one in logarithms.
const EXISTENCE_MARGIN: f64 = 1e-3;

/// One single-object hypothesis.
pub(super) struct Part<const D: usize> {
    /// The track it stems from.
    pub track: u32,
    /// Its probability; those of a track sum to one.
    pub weight: f64,
    pub state: Kalman<D>,
    /// Probability that there is an object under it.
    pub existence_probability: f64,
}

/// The hypotheses (index of the part, weight) of each track; the weights of a track sum to one.
pub(super) type Groups = Vec<Vec<(usize, f64)>>;

/// Each track with its own hypotheses.
pub(super) fn own<const D: usize>(parts: &[Part<D>], tracks: usize) -> Groups {
    let mut groups = vec![Vec::new(); tracks];
    for (at, part) in parts.iter().enumerate() {
        groups[part.track as usize].push((at, part.weight));
    }
    groups
}

/// The hypotheses of each track after labels were exchanged, beginning with the tracks as in `start`: transport and fit
/// in turns. `neighbours[track]`: with which tracks it may exchange, itself among them.
pub(super) fn regroup<const D: usize>(parts: &[Part<D>], start: Groups, neighbours: &[Vec<u32>]) -> Groups {
    let mut roads = Roads { bounds: vec![0], ..Roads::default() };
    for part in parts {
        roads.sink.extend_from_slice(&neighbours[part.track as usize]);
        roads.bounds.push(roads.sink.len() as u32);
    }
    let tracks = neighbours.len();
    let mut groups = start;
    for _ in 0..ROUNDS {
        if weigh(parts, &mut roads, &groups).is_none() {
            return own(parts, tracks);
        }
        let mut supply: Vec<f64> = parts.iter().map(|part| part.weight).collect();
        let flow = transport(&roads, &mut supply, &mut vec![1.0; tracks]);
        let mut next: Groups = vec![Vec::new(); tracks];
        for at in 0..parts.len() {
            for edge in roads.bounds[at] as usize..roads.bounds[at + 1] as usize {
                if flow[edge] > SHARE {
                    next[roads.sink[edge] as usize].push((at, flow[edge]));
                }
            }
        }
        if next.iter().any(Vec::is_empty) {
            return own(parts, tracks);
        }
        for group in &mut next {
            let sum: f64 = group.iter().map(|share| share.1).sum();
            group.iter_mut().for_each(|share| share.1 /= sum);
        }
        let settled = next.iter().zip(&groups).all(|(next, group)| same(next, group));
        groups = next;
        if settled {
            break;
        }
    }
    groups
}

/// Fills in the costs: what each part costs in each of the tracks that it may go to.
fn weigh<const D: usize>(parts: &[Part<D>], roads: &mut Roads, groups: &Groups) -> Option<()> {
    let fits: Option<Vec<Fit<D>>> = groups.iter().map(|group| Fit::new(parts, group)).collect();
    let fits = fits?;
    roads.log_cost.clear();
    for (at, part) in parts.iter().enumerate() {
        let sinks = &roads.sink[roads.bounds[at] as usize..roads.bounds[at + 1] as usize];
        roads.log_cost.extend(sinks.iter().map(|&sink| fits[sink as usize].cost(part)));
    }
    Some(())
}

/// For each track the tracks that share a plot with it, and itself; `plots_of` are the plots of each.
pub(super) fn neighbours(plots_of: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let mut tracks_of: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (track, plots) in plots_of.iter().enumerate() {
        for &plot in plots {
            tracks_of.entry(plot).or_default().push(track as u32);
        }
    }
    let all = plots_of.iter().enumerate().map(|(track, plots)| {
        let mut near = vec![track as u32];
        near.extend(plots.iter().flat_map(|plot| &tracks_of[plot]));
        near.sort_unstable();
        near.dedup();
        near
    });
    all.collect()
}

/// The normal distribution and the existence of a group.
pub(super) fn whole<const D: usize>(parts: &[Part<D>], group: &[(usize, f64)]) -> (Kalman<D>, Existence) {
    let there: f64 = group.iter().map(|&(at, weight)| weight * parts[at].existence_probability).sum();
    let share = |&(at, weight): &(usize, f64)| {
        let share = if there > 0.0 { weight * parts[at].existence_probability / there } else { weight };
        (share, &parts[at].state)
    };
    let states: Vec<(f64, &Kalman<D>)> = group.iter().map(share).collect();
    (Kalman::mixture(&states), Existence::new(there))
}

fn same(a: &[(usize, f64)], b: &[(usize, f64)]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && (a.1 - b.1).abs() < 1e-6)
}

/// The normal distribution of a group and its probability of existence.
pub(super) struct Fit<const D: usize> {
    shape: Shape<D>,
    log_there: f64,
    log_not_there: f64,
}

impl<const D: usize> Fit<D> {
    pub fn new(parts: &[Part<D>], group: &[(usize, f64)]) -> Option<Self> {
        let (state, existence) = whole(parts, group);
        let shape = state.shape()?;
        let there = existence.probability.clamp(EXISTENCE_MARGIN, 1.0 - EXISTENCE_MARGIN);
        Some(Fit { shape, log_there: libm::log(there), log_not_there: libm::log(1.0 - there) })
    }

    /// The cross entropy of a hypothesis and the group.
    pub fn cost(&self, part: &Part<D>) -> f64 {
        part.existence_probability * (self.shape.cross_entropy(&part.state) - self.log_there)
            - (1.0 - part.existence_probability) * self.log_not_there
    }
}
