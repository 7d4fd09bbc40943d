//! The picture: late plots, duplicates, clutter, and what one sensor alone can tell.

mod sky_common;

use downrange_earth::{Ecef, Enu, Geodetic, Site, geodesic};
use downrange_engine::assess::Kind;
use downrange_engine::assess::kinematics::free_fall;
use downrange_engine::engine::{Engine, Input, Output, Refusal, TrackState};
use downrange_engine::picture::Picture;
use downrange_engine::plot::{Measurement, Plot, Sensor, SensorIndex, SensorKind, Seq};
use downrange_engine::policy::Config;
use downrange_engine::warn::RevisionKind;
use nalgebra::Vector3;
use proptest::prelude::*;
use sky_common::{Report, World, config, second};

/// Feeds reports in order of reception; returns all outputs with the time they came at.
fn feed(reports: &[Report], until_s: f64) -> Vec<(f64, Output)> {
    let mut engine = Engine::new(config());
    let mut outputs = Vec::new();
    for (number, report) in reports.iter().enumerate() {
        let stepped = engine.step(second(report.received_s), Seq(number as u64), Input::Plot(report.plot));
        outputs.extend(stepped.into_iter().map(|output| (report.received_s, output)));
    }
    let mut now_s = reports.last().map_or(0.0, |report| report.received_s);
    let mut number = reports.len() as u64;
    while now_s < until_s {
        now_s += 0.5;
        number += 1;
        let stepped = engine.step(second(now_s), Seq(number), Input::Tick);
        outputs.extend(stepped.into_iter().map(|output| (now_s, output)));
    }
    outputs
}

/// The last picture that was shown.
fn last_picture(outputs: &[(f64, Output)]) -> Vec<TrackState> {
    let mut pictures = outputs.iter().filter_map(|(_, output)| match output {
        Output::Picture(states) => Some(states.clone()),
        _ => None,
    });
    pictures.next_back().unwrap_or_default()
}

/// The same without names: a track is named after the plot that founded it, whose number depends on the order of arrival.
fn nameless(states: &[TrackState]) -> Vec<(i64, [u64; 6])> {
    let bits = |state: &TrackState| {
        let (p, v) = (state.position.0, state.velocity_mps);
        [p.x, p.y, p.z, v.x, v.y, v.z].map(f64::to_bits)
    };
    let mut all: Vec<_> = states.iter().map(|state| (state.time.tai_ns(), bits(state))).collect();
    all.sort();
    all
}

#[test]
fn sim_aircraft_and_falling_body_are_tracked_within_their_errors() {
    let world = World::new(11);
    let picture = last_picture(&feed(&world.reports(60.0), 0.0));
    assert_eq!(picture.len(), world.bodies(), "one track for each body");
    for state in &picture {
        let since_s = state.time.seconds_since(second(0.0));
        let (error_m, error_mps) = world.nearest_error(since_s, state.position.0, state.velocity_mps);
        assert!(error_m < 400.0 && error_mps < 40.0, "{error_m} m, {error_mps} m/s");
    }
}

#[test]
fn sim_late_plots_lead_to_the_same_picture_as_plots_in_order() {
    let world = World::new(5);
    let in_order = world.reports(40.0);
    let mut late = in_order.clone();
    // Every ninth plot is five seconds late, some of them far behind others of their look.
    for (number, report) in late.iter_mut().enumerate() {
        if number % 9 == 4 && report.received_s < 34.0 {
            report.received_s += 5.0;
        }
    }
    late.sort_by(|a, b| a.received_s.total_cmp(&b.received_s));
    assert_ne!(in_order, late);
    let expected = nameless(&last_picture(&feed(&in_order, 50.0)));
    assert!(!expected.is_empty());
    assert_eq!(nameless(&last_picture(&feed(&late, 50.0))), expected);
}

#[test]
fn sim_the_same_plot_twice_is_one_plot() {
    let reports = World::new(7).reports(30.0);
    let mut doubled = Vec::new();
    for report in &reports {
        doubled.push(*report);
        doubled.push(*report);
    }
    let outputs = feed(&doubled, 0.0);
    let refused =
        outputs.iter().filter(|(_, o)| matches!(o, Output::Refused { reason: Refusal::Duplicate, .. })).count();
    assert_eq!(refused, reports.len());
    assert_eq!(nameless(&last_picture(&outputs)), nameless(&last_picture(&feed(&reports, 0.0))));
}

