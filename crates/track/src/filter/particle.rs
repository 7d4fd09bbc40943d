//! Regularised particle filter: a reference for what a Gaussian filter may have missed, not for speed.
//!
//! Musso, Oudjane, Le Gland, "Improving regularised particle filters", in Doucet, de Freitas, Gordon (eds.), *Sequential Monte
//! Carlo Methods in Practice*, 2001. Two of its means keep the cloud alive where a plain bootstrap filter collapses because the
//! motion has nearly no noise or the measurement is sharp:
//!
//! * after each resampling the particles are moved by a Gaussian kernel of the optimal width in the cloud's own covariance,
//!   and drawn towards their mean by as much as the kernel widens them, so that mean and covariance stay (West 1993);
//! * a sharp likelihood is taken in portions, each no sharper than the cloud can bear (their "progressive correction").
//!
//! On the falling body of examples/textbook, where a bootstrap filter ends kilometres off, 1,000 particles stay within a tenth
//! of the Cramér–Rao bound, for some 0.4 ms an update.
//!
//! Draws come from a generator that the caller seeds: the same seed gives the same particles on any machine.
//!
//! ```
//! use downrange_track::filter::{Observation, particle::Cloud};
//! use downrange_track::gaussian::Gaussian;
//! use nalgebra::{SMatrix, SVector, Vector1, matrix, vector};
//!
//! /// The first of two components, ± 0.001: a thousandth of the prior.
//! struct First;
//! impl Observation<2, 1> for First {
//!     fn expect(&self, s: &SVector<f64, 2>) -> Vector1<f64> { vector![s[0]] }
//!     fn jacobian(&self, _: &SVector<f64, 2>) -> SMatrix<f64, 1, 2> { matrix![1.0, 0.0] }
//!     fn noise(&self) -> SMatrix<f64, 1, 1> { matrix![1e-6] }
//! }
//! let prior = Gaussian::diagonal(vector![0.0, 0.0], vector![1.0, 1.0]);
//! let mut cloud = Cloud::drawn(&prior, 500, 7).expect("a good prior");
//! cloud.update(&First, &vector![1.5]).expect("finite");
//! let state = cloud.gaussian();
//! assert!((state.mean[0] - 1.5).abs() < 0.002 && state.covariance[(1, 1)] > 0.5);
//! ```

use super::{Dynamics, Observation};
use crate::gaussian::{Gaussian, factor};
use core::f64::consts::TAU;
use nalgebra::{Cholesky, SMatrix, SVector};

/// Resample when the effective number of particles falls below this share of them.
const EFFECTIVE_SHARE: f64 = 0.5;
/// A likelihood is taken in at most this many portions; the last takes what is left.
const PORTIONS_MAX: usize = 200;

/// Weighted particles of a state of N components.
#[derive(Debug, Clone, PartialEq)]
pub struct Cloud<const N: usize> {
    points: Vec<SVector<f64, N>>,
    /// Sum to one.
    weights: Vec<f64>,
    random: Random,
}

/// Why a cloud could not be made or a measurement not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloudError {
    /// Fewer than N + 2 particles: their covariance would be singular.
    TooFew {
        /// How many were asked for.
        particles_count: usize,
    },
    /// The prior has a number that is not finite, or its covariance is not positive semidefinite.
    Prior,
    /// The measurement or its noise has a number that is not finite, or the noise is not positive definite.
    Measurement,
    /// No particle can explain the measurement at all.
    Unexplained,
}

impl core::fmt::Display for CloudError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            CloudError::TooFew { particles_count } => {
                write!(f, "{particles_count} particles, must be at least two more than the state has components")
            }
            CloudError::Prior => f.write_str("the prior must be finite with a positive semidefinite covariance"),
            CloudError::Measurement => f.write_str("measurement and noise must be finite, the noise positive definite"),
            CloudError::Unexplained => f.write_str("no particle explains the measurement"),
        }
    }
}

impl core::error::Error for CloudError {}

impl<const N: usize> Cloud<N> {
    /// Particles drawn from a Gaussian, with equal weights.
    pub fn drawn(prior: &Gaussian<N>, particles_count: usize, seed: u64) -> Result<Cloud<N>, CloudError> {
        if particles_count < N + 2 {
            return Err(CloudError::TooFew { particles_count });
        }
        let root = prior.factor();
        if root.repaired || !prior.is_finite() {
            return Err(CloudError::Prior);
        }
        let mut random = Random(seed);
        let points = (0..particles_count).map(|_| prior.mean + root.lower * random.normals()).collect();
        Ok(Cloud { points, weights: vec![1.0 / particles_count as f64; particles_count], random })
    }

    /// The particles, each with its weight; the weights sum to one.
    pub fn particles(&self) -> impl Iterator<Item = (&SVector<f64, N>, f64)> {
        self.points.iter().zip(self.weights.iter().copied())
    }

    /// 1/Σw²: how many equally weighted particles would know as much (Kong, Liu, Wong 1994).
    pub fn effective_count(&self) -> f64 {
        1.0 / self.weights.iter().map(|w| w * w).sum::<f64>()
    }

    /// Mean and covariance of the cloud.
    pub fn gaussian(&self) -> Gaussian<N> {
        let mean = self.points.iter().zip(&self.weights).fold(SVector::zeros(), |sum, (p, w)| sum + p * *w);
        let mut covariance = SMatrix::<f64, N, N>::zeros();
        for (point, weight) in self.points.iter().zip(&self.weights) {
            let offset = point - mean;
            covariance += offset * offset.transpose() * *weight;
        }
        Gaussian { mean, covariance }.symmetrise()
    }

