//! Every form of the filters: against Stone Soup 1.9.1 and a plain least-squares solver (tests/oracles/small_cases.py), against
//! each other where they must agree, on covariances that break them, and on numbers that are none.

use downrange_track::filter::iekf::{self, Rounds};
use downrange_track::filter::information::{Information, covariance_intersection};
use downrange_track::filter::particle::{Cloud, CloudError};
use downrange_track::filter::sqrt::{self, Root};
use downrange_track::filter::sum::GaussianSum;
use downrange_track::filter::ukf::SigmaPoints;
use downrange_track::filter::{Dynamics, Observation, ckf, ekf, ukf, wrap_rad};
use downrange_track::gaussian::Gaussian;
use nalgebra::{Matrix2, Matrix4, SMatrix, SVector, Vector2, Vector4, matrix, vector};
use proptest::prelude::*;

/// Bearing and range from the origin of x, vx, y, vy.
struct BearingRange {
    sigma: Vector2<f64>,
}

impl Observation<4, 2> for BearingRange {
    fn expect(&self, s: &Vector4<f64>) -> Vector2<f64> {
        vector![libm::atan2(s[2], s[0]), libm::hypot(s[0], s[2])]
    }
    fn jacobian(&self, s: &Vector4<f64>) -> SMatrix<f64, 2, 4> {
        let (r2, r) = (s[0] * s[0] + s[2] * s[2], libm::hypot(s[0], s[2]));
        matrix![-s[2] / r2, 0.0, s[0] / r2, 0.0; s[0] / r, 0.0, s[2] / r, 0.0]
    }
    fn noise(&self) -> Matrix2<f64> {
        Matrix2::from_diagonal(&self.sigma.component_mul(&self.sigma))
    }
    fn residual(&self, measured: &Vector2<f64>, expected: &Vector2<f64>) -> Vector2<f64> {
        vector![wrap_rad(measured.x - expected.x), measured.y - expected.y]
    }
}

const SENSOR: BearingRange = BearingRange { sigma: Vector2::new(0.01, 5.0) };
const PLOT: Vector2<f64> = Vector2::new(0.80, 1100.0);

fn prior(share: f64) -> Gaussian<4> {
    let wide = Matrix4::from_diagonal(&vector![4e4, 225.0, 9e4, 225.0]) + Matrix4::repeat(500.0);
    Gaussian { mean: vector![900.0, 20.0, 500.0, -10.0], covariance: wide * share }
}

fn near(found: &Gaussian<4>, mean: [f64; 4], variances: [f64; 4], sigmas: f64, what: &str) {
    for k in 0..4 {
        let sigma = libm::sqrt(variances[k]);
        assert!((found.mean[k] - mean[k]).abs() < sigmas * sigma, "{what}: {} at {k}, not {}", found.mean[k], mean[k]);
        let ratio = found.covariance[(k, k)] / variances[k];
        assert!((ratio - 1.0).abs() < sigmas, "{what}: variance {ratio} times the expected one at {k}");
    }
}

#[test]
fn val_one_update_as_stone_soup() {
    // Stone Soup differentiates its EKF numerically: 1e-6 of a standard deviation.
    let (state, _) = ekf::update(&SENSOR, &prior(1.0), &PLOT).unwrap();
    let mean = [815.3296822263122, 20.583631194898363, 797.4586314559226, -9.416368805101637];
    near(&state, mean, [44.042357593578345, 716.1369583652655, 86.78293524004403, 716.1369583652655], 1e-5, "EKF");
    let (state, _) = ekf::update(&SENSOR, &prior(0.01), &PLOT).unwrap();
    let mean = [832.7574288643232, 20.627744888643598, 766.3300358992125, -9.3722551113564];
    near(&state, mean, [38.770252452487796, 7.165667395402998, 77.02576799751523, 7.165667395402998], 1e-5, "EKF");

    // By the papers' formulas in numpy; the unscented one agrees with Stone Soup's.
    let ckf_mean = [832.6888002625864, 20.626664144527787, 766.2714791253463, -9.373361444445301];
    let ckf_variances = [39.29789248354194, 7.165650505349199, 77.19461096916825, 7.165674921387665];
    let (state, _) = ckf::update(&SENSOR, &prior(0.01), &PLOT).unwrap();
    near(&state, ckf_mean, ckf_variances, 1e-6, "CKF");
    let (root, _) = sqrt::update_cubature(&SENSOR, &Root::of(&prior(0.01)).unwrap(), &PLOT).unwrap();
    near(&root.gaussian(), ckf_mean, ckf_variances, 1e-6, "square-root CKF");

    let points = SigmaPoints { alpha_ratio: 0.5, beta_ratio: 2.0, kappa_ratio: 0.0 };
    let (state, _) = ukf::update_with(&points, &SENSOR, &prior(0.01), &PLOT).unwrap().value;
    let mean = [832.5037823400477, 20.624461366690753, 766.2954813820113, -9.375544726406487];
    near(&state, mean, [39.209314636828765, 7.165712975114922, 77.07024398986528, 7.165719081361162], 1e-5, "UKF");
}

