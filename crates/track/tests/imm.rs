//! Interacting multiple models on manoeuvring aircraft, run by run on the plots that other programs were run on (see
//! tests/textbook.rs for where the draws come from).

mod draws;
#[allow(dead_code)] // Each user takes its own part of it.
#[path = "../examples/textbook/models.rs"]
mod models;

use downrange_track::filter::Dynamics;
use downrange_track::gaussian::Gaussian;
use downrange_track::imm::Imm;
use draws::Draws;
use models::{Flat, FlatMotion, Place};
use nalgebra::{SMatrix, Vector2, matrix, vector};
use proptest::prelude::*;

fn start<const K: usize>(plot: Vector2<f64>, sigma_m: f64, turn_sigma: f64) -> Imm<5, K> {
    let mean = vector![plot.x, 0.0, plot.y, 0.0, 0.0];
    let mode = Gaussian::diagonal(mean, vector![sigma_m, 300.0, sigma_m, 300.0, turn_sigma]);
    Imm { modes: [mode; K], probabilities: [1.0 / K as f64; K] }
}

/// Truth and plots of the airliner of Bar-Shalom, Li, Kirubarajan 2001, section 11.7.4: 5 s, 100 m.
fn airliner(draws: &mut Draws) -> Vec<(Flat, Vector2<f64>)> {
    let turn = FlatMotion::Turn { density: 0.0, turn_density: 0.0 };
    let mut truth = vector![25e3, -120.0, 10e3, 0.0, 0.0];
    let mut rates = vec![0.0];
    for (duration_s, rate_deg) in [(125, 0.0f64), (90, 1.0), (125, 0.0), (30, -3.0), (125, 0.0)] {
        rates.extend(std::iter::repeat_n(rate_deg.to_radians(), duration_s / 5));
    }
    let mut run = Vec::new();
    for (k, rate) in rates.into_iter().enumerate() {
        if k > 0 {
            truth[4] = rate;
            truth = turn.advance(&truth, 5.0);
        }
        run.push((truth, vector![truth[0] + 100.0 * draws.normal(), truth[2] + 100.0 * draws.normal()]));
    }
    run
}

/// Position errors of an IMM of two white-acceleration models, 0.1 and 2 m/s², against an independent numpy IMM on the
/// same plots. (Over 500 runs: 107.59 m; the best single Kalman filter 115.24 m.)
#[test]
fn val_airliner_two_models() {
    let reference = [
        112.776, 110.079, 91.884, 122.963, 114.364, 106.281, 91.262, 115.021, 113.435, 119.695, 97.062, 107.757,
        112.459, 114.396, 100.110, 93.998, 112.946, 105.048, 92.731, 106.500,
    ];
    let models = [FlatMotion::Piecewise { acceleration: 0.1 }, FlatMotion::Piecewise { acceleration: 2.0 }];
    // exp(5·[−0.005 0.005; 0.04 −0.04]) in closed form: eigenvalues 0 and −0.045.
    let left = 1.0 - libm::exp(-0.225);
    let (out, back) = (left * 0.005 / 0.045, left * 0.04 / 0.045);
    let transition = matrix![1.0 - out, out; back, 1.0 - back];
    let mut draws = Draws::open("atc2d");
    for expected in reference {
        let run = airliner(&mut draws);
        let mut imm = start::<2>(run[0].1, 100.0, 1e-3);
        let mut square = 0.0;
        for (k, (truth, plot)) in run.iter().enumerate().skip(1) {
            imm.mix(&transition, |_, _, _| true);
            imm.predict(&models, 5.0);
            imm.update(&Place { sigma: 100.0 }, plot).unwrap();
            let e = imm.combined().mean - truth;
            square += if k >= 5 { e[0] * e[0] + e[2] * e[2] } else { 0.0 };
        }
        let rmse = libm::sqrt(square / 95.0);
        assert!((rmse / expected - 1.0).abs() < 1e-3, "{rmse} against {expected}");
    }
    assert!(draws.is_empty());
}

