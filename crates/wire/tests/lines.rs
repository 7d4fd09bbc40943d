//! Forecast, warning and track lines: exactly what the formats say, and the same when read back.

mod common;

use common::{alert, area, assessment, later, place, utc};
use downrange_earth::Ecef;
use downrange_engine::assess::TrackId;
use downrange_engine::engine::TrackState;
use downrange_engine::plot::SensorIndex;
use downrange_engine::warn::{Reason, RevisionKind};
use downrange_wire::message::Messages;
use downrange_wire::warning::MultiPolygon;
use downrange_wire::{forecast, tracks, warning};
use nalgebra::{Matrix6, Vector3};
use proptest::prelude::*;
use serde_json::{Value, json};

fn messages() -> Messages {
    Messages::new(&["en", "ko", "ja"]).unwrap()
}

fn json_of(line: &str) -> Value {
    assert!(!line.contains('\n') && !line.contains("null"), "{line}");
    serde_json::from_str(line).unwrap()
}

#[test]
fn a_forecast_line_holds_the_fields_of_the_format() {
    let line = json_of(&forecast::line(&assessment()));
    assert_eq!(line["time"], "2022-01-14T05:42:47.123Z");
    assert_eq!((&line["event"], &line["object"]), (&json!("2022-01-14-1"), &json!("2022-01-14-1a")));
    assert_eq!(line["phase"], "midcourse");
    assert_eq!(line["position"], json!({"latitude_deg": 40.2, "longitude_deg": 126.9, "height_m": 33100.0}));
    assert_eq!(line["kind"], json!({"quasi-ballistic": 0.91, "ballistic": 0.06, "glide": 0.03}));
    assert_eq!((&line["band"], &line["reach_km"]), (&json!("short"), &json!(812.0)));
    let launch = &line["launch"];
    assert_eq!((&launch["semi_major_km"], &launch["orientation_deg"]), (&json!(4.1), &json!(71.0)));
    assert_eq!((&launch["region"], &launch["region_local"]), (&json!("North Pyongan"), &json!("평안북도")));
    let areas = line["impact"]["areas"].as_array().unwrap();
    assert_eq!(areas.iter().map(|area| area["probability"].as_f64().unwrap()).collect::<Vec<_>>(), [0.5, 0.95, 0.99]);
    let ring = areas[1]["polygon"].as_array().unwrap();
    assert_eq!((ring.len(), ring.first()), (6, ring.last()));
    assert!(ring.contains(&json!([129.2, 40.3])), "longitude first");
    assert_eq!(line["evidence"]["plots_count"], 52);
}

#[test]
fn what_is_not_known_is_absent() {
    let mut unknown = assessment();
    (unknown.launch, unknown.impact, unknown.band, unknown.range_m) = (None, None, None, None);
    let line = json_of(&forecast::line(&unknown));
    for field in ["launch", "impact", "band", "range_km"] {
        assert!(line.get(field).is_none(), "{field}");
    }
}

#[test]
fn an_area_over_the_antimeridian_goes_on_in_forecasts_and_is_cut_in_warnings() {
    let corners = [[179.0, 40.0], [182.0, 40.0], [182.0, 42.0], [179.0, 42.0]];
    let mut far = assessment();
    let impact = far.impact.as_mut().unwrap();
    (impact.position, impact.areas) = (place(-179.0, 41.0), vec![area(0.95, &corners)]);
    let parsed = forecast::parse(&forecast::line(&far), 1, "f").unwrap().impact.unwrap();
    assert_eq!(parsed.longitude_deg, -179.0);
    assert!(parsed.areas[0].polygon.iter().all(|corner| (-181.0..=-178.0).contains(&corner[0])));

    let mut warned = alert();
    warned.areas = vec![area(0.95, &corners)];
    let Some(MultiPolygon::MultiPolygon { coordinates }) =
        warning::parse(&warning::line(&warned, &messages()), 1, "w").unwrap().area
    else {
        panic!("an area")
    };
    assert_eq!(coordinates.len(), 2);
    for ring in coordinates.iter().flatten() {
        assert_eq!(ring.first(), ring.last());
        assert!(ring.iter().all(|corner| corner[0].abs() <= 180.0));
    }
}

