//! `study`: the same bytes with any number of threads, and a watch folder of a world that looked odd.

use crate::world::{Ran, run, text};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn study(arguments: &[&str], out: &Path) -> Ran {
    let all: Vec<&str> = ["study"].into_iter().chain(arguments.iter().copied()).chain(["--out", text(out)]).collect();
    run(&all)
}

fn json(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("study.json")).unwrap()).unwrap()
}

#[test]
fn one_thread_or_two_make_the_same_study() {
    let folder = TempDir::new().unwrap();
    let [one, two] = ["1", "2"].map(|threads| {
        let out = folder.path().join(threads);
        let ran = study(&["--flights", "4", "--seed", "1", "--threads", threads, "--forecasts"], &out);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        assert!(ran.out.contains("4 of 4 worlds judged (seeds from 1),"), "{}", ran.out);
        out
    });
    for name in ["study.json", "study.html", "forecasts.csv", "launches.csv"] {
        assert_eq!(fs::read(one.join(name)).unwrap(), fs::read(two.join(name)).unwrap(), "{name}");
    }
    let found = json(&one);
    assert_eq!((found["asked"].as_u64(), found["judged"].as_u64()), (Some(4), Some(4)));
    let seeds: Vec<u64> = found["worlds"].as_array().unwrap().iter().map(|w| w["seed"].as_u64().unwrap()).collect();
    assert_eq!(seeds, [1, 2, 3, 4]);
    let after = &found["coverage"]["after_burnout"];
    assert!(after["forecasts"].as_u64().unwrap() > 100, "{after}");
    let inside: Vec<f64> = after["inside_fraction"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
    assert!(inside.is_sorted() && inside[2] <= 1.0, "the larger area holds what the smaller holds: {inside:?}");
    let by_kind = found["coverage"]["by_kind"].as_array().unwrap();
    let sum: u64 = by_kind.iter().map(|row| row["forecasts"].as_u64().unwrap()).sum();
    assert_eq!(Some(sum), after["forecasts"].as_u64());

    let table = |name: &str| fs::read_to_string(one.join(name)).unwrap();
    let launched = found["launch"]["said"][0]["flights"].as_u64().unwrap() as usize;
    let (launches, forecasts) = (table("launches.csv"), table("forecasts.csv"));
    assert!(launched > 0 && launches.lines().count() == 1 + 2 * launched, "as said first and last: {launches}");
    for text in [&launches, &forecasts] {
        let columns = |line: &str| line.matches(',').count();
        // The names of kinds of flights have commas of their own.
        let quoted = |line: &str| line.split('"').nth(1).map_or(0, columns);
        let asked = columns(text.lines().next().unwrap());
        assert!(text.lines().all(|line| columns(line) - quoted(line) == asked), "{text}");
    }
    assert!(forecasts.lines().count() as u64 > after["forecasts"].as_u64().unwrap(), "boost is there, too");

    let page = fs::read_to_string(one.join("study.html")).unwrap();
    assert!(page.matches("<svg").count() == 4 && !page.contains("{{") && !page.contains("://"), "self-contained");
}

#[test]
fn a_quiet_sky_is_watched_and_its_warnings_counted() {
    let folder = TempDir::new().unwrap();
    let ran = study(&["--quiet-hours", "0.02", "--seed", "3"], folder.path());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let found = json(folder.path());
    assert_eq!(found["worlds"][0]["duration_s"].as_f64(), Some(72.0));
    assert!(found["worlds"][0]["plots"].as_u64().unwrap() > 500);
    assert_eq!(found["warned"].as_u64(), Some(0), "{found}");
}

#[test]
fn a_world_of_a_study_can_be_looked_at() {
    let folder = TempDir::new().unwrap();
    let world = folder.path().join("world");
    let ran = study(&["--folder-of", "0"], &world);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    for name in ["sensors.toml", "plots.jsonl.zst", "vessels.nmea", "aircraft.sbs", "zones.geojson", "truth.json"] {
        assert!(world.join(name).exists(), "{name}");
    }
}

#[test]
fn bad_arguments_of_a_study() {
    let folder = TempDir::new().unwrap();
    for arguments in [
        &[][..],
        &["--flights", "0"],
        &["--flights", "2", "--quiet-hours", "1"],
        &["--quiet-hours", "-1"],
        &["--flights", "2", "--threads", "0"],
        &["--flights", "2", "--seed", "-1"],
    ] {
        let ran = study(arguments, folder.path());
        assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{arguments:?}: {}", ran.err);
    }
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let ran = study(&["--folder-of", "1"], &file.join("below"));
    assert_eq!((ran.code, ran.err.lines().count()), (1, 1), "{}", ran.err);
}
