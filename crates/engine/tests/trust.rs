//! Sensors that lie are found by what aircraft say of themselves; aircraft that lie move no sensor.

use downrange_earth::{Ecef, Geodetic, Site, Time};
use downrange_engine::engine::{Engine, Input, Output};
use downrange_engine::plot::{Measurement, Plot, RadarCoverage, Sensor, SensorIndex, SensorKind, Seq};
use downrange_engine::policy::{Config, Policy};
use downrange_engine::traffic::{AircraftReport, SurfacePosition, Traffic};
use downrange_engine::trust::{Correction, Finding, SensorHealth};
use nalgebra::Vector3;
use std::f64::consts::TAU;

/// Where aircraft are at first (degrees), and how fast they go (m/s) and where to (radians).
const AIRCRAFT: [(f64, f64, f64, f64); 6] = [
    (38.9, 129.6, 230.0, 0.3),
    (37.2, 130.1, 210.0, 2.0),
    (38.1, 127.6, 240.0, 4.1),
    (39.2, 130.9, 220.0, 5.2),
    (36.9, 128.4, 250.0, 3.2),
    (37.7, 131.3, 235.0, 1.1),
];
const HEIGHT_M: f64 = 10e3;
const RADIUS_M: f64 = 6_371_008.8;

fn second(s: f64) -> Time {
    Time::from_tai_ns(1_600_000_000_000_000_000).plus_s(s)
}

fn config() -> Config {
    let radar = Sensor {
        id: "radar".into(),
        site: Site::new(Geodetic::from_degrees(38.0, 129.0, 200.0)),
        period_s: 1.0,
        detection_probability: 0.9,
        clutter_per_scan: 1.0,
        kind: SensorKind::Radar {
            range_sigma_m: 40.0,
            azimuth_sigma_rad: 0.0014,
            elevation_sigma_rad: 0.0014,
            range_rate_sigma_mps: None,
            coverage: RadarCoverage {
                range_min_m: 1e3,
                range_max_m: 900e3,
                azimuth_from_rad: 0.0,
                azimuth_to_rad: TAU,
                elevation_min_rad: 0.001,
                elevation_max_rad: 1.5,
            },
        },
        path: None,
    };
    Config {
        sensors: vec![radar],
        zones: Vec::new(),
        regions: Vec::new(),
        has_catalogue: false,
        policy: Policy::default(),
    }
}

/// Latitude and longitude (rad) of an aircraft, on a sphere; with its height its place.
fn at(number: usize, time_s: f64) -> (f64, f64) {
    let (latitude_deg, longitude_deg, speed_mps, course_rad) = AIRCRAFT[number];
    let latitude_rad = latitude_deg.to_radians() + speed_mps * time_s * course_rad.cos() / RADIUS_M;
    let east_rad = speed_mps * time_s * course_rad.sin() / (RADIUS_M * latitude_rad.cos());
    (latitude_rad, longitude_deg.to_radians() + east_rad)
}

fn place(number: usize, time_s: f64) -> Ecef {
    let (latitude_rad, longitude_rad) = at(number, time_s);
    Geodetic { latitude_rad, longitude_rad, height_m: HEIGHT_M }.ecef()
}

/// SplitMix64 (Steele, Lea, Flood 2014); twelve uniform numbers make a normal one well enough here.
struct Random(u64);

impl Random {
    fn normal(&mut self) -> f64 {
        let mut uniform = || {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..12).map(|_| uniform()).sum::<f64>() - 6.0
    }
}

