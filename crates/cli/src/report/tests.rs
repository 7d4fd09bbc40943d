//! The page as a whole: harmless, self-contained, the same each time, small.

use super::*;
use downrange_earth::{Geodetic, Site};
use downrange_engine::assess::*;
use downrange_engine::plot::{RadarCoverage, SensorIndex, SensorKind};
use downrange_engine::traffic::SurfacePosition;
use downrange_engine::warn::{Reason, RevisionKind};

const EVIL: &str = "</script><script>alert(1)</script><!-- {{data}} \" ' & \u{7}";

fn at(latitude_deg: f64, longitude_deg: f64) -> SurfacePosition {
    SurfacePosition { latitude_rad: latitude_deg.to_radians(), longitude_rad: longitude_deg.to_radians() }
}

fn start() -> Time {
    Time::from_utc_str("2022-01-14T05:40:00Z").unwrap()
}

fn area(probability: f64, corners: usize) -> HazardArea {
    let turn = |i: usize| std::f64::consts::TAU * i as f64 / corners as f64;
    let ring = (0..corners).map(|i| at(40.4 + probability * turn(i).sin(), 129.6 + probability * turn(i).cos()));
    HazardArea::new(probability, ring.collect(), start().plus_s(300.0), start().plus_s(400.0)).unwrap()
}

fn assessment(object: &str, seconds: f64) -> Assessment {
    let mut kind = [0.0; 10];
    (kind[Kind::QuasiBallistic as usize], kind[Kind::Ballistic as usize]) = (0.9, 0.1);
    Assessment {
        time: start().plus_s(seconds),
        event: "2022-01-14-1".into(),
        object: object.into(),
        track: TrackId(1),
        phase: if seconds < 60.0 { Phase::Boost } else { Phase::Midcourse },
        position: Geodetic::from_degrees(40.2, 124.5 + seconds / 100.0, 100.0 * seconds),
        speed_mps: 2_000.0,
        kind: KindProbabilities(kind),
        band: Some(Band::Short),
        reach_m: Some(812e3),
        range_m: Some(431e3),
        apogee_m: Some(36e3),
        launch: Some(Launch {
            time: start(),
            time_sigma_s: 1.0,
            position: at(40.2, 124.5),
            semi_major_m: 4e3,
            semi_minor_m: 2e3,
            orientation_rad: 1.0,
            region: Some("North Pyongan".into()),
            region_local: None,
        }),
        impact: Some(Impact {
            time: start().plus_s(350.0),
            time_sigma_s: 6.0,
            position: at(40.4, 129.6),
            areas: vec![area(0.5, 64), area(0.95, 64), area(0.99, 64)],
            samples: Vec::new(),
        }),
        catalogued: None,
        evidence: Evidence { plots_by_sensor: vec![(SensorIndex(0), 12)], ..Evidence::default() },
    }
}

fn said(name: &str) -> Said {
    let vessel = VesselExposure {
        mmsi: 273_000_100,
        name: Some(name.into()),
        impact_time: start().plus_s(350.0),
        probability: 0.012,
    };
    let revision = Revision {
        time: start().plus_s(30.0),
        id: "2022-01-14-1-W".into(),
        revision: 1,
        kind: RevisionKind::Alert,
        reason: Reason::Launch,
        status: Status::Test,
        event: "2022-01-14-1".into(),
        objects: vec!["2022-01-14-1a".into()],
        region: None,
        object_kind: Kind::QuasiBallistic,
        debris: Vec::new(),
        places: Vec::new(),
        onset: start().plus_s(300.0),
        expires: start().plus_s(1_000.0),
        areas: vec![area(0.95, 64)],
        exposure: Exposure { vessels: vec![vessel], ..Exposure::default() },
        probability: 0.99,
        references: Vec::new(),
    };
    let text = |language: &str| Text {
        language: language.into(),
        headline: format!("{name} in {language}"),
        description: name.into(),
        instruction: name.into(),
    };
    let message = Message { channel: name.into(), file: name.into(), content: format!("<alert>{name}</alert>\r\n") };
    Said { revision, texts: vec![text("en"), text("ko"), text("ja")], messages: vec![message] }
}

fn radar(id: &str) -> Sensor {
    let coverage = RadarCoverage {
        range_min_m: 2e3,
        range_max_m: 9e5,
        azimuth_from_rad: 5.2,
        azimuth_to_rad: 2.2,
        elevation_min_rad: 0.0,
        elevation_max_rad: 1.5,
    };
    Sensor {
        id: id.into(),
        site: Site::new(Geodetic::from_degrees(38.2, 128.55, 350.0)),
        period_s: 1.0,
        detection_probability: 0.9,
        clutter_per_scan: 3.0,
        kind: SensorKind::Radar {
            range_sigma_m: 40.0,
            azimuth_sigma_rad: 1e-3,
            elevation_sigma_rad: 1e-3,
            range_rate_sigma_mps: None,
            coverage,
        },
        path: Some(id.into()),
    }
}

