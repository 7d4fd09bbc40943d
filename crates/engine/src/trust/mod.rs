//! Sensors that lie. What a radar says of aircraft that report themselves shows its bias, and whether its north, its
//! clock or its unit of range is wrong. What was found is said, and taken out of its plots before they go into the picture.
//!
//! Reports may lie as well. They only ever move a sensor when three aircraft or more (two for a wrong north or unit, if they are
//! all that was seen), and two thirds of all that the sensor could be compared with, agree on one fault; and no sensor is called
//! grossly wrong while its plots go into the same tracks as those of another. What one report says never reaches a track.

mod correction;
mod fit;
mod pairs;
mod shared;

use crate::plot::{Plot, Sensor, SensorIndex, SensorKind, Seq};
use crate::traffic::AircraftState;
pub use correction::Correction;
use downrange_earth::Time;
use downrange_track::gaussian::Gaussian;
use nalgebra::{Matrix4, Matrix6, Matrix6x4, Vector3, Vector4, Vector6};
use pairs::{Fixes, Ledger};
pub use shared::Followed;
use shared::Shared;

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
    /// What was taken out before.
    pub before: Correction,
    /// Aircraft whose reports agree on it; none when it was found by what other sensors see of the same objects.
    pub aircraft_count: usize,
    /// Objects that other sensors see too, from which it was found; none when aircraft showed it.
    pub object_count: usize,
}

impl SensorHealth {
    /// By how much position (m) and velocity (m/s) of what this sensor, a radar, shows here change by it.
    pub fn shift(&self, sensor: &Sensor, place_m: Vector3<f64>, velocity_mps: Vector3<f64>) -> Vector6<f64> {
        self.correction.shift(&self.before, sensor, place_m, velocity_mps)
    }
}

/// A sensor is looked into this often.
const JUDGE_EVERY_S: f64 = 10.0;
/// The sensors are compared with each other this often, when there are so many new comparisons.
const COMPARE_EVERY_S: f64 = 2.0;
const COMPARE_LEAST: usize = 5;
/// What other sensors show counts from this share of the noise of one plot on: the errors of a track are smaller.
const SHARED_SIGMAS: f64 = 0.3;
/// 99.7 % of a χ² of four degrees of freedom.
const STEP_CHI2: f64 = 16.0;
/// What aircraft showed of a sensor stands for so long, and so long what other sensors show goes before it.
const ANCHORED_S: f64 = 180.0;
const SHOWN_S: f64 = 30.0;
/// What other sensors showed is remembered for so long, with so many times its covariance: biases wander.
const REMEMBERED_S: f64 = 1_800.0;
const FORGETTING: f64 = 4.0;
/// A radar is off with this probability before anything was compared with it, and by this, one sigma. Our choice.
const OFF_PROBABILITY: f64 = 0.05;
const UNCHECKED: Vector4<f64> = Vector4::new(200.0, 5e-3, 2e-3, 0.1);
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
    /// What aircraft showed of it, and when.
    anchor: Option<(Time, Gaussian<4>)>,
    /// When other sensors last showed anything of it.
    shown: Option<Time>,
    /// What they showed, and what they showed so long ago that none of it is among what they show now.
    noted: Option<(Time, Gaussian<4>)>,
    memory: Option<(Time, Gaussian<4>)>,
    /// The latest that is known of it.
    known: Option<(Time, Gaussian<4>)>,
}

/// What one radar may still be off by.
struct Left {
    /// What is left of an error that was found and is taken out: covariance.
    found: Matrix4<f64>,
    /// What a radar in which none was found may hide: covariance, and how probable it is that there is anything. A sound radar and
    /// one that is off are weighed by how well each foretold what was seen: where that is nothing, both stay as probable as they
    /// were; the better it is known that the bias is small, the less probable one is (the ratio of the densities at no bias,
    /// Savage and Dickey: Dickey, Annals of Mathematical Statistics 42, 1971).
    hidden: Matrix4<f64>,
    hidden_probability: f64,
}

