//! The cheapest way to bring what the sources have to the sinks.
//!
//! The transport problem of Hitchcock (1941), solved by successive shortest augmenting paths with prices, as in Ahuja,
//! Magnanti & Orlin, *Network Flows* (1993).

const NONE: u32 = u32::MAX;
/// Less than this is nothing: amounts are probabilities.
const NOTHING: f64 = 1e-12;

/// Edges of source `i` are `bounds[i]..bounds[i + 1]`; each leads to a sink at a finite cost per unit.
#[derive(Default)]
pub(crate) struct Roads {
    pub bounds: Vec<u32>,
    pub sink: Vec<u32>,
    pub log_cost: Vec<f64>,
}

/// The search for the nearest sink that has room.
struct Search<'a> {
    roads: &'a Roads,
    source_of_edge: Vec<u32>,
    edges_of_sink: Vec<Vec<u32>>,
    flow: Vec<f64>,
    source_price: Vec<f64>,
    sink_price: Vec<f64>,
    /// Distance of each sink, and the edge that reached it.
    distance: Vec<f64>,
    last_edge: Vec<u32>,
    /// The edge against whose flow each source was reached; sources reached with their distance.
    back_edge: Vec<u32>,
    scanned: Vec<(u32, f64)>,
    open: Vec<u32>,
    closed: Vec<u32>,
}

/// What flows on each edge. `supply` of the sources and `demand` of the sinks should sum to the same; what cannot be
/// placed stays in them.
pub(crate) fn transport(roads: &Roads, supply: &mut [f64], demand: &mut [f64]) -> Vec<f64> {
    let mut search = Search::new(roads, demand.len());
    // Every path empties a source, fills a sink or takes an edge's flow away; far more than is ever needed.
    let mut paths_left = 8 * (supply.len() + demand.len());
    for source in 0..supply.len() as u32 {
        while supply[source as usize] > NOTHING && paths_left > 0 {
            paths_left -= 1;
            let Some(sink) = search.nearest(source, demand) else { break };
            let most = supply[source as usize].min(demand[sink as usize]);
            let amount = search.send(source, sink, most);
            supply[source as usize] -= amount;
            demand[sink as usize] -= amount;
        }
    }
    search.flow
}

impl<'a> Search<'a> {
    fn new(roads: &'a Roads, sinks: usize) -> Self {
        let sources = roads.bounds.len().saturating_sub(1);
        let mut source_of_edge = Vec::with_capacity(roads.sink.len());
        let mut edges_of_sink = vec![Vec::new(); sinks];
        let mut source_price = Vec::with_capacity(sources);
        for source in 0..sources {
            let edges = roads.bounds[source] as usize..roads.bounds[source + 1] as usize;
            let cheapest =
                roads.log_cost[edges.clone()].iter().fold(f64::INFINITY, |least: f64, &cost| least.min(cost));
            source_price.push(if cheapest.is_finite() { -cheapest } else { 0.0 });
            for edge in edges {
                source_of_edge.push(source as u32);
                edges_of_sink[roads.sink[edge] as usize].push(edge as u32);
            }
        }
        Search {
            roads,
            source_of_edge,
            edges_of_sink,
            flow: vec![0.0; roads.sink.len()],
            source_price,
            sink_price: vec![0.0; sinks],
            distance: vec![f64::INFINITY; sinks],
            last_edge: vec![NONE; sinks],
            back_edge: vec![NONE; sources],
            scanned: Vec::new(),
            open: Vec::new(),
            closed: Vec::new(),
        }
    }

    /// The nearest sink with room; leaves the way to it in `last_edge` and `back_edge`, and new prices.
    fn nearest(&mut self, source: u32, demand: &[f64]) -> Option<u32> {
        self.back_edge.fill(NONE);
        self.scanned.clear();
        self.scan(source, 0.0);
        let found = loop {
            let nearest = (0..self.open.len()).min_by(|&a, &b| {
                let (a, b) = (self.open[a], self.open[b]);
                self.distance[a as usize].total_cmp(&self.distance[b as usize]).then(a.cmp(&b))
            });
            let Some(slot) = nearest else { break None };
            let sink = self.open.swap_remove(slot);
            self.closed.push(sink);
            if demand[sink as usize] > NOTHING {
                break Some(sink);
            }
            let at = self.distance[sink as usize];
            for place in 0..self.edges_of_sink[sink as usize].len() {
                let edge = self.edges_of_sink[sink as usize][place];
                let other = self.source_of_edge[edge as usize];
                if self.flow[edge as usize] > NOTHING && other != source && self.back_edge[other as usize] == NONE {
                    self.back_edge[other as usize] = edge;
                    self.scan(other, at);
                }
            }
        };
        let length = found.map_or(0.0, |sink| self.distance[sink as usize]);
        if found.is_some() {
            for &(source, at) in &self.scanned {
                self.source_price[source as usize] += at - length;
            }
            for &sink in &self.closed {
                self.sink_price[sink as usize] += self.distance[sink as usize] - length;
            }
        }
        for sink in self.open.drain(..).chain(self.closed.drain(..)) {
            self.distance[sink as usize] = f64::INFINITY;
        }
        found
    }

