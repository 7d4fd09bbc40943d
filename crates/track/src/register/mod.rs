//! Registration: the systematic errors of sensors (range, azimuth, elevation, clock), estimated while they work.
//!
//! What a sensor says is the truth plus its bias, and what it stamps `t` it saw at `t − clock bias`. The biases of all
//! sensors are one state, estimated by an extended Kalman filter from objects that report themselves ([`Known`], as by
//! ADS-B or AIS) and from objects that two sensors see ([`Registration::common`]). The pseudo-measurement of the bias is
//! the difference of the two, as in Lin, Bar-Shalom, Kirubarajan, "Exact multisensor dynamic bias estimation with local
//! tracks", IEEE TAES 40(2), 2004, and Bar-Shalom, Willett, Tian, "Tracking and Data Fusion", 2011 (chapter on sensor
//! bias), here with the clock as a fourth component. A bias may wander: a random walk of stated size. What lies outside
//! the gate is left out and counted. What cannot be observed (two sensors that are wrong together) stays at its prior.

mod fault;

pub use fault::{Diagnosis, Fault};

use crate::filter::wrap_rad;
use crate::gaussian::{Gaussian, congruence, symmetric};
use crate::observe::Radar;
use downrange_earth::{Ecef, RangeAzimuthElevation, Site};
use nalgebra::{Cholesky, Matrix3, Matrix3x4, Matrix3x6, Matrix4, SMatrix, SVector, Vector3, Vector4};

/// Components of one sensor's bias: range (m), azimuth (rad), elevation (rad), clock (s).
pub const BIAS_COMPONENT_COUNT: usize = 4;

/// 99.9 % of a χ² of three degrees of freedom: beyond it a pseudo-measurement is an outlier.
pub const GATE: f64 = 16.266;

/// Farther, faster and longer than this is no plot of anything near the Earth: refused.
const RANGE_MAX_M: f64 = 1e9;
const SPEED_MAX_MPS: f64 = 1e5;
const CARRY_MAX_S: f64 = 3_600.0;

/// One plot of one sensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plot {
    /// Which sensor of the registration, from 0.
    pub sensor: usize,
    /// Where that sensor stands.
    pub site: Site,
    /// When it was true by the sensor's clock, s from any epoch common to all.
    pub time_s: f64,
    /// Range (m), azimuth (rad, clockwise from north), elevation (rad), with the covariance of its random error.
    pub measured: Gaussian<3>,
}

/// An object whose motion is known from elsewhere, as of one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known {
    /// When the state holds, on the clock that counts as right, s.
    pub time_s: f64,
    /// ECEF position (m) and velocity (m/s); its velocity carries it to the time of a plot, so let that be near.
    pub state: Gaussian<6>,
}

/// What became of a pseudo-measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// It moved the estimate; its normalised innovation squared (3 degrees of freedom).
    Used(f64),
    /// It lay outside the gate and moved nothing; its normalised innovation squared.
    Outlier(f64),
}

/// Why a pseudo-measurement or a setting was refused; nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegisterError {
    /// The index of a sensor is not below the number of sensors.
    NoSuchSensor {
        /// The index given.
        sensor: usize,
        /// Sensors there are.
        count: usize,
    },
    /// Both plots of a common object are of one sensor.
    SameSensor,
    /// A number is not finite, a step of time is negative, a range is over 1e9 m, an angle over a turn, a speed over
    /// 1e5 m/s, or a state would have to be carried over more than an hour.
    BadNumber,
    /// A covariance is not positive (semi)definite.
    BadCovariance,
}

impl std::fmt::Display for RegisterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RegisterError::NoSuchSensor { sensor, count } => {
                write!(f, "sensor {sensor}: allowed are indices below {count}")
            }
            RegisterError::SameSensor => write!(f, "a common object needs plots of two different sensors"),
            RegisterError::BadNumber => write!(
                f,
                "allowed are finite numbers, steps of time from 0 s, ranges to 1e9 m, angles to a turn, speeds to 1e5 m/s, carrying to 3600 s"
            ),
            RegisterError::BadCovariance => write!(f, "covariances must be positive definite"),
        }
    }
}

