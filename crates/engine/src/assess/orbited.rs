//! The lowest point of the orbit that a track is on, and for how long that has lain above the air: what orbits does not cease to
//! within seconds, whatever a track of it seems to do that bad plots lead astray.

use super::energy::orbit;
use super::kinematics::Kinematics;

/// Nothing stays in orbit that dips below this.
pub const ORBIT_PERIGEE_M: f64 = 120e3;
/// An orbit clears the air when its lowest point lies by so many sigmas above that.
const CLEAR_SIGMAS: f64 = 2.0;
/// No more seconds in orbit than this are counted, so that what really leaves one is believed as long afterwards.
const COUNTED_MAX_S: f64 = 60.0;

/// The lowest point of an orbit, above the ground below the track; far below that for what falls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Perigee {
    /// Above the ellipsoid.
    pub height_m: f64,
    /// One sigma of it.
    pub sigma_m: f64,
}

impl Perigee {
    /// Of the orbit through a state, off by what one sigma of the speed moves it and one of the place.
    pub fn of(state: &Kinematics) -> Perigee {
        let surface_m = state.place_m.norm() - state.height_m;
        let here = orbit(state.place_m, state.velocity_mps);
        let faster_ratio = 1.0 + state.speed_sigma_mps / state.speed_mps.max(1.0);
        let nudged = orbit(state.place_m, state.velocity_mps * faster_ratio);
        let sigma_m = libm::fabs(nudged.perigee_m - here.perigee_m) + state.place_sigma_m;
        Perigee { height_m: here.perigee_m - surface_m, sigma_m }
    }
}

/// The orbits that a track was on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Orbited {
    /// The highest of their lowest points, above the ellipsoid: drag lowers them, nothing that falls raises them.
    pub perigee_height_max_m: f64,
    /// For how long they have cleared the air, less for how long they have not since, s.
    pub cleared_s: f64,
}

impl Orbited {
    /// None was seen.
    pub const NONE: Orbited = Orbited { perigee_height_max_m: f64::NEG_INFINITY, cleared_s: 0.0 };

    /// Takes note of the orbit that it is on, so long after the last.
    pub fn note(&mut self, perigee: Perigee, since_s: f64) {
        self.perigee_height_max_m = self.perigee_height_max_m.max(perigee.height_m);
        let clears = perigee.height_m - CLEAR_SIGMAS * perigee.sigma_m > ORBIT_PERIGEE_M;
        self.cleared_s = (self.cleared_s + if clears { since_s } else { -since_s }).clamp(0.0, COUNTED_MAX_S);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::Vector3;

    fn at(speed_mps: f64, speed_sigma_mps: f64) -> Kinematics {
        Kinematics {
            place_m: Vector3::new(0.0, 0.0, 6_356_752.3 + 600e3),
            velocity_mps: Vector3::new(speed_mps, 0.0, 0.0),
            height_m: 600e3,
            speed_mps,
            climb_sine: 0.0,
            place_sigma_m: 100.0,
            speed_sigma_mps,
        }
    }

    /// Over the pole the axes do not move: a circular orbit 600 km up has √(μ/r) = 7,569.5 m/s. Slowed by 20 m/s its far side sinks by
    /// 4·r·Δv/v = 74 km (Vallado, Gauss's equations for a small impulse), and one sigma of 10 m/s there is half of that.
    #[test]
    fn val_a_perigee_moves_with_the_speed_as_gauss_says() {
        let circular_mps = libm::sqrt(3.986_004_418e14 / (6_356_752.3 + 600e3));
        let circular = Perigee::of(&at(circular_mps, 0.0));
        assert!((circular.height_m - 600e3).abs() < 1.0 && circular.sigma_m == 100.0, "{circular:?}");
        let slower = Perigee::of(&at(circular_mps - 20.0, 10.0));
        let fell_m = 4.0 * (6_356_752.3 + 600e3) * 20.0 / circular_mps;
        assert!((600e3 - slower.height_m - fell_m).abs() < 0.01 * fell_m, "{slower:?}, {fell_m}");
        assert!((slower.sigma_m - 100.0 - 0.5 * fell_m).abs() < 0.01 * fell_m, "{slower:?}");
    }

    #[test]
    fn seconds_in_orbit_count_up_and_down_and_only_when_it_is_sure() {
        let mut orbited = Orbited::NONE;
        let sure = Perigee { height_m: 600e3, sigma_m: 20e3 };
        (0..45).for_each(|_| orbited.note(sure, 2.0));
        assert_eq!(orbited, Orbited { perigee_height_max_m: 600e3, cleared_s: 60.0 });
        (0..8).for_each(|_| orbited.note(Perigee { height_m: -3_000e3, sigma_m: 20e3 }, 2.0));
        assert_eq!(orbited, Orbited { perigee_height_max_m: 600e3, cleared_s: 44.0 });
        (0..40).for_each(|_| orbited.note(Perigee { height_m: 600e3, sigma_m: 300e3 }, 2.0));
        assert_eq!(orbited.cleared_s, 0.0, "it may dip into the air as well");
    }
}
