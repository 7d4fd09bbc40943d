//! Objects whose plots cannot be told apart, and the joint hypotheses about them.

use super::cohort::{Sensor, Track};
use super::kalman::{Innovation, Kalman};
use crate::associate::cluster::split_pairs;
use crate::associate::ranked::{Problem, Ranked, Ranking};
use crate::associate::{Associator, Candidate, marginals};
use crate::life::Existence;
use nalgebra::SVector;
use std::collections::BTreeMap;

/// Objects that shared a plot in so many scans are kept together; older disagreement is taken as independent. It is also
/// the N of the N-scan pruning.
const HISTORY: usize = 6;
/// No plot.
const NONE: u32 = u32::MAX;
/// Leaves of a tree with the same newest plot are one when their means are no further apart than this share of their
/// own variance,
const SAME_LEAF: f64 = 0.5;
/// and in a crowd, where joint hypotheses are given up, whatever their newest plots, at this: there what a leaf has
/// not seen must stay inside its covariance, or it never finds back to its object.
const SAME_LEAF_IN_CROWD: f64 = 10.0;
/// Leaves further apart in their probability of existence stay apart.
const SAME_EXISTENCE: f64 = 0.1;
/// So many objects are continued as a crowd at once: ranking the joint hypotheses of more takes too long.
pub(super) const CROWD_COUNT: usize = 12;

/// How many hypotheses stay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Keep {
    /// Joint hypotheses per family, at most.
    pub globals_count: usize,
    /// A joint hypothesis this much lighter than the best goes.
    pub log_ratio: f64,
    /// Multiple hypothesis tracking instead of the mixture.
    pub best_only: bool,
}

/// How a scan went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Advance {
    /// All joint hypotheses that count were kept.
    Whole,
    /// The cap cut some.
    Cut,
    /// There are more than the cap; nothing was done.
    TooMany,
}

/// What a leaf sees in a scan.
pub(super) struct Look<const D: usize> {
    pub innovation: Option<Innovation<D>>,
    /// Plots in the gate with ln(weight of the plot / weight of a miss), plots ascending.
    pub pairs: Vec<(u32, f64)>,
    /// ln of the weight of a miss.
    pub log_missed: f64,
}

/// One hypothesis about one object.
#[derive(Clone)]
pub(super) struct Leaf<const D: usize> {
    pub state: Kalman<D>,
    pub existence: Existence,
    /// Its plots of the last scans, newest first, each by a number of its own.
    recent: [u32; HISTORY],
}

/// One object under its label.
#[derive(Clone)]
pub(super) struct Tree<const D: usize> {
    pub number: u32,
    pub leaves: Vec<Leaf<D>>,
}

/// A joint hypothesis: the leaf of each tree. The weights of a family sum to one.
#[derive(Clone)]
pub(super) struct Global {
    pub log_weight: f64,
    pub choice: Vec<u32>,
}

#[derive(Clone)]
pub(super) struct Family<const D: usize> {
    pub trees: Vec<Tree<D>>,
    /// Heaviest first.
    pub globals: Vec<Global>,
}

impl<const D: usize> Family<D> {
    /// A single object with a single hypothesis.
    pub fn new(track: &Track<D>) -> Self {
        let leaf = Leaf { state: track.state.clone(), existence: track.existence, recent: [NONE; HISTORY] };
        Family {
            trees: vec![Tree { number: track.number, leaves: vec![leaf] }],
            globals: vec![Global { log_weight: 0.0, choice: vec![0] }],
        }
    }

    /// Each object with the probabilities of its leaves.
    pub fn apart(self) -> Vec<(Tree<D>, Vec<f64>)> {
        let weights: Vec<Vec<f64>> = (0..self.trees.len()).map(|tree| self.leaf_weights(tree)).collect();
        self.trees.into_iter().zip(weights).collect()
    }

    /// Both together; true when joint hypotheses were cut because there were more than `most`.
    pub fn join(&mut self, other: Family<D>, most: usize) -> bool {
        let both = self.globals.iter().flat_map(|a| {
            other.globals.iter().map(move |b| Global {
                log_weight: a.log_weight + b.log_weight,
                choice: a.choice.iter().chain(&b.choice).copied().collect(),
            })
        });
        let mut globals: Vec<Global> = both.collect();
        globals.sort_by(heavier);
        let cut = globals.len() > most;
        globals.truncate(most);
        self.globals = globals;
        self.trees.extend(other.trees);
        self.normalise();
        cut
    }

