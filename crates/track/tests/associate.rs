//! The association solvers against enumeration, and against ways to break them.

use downrange_track::associate::cluster::split;
use downrange_track::associate::grid::{Grid, GridError};
use downrange_track::associate::{Associator, Candidate, Marginals, assign, global_nearest, marginals};
use proptest::prelude::*;

const EXACT: Associator = Associator::jpda();

fn weigh(track: u32, plot: u32, log_weight: f64) -> Candidate {
    Candidate { track, plot, log_weight }
}

/// Every joint assignment with its weight, by enumeration: the best one, and the marginal probabilities as
/// `[track][plot]`, the last column being a miss.
fn enumerate(tracks: usize, plots: usize, candidates: &[Candidate], log_missed: &[f64]) -> (f64, Vec<Vec<f64>>) {
    let mut weights = vec![vec![f64::NEG_INFINITY; plots + 1]; tracks];
    for c in candidates {
        weights[c.track as usize][c.plot as usize] = c.log_weight;
    }
    for (row, &missed) in weights.iter_mut().zip(log_missed) {
        row[plots] = missed;
    }
    let mut found = Enumeration { weights, best: f64::NEG_INFINITY, sums: vec![vec![0.0; plots + 1]; tracks] };
    found.visit(0, 0, 0.0, &mut Vec::new());
    for row in &mut found.sums {
        let total: f64 = row.iter().sum();
        row.iter_mut().for_each(|sum| *sum /= total);
    }
    (found.best, found.sums)
}

struct Enumeration {
    weights: Vec<Vec<f64>>,
    best: f64,
    sums: Vec<Vec<f64>>,
}

impl Enumeration {
    fn visit(&mut self, track: usize, taken: u64, weight: f64, chosen: &mut Vec<usize>) {
        if track == self.weights.len() {
            self.best = self.best.max(weight);
            for (row, &choice) in self.sums.iter_mut().zip(chosen.iter()) {
                row[choice] += libm::exp(weight);
            }
            return;
        }
        let miss = self.weights[track].len() - 1;
        for choice in 0..=miss {
            let step = self.weights[track][choice];
            if step.is_finite() && (choice == miss || taken >> choice & 1 == 0) {
                chosen.push(choice);
                let taken = if choice == miss { taken } else { taken | 1 << choice };
                self.visit(track + 1, taken, weight + step, chosen);
                chosen.pop();
            }
        }
    }
}

/// A small problem: log weights of -6 to 6, about half of the pairs.
fn problems() -> impl Strategy<Value = (usize, usize, Vec<Candidate>, Vec<f64>)> {
    (1usize..6, 1usize..6).prop_flat_map(|(tracks, plots)| {
        let pair = prop::option::of(-6.0..6.0f64);
        let pairs = prop::collection::vec(pair, tracks * plots);
        let missed = prop::collection::vec(-5.0..0.0f64, tracks);
        (Just(tracks), Just(plots), pairs, missed).prop_map(|(tracks, plots, pairs, missed)| {
            let candidates = pairs.iter().enumerate().filter_map(|(at, weight)| {
                weight.map(|weight| weigh((at / plots) as u32, (at % plots) as u32, weight))
            });
            (tracks, plots, candidates.collect(), missed)
        })
    })
}

fn probability(found: &Marginals, track: usize, plot: u32) -> f64 {
    found.plots(track).iter().find(|pair| pair.0 == plot).map_or(0.0, |pair| pair.1)
}

fn assert_close(found: &Marginals, expected: &[Vec<f64>], tolerance: f64) {
    for (track, row) in expected.iter().enumerate() {
        let (missed, plots) = row.split_last().expect("a column for a miss");
        assert!((found.missed_probability(track) - missed).abs() < tolerance, "track {track}: {found:?} {expected:?}");
        for (plot, expected) in plots.iter().enumerate() {
            let found = probability(found, track, plot as u32);
            assert!((found - expected).abs() < tolerance, "track {track} plot {plot}: {found} {expected}");
        }
    }
}

