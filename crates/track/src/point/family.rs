//! Objects whose plots cannot be told apart, and the joint hypotheses about them.

use super::birth::Newborn;
use super::cohort::{Sensor, Track};
use super::kalman::{Innovation, Kalman};
use super::regroup::{Fit, Part, neighbours, own, regroup};
use crate::associate::assignment::Solver;
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
const SAME_LEAF_IN_CROWD: f64 = 1.0;
/// Leaves further apart in their probability of existence stay apart.
const SAME_EXISTENCE: f64 = 0.1;
/// More objects than this are continued as a crowd: the best joint hypotheses of more are too small a part of all.
pub(super) const CROWD_COUNT: f64 = 6.0;

/// Exchanges settle after a few rounds.
const EXCHANGE_ROUNDS: usize = 3;

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

/// What happens in a scan: plot `i` has number `first_number + i`.
pub(super) struct Scan<'a, const D: usize> {
    pub plots: &'a [SVector<f64, D>],
    pub first_number: u32,
    pub sensor: &'a Sensor,
    pub keep: Keep,
}

impl<const D: usize> Scan<'_, D> {
    /// The plot with this index and its number; `None` for `NONE`.
    fn plot(&self, plot: u32) -> Option<(&SVector<f64, D>, u32)> {
        (plot != NONE).then(|| (&self.plots[plot as usize], self.first_number.wrapping_add(plot)))
    }
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
    /// Its exponential, once the weights of the family are normal.
    pub weight: f64,
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
            globals: vec![Global { log_weight: 0.0, weight: 1.0, choice: vec![0] }],
        }
    }

    /// A single object that was first seen in this scan, in the plot with this number.
    pub fn newborn(new: &Newborn<D>, number: u32, free_probability: f64) -> Self {
        let mut leaf = Leaf {
            state: new.state.clone(),
            existence: Existence::new(new.existence_probability * free_probability),
            recent: [NONE; HISTORY],
        };
        leaf.recent[0] = number;
        Family {
            trees: vec![Tree { number, leaves: vec![leaf] }],
            globals: vec![Global { log_weight: 0.0, weight: 1.0, choice: vec![0] }],
        }
    }

    /// Adds the object that was first seen in the plot with this number: it may be there in the joint hypotheses that
    /// give the plot to no other.
    pub fn add_newborn(&mut self, new: &Newborn<D>, number: u32) {
        let trees = &self.trees;
        let used = |global: &Global| {
            let mut leaves = trees.iter().zip(&global.choice).map(|(tree, &leaf)| &tree.leaves[leaf as usize]);
            leaves.any(|leaf| leaf.recent[0] == number)
        };
        let used: Vec<bool> = self.globals.iter().map(used).collect();
        if used.iter().all(|&used| used) {
            return;
        }
        let there = Family::newborn(new, number, 1.0).trees.remove(0);
        let absent = Leaf { existence: Existence::new(0.0), recent: [NONE; HISTORY], ..there.leaves[0].clone() };
        self.trees.push(Tree { leaves: there.leaves.into_iter().chain([absent]).collect(), ..there });
        for (global, used) in self.globals.iter_mut().zip(used) {
            global.choice.push(u32::from(used));
        }
    }

    /// How many objects are expected to be here.
    pub fn expected_count(&self) -> f64 {
        let of_tree = |tree: usize| {
            let pairs = self.trees[tree].leaves.iter().zip(self.leaf_weights(tree));
            pairs.map(|(leaf, weight)| leaf.existence.probability * weight).sum::<f64>()
        };
        (0..self.trees.len()).map(of_tree).sum()
    }

    /// Each object with the probabilities of its leaves.
    pub fn apart(self) -> Vec<(Tree<D>, Vec<f64>)> {
        let weights: Vec<Vec<f64>> = (0..self.trees.len()).map(|tree| self.leaf_weights(tree)).collect();
        self.trees.into_iter().zip(weights).collect()
    }

    /// Both together; true when joint hypotheses were cut because there were more than `most`.
    pub fn join(&mut self, other: Family<D>, most: usize) -> bool {
        let cut = self.globals.len() * other.globals.len() > most;
        let mut globals = Vec::new();
        for (rank, a) in self.globals.iter().enumerate() {
            // Both are heaviest first: what stands before a pair in both lists is no lighter than the pair.
            for b in other.globals.iter().take(most / (rank + 1)) {
                globals.push(Global {
                    log_weight: a.log_weight + b.log_weight,
                    weight: 0.0,
                    choice: a.choice.iter().chain(&b.choice).copied().collect(),
                });
            }
        }
        globals.sort_by(heavier);
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
        for global in &mut self.globals {
            global.log_weight -= log_sum;
            global.weight = libm::exp(global.log_weight);
        }
    }

    /// One scan: every joint hypothesis becomes its best continuations, of all together the best stay; true when the cap
    /// cut some. `looks` are those of each leaf of each tree.
    pub fn advance(&mut self, looks: &[Vec<Look<D>>], scan: &Scan<D>) -> bool {
        let mut local: Vec<u32> = looks.iter().flatten().flat_map(|look| &look.pairs).map(|pair| pair.0).collect();
        local.sort_unstable();
        local.dedup();
        let mut ranking = Ranking::default();
        for global in &self.globals {
            let (offset, problem) = continuations(global, looks, &local);
            ranking.push(offset, problem);
        }
        let (found, cut) = best(ranking, &scan.keep);
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
            Global { log_weight: answer.log_weight, weight: 0.0, choice: choice.collect() }
        });
        self.globals = globals.collect();
        for (tree, grown) in growth.leaves.iter().enumerate() {
            let leaves = grown.iter().map(|&(leaf, plot)| {
                let look = &looks[tree][leaf as usize];
                self.trees[tree].leaves[leaf as usize].advance(look, scan.plot(plot), scan.sensor)
            });
            self.trees[tree].leaves = leaves.collect();
        }
        self.normalise();
        cut
    }

    /// The family of one object alone, from the probabilities of its leaves.
    fn alone(tree: Tree<D>, weights: impl Iterator<Item = f64>) -> Self {
        let globals = weights.enumerate();
        let globals =
            globals.map(|(leaf, weight)| Global { log_weight: libm::log(weight), weight, choice: vec![leaf as u32] });
        let mut family = Family { trees: vec![tree], globals: globals.collect() };
        family.normalise();
        family
    }

    /// An object of a crowd after a scan, alone: its leaves under all plots, near ones made one.
    fn grown(tree: &Tree<D>, looks: &[Look<D>], mut grown: Vec<(usize, u32, f64)>, scan: &Scan<D>) -> Self {
        grown.sort_by(|a, b| b.2.total_cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));
        let least = grown.first().map_or(0.0, |best| best.2 * libm::exp(-scan.keep.log_ratio));
        grown.retain(|grown| grown.2 > 0.0 && grown.2 >= least);
        grown.truncate(scan.keep.globals_count);
        let leaves = grown.iter();
        let leaves =
            leaves.map(|&(leaf, plot, _)| tree.leaves[leaf].advance(&looks[leaf], scan.plot(plot), scan.sensor));
        let tree = Tree { number: tree.number, leaves: leaves.collect() };
        let mut family = Family::alone(tree, grown.iter().map(|grown| grown.2));
        family.merge(true);
        family
    }

    /// One scan when there are too many joint hypotheses: the objects are taken as independent, each a mixture of its
    /// leaves, the probabilities of all joint assignments are summed up for each (Williams 2015, section IV), and labels
    /// are exchanged (see `regroup`). Each object becomes a family of its own; `taken` grows by what they take.
    pub fn advance_apart(
        objects: Vec<(Tree<D>, Vec<f64>)>,
        looks: &[Vec<Look<D>>],
        scan: &Scan<D>,
        taken: &mut [f64],
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
        let found = marginals(looks.len(), scan.plots.len(), &candidates, &log_missed, Associator::BeliefPropagation);
        let mut parts = Vec::new();
        let mut leaves = Vec::new();
        for (at, (tree, _)) in objects.iter().enumerate() {
            let grown = mixtures[at].grow(found.missed_probability(at), found.plots(at));
            let family = Family::grown(tree, &looks[at], grown, scan);
            for (leaf, weight) in family.trees[0].leaves.iter().zip(family.leaf_weights(0)) {
                let existence = leaf.existence.probability;
                parts.push(Part {
                    track: at as u32,
                    weight,
                    state: leaf.state.clone(),
                    existence_probability: existence,
                });
                leaves.push(leaf.clone());
            }
            found.plots(at).iter().for_each(|&(plot, probability)| taken[plot as usize] += probability);
        }
        let plots_of: Vec<Vec<u32>> = mixtures.iter().map(|mixture| mixture.plots.keys().copied().collect()).collect();
        let groups = regroup(&parts, own(&parts, looks.len()), &neighbours(&plots_of));
        let mut families = Vec::new();
        for ((tree, _), mut group) in objects.into_iter().zip(groups) {
            group.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let tree = Tree { number: tree.number, leaves: group.iter().map(|&(at, _)| leaves[at].clone()).collect() };
            let mut family = Family::alone(tree, group.iter().map(|share| share.1));
            family.merge(true);
            families.push(family);
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
            weights[global.choice[tree] as usize] += global.weight;
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

    /// Exchanges labels inside the joint hypotheses so that the leaves of each tree lie close together: which object is
    /// which does not matter for where they are (see `regroup`; here with the joint hypotheses themselves).
    pub fn exchange(&mut self) {
        let count = self.trees.len();
        if count < 2 || self.globals.len() < 2 {
            return;
        }
        for round in 0..EXCHANGE_ROUNDS {
            let Some(costs) = self.costs(round == 0) else { return };
            let mut changed = false;
            let mut solver = Solver::default();
            let mut orders: Vec<Vec<usize>> = Vec::new();
            for global in &self.globals {
                let cost = |from: usize, to: usize| costs[from][global.choice[from] as usize * count + to];
                let own: Vec<usize> = (0..count).collect();
                let order = if any_swap_helps(count, &cost) { cheapest_order(count, &cost, &mut solver) } else { own };
                changed |= order.iter().enumerate().any(|(to, &from)| to != from);
                orders.push(order);
            }
            if !changed && round > 0 {
                return;
            }
            self.reorder(&orders);
        }
    }

    /// For each tree what each of its leaves costs in each tree: `leaf * trees + tree`. A tree is its mixture, or its leaf
    /// in the best joint hypothesis: two trees that have become the same mixture would never part.
    fn costs(&self, by_best: bool) -> Option<Vec<Vec<f64>>> {
        let best = self.globals.first()?;
        let mut fits = Vec::new();
        let mut all = Vec::new();
        for (at, tree) in self.trees.iter().enumerate() {
            let weights = self.leaf_weights(at);
            let parts = tree.leaves.iter().zip(&weights).map(|(leaf, &weight)| Part {
                track: at as u32,
                weight,
                state: leaf.state.clone(),
                existence_probability: leaf.existence.probability,
            });
            let parts: Vec<Part<D>> = parts.collect();
            let group: Vec<(usize, f64)> =
                if by_best { vec![(best.choice[at] as usize, 1.0)] } else { weights.into_iter().enumerate().collect() };
            fits.push(Fit::new(&parts, &group)?);
            all.push(parts);
        }
        let costs =
            all.iter().map(|parts| parts.iter().flat_map(|part| fits.iter().map(|fit| fit.cost(part))).collect());
        Some(costs.collect())
    }

    /// In joint hypothesis `g` tree `t` takes over the leaf of tree `orders[g][t]`.
    fn reorder(&mut self, orders: &[Vec<usize>]) {
        let mut known: Vec<BTreeMap<(usize, u32), u32>> = vec![BTreeMap::new(); self.trees.len()];
        let mut leaves: Vec<Vec<Leaf<D>>> = vec![Vec::new(); self.trees.len()];
        for (global, order) in self.globals.iter_mut().zip(orders) {
            let choice = order.iter().enumerate().map(|(to, &from)| {
                let leaf = global.choice[from];
                *known[to].entry((from, leaf)).or_insert_with(|| {
                    leaves[to].push(self.trees[from].leaves[leaf as usize].clone());
                    leaves[to].len() as u32 - 1
                })
            });
            global.choice = choice.collect();
        }
        for (tree, leaves) in self.trees.iter_mut().zip(leaves) {
            tree.leaves = leaves;
        }
    }

    /// Each object: its probability of existence, and its state in the best joint hypothesis or, `blended`, the mean
    /// of all.
    pub fn estimate(&self, blended: bool) -> Vec<Track<D>> {
        let Some(best) = self.globals.first() else { return Vec::new() };
        let mut tracks: Vec<Track<D>> = Vec::new();
        for (at, (tree, &leaf)) in self.trees.iter().zip(&best.choice).enumerate() {
            let weights = self.leaf_weights(at);
            let there: f64 =
                tree.leaves.iter().zip(&weights).map(|(leaf, weight)| leaf.existence.probability * weight).sum();
            let state = if blended && there > 0.0 && tree.leaves.len() > 1 {
                let parts = tree.leaves.iter().zip(&weights);
                let parts = parts.map(|(leaf, weight)| (weight * leaf.existence.probability / there, &leaf.state));
                Kalman::mixture(&parts.collect::<Vec<_>>())
            } else {
                tree.leaves[leaf as usize].state.clone()
            };
            tracks.push(Track { number: tree.number, state, existence: Existence::new(there) });
        }
        tracks
    }
}

/// True when two trees would rather have each other's leaf.
fn any_swap_helps(count: usize, cost: &impl Fn(usize, usize) -> f64) -> bool {
    (0..count).any(|a| (0..a).any(|b| cost(a, a) + cost(b, b) > cost(a, b) + cost(b, a) + 1e-9))
}

/// For each tree the tree whose leaf it takes over when all together cost least.
fn cheapest_order(count: usize, cost: &impl Fn(usize, usize) -> f64, solver: &mut Solver) -> Vec<usize> {
    let pairs = || (0..count).flat_map(|to| (0..count).map(move |from| (from, to)));
    let most = pairs().fold(0.0, |most: f64, (from, to)| most.max(cost(from, to)));
    let bounds: Vec<u32> = (0..=count as u32).map(|row| row * count as u32).collect();
    let plot: Vec<u32> = pairs().map(|(from, _)| from as u32).collect();
    // All weigh more than a miss together could save, so every tree gets a leaf.
    let least = pairs().fold(0.0, |least: f64, (from, to)| least.min(cost(from, to)));
    let lift = (count as f64 + 1.0) * (most - least + 1.0);
    let weight: Vec<f64> = pairs().map(|(from, to)| lift - cost(from, to)).collect();
    solver.solve(&bounds, &plot, &weight, count);
    (0..count).map(|to| solver.edge_of_track(to).map_or(to, |edge| plot[edge] as usize)).collect()
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
        *sums.entry(choice).or_insert(0.0) += global.weight;
    }
    let mut found: Vec<Global> =
        sums.into_iter().map(|(choice, sum)| Global { log_weight: libm::log(sum), weight: sum, choice }).collect();
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
fn best(mut ranking: Ranking, keep: &Keep) -> (Vec<Ranked>, bool) {
    let mut found: Vec<Ranked> = Vec::new();
    while let Some(answer) = ranking.next() {
        if found.len() == keep.globals_count {
            return (found, true);
        }
        if found.is_empty() {
            ranking.leave_out_below(answer.log_weight - keep.log_ratio);
        }
        found.push(answer);
    }
    (found, false)
}
