//! Distances between true and tracked objects over time, where it matters which track is which: OSPA⁽²⁾ and the SIAP
//! attributes. And how many objects there seem to be.

use super::sets::SetError;
use crate::associate::grid::{Grid, GridError, squared_distance};
use crate::associate::{Candidate, assign};
use std::collections::BTreeMap;

/// One object at one scan: true or tracked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Labelled<const D: usize> {
    /// The same over all scans for the same object; no two objects of one scan share it.
    pub label: u64,
    /// Where it is.
    pub position_m: [f64; D],
}

/// Why two histories could not be compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HistoryError {
    /// A position or the cut-off is unusable.
    Set(SetError),
    /// Histories, or their times, of different length.
    Lengths {
        /// Scans of the truth.
        truth_count: usize,
        /// Scans of the tracker, or times.
        other_count: usize,
    },
    /// A label stands twice in one scan.
    Label {
        /// The scan.
        scan: usize,
        /// The label.
        label: u64,
    },
    /// A time is not finite or before the one of the scan before.
    Time {
        /// The scan.
        scan: usize,
        /// Its time.
        time_s: f64,
    },
    /// The order must be at least one.
    Order,
}

impl core::fmt::Display for HistoryError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            HistoryError::Set(error) => error.fmt(f),
            HistoryError::Lengths { truth_count, other_count } => {
                write!(f, "{truth_count} scans of truth beside {other_count}, must be as many")
            }
            HistoryError::Label { scan, label } => write!(f, "scan {scan}: label {label} twice, must be once"),
            HistoryError::Time { scan, time_s } => {
                write!(f, "scan {scan}: time {time_s} s, must be finite and not before the last one")
            }
            HistoryError::Order => f.write_str("order 0, must be at least 1"),
        }
    }
}

impl core::error::Error for HistoryError {}

/// OSPA⁽²⁾, in m: the OSPA distance of order `order` between two sets of *tracks*, where the distance of two tracks is their
/// distance cut off at `cutoff_m`, averaged over the scans in which either of them is (`cutoff_m` where only one is). Beard, Vo,
/// Vo, "A solution for large-scale multi-object tracking", IEEE Trans. Signal Processing 68, 2020, with order 1 of the base
/// distance.
///
/// The histories hold one list per scan; for the curve over time give it windows of them. An identity that changes hands costs
/// as much as a track that was lost. Work is the sum over the scans of true times tracked objects. Two empty histories are at
/// distance zero.
///
/// ```
/// use downrange_track::measure::tracks::{Labelled, ospa2};
/// let at = |label, x| Labelled { label, position_m: [x, 0.0] };
/// let truth = vec![vec![at(1, 0.0)], vec![at(1, 1.0)]];
/// // Three metres off, then lost and taken up by a new track just as far off.
/// let tracked = vec![vec![at(7, 3.0)], vec![at(8, 4.0)]];
/// // Either track: (3 + 10)/2; the other one has no partner: 10.
/// assert!((ospa2(&truth, &tracked, 10.0, 1).unwrap() - (6.5 + 10.0) / 2.0).abs() < 1e-12);
/// ```
pub fn ospa2<const D: usize>(
    truth: &[Vec<Labelled<D>>],
    tracked: &[Vec<Labelled<D>>],
    cutoff_m: f64,
    order: u32,
) -> Result<f64, HistoryError> {
    check(truth, tracked, cutoff_m)?;
    if order == 0 {
        return Err(HistoryError::Order);
    }
    let (lives, others) = (lives(truth), lives(tracked));
    let most = lives.len().max(others.len());
    if most == 0 {
        return Ok(0.0);
    }
    // For each pair: the scans that both are in, and by how much they are nearer than the cut-off there.
    let mut shared: BTreeMap<(u32, u32), (usize, f64)> = BTreeMap::new();
    for (truth, tracked) in truth.iter().zip(tracked) {
        for a in truth {
            for b in tracked {
                let (Some(a_life), Some(b_life)) = (lives.get(&a.label), others.get(&b.label)) else { continue };
                let near_m = libm::sqrt(squared_distance(&a.position_m, &b.position_m)).min(cutoff_m);
                let entry = shared.entry((a_life.index, b_life.index)).or_default();
                entry.0 += 1;
                entry.1 += cutoff_m - near_m;
            }
        }
    }
    let (scans, other_scans) = (scans_by_index(&lives), scans_by_index(&others));
    let power = |x: f64| libm::pow(x, f64::from(order));
    let whole = power(cutoff_m);
    let savings = shared.into_iter().map(|((a, b), (both, saved))| {
        let either = scans[a as usize] + other_scans[b as usize] - both;
        (a, b, (whole - power(cutoff_m - saved / either as f64)).max(0.0))
    });
    // The solver takes weights as they are only within +-700; only their ratio counts here.
    let candidates: Vec<Candidate> = savings
        .filter(|(_, _, saved)| *saved > 0.0)
        .map(|(track, plot, saved)| Candidate { track, plot, log_weight: saved / whole * 500.0 })
        .collect();
    let assignment = assign(lives.len(), others.len(), &candidates, &vec![0.0; lives.len()]);
    let weights: BTreeMap<(u32, u32), f64> =
        candidates.iter().map(|c| ((c.track, c.plot), c.log_weight / 500.0 * whole)).collect();
    let pairs = assignment.plot_of_track.iter().zip(0u32..).filter_map(|(plot, track)| Some((track, (*plot)?)));
    let saved: f64 = pairs.filter_map(|pair| weights.get(&pair)).sum();
    let mean = (whole * most as f64 - saved).max(0.0) / most as f64;
    Ok(libm::pow(mean, 1.0 / f64::from(order)))
}

