//! Radars and lines of sight: derivatives, wrap-around, unbiased conversion, and the edges of the sky.

mod draws;

use core::f64::consts::{PI, TAU};
use downrange_earth::{Ecef, Geodetic, RangeAzimuthElevation, Site};
use downrange_track::filter::{Observation, ekf, wrap_rad};
use downrange_track::gaussian::Gaussian;
use downrange_track::motion::{Motion, State};
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

/// A young track: a kilometre and a kilometre a second uncertain, and both together. Mean and variance of its range rate by drawing
/// states, against those of the derivative with and without the second order.
#[test]
fn val_the_second_order_of_a_range_rate_is_what_drawn_states_have() {
    let o = RadarWithRate { radar: radar(), sigma_range_rate_mps: 2.0 };
    let mean = seen_at(300e3, 1.1, 0.03, [150.0, -200.0, 40.0]);
    let mut covariance = SMatrix::<f64, 9, 9>::zeros();
    for axis in 0..3 {
        covariance[(axis, axis)] = 1e6;
        covariance[(axis + 3, axis + 3)] = 1e6;
        covariance[(axis, axis + 3)] = 8e5;
        covariance[(axis + 3, axis)] = 8e5;
    }
    let state = Gaussian { mean, covariance };
    let lower = state.factor().lower;
    let (mut random, mut sum, mut squares) = (Seeded(5), 0.0, 0.0);
    let rate = |s: &State| Observation::<9, 4>::expect(&o, s)[3];
    let row = Observation::<9, 4>::jacobian(&o, &mean).row(3).into_owned();
    let count = 100_000;
    for _ in 0..count {
        let off = lower * State::from_fn(|_, _| random.normal());
        // What the derivative leaves out, so that the large part that it holds does not drown it.
        let left_out = rate(&(mean + off)) - rate(&mean) - (row * off).x;
        sum += left_out;
        squares += left_out * left_out;
    }
    let drawn_mean = sum / f64::from(count);
    let drawn_variance = squares / f64::from(count) - drawn_mean * drawn_mean;
    let (bent, above_mps) = o.second_order(&state);
    let variance = bent.sigma_range_rate_mps.powi(2) - o.sigma_range_rate_mps.powi(2);
    assert!((above_mps - drawn_mean).abs() < 0.05 * drawn_mean, "{above_mps} {drawn_mean}");
    assert!((variance - drawn_variance).abs() < 0.05 * drawn_variance, "{variance} {drawn_variance}");
    assert!(variance.sqrt() > 3.0, "more than such a radar errs by: {variance}");
    // Of a state that is known nothing is left out.
    let (straight, nothing_mps) = o.second_order(&Gaussian::diagonal(mean, State::repeat(1.0)));
    assert!((straight.sigma_range_rate_mps - 2.0).abs() < 1e-6 && nothing_mps.abs() < 1e-6);
}

/// A track begun where a plot was, wide, with any velocity: the plot itself then narrows it.
fn found(plot: &Vector3<f64>, radar: &RadarWithRate) -> Gaussian<9> {
    let mut sigma = State::repeat(20e3);
    sigma.fixed_rows_mut::<3>(3).fill(3_000.0);
    sigma.fixed_rows_mut::<3>(6).fill(1.0);
    let place = radar.radar.position(plot).mean;
    Gaussian::diagonal(State::from([place.x, place.y, place.z, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), sigma)
}

/// In how many of the runs the climb of a level airliner, seen for seven seconds by two radars with range rate, is off by more than
/// five of the sigmas that the filter says, and the mean square in sigmas.
fn climb_of_an_airliner(second_order: bool) -> (usize, f64) {
    const RUNS: usize = 5_000;
    let model = Motion::NearConstantVelocity { acceleration_density_m2ps3: 1.0 };
    let radar_at = |latitude_deg, longitude_deg, angle_rad: f64| {
        let site = Site::new(Geodetic::from_degrees(latitude_deg, longitude_deg, 200.0));
        let radar =
            Radar { site, sigma_range_m: 50.0, sigma_azimuth_rad: angle_rad, sigma_elevation_rad: 1.25 * angle_rad };
        RadarWithRate { radar, sigma_range_rate_mps: 2.0 }
    };
    let radars = [radar_at(38.8, 133.9, 2.5e-3), radar_at(40.9, 140.2, 0.93e-3)];
    let start = Site::new(Geodetic::from_degrees(40.85, 136.9, 11.7e3));
    let velocity = start.ecef_to_enu().transpose() * Vector3::new(-220.0, 96.0, 0.0);
    let up = start.ecef_to_enu().row(2).transpose();
    let at = |time_s: f64| {
        let (place, v) = (start.ecef().0 + velocity * time_s, velocity);
        State::from([place.x, place.y, place.z, v.x, v.y, v.z, 0.0, 0.0, 0.0])
    };
    let (mut random, mut off, mut squares) = (Seeded(1), 0, 0.0);
    for _ in 0..RUNS {
        let mut plot = |radar: &RadarWithRate, time_s: f64| {
            let noise: SMatrix<f64, 4, 4> = radar.noise();
            let seen: SVector<f64, 4> = radar.expect(&at(time_s));
            seen + SVector::<f64, 4>::from_fn(|i, _| noise[(i, i)].sqrt() * random.normal())
        };
        let first = plot(&radars[0], 0.0);
        let mut track = found(&first.fixed_rows::<3>(0).into_owned(), &radars[0]);
        let take = |track: &mut Gaussian<9>, radar: &RadarWithRate, measured: SVector<f64, 4>| {
            let (radar, above_mps) = if second_order { radar.second_order(track) } else { (*radar, 0.0) };
            *track = ekf::update(&radar, track, &(measured - vector![0.0, 0.0, 0.0, above_mps])).unwrap().0;
        };
        take(&mut track, &radars[0], first);
        for look in 1..=14 {
            let time_s = 0.5 * f64::from(look);
            track = ekf::predict(&model, &track, 0.5);
            // One looks every second, the other every two, in between.
            let radar = match look % 4 {
                1 => &radars[1],
                3 => continue,
                _ => &radars[0],
            };
            take(&mut track, radar, plot(radar, time_s));
        }
        let v = track.mean.fixed_rows::<3>(3).into_owned();
        let sigma_mps = up.dot(&(track.covariance.fixed_view::<3, 3>(3, 3) * up)).sqrt();
        let sigmas = up.dot(&(v - velocity)) / sigma_mps;
        off += usize::from(sigmas.abs() > 5.0);
        squares += sigmas * sigmas / RUNS as f64;
    }
    (off, squares)
}

#[test]
fn sim_with_the_second_order_a_young_track_knows_how_little_it_knows_of_its_climb() {
    let (with, without) = (climb_of_an_airliner(true), climb_of_an_airliner(false));
    assert!(with.0 == 0 && with.1 < 1.15, "{with:?}");
    assert!(without.0 > 0 && without.1 > 1.25, "{without:?}");
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
