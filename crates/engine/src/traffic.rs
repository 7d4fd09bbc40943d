//! Ships and aircraft that report themselves. They can be underneath; they never create, raise or suppress a threat.

use crate::geometry::moved;
use core::f64::consts::{FRAC_PI_2, PI};
use downrange_earth::Time;
use std::collections::{BTreeMap, BTreeSet};

/// One position report.
#[derive(Debug, Clone, PartialEq)]
pub enum Traffic {
    /// A ship, by AIS.
    Vessel(VesselReport),
    /// An aircraft, by ADS-B.
    Aircraft(AircraftReport),
}

/// What a ship said. Fields that were not in this message are absent and keep their earlier value.
#[derive(Debug, Clone, PartialEq)]
pub struct VesselReport {
    /// Maritime mobile service identity.
    pub mmsi: u32,
    /// When it was true.
    pub time: Time,
    /// Latitude and longitude, where the message carried a position.
    pub position: Option<SurfacePosition>,
    /// Speed over ground.
    pub speed_mps: Option<f64>,
    /// Course over ground, clockwise from true north.
    pub course_rad: Option<f64>,
    /// Ship's name (AIS message 5 or 24).
    pub name: Option<String>,
}

/// What an aircraft said. Fields that were not in this message are absent and keep their earlier value.
#[derive(Debug, Clone, PartialEq)]
pub struct AircraftReport {
    /// 24-bit ICAO address as six hexadecimal digits.
    pub icao: String,
    /// When it was true.
    pub time: Time,
    /// Callsign.
    pub callsign: Option<String>,
    /// Latitude and longitude.
    pub position: Option<SurfacePosition>,
    /// Barometric altitude, taken as height above the ellipsoid.
    pub altitude_m: Option<f64>,
    /// Ground speed.
    pub speed_mps: Option<f64>,
    /// Track over ground, clockwise from true north.
    pub course_rad: Option<f64>,
    /// Climb rate, up positive.
    pub climb_mps: Option<f64>,
}

/// A place on the ellipsoid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurfacePosition {
    /// Geodetic latitude, north positive.
    pub latitude_rad: f64,
    /// Longitude, east positive.
    pub longitude_rad: f64,
}

/// How long after its last position a vessel is still carried on. Class A at anchor speaks every 3 minutes (ITU-R
/// M.1371-5, table 1), but reception from afar has gaps of most of an hour.
pub const VESSEL_STALE_S: f64 = 3600.0;
/// How long after its last position an aircraft is still carried on: ADS-B positions come twice a second (ICAO Doc 9871),
/// so after five minutes it has landed or left the cover.
pub const AIRCRAFT_STALE_S: f64 = 300.0;
/// Most vessels kept; of more, the one not heard of for longest is forgotten. About as many as all that carry AIS today.
pub const VESSEL_COUNT_MAX: usize = 100_000;
/// Most aircraft kept; four times as many as are ever in the air at once.
pub const AIRCRAFT_COUNT_MAX: usize = 50_000;

/// How a place that was reported becomes uncertain.
struct Drift {
    /// One sigma of a fresh report, along each axis.
    fix_sigma_m: f64,
    /// One sigma of the change of velocity since the report, as a share of the speed: turns and changes of speed.
    turn_fraction: f64,
    /// The least growth, also while it says that it stands still.
    slow_mps: f64,
    /// Growth when it never said how fast it is.
    unknown_mps: f64,
    /// Speeds above are not believed.
    speed_max_mps: f64,
}

/// 30 m: a satellite fix, and the antenna is not amidships. A fifth of the speed: 11° of course. 5 m/s: 10 knots.
/// 102.2 knots is the largest speed AIS can say (ITU-R M.1371-5, table 48).
const VESSEL_DRIFT: Drift =
    Drift { fix_sigma_m: 30.0, turn_fraction: 0.2, slow_mps: 0.5, unknown_mps: 5.0, speed_max_mps: 52.6 };

