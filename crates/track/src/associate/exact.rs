//! Exact association probabilities of one cluster.
//!
//! The joint assignments of Bar-Shalom & Li's JPDA are the matchings of the graph of tracks and plots, each with the
//! product of its weights. Their sum is built plot by plot: all that the plots still to come need to know about those
//! done is which of the tracks they touch are already taken. So one table over the subsets of these tracks (the
//! frontier) goes through the cluster, once forwards and once backwards, which is variable elimination along a path
//! decomposition of the graph. The cost is 2^frontier per plot, small for long chains of objects however many there are.
//!
//! Two reductions come first: a plot that only one track can have needs no table, it counts as another way for the
//! track to stay out of the shared ones; and a track with only one shared plot (a leaf) never enters the frontier.

use super::assignment;
use super::graph::Piece;

/// Sums of the weights beyond e^300 are first balanced by the dual prices of the best assignment.
const LOG_SUM_LIMIT: f64 = 300.0;

/// Frontiers wider than this are refused whatever the cap (a table of 2^26 numbers is half a gigabyte).
const WIDTH_LIMIT: usize = 26;

/// The next plot is chosen among this many that wait longest: choosing stays cheap where thousands share a gate.
const CHOICE_LIMIT: usize = 64;

/// Buffers for many clusters.
#[derive(Default)]
pub(super) struct Solver {
    dual: assignment::Solver,
    shared: Shared,
    order: Order,
    /// All forward tables, one after the other.
    tables: Vec<f64>,
    table_start: Vec<usize>,
    work: Vec<f64>,
}

/// The shared plots only, and what the private ones add up to.
#[derive(Default)]
struct Shared {
    bounds: Vec<u32>,
    plot: Vec<u32>,
    log_ratio: Vec<f64>,
    /// Index of each shared edge inside its row of the piece.
    place: Vec<u32>,
    /// ln(1 + sum of the private ratios) of each track.
    log_out: Vec<f64>,
    /// Tracks of each plot: `by_plot[plot_bounds[j]..plot_bounds[j + 1]]` are (track, edge).
    by_plot: Vec<(u32, u32)>,
    plot_bounds: Vec<u32>,
    /// Weight of each edge, of each track that stays out, and of each plot that no shared track takes.
    weight: Vec<f64>,
    out: Vec<f64>,
    free: Vec<f64>,
    probability: Vec<f64>,
}

/// The order in which plots are eliminated.
#[derive(Default)]
struct Order {
    plots: Vec<u32>,
    cost: u64,
}

impl Shared {
    fn fill(&mut self, piece: &Piece) {
        let mut degree = vec![0u32; piece.plots.len()];
        for &plot in &piece.plot {
            degree[plot as usize] += 1;
        }
        for list in [&mut self.bounds, &mut self.plot, &mut self.place] {
            list.clear();
        }
        self.log_ratio.clear();
        self.log_out.clear();
        self.bounds.push(0);
        for row in 0..piece.tracks.len() {
            let edges = piece.edges(row);
            let private = edges.clone().filter(|&e| degree[piece.plot[e] as usize] == 1);
            let most = private.clone().fold(0.0, |most: f64, e| most.max(piece.log_ratio[e]));
            let sum: f64 = private.map(|e| libm::exp(piece.log_ratio[e] - most)).sum();
            let log_out = most + libm::log(libm::exp(-most) + sum);
            for edge in edges.clone().filter(|&e| degree[piece.plot[e] as usize] > 1) {
                self.plot.push(piece.plot[edge]);
                self.log_ratio.push(piece.log_ratio[edge] - log_out);
                self.place.push((edge - edges.start) as u32);
            }
            self.log_out.push(log_out);
            self.bounds.push(self.plot.len() as u32);
        }
        self.sort_by_plot(&degree);
    }

    fn sort_by_plot(&mut self, degree: &[u32]) {
        self.plot_bounds.clear();
        self.plot_bounds.push(0);
        for &degree in degree {
            let before = self.plot_bounds[self.plot_bounds.len() - 1];
            self.plot_bounds.push(before + if degree > 1 { degree } else { 0 });
        }
        let mut next = self.plot_bounds.clone();
        self.by_plot.clear();
        self.by_plot.resize(self.plot.len(), (0, 0));
        for row in 0..self.log_out.len() {
            for edge in self.bounds[row]..self.bounds[row + 1] {
                let slot = &mut next[self.plot[edge as usize] as usize];
                self.by_plot[*slot as usize] = (row as u32, edge);
                *slot += 1;
            }
        }
    }

