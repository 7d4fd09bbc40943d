//! What radars and infrared sensors see of the nine-component state of [`crate::motion`], and places from what they saw.
//!
//! Components: ECEF position (m), velocity (m/s), three extras that no sensor sees.

use crate::filter::{Observation, wrap_rad};
use crate::gaussian::Gaussian;
use downrange_earth::{Ecef, RangeAzimuthElevation, Site};
use nalgebra::{Cholesky, Matrix2, Matrix3, SMatrix, SVector, Vector2, Vector3, Vector4};

/// Azimuth has no derivative at the zenith: nearer to it than this, horizontally, it is taken as here.
const HORIZONTAL_MIN_M: f64 = 1.0;

/// A radar at a place: slant range, azimuth (clockwise from true north), elevation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Radar {
    /// Where it stands.
    pub site: Site,
    /// Standard deviation of range.
    pub sigma_range_m: f64,
    /// Standard deviation of azimuth, as an angle of azimuth (not of arc across the sky).
    pub sigma_azimuth_rad: f64,
    /// Standard deviation of elevation.
    pub sigma_elevation_rad: f64,
}

/// A radar that also measures the rate of range (positive: going away).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RadarWithRate {
    /// The radar.
    pub radar: Radar,
    /// Standard deviation of the rate of range.
    pub sigma_range_rate_mps: f64,
}

impl Radar {
    /// Range, azimuth, elevation of a position, and the unit vectors (ECEF) in which each of them grows with the metres
    /// that a radian of it takes: the rows of the Jacobian are `axis / metres`.
    pub(crate) fn look(&self, position_m: &Vector3<f64>) -> (Vector3<f64>, [Vector3<f64>; 3], [f64; 3]) {
        let rotation = self.site.ecef_to_enu();
        let enu = rotation * (position_m - self.site.ecef().0);
        let range_m = enu.norm().max(HORIZONTAL_MIN_M);
        let horizontal_m = libm::hypot(enu.x, enu.y).max(HORIZONTAL_MIN_M);
        let measured = Vector3::new(enu.norm(), libm::atan2(enu.x, enu.y), libm::atan2(enu.z, horizontal_m));
        let (sin_az, cos_az) = (enu.x / horizontal_m, enu.y / horizontal_m);
        let (sin_el, cos_el) = (enu.z / range_m, horizontal_m / range_m);
        let back = rotation.transpose();
        let axes = [
            back * (enu / range_m),
            back * Vector3::new(cos_az, -sin_az, 0.0),
            back * Vector3::new(-sin_el * sin_az, -sin_el * cos_az, cos_el),
        ];
        (measured, axes, [1.0, horizontal_m, range_m])
    }

    /// The position of a plot with its covariance, ECEF.
    ///
    /// The mean is unbiased: E[cos(η+w)] = e^(−σ²/2)·cos η is divided out (Mo, Song, Zhou, Sun, Bar-Shalom, "Unbiased
    /// converted measurements for tracking", IEEE TAES 34(3), 1998). The covariance is the second moment of the true
    /// position about that mean given the measurement, in closed form for normal errors of any size, so that it stays
    /// consistent where the arc of azimuth is far wider than the range is long (long range, coarse angles).
    pub fn position(&self, measured: &Vector3<f64>) -> Gaussian<3> {
        let (range_m, azimuth_rad, elevation_rad) = (measured.x, measured.y, measured.z);
        let variance_range_m2 = self.sigma_range_m * self.sigma_range_m;
        let (azimuth, elevation) =
            (Circle::new(azimuth_rad, self.sigma_azimuth_rad), Circle::new(elevation_rad, self.sigma_elevation_rad));
        // Given the measurement: first moments of (cos ε·sin η, cos ε·cos η, sin ε)·r, and the second moments.
        let expected = Vector3::new(elevation.cos * azimuth.sin, elevation.cos * azimuth.cos, elevation.sin) * range_m;
        let mixed = elevation.sin_cos;
        let second = Matrix3::new(
            elevation.cos2 * azimuth.sin2,
            elevation.cos2 * azimuth.sin_cos,
            mixed * azimuth.sin,
            elevation.cos2 * azimuth.sin_cos,
            elevation.cos2 * azimuth.cos2,
            mixed * azimuth.cos,
            mixed * azimuth.sin,
            mixed * azimuth.cos,
            elevation.sin2,
        ) * (range_m * range_m + variance_range_m2);
        let shrink =
            Vector3::new(elevation.shrink * azimuth.shrink, elevation.shrink * azimuth.shrink, elevation.shrink);
        let unbiased = expected.component_div(&shrink.component_mul(&shrink));
        let offset = unbiased - expected;
        let covariance = second - expected * expected.transpose() + offset * offset.transpose();
        let back = self.site.ecef_to_enu().transpose();
        let covariance = back * covariance * back.transpose();
        Gaussian { mean: self.site.ecef().0 + back * unbiased, covariance }.symmetrise()
    }

