//! A warning and a forecast as the launch of 14 January 2022 would give them.
#![allow(dead_code, reason = "every test file uses another part")]

use downrange_earth::{Geodetic, Time};
use downrange_engine::assess::{
    AircraftExposure, Assessment, Band, Evidence, Exposure, HazardArea, Impact, Kind, KindProbabilities, Launch, Phase,
    TrackId, VesselExposure, ZoneExposure,
};
use downrange_engine::plot::{SensorIndex, Seq};
use downrange_engine::policy::Status;
use downrange_engine::traffic::SurfacePosition;
use downrange_engine::warn::{Reason, Revision, RevisionKind};

/// An instant.
pub fn utc(text: &str) -> Time {
    Time::from_utc_str(text).unwrap()
}

/// A place by longitude and latitude in degrees.
pub fn place(lon: f64, lat: f64) -> SurfacePosition {
    SurfacePosition { latitude_rad: lat.to_radians(), longitude_rad: lon.to_radians() }
}

/// An area around these corners (longitude, latitude in degrees).
pub fn area(probability: f64, corners: &[[f64; 2]]) -> HazardArea {
    let ring = corners.iter().map(|&[lon, lat]| place(lon, lat)).collect();
    HazardArea::new(probability, ring, utc("2022-01-14T05:44:51.5Z"), utc("2022-01-14T05:45:58.2Z")).unwrap()
}

/// Around the fall off the coast of North Hamgyong.
pub const CORNERS: [[f64; 2]; 5] = [[129.2, 40.3], [129.6, 40.2], [130.0, 40.4], [129.7, 40.65], [129.3, 40.5]];

/// The first message.
pub fn alert() -> Revision {
    Revision {
        time: utc("2022-01-14T05:42:47.123Z"),
        id: "2022-01-14-1-W".into(),
        revision: 1,
        kind: RevisionKind::Alert,
        reason: Reason::Launch,
        status: Status::Test,
        event: "2022-01-14-1".into(),
        objects: vec!["2022-01-14-1a".into()],
        region: Some(("North Pyongan".into(), Some("평안북도".into()))),
        object_kind: Kind::QuasiBallistic,
        debris: Vec::new(),
        places: Vec::new(),
        onset: utc("2022-01-14T05:44:51.5Z"),
        expires: utc("2022-01-14T05:55:58.2Z"),
        areas: vec![area(0.95, &CORNERS)],
        exposure: Exposure {
            vessels: vec![VesselExposure {
                mmsi: 273_000_100,
                name: Some("NEAR 01 <&>".into()),
                impact_time: utc("2022-01-14T05:45:28.4Z"),
                probability: 0.012_345,
            }],
            aircraft: vec![AircraftExposure {
                icao: "71C0AB".into(),
                callsign: Some("AIR107".into()),
                probability: 0.000_1,
            }],
            zones: vec![ZoneExposure { id: "JA01".into(), name: "Hokkaido".into(), probability: 0.02 }],
        },
        probability: 0.98,
        references: Vec::new(),
    }
}

/// A later message of this kind.
pub fn later(kind: RevisionKind, reason: Reason) -> Revision {
    let first = alert();
    let is_over = matches!(kind, RevisionKind::Cancel | RevisionKind::AllClear);
    Revision {
        time: utc("2022-01-14T05:43:20Z"),
        revision: 2,
        kind,
        reason,
        exposure: if is_over { Exposure::default() } else { first.exposure.clone() },
        references: vec![(1, first.time)],
        ..first
    }
}

/// A forecast with everything in it.
pub fn assessment() -> Assessment {
    let mut kind = [0.0; 10];
    kind[Kind::QuasiBallistic as usize] = 0.910_4;
    kind[Kind::Ballistic as usize] = 0.059_4;
    kind[Kind::Glide as usize] = 0.029_9;
    kind[Kind::Unknown as usize] = 0.000_3;
    Assessment {
        time: utc("2022-01-14T05:42:47.123Z"),
        event: "2022-01-14-1".into(),
        object: "2022-01-14-1a".into(),
        track: TrackId(12),
        phase: Phase::Midcourse,
        position: Geodetic::from_degrees(40.2, 126.9, 33_100.04),
        speed_mps: 2_410.04,
        kind: KindProbabilities(kind),
        band: Some(Band::Short),
        reach_m: Some(812_040.0),
        range_m: Some(431_000.0),
        apogee_m: Some(36_200.0),
        launch: Some(Launch {
            time: utc("2022-01-14T05:41:00.5Z"),
            time_sigma_s: 2.5,
            position: place(124.55, 40.21),
            semi_major_m: 4_100.0,
            semi_minor_m: 2_000.0,
            orientation_rad: 251f64.to_radians(),
            region: Some("North Pyongan".into()),
            region_local: Some("평안북도".into()),
        }),
        impact: Some(Impact {
            time: utc("2022-01-14T05:45:28.9Z"),
            time_sigma_s: 6.0,
            position: place(129.58, 40.43),
            areas: [0.5, 0.95, 0.99].map(|probability| area(probability, &CORNERS)).to_vec(),
            samples: Vec::new(),
        }),
        catalogued: None,
        evidence: Evidence {
            plots_by_sensor: vec![(SensorIndex(0), 40), (SensorIndex(3), 12)],
            independent_paths: 2,
            latest_plots: vec![Seq(7)],
            log_likelihood_ratio: 123.456,
        },
    }
}
