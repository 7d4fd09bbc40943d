//! One track: a seed from one plot, which grows into an interacting multiple model (IMM) when it has proved itself.

use super::seed::Seed;
use super::seen::{STATE, Seen};
use super::sight::Sight;
use crate::assess::TrackId;
use crate::plot::{SensorIndex, Seq};
use downrange_earth::atmosphere::density_kgpm3;
use downrange_earth::geodetic::height_m;
use downrange_earth::{Ecef, Time};
use downrange_track::gaussian::Gaussian;
use downrange_track::imm::Imm;
use downrange_track::motion::Motion;
use nalgebra::{Matrix6, SMatrix, Vector3, Vector6};
use std::collections::VecDeque;

/// Number of motion models of a grown track.
pub const MODES: usize = 5;

/// Which of the models is which, by its place in [`Imm::modes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Level flight at constant velocity.
    Level = 0,
    /// Level flight in a turn.
    Turn = 1,
    /// An engine burns.
    Boost = 2,
    /// Free fall with drag.
    Ballistic = 3,
    /// Free fall with lift, drag and side force.
    Manoeuvre = 4,
}

/// The models, in the order of [`Mode`].
pub const MOTIONS: [Motion; MODES] = Motion::SKY;

/// Mean time that a flight stays in each mode, seconds.
const SOJOURN_S: [f64; MODES] = [120.0, 40.0, 40.0, 200.0, 60.0];
/// Where it goes from there: row = from, column = to; each row sums to one.
const JUMPS: [[f64; MODES]; MODES] = [
    [0.0, 0.9, 0.04, 0.03, 0.03],
    [0.95, 0.0, 0.01, 0.02, 0.02],
    [0.002, 0.001, 0.0, 0.597, 0.4],
    [0.005, 0.005, 0.05, 0.0, 0.94],
    [0.02, 0.02, 0.06, 0.9, 0.0],
];
/// What a newly grown track is believed to be.
const BORN: [f64; MODES] = [0.3, 0.05, 0.25, 0.3, 0.1];

/// Above this height there is no air to fly level, turn or pull up in.
const AIRLESS_M: f64 = 90e3;
/// Which modes need air.
const NEEDS_AIR: [bool; MODES] = [true, true, false, false, true];

/// A mode that is less probable than this is as good as out of the question.
const HARDLY: f64 = 0.01;
/// And an engine that nobody sees does not come to burn more probably than this.
const UNSEEN: f64 = 0.5 * HARDLY;

/// Nothing that flies level climbs or sinks faster than this: 12,000 feet a minute, twice an emergency descent.
const LEVEL_CLIMB_MAX_MPS: f64 = 60.0;
const LEVEL_CLIMB_SIGMAS: f64 = 2.0;
/// Lower down, where radars look along the ground, a climb is more often clutter than a climb.
const LEVEL_ABOVE_M: f64 = 3e3;

/// Which modes are out of the question: those that need air where there is none, and level flight of what by its own account
/// climbs or sinks too fast for it. (Its sink rate lags behind by a minute where elevations are coarse: it would go on
/// explaining, badly, a piece that slows down as it falls.)
fn barred(imm: &Imm<STATE, MODES>, height_m: f64) -> [bool; MODES] {
    let airless = height_m > AIRLESS_M;
    core::array::from_fn(|mode| {
        let level = mode == Mode::Level as usize || mode == Mode::Turn as usize;
        (airless && NEEDS_AIR[mode]) || (level && height_m > LEVEL_ABOVE_M && climbs_surely(&imm.modes[mode]))
    })
}

fn climbs_surely(estimate: &Gaussian<STATE>) -> bool {
    let place_m = estimate.mean.fixed_rows::<3>(0).into_owned();
    let up = place_m.normalize();
    let climb_mps = up.dot(&estimate.mean.fixed_rows::<3>(3));
    let variance = (estimate.covariance.fixed_view::<3, 3>(3, 3) * up).dot(&up);
    libm::fabs(climb_mps) - LEVEL_CLIMB_SIGMAS * libm::sqrt(variance.max(0.0)) > LEVEL_CLIMB_MAX_MPS
}

