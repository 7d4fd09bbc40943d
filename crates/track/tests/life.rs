//! How tracks begin and change, against Monte-Carlo numbers (`tests/oracles/life_cases.py`, numpy) and closed forms.

mod draws;

use downrange_earth::Ecef;
use downrange_track::gaussian::Gaussian;
use downrange_track::life::begin::{Motion, directions, one_point_with_rate, two_point};
use downrange_track::life::change::{Coast, Fate, Fusion, Patience, merge, separation, split};
use downrange_track::measure::chi_square_quantile;
use downrange_track::observe::LineOfSight;
use draws::Seeded;
use nalgebra::{Matrix2, Matrix3, Vector2, Vector3, matrix, vector};
use proptest::prelude::*;

const FREE: Motion = Motion { density_m2ps3: 0.0, speed_mps: 1e4 };

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found}, expected {expected} within {tolerance}");
}

#[test]
fn val_two_point_covariance_is_that_of_four_million_draws() {
    let r1 = matrix![400.0, 60.0, 0.0; 60.0, 225.0, -30.0; 0.0, -30.0, 900.0];
    let r2 = matrix![100.0, -20.0, 5.0; -20.0, 150.0, 0.0; 5.0, 0.0, 300.0];
    let at = |mean, covariance| Gaussian { mean, covariance };
    let motion = Motion { density_m2ps3: 0.5, ..FREE };
    let older = at(Vector3::zeros(), r1);
    let found = two_point(&older, &at(vector![400.0, -160.0, 28.0], r2), 4.0, &motion).expect("slow enough");
    assert_eq!(found.mean, vector![400.0, -160.0, 28.0, 100.0, -40.0, 7.0]);
    assert!(found.is_valid());
    let drawn = [
        [99.99, -20.05, 5.01, 25.03, -4.99, 1.22],
        [-20.05, 150.07, -0.15, -5.01, 37.51, -0.01],
        [5.01, -0.15, 299.98, 1.12, -0.07, 74.86],
        [25.03, -5.01, 1.12, 31.93, 2.5, 0.29],
        [-4.99, 37.51, -0.07, 2.5, 24.09, -1.89],
        [1.22, -0.01, 74.86, 0.29, -1.89, 75.58],
    ];
    for (i, row) in drawn.iter().enumerate() {
        for (j, expected) in row.iter().enumerate() {
            // Four standard errors of a covariance from four million draws.
            let error = libm::sqrt(found.covariance[(i, i)] * found.covariance[(j, j)] / 1e6);
            close(found.covariance[(i, j)], *expected, 4.0 * error);
        }
    }
}

#[test]
fn val_one_point_with_rate_is_the_mean_of_weighted_draws() {
    let covariance = matrix![2.5e5, 2e4, 0.0; 2e4, 1.6e5, 1e4; 0.0, 1e4, 3.6e5];
    let place = Gaussian { mean: vector![30e3, 40e3, 5e3], covariance };
    let found = one_point_with_rate(&place, &vector![1e3, -2e3, 0.0], 120.0, 2.0, 150.0).expect("good");
    // Weighted draws that count for some ten thousand: variances to about 1.5 %.
    for (k, expected) in [67.77, 98.31, 11.53].into_iter().enumerate() {
        close(found.mean[3 + k], expected, 3.0);
    }
    let drawn = [[15_226.0, -10_358.0, -1_283.0], [-10_358.0, 7_372.0, -1_751.0], [-1_283.0, -1_751.0, 22_170.0]];
    for (i, row) in drawn.iter().enumerate() {
        for (j, expected) in row.iter().enumerate() {
            close(found.covariance[(3 + i, 3 + j)], *expected, 0.02 * 22_500.0);
        }
    }
    assert!(found.is_valid());
}

