//! The multi-Bernoulli mixture: joint hypotheses about which plot was whose, kept over several scans.
//!
//! The Poisson multi-Bernoulli mixture filter: Williams, "Marginal multi-Bernoulli filters: RFS derivation of MHT, JIPDA,
//! and association-based MeMBer" (IEEE Trans. Aerospace and Electronic Systems 51(3), 2015, 1664-1687, section III) and
//! Garcia-Fernandez, Williams, Granstrom & Svensson, "Poisson multi-Bernoulli mixture filter: direct derivation and
//! implementation" (same journal 54(4), 2018, 1883-1901). A tree is one possible object under its label, its leaves are
//! its single-object hypotheses, a joint hypothesis picks one leaf of each tree of its family. Objects too unsure for
//! joint hypotheses are kept outside, in marginal form (recycling: Williams, "Hybrid Poisson and multi-Bernoulli
//! filters", Fusion 2012), and raise the density of other plots here; with known sites there are no such objects, and
//! every plot founds a tree, as published. After each scan labels are exchanged inside the joint hypotheses (see
//! `regroup`): a set of hypotheses says the same whichever object is called which.
//!
//! Multiple hypothesis tracking is the same with other choices: Kurien, "Issues in the design of practical multitarget
//! tracking algorithms" (in Bar-Shalom (ed.), *Multitarget-Multisensor Tracking*, 1990) and Blackman, "Multiple
//! hypothesis tracking for multiple target tracking" (IEEE Aerospace and Electronic Systems Magazine 19(1), 2004, 5-18).
//! Leaves are not merged, what disagrees with the best joint hypothesis N scans back is pruned, and the best is reported.

use super::Meta;
use super::birth::Newborn;
use super::cohort::{Sensor, Track};
use super::family::{CROWD_COUNT, Family, Keep, Leaf, Look, Scan, Tree};
use crate::associate::cluster::split_pairs;
use crate::associate::grid::Grid;
use nalgebra::SVector;

/// So many possible objects, however unlikely, are continued together at most.
const TREES_LIMIT: usize = 40;

/// Weights further than this from a miss are taken as this far, as in the associators.
const LOG_RATIO_LIMIT: f64 = 700.0;

pub(super) struct Mixture<const D: usize> {
    families: Vec<Family<D>>,
    keep: Keep,
    next_number: u32,
    /// Plots left out: more in a gate than allowed.
    pub shed_count: usize,
    /// How often the cap on joint hypotheses cut some.
    pub cut_count: usize,
    /// How often objects had too many joint hypotheses and were continued apart.
    pub crowd_count: usize,
}

/// Families that want the same plots, and what the leaves of all their trees see.
struct Group<const D: usize> {
    families: Vec<Family<D>>,
    looks: Vec<Vec<Look<D>>>,
}

impl<const D: usize> Group<D> {
    /// The plots in any gate, ascending.
    fn plots(&self) -> Vec<u32> {
        let mut plots: Vec<u32> = self.looks.iter().flatten().flat_map(|look| &look.pairs).map(|pair| pair.0).collect();
        plots.sort_unstable();
        plots.dedup();
        plots
    }
}

impl<const D: usize> Mixture<D> {
    pub fn new(keep: Keep) -> Self {
        Mixture { families: Vec::new(), keep, next_number: 0, shed_count: 0, cut_count: 0, crowd_count: 0 }
    }

    /// Another object, known to be none of those here.
    pub fn add(&mut self, track: &Track<D>) {
        self.families.push(Family::new(track));
    }

    /// All leaves to the time of the next scan.
    pub fn predict(&mut self, meta: &Meta, survival_probability: f64) {
        let noise = meta.noise();
        let trees = self.families.iter_mut().flat_map(|family| &mut family.trees);
        for leaf in trees.flat_map(|tree| &mut tree.leaves) {
            leaf.existence.predict(survival_probability);
            leaf.state.predict(meta.dt_s, &noise);
        }
    }