    fn normalise(&mut self) {
        let most = self.globals.iter().fold(f64::NEG_INFINITY, |most, global| most.max(global.log_weight));
        let sum: f64 = self.globals.iter().map(|global| libm::exp(global.log_weight - most)).sum();
        let log_sum = most + libm::log(sum);
        self.globals.iter_mut().for_each(|global| global.log_weight -= log_sum);
    }

    /// One scan: every joint hypothesis becomes its best continuations, of all together the best stay. `looks` are those
    /// of each leaf of each tree; plot `i` has number `first_number + i`.
    pub fn advance(
        &mut self,
        looks: &[Vec<Look<D>>],
        plots: &[SVector<f64, D>],
        first_number: u32,
        sensor: &Sensor,
        keep: &Keep,
    ) -> Advance {
        let mut local: Vec<u32> = looks.iter().flatten().flat_map(|look| &look.pairs).map(|pair| pair.0).collect();
        local.sort_unstable();
        local.dedup();
        let mut ranking = Ranking::default();
        for global in &self.globals {
            let (offset, problem) = continuations(global, looks, &local);
            ranking.push(offset, problem);
        }
        let (found, cut) = best(ranking, keep);
        if cut && !keep.best_only {
            return Advance::TooMany;
        }
        let mut growth = Growth { leaves: vec![Vec::new(); self.trees.len()], known: BTreeMap::new() };
        let globals = found.iter().map(|answer| {
            let mut edge = 0;
            let choice = answer.edges.iter().zip(&self.globals[answer.problem].choice).enumerate();
            let choice = choice.map(|(tree, (taken, &leaf))| {
                let pairs = &looks[tree][leaf as usize].pairs;
                let plot = taken.map(|taken| pairs[taken - edge].0);
                edge += pairs.len();
                growth.number(tree, leaf, plot.unwrap_or(NONE))
            });
            Global { log_weight: answer.log_weight, choice: choice.collect() }
        });
        self.globals = globals.collect();
        for (tree, grown) in growth.leaves.iter().enumerate() {
            let leaves = grown.iter().map(|&(leaf, plot)| {
                let plot = (plot != NONE).then(|| (&plots[plot as usize], first_number.wrapping_add(plot)));
                self.trees[tree].leaves[leaf as usize].advance(&looks[tree][leaf as usize], plot, sensor)
            });
            self.trees[tree].leaves = leaves.collect();
        }
        self.normalise();
        if cut { Advance::Cut } else { Advance::Whole }
    }

    /// The family of one object alone, from the probabilities of its leaves.
    fn alone(tree: Tree<D>, weights: impl Iterator<Item = f64>) -> Self {
        let globals = weights.enumerate();
        let globals = globals.map(|(leaf, weight)| Global { log_weight: libm::log(weight), choice: vec![leaf as u32] });
        let mut family = Family { trees: vec![tree], globals: globals.collect() };
        family.normalise();
        family
    }

