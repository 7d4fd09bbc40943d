//! The loop over the scans.

use super::birth::{Newborn, Unseen};
use super::cohort::{Cohort, Sensor, Track};
use super::family::Keep;
use super::kalman::Kalman;
use super::mixture::Mixture;
use super::{Birth, Meta, Run, Scenario, Settings, Site, TrackRow, Weighing};
use crate::associate::Associator;
use crate::life::Existence;
use crate::measure::chi_square_quantile;
use nalgebra::SVector;
use std::borrow::Cow;

/// A found track may be reported once its existence has been this probable,
const CONFIRM_PROBABILITY: f64 = 0.95;
/// and forgotten below this.
const FORGET_PROBABILITY: f64 = 5e-4;
/// An object of a site is forgotten below this.
const FORGET_AT_SITE_PROBABILITY: f64 = 1e-5;
/// New objects per scan in the whole area, as a share of those there.
const BIRTH_FRACTION: f64 = 0.005;
/// Speed expected of slow objects, per axis.
const SPEED_FLOOR_MPS: f64 = 3.0;

/// A joint hypothesis lighter than the best by e to this goes.
const HYPOTHESIS_LOG_RATIO: f64 = 9.0;

/// The plots of a scan, each once and in an order of their own, so that the order they came in does not matter.
fn in_order<const D: usize>(plots: &[[f64; 3]]) -> Vec<SVector<f64, D>> {
    let finite = plots.iter().filter(|plot| plot[..D].iter().all(|value| value.is_finite()));
    let mut plots: Vec<SVector<f64, D>> = finite.map(|plot| SVector::from_fn(|axis, _| plot[axis])).collect();
    let order = |a: &SVector<f64, D>, b: &SVector<f64, D>| {
        let axes = a.iter().zip(b.iter()).map(|(a, b)| a.total_cmp(b));
        axes.fold(core::cmp::Ordering::Equal, core::cmp::Ordering::then)
    };
    plots.sort_unstable_by(order);
    plots.dedup();
    plots
}

/// The tracks that are sure enough to be reported, in the form that the associator asks for.
enum Picture<const D: usize> {
    Marginal(Cohort<D>),
    Joint(Mixture<D>),
}

impl<const D: usize> Picture<D> {
    fn new(associator: Associator) -> Self {
        let (globals_count, best_only) = match associator {
            Associator::Mixture { hypotheses_count } => (hypotheses_count, false),
            Associator::MultipleHypothesis { hypotheses_count } => (hypotheses_count, true),
            _ => return Picture::Marginal(Cohort::new(associator)),
        };
        let globals_count = globals_count.max(1);
        Picture::Joint(Mixture::new(Keep { globals_count, log_ratio: HYPOTHESIS_LOG_RATIO, best_only }))
    }

    fn add(&mut self, track: Track<D>) {
        match self {
            Picture::Marginal(cohort) => cohort.tracks.push(track),
            Picture::Joint(mixture) => mixture.add(&track),
        }
    }

    /// To the time of the next scan.
    fn predict(&mut self, meta: &Meta, survival_probability: f64, sensor: &Sensor) {
        match self {
            Picture::Marginal(cohort) => cohort.predict(meta, survival_probability, sensor),
            Picture::Joint(mixture) => mixture.predict(meta, survival_probability),
        }
    }

    /// One scan; `others` are known to the tracker but not yet sure, predicted to this scan; `newborn` is what each plot
    /// may be the first of, empty when that is not known.
    fn observe(
        &mut self,
        plots: &[SVector<f64, D>],
        free: &mut [f64],
        sensor: &Sensor,
        others: &mut [&mut Cohort<D>],
        newborn: &[Option<Newborn<D>>],
    ) {
        match self {
            Picture::Marginal(cohort) => {
                // Of the plots that come from no track here a share is from new objects.
                let share = |new: &Option<Newborn<D>>| new.as_ref().map_or(1.0, |new| 1.0 - new.existence_probability);
                let not_new: Vec<f64> = newborn.iter().map(share).collect();
                free.iter_mut().zip(&not_new).for_each(|(free, not_new)| *free *= not_new);
                cohort.observe(plots, free, sensor);
                free.iter_mut().zip(&not_new).for_each(|(free, not_new)| *free /= not_new);
            }
            Picture::Joint(mixture) => {
                let mut density = vec![sensor.density; plots.len()];
                others.iter_mut().for_each(|cohort| cohort.add_density(plots, &mut density, sensor));
                let added = density.iter_mut().zip(newborn);
                added.for_each(|(density, new)| *density += new.as_ref().map_or(0.0, |new| new.density));
                density.iter_mut().for_each(|density| *density = libm::log(*density));
                mixture.observe(plots, &density, free, newborn, sensor);
            }
        }
    }

    fn forget(&mut self, least_probability: f64) {
        match self {
            Picture::Marginal(cohort) => {
                cohort.tracks.retain(|track| track.existence.probability >= least_probability);
            }
            Picture::Joint(mixture) => mixture.forget(least_probability),
        }
    }

