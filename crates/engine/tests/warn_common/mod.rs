//! Places, areas, falls and assessments for the tests of warnings.
#![allow(dead_code, reason = "every test file uses a part of it")]

use downrange_earth::{Geodetic, Time};
use downrange_engine::assess::{
    Assessment, Evidence, FallSample, HazardArea, Impact, Kind, KindProbabilities, Launch, Phase, TrackId,
};
use downrange_engine::traffic::{AircraftReport, SurfacePosition, Traffic, VesselReport};

pub const METRES_PER_DEGREE: f64 = 111_194.926_644_558_74;

pub fn at(latitude_deg: f64, longitude_deg: f64) -> SurfacePosition {
    SurfacePosition { latitude_rad: latitude_deg.to_radians(), longitude_rad: longitude_deg.to_radians() }
}

pub fn second(s: f64) -> Time {
    Time::from_tai_ns(1_642_138_837_000_000_000).plus_s(s)
}

/// A place this far east and north of another, near enough for tests of a few hundred kilometres.
pub fn offset(from: SurfacePosition, east_m: f64, north_m: f64) -> SurfacePosition {
    let metre_rad = (1.0 / METRES_PER_DEGREE).to_radians();
    SurfacePosition {
        latitude_rad: from.latitude_rad + north_m * metre_rad,
        longitude_rad: from.longitude_rad + east_m * metre_rad / libm::cos(from.latitude_rad),
    }
}

/// A regular polygon around a place.
pub fn round(centre: SurfacePosition, radius_m: f64, corners: usize) -> Vec<SurfacePosition> {
    (0..corners)
        .map(|k| {
            let (s, c) = libm::sincos(core::f64::consts::TAU * k as f64 / corners as f64);
            offset(centre, radius_m * c, radius_m * s)
        })
        .collect()
}

pub fn area(centre: SurfacePosition, radius_m: f64, from_s: f64, to_s: f64) -> HazardArea {
    HazardArea::new(0.95, round(centre, radius_m, 24), second(from_s), second(to_s)).expect("a round area is valid")
}

/// A small generator (SplitMix64; Steele, Lea, Flood 2014), so that tests draw the same everywhere.
pub struct Draw(pub u64);

impl Draw {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Two independent standard normal numbers (Box and Muller 1958).
    pub fn normal(&mut self) -> [f64; 2] {
        let r = libm::sqrt(-2.0 * libm::log(self.uniform()));
        let (s, c) = libm::sincos(core::f64::consts::TAU * self.uniform());
        [r * c, r * s]
    }
}

/// A fall around a place: samples with this spread, falling straight down through 12 km in 40 s.
pub fn impact(centre: SurfacePosition, sigma_m: f64, at_s: f64, sigma_s: f64, samples: usize) -> Impact {
    drawn_impact(7, centre, sigma_m, at_s, sigma_s, samples)
}

/// The same with other samples for every seed.
pub fn drawn_impact(
    seed: u64,
    centre: SurfacePosition,
    sigma_m: f64,
    at_s: f64,
    sigma_s: f64,
    samples: usize,
) -> Impact {
    let mut draw = Draw(seed);
    let sample = |draw: &mut Draw| {
        let [x, y] = draw.normal();
        let [t, _] = draw.normal();
        let position = offset(centre, sigma_m * x, sigma_m * y);
        let time = second(at_s + sigma_s * t);
        FallSample { position, time, aloft: position, aloft_time: time.plus_s(-40.0) }
    };
    let window_s = 3.0 * sigma_s + 5.0;
    Impact {
        time: second(at_s),
        time_sigma_s: sigma_s,
        position: centre,
        areas: vec![area(centre, 2.45 * sigma_m, at_s - window_s, at_s + window_s)],
        samples: (0..samples).map(|_| sample(&mut draw)).collect(),
    }
}

/// An assessment of a ballistic object with this probability of being a threat.
pub fn assessment(
    object: &str,
    now_s: f64,
    threat: f64,
    paths: usize,
    phase: Phase,
    impact: Option<Impact>,
) -> Assessment {
    let mut kind = [0.0; 10];
    kind[Kind::Ballistic as usize] = threat;
    kind[Kind::Aircraft as usize] = 1.0 - threat;
    Assessment {
        time: second(now_s),
        event: "2022-01-14-1".into(),
        object: object.into(),
        track: TrackId(1),
        phase,
        position: Geodetic::from_degrees(40.2, 126.9, 33_100.0),
        speed_mps: 2410.0,
        kind: KindProbabilities(kind),
        band: None,
        reach_m: None,
        range_m: None,
        apogee_m: None,
        launch: Some(Launch {
            time: second(-60.0),
            time_sigma_s: 2.0,
            position: at(40.21, 124.55),
            semi_major_m: 4000.0,
            semi_minor_m: 2000.0,
            orientation_rad: 1.2,
            region: Some("North Pyongan".into()),
            region_local: Some("평안북도".into()),
        }),
        impact,
        catalogued: None,
        evidence: Evidence { independent_paths: paths, ..Evidence::default() },
    }
}

pub fn vessel(mmsi: u32, position: SurfacePosition, at_s: f64, speed_mps: f64, course_deg: f64) -> Traffic {
    Traffic::Vessel(VesselReport {
        mmsi,
        time: second(at_s),
        position: Some(position),
        speed_mps: Some(speed_mps),
        course_rad: Some(course_deg.to_radians()),
        name: None,
    })
}

pub fn aircraft(icao: &str, position: SurfacePosition, at_s: f64, altitude_m: f64, speed_mps: f64) -> Traffic {
    Traffic::Aircraft(AircraftReport {
        icao: icao.into(),
        time: second(at_s),
        callsign: None,
        position: Some(position),
        altitude_m: Some(altitude_m),
        speed_mps: Some(speed_mps),
        course_rad: Some(0.0),
        climb_mps: None,
    })
}
