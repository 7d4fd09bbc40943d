//! The models of the planar scenarios, as their sources give them.

use downrange_track::filter::{Dynamics, Observation, wrap_rad};
use nalgebra::{Matrix2, SMatrix, SVector, Vector2, matrix, vector};

/// Julier & Uhlmann, "Unscented filtering and nonlinear estimation", Proc. IEEE 92(3), 2004, section V: km, km/s, Euler step.
pub struct Reentry {
    pub velocity_density: f64,
    pub drag_density: f64,
}

/// Drag rate b0·exp(x5)·exp((R0−R)/H0)·V and gravity −Gm0/R³, with their derivatives by (x, y, vx, vy, x5).
pub fn reentry_forces(s: &SVector<f64, 5>) -> ([f64; 2], [SVector<f64, 5>; 2]) {
    let (r, v) = (libm::hypot(s[0], s[1]), libm::hypot(s[2], s[3]));
    let d = -0.59783 * libm::exp(s[4]) * libm::exp((6374.0 - r) / 13.406) * v;
    let g = -3.9860e5 / (r * r * r);
    let by_d = vector![-s[0] / r / 13.406, -s[1] / r / 13.406, s[2] / (v * v), s[3] / (v * v), 1.0] * d;
    let by_g = vector![-3.0 * g * s[0] / (r * r), -3.0 * g * s[1] / (r * r), 0.0, 0.0, 0.0];
    ([d, g], [by_d, by_g])
}

impl Dynamics<5> for Reentry {
    fn advance(&self, s: &SVector<f64, 5>, dt_s: f64) -> SVector<f64, 5> {
        let ([d, g], _) = reentry_forces(s);
        s + vector![s[2], s[3], d * s[2] + g * s[0], d * s[3] + g * s[1], 0.0] * dt_s
    }
    fn jacobian(&self, s: &SVector<f64, 5>, dt_s: f64) -> SMatrix<f64, 5, 5> {
        let ([d, g], [by_d, by_g]) = reentry_forces(s);
        let mut a = SMatrix::<f64, 5, 5>::zeros();
        (a[(0, 2)], a[(1, 3)]) = (1.0, 1.0);
        for k in 0..2 {
            let row = by_d * s[2 + k] + by_g * s[k];
            a.set_row(2 + k, &row.transpose());
            a[(2 + k, 2 + k)] += d;
            a[(2 + k, k)] += g;
        }
        SMatrix::identity() + a * dt_s
    }
    fn noise(&self, _: &SVector<f64, 5>, dt_s: f64) -> SMatrix<f64, 5, 5> {
        let (v, x5) = (self.velocity_density * dt_s, self.drag_density * dt_s);
        SMatrix::from_diagonal(&vector![0.0, 0.0, v, v, x5])
    }
}

pub struct RangeBearing {
    pub place: [f64; 2],
    pub sigma: Vector2<f64>,
}

impl RangeBearing {
    pub fn look(&self, x: f64, y: f64) -> (Vector2<f64>, Matrix2<f64>) {
        let (dx, dy) = (x - self.place[0], y - self.place[1]);
        let r = libm::hypot(dx, dy);
        (vector![r, libm::atan2(dy, dx)], matrix![dx / r, dy / r; -dy / (r * r), dx / (r * r)])
    }
    pub fn covariance(&self) -> Matrix2<f64> {
        Matrix2::from_diagonal(&self.sigma.component_mul(&self.sigma))
    }
}

impl Observation<5, 2> for RangeBearing {
    fn expect(&self, s: &SVector<f64, 5>) -> Vector2<f64> {
        self.look(s[0], s[1]).0
    }
    fn jacobian(&self, s: &SVector<f64, 5>) -> SMatrix<f64, 2, 5> {
        let mut h = SMatrix::<f64, 2, 5>::zeros();
        h.fixed_view_mut::<2, 2>(0, 0).copy_from(&self.look(s[0], s[1]).1);
        h
    }
    fn noise(&self) -> Matrix2<f64> {
        self.covariance()
    }
    fn residual(&self, measured: &Vector2<f64>, expected: &Vector2<f64>) -> Vector2<f64> {
        vector![measured.x - expected.x, wrap_rad(measured.y - expected.y)]
    }
}

