//! Continuous models, exactly discretised: closed forms against Stone Soup 1.9.1 and scipy's matrix exponential
//! (tests/oracles/small_cases.py), and the general way against the closed forms.

use downrange_track::filter::Dynamics;
use downrange_track::gaussian::Gaussian;
use downrange_track::motion::axis::{KnownTurn, Singer, WhiteAcceleration, WhiteJerk};
use downrange_track::motion::continuous::discretise;
use downrange_track::motion::{Motion, State};
use nalgebra::{Matrix2, Matrix3, Matrix4, SMatrix, SVector, matrix, vector};
use proptest::prelude::*;

fn same<const N: usize>(found: &SMatrix<f64, N, N>, expected: &[f64], what: &str) {
    let expected = SMatrix::<f64, N, N>::from_row_slice(expected);
    assert!((found - expected).norm() < 1e-10 * expected.norm(), "{what}: {found} not {expected}");
}

#[test]
fn val_closed_forms_as_stone_soup() {
    const T_S: f64 = 1.7;
    let cv = WhiteAcceleration { density_m2ps3: 0.3 };
    same(&cv.jacobian(&vector![0.0, 0.0], T_S), &[1.0, 1.7, 0.0, 1.0], "F, constant velocity");
    same(&cv.noise(&vector![0.0, 0.0], T_S), &[0.4913, 0.4335, 0.4335, 0.51], "Q, constant velocity");
    let (ca, zero) = (WhiteJerk { density_m2ps5: 0.2 }, vector![0.0, 0.0, 0.0]);
    same(&ca.jacobian(&zero, T_S), &[1.0, 1.7, 1.445, 0.0, 1.0, 1.7, 0.0, 0.0, 1.0], "F, constant acceleration");
    let q = [
        0.14198569999999996,
        0.20880249999999997,
        0.16376666666666664,
        0.20880249999999997,
        0.3275333333333333,
        0.289,
        0.16376666666666664,
        0.289,
        0.34,
    ];
    same(&ca.noise(&zero, T_S), &q, "Q, constant acceleration");
    // Stone Soup's coefficient is the density of the driving noise, 2σ²/τ; its damping 1/τ.
    let singer = Singer { sigma_mps2: libm::sqrt(0.8), time_constant_s: 4.0 };
    let f = [1.0, 1.7, 1.2603165620775556, 0.0, 1.0, 1.3849208594806108, 0.0, 0.0, 0.6537697851298473];
    same(&singer.jacobian(&zero, T_S), &f, "F, Singer");
    let q = [
        0.22600021275981877,
        0.31767956732939834,
        0.21607360884356053,
        0.31767956732939834,
        0.482101869704479,
        0.3836011574049028,
        0.21607360884356053,
        0.3836011574049028,
        0.4580680544410187,
    ];
    same(&singer.noise(&zero, T_S), &q, "Q, Singer");
    let (turn, zero) = (KnownTurn { rate_radps: 0.2, density_m2ps3: 0.3 }, SVector::<f64, 4>::zeros());
    let f = [
        1.0,
        1.667435460704072,
        0.0,
        -0.28622667235826904,
        0.0,
        0.9427546655283462,
        0.0,
        -0.3334870921408144,
        0.0,
        0.28622667235826904,
        1.0,
        1.667435460704072,
        0.0,
        0.3334870921408144,
        0.0,
        0.9427546655283462,
    ];
    same(&turn.jacobian(&zero, T_S), &f, "F, turn");
    // Stone Soup's Q leaves the turn out; this one is scipy's expm by Van Loan.
    let (place, versed, lag) = (0.4884680894389203, 0.4293400085374034, 0.048846808943892046);
    let q = [place, versed, 0.0, lag, versed, 0.51, -lag, 0.0, 0.0, -lag, place, versed, lag, 0.0, versed, 0.51];
    same(&turn.noise(&zero, T_S), &q, "Q, turn");
}

