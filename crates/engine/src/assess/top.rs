//! The top of a flight as far as it was seen well: how flat the flight is, and whether something has held it up since.
//!
//! On the way up the air takes some of the energy that an engine gave, from short flights much of it. What is left at the top
//! says how far it flies if nothing lifts it, so its apogee is compared with what the energy there could buy.

use super::energy::{least_energy_apogee_m, reach_m, weight_mps2};
use super::kind::young_doubt;
use super::kinematics::Kinematics;
use nalgebra::Vector3;

/// The highest good state of a flight.
#[derive(Debug, Clone, Copy, Default)]
pub struct Top {
    highest: Option<Highest>,
}

#[derive(Debug, Clone, Copy)]
struct Highest {
    place_m: Vector3<f64>,
    height_m: f64,
    speed_mps: f64,
    speed_sigma_mps: f64,
    climb_sine: f64,
    burning: bool,
}

impl Highest {
    fn of(state: &Kinematics, burning: bool) -> Highest {
        Highest {
            place_m: state.place_m,
            height_m: state.height_m,
            speed_mps: state.speed_mps,
            speed_sigma_mps: state.speed_sigma_mps,
            climb_sine: state.climb_sine,
            burning,
        }
    }

    /// What pulls a level flight down there.
    fn weight_mps2(&self) -> f64 {
        weight_mps2(self.height_m, self.speed_mps).max(WEIGHT_MIN_MPS2)
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

/// How far it has come from the top, over how far free fall would have come by the same height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// 1 for a free fall without air, less with drag, more with lift.
    pub ratio: f64,
    /// One sigma.
    pub sigma_ratio: f64,
}

/// Apogee and reach go with the square of the speed, apogee with that of the climb alone: so many shares of sigma.
const SHARES: f64 = 2.8;
/// No apogee is compared with less than this.
const APOGEE_LEAST_M: f64 = 1e3;
/// The apogee of what never comes back: beyond the Moon.
const ESCAPES_M: f64 = 1e9;
/// What was seen so far below the top has come down.
const DESCENT_M: f64 = 3e3;
/// Down there a fall ends, and its drag turns it steep whatever it did before.
const HELD_UP_ABOVE_M: f64 = 15e3;
/// What was higher than this is far from the air for so long that its path is no parabola; nor does the air hold it up.
const HELD_UP_BELOW_M: f64 = 120e3;
/// The path is not that of a parabola to better than this.
const SINE_SIGMA_MIN: f64 = 0.02;
/// Near the speed of orbits nothing is pulled down; what comes down from below [`HELD_UP_BELOW_M`] is slower.
const WEIGHT_MIN_MPS2: f64 = 0.5;

impl Top {
    /// The height of the highest good state.
    pub fn height_m(&self) -> f64 {
        self.highest.map_or(f64::NEG_INFINITY, |highest| highest.height_m)
    }

    /// Whether it was seen well at all.
    pub fn is_seen(&self) -> bool {
        self.highest.is_some()
    }

    /// Takes note of a good state, and whether an engine burns.
    pub fn note(&mut self, state: &Kinematics, burning: bool) {
        if state.height_m >= self.height_m() {
            self.highest = Some(Highest::of(state, burning));
        }
    }

    /// The highest point of the flight, seen or expected: `free_m` is that of a free fall through the state now. While an engine
    /// burns, the one that it would have if it burned no longer; of what comes down, the highest that was seen well, if any was.
    /// Always a number: what escapes is taken to come as far as [`ESCAPES_M`].
    pub fn apogee_m(&self, now: &Kinematics, free_m: f64, burning: bool) -> f64 {
        let expected_m = now.height_m.max(free_m.min(ESCAPES_M));
        match self.highest {
            Some(highest) if !burning && now.climb_sine <= 0.0 => highest.height_m,
            Some(highest) if !burning => highest.height_m.max(expected_m),
            _ => expected_m,
        }
    }

    /// The higher of two tops.
    pub fn or(self, other: Top) -> Top {
        if other.height_m() > self.height_m() { other } else { self }
    }