// ------------------------------------------------------------------ ballistic body with a known coefficient

/// The form of Farina, Ristic, Benvenuti, "Tracking a ballistic target: comparison of several nonlinear filters", IEEE TAES
/// 38(3), 2002: x, vx, y, vy; drag −½·g/β·ρ(y)·|v|·v and gravity held over a step of 2 s; q = 1.
pub struct FallingBody;

pub const G_MPS2: f64 = 9.81;
pub const BETA_KGPMS2: f64 = 40_000.0;

pub fn density(y: f64) -> (f64, f64) {
    let (scale, rate) = if y < 9144.0 { (1.227, 1.093e-4) } else { (1.754, 1.49e-4) };
    let rho = scale * libm::exp(-rate * y);
    (rho, -rate * rho)
}

impl Dynamics<4> for FallingBody {
    fn advance(&self, s: &SVector<f64, 4>, t: f64) -> SVector<f64, 4> {
        let a = -0.5 * G_MPS2 / BETA_KGPMS2 * density(s[2]).0 * libm::hypot(s[1], s[3]);
        let (ux, uy) = (a * s[1], a * s[3] - G_MPS2);
        vector![s[0] + t * s[1] + t * t / 2.0 * ux, s[1] + t * ux, s[2] + t * s[3] + t * t / 2.0 * uy, s[3] + t * uy]
    }
    fn jacobian(&self, s: &SVector<f64, 4>, t: f64) -> SMatrix<f64, 4, 4> {
        let k = -0.5 * G_MPS2 / BETA_KGPMS2;
        let (rho, slope) = density(s[2]);
        let v = libm::hypot(s[1], s[3]);
        let ax = [k * rho * (v + s[1] * s[1] / v), k * slope * v * s[1], k * rho * s[1] * s[3] / v];
        let ay = [k * rho * s[1] * s[3] / v, k * slope * v * s[3], k * rho * (v + s[3] * s[3] / v)];
        let h = t * t / 2.0;
        matrix![
            1.0, t + h * ax[0], h * ax[1], h * ax[2];
            0.0, 1.0 + t * ax[0], t * ax[1], t * ax[2];
            0.0, h * ay[0], 1.0 + h * ay[1], t + h * ay[2];
            0.0, t * ay[0], t * ay[1], 1.0 + t * ay[2]
        ]
    }
    fn noise(&self, _: &SVector<f64, 4>, t: f64) -> SMatrix<f64, 4, 4> {
        let (a, b) = (t * t * t / 3.0, t * t / 2.0);
        matrix![a, b, 0.0, 0.0; b, t, 0.0, 0.0; 0.0, 0.0, a, b; 0.0, 0.0, b, t]
    }
}

impl Observation<4, 2> for RangeBearing {
    fn expect(&self, s: &SVector<f64, 4>) -> Vector2<f64> {
        self.look(s[0], s[2]).0
    }
    fn jacobian(&self, s: &SVector<f64, 4>) -> SMatrix<f64, 2, 4> {
        let d = self.look(s[0], s[2]).1;
        matrix![d[(0, 0)], 0.0, d[(0, 1)], 0.0; d[(1, 0)], 0.0, d[(1, 1)], 0.0]
    }
    fn noise(&self) -> Matrix2<f64> {
        self.covariance()
    }
    fn residual(&self, measured: &Vector2<f64>, expected: &Vector2<f64>) -> Vector2<f64> {
        vector![measured.x - expected.x, wrap_rad(measured.y - expected.y)]
    }
}

// ------------------------------------------------------------------ aircraft in the plane

/// x, vx, y, vy, turn rate (rad/s).
pub type Flat = SVector<f64, 5>;

#[derive(Clone, Copy)]
pub enum FlatMotion {
    /// Constant velocity; noise [t³/3 t²/2; t²/2 t] of this density.
    Straight { density: f64 },
    /// Constant velocity; acceleration of this standard deviation, constant over each step ("direct discrete").
    Piecewise { acceleration: f64 },
    /// Coordinated turn; white acceleration, and a random walk of the turn rate.
    Turn { density: f64, turn_density: f64 },
}

