//! The fixed-lag smoother against the smoother over a whole run.

use downrange_track::filter::lag::FixedLag;
use downrange_track::filter::ukf::{self, SigmaPoints};
use downrange_track::filter::{Dynamics, Observation, ekf, rts};
use downrange_track::gaussian::Gaussian;
use downrange_track::motion::axis::{Singer, WhiteAcceleration};
use nalgebra::{Matrix3, SMatrix, SVector, Vector3, matrix, vector};
use proptest::prelude::*;

struct Place;

impl Observation<3, 1> for Place {
    fn expect(&self, s: &Vector3<f64>) -> SVector<f64, 1> {
        vector![s.x]
    }
    fn jacobian(&self, _: &Vector3<f64>) -> SMatrix<f64, 1, 3> {
        matrix![1.0, 0.0, 0.0]
    }
    fn noise(&self) -> SMatrix<f64, 1, 1> {
        matrix![25.0]
    }
}

/// A pendulum's angle, its rate, and its damping: not linear.
struct Pendulum;

impl Dynamics<3> for Pendulum {
    fn advance(&self, s: &Vector3<f64>, dt_s: f64) -> Vector3<f64> {
        vector![s.x + dt_s * s.y, s.y - dt_s * (libm::sin(s.x) + s.z * s.y), s.z]
    }
    fn jacobian(&self, s: &Vector3<f64>, dt_s: f64) -> Matrix3<f64> {
        matrix![1.0, dt_s, 0.0; -dt_s * libm::cos(s.x), 1.0 - dt_s * s.z, -dt_s * s.y; 0.0, 0.0, 1.0]
    }
    fn noise(&self, _: &Vector3<f64>, dt_s: f64) -> Matrix3<f64> {
        Matrix3::from_diagonal(&vector![1e-4, 1e-2, 1e-5]) * dt_s
    }
}

fn filtered(model: &impl Dynamics<3>, plots: &[(f64, f64)]) -> Vec<Gaussian<3>> {
    let mut state = Gaussian::diagonal(Vector3::zeros(), vector![10.0, 5.0, 1.0]);
    let mut run = Vec::new();
    for (z, dt_s) in plots {
        state = ekf::update(&Place, &ekf::predict(model, &state, *dt_s), &vector![*z]).unwrap().0;
        run.push(state);
    }
    run
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every answer is the Rauch–Tung–Striebel smoother over exactly the plots seen by then, to the last bit.
    #[test]
    fn prop_fixed_lag_is_the_smoother_over_its_window(
        plots in prop::collection::vec((-30.0..30.0f64, 0.05..0.5f64), 1..25),
        lag in 0..8usize,
        nonlinear in any::<bool>(),
    ) {
        let singer = Singer { sigma_mps2: 3.0, time_constant_s: 8.0 };
        let run = if nonlinear { filtered(&Pendulum, &plots) } else { filtered(&singer, &plots) };
        let mut smoother = FixedLag::new(lag);
        for (k, (state, (_, dt_s))) in run.iter().zip(&plots).enumerate() {
            let found = if nonlinear { smoother.push(&Pendulum, *state, *dt_s) } else { smoother.push(&singer, *state, *dt_s) };
            prop_assert_eq!(found.is_some(), k >= lag);
            let mut whole = run[..=k].to_vec();
            let steps: Vec<f64> = plots[1..=k].iter().map(|(_, dt_s)| *dt_s).collect();
            if nonlinear { rts::smooth(&Pendulum, &mut whole, &steps) } else { rts::smooth(&singer, &mut whole, &steps) }
            if let Some(found) = found {
                prop_assert_eq!(found, whole[k - lag]);
                prop_assert!(found.is_valid());
            }
            let window = if nonlinear { smoother.smoothed(&Pendulum) } else { smoother.smoothed(&singer) };
            // What has been answered has left.
            let first = (k + 1).saturating_sub(lag);
            prop_assert_eq!(&window[..], &whole[first..]);
        }
    }
}