/// Chance that the mode changes within `dt_s`: a Markov jump process with the sojourn times above. Modes that are out of the
/// question give way to free fall at once and are never entered.
///
/// Where there is no air, an engine that hardly burns (`hardly_burns`: how probably, less than [`HARDLY`]) gives nothing back, and
/// does not begin to burn unseen: over minutes of free fall the little of it that is mixed in would be all that is uncertain, and
/// what comes into view again would be taken for something else. Plots alone show that it burns.
fn transition(dt_s: f64, barred: &[bool; MODES], hardly_burns: Option<f64>) -> SMatrix<f64, MODES, MODES> {
    let unseen_max = hardly_burns.map_or(1.0, |probability| (UNSEEN - probability).max(0.0));
    let mut chances = SMatrix::from_fn(|from, to| {
        if hardly_burns.is_some() && from == Mode::Boost as usize {
            return if to == from { 1.0 } else { 0.0 };
        }
        if barred[from] {
            return if to == Mode::Ballistic as usize { 1.0 } else { 0.0 };
        }
        let left = 1.0 - libm::exp(-dt_s / SOJOURN_S[from]);
        match (to == Mode::Boost as usize, barred[to]) {
            _ if to == from => 0.0,
            (_, true) => 0.0,
            (true, false) => (left * JUMPS[from][to]).min(unseen_max),
            (false, false) => left * JUMPS[from][to],
        }
    });
    for mode in 0..MODES {
        let gone: f64 = (0..MODES).filter(|&to| to != mode).map(|to| chances[(mode, to)]).sum();
        chances[(mode, mode)] = 1.0 - gone;
    }
    chances
}

/// Plots that a seed needs before it is worth a bank of models.
const PLOTS_TO_GROW: u32 = 3;

/// What is believed of its motion.
#[derive(Debug, Clone)]
enum Estimate {
    Seed(Box<Seed>),
    Grown(Box<Imm<STATE, MODES>>),
}

/// Hits of one sensor.
#[derive(Debug, Clone, Copy)]
pub struct SensorRecord {
    /// Plots used.
    pub hits: u32,
    /// Latest plot used.
    pub last_hit: Option<Time>,
    /// Latest time at which it was accounted for, hit or miss.
    pub last_chance: Option<Time>,
    /// Chances missed in a row.
    pub missed_in_a_row: u32,
    /// How its directions turn, if it measures nothing else.
    pub sight: Sight,
}

impl SensorRecord {
    const NONE: SensorRecord =
        SensorRecord { hits: 0, last_hit: None, last_chance: None, missed_in_a_row: 0, sight: Sight::NONE };
}

/// A mode that is less probable than this does not say how well a track is known.
const BELIEVED: f64 = 0.05;

/// One track.
#[derive(Debug, Clone)]
pub struct Track {
    /// Its name.
    pub id: TrackId,
    /// Time of the state.
    pub time: Time,
    /// Log-likelihood ratio against false plots.
    pub log_likelihood_ratio: f64,
    /// The highest it has been.
    pub log_likelihood_ratio_max: f64,
    /// Once true, for ever.
    pub confirmed: bool,
    /// When it was founded.
    pub born: Time,
    /// Latest plot of any sensor.
    pub last_hit: Time,
    /// Sensor of the latest plot.
    pub last_sensor: SensorIndex,
    /// Chances missed in a row, counted over all sensors that should have seen it.
    pub missed_in_a_row: u32,
    /// What each sensor did, in the order of the sensor list.
    pub sensors: Vec<SensorRecord>,
    /// Journal positions of the latest plots.
    pub latest_plots: VecDeque<Seq>,
    /// Plots used.
    pub hits: u32,
    /// It came into view, in directions, as a rocket does that rises from the ground or out of the clouds.
    pub rose: bool,
    /// Share of the latest chances that were missed, over all sensors that should have seen it: one minus the probability of
    /// detection for an object, far more for a ghost that lives on the plots of others. One at first.
    pub missed_share: f64,
    /// Smoothed normalised innovation squared per degree of freedom: near one when the models fit.
    pub misfit: f64,
    estimate: Estimate,
}

