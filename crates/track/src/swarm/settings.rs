//! How to track.

use super::SwarmError;
use crate::associate::Associator;
use core::num::NonZeroUsize;

/// How to track. What [`Settings::new`] sets beyond its arguments are choices of ours, fitted to no data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Which plots go to which track, where tracks compete. Those that look at several scans act as they do on one.
    pub associator: Associator,
    /// Power spectral density of the acceleration, each axis.
    pub density_m2ps3: f64,
    /// No object is faster.
    pub speed_mps: f64,
    /// Edge of the cells that space is cut into; best about the mean distance of objects. It changes speed, not the answer.
    pub cell_m: f64,
    /// The longest time between two scans.
    pub step_s: f64,
    /// How long an object stays in sight, on average.
    pub mean_life_s: f64,
    /// Largest squared Mahalanobis distance of a plot from its track (three degrees of freedom).
    pub gate: f64,
    /// Existence probability of a track that has just begun with two plots.
    pub pair_probability: f64,
    /// A track above this existence probability is confirmed.
    pub confirm_probability: f64,
    /// A track below this existence probability is given up.
    pub drop_probability: f64,
    /// A track weighs at most so many plots, the nearest ones.
    pub candidates_per_track_count: usize,
    /// A plot begins at most so many tracks, the slowest ones.
    pub pairs_per_plot_count: usize,
    /// A search looks at so many plots, at most: what bounds the time of a scan with very many plots in one place.
    pub visits_per_search_count: usize,
    /// Plots in one scan, at most.
    pub plots_count: usize,
    /// Work is split over so many threads; the answer is the same with any number.
    pub threads_count: NonZeroUsize,
}

impl Settings {
    /// For objects that change their speed by about √(`density_m2ps3` · t) in a time t and are never faster than `speed_mps`. One
    /// thread, cells of 2 km, steps up to 60 s, a mean life of 5,000 s, gate 20 (probability 0.9998).
    pub const fn new(associator: Associator, density_m2ps3: f64, speed_mps: f64) -> Settings {
        Settings {
            associator,
            density_m2ps3,
            speed_mps,
            cell_m: 2000.0,
            step_s: 60.0,
            mean_life_s: 5000.0,
            gate: 20.0,
            pair_probability: 0.2,
            confirm_probability: 0.99,
            drop_probability: 0.01,
            candidates_per_track_count: 64,
            pairs_per_plot_count: 8,
            visits_per_search_count: 16_384,
            plots_count: 1 << 26,
            threads_count: NonZeroUsize::MIN,
        }
    }

    /// Whether a track gets one plot or none, and not several with their probabilities.
    pub(super) fn is_hard(&self) -> bool {
        matches!(self.associator, Associator::GlobalNearest | Associator::MultipleHypothesis { .. })
    }

    pub(super) fn check(&self) -> Result<(), SwarmError> {
        let lengths = [
            ("density_m2ps3", self.density_m2ps3),
            ("speed_mps", self.speed_mps),
            ("cell_m", self.cell_m),
            ("step_s", self.step_s),
            ("mean_life_s", self.mean_life_s),
            ("gate", self.gate),
        ];
        // Their products and squares must be numbers too.
        if let Some((name, value)) = lengths.into_iter().find(|(_, value)| !(1e-12..=1e12).contains(value)) {
            return Err(SwarmError::Setting { name, value, allowed: "1e-12 to 1e12" });
        }
        let probabilities = [
            ("pair_probability", self.pair_probability),
            ("confirm_probability", self.confirm_probability),
            ("drop_probability", self.drop_probability),
        ];
        if let Some((name, value)) = probabilities.into_iter().find(|(_, value)| !(*value > 0.0 && *value < 1.0)) {
            return Err(SwarmError::Setting { name, value, allowed: "inside (0, 1)" });
        }
        if self.drop_probability >= self.pair_probability {
            let (name, value) = ("drop_probability", self.drop_probability);
            return Err(SwarmError::Setting { name, value, allowed: "below pair_probability" });
        }
        let counts = [
            ("candidates_per_track_count", self.candidates_per_track_count),
            ("pairs_per_plot_count", self.pairs_per_plot_count),
            ("visits_per_search_count", self.visits_per_search_count),
            ("plots_count", self.plots_count),
        ];
        match counts.into_iter().find(|&(_, count)| count == 0 || count > 1 << 28) {
            Some((name, count)) => Err(SwarmError::Setting { name, value: count as f64, allowed: "1 to 2^28" }),
            None => Ok(()),
        }
    }
}
