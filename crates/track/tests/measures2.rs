//! Distances between tracks and the SIAP attributes: Stone Soup 1.9.1 and plain enumeration on a small drawn case
//! (tests/oracles/small_cases.py), hand values, and ways to be wrong.

use downrange_track::measure::{
    Consistency, HistoryError, Labelled, SetError, cardinality_error, nees_band, ospa2, siap,
};
use nalgebra::{Matrix1, Vector1};
use proptest::prelude::*;

type History = Vec<Vec<Labelled<2>>>;

const SCANS: usize = 12;

fn put(history: &mut History, scan: usize, label: u64, x: f64, y: f64) {
    history[scan].push(Labelled { label, position_m: [x, y] });
}

/// Three objects, and six tracks of them: two share one object after the other, one is a double, one is false.
fn drawn_case() -> (History, History) {
    let (mut truth, mut tracked) = (vec![Vec::new(); SCANS], vec![Vec::new(); SCANS]);
    let objects =
        [([0.0, 0.0], [3.0, 1.0], 0..=11), ([30.0, 0.0], [-1.0, 2.0], 2..=11), ([0.0, 40.0], [2.0, -2.0], 0..=8)];
    for (label, (start, speed, life)) in (0..).zip(objects) {
        for scan in life {
            put(&mut truth, scan, label, start[0] + scan as f64 * speed[0], start[1] + scan as f64 * speed[1]);
        }
    }
    let tracks: [(u64, usize, &[[f64; 2]]); 6] = [
        (10, 0, &[[-1.604, -2.649], [2.503, 1.841], [8.272, 2.219], [7.895, 1.43], [13.497, 7.27]]),
        (
            11,
            6,
            &[[18.546, 3.533], [19.083, 10.2], [24.406, 4.536], [26.833, 6.674], [28.741, 9.024], [31.573, 12.107]],
        ),
        (
            12,
            2,
            &[
                [27.874, 2.821],
                [27.819, 7.66],
                [22.714, 7.487],
                [23.039, 9.654],
                [21.421, 12.041],
                [22.924, 13.391],
                [19.904, 15.208],
                [18.45, 19.781],
                [22.341, 21.433],
                [18.004, 18.544],
            ],
        ),
        (
            13,
            0,
            &[
                [-2.203, 40.066],
                [2.087, 34.023],
                [3.533, 35.488],
                [7.924, 31.637],
                [9.476, 29.802],
                [9.337, 28.319],
                [14.897, 29.136],
                [18.863, 27.284],
                [17.69, 25.681],
            ],
        ),
        (14, 3, &[[4.787, 33.86], [10.701, 31.207], [10.378, 29.958], [13.218, 27.27]]),
        (15, 1, &[[200.695, 200.485], [202.206, 198.27], [204.792, 197.403], [201.598, 197.435], [206.934, 199.279]]),
    ];
    for (label, first, positions) in tracks {
        for (scan, [x, y]) in (first..).zip(positions) {
            put(&mut tracked, scan, label, *x, *y);
        }
    }
    (truth, tracked)
}

#[test]
fn val_siap_as_stone_soup() {
    let (truth, tracked) = drawn_case();
    let times_s: Vec<f64> = (0..SCANS).map(|k| k as f64).collect();
    let found = siap(&truth, &tracked, &times_s, 10.0).unwrap();
    for (value, expected) in [
        (found.completeness_share, 0.967741935483871),
        (found.ambiguity_ratio, 1.1333333333333333),
        (found.spuriousness_share, 0.1282051282051282),
        (found.position_error_m, 2.3919335619063857),
        (found.track_changes_hz, 0.038461538461538464),
        (found.longest_segment_share, 0.7857142857142857),
    ] {
        assert!((value - expected).abs() < 1e-12, "{found:?}");
    }
}

/// Nine tracks on one object, of which six cover it (the case of Stone Soup's test of the same quantities, test_nu_j in
/// stonesoup/metricgenerator/tests/test_tracktotruthmetrics.py): five changes in 33 s; the longest segment is 9 s of 39.
#[test]
fn val_fewest_tracks_as_stone_soup() {
    let (mut truth, mut tracked) = (vec![Vec::new(); 40], vec![Vec::new(); 40]);
    for (scan, truth) in truth.iter_mut().enumerate() {
        truth.push(Labelled { label: 0, position_m: [scan as f64, 0.0] });
    }
    let lives = [0..3, 5..10, 7..15, 13..20, 18..28, 22..26, 30..40, 30..35, 35..40];
    for (label, life) in (1..).zip(lives) {
        for scan in life {
            put(&mut tracked, scan, label, scan as f64, 0.1);
        }
    }
    let times_s: Vec<f64> = (0..40).map(|k| k as f64).collect();
    let found = siap(&truth, &tracked, &times_s, 5.0).unwrap();
    assert!((found.track_changes_hz - 5.0 / 33.0).abs() < 1e-15, "{found:?}");
    assert!((found.longest_segment_share - 9.0 / 39.0).abs() < 1e-15, "{found:?}");
}

