//! Which body it may be, and its ballistic coefficient: what the filter has learnt, with what is known of such bodies.

use super::air::Shape;
use super::draws::{Dimension, Draw};
use super::{Released, State, drawn_mode};
use crate::assess::drag::Braked;
use crate::assess::energy::normal_below;
use crate::picture::{MOTIONS, Mode, Track};
use downrange_track::gaussian::Gaussian;
use nalgebra::{SMatrix, SVector, Vector3};

/// Ballistic coefficients of a sort of bodies, before anything was seen of one: mean and sigma of the logarithm (kg/m²). They hold
/// far above the speed of sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    pub log_mean: f64,
    pub log_sigma: f64,
    /// Sigma of the logarithm of what drag does later, over what it does now: tumbling, parts lost, air not as the standard.
    pub later_log_sigma: f64,
    /// Whether all logarithms within √3 sigmas of the mean are as probable, and none beyond: all that is known is a span. Else they
    /// are normal.
    pub even: bool,
}

impl Prior {
    /// Entry bodies, from blunt to slender: 500 to 3,000 pounds per square foot (2,400 to 14,600 kg/m²), which is all that is
    /// published of most. Our choice.
    pub const SLENDER: Prior = Prior { log_mean: 8.686, log_sigma: 0.521, later_log_sigma: 0.06, even: true };
    /// Spent stages: 500 to 1,500 kg/m² when whole (empty cases and engines: Columbia Accident Investigation Board), less when
    /// they lie across the stream.
    pub const STAGE: Prior = Prior { log_mean: 6.6, log_sigma: 0.6, later_log_sigma: 0.2, even: false };
    /// Pieces, from sheet metal to engines: 1.5 to 2,000 kg/m² (the span of the debris catalogues of flight safety) in two
    /// sigmas and a half. The lightest are hardly ever tracked, so the middle lies high.
    pub const PIECE: Prior = Prior { log_mean: 4.6, log_sigma: 1.3, later_log_sigma: 0.2, even: false };

    /// How many sigmas from the mean the logarithm lies that has as many below it as so many sigmas have in a normal distribution.
    pub fn own_sigmas(&self, sigmas: f64) -> f64 {
        if self.even { libm::sqrt(12.0) * (normal_below(sigmas) - 0.5) } else { sigmas }
    }
}

/// The coefficient's logarithm among the nine numbers of the ballistic model's state.
const COEFFICIENT: usize = 6;

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
/// nothing was learnt the new one counts, where much was learnt neither does. (Gaussians: information adds.) Beside it stands how
/// much of what is known now was learnt, 0 to 1.
fn with_prior(estimate: &Gaussian<9>, drag: KnownDrag, prior: &Prior) -> (Gaussian<9>, f64) {
    if let KnownDrag::Braked(seen) = drag {
        return braked(estimate, &seen, prior);
    }
    let felt_air = drag == KnownDrag::Filter;
    let (means, sigmas) = MOTIONS[Mode::Ballistic as usize].prior_extras();
    let (first_mean, first_information) = (means[0], 1.0 / (sigmas[0] * sigmas[0]));
    let variance = estimate.covariance[(COEFFICIENT, COEFFICIENT)].max(1e-9);
    let learnt = if felt_air { (1.0 / variance - first_information).max(0.0) } else { 0.0 };
    let learnt_sum =
        if learnt > 0.0 { estimate.mean[COEFFICIENT] / variance - first_mean * first_information } else { 0.0 };
    let new_information = 1.0 / (prior.log_sigma * prior.log_sigma);
    let new_variance = 1.0 / (learnt + new_information);
    let new_mean = (learnt_sum + prior.log_mean * new_information) * new_variance;
    // What goes with the coefficient goes with it still.
    let gain: SVector<f64, 9> = estimate.covariance.column(COEFFICIENT) / variance;
    let mut new = *estimate;
    new.mean += gain * (new_mean - estimate.mean[COEFFICIENT]);
    new.covariance += gain * gain.transpose() * (new_variance - variance);
    (new, learnt * new_variance)
}

/// The estimate with a coefficient that was found apart from it.
fn braked(estimate: &Gaussian<9>, seen: &Braked, prior: &Prior) -> (Gaussian<9>, f64) {
    let information = 1.0 / (seen.log_sigma * seen.log_sigma);
    let prior_information = 1.0 / (prior.log_sigma * prior.log_sigma);
    let variance = 1.0 / (information + prior_information);
    let mut new = *estimate;
    new.mean[COEFFICIENT] = (seen.log_mean * information + prior.log_mean * prior_information) * variance;
    new.covariance.row_mut(COEFFICIENT).fill(0.0);
    new.covariance.column_mut(COEFFICIENT).fill(0.0);
    new.covariance[(COEFFICIENT, COEFFICIENT)] = variance;
    (new, information * variance)
}