    fn scan(&mut self, source: u32, at: f64) {
        self.scanned.push((source, at));
        for edge in self.roads.bounds[source as usize]..self.roads.bounds[source as usize + 1] {
            let sink = self.roads.sink[edge as usize];
            let reduced = self.roads.log_cost[edge as usize] + self.source_price[source as usize];
            let distance = at + (reduced - self.sink_price[sink as usize]).max(0.0);
            let known = self.distance[sink as usize];
            if distance < known && !self.closed.contains(&sink) {
                if known == f64::INFINITY {
                    self.open.push(sink);
                }
                self.distance[sink as usize] = distance;
                self.last_edge[sink as usize] = edge;
            }
        }
    }

    /// Sends up to `most` along the way found; returns how much.
    fn send(&mut self, source: u32, sink: u32, most: f64) -> f64 {
        let mut way = Vec::new();
        let (mut amount, mut at) = (most, sink);
        loop {
            let edge = self.last_edge[at as usize];
            way.push((edge, true));
            let from = self.source_of_edge[edge as usize];
            if from == source {
                break;
            }
            let back = self.back_edge[from as usize];
            way.push((back, false));
            amount = amount.min(self.flow[back as usize]);
            at = self.roads.sink[back as usize];
        }
        for (edge, forward) in way {
            let flow = &mut self.flow[edge as usize];
            *flow = if forward { *flow + amount } else { *flow - amount };
            if *flow < NOTHING {
                *flow = 0.0;
            }
        }
        amount
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::associate::{Candidate, assign};
    use proptest::prelude::*;

    proptest! {
        /// With whole units the cheapest transport is the best assignment (its corners are whole).
        #[test]
        fn prop_units_are_assigned(cost in prop::collection::vec(0.0..9.0f64, 25)) {
            let mut roads = Roads { bounds: vec![0], ..Roads::default() };
            for source in 0..5 {
                roads.sink.extend(0..5u32);
                roads.log_cost.extend_from_slice(&cost[5 * source..5 * source + 5]);
                roads.bounds.push(roads.sink.len() as u32);
            }
            let (mut supply, mut demand) = (vec![1.0; 5], vec![1.0; 5]);
            let flow = transport(&roads, &mut supply, &mut demand);
            let found: f64 = flow.iter().zip(&cost).map(|(flow, cost)| flow * cost).sum();
            let candidates: Vec<Candidate> = (0..25u32).map(|at| Candidate { track: at / 5, plot: at % 5, log_weight: 100.0 - cost[at as usize] }).collect();
            let best = 500.0 - assign(5, 5, &candidates, &[0.0; 5]).log_ratio;
            prop_assert!((found - best).abs() < 1e-9, "{} {}", found, best);
        }

        /// Parts of units: all is placed, and no cycle of exchanges between two sources and two sinks is cheaper.
        #[test]
        fn prop_all_is_placed_and_no_exchange_helps(supply in prop::collection::vec(0.01..1.0f64, 8), cost in prop::collection::vec(-9.0..9.0f64, 32)) {
            let mut roads = Roads { bounds: vec![0], ..Roads::default() };
            for source in 0..8 {
                roads.sink.extend(0..4u32);
                roads.log_cost.extend_from_slice(&cost[4 * source..4 * source + 4]);
                roads.bounds.push(roads.sink.len() as u32);
            }
            let total: f64 = supply.iter().sum();
            let (mut left, mut demand) = (supply.clone(), vec![total / 4.0; 4]);
            let flow = transport(&roads, &mut left, &mut demand);
            prop_assert!(left.iter().chain(&demand).all(|left| left.abs() < 1e-9));
            for (source, supply) in supply.iter().enumerate() {
                prop_assert!((flow[4 * source..4 * source + 4].iter().sum::<f64>() - supply).abs() < 1e-9);
            }
            for a in (0..32).filter(|&a| flow[a] > 1e-9) {
                for b in (0..32).filter(|&b| flow[b] > 1e-9 && b / 4 != a / 4) {
                    let (across, back) = (a / 4 * 4 + b % 4, b / 4 * 4 + a % 4);
                    prop_assert!(cost[a] + cost[b] <= cost[across] + cost[back] + 1e-9);
                }
            }
        }
    }
}
