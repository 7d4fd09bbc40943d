//! The unscented filter and the smoother where things go wrong, and where they must be exact.

use downrange_earth::{Geodetic, Site};
use downrange_track::filter::ukf::SigmaPoints;
use downrange_track::filter::{Observation, ekf, rts, ukf};
use downrange_track::gaussian::Gaussian;
use downrange_track::motion::{Motion, State};
use downrange_track::observe::Radar;
use nalgebra::{SMatrix, SVector, Vector3, vector};
use proptest::prelude::*;

fn radar() -> Radar {
    Radar {
        site: Site::new(Geodetic::from_degrees(38.2, 128.55, 350.0)),
        sigma_range_m: 40.0,
        sigma_azimuth_rad: 1.4e-3,
        sigma_elevation_rad: 1.7e-3,
    }
}

fn reentry() -> Gaussian<9> {
    let site = Site::new(Geodetic::from_degrees(39.0, 131.0, 60e3));
    let (p, v) = (site.ecef().0, site.ecef_to_enu().transpose() * Vector3::new(-1500.0, 300.0, -1200.0));
    let mean = State::from([p.x, p.y, p.z, v.x, v.y, v.z, libm::log(2000.0), 0.0, 0.0]);
    Gaussian::diagonal(mean, State::from([200.0, 200.0, 200.0, 20.0, 20.0, 20.0, 0.3, 1.0, 1.0]))
}

/// A quadratic's mean and variance are known: x² with x ~ N(m, σ²) has mean m² + σ², variance 4m²σ² + 2σ⁴.
#[test]
fn val_second_order_moments() {
    struct Square;
    impl Observation<1, 1> for Square {
        fn expect(&self, s: &SVector<f64, 1>) -> SVector<f64, 1> {
            vector![s.x * s.x]
        }
        fn jacobian(&self, s: &SVector<f64, 1>) -> SMatrix<f64, 1, 1> {
            SMatrix::<f64, 1, 1>::new(2.0 * s.x)
        }
        fn noise(&self) -> SMatrix<f64, 1, 1> {
            SMatrix::<f64, 1, 1>::new(0.0)
        }
    }
    let state = Gaussian::diagonal(vector![3.0], vector![0.5]);
    // κ = 3 − n = 2 matches the fourth moment, so both are exact.
    let points = SigmaPoints::kurtosis_matched(1);
    let (_, innovation) = ukf::update_with(&points, &Square, &state, &vector![10.0]).unwrap().value;
    assert!((innovation.residual.x - (10.0 - 9.25)).abs() < 1e-12, "{}", innovation.residual.x);
    assert!((innovation.covariance.x - (4.0 * 9.0 * 0.25 + 2.0 * 0.0625)).abs() < 1e-12, "{}", innovation.covariance.x);
}

/// On a mildly nonlinear problem all three agree to a small part of a standard deviation.
#[test]
fn val_agrees_with_the_linearised_filter() {
    let model = Motion::SKY[3];
    let (a, b) = (ekf::predict(&model, &reentry(), 1.0), ukf::predict(&model, &reentry(), 1.0));
    let plot = radar().expect(&a.mean) + vector![30.0, 1e-3, -1e-3];
    let (a, _) = ekf::update(&radar(), &a, &plot).unwrap();
    let (b, _) = ukf::update(&radar(), &b, &plot).unwrap();
    for i in 0..7 {
        let sigma = libm::sqrt(a.covariance[(i, i)]);
        assert!((a.mean[i] - b.mean[i]).abs() < 0.05 * sigma, "component {i}");
        assert!((libm::sqrt(b.covariance[(i, i)]) / sigma - 1.0).abs() < 0.05, "component {i}");
    }
}

/// Azimuths either side of north average to north.
#[test]
fn val_sigma_points_wrap_at_north() {
    let site = radar().site;
    let place =
        site.place_at(downrange_earth::RangeAzimuthElevation { range_m: 50e3, azimuth_rad: 0.0, elevation_rad: 0.2 }).0;
    let mean = State::from([place.x, place.y, place.z, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    let state = Gaussian::diagonal(mean, State::repeat(500.0));
    let innovation = ukf::innovation(&radar(), &state, &vector![50e3, 0.0, 0.2]).unwrap();
    assert!(innovation.residual.y.abs() < 1e-4, "{}", innovation.residual);
    assert!(libm::sqrt(innovation.covariance[(1, 1)]) < 0.02);
}

#[test]
fn bad_covariance_is_repaired_and_reported() {
    let mut state = reentry();
    state.covariance[(0, 0)] = -1.0;
    let ahead = ukf::predict_with(&SigmaPoints::CUBATURE, &Motion::SKY[3], &state, 1.0);
    assert!(ahead.repaired);
    assert!(ahead.value.is_valid());
    let updated = ukf::update_with(&SigmaPoints::CUBATURE, &radar(), &state, &radar().expect(&state.mean)).unwrap();
    assert!(updated.repaired);
    assert!(updated.value.0.is_valid());
    let sound = ukf::predict_with(&SigmaPoints::CUBATURE, &Motion::SKY[3], &reentry(), 1.0);
    assert!(!sound.repaired);
}

#[test]
fn bad_numbers_are_refused() {
    assert!(ukf::update(&radar(), &reentry(), &vector![f64::NAN, 0.0, 0.0]).is_none());
    let mut state = reentry();
    state.mean[0] = f64::NAN;
    assert!(ukf::update(&radar(), &state, &vector![1e5, 0.0, 0.0]).is_none());
    // A smoother that cannot carry anything back returns what was filtered.
    let model = Motion::NearConstantVelocity { acceleration_density_m2ps3: 0.0 };
    let known = Gaussian { mean: reentry().mean, covariance: SMatrix::zeros() };
    assert_eq!(rts::step(&model, &known, &reentry(), 1.0), known);
    let mut none: [Gaussian<9>; 0] = [];
    rts::smooth(&model, &mut none, &[1.0]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn prop_covariance_stays_valid(
        sigmas in prop::array::uniform7(-2.0..4.0f64),
        offset in prop::array::uniform3(-5.0..5.0f64),
        dt in 0.0..20.0f64,
        spread in prop::sample::select(vec![0.0, -6.0]),
    ) {
        let points = SigmaPoints { kappa_ratio: spread, ..SigmaPoints::CUBATURE };
        let mut sigma = State::repeat(1.0);
        for k in 0..6 {
            sigma[k] = libm::pow(10.0, sigmas[k]);
        }
        sigma[6] = 0.1 + 0.2 * (sigmas[6] + 2.0);
        let state = Gaussian::diagonal(reentry().mean, sigma);
        let ahead = ukf::predict_with(&points, &Motion::SKY[3], &state, dt).value;
        prop_assert!(ahead.is_valid(), "{ahead:?}");
        let plot = radar().expect(&ahead.mean) + vector![40.0 * offset[0], 1.4e-3 * offset[1], 1.7e-3 * offset[2]];
        if let Some(updated) = ukf::update_with(&points, &radar(), &ahead, &plot) {
            prop_assert!(updated.value.0.is_valid(), "{updated:?}");
        }
    }
}
