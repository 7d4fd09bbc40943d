//! Which body it may be, and its ballistic coefficient: what the filter has learnt, with what is known of such bodies.

use super::air::Shape;
use super::draws::{Dimension, Draw};
use super::{Released, State, drawn_mode};
use crate::assess::drag::Braked;
use crate::picture::{MOTIONS, Mode, Track};
use downrange_track::gaussian::Gaussian;
use nalgebra::{SMatrix, SVector, Vector3};

/// Ballistic coefficients of a sort of bodies, before anything was seen of one: mean and sigma of the logarithm (kg/m²).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    pub log_mean: f64,
    pub log_sigma: f64,
    /// Sigma of the logarithm of what drag does later, over what it does now: tumbling, parts lost, air not as the standard.
    pub later_log_sigma: f64,
}

impl Prior {
    /// Slender bodies: 500 to 3,000 pounds per square foot (2,400 to 14,600 kg/m²) within two sigmas. Our choice.
    pub const SLENDER: Prior = Prior { log_mean: 8.7, log_sigma: 0.45, later_log_sigma: 0.06 };
    /// Spent stages: 500 to 1,500 kg/m² when whole (empty cases and engines: Columbia Accident Investigation Board), less when
    /// they lie across the stream.
    pub const STAGE: Prior = Prior { log_mean: 6.6, log_sigma: 0.6, later_log_sigma: 0.2 };
    /// Pieces, from sheet metal to engines: 1.5 to 2,000 kg/m² (the span of the debris catalogues of flight safety) in two
    /// sigmas and a half. The lightest are hardly ever tracked, so the middle lies high.
    pub const PIECE: Prior = Prior { log_mean: 4.6, log_sigma: 1.3, later_log_sigma: 0.2 };
}

/// Coefficients are kept between these.
const LOG_COEFFICIENT: [f64; 2] = [0.4, 10.8];

/// What is known of the ballistic coefficient of a track's body.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum KnownDrag {
    /// Nothing: what a filter learnt while an engine burned was not drag.
    Nothing,
    /// What the filter's ballistic model has learnt.
    Filter,
    /// What brakes it, for tracks that the ballistic model does not follow.
    Braked(Braked),
}

/// The ballistic estimate with another prior for its coefficient in place of the one that the filter began with: where
/// nothing was learnt the new one counts, where much was learnt neither does. (Gaussians: information adds.)
fn with_prior(estimate: &Gaussian<9>, drag: KnownDrag, prior: &Prior) -> Gaussian<9> {
    if let KnownDrag::Braked(seen) = drag {
        return braked(estimate, &seen, prior);
    }
    let felt_air = drag == KnownDrag::Filter;
    let (means, sigmas) = MOTIONS[Mode::Ballistic as usize].prior_extras();
    let (first_mean, first_information) = (means[0], 1.0 / (sigmas[0] * sigmas[0]));
    let variance = estimate.covariance[(6, 6)].max(1e-9);
    let learnt = if felt_air { (1.0 / variance - first_information).max(0.0) } else { 0.0 };
    let learnt_sum = if learnt > 0.0 { estimate.mean[6] / variance - first_mean * first_information } else { 0.0 };
    let new_information = 1.0 / (prior.log_sigma * prior.log_sigma);
    let new_variance = 1.0 / (learnt + new_information);
    let new_mean = (learnt_sum + prior.log_mean * new_information) * new_variance;
    // What goes with the coefficient goes with it still.
    let gain: SVector<f64, 9> = estimate.covariance.column(6) / variance;
    let mut new = *estimate;
    new.mean += gain * (new_mean - estimate.mean[6]);
    new.covariance += gain * gain.transpose() * (new_variance - variance);
    new
}

/// The estimate with a coefficient that was found apart from it.
fn braked(estimate: &Gaussian<9>, seen: &Braked, prior: &Prior) -> Gaussian<9> {
    let information = 1.0 / (seen.log_sigma * seen.log_sigma);
    let prior_information = 1.0 / (prior.log_sigma * prior.log_sigma);
    let variance = 1.0 / (information + prior_information);
    let mut new = *estimate;
    new.mean[6] = (seen.log_mean * information + prior.log_mean * prior_information) * variance;
    new.covariance.row_mut(6).fill(0.0);
    new.covariance.column_mut(6).fill(0.0);
    new.covariance[(6, 6)] = variance;
    new
}

/// A body that only falls from now on.
pub fn coasting(source: &Source, prior: &Prior, shape: Shape, draw: &Draw) -> Released {
    let drawn = source.drawn_body(prior, draw);
    let mode = drawn_mode(source.track, draw);
    // Other models know place and velocity better when they explain it better; of drag only this one knows.
    let state = if mode == Mode::Ballistic { moved(&drawn) } else { moved(&source.drawn(mode, draw)) };
    let later = prior.later_log_sigma * draw.normal(Dimension::Drag);
    Released {
        after_s: 0.0,
        state,
        coefficient_kgpm2: libm::exp((drawn[6] + later).clamp(LOG_COEFFICIENT[0], LOG_COEFFICIENT[1])),
        at_mps: match source.drag {
            KnownDrag::Braked(seen) => seen.at_mps,
            KnownDrag::Nothing | KnownDrag::Filter => Vector3::new(state[3], state[4], state[5]).norm(),
        },
        shape,
    }
}

/// Place and velocity of a full state.
pub fn moved(drawn: &SVector<f64, 9>) -> State {
    drawn.fixed_rows::<6>(0).into_owned()
}

/// Young tracks are less sure than they say: filters start far from where they are linear, and in a crowd a plot or two were
/// another's. By this factor at first, and for about so many plots.
const YOUNG_DOUBT: f64 = 2.0;
const YOUNG_HITS: f64 = 25.0;