/// The iterated update ends at the most probable state, as least squares (scipy) and Stone Soup's IteratedKalmanUpdater find it.
#[test]
fn val_iterated_update_is_the_most_probable_state() {
    let tight = Rounds { most_count: 50, step_sigmas: 1e-10 };
    let found = iekf::update(&SENSOR, &prior(1.0), &PLOT, &tight).unwrap();
    assert!(found.converged && found.rounds_count < 20, "{} rounds", found.rounds_count);
    let most_probable = [766.7789469232207, 19.939726131315183, 788.7021942517449, -10.060273849369798];
    assert!((found.state.mean - Vector4::from(most_probable)).norm() < 1e-5, "{}", found.state.mean);
    let variances = [74.1902727149427, 716.1392350123606, 71.5330112665979, 716.1392350123606];
    near(&found.state, most_probable, variances, 1e-6, "IEKF");
    // The rule stops much earlier, and no further off than it says; one round is the EKF.
    let usual = iekf::update(&SENSOR, &prior(1.0), &PLOT, &Rounds::default()).unwrap();
    assert!(usual.converged && usual.rounds_count <= 8, "{} rounds", usual.rounds_count);
    assert!((usual.state.mean - found.state.mean).norm() < 1.0);
    let once = iekf::update(&SENSOR, &prior(0.01), &PLOT, &Rounds { most_count: 1, step_sigmas: 0.0 }).unwrap();
    let (plain, innovation) = ekf::update(&SENSOR, &prior(0.01), &PLOT).unwrap();
    assert!((once.state.mean - plain.mean).norm() < 1e-9 && !once.converged);
    assert_eq!(once.innovation, innovation);
}

/// Where a full Gauss–Newton step overshoots from side to side for ever, halved steps arrive: arctangent, far from its root.
#[test]
fn iterations_that_would_diverge_are_damped() {
    struct Arctangent;
    impl Observation<1, 1> for Arctangent {
        fn expect(&self, s: &SVector<f64, 1>) -> SVector<f64, 1> {
            vector![libm::atan(s.x)]
        }
        fn jacobian(&self, s: &SVector<f64, 1>) -> SMatrix<f64, 1, 1> {
            SMatrix::<f64, 1, 1>::new(1.0 / (1.0 + s.x * s.x))
        }
        fn noise(&self) -> SMatrix<f64, 1, 1> {
            SMatrix::<f64, 1, 1>::new(1e-4)
        }
    }
    let wide = Gaussian::diagonal(vector![4.0], vector![50.0]);
    let found = iekf::update(&Arctangent, &wide, &vector![0.0], &Rounds { most_count: 50, step_sigmas: 1e-6 }).unwrap();
    assert!(found.converged && found.state.mean.x.abs() < 0.01, "{found:?}");
}

// ------------------------------------------------------------------ all forms are one filter on linear models

/// A linear model in four components, from numbers.
#[derive(Debug, Clone)]
struct Linear {
    f: Matrix4<f64>,
    q: Matrix4<f64>,
    h: SMatrix<f64, 2, 4>,
    r: Matrix2<f64>,
}

impl Dynamics<4> for Linear {
    fn advance(&self, s: &Vector4<f64>, _: f64) -> Vector4<f64> {
        self.f * s
    }
    fn jacobian(&self, _: &Vector4<f64>, _: f64) -> Matrix4<f64> {
        self.f
    }
    fn noise(&self, _: &Vector4<f64>, _: f64) -> Matrix4<f64> {
        self.q
    }
}