    fn weigh(&mut self, dual: &mut assignment::Solver) {
        let (tracks, plots) = (self.log_out.len(), self.plot_bounds.len() - 1);
        self.weight.clear();
        self.out.clear();
        self.free.clear();
        let mut log_sum = 0.0;
        for row in 0..tracks {
            let edges = self.bounds[row] as usize..self.bounds[row + 1] as usize;
            let most = self.log_ratio[edges.clone()].iter().fold(0.0, |most: f64, &ratio| most.max(ratio));
            log_sum += most + libm::log(1.0 + edges.len() as f64);
        }
        if log_sum < LOG_SUM_LIMIT {
            self.weight.extend(self.log_ratio.iter().map(|&ratio| libm::exp(ratio)));
            self.out.resize(tracks, 1.0);
            self.free.resize(plots, 1.0);
            return;
        }
        // With the dual prices no factor is above one and the best assignment weighs exactly one.
        dual.solve(&self.bounds, &self.plot, &self.log_ratio, plots);
        for row in 0..tracks {
            for edge in self.bounds[row] as usize..self.bounds[row + 1] as usize {
                let price = dual.track_price[row] + dual.plot_price[self.plot[edge] as usize];
                self.weight.push(libm::exp(self.log_ratio[edge] - price));
            }
        }
        self.out.extend(dual.track_price.iter().map(|&price| libm::exp(-price)));
        self.free.extend(dual.plot_price.iter().map(|&price| libm::exp(-price)));
    }

    fn tracks_of(&self, plot: u32) -> &[(u32, u32)] {
        &self.by_plot[self.plot_bounds[plot as usize] as usize..self.plot_bounds[plot as usize + 1] as usize]
    }

    fn degree(&self, track: u32) -> u32 {
        self.bounds[track as usize + 1] - self.bounds[track as usize]
    }
}

impl Order {
    /// Greedy: from `start`, of the plots that touch the frontier the one that leaves it narrowest. Gives up, its order
    /// incomplete, once the cost is above `cap`.
    fn from(shared: &Shared, start: u32, cap: u64) -> Order {
        let mut left: Vec<u32> = (0..shared.log_out.len() as u32).map(|track| shared.degree(track)).collect();
        let mut seen = vec![false; shared.plot_bounds.len() - 1];
        let mut border = vec![start];
        seen[start as usize] = true;
        let mut order = Order::default();
        let mut width = 0usize;
        while !border.is_empty() && order.cost <= cap {
            let growth = |plot: u32| {
                let tracks = shared.tracks_of(plot).iter().filter(|(track, _)| shared.degree(*track) > 1);
                tracks.fold((0i64, 0i64), |(change, fresh), &(track, _)| {
                    let new = i64::from(left[track as usize] == shared.degree(track));
                    (change + new - i64::from(left[track as usize] == 1), fresh + new)
                })
            };
            let choice = 0..border.len().min(CHOICE_LIMIT);
            let slot = choice.min_by_key(|&slot| (growth(border[slot]), border[slot])).unwrap_or(0);
            let plot = border.remove(slot);
            let (change, fresh) = growth(plot);
            let wide = width + fresh as usize;
            let passes = shared.tracks_of(plot).len() as u64 + 3;
            let step = if wide > WIDTH_LIMIT { u64::MAX } else { passes << wide };
            order.cost = order.cost.saturating_add(step);
            width = (width as i64 + change) as usize;
            order.plots.push(plot);
            for &(track, _) in shared.tracks_of(plot) {
                left[track as usize] -= 1;
                for edge in shared.bounds[track as usize]..shared.bounds[track as usize + 1] {
                    let next = shared.plot[edge as usize];
                    if !core::mem::replace(&mut seen[next as usize], true) {
                        border.push(next);
                    }
                }
            }
        }
        order
    }