impl std::error::Error for RegisterError {}

/// The biases of N/4 sensors with their joint covariance: per sensor range (m), azimuth (rad), elevation (rad), clock (s).
///
/// ```
/// use downrange_earth::{Geodetic, Site};
/// use downrange_track::gaussian::Gaussian;
/// use downrange_track::observe::Radar;
/// use downrange_track::register::{Known, Plot, Registration};
/// use nalgebra::{Vector6, vector};
///
/// let prior = Gaussian::diagonal(vector![0.0, 0.0, 0.0, 0.0], vector![500.0, 0.01, 0.01, 3.0]);
/// let mut registration = Registration::<4>::new([prior], vector![0.0, 0.0, 0.0, 0.0])?;
/// let site = Site::new(Geodetic { latitude_rad: 0.65, longitude_rad: 2.24, height_m: 100.0 });
/// // An aircraft reports itself on five headings; the radar reads 200 m too far.
/// for (east, north) in [(40e3, 0.0), (0.0, 60e3), (-50e3, 10e3), (20e3, -70e3), (30e3, 30e3)] {
///     let place = site.place(downrange_earth::Enu(vector![east, north, 9e3]));
///     let velocity = site.ecef_to_enu().transpose() * vector![150.0, 180.0, 0.0];
///     let state = Vector6::new(place.0.x, place.0.y, place.0.z, velocity.x, velocity.y, velocity.z);
///     let known = Known { time_s: 0.0, state: Gaussian::diagonal(state, vector![20.0, 20.0, 20.0, 1.0, 1.0, 1.0]) };
///     let look = Radar::measurement(&site.look(place)) + vector![200.0, 0.0, 0.0];
///     let measured = Gaussian::diagonal(look, vector![30.0, 0.001, 0.001]);
///     registration.known(&Plot { sensor: 0, site, time_s: 0.0, measured }, &known)?;
/// }
/// let bias = registration.bias(0)?;
/// assert!((bias.mean[0] - 200.0).abs() < 25.0);
/// # Ok::<(), downrange_track::register::RegisterError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Registration<const N: usize> {
    state: Gaussian<N>,
    walk: Vector4<f64>,
    outlier_count: u64,
}

/// A linearised pseudo-measurement of the bias, before the gate.
struct Innovation<const N: usize> {
    residual: Vector3<f64>,
    observed: SMatrix<f64, 3, N>,
    covariance: Matrix3<f64>,
}

impl<const N: usize> Registration<N> {
    /// From a prior per sensor and the random walk of every bias: the variance it gains in a second, per component
    /// (m²/s, rad²/s, rad²/s, s²/s). N must be four times the number of sensors (checked when compiled).
    ///
    /// # Errors
    /// A prior that is not a normal distribution, a walk that is negative or not finite.
    pub fn new<const S: usize>(priors: [Gaussian<4>; S], walk: Vector4<f64>) -> Result<Registration<N>, RegisterError> {
        const { assert!(N == BIAS_COMPONENT_COUNT * S && S > 0, "N is four times the number of sensors") };
        if walk.iter().any(|w| !w.is_finite() || *w < 0.0) {
            return Err(RegisterError::BadNumber);
        }
        let mut state: Gaussian<N> = Gaussian { mean: SVector::zeros(), covariance: SMatrix::zeros() };
        for (sensor, prior) in priors.iter().enumerate() {
            if !prior.is_valid() {
                return Err(RegisterError::BadCovariance);
            }
            let at = BIAS_COMPONENT_COUNT * sensor;
            state.mean.fixed_rows_mut::<4>(at).copy_from(&prior.mean);
            state.covariance.fixed_view_mut::<4, 4>(at, at).copy_from(&prior.covariance);
        }
        Ok(Registration { state, walk, outlier_count: 0 })
    }

    /// The joint estimate of all biases.
    pub fn state(&self) -> &Gaussian<N> {
        &self.state
    }

    /// Pseudo-measurements that lay outside the gate.
    pub fn outlier_count(&self) -> u64 {
        self.outlier_count
    }

