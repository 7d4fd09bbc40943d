//! A burnt-out body over a rotating spherical Earth with two layers of exponential air, seen by one radar.

use downrange_track::filter::{Dynamics, Observation, wrap_rad};
use nalgebra::{Matrix3, SMatrix, SVector, Vector3, Vector4};

const MU_M3PS2: f64 = 3.986004418e14;
const EARTH_M: f64 = 6_371_000.0;
const TURN_RADPS: f64 = 7.292115e-5;

/// Position and velocity east, north, up of the radar (m, m/s); with seven components also ln of the ballistic coefficient
/// (kg/m²), with six the one given here is known.
#[derive(Clone, Copy)]
pub struct Falling {
    pub turn: Vector3<f64>,
    pub log_coefficient: f64,
    pub density_m2ps3: f64,
    pub log_coefficient_density_1ps: f64,
}

/// Acceleration and its derivatives by position, velocity and ln of the coefficient.
struct Force {
    acceleration: Vector3<f64>,
    by_position: Matrix3<f64>,
    by_velocity: Matrix3<f64>,
    by_log_coefficient: Vector3<f64>,
}

impl Falling {
    pub fn new(latitude_deg: f64, coefficient_kgpm2: f64, density_m2ps3: f64) -> Falling {
        let (sin, cos) = libm::sincos(latitude_deg.to_radians());
        Falling {
            turn: Vector3::new(0.0, cos, sin) * TURN_RADPS,
            log_coefficient: libm::log(coefficient_kgpm2),
            density_m2ps3,
            log_coefficient_density_1ps: 1e-6,
        }
    }

    /// Air density over twice the ballistic coefficient (1/m), and how fast it falls with height (1/m).
    fn air(height_m: f64, log_coefficient: f64) -> (f64, f64) {
        let (ground, fall) = if height_m < 9144.0 { (1.227, 1.093e-4) } else { (1.754, 1.49e-4) };
        (0.5 * ground * libm::exp(-fall * height_m - log_coefficient), fall)
    }

    fn acceleration(&self, p: &Vector3<f64>, v: &Vector3<f64>, log_coefficient: f64) -> Vector3<f64> {
        let q = p + Vector3::new(0.0, 0.0, EARTH_M);
        let r2 = q.norm_squared();
        let r = libm::sqrt(r2);
        let drag = Falling::air(r - EARTH_M, log_coefficient).0 * v.norm();
        let w = &self.turn;
        q * (w.norm_squared() - MU_M3PS2 / (r2 * r)) - w * w.dot(&q) - w.cross(v) * 2.0 - v * drag
    }

    fn force(&self, p: &Vector3<f64>, v: &Vector3<f64>, log_coefficient: f64) -> Force {
        let q = p + Vector3::new(0.0, 0.0, EARTH_M);
        let r2 = q.norm_squared();
        let r = libm::sqrt(r2);
        let speed = v.norm();
        let (air, fall) = Falling::air(r - EARTH_M, log_coefficient);
        let (w, rate) = (&self.turn, air * speed);
        let (pull, drag) = (MU_M3PS2 / (r2 * r), v * -rate);
        let spin2 = w.norm_squared();
        let mut by_position = q * q.transpose() * (3.0 * pull / r2) - w * w.transpose();
        by_position -= drag * q.transpose() * (fall / r);
        let mut by_velocity = v * v.transpose() * (-air / speed.max(1e-3)) - w.cross_matrix() * 2.0;
        for i in 0..3 {
            by_position[(i, i)] += spin2 - pull;
            by_velocity[(i, i)] -= rate;
        }
        let acceleration = q * (spin2 - pull) - w * w.dot(&q) - w.cross(v) * 2.0 + drag;
        Force { acceleration, by_position, by_velocity, by_log_coefficient: -drag }
    }

    fn log_coefficient<const N: usize>(&self, state: &SVector<f64, N>) -> f64 {
        if N > 6 { state[6] } else { self.log_coefficient }
    }

