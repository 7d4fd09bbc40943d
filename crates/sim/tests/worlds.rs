//! Whole worlds: the same bytes from the same seed, files that can be read, and errors that say where.

use downrange_sim::{Options, Scenario, World, draw};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;

fn text(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/scenarios");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn world(text: &str) -> World {
    Scenario::parse(text, "test.toml").unwrap().run(|_| ()).unwrap()
}

/// The files of a world, by name; those that are not text are left out.
fn files(world: &World) -> BTreeMap<String, String> {
    world.write().into_iter().filter_map(|(name, bytes)| Some((name, String::from_utf8(bytes).ok()?))).collect()
}

#[test]
fn same_seed_same_bytes_other_seed_other_bytes() {
    let rail =
        text("rail.toml").replace("duration_s = 1200", "duration_s = 200").replace("start_s = 705", "start_s = 105");
    let first = world(&rail).write();
    assert_eq!(first, world(&rail).write());
    let other = world(&rail.replace("seed = 2301", "seed = 2302")).write();
    assert_eq!(first.iter().map(|f| &f.0).collect::<Vec<_>>(), other.iter().map(|f| &f.0).collect::<Vec<_>>());
    for (one, two) in first.iter().zip(&other).filter(|(one, _)| one.0 != "sensors.toml") {
        assert_ne!(one.1, two.1, "{}", one.0);
    }
}

#[test]
fn every_worked_scenario_makes_a_readable_folder() {
    for (name, falling) in
        [("rail.toml", 2), ("overflight.toml", 1), ("quiet.toml", 0), ("reentry.toml", 18), ("salvo.toml", 8)]
    {
        let world = world(&text(name));
        assert_eq!(world.objects.iter().filter(|o| o.falls).count(), falling, "{name}");
        let files = files(&world);
        let truth: serde_json::Value = serde_json::from_str(&files["truth.json"]).unwrap();
        for object in truth["objects"].as_array().unwrap() {
            let path = &files[&format!("truth/{}.csv", object["name"].as_str().unwrap())];
            assert_eq!(path.lines().next().unwrap().split(',').count(), 10);
            let last = path.lines().last().unwrap();
            let end_s: f64 = last.split(',').next().unwrap().parse().unwrap();
            assert!((end_s - object["end_s"].as_f64().unwrap()).abs() < 1e-3);
            if object["falls"] == true {
                let height_m: f64 = last.rsplit(',').next().unwrap().parse().unwrap();
                assert!(height_m.abs() < 1.0, "{name} {}: {height_m}", object["name"]);
            }
        }
        assert_eq!(truth["vessels"].as_array().unwrap().len(), world.vessels.len());
        // What is written as sensors is again a scenario's sensors.
        let again = format!("title='a'\nepoch='2024-01-01T00:00:00Z'\nduration_s=1\nseed=1\n{}", files["sensors.toml"]);
        let mut sensors = Scenario::parse(&again, "again").unwrap().sensors;
        for (read, written) in sensors.iter_mut().zip(&world.sensors) {
            assert!((read.position.latitude_rad - written.position.latitude_rad).abs() < 1e-9);
            (read.position, read.fault) = (written.position, written.fault.clone());
            assert_eq!(format!("{:?}", read.kind).len(), format!("{:?}", written.kind).len());
            assert_eq!((&read.id, read.period_s, &read.path), (&written.id, written.period_s, &written.path));
        }
        assert_eq!(sensors.len(), world.sensors.len());
    }
}

#[test]
fn plots_arrive_in_order_and_say_what_the_format_asks() {
    let world = world(&text("salvo.toml").replace("duration_s = 1200", "duration_s = 150"));
    let mut last = String::new();
    let (mut late, mut radar, mut infrared) = (0, 0, 0);
    let mut before = String::new();
    for line in world.plot_lines().lines() {
        let plot: serde_json::Value = serde_json::from_str(line).unwrap();
        let received = plot["received"].as_str().unwrap().to_string();
        assert!(received >= last && received.len() == 27 && received.ends_with('Z'));
        let time = plot["time"].as_str().unwrap().to_string();
        late += usize::from(time < before);
        (last, before) = (received, time);
        if let Some(sight) = plot["line_of_sight"].as_array() {
            let norm: f64 = sight.iter().map(|x| x.as_f64().unwrap() * x.as_f64().unwrap()).sum();
            assert!((norm - 1.0).abs() < 1e-9);
            infrared += 1;
        } else {
            assert!(plot["range_m"].as_f64().unwrap() > 0.0);
            assert!((0.0..360.0).contains(&plot["azimuth_deg"].as_f64().unwrap()));
            assert!((-90.0..=90.0).contains(&plot["elevation_deg"].as_f64().unwrap()));
            radar += 1;
        }
    }
    assert!(late > 50 && radar > 1_000 && infrared > 50, "{late} {radar} {infrared}");
    // What is packed is what is told.
    let packed = world.write().into_iter().find(|f| f.0 == "plots.jsonl.zst").unwrap().1;
    let mut plain = String::new();
    let mut decoder = ruzstd::decoding::StreamingDecoder::new(packed.as_slice()).unwrap();
    std::io::Read::read_to_string(&mut decoder, &mut plain).unwrap();
    assert!(plain == world.plot_lines());
}

