//! Interacting multiple models: K filters over one state, each with its own idea of how the object moves.
//!
//! Blom & Bar-Shalom 1988; equations as in Bar-Shalom, Li, Kirubarajan, Estimation with Applications to Tracking and
//! Navigation, 2001, section 11.6.6. All modes carry the same N components, but the last ones ("extras": thrust, turn
//! rate, ballistic coefficient) may mean different things in different modes; [`Imm::mix`] says how they are kept apart.
//!
//! ```
//! use downrange_earth::{Geodetic, Site};
//! use downrange_track::gaussian::Gaussian;
//! use downrange_track::imm::Imm;
//! use downrange_track::motion::{Motion, State};
//! use downrange_track::observe::Radar;
//! use nalgebra::{SMatrix, Vector3, vector};
//!
//! let site = Site::new(Geodetic::from_degrees(38.2, 128.5, 350.0));
//! let radar = Radar { site, sigma_range_m: 40.0, sigma_azimuth_rad: 1.4e-3, sigma_elevation_rad: 1.7e-3 };
//! // A first plot gives a place; each mode brings its own idea of the extras.
//! let place = radar.position(&Vector3::new(150e3, 0.5, 0.2));
//! let modes = Motion::SKY.map(|motion| motion.newborn(&place, &Vector3::zeros(), 1500.0));
//! let mut imm = Imm { modes, probabilities: [0.2; 5] };
//! let transition = SMatrix::<f64, 5, 5>::from_fn(|i, j| if i == j { 0.96 } else { 0.01 });
//! // One second later a second one.
//! imm.mix(&transition, |i, j, c| Motion::shares(&Motion::SKY[i], &Motion::SKY[j], c));
//! imm.predict(&Motion::SKY, 1.0);
//! imm.update(&radar, &vector![151e3, 0.501, 0.205]).expect("a plot in reach");
//! assert!(imm.combined().is_valid());
//! ```

use crate::filter::{Dynamics, Observation, ekf};
use crate::gaussian::{Gaussian, symmetric};
use nalgebra::{SMatrix, SVector};

/// K modes of one object: a Gaussian each, and how probable each is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Imm<const N: usize, const K: usize> {
    /// The state as each mode sees it.
    pub modes: [Gaussian<N>; K],
    /// How probable each mode is; they sum to one.
    pub probabilities: [f64; K],
}

impl<const N: usize, const K: usize> Imm<N, K> {
    /// One step of the modes' Markov chain, with the interaction of their states (eqs. 11.6.6-1 to -9).
    ///
    /// `transition[(i, j)]` is the probability that mode i is followed by mode j over the step. `shares(i, j, c)` says
    /// whether component c means the same in modes i and j. Where it does not, mode i says nothing about c and mode j keeps
    /// its own value and variance of c in that term, uncorrelated with the rest: the unbiased mixing of Yuan,
    /// Bar-Shalom, Willett, Mozeson, Pollak, Hardiman, "A multiple IMM estimation approach with unbiased mixing for
    /// thrusting projectiles", IEEE TAES 48(4), 2012. `shares(j, j, c)` is taken as true.
    ///
    /// Afterwards the probabilities are the predicted ones.
    pub fn mix(&mut self, transition: &SMatrix<f64, K, K>, shares: impl Fn(usize, usize, usize) -> bool) {
        let before = *self;
        for j in 0..K {
            let mut predicted = 0.0;
            for i in 0..K {
                predicted += transition[(i, j)] * before.probabilities[i];
            }
            self.probabilities[j] = predicted;
            if predicted > 0.0 {
                let weights = core::array::from_fn(|i| transition[(i, j)] * before.probabilities[i] / predicted);
                self.modes[j] = before.mixed_into(j, &weights, &shares);
            }
        }
        normalise(&mut self.probabilities);
    }

    /// All modes, weighted, in the terms of mode `to`.
    fn mixed_into(&self, to: usize, weights: &[f64; K], shares: &impl Fn(usize, usize, usize) -> bool) -> Gaussian<N> {
        let mut sum = MomentSum::new(self.modes[to].mean);
        for (from, mode) in self.modes.iter().enumerate() {
            let kept: [bool; N] = core::array::from_fn(|c| from != to && !shares(from, to, c));
            if kept.contains(&true) {
                sum.add(weights[from], &with_kept(mode, &self.modes[to], &kept));
            } else {
                sum.add(weights[from], mode);
            }
        }
        sum.finish().unwrap_or(self.modes[to])
    }

