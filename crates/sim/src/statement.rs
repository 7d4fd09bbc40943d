//! Whether physics allows what was said of a launch: range, apogee and flight time together.
//!
//! Above the air only gravity pulls a body down, and an engine does not push it down. So from the ground to the stated
//! apogee and back no flight is shorter than the free flight, without air, that starts and ends on the ground with that
//! range and apogee: a burn begins slowly, drag and lift hold up. Flown here by numbers: an oblate, turning Earth (gravity
//! to J4), over twelve bearings because statements seldom say one. A statement is excluded when even the longest time that
//! its rounding allows is shorter than the shortest such flight.

use crate::flight::body::{Leg, Start, fly};
use crate::flight::path::Path;
use crate::flight::solve::shoot;
use crate::physics::air::Air;
use crate::physics::drag::{Drag, Shape};
use crate::physics::frame::{
    EARTH_RATE_RADPS, MEAN_RADIUS_M, earth_velocity_mps, great_circle, local_axes, place_along,
};
use crate::physics::gravity::MU_M3PS2;
use downrange_earth::Geodetic;

/// Bearings that are tried.
const BEARINGS: u32 = 12;
/// No flight is followed for longer.
const LONGEST_S: f64 = 20_000.0;
/// Knots lie this far apart.
const STEP_S: f64 = 15.0;
/// What burn and drag may add to a free flight; longer ones were not free: they glided, or burnt again. Published flights
/// of long range lasted 125 to 250 s longer than the free flight with their apogee.
const LONGER_S: f64 = 600.0;

/// What was said of a launch; each figure as the lowest and highest value that its words and rounding allow.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Where it was launched.
    pub launch: Geodetic,
    /// Distance over ground from launch to fall.
    pub range_m: [f64; 2],
    /// Greatest height.
    pub apogee_m: [f64; 2],
    /// From launch to fall.
    pub flight_s: [f64; 2],
}

/// What physics says of a statement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Finding {
    /// It can have been so.
    Allowed {
        /// The shortest free flight with that range and apogee.
        shortest_s: f64,
    },
    /// It can have been so, but the body did not fall freely for most of that time: it glided, or burnt again.
    NotFree {
        /// The longest free flight with that range and apogee.
        longest_s: f64,
    },
    /// It cannot have been so: shorter than any flight with that range and apogee.
    Excluded {
        /// The shortest free flight with that range and apogee.
        shortest_s: f64,
    },
}

impl Statement {
    /// Judges it; nothing when no free flight with these figures was found (a range longer than half of the globe, say).
    ///
    /// ```
    /// use downrange_earth::Geodetic;
    /// use downrange_sim::statement::{Finding, Statement};
    /// // 24 March 2022: 1,090 km, 6,248.5 km, 4,052 s.
    /// let said = Statement {
    ///     launch: Geodetic::from_degrees(39.2, 125.67, 0.0),
    ///     range_m: [1_085e3, 1_095e3],
    ///     apogee_m: [6_248.45e3, 6_248.55e3],
    ///     flight_s: [4_051.5, 4_052.5],
    /// };
    /// assert!(matches!(said.finding(), Some(Finding::Excluded { shortest_s }) if shortest_s > 4_060.0));
    /// ```
    pub fn finding(&self) -> Option<Finding> {
        let times = |apogee_m: f64| {
            let all: Option<Vec<f64>> = (0..BEARINGS)
                .flat_map(|number| self.range_m.map(|range_m| (number, range_m)))
                .map(|(number, range_m)| {
                    let bearing_rad = core::f64::consts::TAU * f64::from(number) / f64::from(BEARINGS);
                    free_flight_s(self.launch, bearing_rad, range_m, apogee_m)
                })
                .collect();
            all
        };
        let shortest_s = times(self.apogee_m[0])?.into_iter().fold(f64::INFINITY, f64::min);
        if self.flight_s[1] < shortest_s {
            return Some(Finding::Excluded { shortest_s });
        }
        if self.apogee_m[1].is_finite() {
            let longest_s = times(self.apogee_m[1])?.into_iter().fold(0.0, f64::max);
            if self.flight_s[0] > longest_s + LONGER_S.min(longest_s) {
                return Some(Finding::NotFree { longest_s });
            }
        }
        Some(Finding::Allowed { shortest_s })
    }
}

/// How long a body flies that leaves the ground, rises to this apogee and comes down at this range and bearing, without
/// air; nothing when no such flight was found.
pub fn free_flight_s(launch: Geodetic, bearing_rad: f64, range_m: f64, apogee_m: f64) -> Option<f64> {
    let launch = Geodetic { height_m: 0.0, ..launch };
    let fall = place_along(launch, bearing_rad, range_m);
    let guess = guess_mps(launch, fall, apogee_m)?;
    let leg = Leg::fall(Drag::steady(1e15, Shape::Slender), LONGEST_S);
    let (air, axes) = (Air::still(), local_axes(launch));
    let flown = |settings: &[f64; 3]| {
        let velocity_mps = axes[0] * settings[0] + axes[1] * settings[1] + axes[2] * settings[2];
        let mut path = Path::default();
        fly(&air, &leg, Start::fixed(0.0, launch.ecef().0, velocity_mps), STEP_S, &mut path);
        path
    };
    let [east, north, _] = local_axes(fall);
    let solved = shoot(guess, [1.0, 1.0, 1.0], |settings| {
        let path = flown(settings);
        let off = path.knots.last()?.place - fall.ecef().0;
        Some([(path.apogee_m() - apogee_m) / 50.0, off.dot(&east) / 100.0, off.dot(&north) / 100.0])
    })?;
    Some(flown(&solved).end_s())
}

