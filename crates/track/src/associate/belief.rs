//! Approximate association probabilities of one cluster by loopy belief propagation.
//!
//! Williams & Lau, "Approximate evaluation of marginal association probabilities with belief propagation", IEEE Trans.
//! Aerospace and Electronic Systems 50(4), 2014, 2942-2959: the messages on the bipartite graph of tracks and plots
//! reduce to one number per edge and direction. With `w` the weight of an edge relative to a miss:
//! track to plot `mu = w / (1 + sum over the other plots of w nu)`, plot to track
//! `nu = 1 / (1 + sum over the other tracks of mu)`. The paper proves that they converge.

use super::graph::Piece;

/// The messages have converged when none changes by more than this share of itself, and are used as they are after so many rounds.
/// A message of a ten-thousandth counts as much as one of one where its edge weighs ten thousand times a miss.
const TOLERANCE: f64 = 1e-6;
const ROUNDS: usize = 200;

/// Weights above e^690 are taken as that: sums of many of them stay finite.
const LOG_RATIO_LIMIT: f64 = 690.0;

/// Calls `sink(row, place in the row, probability)` and `sink_missed(row, probability)` for the whole piece.
pub(super) fn solve(piece: &Piece, sink: &mut impl FnMut(usize, usize, f64), sink_missed: &mut impl FnMut(usize, f64)) {
    let weight: Vec<f64> = piece.log_ratio.iter().map(|&ratio| libm::exp(ratio.min(LOG_RATIO_LIMIT))).collect();
    let by_plot = edges_by_plot(piece);
    let mut to_plot = vec![0.0; weight.len()];
    let mut to_track = vec![1.0; weight.len()];
    let mut products: Vec<f64> = Vec::new();
    let mut others: Vec<f64> = Vec::new();
    for _ in 0..ROUNDS {
        for row in 0..piece.tracks.len() {
            let edges = piece.edges(row);
            products.clear();
            products.extend(edges.clone().map(|edge| weight[edge] * to_track[edge]));
            sums_of_others(&products, &mut others);
            for (edge, other) in edges.zip(&others) {
                to_plot[edge] = weight[edge] / (1.0 + other);
            }
        }
        let mut change: f64 = 0.0;
        for edges in &by_plot {
            products.clear();
            products.extend(edges.iter().map(|&edge| to_plot[edge as usize]));
            sums_of_others(&products, &mut others);
            for (&edge, other) in edges.iter().zip(&others) {
                let message = 1.0 / (1.0 + other);
                change = change.max((message - to_track[edge as usize]).abs() / message);
                to_track[edge as usize] = message;
            }
        }
        if change < TOLERANCE {
            break;
        }
    }
    for row in 0..piece.tracks.len() {
        let edges = piece.edges(row);
        let total = 1.0 + edges.clone().map(|edge| weight[edge] * to_track[edge]).sum::<f64>();
        for (place, edge) in edges.enumerate() {
            sink(row, place, weight[edge] * to_track[edge] / total);
        }
        sink_missed(row, 1.0 / total);
    }
}

fn edges_by_plot(piece: &Piece) -> Vec<Vec<u32>> {
    let mut by_plot = vec![Vec::new(); piece.plots.len()];
    for (edge, &plot) in piece.plot.iter().enumerate() {
        by_plot[plot as usize].push(edge as u32);
    }
    by_plot
}

/// For each value the sum of all others, added up from both sides: subtracting it from the total would lose the small
/// ones next to a large one.
fn sums_of_others(values: &[f64], others: &mut Vec<f64>) {
    others.clear();
    let mut sum = 0.0;
    for value in values {
        others.push(sum);
        sum += value;
    }
    sum = 0.0;
    for (other, value) in others.iter_mut().zip(values).rev() {
        *other += sum;
        sum += value;
    }
}