#[test]
fn drawn_scenarios_can_be_flown() {
    let options = Options { traffic_count: 2, ..Options::default() };
    let mut flown = 0;
    for seed in 0..12 {
        let mut scenario = draw(seed, &options);
        scenario.duration_s = 60.0;
        let made = scenario.run(|_| ()).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        flown += made.objects.iter().filter(|o| o.falls).count();
    }
    assert!(flown > 12);
}

/// The error that a change to the worked salvo makes: line found by the text that was put in.
fn wrong(from: &str, to: &str) -> String {
    let good = text("salvo.toml");
    assert!(good.contains(from), "{from}");
    let bad = good.replacen(from, to, 1);
    let error = Scenario::parse(&bad, "s.toml").unwrap_err();
    let lines: Vec<usize> =
        (1..).zip(bad.lines()).filter(|(_, text)| text.contains(to)).map(|(line, _)| line).collect();
    if let [line] = lines.as_slice() {
        assert_eq!(error.line, Some(*line), "{error}");
    }
    error.to_string()
}

#[test]
fn bad_scenarios_say_file_line_field_value_and_what_is_allowed() {
    for (from, to, field, allowed) in [
        ("apogee_km = 85", "apogee_km = -85", "apogee_km", "a number from 15 to 9000"),
        ("apogee_km = 85", "apogee_km = nan", "apogee_km", "a number from"),
        ("burn_s = 52", "burn_s = inf", "burn_s", "a number from"),
        ("burn_s = 52", "burn_s = \"52\"", "burn_s", "a number from"),
        ("kind = \"glide\"", "kind = \"glid\"", "kind", "quasi-ballistic, glide"),
        ("name = \"low\"", "name = \"../low\"", "name", "letters, digits"),
        ("name = \"short-again\"", "name = \"short\"", "name", "no other flight"),
        ("kind = \"radar\"", "kind = \"lidar\"", "kind", "radar or infrared"),
        ("azimuth_deg = [320, 140]", "azimuth_deg = [320, 440]", "azimuth_deg[1]", "from 0 to 360"),
        ("range_m = [2000.0, 800000.0]", "range_m = [2000.0, 20.0]", "range_m", "the first below the second"),
        ("damping = 0.05", "dampling = 0.05", "dampling", "damping"),
        ("seed = 2405", "seed = -1", "seed", "a whole number"),
        ("stages = 2", "stages = 2.5", "stages", "a whole number from 1 to 4"),
        ("duration_s = 1200", "duration_s = 0", "duration_s", "from 1 to 21600"),
        ("epoch = \"2024-02-29", "epoch = \"2023-02-29", "epoch", "UTC as"),
        (
            "latitude_deg = 41.5, longitude_deg = 137.3",
            "latitude_deg = 39.35, longitude_deg = 127.4",
            "fall",
            "50 and 15000 km",
        ),
        ("outages_s = [[240, 270]]", "outages_s = [[270, 240]]", "outages_s[0]", "the first below the second"),
        ("[delay]", "[delay", "TOML", "TOML 1.0"),
    ] {
        let said = wrong(from, to);
        assert!(said.starts_with("s.toml:") && said.contains(field) && said.contains(allowed), "{to}: {said}");
    }
    assert!(wrong("seed = 2405\n", "").contains("seed: missing"));
    assert!(wrong("position = { latitude_deg = 37.75, ", "position = { ").contains("latitude_deg: missing"));
    assert!(
        wrong("clutter_per_scan = 0.5", "clutter_per_scan = 9999.0\nfault = { clutter_factor = 900.0 }")
            .contains("at most 20000000")
    );
    assert!(Scenario::parse("", "s.toml").is_err());
}

#[test]
fn bad_flight_that_cannot_end_as_asked_is_named() {
    // No engine lifts a body to 85 km within five seconds and lands it 15,000 km away.
    let bad =
        text("salvo.toml").replacen("range_km = 320", "range_km = 15000", 1).replacen("burn_s = 60", "burn_s = 5", 1);
    let error = Scenario::parse(&bad, "s.toml").unwrap().run(|_| ()).unwrap_err();
    assert_eq!((error.line, error.field.as_str()), (None, "flight short"));
    assert!(error.to_string().contains("15000 km"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is cut out of a scenario or put into it, it is read or refused with a place that exists.
    #[test]
    fn prop_broken_scenarios_are_refused_not_fatal(at in 0usize..6_000, cut in 0usize..40, put in "[-0-9a-z\\[\\]{}=\"\n.é#]{0,12}") {
        let good = text("salvo.toml");
        let (from, to) = (good.floor_char_boundary(at), good.floor_char_boundary(at + cut));
        let broken = format!("{}{put}{}", &good[..from], &good[to..]);
        if let Err(error) = Scenario::parse(&broken, "s.toml") {
            prop_assert!(error.line.is_none_or(|line| line <= broken.lines().count() + 1), "{}", error);
            prop_assert!(!error.field.is_empty() && !error.allowed.is_empty());
        }
    }
}
