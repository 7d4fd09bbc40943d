//! Which plot shows which aircraft: at its place, or as a wrong north, clock or unit of range would show it.

use crate::plot::{Measurement, Plot, Sensor};
use crate::traffic::AircraftState;
use downrange_earth::{Ecef, Geodetic, RangeAzimuthElevation, Time};
use downrange_track::filter::wrap_rad;
use nalgebra::Vector3;
use std::collections::{BTreeMap, VecDeque};

/// Aircraft that sensors are compared with, at most; who is in stays in until it falls silent, so that a flood of false
/// reports cannot drive the others out.
const FIXES_MAX: usize = 256;
/// A report is used this long.
const FIX_FRESH_S: f64 = 10.0;
/// Pairs of one aircraft are at least this far apart, and so many are kept.
const PAIR_EVERY_S: f64 = 5.0;
const PAIRS_OF_ONE_MAX: usize = 12;
const AIRCRAFT_MAX: usize = 24;
/// Pairs older than this say nothing of now.
const PAIR_FRESH_S: f64 = 120.0;
/// How far a sensor with a bias shows an aircraft from where it is: this, and this share of its range (1.4°).
const NEAR_M: f64 = 2e3;
const NEAR_RATIO: f64 = 0.025;
/// Gross faults are looked for unless so many aircraft were where they should be within this time.
const NEAR_WITHIN_S: f64 = 20.0;
const NEAR_ENOUGH: usize = 3;
/// Clocks off by more are not looked for.
pub const CLOCK_MAX_S: f64 = 60.0;
/// Nothing that reports itself is farther away.
const RANGE_MAX_M: f64 = 6e5;

/// An aircraft by its own account.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    received: Time,
    pub time: Time,
    pub place_m: Vector3<f64>,
    pub velocity_mps: Vector3<f64>,
}

/// The last fix of each aircraft.
#[derive(Debug, Clone, Default)]
pub struct Fixes(BTreeMap<String, Fix>);

impl Fixes {
    pub fn take(&mut self, received: Time, aircraft: &AircraftState) {
        let Some(fix) = fix(received, aircraft) else { return };
        if self.0.len() >= FIXES_MAX && !self.0.contains_key(&aircraft.icao) {
            self.0.retain(|_, kept| received.seconds_since(kept.received) <= FIX_FRESH_S);
            if self.0.len() >= FIXES_MAX {
                return;
            }
        }
        self.0.insert(aircraft.icao.clone(), fix);
    }

    fn fresh(&self, now: Time) -> impl Iterator<Item = (&String, &Fix)> {
        self.0.iter().filter(move |(_, fix)| now.seconds_since(fix.received) <= FIX_FRESH_S)
    }
}

fn fix(received: Time, aircraft: &AircraftState) -> Option<Fix> {
    let time = aircraft.fix_time()?;
    let velocity = aircraft.velocity_enu_mps(time)?;
    let at = aircraft.reckoned(time)?.position;
    let place = Geodetic {
        latitude_rad: at.latitude_rad,
        longitude_rad: at.longitude_rad,
        height_m: aircraft.altitude_m(time)?,
    };
    let site = downrange_earth::Site::new(place);
    Some(Fix {
        received,
        time,
        place_m: site.ecef().0,
        velocity_mps: site.ecef_to_enu().transpose() * Vector3::from(velocity),
    })
}

/// What fault would make a plot one of an aircraft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    North,
    Clock,
    Units,
}

/// A plot and the aircraft that it may show.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    pub icao: String,
    pub received: Time,
    pub stamped: Time,
    pub measured: Vector3<f64>,
    pub fix: Fix,
    /// How far off it would be: azimuth (rad), clock (s), ln of the ratio of the ranges.
    pub off_value: f64,
}

/// The pairs of one sensor.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    near: BTreeMap<String, VecDeque<Pair>>,
    gross: BTreeMap<Way, BTreeMap<String, VecDeque<Pair>>>,
}

impl Ledger {
    /// Pairs a plot with an aircraft, if there is one and only one that it can show.
    pub fn compare(&mut self, received: Time, sensor: &Sensor, plot: &Plot, fixes: &Fixes) {
        let Measurement::Radar { range_m, azimuth_rad, elevation_rad, .. } = plot.measurement else { return };
        let place_m = sensor.site.place_at(RangeAzimuthElevation { range_m, azimuth_rad, elevation_rad }).0;
        let measured = Vector3::new(range_m, azimuth_rad, elevation_rad);
        let pair = |icao: &String, fix: &Fix, off: f64| Pair {
            icao: icao.clone(),
            received,
            stamped: plot.time,
            measured,
            fix: *fix,
            off_value: off,
        };
        let gate_m = NEAR_M + NEAR_RATIO * range_m.min(RANGE_MAX_M);
        let mut near = None;
        let mut near_count = 0;
        for (icao, fix) in fixes.fresh(received) {
            let step_s = plot.time.seconds_since(fix.time);
            if libm::fabs(step_s) > FIX_FRESH_S {
                continue;
            }
            let apart_m2 = (fix.place_m + fix.velocity_mps * step_s - place_m).norm_squared();
            if apart_m2 < 4.0 * gate_m * gate_m {
                near_count += 1;
                near = (apart_m2 < gate_m * gate_m).then_some((icao, fix)).or(near);
            }
        }
        if let (1, Some((icao, fix))) = (near_count, near) {
            keep(&mut self.near, pair(icao, fix, 0.0));
        }
        if self.is_near(received) {
            return;
        }
        for (icao, fix) in fixes.fresh(received) {
            for (way, off) in gross_ways(sensor, plot.time, &measured, place_m, fix).into_iter().flatten() {
                keep(self.gross.entry(way).or_default(), pair(icao, fix, off));
            }
        }
    }