impl Observation<4, 2> for Linear {
    fn expect(&self, s: &Vector4<f64>) -> Vector2<f64> {
        self.h * s
    }
    fn jacobian(&self, _: &Vector4<f64>) -> SMatrix<f64, 2, 4> {
        self.h
    }
    fn noise(&self) -> Matrix2<f64> {
        self.r
    }
}

fn numbers<const K: usize>() -> impl Strategy<Value = [f64; K]> {
    prop::array::uniform(-2.0..2.0f64)
}

fn linear() -> impl Strategy<Value = Linear> {
    (numbers::<16>(), numbers::<16>(), numbers::<8>(), numbers::<4>()).prop_map(|(f, q, h, r)| {
        let root = Matrix4::from_column_slice(&q) * 0.5;
        let noise = Matrix2::from_column_slice(&r);
        Linear {
            f: Matrix4::identity() + Matrix4::from_column_slice(&f) * 0.2,
            q: root * root.transpose(),
            h: SMatrix::<f64, 2, 4>::from_column_slice(&h),
            r: noise * noise.transpose() + Matrix2::identity() * 0.1,
        }
    })
}

/// A start and a model with measurements that much sharper and little process noise.
fn stressed(model: &Linear, decades: [f64; 4], sharpness: f64) -> (Gaussian<4>, Linear) {
    let ten_to = |d| libm::pow(10.0, d);
    let start = Gaussian::diagonal(Vector4::zeros(), Vector4::from(decades.map(ten_to)));
    (start, Linear { r: model.r * ten_to(sharpness), q: model.q * 1e-3, ..model.clone() })
}