pub fn both_axes(pp: f64, pv: f64, vv: f64) -> SMatrix<f64, 5, 5> {
    matrix![
        pp, pv, 0.0, 0.0, 0.0; pv, vv, 0.0, 0.0, 0.0; 0.0, 0.0, pp, pv, 0.0; 0.0, 0.0, pv, vv, 0.0;
        0.0, 0.0, 0.0, 0.0, 0.0
    ]
}

impl Dynamics<5> for FlatMotion {
    fn advance(&self, s: &Flat, t: f64) -> Flat {
        match self {
            FlatMotion::Turn { .. } if s[4].abs() > 1e-9 => {
                let (w, (sin, cos)) = (s[4], libm::sincos(s[4] * t));
                vector![
                    s[0] + (sin * s[1] - (1.0 - cos) * s[3]) / w,
                    cos * s[1] - sin * s[3],
                    s[2] + ((1.0 - cos) * s[1] + sin * s[3]) / w,
                    sin * s[1] + cos * s[3],
                    w
                ]
            }
            _ => vector![s[0] + t * s[1], s[1], s[2] + t * s[3], s[3], s[4]],
        }
    }
    fn jacobian(&self, s: &Flat, t: f64) -> SMatrix<f64, 5, 5> {
        self.advance_with_jacobian(s, t).1
    }
    fn advance_with_jacobian(&self, s: &Flat, t: f64) -> (Flat, SMatrix<f64, 5, 5>) {
        let mut f = SMatrix::<f64, 5, 5>::identity();
        let ahead = self.advance(s, t);
        let FlatMotion::Turn { .. } = self else {
            (f[(0, 1)], f[(2, 3)]) = (t, t);
            return (ahead, f);
        };
        let (w, (sin, cos)) = (s[4], libm::sincos(s[4] * t));
        // Integrals of cosine and sine of the turned angle, and of both times time: what the rate does to velocity and place.
        let (along, across) = if w.abs() > 1e-9 { (sin / w, (1.0 - cos) / w) } else { (t, 0.0) };
        let slow = (w * t).abs() < 1e-3;
        let along_by_w = if slow { -w * t * t * t / 3.0 } else { (t * cos - along) / w };
        let across_by_w = if slow { 0.5 * t * t } else { (t * sin - across) / w };
        (f[(0, 1)], f[(0, 3)], f[(2, 1)], f[(2, 3)]) = (along, -across, across, along);
        (f[(1, 1)], f[(1, 3)], f[(3, 1)], f[(3, 3)]) = (cos, -sin, sin, cos);
        f[(0, 4)] = along_by_w * s[1] - across_by_w * s[3];
        f[(2, 4)] = across_by_w * s[1] + along_by_w * s[3];
        f[(1, 4)] = -t * (sin * s[1] + cos * s[3]);
        f[(3, 4)] = t * (cos * s[1] - sin * s[3]);
        (ahead, f)
    }
    fn noise(&self, _: &Flat, t: f64) -> SMatrix<f64, 5, 5> {
        match *self {
            FlatMotion::Straight { density: q } => both_axes(q * t * t * t / 3.0, q * t * t / 2.0, q * t),
            FlatMotion::Piecewise { acceleration: a } => {
                both_axes(a * a * t * t * t * t / 4.0, a * a * t * t * t / 2.0, a * a * t * t)
            }
            FlatMotion::Turn { density: q, turn_density } => {
                let mut noise = both_axes(q * t * t * t / 3.0, q * t * t / 2.0, q * t);
                noise[(4, 4)] = turn_density * t;
                noise
            }
        }
    }
}

pub struct Place {
    pub sigma: f64,
}

impl Observation<5, 2> for Place {
    fn expect(&self, s: &Flat) -> Vector2<f64> {
        vector![s[0], s[2]]
    }
    fn jacobian(&self, _: &Flat) -> SMatrix<f64, 2, 5> {
        matrix![1.0, 0.0, 0.0, 0.0, 0.0; 0.0, 0.0, 1.0, 0.0, 0.0]
    }
    fn noise(&self) -> Matrix2<f64> {
        Matrix2::identity() * (self.sigma * self.sigma)
    }
}
