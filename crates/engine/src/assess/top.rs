//! The top of a flight as far as it was seen well: how flat the flight is, and whether something has held it up since.
//!
//! On the way up the air takes some of the energy that an engine gave, from short flights much of it. What is left at the top
//! says how far it flies if nothing lifts it, so its apogee is compared with what the energy there could buy.

use super::energy::{EARTH_RADIUS_M, least_energy_apogee_m, reach_m};
use super::kind::young_doubt;
use super::kinematics::Kinematics;
use downrange_earth::gravity::MU_M3PS2;

/// The highest good state of a flight.
#[derive(Debug, Clone, Copy, Default)]
pub struct Top {
    highest: Option<Highest>,
}

#[derive(Debug, Clone, Copy)]
struct Highest {
    height_m: f64,
    speed_mps: f64,
    speed_sigma_mps: f64,
}

impl Highest {
    fn of(state: &Kinematics) -> Highest {
        Highest { height_m: state.height_m, speed_mps: state.speed_mps, speed_sigma_mps: state.speed_sigma_mps }
    }
}

/// An apogee over the one of the flight of least energy that goes as far, and one sigma of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flatness {
    /// 1 for a flight of least energy, less for a flatter one.
    pub ratio: f64,
    /// One sigma.
    pub sigma_ratio: f64,
}

/// Apogee and reach go with the square of the speed, apogee with that of the climb alone: so many shares of sigma.
const SHARES: f64 = 2.8;
/// No apogee is compared with less than this.
const APOGEE_LEAST_M: f64 = 1e3;
/// What was seen so far below the top has come down.
const DESCENT_M: f64 = 3e3;
/// Down there a fall ends, and its drag turns it steep whatever it did before.
const HELD_UP_ABOVE_M: f64 = 15e3;
/// What was higher than this is far from the air for so long that its path is no parabola; nor does the air hold it up.
const HELD_UP_BELOW_M: f64 = 120e3;
/// The path is not that of a parabola to better than this.
const SINE_SIGMA_MIN: f64 = 0.02;

impl Top {
    /// The height of the highest good state.
    pub fn height_m(&self) -> f64 {
        self.highest.map_or(f64::NEG_INFINITY, |highest| highest.height_m)
    }

    /// Whether it was seen well at all.
    pub fn is_seen(&self) -> bool {
        self.highest.is_some()
    }

    /// Takes note of a good state.
    pub fn note(&mut self, state: &Kinematics) {
        if state.height_m >= self.height_m() {
            self.highest = Some(Highest::of(state));
        }
    }

    /// The higher of two tops.
    pub fn or(self, other: Top) -> Top {
        if other.height_m() > self.height_m() { other } else { self }
    }

    /// How flat a flight with this apogee is: by its state at the top, or by the one now where `burning` or nothing was seen well.
    pub fn flatness(&self, apogee_m: f64, now: &Kinematics, burning: bool) -> Flatness {
        let at = self.highest.filter(|_| !burning).unwrap_or_else(|| Highest::of(now));
        let ratio = apogee_m / least_energy_apogee_m(reach_m(at.height_m, at.speed_mps)).max(APOGEE_LEAST_M);
        Flatness { ratio, sigma_ratio: SHARES * ratio * at.speed_sigma_mps / at.speed_mps.max(1.0) }
    }

    /// By how many sigmas it sinks less steeply than free fall from the top makes it sink; zero before it has come down.
    ///
    /// Drag does not make a fall less steep, and a speed at the top that was seen on the way up is too large rather than too
    /// small, so what falls freely is steeper than this. `age_s` is that of the track.
    pub fn held_up_sigmas(&self, now: &Kinematics, age_s: f64) -> f64 {
        let Some(top) = self.highest else { return 0.0 };
        let sunk_m = top.height_m - now.height_m;
        if sunk_m < DESCENT_M || now.height_m < HELD_UP_ABOVE_M || top.height_m > HELD_UP_BELOW_M {
            return 0.0;
        }
        let radius_m = EARTH_RADIUS_M + top.height_m;
        let weight_mps2 = MU_M3PS2 / (radius_m * radius_m) - top.speed_mps * top.speed_mps / radius_m;
        let sink_mps = libm::sqrt(2.0 * weight_mps2.max(0.0) * sunk_m);
        let free_sine = -sink_mps / libm::hypot(top.speed_mps, sink_mps);
        let doubt = young_doubt(age_s);
        let share = |sigma_mps: f64, speed_mps: f64| doubt * sigma_mps / speed_mps.max(1.0);
        let sigma = libm::hypot(
            share(now.speed_sigma_mps, now.speed_mps),
            free_sine * share(top.speed_sigma_mps, top.speed_mps),
        );
        ((now.climb_sine - free_sine) / sigma.max(SINE_SIGMA_MIN)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::Vector3;

    fn state(height_m: f64, speed_mps: f64, climb_sine: f64) -> Kinematics {
        Kinematics {
            place_m: Vector3::zeros(),
            velocity_mps: Vector3::zeros(),
            height_m,
            speed_mps,
            climb_sine,
            place_sigma_m: 100.0,
            speed_sigma_mps: 10.0,
        }
    }

    fn top(height_m: f64, speed_mps: f64) -> Top {
        let mut top = Top::default();
        top.note(&state(height_m, speed_mps, 0.0));
        top
    }

    /// A parabola by hand: 45° at the ground goes four times as far as it is high, and is the one of least energy.
    #[test]
    fn val_a_parabola_of_45_degrees_is_one_of_least_energy() {
        let (height_m, now) = (20e3, state(5e3, 500.0, -0.5));
        let level_mps = libm::sqrt(2.0 * 9.81 * height_m);
        let Flatness { ratio, sigma_ratio } = top(height_m, level_mps).flatness(height_m, &now, false);
        assert!((ratio - 1.0).abs() < 0.01, "{ratio}");
        assert!((sigma_ratio - 2.8 * 10.0 / level_mps).abs() < 0.001, "{sigma_ratio}");
        // Twice as fast at the same height, it is 2/5 of it: range 8 heights, energy for 20 heights.
        let flat = top(height_m, 2.0 * level_mps).flatness(height_m, &now, false).ratio;
        assert!((flat - 0.4).abs() < 0.01, "{flat}");
    }

    /// From 50 km at 1,500 m/s down to 30 km: √(2·9.3·20 km) = 610 m/s of sink, a sine of 0.377.
    #[test]
    fn val_what_falls_is_not_held_up_and_what_flies_level_is() {
        let top = top(50e3, 1_500.0);
        assert!(top.held_up_sigmas(&state(30e3, 1_620.0, -0.377), 60.0) < 0.1);
        assert!(top.held_up_sigmas(&state(30e3, 1_200.0, -0.45), 60.0) == 0.0, "drag makes it steeper");
        let level = top.held_up_sigmas(&state(30e3, 1_500.0, 0.0), 60.0);
        assert!((15.0..20.0).contains(&level), "{level}");
        assert_eq!(top.held_up_sigmas(&state(48e3, 1_500.0, 0.0), 60.0), 0.0, "it has not come down yet");
        assert_eq!(Top::default().held_up_sigmas(&state(30e3, 1_500.0, 0.0), 60.0), 0.0);
    }
}
