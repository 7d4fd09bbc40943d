//! Bodies that come into the air from above: stages that re-enter and break up, and meteors.

use super::body::{End, Leg, Start, fly};
use super::missile::KNOT_S;
use super::path::Path;
use super::{Flight, Kind, Object, Sky, direction};
use crate::physics::drag::{Drag, Shape};
use crate::physics::frame::local_axes;
use crate::random::Random;
use downrange_earth::Geodetic;
use nalgebra::Vector3;

/// A body that re-enters.
#[derive(Debug, Clone, PartialEq)]
pub struct Reentry {
    /// Where it is at its start.
    pub from: Geodetic,
    /// Earth-fixed speed there.
    pub speed_mps: f64,
    /// Its bearing there.
    pub azimuth_rad: f64,
    /// Its flight-path angle there, negative is down.
    pub path_rad: f64,
    /// Mass over drag area of the whole body.
    pub ballistic_coefficient_kgpm2: f64,
    /// How it breaks up, if it does.
    pub break_up: Option<BreakUp>,
}

/// A break-up.
#[derive(Debug, Clone, PartialEq)]
pub struct BreakUp {
    /// Height at which it happens.
    pub height_m: f64,
    /// Mass over drag area of every piece; drawn if empty.
    pub coefficients_kgpm2: Vec<f64>,
    /// Number of pieces, when they are drawn.
    pub pieces: u32,
    /// Log-uniform between these, when they are drawn.
    pub between_kgpm2: (f64, f64),
    /// Deviation of the speed that each piece gets, along each axis.
    pub spread_mps: f64,
}

/// A meteor: it loses mass as it is heated, until nothing is left or it falls dark.
#[derive(Debug, Clone, PartialEq)]
pub struct Meteor {
    /// Where it begins to be followed.
    pub from: Geodetic,
    /// Earth-fixed speed there.
    pub speed_mps: f64,
    /// Its bearing there.
    pub azimuth_rad: f64,
    /// Its flight-path angle there, negative is down.
    pub path_rad: f64,
    /// Mass over drag area at first.
    pub ballistic_coefficient_kgpm2: f64,
    /// Height at which it has burnt up; 0 for a body that reaches the ground.
    pub gone_at_m: f64,
}

fn start(flight: &Flight, from: Geodetic, speed_mps: f64, azimuth_rad: f64, path_rad: f64) -> Start {
    let (s, c) = libm::sincos(path_rad);
    let velocity = (direction(from, azimuth_rad) * c + local_axes(from)[2] * s) * speed_mps;
    Start::fixed(flight.start_s, from.ecef().0, velocity)
}

/// No fall from the edge of the air lasts longer.
const LONGEST_S: f64 = 6_000.0;

impl Reentry {
    /// Flies it: the body, then its pieces.
    pub fn fly(&self, flight: &Flight, sky: &Sky, random: &mut Random) -> Vec<Object> {
        let begin = start(flight, self.from, self.speed_mps, self.azimuth_rad, self.path_rad);
        let drag = Drag::tumbling(self.ballistic_coefficient_kgpm2, random);
        let floor_m = self.break_up.as_ref().map_or(0.0, |b| b.height_m);
        let leg = Leg { floor_m, ..Leg::fall(drag, begin.time_s + LONGEST_S) };
        let mut path = Path::default();
        let (at, end) = fly(sky.air, &leg, begin, KNOT_S, &mut path);
        let falls = end == End::Ground;
        let name = flight.name.clone();
        let mut objects = vec![Object { name, kind: Kind::Reentry, path, burnout_s: None, reach_m: None, falls }];
        if let Some(break_up) = self.break_up.as_ref().filter(|_| end == End::Floor) {
            break_up.pieces(flight, sky, random, at, &mut objects);
        }
        objects
    }
}

impl BreakUp {
    fn pieces(&self, flight: &Flight, sky: &Sky, random: &mut Random, at: Start, objects: &mut Vec<Object>) {
        let coefficients: Vec<f64> = if self.coefficients_kgpm2.is_empty() {
            (0..self.pieces).map(|_| random.log_between(self.between_kgpm2.0, self.between_kgpm2.1)).collect()
        } else {
            self.coefficients_kgpm2.clone()
        };
        let (place, velocity) = at.to_fixed();
        for (number, coefficient) in coefficients.into_iter().enumerate() {
            let kick = Vector3::new(random.normal(), random.normal(), random.normal()) * self.spread_mps;
            let begin = Start::fixed(at.time_s, place, velocity + kick);
            let drag = Drag::tumbling(coefficient, random);
            let mut path = Path::default();
            fly(sky.air, &Leg::fall(drag, begin.time_s + LONGEST_S), begin, KNOT_S, &mut path);
            let name = format!("{}-piece-{:02}", flight.name, number + 1);
            objects.push(Object { name, kind: Kind::Debris, path, burnout_s: None, reach_m: None, falls: true });
        }
    }
}

impl Meteor {
    /// Flies it.
    pub fn fly(&self, flight: &Flight, sky: &Sky) -> Object {
        let begin = start(flight, self.from, self.speed_mps, self.azimuth_rad, self.path_rad);
        let drag = Drag::steady(self.ballistic_coefficient_kgpm2, Shape::Blunt);
        let leg = Leg { floor_m: self.gone_at_m, ..Leg::fall(drag, begin.time_s + LONGEST_S) };
        let mut path = Path::default();
        // A knot every tenth of a second: at 20 km/s a second is far.
        let (_, end) = fly(sky.air, &leg, begin, KNOT_S / 10.0, &mut path);
        let falls = end == End::Ground;
        Object { name: flight.name.clone(), kind: Kind::Meteor, path, burnout_s: None, reach_m: None, falls }
    }
}
