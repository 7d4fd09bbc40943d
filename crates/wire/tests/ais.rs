//! AIS against an independent decoder, out of order parts, and lines that are wrong.

use downrange_wire::ais::AisReader;

const ORACLE: &str = include_str!("../../../fixtures/oracles/wire/ais.tsv");
const MPS_PER_KNOT: f64 = 1_852.0 / 3_600.0;

/// Puts a TAG block before a sentence.
fn tagged(group: &str, sentence: &str) -> String {
    let body = format!("{group}s:test,c:1642138800");
    let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
    format!("\\{body}*{sum:02X}\\{sentence}")
}

#[test]
fn val_reports_equal_those_of_pyais() {
    let mut compared = 0;
    let mut largest_deg: f64 = 0.0;
    for row in ORACLE.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [sentences, _, mmsi, latitude, longitude, speed, course, name] = columns[..] else { panic!("{row}") };
        let mut reader = AisReader::new();
        let mut report = None;
        for sentence in sentences.split(' ') {
            report =
                reader.parse_line(&tagged("", sentence), 1, "ais.tsv").unwrap_or_else(|error| panic!("{row}: {error}"));
        }
        let report = report.unwrap_or_else(|| panic!("no report: {row}")).value;
        let number = |text: &str| text.parse::<f64>().ok();
        assert_eq!(report.mmsi.to_string(), mmsi);
        assert_eq!(report.name.as_deref().unwrap_or(""), name, "{row}");
        assert_eq!(report.position.is_some(), !latitude.is_empty(), "{row}");
        if let (Some(position), Some(latitude_deg), Some(longitude_deg)) =
            (report.position, number(latitude), number(longitude))
        {
            let off = (position.latitude_rad.to_degrees() - latitude_deg)
                .abs()
                .max((position.longitude_rad.to_degrees() - longitude_deg).abs());
            largest_deg = largest_deg.max(off);
        }
        match (report.speed_mps, number(speed)) {
            (Some(speed_mps), Some(knots)) => assert!((speed_mps / MPS_PER_KNOT - knots).abs() < 1e-9, "{row}"),
            (speed_mps, knots) => assert_eq!(speed_mps.is_some(), knots.is_some(), "{row}"),
        }
        match (report.course_rad, number(course)) {
            (Some(course_rad), Some(course_deg)) => {
                assert!((course_rad.to_degrees() - course_deg).abs() < 1e-9, "{row}")
            }
            (course_rad, course_deg) => assert_eq!(course_rad.is_some(), course_deg.is_some(), "{row}"),
        }
        compared += 1;
    }
    println!("{compared} messages, largest difference of a position {largest_deg:.1e} degrees");
    assert_eq!(compared, 58);
    // pyais rounds to six decimals.
    assert!(largest_deg < 1e-6, "{largest_deg}");
}

/// Two-part messages of the table.
fn two_parts() -> Vec<(&'static str, &'static str)> {
    ORACLE.lines().filter_map(|row| row.split('\t').next()?.split_once(' ')).collect()
}

#[test]
fn parts_of_different_groups_may_be_mixed_even_under_one_sequence_number() {
    let [first, second, ..] = two_parts()[..] else { panic!("two messages") };
    let mut reader = AisReader::new();
    let mut read = |group: &str, sentence| reader.parse_line(&tagged(group, sentence), 1, "v").unwrap();
    assert_eq!(read("g:1-2-10,", first.0), None);
    assert_eq!(read("g:1-2-11,", second.0), None);
    let name =
        |report: Option<downrange_wire::Received<downrange_engine::traffic::VesselReport>>| report.unwrap().value.mmsi;
    let (b, a) = (name(read("g:2-2-11,", second.1)), name(read("g:2-2-10,", first.1)));
    assert_ne!(a, b);
}

#[test]
fn bad_lines_are_errors_and_the_next_line_is_read() {
    let good = tagged("", "!AIVDM,1,1,,B,15M67FC000G?ufbE`FepT@3n00Sa,0*5C");
    let two = two_parts()[0];
    let mut reader = AisReader::new();
    for (bad, field) in [
        (good.replace("*5C", "*5D"), "sentence"),
        (good.replace("c:1642138800", "c:1642138801"), "TAG block"),
        ("!AIVDM,1,1,,B,15M67FC000G?ufbE`FepT@3n00Sa,0*5C".to_string(), "c"),
        (tagged("", two.1), "part"),
        ("\\s:x".to_string(), "TAG block"),
        ("$GPGGA,1*00".to_string(), "sentence"),
        (String::new(), "sentence"),
        ("\\c:99999999999999999999*00\\!".to_string(), "TAG block"),
    ] {
        let error = reader.parse_line(&bad, 3, "vessels.nmea").unwrap_err();
        assert_eq!(error.field(), Some(field), "{bad}: {error}");
        assert!(reader.parse_line(&good, 4, "vessels.nmea").unwrap().is_some());
    }
    for end in 1..good.len() {
        assert!(reader.parse_line(&good[..end], 1, "v").is_err(), "{}", &good[..end]);
    }
}

#[test]
fn bad_endless_first_parts_do_not_fill_the_memory() {
    let two = two_parts()[0];
    let mut reader = AisReader::new();
    for group in 0..10_000 {
        assert_eq!(reader.parse_line(&tagged(&format!("g:1-2-{group},"), two.0), 1, "v").unwrap(), None);
    }
    assert!(reader.parse_line(&tagged("g:2-2-0,", two.1), 1, "v").is_err(), "forgotten");
    assert!(reader.parse_line(&tagged("g:2-2-9999,", two.1), 1, "v").unwrap().is_some());
}