/// Journal positions kept per track.
const LATEST_PLOTS: usize = 16;
/// Weight of the newest chance in [`Track::missed_share`]: of some twenty chances, so that with a probability of detection of 0.9
/// it stays below 0.1 + 3·0.07.
const CHANCE_WEIGHT: f64 = 0.1;
/// Weight of the newest plot in [`Track::misfit`].
const MISFIT_WEIGHT: f64 = 0.1;

impl Track {
    /// A seed from one plot.
    pub fn seed(id: TrackId, seen: &Seen, sensor: SensorIndex, sensors: usize, prior_log_ratio: f64) -> Option<Track> {
        Some(Track {
            id,
            time: seen.time,
            log_likelihood_ratio: prior_log_ratio,
            log_likelihood_ratio_max: prior_log_ratio,
            confirmed: false,
            born: seen.time,
            last_hit: seen.time,
            last_sensor: sensor,
            missed_in_a_row: 0,
            sensors: vec![SensorRecord::NONE; sensors],
            latest_plots: VecDeque::new(),
            hits: 0,
            rose: false,
            missed_share: 1.0,
            misfit: 1.0,
            estimate: Estimate::Seed(Box::new(Seed::of(seen)?)),
        })
    }

    /// Moves the state forward to `time`; does nothing when it is there already.
    pub fn predict(&mut self, time: Time) {
        let dt_s = time.seconds_since(self.time);
        if dt_s <= 0.0 {
            return;
        }
        match &mut self.estimate {
            Estimate::Seed(seed) => seed.predict(dt_s),
            Estimate::Grown(imm) => {
                let height_m = height_m(Ecef(weighted(imm, 0)));
                let boost_probability = imm.probabilities[Mode::Boost as usize];
                let hardly_burns = (height_m > AIRLESS_M && boost_probability < HARDLY).then_some(boost_probability);
                imm.mix(&transition(dt_s, &barred(imm, height_m), hardly_burns), |from, to, component| {
                    Motion::shares(&MOTIONS[from], &MOTIONS[to], component)
                });
                // Where there is no air motion says nothing of drag: what is learnt is the error of something else.
                if height_m > AIRLESS_M {
                    relearn_drag(&mut imm.modes[Mode::Ballistic as usize], prior_drag());
                } else if boost_probability > 0.5
                    && let Some(drag) = drag_by_thrust(&imm.modes[Mode::Boost as usize])
                {
                    relearn_drag(&mut imm.modes[Mode::Ballistic as usize], drag);
                }
                imm.predict(&MOTIONS, dt_s);
            }
        }
        self.time = time;
    }

    /// Log-likelihood of a plot, over all modes, and the smallest normalised innovation squared among the modes that
    /// are believed. `None` when no mode can take it.
    pub fn likelihood(&self, seen: &Seen) -> Option<(f64, f64)> {
        match &self.estimate {
            Estimate::Seed(seed) => seed.likelihood(seen, self.time),
            Estimate::Grown(imm) => {
                let mut logs = [f64::NEG_INFINITY; MODES];
                let mut nis_min = f64::INFINITY;
                for (mode, motion) in MOTIONS.iter().enumerate() {
                    if let Some((log_likelihood, nis)) = seen.likelihood(motion, &imm.modes[mode], self.time) {
                        logs[mode] = log_likelihood + libm::log(imm.probabilities[mode].max(1e-12));
                        nis_min = nis_min.min(if imm.probabilities[mode] > 1e-3 { nis } else { f64::INFINITY });
                    }
                }
                let sum = log_sum(&logs);
                sum.is_finite().then_some((sum, nis_min))
            }
        }
    }

