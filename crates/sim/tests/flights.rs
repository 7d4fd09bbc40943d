//! Flights end as asked, and fly as physics says.

use downrange_earth::Geodetic;
use downrange_sim::flight::missile::{Manoeuvre, Missile};
use downrange_sim::flight::orbit::SpaceLaunch;
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
    Flight { name: "one".into(), start_s: 60.0, plan }.fly(&sky, &mut Random::new(3, "one")).unwrap()
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
