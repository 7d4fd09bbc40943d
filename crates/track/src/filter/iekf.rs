//! Iterated extended Kalman filter: the measurement is linearised again about the estimate it leads to.
//!
//! Each round is a step of Gauss and Newton towards the most probable state given prior and measurement (Bell & Cathey, "The
//! iterated Kalman filter update as a Gauss–Newton method", IEEE TAC 38(2), 1993). It pays where a sharp measurement meets a
//! wide prior; where the measurement is nearly linear the second round changes nothing and the work stops.
//!
//! ```
//! use downrange_track::filter::{Observation, iekf::{self, Rounds}};
//! use downrange_track::gaussian::Gaussian;
//! use nalgebra::{SMatrix, SVector, Vector1, matrix, vector};
//!
//! /// The distance from the origin, ± 0.1.
//! struct Distance;
//! impl Observation<2, 1> for Distance {
//!     fn expect(&self, s: &SVector<f64, 2>) -> Vector1<f64> { vector![s.norm()] }
//!     fn jacobian(&self, s: &SVector<f64, 2>) -> SMatrix<f64, 1, 2> { s.transpose() / s.norm() }
//!     fn noise(&self) -> SMatrix<f64, 1, 1> { matrix![0.01] }
//! }
//! let prior = Gaussian::diagonal(vector![3.0, 4.0], vector![1.0, 2.0]);
//! let found = iekf::update(&Distance, &prior, &vector![7.0], &Rounds::default()).expect("finite");
//! assert!(found.converged && found.rounds_count > 1);
//! assert!((found.state.mean.norm() - 7.0).abs() < 0.05); // the measured distance is reached, not overshot
//! ```

use super::{Dynamics, Innovation, Observation, ekf, gain};
use crate::gaussian::{Gaussian, congruence, symmetric};
use nalgebra::{Cholesky, SMatrix, SVector};

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rounds {
    /// No more linearisations than this (at least one is made).
    pub most_count: usize,
    /// Stop when every component moves by less than this part of its own standard deviation before the measurement. Relative,
    /// because metres and logarithms stand in one state; a tolerance on raw numbers is met by the one never or by the other
    /// at once.
    pub step_sigmas: f64,
}

impl Default for Rounds {
    /// At most ten, until a step is below 10⁻³ standard deviations.
    fn default() -> Rounds {
        Rounds { most_count: 10, step_sigmas: 1e-3 }
    }
}

/// The result of an iterated update.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Iterated<const N: usize, const M: usize> {
    /// The state after the measurement.
    pub state: Gaussian<N>,
    /// What was not expected of the prior: gates and scores use this one, as in [`ekf`].
    pub innovation: Innovation<M>,
    /// How often the measurement was linearised.
    pub rounds_count: usize,
    /// Whether the steps became small enough before the rounds ran out.
    pub converged: bool,
}

/// Where the state will be after `dt_s`: as [`ekf::predict`].
pub fn predict<const N: usize, D: Dynamics<N>>(dynamics: &D, state: &Gaussian<N>, dt_s: f64) -> Gaussian<N> {
    ekf::predict(dynamics, state, dt_s)
}

/// The state after the measurement: xᵢ₊₁ = x + Kᵢ·(z − h(xᵢ) − Hᵢ·(x − xᵢ)) from the prior x, covariance in Joseph's form at the
/// last linearisation (Bar-Shalom, Li, Kirubarajan 2001, section 10.5.2).
///
/// A round whose cost, the negative logarithm of the posterior, is higher than the last one's is halved up to eight times:
/// far from the solution a full Gauss–Newton step may lead away from it. `None` as for [`ekf::update`], and for a measurement noise
/// that is not positive definite, against which no cost can be weighed.
pub fn update<const N: usize, const M: usize, O: Observation<N, M>>(
    observation: &O,
    state: &Gaussian<N>,
    measured: &SVector<f64, M>,
    rounds: &Rounds,
) -> Option<Iterated<N, M>> {
    let innovation = ekf::innovation(observation, state, measured)?;
    let sigma = state.covariance.diagonal().map(|v| libm::sqrt(v.max(0.0)));
    let cost = Cost::new(observation, measured)?;
    let mut round = linearise(observation, state, measured, &state.mean)?;
    // The prior's share of the cost of a step K·ν is νᵀ·S⁻¹·(H·P·Hᵀ)·S⁻¹·ν: no inverse of P, which may be singular.
    let mut at = Point { mean: state.mean, cost: cost.of(&state.mean, 0.0) };
    let (mut rounds_count, mut converged) = (1, false);
    loop {
        let next = step(&cost, &round, state, &at);
        let moved = next.mean - at.mean;
        at = next;
        converged |= (0..N).all(|c| moved[c].abs() <= rounds.step_sigmas * sigma[c]);
        if converged || rounds_count >= rounds.most_count {
            break;
        }
        round = linearise(observation, state, measured, &at.mean)?;
        rounds_count += 1;
    }
    let keep = SMatrix::<f64, N, N>::identity() - round.gain * round.h;
    let covariance = congruence(&keep, &state.covariance) + congruence(&round.gain, &observation.noise());
    let state = Gaussian { mean: at.mean, covariance };
    state.is_finite().then_some(Iterated { state, innovation, rounds_count, converged })
}

