//! The books' linear models along one axis, and the level turn with a known rate; their noise is integrated exactly.
//!
//! For anybody who tracks in a flat frame; [`crate::motion::Motion`] has the models over the rotating Earth.
//!
//! ```
//! use downrange_track::filter::{Dynamics, ekf};
//! use downrange_track::gaussian::Gaussian;
//! use downrange_track::motion::axis::WhiteAcceleration;
//! use nalgebra::vector;
//!
//! let model = WhiteAcceleration { density_m2ps3: 0.1 };
//! let track = Gaussian::diagonal(vector![100.0, 20.0], vector![5.0, 1.0]);
//! let ahead = ekf::predict(&model, &track, 3.0);
//! assert_eq!(ahead.mean, vector![160.0, 20.0]);
//! // 5² + 3²·1² + 0.1·3³/3
//! assert!((ahead.covariance[(0, 0)] - 34.9).abs() < 1e-12);
//! ```

use super::noise::singer;
use crate::filter::Dynamics;
use nalgebra::{Matrix2, Matrix3, Matrix4, Vector2, Vector3, Vector4};

/// Position (m), velocity (m/s): nearly constant velocity, driven by white acceleration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WhiteAcceleration {
    /// Power spectral density of the acceleration.
    pub density_m2ps3: f64,
}

impl Dynamics<2> for WhiteAcceleration {
    fn advance(&self, state: &Vector2<f64>, dt_s: f64) -> Vector2<f64> {
        Vector2::new(state.x + dt_s * state.y, state.y)
    }

    fn jacobian(&self, _: &Vector2<f64>, dt_s: f64) -> Matrix2<f64> {
        Matrix2::new(1.0, dt_s, 0.0, 1.0)
    }

    /// Bar-Shalom, Li, Kirubarajan 2001, eq. 6.2.2-12.
    fn noise(&self, _: &Vector2<f64>, dt_s: f64) -> Matrix2<f64> {
        let t2 = dt_s * dt_s;
        Matrix2::new(t2 * dt_s / 3.0, t2 / 2.0, t2 / 2.0, dt_s) * self.density_m2ps3
    }
}

/// Position (m), velocity (m/s), acceleration (m/s²): nearly constant acceleration, driven by white jerk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WhiteJerk {
    /// Power spectral density of the jerk.
    pub density_m2ps5: f64,
}

impl Dynamics<3> for WhiteJerk {
    fn advance(&self, state: &Vector3<f64>, dt_s: f64) -> Vector3<f64> {
        self.jacobian(state, dt_s) * state
    }

    fn jacobian(&self, _: &Vector3<f64>, dt_s: f64) -> Matrix3<f64> {
        Matrix3::new(1.0, dt_s, 0.5 * dt_s * dt_s, 0.0, 1.0, dt_s, 0.0, 0.0, 1.0)
    }

    /// Bar-Shalom, Li, Kirubarajan 2001, eq. 6.2.3-9.
    fn noise(&self, _: &Vector3<f64>, dt_s: f64) -> Matrix3<f64> {
        let t2 = dt_s * dt_s;
        let (t3, t4, t5) = (t2 * dt_s, t2 * t2, t2 * t2 * dt_s);
        Matrix3::new(t5 / 20.0, t4 / 8.0, t3 / 6.0, t4 / 8.0, t3 / 3.0, t2 / 2.0, t3 / 6.0, t2 / 2.0, dt_s)
            * self.density_m2ps5
    }
}

/// Position (m), velocity (m/s), acceleration (m/s²): an acceleration that is forgotten with a time constant (Singer, "Estimating
/// optimal tracking filter performance for manned maneuvering targets", IEEE TAES 6(4), 1970).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Singer {
    /// Standard deviation of the acceleration in the long run.
    pub sigma_mps2: f64,
    /// Time in which it is forgotten to 1/e.
    pub time_constant_s: f64,
}

impl Dynamics<3> for Singer {
    fn advance(&self, state: &Vector3<f64>, dt_s: f64) -> Vector3<f64> {
        self.jacobian(state, dt_s) * state
    }

