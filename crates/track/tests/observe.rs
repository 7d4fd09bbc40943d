//! Radars and lines of sight: derivatives, wrap-around, unbiased conversion, and the edges of the sky.

mod draws;

use core::f64::consts::{PI, TAU};
use downrange_earth::{Ecef, Geodetic, RangeAzimuthElevation, Site};
use downrange_track::filter::{Observation, ekf, wrap_rad};
use downrange_track::gaussian::Gaussian;
use downrange_track::motion::State;
use downrange_track::observe::{LineOfSight, Radar, RadarWithRate, intersection};
use draws::Seeded;
use nalgebra::{SMatrix, SVector, Vector3, vector};
use proptest::prelude::*;

fn site() -> Site {
    Site::new(Geodetic::from_degrees(38.2, 128.55, 350.0))
}

fn radar() -> Radar {
    Radar { site: site(), sigma_range_m: 40.0, sigma_azimuth_rad: 1.4e-3, sigma_elevation_rad: 1.7e-3 }
}

fn seen_at(range_m: f64, azimuth_rad: f64, elevation_rad: f64, velocity_mps: [f64; 3]) -> State {
    let place = site().place_at(RangeAzimuthElevation { range_m, azimuth_rad, elevation_rad }).0;
    let v = velocity_mps;
    State::from([place.x, place.y, place.z, v[0], v[1], v[2], 0.0, 0.0, 0.0])
}

fn central_difference<const M: usize>(o: &impl Observation<9, M>, s: &State) -> SMatrix<f64, M, 9> {
    let mut h = SMatrix::<f64, M, 9>::zeros();
    for k in 0..6 {
        let step = if k < 3 { 1.0 } else { 1e-2 };
        let mut d = State::zeros();
        d[k] = step;
        h.set_column(k, &(o.residual(&o.expect(&(s + d)), &o.expect(&(s - d))) / (2.0 * step)));
    }
    h
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn prop_radar_jacobian_is_the_derivative(
        range in 5e3..1.5e6f64,
        azimuth in 0.0..TAU,
        elevation in 0.0..1.4f64,
        velocity in prop::array::uniform3(-5e3..5e3f64),
    ) {
        let s = seen_at(range, azimuth, elevation, velocity);
        let o = RadarWithRate { radar: radar(), sigma_range_rate_mps: 2.0 };
        let (exact, numeric): (SMatrix<f64, 4, 9>, SMatrix<f64, 4, 9>) = (o.jacobian(&s), central_difference(&o, &s));
        for row in 0..4 {
            let off = (exact.row(row) - numeric.row(row)).norm();
            prop_assert!(off < 1e-4 * exact.row(row).norm(), "row {row}: {off}");
        }
        let three: SMatrix<f64, 3, 9> = o.radar.jacobian(&s);
        prop_assert_eq!(exact.fixed_view::<3, 9>(0, 0).into_owned(), three);
        // And the plot is what the site says it is.
        let expected: Vector3<f64> = o.radar.expect(&s);
        prop_assert!((expected.x - range).abs() < 1e-6 && wrap_rad(expected.y - azimuth).abs() < 1e-9);
        prop_assert!((expected.z - elevation).abs() < 1e-9);
    }

    #[test]
    fn prop_line_of_sight_jacobian_is_the_derivative(
        direction in prop::array::uniform3(-1.0..1.0f64),
        off in prop::array::uniform3(-0.2..0.2f64),
        range in 1e4..4e7f64,
    ) {
        let along = Vector3::from(direction);
        prop_assume!(along.norm() > 0.1);
        let place = Ecef(vector![-1e7, 3e7, 2e6]);
        let o = LineOfSight::new(place, along, 25e-6).unwrap();
        let p = place.0 + (along.normalize() + Vector3::from(off)) * range;
        let s = State::from([p.x, p.y, p.z, 1.0, 2.0, 3.0, 0.0, 0.0, 0.0]);
        let (exact, numeric) = (o.jacobian(&s), central_difference(&o, &s));
        prop_assert!((exact - numeric).norm() < 1e-4 * exact.norm(), "{exact} {numeric}");
    }

    #[test]
    fn prop_line_of_sight_measures_zero_where_it_looks(
        direction in prop::array::uniform3(-1.0..1.0f64),
        range in 1e4..4e7f64,
    ) {
        let along = Vector3::from(direction);
        prop_assume!(along.norm() > 0.1);
        let place = Ecef(vector![1e7, -3e7, 2e7]);
        let o = LineOfSight::new(place, along, 25e-6).unwrap();
        let p = place.0 + o.direction() * range;
        let seen = o.expect(&State::from([p.x, p.y, p.z, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]));
        prop_assert!(seen.norm() < 1e-9 * (1.0 + 4e7 / range), "{seen}");
        // A hundred metres to the side is that angle, whatever the side.
        let p = p + o.direction().cross(&Vector3::new(0.3, -0.5, 0.8)).normalize() * 100.0;
        let seen = o.expect(&State::from([p.x, p.y, p.z, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]));
        prop_assert!((seen.norm() / (100.0 / range) - 1.0).abs() < 1e-3, "{seen}");
    }

    #[test]
    fn prop_wrap_is_the_shorter_way(angle in -1e3..1e3f64) {
        let wrapped = wrap_rad(angle);
        prop_assert!((-PI..=PI).contains(&wrapped));
        prop_assert!((libm::sin(angle) - libm::sin(wrapped)).abs() < 1e-9);
        prop_assert!((libm::cos(angle) - libm::cos(wrapped)).abs() < 1e-9);
    }
}

