//! Radars that err alike from plot to plot are found by what other sensors see of the same objects; no aircraft reports.

use downrange_earth::motion::{Integrator, free_fall_acceleration};
use downrange_earth::{Ecef, Geodetic, Site, Time};
use downrange_engine::engine::{Engine, Input, Output, TrackState};
use downrange_engine::plot::{Measurement, Plot, RadarCoverage, Sensor, SensorIndex, SensorKind, Seq};
use downrange_engine::policy::{Config, Policy};
use downrange_engine::trust::{Correction, Finding, SensorHealth};
use nalgebra::{Vector3, Vector6};
use std::f64::consts::TAU;

const RANGE_SIGMA_M: f64 = 40.0;
const ANGLE_SIGMA_RAD: f64 = 0.0014;
const RATE_SIGMA_MPS: f64 = 2.0;
const INFRARED_SIGMA_RAD: f64 = 25e-6;

fn second(s: f64) -> Time {
    Time::from_tai_ns(1_600_000_000_000_000_000).plus_s(s)
}

fn radar(id: &str, latitude_deg: f64, longitude_deg: f64) -> Sensor {
    Sensor {
        id: id.into(),
        site: Site::new(Geodetic::from_degrees(latitude_deg, longitude_deg, 200.0)),
        period_s: 1.0,
        detection_probability: 0.9,
        clutter_per_scan: 1.0,
        kind: SensorKind::Radar {
            range_sigma_m: RANGE_SIGMA_M,
            azimuth_sigma_rad: ANGLE_SIGMA_RAD,
            elevation_sigma_rad: ANGLE_SIGMA_RAD,
            range_rate_sigma_mps: None,
            coverage: RadarCoverage {
                range_min_m: 1e3,
                range_max_m: 1_500e3,
                azimuth_from_rad: 0.0,
                azimuth_to_rad: TAU,
                elevation_min_rad: 0.001,
                elevation_max_rad: 1.5,
            },
        },
        path: None,
    }
}

/// The same radar, with range rates.
fn rated(mut sensor: Sensor) -> Sensor {
    if let SensorKind::Radar { range_rate_sigma_mps, .. } = &mut sensor.kind {
        *range_rate_sigma_mps = Some(RATE_SIGMA_MPS);
    }
    sensor
}

fn infrared(id: &str, longitude_deg: f64) -> Sensor {
    Sensor {
        id: id.into(),
        site: Site::new(Geodetic::from_degrees(0.0, longitude_deg, 35_786e3)),
        period_s: 1.0,
        detection_probability: 0.9,
        clutter_per_scan: 0.5,
        kind: SensorKind::Infrared {
            angle_sigma_rad: INFRARED_SIGMA_RAD,
            centre: Geodetic::from_degrees(39.0, 131.0, 0.0),
            radius_m: 1_500e3,
        },
        path: None,
    }
}

/// Where the objects are at first (degrees, m) and how fast they go (east, north, up; m/s).
const OBJECTS: [([f64; 3], [f64; 3]); 2] =
    [([38.8, 128.5, 110e3], [1_900.0, 300.0, 900.0]), ([40.5, 133.0, 140e3], [-1_200.0, -1_500.0, 700.0])];

