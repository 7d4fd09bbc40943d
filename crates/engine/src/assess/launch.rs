//! Where and when it was launched: running back from the first good state.

use super::Launch;
use super::exposure::RegionIndex;
use super::kinematics::Kinematics;
use crate::traffic::SurfacePosition;
use downrange_earth::geodetic::height_m;
use downrange_earth::motion::{Integrator, ballistic_rate};
use downrange_earth::{Ecef, Site, Time, geodesic};
use nalgebra::{SVector, Vector3};

/// The first state of a track that is worth running back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FirstState {
    /// When.
    pub time: Time,
    /// Where.
    pub place: Ecef,
    /// How fast, ECEF axes.
    pub velocity_mps: Vector3<f64>,
    /// One sigma of the place.
    pub place_sigma_m: f64,
    /// One sigma of the velocity.
    pub speed_sigma_mps: f64,
    /// Whether an engine burned.
    pub boosting: bool,
}

impl FirstState {
    /// Of a track that moves so.
    pub fn of(time: Time, state: &Kinematics, boosting: bool) -> FirstState {
        FirstState {
            time,
            place: Ecef(state.place_m),
            velocity_mps: state.velocity_mps,
            place_sigma_m: state.place_sigma_m,
            speed_sigma_mps: state.speed_sigma_mps,
            boosting: boosting || state.height_m < BURNING_BELOW_M,
        }
    }

    /// Share of the way run back that may be wrong because the velocity is not known better, along it and across.
    fn speed_share(&self) -> f64 {
        self.speed_sigma_mps / self.velocity_mps.norm().max(1.0)
    }

    /// Whether its velocity is known well enough not to be asked again.
    fn is_well_known(&self) -> bool {
        self.speed_share() < WELL_KNOWN_SHARE
    }
}

/// Where something came from: the first state of it that is worth running back, and the launch that this leads to.
#[derive(Debug, Clone, Default)]
pub struct RunBack {
    first: Option<FirstState>,
    /// It is still to be run back.
    is_due: bool,
    launch: Option<Launch>,
    /// The launch is that of something it came off.
    is_inherited: bool,
}

impl RunBack {
    /// Takes a state if it is the first, or the first that is known well while the engine burns: later ones are far from the launch.
    pub fn note(&mut self, state: FirstState) {
        let better = |first: &FirstState| !first.is_well_known() && state.is_well_known() && state.boosting;
        if self.first.as_ref().is_none_or(better) {
            self.is_due = !self.is_inherited;
            self.first = Some(state);
        }
    }

    /// The first state.
    pub fn first(&self) -> Option<&FirstState> {
        self.first.as_ref()
    }

    /// Runs it back if it was not yet: of two launches the one that is known better stands.
    pub fn find(&mut self, regions: &RegionIndex) {
        if !core::mem::take(&mut self.is_due) {
            return;
        }
        match self.first.as_ref().and_then(|first| run_back(first, regions)) {
            Some(found) if self.launch.as_ref().is_none_or(|known| found.semi_major_m < known.semi_major_m) => {
                self.launch = Some(found);
            }
            // A young track may seem to sink: another look will tell.
            None if self.launch.is_none() => self.first = None,
            _ => {}
        }
    }

    /// The launch, once it is found.
    pub fn launch(&self) -> Option<&Launch> {
        self.launch.as_ref()
    }

    /// What is known of another's launch is known of this one's.
    pub fn inherit(&mut self, other: &RunBack) {
        if self.launch.is_none() && other.launch.is_some() {
            self.launch = other.launch.clone();
            (self.is_inherited, self.is_due) = (true, false);
        }
    }

    /// There was no launch.
    pub fn forget_launch(&mut self) {
        self.launch = None;
    }
}

/// A velocity is known well when its sigma is less than this share of it. Our choice.
const WELL_KNOWN_SHARE: f64 = 0.06;
/// What is first seen below this height most probably burns, whether that shows or not. Our choice.
const BURNING_BELOW_M: f64 = 40e3;
/// A burning rocket below this height is run back along a gravity turn; above it, or coasting, along its free fall.
const GRAVITY_TURN_HEIGHT_M: f64 = 120e3;
/// Share of the distance run back that may be wrong, one sigma: a gravity turn may be early or late.
const TURN_SHARE: f64 = 0.3;
const TURN_TIME_SHARE: f64 = 0.15;
/// Share of the distance run back along free fall: the burn itself was not free fall.
const FALL_SHARE: f64 = 0.12;
/// Least errors: the ground's height, the pad's size, the sensor's bias.
const PLACE_SIGMA_MIN_M: f64 = 1_000.0;
const TIME_SIGMA_MIN_S: f64 = 1.0;
/// How much later than free fall says a rocket starts: it must first gather speed. Half of a burn of 60 s.
const BURN_HALF_S: f64 = 30.0;
/// What these make too much of, as they rest on the largest sigma of a state, and on gravity turns of any sort: 95 of a hundred of 1,713
/// launches from seed 4600000 on lay within 1.5 sigmas of their place, where 2.45 would be; and where radars are off, in 88 hard
/// worlds from seed 4700000 on, 98 of a hundred within 2.45. Between the two.
const TOO_CAREFUL: f64 = 0.75;
/// Free fall is run back at most this long.
const BACK_MAX_S: f64 = 3_600.0;

