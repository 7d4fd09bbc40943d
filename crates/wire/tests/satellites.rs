//! Satellite catalogues: element sets and orbit messages in, places out.

use downrange_earth::{Ecef, Time};
use downrange_engine::assess::TrackId;
use downrange_engine::assess::catalogue::{Answer, Question};
use downrange_wire::satellites::{self, Satellites};
use nalgebra::Vector3;

/// A made element set of a low orbit (no real object).
const TLE: &str = "0 TEST OBJECT
1 25544U 98067A   22014.20000000  .00005900  00000-0  11300-3 0  9993
2 25544  51.6430  10.0000 0006800  60.0000 300.0000 15.49560000321001
";

const OMM: &str = r#"[{"OBJECT_NAME":"TEST OBJECT","OBJECT_ID":"1998-067A","EPOCH":"2022-01-14T04:48:00.000000",
"MEAN_MOTION":15.4956,"ECCENTRICITY":0.00068,"INCLINATION":51.643,"RA_OF_ASC_NODE":10.0,"ARG_OF_PERICENTER":60.0,
"MEAN_ANOMALY":300.0,"EPHEMERIS_TYPE":0,"CLASSIFICATION_TYPE":"U","NORAD_CAT_ID":25544,"ELEMENT_SET_NO":999,
"REV_AT_EPOCH":32100,"BSTAR":0.000113,"MEAN_MOTION_DOT":5.9e-05,"MEAN_MOTION_DDOT":0}]"#;

fn ask(satellites: &Satellites, time: &str, place_m: [f64; 3], radius_m: f64) -> Answer {
    let time = Time::from_utc_str(time).unwrap();
    satellites.answer(&Question { track: TrackId(7), time, position: Ecef(Vector3::from(place_m)), radius_m })
}

/// Oracle: Python `sgp4` 2.27 and skyfield 1.55 (`TEME_to_ITRF`, with UTC for UT1) for the same elements.
#[test]
fn val_places_of_a_satellite() {
    let rows = [
        ("2022-01-14T05:41:10Z", [6_321_450.0, 872_647.3, -2_357_439.7], [-2_592.476, 4_281.921, -5_387.018]),
        ("2022-01-14T15:41:10Z", [6_037_143.0, 2_915_784.8, 1_091_121.0], [-2_755.192, 3_476.555, 5_883.417]),
    ];
    for text in [TLE, OMM] {
        let satellites = satellites::read(text, "satellites").unwrap();
        for (time, place_m, velocity_mps) in rows {
            let answer = ask(&satellites, time, place_m, 1e3);
            let [object] = answer.objects.as_slice() else { panic!("{time}: {answer:?}") };
            assert_eq!((object.entry.number, object.entry.name.as_deref()), (25544, Some("TEST OBJECT")));
            let off_m = (object.position.0 - Vector3::from(place_m)).norm();
            let off_mps = (object.velocity_mps - Vector3::from(velocity_mps)).norm();
            assert!(off_m < 0.5 && off_mps < 0.002, "{time}: {off_m} m, {off_mps} m/s");
        }
    }
}

#[test]
fn only_what_is_near_is_answered_and_a_line_says_it_to_the_bit() {
    let satellites = satellites::read(TLE, "satellites.tle").unwrap();
    let place_m = [6_321_450.0, 872_647.3, -2_357_439.7];
    assert!(ask(&satellites, "2022-01-14T05:42:10Z", place_m, 100e3).objects.is_empty());
    let answer = ask(&satellites, "2022-01-14T05:41:10Z", place_m, 100e3);
    let line = satellites::answer_line(&answer);
    let read = satellites::parse_answer(&line, 1, "journal").unwrap();
    assert_eq!(satellites::answer_line(&read), line);
    assert!((read.objects[0].position.0 - answer.objects[0].position.0).norm() < 1e-3);
}

#[test]
fn names_blank_lines_and_sets_without_a_name_are_read() {
    let bare: String = TLE.lines().skip(1).map(|line| format!("{line}\r\n")).collect();
    let text = format!("# made\n\n{TLE}\n{bare}");
    assert_eq!(satellites::read(&text, "satellites.tle").unwrap().len(), 2);
    assert!(satellites::read("", "satellites.tle").unwrap().is_empty());
}

#[test]
fn bad_catalogues_say_where() {
    let lines: Vec<&str> = TLE.lines().collect();
    let wrong_sum = format!("{}\n{}\n{}4\n", lines[0], lines[1], &lines[2][..68]);
    let cases = [
        (wrong_sum, 3, "checksum"),
        (format!("{}\n", lines[1]), 1, "ends after the first line"),
        (format!("{}\n{}\n", lines[1], lines[0]), 2, "no second line"),
        (format!("{}\n", lines[2]), 1, "without the first"),
        ("[{\"OBJECT_NAME\":\"A\"}]".into(), 1, "OMM"),
        ("[\n{".into(), 2, "OMM"),
    ];
    for (text, line, what) in cases {
        let error = satellites::read(&text, "satellites.tle").unwrap_err();
        assert_eq!(error.place().line, line, "{error}");
        assert!(error.to_string().contains(what), "{error}");
    }
    assert!(satellites::parse_answer("{\"track\":1}", 4, "journal").is_err());
}
