//! Texts, CAP and NAVAREA: whole, in every language, readable by others, and never with a smaller area than warned.

mod common;

use common::{CORNERS, alert, area, later, place, utc};
use downrange_engine::assess::Kind;
use downrange_engine::assess::debris::DebrisBand;
use downrange_engine::policy::Status;
use downrange_engine::warn::{Reason, Revision, RevisionKind};
use downrange_wire::message::Messages;
use downrange_wire::naming::Named;
use downrange_wire::{cap, navarea};
use std::collections::BTreeSet;
use std::process::Command;

const LANGUAGES: [&str; 3] = ["en", "ko", "ja"];

fn messages() -> Messages {
    Messages::new(&LANGUAGES).unwrap()
}

#[test]
fn what_counts_as_named_stands_in_the_text() {
    let revision = alert();
    let text = messages().texts(&revision).remove(0);
    assert!(text.headline.contains("Sea of Japan") && text.description.contains("Hokkaido"), "{text:?}");
    let named = Named::of(&revision);
    let (japan, pacific) = (place(129.58, 40.43), place(155.0, 40.0));
    assert!(named.names(japan, &[]) && named.headline_names(japan, &[]));
    assert!(!named.names(pacific, &[]) && !named.names(pacific, &["JA02"]));
    // A district that is only listed is not in the headline; one that is probably hit takes the place of the sea there.
    assert!(named.names(pacific, &["JA01"]) && !named.headline_names(pacific, &["JA01"]));
    let mut on_land = alert();
    on_land.exposure.zones[0].probability = 0.6;
    assert!(messages().headline(&on_land, "en").contains("Hokkaido"));
    let named = Named::of(&on_land);
    assert!(named.headline_names(pacific, &["JA01"]) && !named.headline_names(japan, &[]) && named.names(japan, &[]));
}

#[test]
fn where_no_sea_is_known_coordinates_are_right_if_the_area_is() {
    let corners = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
    let revision = Revision { areas: vec![area(0.95, &corners)], exposure: Default::default(), ..alert() };
    let named = Named::of(&revision);
    assert!(named.names(place(0.5, 0.5), &[]) && named.headline_names(place(0.5, 0.5), &[]));
    assert!(!named.names(place(1.5, 0.5), &[]) && !named.names(place(129.58, 40.43), &[]));
}

/// Every combination that the texts make a difference for.
fn every_revision() -> Vec<Revision> {
    let mut all = vec![alert()];
    for (kind, reason) in [
        (RevisionKind::Alert, Reason::Reentry),
        (RevisionKind::Update, Reason::AreaChanged),
        (RevisionKind::Update, Reason::ObjectsChanged),
        (RevisionKind::Update, Reason::ExposureChanged),
        (RevisionKind::Update, Reason::Renewed),
        (RevisionKind::Cancel, Reason::NoThreat),
        (RevisionKind::Cancel, Reason::Ordered),
        (RevisionKind::AllClear, Reason::AllDown),
    ] {
        all.push(later(kind, reason));
    }
    for kind in Kind::ALL {
        for count in [1, 3] {
            let objects = (0..count).map(|index| format!("o{index}")).collect();
            all.push(Revision { object_kind: kind, objects, region: None, ..alert() });
        }
    }
    for (lon, lat) in [
        (-160.0, -30.0),
        (124.0, 35.5),
        (129.0, 34.4),
        (125.0, 29.0),
        (115.0, 15.0),
        (130.0, 20.0),
        (149.0, 52.0),
        (160.0, 40.0),
    ] {
        let corners = [[lon, lat], [lon + 0.2, lat], [lon + 0.1, lat + 0.2]];
        all.push(Revision { areas: vec![area(0.95, &corners)], exposure: Default::default(), ..alert() });
    }
    all.push(Revision { areas: Vec::new(), ..later(RevisionKind::Cancel, Reason::NoThreat) });
    all
}

