//! The life of a track: is there anything at all?
//!
//! [`Life`] is the sequential probability ratio test of track score: Wald, *Sequential Analysis* (1947), with the
//! score of Blackman & Popoli, *Design and Analysis of Modern Tracking Systems* (1999), chapter 6. [`Existence`] is the
//! same evidence as a probability that also forgets: integrated probabilistic data association of Musicki, Evans &
//! Stankovic, IEEE Trans. Automatic Control 39(6), 1994, 1237-1241.
//!
//! How tracks begin is in [`begin`]; how they merge, split, coast and end in [`change`].

pub mod begin;
pub mod change;

/// What a track is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Too little evidence either way.
    Tentative,
    /// An object, at the false-track probability asked for.
    Confirmed,
    /// Nothing, or nothing any more.
    Lost,
}

/// When a track is confirmed or given up, as log-likelihood ratios (dimensionless).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// A tentative track above this is confirmed.
    pub confirm_log_ratio: f64,
    /// A tentative track below this is lost.
    pub drop_log_ratio: f64,
    /// A confirmed track this far (> 0) below the highest ratio it has had is lost.
    pub fall_log_ratio: f64,
}

impl Thresholds {
    /// Wald's bounds `ln((1 - miss) / false)` and `ln(miss / (1 - false))`: of the tracks that come from clutter about
    /// `false_track_probability` are confirmed, of the true ones about `miss_probability` are dropped. A confirmed
    /// track is lost when its ratio falls by as much as a tentative one may fall. `None` unless both lie inside (0, 1)
    /// and sum to less than one.
    ///
    /// ```
    /// use downrange_track::life::Thresholds;
    /// let thresholds = Thresholds::wald(1e-3, 1e-2).unwrap();
    /// assert!((thresholds.confirm_log_ratio - 990f64.ln()).abs() < 1e-12);
    /// assert!(Thresholds::wald(0.6, 0.6).is_none());
    /// ```
    pub fn wald(false_track_probability: f64, miss_probability: f64) -> Option<Self> {
        let inside = |p: f64| p > 0.0 && p < 1.0;
        if !(inside(false_track_probability)
            && inside(miss_probability)
            && false_track_probability + miss_probability < 1.0)
        {
            return None;
        }
        let drop = libm::log(miss_probability / (1.0 - false_track_probability));
        Some(Thresholds {
            confirm_log_ratio: libm::log((1.0 - miss_probability) / false_track_probability),
            drop_log_ratio: drop,
            fall_log_ratio: -drop,
        })
    }
}

/// Track life by score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Life {
    /// ln(probability of all plots so far if there is an object / if there is none), dimensionless.
    pub log_likelihood_ratio: f64,
    /// The highest it has been.
    pub peak_log_ratio: f64,
    /// The decision so far. Lost is final.
    pub state: State,
    /// When it is decided.
    pub thresholds: Thresholds,
}

impl Life {
    /// A track born from one plot. `log_ratio` = ln(density of new objects / density of false plots), both per volume
    /// of plot space (Blackman & Popoli: beta_NT / beta_FT). NaN counts as zero.
    pub fn new(log_ratio: f64, thresholds: Thresholds) -> Self {
        let start = if log_ratio.is_nan() { 0.0 } else { log_ratio };
        let mut life = Life { log_likelihood_ratio: start, peak_log_ratio: start, state: State::Tentative, thresholds };
        life.decide();
        life
    }

    /// A plot was given to the track: `log_ratio` = ln(detection probability x likelihood / clutter density), as
    /// [`Candidate::log_weight`](crate::associate::Candidate::log_weight). NaN changes nothing.
    pub fn update_hit(&mut self, log_ratio: f64) -> State {
        self.add(log_ratio)
    }

    /// The sensor looked and no plot was given to the track: the ratio falls by ln(1 - detection probability). Outside
    /// the sensor's coverage pass zero. Values outside [0, 1] and NaN change nothing; one loses the track at once.
    pub fn update_miss(&mut self, detection_probability: f64) -> State {
        if (0.0..=1.0).contains(&detection_probability) {
            self.add(libm::log1p(-detection_probability));
        }
        self.state
    }

    /// The ratio as a probability that there is an object.
    pub fn probability(&self) -> f64 {
        1.0 / (1.0 + libm::exp(-self.log_likelihood_ratio))
    }

    fn add(&mut self, log_ratio: f64) -> State {
        if !log_ratio.is_nan() {
            let sum = self.log_likelihood_ratio + log_ratio;
            // Infinity less infinity: once certain, the newest evidence counts.
            self.log_likelihood_ratio = if sum.is_nan() { log_ratio } else { sum };
            self.peak_log_ratio = self.peak_log_ratio.max(self.log_likelihood_ratio);
            self.decide();
        }
        self.state
    }

    fn decide(&mut self) {
        let ratio = self.log_likelihood_ratio;
        self.state = match self.state {
            State::Tentative if ratio >= self.thresholds.confirm_log_ratio => State::Confirmed,
            State::Tentative if ratio <= self.thresholds.drop_log_ratio => State::Lost,
            State::Confirmed if self.peak_log_ratio - ratio >= self.thresholds.fall_log_ratio => State::Lost,
            state => state,
        };
    }
}

/// Track life as the probability that the object exists.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Existence {
    /// Probability that there is an object.
    pub probability: f64,
}

impl Existence {
    /// With the given probability, clamped to [0, 1]; NaN is taken as zero.
    pub fn new(probability: f64) -> Self {
        Existence { probability: if probability.is_nan() { 0.0 } else { probability.clamp(0.0, 1.0) } }
    }

