//! What an object really did: Earth-fixed places and velocities along its life.

use crate::physics::frame::{distance_m, local_axes};
use crate::physics::gravity::MU_M3PS2;
use downrange_earth::{Ecef, Geodetic};
use nalgebra::Vector3;

/// A moment of a path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Knot {
    /// Seconds after the epoch.
    pub time_s: f64,
    /// Earth-fixed place, m.
    pub place: Vector3<f64>,
    /// Earth-fixed velocity, m/s.
    pub velocity_mps: Vector3<f64>,
    /// Whether it shines in the infrared: an engine burns, or it glows.
    pub hot: bool,
}

impl Knot {
    /// Latitude, longitude and height.
    pub fn geodetic(&self) -> Geodetic {
        Ecef(self.place).geodetic()
    }

    /// Rate of climb.
    pub fn climb_mps(&self) -> f64 {
        self.velocity_mps.dot(&local_axes(self.geodetic())[2])
    }
}

/// A path: knots in the order of time, at least one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Path {
    /// The knots.
    pub knots: Vec<Knot>,
}

impl Path {
    /// When it begins; zero for an empty path.
    pub fn start_s(&self) -> f64 {
        self.knots.first().map_or(0.0, |k| k.time_s)
    }

    /// When it ends; zero for an empty path.
    pub fn end_s(&self) -> f64 {
        self.knots.last().map_or(0.0, |k| k.time_s)
    }

    /// Where the object is, or nothing outside its life. Cubic Hermite between the knots, which lie at most a second
    /// apart where forces are strong.
    pub fn at(&self, time_s: f64) -> Option<Knot> {
        if time_s < self.start_s() || time_s > self.end_s() {
            return None;
        }
        let after = self.knots.partition_point(|k| k.time_s <= time_s);
        let from = self.knots.get(after.checked_sub(1)?)?;
        let Some(to) = self.knots.get(after) else { return Some(*from) };
        let h = to.time_s - from.time_s;
        let u = (time_s - from.time_s) / h;
        let (v, uu) = (1.0 - u, u * u);
        let place = from.place * ((1.0 + 2.0 * u) * v * v)
            + to.place * (uu * (3.0 - 2.0 * u))
            + from.velocity_mps * (u * v * v * h)
            - to.velocity_mps * (uu * v * h);
        let velocity_mps = (to.place - from.place) * (6.0 * u * v / h)
            + from.velocity_mps * (v * (1.0 - 3.0 * u))
            + to.velocity_mps * (u * (3.0 * u - 2.0));
        Some(Knot { time_s, place, velocity_mps, hot: from.hot })
    }

    /// Greatest height along the path.
    pub fn apogee_m(&self) -> f64 {
        let mut best_m = f64::MIN;
        for pair in self.knots.windows(2) {
            let (a, b) = (pair[0].geodetic().height_m, pair[1].geodetic().height_m);
            best_m = best_m.max(a).max(b);
            let (ca, cb) = (pair[0].climb_mps(), pair[1].climb_mps());
            if ca > 0.0 && cb < 0.0 {
                // Between the knots the climb falls through zero: where the straight line through both does.
                let u = ca / (ca - cb);
                if let Some(top) = self.at(pair[0].time_s + u * (pair[1].time_s - pair[0].time_s)) {
                    best_m = best_m.max(top.geodetic().height_m);
                }
            }
        }
        self.knots.last().map_or(0.0, |k| best_m.max(k.geodetic().height_m))
    }

    /// Distance over ground from its first to its last place.
    pub fn range_m(&self) -> f64 {
        match (self.knots.first(), self.knots.last()) {
            (Some(first), Some(last)) => distance_m(first.geodetic(), last.geodetic()),
            _ => 0.0,
        }
    }

    /// Greatest Earth-fixed speed.
    pub fn speed_max_mps(&self) -> f64 {
        self.knots.iter().map(|k| k.velocity_mps.norm()).fold(0.0, f64::max)
    }
}

/// The longest range that the inertial energy of a body could buy over a sphere without air:
/// sin(φ/2) = Q / (2 − Q) with Q = v² r / μ (Bate, Mueller and White, Fundamentals of Astrodynamics, 6.2-19).
/// Nothing for a body that would not come down.
pub fn reach_m(place: Vector3<f64>, inertial_speed_mps: f64) -> Option<f64> {
    let q = inertial_speed_mps * inertial_speed_mps * place.norm() / MU_M3PS2;
    (q < 1.0).then(|| 2.0 * libm::asin(q / (2.0 - q)) * crate::physics::frame::MEAN_RADIUS_M)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn val_minimum_energy_ranges() {
        // 3.02 km/s buys 1,000 km and 7.20 km/s buys 10,000 km from the surface of a sphere of 6,371 km.
        let surface = Vector3::new(6_371_008.8, 0.0, 0.0);
        assert!((reach_m(surface, 3_017.0).unwrap() / 1e6 - 1.0).abs() < 0.01);
        assert!((reach_m(surface, 7_200.0).unwrap() / 1e7 - 1.0).abs() < 0.01);
        assert!(reach_m(surface, 8_000.0).is_none());
    }

    #[test]
    fn path_passes_through_its_knots_and_a_parabola() {
        let knot = |t: f64| Knot {
            time_s: t,
            place: Vector3::new(7e6 - 4.9 * t * t, 100.0 * t, 0.0),
            velocity_mps: Vector3::new(-9.8 * t, 100.0, 0.0),
            hot: false,
        };
        let path = Path { knots: vec![knot(0.0), knot(1.0), knot(3.0)] };
        for t in [0.0, 0.4, 1.0, 2.2, 3.0] {
            let got = path.at(t).unwrap();
            assert!(
                (got.place - knot(t).place).norm() < 1e-6 && (got.velocity_mps - knot(t).velocity_mps).norm() < 1e-6
            );
        }
        assert!(path.at(3.1).is_none() && path.at(-0.1).is_none() && Path::default().at(0.0).is_none());
    }
}