/// A track just east of north, a plot just west of it: the innovation is small, not 2π.
#[test]
fn val_azimuth_wraps_at_north() {
    let track = Gaussian::diagonal(seen_at(200e3, 0.001, 0.2, [0.0; 3]), State::repeat(300.0));
    let plot = vector![200e3, TAU - 0.001, 0.2];
    let innovation = ekf::innovation(&radar(), &track, &plot).unwrap();
    assert!((innovation.residual.y + 0.002).abs() < 1e-9, "{}", innovation.residual);
    let other_way = ekf::innovation(&radar(), &track, &vector![200e3, -0.001, 0.2]).unwrap();
    assert!((innovation.nis() - other_way.nis()).abs() < 1e-9);
}

/// Bias and consistency of converted plots by Monte Carlo, from fine angles to coarse ones, near and far.
#[test]
fn val_radar_position_is_unbiased_and_consistent() {
    let mut random = Seeded(5);
    for (range_m, sigma_range_m, sigma_rad) in [(900e3, 40.0, 1.4e-3), (900e3, 40.0, 0.02), (3_000e3, 100.0, 0.05)] {
        let radar = Radar { sigma_range_m, sigma_azimuth_rad: sigma_rad, sigma_elevation_rad: sigma_rad, ..radar() };
        let truth = vector![range_m, 1.1, 0.4];
        let place = site().place_at(RangeAzimuthElevation { range_m, azimuth_rad: 1.1, elevation_rad: 0.4 }).0;
        let (mut sum, mut nees, count) = (Vector3::zeros(), 0.0, 20_000);
        for _ in 0..count {
            let noise =
                vector![sigma_range_m * random.normal(), sigma_rad * random.normal(), sigma_rad * random.normal()];
            let seen = radar.position(&(truth + noise));
            let e = seen.mean - place;
            sum += e;
            nees += e.dot(&seen.covariance.cholesky().expect("positive definite").solve(&e)) / 3.0;
        }
        let along = (place - site().ecef().0).normalize();
        let bias_m = (sum / f64::from(count)).dot(&along);
        // Not corrected, the arc would bring it nearer by σ²·r; its own spread along the range, σ_r and σ²·r, is averaged out.
        let raw_m = sigma_rad * sigma_rad * range_m;
        let spread_m = libm::hypot(sigma_range_m, 1.5 * raw_m) / libm::sqrt(f64::from(count));
        assert!(bias_m.abs() < 4.0 * spread_m, "{bias_m} m with {raw_m} m uncorrected and {spread_m} m of chance");
        let nees = nees / f64::from(count);
        assert!((nees - 1.0).abs() < 0.15, "NEES/3 {nees} at {range_m} m and {sigma_rad} rad");
    }
}