    /// The bias of one sensor: range (m), azimuth (rad), elevation (rad), clock (s), with covariance.
    ///
    /// # Errors
    /// No such sensor.
    pub fn bias(&self, sensor: usize) -> Result<Gaussian<4>, RegisterError> {
        let at = Self::offset(sensor)?;
        Ok(Gaussian {
            mean: self.state.mean.fixed_rows::<4>(at).into_owned(),
            covariance: self.state.covariance.fixed_view::<4, 4>(at, at).into_owned(),
        })
    }

    /// Lets the biases wander for a time.
    ///
    /// # Errors
    /// A step that is negative or not finite.
    pub fn predict(&mut self, step_s: f64) -> Result<(), RegisterError> {
        if !step_s.is_finite() || step_s < 0.0 {
            return Err(RegisterError::BadNumber);
        }
        for i in 0..N {
            self.state.covariance[(i, i)] += self.walk[i % BIAS_COMPONENT_COUNT] * step_s;
        }
        Ok(())
    }

    /// Learns from an object that reports itself. Errors of one object's reports are taken as independent from plot to
    /// plot: where they are not (a transponder with a constant offset), use several objects.
    ///
    /// # Errors
    /// Bad numbers, no such sensor; the estimate stays as it was.
    pub fn known(&mut self, plot: &Plot, known: &Known) -> Result<Outcome, RegisterError> {
        let innovation = self.innovation_of_known(plot, known)?;
        self.update(&innovation).map(|(outcome, _)| outcome)
    }

    /// Learns from an object that two sensors see: its plots, and its velocity (ECEF, m/s), which carries one plot to the
    /// time of the other; its errors must not come from the biases sought, or they are taken for knowledge. A track's
    /// position, expressed as range, azimuth and elevation with its covariance, serves as a plot as long as its errors are
    /// independent of what was used before.
    ///
    /// # Errors
    /// Bad numbers, no such sensor, plots of the same sensor; the estimate stays as it was.
    pub fn common(&mut self, a: &Plot, b: &Plot, velocity_mps: &Gaussian<3>) -> Result<Outcome, RegisterError> {
        if a.sensor == b.sensor {
            return Err(RegisterError::SameSensor);
        }
        let (at_a, at_b) = (Self::offset(a.sensor)?, Self::offset(b.sensor)?);
        check(a)?;
        check(b)?;
        if !velocity_mps.is_valid() {
            return Err(RegisterError::BadCovariance);
        }
        let (bias_a, bias_b) = (self.bias(a.sensor)?.mean, self.bias(b.sensor)?.mean);
        let velocity = &velocity_mps.mean;
        let step_s = (b.time_s - bias_b[3]) - (a.time_s - bias_a[3]);
        check_speed(velocity)?;
        check_carry(step_s)?;
        let (place_a_m, place_b_m) = (freed(a, &bias_a) + velocity * step_s, freed(b, &bias_b));
        // Both are linearised about one place. Each about its own would make the noise of the plots look like a view of
        // what both sensors have in common, which nobody sees.
        let middle_m = (place_a_m + place_b_m) * 0.5;
        let (jacobian_a, jacobian_b) = (columns(&a.site, &(middle_m - velocity * step_s)), columns(&b.site, &middle_m));
        // What remains is J_a·δa − J_b·δb − v·δτ_a + v·δτ_b, where δ is the bias less its estimate.
        let mut observed = SMatrix::<f64, 3, N>::zeros();
        observed.fixed_view_mut::<3, 3>(0, at_a).copy_from(&jacobian_a);
        observed.fixed_view_mut::<3, 1>(0, at_a + 3).copy_from(&-velocity);
        observed.fixed_view_mut::<3, 3>(0, at_b).copy_from(&-jacobian_b);
        observed.fixed_view_mut::<3, 1>(0, at_b + 3).copy_from(velocity);
        let noise = congruence(&jacobian_a, &a.measured.covariance)
            + congruence(&jacobian_b, &b.measured.covariance)
            + velocity_mps.covariance * (step_s * step_s);
        let residual = place_a_m - place_b_m;
        self.update(&Innovation { residual, observed, covariance: noise }).map(|(outcome, _)| outcome)
    }