/// The launch that leads to this state; `None` when it does not come from the ground.
pub fn run_back(first: &FirstState, regions: &RegionIndex) -> Option<Launch> {
    let rough = if first.boosting && height_m(first.place) < GRAVITY_TURN_HEIGHT_M {
        gravity_turn_back(first)?
    } else {
        free_fall_back(first)?
    };
    let region = regions.name_of(rough.position);
    Some(Launch {
        time: first.time.plus_s(-rough.before_s),
        time_sigma_s: rough.before_sigma_s,
        position: rough.position,
        semi_major_m: TOO_CAREFUL * rough.along_sigma_m.max(rough.across_sigma_m),
        semi_minor_m: TOO_CAREFUL * rough.along_sigma_m.min(rough.across_sigma_m),
        orientation_rad: rough.bearing_rad,
        region: region.map(|r| r.name.clone()),
        region_local: region.and_then(|r| r.name_local.clone()),
    })
}

struct Rough {
    before_s: f64,
    before_sigma_s: f64,
    position: SurfacePosition,
    bearing_rad: f64,
    along_sigma_m: f64,
    across_sigma_m: f64,
}

/// A rocket that starts upright, gathers speed evenly and leans over evenly: with speed `v u` and horizontal share
/// `cos γ · u` at the share `u` of the time `τ` since launch, it has risen `h = v τ (1 + 2 sin γ)/6` and gone
/// `x = v τ cos γ/3` (integrals of `v u` times the vertical and horizontal shares; the vertical share leans from 1 to
/// `sin γ`). The height is known, so it gives `τ`, and `τ` gives `x`.
fn gravity_turn_back(first: &FirstState) -> Option<Rough> {
    let site = Site::new(first.place.geodetic());
    let enu = site.ecef_to_enu() * first.velocity_mps;
    let speed_mps = enu.norm();
    if enu.z <= 0.0 || speed_mps < 50.0 {
        return None;
    }
    let climb_sine = enu.z / speed_mps;
    let climb_cosine = libm::hypot(enu.x, enu.y) / speed_mps;
    let before_s = 6.0 * site.geodetic().height_m.max(0.0) / (speed_mps * (1.0 + 2.0 * climb_sine));
    let back_m = speed_mps * before_s * climb_cosine / 3.0;
    let bearing_rad = libm::atan2(enu.x, enu.y);
    let place_sigma_m = libm::hypot(PLACE_SIGMA_MIN_M, first.place_sigma_m);
    let position = surface(site.geodetic(), bearing_rad + core::f64::consts::PI, back_m);
    Some(Rough {
        before_s,
        before_sigma_s: libm::hypot(TIME_SIGMA_MIN_S, libm::hypot(TURN_TIME_SHARE, first.speed_share()) * before_s),
        position,
        bearing_rad: positive(bearing_rad),
        along_sigma_m: libm::hypot(place_sigma_m, libm::hypot(TURN_SHARE, first.speed_share()) * back_m),
        across_sigma_m: libm::hypot(place_sigma_m, first.speed_share() * back_m),
    })
}

fn free_fall_back(first: &FirstState) -> Option<Rough> {
    let integrator = Integrator { tolerance: SVector::from([5.0, 5.0, 5.0, 0.1, 0.1, 0.1]), step_max_s: 30.0 };
    let (p, v) = (first.place.0, first.velocity_mps);
    // Without drag: going back in time, drag would speed it up without bound.
    let flown = integrator.fly(
        SVector::from([p.x, p.y, p.z, v.x, v.y, v.z]),
        -BACK_MAX_S,
        |_, state| ballistic_rate(state, f64::INFINITY),
        |state| height_m(Ecef(Vector3::new(state[0], state[1], state[2]))),
    );
    if !flown.by_event {
        return None;
    }
    let ground = Ecef(Vector3::new(flown.state[0], flown.state[1], flown.state[2])).geodetic();
    let path = geodesic::inverse(ground, first.place.geodetic());
    let along_sigma_m = libm::hypot(FALL_SHARE * path.distance_m + 10e3, first.place_sigma_m);
    Some(Rough {
        before_s: -flown.time_s + BURN_HALF_S,
        before_sigma_s: BURN_HALF_S,
        position: SurfacePosition { latitude_rad: ground.latitude_rad, longitude_rad: ground.longitude_rad },
        bearing_rad: positive(path.azimuth_start_rad),
        along_sigma_m,
        across_sigma_m: libm::hypot(0.03 * path.distance_m + PLACE_SIGMA_MIN_M, first.place_sigma_m),
    })
}