#[test]
fn val_ospa2_by_enumeration() {
    let (truth, tracked) = drawn_case();
    assert!((ospa2(&truth, &tracked, 10.0, 1).unwrap() - 6.896741739167816).abs() < 1e-9);
    assert!((ospa2(&truth, &tracked, 25.0, 2).unwrap() - 18.610975668920272).abs() < 1e-9);
}

/// Labels that swap half-way cost half the cut-off each, although every position is right in every scan.
#[test]
fn val_ospa2_of_a_swap_by_hand() {
    let (mut truth, mut tracked) = (vec![Vec::new(); 10], vec![Vec::new(); 10]);
    for scan in 0..10 {
        for (label, y) in [(0, 0.0), (1, 500.0)] {
            put(&mut truth, scan, label, scan as f64, y);
            put(&mut tracked, scan, if scan < 5 { label } else { 1 - label }, scan as f64, y);
        }
    }
    assert!((ospa2(&truth, &tracked, 100.0, 1).unwrap() - 50.0).abs() < 1e-9);
    assert_eq!(ospa2(&truth, &truth, 100.0, 1), Ok(0.0));
    // Windows before and after the swap see nothing of it.
    assert_eq!(ospa2(&truth[..5], &tracked[..5], 100.0, 1), Ok(0.0));
    assert_eq!(ospa2(&truth[5..], &tracked[5..], 100.0, 1), Ok(0.0));
    // Nobody is tracked: everything costs the cut-off.
    assert_eq!(ospa2(&truth, &vec![Vec::new(); 10], 100.0, 2), Ok(100.0));
}

#[test]
fn val_consistency_over_independent_errors() {
    // The 95 % band of 100 one-dimensional errors: chi-square quantiles of 100 degrees of freedom, 74.222 and 129.561.
    let mut nis = Consistency::new();
    for k in 0..100 {
        assert!(nis.push(&Vector1::new(if k % 2 == 0 { 2.0 } else { -2.0 }), &Matrix1::new(4.0)));
    }
    let band = nis.band(0.95).unwrap();
    assert!((band.low - 0.74222).abs() < 1e-5 && (band.high - 1.29561).abs() < 1e-5, "{band:?}");
    assert_eq!((nis.mean_ratio(), nis.within(0.95)), (Some(1.0), Some(true)));
    // Stated four times too small: outside.
    let mut sure = Consistency::new();
    (0..100).for_each(|_| assert!(sure.push(&Vector1::new(2.0), &Matrix1::new(1.0))));
    assert_eq!(sure.within(0.95), Some(false));
    assert_eq!(nees_band(1, 100, 0.95), Some(band));
}

#[test]
fn bad_errors_are_not_counted() {
    let mut nees = Consistency::new();
    assert!(!nees.push(&Vector1::new(f64::NAN), &Matrix1::new(1.0)));
    assert!(!nees.push(&Vector1::new(1.0), &Matrix1::new(-1.0)));
    assert_eq!((nees.mean_ratio(), nees.band(0.95), nees.within(0.95)), (None, None, None));
    assert_eq!(nees, Consistency::new());
}