    /// One scan when there are too many joint hypotheses: the objects are taken as independent, each a mixture of its
    /// leaves, and the probabilities of all joint assignments are summed up for each (Williams 2015, section IV). Each
    /// object becomes a family of its own.
    pub fn advance_apart(
        objects: Vec<(Tree<D>, Vec<f64>)>,
        looks: &[Vec<Look<D>>],
        plots: &[SVector<f64, D>],
        first_number: u32,
        sensor: &Sensor,
        keep: &Keep,
    ) -> Vec<Family<D>> {
        let mixtures: Vec<TreeLook> =
            objects.iter().zip(looks).map(|((_, weights), looks)| TreeLook::new(weights, looks)).collect();
        let mut candidates = Vec::new();
        for (track, mixture) in mixtures.iter().enumerate() {
            candidates.extend(mixture.plots.iter().map(|(&plot, parts)| Candidate {
                track: track as u32,
                plot,
                log_weight: libm::log(parts.iter().map(|part| part.1).sum()),
            }));
        }
        let log_missed: Vec<f64> = mixtures.iter().map(|mixture| libm::log(mixture.missed.iter().sum())).collect();
        let found = marginals(looks.len(), plots.len(), &candidates, &log_missed, Associator::BeliefPropagation);
        let mut families = Vec::new();
        for (at, (tree, _)) in objects.into_iter().enumerate() {
            let mut grown = mixtures[at].grow(found.missed_probability(at), found.plots(at));
            grown.sort_by(|a, b| b.2.total_cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));
            let least = grown.first().map_or(0.0, |best| best.2 * libm::exp(-keep.log_ratio));
            grown.retain(|grown| grown.2 > 0.0 && grown.2 >= least);
            grown.truncate(keep.globals_count);
            let leaves = grown.iter().map(|&(leaf, plot, _)| {
                let plot = (plot != NONE).then(|| (&plots[plot as usize], first_number.wrapping_add(plot)));
                tree.leaves[leaf].advance(&looks[at][leaf], plot, sensor)
            });
            let tree = Tree { number: tree.number, leaves: leaves.collect() };
            families.push(Family::alone(tree, grown.iter().map(|grown| grown.2)));
        }
        families
    }

    /// Adds to each plot of the scan the probability that an object here has it.
    pub fn taken(&self, first_number: u32, taken: &mut [f64]) {
        for tree in 0..self.trees.len() {
            for (leaf, weight) in self.trees[tree].leaves.iter().zip(self.leaf_weights(tree)) {
                if leaf.recent[0] != NONE {
                    taken[leaf.recent[0].wrapping_sub(first_number) as usize] += weight;
                }
            }
        }
    }

    /// The probability of each leaf of a tree.
    pub fn leaf_weights(&self, tree: usize) -> Vec<f64> {
        let mut weights = vec![0.0; self.trees[tree].leaves.len()];
        for global in &self.globals {
            weights[global.choice[tree] as usize] += libm::exp(global.log_weight);
        }
        weights
    }

    /// Makes leaves that have become the same one leaf, and joint hypotheses that have become the same one hypothesis.
    pub fn merge(&mut self, in_crowd: bool) {
        for tree in 0..self.trees.len() {
            let weights = self.leaf_weights(tree);
            let leaves = &self.trees[tree].leaves;
            let mut order: Vec<usize> = (0..leaves.len()).collect();
            order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]).then(a.cmp(&b)));
            let mut groups: Vec<Vec<usize>> = Vec::new();
            let mut group_of = vec![0u32; leaves.len()];
            for leaf in order {
                let same = groups.iter().position(|group| leaves[group[0]].is_same(&leaves[leaf], in_crowd));
                group_of[leaf] = same.unwrap_or(groups.len()) as u32;
                match same {
                    Some(same) => groups[same].push(leaf),
                    None => groups.push(vec![leaf]),
                }
            }
            let merged = groups.iter().map(|group| merge_leaves(leaves, group, &weights)).collect();
            self.trees[tree].leaves = merged;
            for global in &mut self.globals {
                global.choice[tree] = group_of[global.choice[tree] as usize];
            }
        }
        self.globals = project(&self.globals, &(0..self.trees.len()).collect::<Vec<_>>());
    }

    /// N-scan pruning: what disagrees with the best joint hypothesis N scans back goes.
    pub fn prune_to_best(&mut self) {
        let Some(best) = self.globals.first().cloned() else { return };
        let trees = &self.trees;
        let oldest = |tree: usize, leaf: u32| trees[tree].leaves[leaf as usize].recent[HISTORY - 1];
        self.globals.retain(|global| {
            let mut pairs = global.choice.iter().zip(&best.choice).enumerate();
            pairs.all(|(tree, (&leaf, &best))| oldest(tree, leaf) == oldest(tree, best))
        });
        self.normalise();
    }

    /// Splits off objects that share no plot of the last scans: their weights multiply.
    pub fn split(self) -> Vec<Family<D>> {
        let mut numbers = BTreeMap::new();
        let mut pairs = Vec::new();
        for (tree, each) in self.trees.iter().enumerate() {
            for &plot in each.leaves.iter().flat_map(|leaf| &leaf.recent).filter(|&&plot| plot != NONE) {
                let next = numbers.len() as u32;
                pairs.push((tree as u32, *numbers.entry(plot).or_insert(next)));
            }
        }
        let clusters = split_pairs(self.trees.len(), numbers.len(), || pairs.iter().copied());
        let mut alone = vec![true; self.trees.len()];
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for cluster in clusters.iter() {
            cluster.tracks.iter().for_each(|&tree| alone[tree as usize] = false);
            groups.push(cluster.tracks.iter().map(|&tree| tree as usize).collect());
        }
        groups.extend((0..self.trees.len()).filter(|&tree| alone[tree]).map(|tree| vec![tree]));
        groups.iter().map(|group| self.part(group)).collect()
    }

    /// The family of these trees alone, without the leaves that no joint hypothesis uses.
    pub fn part(&self, trees: &[usize]) -> Family<D> {
        let mut globals = project(&self.globals, trees);
        let mut parts = Vec::new();
        for (at, &tree) in trees.iter().enumerate() {
            let mut new = BTreeMap::new();
            let mut leaves = Vec::new();
            for global in &mut globals {
                let leaf = global.choice[at];
                global.choice[at] = *new.entry(leaf).or_insert_with(|| {
                    leaves.push(self.trees[tree].leaves[leaf as usize].clone());
                    leaves.len() as u32 - 1
                });
            }
            parts.push(Tree { number: self.trees[tree].number, leaves });
        }
        let mut part = Family { trees: parts, globals };
        part.normalise();
        part
    }

    /// Each object: its probability of existence, and its state in the best joint hypothesis or, `blended`, the mean
    /// of all after each has been told which of its objects is which: minimum mean OSPA estimation (Guerriero,
    /// Svensson, Svensson & Willett, Fusion 2010).
    pub fn estimate(&self, blended: bool) -> Vec<Track<D>> {
        let Some(best) = self.globals.first() else { return Vec::new() };
        let mut tracks: Vec<Track<D>> = Vec::new();
        for (tree, &leaf) in self.trees.iter().zip(&best.choice) {
            let state = tree.leaves[leaf as usize].state.clone();
            tracks.push(Track { number: tree.number, state, existence: Existence::new(0.0) });
        }
        for (tree, track) in tracks.iter_mut().enumerate() {
            let weights = self.leaf_weights(tree);
            let leaves = self.trees[tree].leaves.iter().zip(&weights);
            track.existence = Existence::new(leaves.map(|(leaf, weight)| leaf.existence.probability * weight).sum());
        }
        if blended {
            super::blend::blend(self, &mut tracks);
        }
        tracks
    }
}