/// Beside straight flight a turn of unknown rate, up to the three degrees a second of a standard turn, on the same plots: better
/// than the 107.59 m of two white accelerations (500 runs of the independent IMM).
#[test]
fn val_airliner_turn_model_beats_two_models() {
    let models = [
        FlatMotion::Straight { density: 0.05 },
        FlatMotion::Turn { density: 1.0, turn_density: 0.0524 * 0.0524 / 30.0 },
    ];
    let left = 1.0 - libm::exp(-0.225);
    let (out, back) = (left * 0.005 / 0.045, left * 0.04 / 0.045);
    let mut draws = Draws::open("atc2d");
    let mut square = 0.0;
    for _ in 0..20 {
        let run = airliner(&mut draws);
        let mut imm = start::<2>(run[0].1, 100.0, 0.0524);
        for (k, (truth, plot)) in run.iter().enumerate().skip(1) {
            imm.mix(&matrix![1.0 - out, out; back, 1.0 - back], |i, j, component| i == j || component < 4);
            imm.predict(&models, 5.0);
            imm.update(&Place { sigma: 100.0 }, plot).unwrap();
            let e = imm.combined().mean - truth;
            square += if k >= 5 { e[0] * e[0] + e[2] * e[2] } else { 0.0 };
        }
    }
    let rmse = libm::sqrt(square / (20.0 * 95.0));
    assert!(rmse < 107.59, "{rmse}");
}

/// The model's derivatives are those of its steps, also near straight flight.
#[test]
fn val_derivatives_of_the_turn() {
    let model = FlatMotion::Turn { density: 1.0, turn_density: 1e-4 };
    for rate in [0.3, -0.05, 2e-3, 1e-4, -1e-5, 1e-8, 0.0] {
        for t in [0.1, 1.0, 5.0] {
            let s = vector![100.0, 200.0, -50.0, 120.0, rate];
            let (ahead, f) = model.advance_with_jacobian(&s, t);
            assert_eq!((ahead, f), (model.advance(&s, t), model.jacobian(&s, t)));
            for (k, step) in [1.0, 0.1, 1.0, 0.1, 1e-5].into_iter().enumerate() {
                let mut d = Flat::zeros();
                d[k] = step;
                let slope = (model.advance(&(s + d), t) - model.advance(&(s - d), t)) / (2.0 * step);
                assert!((f.column(k) - slope).norm() < 1e-5 * (1.0 + slope.norm()), "{rate} {t} {k}: {slope}");
            }
        }
    }
}

/// 250 m/s: straight 50 s, 3 g left 20 s, straight 30 s, 1 g right 25 s, straight; 1 s, 20 m.
fn fighter(draws: &mut Draws) -> Vec<(Flat, Vector2<f64>)> {
    let turn = FlatMotion::Turn { density: 0.0, turn_density: 0.0 };
    let heading = draws.raw() / 1e4;
    let mut truth = vector![0.0, 250.0 * libm::cos(heading), 0.0, 250.0 * libm::sin(heading), 0.0];
    (0..150)
        .map(|k| {
            let here = truth;
            truth[4] = match k {
                50..70 => 3.0 * 9.81 / 250.0,
                100..125 => -9.81 / 250.0,
                _ => 0.0,
            };
            truth = turn.advance(&truth, 1.0);
            (here, vector![here[0] + 20.0 * draws.normal(), here[2] + 20.0 * draws.normal()])
        })
        .collect()
}

/// Position error over all 50 runs from scan 10 on, and NEES/4 with it.
fn fighter_score<const K: usize>(
    models: &[FlatMotion; K],
    transition: &SMatrix<f64, K, K>,
    turn_sigma: f64,
    shares: impl Fn(usize, usize, usize) -> bool + Copy,
) -> (f64, f64) {
    let mut draws = Draws::open("manoeuvre");
    let (mut square, mut nees, mut count) = (0.0, 0.0, 0.0);
    for _ in 0..50 {
        let run = fighter(&mut draws);
        let mut imm = start::<K>(run[0].1, 20.0, turn_sigma);
        for (k, (truth, plot)) in run.iter().enumerate().skip(1) {
            imm.mix(transition, shares);
            imm.predict(models, 1.0);
            imm.update(&Place { sigma: 20.0 }, plot).unwrap();
            if k >= 10 {
                let seen = imm.combined();
                let e = (seen.mean - truth).fixed_rows::<4>(0).into_owned();
                let p = seen.covariance.fixed_view::<4, 4>(0, 0).into_owned();
                square += e[0] * e[0] + e[2] * e[2];
                nees += e.dot(&p.cholesky().unwrap().solve(&e)) / 4.0;
                count += 1.0;
            }
        }
    }
    assert!(draws.is_empty());
    (libm::sqrt(square / count), nees / count)
}

