//! The filters against published scenarios, run by run on the numbers that other programs were run on.
//!
//! Reference values come from independent numpy implementations of the same filters on the same draws (seeds in
//! fixtures/oracles/track/draws/make_draws.py), and, for the manoeuvring aircraft, from FilterPy 1.4.5.

mod draws;

use downrange_track::filter::ukf::SigmaPoints;
use downrange_track::filter::{Dynamics, Observation, ekf, rts, ukf, wrap_rad};
use downrange_track::gaussian::Gaussian;
use draws::Draws;
use nalgebra::{Matrix2, SMatrix, SVector, Vector2, matrix, vector};

fn near(measured: f64, reference: f64, relative: f64, what: &str) {
    assert!((measured / reference - 1.0).abs() <= relative, "{what}: {measured} against {reference}");
}

// ------------------------------------------------------------------ a linear model, for one-step numbers

struct ConstantVelocity1d;

impl Dynamics<2> for ConstantVelocity1d {
    fn advance(&self, s: &Vector2<f64>, dt_s: f64) -> Vector2<f64> {
        vector![s.x + dt_s * s.y, s.y]
    }
    fn jacobian(&self, _: &Vector2<f64>, dt_s: f64) -> Matrix2<f64> {
        matrix![1.0, dt_s; 0.0, 1.0]
    }
    fn noise(&self, _: &Vector2<f64>, dt_s: f64) -> Matrix2<f64> {
        matrix![dt_s * dt_s * dt_s / 3.0, dt_s * dt_s / 2.0; dt_s * dt_s / 2.0, dt_s]
    }
}

struct Position1d {
    variance: f64,
}

impl Observation<2, 1> for Position1d {
    fn expect(&self, s: &Vector2<f64>) -> SVector<f64, 1> {
        vector![s.x]
    }
    fn jacobian(&self, _: &Vector2<f64>) -> SMatrix<f64, 1, 2> {
        matrix![1.0, 0.0]
    }
    fn noise(&self) -> SMatrix<f64, 1, 1> {
        matrix![self.variance]
    }
}

/// Five plots and the smoothed states of Stone Soup's own test of its smoothers (stonesoup/smoother/tests/test_kalman.py).
#[test]
fn val_stone_soup_smoother() {
    let plots = [2.486559674128609, 2.424165626519697, 6.603176662762473, 9.32909912407459, 14.637975326666801];
    let smoothed = [
        [1.688813974839928, 1.267196351952188],
        [3.307200214998506, 2.187167840595264],
        [6.13040200195821, 3.308896367021604],
        [9.821303658438408, 4.11955702163803],
        [14.257730973981149, 4.594862462495096],
    ];
    let mut state = Gaussian::diagonal(vector![1.0, 1.0], vector![1.0, 1.0]);
    let mut run = Vec::new();
    for (k, z) in plots.iter().enumerate() {
        state = ekf::predict(&ConstantVelocity1d, &state, if k == 0 { 0.0 } else { 1.0 });
        state = ekf::update(&Position1d { variance: 0.4 }, &state, &vector![*z]).unwrap().0;
        run.push(state);
    }
    rts::smooth(&ConstantVelocity1d, &mut run, &[1.0; 4]);
    for (state, expected) in run.iter().zip(smoothed) {
        assert!((state.mean - Vector2::from(expected)).norm() < 1e-12, "{:?} against {expected:?}", state.mean);
    }
}