    /// The plot without the bias, as far as it is known: mean and time corrected, and the covariance widened by what is
    /// not known of the bias, R + G·P·Gᵀ with G = [I, −∂h/∂p·v] (the Schmidt or "consider" covariance of one plot). The
    /// velocity (ECEF, m/s) is that of the object, zero where it is not known: then the clock's share is missing.
    ///
    /// The remaining error is common to all plots of the sensor: a filter that takes them as independent averages it
    /// away. Let no track be surer than one corrected plot would be of a perfect sensor, G·P·Gᵀ, where that matters.
    ///
    /// # Errors
    /// Bad numbers, no such sensor.
    pub fn correct(&self, plot: &Plot, velocity_mps: &Vector3<f64>) -> Result<Plot, RegisterError> {
        check(plot)?;
        let bias = self.bias(plot.sensor)?;
        check_speed(velocity_mps)?;
        let mean = debias(&plot.measured.mean, &bias.mean);
        let (_, axes, metres) = eye(&plot.site).look(&freed(plot, &bias.mean));
        let share = sensitivity(&rows(&axes, &metres), velocity_mps);
        let covariance = symmetric(&(plot.measured.covariance + congruence(&share, &bias.covariance)));
        Ok(Plot { time_s: plot.time_s - bias.mean[3], measured: Gaussian { mean, covariance }, ..*plot })
    }

    fn offset(sensor: usize) -> Result<usize, RegisterError> {
        let count = N / BIAS_COMPONENT_COUNT;
        if sensor < count {
            Ok(BIAS_COMPONENT_COUNT * sensor)
        } else {
            Err(RegisterError::NoSuchSensor { sensor, count })
        }
    }

    fn innovation_of_known(&self, plot: &Plot, known: &Known) -> Result<Innovation<N>, RegisterError> {
        let at = Self::offset(plot.sensor)?;
        check(plot)?;
        if !known.state.is_valid() {
            return Err(RegisterError::BadCovariance);
        }
        let bias = self.bias(plot.sensor)?.mean;
        let step_s = plot.time_s - bias[3] - known.time_s;
        let velocity = known.state.mean.fixed_rows::<3>(3).into_owned();
        check_speed(&velocity)?;
        check_carry(step_s)?;
        let place_m = known.state.mean.fixed_rows::<3>(0) + velocity * step_s;
        let (look, axes, metres) = eye(&plot.site).look(&place_m);
        let position = rows(&axes, &metres);
        let mut carry = Matrix3x6::zeros();
        carry.fixed_view_mut::<3, 3>(0, 0).copy_from(&position);
        carry.fixed_view_mut::<3, 3>(0, 3).copy_from(&(position * step_s));
        let mut residual = debias(&plot.measured.mean, &bias) - look;
        residual.y = wrap_rad(residual.y);
        let mut observed = SMatrix::<f64, 3, N>::zeros();
        observed.fixed_view_mut::<3, 4>(0, at).copy_from(&sensitivity(&position, &velocity));
        let covariance = plot.measured.covariance + congruence(&carry, &known.state.covariance);
        Ok(Innovation { residual, observed, covariance })
    }

