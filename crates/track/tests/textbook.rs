//! The filters against published scenarios, run by run on the numbers that other programs were run on.
//!
//! Reference values come from independent numpy implementations of the same filters on the same draws (seeds in
//! fixtures/oracles/track/draws/make_draws.py), and, for the manoeuvring aircraft, from FilterPy 1.4.5.

mod draws;
#[allow(dead_code)] // Each user takes its own part of it.
#[path = "../examples/textbook/models.rs"]
mod models;

use downrange_track::filter::ukf::SigmaPoints;
use downrange_track::filter::{Dynamics, Observation, ekf, rts, ukf};
use downrange_track::gaussian::Gaussian;
use draws::Draws;
use models::{FallingBody, RangeBearing, Reentry};
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

#[test]
fn val_reentry_julier_uhlmann() {
    const DT_S: f64 = 0.1;
    let velocity_density = 2.4064e-5 / DT_S;
    let model = Reentry { velocity_density, drag_density: 1e-6 / DT_S };
    let radar = RangeBearing { place: [6374.0, 0.0], sigma: vector![1e-3, 0.17e-3] };
    let points = SigmaPoints::kurtosis_matched(5);
    // Position errors in metres of these runs: EKF, UKF with κ = 3 − n, and both smoothed (numpy).
    let reference = [[7.111, 7.118, 3.864, 3.866], [7.949, 7.949, 4.764, 4.765], [9.172, 9.167, 5.277, 5.280]];
    let mut draws = Draws::open("reentry2d");
    for expected in reference {
        let mut truth = vector![6500.4, 349.14, -1.8093, -6.7967, 0.6932];
        for (k, sigma) in [1e-3, 1e-3, 1e-3, 1e-3, 0.0].into_iter().enumerate() {
            truth[k] += sigma * draws.normal();
        }
        let start =
            Gaussian::diagonal(vector![6500.4, 349.14, -1.8093, -6.7967, 0.0], vector![1e-3, 1e-3, 1e-3, 1e-3, 1.0]);
        let (mut linear, mut unscented) = (start, start);
        let (mut run, mut by_points, mut truths) = (Vec::new(), Vec::new(), Vec::new());
        let mut squares = [0.0; 4];
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
            by_points.push(unscented);
            truths.push(truth);
        }
        rts::smooth(&model, &mut run, &[DT_S; 1999]);
        ukf::smooth(&points, &model, &mut by_points, &[DT_S; 1999]);
        squares[2] = run.iter().zip(&truths).map(|(s, t)| error2(s, t)).sum();
        squares[3] = by_points.iter().zip(&truths).map(|(s, t)| error2(s, t)).sum();
        for (square, (expected, name)) in
            squares.into_iter().zip(expected.into_iter().zip(["EKF", "UKF", "RTS", "URTS"]))
        {
            near(libm::sqrt(square / 2000.0) * 1e3, expected, 1e-3, name);
        }
    }
    assert!(draws.is_empty());
}

// ------------------------------------------------------------------ ballistic body with a known coefficient

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