/// What a whole tree sees: the weights of a miss by leaf, and of each plot by (leaf, weight).
struct TreeLook {
    missed: Vec<f64>,
    plots: BTreeMap<u32, Vec<(usize, f64)>>,
}

impl TreeLook {
    fn new<const D: usize>(weights: &[f64], looks: &[Look<D>]) -> Self {
        let mut whole = TreeLook { missed: Vec::new(), plots: BTreeMap::new() };
        for (leaf, (look, weight)) in looks.iter().zip(weights).enumerate() {
            let missed = weight * libm::exp(look.log_missed);
            whole.missed.push(missed);
            for &(plot, log_ratio) in &look.pairs {
                let part = (leaf, missed * libm::exp(log_ratio));
                whole.plots.entry(plot).or_default().push(part);
            }
        }
        whole
    }

    /// All continuations (leaf, plot, probability), given the probabilities of the tree's plots.
    fn grow(&self, missed_probability: f64, plots: &[(u32, f64)]) -> Vec<(usize, u32, f64)> {
        let total: f64 = self.missed.iter().sum();
        let missed = self.missed.iter().enumerate();
        let mut grown: Vec<_> = missed.map(|(leaf, part)| (leaf, NONE, missed_probability * part / total)).collect();
        for &(plot, probability) in plots {
            let Some(parts) = self.plots.get(&plot) else { continue };
            let total: f64 = parts.iter().map(|part| part.1).sum();
            grown.extend(parts.iter().map(|part| (part.0, plot, probability * part.1 / total)));
        }
        grown
    }
}

/// Leaves grown in a scan: for each tree (leaf before, plot).
struct Growth {
    leaves: Vec<Vec<(u32, u32)>>,
    known: BTreeMap<(usize, u32, u32), u32>,
}