    /// Time goes by: the object stays with `survival_probability` (Musicki 1994, Markov chain one, without birth).
    pub fn predict(&mut self, survival_probability: f64) {
        *self = Existence::new(self.probability * survival_probability);
    }

    /// The probability with which the track is seen if nothing but its existence is uncertain; the weight of its plots
    /// in an association that takes existence into account is multiplied by [`Existence::probability`], and its
    /// weight of a miss is `1 - probability x detection_probability`.
    pub fn miss_weight(&self, detection_probability: f64) -> f64 {
        1.0 - self.probability * detection_probability
    }

    /// After association: `missed_probability` is the probability that none of the plots is the track's, from an
    /// association with [`Existence::miss_weight`]. A seen track exists; an unseen one exists with
    /// `(1 - Pd) p / (1 - Pd p)`. With one track this is Musicki's update with
    /// `delta = Pd - Pd sum of likelihood / clutter density`.
    pub fn update(&mut self, missed_probability: f64, detection_probability: f64) {
        *self =
            Existence::new((1.0 - missed_probability) + missed_probability * self.after_miss(detection_probability));
    }

    /// The probability of existence given that the object was not seen.
    pub fn after_miss(&self, detection_probability: f64) -> f64 {
        let weight = self.miss_weight(detection_probability);
        if weight > 0.0 { self.probability * (1.0 - detection_probability) / weight } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn thresholds() -> Thresholds {
        Thresholds::wald(1e-3, 1e-2).expect("in range")
    }

    #[test]
    fn val_wald_bounds() {
        // Wald 1947: A = (1 - beta) / alpha, B = beta / (1 - alpha).
        let found = thresholds();
        assert!((libm::exp(found.confirm_log_ratio) - 990.0).abs() < 1e-9);
        assert!((libm::exp(found.drop_log_ratio) - 0.01 / 0.999).abs() < 1e-12);
    }

    #[test]
    fn val_error_probabilities_hold() {
        // A Bernoulli sequence, seen with 0.9 if there is an object and 0.2 if there is none, from a fixed generator.
        let mut seed = 1u64;
        let mut uniform = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1u64 << 53) as f64
        };
        let thresholds = Thresholds::wald(0.02, 0.05).expect("in range");
        let mut run = |hit_probability: f64| {
            let mut life = Life::new(0.0, thresholds);
            while life.state == State::Tentative {
                let seen = uniform() < hit_probability;
                life.update_hit(if seen { libm::log(0.9 / 0.2) } else { libm::log(0.1 / 0.8) });
            }
            life.state
        };
        let false_tracks = (0..20_000).filter(|_| run(0.2) == State::Confirmed).count() as f64 / 20_000.0;
        let misses = (0..20_000).filter(|_| run(0.9) == State::Lost).count() as f64 / 20_000.0;
        assert!(false_tracks < 0.0206 && false_tracks > 0.002, "{false_tracks}");
        assert!(misses < 0.0515 && misses > 0.002, "{misses}");
    }

    #[test]
    fn confirmed_track_is_lost_after_its_ratio_falls() {
        let mut life = Life::new(0.0, thresholds());
        assert_eq!(life.update_hit(20.0), State::Confirmed);
        assert_eq!(life.update_miss(0.9), State::Confirmed);
        assert_eq!(life.update_miss(0.9), State::Lost);
        assert_eq!(life.update_hit(100.0), State::Lost);
    }

    #[test]
    fn bad_numbers_change_nothing() {
        let mut life = Life::new(f64::NAN, thresholds());
        let before = life;
        life.update_hit(f64::NAN);
        life.update_miss(f64::NAN);
        life.update_miss(1.5);
        assert_eq!(life, before);
        assert_eq!(life.update_hit(f64::INFINITY), State::Confirmed);
        assert_eq!(life.update_miss(1.0), State::Lost);
        assert_eq!(Existence::new(f64::NAN).probability, 0.0);
        for (false_track, miss) in [(0.0, 0.1), (0.1, 1.0), (f64::NAN, 0.1), (0.5, 0.5)] {
            assert_eq!(Thresholds::wald(false_track, miss), None);
        }
    }

    proptest! {
        #[test]
        fn prop_existence_is_musickis(prior in 0.0..1.0f64, pd in 0.0..0.99f64, likelihood_over_clutter in 0.0..1e3f64) {
            // Musicki 1994: p' = (1 - delta) p / (1 - delta p), delta = Pd - Pd L / clutter density.
            let delta = pd - pd * likelihood_over_clutter;
            let expected = (1.0 - delta) * prior / (1.0 - delta * prior);
            let mut existence = Existence::new(prior);
            let seen = prior * pd * likelihood_over_clutter;
            let missed = existence.miss_weight(pd);
            existence.update(missed / (missed + seen), pd);
            prop_assert!((existence.probability - expected).abs() < 1e-12);
        }

        #[test]
        fn prop_a_plot_never_lowers_and_a_miss_never_raises(prior in 0.0..1.0f64, pd in 0.0..1.0f64, missed in 0.0..1.0f64) {
            let mut unseen = Existence::new(prior);
            unseen.update(1.0, pd);
            prop_assert!(unseen.probability <= prior + 1e-15);
            let mut seen = Existence::new(prior);
            seen.update(missed, pd);
            prop_assert!(seen.probability >= unseen.probability - 1e-15);
        }
    }
}
