//! Covariances of what the models' noise adds over a time.
//!
//! Every part is an integral ∫Φ(s)·G·q·Gᵀ·Φ(s)ᵀds over a chain of integrators (Van Loan, "Computing integrals involving the
//! matrix exponential", IEEE TAC 23(3), 1978) with the direction in which it acts held fixed, so each is positive
//! semidefinite and so is their sum.

use super::force::{PathFrame, drag_by_log_coefficient, thrust_direction, vertical};
use super::{Motion, State, position, velocity};
use downrange_earth::Ecef;
use downrange_earth::geodetic::height_m;
use nalgebra::{Matrix3, SMatrix, Vector3};

type Noise = SMatrix<f64, 9, 9>;

/// What the noise of the model has added after `dt_s`.
pub(super) fn added(motion: &Motion, state: &State, dt_s: f64) -> Noise {
    let mut q = Noise::zeros();
    let (p, v) = (position(state), velocity(state));
    match *motion {
        Motion::NearConstantVelocity { acceleration_density_m2ps3 } => {
            white(&mut q, &(Matrix3::identity() * acceleration_density_m2ps3), dt_s);
        }
        Motion::CoordinatedTurn { acceleration_density_m2ps3, turn_rate_density_rad2ps3 } => {
            white(&mut q, &(Matrix3::identity() * acceleration_density_m2ps3), dt_s);
            walk(&mut q, 0, &vertical(&p).cross(&v), turn_rate_density_rad2ps3, dt_s);
        }
        Motion::Boost { along_density_m2ps3, across_density_m2ps3, thrust_density_m2ps5, flow_density_1ps3 } => {
            let along = thrust_direction(&p, &v);
            let outer = along * along.transpose();
            white(
                &mut q,
                &(Matrix3::identity() * across_density_m2ps3 + outer * (along_density_m2ps3 - across_density_m2ps3)),
                dt_s,
            );
            walk(&mut q, 0, &along, thrust_density_m2ps5, dt_s);
            // The flow's walk reaches the thrust through d e0/dt = e1·e0.
            let [d3, d2, d1] = moments(flow_density_1ps3, dt_s);
            let thrust = state[6];
            q[(6, 6)] += thrust * thrust * d3;
            q[(6, 7)] += thrust * d2;
            q[(7, 6)] += thrust * d2;
            q[(7, 7)] += d1;
        }
        Motion::Ballistic {
            acceleration_density_m2ps3,
            space_density_m2ps3,
            log_coefficient_density_1ps,
            braking_density_s3pm2,
            wind_density_m2ps,
        } => {
            let drag = drag_by_log_coefficient(state);
            let density = space_density_m2ps3
                + (acceleration_density_m2ps3 - space_density_m2ps3) * air(&p)
                + pushed(v.norm(), drag.norm()) * wind_density_m2ps;
            white(&mut q, &(Matrix3::identity() * density), dt_s);
            let walks = log_coefficient_density_1ps + braking_density_s3pm2 * drag.norm_squared();
            walk(&mut q, 0, &drag, walks, dt_s);
        }
        Motion::Manoeuvre { acceleration_density_m2ps3, sigma_mps2, time_constant_s } => {
            white(&mut q, &(Matrix3::identity() * acceleration_density_m2ps3), dt_s);
            let frame = PathFrame::new(&p, &v);
            for (k, axis) in [frame.along, frame.up, frame.right].iter().enumerate() {
                chain(&mut q, k, axis, &singer(sigma_mps2[k], time_constant_s[k], dt_s));
            }
        }
    }
    q
}

/// How much of the air's say is left at this place: all of it up to 75 km, where a fast body begins to feel it, and less by a
/// factor e for every 7 km above, about as the density goes (US Standard Atmosphere 1976, 5 to 8 km up there).
fn air(position_m: &Vector3<f64>) -> f64 {
    const FELT_BELOW_M: f64 = 75e3;
    const SCALE_HEIGHT_M: f64 = 7e3;
    libm::exp(-((height_m(Ecef(*position_m)) - FELT_BELOW_M) / SCALE_HEIGHT_M).max(0.0))
}

/// The acceleration that a wind gives what drag D brakes from a speed v, over the wind, squared (1/s²): across its way D/v of it (along
/// it twice that, which the walk of e0 has). What drag has stopped already goes with the wind, and is pushed only by what has
/// changed in it on the last L = v²/D metres, 1 − e^(−L²/H²) of it: winds are alike over some 12 km of height (H) and smooth below.
fn pushed(speed_mps: f64, drag_mps2: f64) -> f64 {
    const ALIKE_M: f64 = 12e3;
    let carried_1ps = drag_mps2 / speed_mps.max(1.0);
    let stopped_m = speed_mps * speed_mps / drag_mps2.max(f64::MIN_POSITIVE);
    let alike = stopped_m / ALIKE_M;
    -carried_1ps * carried_1ps * libm::expm1(-alike * alike)
}

/// q·∫s²ds, q·∫s ds, q·∫ds.
fn moments(density: f64, dt_s: f64) -> [f64; 3] {
    [density * dt_s * dt_s * dt_s / 3.0, density * dt_s * dt_s / 2.0, density * dt_s]
}

/// White acceleration noise of this density: blocks [t³/3 t²/2; t²/2 t] (Bar-Shalom, Li, Kirubarajan 2001, eq. 6.2.2-12).
fn white(q: &mut Noise, density: &Matrix3<f64>, dt_s: f64) {
    let [d3, d2, d1] = moments(1.0, dt_s);
    let mut add = |row, column, factor| {
        let mut block = q.fixed_view_mut::<3, 3>(row, column);
        block += density * factor;
    };
    add(0, 0, d3);
    add(0, 3, d2);
    add(3, 0, d2);
    add(3, 3, d1);
}

