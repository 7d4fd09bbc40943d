//! The best joint assignments in the order of their weight.
//!
//! Murty, "An algorithm for ranking all the assignments in order of increasing cost" (Operations Research 16(3), 1968,
//! 682-687): what is left after an answer is cut into parts, each of which fixes the answer's choice for the first rows
//! and forbids it for the next. As Miller, Stone & Cox, "Optimizing Murty's ranked assignment method" (IEEE Trans.
//! Aerospace and Electronic Systems 33(3), 1997, 851-862) a part is solved only when it comes to the front: until then
//! the dual prices of its parent bound what it can weigh.

use super::assignment::Solver;
use std::collections::BinaryHeap;

/// The choice "missed" of a row.
const MISSED: u32 = u32::MAX;

/// Added to every edge of a row that must not be missed: more than any sum of weights within +-700.
const MUST: f64 = 1e7;

/// One assignment problem: edges of row `i` are `bounds[i]..bounds[i + 1]`; `log_ratio` is finite, a miss weighs zero.
#[derive(Clone, Default)]
pub(crate) struct Problem {
    pub bounds: Vec<u32>,
    pub plot: Vec<u32>,
    pub log_ratio: Vec<f64>,
    pub plots: usize,
}

/// One answer: which problem it solves, its weight, and the edge of every row.
pub(crate) struct Ranked {
    pub problem: usize,
    pub log_weight: f64,
    pub edges: Vec<Option<usize>>,
}

/// A part of what has not been answered: rows before `fixed.len()` are fixed, the next one must not take `forbidden`.
struct Part {
    /// The weight of its best answer, or a bound above it.
    log_weight: f64,
    order: usize,
    problem: usize,
    fixed: Vec<u32>,
    forbidden: Vec<u32>,
    solution: Option<Solution>,
}

struct Solution {
    edges: Vec<u32>,
    /// For each row what is lost at least when it may not keep its choice; infinite where there is no other.
    loss: Vec<f64>,
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Part {}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Part {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.log_weight.total_cmp(&other.log_weight).then(other.order.cmp(&self.order))
    }
}

/// The answers of several problems together, best first.
pub(crate) struct Ranking {
    floor: f64,
    problems: Vec<(f64, Problem)>,
    parts: BinaryHeap<Part>,
    order: usize,
    solver: Solver,
    /// The problem of one part: its own rows and edges, and which edge each one was.
    reduced: Problem,
    edge: Vec<u32>,
}

impl Default for Ranking {
    fn default() -> Self {
        Ranking {
            floor: f64::NEG_INFINITY,
            problems: Vec::new(),
            parts: BinaryHeap::new(),
            order: 0,
            solver: Solver::default(),
            reduced: Problem::default(),
            edge: Vec::new(),
        }
    }
}

impl Ranking {
    /// Adds a problem whose answers all weigh `log_weight` more.
    pub fn push(&mut self, log_weight: f64, problem: Problem) {
        let number = self.problems.len();
        let best_of_row = |row: &[u32]| {
            let edges = &problem.log_ratio[row[0] as usize..row[1] as usize];
            edges.iter().fold(0.0, |most: f64, &ratio| most.max(ratio))
        };
        // Rounding in the sum must not put the bound below the answer.
        let bound = log_weight + problem.bounds.windows(2).map(best_of_row).sum::<f64>();
        self.problems.push((log_weight, problem));
        self.add(Part {
            log_weight: bound + 1e-9 * (1.0 + bound.abs()),
            order: 0,
            problem: number,
            fixed: Vec::new(),
            forbidden: Vec::new(),
            solution: None,
        });
    }

    /// From here on answers that weigh less than this are left out.
    pub fn leave_out_below(&mut self, log_weight: f64) {
        self.floor = log_weight;
    }

    fn add(&mut self, part: Part) {
        if part.log_weight < self.floor {
            return;
        }
        self.order += 1;
        self.parts.push(Part { order: self.order, ..part });
    }

    /// Solves the best answer of a part; false when it has none.
    fn solve(&mut self, part: &mut Part) -> bool {
        let (offset, problem) = &self.problems[part.problem];
        let must = part.forbidden.contains(&MISSED);
        let taken: Vec<u32> = choices(problem, &part.fixed).collect();
        let first = part.fixed.len();
        let rows = problem.bounds.len() - 1;
        let reduced = &mut self.reduced;
        reduced.bounds.clear();
        reduced.bounds.push(0);
        reduced.plot.clear();
        reduced.log_ratio.clear();
        self.edge.clear();
        for row in first..rows {
            for edge in problem.bounds[row]..problem.bounds[row + 1] {
                let plot = problem.plot[edge as usize];
                let barred = row == first && part.forbidden.contains(&edge);
                if !barred && !taken.contains(&plot) {
                    reduced.plot.push(plot);
                    let lift = if row == first && must { MUST } else { 0.0 };
                    reduced.log_ratio.push(problem.log_ratio[edge as usize] + lift);
                    self.edge.push(edge);
                }
            }
            reduced.bounds.push(reduced.plot.len() as u32);
        }
        self.solver.solve(&reduced.bounds, &reduced.plot, &reduced.log_ratio, problem.plots);
        let mut solution = Solution { edges: part.fixed.clone(), loss: vec![f64::INFINITY; first] };
        let mut gone = vec![false; problem.plots];
        for row in 0..rows - first {
            let own = self.solver.edge_of_track(row);
            if row == 0 && must && own.is_none() {
                return false;
            }
            let price = self.solver.track_price[row];
            let mut loss = if own.is_none() || (row == 0 && must) { f64::INFINITY } else { price };
            for edge in reduced.bounds[row] as usize..reduced.bounds[row + 1] as usize {
                let plot = reduced.plot[edge] as usize;
                if Some(edge) != own && !gone[plot] {
                    loss = loss.min(price + self.solver.plot_price[plot] - reduced.log_ratio[edge]);
                }
            }
            // Rounding may leave a slack a little below zero.
            solution.loss.push(loss.max(0.0));
            solution.edges.push(own.map_or(MISSED, |edge| self.edge[edge]));
            if let Some(edge) = own {
                gone[reduced.plot[edge] as usize] = true;
            }
        }
        let weights = solution.edges.iter().filter(|&&edge| edge != MISSED);
        part.log_weight = offset + weights.map(|&edge| problem.log_ratio[edge as usize]).sum::<f64>();
        part.solution = Some(solution);
        true
    }

