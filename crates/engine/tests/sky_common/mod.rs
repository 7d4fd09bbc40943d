//! A small sky for tests: two radars, three aircraft, one body that falls, clutter. The flights are
//! straight lines and [`downrange_earth::motion::fall`]; worlds with other physics come from the crate `downrange-sim`.

use downrange_earth::motion::{Integrator, ballistic_rate};
use downrange_earth::{Ecef, Geodetic, Site, Time};
use downrange_engine::plot::{Measurement, Plot, RadarCoverage, Sensor, SensorIndex, SensorKind};
use downrange_engine::policy::{Config, Policy};
use downrange_engine::traffic::SurfacePosition;
use nalgebra::{SVector, Vector3};
use std::f64::consts::TAU;

/// Seconds after the start of every test.
pub fn second(s: f64) -> Time {
    Time::from_tai_ns(1_600_000_000_000_000_000).plus_s(s)
}

/// A plot on its way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    /// When it arrives.
    pub received_s: f64,
    /// What it says.
    pub plot: Plot,
}

const RANGE_SIGMA_M: f64 = 40.0;
const ANGLE_SIGMA_RAD: f64 = 0.0014;
const RATE_SIGMA_MPS: f64 = 2.0;

fn radar(id: &str, latitude_deg: f64, longitude_deg: f64) -> Sensor {
    Sensor {
        id: id.into(),
        site: Site::new(Geodetic::from_degrees(latitude_deg, longitude_deg, 200.0)),
        period_s: 1.0,
        detection_probability: 0.9,
        clutter_per_scan: 3.0,
        kind: SensorKind::Radar {
            range_sigma_m: RANGE_SIGMA_M,
            azimuth_sigma_rad: ANGLE_SIGMA_RAD,
            elevation_sigma_rad: ANGLE_SIGMA_RAD,
            range_rate_sigma_mps: Some(RATE_SIGMA_MPS),
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
    }
}

/// Two radars, no districts, the usual rules.
pub fn config() -> Config {
    Config {
        sensors: vec![radar("radar-a", 38.0, 129.0), radar("radar-b", 39.5, 131.0)],
        zones: Vec::new(),
        regions: Vec::new(),
        has_catalogue: false,
        policy: Policy::default(),
    }
}

/// What really flies.
pub struct World {
    seed: u64,
    aircraft: Vec<(Vector3<f64>, Vector3<f64>)>,
    falling: Option<SVector<f64, 6>>,
}

impl World {
    /// Three aircraft and a body that falls from 80 km, burnt out and moving at 2 km/s.
    pub fn new(seed: u64) -> World {
        let at = |latitude_deg: f64, longitude_deg: f64, height_m: f64, enu_mps: [f64; 3]| {
            let site = Site::new(Geodetic::from_degrees(latitude_deg, longitude_deg, height_m));
            (site.ecef().0, site.ecef_to_enu().transpose() * Vector3::from(enu_mps))
        };
        let (p, v) = at(38.8, 128.5, 80e3, [1_800.0, 300.0, 900.0]);
        World {
            seed,
            aircraft: vec![
                at(38.3, 130.0, 10e3, [230.0, 20.0, 0.0]),
                at(39.0, 130.5, 11e3, [-150.0, 180.0, 0.0]),
                at(38.6, 129.6, 9e3, [0.0, -240.0, 0.0]),
            ],
            falling: Some(SVector::from([p.x, p.y, p.z, v.x, v.y, v.z])),
        }
    }

    /// Nothing but false plots.
    pub fn clutter_only(seed: u64) -> World {
        World { seed, aircraft: Vec::new(), falling: None }
    }

    /// How many bodies fly.
    pub fn bodies(&self) -> usize {
        self.aircraft.len() + usize::from(self.falling.is_some())
    }

    fn flown(&self, start: &SVector<f64, 6>, time_s: f64) -> SVector<f64, 6> {
        let integrator =
            Integrator { tolerance: SVector::from([0.01, 0.01, 0.01, 1e-4, 1e-4, 1e-4]), step_max_s: 30.0 };
        let height = |s: &SVector<f64, 6>| downrange_earth::geodetic::height_m(Ecef(Vector3::new(s[0], s[1], s[2])));
        integrator.fly(*start, time_s, |_, state| ballistic_rate(state, 4_000.0), height).state
    }

    fn states(&self, time_s: f64) -> Vec<(Vector3<f64>, Vector3<f64>)> {
        let mut states: Vec<_> = self.aircraft.iter().map(|(p, v)| (p + v * time_s, *v)).collect();
        if let Some(start) = &self.falling {
            let s = self.flown(start, time_s);
            states.push((Vector3::new(s[0], s[1], s[2]), Vector3::new(s[3], s[4], s[5])));
        }
        states
    }

    /// Where the body comes down.
    pub fn fall_place(&self) -> SurfacePosition {
        let s = self.flown(self.falling.as_ref().expect("something falls"), 3_000.0);
        let ground = Ecef(Vector3::new(s[0], s[1], s[2])).geodetic();
        SurfacePosition { latitude_rad: ground.latitude_rad, longitude_rad: ground.longitude_rad }
    }

    /// Distance in place and velocity to the nearest body.
    pub fn nearest_error(&self, time_s: f64, place_m: Vector3<f64>, velocity_mps: Vector3<f64>) -> (f64, f64) {
        let errors = self.states(time_s).into_iter().map(|(p, v)| ((p - place_m).norm(), (v - velocity_mps).norm()));
        errors.min_by(|a, b| a.0.total_cmp(&b.0)).expect("something flies")
    }

    /// What the radars report in the first seconds, in order of reception.
    pub fn reports(&self, duration_s: f64) -> Vec<Report> {
        let mut random = Random(self.seed);
        let mut reports = Vec::new();
        for look in 0..duration_s as usize {
            for (index, sensor) in config().sensors.iter().enumerate() {
                let time_s = look as f64 + 0.3 * index as f64;
                for (p, v) in self.states(time_s) {
                    if random.uniform() < 0.9 {
                        reports.push(self.report(&mut random, sensor, index, time_s, p, v));
                    }
                }
                for _ in 0..3 {
                    reports.push(clutter(&mut random, index, time_s));
                }
            }
        }
        reports.sort_by(|a, b| a.received_s.total_cmp(&b.received_s));
        reports
    }

    fn report(
        &self,
        random: &mut Random,
        sensor: &Sensor,
        index: usize,
        time_s: f64,
        p: Vector3<f64>,
        v: Vector3<f64>,
    ) -> Report {
        let look = sensor.site.look(Ecef(p));
        let rate_mps = (p - sensor.site.ecef().0).normalize().dot(&v);
        let measurement = Measurement::Radar {
            range_m: look.range_m + RANGE_SIGMA_M * random.normal(),
            azimuth_rad: (look.azimuth_rad + ANGLE_SIGMA_RAD * random.normal()).rem_euclid(TAU),
            elevation_rad: look.elevation_rad + ANGLE_SIGMA_RAD * random.normal(),
            range_rate_mps: Some(rate_mps + RATE_SIGMA_MPS * random.normal()),
        };
        on_its_way(random, index, time_s, measurement)
    }
}

fn clutter(random: &mut Random, index: usize, time_s: f64) -> Report {
    let measurement = Measurement::Radar {
        range_m: 1e3 + 899e3 * random.uniform(),
        azimuth_rad: TAU * random.uniform(),
        elevation_rad: 1.5 * random.uniform(),
        range_rate_mps: Some(6_000.0 * (random.uniform() - 0.5)),
    };
    on_its_way(random, index, time_s, measurement)
}

fn on_its_way(random: &mut Random, index: usize, time_s: f64, measurement: Measurement) -> Report {
    Report {
        received_s: time_s + 0.05 + 0.3 * random.uniform(),
        plot: Plot { sensor: SensorIndex(index as u16), time: second(time_s), measurement },
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): enough for test noise.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (TAU * self.uniform()).cos()
    }
}
