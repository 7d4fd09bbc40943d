//! From pairs of plot and report to what is wrong with a sensor, if enough aircraft agree.

use super::pairs::{Ledger, Pair, Way};
use super::{Correction, Finding};
use crate::plot::{Sensor, SensorKind};
use core::f64::consts::PI;
use downrange_track::gaussian::Gaussian;
use downrange_track::register::{Known, Outcome, Plot, Registration};
use nalgebra::{Matrix4, Vector3, Vector4, Vector6, vector};
use std::collections::{BTreeMap, BTreeSet};

/// Aircraft that must agree, and the share of all that were compared: fewer may be one that lies.
const AIRCRAFT_LEAST: usize = 3;
const AGREE_RATIO: f64 = 2.0 / 3.0;
/// Of a gross fault two are enough when nothing else could be compared and nobody was where it should be: two that were followed
/// for so many pairs and agree on one wrong north or unit, to the windows below, do not do so by chance.
const FEW_AIRCRAFT: usize = 2;
const FEW_PAIRS_EACH: usize = 8;
/// One sigma of a reported place, which stays the same from report to report, and of a velocity.
const PLACE_SIGMA_M: f64 = 50.0;
const SPEED_SIGMA_MPS: f64 = 5.0;
/// What a bias may be, one sigma: range (m), azimuth and elevation (rad), clock (s).
const PRIOR: Vector4<f64> = Vector4::new(500.0, 0.01, 0.005, 2.0);
/// No bias is known better than this: barometric heights are off together (200 m at 200 km), clocks of reports too.
const FLOOR: Vector4<f64> = Vector4::new(15.0, 2e-4, 1e-3, 0.15);
/// A clock is surely off from so many sigmas on; otherwise it is as right as clocks set by satellites are.
const CLOCK_SIGMAS: f64 = 3.5;
const CLOCK_RIGHT_S: f64 = 0.02;
/// A clock that is off by less matters to nobody.
pub const CLOCK_MATTERS_S: f64 = 0.3;
/// A bias is one when chance would make it less often than once in a million: χ² of four degrees of freedom.
const BIAS_CHI2: f64 = 33.4;
/// An aircraft agrees when the mean of its normalised innovations squared (three degrees of freedom) is below.
const AGREE_NIS: f64 = 8.0;
/// Half widths within which gross offsets of different aircraft are one: rad, s, ln ratio.
const NORTH_WINDOW_RAD: f64 = 0.02;
const CLOCK_WINDOW_S: f64 = 3.0;
const RATIO_WINDOW: f64 = 0.02;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    pub finding: Finding,
    pub correction: Correction,
    /// Range (m), azimuth (rad), elevation (rad), clock (s), with what is not known of them.
    pub bias: Gaussian<4>,
    pub aircraft_count: usize,
}

/// What the pairs of a sensor show; nothing when too few aircraft agree.
pub fn find(sensor: &Sensor, ledger: &Ledger) -> Option<Found> {
    let ways = [
        (Way::North, Finding::North, NORTH_WINDOW_RAD),
        (Way::Clock, Finding::Clock, CLOCK_WINDOW_S),
        (Way::Units, Finding::Units, RATIO_WINDOW),
    ];
    let mut best = near(sensor, &ledger.near().collect::<Vec<_>>());
    let compared: usize = ways.iter().map(|(way, ..)| ledger.gross(*way).count()).sum();
    for (way, finding, window) in ways {
        let Some((off, pairs)) = densest(ledger.gross(way).collect(), window) else { continue };
        let is_all = ledger.near().next().is_none() && pairs.len() == compared;
        let is_plain = finding != Finding::Clock && is_all && is_followed(&pairs);
        let least = if is_plain { FEW_AIRCRAFT } else { AIRCRAFT_LEAST };
        let Some(found) = gross(sensor, finding, off, &pairs, least) else { continue };
        if best.is_none_or(|best| found.aircraft_count > best.aircraft_count) {
            best = Some(found);
        }
    }
    best
}

/// Whether every aircraft among these was followed for long.
fn is_followed(pairs: &[&Pair]) -> bool {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    pairs.iter().for_each(|pair| *counts.entry(&pair.icao).or_default() += 1);
    counts.values().all(|count| *count >= FEW_PAIRS_EACH)
}

