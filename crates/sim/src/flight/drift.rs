//! What is slow or stands still and yet is seen: balloons and wind turbines.

use super::path::{Knot, Path};
use super::{Flight, Kind, Object, Sky, direction};
use crate::physics::frame::local_axes;
use crate::random::Random;
use downrange_earth::{Ecef, Geodetic};

/// Knots of a balloon's path lie this far apart.
const BALLOON_S: f64 = 10.0;
/// Knots of a turbine's path: blades come round about so often.
const BLADE_S: f64 = 1.0;

/// A balloon: it climbs to its ceiling and goes with the wind of the day.
#[derive(Debug, Clone, PartialEq)]
pub struct Balloon {
    /// Where it is at its start.
    pub from: Geodetic,
    /// Rate of climb below the ceiling.
    pub climb_mps: f64,
    /// Where it stops climbing.
    pub ceiling_m: f64,
}

impl Balloon {
    /// Flies it to the end of the scenario.
    pub fn fly(&self, flight: &Flight, sky: &Sky) -> Object {
        let (mut at, mut time_s, mut knots) = (self.from, flight.start_s, Vec::new());
        loop {
            let climb_mps = if at.height_m < self.ceiling_m { self.climb_mps } else { 0.0 };
            let (east_mps, north_mps) = sky.air.wind_mps(at.height_m);
            let [east, north, up] = local_axes(at);
            let velocity_mps = east * east_mps + north * north_mps + up * climb_mps;
            knots.push(Knot { time_s, place: at.ecef().0, velocity_mps, hot: false });
            let step_s = BALLOON_S.min(sky.duration_s - time_s);
            if step_s <= 0.0 {
                break;
            }
            let height_m = at.height_m + climb_mps * step_s;
            at = Geodetic { height_m, ..Ecef(at.ecef().0 + velocity_mps * step_s).geodetic() };
            time_s += step_s;
        }
        other(flight.name.clone(), Path { knots })
    }
}

/// Wind turbines: they stand still and their blades give range rates.
#[derive(Debug, Clone, PartialEq)]
pub struct WindFarm {
    /// Where they stand: south, north, west and east edge, degrees.
    pub area_deg: [f64; 4],
    /// How many.
    pub turbines_count: u32,
    /// Height of the hubs.
    pub hub_m: f64,
    /// Speed of the tips of the blades.
    pub tip_mps: f64,
}

impl WindFarm {
    /// Turns them to the end of the scenario. What is seen of a blade is a part of it at any distance from the hub, going
    /// any way in the plane of the rotor, so every second has its own speed; the place stays that of the hub.
    pub fn turn(&self, flight: &Flight, sky: &Sky, random: &mut Random) -> Vec<Object> {
        let [south, north, west, east] = self.area_deg;
        (0..self.turbines_count)
            .map(|number| {
                let place = (random.between(south, north), random.between(west, east));
                let at = Geodetic::from_degrees(place.0, place.1, self.hub_m);
                let [.., up] = local_axes(at);
                let across = direction(at, random.between(0.0, core::f64::consts::TAU));
                let mut knots = Vec::new();
                let mut time_s = flight.start_s;
                while time_s <= sky.duration_s {
                    let (sin, cos) = libm::sincos(random.between(0.0, core::f64::consts::TAU));
                    let velocity_mps = (across * cos + up * sin) * (self.tip_mps * random.uniform());
                    knots.push(Knot { time_s, place: at.ecef().0, velocity_mps, hot: false });
                    time_s += BLADE_S;
                }
                other(format!("{}-{}", flight.name, number + 1), Path { knots })
            })
            .collect()
    }
}

fn other(name: String, path: Path) -> Object {
    Object { name, kind: Kind::Other, path, burnout_s: None, reach_m: None, falls: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flight::Plan;
    use crate::physics::air::Air;

    fn flown(plan: Plan) -> Vec<Object> {
        let air = Air::drawn(&mut Random::new(1, "air"), 0.04);
        let sky = Sky { air: &air, duration_s: 601.0 };
        let flight = Flight { name: "it".into(), start_s: 1.0, plan, phantom_of: Vec::new() };
        flight.fly(&sky, &mut Random::new(1, "it")).unwrap()
    }

    #[test]
    fn a_balloon_climbs_to_its_ceiling_and_goes_with_the_wind() {
        let from = Geodetic::from_degrees(38.0, 128.0, 9_000.0);
        let balloon = Balloon { from, climb_mps: 5.0, ceiling_m: 11_000.0 };
        let object = flown(Plan::Balloon(balloon)).remove(0);
        let air = Air::drawn(&mut Random::new(1, "air"), 0.04);
        assert_eq!((object.path.start_s(), object.path.end_s()), (1.0, 601.0));
        let last = object.path.knots.last().unwrap();
        assert!((last.geodetic().height_m - 11_000.0).abs() < 60.0, "{}", last.geodetic().height_m);
        let wind = air.wind_mps(11_000.0);
        assert!((last.velocity_mps.norm() - libm::hypot(wind.0, wind.1)).abs() < 0.2);
    }

    #[test]
    fn turbines_stand_still_and_their_blades_do_not() {
        let farm = WindFarm { area_deg: [38.0, 38.1, 128.0, 128.1], turbines_count: 5, hub_m: 120.0, tip_mps: 80.0 };
        let objects = flown(Plan::WindFarm(farm));
        assert_eq!(objects.len(), 5);
        for object in objects {
            let first = object.path.knots[0].place;
            assert!(object.path.knots.iter().all(|knot| (knot.place - first).norm() < 1e-6));
            assert!(object.path.speed_max_mps() > 40.0 && object.path.speed_max_mps() <= 80.0);
        }
    }
}
