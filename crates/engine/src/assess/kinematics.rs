//! How a track moves and whether it burns, in the words that tell kinds apart, and where it would be if it only fell.

use crate::picture::{Mode, Track};
use crate::plot::{Sensor, SensorKind};
use downrange_earth::geodetic::height_m;
use downrange_earth::motion::{Integrator, ballistic_rate};
use downrange_earth::{Ecef, Site, Time};
use nalgebra::{SVector, Vector3};

/// Place and velocity of a track in the words that tell kinds apart.
pub struct Kinematics {
    /// Where, ECEF.
    pub place_m: Vector3<f64>,
    /// How fast, ECEF axes.
    pub velocity_mps: Vector3<f64>,
    /// Above the ellipsoid.
    pub height_m: f64,
    /// Over the ground.
    pub speed_mps: f64,
    /// Sine of the angle of climb.
    pub climb_sine: f64,
    /// One sigma of the place.
    pub place_sigma_m: f64,
    /// One sigma of the velocity.
    pub speed_sigma_mps: f64,
}

impl Kinematics {
    /// Of a track as all its models together say.
    pub fn of(track: &Track) -> Kinematics {
        let place_m = track.position_m();
        let velocity_mps = track.velocity_mps();
        let speed_mps = velocity_mps.norm();
        let up = *Site::new(Ecef(place_m).geodetic()).ecef_to_enu();
        let (place_sigma_m, speed_sigma_mps) = track.spread();
        Kinematics {
            place_m,
            velocity_mps,
            height_m: height_m(Ecef(place_m)),
            speed_mps,
            climb_sine: (up * velocity_mps).z / speed_mps.max(1.0),
            place_sigma_m,
            speed_sigma_mps,
        }
    }

    /// Whether it moves as what comes from the ground does on its way up.
    pub fn rises_from_ground(&self) -> bool {
        self.height_m < RISING_BELOW_M
            && self.climb_sine > RISING_SINE
            && self.speed_mps > RISING_FROM_MPS
            && !rises_too_fast(self.height_m, self.speed_mps)
    }

    /// The same, and its velocity is known to some degrees, although not well: much of what is launched far away is lost, while its
    /// engine burns, before it is known better.
    pub fn surely_rises_from_ground(&self) -> bool {
        self.rises_from_ground()
            && self.speed_sigma_mps < SURE_SHARE * self.speed_mps
            && self.climb_sine * self.speed_mps > SURE_SIGMAS * self.speed_sigma_mps
    }
}

/// Whether nothing that was launched is so fast so low.
pub fn rises_too_fast(height_m: f64, speed_mps: f64) -> bool {
    height_m < RISING_LOW_M && speed_mps > RISING_LOW_TO_MPS
}

/// Where free fall without air leads from a place and a velocity (ECEF) in so many seconds, or from where it led there when these
/// are negative.
pub fn free_fall(place_m: Vector3<f64>, velocity_mps: Vector3<f64>, after_s: f64) -> (Vector3<f64>, Vector3<f64>) {
    let integrator = Integrator { tolerance: SVector::from([10.0, 10.0, 10.0, 0.1, 0.1, 0.1]), step_max_s: 30.0 };
    let (p, v) = (place_m, velocity_mps);
    let state = SVector::<f64, 6>::from([p.x, p.y, p.z, v.x, v.y, v.z]);
    let end = integrator.fly(state, after_s, |_, state| ballistic_rate(state, f64::INFINITY), |_| 1.0).state;
    (end.fixed_rows::<3>(0).into_owned(), end.fixed_rows::<3>(3).into_owned())
}

