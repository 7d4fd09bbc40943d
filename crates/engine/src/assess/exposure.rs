//! Who is underneath: vessels, aircraft, districts.

mod aloft;
mod density;
mod districts;

pub use aloft::below_debris;
pub use districts::{REGION_TOLERANCE_M, RegionIndex, ZoneIndex};

use super::area::merge_overlapping;
use super::{HazardArea, Impact};
use crate::policy::Policy;
use crate::traffic::{AircraftState, Reckoned, TrafficPicture, VesselState};
use core::f64::consts::PI;
use density::{Fall, Target};
use downrange_earth::Time;
use std::collections::BTreeMap;

/// Radius of the disc around a vessel in which a fall counts as a hit. A disc of 45 m has the deck plan of a large ship
/// (200 m × 32 m, the beam of the old Panama locks); 55 m more are left for pieces that fly and for the waterspout. Our
/// choice, on the careful side: 14 CFR 450.133(b)(2) asks for "on or near a vessel" without a number.
pub const VESSEL_RADIUS_M: f64 = 100.0;
/// Span of the aircraft that is assumed: a Boeing 747-400 (64.4 m), as its maker states.
pub const AIRCRAFT_SPAN_M: f64 = 64.4;
/// Length of the aircraft that is assumed: a Boeing 747-400 (70.7 m), as its maker states.
pub const AIRCRAFT_LENGTH_M: f64 = 70.7;
/// Height of the aircraft that is assumed: a Boeing 747-400 (19.4 m), as its maker states.
pub const AIRCRAFT_HEIGHT_M: f64 = 19.4;
/// Size of what falls, added on every side of the aircraft: half of a 15 m stage or body.
pub const BODY_HALF_LENGTH_M: f64 = 7.5;
/// Height at which [`super::FallSample::aloft`] is taken.
const ALOFT_HEIGHT_M: f64 = 12_000.0;
/// Height of an aircraft that never said its own: usual cruise.
const CRUISE_HEIGHT_M: f64 = 10_700.0;
/// Reports up to this much later than now are clock differences; later ones are not believed.
const CLOCK_DIFFERENCE_S: f64 = 60.0;

/// Who is underneath one object, or one event.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Exposure {
    /// Ships, most endangered first.
    pub vessels: Vec<VesselExposure>,
    /// Aircraft, most endangered first.
    pub aircraft: Vec<AircraftExposure>,
    /// Districts, most endangered first.
    pub zones: Vec<ZoneExposure>,
}

/// A ship underneath.
#[derive(Debug, Clone, PartialEq)]
pub struct VesselExposure {
    /// Maritime mobile service identity.
    pub mmsi: u32,
    /// Ship's name, where known.
    pub name: Option<String>,
    /// Mean time of the fall near it.
    pub impact_time: Time,
    /// Probability of being hit.
    pub probability: f64,
}

/// An aircraft underneath.
#[derive(Debug, Clone, PartialEq)]
pub struct AircraftExposure {
    /// 24-bit ICAO address.
    pub icao: String,
    /// Callsign, where known.
    pub callsign: Option<String>,
    /// Probability of being hit.
    pub probability: f64,
}

/// A district underneath.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneExposure {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Probability of the fall inside it.
    pub probability: f64,
}

/// Who is underneath these falls, most endangered first; on a tie in order of name.
///
/// * Vessels: all that are, now or at the time of a fall, inside an area that is warned (the joint hull where areas
///   overlap), and others from `policy.vessel_probability` on.
/// * Aircraft: from `policy.aircraft_probability` on. What falls is met at the aircraft's own height, on the straight line
///   between its place at 12 km and on the ground, by the area that the aircraft sweeps while it sinks past.
/// * Districts: from `policy.zone_probability` on; the share of samples inside, `(k + ½) / (n + 1)` (Jeffreys' prior), so
///   that a finite number of samples never claims certainty; districts that no sample hits are not named.
///
/// Probabilities hold if everything given here does fall. Those of several falls are joined as independent,
/// `1 - Π(1 - p)`. Against falls drawn from a Gaussian, a vessel's probability is right within 15 % in the mean, and
/// scatters by less than 20 % (one sigma) between sets of 500 samples, inside two sigma of the fall
/// (`tests/warn_exposure.rs`). Sets of falls that are far from one cloud are smoothed over the gaps.
pub fn exposure(
    falls: &[&Impact],
    traffic: &TrafficPicture,
    zones: &ZoneIndex,
    policy: &Policy,
    now: Time,
) -> Exposure {
    let claims = falls.iter().filter_map(|f| f.area_holding(policy.area_probability)).cloned();
    let warned = merge_overlapping(&claims.collect::<Vec<HazardArea>>());
    let falls: Vec<Fall> = falls.iter().map(|impact| Fall::new(impact)).collect();
    if falls.is_empty() {
        return Exposure::default();
    }
    let known = |fix: Option<Time>| fix.is_some_and(|t| t.seconds_since(now) <= CLOCK_DIFFERENCE_S);
    let vessels = traffic.vessels_at(now).filter(|v| known(v.fix_time()));
    let mut vessels: Vec<VesselExposure> =
        vessels.filter_map(|v| vessel_exposure(v, &falls, &warned, policy, now)).collect();
    vessels.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.mmsi.cmp(&b.mmsi)));
    let aircraft = traffic.aircraft_at(now).filter(|a| known(a.fix_time()));
    let mut aircraft: Vec<AircraftExposure> =
        aircraft.filter_map(|a| aircraft_exposure(a, &falls, policy, now)).collect();
    aircraft.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.icao.cmp(&b.icao)));
    Exposure { vessels, aircraft, zones: zone_exposure(&falls, zones, policy) }
}