fn differ(a: &Gaussian<4>, b: &Gaussian<4>) -> f64 {
    let scale = 1.0 + b.mean.norm() + b.covariance.norm();
    ((a.mean - b.mean).norm() + (a.covariance - b.covariance).norm()) / scale
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Kalman filter, square-root forms, points of either kind, information form, iterated form and a sum of equal parts: ten steps.
    #[test]
    fn prop_all_forms_agree_on_linear_models(
        model in linear(),
        plots in prop::collection::vec(numbers::<2>(), 10),
        start in numbers::<4>(),
    ) {
        let start = Gaussian::diagonal(Vector4::from(start), Vector4::repeat(3.0));
        let (mut plain, mut points, mut iterated) = (start, start, start);
        let (mut root, mut cubature) = (Root::of(&start).unwrap(), Root::of(&start).unwrap());
        let mut information = Information::of(&start).unwrap();
        let mut sum = GaussianSum::split(&start, 2, 3, 1.2).unwrap();
        for z in plots {
            let z = Vector2::from(z);
            let ahead = ekf::predict(&model, &plain, 1.0);
            let innovation;
            (plain, innovation) = ekf::update(&model, &ahead, &z).unwrap();
            points = ckf::update(&model, &ckf::predict(&model, &points, 1.0), &z).unwrap().0;
            iterated = iekf::update(&model, &iekf::predict(&model, &iterated, 1.0), &z, &Rounds::default()).unwrap().state;
            let seen;
            (root, seen) = sqrt::update(&model, &sqrt::predict(&model, &root, 1.0).unwrap(), &z).unwrap();
            prop_assert!((seen.nis() - innovation.nis()).abs() < 1e-9 * (1.0 + innovation.nis()));
            cubature = sqrt::update_cubature(&model, &sqrt::predict_cubature(&model, &cubature, 1.0).unwrap(), &z).unwrap().0;
            information = information.predict(&model, 1.0).unwrap();
            information += Information::seen(&model, &Vector4::zeros(), &z).unwrap();
            sum.predict(&model, 1.0);
            let log = sum.update(&model, &z).unwrap();
            prop_assert!(log.is_finite());
        }
        for (name, other) in [
            ("CKF", points), ("IEKF", iterated), ("root", root.gaussian()), ("cubature root", cubature.gaussian()),
            ("information", information.gaussian().unwrap()),
        ] {
            prop_assert!(differ(&other, &plain) < 1e-9, "{name}: {}", differ(&other, &plain));
            prop_assert!(other.is_valid(), "{name}");
        }
        // Parts that explain little are dropped, so the sum agrees less closely.
        prop_assert!(differ(&sum.gaussian(), &plain) < 5e-2, "sum: {}", differ(&sum.gaussian(), &plain));
        prop_assert!((sqrt::normalised_squared(&root, &Vector4::repeat(0.1)).unwrap()
            / Vector4::repeat(0.1).dot(&plain.covariance.cholesky().unwrap().solve(&Vector4::repeat(0.1))) - 1.0).abs() < 1e-6);
    }

    /// Three sensors at once: contributions summed in any order are the updates one after the other.
    #[test]
    fn prop_information_of_sensors_adds(
        sensors in prop::array::uniform3(linear()),
        plots in prop::array::uniform3(numbers::<2>()),
    ) {
        let start = Gaussian::diagonal(Vector4::repeat(0.5), Vector4::repeat(2.0));
        let mut plain = start;
        let mut shares = Vec::new();
        for (sensor, z) in sensors.iter().zip(plots) {
            plain = ekf::update(sensor, &plain, &Vector2::from(z)).unwrap().0;
            shares.push(Information::seen(sensor, &start.mean, &Vector2::from(z)).unwrap());
        }
        let prior = Information::of(&start).unwrap();
        let forwards = shares.iter().fold(prior, |sum, share| sum + *share).gaussian().unwrap();
        let backwards = shares.iter().rev().fold(prior, |sum, share| sum + *share).gaussian().unwrap();
        prop_assert!(differ(&forwards, &plain) < 1e-9 && differ(&backwards, &plain) < 1e-9);
        // Two trackers that share the prior: both together, the prior counted once.
        let (a, b) = (prior + shares[0], prior + shares[1] + shares[2]);
        prop_assert!(differ(&(a + b - prior).gaussian().unwrap(), &plain) < 1e-9);
    }

    /// Standard deviations over six decades and plots up to a hundred times sharper: symmetric and positive in every form. Over
    /// twelve decades, and plots ten thousand times sharper, where the plain forms run out of digits, the roots still are.
    #[test]
    fn prop_covariances_stay_valid(
        model in linear(),
        decades in prop::array::uniform4(-3.0..3.0f64),
        sharpness in -4.0..2.0f64,
        z in numbers::<2>(),
    ) {
        let (start, sharp) = stressed(&model, decades, sharpness);
        let (mut plain, mut points) = (start, start);
        for _ in 0..60 {
            plain = ekf::predict(&sharp, &plain, 1.0);
            points = ckf::predict(&sharp, &points, 1.0);
            // An update that rounding has made impossible is refused, and the state stays.
            plain = ekf::update(&sharp, &plain, &Vector2::from(z)).map_or(plain, |u| u.0);
            points = ckf::update(&sharp, &points, &Vector2::from(z)).map_or(points, |u| u.0);
            prop_assert!(plain.is_valid(), "EKF: {plain:?}");
            prop_assert!(points.is_valid(), "CKF: {points:?}");
        }
        let (start, sharp) = stressed(&model, decades.map(|d| 2.0 * d), 2.0 * sharpness);
        let (mut root, mut cubature) = (Root::of(&start).unwrap(), Root::of(&start).unwrap());
        for _ in 0..60 {
            root = sqrt::predict(&sharp, &root, 1.0).unwrap();
            cubature = sqrt::predict_cubature(&sharp, &cubature, 1.0).unwrap();
            root = sqrt::update(&sharp, &root, &Vector2::from(z)).unwrap().0;
            cubature = sqrt::update_cubature(&sharp, &cubature, &Vector2::from(z)).unwrap().0;
            prop_assert!(root.gaussian().is_valid(), "root: {root:?}");
            prop_assert!(cubature.gaussian().is_valid(), "cubature root: {cubature:?}");
        }
    }

    /// Covariance intersection: never surer than both allow, whatever the correlation of the two errors.
    #[test]
    fn prop_intersection_is_careful(a in numbers::<16>(), b in numbers::<16>(), means in numbers::<8>()) {
        let spread = |n: [f64; 16]| {
            let root = Matrix4::from_column_slice(&n);
            root * root.transpose() + Matrix4::identity() * 0.05
        };
        let first = Gaussian { mean: Vector4::from_column_slice(&means[..4]), covariance: spread(a) };
        let second = Gaussian { mean: Vector4::from_column_slice(&means[4..]), covariance: spread(b) };
        let fused = covariance_intersection(&first, &second).unwrap();
        prop_assert!(fused.state.is_valid() && (0.0..=1.0).contains(&fused.first_weight));
        // No weight on a grid does better.
        let (ia, ib) = (first.covariance.try_inverse().unwrap(), second.covariance.try_inverse().unwrap());
        for k in 0..=20 {
            let weight = f64::from(k) / 20.0;
            let there = (ia * weight + ib * (1.0 - weight)).determinant();
            prop_assert!(1.0 / fused.state.covariance.determinant() >= there * (1.0 - 1e-6));
        }
        // P − (covariance of the fused error when both errors are the same one) is positive semidefinite.
        let (ka, kb) = (
            fused.state.covariance * ia * fused.first_weight,
            fused.state.covariance * ib * (1.0 - fused.first_weight),
        );
        let (la, lb) = (first.covariance.cholesky().unwrap().l(), second.covariance.cholesky().unwrap().l());
        let error = ka * la + kb * lb;
        let left = fused.state.covariance - error * error.transpose() + Matrix4::identity() * 1e-9;
        prop_assert!(left.cholesky().is_some());
    }
}