/// What climbs steeper than this rises.
pub const RISING_SINE: f64 = 0.1;
/// Below this height, rising, it comes from the ground.
const RISING_BELOW_M: f64 = 100e3;
/// What rises slower than this may be a bird, a balloon, an aircraft.
const RISING_FROM_MPS: f64 = 300.0;
/// Rockets leave the air slowly: recorded webcasts of twelve orbital launches show 1.4 to 2.2 km/s at 60 km, and ten times the
/// Earth's gravity from the ground on, straight up, would give 3.5 km/s there. What rises faster than this below that height is no
/// launch; most often it is a track of plots of two meteors. Our choice of border.
const RISING_LOW_M: f64 = 60e3;
const RISING_LOW_TO_MPS: f64 = 5_000.0;
/// A climb is sure when its sigma is less than this share of the speed (six degrees), and this many times less than itself.
const SURE_SHARE: f64 = 0.1;
const SURE_SIGMAS: f64 = 3.0;
/// Thrust that is surely more than the errors of a track explain.
const THRUST_MIN_MPS2: f64 = 5.0;

/// A climbing body that sensors of hot objects saw this lately burns.
const HOT_LATELY_S: f64 = 4.5;
/// Plumes are seen below this height; what glows higher up comes in from space.
pub const PLUME_HEIGHT_M: f64 = 300e3;

/// Whether an engine burns: the boost model explains the track best and with real thrust, or its plume is seen.
pub fn is_boosting(track: &Track, state: &Kinematics, sensors: &[Sensor]) -> bool {
    let boost = track.mode(Mode::Boost);
    let thrust_sigma_mps2 = libm::sqrt(boost.covariance[(6, 6)].max(0.0));
    let pushes = track.is_grown()
        && track.mode_probabilities()[Mode::Boost as usize] > 0.5
        && boost.mean[6] - 2.0 * thrust_sigma_mps2 > THRUST_MIN_MPS2;
    let climbs = state.climb_sine > RISING_SINE && state.height_m < PLUME_HEIGHT_M;
    pushes || (climbs && last_infrared_hit(track, sensors).is_some_and(|t| track.time.seconds_since(t) < HOT_LATELY_S))
}

fn last_infrared_hit(track: &Track, sensors: &[Sensor]) -> Option<Time> {
    let infrared = sensors.iter().zip(&track.sensors).filter(|(s, _)| matches!(s.kind, SensorKind::Infrared { .. }));
    infrared.filter_map(|(_, record)| record.last_hit).max()
}

/// Whether it only glows and does not move: a fire, a flare, a furnace. Sensors of hot objects have seen it for long, each of them
/// in one and the same direction, and nothing else sees it. What flies may come straight at one of them, not at two.
pub fn stands(track: &Track, sensors: &[Sensor]) -> bool {
    if track.last_hit.seconds_since(track.born) < STANDS_AFTER_S {
        return false;
    }
    let place_m = track.position_m();
    let turns = |at: usize| {
        let SensorKind::Infrared { angle_sigma_rad, .. } = sensors[at].kind else { return Some(true) };
        let turning = track.sensors[at].sight.turning()?;
        let slowest_radps = STANDS_MPS / (place_m - sensors[at].site.ecef().0).norm();
        Some(turning.rate_radps > slowest_radps + TURNS_SIGMAS * turning.sigma_ratio_ps * angle_sigma_rad)
    };
    let seers = (0..sensors.len()).filter(|&at| track.sensors[at].hits > 0);
    let told: Vec<bool> = seers.filter_map(turns).collect();
    !told.is_empty() && !told.contains(&true)
}

/// So long a plume has been seen when it must have moved: rockets leave the pad with a quarter of the Earth's gravity at least and are
/// some hundred metres a second fast by then; what comes out of clouds is faster.
const STANDS_AFTER_S: f64 = 25.0;
/// What moves more slowly across the line of sight stands, and directions turn by so many sigmas of their rate by chance.
const STANDS_MPS: f64 = 50.0;
const TURNS_SIGMAS: f64 = 2.5;

/// Plots of it by sensors of hot objects.
pub fn infrared_hits(track: &Track, sensors: &[Sensor]) -> u32 {
    let infrared = sensors.iter().zip(&track.sensors).filter(|(s, _)| matches!(s.kind, SensorKind::Infrared { .. }));
    infrared.map(|(_, record)| record.hits).sum()
}