/// A page on which every text from outside is this one.
fn page(name: &str, assessments: &[Assessment]) -> String {
    let vessel = VesselReport {
        mmsi: 273_000_100,
        time: start(),
        position: Some(at(40.4, 129.5)),
        speed_mps: None,
        course_rad: None,
        name: Some(name.into()),
    };
    let aircraft = AircraftReport {
        icao: name.into(),
        time: start(),
        callsign: Some(name.into()),
        position: Some(at(39.0, 130.0)),
        altitude_m: None,
        speed_mps: None,
        course_rad: None,
        climb_mps: None,
    };
    let ring = vec![at(41.0, 140.0), at(41.0, 141.0), at(42.0, 141.0), at(41.0, 140.0)];
    let zone = Zone { id: name.into(), name: name.into(), population: None, polygons: vec![vec![ring.clone()]] };
    let region = Region { name: name.into(), name_local: None, country: name.into(), polygons: vec![vec![ring]] };
    write(&Material {
        title: name,
        program: name,
        status: Status::Test,
        from: start(),
        to: start().plus_s(600.0),
        sensors: &[radar(name)],
        sensor_findings: &[format!("{name}: wrong north, by 3 aircraft")],
        zones: &[zone],
        regions: &[region],
        assessments,
        first_plots: &[("2022-01-14-1a".into(), start().plus_s(6.0))],
        said: &[said(name)],
        watched: &BTreeMap::from([("2022-01-14-1a".into(), start().plus_s(8.0))]),
        witnesses_asked: 2,
        vessels: &[vessel],
        aircraft: &[aircraft],
        counts: Counts::default(),
        journal_hash: Some(name),
        real_time_ratio: None,
    })
}

/// Whether every element that opens closes again, in the right order; otherwise the first that does not.
fn check_elements(html: &str) -> Result<(), String> {
    const VOID: [&str; 4] = ["meta", "input", "br", "link"];
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, after) = after.split_once('>').ok_or("a tag without an end")?;
        rest = after;
        let name = tag.split_whitespace().next().unwrap_or_default();
        if let Some(closed) = name.strip_prefix('/') {
            if open.pop() != Some(closed) {
                return Err(format!("</{closed}> closes what is not open"));
            }
        } else if !name.starts_with('!') && !VOID.contains(&name) {
            open.push(name);
            if name == "script" || name == "style" {
                let end = format!("</{name}>");
                rest = &rest[rest.find(&end).ok_or("a script without an end")?..];
            }
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("left open: {open:?}")) }
}

/// The JSON that the map plays.
fn data_of(html: &str) -> serde_json::Value {
    let (_, after) = html.split_once("id=\"data\">").unwrap();
    serde_json::from_str(after.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn bad_names_from_outside_stay_text() {
    let made = [assessment(EVIL, 10.0), assessment("2022-01-14-1a", 20.0)];
    let (evil, plain) = (page(EVIL, &made), page("plain", &made));
    check_elements(&evil).unwrap();
    assert!(!evil.contains("<script>alert"), "a name became an element");
    assert!(!evil.contains("<alert>"), "a message became an element");
    for tag in ["<script", "<details", "<tr", "<!--"] {
        assert_eq!(evil.matches(tag).count(), plain.matches(tag).count(), "{tag} was brought in by a name");
    }
    assert_eq!(data_of(&evil)["vessels"][0]["name"], EVIL, "the map must still show the name as it is");
}

#[test]
fn the_page_closes_every_element_and_fills_every_place() {
    let html = page("plain", &[assessment("2022-01-14-1a", 10.0)]);
    check_elements(&html).unwrap();
    assert!(!html.contains("{{"), "a place of the template was not filled");
    assert!(check_elements("<p><b></p>").is_err() && check_elements("<p>").is_err(), "the check itself");
}

#[test]
fn the_page_asks_no_network() {
    let html = page("plain", &[assessment("2022-01-14-1a", 10.0)]);
    for word in ["http://", "https://", "src=", "@import", "url(", "fetch(", "XMLHttpRequest", "WebSocket", "//cdn"] {
        assert!(!html.contains(word), "{word} in the page");
    }
}

#[test]
fn the_same_material_gives_the_same_bytes() {
    let made = [assessment("2022-01-14-1a", 10.0), assessment("2022-01-14-1b", 20.0)];
    assert_eq!(page("plain", &made), page("plain", &made));
}

#[test]
fn a_long_event_of_many_objects_stays_below_three_megabytes() {
    let names: Vec<String> = (0..30).map(|i| format!("2022-01-14-1-{i}")).collect();
    let made: Vec<Assessment> =
        (0..200).flat_map(|s| names.iter().map(move |name| assessment(name, 1.3 * f64::from(s)))).collect();
    let html = page("plain", &made);
    assert!(html.len() < 3_000_000, "{} bytes", html.len());
    let objects = data_of(&html)["objects"].as_array().unwrap().clone();
    assert_eq!(objects.len(), names.len());
    let track = objects[0]["track"].as_array().unwrap();
    assert_eq!(track.last().unwrap()[0], 258.7, "the last assessment must stay");
}

#[test]
fn bad_numbers_do_not_break_the_page() {
    let mut a = assessment("2022-01-14-1a", 10.0);
    (a.speed_mps, a.position.latitude_rad, a.reach_m) = (f64::NAN, f64::INFINITY, Some(f64::NAN));
    check_elements(&page("plain", &[a])).unwrap();
    check_elements(&page("plain", &[])).unwrap();
}

#[test]
fn the_timeline_counts_from_the_first_plot() {
    let html = page("plain", &[assessment("2022-01-14-1a", 10.0), assessment("2022-01-14-1a", 70.0)]);
    for words in ["<b>24 s</b><span>first plot to first alert", "+24 s", "engine off", "05:40:06Z"] {
        assert!(html.contains(words), "{words} not in the page");
    }
}

#[test]
fn a_watch_without_an_alert_stands_on_the_page() {
    let html = page("plain", &[assessment("2022-01-14-1a", 10.0)]);
    let words = "2022-01-14-1a: a watch, no alert: fewer independent witnesses than the 2 that an alert needs";
    assert!(html.contains(words) && html.contains("<b>1</b><span>watch without an alert</span>"));
}

#[test]
fn what_was_found_of_a_sensor_stands_on_the_page() {
    let html = page("radar-east", &[assessment("2022-01-14-1a", 10.0)]);
    assert!(html.contains("<li>radar-east: wrong north, by 3 aircraft</li>"));
}
