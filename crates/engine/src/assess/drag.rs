//! Mass over drag area, from what brakes a body: the momentum that the air took from it over some seconds, over the dynamic
//! pressure that it met. It asks nothing of the motion models, which follow a piece that is braked by ten times its weight, or
//! drifts in a wind, as something that burns or turns.

use super::lift::Moment;
use downrange_earth::atmosphere::density_kgpm3;
use downrange_earth::geodetic::height_m;
use downrange_earth::motion::free_fall_acceleration;
use downrange_earth::{Ecef, Time};
use downrange_track::gaussian::Gaussian;
use nalgebra::Vector3;
use std::collections::VecDeque;

/// Drag is told from so many sigmas of it on.
const SIGMAS: f64 = 3.0;
/// Density that is not the standard one, and winds: sigma of the logarithm, whatever is seen.
const AIR_LOG_SIGMA: f64 = 0.08;
/// Bodies tumble, burn and slow down through the speed of sound: what was seen so long ago holds to this sigma of the logarithm.
const CHANGE_LOG_SIGMA: f64 = 0.15;
const CHANGE_S: f64 = 60.0;
/// Speed through the air is known this well: winds, and velocities that lag behind. Drag goes with its square.
const AIR_SPEED_SIGMA_MPS: f64 = 15.0;
/// What is seen once tells nothing: a track may have jumped from one body to another.
const SEEN_LEAST: u32 = 4;
/// Coefficients of bodies, kg/m²: what is outside is none.
const COEFFICIENT_KGPM2: [f64; 2] = [0.5, 50_000.0];

/// What was seen of drag so far.
#[derive(Debug, Clone, Default)]
pub struct Drag {
    known: Option<Known>,
    seen: u32,
}

/// The logarithm of mass over drag area (kg/m²), when it was last seen, and the logarithm of the speed (m/s) that it holds for.
#[derive(Debug, Clone, Copy)]
struct Known {
    time: Time,
    log_mean: f64,
    log_variance: f64,
    log_speed: f64,
}

/// What one span of time shows.
#[derive(Debug, Clone, Copy)]
struct Shown {
    log_coefficient: f64,
    log_sigma: f64,
    log_speed: f64,
}

/// Mass over drag area as it was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Braked {
    /// Mean of its logarithm (kg/m²).
    pub log_mean: f64,
    /// Sigma of that.
    pub log_sigma: f64,
    /// The speed at which drag was so.
    pub at_mps: f64,
}

impl Braked {
    /// Whether a ballistic model's estimate says the same of drag.
    pub fn agrees_with(&self, ballistic: &Gaussian<9>) -> bool {
        let sigma = libm::hypot(self.log_sigma, libm::sqrt(ballistic.covariance[(6, 6)].max(0.0)));
        libm::fabs(ballistic.mean[6] - self.log_mean) < SIGMAS * sigma
    }
}

impl Drag {
    /// Takes note of the moments of the last seconds, engines off, in order; `since_s` of them are new. `wind_mps`: the wind, as
    /// far as it is known: its way over the ground is not its way through the air.
    pub(super) fn note(&mut self, moments: &VecDeque<Moment>, since_s: f64, wind_mps: Vector3<f64>) {
        let Some(shown) = shown(moments, wind_mps) else { return };
        let (Some(first), Some(last)) = (moments.front(), moments.back()) else { return };
        // Spans overlap: together they are worth as much as those that do not.
        let overlap = (last.time.seconds_since(first.time) / since_s).max(1.0);
        let variance = shown.log_sigma * shown.log_sigma * overlap;
        self.seen = self.seen.saturating_add(1);
        let fresh = Known {
            time: last.time,
            log_mean: shown.log_coefficient,
            log_variance: variance,
            log_speed: shown.log_speed,
        };
        let known = self.at(last.time).unwrap_or(fresh);
        let gain = known.log_variance / (known.log_variance + variance);
        self.known = Some(Known {
            time: last.time,
            log_mean: known.log_mean + gain * (fresh.log_mean - known.log_mean),
            log_variance: known.log_variance * (1.0 - gain),
            log_speed: known.log_speed + gain * (fresh.log_speed - known.log_speed),
        });
    }

    fn at(&self, time: Time) -> Option<Known> {
        let known = self.known?;
        let since_s = time.seconds_since(known.time).max(0.0);
        let change = CHANGE_LOG_SIGMA * CHANGE_LOG_SIGMA * since_s / CHANGE_S;
        Some(Known { log_variance: known.log_variance + change, ..known })
    }

    /// Mass over drag area at a time; `None` while too little was seen.
    pub fn braked(&self, time: Time) -> Option<Braked> {
        let known = self.at(time).filter(|_| self.seen >= SEEN_LEAST)?;
        Some(Braked {
            log_mean: known.log_mean,
            log_sigma: libm::hypot(libm::sqrt(known.log_variance), AIR_LOG_SIGMA),
            at_mps: libm::exp(known.log_speed),
        })
    }

    /// An engine burns, or its motion is hardly known: what comes may be another body's.
    pub fn forget(&mut self) {
        *self = Drag::default();
    }
}