    /// Takes a plot. Returns the log of its likelihood, or `None` when the numbers did not allow it (then nothing is
    /// changed).
    pub fn update(&mut self, seen: &Seen, sensor: SensorIndex, seq: Seq) -> Option<f64> {
        let log_likelihood = match &mut self.estimate {
            Estimate::Seed(seed) => seed.update(seen, self.time)?,
            Estimate::Grown(imm) => {
                let (log_likelihood, misfit) = update_modes(imm, seen, self.time)?;
                self.misfit += MISFIT_WEIGHT * (misfit - self.misfit);
                log_likelihood
            }
        };
        self.record_hit(seen, sensor, seq);
        if self.hits >= PLOTS_TO_GROW {
            self.grow();
        }
        Some(log_likelihood)
    }

    /// Position (m) and velocity (m/s) may be off along this direction by as much as it is long, one sigma.
    pub fn loosen(&mut self, shift: &Vector6<f64>) {
        self.widen(&(shift * shift.transpose()));
    }

    /// Adds to the covariance of position (m) and velocity (m/s) of every mode.
    pub fn widen(&mut self, spread: &Matrix6<f64>) {
        let widen = |estimate: &mut Gaussian<STATE>| {
            let mut corner = estimate.covariance.fixed_view_mut::<6, 6>(0, 0);
            corner += spread;
        };
        match &mut self.estimate {
            Estimate::Seed(seed) => seed.widen(spread),
            Estimate::Grown(imm) => imm.modes.iter_mut().for_each(widen),
        }
    }

    /// Notes that a sensor which should have seen it did not.
    pub fn record_miss(&mut self, sensor: SensorIndex) {
        self.missed_in_a_row += 1;
        self.sensors[usize::from(sensor.0)].missed_in_a_row += 1;
        self.missed_share += CHANCE_WEIGHT * (1.0 - self.missed_share);
    }

    /// Notes a plot of a sensor without touching the state (the founding plot).
    pub fn record_hit(&mut self, seen: &Seen, sensor: SensorIndex, seq: Seq) {
        let time = seen.time;
        self.hits += 1;
        self.missed_in_a_row = 0;
        self.missed_share *= 1.0 - CHANCE_WEIGHT;
        self.last_hit = self.last_hit.max(time);
        self.last_sensor = sensor;
        let record = &mut self.sensors[usize::from(sensor.0)];
        record.hits += 1;
        record.last_hit = Some(time);
        record.last_chance = Some(time);
        record.missed_in_a_row = 0;
        if let Some(line) = seen.direction() {
            record.sight.note(time, line);
        }
        if self.latest_plots.len() == LATEST_PLOTS {
            self.latest_plots.pop_front();
        }
        self.latest_plots.push_back(seq);
    }

    fn grow(&mut self) {
        let Estimate::Seed(seed) = &self.estimate else { return };
        let modes = core::array::from_fn(|mode| {
            let (mean, sigma) = MOTIONS[mode].prior_extras();
            let mut grown = *seed.estimate();
            for extra in 0..3 {
                let at = 6 + extra;
                grown.mean[at] = mean[extra];
                grown.covariance.row_mut(at).fill(0.0);
                grown.covariance.column_mut(at).fill(0.0);
                grown.covariance[(at, at)] = sigma[extra] * sigma[extra];
            }
            grown
        });
        self.rose = seed.rises();
        self.estimate = Estimate::Grown(Box::new(Imm { modes, probabilities: BORN }));
    }

    /// Whether it has its bank of models.
    pub fn is_grown(&self) -> bool {
        matches!(self.estimate, Estimate::Grown(_))
    }