    /// Continues all joint hypotheses with the plots. `log_density` is ln(plots per m² or m³ that come from no object
    /// here) at each plot; `free` is lowered by the probability that an object here has the plot.
    pub fn observe(
        &mut self,
        plots: &[SVector<f64, D>],
        log_density: &[f64],
        free: &mut [f64],
        newborn: &[Option<Newborn<D>>],
        sensor: &Sensor,
    ) {
        let looks = self.look(plots, log_density, sensor);
        let mut taken = vec![0.0; plots.len()];
        let mut next = Vec::new();
        let mut seen = vec![false; plots.len()];
        let scan = Scan { plots, first_number: self.next_number, sensor, keep: self.keep };
        for group in self.group(looks, plots.len()) {
            let wanted = group.plots();
            wanted.iter().for_each(|&plot| seen[plot as usize] = true);
            let born: Vec<(u32, &Newborn<D>)> =
                wanted.iter().filter_map(|&plot| Some((plot, newborn.get(plot as usize)?.as_ref()?))).collect();
            next.extend(self.advance(group, &born, &scan, &mut taken));
        }
        let alone = (0u32..).zip(newborn).filter(|(plot, _)| !seen[*plot as usize]);
        let first = self.next_number;
        let alone = alone.filter_map(|(plot, new)| Some(Family::newborn(new.as_ref()?, first.wrapping_add(plot), 1.0)));
        next.extend(alone);
        self.families = next;
        self.next_number = self.next_number.wrapping_add(plots.len() as u32);
        for (free, taken) in free.iter_mut().zip(taken) {
            *free *= (1.0f64 - taken).max(0.0);
        }
    }

    /// What each leaf of each tree of each family sees.
    fn look(&mut self, plots: &[SVector<f64, D>], log_density: &[f64], sensor: &Sensor) -> Vec<Vec<Vec<Look<D>>>> {
        let points: Vec<[f64; D]> = plots.iter().map(|plot| (*plot).into()).collect();
        // Plots are finite (the reader saw to that) and so is the cell: about the gate of a settled track.
        let grid = Grid::build(&points, 4.0 * sensor.sigma_m).ok();
        let mut shed_count = 0;
        let mut look = |leaf: &Leaf<D>| {
            let (look, shed) = look(leaf, grid.as_ref(), plots, log_density, sensor);
            shed_count += shed;
            look
        };
        let mut of_tree = |tree: &Tree<D>| tree.leaves.iter().map(&mut look).collect();
        let looks = self.families.iter().map(|family| family.trees.iter().map(&mut of_tree).collect()).collect();
        self.shed_count += shed_count;
        looks
    }

    /// One scan of families that want the same plots, `born` being what else these plots may be.
    fn advance(
        &mut self,
        group: Group<D>,
        born: &[(u32, &Newborn<D>)],
        scan: &Scan<D>,
        taken: &mut [f64],
    ) -> Vec<Family<D>> {
        let objects: f64 = group.families.iter().map(Family::expected_count).sum();
        let trees: usize = group.families.iter().map(|family| family.trees.len()).sum();
        let looks = group.looks;
        if (objects > CROWD_COUNT || trees > TREES_LIMIT) && !self.keep.best_only {
            self.crowd_count += 1;
            let objects = group.families.into_iter().flat_map(Family::apart).collect();
            let mut families = Family::advance_apart(objects, &looks, scan, taken);
            families.extend(born.iter().map(|&(plot, new)| {
                let free = (1.0 - taken[plot as usize]).clamp(0.0, 1.0);
                Family::newborn(new, scan.first_number.wrapping_add(plot), free)
            }));
            return families;
        }
        let mut families = group.families.into_iter();
        let Some(mut family) = families.next() else { return Vec::new() };
        for other in families {
            self.cut_count += usize::from(family.join(other, self.keep.globals_count));
        }
        self.cut_count += usize::from(family.advance(&looks, scan));
        family.taken(scan.first_number, taken);
        born.iter().for_each(|&(plot, new)| family.add_newborn(new, scan.first_number.wrapping_add(plot)));
        if self.keep.best_only {
            family.prune_to_best();
        } else {
            family.merge(false);
            family.exchange();
        }
        family.split()
    }