impl Growth {
    fn number(&mut self, tree: usize, leaf: u32, plot: u32) -> u32 {
        *self.known.entry((tree, leaf, plot)).or_insert_with(|| {
            self.leaves[tree].push((leaf, plot));
            self.leaves[tree].len() as u32 - 1
        })
    }
}

impl<const D: usize> Leaf<D> {
    fn advance(&self, look: &Look<D>, plot: Option<(&SVector<f64, D>, u32)>, sensor: &Sensor) -> Leaf<D> {
        let mut next = self.clone();
        next.recent.rotate_right(1);
        next.recent[0] = plot.map_or(NONE, |plot| plot.1);
        match (plot, &look.innovation) {
            (Some((plot, _)), Some(innovation)) => {
                next.state.update(innovation, 0.0, core::iter::once((plot, 1.0)));
                next.existence = Existence::new(1.0);
            }
            _ => next.existence = Existence::new(self.existence.after_miss(sensor.visible())),
        }
        next
    }

    fn is_same(&self, other: &Leaf<D>, in_crowd: bool) -> bool {
        let limit = if in_crowd { SAME_LEAF_IN_CROWD } else { SAME_LEAF };
        (in_crowd || self.recent[0] == other.recent[0])
            && (self.existence.probability - other.existence.probability).abs() < SAME_EXISTENCE
            && self.state.separation(&other.state) < limit
    }
}

fn heavier(a: &Global, b: &Global) -> core::cmp::Ordering {
    b.log_weight.total_cmp(&a.log_weight).then_with(|| a.choice.cmp(&b.choice))
}

/// The joint hypotheses as far as these trees go, equal ones added up, heaviest first.
fn project(globals: &[Global], trees: &[usize]) -> Vec<Global> {
    let mut sums: BTreeMap<Vec<u32>, f64> = BTreeMap::new();
    for global in globals {
        let choice = trees.iter().map(|&tree| global.choice[tree]).collect();
        *sums.entry(choice).or_insert(0.0) += libm::exp(global.log_weight);
    }
    let mut found: Vec<Global> =
        sums.into_iter().map(|(choice, sum)| Global { log_weight: libm::log(sum), choice }).collect();
    found.sort_by(heavier);
    found
}

/// The moment-matched mixture of a group of leaves, under the history of its heaviest.
fn merge_leaves<const D: usize>(leaves: &[Leaf<D>], group: &[usize], weights: &[f64]) -> Leaf<D> {
    let mut leaf = leaves[group[0]].clone();
    let sum: f64 = group.iter().map(|&member| weights[member]).sum();
    if group.len() == 1 || sum <= 0.0 {
        return leaf;
    }
    let parts: Vec<(f64, &Kalman<D>)> =
        group.iter().map(|&member| (weights[member] / sum, &leaves[member].state)).collect();
    leaf.state = Kalman::mixture(&parts);
    let existence = group.iter().map(|&member| weights[member] / sum * leaves[member].existence.probability).sum();
    leaf.existence = Existence::new(existence);
    leaf
}

/// The assignment problem of one joint hypothesis and the weight of "all missed".
fn continuations<const D: usize>(global: &Global, looks: &[Vec<Look<D>>], local: &[u32]) -> (f64, Problem) {
    let mut problem = Problem { bounds: vec![0], plots: local.len(), ..Problem::default() };
    let mut offset = global.log_weight;
    for (looks, &leaf) in looks.iter().zip(&global.choice) {
        let look = &looks[leaf as usize];
        offset += look.log_missed;
        for &(plot, log_ratio) in &look.pairs {
            problem.plot.push(local.partition_point(|&other| other < plot) as u32);
            problem.log_ratio.push(log_ratio);
        }
        problem.bounds.push(problem.plot.len() as u32);
    }
    (offset, problem)
}

/// The best answers and whether the cap cut more of them.
fn best(ranking: Ranking, keep: &Keep) -> (Vec<Ranked>, bool) {
    let mut found: Vec<Ranked> = Vec::new();
    for answer in ranking {
        if found.first().is_some_and(|first| answer.log_weight < first.log_weight - keep.log_ratio) {
            return (found, false);
        }
        if found.len() == keep.globals_count {
            return (found, true);
        }
        found.push(answer);
    }
    (found, false)
}