    /// Probability of each mode; a seed could be anything.
    pub fn mode_probabilities(&self) -> [f64; MODES] {
        match &self.estimate {
            Estimate::Seed(_) => BORN,
            Estimate::Grown(imm) => imm.probabilities,
        }
    }

    /// The estimate of one mode; for a seed its only one.
    pub fn mode(&self, mode: Mode) -> &Gaussian<STATE> {
        match &self.estimate {
            Estimate::Seed(seed) => seed.estimate(),
            Estimate::Grown(imm) => &imm.modes[mode as usize],
        }
    }

    /// Position and velocity over all modes.
    pub fn combined(&self) -> Gaussian<STATE> {
        match &self.estimate {
            Estimate::Seed(seed) => *seed.estimate(),
            Estimate::Grown(imm) => imm.combined(),
        }
    }

    /// Where it is, without the cost of a covariance.
    pub fn position_m(&self) -> Vector3<f64> {
        match &self.estimate {
            Estimate::Seed(seed) => seed.estimate().mean.fixed_rows::<3>(0).into_owned(),
            Estimate::Grown(imm) => weighted(imm, 0),
        }
    }

    /// How fast it moves over the ground, ECEF axes.
    pub fn velocity_mps(&self) -> Vector3<f64> {
        match &self.estimate {
            Estimate::Seed(seed) => seed.estimate().mean.fixed_rows::<3>(3).into_owned(),
            Estimate::Grown(imm) => weighted(imm, 3),
        }
    }

    /// Covariance of position and velocity over all modes.
    pub fn covariance6(&self) -> Matrix6<f64> {
        self.combined().covariance.fixed_view::<6, 6>(0, 0).into_owned()
    }

    /// Largest one-sigma of a position component and of a velocity component, over the believed modes.
    pub fn spread(&self) -> (f64, f64) {
        let of = |estimate: &Gaussian<STATE>| {
            let p = (0..3).map(|i| estimate.covariance[(i, i)]).fold(0.0, f64::max);
            let v = (3..6).map(|i| estimate.covariance[(i, i)]).fold(0.0, f64::max);
            (libm::sqrt(p), libm::sqrt(v))
        };
        match &self.estimate {
            Estimate::Seed(seed) => of(seed.estimate()),
            Estimate::Grown(imm) => {
                let mut most = (0.0, 0.0);
                for (estimate, probability) in imm.modes.iter().zip(imm.probabilities) {
                    if probability > BELIEVED {
                        let (p, v) = of(estimate);
                        most = (f64::max(most.0, p), f64::max(most.1, v));
                    }
                }
                most
            }
        }
    }

    /// One sigma of the place after so many seconds across the line of a direction, over the believed modes.
    pub fn sigma_across_m(&self, seen: &Seen, after_s: f64) -> f64 {
        let of = |estimate: &Gaussian<STATE>| {
            let corner = |at: usize| estimate.covariance.fixed_view::<3, 3>(at, at).into_owned();
            libm::sqrt(seen.across(&corner(0)).max(0.0)) + libm::sqrt(seen.across(&corner(3)).max(0.0)) * after_s
        };
        match &self.estimate {
            Estimate::Seed(seed) => of(seed.estimate()),
            Estimate::Grown(imm) => {
                let believed = imm.modes.iter().zip(imm.probabilities).filter(|(_, p)| *p > BELIEVED);
                believed.map(|(estimate, _)| of(estimate)).fold(0.0, f64::max)
            }
        }
    }

    /// Whether every number of the state is finite.
    pub fn is_finite(&self) -> bool {
        // All are looked at, which is faster than to stop at the first that is not.
        let all = |numbers: &[f64]| numbers.iter().fold(true, |all, x| all & x.is_finite());
        match &self.estimate {
            Estimate::Seed(seed) => {
                let estimate = seed.estimate();
                all(estimate.mean.as_slice()) & all(estimate.covariance.as_slice())
            }
            Estimate::Grown(imm) => imm.modes.iter().all(|mode| all(mode.mean.as_slice())),
        }
    }
}