// ------------------------------------------------------------------ covariances that break filters

/// Three of six components, without any noise.
struct ExactPlaces;

impl Observation<6, 3> for ExactPlaces {
    fn expect(&self, s: &SVector<f64, 6>) -> SVector<f64, 3> {
        vector![s[0], s[2], s[4]]
    }
    fn jacobian(&self, _: &SVector<f64, 6>) -> SMatrix<f64, 3, 6> {
        SMatrix::from_fn(|i, j| if j == 2 * i { 1.0 } else { 0.0 })
    }
    fn noise(&self) -> SMatrix<f64, 3, 3> {
        SMatrix::zeros()
    }
}

struct NoiselessPairs;

impl Dynamics<6> for NoiselessPairs {
    fn advance(&self, s: &SVector<f64, 6>, dt_s: f64) -> SVector<f64, 6> {
        self.jacobian(s, dt_s) * s
    }
    fn jacobian(&self, _: &SVector<f64, 6>, dt_s: f64) -> SMatrix<f64, 6, 6> {
        SMatrix::from_fn(|i, j| match (i, j) {
            _ if i == j => 1.0,
            _ if i % 2 == 0 && j == i + 1 => dt_s,
            _ => 0.0,
        })
    }
    fn noise(&self, _: &SVector<f64, 6>, _: f64) -> SMatrix<f64, 6, 6> {
        SMatrix::zeros()
    }
}

/// The prior of Stone Soup's test_kalman_covariance_stability (stonesoup/updater/tests/test_kalman.py), on which its cubature
/// filter lost positive definiteness; exact measurements and no process noise.
#[test]
fn val_stone_soup_covariance_stability() {
    #[rustfmt::skip]
    let covariance = SMatrix::<f64, 6, 6>::from_row_slice(&[
        1.64385383e+06, 1.00001250e+06, -2.48073899e+05, -5.86573934e-08, -4.03756199e+05, -5.86573934e-08,
        1.00001250e+06, 1.00002500e+06, 5.24472545e-09, 0.0, -3.90355011e-08, 0.0,
        -2.48073899e+05, 5.24472545e-09, 2.03087457e+06, 1.92001250e+06, 1.58877383e+05, 1.34045255e-08,
        -5.86573934e-08, 0.0, 1.92001250e+06, 1.92002500e+06, -2.38775732e-09, 0.0,
        -4.03756199e+05, -3.90355011e-08, 1.58877383e+05, -2.38775732e-09, 2.19190854e+06, 1.92001250e+06,
        -5.86573934e-08, 0.0, 1.34045255e-08, 0.0, 1.92001250e+06, 1.92002500e+06,
    ]);
    let prior = Gaussian { mean: SVector::zeros(), covariance };
    assert!(prior.is_valid());
    let z = vector![1.0, -2.0, 3.0];
    let (plain, _) = ekf::update(&ExactPlaces, &prior, &z).unwrap();
    let (points, _) = ckf::update(&ExactPlaces, &prior, &z).unwrap();
    let (root, _) = sqrt::update(&ExactPlaces, &Root::of(&prior).unwrap(), &z).unwrap();
    let (cubature, _) = sqrt::update_cubature(&ExactPlaces, &Root::of(&prior).unwrap(), &z).unwrap();
    for (name, state) in
        [("EKF", plain), ("CKF", points), ("root", root.gaussian()), ("cubature root", cubature.gaussian())]
    {
        assert!(state.is_valid(), "{name}: {state:?}");
        for (k, value) in [(0, 1.0), (2, -2.0), (4, 3.0)] {
            assert!((state.mean[k] - value).abs() < 1e-6, "{name}: {}", state.mean);
            // 1.6e6 m² gone; what is left is rounding of it, and for the roots the square of rounding.
            assert!(state.covariance[(k, k)] < 1e-8, "{name}: {}", state.covariance[(k, k)]);
        }
        let ahead = ekf::predict(&NoiselessPairs, &state, 1.0);
        assert!(ahead.is_valid(), "{name}: {ahead:?}");
    }
    assert!((0..3).all(|k| root.gaussian().covariance[(2 * k, 2 * k)] < 1e-20));
    let ahead = sqrt::predict_cubature(&NoiselessPairs, &cubature, 1.0).unwrap();
    assert!(ahead.gaussian().is_valid());
}

