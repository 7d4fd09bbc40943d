//! The air on the way down: winds and drag as they may be.

use super::State;
use super::draws::{Dimension, Draw};
use super::weather::{LEVEL_M, LEVELS, Winds, between};
use downrange_earth::geodetic::height_m;
use downrange_earth::motion::{drag_acceleration_at, free_fall_acceleration};
use downrange_earth::{Ecef, Site};
use nalgebra::{Matrix3, Vector3};

/// Above this the air is too thin for its wind to matter.
pub const WIND_TOP_M: f64 = 90e3;

/// A horizontal wind over height, ECEF axes.
#[derive(Debug, Clone, Copy)]
pub struct Wind {
    at_mps: [Vector3<f64>; LEVELS],
}

impl Wind {
    /// Draws a wind for where `state` is.
    pub fn drawn(state: &State, winds: &Winds, draw: &Draw) -> Wind {
        let (to_ecef, latitude_rad) = axes(state);
        let at_mps = winds.drawn(latitude_rad, draw).map(|level| to_ecef * Vector3::new(level.x, level.y, 0.0));
        Wind { at_mps }
    }

    /// Wind at a height.
    pub fn at_mps(&self, height_m: f64) -> Vector3<f64> {
        let (upper, share) = between(height_m);
        let wind = self.at_mps[upper - 1] * (1.0 - share) + self.at_mps[upper] * share;
        let fade = (WIND_TOP_M - height_m) / (WIND_TOP_M - LEVEL_M[LEVELS - 1]);
        wind * fade.clamp(0.0, 1.0)
    }
}

fn axes(state: &State) -> (Matrix3<f64>, f64) {
    let site = Site::new(Ecef(Vector3::new(state[0], state[1], state[2])).geodetic());
    (site.ecef_to_enu().transpose(), site.geodetic().latitude_rad)
}

/// How the drag coefficient of a body runs with the Mach number, over its hypersonic value. Shapes from the books (blunt:
/// Hoerner, Fluid-Dynamic Drag; slender: the G7 drag function of the Ballistic Research Laboratory, in McCoy, Modern Exterior
/// Ballistics), sizes drawn: nobody knows the body.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Far below the speed of sound.
    slow: f64,
    /// Just above it.
    sonic: f64,
}

/// Speed of sound between the ground and 80 km, to a tenth (US Standard Atmosphere 1976: 275 to 340 m/s).
const SOUND_MPS: f64 = 310.0;

/// Drag of a slender body just above the speed of sound, over the hypersonic one: G7 has 0.4043 at Mach 1.05 and 0.1618 at Mach 5,
/// where its table ends. One sigma of the logarithm is our choice.
const SLENDER_SONIC: f64 = 2.5;
const SLENDER_SONIC_LOG_SIGMA: f64 = 0.25;
/// The same far below the speed of sound: G7 has 0.1198.
const SLENDER_SLOW: f64 = 0.75;

impl Shape {
    /// A blunt or tumbling body: about two thirds of the drag when slow.
    pub fn blunt(draw: &Draw) -> Shape {
        Shape { slow: 0.70 * libm::exp(0.12 * draw.normal(Dimension::Mach)), sonic: 1.0 }
    }

    /// A slender body: drag is highest just above the speed of sound and falls off on both sides.
    pub fn slender(draw: &Draw) -> Shape {
        let sonic = SLENDER_SONIC * libm::exp(SLENDER_SONIC_LOG_SIGMA * draw.normal(Dimension::Mach));
        Shape { slow: SLENDER_SLOW, sonic }
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

    #[test]
    fn val_drag_runs_as_in_the_books() {
        let draws = Draws::new(9);
        let median = (0..9).map(|n| draws.of(n)).find(|d| d.normal(Dimension::Mach).abs() < 1e-9).unwrap();
        let (blunt, slender) = (Shape::blunt(&median), Shape::slender(&median));
        // Hoerner: a tumbling cylinder has about two thirds of its fast drag when slow.
        assert!((blunt.ratio(100.0) - 0.7).abs() < 0.01 && (blunt.ratio(3_000.0) - 1.0).abs() < 0.01);
        // G7 over its value at Mach 5: a tenth away at most, where most of a fall is braked.
        let g7 = [(0.5, 0.1194), (1.2, 0.3884), (1.5, 0.3440), (2.0, 0.2980), (3.0, 0.2424)];
        for (mach, coefficient) in g7 {
            let ratio = slender.ratio(mach * SOUND_MPS) / (coefficient / 0.1618);
            assert!((ratio - 1.0).abs() < 0.1, "Mach {mach}: {ratio}");
        }
        assert!(slender.ratio(4_000.0) < 1.05);
    }
}