    /// One Runge–Kutta step of position and velocity.
    fn step(&self, p: &mut Vector3<f64>, v: &mut Vector3<f64>, log_coefficient: f64, h: f64) {
        let a = |p: &Vector3<f64>, v: &Vector3<f64>| self.acceleration(p, v, log_coefficient);
        let (v1, a1) = (*v, a(p, v));
        let (v2, a2) = (*v + a1 * (0.5 * h), a(&(*p + v1 * (0.5 * h)), &(*v + a1 * (0.5 * h))));
        let (v3, a3) = (*v + a2 * (0.5 * h), a(&(*p + v2 * (0.5 * h)), &(*v + a2 * (0.5 * h))));
        let (v4, a4) = (*v + a3 * h, a(&(*p + v3 * h), &(*v + a3 * h)));
        *p += (v1 + (v2 + v3) * 2.0 + v4) * (h / 6.0);
        *v += (a1 + (a2 + a3) * 2.0 + a4) * (h / 6.0);
    }

    /// Where it comes down (east, north, m), without noise; `None` when not within a quarter of an hour.
    pub fn impact<const N: usize>(&self, state: &SVector<f64, N>) -> Option<[f64; 2]> {
        const STEP_S: f64 = 0.25;
        let log_coefficient = self.log_coefficient(state);
        let (mut p, mut v) = (state.fixed_rows::<3>(0).into_owned(), state.fixed_rows::<3>(3).into_owned());
        for _ in 0..3600 {
            let before = p;
            self.step(&mut p, &mut v, log_coefficient, STEP_S);
            if p.z < 0.0 {
                let at = before + (p - before) * (before.z / (before.z - p.z));
                return Some([at.x, at.y]);
            }
        }
        None
    }
}

/// Whole steps of at most a second.
fn steps(dt_s: f64) -> (usize, f64) {
    let count = libm::ceil(dt_s - 1e-9).max(1.0);
    (count as usize, dt_s / count)
}

impl<const N: usize> Dynamics<N> for Falling {
    fn advance(&self, state: &SVector<f64, N>, dt_s: f64) -> SVector<f64, N> {
        let (mut p, mut v) = (state.fixed_rows::<3>(0).into_owned(), state.fixed_rows::<3>(3).into_owned());
        let (count, h) = steps(dt_s);
        for _ in 0..count {
            self.step(&mut p, &mut v, self.log_coefficient(state), h);
        }
        let mut out = *state;
        out.fixed_rows_mut::<3>(0).copy_from(&p);
        out.fixed_rows_mut::<3>(3).copy_from(&v);
        out
    }

    fn jacobian(&self, state: &SVector<f64, N>, dt_s: f64) -> SMatrix<f64, N, N> {
        self.advance_with_jacobian(state, dt_s).1
    }

    fn noise(&self, _: &SVector<f64, N>, t: f64) -> SMatrix<f64, N, N> {
        let mut q = SMatrix::<f64, N, N>::zeros();
        for i in 0..3 {
            q[(i, i)] = self.density_m2ps3 * t * t * t / 3.0;
            q[(i, i + 3)] = self.density_m2ps3 * t * t / 2.0;
            q[(i + 3, i)] = q[(i, i + 3)];
            q[(i + 3, i + 3)] = self.density_m2ps3 * t;
        }
        if N > 6 {
            q[(6, 6)] = self.log_coefficient_density_1ps * t;
        }
        q
    }