    /// Groups the families that want the same plots.
    fn group(&mut self, mut looks: Vec<Vec<Vec<Look<D>>>>, plots: usize) -> Vec<Group<D>> {
        let mut families: Vec<Option<Family<D>>> = self.families.drain(..).map(Some).collect();
        let pairs = || {
            looks.iter().enumerate().flat_map(|(family, looks)| {
                let pairs = looks.iter().flatten().flat_map(|look| &look.pairs);
                pairs.map(move |pair| (family as u32, pair.0))
            })
        };
        let clusters = split_pairs(families.len(), plots, pairs);
        let mut groups = Vec::new();
        for cluster in clusters.iter() {
            let mut group = Group { families: Vec::new(), looks: Vec::new() };
            for &member in cluster.tracks {
                group.families.extend(families[member as usize].take());
                group.looks.append(&mut looks[member as usize]);
            }
            groups.push(group);
        }
        let rest = families.into_iter().zip(looks);
        groups.extend(rest.filter_map(|(family, looks)| family.map(|family| Group { families: vec![family], looks })));
        groups
    }

    /// Drops objects that hardly exist any more.
    pub fn forget(&mut self, least_probability: f64) {
        let mut kept = Vec::new();
        for family in self.families.drain(..) {
            let tracks = family.estimate(false);
            let likely = |&tree: &usize| tracks[tree].existence.probability >= least_probability;
            let trees: Vec<usize> = (0..tracks.len()).filter(likely).collect();
            if trees.len() == tracks.len() {
                kept.push(family);
            } else if !trees.is_empty() {
                kept.push(family.part(&trees));
            }
        }
        self.families = kept;
    }

    /// Where each object is, by label.
    pub fn estimate(&self) -> Vec<Track<D>> {
        let mut tracks: Vec<Track<D>> =
            self.families.iter().flat_map(|family| family.estimate(!self.keep.best_only)).collect();
        tracks.sort_by_key(|track| track.number);
        tracks
    }
}