    /// Moves every mode by its own dynamics.
    pub fn predict<D: Dynamics<N>>(&mut self, dynamics: &[D; K], dt_s: f64) {
        for (mode, dynamics) in self.modes.iter_mut().zip(dynamics) {
            *mode = ekf::predict(dynamics, mode, dt_s);
        }
    }

    /// Log-likelihood of the measurement in each mode; −∞ where it cannot be computed.
    pub fn log_likelihoods<const M: usize, O: Observation<N, M>>(
        &self,
        observation: &O,
        measured: &SVector<f64, M>,
    ) -> [f64; K] {
        self.modes.map(|mode| {
            ekf::innovation(observation, &mode, measured)
                .map_or(f64::NEG_INFINITY, |i| finite_or_never(i.log_likelihood()))
        })
    }

    /// Log of the mixture's likelihood, ln Σ μⱼ·Lⱼ; `None` when no mode can explain the measurement at all.
    pub fn log_likelihood<const M: usize, O: Observation<N, M>>(
        &self,
        observation: &O,
        measured: &SVector<f64, M>,
    ) -> Option<f64> {
        log_mixture(&self.probabilities, &self.log_likelihoods(observation, measured))
    }

    /// Updates every mode with the measurement and the probabilities with its likelihoods (eqs. 11.6.6-10 to -15).
    ///
    /// The log of the mixture's likelihood, or `None` (nothing is changed) when no mode can explain the measurement.
    pub fn update<const M: usize, O: Observation<N, M>>(
        &mut self,
        observation: &O,
        measured: &SVector<f64, M>,
    ) -> Option<f64> {
        let updates = self.modes.map(|mode| ekf::update(observation, &mode, measured));
        let logs = updates.map(|u| u.map_or(f64::NEG_INFINITY, |(_, i)| finite_or_never(i.log_likelihood())));
        let mixture = log_mixture(&self.probabilities, &logs)?;
        for j in 0..K {
            if let Some((state, _)) = updates[j] {
                self.modes[j] = state;
            }
            self.probabilities[j] *= libm::exp(logs[j] - mixture);
        }
        normalise(&mut self.probabilities);
        Some(mixture)
    }

    /// Updates with several plots of which at most one is of this object: each with the probability that it is, and
    /// `weight_missed` that none is (they are scaled to sum to one).
    ///
    /// The joint posterior of plot a and mode j is taken as βₐ·μⱼ·Lⱼ(zₐ)/ΣₖμₖLₖ(zₐ), which is exact when the βₐ were computed
    /// with the mixture's likelihood. Every mode is then matched in its first two moments over its plots (probabilistic
    /// data association: Bar-Shalom & Tse 1975; inside an IMM: Houles & Bar-Shalom 1989). Plots that no mode can explain count
    /// as not being of this object.
    pub fn update_association<const M: usize, O: Observation<N, M>>(
        &mut self,
        observation: &O,
        plots: &[(SVector<f64, M>, f64)],
        weight_missed: f64,
    ) {
        let mut sums = self.modes.map(|mode| MomentSum::new(mode.mean));
        let mut missed = weight_or_zero(weight_missed);
        for (measured, weight) in plots {
            let weight = weight_or_zero(*weight);
            if weight == 0.0 {
                continue;
            }
            let updates = self.modes.map(|mode| ekf::update(observation, &mode, measured));
            let logs = updates.map(|u| u.map_or(f64::NEG_INFINITY, |(_, i)| finite_or_never(i.log_likelihood())));
            let Some(mixture) = log_mixture(&self.probabilities, &logs) else {
                missed += weight;
                continue;
            };
            for j in 0..K {
                if let Some((state, _)) = updates[j] {
                    sums[j].add(weight * self.probabilities[j] * libm::exp(logs[j] - mixture), &state);
                }
            }
        }
        for (j, mut sum) in sums.into_iter().enumerate() {
            sum.add(missed * self.probabilities[j], &self.modes[j]);
            self.probabilities[j] = sum.weight;
            if let Some(state) = sum.finish() {
                self.modes[j] = state;
            }
        }
        normalise(&mut self.probabilities);
    }

