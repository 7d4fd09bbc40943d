//! A watch folder with a satellite catalogue.

use crate::world::{World, text};
use downrange_earth::{Geodetic, Site, Time};
use downrange_engine::assess::TrackId;
use downrange_engine::assess::catalogue::Question;
use downrange_wire::satellites;
use std::fs;

/// A made element set; it passes within 500 km of the radar of [`crate::world::SENSORS`] some minutes after 11:13.
const TLE: &str = "TEST OBJECT
1 25544U 98067A   22014.20000000  .00005900  00000-0  11300-3 0  9993
2 25544  51.6430  10.0000 0006800  60.0000 300.0000 15.49560000321001
";

/// What the radar of the folder sees of the satellite: a plot a second, with an error of some tens of metres.
fn plots() -> Vec<String> {
    let catalogue = satellites::read(TLE, "satellites.tle").unwrap();
    let radar = Site::new(Geodetic::from_degrees(38.2, 128.55, 350.0));
    let start = Time::from_utc_str("2022-01-14T11:13:00Z").unwrap();
    let plot = |second: u32| {
        let time = start.plus_s(f64::from(second));
        let everywhere = Question { track: TrackId(0), time, position: radar.ecef(), radius_m: f64::INFINITY };
        let look = radar.look(catalogue.answer(&everywhere).objects[0].position);
        let wobble = [0.4, -1.1, 0.7, -0.2, 1.0, -0.8][second as usize % 6];
        format!(
            r#"{{"sensor":"radar-east","time":"{}","received":"{}","range_m":{:.1},"azimuth_deg":{:.4},"elevation_deg":{:.4}}}"#,
            time.utc_string(3),
            time.plus_s(0.2).utc_string(3),
            look.range_m + 40.0 * wobble,
            look.azimuth_rad.to_degrees() + 0.05 * wobble,
            look.elevation_rad.to_degrees() - 0.05 * wobble,
        )
    };
    (0..120).map(plot).collect()
}

#[test]
fn a_catalogued_satellite_is_named_and_the_journal_holds_what_the_catalogue_said() {
    let mut worlds = [World::of_plots(&plots()), World::of_plots(&plots())];
    worlds[0].write("satellites.tle", TLE);
    let said = worlds.each_mut().map(|world| {
        assert_eq!(world.replay().code, 0);
        let forecasts = fs::read_to_string(world.out().join("forecasts.jsonl")).unwrap();
        let warnings = fs::read_to_string(world.out().join("warnings.jsonl")).unwrap();
        (forecasts, warnings)
    });
    let named = r#""satellite":{"number":25544,"name":"TEST OBJECT"}"#;
    let last = said[0].0.lines().last().expect("a forecast");
    assert!(
        last.contains(named) && last.contains(r#""satellite":0.99"#) || last.contains(r#""satellite":1.0"#),
        "{last}"
    );
    assert!(said[0].1.is_empty(), "{}", said[0].1);
    assert!(!said[1].0.contains(named));
    for world in &worlds {
        let ran = crate::world::run(&["verify", text(&world.out().join("journal.db"))]);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
}

#[test]
fn bad_a_catalogue_with_a_wrong_line_stops_the_start() {
    let world = World::of_plots(&plots()[..3]);
    world.write("satellites.tle", TLE.replace("51.6430", "51.6440"));
    let ran = world.replay();
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("satellites.tle:3"), "{}", ran.err);
}