    /// The Kalman update in Joseph's form, if the innovation lies inside the gate; and ln p(innovation).
    fn update(&mut self, innovation: &Innovation<N>) -> Result<(Outcome, f64), RegisterError> {
        let Innovation { residual, observed, covariance: noise } = innovation;
        let spread = symmetric(&(congruence(observed, &self.state.covariance) + noise));
        if residual.iter().chain(spread.iter()).any(|v| !v.is_finite()) {
            return Err(RegisterError::BadNumber);
        }
        let root = Cholesky::new(spread).ok_or(RegisterError::BadCovariance)?;
        let nis = residual.dot(&root.solve(residual));
        let log_root: f64 = (0..3).map(|i| libm::log(root.l_dirty()[(i, i)])).sum();
        let log_density = -0.5 * nis - log_root - 1.5 * libm::log(2.0 * std::f64::consts::PI);
        if nis > GATE {
            self.outlier_count += 1;
            return Ok((Outcome::Outlier(nis), log_density));
        }
        let gain = root.solve(&(observed * self.state.covariance)).transpose();
        let keep = SMatrix::<f64, N, N>::identity() - gain * observed;
        let mean = self.state.mean + gain * residual;
        let covariance = congruence(&keep, &self.state.covariance) + congruence(&gain, &symmetric(noise));
        let next = Gaussian { mean, covariance }.symmetrise();
        // Numbers of absurd size (a speed of 1e300) drown the rest.
        if !next.is_valid() {
            return Err(RegisterError::BadNumber);
        }
        self.state = next;
        Ok((Outcome::Used(nis), log_density))
    }
}

impl Plot {
    /// The place that the plot shows, ECEF.
    pub fn place(&self) -> Ecef {
        let m = &self.measured.mean;
        self.site.place_at(RangeAzimuthElevation { range_m: m[0], azimuth_rad: m[1], elevation_rad: m[2] })
    }
}

/// A radar for its geometry only.
fn eye(site: &Site) -> Radar {
    Radar { site: *site, sigma_range_m: 0.0, sigma_azimuth_rad: 0.0, sigma_elevation_rad: 0.0 }
}

fn check(plot: &Plot) -> Result<(), RegisterError> {
    let angles = [plot.measured.mean[1], plot.measured.mean[2]];
    let is_sound = plot.time_s.is_finite()
        && libm::fabs(plot.measured.mean[0]) <= RANGE_MAX_M
        && angles.iter().all(|angle| libm::fabs(*angle) <= std::f64::consts::TAU);
    if !is_sound {
        return Err(RegisterError::BadNumber);
    }
    if plot.measured.is_valid() { Ok(()) } else { Err(RegisterError::BadCovariance) }
}

fn check_speed(velocity_mps: &Vector3<f64>) -> Result<(), RegisterError> {
    if velocity_mps.norm() <= SPEED_MAX_MPS { Ok(()) } else { Err(RegisterError::BadNumber) }
}

fn check_carry(step_s: f64) -> Result<(), RegisterError> {
    if libm::fabs(step_s) <= CARRY_MAX_S { Ok(()) } else { Err(RegisterError::BadNumber) }
}

fn debias(measured: &Vector3<f64>, bias: &Vector4<f64>) -> Vector3<f64> {
    Vector3::new(measured[0] - bias[0], wrap_rad(measured[1] - bias[1]), measured[2] - bias[2])
}

/// The place that a plot shows without this bias, ECEF.
fn freed(plot: &Plot, bias: &Vector4<f64>) -> Vector3<f64> {
    let mean = debias(&plot.measured.mean, bias);
    Plot { measured: Gaussian { mean, ..plot.measured }, ..*plot }.place().0
}

/// ∂position/∂(range, azimuth, elevation).
fn columns(site: &Site, place_m: &Vector3<f64>) -> Matrix3<f64> {
    let (_, axes, metres) = eye(site).look(place_m);
    Matrix3::from_columns(&[axes[0] * metres[0], axes[1] * metres[1], axes[2] * metres[2]])
}

/// ∂(range, azimuth, elevation)/∂position.
fn rows(axes: &[Vector3<f64>; 3], metres: &[f64; 3]) -> Matrix3<f64> {
    Matrix3::from_rows(&[
        (axes[0] / metres[0]).transpose(),
        (axes[1] / metres[1]).transpose(),
        (axes[2] / metres[2]).transpose(),
    ])
}

/// ∂(what is measured)/∂bias: itself, and the way that the object makes while the clock is wrong.
fn sensitivity(position: &Matrix3<f64>, velocity_mps: &Vector3<f64>) -> Matrix3x4<f64> {
    let mut share = Matrix4::identity().fixed_rows::<3>(0).into_owned();
    share.set_column(3, &-(position * velocity_mps));
    share
}