/// What the moments show; `None` where drag is not surely felt.
fn shown(moments: &VecDeque<Moment>, wind_mps: Vector3<f64>) -> Option<Shown> {
    let (first, last) = (moments.front()?, moments.back()?);
    let span_s = last.time.seconds_since(first.time);
    let mut fall_mps = Vector3::zeros();
    let mut met = Vector3::zeros();
    for (a, b) in moments.iter().zip(moments.iter().skip(1)) {
        let step_s = b.time.seconds_since(a.time);
        let (a, b) = (through(a, wind_mps), through(b, wind_mps));
        fall_mps += (a.fall_mps2 + b.fall_mps2) * (0.5 * step_s);
        met += (a.pressure_pa + b.pressure_pa) * (0.5 * step_s);
    }
    let pressure_pa = met.norm() / span_s;
    let taken_mps = -(last.velocity_mps - first.velocity_mps - fall_mps);
    let drag_mps2 = taken_mps.dot(&met) / met.norm() / span_s;
    let sigma_mps2 = libm::hypot(first.sigma_mps, last.sigma_mps) / span_s;
    let coefficient_kgpm2 = pressure_pa / drag_mps2;
    let possible = (COEFFICIENT_KGPM2[0]..COEFFICIENT_KGPM2[1]).contains(&coefficient_kgpm2);
    let speed_mps = (last.place_m - first.place_m).norm() / span_s;
    let air_log_sigma = libm::hypot(AIR_LOG_SIGMA, 2.0 * AIR_SPEED_SIGMA_MPS / speed_mps.max(1.0));
    (possible && drag_mps2 > SIGMAS * sigma_mps2).then(|| Shown {
        log_coefficient: libm::log(coefficient_kgpm2),
        log_sigma: libm::hypot(sigma_mps2 / drag_mps2, air_log_sigma),
        log_speed: libm::log(speed_mps.max(1.0)),
    })
}

/// Free fall and dynamic pressure, along the way through the air, at one moment.
struct Through {
    fall_mps2: Vector3<f64>,
    pressure_pa: Vector3<f64>,
}

fn through(moment: &Moment, wind_mps: Vector3<f64>) -> Through {
    let place = Ecef(moment.place_m);
    let air_mps = moment.velocity_mps - wind_mps;
    Through {
        fall_mps2: free_fall_acceleration(place, moment.velocity_mps),
        pressure_pa: air_mps * (0.5 * density_kgpm3(height_m(place)) * air_mps.norm()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use downrange_earth::motion::{Integrator, drag_acceleration};
    use nalgebra::SVector;

    /// Falls for `time_s` and is looked at every second.
    fn fallen(coefficient_kgpm2: f64, height_m: f64, velocity_mps: [f64; 2], time_s: i64) -> Drag {
        let mut state =
            SVector::<f64, 6>::from([6_378_137.0 + height_m, 0.0, 0.0, velocity_mps[0], velocity_mps[1], 0.0]);
        let integrator = Integrator { tolerance: SVector::repeat(1e-3), step_max_s: 0.5 };
        let (mut drag, mut moments) = (Drag::default(), VecDeque::new());
        for second in 0..time_s {
            let (place_m, velocity_mps) =
                (state.fixed_rows::<3>(0).into_owned(), state.fixed_rows::<3>(3).into_owned());
            let time = Time::from_tai_ns(second * 1_000_000_000);
            moments.push_back(Moment { time, place_m, velocity_mps, sigma_mps: 3.0, place_sigma_m: 50.0 });
            if moments.len() > 8 {
                moments.pop_front();
                drag.note(&moments, 1.0, Vector3::zeros());
            }
            let rate = |_: f64, s: &SVector<f64, 6>| {
                let (p, v) = (Vector3::new(s[0], s[1], s[2]), Vector3::new(s[3], s[4], s[5]));
                let a = free_fall_acceleration(Ecef(p), v) + drag_acceleration(Ecef(p), v, coefficient_kgpm2);
                SVector::from([v.x, v.y, v.z, a.x, a.y, a.z])
            };
            state = integrator.fly(state, 1.0, rate, |_| 1.0).state;
        }
        drag
    }

    /// From entry to the terminal speed: what integration was given comes out again.
    #[test]
    fn prop_the_coefficient_that_it_fell_with_is_found() {
        for coefficient in [5.0, 30.0, 300.0, 3_000.0] {
            for time_s in [40, 120] {
                let drag = fallen(coefficient, 60e3, [-1_500.0, 3_000.0], time_s);
                let seen = drag.braked(Time::from_tai_ns(time_s * 1_000_000_000)).expect("it was braked");
                let (mean, sigma) = (seen.log_mean, seen.log_sigma);
                assert!((mean - libm::log(coefficient)).abs() < 0.08, "{coefficient} {time_s}: {mean} ± {sigma}");
                assert!((AIR_LOG_SIGMA..0.3).contains(&sigma), "{coefficient} {time_s}: {sigma}");
            }
        }
    }

    #[test]
    fn what_falls_in_thin_air_tells_nothing_and_what_was_told_fades() {
        assert!(fallen(300.0, 110e3, [-200.0, 3_000.0], 40).known.is_none());
        let drag = fallen(30.0, 60e3, [-1_500.0, 3_000.0], 60);
        let sigma = |second: i64| drag.braked(Time::from_tai_ns(second * 1_000_000_000)).unwrap().log_sigma;
        assert!(sigma(600) > 2.0 * sigma(60), "{} {}", sigma(60), sigma(600));
    }
}