/// The ballistic model's drag begins anew: mean and sigma of the logarithm of mass over drag area (kg/m²).
fn relearn_drag(ballistic: &mut Gaussian<STATE>, [mean, sigma]: [f64; 2]) {
    const COEFFICIENT: usize = 6;
    ballistic.mean[COEFFICIENT] = mean;
    ballistic.covariance.row_mut(COEFFICIENT).fill(0.0);
    ballistic.covariance.column_mut(COEFFICIENT).fill(0.0);
    ballistic.covariance[(COEFFICIENT, COEFFICIENT)] = sigma * sigma;
}

/// What is known of drag beforehand.
fn prior_drag() -> [f64; 2] {
    let (mean, sigma) = MOTIONS[Mode::Ballistic as usize].prior_extras();
    [mean[0], sigma[0]]
}

/// What the boost model says of drag when it explains a track: an engine that surely burns backwards is drag, and says how much;
/// while one surely burns, what the ballistic model learns is the engine's; else nothing is said.
fn drag_by_thrust(boost: &Gaussian<STATE>) -> Option<[f64; 2]> {
    const SURELY: f64 = 3.0;
    /// What is slower than this may be anything that stands and turns.
    const MOVES_MPS: f64 = 100.0;
    /// The thrust is a random walk behind a drag that grows and falls within seconds.
    const LAG_LOG_SIGMA: f64 = 0.3;
    let (thrust_mps2, sigma_mps2) = (boost.mean[6], libm::sqrt(boost.covariance[(6, 6)].max(0.0)));
    let speed_mps = boost.mean.fixed_rows::<3>(3).norm();
    if thrust_mps2 > SURELY * sigma_mps2 || speed_mps < MOVES_MPS {
        return Some(prior_drag());
    }
    let braking_mps2 = -thrust_mps2;
    let density = density_kgpm3(height_m(Ecef(boost.mean.fixed_rows::<3>(0).into_owned())));
    let coefficient_kgpm2 = (0.5 * density * speed_mps * speed_mps / braking_mps2).clamp(1.0, 1e5);
    let log_sigma = libm::hypot(sigma_mps2 / braking_mps2, LAG_LOG_SIGMA);
    (braking_mps2 > SURELY * sigma_mps2).then(|| [libm::log(coefficient_kgpm2), log_sigma])
}

fn weighted(imm: &Imm<STATE, MODES>, first: usize) -> Vector3<f64> {
    let mut sum = Vector3::zeros();
    for (estimate, probability) in imm.modes.iter().zip(imm.probabilities) {
        sum += estimate.mean.fixed_rows::<3>(first) * probability;
    }
    sum
}

/// Updates every mode and its probability; returns the log-likelihood of the plot and its misfit per degree of freedom.
fn update_modes(imm: &mut Imm<STATE, MODES>, seen: &Seen, at: Time) -> Option<(f64, f64)> {
    let mut logs = [f64::NEG_INFINITY; MODES];
    let mut estimates = imm.modes;
    let mut misfit = f64::INFINITY;
    for (mode, motion) in MOTIONS.iter().enumerate() {
        if let Some(updated) = seen.update(motion, &imm.modes[mode], at) {
            logs[mode] = updated.log_likelihood + libm::log(imm.probabilities[mode].max(1e-12));
            estimates[mode] = updated.estimate;
            if imm.probabilities[mode] > 1e-3 {
                misfit = misfit.min(updated.nis / updated.dimension as f64);
            }
        }
    }
    let total = log_sum(&logs);
    if !total.is_finite() {
        return None;
    }
    imm.modes = estimates;
    for (mode, log) in logs.iter().enumerate() {
        imm.probabilities[mode] = libm::exp(log - total);
    }
    Some((total, if misfit.is_finite() { misfit } else { 1.0 }))
}

