//! A track of one or two plots: where it is and how it may move, before it is worth a bank of models.
//!
//! A radar says where something is. A direction does not: the plume of a rocket that comes out of the clouds, slow and low, and a
//! body that glows on its way in, fast and high, look alike once. Both beliefs are followed side by side, and the plots decide.

use super::seen::{STATE, Seen};
use super::track::log_sum;
use downrange_earth::{Ecef, Time};
use downrange_track::filter::ekf;
use downrange_track::gaussian::Gaussian;
use downrange_track::motion::Motion;
use nalgebra::{Matrix3, Matrix6, SMatrix, SVector, Vector3};

/// How a seed moves: straight, prepared for rocket engines and pull-ups.
const MOTION: Motion = Motion::NearConstantVelocity { acceleration_density_m2ps3: 400.0 };
/// One sigma of each component of the velocity of what may be anything.
const SPEED_SIGMA_MPS: f64 = 3_000.0;
/// Height, and its sigma, at which something seen in one direction only is presumed: between where the clouds end and
/// where entry bodies begin to glow.
const HEIGHT_M: f64 = 35e3;
const HEIGHT_SIGMA_M: f64 = 30e3;
/// The same for a rocket that comes into view: between the ground, under a clear sky, and the tops of high clouds, which reach the
/// tropopause (11 km in the US Standard Atmosphere 1976, up to 17 km in the tropics).
const RISING_HEIGHT_M: f64 = 8e3;
const RISING_HEIGHT_SIGMA_M: f64 = 4e3;
/// Its velocity: upwards so fast, each component to one sigma. Carriers have some 300 m/s at 10 km (webcasts of twelve launches), a
/// missile that burns at five times the Earth's gravity a thousand.
const RISING_MPS: f64 = 400.0;
const RISING_SIGMA_MPS: f64 = 350.0;
/// It is taken to rise from these odds on (logarithm): ten to one.
const RISING_LOG_ODDS: f64 = 2.3;

/// What is believed of a young track.
#[derive(Debug, Clone)]
pub struct Seed {
    anything: Gaussian<STATE>,
    rising: Option<Rising>,
}

/// The belief that it came into view on its way up.
#[derive(Debug, Clone)]
struct Rising {
    estimate: Gaussian<STATE>,
    /// Logarithm of its odds against anything else.
    log_odds: f64,
}

impl Seed {
    /// From one plot. `None` for a direction that leaves the Earth aside.
    pub fn of(seen: &Seen) -> Option<Seed> {
        // The plot itself narrows what is presumed, and may carry a range rate.
        let taken = |estimate: Gaussian<STATE>| {
            seen.update(&MOTION, &estimate, seen.time).map_or(estimate, |updated| updated.estimate)
        };
        let Some(place) = seen.place() else {
            let (place, spread) = seen.presumed_place(HEIGHT_M, HEIGHT_SIGMA_M)?;
            let anything = taken(founded(place, &spread, Vector3::zeros(), SPEED_SIGMA_MPS));
            let (low, spread) = seen.presumed_place(RISING_HEIGHT_M, RISING_HEIGHT_SIGMA_M)?;
            let up_mps = low.0.normalize() * RISING_MPS;
            let estimate = taken(founded(low, &spread, up_mps, RISING_SIGMA_MPS));
            return Some(Seed { anything, rising: Some(Rising { estimate, log_odds: 0.0 }) });
        };
        // Wide enough for any radar at any range.
        let spread = Matrix3::identity() * (20e3 * 20e3);
        Some(Seed { anything: taken(founded(place, &spread, Vector3::zeros(), SPEED_SIGMA_MPS)), rising: None })
    }

    /// Whether it is taken for a rocket on its way up.
    pub fn rises(&self) -> bool {
        self.rising.as_ref().is_some_and(|rising| rising.log_odds > RISING_LOG_ODDS)
    }

    /// The estimate that counts.
    pub fn estimate(&self) -> &Gaussian<STATE> {
        let rising = self.rising.as_ref().filter(|_| self.rises());
        rising.map_or(&self.anything, |rising| &rising.estimate)
    }

    /// Moves it forward.
    pub fn predict(&mut self, dt_s: f64) {
        self.each(|estimate| *estimate = ekf::predict(&MOTION, estimate, dt_s));
    }

    /// Log-likelihood of a plot, and its smallest normalised innovation squared.
    pub fn likelihood(&self, seen: &Seen, at: Time) -> Option<(f64, f64)> {
        let any = seen.likelihood(&MOTION, &self.anything, at);
        let low = self.rising.as_ref().and_then(|rising| {
            let (log_likelihood, nis) = seen.likelihood(&MOTION, &rising.estimate, at)?;
            Some((rising.log_odds, log_likelihood, nis))
        });
        match (any, low) {
            (Some((any, any_nis)), Some((log_odds, low, low_nis))) => {
                Some((mixed(any, low, log_odds), any_nis.min(low_nis)))
            }
            (any, _) => any,
        }
    }

    /// Takes a plot; returns the log of its likelihood, or `None` when the numbers did not allow it.
    pub fn update(&mut self, seen: &Seen, at: Time) -> Option<f64> {
        let any = seen.update(&MOTION, &self.anything, at)?;
        self.anything = any.estimate;
        let low = self.rising.take().and_then(|rising| {
            let updated = seen.update(&MOTION, &rising.estimate, at)?;
            Some((rising.log_odds, updated))
        });
        let Some((log_odds, low)) = low else { return Some(any.log_likelihood) };
        let log_odds_now = log_odds + low.log_likelihood - any.log_likelihood;
        self.rising = Some(Rising { estimate: low.estimate, log_odds: log_odds_now });
        Some(mixed(any.log_likelihood, low.log_likelihood, log_odds))
    }