impl Watched {
    /// What aircraft showed of it of late.
    fn anchor(&self, now: Time) -> Option<Gaussian<4>> {
        self.anchor.filter(|(at, ..)| now.seconds_since(*at) < ANCHORED_S).map(|(_, bias)| bias)
    }

    /// What is known of it apart from what other sensors show now.
    fn prior(&self, now: Time) -> Option<Gaussian<4>> {
        let remembered = self.memory.filter(|(at, _)| now.seconds_since(*at) < REMEMBERED_S);
        let widened = |bias: Gaussian<4>| Gaussian { covariance: bias.covariance * FORGETTING, ..bias };
        self.anchor(now).or_else(|| remembered.map(|(_, bias)| widened(bias)))
    }

    /// Notes what other sensors show.
    fn note(&mut self, now: Time, bias: &Gaussian<4>) {
        self.shown = Some(now);
        self.known = Some((now, *bias));
        if self.noted.is_none_or(|(at, _)| now.seconds_since(at) > shared::FRESH_S) {
            self.memory = self.noted.or(self.memory);
            self.noted = Some((now, *bias));
        }
    }

    /// What its plots may still be off by, all alike: range (m), azimuth and elevation (rad), clock (s).
    fn left(&self, now: Time) -> Left {
        let unchecked = Matrix4::from_diagonal(&UNCHECKED.component_mul(&UNCHECKED));
        let Some((_, bias)) = self.known.filter(|(at, _)| now.seconds_since(*at) < REMEMBERED_S) else {
            return Left { found: Matrix4::zeros(), hidden: unchecked, hidden_probability: OFF_PROBABILITY };
        };
        let Correction { range_m, azimuth_rad, elevation_rad, clock_s, .. } = self.applied();
        let off = bias.mean - Vector4::new(range_m, azimuth_rad, elevation_rad, clock_s);
        let left = bias.covariance + off * off.transpose();
        if self.finding != Finding::Sound {
            return Left { found: left, hidden: Matrix4::zeros(), hidden_probability: 0.0 };
        }
        let ratio = libm::sqrt((bias.covariance.determinant() / unchecked.determinant()).clamp(0.0, 1.0));
        let odds =
            OFF_PROBABILITY / (1.0 - OFF_PROBABILITY) * ratio * libm::exp(0.5 * fit::misfit(&bias, &self.applied()));
        Left { found: Matrix4::zeros(), hidden: left, hidden_probability: (odds / (1.0 + odds)).min(OFF_PROBABILITY) }
    }

    /// What it may still be off by although an error was found and is taken out: range (m), azimuth and elevation (rad).
    fn still_off(&self, now: Time) -> Vector3<f64> {
        if self.finding == Finding::Sound {
            return Vector3::zeros();
        }
        self.left(now).found.diagonal().fixed_rows::<3>(0).map(|variance| libm::sqrt(variance.max(0.0)))
    }

    fn applied(&self) -> Correction {
        self.steps.last().map_or(Correction::NONE, |(_, correction)| *correction)
    }

    /// From the latest plot on, another correction.
    fn apply(&mut self, now: Time, finding: Finding, correction: Correction) {
        self.finding = finding;
        if self.steps.len() == STEPS_MAX {
            self.steps.remove(0);
        }
        self.steps.push((self.latest.unwrap_or(now), correction));
    }
}

/// What position (m) and velocity (m/s) of a track may be off by because its radars err alike from plot to plot: covariances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CommonError {
    /// What is left of errors that were found and are taken out.
    pub found: Matrix6<f64>,
    /// What radars in which none was found may be off by, if they are: much where nothing could be compared with them.
    pub hidden: Matrix6<f64>,
    /// How probable it is that they are.
    pub hidden_probability: f64,
}