    /// Moves every particle by `dt_s`, each with its own draw of the noise.
    pub fn predict<D: Dynamics<N>>(&mut self, dynamics: &D, dt_s: f64) {
        for point in &mut self.points {
            let root = factor(&dynamics.noise(point, dt_s)).lower;
            *point = dynamics.advance(point, dt_s) + root * self.random.normals();
        }
    }

    /// Weighs the particles by the measurement, resampling and regularising as often as its sharpness asks for.
    ///
    /// An error leaves the cloud as it was.
    pub fn update<const M: usize, O: Observation<N, M>>(
        &mut self,
        observation: &O,
        measured: &SVector<f64, M>,
    ) -> Result<(), CloudError> {
        let noise = observation.noise();
        if !noise.iter().chain(measured.iter()).all(|v| v.is_finite()) {
            return Err(CloudError::Measurement);
        }
        let noise = Cholesky::new(noise).ok_or(CloudError::Measurement)?;
        let misfit = |point: &SVector<f64, N>| {
            let residual = observation.residual(measured, &observation.expect(point));
            let square = residual.dot(&noise.solve(&residual));
            if square.is_finite() { 0.5 * square } else { f64::INFINITY }
        };
        let mut misfits: Vec<f64> = self.points.iter().map(misfit).collect();
        if misfits.iter().all(|m| m.is_infinite()) {
            return Err(CloudError::Unexplained);
        }
        let mut left = 1.0;
        for portion in 1..=PORTIONS_MAX {
            let share = if portion == PORTIONS_MAX { left } else { self.bearable_share(&misfits, left) };
            self.weights = reweighed(&self.weights, &misfits, share);
            left -= share;
            if self.effective_count() < EFFECTIVE_SHARE * self.points.len() as f64 * 1.01 {
                self.resample();
                misfits = self.points.iter().map(misfit).collect();
            }
            if left <= 0.0 {
                break;
            }
        }
        Ok(())
    }

    /// The largest share of the likelihood, at most `left`, that leaves the effective number above the threshold.
    fn bearable_share(&self, misfits: &[f64], left: f64) -> f64 {
        let enough = EFFECTIVE_SHARE * self.points.len() as f64;
        let effective = |share: f64| 1.0 / reweighed(&self.weights, misfits, share).iter().map(|w| w * w).sum::<f64>();
        if effective(left) >= enough {
            return left;
        }
        let (mut low, mut high) = (0.0, left);
        // Geometric: a likelihood may be a million times sharper than the cloud.
        for _ in 0..60 {
            let middle = if low > 0.0 { 0.5 * (low + high) } else { 0.1 * high };
            if effective(middle) >= enough {
                low = middle
            } else {
                high = middle
            }
            if high - low < 0.05 * high {
                break;
            }
        }
        // The upper end: never nothing, so that the work ends.
        high
    }

    /// Systematic resampling (Kitagawa 1996), then the shrunk Gaussian kernel.
    fn resample(&mut self) {
        let whole = self.gaussian();
        let root = whole.factor().lower;
        let count = self.points.len();
        let width = kernel_width::<N>(count);
        let shrink = libm::sqrt(1.0 - width * width);
        let step = 1.0 / count as f64;
        let (mut at, mut sum, mut from) = (step * self.random.uniform(), self.weights[0], 0);
        let mut points = Vec::with_capacity(count);
        for _ in 0..count {
            while sum < at && from + 1 < count {
                from += 1;
                sum += self.weights[from];
            }
            let centre = whole.mean + (self.points[from] - whole.mean) * shrink;
            points.push(centre + root * (self.random.normals() * width));
            at += step;
        }
        self.points = points;
        self.weights = vec![step; count];
    }
}

/// The width of a Gaussian kernel with the least mean integrated squared error for a Gaussian density, in standard deviations
/// (Silverman, *Density Estimation*, 1986): (4/(n+2))^(1/(n+4))·count^(−1/(n+4)).
fn kernel_width<const N: usize>(count: usize) -> f64 {
    let n = N as f64;
    libm::pow(4.0 / ((n + 2.0) * count as f64), 1.0 / (n + 4.0)).min(0.99)
}

/// Weights times exp(−share·misfit), summing to one.
fn reweighed(weights: &[f64], misfits: &[f64], share: f64) -> Vec<f64> {
    let least = misfits.iter().copied().fold(f64::INFINITY, f64::min);
    let mut out: Vec<f64> = weights.iter().zip(misfits).map(|(w, m)| w * libm::exp(-share * (m - least))).collect();
    let sum: f64 = out.iter().sum();
    if sum > 0.0 {
        out.iter_mut().for_each(|w| *w /= sum);
    } else {
        out.copy_from_slice(weights);
    }
    out
}

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
#[derive(Debug, Clone, Copy, PartialEq)]
struct Random(u64);

impl Random {
    /// In [0, 1).
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Independent standard normal numbers (Box & Muller 1958).
    fn normals<const N: usize>(&mut self) -> SVector<f64, N> {
        SVector::from_fn(|_, _| {
            let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform()));
            radius * libm::cos(TAU * self.uniform())
        })
    }
}