/// The attributes of the Single Integrated Air Picture: Votruba, Nisley, Rothrock, Zombro, *SIAP Metrics Implementation*, SIAP
/// System Engineering Task Force, 2001.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Siap {
    /// Share of the true objects, summed over the scans, that have a track; best 1.
    pub completeness_share: f64,
    /// Tracks per true object that has one; best 1.
    pub ambiguity_ratio: f64,
    /// Share of the tracks without a true object; best 0.
    pub spuriousness_share: f64,
    /// Mean distance of the tracks from their true objects.
    pub position_error_m: f64,
    /// How often a true object gets another track, per second that it is tracked; best 0. The fewest tracks that can cover the
    /// tracked time are counted.
    pub track_changes_hz: f64,
    /// Longest time that one track stays on a true object, over the life of the object, summed over the objects; best 1.
    pub longest_segment_share: f64,
}

/// The SIAP attributes of a tracker's output, scan by scan at `times_s`. A track belongs to the nearest true object within
/// `cutoff_m` of it, several may belong to one. Where nothing can be counted an attribute has its best value, completeness and
/// the longest segment zero.
///
/// ```
/// use downrange_track::measure::tracks::{Labelled, siap};
/// let at = |label, x| Labelled { label, position_m: [x, 0.0] };
/// let truth = vec![vec![at(1, 0.0)], vec![at(1, 1.0)], vec![at(1, 2.0)], vec![at(1, 3.0)]];
/// let tracked = vec![vec![at(7, 0.5)], vec![at(7, 1.5), at(9, 80.0)], vec![], vec![at(8, 3.5)]];
/// let found = siap(&truth, &tracked, &[0.0, 1.0, 2.0, 3.0], 5.0).unwrap();
/// assert_eq!((found.completeness_share, found.spuriousness_share), (0.75, 0.25));
/// assert_eq!((found.position_error_m, found.track_changes_hz), (0.5, 1.0)); // one change in one tracked second
/// assert!((found.longest_segment_share - 1.0 / 3.0).abs() < 1e-12);
/// ```
pub fn siap<const D: usize>(
    truth: &[Vec<Labelled<D>>],
    tracked: &[Vec<Labelled<D>>],
    times_s: &[f64],
    cutoff_m: f64,
) -> Result<Siap, HistoryError> {
    check(truth, tracked, cutoff_m)?;
    check_times(truth.len(), times_s)?;
    let mut sums = Sums::default();
    // Runs of scans in which a track stays on an object: by object, then by track.
    let mut runs: BTreeMap<u64, Vec<Run>> = BTreeMap::new();
    for (scan, (truth, tracked)) in truth.iter().zip(tracked).enumerate() {
        let positions: Vec<[f64; D]> = truth.iter().map(|t| t.position_m).collect();
        let grid = Grid::build(&positions, cutoff_m).map_err(|e| HistoryError::Set(SetError::Position(e)))?;
        let mut seen = vec![false; truth.len()];
        for track in tracked {
            let Some((near, distance2)) = nearest(&grid, &positions, &track.position_m, cutoff_m) else { continue };
            seen[near] = true;
            sums.associated += 1;
            sums.error_m += libm::sqrt(distance2);
            let runs = runs.entry(truth[near].label).or_default();
            match runs.iter_mut().find(|run| run.track == track.label && run.last + 1 == scan) {
                Some(run) => run.last = scan,
                None => runs.push(Run { track: track.label, first: scan, last: scan }),
            }
        }
        sums.truths += truth.len();
        sums.tracks += tracked.len();
        sums.seen += seen.iter().filter(|seen| **seen).count();
    }
    let (mut changes, mut tracked_s, mut longest_s, mut lived_s) = (0, 0.0, 0.0, 0.0);
    for (label, life) in &lives(truth) {
        lived_s += times_s[life.last] - times_s[life.first];
        let Some(runs) = runs.get(label) else { continue };
        changes += tracks_needed(runs) - 1;
        tracked_s += covered_s(runs, times_s);
        longest_s += runs.iter().map(|run| times_s[run.last] - times_s[run.first]).fold(0.0, f64::max);
    }
    let ratio = |a: f64, b: f64, otherwise: f64| if b > 0.0 { a / b } else { otherwise };
    Ok(Siap {
        completeness_share: ratio(sums.seen as f64, sums.truths as f64, 0.0),
        ambiguity_ratio: ratio(sums.associated as f64, sums.seen as f64, 1.0),
        spuriousness_share: ratio((sums.tracks - sums.associated) as f64, sums.tracks as f64, 0.0),
        position_error_m: ratio(sums.error_m, sums.associated as f64, 0.0),
        track_changes_hz: ratio(changes as f64, tracked_s, 0.0),
        longest_segment_share: ratio(longest_s, lived_s, 0.0),
    })
}

