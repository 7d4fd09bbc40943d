//! Ships and aircraft that report themselves: dead reckoning, ages, bounds, impossible values.

mod warn_common;

use downrange_engine::traffic::{
    AIRCRAFT_STALE_S, AircraftReport, SurfacePosition, Traffic, TrafficPicture, VESSEL_COUNT_MAX, VESSEL_STALE_S,
    VesselReport,
};
use warn_common::*;

fn report(mmsi: u32, at_s: f64) -> VesselReport {
    VesselReport { mmsi, time: second(at_s), position: None, speed_mps: None, course_rad: None, name: None }
}

fn place_of(picture: &TrafficPicture, at_s: f64) -> Option<(SurfacePosition, f64)> {
    let vessel = picture.vessels_at(second(at_s)).next()?;
    vessel.reckoned(second(at_s)).map(|r| (r.position, r.sigma_m))
}

#[test]
fn val_dead_reckoning_north_east_and_over_the_dateline() {
    // One minute of arc on the mean sphere is 1,853.25 m.
    let minute_m = METRES_PER_DEGREE / 60.0;
    for (course_deg, lat, lon) in [(0.0, 61.0 / 60.0, 0.0), (90.0, 1.0, 1.0 / 60.0), (180.0, 59.0 / 60.0, 0.0)] {
        let mut picture = TrafficPicture::new();
        picture.report(&vessel(1, at(1.0, 0.0), 0.0, minute_m / 600.0, course_deg));
        let (place, _) = place_of(&picture, 600.0).expect("there");
        assert!((place.latitude_rad.to_degrees() - lat).abs() < 1e-5, "course {course_deg}");
        assert!((place.longitude_rad.to_degrees() - lon).abs() < 1e-5, "course {course_deg}");
    }
    let mut picture = TrafficPicture::new();
    picture.report(&vessel(1, at(0.0, 179.99), 0.0, minute_m / 60.0, 90.0));
    let (place, _) = place_of(&picture, 120.0).expect("there");
    assert!((place.longitude_rad.to_degrees() + 180.0 - 0.0233).abs() < 1e-3, "{place:?}");
}

#[test]
fn std_fields_keep_their_earlier_value_and_older_positions_change_nothing() {
    let mut picture = TrafficPicture::new();
    picture.report(&Traffic::Vessel(VesselReport { name: Some("NEAR 01".into()), ..report(1, 0.0) }));
    assert_eq!(picture.vessels_at(second(0.0)).count(), 0, "a name is no position");
    picture.report(&vessel(1, at(40.0, 130.0), 10.0, 0.0, 0.0));
    picture.report(&Traffic::Vessel(VesselReport { position: Some(at(41.0, 131.0)), ..report(1, 5.0) }));
    let known = picture.vessels_at(second(20.0)).next().expect("there");
    assert_eq!(known.name.as_deref(), Some("NEAR 01"));
    let place = known.reckoned(second(10.0)).expect("there").position;
    assert!((place.latitude_rad - 40f64.to_radians()).abs() < 1e-12, "reported late, not newer");
}

#[test]
fn std_uncertainty_grows_and_the_stale_are_left_out() {
    let mut picture = TrafficPicture::new();
    picture.report(&vessel(1, at(40.0, 130.0), 0.0, 10.0, 0.0));
    picture.report(&aircraft("71C0AB", at(40.0, 130.0), 0.0, 10_000.0, 250.0));
    let sigma = |at_s: f64| place_of(&picture, at_s).expect("there").1;
    assert!(sigma(0.0) < sigma(60.0) && sigma(60.0) < sigma(600.0));
    assert!(sigma(600.0) < 10.0 * 600.0, "less than all of her way");
    assert_eq!(picture.vessels_at(second(VESSEL_STALE_S)).count(), 1);
    assert_eq!(picture.vessels_at(second(VESSEL_STALE_S + 0.1)).count(), 0);
    assert_eq!(picture.aircraft_at(second(AIRCRAFT_STALE_S)).count(), 1);
    assert_eq!(picture.aircraft_at(second(AIRCRAFT_STALE_S + 0.1)).count(), 0);
}

#[test]
fn bad_values_are_counted_or_left_out() {
    let mut picture = TrafficPicture::new();
    for (lat, lon) in [(f64::NAN, 0.0), (0.0, f64::INFINITY), (91.0, 181.0), (-90.5, 0.0)] {
        picture.report(&vessel(1, at(lat, lon), 0.0, 1.0, 0.0));
    }
    assert_eq!((picture.refused_count(), picture.kept_count()), (4, 0));
    picture.report(&vessel(2, at(40.0, 130.0), 0.0, 1e9, f64::NAN));
    let (place, _) = place_of(&picture, 600.0).expect("there");
    assert!((place.latitude_rad - 40f64.to_radians()).abs() < 1e-12, "an impossible speed moves nothing");
    picture.report(&Traffic::Aircraft(AircraftReport {
        icao: "X".into(),
        time: second(0.0),
        callsign: None,
        position: Some(at(1.0, 1.0)),
        altitude_m: Some(f64::NAN),
        speed_mps: Some(-1.0),
        course_rad: Some(f64::INFINITY),
        climb_mps: Some(1e9),
    }));
    let known = picture.aircraft_at(second(0.0)).next().expect("there");
    assert_eq!((known.altitude_m(second(0.0)), known.speed_mps()), (None, None));
}

#[test]
fn bad_false_targets_push_out_the_oldest_and_never_grow() {
    let mut picture = TrafficPicture::with_room_for(1_000, 10);
    for mmsi in 0..10_000 {
        picture.report(&vessel(mmsi, at(0.0, 0.0), f64::from(mmsi), 1.0, 0.0));
    }
    assert_eq!((picture.kept_count(), picture.forgotten_count()), (1_000, 9_000));
    let kept: Vec<u32> = picture.vessels_at(second(9_999.0)).map(|v| v.mmsi).collect();
    assert_eq!(kept.first().zip(kept.last()), Some((&9_000, &9_999)), "the newest stay, in order");
    const { assert!(VESSEL_COUNT_MAX > 10_000, "ten thousand false ones alone push nobody out") };
}