/// `1 - Π(1 - p)`, without losing small probabilities to rounding.
///
/// ```
/// use downrange_engine::assess::exposure::any_of;
/// assert_eq!(any_of([0.5, 0.5]), 0.75);
/// assert!((any_of([1e-20, 1e-20]) - 2e-20).abs() < 1e-35);
/// ```
pub fn any_of(probabilities: impl IntoIterator<Item = f64>) -> f64 {
    -libm::expm1(probabilities.into_iter().map(|p: f64| libm::log1p(-p.clamp(0.0, 1.0))).sum())
}

fn vessel_exposure(
    vessel: &VesselState,
    falls: &[Fall],
    warned: &[HazardArea],
    policy: &Policy,
    now: Time,
) -> Option<VesselExposure> {
    let is_inside = |time: Time| {
        vessel.reckoned(time.max(now)).is_some_and(|r| warned.iter().any(|area| area.contains(r.position)))
    };
    let inside = is_inside(now)
        || falls.iter().any(|f| is_inside(f.impact.time))
        || warned.iter().any(|a| is_inside(a.earliest()) || is_inside(a.latest()));
    let target = Target {
        reckoned: |time| vessel.reckoned(time),
        height_m: 0.0,
        cross_section_m2: |_| PI * VESSEL_RADIUS_M * VESSEL_RADIUS_M,
    };
    let hits = hits(falls, &target, inside, now, vessel.reckoned(now)?);
    let worst =
        hits.iter().copied().reduce(|worst, hit| if hit.probability > worst.probability { hit } else { worst })?;
    let probability = any_of(hits.iter().map(|hit| hit.probability));
    (inside || probability >= policy.vessel_probability).then(|| VesselExposure {
        mmsi: vessel.mmsi,
        name: vessel.name.clone(),
        impact_time: worst.time,
        probability,
    })
}

fn aircraft_exposure(aircraft: &AircraftState, falls: &[Fall], policy: &Policy, now: Time) -> Option<AircraftExposure> {
    let here = aircraft.reckoned(now)?;
    let speed_mps = aircraft.speed_mps().unwrap_or(0.0);
    let probability = any_of(falls.iter().filter_map(|fall| {
        let target = Target {
            reckoned: |time| aircraft.reckoned(time),
            height_m: aircraft.altitude_m(fall.impact.time).unwrap_or(CRUISE_HEIGHT_M),
            cross_section_m2: |sink_mps| swept_area_m2(speed_mps, sink_mps),
        };
        hits(core::slice::from_ref(fall), &target, false, now, here).first().map(|hit| hit.probability)
    }));
    (probability >= policy.aircraft_probability).then(|| AircraftExposure {
        icao: aircraft.icao.clone(),
        callsign: aircraft.callsign.clone(),
        probability,
    })
}

/// Hits by each fall that is near enough to matter, or by all of them when `always`.
fn hits<R, A>(falls: &[Fall], target: &Target<R, A>, always: bool, now: Time, here: Reckoned) -> Vec<density::Hit>
where
    R: Fn(Time) -> Option<Reckoned>,
    A: Fn(f64) -> f64,
{
    let near = |fall: &&Fall| {
        let then = (target.reckoned)(fall.last().max(now)).unwrap_or(here);
        always || !fall.is_far(then)
    };
    falls.iter().filter(near).filter_map(|fall| fall.hit(target)).collect()
}

/// The horizontal area in which something that sinks vertically meets an aircraft: its box from above, longer by the way
/// it flies while the body sinks through its height, wider and longer by the body.
fn swept_area_m2(speed_mps: f64, sink_mps: f64) -> f64 {
    let passing_s = (AIRCRAFT_HEIGHT_M + 2.0 * BODY_HALF_LENGTH_M) / sink_mps;
    (AIRCRAFT_SPAN_M + 2.0 * BODY_HALF_LENGTH_M)
        * (AIRCRAFT_LENGTH_M + 2.0 * BODY_HALF_LENGTH_M + speed_mps * passing_s)
}

fn zone_exposure(falls: &[Fall], zones: &ZoneIndex, policy: &Policy) -> Vec<ZoneExposure> {
    let mut by_zone: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for fall in falls {
        let mut inside_count: BTreeMap<usize, u32> = BTreeMap::new();
        for sample in &fall.impact.samples {
            zones.holding(sample.position).for_each(|zone| *inside_count.entry(zone).or_default() += 1);
        }
        let all = fall.impact.samples.len() as f64;
        for (zone, count) in inside_count {
            by_zone.entry(zone).or_default().push((f64::from(count) + 0.5) / (all + 1.0));
        }
    }
    let mut exposed: Vec<ZoneExposure> = by_zone
        .into_iter()
        .map(|(zone, probabilities)| ZoneExposure {
            id: zones.get(zone).id.clone(),
            name: zones.get(zone).name.clone(),
            probability: any_of(probabilities),
        })
        .filter(|zone| zone.probability >= policy.zone_probability)
        .collect();
    exposed.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.id.cmp(&b.id)));
    exposed
}
