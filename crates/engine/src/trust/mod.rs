//! Sensors that lie. What a radar says of aircraft that report themselves shows its bias, and whether its north, its
//! clock or its unit of range is wrong. What was found is said, and taken out of its plots before they go into the picture.
//!
//! Reports may lie as well. They only ever move a sensor when three aircraft or more, and two thirds of all that the
//! sensor could be compared with, agree on one fault; and no sensor is called grossly wrong while its plots go into the
//! same tracks as those of another. What one report says never reaches a track.

mod fit;
mod pairs;

use crate::plot::{Measurement, Plot, Sensor, SensorIndex};
use crate::traffic::AircraftState;
use core::f64::consts::TAU;
use downrange_earth::Time;
use pairs::{Fixes, Ledger};

/// What is wrong with a sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// Nothing: what was wrong before is right again.
    Sound,
    /// It is off by more than its noise.
    Bias,
    /// Its north is elsewhere.
    North,
    /// Its clock is off by seconds.
    Clock,
    /// Its ranges are in another unit.
    Units,
}

/// What is taken out of every plot of a sensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correction {
    /// Ranges are this many times what they should be; taken out before the bias of the range.
    pub range_ratio: f64,
    /// Added to every range by the sensor.
    pub range_m: f64,
    /// Added to every azimuth, clockwise.
    pub azimuth_rad: f64,
    /// Added to every elevation.
    pub elevation_rad: f64,
    /// The clock is ahead by this.
    pub clock_s: f64,
}

impl Correction {
    /// Nothing is taken out.
    pub const NONE: Correction =
        Correction { range_ratio: 1.0, range_m: 0.0, azimuth_rad: 0.0, elevation_rad: 0.0, clock_s: 0.0 };

    /// The plot as a sound sensor would have sent it. Ranges stay above zero.
    pub fn apply(&self, plot: &Plot) -> Plot {
        let Measurement::Radar { range_m, azimuth_rad, elevation_rad, range_rate_mps } = plot.measurement else {
            return *plot;
        };
        if *self == Correction::NONE {
            return *plot;
        }
        let turned_rad = azimuth_rad - self.azimuth_rad;
        let measurement = Measurement::Radar {
            range_m: (range_m / self.range_ratio - self.range_m).max(1.0),
            azimuth_rad: (turned_rad - TAU * libm::floor(turned_rad / TAU)).clamp(0.0, TAU),
            elevation_rad: (elevation_rad - self.elevation_rad)
                .clamp(-core::f64::consts::FRAC_PI_2, core::f64::consts::FRAC_PI_2),
            range_rate_mps,
        };
        Plot { time: plot.time.plus_s(-self.clock_s), measurement, ..*plot }
    }
}

/// What was found out of one sensor, and since when its plots are corrected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SensorHealth {
    /// When it was found.
    pub time: Time,
    /// Which sensor.
    pub sensor: SensorIndex,
    /// What is wrong.
    pub finding: Finding,
    /// What is taken out of its plots from now on.
    pub correction: Correction,
    /// Aircraft whose reports agree on it.
    pub aircraft_count: usize,
}

/// A sensor is looked into this often.
const JUDGE_EVERY_S: f64 = 10.0;
/// Corrections kept, for plots that come late: older ones than the lag of the picture are never asked for.
const STEPS_MAX: usize = 4;
/// Changes of a correction smaller than this share of the sensor's noise are not made.
const STEP_SIGMAS: f64 = 1.0;

/// Nor are changes of the ratio of ranges below this share.
const RATIO_STEP: f64 = 5e-4;

/// What is known of one sensor.
#[derive(Debug, Clone)]
struct Watched {
    ledger: Ledger,
    finding: Finding,
    /// Corrections with the stamped time from which each holds: so a plot is corrected by its own time, whenever it comes.
    steps: Vec<(Time, Correction)>,
    /// Latest stamped time of its plots.
    latest: Option<Time>,
    judged: Option<Time>,
}