/// The prior, plot and noise of Stone Soup's updater test (stonesoup/updater/tests/test_kalman.py); the expected numbers in
/// exact rational arithmetic: gain 41123/41523 and 13/41523.
#[test]
fn val_stone_soup_one_update() {
    let prior = Gaussian { mean: vector![-6.45, 0.7], covariance: matrix![4.1123, 0.0013; 0.0013, 0.0365] };
    let observation = Position1d { variance: 0.04 };
    let gain = vector![41123.0 / 41523.0, 13.0 / 41523.0];
    let mean = prior.mean + gain * 0.22;
    let covariance = matrix![
        0.04 * 41123.0 / 41523.0, 0.04 * 13.0 / 41523.0;
        0.04 * 13.0 / 41523.0, 0.0365 - 0.0013 * 13.0 / 41523.0
    ];
    let points = SigmaPoints { alpha_ratio: 0.5, beta_ratio: 2.0, kappa_ratio: 1.0 };
    let by_ekf = ekf::update(&observation, &prior, &vector![-6.23]).unwrap();
    let by_ukf = ukf::update(&observation, &prior, &vector![-6.23]).unwrap();
    let by_scaled = ukf::update_with(&points, &observation, &prior, &vector![-6.23]).unwrap();
    assert!(!by_scaled.repaired);
    for (state, innovation) in [by_ekf, by_ukf, by_scaled.value] {
        assert!((state.mean - mean).norm() < 1e-13, "{:?}", state.mean);
        assert!((state.covariance - covariance).norm() < 1e-13, "{:?}", state.covariance);
        assert!((innovation.nis() - 0.22 * 0.22 / 4.1523).abs() < 1e-14);
        let density = libm::exp(-0.5 * innovation.nis()) / libm::sqrt(core::f64::consts::TAU * 4.1523);
        assert!((innovation.log_likelihood() - libm::log(density)).abs() < 1e-13);
    }
    // The same test's ill-conditioned prior: the variance of the plot must come out, and nothing negative.
    let wide = Gaussian { mean: prior.mean, covariance: matrix![1e24, 1e-24; 1e-24, 1e24] };
    let (state, _) = ekf::update(&observation, &wide, &vector![-6.23]).unwrap();
    assert!((state.covariance[(0, 0)] - 0.04).abs() < 4e-4, "{}", state.covariance[(0, 0)]);
    assert!(state.is_valid());
}

// ------------------------------------------------------------------ re-entry vehicle

/// Julier & Uhlmann, "Unscented filtering and nonlinear estimation", Proc. IEEE 92(3), 2004, section V: km, km/s, Euler step.
struct Reentry {
    velocity_density: f64,
    drag_density: f64,
}