fn keys(language: &str) -> BTreeSet<String> {
    let path = format!("{}/messages/{language}.ftl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let defined = text.lines().filter(|line| line.starts_with(|letter: char| letter.is_ascii_lowercase()));
    defined.filter_map(|line| line.split_once(" =")).map(|(key, _)| key.to_string()).collect()
}

#[test]
fn every_language_has_the_same_keys() {
    // Names of provinces are only for languages that write them neither in English nor in the local script.
    let common =
        |language| keys(language).into_iter().filter(|key| !key.starts_with("region-")).collect::<BTreeSet<_>>();
    assert!(common("en").len() > 40);
    for language in LANGUAGES {
        assert_eq!(common(language), common("en"), "{language}");
    }
}

#[test]
fn no_text_is_empty_or_has_a_hole() {
    for revision in every_revision() {
        for text in messages().texts(&revision) {
            for words in
                [&text.event, &text.headline, &text.description, &text.instruction].into_iter().chain(&text.areas)
            {
                assert!(!words.trim().is_empty(), "{revision:?}");
                for hole in [
                    "{",
                    "}",
                    "$",
                    "  ",
                    "headline-",
                    "what-",
                    "sea-",
                    "reason-",
                    "description-",
                    "instruction-",
                    "prefix-",
                    " ,",
                    "( ",
                ] {
                    assert!(!words.contains(hole), "{hole:?} in {words:?}");
                }
            }
        }
    }
}

#[test]
fn a_headline_says_what_where_and_when_in_the_language_of_its_reader() {
    let messages = messages();
    let headline = |language| messages.headline(&Revision { status: Status::Actual, ..alert() }, language);
    assert_eq!(
        headline("en"),
        "Launch from North Pyongan: a possible ballistic missile may fall in the Sea of Japan (East Sea), 05:44–05:46 UTC (14:44–14:46 JST/KST)"
    );
    assert_eq!(
        headline("ko"),
        "평안북도에서 발사 탐지: 탄도미사일로 추정되는 물체, 동해 낙하 예상, 14:44~14:46(한국시각, UTC 05:44~05:46)"
    );
    assert_eq!(
        headline("ja"),
        "平安北道からの発射を探知。弾道ミサイルの可能性があるものが日本海に落下する見込み、14:44〜14:46(日本時間、UTC 05:44〜05:46)"
    );
    assert_eq!(messages.headline(&alert(), "fr"), "");
    let texts = messages.texts(&Revision { status: Status::Actual, ..alert() });
    assert!(texts[1].description.contains("Hokkaido") && texts[2].description.contains("北海道"));
    assert!(!texts[2].description.contains("。 "), "no spaces between Japanese sentences");
}

#[test]
fn debris_in_the_air_is_told_to_air_traffic_services_in_every_language() {
    let place = [[129.2, 40.3], [129.6, 40.2], [130.0, 40.4], [129.7, 40.65]];
    let band = |lower_m: f64, upper_m: f64| DebrisBand { lower_m, upper_m, area: area(0.97, &place) };
    let revision = Revision { debris: vec![band(6_096.0, 12_192.0), band(0.0, 6_096.0)], ..alert() };
    for text in messages().texts(&revision) {
        let said = &text.description;
        assert!(said.contains("FL400") && said.contains("FL200") && !said.contains("aloft"), "{said}");
    }
    let english = &messages().texts(&revision)[0].description;
    assert!(english.contains("debris may fall through FL400 to FL200, 05:44–05:46 UTC"), "{english}");
    assert!(english.contains("FL200 to the ground, 05:44–05:46 UTC (14:44–14:46 JST/KST), about"), "{english}");
    let line = downrange_wire::warning::line(&revision, &messages());
    let warning = downrange_wire::warning::parse(&line, 1, "warnings.jsonl").unwrap();
    let levels: Vec<_> = warning.debris.iter().map(|d| (d.upper_flight_level, d.lower_flight_level)).collect();
    assert_eq!(levels, [(400, 200), (200, 0)]);
    assert!(warning.debris.iter().all(|d| d.onset <= d.end && d.area.is_some() && d.probability == 0.97));
    assert!(!downrange_wire::warning::line(&alert(), &messages()).contains("debris\":["));
}

#[test]
fn what_is_not_real_says_so_first_in_every_text_and_channel() {
    for (status, words) in
        [(Status::Exercise, ["EXERCISE", "[훈련]", "【訓練】"]), (Status::Test, ["TEST", "[시험]", "【試験】"])]
    {
        for kind in [RevisionKind::Alert, RevisionKind::Cancel] {
            let revision = Revision { status, ..later(kind, Reason::NoThreat) };
            for (text, word) in messages().texts(&revision).iter().zip(words) {
                assert!(text.headline.starts_with(word), "{}", text.headline);
                assert!(text.description.starts_with(word), "{}", text.description);
            }
            assert!(navarea::render(&revision).lines().nth(1).unwrap().starts_with(words[0]));
            assert!(cap::render(&revision, &messages()).contains(&format!("<status>{status:?}</status>")));
        }
    }
}

#[test]
fn every_cap_message_passes_our_check_and_a_second_reader() {
    for revision in every_revision() {
        let xml = cap::render(&revision, &messages());
        cap::check(&xml).unwrap_or_else(|error| panic!("{error}\n{xml}"));
        let read: oasiscap::Alert = xml.parse().unwrap_or_else(|error| panic!("{error}\n{xml}"));
        let oasiscap::Alert::V1dot2(read) = read else { panic!("CAP 1.2") };
        assert_eq!(read.info.len(), LANGUAGES.len());
        assert_eq!(read.info[0].areas.len(), revision.areas.len());
    }
}

#[test]
fn cap_says_what_the_standard_means() {
    let xml = cap::render(&alert(), &messages());
    for part in [
        "<identifier>2022-01-14-1-W.1</identifier>",
        "<sent>2022-01-14T05:42:47+00:00</sent>",
        "<msgType>Alert</msgType>",
        "<urgency>Immediate</urgency>",
        "<certainty>Likely</certainty>",
    ] {
        assert!(xml.contains(part), "{part}\n{xml}");
    }
    let polygon = xml.split("<polygon>").nth(1).unwrap().split("</polygon>").next().unwrap();
    let pairs: Vec<&str> = polygon.split(' ').collect();
    assert_eq!((pairs.len(), pairs[0]), (6, pairs[5]));
    assert!(pairs.contains(&"40.30000,129.20000"), "latitude first: {polygon}");

    let all_clear = cap::render(&later(RevisionKind::AllClear, Reason::AllDown), &messages());
    assert!(
        all_clear.contains("<msgType>Update</msgType>") && all_clear.contains("<responseType>AllClear</responseType>")
    );
    assert!(all_clear.contains("<references>downrange,2022-01-14-1-W.1,2022-01-14T05:42:47+00:00</references>"));
    assert!(
        cap::render(&later(RevisionKind::Cancel, Reason::NoThreat), &messages()).contains("<msgType>Cancel</msgType>")
    );
}

#[test]
fn bad_cap_messages_that_a_schema_lets_pass_are_refused() {
    let good = cap::render(&later(RevisionKind::Update, Reason::AreaChanged), &messages());
    let polygon = good.split("<polygon>").nth(1).unwrap().split("</polygon>").next().unwrap();
    let open = polygon.rsplit_once(' ').unwrap().0;
    for (from, to) in [
        (polygon, open),
        (polygon, "40,129 41,129 40,129"),
        (polygon, "129.2,40.3 129.6,40.2 130.0,40.4 129.2,40.3"),
        ("<sent>2022-01-14T05:43:20+00:00", "<sent>2022-01-14T05:43:20Z"),
        ("<sent>2022-01-14T05:43:20+00:00", "<sent>2022-01-14T06:43:20+00:00"),
        ("<msgType>Update", "<msgType>Change"),
        ("<references>downrange,", "<references>"),
        ("<references>downrange,2022-01-14-1-W.1,2022-01-14T05:42:47+00:00</references>", ""),
        ("<sender>downrange", "<sender>down range"),
        ("<severity>Extreme", "<severity>Bad"),
        ("</alert>", ""),
        ("<alert", "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><alert"),
    ] {
        assert!(good.contains(from), "{from}");
        assert!(cap::check(&good.replace(from, to)).is_err(), "{from} -> {to}");
    }
    assert!(cap::check("").is_err());
}

/// The schema is OASIS's and not part of this project; the test needs it and `xmllint`.
#[test]
fn std_cap_messages_are_valid_by_the_schema_of_oasis() {
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/samples/schemas/cap/CAP-v1.2.xsd");
    let has_xmllint = Command::new("xmllint").arg("--version").output().is_ok();
    if !std::path::Path::new(schema).exists() || !has_xmllint {
        eprintln!("SKIPPED: needs xmllint and {schema}");
        return;
    }
    let folder = std::env::temp_dir().join(format!("downrange-cap-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut files = Vec::new();
    for (index, revision) in every_revision().iter().enumerate() {
        let file = folder.join(format!("{index}.xml"));
        std::fs::write(&file, cap::render(revision, &messages())).unwrap();
        files.push(file);
    }
    let output =
        Command::new("xmllint").args(["--nonet", "--noout", "--schema", schema]).args(&files).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_navarea_text_is_what_a_coordinator_would_write() {
    let text = navarea::render(&later(RevisionKind::Update, Reason::AreaChanged));
    println!("{text}");
    assert!(text.starts_with("NAVAREA XI 014102/22\nTEST TEST TEST\n"));
    assert!(text.contains("\nSEA OF JAPAN.\n"));
    assert!(text.contains("140544Z JAN 22 TO\n   140546Z JAN 22"));
    assert!(text.contains("CANCEL NAVAREA XI 014101/22."));
    assert!(text.contains("CANCEL THIS MSG 140556Z JAN 22."));
    assert!(text.contains("40-39.01N 129-42.00E"), "the north-western-most corner first and outward");
    for revision in every_revision() {
        let text = navarea::render(&revision);
        assert!(text.is_ascii() && text == text.to_uppercase());
        assert!(text.lines().all(|line| line.len() <= 42), "{text}");
    }
}

#[test]
fn prop_a_navarea_text_reads_back_with_an_area_that_holds_the_warned_one() {
    for revision in every_revision() {
        let parsed = navarea::parse(&navarea::render(&revision)).unwrap();
        let said =
            if matches!(revision.kind, RevisionKind::Alert | RevisionKind::Update) { revision.areas.len() } else { 0 };
        assert_eq!(parsed.areas.len(), said);
        assert_eq!(parsed.cancels.len(), usize::from(!revision.references.is_empty()));
        assert!(parsed.expires.unwrap() >= revision.expires);
        for (read, warned) in parsed.areas.iter().zip(&revision.areas) {
            assert!(read.from.unwrap() <= warned.earliest() && read.to.unwrap() >= warned.latest());
            assert!(read.to.unwrap().seconds_since(warned.latest()) < 60.0);
            for corner in warned.ring() {
                let (lon, lat) = (corner.longitude_rad.to_degrees(), corner.latitude_rad.to_degrees());
                let near =
                    read.corners.iter().map(|said| libm::hypot(said[0] - lon, said[1] - lat)).fold(f64::MAX, f64::min);
                // These rings are convex with few corners: every one is kept, moved outward by less than 0.03 minutes.
                assert!(near * 60.0 < 0.03, "{near}");
            }
        }
    }
    let area = &navarea::parse(&navarea::render(&alert())).unwrap().areas[0];
    assert_eq!(area.corners.len(), CORNERS.len());
    // Clockwise: the area by the shoelace formula is negative.
    let next = area.corners.iter().cycle().skip(1);
    assert!(area.corners.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>() < 0.0);
    assert_eq!(area.from, Some(utc("2022-01-14T05:44:00Z")));
}