    /// All modes as one Gaussian with the same mean and covariance (eqs. 11.6.6-16, -17).
    ///
    /// Only components that mean the same in all modes mean anything here; read the others in their own mode.
    pub fn combined(&self) -> Gaussian<N> {
        moment_match::<N, K>(&core::array::from_fn(|j| (self.probabilities[j], self.modes[j])))
    }

    /// The mode that is most probable (the first of equals).
    pub fn likeliest(&self) -> usize {
        let mut best = 0;
        for j in 1..K {
            if self.probabilities[j] > self.probabilities[best] {
                best = j;
            }
        }
        best
    }
}

/// `seen`, but with the components in `kept` as they are in `own`: correlated among themselves, with nothing else.
fn with_kept<const N: usize>(seen: &Gaussian<N>, own: &Gaussian<N>, kept: &[bool; N]) -> Gaussian<N> {
    let mut out = *seen;
    for c in (0..N).filter(|&c| kept[c]) {
        out.mean[c] = own.mean[c];
        for (k, kept) in kept.iter().enumerate() {
            let covariance = if *kept { own.covariance[(c, k)] } else { 0.0 };
            out.covariance[(c, k)] = covariance;
            out.covariance[(k, c)] = covariance;
        }
    }
    out
}

/// Weighted mean and covariance of a mixture, summed about a fixed point so that nothing cancels.
#[derive(Clone, Copy)]
struct MomentSum<const N: usize> {
    about: SVector<f64, N>,
    weight: f64,
    first: SVector<f64, N>,
    second: SMatrix<f64, N, N>,
}

impl<const N: usize> MomentSum<N> {
    fn new(about: SVector<f64, N>) -> MomentSum<N> {
        MomentSum { about, weight: 0.0, first: SVector::zeros(), second: SMatrix::zeros() }
    }

    fn add(&mut self, weight: f64, part: &Gaussian<N>) {
        if weight > 0.0 {
            let offset = part.mean - self.about;
            self.weight += weight;
            self.first += offset * weight;
            for j in 0..N {
                for i in 0..N {
                    self.second[(i, j)] += weight * (part.covariance[(i, j)] + offset[i] * offset[j]);
                }
            }
        }
    }

    /// `None` when nothing was added.
    fn finish(&self) -> Option<Gaussian<N>> {
        (self.weight > 0.0).then(|| {
            let shift = self.first / self.weight;
            let covariance = self.second / self.weight - shift * shift.transpose();
            Gaussian { mean: self.about + shift, covariance: symmetric(&covariance) }
        })
    }
}

/// The parts' mixture as one Gaussian; the first part itself when no weight is positive.
fn moment_match<const N: usize, const P: usize>(parts: &[(f64, Gaussian<N>); P]) -> Gaussian<N> {
    let mut heaviest = &parts[0];
    for part in parts {
        if part.0 > heaviest.0 {
            heaviest = part;
        }
    }
    let mut sum = MomentSum::new(heaviest.1.mean);
    for (weight, part) in parts {
        sum.add(*weight, part);
    }
    sum.finish().unwrap_or(heaviest.1)
}

/// ln Σ pⱼ·exp(lⱼ), without overflow; `None` when every term vanishes.
fn log_mixture<const K: usize>(probabilities: &[f64; K], logs: &[f64; K]) -> Option<f64> {
    let mut highest = f64::NEG_INFINITY;
    for j in 0..K {
        if probabilities[j] > 0.0 && logs[j] > highest {
            highest = logs[j];
        }
    }
    if highest == f64::NEG_INFINITY {
        return None;
    }
    let mut sum = 0.0;
    for j in 0..K {
        if probabilities[j] > 0.0 {
            sum += probabilities[j] * libm::exp(logs[j] - highest);
        }
    }
    Some(highest + libm::log(sum))
}

fn finite_or_never(log: f64) -> f64 {
    if log.is_finite() { log } else { f64::NEG_INFINITY }
}

fn weight_or_zero(weight: f64) -> f64 {
    if weight.is_finite() && weight > 0.0 { weight } else { 0.0 }
}

fn normalise<const K: usize>(probabilities: &mut [f64; K]) {
    let sum: f64 = probabilities.iter().sum();
    if sum > 0.0 && sum.is_finite() {
        for p in probabilities.iter_mut() {
            *p /= sum;
        }
    } else {
        *probabilities = [1.0 / K as f64; K];
    }
}