/// What a radar with this fault makes known of itself within two minutes; `lie_m` is how far north of where it is each
/// aircraft says to be, nothing when it says nothing. Also the error of the tracks at the end, and all tracks shown.
fn watched(fault: &Correction, lie_m: impl Fn(usize) -> Option<f64>) -> (Vec<SensorHealth>, f64, Vec<Output>) {
    let config = config();
    let site = config.sensors[0].site;
    let mut engine = Engine::new(config);
    let mut random = Random(9);
    let (mut outputs, mut seq) = (Vec::new(), 0);
    for look in 0..120 {
        let time_s = f64::from(look);
        let mut step = |received_s: f64, input: Input, outputs: &mut Vec<Output>| {
            seq += 1;
            outputs.extend(engine.step(second(received_s), Seq(seq), input));
        };
        for number in (0..AIRCRAFT.len()).filter(|_| look % 2 == 0) {
            let (latitude_rad, longitude_rad) = at(number, time_s);
            let Some(lie_m) = lie_m(number) else {
                // As many inputs in either case: tracks are called by the number of an input.
                step(time_s, Input::Tick, &mut outputs);
                continue;
            };
            let report = AircraftReport {
                icao: format!("71C{number:03}"),
                time: second(time_s),
                callsign: None,
                position: Some(SurfacePosition { latitude_rad: latitude_rad + lie_m / RADIUS_M, longitude_rad }),
                altitude_m: Some(HEIGHT_M),
                speed_mps: Some(AIRCRAFT[number].2),
                course_rad: Some(AIRCRAFT[number].3),
                climb_mps: None,
            };
            step(time_s, Input::Traffic(Traffic::Aircraft(report)), &mut outputs);
        }
        for number in 0..AIRCRAFT.len() {
            let seen = site.look(place(number, time_s + 0.1));
            let azimuth_rad = seen.azimuth_rad + fault.azimuth_rad + 0.0014 * random.normal();
            let measurement = Measurement::Radar {
                range_m: seen.range_m * fault.range_ratio + fault.range_m + 40.0 * random.normal(),
                azimuth_rad: azimuth_rad.rem_euclid(TAU),
                elevation_rad: seen.elevation_rad + fault.elevation_rad + 0.0014 * random.normal(),
                range_rate_mps: None,
            };
            let time = second(time_s + 0.1 + fault.clock_s);
            step(time_s + 0.3, Input::Plot(Plot { sensor: SensorIndex(0), time, measurement }), &mut outputs);
        }
    }
    let found = outputs.iter().filter_map(|o| if let Output::SensorHealth(h) = o { Some(*h) } else { None }).collect();
    let shown = outputs.iter().rev().find_map(|o| if let Output::Picture(states) = o { Some(states) } else { None });
    let error_m = shown.map_or(f64::INFINITY, |states| {
        let nearest = |state: &downrange_engine::engine::TrackState| {
            let time_s = state.time.seconds_since(second(0.0));
            let apart = (0..AIRCRAFT.len()).map(|number| (place(number, time_s).0 - state.position.0).norm());
            apart.fold(f64::INFINITY, f64::min)
        };
        states.iter().map(nearest).sum::<f64>() / states.len() as f64
    });
    outputs.retain(|output| matches!(output, Output::Picture(_)));
    (found, error_m, outputs)
}

fn honest(_: usize) -> Option<f64> {
    Some(0.0)
}

#[test]
fn sim_a_bias_is_found_and_taken_out() {
    let (none, sound_m, _) = watched(&Correction::NONE, honest);
    assert_eq!(none, []);
    let fault = Correction { range_m: 200.0, azimuth_rad: 0.3_f64.to_radians(), ..Correction::NONE };
    let (found, error_m, _) = watched(&fault, honest);
    let last = found.last().expect("it is found");
    assert_eq!(last.finding, Finding::Bias);
    assert!((last.correction.range_m - 200.0).abs() < 60.0 && (last.correction.azimuth_rad - 0.00524).abs() < 0.001);
    let (_, uncorrected_m, _) = watched(&fault, |_| None);
    assert!(error_m < sound_m + 100.0 && uncorrected_m > 2.0 * error_m, "{sound_m} {error_m} {uncorrected_m} m");
}