    /// From both ends of the cluster (the plot reached last is far from the one reached first); the cheaper counts.
    fn find(shared: &Shared, cap: u64) -> Order {
        let Some(any) = shared.plot.first() else { return Order::default() };
        let from_any = Order::from(shared, *any, cap);
        let Some(&end) = from_any.plots.last() else { return from_any };
        let from_end = Order::from(shared, end, cap);
        if from_end.cost < from_any.cost { from_end } else { from_any }
    }
}

/// One plot with the bits of the frontier it touches.
struct Step {
    /// (bit, edge) of each track of the frontier.
    takes: Vec<(u32, u32)>,
    /// (edge, weight of "this leaf takes the plot, the others stay out").
    leaves: Vec<(u32, f64)>,
    /// Weight of "no track takes the plot", and of "a track of the frontier takes it", for the leaves.
    none: f64,
    keep: f64,
    /// Width before and with the new tracks; then the bits that leave, each counted after those before it have left.
    narrow: usize,
    width: usize,
    retire: Vec<(u32, f64)>,
}

fn steps(shared: &Shared, order: &Order) -> Vec<Step> {
    let mut left: Vec<u32> = (0..shared.log_out.len() as u32).map(|track| shared.degree(track)).collect();
    let mut frontier: Vec<u32> = Vec::new();
    let mut steps = Vec::with_capacity(order.plots.len());
    for &plot in &order.plots {
        let (leaf, inner): (Vec<_>, Vec<_>) =
            shared.tracks_of(plot).iter().partition(|(track, _)| shared.degree(*track) == 1);
        let narrow = frontier.len();
        for &(track, _) in &inner {
            if left[track as usize] == shared.degree(track) {
                frontier.push(track);
            }
            left[track as usize] -= 1;
        }
        let bit = |track: u32| frontier.iter().position(|&t| t == track).unwrap_or(0) as u32;
        let takes = inner.iter().map(|&(track, edge)| (bit(track), edge)).collect();
        let keep: f64 = leaf.iter().map(|&(track, _)| shared.out[track as usize]).product();
        let leaves = leaf.iter().map(|&(track, edge)| {
            let others = leaf.iter().filter(|&&(other, _)| other != track);
            let stay_out: f64 = others.map(|&(other, _)| shared.out[other as usize]).product();
            (edge, shared.weight[edge as usize] * stay_out)
        });
        let leaves: Vec<_> = leaves.collect();
        let none = shared.free[plot as usize] * keep + leaves.iter().map(|&(_, weight)| weight).sum::<f64>();
        let width = frontier.len();
        let mut retire = Vec::new();
        while let Some(bit) = frontier.iter().position(|&track| left[track as usize] == 0) {
            retire.push((bit as u32, shared.out[frontier.remove(bit) as usize]));
        }
        steps.push(Step { takes, leaves, none, keep, narrow, width, retire });
    }
    steps
}

impl Solver {
    /// Calls `sink(row, place in the row, probability)` and `sink_missed(row, probability)` for the whole piece, or
    /// returns false, having called neither, when the cost is above `cap` or the numbers do not allow it.
    pub fn solve(
        &mut self,
        piece: &Piece,
        cap: u64,
        sink: &mut impl FnMut(usize, usize, f64),
        sink_missed: &mut impl FnMut(usize, f64),
    ) -> bool {
        self.shared.fill(piece);
        self.order = Order::find(&self.shared, cap);
        if self.order.cost > cap {
            return false;
        }
        self.shared.weigh(&mut self.dual);
        let steps = steps(&self.shared, &self.order);
        let total = self.forward(&steps);
        if !(total.is_finite() && total > 0.0) {
            return false;
        }
        self.backward(&steps, total);
        for row in 0..piece.tracks.len() {
            self.report(piece, row, sink, sink_missed);
        }
        true
    }