#[test]
fn val_directions_are_as_good_as_fits_of_drawn_looks() {
    let sensors = [vector![6_378_137.0, 0.0, 0.0], vector![6_378_137.0, 60e3, 10e3]];
    let (first, velocity) = (vector![6_378_137.0 + 80e3, 30e3, 90e3], vector![500.0, -300.0, 200.0]);
    let look = |sensor: Vector3<f64>, at: Vector3<f64>| {
        LineOfSight::new(Ecef(sensor), at - sensor, 1e-3).expect("a direction")
    };
    let second = first + velocity * 10.0;
    let (older, newer) = (sensors.map(|sensor| look(sensor, first)), sensors.map(|sensor| look(sensor, second)));
    let found = directions([&older[0], &older[1]], [&newer[0], &newer[1]], 10.0, &FREE).expect("they meet");
    assert!((found.mean.fixed_rows::<3>(0) - second).norm() < 1e-3);
    assert!((found.mean.fixed_rows::<3>(3) - velocity).norm() < 1e-3);
    // Twenty thousand draws: a variance to 1 % (one sigma).
    for (k, expected) in [69_864.5, 8_618.0, 72_730.1, 1_285.9, 163.5, 1_373.6].into_iter().enumerate() {
        close(found.covariance[(k, k)] / expected, 1.0, 0.04);
    }
    close(found.covariance[(0, 3)] / 6_975.73, 1.0, 0.04);
    close(found.covariance[(2, 5)] / 7_291.69, 1.0, 0.04);
}

#[test]
fn bad_beginnings_are_refused() {
    let at = |x: f64| Gaussian::diagonal(vector![x, 0.0, 0.0], vector![10.0, 10.0, 10.0]);
    let slow = Motion { density_m2ps3: 0.1, speed_mps: 100.0 };
    assert!(two_point(&at(0.0), &at(90.0), 1.0, &slow).is_some());
    // 100 m at the greatest speed and √(20·600) m of noise.
    assert!(two_point(&at(0.0), &at(209.0), 1.0, &slow).is_some());
    assert!(two_point(&at(0.0), &at(210.0), 1.0, &slow).is_none());
    for dt_s in [0.0, -1.0, f64::NAN] {
        assert!(two_point(&at(0.0), &at(1.0), dt_s, &slow).is_none());
    }
    assert!(two_point(&at(f64::NAN), &at(1.0), 1.0, &slow).is_none());
    let sensor = Vector3::zeros();
    assert!(one_point_with_rate(&at(0.0), &sensor, 1.0, 1.0, 100.0).is_none(), "at the sensor");
    assert!(one_point_with_rate(&at(1e4), &sensor, f64::NAN, 1.0, 100.0).is_none());
    assert!(one_point_with_rate(&at(1e4), &sensor, 1.0, 1.0, 0.0).is_none());
    let along = |y| LineOfSight::new(Ecef(vector![0.0, y, 0.0]), Vector3::x(), 1e-3).expect("a direction");
    let (a, b) = (along(0.0), along(10.0));
    assert!(directions([&a, &b], [&a, &b], 1.0, &slow).is_none(), "parallel");
}

#[test]
fn val_separation_of_one_object_is_chi_square() {
    let (a, b) = (matrix![4.0, 1.0; 1.0, 2.0], matrix![1.0, -0.5; -0.5, 3.0]);
    let mut draws = Seeded(4);
    let mut draw = |covariance: Matrix2<f64>| {
        let lower = Gaussian { mean: Vector2::zeros(), covariance }.factor().lower;
        Gaussian { mean: lower * vector![draws.normal(), draws.normal()], covariance }
    };
    let threshold = chi_square_quantile(0.9, 2.0).expect("in range");
    let count = 20_000;
    let beyond = (0..count).filter(|_| separation(&draw(a), &draw(b)).expect("regular") > threshold).count();
    // Binomial: 0.1 ± 0.0021 (one sigma).
    close(beyond as f64 / f64::from(count), 0.1, 0.0085);
    let singular = Gaussian { mean: Vector2::zeros(), covariance: Matrix2::zeros() };
    assert_eq!(separation(&singular, &singular), None);
}

#[test]
fn val_fusion_in_closed_form() {
    let a = Gaussian::diagonal(vector![0.0], vector![1.0]);
    let b = Gaussian::diagonal(vector![4.0], vector![2.0]);
    // Mixture: mean 1, variance 3/4·1 + 1/4·4 + 3/16·16.
    let moments = merge([(&a, 3.0), (&b, 1.0)], Fusion::Moments).expect("regular");
    close(moments.mean[0], 1.0, 1e-12);
    close(moments.covariance[(0, 0)], 4.75, 1e-12);
    // In one dimension covariance intersection is the better of the two.
    let intersection = merge([(&a, 3.0), (&b, 1.0)], Fusion::Intersection).expect("regular");
    close(intersection.covariance[(0, 0)], 1.0, 1e-9);
    for weights in [[0.0, 0.0], [-1.0, 2.0], [f64::NAN, 1.0], [f64::INFINITY, 1.0]] {
        assert!(merge([(&a, weights[0]), (&b, weights[1])], Fusion::Moments).is_none());
    }
}