#[test]
fn a_warning_line_holds_the_fields_of_the_format() {
    let line = json_of(&warning::line(&alert(), &messages()));
    assert_eq!((&line["id"], &line["revision"], &line["kind"]), (&json!("2022-01-14-1-W"), &json!(1), &json!("alert")));
    assert_eq!((&line["status"], &line["objects"]), (&json!("Test"), &json!(["2022-01-14-1a"])));
    assert_eq!(line["onset"], "2022-01-14T05:44:51.500Z");
    assert_eq!(line["area"]["type"], "MultiPolygon");
    assert_eq!(line["area"]["coordinates"][0][0][0].as_array().unwrap().len(), 2);
    assert_eq!(
        line["vessels"],
        json!([{"mmsi": 273000100, "name": "NEAR 01 <&>", "seconds_to_impact": 161, "probability": 0.0123}])
    );
    assert_eq!(line["aircraft"], json!([{"icao": "71C0AB", "callsign": "AIR107", "probability": 0.0001}]));
    assert_eq!(line["zones"], json!([{"id": "JA01", "name": "Hokkaido", "probability": 0.02}]));
    for language in ["en", "ko", "ja"] {
        assert!(line["headline"][language].as_str().unwrap().len() > 20);
    }
}

#[test]
fn lines_are_the_same_after_reading_them_back() {
    let line = forecast::line(&assessment());
    assert_eq!(serde_json::to_string(&forecast::parse(&line, 1, "f").unwrap()).unwrap(), line);
    for revision in [
        alert(),
        later(RevisionKind::Update, Reason::AreaChanged),
        later(RevisionKind::Cancel, Reason::NoThreat),
        later(RevisionKind::AllClear, Reason::AllDown),
    ] {
        let line = warning::line(&revision, &messages());
        assert_eq!(serde_json::to_string(&warning::parse(&line, 1, "w").unwrap()).unwrap(), line);
    }
}

#[test]
fn bad_lines_are_errors_with_their_place() {
    let line = forecast::line(&assessment());
    let error = forecast::parse(&line.replace("2022-01-14T05:42:47.123Z", "noon"), 9, "forecasts.jsonl").unwrap_err();
    assert!(error.to_string().starts_with("forecasts.jsonl:9: field `time` is \"noon\""), "{error}");
    for end in (0..line.len()).filter(|&end| line.is_char_boundary(end)) {
        assert!(forecast::parse(&line[..end], 1, "f").is_err());
    }
    let line = warning::line(&alert(), &messages());
    assert!(warning::parse(&line.replace("MultiPolygon", "Point"), 1, "w").is_err());
    assert!(warning::parse(&line.replace("\"kind\":\"alert\",", ""), 1, "w").is_err());
    assert!(warning::parse("", 1, "w").is_err());
}

#[test]
fn a_track_line_has_its_covariance_row_by_row() {
    let covariance = Matrix6::from_fn(|row, column| (row * 6 + column) as f64);
    let state = TrackState {
        time: utc("2022-01-14T05:42:47.123Z"),
        track: TrackId(7),
        position: Ecef(Vector3::new(1.0, 2.0, 3.0)),
        velocity_mps: Vector3::new(4.0, 5.0, 6.0),
        covariance,
        last_sensor: SensorIndex(0),
    };
    let line = json_of(&tracks::line(&state));
    assert_eq!(line["track"], 7);
    assert_eq!(line["position_m"], json!([1.0, 2.0, 3.0]));
    let numbers: Vec<f64> = line["covariance"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
    assert_eq!(numbers, (0..36).map(f64::from).collect::<Vec<_>>());
}

proptest! {
    #[test]
    fn prop_kinds_sum_to_one(weights in prop::array::uniform10(0.0..1.0f64)) {
        let sum: f64 = weights.iter().sum();
        prop_assume!(sum > 1e-3);
        let mut any = assessment();
        any.kind.0 = weights.map(|weight| weight / sum);
        let kind = forecast::parse(&forecast::line(&any), 1, "f").unwrap().kind;
        prop_assert!((kind.values().sum::<f64>() - 1.0).abs() < 1e-9);
        for (index, named) in downrange_engine::assess::Kind::ALL.iter().enumerate() {
            let written = kind.get(named.word()).copied().unwrap_or(0.0);
            prop_assert!((written - any.kind.0[index]).abs() <= 1e-3);
        }
    }

    #[test]
    fn prop_nothing_read_panics(text in "\\PC{0,200}") {
        _ = forecast::parse(&text, 1, "f");
        _ = warning::parse(&text, 1, "w");
        _ = downrange_wire::navarea::parse(&text);
        _ = downrange_wire::cap::check(&text);
        _ = downrange_wire::sbs::parse_line(&text, 1, "s");
        _ = downrange_wire::sensors::read(&text, "s");
        _ = downrange_wire::watch::read(&text, "w");
        _ = downrange_wire::zones::read(&text, "z");
        _ = downrange_wire::ais::AisReader::new().parse_line(&text, 1, "v");
    }
}
