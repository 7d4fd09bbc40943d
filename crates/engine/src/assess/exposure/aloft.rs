//! Aircraft below pieces that nobody tracks.

use super::density::{Fall, Target};
use super::{AircraftExposure, CLOCK_DIFFERENCE_S, CRUISE_HEIGHT_M, Exposure, any_of, swept_area_m2};
use crate::assess::Impact;
use crate::assess::debris::DebrisBand;
use crate::policy::Policy;
use crate::traffic::{AircraftState, TrafficPicture};
use downrange_earth::Time;

/// Pieces that a break-up is presumed to throw besides those that are tracked. Our choice: some tens are tracked of a stage, and
/// most are too small for that.
const PIECES_PRESUMED: i32 = 100;
/// Aircraft are followed ahead this far: a controller turns one in minutes, and nobody knows where it is in an hour.
const AHEAD_S: f64 = 900.0;
/// At such steps: an aircraft flies 15 km meanwhile, areas are tens of kilometres wide.
const STEP_S: f64 = 60.0;

/// Aircraft that are inside a band at their height while pieces pass it, now or within a quarter of an hour, and others from
/// `policy.aircraft_probability` on. `piece` is one piece, as equally likely ways down.
pub fn below_debris(
    piece: &Impact,
    bands: &[DebrisBand],
    traffic: &TrafficPicture,
    policy: &Policy,
    now: Time,
) -> Vec<AircraftExposure> {
    let fall = Fall::new(piece);
    let known = |a: &&AircraftState| a.fix_time().is_some_and(|t| t.seconds_since(now) <= CLOCK_DIFFERENCE_S);
    let below = traffic.aircraft_at(now).filter(known).filter_map(|aircraft| {
        let probability = hit_by_any(&fall, aircraft, now);
        let named = probability >= policy.aircraft_probability || gets_inside(aircraft, bands, now);
        named.then(|| AircraftExposure {
            icao: aircraft.icao.clone(),
            callsign: aircraft.callsign.clone(),
            probability,
        })
    });
    below.collect()
}

/// Probability that any of the presumed pieces hits it.
fn hit_by_any(fall: &Fall, aircraft: &AircraftState, now: Time) -> f64 {
    let there = aircraft.reckoned(fall.last().max(now)).or_else(|| aircraft.reckoned(now));
    if there.is_none_or(|there| fall.is_far(there)) || fall.last() < now {
        return 0.0;
    }
    let speed_mps = aircraft.speed_mps().unwrap_or(0.0);
    let target = Target {
        reckoned: |time| aircraft.reckoned(time),
        height_m: aircraft.altitude_m(now).unwrap_or(CRUISE_HEIGHT_M),
        cross_section_m2: |sink_mps| swept_area_m2(speed_mps, sink_mps),
    };
    let one = fall.hit(&target).map_or(0.0, |hit| hit.probability);
    -libm::expm1(f64::from(PIECES_PRESUMED) * libm::log1p(-one.min(1.0 - 1e-12)))
}

fn gets_inside(aircraft: &AircraftState, bands: &[DebrisBand], now: Time) -> bool {
    let steps = 0..=(AHEAD_S / STEP_S) as u32;
    steps.map(|step| now.plus_s(f64::from(step) * STEP_S)).any(|time| {
        let height_m = aircraft.altitude_m(time).unwrap_or(CRUISE_HEIGHT_M);
        let Some(there) = aircraft.reckoned(time) else { return false };
        bands.iter().any(|band| {
            let passing = band.area.earliest() <= time.plus_s(STEP_S) && time <= band.area.latest();
            let at_its_height = (band.lower_m..=band.upper_m).contains(&height_m);
            passing && at_its_height && band.area.contains(there.position)
        })
    })
}

impl Exposure {
    /// Adds aircraft, most endangered first; what endangers the same one twice is taken as independent.
    pub fn add_aircraft(&mut self, more: Vec<AircraftExposure>) {
        for new in more {
            match self.aircraft.iter_mut().find(|known| known.icao == new.icao) {
                Some(known) => known.probability = any_of([known.probability, new.probability]),
                None => self.aircraft.push(new),
            }
        }
        self.aircraft.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.icao.cmp(&b.icao)));
    }
}