    fn tracks(&self) -> Cow<'_, [Track<D>]> {
        match self {
            Picture::Marginal(cohort) => Cow::Borrowed(&cohort.tracks),
            Picture::Joint(mixture) => Cow::Owned(mixture.estimate()),
        }
    }

    /// Drops from `tentative` what is in the picture already.
    fn absorb(&mut self, tentative: &mut Cohort<D>, radius_m: f64) {
        match self {
            Picture::Marginal(cohort) => tentative.merge_into(&mut cohort.tracks, radius_m),
            Picture::Joint(mixture) => tentative.merge_into(&mut mixture.estimate(), radius_m),
        }
    }
}

/// The picture and two cohorts, each taking what the one before leaves: tracks, pairs of plots that may become tracks (and what grew
/// out of them), and single plots (seeds) of the last scans.
pub(super) struct Tracker<'a, const D: usize> {
    meta: &'a Meta,
    settings: &'a Settings,
    volume: f64,
    confirmed: Picture<D>,
    tentative: Cohort<D>,
    seeds: Cohort<D>,
    /// With known sites: the objects that were never seen.
    unseen: Unseen<D>,
    next_number: u32,
    /// Mean number of objects in the area that have never been seen.
    unseen_count: f64,
}

impl<'a, const D: usize> Tracker<'a, D> {
    pub fn run<T>(scenario: &'a Scenario, settings: &'a Settings, mut clock: impl FnMut() -> T) -> Run<T> {
        let mut tracker = Self::new(scenario, settings);
        let (rows, times) = (Vec::new(), Vec::new());
        let mut run = Run { rows, times, fallback_count: 0, cut_count: 0, shed_count: 0, refused_count: 0 };
        for (scan, plots) in scenario.scans.iter().enumerate() {
            let given = plots.len();
            let plots = in_order::<D>(plots);
            run.refused_count += given - plots.len();
            if !settings.known_starts || scan > 0 {
                let before = clock();
                if settings.known_starts {
                    tracker.follow(&plots);
                } else {
                    match settings.birth {
                        Birth::Adaptive => tracker.search(scan, &plots),
                        Birth::Sites => tracker.receive(scan, &plots, &scenario.sites),
                    }
                }
                run.times.push((before, clock()));
            }
            tracker.report(scan, &mut run.rows);
        }
        let mut cohorts = vec![&tracker.tentative, &tracker.seeds];
        match &tracker.confirmed {
            Picture::Marginal(cohort) => cohorts.push(cohort),
            Picture::Joint(mixture) => {
                run.cut_count = mixture.cut_count;
                run.fallback_count = mixture.crowd_count;
                run.shed_count = mixture.shed_count;
            }
        }
        for cohort in cohorts {
            run.fallback_count += cohort.fallback_count;
            run.shed_count += cohort.shed_count;
        }
        run
    }

    fn new(scenario: &'a Scenario, settings: &'a Settings) -> Self {
        let meta = &scenario.meta;
        let starts = if settings.known_starts { scenario.starts.as_slice() } else { &[] };
        let mut confirmed = Picture::new(settings.associator);
        let given = starts.iter().map(|start| Track {
            number: start.track,
            state: Kalman::new(
                SVector::from_fn(|axis, _| start.position_m[axis]),
                SVector::from_fn(|axis, _| start.velocity_mps[axis]),
                meta.start_sigma_m,
                meta.start_sigma_mps,
            ),
            existence: Existence::new(1.0),
        });
        given.for_each(|track| confirmed.add(track));
        Tracker {
            meta,
            settings,
            volume: (0..D).map(|_| meta.side_m).product(),
            confirmed,
            // With so little evidence per pair of plots the exact sum is not worth its price.
            tentative: Cohort::new(Associator::BeliefPropagation),
            seeds: Cohort::new(Associator::BeliefPropagation),
            unseen: Unseen::new(),
            next_number: 0,
            unseen_count: 0.0,
        }
    }

    fn sensor(&self) -> Sensor {
        let gate = chi_square_quantile(self.settings.gate_probability, D as f64).unwrap_or(f64::MAX);
        let detection_probability = self.meta.detection_probability;
        Sensor {
            sigma_m: self.meta.sigma_m,
            detection_probability,
            gate_probability: self.settings.gate_probability,
            gate,
            // A plot that no track has is a false one or the first of an unseen object.
            density: (self.meta.clutter_count + self.unseen_count * detection_probability) / self.volume,
            weigh_distance: self.settings.weighing == Weighing::Distance,
            candidates_per_track_count: self.settings.candidates_per_track_count,
        }
    }

    /// One scan with the tracks given.
    fn follow(&mut self, plots: &[SVector<f64, D>]) {
        let sensor = self.sensor();
        self.confirmed.predict(self.meta, 1.0, &sensor);
        self.confirmed.observe(plots, &mut vec![1.0; plots.len()], &sensor, &mut [], &[]);
    }

