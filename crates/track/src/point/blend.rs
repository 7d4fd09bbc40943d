//! The mean of joint hypotheses that disagree about which object is which.

use super::cohort::Track;
use super::family::Family;
use crate::associate::{Candidate, assign};
use nalgebra::SVector;

/// The means settle after a few rounds; the order of objects rarely changes after the first.
const ROUNDS: usize = 2;

/// Moves each track to the weighted mean of the joint hypotheses, in each of which the objects are first ordered so that
/// they lie nearest to the tracks.
pub(super) fn blend<const D: usize>(family: &Family<D>, tracks: &mut [Track<D>]) {
    if family.globals.len() < 2 {
        return;
    }
    for _ in 0..ROUNDS {
        let mut means = vec![(SVector::<f64, D>::zeros(), SVector::<f64, D>::zeros()); tracks.len()];
        for global in &family.globals {
            let weight = libm::exp(global.log_weight);
            let states = family.trees.iter().zip(&global.choice).map(|(tree, &leaf)| &tree.leaves[leaf as usize].state);
            let states: Vec<_> = states.collect();
            let positions: Vec<SVector<f64, D>> = states.iter().map(|state| state.position).collect();
            for (mean, from) in means.iter_mut().zip(nearest(tracks, &positions)) {
                mean.0 += states[from].position * weight;
                mean.1 += states[from].velocity * weight;
            }
        }
        for (track, (position, velocity)) in tracks.iter_mut().zip(means) {
            (track.state.position, track.state.velocity) = (position, velocity);
        }
    }
}

/// For each track the position that is its own when the sum of squared distances is least.
fn nearest<const D: usize>(tracks: &[Track<D>], positions: &[SVector<f64, D>]) -> Vec<usize> {
    let squared = |a: usize, b: usize| (tracks[a].state.position - positions[b]).norm_squared();
    let count = positions.len();
    let pairs = || (0..count).flat_map(|a| (0..count).map(move |b| (a, b)));
    let most = pairs().fold(f64::MIN_POSITIVE, |most: f64, (a, b)| most.max(squared(a, b)));
    // All pairs weigh more than a miss, so every track gets one.
    let candidates: Vec<Candidate> = pairs()
        .map(|(a, b)| Candidate { track: a as u32, plot: b as u32, log_weight: 600.0 - 500.0 * squared(a, b) / most })
        .collect();
    let found = assign(count, count, &candidates, &vec![0.0; count]).plot_of_track;
    found.iter().enumerate().map(|(track, plot)| plot.map_or(track, |plot| plot as usize)).collect()
}