    /// Adds to the covariance of position (m) and velocity (m/s).
    pub fn widen(&mut self, spread: &Matrix6<f64>) {
        self.each(|estimate| {
            let mut corner = estimate.covariance.fixed_view_mut::<6, 6>(0, 0);
            corner += spread;
        });
    }

    fn each(&mut self, change: impl Fn(&mut Gaussian<STATE>)) {
        change(&mut self.anything);
        if let Some(rising) = &mut self.rising {
            change(&mut rising.estimate);
        }
    }
}

/// The logarithm of the mean of two likelihoods, weighed by the odds of the second.
fn mixed(any: f64, low: f64, log_odds: f64) -> f64 {
    let log_share = |log_odds: f64| -libm::log1p(libm::exp(-log_odds));
    log_sum(&[log_share(-log_odds) + any, log_share(log_odds) + low])
}

fn founded(place: Ecef, spread_m2: &Matrix3<f64>, velocity_mps: Vector3<f64>, sigma_mps: f64) -> Gaussian<STATE> {
    let mut estimate = Gaussian::<STATE> { mean: SVector::zeros(), covariance: SMatrix::identity() * 1e-6 };
    estimate.mean.fixed_rows_mut::<3>(0).copy_from(&place.0);
    estimate.mean.fixed_rows_mut::<3>(3).copy_from(&velocity_mps);
    estimate.covariance.fixed_view_mut::<3, 3>(0, 0).copy_from(spread_m2);
    for i in 3..6 {
        estimate.covariance[(i, i)] = sigma_mps * sigma_mps;
    }
    estimate
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{Measurement, Plot, Sensor, SensorIndex, SensorKind};
    use downrange_earth::geodetic::height_m;
    use downrange_earth::{Enu, Geodetic, Site};

    /// A seed of three directions, two seconds apart, to places above 40° N (east, north, up of it), seen from over the equator.
    fn seed(place_m: impl Fn(f64) -> [f64; 3]) -> (Seed, Vector3<f64>) {
        let sensor = Sensor {
            id: "infrared".into(),
            site: Site::new(Geodetic::from_degrees(0.0, 107.0, 35_786e3)),
            period_s: 2.0,
            detection_probability: 0.95,
            clutter_per_scan: 0.5,
            kind: SensorKind::Infrared {
                angle_sigma_rad: 25e-6,
                centre: Geodetic::from_degrees(40.0, 127.0, 0.0),
                radius_m: 1_500e3,
            },
            path: None,
        };
        let ground = Site::new(Geodetic::from_degrees(40.0, 127.0, 0.0));
        let time = |look: i32| Time::from_tai_ns(0).plus_s(2.0 * f64::from(look));
        let place = |look: i32| ground.place(Enu(Vector3::from(place_m(2.0 * f64::from(look))))).0;
        let seen = |look: i32| {
            let line_of_sight = (place(look) - sensor.site.ecef().0).normalize();
            let plot =
                Plot { sensor: SensorIndex(0), time: time(look), measurement: Measurement::Infrared { line_of_sight } };
            Seen::new(&sensor, &plot).unwrap()
        };
        let mut seed = Seed::of(&seen(0)).unwrap();
        for look in 1..3 {
            seed.predict(2.0);
            assert!(seed.likelihood(&seen(look), time(look)).is_some());
            assert!(seed.update(&seen(look), time(look)).is_some());
        }
        (seed, place(2))
    }

    #[test]
    fn a_plume_that_comes_out_of_the_clouds_is_taken_to_rise() {
        let (seed, place_m) = seed(|time_s| [100.0 * time_s, 0.0, 9e3 + 500.0 * time_s]);
        assert!(seed.rises());
        let said_m: Vector3<f64> = seed.estimate().mean.fixed_rows::<3>(0).into_owned();
        assert!((said_m - place_m).norm() < 3.0 * RISING_HEIGHT_SIGMA_M, "{} m", (said_m - place_m).norm());
        assert!((0.0..2e4).contains(&height_m(Ecef(said_m))), "{} m", height_m(Ecef(said_m)));
    }

    #[test]
    fn what_glows_as_it_comes_in_may_be_anywhere() {
        let (entering, _) = seed(|time_s| [7_500.0 * time_s, 0.0, 75e3 - 200.0 * time_s]);
        assert!(!entering.rises());
        let along_m2 = entering.estimate().covariance.fixed_view::<3, 3>(0, 0).trace();
        assert!(along_m2 > HEIGHT_SIGMA_M * HEIGHT_SIGMA_M, "{along_m2} m²");
    }

    #[test]
    fn val_two_beliefs_are_mixed_as_the_sum_of_their_shares() {
        let by_hand = libm::log(0.25 * libm::exp(-3.0) + 0.75 * libm::exp(-5.0));
        assert!((mixed(-3.0, -5.0, libm::log(3.0)) - by_hand).abs() < 1e-12);
        assert!((mixed(-3_000.0, -2_000.0, 0.0) - (-2_000.0 + libm::log(0.5))).abs() < 1e-9);
    }
}