/// How far each sensor is to be trusted.
#[derive(Debug, Clone)]
pub struct Trust {
    fixes: Fixes,
    watched: Vec<Watched>,
}

impl Trust {
    /// Nothing is known against any of so many sensors.
    pub fn new(sensor_count: usize) -> Trust {
        let fresh = Watched {
            ledger: Ledger::default(),
            finding: Finding::Sound,
            steps: Vec::new(),
            latest: None,
            judged: None,
        };
        Trust { fixes: Fixes::default(), watched: vec![fresh; sensor_count] }
    }

    /// Takes what an aircraft said of itself.
    pub fn report(&mut self, received: Time, aircraft: &AircraftState) {
        self.fixes.take(received, aircraft);
    }

    /// Compares a plot with what aircraft say of themselves, and returns it corrected. A plot changes what is known of its
    /// sensor, never how it is read itself; plots of one stamped time are read in one way, whenever they come.
    pub fn read(&mut self, received: Time, sensor: &Sensor, plot: &Plot) -> Plot {
        let Some(watched) = self.watched.get_mut(usize::from(plot.sensor.0)) else { return *plot };
        watched.ledger.compare(received, sensor, plot, &self.fixes);
        let step = watched.steps.iter().rev().find(|(from, _)| plot.time > *from);
        // A stamp from far in the future must not put off every correction until then.
        if plot.time < received.plus_s(pairs::CLOCK_MAX_S) {
            watched.latest = watched.latest.max(Some(plot.time));
        }
        step.map_or(*plot, |(_, correction)| correction.apply(plot))
    }

    /// Looks into a sensor when that is due. `is_vouched_for` says whether its plots go into tracks together with those of
    /// other sensors; asked only when it decides. Returns what has changed.
    pub fn judge(
        &mut self,
        now: Time,
        index: SensorIndex,
        sensor: &Sensor,
        is_vouched_for: impl FnOnce() -> bool,
    ) -> Option<SensorHealth> {
        let watched = self.watched.get_mut(usize::from(index.0))?;
        if watched.judged.is_some_and(|at| now.seconds_since(at) < JUDGE_EVERY_S) {
            return None;
        }
        watched.judged = Some(now);
        watched.ledger.forget(now);
        let found = fit::find(sensor, &watched.ledger)?;
        let gross = matches!(found.finding, Finding::North | Finding::Clock | Finding::Units);
        let applied = watched.steps.last().map_or(Correction::NONE, |(_, correction)| *correction);
        let same = found.finding == watched.finding && !differs(sensor, &applied, &found.correction);
        if same || (gross && found.finding != watched.finding && is_vouched_for()) {
            return None;
        }
        watched.finding = found.finding;
        if watched.steps.len() == STEPS_MAX {
            watched.steps.remove(0);
        }
        watched.steps.push((watched.latest.unwrap_or(now), found.correction));
        Some(SensorHealth {
            time: now,
            sensor: index,
            finding: found.finding,
            correction: found.correction,
            aircraft_count: found.aircraft_count,
        })
    }
}

/// Whether two corrections differ by more than is worth a step.
fn differs(sensor: &Sensor, a: &Correction, b: &Correction) -> bool {
    let crate::plot::SensorKind::Radar { range_sigma_m, azimuth_sigma_rad, elevation_sigma_rad, .. } = sensor.kind
    else {
        return false;
    };
    let apart = |a: f64, b: f64, sigma: f64| libm::fabs(a - b) > STEP_SIGMAS * sigma;
    libm::fabs(a.range_ratio - b.range_ratio) > RATIO_STEP * a.range_ratio
        || apart(a.range_m, b.range_m, range_sigma_m)
        || apart(a.azimuth_rad, b.azimuth_rad, azimuth_sigma_rad)
        || apart(a.elevation_rad, b.elevation_rad, elevation_sigma_rad)
        || apart(a.clock_s, b.clock_s, fit::CLOCK_MATTERS_S)
}