/// 100 m: the usual ADS-B navigation accuracy category is at least 7 (0.1 nautical miles, 95 %; ICAO Doc 9871) and
/// reports are not stamped to better than half a second. A tenth of the speed: 6° of course. 120 m/s: half of cruise.
const AIRCRAFT_DRIFT: Drift =
    Drift { fix_sigma_m: 100.0, turn_fraction: 0.1, slow_mps: 5.0, unknown_mps: 120.0, speed_max_mps: 1000.0 };

/// A place carried on to some time, with what that costs in certainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reckoned {
    /// Where it should be.
    pub position: SurfacePosition,
    /// One sigma along each axis.
    pub sigma_m: f64,
}

/// What is known of a movement over ground: the latest of each field.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Movement {
    fix: Option<(Time, SurfacePosition)>,
    speed_mps: Option<f64>,
    course_rad: Option<f64>,
}

impl Movement {
    /// Takes what is new and possible; an older position than the one kept changes nothing.
    fn take(
        &mut self,
        time: Time,
        position: Option<SurfacePosition>,
        speed_mps: Option<f64>,
        course_rad: Option<f64>,
        speed_max_mps: f64,
    ) {
        if self.fix.is_some_and(|(kept, _)| time < kept) {
            return;
        }
        if let Some(position) = position {
            self.fix = Some((time, position));
        }
        self.speed_mps = speed_mps.filter(|v| (0.0..=speed_max_mps).contains(v)).or(self.speed_mps);
        self.course_rad = course_rad.filter(|c| c.is_finite()).or(self.course_rad);
    }

    /// Dead reckoning along a great circle.
    fn reckoned(&self, time: Time, drift: &Drift) -> Option<Reckoned> {
        let (kept, position) = self.fix?;
        let age_s = time.seconds_since(kept);
        let (position, growth_mps) = match (self.speed_mps, self.course_rad) {
            (Some(speed_mps), Some(course_rad)) => {
                (moved(position, course_rad, speed_mps * age_s), (drift.turn_fraction * speed_mps).max(drift.slow_mps))
            }
            (Some(speed_mps), None) => (position, speed_mps.max(drift.slow_mps)),
            (None, _) => (position, drift.unknown_mps),
        };
        Some(Reckoned { position, sigma_m: drift.fix_sigma_m + growth_mps * age_s.abs() })
    }
}

/// The last that is known of one ship.
#[derive(Debug, Clone, PartialEq)]
pub struct VesselState {
    /// Maritime mobile service identity.
    pub mmsi: u32,
    /// Ship's name, once she said it.
    pub name: Option<String>,
    movement: Movement,
}

impl VesselState {
    /// Where she should be at this time; nothing while she has said no position.
    pub fn reckoned(&self, time: Time) -> Option<Reckoned> {
        self.movement.reckoned(time, &VESSEL_DRIFT)
    }

    /// When its last position was true.
    pub fn fix_time(&self) -> Option<Time> {
        self.movement.fix.map(|(time, _)| time)
    }
}

/// The last that is known of one aircraft.
#[derive(Debug, Clone, PartialEq)]
pub struct AircraftState {
    /// 24-bit ICAO address as six hexadecimal digits.
    pub icao: String,
    /// Callsign, once it was said.
    pub callsign: Option<String>,
    movement: Movement,
    level: Option<(Time, f64)>,
    climb_mps: Option<f64>,
}

impl AircraftState {
    /// Where it should be at this time; nothing while it has said no position.
    pub fn reckoned(&self, time: Time) -> Option<Reckoned> {
        self.movement.reckoned(time, &AIRCRAFT_DRIFT)
    }

    /// When its last position was true.
    pub fn fix_time(&self) -> Option<Time> {
        self.movement.fix.map(|(time, _)| time)
    }

    /// Height at this time, with the climb of its last report carried on for at most five minutes and not below the
    /// ellipsoid.
    pub fn altitude_m(&self, time: Time) -> Option<f64> {
        let (kept, altitude_m) = self.level?;
        let age_s = time.seconds_since(kept).clamp(-AIRCRAFT_STALE_S, AIRCRAFT_STALE_S);
        Some((altitude_m + self.climb_mps.unwrap_or(0.0) * age_s).clamp(0.0, ALTITUDE_MAX_M))
    }

