//! Gaussian sum filter: several extended Kalman filters side by side, weighed by how well each explains what was seen.
//!
//! For a prior that one linearisation cannot hold, such as a ballistic coefficient known to a factor of two: it is split into
//! narrower parts, every part is filtered by itself, and parts that explain nothing die out (Sorenson & Alspach, "Recursive
//! Bayesian estimation using Gaussian sums", Automatica 7, 1971).
//!
//! ```
//! use downrange_track::filter::{Observation, sum::GaussianSum};
//! use downrange_track::gaussian::Gaussian;
//! use nalgebra::{SMatrix, Vector1, matrix, vector};
//!
//! /// The exponential of the state, ± 0.1.
//! struct Exponential;
//! impl Observation<1, 1> for Exponential {
//!     fn expect(&self, s: &Vector1<f64>) -> Vector1<f64> { vector![s.x.exp()] }
//!     fn jacobian(&self, s: &Vector1<f64>) -> SMatrix<f64, 1, 1> { matrix![s.x.exp()] }
//!     fn noise(&self) -> SMatrix<f64, 1, 1> { matrix![0.01] }
//! }
//! let prior = Gaussian::diagonal(vector![0.0], vector![1.0]);
//! let mut sum = GaussianSum::split(&prior, 0, 9, 0.5).expect("a good prior");
//! assert!((sum.gaussian().covariance[(0, 0)] - 1.0).abs() < 1e-12); // the parts are the prior
//! sum.update(&Exponential, &vector![3.0]).expect("explained");
//! assert!((sum.gaussian().mean.x - 3f64.ln()).abs() < 0.1); // one linearisation would say 2.0
//! ```

use super::{Dynamics, Observation, ekf};
use crate::gaussian::{Gaussian, symmetric};
use nalgebra::{SMatrix, SVector};

/// Parts lighter than this share are dropped.
const DROPPED_SHARE: f64 = 1e-3;

/// Weighted Gaussians of one state.
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianSum<const N: usize> {
    /// Weights sum to one.
    parts: Vec<(f64, Gaussian<N>)>,
}

impl<const N: usize> GaussianSum<N> {
    /// Splits a Gaussian along one component into `parts_count` parts, `spacing_sigmas` standard deviations apart, with the same
    /// mean and covariance in sum.
    ///
    /// `None` for a component that is not there or already known, no parts, parts more than two apart or together wider than the
    /// prior, or a prior that is not valid. Good pairs are 3 parts at 1.2, 5 at 1.0, 7 at 0.8, 9 at 0.6.
    pub fn split(
        prior: &Gaussian<N>,
        component: usize,
        parts_count: usize,
        spacing_sigmas: f64,
    ) -> Option<GaussianSum<N>> {
        if component >= N || !prior.is_valid() || !(spacing_sigmas > 0.0 && spacing_sigmas <= 2.0) {
            return None;
        }
        let variance = prior.covariance[(component, component)];
        let middle = 0.5 * (parts_count as f64 - 1.0);
        let offsets = (0..parts_count).map(|k| (k as f64 - middle) * spacing_sigmas);
        // Weights of a narrower Gaussian: what the parts' own width adds comes on top.
        let narrow = 1.0 - (0.4 * spacing_sigmas) * (0.4 * spacing_sigmas);
        let mut parts: Vec<(f64, f64)> = offsets.map(|d| (libm::exp(-0.5 * d * d / narrow), d)).collect();
        let sum: f64 = parts.iter().map(|(w, _)| w).sum();
        parts.iter_mut().for_each(|(w, _)| *w /= sum);
        let between: f64 = parts.iter().map(|(w, d)| w * d * d).sum();
        if parts.is_empty() || between >= 1.0 || variance <= 0.0 {
            return None;
        }
        // The other components go along as far as they are correlated.
        let along: SVector<f64, N> = prior.covariance.column(component) / libm::sqrt(variance);
        let covariance = symmetric(&(prior.covariance - along * along.transpose() * between));
        let part =
            |(weight, offset): &(f64, f64)| (*weight, Gaussian { mean: prior.mean + along * *offset, covariance });
        Some(GaussianSum { parts: parts.iter().map(part).collect() })
    }

    /// The parts with their weights, which sum to one.
    pub fn parts(&self) -> &[(f64, Gaussian<N>)] {
        &self.parts
    }

    /// Mean and covariance of the whole.
    pub fn gaussian(&self) -> Gaussian<N> {
        let mean = self.parts.iter().fold(SVector::zeros(), |sum, (w, part)| sum + part.mean * *w);
        let spread = |(w, part): &(f64, Gaussian<N>)| {
            let offset = part.mean - mean;
            (part.covariance + offset * offset.transpose()) * *w
        };
        let covariance = self.parts.iter().map(spread).fold(SMatrix::zeros(), |sum, part| sum + part);
        Gaussian { mean, covariance }.symmetrise()
    }

    /// Moves every part by `dt_s`.
    pub fn predict<D: Dynamics<N>>(&mut self, dynamics: &D, dt_s: f64) {
        for (_, part) in &mut self.parts {
            *part = ekf::predict(dynamics, part, dt_s);
        }
    }

    /// Updates and weighs every part with the measurement, drops the ones that have lost, and gives the logarithm of the
    /// measurement's likelihood. `None`, and nothing changed, when no part can explain it or a number is not finite.
    pub fn update<const M: usize, O: Observation<N, M>>(
        &mut self,
        observation: &O,
        measured: &SVector<f64, M>,
    ) -> Option<f64> {
        let seen = self.parts.iter().filter_map(|(weight, part)| {
            let (state, innovation) = ekf::update(observation, part, measured)?;
            let log = libm::log(*weight) + innovation.log_likelihood();
            log.is_finite().then_some((log, state))
        });
        let mut seen: Vec<(f64, Gaussian<N>)> = seen.collect();
        let highest = seen.iter().map(|(log, _)| *log).fold(f64::NEG_INFINITY, f64::max);
        seen.retain(|(log, _)| log - highest > libm::log(DROPPED_SHARE));
        seen.iter_mut().for_each(|(log, _)| *log = libm::exp(*log - highest));
        let sum: f64 = seen.iter().map(|(weight, _)| weight).sum();
        if seen.is_empty() {
            return None;
        }
        seen.iter_mut().for_each(|(weight, _)| *weight /= sum);
        self.parts = seen;
        Some(highest + libm::log(sum))
    }
}