/// Sensors that are always 1.5 s late: after some looks theirs are waited for, and the sky is seldom turned back.
#[test]
fn sim_sensors_that_are_always_late_are_waited_for() {
    let reports = World::new(4).reports(60.0);
    let mut picture = Picture::new(config().sensors);
    for (number, report) in reports.iter().enumerate() {
        let received = second(report.received_s + 1.5);
        picture.offer(received, Seq(number as u64), report.plot);
        picture.advance(received);
    }
    // Two sensors look 60 times each; before they are known to be late, every plot turns the sky back.
    assert!(picture.rewinds() < 20, "{}", picture.rewinds());
}

#[test]
fn sim_clutter_alone_makes_no_track_and_no_warning() {
    let outputs = feed(&World::clutter_only(3).reports(300.0), 0.0);
    assert!(last_picture(&outputs).is_empty());
    assert!(!outputs.iter().any(|(_, o)| matches!(o, Output::Revision(_) | Output::Assessment(_))));
}

/// An infrared sensor over the equator that watches the Sea of Japan.
fn eye() -> Sensor {
    Sensor {
        id: "infrared".into(),
        site: Site::new(Geodetic::from_degrees(0.0, 107.0, 35_786e3)),
        period_s: 2.0,
        detection_probability: 0.95,
        clutter_per_scan: 0.5,
        kind: SensorKind::Infrared {
            angle_sigma_rad: 25e-6,
            centre: Geodetic::from_degrees(39.0, 129.0, 0.0),
            radius_m: 1_500e3,
        },
        path: None,
    }
}

fn direction(eye: &Sensor, place: Vector3<f64>) -> Measurement {
    Measurement::Infrared { line_of_sight: (place - eye.site.ecef().0).normalize() }
}

/// One after the other, each received a moment later.
fn picture_of(sensors: Vec<Sensor>, plots: &[Plot]) -> Picture {
    let mut picture = Picture::new(sensors);
    for (number, plot) in plots.iter().enumerate() {
        let received = plot.time.plus_s(0.1);
        picture.offer(received, Seq(number as u64), *plot);
        picture.advance(received);
    }
    if let Some(last) = plots.last() {
        picture.advance(last.time.plus_s(4.0));
    }
    picture
}

fn plot(sensor: u16, time_s: f64, measurement: Measurement) -> Plot {
    Plot { sensor: SensorIndex(sensor), time: second(time_s), measurement }
}

/// A plume that one infrared sensor alone sees, and, at its start, a false plot of a radar somewhere high along that direction: the
/// directions fit the false place, too, but the radar sees nothing there again.
#[test]
fn sim_a_direction_is_not_bound_to_a_false_plot_for_long() {
    let infrared = eye();
    let radar = config().sensors[0].clone();
    let start = Site::new(Geodetic::from_degrees(39.2, 127.7, 30e3));
    let place = |time_s: f64| start.place(Enu(Vector3::new(400.0 * time_s, 0.0, 1_000.0 * time_s))).0;
    let along = (place(0.0) - infrared.site.ecef().0).normalize();
    // Back along the direction to a height of some 350 km.
    let false_look = radar.site.look(Ecef(place(0.0) - along * 480e3));
    let false_plot = Measurement::Radar {
        range_m: false_look.range_m,
        azimuth_rad: false_look.azimuth_rad,
        elevation_rad: false_look.elevation_rad,
        range_rate_mps: Some(400.0),
    };
    let mut plots = vec![plot(0, 0.0, false_plot)];
    plots.extend((0..15).map(|look| {
        let time_s = 0.3 + 2.0 * f64::from(look);
        plot(1, time_s, direction(&infrared, place(time_s)))
    }));
    let picture = picture_of(vec![radar, infrared], &plots);
    let heights_km: Vec<f64> = (picture.sky().tracks.iter().filter(|track| track.confirmed))
        .map(|track| downrange_earth::geodetic::height_m(track.place()) / 1e3)
        .collect();
    assert!(!heights_km.is_empty() && heights_km.iter().all(|height_km| *height_km < 150.0), "{heights_km:?}");
}