    /// The measurement vector of a look.
    pub fn measurement(look: &RangeAzimuthElevation) -> Vector3<f64> {
        Vector3::new(look.range_m, look.azimuth_rad, look.elevation_rad)
    }
}

/// Moments of sine and cosine of an angle with a normal error.
struct Circle {
    shrink: f64,
    sin: f64,
    cos: f64,
    sin2: f64,
    cos2: f64,
    sin_cos: f64,
}

impl Circle {
    fn new(angle_rad: f64, sigma_rad: f64) -> Circle {
        let variance = sigma_rad * sigma_rad;
        let shrink = libm::exp(-0.5 * variance);
        let (sin, cos) = libm::sincos(angle_rad);
        // E[cos² ] = (1 + e^(−2σ²)·cos 2η)/2 = cos² − (1 − e^(−2σ²))/2·cos 2η, in the form that does not cancel.
        let lost = -0.5 * libm::expm1(-2.0 * variance) * (cos * cos - sin * sin);
        Circle {
            shrink,
            sin: shrink * sin,
            cos: shrink * cos,
            sin2: sin * sin + lost,
            cos2: cos * cos - lost,
            sin_cos: libm::exp(-2.0 * variance) * sin * cos,
        }
    }
}

impl RadarWithRate {
    /// The same radar for a state that is known this badly, and by how much its range rate is above the one of the mean.
    ///
    /// The rate û·v is the product of a direction and a velocity. While both are uncertain, what they do together is no part of
    /// the derivative: with ±1 km across the line of sight, ±1 km/s and 300 km between, it is 3 m/s, more than such radars err
    /// by, and a filter that leaves it out believes that the rate told it of both. These are the second-order terms of Bar-Shalom,
    /// Li, Kirubarajan, Estimation with Applications to Tracking and Navigation, 2001, section 10.3.3: the mean ½·tr(h″P), the
    /// variance ½·tr(h″P·h″P), with h″ = (I − û·ûᵀ)/r between position and velocity (that of position alone is smaller by σ·v/r
    /// over the speed's sigma, and left out).
    pub fn second_order(&self, state: &Gaussian<9>) -> (RadarWithRate, f64) {
        let (measured, axes, _) = self.radar.look(&position(&state.mean));
        let across = (Matrix3::identity() - axes[0] * axes[0].transpose()) / measured.x.max(HORIZONTAL_MIN_M);
        let block = |row: usize, column: usize| across * state.covariance.fixed_view::<3, 3>(row, column);
        let (places, speeds, both) = (block(0, 0), block(3, 3), block(0, 3));
        let variance = (places * speeds).trace() + (both * both).trace();
        let sigma_range_rate_mps = libm::hypot(self.sigma_range_rate_mps, libm::sqrt(variance.max(0.0)));
        (RadarWithRate { radar: self.radar, sigma_range_rate_mps }, both.trace())
    }
}

impl Observation<9, 3> for Radar {
    fn expect(&self, state: &SVector<f64, 9>) -> Vector3<f64> {
        self.look(&position(state)).0
    }