#[derive(Default)]
struct Sums {
    truths: usize,
    tracks: usize,
    seen: usize,
    associated: usize,
    error_m: f64,
}

/// Scans, both included, in which a track stays on one object without a gap.
struct Run {
    track: u64,
    first: usize,
    last: usize,
}

/// The fewest runs that cover every scan that any of them covers: from each first uncovered one, the run that reaches furthest.
fn tracks_needed(runs: &[Run]) -> usize {
    let (mut needed, mut from) = (0, 0);
    while let Some(next) = runs.iter().filter(|run| run.last >= from).map(|run| run.first.max(from)).min() {
        let reach = runs.iter().filter(|run| run.first <= next && run.last >= next).map(|run| run.last).max();
        needed += 1;
        from = reach.unwrap_or(next) + 1;
    }
    needed
}

/// Time between scans that one run covers both of.
fn covered_s(runs: &[Run], times_s: &[f64]) -> f64 {
    let steps = times_s.windows(2).enumerate();
    let covered = steps.filter(|(k, _)| runs.iter().any(|run| run.first <= *k && run.last > *k));
    covered.map(|(_, pair)| pair[1] - pair[0]).sum()
}

/// The point of the grid nearest to `position` within `cutoff_m` (the first of equals), and the squared distance.
fn nearest<const D: usize>(
    grid: &Grid<D>,
    positions: &[[f64; D]],
    position: &[f64; D],
    cutoff_m: f64,
) -> Option<(usize, f64)> {
    let mut best: Option<(usize, f64)> = None;
    grid.for_each_within(*position, cutoff_m, |index| {
        let found = (index as usize, squared_distance(position, &positions[index as usize]));
        if best.is_none_or(|best| found.1 < best.1 || found.1 == best.1 && found.0 < best.0) {
            best = Some(found);
        }
    });
    best
}

