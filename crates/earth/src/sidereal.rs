//! From axes that do not rotate to axes that do: how far the Earth has turned.

use crate::gravity::OMEGA_RADPS;
use crate::{Ecef, Time};
use core::f64::consts::TAU;
use nalgebra::Vector3;

/// POSIX time of the epoch J2000, 2000-01-01T12:00:00 UT1; here UT1 is taken for UTC, which it follows within 0.9 s.
const J2000_UNIX_S: f64 = 946_728_000.0;
const DAYS_PER_CENTURY: f64 = 36_525.0;
const S_PER_DAY: f64 = 86_400.0;

/// Greenwich mean sidereal time, radians in [0, 2π): Vallado et al. 2006 (Revisiting Spacetrack Report #3, AIAA 2006-6753),
/// appendix C, after the IAU 1982 convention, with UTC for UT1 (an error of at most 66 µrad).
///
/// ```
/// use downrange_earth::{Time, sidereal::gmst_rad};
/// // Meeus, Astronomical Algorithms, example 12.b: 1987-04-10T19:21:00 UT, 8 h 34 min 57.0896 s.
/// let time = Time::from_utc_str("1987-04-10T19:21:00Z")?;
/// assert!((gmst_rad(time).to_degrees() - 128.737_873_5).abs() < 1e-6);
/// # Ok::<(), downrange_earth::time::TimeError>(())
/// ```
pub fn gmst_rad(time: Time) -> f64 {
    let centuries = (time.unix_s() - J2000_UNIX_S) / (S_PER_DAY * DAYS_PER_CENTURY);
    let seconds = 67_310.548_41
        + centuries * (876_600.0 * 3_600.0 + 8_640_184.812_866 + centuries * (0.093_104 - centuries * 6.2e-6));
    let turns = seconds / S_PER_DAY;
    (turns - libm::floor(turns)) * TAU
}

/// Place and velocity relative to the rotating Earth from those in TEME (true equator, mean equinox: the axes of SGP4).
/// The motion of the poles is left out: at most 15 m.
pub fn teme_to_ecef(time: Time, position_m: Vector3<f64>, velocity_mps: Vector3<f64>) -> (Ecef, Vector3<f64>) {
    let (sine, cosine) = libm::sincos(gmst_rad(time));
    let turned = |v: Vector3<f64>| Vector3::new(cosine * v.x + sine * v.y, cosine * v.y - sine * v.x, v.z);
    let place_m = turned(position_m);
    let spin = Vector3::new(0.0, 0.0, OMEGA_RADPS);
    (Ecef(place_m), turned(velocity_mps) - spin.cross(&place_m))
}