    fn jacobian(&self, state: &SVector<f64, 9>) -> SMatrix<f64, 3, 9> {
        let (_, axes, metres) = self.look(&position(state));
        let mut h = SMatrix::zeros();
        set_rows(&mut h, &axes, &metres);
        h
    }

    fn noise(&self) -> Matrix3<f64> {
        let sigma = Vector3::new(self.sigma_range_m, self.sigma_azimuth_rad, self.sigma_elevation_rad);
        Matrix3::from_diagonal(&sigma.component_mul(&sigma))
    }

    fn residual(&self, measured: &Vector3<f64>, expected: &Vector3<f64>) -> Vector3<f64> {
        let difference = measured - expected;
        Vector3::new(difference.x, wrap_rad(difference.y), difference.z)
    }
}

impl Observation<9, 4> for RadarWithRate {
    fn expect(&self, state: &SVector<f64, 9>) -> Vector4<f64> {
        let (measured, axes, _) = self.radar.look(&position(state));
        Vector4::new(measured.x, measured.y, measured.z, axes[0].dot(&velocity(state)))
    }

    fn jacobian(&self, state: &SVector<f64, 9>) -> SMatrix<f64, 4, 9> {
        let (measured, axes, metres) = self.radar.look(&position(state));
        let along = axes[0];
        let speed = velocity(state);
        // ∂(û·v)/∂p = (v − (û·v)·û)/r
        let across = (speed - along * along.dot(&speed)) / measured.x.max(HORIZONTAL_MIN_M);
        let mut h = SMatrix::<f64, 4, 9>::zeros();
        set_rows(&mut h, &axes, &metres);
        h.fixed_view_mut::<1, 3>(3, 0).copy_from(&across.transpose());
        h.fixed_view_mut::<1, 3>(3, 3).copy_from(&along.transpose());
        h
    }

    fn noise(&self) -> SMatrix<f64, 4, 4> {
        let mut r = SMatrix::<f64, 4, 4>::zeros();
        r.fixed_view_mut::<3, 3>(0, 0).copy_from(&self.radar.noise());
        r[(3, 3)] = self.sigma_range_rate_mps * self.sigma_range_rate_mps;
        r
    }

    fn residual(&self, measured: &Vector4<f64>, expected: &Vector4<f64>) -> Vector4<f64> {
        let mut difference = measured - expected;
        difference.y = wrap_rad(difference.y);
        difference
    }
}

/// One line of sight: a direction that was measured from a place.
///
/// The measurement is always zero: what is expected is the angle from the measured direction to the object, along two axes
/// across it, so nothing is singular anywhere in the sky.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineOfSight {
    position_m: Vector3<f64>,
    along: Vector3<f64>,
    across: [Vector3<f64>; 2],
    sigma_rad: f64,
}

impl LineOfSight {
    /// What a [`LineOfSight`] measures, by its construction.
    pub const MEASURED: Vector2<f64> = Vector2::new(0.0, 0.0);

    /// From `place`, along `direction` (ECEF axes, any length), with this standard deviation across each of two axes.
    /// `None` when the direction has no length or a number is not finite.
    pub fn new(place: Ecef, direction: Vector3<f64>, angle_sigma_rad: f64) -> Option<LineOfSight> {
        let along = direction.try_normalize(f64::MIN_POSITIVE)?;
        let finite = along.iter().chain(place.0.iter()).all(|v| v.is_finite()) && angle_sigma_rad.is_finite();
        // The axis least along the direction gives the best-conditioned perpendicular.
        let mut least = 0;
        for k in 1..3 {
            if libm::fabs(along[k]) < libm::fabs(along[least]) {
                least = k;
            }
        }
        let first = along.cross(&Vector3::ith(least, 1.0)).try_normalize(f64::MIN_POSITIVE)?;
        finite.then(|| LineOfSight {
            position_m: place.0,
            along,
            across: [first, along.cross(&first)],
            sigma_rad: angle_sigma_rad,
        })
    }