/// One young track in so many followed another's plots for a while: then it is off by so many of its sigmas.
const STRAYED_SHARE: f64 = 0.3;
const STRAYED_DOUBT: f64 = 6.0;

/// Plots that miss the track by more than they say, again and again, have an error in common: a radar's range or north is off.
/// Filters average over plots as if each erred on its own, so their sigma falls with the root of their number and the common
/// error stays. From this misfit on (normalised innovation squared per degree of freedom, smoothed over some ten plots: chance
/// makes it so large one time in ten), as if this many plots had been averaged.
const COMMON_MISFIT: f64 = 1.3;
const COMMON_PLOTS: f64 = 12.0;
const MISFIT_MAX: f64 = 4.0;

fn misfit_doubt(misfit: f64) -> f64 {
    let common = (misfit.min(MISFIT_MAX) - COMMON_MISFIT).max(0.0);
    libm::sqrt(misfit.clamp(1.0, MISFIT_MAX) * (1.0 + COMMON_PLOTS * common))
}

/// How many of its own sigmas a track's sigma is worth in this sample.
fn doubt(track: &Track, draw: &Draw) -> f64 {
    let young = libm::exp(-f64::from(track.hits) / YOUNG_HITS);
    let strayed = if draw.uniform(Dimension::Stray) < STRAYED_SHARE * young { STRAYED_DOUBT } else { 1.0 };
    (1.0 + (YOUNG_DOUBT - 1.0) * young) * strayed * misfit_doubt(track.misfit)
}

/// An estimate that states are drawn from.
struct Spread {
    mean: SVector<f64, 9>,
    lower: SMatrix<f64, 9, 9>,
}

impl Spread {
    fn of(estimate: &Gaussian<9>) -> Spread {
        Spread { mean: estimate.mean, lower: estimate.factor().lower }
    }

    /// A state, its sigmas taken `doubt_factor` times.
    fn drawn(&self, doubt_factor: f64, draw: &Draw) -> SVector<f64, 9> {
        let standard = SVector::<f64, 9>::from_fn(|i, _| draw.normal_at(Dimension::State, i));
        self.mean + self.lower * standard * doubt_factor
    }
}

/// A track that states are drawn from, by each of its models and for each sort of bodies.
pub struct Source<'a> {
    pub track: &'a Track,
    drag: KnownDrag,
    modes: [Spread; 5],
    bodies: [(Prior, Spread); 3],
}

impl Source<'_> {
    /// A track, with what is known of its drag.
    pub fn of(track: &Track, drag: KnownDrag) -> Source<'_> {
        let modes = [Mode::Level, Mode::Turn, Mode::Boost, Mode::Ballistic, Mode::Manoeuvre];
        let body = |prior| (prior, Spread::of(&with_prior(track.mode(Mode::Ballistic), drag, &prior)));
        Source {
            track,
            drag,
            modes: modes.map(|mode| Spread::of(track.mode(mode))),
            bodies: [Prior::SLENDER, Prior::STAGE, Prior::PIECE].map(body),
        }
    }

    /// A state of one of its models.
    pub fn drawn(&self, mode: Mode, draw: &Draw) -> SVector<f64, 9> {
        self.modes[mode as usize].drawn(doubt(self.track, draw), draw)
    }

    /// A state of the ballistic model, for one of these sorts of bodies.
    fn drawn_body(&self, prior: &Prior, draw: &Draw) -> SVector<f64, 9> {
        let known = self.bodies.iter().find(|(of, _)| of == prior).unwrap_or(&self.bodies[0]);
        known.1.drawn(doubt(self.track, draw), draw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(log_mean: f64, log_sigma: f64) -> Gaussian<9> {
        let mut mean = SVector::<f64, 9>::zeros();
        let mut sigma = SVector::<f64, 9>::repeat(1.0);
        mean[6] = log_mean;
        sigma[6] = log_sigma;
        Gaussian::diagonal(mean, sigma)
    }

    #[test]
    fn what_was_not_seen_is_as_the_prior_says_and_what_was_seen_is_not() {
        let (means, sigmas) = MOTIONS[Mode::Ballistic as usize].prior_extras();
        let blind = with_prior(&estimate(means[0], sigmas[0]), KnownDrag::Filter, &Prior::PIECE);
        assert!((blind.mean[6] - Prior::PIECE.log_mean).abs() < 1e-9);
        assert!((blind.covariance[(6, 6)].sqrt() - Prior::PIECE.log_sigma).abs() < 1e-9);
        let sure = with_prior(&estimate(5.0, 0.05), KnownDrag::Filter, &Prior::PIECE);
        assert!((sure.mean[6] - 5.0).abs() < 0.02 && (sure.covariance[(6, 6)].sqrt() - 0.05).abs() < 0.001);
    }

    /// One component alone: information adds (N(8.0, 1²) learnt to N(6.0, 0.5²) says N(16/3, 1/3); with N(4.6, 1.3²)).
    #[test]
    fn val_information_adds() {
        let (means, sigmas) = MOTIONS[Mode::Ballistic as usize].prior_extras();
        let information = 4.0 - 1.0 / (sigmas[0] * sigmas[0]);
        let sum = 24.0 - means[0] / (sigmas[0] * sigmas[0]);
        let expected_variance = 1.0 / (information + 1.0 / 1.69);
        let found = with_prior(&estimate(6.0, 0.5), KnownDrag::Filter, &Prior::PIECE);
        assert!((found.covariance[(6, 6)] - expected_variance).abs() < 1e-12);
        assert!((found.mean[6] - (sum + 4.6 / 1.69) * expected_variance).abs() < 1e-12);
    }
}
