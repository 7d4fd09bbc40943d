//! `library`, `recorded` and `statements`: named events, recorded flights, published figures.

use crate::world::{run, text};
use downrange_cli::library;
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// One event of each of ten families, the quick ones; those that are no launch are told right today.
const HANDFUL: [&str; 10] = [
    "2022-04-16-hamhung-1",
    "airliners-few",
    "formation-of-four",
    "satellite-420-km",
    "tank-falls",
    "meteor-60-kmps",
    "balloon-weather",
    "wind-farm-onshore",
    "north-off-180",
    "drill-one-radar",
];

#[test]
fn a_handful_of_the_library_has_its_shape_and_no_false_warning() {
    let mut events = library::all().unwrap();
    events.retain(|event| HANDFUL.contains(&event.name.as_str()));
    assert_eq!(events.len(), HANDFUL.len());
    let found = library::run(&events, 2, || ()).unwrap();
    assert_eq!((found.totals.events, found.families.len()), (10, 10));
    for (event, found) in events.iter().zip(&found.events) {
        assert_eq!((&event.name, event.is_launch), (&found.name, found.is_launch));
        if event.is_to_be_warned {
            assert!(found.objects > 0, "{}", found.name);
        } else {
            assert!(found.warned_after_s.is_none() && found.false_warned.is_empty(), "{found:?}");
            assert!(found.objects == 0 && found.forecasts == 0, "{found:?}");
        }
    }
    assert!(found.events.iter().all(|found| found.plots > 100), "{:?}", found.totals);
    let page = library::library_page(&found);
    assert!(HANDFUL.iter().all(|name| page.contains(name)) && !page.contains("{{") && !page.contains("://"));
    let again: Value = serde_json::from_str(&found.json()).unwrap();
    assert_eq!(again["events"].as_array().unwrap().len(), 10);
}

/// A turbine that a radar had seen 140 times was a launch for ten minutes after one false plot above it.
#[test]
fn regress_one_false_plot_makes_no_missile_of_a_turbine() {
    let events = library::only(library::all().unwrap(), "wind-farm-offshore").unwrap();
    let found = library::run(&events, 1, || ()).unwrap();
    assert!(found.events[0].warned_after_s.is_none() && found.events[0].false_warned.is_empty(), "{found:?}");
}

#[test]
fn one_event_is_run_by_its_name_and_written_as_a_folder() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let ran = run(&["library", "--only", "meteor-72", "--threads", "1", "--out", text(&out)]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("missed none\nfalse none\n"), "{}", ran.out);
    assert_eq!(json(&out.join("library.json"))["events"][0]["name"], "meteor-72-kmps");
    assert!(out.join("library.html").exists());

    let world = folder.path().join("world");
    let ran = run(&["library", "--folder-of", "meteor-72-kmps", "--out", text(&world)]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(world.join("plots.jsonl.zst").exists() && world.join("truth/meteor.csv").exists());
}

#[test]
fn bad_event_names_are_refused_with_what_is_allowed() {
    let folder = TempDir::new().unwrap();
    let ran = run(&["library", "--only", "nothing-such", "--out", text(folder.path())]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
    assert!(ran.err.contains("nothing-such") && ran.err.contains("drills"), "{}", ran.err);
}

#[test]
fn recorded_flights_are_watched_and_counted() {
    let folder = TempDir::new().unwrap();
    let [fireballs, launch] = ["cneos_fireballs", "spacex_webcast/NROL-76"].map(|name| folder.path().join(name));
    fs::create_dir_all(&fireballs).unwrap();
    fs::create_dir_all(&launch).unwrap();
    let head = "time,lat,lon,alt,v,vx,vy,vz,e,kt\n";
    let rows = "\"2025-02-06 17:52:54\",\"1.7S\",\"130.0E\",\"36.2\",\"17.4\",\"3.4\",\"-16.2\",\"-5.5\",\"1\",\"1\"\n\
                \"2025-02-02 16:30:50\",\"17.7S\",\"24.3E\",\"40.0\",\"\",\"\",\"\",\"\",\"4\",\"1\"\n";
    fs::write(fireballs.join("table.csv"), format!("{head}{rows}")).unwrap();
    // A stage that goes up 10 s by itself and then falls freely: 125 s at 1 km/s along.
    let seconds: Vec<f64> = (0..=120).map(f64::from).collect();
    let height =
        |t: f64| if t < 20.0 { 0.03 * t * t } else { 12.0 + 1.2 * (t - 20.0) - 0.0048 * (t - 20.0) * (t - 20.0) };
    let heights: Vec<f64> = seconds.iter().map(|t| height(*t)).collect();
    let along: Vec<f64> = seconds.iter().map(|t| 1_000.0 * (t / 20.0).min(1.0)).collect();
    let telemetry = serde_json::json!({"time": seconds, "altitude": heights, "velocity_x": along});
    fs::write(launch.join("analysed.json"), telemetry.to_string()).unwrap();
    fs::write(launch.join("events.json"), r#"{"meco": 20, "entry_start": 120}"#).unwrap();

    let out = folder.path().join("out");
    let ran = run(&["recorded", text(folder.path()), "--threads", "2", "--out", text(&out)]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let found = json(&out.join("recorded.json"));
    assert_eq!((found["meteors"][0]["watched"].as_u64(), found["meteors"][0]["left_out"].as_u64()), (Some(1), Some(1)));
    assert!(found["meteors"][0]["seen"].as_u64() == Some(1), "{found}");
    let coast = &found["launches"][0]["coast"];
    assert!(
        (coast["apogee_km"].as_f64().unwrap() - 60.0).abs() < 27.0 && coast["forecasts"].as_u64() > Some(5),
        "{coast}"
    );

    let empty = TempDir::new().unwrap();
    let ran = run(&["recorded", text(empty.path()), "--out", text(&out)]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
    fs::write(
        fireballs.join("table.csv"),
        format!("{head}\"not a time\",\"1S\",\"1E\",\"3\",\"1\",\"1\",\"1\",\"1\",,\n"),
    )
    .unwrap();
    let ran = run(&["recorded", text(folder.path()), "--out", text(&out)]);
    assert!(ran.code == 2 && ran.err.contains("table.csv:2"), "{}", ran.err);
}

#[test]
fn published_figures_that_cannot_be_are_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("facts.csv");
    let head = "event_id,said_by,distance_km,apogee_km,apogee_qualifier,flight_time_s,launch_lat,launch_lon\n";
    let rows = "2022-03-24,KCNA,1090,6248.5,,4052,39.2,125.67\n2022-03-24,Japan MoD,1100,6000,>,4260,39.2,125.67\n\
                2023-02-18,KCNA,989,5768.5,,4015,39.2,125.67\n2023-06-15,Japan MoD,850,50,~,660,39.2,125.67\n2022-01-05,KCNA,700,,,,,\n";
    fs::write(&file, format!("{head}{rows}")).unwrap();
    let ran = run(&["statements", text(&file)]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(ran.out.matches("excluded  ").count(), 1, "{}", ran.out);
    assert!(ran.out.contains("2022-03-24 KCNA: 1090 km far, 6248.5 km high, 4052 s"), "{}", ran.out);
    assert!(
        ran.out.ends_with("5 rows, 4 with range, apogee and time; 1 excluded; 1 lasted too long for a free fall\n")
    );
    let ran = run(&["statements", text(&folder.path().join("absent.csv"))]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
}