    /// Unit vector of the measured direction, ECEF.
    pub fn direction(&self) -> Vector3<f64> {
        self.along
    }

    /// Where it was measured.
    pub fn place(&self) -> Ecef {
        Ecef(self.position_m)
    }

    /// Standard deviation across each axis.
    pub fn sigma_rad(&self) -> f64 {
        self.sigma_rad
    }
}

impl Observation<9, 2> for LineOfSight {
    fn expect(&self, state: &SVector<f64, 9>) -> Vector2<f64> {
        let to = position(state) - self.position_m;
        let ahead_m = to.dot(&self.along);
        if ahead_m <= 0.0 {
            // Behind the sensor: as far from the measured direction as an angle can be.
            return Vector2::new(core::f64::consts::PI, 0.0);
        }
        Vector2::new(to.dot(&self.across[0]), to.dot(&self.across[1])) / ahead_m
    }

    fn jacobian(&self, state: &SVector<f64, 9>) -> SMatrix<f64, 2, 9> {
        let to = position(state) - self.position_m;
        let ahead_m = to.dot(&self.along);
        let mut h = SMatrix::<f64, 2, 9>::zeros();
        if ahead_m > 0.0 {
            for row in 0..2 {
                let slope = (self.across[row] - self.along * (to.dot(&self.across[row]) / ahead_m)) / ahead_m;
                h.fixed_view_mut::<1, 3>(row, 0).copy_from(&slope.transpose());
            }
        }
        h
    }

    fn noise(&self) -> Matrix2<f64> {
        Matrix2::identity() * (self.sigma_rad * self.sigma_rad)
    }
}

/// The point that two lines of sight have in common, ECEF, with its covariance.
///
/// Least squares of the distances across both lines, each weighed by 1/(σ·range)², with the ranges from a first solution.
/// `None` when the lines are nearer to parallel than a few of their own standard deviations, or when they meet behind a sensor.
pub fn intersection(first: &LineOfSight, second: &LineOfSight) -> Option<Gaussian<3>> {
    let lines = [first, second];
    let sine = first.along.cross(&second.along).norm();
    let sigma_rad = libm::hypot(first.sigma_rad, second.sigma_rad);
    if sine.is_nan() || sine <= 3.0 * sigma_rad {
        return None;
    }
    let mut ranges_m = [1.0; 2];
    let mut point = None;
    for _ in 0..2 {
        // Normal equations about the first sensor: nothing near the Earth's centre is squared.
        let mut information = Matrix3::zeros();
        let mut right = Vector3::zeros();
        for (line, range_m) in lines.iter().zip(ranges_m) {
            let sigma_m = line.sigma_rad * range_m;
            let across = (Matrix3::identity() - line.along * line.along.transpose()) / (sigma_m * sigma_m);
            information += across;
            right += across * (line.position_m - first.position_m);
        }
        let cholesky = Cholesky::new(information)?;
        let mean = first.position_m + cholesky.solve(&right);
        for (line, range_m) in lines.iter().zip(ranges_m.iter_mut()) {
            *range_m = (mean - line.position_m).dot(&line.along);
            if range_m.is_nan() || *range_m <= 0.0 {
                return None;
            }
        }
        point = Some(Gaussian { mean, covariance: cholesky.inverse() }.symmetrise());
    }
    point.filter(Gaussian::is_finite)
}

/// The derivatives of range, azimuth and elevation by position, from what [`Radar::look`] gives.
fn set_rows<const M: usize>(h: &mut SMatrix<f64, M, 9>, axes: &[Vector3<f64>; 3], metres: &[f64; 3]) {
    for row in 0..3 {
        for k in 0..3 {
            h[(row, k)] = axes[row][k] / metres[row];
        }
    }
}

fn position(state: &SVector<f64, 9>) -> Vector3<f64> {
    state.fixed_rows::<3>(0).into_owned()
}

fn velocity(state: &SVector<f64, 9>) -> Vector3<f64> {
    state.fixed_rows::<3>(3).into_owned()
}