/// FilterPy 1.4.5's IMMEstimator on the same plots, with the same two models: 20.45 m.
#[test]
fn val_fighter_as_filterpy() {
    let models = [FlatMotion::Straight { density: 0.1 }, FlatMotion::Straight { density: 500.0 }];
    let (rmse, _) = fighter_score(&models, &matrix![0.95, 0.05; 0.05, 0.95], 1e-3, |_, _, _| true);
    assert!((rmse - 20.45).abs() < 0.02, "{rmse}");
}

/// A straight model beside a turning one, whose turn rate the straight one does not share: 17.4 m, and consistent.
#[test]
fn val_fighter_turn_model_beats_filterpy() {
    let models = [FlatMotion::Straight { density: 0.1 }, FlatMotion::Turn { density: 10.0, turn_density: 3e-4 }];
    let unshared = |_, _, component| component < 4;
    let (rmse, nees) = fighter_score(&models, &matrix![0.98, 0.02; 0.02, 0.98], 0.1, unshared);
    assert!(rmse < 17.5, "{rmse}");
    assert!((nees - 1.0).abs() < 0.1, "{nees}");
}

// ------------------------------------------------------------------ interaction

fn two_modes(means: [[f64; 5]; 2], sigmas: [[f64; 5]; 2], probability: f64) -> Imm<5, 2> {
    let mode = |k: usize| Gaussian::diagonal(Flat::from(means[k]), Flat::from(sigmas[k]));
    Imm { modes: [mode(0), mode(1)], probabilities: [probability, 1.0 - probability] }
}

/// By hand: modes at 0 and 10 with variances 1 and 4, probabilities 0.6 and 0.4, transition 0.9 / 0.1.
#[test]
fn val_mixing_by_hand() {
    let mut imm = two_modes([[0.0; 5], [10.0, 0.0, 0.0, 0.0, 7.0]], [[1.0; 5], [2.0, 1.0, 1.0, 1.0, 3.0]], 0.6);
    imm.mix(&matrix![0.9, 0.1; 0.1, 0.9], |_, _, component| component < 4);
    // c = (0.9·0.6 + 0.1·0.4, 0.1·0.6 + 0.9·0.4) = (0.58, 0.42); into the first mode 0.04/0.58 of the second.
    let (w, u) = (0.04 / 0.58, 0.06 / 0.42);
    assert!((imm.probabilities[0] - 0.58).abs() < 1e-15 && (imm.probabilities[1] - 0.42).abs() < 1e-15);
    assert!((imm.modes[0].mean[0] - 10.0 * w).abs() < 1e-12);
    assert!((imm.modes[1].mean[0] - 10.0 * (1.0 - u)).abs() < 1e-12);
    let variance = (1.0 - w) + 4.0 * w + w * (1.0 - w) * 100.0;
    assert!((imm.modes[0].covariance[(0, 0)] - variance).abs() < 1e-12);
    // The turn rate is nobody else's business: value and variance stay in both modes.
    assert_eq!((imm.modes[0].mean[4], imm.modes[0].covariance[(4, 4)]), (0.0, 1.0));
    assert!((imm.modes[1].mean[4] - 7.0).abs() < 1e-12 && (imm.modes[1].covariance[(4, 4)] - 9.0).abs() < 1e-12);
    assert!(imm.modes.iter().all(Gaussian::is_valid));
}

/// One plot that is certainly this object's is an ordinary update; none at all changes nothing.
#[test]
fn val_association_at_its_ends() {
    let observation = Place { sigma: 5.0 };
    let imm = two_modes([[0.0; 5], [10.0, 0.0, 0.0, 0.0, 0.0]], [[4.0; 5], [8.0; 5]], 0.3);
    let plot = vector![3.0, -2.0];
    let (mut plain, mut certain, mut missed) = (imm, imm, imm);
    plain.update(&observation, &plot).unwrap();
    certain.update_association(&observation, &[(plot, 1.0)], 0.0);
    missed.update_association(&observation, &[(plot, 0.0)], 0.7);
    assert_eq!(missed, imm);
    for k in 0..2 {
        assert!((plain.probabilities[k] - certain.probabilities[k]).abs() < 1e-12);
        assert!((plain.modes[k].mean - certain.modes[k].mean).norm() < 1e-12);
        assert!((plain.modes[k].covariance - certain.modes[k].covariance).norm() < 1e-9);
    }
}