#[test]
fn val_any_model_as_van_loan() {
    let a = matrix![-0.3, 1.0, 0.2; 0.0, -2.0, 0.5; 0.4, 0.0, 0.1];
    let w = matrix![1.0, 0.2, 0.0; 0.2, 2.0, -0.3; 0.0, -0.3, 0.5];
    let (f, q) = discretise(&a, &w, 2.5).unwrap();
    let expected = [
        0.8145418076892147,
        0.3904238085046335,
        0.9287889134958007,
        0.1849356851727988,
        0.0768470591622195,
        0.3801475894251167,
        0.9328994011276068,
        0.3698713703455968,
        1.7474412088168207,
    ];
    same(&f, &expected, "F");
    let expected = [
        2.6141183515198305,
        0.596942764358244,
        1.7097089625882607,
        0.5969427643582651,
        0.5805737083283333,
        0.4287198476789083,
        1.7097089625882524,
        0.4287198476789209,
        2.7657160007284585,
    ];
    // Van Loan's own exponential has lost two digits here: its two triangles differ by 2e-14.
    same(&q, &expected, "Q");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn prop_general_way_agrees_with_closed_forms(t in 0.0..30.0f64, tau in 0.3..100.0f64, rate in -0.5..0.5f64) {
        let near = |a: f64, b: f64, scale: f64| (a - b).abs() <= 1e-10 * (scale + 1e-12);
        let a = matrix![0.0, 1.0; 0.0, 0.0];
        let cv = WhiteAcceleration { density_m2ps3: 0.7 };
        let (f, q) = discretise(&a, &matrix![0.0, 0.0; 0.0, 0.7], t).unwrap();
        let (cf, cq): (Matrix2<f64>, Matrix2<f64>) = (cv.jacobian(&vector![0.0, 0.0], t), cv.noise(&vector![0.0, 0.0], t));
        prop_assert!(f.iter().zip(cf.iter()).all(|(a, b)| near(*a, *b, b.abs())));
        prop_assert!(q.iter().zip(cq.iter()).all(|(a, b)| near(*a, *b, b.abs())));

        let a = matrix![0.0, 1.0, 0.0; 0.0, 0.0, 1.0; 0.0, 0.0, -1.0 / tau];
        let singer = Singer { sigma_mps2: 2.0, time_constant_s: tau };
        let zero = vector![0.0, 0.0, 0.0];
        let (f, q) = discretise(&a, &Matrix3::from_diagonal(&vector![0.0, 0.0, 2.0 * 4.0 / tau]), t).unwrap();
        let (cf, cq): (Matrix3<f64>, Matrix3<f64>) = (singer.jacobian(&zero, t), singer.noise(&zero, t));
        prop_assert!(f.iter().zip(cf.iter()).all(|(a, b)| near(*a, *b, b.abs() + 1e-3)), "{f} {cf}");
        prop_assert!(q.iter().zip(cq.iter()).all(|(a, b)| (a - b).abs() <= 1e-8 * b.abs() + 1e-13), "{q} {cq}");

        let a = matrix![0.0, 1.0, 0.0, 0.0; 0.0, 0.0, 0.0, -rate; 0.0, 0.0, 0.0, 1.0; 0.0, rate, 0.0, 0.0];
        let turn = KnownTurn { rate_radps: rate, density_m2ps3: 0.7 };
        let zero = SVector::<f64, 4>::zeros();
        let (f, q) = discretise(&a, &Matrix4::from_diagonal(&vector![0.0, 0.7, 0.0, 0.7]), t).unwrap();
        let (cf, cq): (Matrix4<f64>, Matrix4<f64>) = (turn.jacobian(&zero, t), turn.noise(&zero, t));
        prop_assert!((f - cf).norm() <= 1e-10 * (1.0 + cf.norm()), "{f} {cf}");
        prop_assert!((q - cq).norm() <= 1e-10 * cq.norm() + 1e-15, "{q} {cq}");
        let noise = Gaussian { mean: zero, covariance: cq };
        prop_assert!(noise.is_valid());
        // Two halves are the whole: Q(2h) = F·Q(h)·Fᵀ + Q(h).
        let (hf, hq): (Matrix4<f64>, Matrix4<f64>) = (turn.jacobian(&zero, 0.5 * t), turn.noise(&zero, 0.5 * t));
        prop_assert!((hf * hq * hf.transpose() + hq - cq).norm() <= 1e-10 * cq.norm() + 1e-15);
    }

    #[test]
    fn prop_noise_stays_positive(a in prop::array::uniform9(-3.0..3.0f64), w in prop::array::uniform9(-2.0..2.0f64), t in 0.0..20.0f64) {
        let root = Matrix3::from_column_slice(&w);
        if let Some((_, covariance)) = discretise(&Matrix3::from_column_slice(&a), &(root * root.transpose()), t) {
            let state = Gaussian { mean: vector![0.0, 0.0, 0.0], covariance };
            prop_assert!(state.is_valid(), "{covariance}");
        }
    }
}