/// The offset that most pairs agree on within the window, their median, and these pairs.
fn densest(mut pairs: Vec<&Pair>, window: f64) -> Option<(f64, Vec<&Pair>)> {
    pairs.sort_by(|a, b| a.off_value.total_cmp(&b.off_value));
    let (mut from, mut best) = (0, 0..0);
    for to in 0..pairs.len() {
        while pairs[to].off_value - pairs[from].off_value > 2.0 * window {
            from += 1;
        }
        if to + 1 - from > best.len() {
            best = from..to + 1;
        }
    }
    let inside = pairs.get(best)?.to_vec();
    let off = inside.get(inside.len() / 2).map_or(0.0, |pair| pair.off_value);
    Some((off, inside))
}

fn gross(sensor: &Sensor, finding: Finding, off: f64, pairs: &[&Pair], least: usize) -> Option<Found> {
    let mut seed = Correction::NONE;
    match finding {
        Finding::North => seed.azimuth_rad = off,
        Finding::Clock => seed.clock_s = off,
        Finding::Units => seed.range_ratio = libm::exp(off),
        Finding::Sound | Finding::Bias => {}
    }
    let (bias, aircraft_count) = consensus(sensor, pairs, &seed, least)?;
    let bias = if finding == Finding::Clock { bias } else { with_sure_clock(floored(bias)) };
    Some(Found { finding, correction: said(seed.range_ratio, &bias.mean), bias, aircraft_count })
}

/// A sensor that shows aircraft about where they are: sound, or with a bias.
fn near(sensor: &Sensor, pairs: &[&Pair]) -> Option<Found> {
    let SensorKind::Radar { range_sigma_m, azimuth_sigma_rad, elevation_sigma_rad, .. } = sensor.kind else {
        return None;
    };
    let (bias, aircraft_count) = consensus(sensor, pairs, &Correction::NONE, AIRCRAFT_LEAST)?;
    let noise = vector![range_sigma_m, azimuth_sigma_rad, elevation_sigma_rad, CLOCK_MATTERS_S];
    let bias = with_sure_clock(floored(bias));
    let (finding, correction) = verdict(&bias, &noise);
    Some(Found { finding, correction, bias, aircraft_count })
}

fn floored(bias: Gaussian<4>) -> Gaussian<4> {
    Gaussian { covariance: bias.covariance + Matrix4::from_diagonal(&FLOOR.component_mul(&FLOOR)), ..bias }
}

/// Aircraft are slow: they show a clock badly, and what flies ten times as fast would be moved by what they do not show. Unless
/// it is surely off, the clock is taken for right, and the rest follows from that (a Kalman update with that).
fn with_sure_clock(bias: Gaussian<4>) -> Gaussian<4> {
    let variance_s2 = bias.covariance[(3, 3)];
    if bias.mean[3] * bias.mean[3] > CLOCK_SIGMAS * CLOCK_SIGMAS * variance_s2 {
        return bias;
    }
    let gain = bias.covariance.column(3) / (variance_s2 + CLOCK_RIGHT_S * CLOCK_RIGHT_S);
    let mean = bias.mean - gain * bias.mean[3];
    let covariance = bias.covariance - gain * bias.covariance.row(3);
    Gaussian { mean, covariance: (covariance + covariance.transpose()) * 0.5 }
}

/// Whether a bias is one: by chance less often than once in a million, and in one component more than `least`.
pub fn verdict(bias: &Gaussian<4>, least: &Vector4<f64>) -> (Finding, Correction) {
    let chi2 = misfit(bias, &Correction::NONE);
    let matters = bias.mean.iter().zip(least.iter()).any(|(mean, least)| libm::fabs(*mean) > *least);
    if chi2 > BIAS_CHI2 && matters {
        (Finding::Bias, said(1.0, &bias.mean))
    } else {
        (Finding::Sound, Correction::NONE)
    }
}

/// How far a correction is from a bias: χ² of four degrees of freedom.
pub fn misfit(bias: &Gaussian<4>, correction: &Correction) -> f64 {
    let Correction { range_m, azimuth_rad, elevation_rad, clock_s, .. } = *correction;
    let off = bias.mean - vector![range_m, azimuth_rad, elevation_rad, clock_s];
    bias.covariance.cholesky().map_or(0.0, |root| off.dot(&root.solve(&off)))
}

/// What is taken out is what can be said: 10 m, 0.01°, 0.05 s.
fn said(range_ratio: f64, bias: &Vector4<f64>) -> Correction {
    let rounded = |value: f64, to: f64| libm::round(value / to) * to;
    let angle_rad = 0.01 * PI / 180.0;
    Correction {
        range_ratio: rounded(range_ratio, 1e-4).max(1e-4),
        range_m: rounded(bias[0], 10.0),
        azimuth_rad: rounded(bias[1], angle_rad),
        elevation_rad: rounded(bias[2], angle_rad),
        clock_s: rounded(bias[3], 0.05),
    }
}