/// A rocket that comes out of the clouds and leans over; one infrared sensor sees its plume, nobody else. That tells no distance, but a
/// rocket comes from the ground.
#[test]
fn sim_one_infrared_sensor_finds_the_launch_of_a_plume() {
    let infrared = eye();
    let pad = Site::new(Geodetic::from_degrees(40.2, 126.5, 0.0));
    // 30 m/s² upwards from the pad on, 10 m/s² to the east from 20 s on; out of the clouds after 24 s.
    let place = |time_s: f64| {
        let east_s = (time_s - 20.0).max(0.0);
        pad.place(Enu(Vector3::new(5.0 * east_s * east_s, 0.0, 15.0 * time_s * time_s))).0
    };
    let reports: Vec<Report> = (0..20)
        .map(|look| 24.5 + 2.0 * f64::from(look))
        .map(|time_s| Report { received_s: time_s + 0.2, plot: plot(0, time_s, direction(&infrared, place(time_s))) })
        .collect();
    let mut engine = Engine::new(Config { sensors: vec![infrared], ..config() });
    let mut launches = Vec::new();
    for (number, report) in reports.iter().enumerate() {
        let outputs = engine.step(second(report.received_s), Seq(number as u64), Input::Plot(report.plot));
        launches.extend(outputs.into_iter().filter_map(|output| match output {
            Output::Assessment(assessment) => Some((assessment.object, assessment.launch?)),
            _ => None,
        }));
    }
    let (object, launch) = launches.last().expect("its launch is said");
    assert!(launches.iter().all(|(other, _)| other == object), "it is one object");
    let said = Geodetic {
        latitude_rad: launch.position.latitude_rad,
        longitude_rad: launch.position.longitude_rad,
        height_m: 0.0,
    };
    let off_m = geodesic::inverse(said, pad.geodetic()).distance_m;
    assert!(off_m < 2.0 * launch.semi_major_m && launch.semi_major_m < 20e3, "{off_m} m, {} m", launch.semi_major_m);
    let late_s = launch.time.seconds_since(second(0.0)).abs();
    assert!(late_s < 2.0 * launch.time_sigma_s, "{late_s} s, {} s", launch.time_sigma_s);
}

/// A fire that one infrared sensor, or two, see in one place for a minute, each direction off by up to two sigmas.
#[test]
fn sim_what_is_hot_and_does_not_move_is_no_launch() {
    let second_eye = Sensor { site: Site::new(Geodetic::from_degrees(0.0, 162.0, 35_786e3)), ..eye() };
    let fire = Site::new(Geodetic::from_degrees(40.2, 126.5, 200.0));
    for sensors in [vec![eye()], vec![eye(), second_eye]] {
        let mut engine = Engine::new(Config { sensors: sensors.clone(), ..config() });
        let (mut latest, mut decisions) = (None, Vec::new());
        for look in 0..60_u32 {
            for (number, sensor) in sensors.iter().enumerate() {
                let time_s = 2.0 * f64::from(look) + 0.4 * number as f64;
                let off = |axis: u32| f64::from((look * 7 + 3 * number as u32 + axis * 5) % 9) - 4.0;
                let aside_m = Enu(Vector3::new(450.0 * off(0), 450.0 * off(1), 0.0));
                let report = plot(number as u16, time_s, direction(sensor, fire.place(aside_m).0));
                let seq = Seq(u64::from(look) * 2 + number as u64);
                for output in engine.step(second(time_s + 0.2), seq, Input::Plot(report)) {
                    match output {
                        Output::Assessment(assessment) => latest = Some(assessment),
                        Output::Revision(revision) => decisions.push((time_s, revision.kind)),
                        _ => {}
                    }
                }
            }
        }
        let latest = latest.expect("it is followed");
        assert_eq!(latest.kind.most_probable(), Kind::Unknown, "{:?}", latest.kind);
        assert!(latest.launch.is_none(), "{:?}", latest.launch);
        let standing = decisions.last().filter(|(_, kind)| *kind != RevisionKind::Cancel);
        assert!(standing.is_none() && decisions.iter().all(|(time_s, _)| *time_s < 40.0), "{decisions:?}");
    }
}

/// The tracks of a body that falls freely in space, seen by a radar for 100 s and again from 400 s on for 10 s; in between an infrared
/// sensor reports false directions: at these times, so far to the north of the body.
fn coasting(false_directions: &[(f64, f64)]) -> Picture {
    let mut far = config().sensors[0].clone();
    if let SensorKind::Radar { coverage, .. } = &mut far.kind {
        coverage.range_max_m = 3_000e3;
    }
    let infrared = eye();
    let start = Site::new(Geodetic::from_degrees(38.8, 128.5, 300e3));
    let up = start.ecef_to_enu().transpose();
    let place = |time_s: f64| free_fall(start.ecef().0, up * Vector3::new(1_500.0, 300.0, 2_500.0), time_s).0;
    let seen = |time_s: f64| {
        let look = far.site.look(Ecef(place(time_s)));
        let measured = Measurement::Radar {
            range_m: look.range_m,
            azimuth_rad: look.azimuth_rad,
            elevation_rad: look.elevation_rad,
            range_rate_mps: None,
        };
        plot(0, time_s, measured)
    };
    let mut plots: Vec<Plot> = (0..100).map(|look| seen(f64::from(look))).collect();
    plots.extend(false_directions.iter().map(|&(time_s, north_m)| {
        plot(1, time_s, direction(&infrared, place(time_s) + up * Vector3::new(0.0, north_m, 0.0)))
    }));
    plots.extend((0..10).map(|look| seen(400.0 + f64::from(look))));
    picture_of(vec![far.clone(), infrared], &plots)
}

