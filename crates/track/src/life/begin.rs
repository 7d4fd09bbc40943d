//! How a track begins: from two places, from one place and a rate of range, from two pairs of directions.
//!
//! All give position (m) and velocity (m/s), three components each, with their covariance, at the time of the newest plot.
//!
//! ```
//! use downrange_track::gaussian::Gaussian;
//! use downrange_track::life::begin::{Motion, two_point};
//! use nalgebra::vector;
//!
//! let motion = Motion { density_m2ps3: 0.0, speed_mps: 300.0 };
//! let plot = |x| Gaussian::diagonal(vector![x, 0.0, 0.0], vector![10.0, 10.0, 10.0]);
//! let track = two_point(&plot(0.0), &plot(400.0), 2.0, &motion).expect("slow enough");
//! assert_eq!(track.mean[3], 200.0);
//! assert_eq!(track.covariance[(3, 3)], 2.0 * 100.0 / 4.0);
//! assert!(two_point(&plot(0.0), &plot(4000.0), 2.0, &motion).is_none()); // 2,000 m/s
//! ```

use crate::gaussian::Gaussian;
use crate::observe::{LineOfSight, intersection};
use nalgebra::{Matrix3, SMatrix, SVector, Vector3};

/// Pairs further apart than the greatest speed allows by this squared Mahalanobis distance are no object (0.9998 for three numbers).
const GATE: f64 = 20.0;

/// What objects can do between two plots.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motion {
    /// Power spectral density of white acceleration, each axis.
    pub density_m2ps3: f64,
    /// No object is faster.
    pub speed_mps: f64,
}

/// From two places, `dt_s` (above zero) apart: the newer one, and the velocity between them. Least squares (Bar-Shalom, Li,
/// Kirubarajan 2001, section 5.5.3), to which white acceleration adds q·Δt/3 in the velocity.
///
/// `None` when the object would be faster than allowed, beyond what the noise of the plots explains, or a number is not finite.
pub fn two_point(older: &Gaussian<3>, newer: &Gaussian<3>, dt_s: f64, motion: &Motion) -> Option<Gaussian<6>> {
    let moved_m = newer.mean - older.mean;
    let noise = older.covariance + newer.covariance;
    // No standard deviation is above the root of the trace.
    let reach_m = motion.speed_mps * dt_s + libm::sqrt(GATE * noise.trace());
    if dt_s.is_nan() || dt_s <= 0.0 || moved_m.norm() > reach_m {
        return None;
    }
    let velocity = noise / (dt_s * dt_s) + Matrix3::identity() * (motion.density_m2ps3 * dt_s / 3.0);
    track(&newer.mean, &(moved_m / dt_s), &newer.covariance, &(newer.covariance / dt_s), &velocity)
}

/// From one place, seen from `sensor_m`, and the rate of range there (positive: going away). Before, the velocity is taken for
/// normal about zero with `sigma_mps` on each axis; the rate of range is one linear measurement of it. That the line of sight is not
/// known exactly is counted as noise of the rate, sigma²·(variance across)/range².
///
/// `None` when the place is the sensor's, a variance is not above zero or a number is not finite.
pub fn one_point_with_rate(
    place: &Gaussian<3>,
    sensor_m: &Vector3<f64>,
    range_rate_mps: f64,
    range_rate_sigma_mps: f64,
    sigma_mps: f64,
) -> Option<Gaussian<6>> {
    let to = place.mean - sensor_m;
    let range_m = to.norm();
    let along = to.try_normalize(f64::MIN_POSITIVE)?;
    let across_m2 = place.covariance.trace() - along.dot(&(place.covariance * along));
    let prior = sigma_mps * sigma_mps;
    let noise = range_rate_sigma_mps * range_rate_sigma_mps + prior * across_m2 / (range_m * range_m);
    if !(prior > 0.0 && noise > 0.0) {
        return None;
    }
    let gain = prior / (prior + noise);
    let velocity = (Matrix3::identity() - along * along.transpose() * gain) * prior;
    track(&place.mean, &(along * (gain * range_rate_mps)), &place.covariance, &Matrix3::zeros(), &velocity)
}

/// From directions alone: where two lines of sight meet ([`intersection`]) at one time and again `dt_s` later, by [`two_point`].
///
/// `None` when lines of a pair are nearly parallel or meet behind a sensor, and as for [`two_point`].
pub fn directions(
    older: [&LineOfSight; 2],
    newer: [&LineOfSight; 2],
    dt_s: f64,
    motion: &Motion,
) -> Option<Gaussian<6>> {
    two_point(&intersection(older[0], older[1])?, &intersection(newer[0], newer[1])?, dt_s, motion)
}

/// Puts the blocks together; the cross block is symmetric in all three.
fn track(
    position_m: &Vector3<f64>,
    velocity_mps: &Vector3<f64>,
    pp: &Matrix3<f64>,
    pv: &Matrix3<f64>,
    vv: &Matrix3<f64>,
) -> Option<Gaussian<6>> {
    let mut mean = SVector::<f64, 6>::zeros();
    mean.fixed_rows_mut::<3>(0).copy_from(position_m);
    mean.fixed_rows_mut::<3>(3).copy_from(velocity_mps);
    let mut covariance = SMatrix::<f64, 6, 6>::zeros();
    covariance.fixed_view_mut::<3, 3>(0, 0).copy_from(pp);
    covariance.fixed_view_mut::<3, 3>(0, 3).copy_from(pv);
    covariance.fixed_view_mut::<3, 3>(3, 0).copy_from(&pv.transpose());
    covariance.fixed_view_mut::<3, 3>(3, 3).copy_from(vv);
    Some(Gaussian { mean, covariance }.symmetrise()).filter(Gaussian::is_finite)
}