struct First;

impl Observation<2, 1> for First {
    fn expect(&self, s: &Vector2<f64>) -> SVector<f64, 1> {
        vector![s.x]
    }
    fn jacobian(&self, _: &Vector2<f64>) -> SMatrix<f64, 1, 2> {
        matrix![1.0, 0.0]
    }
    fn noise(&self) -> SMatrix<f64, 1, 1> {
        matrix![0.04]
    }
}

/// Stone Soup's test_sqrt_kalman: a prior of 10²⁴ beside a noise of 0.04 must come out as the noise, to half a per cent. It expects
/// its plain filter to fail; the roots must not, and Joseph's form does not either.
#[test]
fn val_stone_soup_square_root() {
    let prior = Gaussian { mean: vector![-6.45, 0.7], covariance: matrix![1e24, 1e-24; 1e-24, 1e24] };
    let root = Root::of(&prior).unwrap();
    let (linear, _) = sqrt::update(&First, &root, &vector![-6.23]).unwrap();
    let (cubature, _) = sqrt::update_cubature(&First, &root, &vector![-6.23]).unwrap();
    let (plain, _) = ekf::update(&First, &prior, &vector![-6.23]).unwrap();
    for state in [linear.gaussian(), plain] {
        assert!((state.covariance[(0, 0)] / 0.04 - 1.0).abs() < 5e-3, "{}", state.covariance);
        assert!((state.covariance[(1, 1)] / 1e24 - 1.0).abs() < 5e-3, "{}", state.covariance);
    }
    assert!(cubature.gaussian().is_valid());
}

// ------------------------------------------------------------------ sums

/// The exponential of a standard normal state, seen to ± 0.1 as 3: mean, variance and likelihood by quadrature. One linearisation
/// is 0.9 off.
#[test]
fn val_sum_by_quadrature() {
    struct Exponential;
    impl Observation<1, 1> for Exponential {
        fn expect(&self, s: &SVector<f64, 1>) -> SVector<f64, 1> {
            vector![libm::exp(s.x)]
        }
        fn jacobian(&self, s: &SVector<f64, 1>) -> SMatrix<f64, 1, 1> {
            SMatrix::<f64, 1, 1>::new(libm::exp(s.x))
        }
        fn noise(&self) -> SMatrix<f64, 1, 1> {
            SMatrix::<f64, 1, 1>::new(0.01)
        }
    }
    let (mut mass, mut first, mut second) = (0.0, 0.0, 0.0);
    for k in 0..200_000 {
        let x = -5.0 + 10.0 * (f64::from(k) + 0.5) / 200_000.0;
        let off = (3.0 - libm::exp(x)) / 0.1;
        let density = libm::exp(-0.5 * (x * x + off * off)) / (core::f64::consts::TAU * 0.1) * 5e-5;
        (mass, first, second) = (mass + density, first + density * x, second + density * x * x);
    }
    let (mean, variance) = (first / mass, second / mass - first / mass * (first / mass));
    let prior = Gaussian::diagonal(vector![0.0], vector![1.0]);
    let off = |parts_count, spacing| {
        let mut sum = GaussianSum::split(&prior, 0, parts_count, spacing).unwrap();
        let log = sum.update(&Exponential, &vector![3.0]).unwrap();
        let found = sum.gaussian();
        (
            (found.mean.x - mean).abs(),
            (libm::sqrt(found.covariance.x / variance) - 1.0).abs(),
            (log - libm::log(mass)).abs(),
        )
    };
    let (coarse, fine) = (off(9, 0.6), off(51, 0.12));
    assert!(coarse.0 < 0.1 && fine.0 < 0.02, "{coarse:?} {fine:?}");
    assert!(fine.1 < 0.2 && fine.2 < 0.02, "{fine:?}");
    let (single, _) = ekf::update(&Exponential, &prior, &vector![3.0]).unwrap();
    assert!((single.mean.x - mean).abs() > 0.8);
}