    /// How flat a flight with this apogee is: by its state at the top, or by the one now where `burning` or nothing was seen well.
    pub fn flatness(&self, apogee_m: f64, now: &Kinematics, burning: bool) -> Flatness {
        let at = self.highest.filter(|_| !burning).unwrap_or_else(|| Highest::of(now, burning));
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
        let sink_mps = libm::sqrt(2.0 * top.weight_mps2() * sunk_m);
        let free_sine = -sink_mps / libm::hypot(top.speed_mps, sink_mps);
        let doubt = young_doubt(age_s);
        let share = |sigma_mps: f64, speed_mps: f64| doubt * sigma_mps / speed_mps.max(1.0);
        let sigma = libm::hypot(
            share(now.speed_sigma_mps, now.speed_mps),
            free_sine * share(top.speed_sigma_mps, top.speed_mps),
        );
        ((now.climb_sine - free_sine) / sigma.max(SINE_SIGMA_MIN)).max(0.0)
    }

    /// How far lift has stretched its way since the top, whether it was seen all the time or not; `None` before it has come
    /// down, where an engine still burned at the top, and for what was too high.
    ///
    /// What climbs with v·s at the top is lower by h after ((v·s) + √((v·s)² + 2·w·h)) / w, w being its weight: a parabola.
    pub fn stretch(&self, now: &Kinematics) -> Option<Stretch> {
        let top = self.highest.filter(|top| !top.burning && top.height_m < HELD_UP_BELOW_M)?;
        let sunk_m = top.height_m - now.height_m;
        if sunk_m < DESCENT_M {
            return None;
        }
        let weight_mps2 = top.weight_mps2();
        let climb_mps = top.speed_mps * top.climb_sine;
        let level_mps = libm::sqrt((top.speed_mps * top.speed_mps - climb_mps * climb_mps).max(1.0));
        let fall_s = (climb_mps + libm::sqrt(climb_mps * climb_mps + 2.0 * weight_mps2 * sunk_m)) / weight_mps2;
        let ratio = (now.place_m - top.place_m).norm() / (level_mps * fall_s);
        let shares = [top.speed_sigma_mps / top.speed_mps.max(1.0), 0.5 * now.place_sigma_m / sunk_m];
        Some(Stretch { ratio, sigma_ratio: ratio * libm::hypot(shares[0], shares[1]) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        top.note(&state(height_m, speed_mps, 0.0), false);
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

    #[test]
    fn bad_what_was_never_seen_well_and_what_escapes_have_an_apogee() {
        let falling = state(30e3, 1_500.0, -0.3);
        assert_eq!(Top::default().apogee_m(&falling, 42e3, false), 42e3);
        assert_eq!(top(50e3, 1_500.0).apogee_m(&falling, 42e3, false), 50e3);
        assert_eq!(top(50e3, 1_500.0).apogee_m(&state(30e3, 2e3, 0.3), 60e3, false), 60e3);
        assert_eq!(top(50e3, 1_500.0).apogee_m(&state(55e3, 2e3, 0.3), 40e3, true), 55e3);
        let away = state(80e3, 20e3, -0.3);
        let apogee_m = Top::default().apogee_m(&away, f64::INFINITY, false);
        assert!(apogee_m.is_finite() && Top::default().flatness(apogee_m, &away, false).ratio.is_finite());
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

    /// From 50 km at 1,500 m/s: 20 km lower after √(2·20 km/9.3) = 65.6 s and 98.4 km in free fall. A sink of five degrees takes
    /// 229 km for it. Climbing with 300 m/s at the top it has 32.3 + 73.2 s, level with 1,470 m/s: 155 km.
    #[test]
    fn val_what_falls_comes_as_far_as_a_parabola_and_what_glides_farther() {
        let at = |way_m: f64| Kinematics { place_m: Vector3::new(way_m, 0.0, -20e3), ..state(30e3, 1_500.0, -0.3) };
        let ratio = |top: Top, way_m: f64| top.stretch(&at(way_m)).expect("it has come down").ratio;
        let level = top(50e3, 1_500.0);
        assert!((ratio(level, 98.4e3) - 1.0).abs() < 0.03, "{}", ratio(level, 98.4e3));
        assert!((ratio(level, 229e3) - 2.33).abs() < 0.05, "{}", ratio(level, 229e3));
        let mut climbing = Top::default();
        climbing.note(&state(50e3, 1_500.0, 0.2), false);
        assert!((ratio(climbing, 155e3) - 1.0).abs() < 0.03, "{}", ratio(climbing, 155e3));
        assert_eq!(level.stretch(&state(48e3, 1_500.0, 0.0)), None, "it has not come down yet");
        let mut burning = Top::default();
        burning.note(&state(50e3, 1_500.0, 0.2), true);
        assert_eq!(burning.stretch(&at(229e3)), None, "how fast it was at the top nobody saw");
    }
}