#[test]
fn sim_wrong_north_clock_and_units_are_told_from_each_other() {
    let faults = [
        (Finding::North, Correction { azimuth_rad: 0.4, ..Correction::NONE }),
        (Finding::Clock, Correction { clock_s: -15.0, ..Correction::NONE }),
        (Finding::Clock, Correction { clock_s: 30.0, ..Correction::NONE }),
        (Finding::Units, Correction { range_ratio: 3.2808, ..Correction::NONE }),
        (Finding::Units, Correction { range_ratio: 1.852, ..Correction::NONE }),
    ];
    for (finding, fault) in faults {
        let (found, error_m, _) = watched(&fault, honest);
        let last = found.last().unwrap_or_else(|| panic!("{finding:?} is not found"));
        assert_eq!(last.finding, finding, "{found:?}");
        let said = last.correction;
        assert!((said.azimuth_rad - fault.azimuth_rad).abs() < 0.003 && (said.clock_s - fault.clock_s).abs() < 1.0);
        assert!((said.range_ratio / fault.range_ratio - 1.0).abs() < 0.002, "{said:?}");
        assert!(error_m < 600.0, "{finding:?}: {error_m} m");
    }
}

#[test]
fn sim_of_a_gross_fault_two_aircraft_are_enough_and_one_is_not() {
    let faults = [
        (Finding::North, Correction { azimuth_rad: 0.4, ..Correction::NONE }),
        (Finding::Units, Correction { range_ratio: 1.852, ..Correction::NONE }),
    ];
    for (finding, fault) in faults {
        let (found, ..) = watched(&fault, |number| (number < 2).then_some(0.0));
        let last = found.last().unwrap_or_else(|| panic!("{finding:?} is not found"));
        assert_eq!((last.finding, last.aircraft_count), (finding, 2));
        let said = last.correction;
        assert!((said.azimuth_rad - fault.azimuth_rad).abs() < 0.003 && said.clock_s.abs() < 0.1, "{said:?}");
        assert!((said.range_ratio / fault.range_ratio - 1.0).abs() < 0.002, "{said:?}");
        let (found, ..) = watched(&fault, |number| (number < 1).then_some(0.0));
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn sim_aircraft_that_lie_move_no_sensor() {
    let (_, _, without) = watched(&Correction::NONE, |_| None);
    // Two of six lie; then nobody reports but two that lie.
    let (found, _, shown) = watched(&Correction::NONE, |number| Some(if number < 2 { 1_500.0 } else { 0.0 }));
    assert!(found.is_empty() && shown == without, "{found:?}");
    let (found, _, shown) = watched(&Correction::NONE, |number| (number < 2).then_some(1_500.0));
    assert!(found.is_empty() && shown == without, "{found:?}");
}

#[test]
fn sim_a_sound_sensor_is_left_alone_to_the_bit() {
    let (found, _, with) = watched(&Correction::NONE, honest);
    let (_, _, without) = watched(&Correction::NONE, |_| None);
    assert!(found.is_empty() && with == without && !with.is_empty(), "{found:?}");
}

#[test]
fn a_correction_undoes_its_fault() {
    let fault = Correction { range_ratio: 2.0, range_m: 50.0, azimuth_rad: 0.5, elevation_rad: 0.01, clock_s: 3.0 };
    let plot = Plot {
        sensor: SensorIndex(0),
        time: second(3.0),
        measurement: Measurement::Radar {
            range_m: 200_100.0,
            azimuth_rad: 0.2,
            elevation_rad: 0.11,
            range_rate_mps: None,
        },
    };
    let read = fault.apply(&plot);
    assert_eq!(read.time, second(0.0));
    let Measurement::Radar { range_m, azimuth_rad, elevation_rad, .. } = read.measurement else { panic!("a radar") };
    assert!((range_m - 100e3).abs() < 1e-6 && (azimuth_rad - (TAU - 0.3)).abs() < 1e-12);
    assert!((elevation_rad - 0.1).abs() < 1e-12);
    let sight = Measurement::Infrared { line_of_sight: Vector3::x() };
    let unread = Plot { measurement: sight, ..plot };
    assert_eq!(fault.apply(&unread), unread);
}