/// The bias that most aircraft agree on, with their number: fitted to all, then to those that agree, until these stay.
/// Nothing when they are too few.
fn consensus(sensor: &Sensor, pairs: &[&Pair], seed: &Correction, least: usize) -> Option<(Gaussian<4>, usize)> {
    let everybody: BTreeSet<&str> = pairs.iter().map(|pair| pair.icao.as_str()).collect();
    let enough = |count: usize| count >= least && count as f64 >= AGREE_RATIO * everybody.len() as f64;
    let mean = vector![0.0, seed.azimuth_rad, 0.0, seed.clock_s];
    let prior = Gaussian::diagonal(mean, PRIOR);
    let without = everybody.iter().map(|left_out| everybody.iter().filter(|one| *one != left_out).copied().collect());
    let mut starts: Vec<BTreeSet<&str>> = vec![everybody.clone()];
    starts.extend(without);
    let mut best: Option<(Gaussian<4>, usize)> = None;
    for mut agreed in starts {
        for _ in 0..2 {
            let Some(bias) = fitted(sensor, pairs, &agreed, &prior, seed.range_ratio) else { break };
            let next = agreeing(sensor, pairs, &bias, seed.range_ratio);
            let settled = next == agreed;
            agreed = next;
            if settled && best.as_ref().is_none_or(|(_, count)| agreed.len() > *count) {
                best = Some((bias, agreed.len()));
            }
        }
        // With all at one, no other start finds more.
        if best.as_ref().is_some_and(|(_, count)| *count == everybody.len()) {
            break;
        }
    }
    best.filter(|(_, count)| enough(*count))
}

fn fitted(
    sensor: &Sensor,
    pairs: &[&Pair],
    agreed: &BTreeSet<&str>,
    prior: &Gaussian<4>,
    ratio: f64,
) -> Option<Gaussian<4>> {
    let mut registration = Registration::<4>::new([*prior], Vector4::zeros()).ok()?;
    let used: Vec<&&Pair> = pairs.iter().filter(|pair| agreed.contains(pair.icao.as_str())).collect();
    for pair in &used {
        // An aircraft's error stays the same: so many pairs of it are no better than one.
        let of_one = used.iter().filter(|other| other.icao == pair.icao).count() as f64;
        let (plot, known) = observed(sensor, pair, ratio, of_one)?;
        registration.known(&plot, &known).ok()?;
    }
    registration.bias(0).ok()
}

/// The aircraft that a bias explains.
fn agreeing<'a>(sensor: &Sensor, pairs: &[&'a Pair], bias: &Gaussian<4>, ratio: f64) -> BTreeSet<&'a str> {
    let mut sums: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    let sure = Gaussian::diagonal(bias.mean, FLOOR);
    let Ok(registration) = Registration::<4>::new([sure], Vector4::zeros()) else { return BTreeSet::new() };
    for pair in pairs {
        let nis = observed(sensor, pair, ratio, 1.0).and_then(|(plot, known)| {
            let mut one = registration;
            one.known(&plot, &known).ok()
        });
        let nis = match nis {
            Some(Outcome::Used(nis) | Outcome::Outlier(nis)) => nis.min(1e3),
            None => 1e3,
        };
        let sum = sums.entry(&pair.icao).or_default();
        *sum = (sum.0 + nis, sum.1 + 1.0);
    }
    sums.into_iter().filter(|(_, (sum, count))| *sum < AGREE_NIS * count).map(|(icao, _)| icao).collect()
}

/// A pair as the registration takes it; times count from the report.
fn observed(sensor: &Sensor, pair: &Pair, ratio: f64, of_one: f64) -> Option<(Plot, Known)> {
    let SensorKind::Radar { range_sigma_m, azimuth_sigma_rad, elevation_sigma_rad, .. } = sensor.kind else {
        return None;
    };
    let measured = Vector3::new(pair.measured.x / ratio, pair.measured.y, pair.measured.z);
    let plot = Plot {
        sensor: 0,
        site: sensor.site,
        time_s: pair.stamped.seconds_since(pair.fix.time),
        measured: Gaussian::diagonal(measured, vector![range_sigma_m, azimuth_sigma_rad, elevation_sigma_rad]),
    };
    let (p, v) = (pair.fix.place_m, pair.fix.velocity_mps);
    let (s, w) = (PLACE_SIGMA_M * libm::sqrt(of_one), SPEED_SIGMA_MPS);
    let state = Gaussian::diagonal(Vector6::new(p.x, p.y, p.z, v.x, v.y, v.z), vector![s, s, s, w, w, w]);
    Some((plot, Known { time_s: 0.0, state }))
}