/// Place and velocity of a body that only gravity moves.
fn state(object: usize, time_s: f64) -> Vector6<f64> {
    let ([latitude_deg, longitude_deg, height_m], velocity) = OBJECTS[object];
    let site = Site::new(Geodetic::from_degrees(latitude_deg, longitude_deg, height_m));
    let (start, velocity_mps) = (site.ecef().0, site.ecef_to_enu().transpose() * Vector3::from(velocity));
    let rate = |_: f64, s: &Vector6<f64>| {
        let (p, v) = (Vector3::new(s[0], s[1], s[2]), Vector3::new(s[3], s[4], s[5]));
        let a = free_fall_acceleration(Ecef(p), v);
        Vector6::new(v.x, v.y, v.z, a.x, a.y, a.z)
    };
    let integrator = Integrator { tolerance: Vector6::repeat(1e-3), step_max_s: 20.0 };
    let start = Vector6::new(start.x, start.y, start.z, velocity_mps.x, velocity_mps.y, velocity_mps.z);
    integrator.fly(start, time_s, rate, |_| 1.0).state
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

fn measured(sensor: &Sensor, fault: &Correction, at: &Vector6<f64>, random: &mut Random) -> Measurement {
    let place = Ecef(at.fixed_rows::<3>(0).into_owned());
    match sensor.kind {
        SensorKind::Radar { range_rate_sigma_mps, .. } => {
            let seen = sensor.site.look(place);
            let rate_mps = (place.0 - sensor.site.ecef().0).normalize().dot(&at.fixed_rows::<3>(3));
            let azimuth_rad = seen.azimuth_rad + fault.azimuth_rad + ANGLE_SIGMA_RAD * random.normal();
            Measurement::Radar {
                range_m: seen.range_m + fault.range_m + RANGE_SIGMA_M * random.normal(),
                azimuth_rad: azimuth_rad.rem_euclid(TAU),
                elevation_rad: seen.elevation_rad + fault.elevation_rad + ANGLE_SIGMA_RAD * random.normal(),
                range_rate_mps: range_rate_sigma_mps.map(|sigma_mps| rate_mps + sigma_mps * random.normal()),
            }
        }
        SensorKind::Infrared { .. } => {
            let along = (place.0 - sensor.site.ecef().0).normalize();
            let noise = Vector3::new(random.normal(), random.normal(), random.normal()) * INFRARED_SIGMA_RAD;
            Measurement::Infrared { line_of_sight: (along + noise - along * along.dot(&noise)).normalize() }
        }
    }
}

/// What becomes known of sensors with these faults within so many seconds, and the tracks at the end.
fn watched(sensors: &[Sensor], faults: &[Correction], looks: u32, seed: u64) -> (Vec<SensorHealth>, Vec<TrackState>) {
    let mut engine = Engine::new(Config {
        sensors: sensors.to_vec(),
        zones: Vec::new(),
        regions: Vec::new(),
        has_catalogue: false,
        policy: Policy::default(),
    });
    let mut random = Random(seed);
    let (mut found, mut tracks, mut seq) = (Vec::new(), Vec::new(), 0);
    for look in 0..looks {
        for (index, (sensor, fault)) in sensors.iter().zip(faults).enumerate() {
            let time_s = f64::from(look) + 0.2 * index as f64;
            for object in 0..OBJECTS.len() {
                seq += 1;
                let at = state(object, time_s);
                let plot = Plot {
                    sensor: SensorIndex(index as u16),
                    time: second(time_s),
                    measurement: measured(sensor, fault, &at, &mut random),
                };
                for output in engine.step(second(time_s + 0.1), Seq(seq), Input::Plot(plot)) {
                    match output {
                        Output::SensorHealth(health) => found.push(health),
                        Output::Picture(states) => tracks = states,
                        _ => {}
                    }
                }
            }
        }
    }
    (found, tracks)
}

fn last(found: &[SensorHealth], sensor: u16) -> SensorHealth {
    *found.iter().rfind(|health| health.sensor == SensorIndex(sensor)).expect("something is found of it")
}

/// The azimuth matters most: 0.001 rad are 0.5 km here. From two sides only, ranges are known less well.
fn is_near(found: &Correction, fault: &Correction) -> bool {
    (found.azimuth_rad - fault.azimuth_rad).abs() < 1e-3 && (found.range_m - fault.range_m).abs() < 250.0
}

/// Two radars that are off to opposite sides.
fn opposite() -> ([Sensor; 2], [Correction; 2]) {
    let off =
        |side: f64| Correction { range_m: 200.0 * side, azimuth_rad: 0.3_f64.to_radians() * side, ..Correction::NONE };
    ([radar("radar-a", 38.0, 129.0), radar("radar-b", 36.2, 133.2)], [off(1.0), off(-1.0)])
}

/// Biases of opposite signs: the radars would see two objects where there is one.
#[test]
fn sim_two_radars_show_each_others_bias_and_see_one_object_where_there_is_one() {
    let (sensors, faults) = opposite();
    let (found, tracks) = watched(&sensors, &faults, 100, 5);
    for (index, fault) in faults.iter().enumerate() {
        let health = last(&found, index as u16);
        assert!(health.finding == Finding::Bias && health.aircraft_count == 0 && health.object_count > 0);
        assert!(is_near(&health.correction, fault), "{health:?}");
    }
    assert_eq!(tracks.len(), OBJECTS.len());
}

#[test]
fn sim_directions_that_meet_show_the_bias_of_a_radar_that_stands_alone() {
    let sensors = [radar("radar", 38.0, 129.0), infrared("infrared-a", 107.0), infrared("infrared-b", 162.0)];
    let fault = Correction { azimuth_rad: -0.006, ..Correction::NONE };
    let (found, tracks) = watched(&sensors, &[fault, Correction::NONE, Correction::NONE], 100, 5);
    let health = last(&found, 0);
    assert!(health.finding == Finding::Bias && is_near(&health.correction, &fault), "{health:?}");
    assert_eq!(tracks.len(), OBJECTS.len());
}

#[test]
fn sim_of_sound_sensors_nothing_is_found() {
    let sensors = [
        radar("radar-a", 38.0, 129.0),
        radar("radar-b", 36.2, 133.2),
        infrared("infrared-a", 107.0),
        infrared("infrared-b", 162.0),
    ];
    let (found, tracks) = watched(&sensors, &[Correction::NONE; 4], 100, 5);
    assert_eq!((found, tracks.len()), (Vec::new(), OBJECTS.len()));
}

/// What is taken out of a radar's plots is itself off, and all of them alike. A filter that takes each for independent is sure of
/// velocities that are wrong, and takes one object for two. The mean of the normalised errors squared is one per component.
#[test]
fn sim_tracks_of_corrected_radars_are_off_by_what_they_say() {
    let (sensors, faults) = opposite();
    let sensors = sensors.map(rated);
    let mut normalised = Vec::new();
    for seed in 0..12 {
        let (_, tracks) = watched(&sensors, &faults, 250, seed);
        for track in tracks {
            let time_s = track.time.seconds_since(second(0.0));
            let states = (0..OBJECTS.len()).map(|object| state(object, time_s));
            let own: Vec<Vector3<f64>> = states.map(|s| track.velocity_mps - s.fixed_rows::<3>(3)).collect();
            let off_mps = own.into_iter().min_by(|a, b| a.norm().total_cmp(&b.norm())).expect("there are objects");
            let covariance = track.covariance.fixed_view::<3, 3>(3, 3).into_owned();
            let solved = covariance.cholesky().expect("a covariance").solve(&off_mps);
            normalised.push(off_mps.dot(&solved) / 3.0);
        }
    }
    let mean = normalised.iter().sum::<f64>() / normalised.len() as f64;
    assert!((0.3..1.3).contains(&mean), "{mean}: {normalised:.1?}");
    assert_eq!(normalised.len(), 12 * OBJECTS.len(), "one track of each object");
}