fn surface(from: downrange_earth::Geodetic, azimuth_rad: f64, distance_m: f64) -> SurfacePosition {
    let place = geodesic::direct(from, azimuth_rad, distance_m);
    SurfacePosition { latitude_rad: place.latitude_rad, longitude_rad: place.longitude_rad }
}

fn positive(angle_rad: f64) -> f64 {
    if angle_rad < 0.0 { angle_rad + core::f64::consts::TAU } else { angle_rad }
}

#[cfg(test)]
mod tests {
    use super::*;
    use downrange_earth::Geodetic;

    /// A start that obeys the assumption exactly is found exactly.
    #[test]
    fn val_gravity_turn_is_inverted() {
        let (speed_mps, before_s) = (900.0, 20.0);
        let climb_rad = 1.0_f64;
        let rise_m = speed_mps * before_s * (1.0 + 2.0 * libm::sin(climb_rad)) / 6.0;
        let gone_m = speed_mps * before_s * libm::cos(climb_rad) / 3.0;
        let pad = Geodetic::from_degrees(40.2, 124.5, 0.0);
        let mut over = geodesic::direct(pad, 1.2, gone_m);
        over.height_m = rise_m;
        let site = Site::new(over);
        let (c, s) = (libm::cos(climb_rad), libm::sin(climb_rad));
        let azimuth_rad = geodesic::inverse(pad, over).azimuth_end_rad;
        let enu = Vector3::new(c * libm::sin(azimuth_rad), c * libm::cos(azimuth_rad), s) * speed_mps;
        let first = FirstState {
            time: Time::from_tai_ns(0),
            place: site.ecef(),
            velocity_mps: site.ecef_to_enu().transpose() * enu,
            place_sigma_m: 100.0,
            speed_sigma_mps: 30.0,
            boosting: true,
        };
        let launch = run_back(&first, &RegionIndex::new(&[])).expect("it rises");
        assert!((launch.time.seconds_since(first.time) + before_s).abs() < 0.01);
        let place = Geodetic {
            latitude_rad: launch.position.latitude_rad,
            longitude_rad: launch.position.longitude_rad,
            height_m: 0.0,
        };
        assert!(geodesic::inverse(pad, place).distance_m < 1.0);
    }

    fn rising(seconds: f64, height_m: f64, speed_mps: f64, speed_sigma_mps: f64) -> FirstState {
        let site = Site::new(Geodetic::from_degrees(40.0, 125.0, height_m));
        let enu = Vector3::new(0.6, 0.0, 0.8) * speed_mps;
        FirstState {
            time: Time::from_tai_ns(0).plus_s(seconds),
            place: site.ecef(),
            velocity_mps: site.ecef_to_enu().transpose() * enu,
            place_sigma_m: 500.0,
            speed_sigma_mps,
            boosting: true,
        }
    }

    /// At first 400 ± 170 m/s, 10 km up: 6·10 km/(400 m/s · 2.6) = 57.7 s of climb; then 650 ± 20 m/s, 12 km up, 3 s later: 42.6 s.
    #[test]
    fn val_a_launch_is_found_again_when_the_speed_is_known() {
        let regions = RegionIndex::new(&[]);
        let since_s = |found: &RunBack| found.launch().map(|launch| launch.time.seconds_since(Time::from_tai_ns(0)));
        let mut found = RunBack::default();
        found.find(&regions);
        assert_eq!(found.launch(), None);
        found.note(rising(0.0, 10e3, 400.0, 170.0));
        found.find(&regions);
        assert!((since_s(&found).expect("it rises") + 57.7).abs() < 0.1, "{:?}", since_s(&found));
        found.note(rising(3.0, 12e3, 650.0, 20.0));
        found.find(&regions);
        let again_s = since_s(&found).expect("it rises");
        assert!((again_s + 42.6 - 3.0).abs() < 0.1, "{again_s}");
        found.note(rising(60.0, 90e3, 2_000.0, 10.0));
        found.find(&regions);
        assert_eq!(since_s(&found), Some(again_s), "the first that is known well stays");
    }

    #[test]
    fn what_came_off_another_keeps_its_launch() {
        let regions = RegionIndex::new(&[]);
        let (mut parent, mut child) = (RunBack::default(), RunBack::default());
        parent.note(rising(0.0, 10e3, 600.0, 20.0));
        parent.find(&regions);
        child.inherit(&parent);
        child.note(rising(100.0, 90e3, 3_000.0, 20.0));
        child.find(&regions);
        assert_eq!(child.launch(), parent.launch());
    }
}
