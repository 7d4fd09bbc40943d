//! The best joint assignment of one cluster by shortest augmenting paths.
//!
//! The sparse form of the Jonker-Volgenant method as Crouse gives it ("On implementing 2D rectangular assignment
//! algorithms", IEEE Trans. Aerospace and Electronic Systems 52(4), 2016, 1679-1696, section III), written for
//! maximisation, with one extra column per track, "missed", of weight zero.

const NONE: u32 = u32::MAX;

/// Buffers of the solver; after [`Solver::solve`] also its answer and its dual prices.
#[derive(Default)]
pub(crate) struct Solver {
    /// Dual price of each track and of each plot, all >= 0: `track + plot >= log_ratio` on every edge, equal on the
    /// assigned ones; zero for missed tracks and free plots.
    pub track_price: Vec<f64>,
    pub plot_price: Vec<f64>,
    edge_of_track: Vec<u32>,
    track_of_plot: Vec<u32>,
    /// Length of the shortest path to each plot, the edge it ends with, and the track that edge leaves.
    distance: Vec<f64>,
    last_edge: Vec<u32>,
    from_track: Vec<u32>,
    /// Plots reached but not yet final, plots that are final, and tracks whose edges were relaxed with their distance.
    open: Vec<u32>,
    closed: Vec<u32>,
    scanned: Vec<(u32, f64)>,
}

/// The rows of a cluster: edges of track `i` are `bounds[i]..bounds[i + 1]`.
struct Rows<'a> {
    bounds: &'a [u32],
    plot: &'a [u32],
    log_ratio: &'a [f64],
}

enum End {
    FreePlot(u32),
    Missed(u32),
}

impl Solver {
    /// Solves for `bounds.len() - 1` tracks and `plots` plots; `plot` and `log_ratio` (finite) belong to the edges.
    pub fn solve(&mut self, bounds: &[u32], plot: &[u32], log_ratio: &[f64], plots: usize) {
        let tracks = bounds.len() - 1;
        for (list, length, value) in [
            (&mut self.track_price, tracks, 0.0),
            (&mut self.plot_price, plots, 0.0),
            (&mut self.distance, plots, f64::INFINITY),
        ] {
            list.clear();
            list.resize(length, value);
        }
        for (list, length) in [
            (&mut self.edge_of_track, tracks),
            (&mut self.track_of_plot, plots),
            (&mut self.last_edge, plots),
            (&mut self.from_track, plots),
        ] {
            list.clear();
            list.resize(length, NONE);
        }
        let rows = Rows { bounds, plot, log_ratio };
        for track in 0..tracks {
            self.augment(track as u32, &rows);
        }
    }

    /// The edge that track number `track` was given.
    pub fn edge_of_track(&self, track: usize) -> Option<usize> {
        Some(self.edge_of_track[track]).filter(|&edge| edge != NONE).map(|edge| edge as usize)
    }

    fn augment(&mut self, source: u32, rows: &Rows) {
        let edges = rows.bounds[source as usize] as usize..rows.bounds[source as usize + 1] as usize;
        self.track_price[source as usize] =
            edges.fold(0.0, |most: f64, e| most.max(rows.log_ratio[e] - self.plot_price[rows.plot[e] as usize]));
        let (end, length) = self.shortest_path(source, rows);
        for &(track, distance) in &self.scanned {
            // Rounding must not push a price below zero.
            let price = &mut self.track_price[track as usize];
            *price = (*price - (length - distance)).max(0.0);
        }
        for &plot in &self.closed {
            self.plot_price[plot as usize] += length - self.distance[plot as usize];
        }
        self.flip(source, end, rows);
        for plot in self.open.drain(..).chain(self.closed.drain(..)) {
            self.distance[plot as usize] = f64::INFINITY;
        }
        self.scanned.clear();
    }

    /// Dijkstra's search over the slacks, from `source` to the nearest free plot or missed track.
    fn shortest_path(&mut self, source: u32, rows: &Rows) -> (End, f64) {
        let mut missed = (f64::INFINITY, source);
        let (mut track, mut at) = (source, 0.0);
        loop {
            self.scanned.push((track, at));
            let to_missed = at + self.track_price[track as usize];
            if to_missed < missed.0 {
                missed = (to_missed, track);
            }
            self.relax(track, at, missed.0, rows);
            let nearest = (0..self.open.len()).min_by(|&a, &b| {
                let (a, b) = (self.open[a], self.open[b]);
                self.distance[a as usize].total_cmp(&self.distance[b as usize]).then(a.cmp(&b))
            });
            let Some(slot) = nearest else { return (End::Missed(missed.1), missed.0) };
            let plot = self.open[slot];
            at = self.distance[plot as usize];
            if missed.0 <= at {
                return (End::Missed(missed.1), missed.0);
            }
            if self.track_of_plot[plot as usize] == NONE {
                return (End::FreePlot(plot), at);
            }
            self.open.swap_remove(slot);
            self.closed.push(plot);
            track = self.track_of_plot[plot as usize];
        }
    }

    fn relax(&mut self, track: u32, at: f64, limit: f64, rows: &Rows) {
        for edge in rows.bounds[track as usize]..rows.bounds[track as usize + 1] {
            let plot = rows.plot[edge as usize];
            let slack =
                self.track_price[track as usize] + self.plot_price[plot as usize] - rows.log_ratio[edge as usize];
            let distance = at + slack.max(0.0);
            let known = self.distance[plot as usize];
            // A final plot is never nearer by another way, so only open and new ones pass this test.
            if distance < known && distance < limit {
                if known == f64::INFINITY {
                    self.open.push(plot);
                }
                self.distance[plot as usize] = distance;
                self.last_edge[plot as usize] = edge;
                self.from_track[plot as usize] = track;
            }
        }
    }

    /// Gives every track on the path the plot it was reached by, back to the source.
    fn flip(&mut self, source: u32, end: End, rows: &Rows) {
        let mut plot = match end {
            End::FreePlot(plot) => plot,
            End::Missed(track) => {
                let edge = core::mem::replace(&mut self.edge_of_track[track as usize], NONE);
                if edge == NONE {
                    return;
                }
                rows.plot[edge as usize]
            }
        };
        loop {
            let (edge, track) = (self.last_edge[plot as usize], self.from_track[plot as usize]);
            let before = core::mem::replace(&mut self.edge_of_track[track as usize], edge);
            self.track_of_plot[plot as usize] = track;
            if track == source {
                return;
            }
            plot = rows.plot[before as usize];
        }
    }
}