    /// One scan with nothing given.
    fn search(&mut self, scan: usize, plots: &[SVector<f64, D>]) {
        self.expect_objects(scan, plots.len());
        let sensor = self.sensor();
        // For each plot the probability that no track so far has it.
        let mut free = vec![1.0; plots.len()];
        let survival = self.meta.survival_probability;
        self.tentative.predict(self.meta, survival, &sensor);
        self.seeds.predict(self.meta, survival, &sensor);
        let others = &mut [&mut self.tentative, &mut self.seeds];
        self.confirmed.predict(self.meta, survival, &sensor);
        self.confirmed.observe(plots, &mut free, &sensor, others, &[]);
        self.confirmed.forget(FORGET_PROBABILITY);
        self.tentative.observe(plots, &mut free, &sensor);
        self.tentative.tracks.retain(|track| track.existence.probability >= FORGET_PROBABILITY);
        let pairs = self.seeds.split(plots, &mut free, &sensor);
        let hopeful = |track: &Track<D>| track.existence.probability >= FORGET_PROBABILITY;
        self.tentative.tracks.extend(pairs.into_iter().filter(hopeful));
        self.seeds.tracks.retain(hopeful);
        self.plant(plots, &free);
        self.confirmed.absorb(&mut self.tentative, self.meta.sigma_m);
        self.tentative.merge(self.meta.sigma_m);
        self.confirm();
    }

    /// One scan with objects that appear at known sites.
    fn receive(&mut self, scan: usize, plots: &[SVector<f64, D>], sites: &[Site]) {
        let sensor = self.sensor();
        self.unseen.predict(self.meta, sites, scan as u32);
        let newborn = self.unseen.see(plots, &sensor);
        let mut free = vec![1.0; plots.len()];
        self.confirmed.predict(self.meta, self.meta.survival_probability, &sensor);
        self.confirmed.observe(plots, &mut free, &sensor, &mut [], &newborn);
        if let Picture::Marginal(cohort) = &mut self.confirmed {
            for (new, free) in newborn.into_iter().zip(free) {
                let Some(new) = new else { continue };
                let existence = Existence::new(new.existence_probability * free);
                cohort.tracks.push(Track { number: self.next_number, state: new.state, existence });
                self.next_number += 1;
            }
        }
        self.unseen.miss(&sensor);
        self.confirmed.forget(FORGET_AT_SITE_PROBABILITY);
    }

    fn expect_objects(&mut self, scan: usize, plots: usize) {
        let detection = self.meta.detection_probability;
        let confirmed = self.confirmed.tracks();
        let tracks = confirmed.iter().chain(&self.tentative.tracks);
        let objects: f64 = tracks.map(|track| track.existence.probability).sum();
        self.unseen_count = if scan == 0 {
            // Nothing is known: the plots beyond the expected clutter are from objects, and there is at least one.
            ((plots as f64 - self.meta.clutter_count) / detection).max(1.0)
        } else {
            self.unseen_count * (1.0 - detection) * self.meta.survival_probability + BIRTH_FRACTION * objects.max(1.0)
        };
    }

    /// Every plot that no track explains may be a new object: Williams, "Marginal multi-Bernoulli filters: RFS
    /// derivation of MHT, JIPDA and association-based MeMBer" (IEEE Trans. Aerospace and Electronic Systems 51(3), 2015).
    fn plant(&mut self, plots: &[SVector<f64, D>], free: &[f64]) {
        let meta = self.meta;
        let new = self.unseen_count * meta.detection_probability;
        let share = new / (new + meta.clutter_count);
        // An object crosses the area within the run: its speed on each axis is about that.
        let sigma_mps = (meta.side_m / (meta.scan_count as f64 * meta.dt_s)).max(SPEED_FLOOR_MPS);
        for (plot, free) in plots.iter().zip(free) {
            let existence = Existence::new(share * free);
            if existence.probability >= FORGET_PROBABILITY {
                let state = Kalman::new(*plot, SVector::zeros(), meta.sigma_m, sigma_mps);
                self.seeds.tracks.push(Track { number: 0, state, existence });
            }
        }
    }

    fn confirm(&mut self) {
        let sure = |track: &mut Track<D>| track.existence.probability >= CONFIRM_PROBABILITY;
        for mut track in self.tentative.tracks.extract_if(.., sure) {
            track.number = self.next_number;
            self.next_number += 1;
            self.confirmed.add(track);
        }
    }

    fn report(&self, scan: usize, rows: &mut Vec<TrackRow>) {
        let likely = |track: &&Track<D>| track.existence.probability >= self.settings.report_probability;
        rows.extend(self.confirmed.tracks().iter().filter(likely).map(|track| {
            let (mut position_m, mut velocity_mps) = ([0.0; 3], [0.0; 3]);
            position_m[..D].copy_from_slice(track.state.position.as_slice());
            velocity_mps[..D].copy_from_slice(track.state.velocity.as_slice());
            TrackRow { scan: scan as u32, track: track.number, position_m, velocity_mps }
        }));
    }
}
