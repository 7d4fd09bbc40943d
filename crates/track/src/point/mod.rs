//! A whole tracker for objects seen as points: the linear scenarios that trackers are compared on.
//!
//! Model: almost constant velocity on each axis, position measured with equal noise on all axes, uniform Poisson
//! clutter in a square or cube, the same detection probability everywhere. [`read_scenario`] reads one from text,
//! [`run`] tracks it.

mod birth;
mod cohort;
mod family;
mod kalman;
mod mixture;
mod regroup;
mod scenario;
mod tracker;

pub use scenario::{Meta, Scenario, ScenarioError, Site, Start, read_scenario, read_sites};

use crate::associate::Associator;
use tracker::Tracker;

/// How a plot is weighed against a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighing {
    /// By the logarithm of detection probability x likelihood / clutter density.
    Likelihood,
    /// By Mahalanobis distance, a miss standing at the edge of the gate. Only for
    /// [`Associator::GlobalNearest`]; it is how some trackers do it, for comparison with them.
    Distance,
}

/// Where objects are expected to appear when no starts are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Birth {
    /// Anywhere in the area, as many as the plots speak for: first single plots, then pairs of them, then tracks.
    Adaptive,
    /// At [`Scenario::sites`], as often as they say. With [`Associator::Mixture`] this is the Poisson multi-Bernoulli
    /// mixture filter of Garcia-Fernandez, Williams, Granstrom & Svensson (2018).
    Sites,
}

/// How to track.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Which plots go to which track.
    pub associator: Associator,
    /// What a candidate weighs.
    pub weighing: Weighing,
    /// True: the tracks are [`Scenario::starts`], all along. False: nothing is given, tracks are found and lost.
    pub known_starts: bool,
    /// Where new objects come from, when starts are not known.
    pub birth: Birth,
    /// A track is reported while it exists with at least this probability. Below one half a false report costs more than
    /// a missed object by most measures.
    pub report_probability: f64,
    /// Probability that the plot of a track falls inside its gate, inside (0, 1).
    pub gate_probability: f64,
    /// A track weighs at most so many plots per scan, the likeliest ones; the rest is counted in [`Run::shed_count`].
    pub candidates_per_track_count: usize,
}

impl Settings {
    /// Adaptive birth, reports from probability one half, gate 0.999, at most 64 plots per track and scan, weighed by likelihood.
    pub const fn new(associator: Associator, known_starts: bool) -> Self {
        Settings {
            associator,
            weighing: Weighing::Likelihood,
            known_starts,
            birth: Birth::Adaptive,
            report_probability: 0.5,
            gate_probability: 0.999,
            candidates_per_track_count: 64,
        }
    }
}

/// One confirmed track at one scan. In two dimensions the third is zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackRow {
    /// Number of the scan, from zero.
    pub scan: u32,
    /// Number of the track: never used again for another.
    pub track: u32,
    /// Position.
    pub position_m: [f64; 3],
    /// Velocity.
    pub velocity_mps: [f64; 3],
}

/// What came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Run<T> {
    /// All confirmed tracks, scan by scan.
    pub rows: Vec<TrackRow>,
    /// The clock before and after each scan that was worked on (with known starts scan 0 is given, not worked on).
    pub times: Vec<(T, T)>,
    /// Clusters that exact JPDA left to belief propagation, or whose objects the mixture continued independently
    /// (above its cap on joint hypotheses or above twelve objects).
    pub fallback_count: usize,
    /// How often the cap on joint hypotheses cut some of a cluster that stayed together.
    pub cut_count: usize,
    /// Candidates left out: more per track than allowed.
    pub shed_count: usize,
    /// Plots refused: a coordinate that is not finite, or a plot that is in its scan already.
    pub refused_count: usize,
}

/// Tracks a scenario. `clock` is read before and after each scan and may give anything, for instance wall and processor
/// time; the answer does not depend on it.
///
/// ```
/// use downrange_track::associate::Associator;
/// use downrange_track::point::{Settings, read_scenario, run};
/// let meta = "key,value\ndim,2\nscans,3\ndt,1\nq,0.1\nsigma,10\npd,0.9\nside,500\nlam,1\np0_pos,10\np0_vel,3\n";
/// let meas = "scan,truth_id,x,y\n1,0,110.0,100.0\n2,0,120.0,100.0\n";
/// let init = "id,x,vx,y,vy\n7,100,10,100,0\n";
/// let scenario = read_scenario(meta, meas, Some(init)).unwrap();
/// let found = run(&scenario, &Settings::new(Associator::jpda(), true), || ());
/// assert_eq!(found.rows.len(), 3);
/// assert_eq!(found.rows[2].track, 7);
/// assert!((found.rows[2].position_m[0] - 120.0).abs() < 1.0);
/// ```
pub fn run<T>(scenario: &Scenario, settings: &Settings, clock: impl FnMut() -> T) -> Run<T> {
    if scenario.meta.dimension_count == 2 {
        Tracker::<2>::run(scenario, settings, clock)
    } else {
        Tracker::<3>::run(scenario, settings, clock)
    }
}
