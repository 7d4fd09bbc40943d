//! The air on the way down: winds and drag as they may be.

use super::draws::{Dimension, Draw};
use super::weather::{LEVEL_M, LEVELS, Winds, between};
use super::{State, state_height_m};
use downrange_earth::geodetic::height_m;
use downrange_earth::motion::{drag_acceleration_at, free_fall_acceleration};
use downrange_earth::{Ecef, Site};
use nalgebra::{Matrix3, Vector3};

/// Above this the air is too thin for its wind to matter.
pub const WIND_TOP_M: f64 = 90e3;
/// What a drifting body says of the wind where it is holds for heights this near, one sigma of a bell.
const WIND_LIKE_M: f64 = 7e3;
/// Drag that uses up a speed within this time has made a body drift with the wind.
const DRIFT_S: f64 = 60.0;
/// Drag up to so many times the weight, reckoned with the speed over the ground, is that of a body that drifts with a strong wind;
/// what is more than that brakes, the surer by every such share of the weight.
const DRIFTING_DRAG: f64 = 1.2;
const BRAKING_SHARE: f64 = 0.3;
/// Standard gravity (CGPM 1901).
pub const G_MPS2: f64 = 9.806_65;

/// A horizontal wind over height, ECEF axes.
#[derive(Debug, Clone, Copy)]
pub struct Wind {
    at_mps: [Vector3<f64>; LEVELS],
    /// Known difference to the drawn wind at a height.
    measured: Option<(f64, Vector3<f64>)>,
}

impl Wind {
    /// Draws a wind for where `state` is.
    pub fn drawn(state: &State, winds: &Winds, draw: &Draw) -> Wind {
        let (to_ecef, latitude_rad) = axes(state);
        let at_mps = winds.drawn(latitude_rad, draw).map(|level| to_ecef * Vector3::new(level.x, level.y, 0.0));
        Wind { at_mps, measured: None }
    }

    /// What a body that drifts with the wind says of it: its horizontal velocity is the wind, as far as drag has had the time
    /// to make it so (`drag_per_s`: its drag over its speed).
    pub fn fitted_to(mut self, state: &State, drag_per_s: f64) -> Wind {
        let (to_ecef, _) = axes(state);
        let mut level = to_ecef.transpose() * Vector3::new(state[3], state[4], state[5]);
        let share = drifting(level.xy().norm(), level.z, drag_per_s);
        level.z = 0.0;
        let height = state_height_m(state);
        if share > 0.01 && height < WIND_TOP_M {
            let difference = to_ecef * level - self.interpolated(height);
            self.measured = Some((height, difference * share));
        }
        self
    }

    fn interpolated(&self, height_m: f64) -> Vector3<f64> {
        let (upper, share) = between(height_m);
        let wind = self.at_mps[upper - 1] * (1.0 - share) + self.at_mps[upper] * share;
        let fade = (WIND_TOP_M - height_m) / (WIND_TOP_M - LEVEL_M[LEVELS - 1]);
        wind * fade.clamp(0.0, 1.0)
    }

    /// Wind at a height.
    pub fn at_mps(&self, height_m: f64) -> Vector3<f64> {
        let wind = self.interpolated(height_m);
        match self.measured {
            Some((at_m, difference)) => {
                let away = (height_m - at_m) / WIND_LIKE_M;
                wind + difference * libm::exp(-0.5 * away * away)
            }
            None => wind,
        }
    }
}

/// How surely a body drifts with the wind, 0 to 1: its speed over the ground, its climb or fall, and its drag over its speed.
pub fn drifting(level_mps: f64, climb_mps: f64, drag_per_s: f64) -> f64 {
    // What drag still slows down hard has not come to drift: where it has, drag carries the weight and no more.
    let drag_mps2 = drag_per_s * libm::hypot(level_mps, climb_mps);
    let braking = (drag_mps2 / G_MPS2 - DRIFTING_DRAG).max(0.0) / BRAKING_SHARE;
    let drifts = libm::exp(-1.0 / (drag_per_s * DRIFT_S).max(1e-3) - braking * braking);
    // It moves through the air in the direction in which it falls: horizontal speed that drag has not eaten yet leans it.
    let leaning = (level_mps / libm::fabs(climb_mps).max(1.0) - 1.0).max(0.0);
    drifts * libm::exp(-leaning * leaning)
}

fn axes(state: &State) -> (Matrix3<f64>, f64) {
    let site = Site::new(Ecef(Vector3::new(state[0], state[1], state[2])).geodetic());
    (site.ecef_to_enu().transpose(), site.geodetic().latitude_rad)
}

/// How the drag coefficient of a body runs with the Mach number, over its hypersonic value. Shapes from the books (blunt:
/// Hoerner, Fluid-Dynamic Drag; slender: McCoy, Modern Exterior Ballistics), sizes drawn: nobody knows the body.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Far below the speed of sound.
    slow: f64,
    /// Just above it.
    sonic: f64,
}

/// Speed of sound between the ground and 80 km, to a tenth (US Standard Atmosphere 1976: 275 to 340 m/s).
const SOUND_MPS: f64 = 310.0;

impl Shape {
    /// A blunt or tumbling body: about two thirds of the drag when slow.
    pub fn blunt(draw: &Draw) -> Shape {
        Shape { slow: 0.70 * libm::exp(0.12 * draw.normal(Dimension::Mach)), sonic: 1.0 }
    }