/// How far each sensor is to be trusted.
#[derive(Debug, Clone)]
pub struct Trust {
    fixes: Fixes,
    watched: Vec<Watched>,
    shared: Shared,
    compared: Option<Time>,
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
            anchor: None,
            shown: None,
            noted: None,
            memory: None,
            known: None,
        };
        Trust { fixes: Fixes::default(), watched: vec![fresh; sensor_count], shared: Shared::default(), compared: None }
    }

    /// Takes what an aircraft said of itself.
    pub fn report(&mut self, received: Time, aircraft: &AircraftState) {
        self.fixes.take(received, aircraft);
    }

    /// Compares a plot with what aircraft say of themselves, and returns it corrected. A plot changes what is known of its
    /// sensor, never how it is read itself; plots of one stamped time are read in one way, whenever they come.
    pub fn read(&mut self, received: Time, seq: Seq, sensor: &Sensor, plot: &Plot) -> Plot {
        self.shared.take(received, seq, plot);
        let Some(watched) = self.watched.get_mut(usize::from(plot.sensor.0)) else { return *plot };
        watched.ledger.compare(received, sensor, plot, &self.fixes);
        let step = watched.steps.iter().rev().find(|(from, _)| plot.time > *from);
        // A stamp from far in the future must not put off every correction until then.
        if plot.time < received.plus_s(pairs::CLOCK_MAX_S) {
            watched.latest = watched.latest.max(Some(plot.time));
        }
        step.map_or(*plot, |(_, correction)| correction.apply(plot))
    }

    /// What position (m) and velocity (m/s) of a track may be off by because its radars err alike from plot to plot: filters
    /// take plots as independent and average that away. The errors of several radars are half in common (our choice: each
    /// was compared with the others).
    pub fn common_error<'a>(
        &self,
        now: Time,
        radars: impl Iterator<Item = (SensorIndex, &'a Sensor)>,
        place_m: Vector3<f64>,
        velocity_mps: Vector3<f64>,
    ) -> CommonError {
        let mut error = CommonError { found: Matrix6::zeros(), hidden: Matrix6::zeros(), hidden_probability: 0.0 };
        let mut count = 0.0;
        for (index, sensor) in radars {
            let Some(watched) = self.watched.get(usize::from(index.0)) else { continue };
            let shift = |correction: Correction| Correction::NONE.shift(&correction, sensor, place_m, velocity_mps);
            let [range_m, angle_rad] = [1.0, 1e-6];
            let moves = Matrix6x4::from_columns(&[
                shift(Correction { range_m, ..Correction::NONE }),
                shift(Correction { azimuth_rad: angle_rad, ..Correction::NONE }) / angle_rad,
                shift(Correction { elevation_rad: angle_rad, ..Correction::NONE }) / angle_rad,
                shift(Correction { clock_s: 1.0, ..Correction::NONE }),
            ]);
            let Left { found, hidden, hidden_probability } = watched.left(now);
            error.found += moves * found * moves.transpose();
            error.hidden += moves * hidden * moves.transpose();
            error.hidden_probability = 1.0 - (1.0 - error.hidden_probability) * (1.0 - hidden_probability);
            count += 1.0;
        }
        if count > 0.0 {
            let share = 0.5 * (count + 1.0) / (count * count);
            error.found *= share;
            error.hidden *= share;
        }
        error
    }

    /// What the plots of a sensor in which an error was found may still be off by, all of some time alike: range (m), azimuth and
    /// elevation (rad), one sigma. Nothing for one in which none was found.
    pub fn still_off(&self, now: Time, index: SensorIndex) -> Vector3<f64> {
        self.watched.get(usize::from(index.0)).map_or_else(Vector3::zeros, |watched| watched.still_off(now))
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
        watched.anchor = (!gross).then_some((now, found.bias));
        if watched.shown.is_none_or(|at| now.seconds_since(at) >= SHOWN_S) {
            watched.known = Some((now, found.bias));
        }
        let before = watched.applied();
        let unlike =
            differs(sensor, &before, &found.correction, STEP_SIGMAS) && fit::misfit(&found.bias, &before) > STEP_CHI2;
        let same = found.finding == watched.finding && !unlike;
        // Other sensors show more of a bias than aircraft alone, which go into that as well.
        let shown = !gross && watched.shown.is_some_and(|at| now.seconds_since(at) < SHOWN_S);
        if same || shown || (gross && found.finding != watched.finding && is_vouched_for()) {
            return None;
        }
        watched.apply(now, found.finding, found.correction);
        Some(SensorHealth {
            time: now,
            sensor: index,
            finding: found.finding,
            correction: found.correction,
            before,
            aircraft_count: found.aircraft_count,
            object_count: 0,
        })
    }

    /// Compares the sensors with each other by the objects that several of them see. What aircraft show of a sensor goes
    /// before what this does. Returns what has changed.
    pub fn compare(&mut self, now: Time, tracks: &[Followed], sensors: &[Sensor]) -> Vec<SensorHealth> {
        self.shared.compare(tracks, sensors);
        if self.compared.is_some_and(|at| now.seconds_since(at) < COMPARE_EVERY_S) {
            return Vec::new();
        }
        self.compared = Some(now);
        if self.shared.fresh_count() < COMPARE_LEAST {
            return Vec::new();
        }
        let watched = &self.watched;
        let prior = |sensor: SensorIndex| watched.get(usize::from(sensor.0))?.prior(now);
        let shown = self.shared.show(now, sensors, prior);
        shown.into_iter().filter_map(|shown| self.take_shown(now, &shown, sensors)).collect()
    }

    fn take_shown(&mut self, now: Time, shown: &shared::Shown, sensors: &[Sensor]) -> Option<SensorHealth> {
        let index = usize::from(shown.sensor.0);
        let (sensor, watched) = (sensors.get(index)?, self.watched.get_mut(index)?);
        let gross = matches!(watched.finding, Finding::North | Finding::Clock | Finding::Units);
        if gross {
            return None;
        }
        watched.note(now, &shown.bias);
        let least = noise(sensor)? * SHARED_SIGMAS;
        let (finding, correction) = fit::verdict(&shown.bias, &least);
        let before = watched.applied();
        // A step is made when it is worth it, and when what was taken out before is no longer likely.
        let differs = differs(sensor, &before, &correction, SHARED_SIGMAS);
        if !differs || fit::misfit(&shown.bias, &before) < STEP_CHI2 {
            return None;
        }
        watched.apply(now, finding, correction);
        Some(SensorHealth {
            time: now,
            sensor: shown.sensor,
            finding,
            correction,
            before,
            aircraft_count: 0,
            object_count: shown.object_count,
        })
    }
}

/// Noise of one plot of a radar (range, azimuth, elevation), and what its clock may be off by.
fn noise(sensor: &Sensor) -> Option<Vector4<f64>> {
    let SensorKind::Radar { range_sigma_m, azimuth_sigma_rad, elevation_sigma_rad, .. } = sensor.kind else {
        return None;
    };
    Some(Vector4::new(range_sigma_m, azimuth_sigma_rad, elevation_sigma_rad, fit::CLOCK_MATTERS_S))
}

/// Whether two corrections differ by more than is worth a step: so many sigmas of the noise.
fn differs(sensor: &Sensor, a: &Correction, b: &Correction, sigmas: f64) -> bool {
    let Some(noise) = noise(sensor) else { return false };
    let steps = [
        a.range_m - b.range_m,
        a.azimuth_rad - b.azimuth_rad,
        a.elevation_rad - b.elevation_rad,
        a.clock_s - b.clock_s,
    ];
    libm::fabs(a.range_ratio - b.range_ratio) > RATIO_STEP * a.range_ratio
        || steps.iter().zip(noise.iter()).any(|(step, sigma)| libm::fabs(*step) > sigmas * sigma)
}