    /// Ground speed, once it was said.
    pub fn speed_mps(&self) -> Option<f64> {
        self.movement.speed_mps
    }

    /// Velocity (east, north, up), once speed and course were said; nothing while the height at this time is not known.
    pub fn velocity_enu_mps(&self, time: Time) -> Option<[f64; 3]> {
        let (speed_mps, course_rad) = (self.movement.speed_mps?, self.movement.course_rad?);
        self.level.filter(|(kept, _)| time.seconds_since(*kept) <= LEVEL_FRESH_S)?;
        let (sin, cos) = libm::sincos(course_rad);
        Some([speed_mps * sin, speed_mps * cos, self.climb_mps.unwrap_or(0.0)])
    }
}

/// Altitudes above are not believed; no civil aircraft flies higher than 18 km.
const ALTITUDE_MAX_M: f64 = 30_000.0;
/// A height that was said longer ago is not that of the aircraft's last position.
const LEVEL_FRESH_S: f64 = 10.0;
/// Climb rates above are not believed.
const CLIMB_MAX_MPS: f64 = 150.0;

/// States by name, the oldest out when there are too many.
#[derive(Debug, Clone)]
struct Shelf<K, S> {
    states: BTreeMap<K, (Time, S)>,
    by_age: BTreeSet<(Time, K)>,
    count_max: usize,
    forgotten_count: u64,
}

impl<K: Ord + Clone, S> Shelf<K, S> {
    fn new(count_max: usize) -> Self {
        Shelf { states: BTreeMap::new(), by_age: BTreeSet::new(), count_max, forgotten_count: 0 }
    }

    /// Changes the state of this name (a fresh one where there is none) and marks it as heard of at this time.
    fn change(&mut self, key: &K, time: Time, fresh: impl FnOnce() -> S, change: impl FnOnce(&mut S)) {
        let (heard, state) = self.states.entry(key.clone()).or_insert_with(|| (time, fresh()));
        change(state);
        self.by_age.remove(&(*heard, key.clone()));
        *heard = time.max(*heard);
        self.by_age.insert((*heard, key.clone()));
        while self.states.len() > self.count_max {
            let Some((_, oldest)) = self.by_age.pop_first() else { break };
            self.states.remove(&oldest);
            self.forgotten_count += 1;
        }
    }
}

/// The last state of every vessel and aircraft that reports itself, carried on by dead reckoning. Bounded: false reports
/// by the ten thousand cost a known amount of memory and create nothing but entries here.
///
/// ```
/// use downrange_engine::traffic::{SurfacePosition, Traffic, TrafficPicture, VesselReport};
/// use downrange_earth::Time;
///
/// let mut picture = TrafficPicture::new();
/// let start = Time::from_tai_ns(0);
/// picture.report(&Traffic::Vessel(VesselReport {
///     mmsi: 273_000_100,
///     time: start,
///     position: Some(SurfacePosition { latitude_rad: 0.7, longitude_rad: 2.2 }),
///     speed_mps: Some(10.0),
///     course_rad: Some(0.0),
///     name: None,
/// }));
/// let later = start.plus_s(637.1);
/// let vessel = picture.vessels_at(later).next().expect("she is there");
/// let place = vessel.reckoned(later).expect("she said where she was");
/// assert!((place.position.latitude_rad - 0.701).abs() < 1e-6, "6,371 m north");
/// assert!(place.sigma_m > 30.0);
/// ```
#[derive(Debug, Clone)]
pub struct TrafficPicture {
    vessels: Shelf<u32, VesselState>,
    aircraft: Shelf<String, AircraftState>,
    refused_count: u64,
}

impl Default for TrafficPicture {
    fn default() -> Self {
        TrafficPicture::new()
    }
}

impl TrafficPicture {
    /// Nobody is known.
    pub fn new() -> Self {
        TrafficPicture::with_room_for(VESSEL_COUNT_MAX, AIRCRAFT_COUNT_MAX)
    }