#[test]
fn val_patience_is_the_run_length_of_misses() {
    // Feller 1968, XIII.7: the mean number of trials to the first run; here against 20,000 lives.
    let patience = Patience { misses_count: 3, silent_s: 1e9, sigma_m: 1e9 };
    let mut draws = Seeded(9);
    let lives = 20_000;
    let mut scans = 0u64;
    for _ in 0..lives {
        let mut coast = Coast::default();
        loop {
            scans += 1;
            if draws.uniform() < 0.6 {
                coast.seen();
            } else if coast.unseen(10.0, true, 1.0, &patience) != Fate::Coasting {
                break;
            }
        }
    }
    // (0.4⁻³ − 1)/0.6 = 24.375; its standard error is about its size over √20,000.
    close(patience.mean_scans_count(0.6), 24.375, 1e-12);
    close(scans as f64 / f64::from(lives), 24.375, 0.7);
    close(patience.mean_scans_count(0.0), 3.0, 0.0);
    assert_eq!(patience.mean_scans_count(1.0), f64::INFINITY);
    assert!(patience.mean_scans_count(1.5).is_nan());
}

#[test]
fn a_track_ends_for_the_first_reason_there_is() {
    let patience = Patience { misses_count: 3, silent_s: 25.0, sigma_m: 500.0 };
    let mut coast = Coast::default();
    assert_eq!(coast.unseen(10.0, true, 100.0, &patience), Fate::Coasting);
    assert_eq!(coast.unseen(10.0, false, 100.0, &patience), Fate::Coasting);
    assert_eq!(coast.misses_count, 1, "the sensor did not look");
    assert_eq!(coast.unseen(10.0, false, 100.0, &patience), Fate::Silent);
    coast.seen();
    assert_eq!(coast.unseen(10.0, true, 501.0, &patience), Fate::Vague);
    assert_eq!(coast.unseen(-5.0, true, f64::NAN, &patience), Fate::Vague);
    assert_eq!(coast.unseen(f64::NAN, true, 100.0, &patience), Fate::Missed);
    assert_eq!(coast.silent_s, 10.0);
}

proptest! {
    #[test]
    fn prop_halves_have_the_moments_of_the_whole(
        entries in prop::array::uniform9(-3.0..3.0f64), direction in prop::array::uniform3(-1.0..1.0f64), share in 0.05..0.95f64,
    ) {
        let root = Matrix3::from_row_slice(&entries);
        let whole = Gaussian { mean: vector![1.0, -2.0, 30.0], covariance: root * root.transpose() + Matrix3::identity() };
        let direction = Vector3::from(direction) + vector![1.5, 0.0, 0.0];
        let [left, right] = split(&whole.symmetrise(), &direction, share).expect("regular");
        prop_assert!(left.is_valid() && right.is_valid());
        let again = merge([(&left, 0.5), (&right, 0.5)], Fusion::Moments).expect("regular");
        prop_assert!((again.mean - whole.mean).norm() < 1e-9);
        prop_assert!((again.covariance - whole.covariance).norm() < 1e-9 * whole.covariance.norm());
        // Apart by twice the share of the standard deviation along the direction.
        let apart = direction.dot(&(right.mean - left.mean));
        let sigma = libm::sqrt(direction.dot(&(whole.covariance * direction)));
        prop_assert!((apart - 2.0 * share * sigma).abs() < 1e-9 * sigma);
    }
}

#[test]
fn bad_splits_are_refused() {
    let state = Gaussian::diagonal(vector![0.0, 0.0], vector![1.0, 0.0]);
    assert!(split(&state, &vector![1.0, 0.0], 0.5).is_some());
    assert!(split(&state, &vector![0.0, 1.0], 0.5).is_none(), "no variance there");
    assert!(split(&state, &vector![f64::NAN, 1.0], 0.5).is_none());
    for share in [0.0, 1.0, -0.5, f64::NAN] {
        assert!(split(&state, &vector![1.0, 0.0], share).is_none());
    }
}
