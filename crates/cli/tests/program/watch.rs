//! What too few independent witnesses have seen is watched: said on the terminal and in the report, and nobody is alerted.

use crate::world::{World, rail};
use std::fs;

/// The launch as one of its radars alone saw it, under this policy.
fn seen_by_one_radar(policy: &str) -> World {
    let world = rail();
    let plots = fs::read_to_string(world.folder().join("plots.jsonl")).unwrap();
    let is_its = |line: &&str| line.contains("\"sensor\": \"radar-east-coast\"");
    world.write("plots.jsonl", plots.lines().filter(is_its).map(|line| format!("{line}\n")).collect::<String>());
    world.write("watch.toml", policy);
    world
}

#[test]
fn std_one_witness_is_a_watch_unless_policy_says_otherwise() {
    let world = seen_by_one_radar("");
    let ran = world.replay();
    assert_eq!(ran.code, 0, "{}", ran.err);
    let watches: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("watch   ")).collect();
    let is_it = watches.len() == 1 && watches[0].contains("2022-01-14-1a from 2022-01-14T05:4");
    assert!(
        is_it && watches[0].ends_with("no alert, fewer independent witnesses than the 2 that one needs"),
        "{}",
        ran.out
    );
    assert_eq!(fs::read_to_string(world.out().join("warnings.jsonl")).unwrap(), "");
    let report = fs::read_to_string(world.out().join("report.html")).unwrap();
    assert!(report.contains("<b>1</b><span>watch without an alert</span>"));
    assert!(report.contains("2022-01-14-1a: a watch, no alert: fewer independent witnesses than the 2"));

    let trusting = seen_by_one_radar("independent_paths_min = 1\n");
    let ran = trusting.replay();
    assert!(ran.code == 0 && !ran.out.contains("watch   "), "{} {}", ran.out, ran.err);
    assert!(fs::read_to_string(trusting.out().join("warnings.jsonl")).unwrap().contains("\"kind\":\"alert\""));
}