    /// Nobody is known, and no more than this are kept.
    pub fn with_room_for(vessel_count_max: usize, aircraft_count_max: usize) -> Self {
        TrafficPicture {
            vessels: Shelf::new(vessel_count_max),
            aircraft: Shelf::new(aircraft_count_max),
            refused_count: 0,
        }
    }

    /// Takes one report. A position that is off the globe makes the whole report worthless: it is counted and not used.
    /// A speed, course or height that cannot be is left out.
    pub fn report(&mut self, traffic: &Traffic) {
        let position = match traffic {
            Traffic::Vessel(v) => v.position,
            Traffic::Aircraft(a) => a.position,
        };
        if position.is_some_and(|p| !is_reported_place(p)) {
            self.refused_count += 1;
            return;
        }
        match traffic {
            Traffic::Vessel(v) => self.take_vessel(v),
            Traffic::Aircraft(a) => self.take_aircraft(a),
        }
    }

    fn take_vessel(&mut self, report: &VesselReport) {
        let fresh = || VesselState { mmsi: report.mmsi, name: None, movement: Movement::default() };
        self.vessels.change(&report.mmsi, report.time, fresh, |state| {
            if report.name.is_some() {
                state.name.clone_from(&report.name);
            }
            let r = report;
            state.movement.take(r.time, r.position, r.speed_mps, r.course_rad, VESSEL_DRIFT.speed_max_mps);
        });
    }

    fn take_aircraft(&mut self, report: &AircraftReport) {
        let fresh = || AircraftState {
            icao: report.icao.clone(),
            callsign: None,
            movement: Movement::default(),
            level: None,
            climb_mps: None,
        };
        self.aircraft.change(&report.icao, report.time, fresh, |state| {
            let r = report;
            if r.callsign.is_some() {
                state.callsign.clone_from(&r.callsign);
            }
            state.movement.take(r.time, r.position, r.speed_mps, r.course_rad, AIRCRAFT_DRIFT.speed_max_mps);
            if let Some(altitude_m) = r.altitude_m.filter(|h| (-1000.0..=ALTITUDE_MAX_M).contains(h))
                && state.level.is_none_or(|(kept, _)| kept <= r.time)
            {
                state.level = Some((r.time, altitude_m));
            }
            state.climb_mps = r.climb_mps.filter(|c| c.abs() <= CLIMB_MAX_MPS).or(state.climb_mps);
        });
    }

    /// Ships that said where they are within [`VESSEL_STALE_S`] before this time (or after it), by MMSI.
    pub fn vessels_at(&self, time: Time) -> impl Iterator<Item = &VesselState> {
        let states = self.vessels.states.values().map(|(_, state)| state);
        states.filter(move |v| is_fresh(&v.movement, time, VESSEL_STALE_S))
    }

    /// Aircraft that said where they are within [`AIRCRAFT_STALE_S`] before this time (or after it), by ICAO address.
    pub fn aircraft_at(&self, time: Time) -> impl Iterator<Item = &AircraftState> {
        let states = self.aircraft.states.values().map(|(_, state)| state);
        states.filter(move |a| is_fresh(&a.movement, time, AIRCRAFT_STALE_S))
    }

    /// The aircraft of this ICAO address.
    pub fn aircraft(&self, icao: &str) -> Option<&AircraftState> {
        self.aircraft.states.get(icao).map(|(_, state)| state)
    }

    /// How many vessels and aircraft are kept.
    pub fn kept_count(&self) -> usize {
        self.vessels.states.len() + self.aircraft.states.len()
    }

    /// How many were forgotten because there were too many.
    pub fn forgotten_count(&self) -> u64 {
        self.vessels.forgotten_count + self.aircraft.forgotten_count
    }

    /// How many reports were refused because their position is off the globe.
    pub fn refused_count(&self) -> u64 {
        self.refused_count
    }
}

fn is_reported_place(p: SurfacePosition) -> bool {
    p.latitude_rad.abs() <= FRAC_PI_2 && p.longitude_rad.abs() <= PI
}

fn is_fresh(movement: &Movement, time: Time, stale_s: f64) -> bool {
    movement.fix.is_some_and(|(kept, _)| time.seconds_since(kept) <= stale_s)
}