/// A point on the way and the cost there.
struct Point<const N: usize> {
    mean: SVector<f64, N>,
    cost: f64,
}

struct Linearised<const N: usize, const M: usize> {
    h: SMatrix<f64, M, N>,
    gain: SMatrix<f64, N, M>,
    /// Where the full step leads, relative to the prior.
    target: SVector<f64, N>,
    /// (x − prior)ᵀ·P⁻¹·(x − prior) at the target.
    target_distance2: f64,
}

fn linearise<const N: usize, const M: usize, O: Observation<N, M>>(
    observation: &O,
    prior: &Gaussian<N>,
    measured: &SVector<f64, M>,
    at: &SVector<f64, N>,
) -> Option<Linearised<N, M>> {
    let h = observation.jacobian(at);
    let hp = h * prior.covariance;
    let hph = symmetric(&(hp * h.transpose()));
    let residual = observation.residual(measured, &observation.expect(at)) - h * (prior.mean - at);
    let s = hph + observation.noise();
    if !s.iter().chain(residual.iter()).all(|v| v.is_finite()) {
        return None;
    }
    let cholesky = Cholesky::new(s)?;
    let weighted = cholesky.solve(&residual);
    let gain = gain(&cholesky, &hp);
    Some(Linearised { h, gain, target: hp.transpose() * weighted, target_distance2: weighted.dot(&(hph * weighted)) })
}

struct Cost<'a, const M: usize, O> {
    observation: &'a O,
    measured: &'a SVector<f64, M>,
    noise: Cholesky<f64, nalgebra::Const<M>>,
}

impl<'a, const M: usize, O> Cost<'a, M, O> {
    fn new<const N: usize>(observation: &'a O, measured: &'a SVector<f64, M>) -> Option<Cost<'a, M, O>>
    where
        O: Observation<N, M>,
    {
        let noise = Cholesky::new(observation.noise())?;
        Some(Cost { observation, measured, noise })
    }

    fn of<const N: usize>(&self, mean: &SVector<f64, N>, prior_distance2: f64) -> f64
    where
        O: Observation<N, M>,
    {
        let residual = self.observation.residual(self.measured, &self.observation.expect(mean));
        prior_distance2 + residual.dot(&self.noise.solve(&residual))
    }
}

/// The full step, or a half, a quarter, … of it when it would raise the cost. Part of a step lies between two known points of
/// the row space of H·P, and its distance from the prior is bounded by the convex combination of theirs.
fn step<const N: usize, const M: usize, O: Observation<N, M>>(
    cost: &Cost<'_, M, O>,
    round: &Linearised<N, M>,
    prior: &Gaussian<N>,
    at: &Point<N>,
) -> Point<N> {
    let full = prior.mean + round.target;
    let mut found = Point { mean: full, cost: cost.of(&full, round.target_distance2) };
    let here_distance2 = (at.cost - cost.of(&at.mean, 0.0)).max(0.0);
    let mut part = 1.0;
    for _ in 0..8 {
        if found.cost <= at.cost * (1.0 + 1e-9) + 1e-12 || !found.cost.is_finite() && !at.cost.is_finite() {
            return found;
        }
        part *= 0.5;
        let mean = at.mean + (full - at.mean) * part;
        let distance2 = here_distance2 + (round.target_distance2 - here_distance2) * part;
        found = Point { mean, cost: cost.of(&mean, distance2) };
    }
    found
}