/// Half a plot on either side: the mean stays, the covariance grows by the spread of the two updates.
#[test]
fn val_association_of_two_plots() {
    let observation = Place { sigma: 3.0 };
    let mode = Gaussian::diagonal(Flat::zeros(), Flat::repeat(4.0));
    let mut imm = Imm { modes: [mode], probabilities: [1.0] };
    imm.update_association(&observation, &[(vector![5.0, 0.0], 0.5), (vector![-5.0, 0.0], 0.5)], 0.0);
    let gain = 16.0 / 25.0;
    assert!(imm.modes[0].mean.norm() < 1e-12);
    let expected = 16.0 * 9.0 / 25.0 + gain * gain * 25.0;
    assert!((imm.modes[0].covariance[(0, 0)] - expected).abs() < 1e-9, "{}", imm.modes[0].covariance);
    assert_eq!(imm.probabilities, [1.0]);
}

#[test]
fn bad_measurements_for_an_imm() {
    let before = two_modes([[0.0; 5], [1.0; 5]], [[1.0; 5], [2.0; 5]], 0.5);
    let observation = Place { sigma: 1.0 };
    let nan = vector![f64::NAN, 0.0];
    let mut imm = before;
    assert_eq!(imm.update(&observation, &nan), None);
    assert_eq!(imm.log_likelihood(&observation, &nan), None);
    assert_eq!(imm, before);
    // Plots that cannot be used, and weights that are none, leave the state where it was.
    imm.update_association(&observation, &[(nan, 0.9), (vector![0.0, 0.0], f64::NAN), (vector![0.0, 0.0], -1.0)], 0.1);
    assert_eq!(imm, before);
    // So far away that every density vanishes as a number: its logarithm does not.
    let far = imm.update(&observation, &vector![1e6, 0.0]).unwrap();
    assert!(far < -1e10);
    assert!(imm.probabilities.iter().all(|p| p.is_finite()));
    assert!(imm.modes.iter().all(Gaussian::is_valid));
    // No mode can be reached: probabilities fall back to equal ones.
    imm.mix(&SMatrix::zeros(), |_, _, _| true);
    assert_eq!(imm.probabilities, [0.5, 0.5]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// With everything shared, mixing neither moves nor widens the whole; and modes stay valid whatever is shared.
    #[test]
    fn prop_mixing_keeps_the_whole(
        means in prop::array::uniform2(prop::array::uniform5(-100.0..100.0f64)),
        sigmas in prop::array::uniform2(prop::array::uniform5(0.01..100.0f64)),
        probability in 0.001..0.999f64,
        stay in prop::array::uniform2(0.5..1.0f64),
        shared_count in 0..6usize,
    ) {
        let before = two_modes(means, sigmas, probability);
        let transition = matrix![stay[0], 1.0 - stay[0]; 1.0 - stay[1], stay[1]];
        let mut imm = before;
        imm.mix(&transition, |_, _, _| true);
        let (a, b) = (before.combined(), imm.combined());
        prop_assert!((a.mean - b.mean).norm() < 1e-9 * (1.0 + a.mean.norm()));
        prop_assert!((a.covariance - b.covariance).norm() < 1e-9 * a.covariance.norm());
        let mut imm = before;
        imm.mix(&transition, |_, _, component| component < shared_count);
        prop_assert!(imm.modes.iter().all(Gaussian::is_valid));
        for k in 0..2 {
            for c in shared_count..5 {
                prop_assert!((imm.modes[k].mean[c] - before.modes[k].mean[c]).abs() < 1e-9);
                let (now, then) = (imm.modes[k].covariance[(c, c)], before.modes[k].covariance[(c, c)]);
                prop_assert!((now / then - 1.0).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn prop_association_keeps_modes_valid(
        means in prop::array::uniform2(prop::array::uniform5(-100.0..100.0f64)),
        sigmas in prop::array::uniform2(prop::array::uniform5(0.01..100.0f64)),
        plots in prop::collection::vec((prop::array::uniform2(-300.0..300.0f64), 0.0..1.0f64), 0..5),
        missed in 0.0..1.0f64,
    ) {
        let mut imm = two_modes(means, sigmas, 0.4);
        let plots: Vec<_> = plots.into_iter().map(|(z, w)| (Vector2::from(z), w)).collect();
        imm.update_association(&Place { sigma: 3.0 }, &plots, missed);
        prop_assert!(imm.modes.iter().all(Gaussian::is_valid));
        prop_assert!((imm.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
