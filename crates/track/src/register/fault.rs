//! Faults too large to be a bias, told from each other by their likelihood.

use super::{Known, Outcome, Plot, RegisterError, Registration};
use crate::gaussian::Gaussian;
use nalgebra::Vector4;

/// What a clock that is wrong is off by, 1 sigma; an object may turn within much longer times.
const CLOCK_SIGMA_S: f64 = 60.0;
/// North anywhere: the standard deviation of an angle uniform over the circle.
const NORTH_SIGMA_RAD: f64 = std::f64::consts::PI / 1.732_050_807_568_877_2;
/// How often a pair of plot and report is none (another object, a report that lies).
const OUTLIER_PROBABILITY: f64 = 0.05;
/// Density of such a pair, per m·rad²: anywhere within 1,000 km and the upper half of the sky.
const OUTLIER_DENSITY: f64 = 1.0 / (1e6 * std::f64::consts::PI * std::f64::consts::PI);

/// What may be wrong with a sensor, beyond a bias of the expected size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Nothing: biases are as the prior says.
    None,
    /// Its north is anywhere.
    North,
    /// Its clock is off by up to minutes.
    Clock,
    /// Its range is in nautical miles, read as metres.
    NauticalMiles,
    /// Its range is in feet, read as metres.
    Feet,
    /// Its range is in kilometres, read as metres.
    Kilometres,
}

impl Fault {
    /// Every hypothesis, "none" first.
    pub const ALL: [Fault; 6] =
        [Fault::None, Fault::North, Fault::Clock, Fault::NauticalMiles, Fault::Feet, Fault::Kilometres];

    /// Metres in the unit that the sensor uses for range.
    pub fn unit_m(self) -> f64 {
        match self {
            Fault::None | Fault::North | Fault::Clock => 1.0,
            Fault::NauticalMiles => 1852.0,
            Fault::Feet => 0.3048,
            Fault::Kilometres => 1000.0,
        }
    }
}

/// A sensor under every hypothesis at once: each has its own registration, and its evidence grows plot by plot.
///
/// The likelihood of a hypothesis is the product of the densities of the plots, each predicted from those before it, so
/// that a hypothesis that allows more pays for it; a share of the pairs may be no pairs at all.
///
/// ```
/// use downrange_track::gaussian::Gaussian;
/// use downrange_track::register::{Diagnosis, Fault};
/// use nalgebra::vector;
///
/// let prior = Gaussian::diagonal(vector![0.0, 0.0, 0.0, 0.0], vector![100.0, 0.005, 0.005, 1.0]);
/// let diagnosis = Diagnosis::new(prior, vector![0.0, 0.0, 0.0, 0.0])?;
/// // Nothing seen yet: nothing speaks for a fault.
/// assert_eq!(diagnosis.best(), (Fault::None, 0.0));
/// # Ok::<(), downrange_track::register::RegisterError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diagnosis {
    hypotheses: [(Fault, Registration<4>, f64); 6],
}

impl Diagnosis {
    /// From what the bias of a sound sensor may be, and its random walk (see [`Registration::new`]).
    ///
    /// # Errors
    /// As [`Registration::new`].
    pub fn new(prior: Gaussian<4>, walk: Vector4<f64>) -> Result<Diagnosis, RegisterError> {
        let sound = Registration::new([prior], walk)?;
        let mut hypotheses = Fault::ALL.map(|fault| (fault, sound, 0.0));
        for (fault, registration, _) in &mut hypotheses {
            let mut wide = prior;
            match fault {
                Fault::North => wide.covariance[(1, 1)] += NORTH_SIGMA_RAD * NORTH_SIGMA_RAD,
                Fault::Clock => wide.covariance[(3, 3)] += CLOCK_SIGMA_S * CLOCK_SIGMA_S,
                Fault::None | Fault::NauticalMiles | Fault::Feet | Fault::Kilometres => {}
            }
            *registration = Registration::new([wide], walk)?;
        }
        Ok(Diagnosis { hypotheses })
    }

    /// Lets the biases wander for a time.
    ///
    /// # Errors
    /// A step that is negative or not finite.
    pub fn predict(&mut self, step_s: f64) -> Result<(), RegisterError> {
        self.hypotheses.iter_mut().try_for_each(|(_, registration, _)| registration.predict(step_s))
    }

    /// Weighs every hypothesis by a plot of an object that reports itself; the plot's `sensor` is 0, its covariance that
    /// of a sound sensor (m, rad). Returns what became of it under "none".
    ///
    /// # Errors
    /// As [`Registration::known`]; nothing was changed.
    pub fn known(&mut self, plot: &Plot, known: &Known) -> Result<Outcome, RegisterError> {
        let mut next = self.hypotheses;
        let mut sound = Outcome::Outlier(f64::INFINITY);
        for (fault, registration, log_likelihood) in &mut next {
            let mut read = *plot;
            read.measured.mean[0] *= fault.unit_m();
            let innovation = registration.innovation_of_known(&read, known)?;
            let (outcome, log_density) = registration.update(&innovation)?;
            // The density is per metre as read, so a unit brings its size along.
            let density = libm::exp(log_density) * fault.unit_m();
            *log_likelihood += libm::log((1.0 - OUTLIER_PROBABILITY) * density + OUTLIER_PROBABILITY * OUTLIER_DENSITY);
            if *fault == Fault::None {
                sound = outcome;
            }
        }
        self.hypotheses = next;
        Ok(sound)
    }

    /// ln of the likelihood of a hypothesis over that of "none".
    pub fn log_likelihood_ratio(&self, fault: Fault) -> f64 {
        let of = |wanted| self.hypotheses.iter().find(|(f, _, _)| *f == wanted).map_or(0.0, |(_, _, l)| *l);
        of(fault) - of(Fault::None)
    }

    /// The likeliest hypothesis with its ln likelihood ratio over "none"; of equals, the first of [`Fault::ALL`].
    pub fn best(&self) -> (Fault, f64) {
        Fault::ALL.iter().fold((Fault::None, 0.0), |best, &fault| {
            let ratio = self.log_likelihood_ratio(fault);
            if ratio > best.1 { (fault, ratio) } else { best }
        })
    }

    /// The bias under a hypothesis: range (m), azimuth (rad), elevation (rad), clock (s), with covariance.
    ///
    /// # Errors
    /// None for a hypothesis of [`Fault::ALL`].
    pub fn bias(&self, fault: Fault) -> Result<Gaussian<4>, RegisterError> {
        let found = self.hypotheses.iter().find(|(f, _, _)| *f == fault);
        found.map_or(Err(RegisterError::BadNumber), |(_, registration, _)| registration.bias(0))
    }
}