    /// Cuts what is left of an answered part.
    fn cut(&mut self, part: &Part, solution: &Solution) {
        for row in part.fixed.len()..solution.edges.len() {
            let log_weight = part.log_weight - solution.loss[row];
            if log_weight == f64::NEG_INFINITY {
                continue;
            }
            let mut forbidden = if row == part.fixed.len() { part.forbidden.clone() } else { Vec::new() };
            forbidden.push(solution.edges[row]);
            self.add(Part {
                log_weight,
                order: 0,
                problem: part.problem,
                fixed: solution.edges[..row].to_vec(),
                forbidden,
                solution: None,
            });
        }
    }
}

impl Iterator for Ranking {
    type Item = Ranked;

    fn next(&mut self) -> Option<Ranked> {
        loop {
            let mut part = self.parts.pop()?;
            match part.solution.take() {
                Some(solution) => {
                    self.cut(&part, &solution);
                    let edges = solution.edges.iter().map(|&edge| Some(edge as usize).filter(|_| edge != MISSED));
                    return Some(Ranked { problem: part.problem, log_weight: part.log_weight, edges: edges.collect() });
                }
                None => {
                    if self.solve(&mut part) && part.log_weight >= self.floor {
                        self.parts.push(part);
                    }
                }
            }
        }
    }
}

/// The plots of the rows that are fixed.
fn choices<'a>(problem: &'a Problem, fixed: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
    fixed.iter().filter(|&&edge| edge != MISSED).map(|&edge| problem.plot[edge as usize])
}

#[cfg(test)]
mod tests {
    use crate::associate::{Candidate, k_best};
    use proptest::prelude::*;

    /// Weights of all joint assignments, heaviest first.
    fn all(rows: &[Vec<Option<f64>>], row: usize, used: u32, sum: f64, found: &mut Vec<f64>) {
        if row == rows.len() {
            return found.push(sum);
        }
        all(rows, row + 1, used, sum, found);
        for (plot, weight) in rows[row].iter().enumerate() {
            if let Some(weight) = weight.filter(|_| used & (1 << plot) == 0) {
                all(rows, row + 1, used | (1 << plot), sum + weight, found);
            }
        }
    }

    proptest! {
        #[test]
        fn prop_k_best_is_brute_force(rows in prop::collection::vec(prop::collection::vec(prop::option::of(-6.0..6.0f64), 4), 1..5), count in 1usize..400) {
            let mut expected = Vec::new();
            all(&rows, 0, 0, 0.0, &mut expected);
            expected.sort_by(|a, b| b.total_cmp(a));
            let mut candidates = Vec::new();
            for (track, row) in rows.iter().enumerate() {
                for (plot, weight) in row.iter().enumerate() {
                    candidates.extend(weight.map(|log_weight| Candidate { track: track as u32, plot: plot as u32, log_weight }));
                }
            }
            let found = k_best(rows.len(), 4, &candidates, &vec![0.0; rows.len()], count);
            prop_assert_eq!(found.len(), expected.len().min(count));
            let mut seen = std::collections::BTreeSet::new();
            for (answer, expected) in found.iter().zip(&expected) {
                prop_assert!((answer.log_ratio - expected).abs() < 1e-9, "{} {}", answer.log_ratio, expected);
                let pairs = answer.plot_of_track.iter().enumerate().filter_map(|(track, plot)| plot.map(|plot| (track, plot)));
                let weight: f64 = pairs.map(|(track, plot)| rows[track][plot as usize].expect("a candidate")).sum();
                prop_assert!((weight - expected).abs() < 1e-9);
                prop_assert!(seen.insert(answer.plot_of_track.clone()), "an answer twice");
            }
        }
    }

    #[test]
    fn bad_nothing_to_assign() {
        assert_eq!(k_best(0, 0, &[], &[], 5).len(), 1);
        assert_eq!(k_best(2, 3, &[], &[-1.0, -1.0], 5).len(), 1);
        assert!(k_best(1, 1, &[], &[0.0], 0).is_empty());
        let bad = [Candidate { track: 0, plot: 0, log_weight: f64::NAN }];
        let found = k_best(1, 1, &bad, &[0.0], 5);
        assert_eq!((found.len(), found[0].shed_count), (1, 1));
    }
}
