//! Every example in docs/formats.md is read; the watch folders of the scenarios too, where they are at hand.

use downrange_engine::policy::Policy;
use downrange_wire::ais::AisReader;
use downrange_wire::plots::PlotReader;
use downrange_wire::{forecast, navarea, satellites, sbs, sensors, warning, watch, zones};
use std::path::Path;
use std::process::Command;

const FORMATS: &str = include_str!("../../../docs/formats.md");

/// The example behind a fence that names a file.
fn example(name: &str) -> String {
    let fence = |line: &&str| line.starts_with("```") && line.ends_with(&format!(" {name}"));
    let mut lines = FORMATS.lines().skip_while(|line| !fence(line));
    assert!(lines.next().is_some(), "no example of {name}");
    lines.take_while(|line| !line.starts_with("```")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn every_example_is_read() {
    let sensors = sensors::read(&example("sensors.toml"), "sensors.toml").unwrap();
    assert_eq!(sensors.len(), 2);
    let plots = PlotReader::new(&sensors);
    for line in example("plots.jsonl").lines() {
        plots.parse_line(line, 1, "plots.jsonl").unwrap();
    }
    assert!(AisReader::new().parse_line(&example("vessels.nmea"), 1, "vessels.nmea").unwrap().is_some());
    assert!(sbs::parse_line(&example("aircraft.sbs"), 1, "aircraft.sbs").unwrap().is_some());
    assert_eq!(zones::read(&example("zones.geojson"), "zones.geojson").unwrap()[0].population, Some(1_204_392));
    assert_eq!(
        watch::read(&example("watch.toml"), "watch.toml").unwrap(),
        Policy::default(),
        "the defaults as documented"
    );
    assert_eq!(satellites::read(&example("satellites.tle"), "satellites.tle").unwrap().len(), 1);
    let line = example("forecasts.jsonl");
    assert_eq!(serde_json::to_string(&forecast::parse(&line, 1, "f").unwrap()).unwrap(), line.trim());
    let line = example("warnings.jsonl");
    assert_eq!(serde_json::to_string(&warning::parse(&line, 1, "w").unwrap()).unwrap(), line.trim());
    let parsed = navarea::parse(&example("navarea.txt")).unwrap();
    assert_eq!((parsed.areas[0].corners.len(), parsed.cancels.len()), (5, 1));
}

/// These recordings are not part of this project.
#[test]
fn every_line_of_the_scenarios_is_read() {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/scenarios");
    if !scenarios.exists() || Command::new("zstd").arg("--version").output().is_err() {
        eprintln!("SKIPPED: needs zstd and {}", scenarios.display());
        return;
    }
    for name in ["rail", "reentry"] {
        let folder = scenarios.join(name);
        let text = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
        let sensors = sensors::read(&text("sensors.toml"), "sensors.toml").unwrap();
        let plots = PlotReader::new(&sensors);
        let unpacked = Command::new("zstd").arg("-dcq").arg(folder.join("plots.jsonl.zst")).output().unwrap().stdout;
        let unpacked = String::from_utf8(unpacked).unwrap();
        let received: Vec<_> =
            unpacked.lines().map(|line| plots.parse_line(line, 1, "plots.jsonl").unwrap().received).collect();
        assert!(received.is_sorted() && received.len() > 10_000);
        let mut ais = AisReader::new();
        let vessels = text("vessels.nmea");
        let reports: Vec<_> =
            vessels.lines().filter_map(|line| ais.parse_line(line, 1, "vessels.nmea").unwrap()).collect();
        let names = reports.iter().filter(|report| report.value.name.is_some()).count();
        let positions = reports.iter().filter(|report| report.value.position.is_some()).count();
        assert_eq!(names + positions, reports.len());
        assert!(names >= 40 && positions > 1_000, "{names} {positions}");
        assert!(text("aircraft.sbs").lines().all(|line| sbs::parse_line(line, 1, "aircraft.sbs").unwrap().is_some()));
        assert!(zones::read(&text("zones.geojson"), "zones.geojson").unwrap().len() > 10);
    }
}