    fn jacobian(&self, _: &Vector3<f64>, dt_s: f64) -> Matrix3<f64> {
        let tau = self.time_constant_s;
        let gone = -libm::expm1(-dt_s / tau);
        let reach = tau * gone;
        Matrix3::new(1.0, dt_s, tau * (dt_s - reach), 0.0, 1.0, reach, 0.0, 0.0, 1.0 - gone)
    }

    fn noise(&self, _: &Vector3<f64>, dt_s: f64) -> Matrix3<f64> {
        singer(self.sigma_mps2, self.time_constant_s, dt_s)
    }
}

/// x, its rate, y, its rate (m, m/s): a turn in the plane at a known rate, driven by white acceleration on both axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownTurn {
    /// Turn rate, positive from x towards y.
    pub rate_radps: f64,
    /// Power spectral density of the acceleration, each axis.
    pub density_m2ps3: f64,
}

impl KnownTurn {
    /// sin ωt/ω, (1 − cos ωt)/ω, (1 − cos ωt)/ω² and (t − sin ωt/ω)/ω, whole also where ω is zero.
    fn integrals(&self, t: f64) -> [f64; 4] {
        let w = self.rate_radps;
        let a = w * t;
        if a.abs() < 0.1 {
            // Series to a⁸: the next term is below rounding.
            let a2 = a * a;
            let sine = 1.0 - a2 / 6.0 * (1.0 - a2 / 20.0 * (1.0 - a2 / 42.0 * (1.0 - a2 / 72.0)));
            let versed = 0.5 * (1.0 - a2 / 12.0 * (1.0 - a2 / 30.0 * (1.0 - a2 / 56.0 * (1.0 - a2 / 90.0))));
            let lag = a / 6.0 * (1.0 - a2 / 20.0 * (1.0 - a2 / 42.0 * (1.0 - a2 / 72.0 * (1.0 - a2 / 110.0))));
            return [t * sine, t * a * versed, t * t * versed, t * t * lag];
        }
        let (sin, cos) = libm::sincos(a);
        [sin / w, (1.0 - cos) / w, (1.0 - cos) / (w * w), (t - sin / w) / w]
    }
}

impl Dynamics<4> for KnownTurn {
    fn advance(&self, state: &Vector4<f64>, dt_s: f64) -> Vector4<f64> {
        self.jacobian(state, dt_s) * state
    }

    /// Bar-Shalom, Li, Kirubarajan 2001, section 11.7.1.
    fn jacobian(&self, _: &Vector4<f64>, dt_s: f64) -> Matrix4<f64> {
        let [along, across, _, _] = self.integrals(dt_s);
        let (sin, cos) = libm::sincos(self.rate_radps * dt_s);
        #[rustfmt::skip]
        let f = Matrix4::new(
            1.0, along,  0.0, -across,
            0.0, cos,    0.0, -sin,
            0.0, across, 1.0, along,
            0.0, sin,    0.0, cos,
        );
        f
    }

    /// ∫Φ(s)·G·q·Gᵀ·Φ(s)ᵀds in closed form: position 2·(t − sin ωt/ω)/ω², position and velocity (1 − cos ωt)/ω² on their axis and
    /// ±(t − sin ωt/ω)/ω across, velocity t, each times q.
    fn noise(&self, _: &Vector4<f64>, dt_s: f64) -> Matrix4<f64> {
        let [_, _, versed, lag] = self.integrals(dt_s);
        let t = dt_s;
        let w = self.rate_radps;
        // 2·lag/ω, by its own series where ω vanishes: t³/3·(1 − a²/20 + …).
        let a2 = w * t * w * t;
        let place = if a2 < 0.01 {
            t * t * t / 3.0 * (1.0 - a2 / 20.0 * (1.0 - a2 / 42.0 * (1.0 - a2 / 72.0 * (1.0 - a2 / 110.0))))
        } else {
            2.0 * lag / w
        };
        #[rustfmt::skip]
        let q = Matrix4::new(
            place,  versed, 0.0,    lag,
            versed, t,      -lag,   0.0,
            0.0,    -lag,   place,  versed,
            lag,    0.0,    versed, t,
        );
        q * self.density_m2ps3
    }
}
