//! Distances between the set of true positions and the set of tracked ones.

use crate::associate::grid::{Grid, GridError, squared_distance};
use crate::associate::{Candidate, assign};

/// GOSPA with exponent `p` = 2 and alpha = 2: Rahmathullah, Garcia-Fernandez & Svensson, "Generalized optimal
/// sub-pattern assignment metric" (Fusion 2017), proposition 1. In the unit of the positions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gospa {
    /// The distance: root of the sum of the three squared parts.
    pub distance_m: f64,
    /// Sum of squared distances over the pairs, m².
    pub localisation_m2: f64,
    /// c² / 2 for each true object without a track, m².
    pub missed_m2: f64,
    /// c² / 2 for each track without a true object, m².
    pub false_m2: f64,
    /// (true, tracked) indices closer than the cut-off in the best assignment, by true index.
    pub pairs: Vec<(u32, u32)>,
}

/// Why a distance could not be taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SetError {
    /// A position is unusable, or there are too many.
    Position(GridError),
    /// The cut-off distance must be finite and above zero.
    Cutoff {
        /// What was given.
        cutoff_m: f64,
    },
}

impl core::fmt::Display for SetError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            SetError::Position(error) => error.fmt(f),
            SetError::Cutoff { cutoff_m } => write!(f, "cut-off {cutoff_m} m, must be finite and above zero"),
        }
    }
}

impl core::error::Error for SetError {}

/// The GOSPA distance between `truth` and `tracked`, positions in `D` = 2 or 3 dimensions, with cut-off `cutoff_m`
/// (often called c).
///
/// ```
/// // The hand example: one of two objects is tracked, one metre off; c = 5 m.
/// let found = downrange_track::measure::gospa(&[[0.0, 0.0], [10.0, 0.0]], &[[1.0, 0.0]], 5.0).unwrap();
/// assert!((found.distance_m - 13.5f64.sqrt()).abs() < 1e-12);
/// ```
pub fn gospa<const D: usize>(truth: &[[f64; D]], tracked: &[[f64; D]], cutoff_m: f64) -> Result<Gospa, SetError> {
    let pairs = best_pairs(truth, tracked, cutoff_m)?;
    let half = 0.5 * cutoff_m * cutoff_m;
    let localisation_m2 = sum_of_squares(truth, tracked, &pairs);
    let missed_m2 = half * (truth.len() - pairs.len()) as f64;
    let false_m2 = half * (tracked.len() - pairs.len()) as f64;
    let distance_m = libm::sqrt(localisation_m2 + missed_m2 + false_m2);
    Ok(Gospa { distance_m, localisation_m2, missed_m2, false_m2, pairs })
}

/// The OSPA distance of order 2 (Schuhmacher, Vo & Vo, IEEE Trans. Signal Processing 56(8), 2008, equation 3), in m:
/// the root mean square distance per object where an object without partner, or beyond the cut-off, counts `cutoff_m`.
/// Two empty sets are at distance zero.
pub fn ospa<const D: usize>(truth: &[[f64; D]], tracked: &[[f64; D]], cutoff_m: f64) -> Result<f64, SetError> {
    // The best assignment under min(d, c) is the best one of the pairs closer than c: the others all cost c.
    let pairs = best_pairs(truth, tracked, cutoff_m)?;
    let most = truth.len().max(tracked.len());
    if most == 0 {
        return Ok(0.0);
    }
    let unpaired = (most - pairs.len()) as f64 * cutoff_m * cutoff_m;
    Ok(libm::sqrt((sum_of_squares(truth, tracked, &pairs) + unpaired) / most as f64))
}

/// The pairs closer than the cut-off that minimise the sum of min(d², c²). A pair saves c² - d².
fn best_pairs<const D: usize>(
    truth: &[[f64; D]],
    tracked: &[[f64; D]],
    cutoff_m: f64,
) -> Result<Vec<(u32, u32)>, SetError> {
    if !(cutoff_m > 0.0 && cutoff_m.is_finite()) {
        return Err(SetError::Cutoff { cutoff_m });
    }
    let grid = Grid::build(tracked, cutoff_m).map_err(SetError::Position)?;
    let mut candidates = Vec::new();
    for (track, position) in truth.iter().enumerate() {
        if let Some(&value) = position.iter().find(|value| !value.is_finite()) {
            return Err(SetError::Position(GridError::NotFinite { index: track, value }));
        }
        grid.for_each_within(*position, cutoff_m, |plot| {
            let saved = cutoff_m * cutoff_m - squared_distance(position, &tracked[plot as usize]);
            candidates.push(Candidate { track: track as u32, plot, log_weight: saved });
        });
    }
    // The solver takes weights as they are only within +-700; only their ratio counts here.
    let scale = 500.0 / (cutoff_m * cutoff_m);
    candidates.iter_mut().for_each(|candidate| candidate.log_weight *= scale);
    let assignment = assign(truth.len(), tracked.len(), &candidates, &vec![0.0; truth.len()]);
    let pairs = assignment.plot_of_track.iter().enumerate();
    Ok(pairs.filter_map(|(track, plot)| plot.map(|plot| (track as u32, plot))).collect())
}

fn sum_of_squares<const D: usize>(truth: &[[f64; D]], tracked: &[[f64; D]], pairs: &[(u32, u32)]) -> f64 {
    pairs.iter().map(|&(a, b)| squared_distance(&truth[a as usize], &tracked[b as usize])).sum()
}