/// Where angles are fine the covariance is the linear one, σ_r² along and (σ·r)² across.
#[test]
fn val_radar_position_agrees_with_the_linear_covariance_near_by() {
    let seen = radar().position(&vector![20e3, 0.7, 0.3]);
    let s = State::from([seen.mean.x, seen.mean.y, seen.mean.z, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    let h: SMatrix<f64, 3, 9> = radar().jacobian(&s);
    let inverse = h.fixed_view::<3, 3>(0, 0).into_owned().try_inverse().unwrap();
    let noise: SMatrix<f64, 3, 3> = radar().noise();
    let linear = inverse * noise * inverse.transpose();
    assert!((seen.covariance - linear).norm() < 1e-3 * linear.norm(), "{} {linear}", seen.covariance);
}

#[test]
fn val_intersection_is_unbiased_and_consistent() {
    let target = Geodetic::from_degrees(40.0, 127.0, 60e3).ecef().0;
    let places =
        [Geodetic::from_degrees(0.0, 110.0, 35_786e3).ecef(), Geodetic::from_degrees(0.0, 165.0, 35_786e3).ecef()];
    let (mut random, mut nees, mut sum) = (Seeded(9), 0.0, Vector3::zeros());
    let sigma = 25e-6;
    for _ in 0..4000 {
        let lines = places.map(|place| {
            let exact = LineOfSight::new(place, target - place.0, sigma).unwrap().direction();
            let (a, b) = (exact.cross(&Vector3::z()).normalize(), exact.cross(&exact.cross(&Vector3::z())).normalize());
            let noisy = exact + a * (sigma * random.normal()) + b * (sigma * random.normal());
            LineOfSight::new(place, noisy, sigma).unwrap()
        });
        let seen = intersection(&lines[0], &lines[1]).unwrap();
        let e = seen.mean - target;
        sum += e;
        nees += e.dot(&seen.covariance.cholesky().unwrap().solve(&e)) / 3.0;
    }
    // Two lines measure four numbers of three unknowns; the expected NEES/3 is one, ± 0.013.
    assert!((nees / 4000.0 - 1.0).abs() < 0.05, "{}", nees / 4000.0);
    assert!((sum / 4000.0).norm() < 60.0, "{}", sum / 4000.0);
}

#[test]
fn bad_lines_of_sight() {
    let place = Ecef(vector![7e6, 0.0, 0.0]);
    assert!(LineOfSight::new(place, Vector3::zeros(), 1e-5).is_none());
    assert!(LineOfSight::new(place, vector![f64::NAN, 0.0, 1.0], 1e-5).is_none());
    assert!(LineOfSight::new(Ecef(Vector3::repeat(f64::INFINITY)), Vector3::x(), 1e-5).is_none());
    assert!(LineOfSight::new(place, Vector3::x(), f64::NAN).is_none());
    let line = |y: f64, direction: [f64; 3]| {
        LineOfSight::new(Ecef(vector![7e6, y, 0.0]), Vector3::from(direction), 1e-5).unwrap()
    };
    // Parallel, the same, and away from each other.
    assert!(intersection(&line(0.0, [1.0, 0.0, 0.0]), &line(1e6, [1.0, 0.0, 0.0])).is_none());
    assert!(intersection(&line(0.0, [1.0, 0.0, 0.0]), &line(0.0, [1.0, 0.0, 0.0])).is_none());
    assert!(intersection(&line(0.0, [1.0, -1.0, 0.0]), &line(1e6, [1.0, 1.0, 0.0])).is_none());
    assert!(intersection(&line(0.0, [1.0, 1.0, 0.0]), &line(1e6, [1.0, -1.0, 0.0])).is_some());
    // An object behind the sensor is nowhere near the line, and an update with it is harmless.
    let behind = Gaussian::diagonal(State::from([6e6, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), State::repeat(10.0));
    let line = line(0.0, [1.0, 0.0, 0.0]);
    let (after, innovation) = ekf::update(&line, &behind, &LineOfSight::MEASURED).unwrap();
    assert!(innovation.nis() > 1e9);
    assert_eq!(after.mean, behind.mean);
}

#[test]
fn bad_places_for_a_radar() {
    let o = RadarWithRate { radar: radar(), sigma_range_rate_mps: 2.0 };
    let overhead = seen_at(100e3, 0.0, PI / 2.0, [0.0, 0.0, 0.0]);
    let here = seen_at(0.0, 0.0, 0.0, [100.0, 0.0, 0.0]);
    for s in [overhead, here] {
        let state = Gaussian::diagonal(s, State::repeat(100.0));
        let plot: SVector<f64, 4> = o.expect(&s);
        assert!(plot.iter().all(|v| v.is_finite()));
        let (after, _) = ekf::update(&o, &state, &plot).unwrap();
        assert!(after.is_valid());
    }
    assert!(!radar().position(&vector![f64::NAN, 0.0, 0.0]).is_finite());
}