// ------------------------------------------------------------------ particles

/// A bootstrap filter collapses here: nearly no process noise, and plots a thousand times sharper than the prior. The regularised
/// cloud stays where the Kalman filter, exact on this model, says.
#[test]
fn val_particles_agree_with_the_kalman_filter_at_low_noise() {
    let model = downrange_track::motion::axis::WhiteAcceleration { density_m2ps3: 1e-6 };
    let truth = |k: usize| 50.0 + 3.0 * k as f64;
    let start = Gaussian::diagonal(vector![0.0, 0.0], vector![200.0, 20.0]);
    let mut cloud = Cloud::drawn(&start, 1000, 1).unwrap();
    let mut kalman = start;
    for k in 0..60 {
        if k > 0 {
            kalman = ekf::predict(&model, &kalman, 1.0);
            cloud.predict(&model, 1.0);
        }
        let z = vector![truth(k) + [0.1, -0.2, 0.15, -0.05][k % 4]];
        kalman = ekf::update(&First, &kalman, &z).unwrap().0;
        cloud.update(&First, &z).unwrap();
        assert!(cloud.effective_count() > 400.0, "scan {k}: {}", cloud.effective_count());
    }
    let found = cloud.gaussian();
    assert!(found.is_valid());
    for k in 0..2 {
        let sigma = libm::sqrt(kalman.covariance[(k, k)]);
        assert!((found.mean[k] - kalman.mean[k]).abs() < 0.5 * sigma, "{} not {}", found.mean, kalman.mean);
        let ratio = libm::sqrt(found.covariance[(k, k)]) / sigma;
        assert!((0.7..1.4).contains(&ratio), "standard deviation {ratio} times the exact one");
    }
    assert!((cloud.particles().map(|(_, weight)| weight).sum::<f64>() - 1.0).abs() < 1e-12);
}

/// The same seed gives the same particles, to the last bit; another seed others.
#[test]
fn particles_follow_their_seed() {
    let run = |seed| {
        let mut cloud = Cloud::drawn(&prior(1.0), 100, seed).unwrap();
        cloud.update(&SENSOR, &PLOT).unwrap();
        cloud
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3).gaussian(), run(4).gaussian());
}

/// Two ways to explain one distance on a line: a Gaussian filter takes one of them or their middle, particles keep both.
#[test]
fn particles_keep_two_answers() {
    struct Distance;
    impl Observation<1, 1> for Distance {
        fn expect(&self, s: &SVector<f64, 1>) -> SVector<f64, 1> {
            vector![s.x.abs()]
        }
        fn jacobian(&self, s: &SVector<f64, 1>) -> SMatrix<f64, 1, 1> {
            SMatrix::<f64, 1, 1>::new(s.x.signum())
        }
        fn noise(&self) -> SMatrix<f64, 1, 1> {
            SMatrix::<f64, 1, 1>::new(0.04)
        }
    }
    let mut cloud = Cloud::drawn(&Gaussian::diagonal(vector![0.0], vector![4.0]), 2000, 5).unwrap();
    cloud.update(&Distance, &vector![3.0]).unwrap();
    let right: f64 = cloud.particles().filter(|(p, _)| p.x > 0.0).map(|(_, w)| w).sum();
    assert!((right - 0.5).abs() < 0.1, "{right}");
    let near: f64 = cloud.particles().filter(|(p, _)| (p.x.abs() - 3.0).abs() < 1.5).map(|(_, w)| w).sum();
    assert!(near > 0.9, "{near}");
}

// ------------------------------------------------------------------ ways to be wrong

struct Broken {
    noise: f64,
}

impl Observation<2, 1> for Broken {
    fn expect(&self, s: &Vector2<f64>) -> SVector<f64, 1> {
        vector![s.x]
    }
    fn jacobian(&self, _: &Vector2<f64>) -> SMatrix<f64, 1, 2> {
        matrix![1.0, 0.0]
    }
    fn noise(&self) -> SMatrix<f64, 1, 1> {
        matrix![self.noise]
    }
}

