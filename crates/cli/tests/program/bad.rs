//! Ways in which what comes in can be wrong, and what then happens, to the word.

use crate::world::{SENSORS, World, plot, plots, program, ran, run, text};
use downrange_cli::journal::{Kind, Reader};
use std::fs;
use std::io::Write;
use std::process::Stdio;

/// Payloads of a kind in the journal of a world.
fn payloads(world: &World, kind: Kind) -> Vec<String> {
    let entries = Reader::open(&world.journal()).unwrap().entries().unwrap();
    entries.iter().filter(|entry| entry.kind == kind).map(|entry| entry.text().into_owned()).collect()
}

/// Replays a bad line between good ones: it must be counted, journaled with this reason, and skipped.
fn bad_line(line: String, reason: &str) {
    let mut lines = plots(6);
    lines.insert(3, line);
    let world = World::of_plots(&lines);
    let ran = world.replay();
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.err, format!("notice: 1 bad lines were skipped; the first: plots.jsonl:4: {reason}\n"));
    assert!(ran.out.starts_with("6 plots and 0 reports"), "{}", ran.out);
    assert_eq!(payloads(&world, Kind::BadLine), [reason]);
    assert_eq!(payloads(&world, Kind::Plot).len(), 7);
    assert_eq!(run(&["verify", text(&world.journal())]).code, 0);
}

#[test]
fn bad_plot_from_an_unknown_sensor() {
    bad_line(
        plot(3).replace("radar-east", "radar-moon"),
        "field `sensor` is radar-moon; allowed: the id of a sensor in sensors.toml",
    );
}

#[test]
fn bad_azimuth_of_400_degrees() {
    bad_line(plot(3).replace("315.0", "400.0"), "field `azimuth_deg` is 400; allowed: from 0 to below 360");
}

#[test]
fn bad_numbers_that_are_none_or_infinite() {
    for number in ["NaN", "Infinity", "-Infinity", "1e999", "null", "\"300000\""] {
        let world = World::of_plots(&[plot(0), plot(1).replace("300000.0", number), plot(2)]);
        let ran = world.replay();
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.err.starts_with("notice: 1 bad lines were skipped; the first: plots.jsonl:2: "), "{}", ran.err);
        assert!(ran.err.contains("range_m"), "{}", ran.err);
        assert_eq!(ran.err.lines().count(), 1);
        assert_eq!(payloads(&world, Kind::BadLine).len(), 1);
    }
}

#[test]
fn bad_time_running_backwards_by_a_day() {
    let mut lines = plots(6);
    lines.insert(3, plot(3).replace("2022-01-14", "2022-01-13"));
    let world = World::of_plots(&lines);
    let ran = world.replay();
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.err, "notice: 1 plots not used: received before what was received last\n");
    assert!(ran.out.starts_with("7 plots and 0 reports of ships and aircraft, 5 s of events"), "{}", ran.out);
    // Config: program, sensors, provinces; then four plots.
    let refused = [r#"{"plot":7,"reason":"received before what was received last"}"#];
    assert_eq!(payloads(&world, Kind::Refused), refused);
}

#[test]
fn bad_plots_cut_in_the_middle_of_a_line() {
    let whole = plots(5).join("\n");
    let world = World::of_plots(&[]);
    world.write("plots.jsonl", &whole[..whole.len() - 60]);
    let ran = world.replay();
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.starts_with("notice: 1 bad lines were skipped; the first: plots.jsonl:5: "), "{}", ran.err);
    assert!(ran.out.starts_with("4 plots"), "{}", ran.out);
}

#[test]
fn bad_compressed_plots_cut_off() {
    // Lines that differ, so that they do not all fit into the last block.
    let lines: Vec<String> =
        (0..3_000).map(|at| plot(at / 3).replace("300000.0", &format!("{}.5", 200_000 + at * 37))).collect();
    let packed = zstd::encode_all(lines.join("\n").as_bytes(), 1).unwrap();
    let world = World::empty();
    world.write("sensors.toml", SENSORS);
    world.write("plots.jsonl.zst", &packed[..packed.len() * 2 / 3]);
    let ran = world.replay();
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(payloads(&world, Kind::Broken), ["plots.jsonl.zst: the compressed file ends too early"]);
    assert!(ran.err.contains("the compressed file ends too early"), "{}", ran.err);
    let read = payloads(&world, Kind::Plot).len();
    assert!((100..3_000).contains(&read), "{read} of 3000");
    assert_eq!(run(&["verify", text(&world.journal())]).code, 0);
}