/// Drag rate b0·exp(x5)·exp((R0−R)/H0)·V and gravity −Gm0/R³, with their derivatives by (x, y, vx, vy, x5).
fn reentry_forces(s: &SVector<f64, 5>) -> ([f64; 2], [SVector<f64, 5>; 2]) {
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

struct RangeBearing {
    place: [f64; 2],
    sigma: Vector2<f64>,
}

impl RangeBearing {
    fn look(&self, x: f64, y: f64) -> (Vector2<f64>, Matrix2<f64>) {
        let (dx, dy) = (x - self.place[0], y - self.place[1]);
        let r = libm::hypot(dx, dy);
        (vector![r, libm::atan2(dy, dx)], matrix![dx / r, dy / r; -dy / (r * r), dx / (r * r)])
    }
    fn covariance(&self) -> Matrix2<f64> {
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

#[test]
fn val_reentry_julier_uhlmann() {
    const DT_S: f64 = 0.1;
    let velocity_density = 2.4064e-5 / DT_S;
    let model = Reentry { velocity_density, drag_density: 1e-6 / DT_S };
    let radar = RangeBearing { place: [6374.0, 0.0], sigma: vector![1e-3, 0.17e-3] };
    let points = SigmaPoints::kurtosis_matched(5);
    // Position errors in metres of these runs: EKF, UKF with κ = 3 − n, EKF + RTS (numpy).
    let reference = [[7.111, 7.118, 3.864], [7.949, 7.949, 4.764], [9.172, 9.167, 5.277]];
    let mut draws = Draws::open("reentry2d");
    for expected in reference {
        let mut truth = vector![6500.4, 349.14, -1.8093, -6.7967, 0.6932];
        for (k, sigma) in [1e-3, 1e-3, 1e-3, 1e-3, 0.0].into_iter().enumerate() {
            truth[k] += sigma * draws.normal();
        }
        let start =
            Gaussian::diagonal(vector![6500.4, 349.14, -1.8093, -6.7967, 0.0], vector![1e-3, 1e-3, 1e-3, 1e-3, 1.0]);
        let (mut linear, mut unscented) = (start, start);
        let (mut run, mut truths) = (Vec::new(), Vec::new());
        let mut squares = [0.0; 3];
        let error2 = |s: &Gaussian<5>, t: &SVector<f64, 5>| (s.mean - t).fixed_rows::<2>(0).norm_squared();
        for _ in 0..2000 {
            truth = model.advance(&truth, DT_S);
            truth[2] += libm::sqrt(DT_S * velocity_density) * draws.normal();
            truth[3] += libm::sqrt(DT_S * velocity_density) * draws.normal();
            let noise = vector![draws.normal(), draws.normal()].component_mul(&radar.sigma);
            let plot = radar.look(truth[0], truth[1]).0 + noise;
            linear = ekf::update(&radar, &ekf::predict(&model, &linear, DT_S), &plot).unwrap().0;
            let ahead = ukf::predict_with(&points, &model, &unscented, DT_S).value;
            unscented = ukf::update_with(&points, &radar, &ahead, &plot).unwrap().value.0;
            squares[0] += error2(&linear, &truth);
            squares[1] += error2(&unscented, &truth);
            run.push(linear);
            truths.push(truth);
        }
        rts::smooth(&model, &mut run, &[DT_S; 1999]);
        squares[2] = run.iter().zip(&truths).map(|(s, t)| error2(s, t)).sum();
        for (square, (expected, name)) in squares.into_iter().zip(expected.into_iter().zip(["EKF", "UKF", "RTS"])) {
            near(libm::sqrt(square / 2000.0) * 1e3, expected, 1e-3, name);
        }
    }
    assert!(draws.is_empty());
}

// ------------------------------------------------------------------ ballistic body with a known coefficient

/// The form of Farina, Ristic, Benvenuti, "Tracking a ballistic target: comparison of several nonlinear filters", IEEE TAES
/// 38(3), 2002: x, vx, y, vy; drag −½·g/β·ρ(y)·|v|·v and gravity held over a step of 2 s; q = 1.
struct FallingBody;

const G_MPS2: f64 = 9.81;
const BETA_KGPMS2: f64 = 40_000.0;

fn density(y: f64) -> (f64, f64) {
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

#[test]
fn val_falling_body_farina() {
    const DT_S: f64 = 2.0;
    let radar = RangeBearing { place: [0.0, 0.0], sigma: vector![100.0, 0.017] };
    let sigma = vector![1000.0, 100.0, 1000.0, 100.0];
    let heading = 190f64.to_radians();
    let launch = vector![232e3, 2290.0 * libm::cos(heading), 88e3, 2290.0 * libm::sin(heading)];
    let root = FallingBody.noise(&launch, DT_S).cholesky().unwrap().l();
    let points = SigmaPoints::kurtosis_matched(4);
    // Position errors in metres of the first ten runs (numpy).
    let by_ekf = [959.86, 1434.93, 620.45, 561.73, 458.65, 657.60, 937.99, 794.99, 641.02, 917.64];
    let by_ukf = [958.38, 1436.96, 622.29, 562.80, 460.54, 658.80, 938.70, 794.35, 644.14, 916.45];
    let mut draws = Draws::open("farina2d");
    let (mut nees, mut nis) = (0.0, 0.0);
    for run in 0..50 {
        let start = launch + SVector::<f64, 4>::from_fn(|k, _| sigma[k] * draws.normal());
        let (mut linear, mut unscented) = (Gaussian::diagonal(start, sigma), Gaussian::diagonal(start, sigma));
        let mut truth = launch;
        let mut squares = [0.0; 2];
        for scan in 0..60 {
            truth = FallingBody.advance(&truth, DT_S) + root * SVector::<f64, 4>::from_fn(|_, _| draws.normal());
            let noise = vector![draws.normal(), draws.normal()].component_mul(&radar.sigma);
            let plot = radar.look(truth[0], truth[2]).0 + noise;
            let (state, innovation) = ekf::update(&radar, &ekf::predict(&FallingBody, &linear, DT_S), &plot).unwrap();
            linear = state;
            let ahead = ukf::predict_with(&points, &FallingBody, &unscented, DT_S).value;
            unscented = ukf::update_with(&points, &radar, &ahead, &plot).unwrap().value.0;
            for (square, state) in squares.iter_mut().zip([&linear, &unscented]) {
                let e = state.mean - truth;
                *square += e[0] * e[0] + e[2] * e[2];
            }
            if scan >= 10 {
                let e = linear.mean - truth;
                nees += e.dot(&linear.covariance.cholesky().unwrap().solve(&e)) / 4.0;
                nis += innovation.nis() / 2.0;
            }
        }
        if run < 10 {
            near(libm::sqrt(squares[0] / 60.0), by_ekf[run], 2e-3, "EKF");
            near(libm::sqrt(squares[1] / 60.0), by_ukf[run], 2e-3, "UKF");
        }
    }
    assert!(draws.is_empty());
    // 50 runs: NEES/4 has a standard deviation of about sqrt(2/(4·50)) = 0.1 per scan; NIS/2 over 2,500 looks, 0.02.
    assert!((nees / 2500.0 - 1.0).abs() < 0.12, "NEES/4 {}", nees / 2500.0);
    assert!((nis / 2500.0 - 1.0).abs() < 0.06, "NIS/2 {}", nis / 2500.0);
}