/// A random walk of extra `k`, which accelerates along `axis`: the third-order chain of eq. 6.2.3-9 of the same book.
fn walk(q: &mut Noise, k: usize, axis: &Vector3<f64>, density: f64, dt_s: f64) {
    let t2 = dt_s * dt_s;
    let (t3, t4, t5) = (t2 * dt_s, t2 * t2, t2 * t2 * dt_s);
    let covariance =
        Matrix3::new(t5 / 20.0, t4 / 8.0, t3 / 6.0, t4 / 8.0, t3 / 3.0, t2 / 2.0, t3 / 6.0, t2 / 2.0, dt_s) * density;
    chain(q, k, axis, &covariance);
}

/// Adds the covariance of (position, velocity, extra) along one axis to the state's.
fn chain(q: &mut Noise, k: usize, axis: &Vector3<f64>, covariance: &Matrix3<f64>) {
    let outer = axis * axis.transpose();
    for i in 0..2 {
        for j in 0..2 {
            let mut block = q.fixed_view_mut::<3, 3>(3 * i, 3 * j);
            block += outer * covariance[(i, j)];
        }
        for a in 0..3 {
            q[(3 * i + a, 6 + k)] += axis[a] * covariance[(i, 2)];
            q[(6 + k, 3 * i + a)] += axis[a] * covariance[(2, i)];
        }
    }
    q[(6 + k, 6 + k)] += covariance[(2, 2)];
}

/// Covariance of position, velocity and acceleration under first-order Gauss–Markov acceleration (Singer, "Estimating optimal
/// tracking filter performance for manned maneuvering targets", IEEE TAES 6(4), 1970, eqs. 11 to 17).
pub(super) fn singer(sigma_mps2: f64, time_constant_s: f64, dt_s: f64) -> Matrix3<f64> {
    let t = dt_s / time_constant_s;
    let normalised = if t < 0.5 { singer_quadrature(t) } else { singer_closed(t) };
    let scale = Vector3::new(time_constant_s * time_constant_s, time_constant_s, 1.0) * sigma_mps2;
    Matrix3::from_fn(|i, j| normalised[(i, j)] * scale[i] * scale[j])
}

/// The closed form, for σ = 1 and time in time constants.
fn singer_closed(t: f64) -> Matrix3<f64> {
    let (e1, e2) = (libm::exp(-t), libm::exp(-2.0 * t));
    let pp = 1.0 - e2 + 2.0 * t + 2.0 * t * t * t / 3.0 - 2.0 * t * t - 4.0 * t * e1;
    let pv = e2 + 1.0 - 2.0 * e1 + 2.0 * t * e1 - 2.0 * t + t * t;
    let pa = 1.0 - e2 - 2.0 * t * e1;
    let vv = 4.0 * e1 - 3.0 - e2 + 2.0 * t;
    let va = e2 + 1.0 - 2.0 * e1;
    let aa = 1.0 - e2;
    Matrix3::new(pp, pv, pa, pv, vv, va, pa, va, aa)
}

/// The same by Gauss–Legendre quadrature with five nodes (Abramowitz & Stegun, table 25.4): for short times the closed form
/// loses all its digits (its leading term is t⁵/10 out of terms of order 1), the quadrature none.
fn singer_quadrature(t: f64) -> Matrix3<f64> {
    const NODES: [(f64, f64); 5] = [
        (-0.906_179_845_938_664, 0.236_926_885_056_189),
        (-0.538_469_310_105_683, 0.478_628_670_499_366),
        (0.0, 0.568_888_888_888_889),
        (0.538_469_310_105_683, 0.478_628_670_499_366),
        (0.906_179_845_938_664, 0.236_926_885_056_189),
    ];
    let mut sum = Matrix3::zeros();
    for (node, weight) in NODES {
        let s = 0.5 * t * (1.0 + node);
        let gone = -libm::expm1(-s);
        // Response after s to a unit of acceleration: position s − (1 − e^(−s)), velocity 1 − e^(−s), acceleration e^(−s).
        let response = Vector3::new(s - gone, gone, 1.0 - gone);
        sum += response * response.transpose() * weight;
    }
    // Driving noise has density 2σ²/τ.
    sum * t
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The driving noise's integral by a fine midpoint rule.
    fn singer_by_sum(t: f64) -> Matrix3<f64> {
        const STEPS: usize = 20_000;
        let mut sum = Matrix3::zeros();
        for k in 0..STEPS {
            let s = t * (k as f64 + 0.5) / STEPS as f64;
            let gone = -libm::expm1(-s);
            let response = Vector3::new(s - gone, gone, 1.0 - gone);
            sum += response * response.transpose() * (2.0 * t / STEPS as f64);
        }
        sum
    }

    #[test]
    fn val_singer_by_integration() {
        for t in [0.01, 0.1, 0.49, 0.51, 2.0, 10.0] {
            let (exact, summed) = (if t < 0.5 { singer_quadrature(t) } else { singer_closed(t) }, singer_by_sum(t));
            for (a, b) in exact.iter().zip(summed.iter()) {
                assert!((a / b - 1.0).abs() < 1e-6, "{t}: {a} against {b}");
            }
        }
        // Where they meet they agree.
        let (a, b) = (singer_quadrature(0.5), singer_closed(0.5));
        assert!(a.iter().zip(b.iter()).all(|(a, b)| (a / b - 1.0).abs() < 1e-9), "{a} {b}");
        // In the long run the acceleration has its standard deviation.
        assert!((singer(3.0, 10.0, 1e4)[(2, 2)] - 9.0).abs() < 1e-12);
    }
}