    /// The same step with the variational equations: rows of positions P and velocities V of Φ run by P' = V, V' = A·(P, V, β).
    fn advance_with_jacobian(&self, state: &SVector<f64, N>, dt_s: f64) -> (SVector<f64, N>, SMatrix<f64, N, N>) {
        let log_coefficient = self.log_coefficient(state);
        let (mut p, mut v) = (state.fixed_rows::<3>(0).into_owned(), state.fixed_rows::<3>(3).into_owned());
        let mut places = SMatrix::<f64, 3, N>::zeros();
        let mut speeds = SMatrix::<f64, 3, N>::zeros();
        for i in 0..3 {
            places[(i, i)] = 1.0;
            speeds[(i, 3 + i)] = 1.0;
        }
        let rate = |p: &Vector3<f64>, v: &Vector3<f64>, places: &SMatrix<f64, 3, N>, speeds: &SMatrix<f64, 3, N>| {
            let force = self.force(p, v, log_coefficient);
            let mut rates = force.by_position * places + force.by_velocity * speeds;
            if N > 6 {
                for i in 0..3 {
                    rates[(i, 6)] += force.by_log_coefficient[i];
                }
            }
            (force.acceleration, rates)
        };
        let (count, h) = steps(dt_s);
        for _ in 0..count {
            let (a1, m1) = rate(&p, &v, &places, &speeds);
            let (v2, s2) = (v + a1 * (0.5 * h), speeds + m1 * (0.5 * h));
            let (a2, m2) = rate(&(p + v * (0.5 * h)), &v2, &(places + speeds * (0.5 * h)), &s2);
            let (v3, s3) = (v + a2 * (0.5 * h), speeds + m2 * (0.5 * h));
            let (a3, m3) = rate(&(p + v2 * (0.5 * h)), &v3, &(places + s2 * (0.5 * h)), &s3);
            let (v4, s4) = (v + a3 * h, speeds + m3 * h);
            let (a4, m4) = rate(&(p + v3 * h), &v4, &(places + s3 * h), &s4);
            p += (v + (v2 + v3) * 2.0 + v4) * (h / 6.0);
            v += (a1 + (a2 + a3) * 2.0 + a4) * (h / 6.0);
            places += (speeds + (s2 + s3) * 2.0 + s4) * (h / 6.0);
            speeds += (m1 + (m2 + m3) * 2.0 + m4) * (h / 6.0);
        }
        let mut out = *state;
        out.fixed_rows_mut::<3>(0).copy_from(&p);
        out.fixed_rows_mut::<3>(3).copy_from(&v);
        let mut phi = SMatrix::<f64, N, N>::identity();
        phi.fixed_rows_mut::<3>(0).copy_from(&places);
        phi.fixed_rows_mut::<3>(3).copy_from(&speeds);
        (out, phi)
    }
}

/// Range, azimuth (from x to y), elevation and, with four measured numbers, the rate of range.
#[derive(Clone, Copy)]
pub struct Look {
    /// Standard deviations (m, rad, rad, m/s).
    pub sigma: Vector4<f64>,
}

impl<const N: usize, const M: usize> Observation<N, M> for Look {
    fn expect(&self, s: &SVector<f64, N>) -> SVector<f64, M> {
        let p = s.fixed_rows::<3>(0);
        let r = p.norm();
        let mut z = SVector::<f64, M>::zeros();
        (z[0], z[1], z[2]) = (r, libm::atan2(p[1], p[0]), libm::asin((p[2] / r).clamp(-1.0, 1.0)));
        if M > 3 {
            z[3] = p.dot(&s.fixed_rows::<3>(3)) / r;
        }
        z
    }

    fn jacobian(&self, s: &SVector<f64, N>) -> SMatrix<f64, M, N> {
        let (p, v) = (s.fixed_rows::<3>(0).into_owned(), s.fixed_rows::<3>(3).into_owned());
        let r = p.norm();
        let along = p / r;
        let flat2 = p.x * p.x + p.y * p.y;
        let flat = libm::sqrt(flat2);
        let mut h = SMatrix::<f64, M, N>::zeros();
        for k in 0..3 {
            h[(0, k)] = along[k];
        }
        (h[(1, 0)], h[(1, 1)]) = (-p.y / flat2, p.x / flat2);
        (h[(2, 0)], h[(2, 1)], h[(2, 2)]) = (-along.x * along.z / flat, -along.y * along.z / flat, flat / (r * r));
        if M > 3 {
            let across = (v - along * along.dot(&v)) / r;
            for k in 0..3 {
                h[(3, k)] = across[k];
                h[(3, 3 + k)] = along[k];
            }
        }
        h
    }

    fn noise(&self) -> SMatrix<f64, M, M> {
        SMatrix::from_diagonal(&SVector::from_fn(|k, _| self.sigma[k] * self.sigma[k]))
    }

    fn residual(&self, measured: &SVector<f64, M>, expected: &SVector<f64, M>) -> SVector<f64, M> {
        let mut difference = measured - expected;
        difference[1] = wrap_rad(difference[1]);
        difference
    }
}