fn assert_known_again(picture: &Picture) {
    let followed: Vec<_> = picture.sky().tracks.iter().filter(|track| track.confirmed).collect();
    assert_eq!(followed.len(), 1, "it is one track");
    assert_eq!(followed[0].hits, 110, "which took every plot of it, and no false one");
    assert!(followed[0].spread().0 < 1_000.0, "{} m", followed[0].spread().0);
}

/// False directions near it, as far off as an engine that nobody saw might have brought it by then: none did.
#[test]
fn sim_what_coasts_out_of_sight_in_space_is_known_again() {
    assert_known_again(&coasting(&[(160.0, 8e3), (220.0, 20e3), (280.0, 40e3), (340.0, 60e3)]));
}

#[test]
fn sim_a_falling_body_is_warned_of_and_an_aircraft_is_not() {
    let world = World::new(2);
    let outputs = feed(&world.reports(60.0), 0.0);
    let warned: Vec<_> = outputs
        .iter()
        .filter_map(|(_, output)| if let Output::Revision(revision) = output { Some(revision) } else { None })
        .collect();
    let first = warned.first().expect("the falling body is warned of");
    assert_eq!(first.objects.len(), 1);
    let ground = world.fall_place();
    assert!(warned.iter().all(|revision| revision.areas.iter().any(|area| area.contains(ground))));
}

#[test]
fn bad_plots_are_refused_by_reason() {
    let mut engine = Engine::new(config());
    let plot = |time_s: f64, sensor: u16, range_m: f64, azimuth_rad: f64| Plot {
        sensor: SensorIndex(sensor),
        time: second(time_s),
        measurement: Measurement::Radar { range_m, azimuth_rad, elevation_rad: 0.1, range_rate_mps: None },
    };
    let wrong_kind = Plot {
        sensor: SensorIndex(0),
        time: second(100.0),
        measurement: Measurement::Infrared { line_of_sight: Vector3::x() },
    };
    let cases = [
        (plot(100.0, 99, 1e5, 1.0), Refusal::UnknownSensor),
        (plot(100.0, 0, f64::NAN, 1.0), Refusal::OutOfRange),
        (plot(100.0, 0, f64::INFINITY, 1.0), Refusal::OutOfRange),
        (plot(100.0, 0, 1e5, 7.0), Refusal::OutOfRange),
        (wrong_kind, Refusal::OutOfRange),
        (plot(200.0, 0, 1e5, 1.0), Refusal::FromTheFuture),
        (plot(100.0 - 86_400.0, 0, 1e5, 1.0), Refusal::TooOld),
    ];
    for (number, (plot, expected)) in cases.into_iter().enumerate() {
        let outputs = engine.step(second(101.0), Seq(number as u64), Input::Plot(plot));
        let said =
            outputs.iter().find_map(|o| if let Output::Refused { reason, .. } = o { Some(*reason) } else { None });
        assert_eq!(said, Some(expected), "{plot:?}");
    }
    let backwards = engine.step(second(50.0), Seq(99), Input::Tick);
    assert_eq!(backwards, [Output::Refused { seq: Seq(99), reason: Refusal::ReceivedBackwards }]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]

    /// Whatever numbers a radar sends, nothing panics and every track stays finite.
    #[test]
    fn prop_any_numbers_leave_a_finite_picture(
        plots in prop::collection::vec((0.0..20.0_f64, 0.0..1e7_f64, 0.0..std::f64::consts::TAU, -1.5..1.5_f64, -2e4..2e4_f64), 1..60)
    ) {
        let mut reports: Vec<Report> = plots
            .into_iter()
            .map(|(time_s, range_m, azimuth_rad, elevation_rad, rate_mps)| Report {
                received_s: time_s + 0.2,
                plot: Plot {
                    sensor: SensorIndex(0),
                    time: second(time_s),
                    measurement: Measurement::Radar {
                        range_m, azimuth_rad, elevation_rad, range_rate_mps: Some(rate_mps),
                    },
                },
            })
            .collect();
        reports.sort_by(|a, b| a.received_s.total_cmp(&b.received_s));
        for state in last_picture(&feed(&reports, 25.0)) {
            prop_assert!(state.covariance.iter().all(|x| x.is_finite()));
        }
    }
}