/// Three tracks that hardly can have been missed want two plots: small messages decide.
#[test]
fn bad_small_beliefs_give_no_plot_twice() {
    let candidates = [(0, 1, 2.59), (1, 0, 4.76), (1, 1, 1.81), (3, 0, 4.5), (3, 1, 0.0)]
        .map(|(t, p, log_weight)| weigh(t, p, log_weight));
    let missed = [-5.0, -4.5, 0.0, -4.9];
    let found = marginals(4, 2, &candidates, &missed, Associator::BeliefPropagation);
    for plot in 0..2 {
        let of_all: f64 = (0..4).map(|track| probability(&found, track, plot)).sum();
        assert!(of_all < 1.0 + 1e-5, "{plot}: {of_all}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn prop_exact_jpda_is_the_enumeration((tracks, plots, candidates, missed) in problems()) {
        let (_, expected) = enumerate(tracks, plots, &candidates, &missed);
        let found = marginals(tracks, plots, &candidates, &missed, EXACT);
        prop_assert!(found.fallbacks.is_empty());
        assert_close(&found, &expected, 1e-12);
    }

    #[test]
    fn prop_exact_jpda_holds_when_weights_are_huge((tracks, plots, candidates, missed) in problems(), scale in 20.0..100.0f64) {
        // Far outside what e^x can hold once multiplied; the enumeration is shifted to stay inside.
        let scaled: Vec<_> = candidates.iter().map(|c| weigh(c.track, c.plot, c.log_weight * scale)).collect();
        let (best, _) = enumerate(tracks, plots, &scaled, &missed);
        let shift = best / tracks as f64;
        let shifted: Vec<_> = scaled.iter().map(|c| weigh(c.track, c.plot, c.log_weight - shift)).collect();
        let shifted_missed: Vec<_> = missed.iter().map(|m| m - shift).collect();
        let (_, expected) = enumerate(tracks, plots, &shifted, &shifted_missed);
        assert_close(&marginals(tracks, plots, &scaled, &missed, EXACT), &expected, 1e-9);
    }

    #[test]
    fn prop_global_nearest_is_the_best((tracks, plots, candidates, missed) in problems()) {
        let (best, _) = enumerate(tracks, plots, &candidates, &missed);
        let found = assign(tracks, plots, &candidates, &missed);
        let mut taken = vec![false; plots];
        let mut weight = 0.0;
        for (track, plot) in found.plot_of_track.iter().enumerate() {
            weight += match plot {
                None => missed[track],
                Some(plot) => {
                    prop_assert!(!std::mem::replace(&mut taken[*plot as usize], true), "a plot given twice");
                    let pair = candidates.iter().find(|c| c.track as usize == track && c.plot == *plot);
                    pair.expect("a candidate").log_weight
                }
            };
        }
        prop_assert!((weight - best).abs() < 1e-9, "{weight} {best}");
        prop_assert!((found.log_ratio - (best - missed.iter().sum::<f64>())).abs() < 1e-9);
    }

    #[test]
    fn prop_marginals_sum_to_one((tracks, plots, candidates, missed) in problems()) {
        for associator in [EXACT, Associator::BeliefPropagation, Associator::GlobalNearest] {
            let found = marginals(tracks, plots, &candidates, &missed, associator);
            let mut per_plot = vec![0.0; plots];
            for track in 0..tracks {
                let sum: f64 = found.plots(track).iter().map(|pair| pair.1).sum();
                prop_assert!((sum + found.missed_probability(track) - 1.0).abs() < 1e-12);
                found.plots(track).iter().for_each(|pair| per_plot[pair.0 as usize] += pair.1);
            }
            prop_assert!(per_plot.iter().all(|&sum| sum < 1.0 + 1e-5), "{associator:?} {per_plot:?}");
        }
    }

    #[test]
    fn prop_order_and_repetition_do_not_matter((tracks, plots, candidates, missed) in problems(), turn in 0usize..40) {
        let mut other: Vec<_> = candidates.iter().rev().copied().collect();
        let turn = turn % other.len().max(1);
        other.rotate_left(turn);
        other.extend(candidates.iter().take(3).map(|c| weigh(c.track, c.plot, c.log_weight - 1.0)));
        for associator in [EXACT, Associator::BeliefPropagation, Associator::GlobalNearest] {
            let mut found = marginals(tracks, plots, &other, &missed, associator);
            prop_assert_eq!(found.shed_count, candidates.len().min(3));
            found.shed_count = 0;
            prop_assert_eq!(found, marginals(tracks, plots, &candidates, &missed, associator));
        }
    }

    #[test]
    fn prop_renaming_plots_renames_the_answer((tracks, plots, candidates, missed) in problems()) {
        let last = plots as u32 - 1;
        let renamed: Vec<_> = candidates.iter().map(|c| weigh(c.track, last - c.plot, c.log_weight)).collect();
        for associator in [EXACT, Associator::BeliefPropagation] {
            let found = marginals(tracks, plots, &candidates, &missed, associator);
            let other = marginals(tracks, plots, &renamed, &missed, associator);
            for c in &candidates {
                let (a, b) = (probability(&found, c.track as usize, c.plot), probability(&other, c.track as usize, last - c.plot));
                prop_assert!((a - b).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn prop_a_far_object_changes_nothing((tracks, plots, candidates, missed) in problems()) {
        let mut more = vec![weigh(tracks as u32, plots as u32, 2.0)];
        more.extend(&candidates);
        let mut more_missed = missed.clone();
        more_missed.push(-1.0);
        for associator in [EXACT, Associator::BeliefPropagation, Associator::GlobalNearest] {
            let found = marginals(tracks, plots, &candidates, &missed, associator);
            let other = marginals(tracks + 1, plots + 1, &more, &more_missed, associator);
            for track in 0..tracks {
                prop_assert_eq!(found.missed_probability(track), other.missed_probability(track));
                prop_assert_eq!(found.plots(track), other.plots(track));
            }
        }
    }

    #[test]
    fn prop_belief_propagation_is_exact_on_trees(weights in prop::collection::vec(-4.0..4.0f64, 10), missed in prop::collection::vec(-3.0..0.0f64, 5)) {
        // A chain: track i may have plots i and i + 1.
        let candidates: Vec<_> = (0..10).map(|at| weigh(at / 2, at / 2 + at % 2, weights[at as usize])).collect();
        let (_, expected) = enumerate(5, 6, &candidates, &missed);
        assert_close(&marginals(5, 6, &candidates, &missed, Associator::BeliefPropagation), &expected, 1e-5);
    }

    #[test]
    fn prop_grid_finds_what_comparing_all_finds(
        points in prop::collection::vec([-300i32..300, -300i32..300, -3i32..3], 0..200),
        centre in [-400i32..400, -400i32..400, -5i32..5],
        radius in 0u32..300,
        cell in 1u32..100,
        spread in prop::sample::select(vec![1.0, 1e3, 1e9]),
    ) {
        // Whole numbers: distances are exact, so the border is the same for both. `spread` makes the hashed kind.
        let real = |p: &[i32; 3]| [f64::from(p[0]) * spread, f64::from(p[1]), f64::from(p[2])];
        let real_points: Vec<_> = points.iter().map(real).collect();
        let grid = Grid::build(&real_points, f64::from(cell)).expect("finite");
        let centre = real(&centre);
        let radius = f64::from(radius);
        let mut found = Vec::new();
        grid.for_each_within(centre, radius, |index| found.push(index));
        found.sort_unstable();
        let near = |p: &[f64; 3]| (0..3).map(|axis| (p[axis] - centre[axis]) * (p[axis] - centre[axis])).sum::<f64>() <= radius * radius;
        let expected: Vec<u32> = (0..points.len()).filter(|&at| near(&real_points[at])).map(|at| at as u32).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn prop_clusters_share_nothing_and_lose_nothing((tracks, plots, candidates, _) in problems()) {
        let clusters = split(tracks, plots, &candidates);
        let home = |track: u32| clusters.iter().position(|cluster| cluster.tracks.contains(&track));
        for c in &candidates {
            let at = home(c.track).expect("every candidate is in a cluster");
            prop_assert!(clusters.get(at).plots.contains(&c.plot));
        }
        let members: usize = clusters.iter().map(|cluster| cluster.tracks.len() + cluster.plots.len()).sum();
        let mut named: Vec<(u8, u32)> = candidates.iter().flat_map(|c| [(0, c.track), (1, c.plot)]).collect();
        named.sort_unstable();
        named.dedup();
        prop_assert_eq!(members, named.len());
    }
}

/// A band of tracks: each shares its plots with the next `reach` ones.
fn band(tracks: u32, reach: u32) -> Vec<Candidate> {
    let pairs = (0..tracks).flat_map(|track| (0..=reach).map(move |step| (track, track + step)));
    pairs.map(|(track, plot)| weigh(track, plot, 2.0 - f64::from((track * 7 + plot * 3) % 5))).collect()
}

#[test]
fn a_cluster_of_27_tracks_is_solved_exactly() {
    // A ring of 27 with three plots each, and a chain of 500: wide sets, narrow frontiers.
    let ring: Vec<_> = band(27, 2).iter().map(|c| weigh(c.track, c.plot % 27, c.log_weight)).collect();
    for (tracks, candidates) in [(27, ring), (500, band(500, 3))] {
        let found = marginals(tracks, 600, &candidates, &vec![-2.0; tracks], EXACT);
        assert!(found.fallbacks.is_empty(), "{:?}", found.fallbacks);
        for track in 0..tracks {
            let sum: f64 = found.plots(track).iter().map(|pair| pair.1).sum();
            assert!((sum + found.missed_probability(track) - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn val_long_chain_by_transfer_matrix() {
    // 200 tracks; track i may have plots i and i + 1, all of weight 2 against a miss. The chain of states "plot i + 1 is
    // taken" gives the sums by a 2 x 2 recursion forwards and backwards.
    let n = 200;
    let candidates: Vec<_> =
        (0..2 * n as u32).map(|at| weigh(at / 2, at / 2 + at % 2, std::f64::consts::LN_2)).collect();
    // free[i], taken[i]: sum over tracks before i with plot i free or taken; scaled to stay finite.
    let sweep = || {
        let (mut list, mut state) = (vec![(1.0, 0.0)], (1.0f64, 0.0f64));
        for _ in 0..n {
            let (free, taken) = state;
            let next = (free + taken + 2.0 * free, 2.0 * (free + taken));
            let scale = next.0 + next.1;
            state = (next.0 / scale, next.1 / scale);
            list.push(state);
        }
        list
    };
    let forward = sweep();
    let found = marginals(n, n + 1, &candidates, &vec![0.0; n], EXACT);
    assert!(found.fallbacks.is_empty());
    for track in 0..n {
        // By symmetry the tracks behind are the same chain backwards.
        let ((free, taken), (after_free, after_taken)) = (forward[track], forward[n - 1 - track]);
        let (before, after) = (free + taken, after_free + after_taken);
        let total = before * after + 2.0 * free * after + 2.0 * before * after_free;
        assert!((found.missed_probability(track) - before * after / total).abs() < 1e-12, "{track}");
    }
}

#[test]
fn a_cluster_above_the_cap_is_reported_and_still_solved() {
    let dense: Vec<_> = (0..40).flat_map(|track| (0..40).map(move |plot| weigh(track, plot, 1.0))).collect();
    let found = marginals(40, 40, &dense, &[-2.0; 40], EXACT);
    assert_eq!(found.fallbacks.len(), 1);
    assert_eq!((found.fallbacks[0].track_count, found.fallbacks[0].plot_count), (40, 40));
    assert!(found.missed_probability(0) > 0.0 && found.missed_probability(0) < 0.5);
}

#[test]
fn bad_weights_are_shed_and_counted() {
    let candidates = [
        weigh(0, 0, f64::NAN),
        weigh(0, 1, f64::INFINITY),
        weigh(1, 0, f64::NEG_INFINITY),
        weigh(9, 0, 1.0),
        weigh(0, 9, 1.0),
        weigh(1, 1, 1.0),
        weigh(1, 1, 0.5),
    ];
    let found = assign(2, 2, &candidates, &[0.0, f64::NAN]);
    assert_eq!(found.plot_of_track, [None, Some(1)]);
    assert_eq!(found.shed_count, 7);
    for associator in [EXACT, Associator::BeliefPropagation, Associator::GlobalNearest] {
        let found = marginals(2, 2, &candidates, &[0.0, f64::NAN], associator);
        assert_eq!(found.shed_count, 7);
        assert_eq!(found.missed_probability(0), 1.0);
        assert!(found.missed_probability(1) < 0.5);
    }
}

#[test]
fn bad_empty_problems_have_empty_answers() {
    for associator in [EXACT, Associator::BeliefPropagation, Associator::GlobalNearest] {
        assert!(marginals(0, 0, &[], &[], associator).is_empty());
        assert_eq!(marginals(1, 0, &[], &[-1.0], associator).missed_probability(0), 1.0);
        assert_eq!(marginals(0, 5, &[], &[], associator).len(), 0);
    }
    assert_eq!(global_nearest(2, 0, &[], &[0.0, 0.0]), [None, None]);
    assert!(split(0, 0, &[]).is_empty());
}

#[test]
fn bad_extreme_weights_stay_probabilities() {
    // Two tracks that both claim one plot with near certainty, one a little more; and a miss that cannot be.
    let candidates = [weigh(0, 0, 600.0), weigh(1, 0, 598.0), weigh(1, 1, -600.0), weigh(0, 1, -600.0)];
    for associator in [EXACT, Associator::BeliefPropagation, Associator::GlobalNearest] {
        let found = marginals(2, 2, &candidates, &[0.0, f64::NEG_INFINITY], associator);
        for track in 0..2 {
            let sum: f64 = found.plots(track).iter().map(|pair| pair.1).sum();
            assert!((sum + found.missed_probability(track) - 1.0).abs() < 1e-9, "{associator:?} {found:?}");
        }
    }
    let found = marginals(2, 1, &candidates[..2], &[0.0, 0.0], EXACT);
    let ratio = probability(&found, 0, 0) / probability(&found, 1, 0);
    assert!((ratio - libm::exp(2.0)).abs() < 1e-9, "{ratio}");
}

#[test]
fn bad_ten_thousand_plots_in_one_gate() {
    let candidates: Vec<_> = (0..10_000).map(|plot| weigh(0, plot, f64::from(plot % 100) * 0.01)).collect();
    let found = marginals(1, 10_000, &candidates, &[-2.0], EXACT);
    assert!(found.fallbacks.is_empty());
    // Ten tracks share them all: exact is refused by its cost, the answer still comes.
    let shared: Vec<_> =
        candidates.iter().flat_map(|c| (0..30).map(|track| weigh(track, c.plot, c.log_weight))).collect();
    let found = marginals(30, 10_000, &shared, &[-2.0; 30], EXACT);
    assert_eq!(found.fallbacks.len(), 1);
    let best = global_nearest(30, 10_000, &shared, &[-2.0; 30]);
    assert!(best.iter().all(|plot| plot.is_some_and(|plot| plot % 100 == 99)));
}

#[test]
fn bad_grids_are_refused() {
    assert_eq!(Grid::build(&[[0.0, 0.0]], 0.0).err(), Some(GridError::CellSize { value: 0.0 }));
    assert!(matches!(Grid::build(&[[0.0, 0.0]], f64::NAN), Err(GridError::CellSize { .. })));
    let found = Grid::build(&[[0.0, 0.0], [1.0, f64::INFINITY]], 1.0).err();
    assert_eq!(found, Some(GridError::NotFinite { index: 1, value: f64::INFINITY }));
    let grid = Grid::build(&[[-1e308, 0.0], [1e308, 0.0]], 1.0).expect("finite");
    let mut found = Vec::new();
    grid.for_each_within([1e308, 0.0], 5.0, |index| found.push(index));
    grid.for_each_within([0.0, 0.0], f64::NAN, |index| found.push(index));
    grid.for_each_within([f64::NAN, 0.0], 1.0, |index| found.push(index));
    grid.for_each_within([0.0, 0.0], -1.0, |index| found.push(index));
    assert_eq!(found, [1]);
    Grid::<2>::build(&[], 1.0).expect("empty is fine").for_each_within([0.0, 0.0], 1.0, |_| panic!("nothing there"));
}
