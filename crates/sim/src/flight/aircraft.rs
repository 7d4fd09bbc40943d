//! Aeroplanes: along waypoints, alone or in formation, or somewhere in a box.

use super::path::{Knot, Path};
use super::{Flight, Kind, Object, Sky, direction};
use crate::physics::frame::{great_circle, local_axes, place_along, wrapped_rad};
use crate::random::Random;
use downrange_earth::Geodetic;

/// Knots of an aeroplane's path lie this far apart.
const KNOT_S: f64 = 2.0;

/// A flight along waypoints at constant speed; it begins at the first and holds its course after the last.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Where it flies, at least one; the heights are flown through in turn.
    pub waypoints: Vec<Geodetic>,
    /// Ground speed.
    pub speed_mps: f64,
    /// First course, when there is only one waypoint.
    pub course_rad: f64,
    /// How many fly in formation, side by side.
    pub count: u32,
    /// Distance between neighbours.
    pub spacing_m: f64,
    /// Fastest climb and descent.
    pub climb_most_mps: f64,
}

impl Route {
    /// Flies it, from the flight's start to the end of the scenario.
    pub fn fly(&self, flight: &Flight, sky: &Sky) -> Vec<Object> {
        (0..self.count)
            .map(|number| {
                let name =
                    if self.count == 1 { flight.name.clone() } else { format!("{}-{}", flight.name, number + 1) };
                let aside_m = (f64::from(number) - f64::from(self.count - 1) / 2.0) * self.spacing_m;
                aeroplane(name, self.path(aside_m, flight.start_s, sky.duration_s))
            })
            .collect()
    }

    fn path(&self, aside_m: f64, start_s: f64, end_s: f64) -> Path {
        let Some(&first) = self.waypoints.first() else { return Path::default() };
        let shift = |at: Geodetic, course_rad: f64| {
            let aside = place_along(at, course_rad + core::f64::consts::FRAC_PI_2, aside_m);
            Geodetic { height_m: at.height_m, ..aside }
        };
        let course_rad = self.waypoints.get(1).map_or(self.course_rad, |next| great_circle(first, *next).1);
        let mut pilot = Pilot {
            at: shift(first, course_rad),
            course_rad,
            speed_mps: self.speed_mps,
            turn_radps: 0.0,
            climb_mps: 0.0,
        };
        let (mut next, mut knots, mut time_s) = (1, Vec::new(), start_s);
        while time_s < end_s {
            if let Some(&mark) = self.waypoints.get(next) {
                let mark = shift(mark, pilot.course_rad);
                let (distance_m, bearing_rad) = great_circle(pilot.at, mark);
                if distance_m < 4.0 * KNOT_S * self.speed_mps {
                    next += 1;
                }
                // A turn of at most 3° a second, the standard rate of instrument flight.
                let off_rad = wrapped_rad(bearing_rad - pilot.course_rad);
                pilot.turn_radps = (off_rad / (2.0 * KNOT_S)).clamp(-0.052, 0.052);
                pilot.climb_mps = ((mark.height_m - pilot.at.height_m) / (distance_m / self.speed_mps).max(KNOT_S))
                    .clamp(-self.climb_most_mps, self.climb_most_mps);
            } else {
                (pilot.turn_radps, pilot.climb_mps) = (0.0, 0.0);
            }
            knots.push(pilot.knot(time_s));
            let step_s = KNOT_S.min(end_s - time_s);
            pilot.advance(step_s);
            time_s += step_s;
        }
        knots.push(pilot.knot(time_s));
        Path { knots }
    }
}

/// An aeroplane drawn from the stream: somewhere in the box, 9.2–11.9 km up, 195–250 m/s, any course; every fourth one
/// turns at 0.3–1.5° a second for a while.
pub fn drawn(name: String, [south, north, west, east]: [f64; 4], duration_s: f64, random: &mut Random) -> Object {
    let height_m = random.between(9_200.0, 11_900.0);
    let mut pilot = Pilot {
        at: Geodetic::from_degrees(random.between(south, north), random.between(west, east), height_m),
        course_rad: random.between(0.0, core::f64::consts::TAU),
        speed_mps: random.between(195.0, 250.0),
        turn_radps: 0.0,
        climb_mps: 0.0,
    };
    let side = if random.happens(0.5) { 1.0 } else { -1.0 };
    let rate_radps = if random.happens(0.25) { side * random.between(0.3, 1.5).to_radians() } else { 0.0 };
    let from_s = random.between(0.0, duration_s);
    let until_s = from_s + random.between(30.0, 240.0);
    let (mut knots, mut time_s) = (Vec::new(), 0.0);
    while time_s < duration_s {
        pilot.turn_radps = if (from_s..until_s).contains(&time_s) { rate_radps } else { 0.0 };
        knots.push(pilot.knot(time_s));
        let step_s = KNOT_S.min(duration_s - time_s);
        pilot.advance(step_s);
        time_s += step_s;
    }
    knots.push(pilot.knot(time_s));
    aeroplane(name, Path { knots })
}

fn aeroplane(name: String, path: Path) -> Object {
    Object { name, kind: Kind::Aircraft, path, burnout_s: None, reach_m: None, falls: false }
}

struct Pilot {
    at: Geodetic,
    course_rad: f64,
    speed_mps: f64,
    turn_radps: f64,
    climb_mps: f64,
}

impl Pilot {
    fn knot(&self, time_s: f64) -> Knot {
        let velocity_mps =
            direction(self.at, self.course_rad) * self.speed_mps + local_axes(self.at)[2] * self.climb_mps;
        Knot { time_s, place: self.at.ecef().0, velocity_mps, hot: false }
    }

    /// One step along an arc: the chord has the course of its middle.
    fn advance(&mut self, step_s: f64) {
        let half_rad = self.turn_radps * step_s / 2.0;
        let start = self.at.ecef().0;
        let middle = direction(self.at, self.course_rad + half_rad);
        let up = local_axes(self.at)[2];
        let chord_m = self.speed_mps * step_s * if half_rad == 0.0 { 1.0 } else { libm::sin(half_rad) / half_rad };
        let height_m = self.at.height_m + self.climb_mps * step_s;
        let next = downrange_earth::Ecef(start + middle * chord_m + up * (self.climb_mps * step_s)).geodetic();
        // A straight course over a round Earth keeps to the great circle: carry the direction, not the bearing.
        let ahead = direction(self.at, self.course_rad + 2.0 * half_rad);
        self.at = Geodetic { height_m, ..next };
        let [east, north, _] = local_axes(self.at);
        self.course_rad = libm::atan2(ahead.dot(&east), ahead.dot(&north));
    }
}