    /// Drops what is too old.
    pub fn forget(&mut self, now: Time) {
        let is_old = |pair: &Pair| now.seconds_since(pair.received) > PAIR_FRESH_S;
        for kept in core::iter::once(&mut self.near).chain(self.gross.values_mut()) {
            for of_one in kept.values_mut() {
                while of_one.front().is_some_and(is_old) {
                    of_one.pop_front();
                }
            }
            kept.retain(|_, of_one| !of_one.is_empty());
        }
        // Aircraft where they should be again: what was gross is over.
        if self.is_near(now) {
            self.gross.clear();
        }
    }

    /// Whether enough aircraft were where they should be, or near it, of late.
    fn is_near(&self, now: Time) -> bool {
        let latest = self.near.values().filter_map(VecDeque::back);
        latest.filter(|pair| now.seconds_since(pair.received) < NEAR_WITHIN_S).count() >= NEAR_ENOUGH
    }

    pub fn near(&self) -> impl Iterator<Item = &Pair> {
        self.near.values().flatten()
    }

    pub fn gross(&self, way: Way) -> impl Iterator<Item = &Pair> {
        self.gross.get(&way).into_iter().flat_map(BTreeMap::values).flatten()
    }
}

/// Keeps a pair, if it is not too soon after the last of its aircraft and there is room.
fn keep(kept: &mut BTreeMap<String, VecDeque<Pair>>, pair: Pair) {
    if kept.len() >= AIRCRAFT_MAX && !kept.contains_key(&pair.icao) {
        return;
    }
    let of_one = kept.entry(pair.icao.clone()).or_default();
    if of_one.back().is_some_and(|last| pair.received.seconds_since(last.received) < PAIR_EVERY_S) {
        return;
    }
    if of_one.len() == PAIRS_OF_ONE_MAX {
        of_one.pop_front();
    }
    of_one.push_back(pair);
}

/// How a gross fault would have to be for the plot to show this aircraft: one of each kind at most.
fn gross_ways(
    sensor: &Sensor,
    stamped: Time,
    measured: &Vector3<f64>,
    place_m: Vector3<f64>,
    fix: &Fix,
) -> [Option<(Way, f64)>; 3] {
    /// Differences in range, elevation and azimuth that a sound sensor may show.
    const RANGE_M: f64 = 2e3;
    const ANGLE_RAD: f64 = 0.01;
    /// Less is a bias, no gross fault.
    const NORTH_LEAST_RAD: f64 = 0.03;
    const CLOCK_LEAST_S: f64 = 5.0;
    const RATIO_LEAST: f64 = 1.05;
    const SPEED_LEAST_MPS: f64 = 100.0;
    let since_s = stamped.seconds_since(fix.time);
    let mut ways = [None; 3];
    let range_m = (fix.place_m - sensor.site.ecef().0).norm();
    if range_m > RANGE_MAX_M {
        return ways;
    }
    let speed_mps = fix.velocity_mps.norm();
    if speed_mps > SPEED_LEAST_MPS {
        let along_s = (place_m - fix.place_m).dot(&fix.velocity_mps) / (speed_mps * speed_mps);
        let aside_m = (place_m - fix.place_m - fix.velocity_mps * along_s).norm();
        let off_s = since_s - along_s;
        if (CLOCK_LEAST_S..CLOCK_MAX_S).contains(&libm::fabs(off_s)) && aside_m < NEAR_M + 0.005 * range_m {
            ways[0] = Some((Way::Clock, off_s));
        }
    }
    if libm::fabs(since_s) > FIX_FRESH_S {
        return ways;
    }
    let look = sensor.site.look(Ecef(fix.place_m + fix.velocity_mps * since_s));
    if libm::fabs(measured.z - look.elevation_rad) > ANGLE_RAD {
        return ways;
    }
    let turned_rad = wrap_rad(measured.y - look.azimuth_rad);
    if libm::fabs(turned_rad) < ANGLE_RAD {
        let ratio = libm::log(measured.x / look.range_m);
        if libm::fabs(ratio) > libm::log(RATIO_LEAST) {
            ways[1] = Some((Way::Units, ratio));
        }
    } else if libm::fabs(turned_rad) > NORTH_LEAST_RAD && libm::fabs(measured.x - look.range_m) < RANGE_M {
        ways[2] = Some((Way::North, turned_rad));
    }
    ways
}