impl Dynamics<2> for Broken {
    fn advance(&self, s: &Vector2<f64>, _: f64) -> Vector2<f64> {
        *s
    }
    fn jacobian(&self, _: &Vector2<f64>, _: f64) -> Matrix2<f64> {
        Matrix2::identity()
    }
    fn noise(&self, _: &Vector2<f64>, _: f64) -> Matrix2<f64> {
        Matrix2::identity() * self.noise
    }
}

#[test]
fn bad_numbers_are_refused_by_every_form() {
    let good = Gaussian::diagonal(vector![1.0, 2.0], vector![1.0, 1.0]);
    let root = Root::of(&good).unwrap();
    let mut bad = good;
    bad.covariance[(0, 0)] = -1.0;
    let mut nan = good;
    nan.mean.x = f64::NAN;
    for (state, z, noise) in [
        (good, f64::NAN, 1.0),
        (good, f64::INFINITY, 1.0),
        (good, 0.0, f64::NAN),
        (good, 0.0, -2.0),
        (nan, 0.0, 1.0),
        (bad, 0.0, 0.5),
    ] {
        let (sensor, z) = (Broken { noise }, vector![z]);
        let what = format!("{state:?} {z} {noise}");
        assert!(ekf::update(&sensor, &state, &z).is_none(), "{what}");
        assert!(iekf::update(&sensor, &state, &z, &Rounds::default()).is_none(), "{what}");
        if let Some(root) = Root::of(&state) {
            assert!(sqrt::update(&sensor, &root, &z).is_none(), "{what}");
            assert!(sqrt::update_cubature(&sensor, &root, &z).is_none(), "{what}");
            assert!(Information::seen(&sensor, &state.mean, &z).is_none(), "{what}");
            assert!(GaussianSum::split(&state, 0, 3, 1.2).unwrap().update(&sensor, &z).is_none(), "{what}");
            let mut cloud = Cloud::drawn(&state, 10, 1).unwrap();
            let before = cloud.clone();
            assert_eq!(cloud.update(&sensor, &z), Err(CloudError::Measurement), "{what}");
            assert_eq!(cloud, before);
        }
    }
    // Nothing is known any better without noise and without uncertainty.
    let known = Root { mean: good.mean, lower: Matrix2::zeros() };
    assert!(sqrt::update(&Broken { noise: 0.0 }, &known, &vector![0.0]).is_none());
    assert!(sqrt::predict(&Broken { noise: -1.0 }, &root, 1.0).is_none());
    assert!(sqrt::predict_cubature(&Broken { noise: f64::NAN }, &root, 1.0).is_none());
    assert!(sqrt::normalised_squared(&known, &vector![1.0, 1.0]).is_none());
    for state in [nan, bad] {
        assert!(Root::of(&state).is_none() && Information::of(&state).is_none());
        assert!(covariance_intersection(&state, &good).is_none() && covariance_intersection(&good, &state).is_none());
        assert_eq!(Cloud::drawn(&state, 10, 1).map(|_| ()), Err(CloudError::Prior));
    }
    assert_eq!(Cloud::drawn(&good, 3, 1).map(|_| ()), Err(CloudError::TooFew { particles_count: 3 }));
    assert!(Information::<2>::default().gaussian().is_none());
    assert!(Information::seen(&Broken { noise: 0.0 }, &good.mean, &vector![0.0]).is_none());
}

#[test]
fn bad_splits_are_refused() {
    let good = Gaussian::diagonal(vector![1.0, 2.0], vector![1.0, 0.0]);
    for (component, parts_count, spacing) in
        [(2, 3, 1.2), (0, 0, 1.2), (0, 9, 3.0), (0, 3, 0.0), (0, 3, f64::NAN), (1, 3, 1.2)]
    {
        assert!(GaussianSum::split(&good, component, parts_count, spacing).is_none());
    }
    for (parts_count, spacing) in [(1, 1.0), (2, 0.9), (3, 1.2), (5, 1.0), (7, 0.8), (9, 0.6)] {
        let sum = GaussianSum::split(&good, 0, parts_count, spacing).unwrap();
        assert_eq!(sum.parts().len(), parts_count);
        let whole = sum.gaussian();
        assert!((whole.mean - good.mean).norm() < 1e-12 && (whole.covariance - good.covariance).norm() < 1e-12);
    }
}