#[test]
fn bad_histories_are_refused() {
    let at = |label, x| Labelled { label, position_m: [x, 0.0] };
    let good: History = vec![vec![at(1, 0.0)], vec![at(1, 1.0)]];
    let times_s = [0.0, 1.0];
    let both = |truth: &History, tracked: &History, cutoff_m: f64| {
        let (a, b) = (ospa2(truth, tracked, cutoff_m, 1), siap(truth, tracked, &times_s, cutoff_m));
        let (a, b) = (a.expect_err("bad"), b.expect_err("bad"));
        assert_eq!(format!("{a:?}"), format!("{b:?}"));
        assert!(!a.to_string().is_empty());
        a
    };
    for cutoff_m in [0.0, -1.0, f64::INFINITY] {
        assert!(matches!(both(&good, &good, cutoff_m), HistoryError::Set(SetError::Cutoff { .. })));
    }
    assert!(matches!(both(&good, &good, f64::NAN), HistoryError::Set(SetError::Cutoff { .. })));
    let short = vec![vec![]];
    assert_eq!(both(&good, &short, 5.0), HistoryError::Lengths { truth_count: 2, other_count: 1 });
    let twice = vec![vec![], vec![at(4, 0.0), at(4, 1.0)]];
    assert_eq!(both(&good, &twice, 5.0), HistoryError::Label { scan: 1, label: 4 });
    let nan = vec![vec![], vec![at(4, f64::INFINITY)]];
    assert!(matches!(both(&nan, &good, 5.0), HistoryError::Set(SetError::Position(_))));
    assert_eq!(ospa2(&good, &good, 5.0, 0), Err(HistoryError::Order));
    assert_eq!(siap(&good, &good, &[0.0], 5.0), Err(HistoryError::Lengths { truth_count: 2, other_count: 1 }));
    for time_s in [-1.0, f64::INFINITY] {
        assert_eq!(siap(&good, &good, &[0.0, time_s], 5.0), Err(HistoryError::Time { scan: 1, time_s }));
    }
    let nothing: History = vec![vec![], vec![]];
    assert_eq!(ospa2(&nothing, &nothing, 5.0, 1), Ok(0.0));
    let empty = siap(&nothing, &nothing, &times_s, 5.0).unwrap();
    assert_eq!((empty.completeness_share, empty.ambiguity_ratio, empty.spuriousness_share), (0.0, 1.0, 0.0));
    assert_eq!(cardinality_error([]).rms_count, 0.0);
}

fn histories() -> impl Strategy<Value = History> {
    let scan = prop::collection::btree_map(0..4u64, [-20.0..20.0f64, -20.0..20.0f64], 0..4);
    let scan = scan.prop_map(|objects| {
        objects.into_iter().map(|(label, position_m)| Labelled { label, position_m }).collect::<Vec<_>>()
    });
    prop::collection::vec(scan, 4)
}

/// By trying every assignment.
fn enumerate(truth: &History, tracked: &History, cutoff_m: f64, order: u32) -> f64 {
    let labels = |history: &History| {
        let mut labels: Vec<u64> = history.iter().flatten().map(|o| o.label).collect();
        labels.sort_unstable();
        labels.dedup();
        labels
    };
    let place =
        |history: &History, scan: usize, label| history[scan].iter().find(|o| o.label == label).map(|o| o.position_m);
    let (a, b) = (labels(truth), labels(tracked));
    let distance = |x, y| {
        let (mut sum, mut count) = (0.0, 0.0);
        for scan in 0..truth.len() {
            let cost = match (place(truth, scan, x), place(tracked, scan, y)) {
                (None, None) => continue,
                (Some(p), Some(q)) => libm::hypot(p[0] - q[0], p[1] - q[1]).min(cutoff_m),
                _ => cutoff_m,
            };
            sum += cost;
            count += 1.0;
        }
        libm::pow(sum / count, f64::from(order))
    };
    fn best(a: &[u64], b: &[u64], distance: &impl Fn(u64, u64) -> f64, alone: f64) -> f64 {
        let Some((first, rest)) = a.split_first() else { return alone * b.len() as f64 };
        let pairs = (0..b.len()).map(|k| {
            let others: Vec<u64> = b.iter().enumerate().filter(|(at, _)| *at != k).map(|(_, l)| *l).collect();
            distance(*first, b[k]) + best(rest, &others, distance, alone)
        });
        // Only the larger set has objects without a partner: leaving one of the smaller set alone never pays, because a pair
        // costs no more than the cut-off.
        let left = if a.len() > b.len() { alone + best(rest, b, distance, alone) } else { f64::INFINITY };
        pairs.fold(left, f64::min)
    }
    let most = a.len().max(b.len());
    if most == 0 {
        return 0.0;
    }
    let sum = best(&a, &b, &distance, libm::pow(cutoff_m, f64::from(order)));
    libm::pow(sum / most as f64, 1.0 / f64::from(order))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn prop_ospa2_is_the_best_assignment_of_tracks(a in histories(), b in histories(), cutoff_m in 1.0..50.0f64, order in 1..3u32) {
        let found = ospa2(&a, &b, cutoff_m, order).unwrap();
        prop_assert!((found - enumerate(&a, &b, cutoff_m, order)).abs() < 1e-9 * cutoff_m, "{found}");
    }

    #[test]
    fn prop_ospa2_is_a_metric(a in histories(), b in histories(), c in histories(), cutoff_m in 1.0..50.0f64) {
        let distance = |a: &History, b: &History| ospa2(a, b, cutoff_m, 1).unwrap();
        prop_assert!(distance(&a, &a) < 1e-9);
        prop_assert!((distance(&a, &b) - distance(&b, &a)).abs() < 1e-9);
        prop_assert!(distance(&a, &c) <= distance(&a, &b) + distance(&b, &c) + 1e-9);
    }
}