/// The models over the rotating Earth add the same noise along each of their axes: here over the equator, flying east (y), with the
/// vertical along x and the right-hand side along −z.
#[test]
fn val_sky_models_have_the_closed_forms() {
    const T_S: f64 = 4.0;
    let state = State::from([6_400e3, 0.0, 0.0, 0.0, 300.0, 0.0, 0.01, 0.0, 0.0]);
    let block = |q: &SMatrix<f64, 9, 9>, axis: usize, extra: usize| {
        Matrix3::from_fn(|i, j| q[([axis, axis + 3, extra][i], [axis, axis + 3, extra][j])])
    };
    let white = |density_m2ps3| {
        let q = WhiteAcceleration { density_m2ps3 }.noise(&vector![0.0, 0.0], T_S);
        matrix![q[(0, 0)], q[(0, 1)], 0.0; q[(1, 0)], q[(1, 1)], 0.0; 0.0, 0.0, 0.0]
    };
    // The path's axes are shortened by 5e-5 so that they can vanish in a vertical fall.
    let near = |a: &Matrix3<f64>, b: &Matrix3<f64>| (a - b).norm() < 2e-4 * b.norm();
    let straight = Motion::NearConstantVelocity { acceleration_density_m2ps3: 2.0 }.noise(&state, T_S);
    assert!((0..3).all(|axis| near(&block(&straight, axis, 6), &white(2.0))));
    // A walk of the turn rate accelerates to the left, here north (z), by the speed times the rate.
    let turn = Motion::CoordinatedTurn { acceleration_density_m2ps3: 2.0, turn_rate_density_rad2ps3: 1e-4 };
    let jerk = WhiteJerk { density_m2ps5: 1e-4 }.noise(&vector![0.0, 0.0, 0.0], T_S);
    let scale = Matrix3::from_diagonal(&vector![300.0, 300.0, 1.0]);
    let found = block(&turn.noise(&state, T_S), 2, 6);
    assert!(near(&found.map(f64::abs), &(scale * jerk * scale + white(2.0))), "{found}");
    let manoeuvre = Motion::Manoeuvre {
        acceleration_density_m2ps3: 2.0,
        sigma_mps2: [3.0, 5.0, 7.0],
        time_constant_s: [10.0, 2.0, 30.0],
    };
    let q = manoeuvre.noise(&state, T_S);
    for (axis, extra, sigma_mps2, time_constant_s) in [(1, 6, 3.0, 10.0), (0, 7, 5.0, 2.0), (2, 8, 7.0, 30.0)] {
        let singer = Singer { sigma_mps2, time_constant_s }.noise(&vector![0.0, 0.0, 0.0], T_S);
        let found = block(&q, axis, extra);
        assert!(near(&found.map(f64::abs), &(singer + white(2.0))), "{axis}: {found} {singer}");
    }
}

#[test]
fn bad_models_are_refused() {
    let (a, w) = (matrix![0.0, 1.0; 0.0, 0.0], Matrix2::identity());
    assert!(discretise(&a, &w, f64::NAN).is_none());
    assert!(discretise(&a, &w, -1.0).is_none());
    assert!(discretise(&a, &w, f64::INFINITY).is_none());
    assert!(discretise(&(a * f64::NAN), &w, 1.0).is_none());
    assert!(discretise(&a, &(w * f64::INFINITY), 1.0).is_none());
    // e^2000 is no number.
    assert!(discretise(&(Matrix2::identity() * 1e3), &w, 2.0).is_none());
    assert_eq!(discretise(&a, &w, 0.0), Some((Matrix2::identity(), Matrix2::zeros())));
}
