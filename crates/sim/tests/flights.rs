//! Flights end as asked, and fly as physics says.

use downrange_earth::Geodetic;
use downrange_sim::flight::aircraft::Route;
use downrange_sim::flight::descent::Meteor;
use downrange_sim::flight::missile::{Manoeuvre, Missile};
use downrange_sim::flight::orbit::{Satellite, SpaceLaunch};
use downrange_sim::flight::{Flight, Object, Plan, Sky};
use downrange_sim::physics::air::Air;
use downrange_sim::random::Random;

fn missile(range_km: f64, apogee_km: f64, burn_s: f64, stages: u32, lift: Manoeuvre) -> Plan {
    Plan::Missile(Missile {
        launch: Geodetic::from_degrees(40.2, 124.53, 0.0),
        azimuth_rad: 78f64.to_radians(),
        range_m: range_km * 1e3,
        apogee_m: apogee_km * 1e3,
        burn_s,
        stages,
        ballistic_coefficient_kgpm2: 6_000.0,
        lift,
    })
}

fn flown(plan: Plan) -> Vec<Object> {
    let air = Air::drawn(&mut Random::new(3, "air"), 0.05);
    let sky = Sky { air: &air, duration_s: 3_000.0 };
    Flight { name: "one".into(), start_s: 60.0, plan, phantom_of: Vec::new() }
        .fly(&sky, &mut Random::new(3, "one"))
        .unwrap()
}

fn ends_as_asked(plan: Plan, range_km: f64, apogee_km: f64) -> Vec<Object> {
    let objects = flown(plan);
    let first = &objects[0];
    assert!((first.path.range_m() / 1e3 / range_km - 1.0).abs() < 0.005, "range {}", first.path.range_m());
    assert!((first.path.apogee_m() / 1e3 / apogee_km - 1.0).abs() < 0.005, "apogee {}", first.path.apogee_m());
    assert!(first.path.knots.last().unwrap().geodetic().height_m.abs() < 1.0);
    objects
}

#[test]
fn ballistic_flights_end_as_asked() {
    for (range_km, apogee_km, burn_s, stages) in [
        (300.0, 80.0, 60.0, 1),
        (2_700.0, 550.0, 125.0, 1),
        (950.0, 4_475.0, 250.0, 2),
        (4_600.0, 970.0, 150.0, 1),
        (10_000.0, 1_300.0, 180.0, 3),
    ] {
        let objects = ends_as_asked(missile(range_km, apogee_km, burn_s, stages, Manoeuvre::None), range_km, apogee_km);
        assert_eq!(objects.len(), stages as usize);
    }
}

#[test]
fn low_flights_end_as_asked() {
    let slope = |pull_up_s| Manoeuvre::Slope {
        from_m: 31_000.0,
        path_rad: (-6.7f64).to_radians(),
        pull_up_m: 14_000.0,
        pull_up_s,
    };
    ends_as_asked(missile(430.0, 36.0, 45.0, 1, slope(0.0)), 430.0, 36.0);
    ends_as_asked(missile(600.0, 48.0, 55.0, 1, slope(12.0)), 600.0, 48.0);
    for (damping_ratio, bank) in [(0.0, 0.0), (1.0, 0.5)] {
        let glide = Manoeuvre::Glide {
            from_m: 45_000.0,
            lift_to_drag_ratio: 2.6,
            damping_ratio,
            bank_rad: bank,
            bank_s: 60.0,
            until_m: 22_000.0,
        };
        ends_as_asked(missile(1_000.0, 60.0, 70.0, 1, glide), 1_000.0, 60.0);
    }
}

#[test]
fn launch_into_orbit_stays_up_and_its_stages_fall() {
    let plan = Plan::SpaceLaunch(SpaceLaunch {
        launch: Geodetic::from_degrees(39.66, 124.705, 0.0),
        azimuth_rad: 182f64.to_radians(),
        orbit_m: 500_000.0,
        burns_s: vec![130.0, 180.0, 260.0],
    });
    let objects = flown(plan);
    assert_eq!(objects.len(), 3);
    let end = objects[0].path.knots.last().unwrap().geodetic().height_m;
    assert!((end - 5e5).abs() < 3e4, "{end}");
    assert!(objects[1..].iter().all(|o| o.falls && o.path.knots.last().unwrap().geodetic().height_m.abs() < 1.0));
}

#[test]
fn satellite_passes_where_and_when_it_was_asked_to() {
    let over = Geodetic::from_degrees(39.0, 131.0, 550e3);
    let plan = Plan::Satellite(Satellite { over, pass_s: 700.0, azimuth_rad: 0.4 });
    let satellite = &flown(plan)[0];
    let there = satellite.path.at(700.0).unwrap();
    assert!((there.place - over.ecef().0).norm() < 5.0, "{:?}", there.geodetic());
    assert!(!satellite.falls && satellite.path.end_s() == 3_000.0 && satellite.path.start_s() == 60.0);
}

#[test]
fn formation_keeps_its_spacing_and_turns_over_its_waypoint() {
    let place = |latitude_deg, longitude_deg| Geodetic::from_degrees(latitude_deg, longitude_deg, 9_000.0);
    let waypoints = vec![place(38.0, 130.0), place(38.0, 132.0), place(40.0, 132.0)];
    let route =
        Route { waypoints, speed_mps: 220.0, course_rad: 0.0, count: 3, spacing_m: 800.0, climb_most_mps: 12.0 };
    let planes = flown(Plan::Aircraft(route));
    let apart = |time_s: f64, a: usize, b: usize| {
        (planes[a].path.at(time_s).unwrap().place - planes[b].path.at(time_s).unwrap().place).norm()
    };
    for time_s in [100.0, 500.0] {
        assert!((apart(time_s, 0, 1) - 800.0).abs() < 20.0 && (apart(time_s, 0, 2) - 1_600.0).abs() < 40.0);
    }
    let speed_mps = planes[1].path.at(900.0).unwrap().velocity_mps.norm();
    assert!((speed_mps - 220.0).abs() < 2.0, "{speed_mps}");
    // 795 s east, then north: at the end it is north of the second waypoint.
    let late = planes[1].path.at(1_200.0).unwrap().geodetic();
    assert!(late.latitude_rad.to_degrees() > 38.5 && (late.longitude_rad.to_degrees() - 132.0).abs() < 0.1);
}

#[test]
fn meteor_glows_and_is_gone_and_its_stone_reaches_the_ground() {
    let meteor = |gone_at_m| {
        Plan::Meteor(Meteor {
            from: Geodetic::from_degrees(38.0, 130.0, 100e3),
            speed_mps: 18_000.0,
            azimuth_rad: 1.0,
            path_rad: -0.7,
            ballistic_coefficient_kgpm2: 800.0,
            gone_at_m,
        })
    };
    let gone = &flown(meteor(30e3))[0];
    assert!(!gone.falls && gone.path.knots.iter().any(|k| k.hot));
    assert!((gone.path.knots.last().unwrap().geodetic().height_m - 30e3).abs() < 1.0);
    let stone = &flown(meteor(0.0))[0];
    assert!(stone.falls && stone.path.knots.last().unwrap().geodetic().height_m.abs() < 1.0);
    assert!(!stone.path.knots.last().unwrap().hot, "a stone that falls dark does not glow");
}
