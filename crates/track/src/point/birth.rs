//! Objects that have never been seen: a Poisson process with a mixture of normal distributions as its intensity.
//!
//! Garcia-Fernandez, Williams, Granstrom & Svensson, "Poisson multi-Bernoulli mixture filter: direct derivation and
//! implementation" (IEEE Trans. Aerospace and Electronic Systems 54(4), 2018, 1883-1901): births join the intensity,
//! what a scan does not see stays in it, and each plot is the first of an object from it with the probability
//! `e / (clutter density + e)`, where `e` is the density of first plots that the intensity expects there.

use super::cohort::Sensor;
use super::kalman::Kalman;
use super::{Meta, Site};
use crate::associate::grid::Grid;
use nalgebra::SVector;

/// Parts that expect fewer objects than this go,
const LEAST_COUNT: f64 = 1e-5;
/// and of more parts than this the lightest.
const PARTS_LIMIT: usize = 1000;
/// Parts of a plot's first state lighter than the whole by this go.
const LEAST_SHARE: f64 = 1e-6;

/// The first plot of an object, should there be one.
#[derive(Clone)]
pub(super) struct Newborn<const D: usize> {
    /// First plots per m² or m³ expected here.
    pub density: f64,
    /// Probability that there is an object, given that the plot comes from none that was seen before.
    pub existence_probability: f64,
    pub state: Kalman<D>,
}

/// Expected counts and distributions of the objects that were not seen.
pub(super) struct Unseen<const D: usize> {
    parts: Vec<(f64, Kalman<D>)>,
}

impl<const D: usize> Unseen<D> {
    pub fn new() -> Self {
        Unseen { parts: Vec::new() }
    }

    /// To the time of the scan: those there move, those of the sites that are open join.
    pub fn predict(&mut self, meta: &Meta, sites: &[Site], scan: u32) {
        for (count, state) in &mut self.parts {
            *count *= meta.survival_probability;
            state.predict(meta.dt_s, &meta.noise());
        }
        let open = sites.iter().filter(|site| (site.first_scan..=site.last_scan).contains(&scan));
        self.parts.extend(open.map(|site| {
            let vector = |values: &[f64; 3]| SVector::from_fn(|axis, _| values[axis]);
            let state = Kalman::at(
                vector(&site.position_m),
                vector(&site.velocity_mps),
                vector(&site.sigma_m),
                vector(&site.sigma_mps),
            );
            (site.count, state)
        }));
    }

    /// For each plot the object that it may be the first of; `None` where none is expected.
    pub fn see(&self, plots: &[SVector<f64, D>], sensor: &Sensor) -> Vec<Option<Newborn<D>>> {
        let points: Vec<[f64; D]> = plots.iter().map(|plot| (*plot).into()).collect();
        // Plots are finite (the reader saw to that) and so is the cell.
        let Ok(grid) = Grid::build(&points, 4.0 * sensor.sigma_m) else { return vec![None; plots.len()] };
        let mut found: Vec<Vec<(f64, Kalman<D>)>> = vec![Vec::new(); plots.len()];
        for (count, state) in &self.parts {
            let Some(innovation) = state.innovation(sensor.sigma_m) else { continue };
            let base = count * sensor.detection_probability;
            grid.for_each_within(innovation.mean.into(), libm::sqrt(sensor.gate) * innovation.reach_m, |plot| {
                let at = &plots[plot as usize];
                let squared = innovation.distance_squared(at);
                let density = base * libm::exp(innovation.log_peak - 0.5 * squared);
                if squared <= sensor.gate && density > 0.0 {
                    let mut seen = state.clone();
                    seen.update(&innovation, 0.0, core::iter::once((at, 1.0)));
                    found[plot as usize].push((density, seen));
                }
            });
        }
        found.into_iter().map(|parts| newborn(parts, sensor)).collect()
    }

    /// After a scan only those are left that it did not see.
    pub fn miss(&mut self, sensor: &Sensor) {
        self.parts.iter_mut().for_each(|part| part.0 *= 1.0 - sensor.visible());
        self.parts.retain(|part| part.0 >= LEAST_COUNT);
        self.parts.sort_by(|a, b| b.0.total_cmp(&a.0));
        self.parts.truncate(PARTS_LIMIT);
    }
}

fn newborn<const D: usize>(mut parts: Vec<(f64, Kalman<D>)>, sensor: &Sensor) -> Option<Newborn<D>> {
    let most = parts.iter().fold(0.0, |most: f64, part| most.max(part.0));
    parts.retain(|part| part.0 >= LEAST_SHARE * most);
    let density: f64 = parts.iter().map(|part| part.0).sum();
    if !(density > 0.0 && density.is_finite()) {
        return None;
    }
    let shares: Vec<(f64, &Kalman<D>)> = parts.iter().map(|part| (part.0 / density, &part.1)).collect();
    let existence_probability = density / (density + sensor.density);
    Some(Newborn { density, existence_probability, state: Kalman::mixture(&shares) })
}
