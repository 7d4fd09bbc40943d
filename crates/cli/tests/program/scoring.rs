//! `score` against the reference scorer, and `simulate` and `track`.

use crate::world::{run, text};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/score").join(name)
}

/// `expected.json` is what the reference scorer (Python, shapely) printed for the same files: two falls, one of them on
/// two tracks, one aircraft that was falsely warned of, one area that crosses itself.
#[test]
fn val_the_figures_are_those_of_the_reference_scorer() {
    let ran = run(&["score", text(&fixture("folder")), text(&fixture("out")), "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let mut found = parse(&ran.out);
    // Figures that the reference does not have.
    let figures = found.as_object_mut().unwrap();
    assert_eq!(figures.remove("share_inside_a_said_area"), Some(Value::from(1.0)));
    assert_eq!(figures.remove("aircraft").unwrap()["aircraft_below"], 0);
    assert_eq!(found, parse(&fs::read_to_string(fixture("expected.json")).unwrap()));
}

#[test]
fn bad_folders_to_score() {
    let folder = TempDir::new().unwrap();
    for arguments in [[folder.path(), &fixture("out")], [&fixture("folder"), folder.path()]] {
        let ran = run(&["score", text(arguments[0]), text(arguments[1])]);
        assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
    }
}

#[test]
fn a_simulated_world_can_be_replayed_and_scored() {
    let folder = TempDir::new().unwrap();
    let scenario = folder.path().join("plane.toml");
    fs::write(&scenario, SCENARIO).unwrap();
    let (world, out) = (folder.path().join("world"), folder.path().join("out"));
    let ran = run(&["simulate", text(&scenario), "--out", text(&world)]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = run(&["replay", text(&world), "--out", text(&out)]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let ran = run(&["score", text(&world), text(&out)]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("falling objects 0, missed 0"), "{}", ran.out);

    fs::write(&scenario, SCENARIO.replace("seed", "sed")).unwrap();
    let ran = run(&["simulate", text(&scenario), "--out", text(&world)]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
}

#[test]
fn the_general_tracker_writes_tracks_and_timings() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, content: &str| fs::write(folder.path().join(name), content).unwrap();
    write(
        "meta.csv",
        "key,value\ndim,2\nscans,3\ndt,1\nq,0.1\nsigma,10\npd,0.9\nside,500\nlam,1\np0_pos,10\np0_vel,3\n",
    );
    write("meas.csv", "scan,truth_id,x,y\n1,0,110.0,100.0\n2,0,120.0,100.0\n");
    write("init.csv", "id,x,vx,y,vy\n7,100,10,100,0\n");
    let (tracks, timings) = (folder.path().join("tracks.csv"), folder.path().join("timings.csv"));
    for associator in ["gnn", "lbp", "jpda", "set-jpda", "mht", "pmbm"] {
        let ran = run(&[
            "track",
            text(folder.path()),
            "--associator",
            associator,
            "--known-starts",
            "--out",
            text(&tracks),
            "--timings",
            text(&timings),
        ]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let rows = fs::read_to_string(&tracks).unwrap();
        let mut rows = rows.lines();
        assert_eq!(rows.next(), Some("scan,track,x,vx,y,vy"));
        assert_eq!(rows.next(), Some("0,7,100,10,100,0"));
        assert_eq!(rows.count(), 2);
        let timings = fs::read_to_string(&timings).unwrap();
        assert!(timings.starts_with("scan,wall_s,cpu_s\n1,0."), "{timings}");
        assert_eq!(timings.lines().count(), 3);
    }
}

/// One aircraft, one radar, thirty seconds.
const SCENARIO: &str = r#"
title = "one plane, one radar"
epoch = "2024-05-01T00:00:00Z"
duration_s = 30
seed = 1
[[sensor]]
id = "radar"
kind = "radar"
position = { latitude_deg = 40.0, longitude_deg = 130.0, height_m = 100 }
period_s = 1.0
detection_probability = 0.9
clutter_per_scan = 1.0
noise = { range_m = 40.0, azimuth_deg = 0.1, elevation_deg = 0.1 }
coverage = { range_m = [2000, 900000], azimuth_deg = [0, 360], elevation_deg = [0.1, 85] }
[traffic]
aircraft = { count = 1, box = { latitude_deg = [40, 41], longitude_deg = [130, 131] } }
"#;
