//! What a replay leaves: every file of the contract, and each readable.

use crate::world::{World, plots, replayed_rail, run, text};
use downrange_wire::{forecast, warning};
use serde_json::Value;
use std::fs;

#[test]
fn a_replay_leaves_every_file_and_each_can_be_read() {
    let out = replayed_rail().out();
    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    let (forecasts, warnings) = (read("forecasts.jsonl"), read("warnings.jsonl"));
    let mut objects = Vec::new();
    for (index, line) in forecasts.lines().enumerate() {
        objects.push(forecast::parse(line, index as u64 + 1, "forecasts.jsonl").unwrap().object);
    }
    let events: Value = serde_json::from_str(&read("events.json")).unwrap();
    let mut last_kind = String::new();
    for (index, line) in warnings.lines().enumerate() {
        let said = warning::parse(line, index as u64 + 1, "warnings.jsonl").unwrap();
        for ending in ["cap.xml", "navarea.txt"] {
            let message = read(&format!("messages/{}-r{}.{ending}", said.id, said.revision));
            assert!(message.len() > 100, "{message}");
        }
        assert_eq!(said.status, "Test");
        let event = events["events"].as_array().unwrap().iter().find(|event| event["event"] == said.event.as_str());
        let event = event.unwrap_or_else(|| panic!("{} is not in events.json", said.event));
        assert!(event["warnings"].as_array().unwrap().contains(&said.id.clone().into()));
        for object in &said.objects {
            assert!(objects.contains(object), "{object} is warned of, but was never forecast");
            assert!(event["objects"].as_array().unwrap().iter().any(|one| one["object"] == object.as_str()));
        }
        last_kind = said.kind;
    }
    // Long after the last line of the recording the engine is still woken until nothing is in force.
    assert_eq!(last_kind, "all-clear");
    assert!(read("report.html").starts_with("<!doctype html>"));
    assert!(!out.join("tracks.jsonl").exists());
}

#[test]
fn tracks_are_written_when_they_are_asked_for() {
    let world = World::of_plots(&plots(3));
    let (folder, out) = (world.folder(), world.out());
    assert_eq!(run(&["replay", text(&folder), "--out", text(&out), "--tracks", "--quiet"]).code, 0);
    assert!(out.join("tracks.jsonl").exists());
    let quiet = run(&["replay", text(&folder), "--out", text(&out), "--quiet"]);
    assert_eq!((quiet.out.lines().count(), quiet.err.as_str()), (1, ""));
    assert!(!out.join("tracks.jsonl").exists());
}