    /// A slender body: drag doubles at the speed of sound and falls off on both sides.
    pub fn slender(draw: &Draw) -> Shape {
        Shape { slow: 1.0, sonic: 1.9 * libm::exp(0.25 * draw.normal(Dimension::Mach)) }
    }

    /// Drag coefficient at a speed, over its hypersonic value.
    pub fn ratio(&self, speed_mps: f64) -> f64 {
        let mach = speed_mps / SOUND_MPS;
        if mach < 0.8 {
            self.slow
        } else if mach < 1.15 {
            self.slow + (self.sonic - self.slow) * (mach - 0.8) / 0.35
        } else if self.sonic == 1.0 {
            1.0
        } else {
            // Half of the excess is gone at Mach 2.5.
            1.0 + (self.sonic - 1.0) * libm::exp(-0.5 * (mach - 1.15))
        }
    }
}

/// A body in air.
#[derive(Debug, Clone, Copy)]
pub struct Falling {
    /// Mass over drag area now.
    pub coefficient_kgpm2: f64,
    /// What its shape says of its drag now, when the coefficient was estimated.
    pub now_ratio: f64,
    /// How its drag runs with speed.
    pub shape: Shape,
    /// The wind.
    pub wind: Wind,
}

/// Above this a fall is flown without wind and shapes: what is left of the air hardly knows them.
pub const AIR_TOP_M: f64 = 80e3;

impl Falling {
    /// The derivative of place and velocity in free fall.
    pub fn rate(&self, state: &State) -> State {
        let place = Ecef(Vector3::new(state[0], state[1], state[2]));
        let velocity = Vector3::new(state[3], state[4], state[5]);
        let height_m = height_m(place);
        let through_air = velocity - self.wind.at_mps(height_m);
        let more = self.shape.ratio(through_air.norm()) / self.now_ratio;
        let acceleration = free_fall_acceleration(place, velocity)
            + drag_acceleration_at(height_m, through_air, self.coefficient_kgpm2 / more);
        State::from([velocity.x, velocity.y, velocity.z, acceleration.x, acceleration.y, acceleration.z])
    }
}

#[cfg(test)]
mod tests {
    use super::super::draws::Draws;
    use super::*;

    fn sinking(horizontal_mps: f64) -> State {
        falling(horizontal_mps, 110.0)
    }

    fn falling(horizontal_mps: f64, sink_mps: f64) -> State {
        let place = downrange_earth::Geodetic::from_degrees(38.0, 132.0, 12_000.0);
        let velocity = Site::new(place).ecef_to_enu().transpose() * Vector3::new(horizontal_mps, 0.0, -sink_mps);
        let at = place.ecef().0;
        State::from([at.x, at.y, at.z, velocity.x, velocity.y, velocity.z])
    }

    #[test]
    fn a_body_that_drifts_tells_the_wind_where_it_is_and_not_far_from_there() {
        let (draws, state) = (Draws::new(64), sinking(70.0));
        let spread_mps = |height_m: f64, fitted: bool| {
            let east: Vec<f64> = (0..64)
                .map(|n| Wind::drawn(&state, &Winds::default(), &draws.of(n)))
                .map(|wind| if fitted { wind.fitted_to(&state, 9.8 / 110.0) } else { wind })
                .map(|wind| (axes(&state).0.transpose() * wind.at_mps(height_m)).x)
                .collect();
            let mean = east.iter().sum::<f64>() / 64.0;
            (mean, (east.iter().map(|e| (e - mean) * (e - mean)).sum::<f64>() / 64.0).sqrt())
        };
        let ((before, wide), (after, narrow)) = (spread_mps(12e3, false), spread_mps(12e3, true));
        assert!(before < 40.0 && (after - 70.0).abs() < 10.0, "{before} {after}");
        assert!(narrow < 0.3 * wide, "{narrow} {wide}");
        assert!((spread_mps(40e3, true).1 / spread_mps(40e3, false).1 - 1.0).abs() < 0.05);
    }

    #[test]
    fn a_body_that_flies_on_tells_nothing_of_the_wind() {
        let (draws, state) = (Draws::new(8), sinking(2_000.0));
        let wind = Wind::drawn(&state, &Winds::default(), &draws.of(3));
        assert_eq!(wind.fitted_to(&state, 0.01).at_mps(12e3), wind.at_mps(12e3));
    }

    /// A missile that dives fast through dense air is braked by six times its weight: its speed is its own, not the wind's.
    #[test]
    fn a_body_that_is_braked_hard_tells_nothing_of_the_wind() {
        let (draws, state) = (Draws::new(8), falling(1_850.0, 1_250.0));
        let wind = Wind::drawn(&state, &Winds::default(), &draws.of(3));
        let fitted = wind.fitted_to(&state, 0.03);
        assert!((fitted.at_mps(12e3) - wind.at_mps(12e3)).norm() < 1e-3);
    }

    #[test]
    fn drag_runs_as_in_the_books() {
        let draws = Draws::new(9);
        let median = (0..9).map(|n| draws.of(n)).find(|d| d.normal(Dimension::Mach).abs() < 1e-9).unwrap();
        let (blunt, slender) = (Shape::blunt(&median), Shape::slender(&median));
        // Hoerner: a tumbling cylinder has about two thirds of its fast drag when slow; McCoy: a slender shell twice at Mach 1.1.
        assert!((blunt.ratio(100.0) - 0.7).abs() < 0.01 && (blunt.ratio(3_000.0) - 1.0).abs() < 0.01);
        assert!(slender.ratio(360.0) > 1.8 && slender.ratio(100.0) < 1.05 && slender.ratio(4_000.0) < 1.05);
    }
}