/// log Σ exp.
pub(super) fn log_sum(logs: &[f64]) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return f64::NEG_INFINITY;
    }
    largest + libm::log(logs.iter().map(|log| libm::exp(log - largest)).sum())
}

impl Track {
    /// Its position as a place.
    pub fn place(&self) -> Ecef {
        Ecef(self.position_m())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use downrange_earth::{Geodetic, Site};
    use nalgebra::SVector;

    /// Over 38° N at a height, moving to the east and up; the first extra and its sigma.
    fn moving(height_m: f64, [east_mps, up_mps]: [f64; 2], [extra, extra_sigma]: [f64; 2]) -> Gaussian<STATE> {
        let site = Site::new(Geodetic::from_degrees(38.0, 135.0, height_m));
        let (place, velocity) = (site.ecef().0, site.ecef_to_enu().transpose() * Vector3::new(east_mps, 0.0, up_mps));
        let mut mean = SVector::<f64, STATE>::zeros();
        mean.fixed_rows_mut::<3>(0).copy_from(&place);
        mean.fixed_rows_mut::<3>(3).copy_from(&velocity);
        mean[6] = extra;
        let mut sigma = SVector::<f64, STATE>::repeat(5.0);
        sigma[6] = extra_sigma;
        Gaussian::diagonal(mean, sigma)
    }

    /// US Standard Atmosphere 1976 at 30 km: 0.01841 kg/m³; at 1,000 m/s that is 9,205 Pa, which brake 184 kg/m² by 50 m/s².
    #[test]
    fn val_an_engine_that_pushes_backwards_is_drag() {
        let [log_mean, sigma] = drag_by_thrust(&moving(30e3, [1_000.0, 0.0], [-50.0, 2.0])).unwrap();
        assert!((log_mean - libm::log(184.1)).abs() < 0.02 && (0.3..0.31).contains(&sigma), "{log_mean} {sigma}");
    }

    #[test]
    fn an_engine_that_burns_teaches_no_drag_and_one_that_may_be_off_changes_nothing() {
        assert_eq!(drag_by_thrust(&moving(30e3, [1_000.0, 0.0], [20.0, 2.0])), Some(prior_drag()));
        assert_eq!(drag_by_thrust(&moving(200.0, [30.0, 0.0], [-9.0, 1.0])), Some(prior_drag()));
        assert_eq!(drag_by_thrust(&moving(30e3, [1_000.0, 0.0], [-2.0, 2.0])), None);
    }

    #[test]
    fn what_surely_sinks_fast_does_not_fly_level() {
        assert!(climbs_surely(&moving(20e3, [10.0, -90.0], [0.0, 1.0])));
        assert!(climbs_surely(&moving(20e3, [10.0, 90.0], [0.0, 1.0])));
        // An emergency descent of 6,000 feet a minute, and a fast sink that is not sure.
        assert!(!climbs_surely(&moving(10e3, [220.0, -30.5], [0.0, 1.0])));
        assert!(!climbs_surely(&moving(20e3, [10.0, -65.0], [0.0, 1.0])));
    }

    #[test]
    fn prop_the_chances_of_all_modes_sum_to_one_whatever_is_out_of_the_question() {
        for bits in 0..1_u32 << MODES {
            let barred: [bool; MODES] = core::array::from_fn(|mode| bits >> mode & 1 == 1);
            if barred[Mode::Ballistic as usize] {
                continue;
            }
            for hardly_burns in [None, Some(0.0), Some(0.009)] {
                let chances = transition(0.7, &barred, hardly_burns);
                for from in 0..MODES {
                    assert!((chances.row(from).sum() - 1.0).abs() < 1e-12, "{barred:?} {from}");
                    let entered = (0..MODES).filter(|&to| barred[to] && to != from).map(|to| chances[(from, to)]);
                    assert!(entered.into_iter().all(|chance| chance == 0.0), "{barred:?} {from}");
                }
            }
        }
    }
}