/// On a linear model the smoother by points is the other one; where nothing can be carried back it returns what was filtered.
#[test]
fn val_smoother_by_points_on_a_linear_model() {
    let singer = Singer { sigma_mps2: 3.0, time_constant_s: 8.0 };
    let plots: Vec<(f64, f64)> = (0..20).map(|k| (libm::sin(f64::from(k)) * 20.0, 0.3)).collect();
    let run = filtered(&singer, &plots);
    for points in [SigmaPoints::CUBATURE, SigmaPoints { alpha_ratio: 0.5, beta_ratio: 2.0, kappa_ratio: 0.0 }] {
        let (mut by_points, mut plain) = (run.clone(), run.clone());
        ukf::smooth(&points, &singer, &mut by_points, &[0.3; 19]);
        rts::smooth(&singer, &mut plain, &[0.3; 19]);
        for (a, b) in by_points.iter().zip(&plain) {
            assert!((a.mean - b.mean).norm() < 1e-9 * (1.0 + b.mean.norm()), "{} {}", a.mean, b.mean);
            assert!((a.covariance - b.covariance).norm() < 1e-9 * b.covariance.norm());
            assert!(a.is_valid());
        }
    }
    let still = WhiteAcceleration { density_m2ps3: 0.0 };
    let known = Gaussian { mean: vector![1.0, 2.0], covariance: SMatrix::<f64, 2, 2>::zeros() };
    let next = Gaussian::diagonal(vector![9.0, 9.0], vector![1.0, 1.0]);
    assert_eq!(ukf::smooth_step(&SigmaPoints::CUBATURE, &still, &known, &next, 1.0), known);
    let broken = Gaussian { mean: next.mean * f64::NAN, ..next };
    let moving = WhiteAcceleration { density_m2ps3: 1.0 };
    assert_eq!(ukf::smooth_step(&SigmaPoints::CUBATURE, &moving, &next, &broken, 1.0), next);
}

/// The longer one waits, the surer one is, with less and less to gain.
#[test]
fn waiting_makes_surer() {
    let model = WhiteAcceleration { density_m2ps3: 1.0 };
    let mut state = Gaussian::diagonal(vector![0.0, 0.0], vector![100.0, 30.0]);
    let mut smoothers: Vec<FixedLag<2>> = (0..6).map(FixedLag::new).collect();
    let mut variances = vec![0.0; 6];
    struct First;
    impl Observation<2, 1> for First {
        fn expect(&self, s: &SVector<f64, 2>) -> SVector<f64, 1> {
            vector![s.x]
        }
        fn jacobian(&self, _: &SVector<f64, 2>) -> SMatrix<f64, 1, 2> {
            matrix![1.0, 0.0]
        }
        fn noise(&self) -> SMatrix<f64, 1, 1> {
            matrix![100.0]
        }
    }
    for _ in 0..40 {
        state = ekf::predict(&model, &state, 1.0);
        state = ekf::update(&First, &state, &vector![1.0]).unwrap().0;
        for (smoother, variance) in smoothers.iter_mut().zip(&mut variances) {
            *variance = smoother.push(&model, state, 1.0).map_or(*variance, |s| s.covariance[(0, 0)]);
        }
    }
    assert!(variances.windows(2).all(|pair| pair[1] < pair[0]), "{variances:?}");
    assert!(variances[0] - variances[1] > variances[4] - variances[5], "{variances:?}");
}

#[test]
fn bad_lags_end_at_once() {
    let model = WhiteAcceleration { density_m2ps3: 1.0 };
    let state = Gaussian::diagonal(vector![0.0, 0.0], vector![1.0, 1.0]);
    // Longer than any run: nothing is answered, and the window holds what there is.
    let mut long = FixedLag::new(usize::MAX);
    assert_eq!(long.smoothed(&model), []);
    for k in 0..5 {
        assert_eq!(long.push(&model, state, 1.0), None);
        assert_eq!(long.smoothed(&model).len(), k + 1);
    }
    // A time that is none, and a state that is none, leave the filtered states.
    let mut lag = FixedLag::new(1);
    lag.push(&model, state, 1.0);
    assert_eq!(lag.push(&model, state, f64::NAN), Some(state));
    let broken = Gaussian { mean: state.mean * f64::NAN, ..state };
    assert_eq!(lag.push(&model, broken, 1.0), Some(state));
}