    /// Fills `tables` with the table before each plot; returns the sum over all joint assignments.
    fn forward(&mut self, steps: &[Step]) -> f64 {
        self.tables.clear();
        self.table_start.clear();
        self.work.clear();
        self.work.push(1.0);
        for step in steps {
            self.work.resize(1 << step.width, 0.0);
            let start = self.tables.len();
            self.table_start.push(start);
            self.tables.extend_from_slice(&self.work);
            let before = &self.tables[start..];
            self.work.iter_mut().for_each(|value| *value *= step.none);
            for &(bit, edge) in &step.takes {
                let (half, weight) = (1usize << bit, step.keep * self.shared.weight[edge as usize]);
                for (after, before) in self.work.chunks_exact_mut(2 * half).zip(before.chunks_exact(2 * half)) {
                    for (taken, free) in after[half..].iter_mut().zip(&before[..half]) {
                        *taken += weight * free;
                    }
                }
            }
            for &(bit, out) in &step.retire {
                let half = 1usize << bit;
                for block in 0..self.work.len() / (2 * half) {
                    for offset in 0..half {
                        let from = block * 2 * half + offset;
                        self.work[block * half + offset] = out * self.work[from] + self.work[from + half];
                    }
                }
                self.work.truncate(self.work.len() / 2);
            }
        }
        self.work[0]
    }

    /// Goes back through the plots and leaves the probability of every shared edge.
    fn backward(&mut self, steps: &[Step], total: f64) {
        self.shared.probability.clear();
        self.shared.probability.resize(self.shared.plot.len(), 0.0);
        let mut later = core::mem::take(&mut self.work);
        later.clear();
        later.push(1.0);
        let mut end = self.tables.len();
        for (step, &start) in steps.iter().zip(&self.table_start).rev() {
            for &(bit, out) in step.retire.iter().rev() {
                later = split(&later, 1 << bit, out);
            }
            // The tables behind this one are no longer needed; `later` of this plot is written over its own.
            let before = &mut self.tables[start..end];
            for &(edge, weight) in &step.leaves {
                self.shared.probability[edge as usize] = weight * dot(before, &later) / total;
            }
            for &(bit, edge) in &step.takes {
                let half = 1usize << bit;
                let blocks = before.chunks_exact(2 * half).zip(later.chunks_exact(2 * half));
                let sum: f64 = blocks.map(|(before, later)| dot(&before[..half], &later[half..])).sum();
                self.shared.probability[edge as usize] = step.keep * self.shared.weight[edge as usize] * sum / total;
            }
            for (before, later) in before.iter_mut().zip(&later) {
                *before = step.none * later;
            }
            for &(bit, edge) in &step.takes {
                let (half, weight) = (1usize << bit, step.keep * self.shared.weight[edge as usize]);
                for (before, later) in before.chunks_exact_mut(2 * half).zip(later.chunks_exact(2 * half)) {
                    for (free, taken) in before[..half].iter_mut().zip(&later[half..]) {
                        *free += weight * taken;
                    }
                }
            }
            // A track enters with its bit unset, as the highest bit: the front part is what the step before needs.
            later.clear();
            later.extend_from_slice(&before[..1 << step.narrow]);
            end = start;
        }
        self.work = later;
    }

    fn report(
        &self,
        piece: &Piece,
        row: usize,
        sink: &mut impl FnMut(usize, usize, f64),
        sink_missed: &mut impl FnMut(usize, f64),
    ) {
        let shared = &self.shared;
        let edges = shared.bounds[row] as usize..shared.bounds[row + 1] as usize;
        let mut inside = 0.0;
        for edge in edges.clone() {
            sink(row, shared.place[edge] as usize, shared.probability[edge]);
            inside += shared.probability[edge];
        }
        let outside = (1.0 - inside).max(0.0);
        let mut places = shared.place[edges].iter().peekable();
        for (place, edge) in piece.edges(row).enumerate() {
            if places.next_if(|&&shared_place| shared_place as usize == place).is_none() {
                sink(row, place, outside * libm::exp(piece.log_ratio[edge] - shared.log_out[row]));
            }
        }
        sink_missed(row, outside * libm::exp(-shared.log_out[row]));
    }
}

/// The table before a track with this bit left: unset, it pays for staying out.
fn split(later: &[f64], half: usize, out: f64) -> Vec<f64> {
    let mut wide = vec![0.0; later.len() * 2];
    for (wide, narrow) in wide.chunks_exact_mut(2 * half).zip(later.chunks_exact(half)) {
        for offset in 0..half {
            wide[offset] = out * narrow[offset];
            wide[half + offset] = narrow[offset];
        }
    }
    wide
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Four sums side by side: the order of additions is fixed, yet the processor need not wait for each.
    let mut sums = [0.0; 4];
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a4.remainder().iter().zip(b4.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a4.zip(b4) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}