/// A body that only falls from now on.
pub fn coasting(source: &Source, prior: &Prior, shape: Shape, draw: &Draw) -> Released {
    let (drawn, learnt_share) = source.drawn_body(prior, draw);
    let mode = drawn_mode(source.track, draw);
    // Other models know place and velocity better when they explain it better; of drag only this one knows.
    let state = if mode == Mode::Ballistic { moved(&drawn) } else { moved(&source.drawn(mode, draw)) };
    let later = prior.later_log_sigma * draw.normal(Dimension::Drag);
    Released {
        after_s: 0.0,
        state,
        coefficient_kgpm2: libm::exp((drawn[COEFFICIENT] + later).clamp(LOG_COEFFICIENT[0], LOG_COEFFICIENT[1])),
        at_mps: match source.drag {
            KnownDrag::Braked(seen) => seen.at_mps,
            KnownDrag::Nothing | KnownDrag::Filter => Vector3::new(state[3], state[4], state[5]).norm(),
        },
        learnt_share,
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

    /// A state that is so many sigmas from the mean.
    fn at(&self, sigmas: &SVector<f64, 9>) -> SVector<f64, 9> {
        self.mean + self.lower * sigmas
    }
}

/// Sigmas of the nine numbers of a state.
fn sigmas(draw: &Draw) -> SVector<f64, 9> {
    SVector::from_fn(|i, _| draw.normal_at(Dimension::State, i))
}

/// A track that states are drawn from, by each of its models and for each sort of bodies.
pub struct Source<'a> {
    pub track: &'a Track,
    drag: KnownDrag,
    modes: [Spread; 5],
    /// Each sort of bodies, and how much of what is known of its coefficient was learnt.
    bodies: [(Prior, Spread, f64); 3],
}

impl Source<'_> {
    /// A track, with what is known of its drag.
    pub fn of(track: &Track, drag: KnownDrag) -> Source<'_> {
        let modes = [Mode::Level, Mode::Turn, Mode::Boost, Mode::Ballistic, Mode::Manoeuvre];
        let body = |prior| {
            let (estimate, learnt_share) = with_prior(track.mode(Mode::Ballistic), drag, &prior);
            (prior, Spread::of(&estimate), learnt_share)
        };
        Source {
            track,
            drag,
            modes: modes.map(|mode| Spread::of(track.mode(mode))),
            bodies: [Prior::SLENDER, Prior::STAGE, Prior::PIECE].map(body),
        }
    }

    /// A state of one of its models.
    pub fn drawn(&self, mode: Mode, draw: &Draw) -> SVector<f64, 9> {
        self.modes[mode as usize].at(&(sigmas(draw) * doubt(self.track, draw)))
    }

    /// A state of the ballistic model, for one of these sorts of bodies, and how much of its coefficient was learnt.
    fn drawn_body(&self, prior: &Prior, draw: &Draw) -> (SVector<f64, 9>, f64) {
        let (_, spread, learnt_share) = self.bodies.iter().find(|(of, ..)| of == prior).unwrap_or(&self.bodies[0]);
        let mut sigmas = sigmas(draw) * doubt(self.track, draw);
        // What is known of such bodies is not doubted with the track.
        let of_such = prior.own_sigmas(draw.normal_at(Dimension::State, COEFFICIENT));
        sigmas[COEFFICIENT] = learnt_share * sigmas[COEFFICIENT] + (1.0 - learnt_share) * of_such;
        (spread.at(&sigmas), *learnt_share)
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
        let (blind, learnt_share) = with_prior(&estimate(means[0], sigmas[0]), KnownDrag::Filter, &Prior::PIECE);
        assert!(learnt_share < 1e-9);
        assert!((blind.mean[6] - Prior::PIECE.log_mean).abs() < 1e-9);
        assert!((blind.covariance[(6, 6)].sqrt() - Prior::PIECE.log_sigma).abs() < 1e-9);
        let (sure, learnt_share) = with_prior(&estimate(5.0, 0.05), KnownDrag::Filter, &Prior::PIECE);
        assert!(learnt_share > 0.99);
        assert!((sure.mean[6] - 5.0).abs() < 0.02 && (sure.covariance[(6, 6)].sqrt() - 0.05).abs() < 0.001);
    }

    /// Even, they are within the span and have its mean and sigma: (b − a)/√12.
    #[test]
    fn val_slender_bodies_are_spread_evenly_over_their_span() {
        let prior = Prior::SLENDER;
        let at = |normal: f64| libm::exp(prior.log_mean + prior.log_sigma * prior.own_sigmas(normal));
        assert!((at(-8.0) - 2_400.0).abs() < 10.0 && (at(8.0) - 14_600.0).abs() < 60.0, "{} {}", at(-8.0), at(8.0));
        // Tables of the normal distribution: 84.13 % lie below one sigma.
        let expected = 2_400.0 * libm::pow(14_600.0 / 2_400.0, 0.841_345);
        assert!((at(1.0) / expected - 1.0).abs() < 2e-3, "{} {expected}", at(1.0));
        assert!((Prior::STAGE.own_sigmas(1.3) - 1.3).abs() < 1e-12);
    }

    /// One component alone: information adds (N(8.0, 1²) learnt to N(6.0, 0.5²) says N(16/3, 1/3); with N(4.6, 1.3²)).
    #[test]
    fn val_information_adds() {
        let (means, sigmas) = MOTIONS[Mode::Ballistic as usize].prior_extras();
        let information = 4.0 - 1.0 / (sigmas[0] * sigmas[0]);
        let sum = 24.0 - means[0] / (sigmas[0] * sigmas[0]);
        let expected_variance = 1.0 / (information + 1.0 / 1.69);
        let (found, learnt_share) = with_prior(&estimate(6.0, 0.5), KnownDrag::Filter, &Prior::PIECE);
        assert!((learnt_share - information * expected_variance).abs() < 1e-12);
        assert!((found.covariance[(6, 6)] - expected_variance).abs() < 1e-12);
        assert!((found.mean[6] - (sum + 4.6 / 1.69) * expected_variance).abs() < 1e-12);
    }
}