/// The velocity over the turning ground (east, north, up) with which a body would do so over a sphere.
fn guess_mps(launch: Geodetic, fall: Geodetic, apogee_m: f64) -> Option<[f64; 3]> {
    let top_m = MEAN_RADIUS_M + apogee_m;
    let mut flight_s = 600.0;
    let mut guess = None;
    for _ in 0..30 {
        // Where the fall will have turned to.
        let longitude_rad = fall.longitude_rad + EARTH_RATE_RADPS * flight_s;
        let (distance_m, bearing_rad) = great_circle(launch, Geodetic { longitude_rad, ..fall });
        let half_rad = distance_m / MEAN_RADIUS_M / 2.0;
        let e = apogee_m / (top_m - MEAN_RADIUS_M * libm::cos(half_rad));
        let a_m = top_m / (1.0 + e);
        let anomaly_rad = libm::acos(((1.0 - MEAN_RADIUS_M / a_m) / e).clamp(-1.0, 1.0));
        let mean_rad = anomaly_rad - e * libm::sin(anomaly_rad);
        flight_s = 2.0 * (core::f64::consts::PI - mean_rad) * libm::sqrt(a_m * a_m * a_m / MU_M3PS2);
        let p_m = a_m * (1.0 - e * e);
        let speed_mps = libm::sqrt(MU_M3PS2 / p_m);
        // At the ground the true anomaly is half the way before apogee.
        let (up_mps, along_mps) = (speed_mps * e * libm::sin(half_rad), speed_mps * (1.0 - e * libm::cos(half_rad)));
        let [east, north, up] = local_axes(launch);
        let (s, c) = libm::sincos(bearing_rad);
        let inertial = (east * s + north * c) * along_mps + up * up_mps;
        let over_ground = inertial - earth_velocity_mps(launch.ecef().0);
        guess = Some([over_ground.dot(&east), over_ground.dot(&north), over_ground.dot(&up)]);
    }
    guess.filter(|guess| guess.iter().all(|mps| mps.is_finite()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Free flight over a turning sphere by Kepler's equation: eccentricity from the apogee and the inertial range angle,
    /// time from the eccentric anomaly (Bate, Mueller and White, Fundamentals of Astrodynamics, chapter 6).
    fn two_body_s(latitude_deg: f64, bearing_rad: f64, range_m: f64, apogee_m: f64) -> f64 {
        let (mu, radius, rate) = (3.986_004_418e14, 6_371_000.0, 7.292_115_9e-5);
        let (lat, d) = (latitude_deg.to_radians(), range_m / radius);
        let lat2 = (lat.sin() * d.cos() + lat.cos() * d.sin() * bearing_rad.cos()).asin();
        let lon = (bearing_rad.sin() * d.sin() * lat.cos()).atan2(d.cos() - lat.sin() * lat2.sin());
        let mut time_s = 1_000.0;
        for _ in 0..100 {
            let turned = lon + rate * time_s;
            let half = (lat.sin() * lat2.sin() + lat.cos() * lat2.cos() * turned.cos()).acos() / 2.0;
            let top = radius + apogee_m;
            let e = apogee_m / (top - radius * half.cos());
            let a = top / (1.0 + e);
            let anomaly = ((1.0 - radius / a) / e).acos();
            time_s = 2.0 * (core::f64::consts::PI - anomaly + e * anomaly.sin()) * (a * a * a / mu).sqrt();
        }
        time_s
    }

    #[test]
    fn val_free_flights_are_those_of_two_bodies() {
        // The oblate Earth and the sphere differ by less than a part in a thousand.
        for (range_km, apogee_km) in
            [(1_090.0, 6_248.5), (999.2, 6_040.9), (950.0, 4_475.0), (2_700.0, 550.0), (450.0, 900.0)]
        {
            for bearing_deg in [0.0_f64, 70.0, 270.0] {
                let launch = Geodetic::from_degrees(39.2, 125.67, 0.0);
                let got = free_flight_s(launch, bearing_deg.to_radians(), range_km * 1e3, apogee_km * 1e3).unwrap();
                let expected = two_body_s(39.2, bearing_deg.to_radians(), range_km * 1e3, apogee_km * 1e3);
                println!("{range_km} {apogee_km} {bearing_deg}: {got:.1} s, {expected:.1} s");
                assert!((got / expected - 1.0).abs() < 1e-3, "{got} {expected}");
            }
        }
    }

    #[test]
    fn longer_than_free_fall_is_no_contradiction() {
        // 15 June 2023: 850 km, 50 km, 11 min.
        let said = Statement {
            launch: Geodetic::from_degrees(39.2, 125.67, 0.0),
            range_m: [825e3, 875e3],
            apogee_m: [45e3, 55e3],
            flight_s: [600.0, 720.0],
        };
        assert!(matches!(said.finding(), Some(Finding::NotFree { longest_s }) if longest_s < 260.0));
    }
}