#[test]
fn bad_bytes_and_endless_lines() {
    let world = World::of_plots(&[]);
    let mut content = vec![0xff, 0xfe, b'\n'];
    content.extend(vec![b'x'; 3_000_000]);
    content.extend(format!("\n\n{}\n", plot(0)).bytes());
    world.write("plots.jsonl", content);
    let ran = world.replay();
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.err.starts_with("notice: 2 bad lines were skipped; the first: plots.jsonl:1: a line that is not UTF-8")
    );
    assert!(ran.err.len() < 2_000 && ran.err.lines().count() == 1, "{}", ran.err);
    assert!(ran.out.starts_with("1 plots"), "{}", ran.out);
}

#[test]
fn bad_sensor_file_with_a_missing_field() {
    let world = World::of_plots(&plots(3));
    world.write("sensors.toml", SENSORS.replacen("period_s = 1.0\n", "", 1));
    let ran = world.replay();
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err, "error: sensors.toml:1: field `sensor[0].period_s` is missing; allowed: seconds above 0\n");
    assert!(!world.out().exists(), "nothing is written before the configuration is good");
}

#[test]
fn bad_rule_that_is_misspelt() {
    let world = World::of_plots(&plots(3));
    world.write("watch.toml", "alert_probabilty = 0.5\n");
    let ran = world.replay();
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.starts_with("error: watch.toml:1: field `alert_probabilty` is an unknown field; allowed: status, ")
    );
    assert_eq!(ran.err.lines().count(), 1);
}

#[test]
fn bad_folders() {
    let world = World::empty();
    let folder = world.folder();
    let ran = world.replay();
    assert_eq!(ran.code, 2);
    let allowed = "allowed: a watch folder with sensors.toml and plots.jsonl or plots.jsonl.zst\n";
    assert_eq!(ran.err, format!("error: {}/sensors.toml: there is no such file; {allowed}", folder.display()));

    world.write("sensors.toml", SENSORS);
    let ran = world.replay();
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err, format!("error: {}/plots.jsonl: there is no such file; {allowed}", folder.display()));

    let ran = run(&["replay", "/nonexistent", "--out", text(&world.out())]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1));
    assert!(ran.err.starts_with("error: /nonexistent: "), "{}", ran.err);
}

#[test]
fn bad_output_folder_is_work_that_failed() {
    let world = World::of_plots(&plots(3));
    fs::write(world.out(), "a file").unwrap();
    let ran = world.replay();
    assert_eq!((ran.code, ran.err.lines().count()), (1, 1), "{}", ran.err);
}

#[test]
fn bad_arguments_are_one_line() {
    for arguments in [
        &["replay", "x", "--out", "y", "--speed", "0"][..],
        &["replay"],
        &["fly"],
        &["track", "x", "--associator", "nearest", "--out", "y"],
        &["explain", "W"],
    ] {
        let ran = run(arguments);
        assert_eq!((ran.code, ran.err.lines().count(), ran.out.as_str()), (2, 1, ""), "{arguments:?}: {}", ran.err);
    }
    let ran = run(&["track", "x", "--associator", "nearest", "--out", "y"]);
    assert!(ran.err.contains("'nearest'") && ran.err.contains("gnn, lbp, jpda, set-jpda, mht, pmbm"), "{}", ran.err);
}

#[test]
fn recorded_data_is_never_actual() {
    let world = World::of_plots(&plots(3));
    world.write("watch.toml", "status = \"Actual\"\n");
    let ran = world.replay();
    assert_eq!(ran.code, 0);
    assert_eq!(ran.err, "notice: watch.toml: field `status` is Actual; recorded data is said as Test\n");
    assert_eq!(run(&["verify", text(&world.journal())]).code, 0);
}

#[test]
fn plots_from_standard_input_are_the_same_as_from_a_file() {
    let world = World::of_plots(&plots(5));
    let from_file = world.replay();
    let mut child = program()
        .args(["replay", text(&world.folder()), "--plots", "-", "--out", text(&world.out())])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(plots(5).join("\n").as_bytes()).unwrap();
    assert_eq!(ran(child.wait_with_output().unwrap()).hash(), from_file.hash());
}