/// What a leaf sees, and how many plots in its gate were left out.
fn look<const D: usize>(
    leaf: &Leaf<D>,
    grid: Option<&Grid<D>>,
    plots: &[SVector<f64, D>],
    log_density: &[f64],
    sensor: &Sensor,
) -> (Look<D>, usize) {
    let log_missed = libm::log(leaf.existence.miss_weight(sensor.visible()));
    let base = libm::log(leaf.existence.probability * sensor.detection_probability) - log_missed;
    let gate_distance = libm::sqrt(sensor.gate);
    let innovation = leaf.state.innovation(sensor.sigma_m);
    let mut pairs: Vec<(u32, f64)> = Vec::new();
    if let (Some(innovation), Some(grid)) = (&innovation, grid) {
        grid.for_each_within(innovation.mean.into(), gate_distance * innovation.reach_m, |plot| {
            let squared = innovation.distance_squared(&plots[plot as usize]);
            let weight = base + innovation.log_peak - 0.5 * squared - log_density[plot as usize];
            if squared <= sensor.gate && weight.is_finite() {
                pairs.push((plot, weight.clamp(-LOG_RATIO_LIMIT, LOG_RATIO_LIMIT)));
            }
        });
    }
    let shed = pairs.len().saturating_sub(sensor.candidates_per_track_count);
    pairs.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    pairs.truncate(sensor.candidates_per_track_count);
    pairs.sort_unstable_by_key(|pair| pair.0);
    (Look { innovation, pairs, log_missed }, shed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::associate::{Associator, Candidate, marginals};
    use crate::life::Existence;
    use crate::point::kalman::Kalman;
    use nalgebra::Vector2;
    use proptest::prelude::*;

    fn sensor() -> Sensor {
        Sensor {
            sigma_m: 10.0,
            detection_probability: 0.9,
            gate_probability: 0.999,
            gate: 13.8,
            density: 1e-4,
            weigh_distance: false,
            candidates_per_track_count: 64,
        }
    }

    fn track(number: u32, position: Vector2<f64>, probability: f64) -> Track<2> {
        let state = Kalman::new(position, Vector2::zeros(), 10.0, 3.0);
        Track { number, state, existence: Existence::new(probability) }
    }

    fn vectors(plots: &[(f64, f64)]) -> Vec<Vector2<f64>> {
        plots.iter().map(|plot| Vector2::new(plot.0, plot.1)).collect()
    }

    proptest! {
        #[test]
        fn prop_weights_sum_to_one(scans in prop::collection::vec(prop::collection::vec((-40.0..70.0f64, -40.0..40.0f64), 0..9), 1..6), best_only: bool, globals_count in 1usize..60) {
            let meta = Meta { dimension_count: 2, scan_count: 9, dt_s: 1.0, q_m2ps3: 0.1, step_sigma_mps2: 0.0, survival_probability: 0.99, sigma_m: 10.0, detection_probability: 0.9, side_m: 100.0, clutter_count: 1.0, start_sigma_m: 10.0, start_sigma_mps: 3.0 };
            let mut mixture = Mixture::new(Keep { globals_count, log_ratio: 9.0, best_only });
            for number in 0..4 {
                mixture.add(&track(number, Vector2::new(15.0 * f64::from(number), 0.0), 0.8));
            }
            for plots in &scans {
                let plots = vectors(plots);
                let mut free = vec![1.0; plots.len()];
                mixture.predict(&meta, 0.99);
                mixture.observe(&plots, &vec![libm::log(1e-4); plots.len()], &mut free, &[], &sensor());
                for family in &mixture.families {
                    let sum: f64 = family.globals.iter().map(|global| libm::exp(global.log_weight)).sum();
                    prop_assert!((sum - 1.0).abs() < 1e-9, "{sum}");
                    prop_assert!(family.globals.len() <= globals_count);
                }
                prop_assert!(free.iter().all(|free| (0.0..=1.0).contains(free)));
                let tracks = mixture.estimate();
                prop_assert_eq!(tracks.iter().map(|track| track.number).collect::<Vec<_>>(), [0, 1, 2, 3]);
                prop_assert!(tracks.iter().all(|track| (0.0..=1.0).contains(&track.existence.probability)));
            }
        }

        #[test]
        fn prop_one_scan_uncut_is_exact_jpda(plots in prop::collection::vec((-40.0..70.0f64, -40.0..40.0f64), 0..5)) {
            let tracks: Vec<_> = (0..3).map(|number| track(number, Vector2::new(15.0 * f64::from(number), 0.0), 0.7)).collect();
            let mut mixture = Mixture::new(Keep { globals_count: 100_000, log_ratio: f64::INFINITY, best_only: false });
            tracks.iter().for_each(|track| mixture.add(track));
            let (plots, sensor) = (vectors(&plots), sensor());
            let mut candidates = Vec::new();
            for track in &tracks {
                let innovation = track.state.innovation(10.0).expect("positive definite");
                for (plot, position) in plots.iter().enumerate() {
                    let squared = innovation.distance_squared(position);
                    if squared <= sensor.gate {
                        let log_weight = libm::log(0.7 * 0.9 / 1e-4) + innovation.log_peak - 0.5 * squared;
                        candidates.push(Candidate { track: track.number, plot: plot as u32, log_weight });
                    }
                }
            }
            let log_missed = vec![libm::log(1.0 - 0.7 * sensor.visible()); 3];
            let expected = marginals(3, plots.len(), &candidates, &log_missed, Associator::jpda());
            let mut free = vec![1.0; plots.len()];
            mixture.observe(&plots, &vec![libm::log(1e-4); plots.len()], &mut free, &[], &sensor);
            for (plot, free) in free.iter().enumerate() {
                let pairs = (0..3).flat_map(|track| expected.plots(track)).filter(|pair| pair.0 as usize == plot);
                let taken: f64 = pairs.map(|pair| pair.1).sum();
                prop_assert!((1.0 - taken - free).abs() < 1e-9, "{taken} {free}");
            }
        }
    }
}
