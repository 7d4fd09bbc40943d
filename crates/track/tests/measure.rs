//! Set distances against hand examples, enumeration and their own axioms.

use downrange_track::measure::{SetError, gospa, ospa};
use proptest::prelude::*;

#[test]
fn val_gospa_hand_example() {
    // Rahmathullah et al. 2017: one object tracked one metre off, one missed, c = 5: sqrt(1 + 25/2).
    let found = gospa(&[[0.0, 0.0], [10.0, 0.0]], &[[1.0, 0.0]], 5.0).expect("finite");
    assert!((found.distance_m - 3.674_234_614_174_767).abs() < 1e-12);
    assert_eq!((found.localisation_m2, found.missed_m2, found.false_m2), (1.0, 12.5, 0.0));
    assert_eq!(found.pairs, [(0, 0)]);
    let turned = gospa(&[[1.0, 0.0]], &[[0.0, 0.0], [10.0, 0.0]], 5.0).expect("finite");
    assert_eq!((turned.missed_m2, turned.false_m2), (0.0, 12.5));
}

#[test]
fn val_ospa_hand_example() {
    // Schuhmacher et al. 2008: sqrt((1 + c^2) / 2) for one pair one metre off and one left over, c = 5.
    let found = ospa(&[[0.0, 0.0], [10.0, 0.0]], &[[1.0, 0.0]], 5.0).expect("finite");
    assert!((found - 13f64.sqrt()).abs() < 1e-12);
    assert_eq!(ospa::<2>(&[], &[], 5.0), Ok(0.0));
    assert_eq!(ospa(&[], &[[1.0, 1.0]], 5.0), Ok(5.0));
}

#[test]
fn bad_positions_and_cutoffs_are_refused() {
    assert!(matches!(gospa(&[[f64::NAN, 0.0]], &[[0.0, 0.0]], 5.0), Err(SetError::Position(_))));
    assert!(matches!(ospa(&[[0.0, 0.0]], &[[f64::INFINITY, 0.0]], 5.0), Err(SetError::Position(_))));
    for cutoff_m in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(gospa(&[[0.0, 0.0]], &[[0.0, 0.0]], cutoff_m), Err(SetError::Cutoff { .. })));
    }
}

fn sets() -> impl Strategy<Value = Vec<[f64; 2]>> {
    prop::collection::vec([-20.0..20.0f64, -20.0..20.0f64], 0..6)
}

/// The least sum of min(d^2, c^2) + c^2/2 per left-over, by trying every assignment.
fn enumerate(truth: &[[f64; 2]], tracked: &[[f64; 2]], taken: u32, cutoff_m: f64) -> f64 {
    let half = 0.5 * cutoff_m * cutoff_m;
    let Some((first, rest)) = truth.split_first() else {
        return half * f64::from(tracked.len() as u32 - taken.count_ones());
    };
    let missed = half + enumerate(rest, tracked, taken, cutoff_m);
    let pairs = (0..tracked.len()).filter(|at| taken >> at & 1 == 0).map(|at| {
        let (x, y) = (first[0] - tracked[at][0], first[1] - tracked[at][1]);
        x * x + y * y + enumerate(rest, tracked, taken | 1 << at, cutoff_m)
    });
    pairs.fold(missed, f64::min)
}

proptest! {
    #[test]
    fn prop_gospa_is_the_least_cost(a in sets(), b in sets(), cutoff_m in 1.0..40.0f64) {
        let found = gospa(&a, &b, cutoff_m).expect("finite").distance_m;
        prop_assert!((found - enumerate(&a, &b, 0, cutoff_m).sqrt()).abs() < 1e-9);
    }

    #[test]
    fn prop_both_are_metrics(a in sets(), b in sets(), c in sets(), cutoff_m in 1.0..40.0f64) {
        let gospa = |a: &[_], b: &[_]| gospa(a, b, cutoff_m).expect("finite").distance_m;
        let ospa = |a: &[_], b: &[_]| ospa(a, b, cutoff_m).expect("finite");
        for distance in [&gospa as &dyn Fn(&[[f64; 2]], &[[f64; 2]]) -> f64, &ospa] {
            prop_assert_eq!(distance(&a, &a), 0.0);
            prop_assert!((distance(&a, &b) - distance(&b, &a)).abs() < 1e-9);
            prop_assert!(distance(&a, &c) <= distance(&a, &b) + distance(&b, &c) + 1e-9);
        }
    }
}