/// How far the number of tracks is from the number of objects.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CardinalityError {
    /// Mean over the scans of tracked less true objects; above zero: too many.
    pub mean_count: f64,
    /// Mean of its absolute value.
    pub mean_absolute_count: f64,
    /// Root of the mean of its square.
    pub rms_count: f64,
}

/// Over pairs of (true, tracked) numbers of objects, one pair per scan; all zero without any.
///
/// ```
/// let found = downrange_track::measure::tracks::cardinality_error([(3, 3), (3, 5), (2, 2), (2, 0)]);
/// assert_eq!((found.mean_count, found.mean_absolute_count), (0.0, 1.0));
/// assert_eq!(found.rms_count, 2f64.sqrt());
/// ```
pub fn cardinality_error(counts: impl IntoIterator<Item = (usize, usize)>) -> CardinalityError {
    let (mut scans, mut sum, mut absolute, mut square) = (0.0, 0.0, 0.0, 0.0);
    for (truth, tracked) in counts {
        let off = tracked as f64 - truth as f64;
        scans += 1.0;
        sum += off;
        absolute += off.abs();
        square += off * off;
    }
    if scans == 0.0 {
        return CardinalityError::default();
    }
    CardinalityError {
        mean_count: sum / scans,
        mean_absolute_count: absolute / scans,
        rms_count: libm::sqrt(square / scans),
    }
}

/// The scans in which a label occurs.
struct Life {
    /// Position of the label among all of its history, in order of label.
    index: u32,
    count: usize,
    first: usize,
    last: usize,
}

fn lives<const D: usize>(history: &[Vec<Labelled<D>>]) -> BTreeMap<u64, Life> {
    let mut lives: BTreeMap<u64, Life> = BTreeMap::new();
    for (scan, objects) in history.iter().enumerate() {
        for object in objects {
            let life = lives.entry(object.label).or_insert(Life { index: 0, count: 0, first: scan, last: scan });
            life.count += 1;
            life.last = scan;
        }
    }
    for (life, index) in lives.values_mut().zip(0..) {
        life.index = index;
    }
    lives
}

fn scans_by_index(lives: &BTreeMap<u64, Life>) -> Vec<usize> {
    lives.values().map(|life| life.count).collect()
}

fn check<const D: usize>(
    truth: &[Vec<Labelled<D>>],
    tracked: &[Vec<Labelled<D>>],
    cutoff_m: f64,
) -> Result<(), HistoryError> {
    if !(cutoff_m > 0.0 && cutoff_m.is_finite()) {
        return Err(HistoryError::Set(SetError::Cutoff { cutoff_m }));
    }
    if truth.len() != tracked.len() {
        return Err(HistoryError::Lengths { truth_count: truth.len(), other_count: tracked.len() });
    }
    for (scan, objects) in truth.iter().enumerate().chain(tracked.iter().enumerate()) {
        let mut labels: Vec<u64> = objects.iter().map(|object| object.label).collect();
        labels.sort_unstable();
        if let Some(pair) = labels.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(HistoryError::Label { scan, label: pair[0] });
        }
        for (index, object) in objects.iter().enumerate() {
            if let Some(&value) = object.position_m.iter().find(|value| !value.is_finite()) {
                return Err(HistoryError::Set(SetError::Position(GridError::NotFinite { index, value })));
            }
        }
    }
    Ok(())
}

fn check_times(scans: usize, times_s: &[f64]) -> Result<(), HistoryError> {
    if scans != times_s.len() {
        return Err(HistoryError::Lengths { truth_count: scans, other_count: times_s.len() });
    }
    let mut before_s = f64::NEG_INFINITY;
    for (scan, &time_s) in times_s.iter().enumerate() {
        if !(time_s.is_finite() && time_s >= before_s) {
            return Err(HistoryError::Time { scan, time_s });
        }
        before_s = time_s;
    }
    Ok(())
}
