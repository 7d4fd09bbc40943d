//! The tracker for very many objects.

mod draws;

use downrange_earth::Time;
use downrange_track::associate::Associator;
use downrange_track::filter::{Observation, ekf};
use downrange_track::gaussian::Gaussian;
use downrange_track::measure::{gospa, nees_band};
use downrange_track::motion::axis::WhiteAcceleration;
use downrange_track::swarm::{Report, Scan, Sensor, Settings, Swarm, SwarmError, Track};
use draws::Seeded;
use nalgebra::{Matrix1, Matrix2, SMatrix, Vector1, Vector2, matrix, vector};
use proptest::prelude::*;
use std::num::NonZeroUsize;

const DENSITY_M2PS3: f64 = 0.1;
const STEP_S: f64 = 10.0;
const SIGMA_M: f64 = 30.0;
const SENSOR: Sensor = Sensor { sigma_m: SIGMA_M, detection_probability: 0.9, stray_density: 1.5e-12 };

fn time(scan: usize) -> Time {
    Time::from_tai_ns(0).plus_s(STEP_S * scan as f64)
}

fn settings(associator: Associator) -> Settings {
    Settings::new(associator, DENSITY_M2PS3, 300.0)
}

/// Position and velocity of objects that fly straight on, one in about `spacing_m`³.
struct World {
    objects: Vec<([f64; 3], [f64; 3])>,
    side_m: f64,
    draws: Seeded,
}

impl World {
    fn new(count: usize, spacing_m: f64, seed: u64) -> World {
        let (mut draws, side_m) = (Seeded(seed), spacing_m * libm::cbrt(count as f64));
        // Half of each axis is below zero, so that cells on both sides of the origin are used.
        let objects = (0..count).map(|_| {
            let position = [0; 3].map(|_| side_m * (draws.uniform() - 0.5));
            (position, [0; 3].map(|_| 300.0 * (draws.uniform() - 0.5)))
        });
        World { objects: objects.collect(), side_m, draws }
    }

    /// The plots of one scan; afterwards the objects are at the next.
    fn scan(&mut self) -> Vec<[f64; 3]> {
        let mut plots = Vec::new();
        for (position, velocity) in &mut self.objects {
            if self.draws.uniform() < SENSOR.detection_probability {
                plots.push(position.map(|x| x + SIGMA_M * self.draws.normal()));
            }
            for (x, v) in position.iter_mut().zip(velocity) {
                let push = libm::sqrt(DENSITY_M2PS3 * STEP_S) * self.draws.normal();
                *x += STEP_S * (*v + 0.5 * push)
                    + libm::sqrt(DENSITY_M2PS3 * STEP_S * STEP_S * STEP_S / 12.0) * self.draws.normal();
                *v += push;
            }
        }
        for _ in 0..self.objects.len() / 10 {
            plots.push([0; 3].map(|_| self.side_m * (self.draws.uniform() - 0.5)));
        }
        plots
    }
}

fn step(swarm: &mut Swarm, scan: usize, plots: &[[f64; 3]]) -> Report {
    swarm.step(&Scan { time: time(scan), plots, sensor: SENSOR }).expect("a good scan")
}

fn track(settings: Settings, scans: &[Vec<[f64; 3]>]) -> Swarm {
    let mut swarm = Swarm::new(settings).expect("good settings");
    for (scan, plots) in scans.iter().enumerate() {
        step(&mut swarm, scan, plots);
    }
    swarm
}

/// All bits of a track but its number, which counts the tracks of the whole sky.
fn bits(track: &Track) -> Vec<u64> {
    let numbers = track.position_m.into_iter().chain(track.velocity_mps).chain([
        track.position_variance_m2,
        track.cross_covariance_m2ps,
        track.velocity_variance_m2ps2,
        track.existence_probability,
    ]);
    numbers.map(f64::to_bits).collect()
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    for associator in [Associator::GlobalNearest, Associator::jpda()] {
        let mut world = World::new(6000, 2500.0, 7);
        let scans: Vec<_> = (0..5).map(|_| world.scan()).collect();
        let with = |threads| {
            track(Settings { threads_count: NonZeroUsize::new(threads).expect("some"), ..settings(associator) }, &scans)
        };
        let alone = with(1);
        assert!(alone.tracks().len() > 6000, "enough for three threads: {}", alone.tracks().len());
        assert!(alone.confirmed().count() > 3000);
        for threads in [2, 3] {
            assert_eq!(with(threads).tracks(), alone.tracks());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn prop_order_and_duplicates_of_plots_do_not_matter(
        seed in 0..1000u64, jpda in any::<bool>(), spacing_m in 300.0..3000.0f64,
    ) {
        let associator = if jpda { Associator::jpda() } else { Associator::GlobalNearest };
        let mut world = World::new(60, spacing_m, seed);
        let scans: Vec<_> = (0..5).map(|_| world.scan()).collect();
        let straight = track(settings(associator), &scans);
        let mut mixed = Swarm::new(settings(associator)).expect("good settings");
        for (scan, plots) in scans.iter().enumerate() {
            let mut plots = plots.clone();
            let twice = plots.len() / 3;
            plots.extend_from_within(..twice);
            for last in (1..plots.len()).rev() {
                plots.swap(last, (world.draws.uniform() * (last + 1) as f64) as usize);
            }
            let report = step(&mut mixed, scan, &plots);
            prop_assert_eq!(report.shed.duplicates_count, twice);
        }
        prop_assert_eq!(straight.tracks(), mixed.tracks());
    }

    #[test]
    fn prop_a_far_object_changes_no_bit_of_the_others(
        seed in 0..1000u64, jpda in any::<bool>(), spacing_m in 300.0..3000.0f64, far_m in 1e6..1e9f64,
    ) {
        let associator = if jpda { Associator::jpda() } else { Associator::GlobalNearest };
        let mut world = World::new(60, spacing_m, seed);
        let scans: Vec<_> = (0..5).map(|_| world.scan()).collect();
        let with: Vec<_> = scans.iter().enumerate().map(|(scan, plots)| {
            let far = [-far_m + 1000.0 * scan as f64, far_m, 0.0];
            plots.iter().copied().chain([far]).collect::<Vec<_>>()
        }).collect();
        let (near, both) = (track(settings(associator), &scans), track(settings(associator), &with));
        let far = |track: &&Track| track.position_m[1] > 0.5 * far_m;
        prop_assert_eq!(both.tracks().iter().filter(far).count(), 1);
        let all = |swarm: &Swarm| {
            let mut all: Vec<_> = swarm.tracks().iter().filter(|track| !far(track)).map(bits).collect();
            all.sort();
            all
        };
        prop_assert_eq!(all(&near), all(&both));
    }

    #[test]
    fn prop_gospa_is_that_of_the_full_cost_matrix(seed in 0..1000u64, truth in 0..40usize, tracked in 0..40usize) {
        let mut draws = Seeded(seed);
        let mut points = |count: usize| (0..count).map(|_| [0; 3].map(|_| 30.0 * draws.uniform())).collect::<Vec<_>>();
        let (truth, tracked, cutoff_m) = (points(truth), points(tracked), 10.0);
        let found = gospa(&truth, &tracked, cutoff_m).expect("finite");
        let expected = dense_gospa(&truth, &tracked, cutoff_m);
        prop_assert!((found.distance_m - expected).abs() < 1e-9, "{} {}", found.distance_m, expected);
    }
}

/// GOSPA of order 2 from the full square cost matrix by the Hungarian method (Kuhn 1955, Munkres 1957).
fn dense_gospa(truth: &[[f64; 3]], tracked: &[[f64; 3]], cutoff_m: f64) -> f64 {
    let (n, half) = (truth.len().max(tracked.len()), 0.5 * cutoff_m * cutoff_m);
    let cost = |row: usize, column: usize| match (truth.get(row), tracked.get(column)) {
        (Some(a), Some(b)) => (0..3).map(|k| (a[k] - b[k]) * (a[k] - b[k])).sum::<f64>().min(2.0 * half),
        _ => half,
    };
    // Rows and columns from one; row_of[column] with column zero as the entrance.
    let (mut u, mut v, mut row_of) = (vec![0.0; n + 1], vec![0.0; n + 1], vec![0; n + 1]);
    for row in 1..=n {
        let (mut least, mut before, mut used) = (vec![f64::INFINITY; n + 1], vec![0; n + 1], vec![false; n + 1]);
        let mut column = 0;
        row_of[0] = row;
        while row_of[column] != 0 {
            used[column] = true;
            let (here, mut next, mut step) = (row_of[column], 0, f64::INFINITY);
            for other in (1..=n).filter(|&other| !used[other]) {
                let slack = cost(here - 1, other - 1) - u[here] - v[other];
                if slack < least[other] {
                    (least[other], before[other]) = (slack, column);
                }
                if least[other] < step {
                    (step, next) = (least[other], other);
                }
            }
            for other in 0..=n {
                if used[other] {
                    u[row_of[other]] += step;
                    v[other] -= step;
                } else {
                    least[other] -= step;
                }
            }
            column = next;
        }
        while column != 0 {
            row_of[column] = row_of[before[column]];
            column = before[column];
        }
    }
    (1..=n).map(|column| cost(row_of[column] - 1, column - 1)).sum::<f64>().sqrt()
}

struct Place;
impl Observation<2, 1> for Place {
    fn expect(&self, state: &Vector2<f64>) -> Vector1<f64> {
        vector![state.x]
    }
    fn jacobian(&self, _: &Vector2<f64>) -> SMatrix<f64, 1, 2> {
        matrix![1.0, 0.0]
    }
    fn noise(&self) -> Matrix1<f64> {
        matrix![SIGMA_M * SIGMA_M]
    }
}

#[test]
fn a_lone_track_is_the_kalman_filter_of_each_axis() {
    let mut draws = Seeded(3);
    let scans: Vec<_> = (0..8)
        .map(|scan| vec![[150.0, -20.0, 3.0].map(|v| v * STEP_S * f64::from(scan) + SIGMA_M * draws.normal())])
        .collect();
    for associator in [Associator::GlobalNearest, Associator::jpda()] {
        // Next to no strays: the probability that the plot is the track's own is one but for rounding.
        let mut swarm = Swarm::new(settings(associator)).expect("good settings");
        for (scan, plots) in scans.iter().enumerate() {
            let sensor = Sensor { stray_density: 1e-40, ..SENSOR };
            swarm.step(&Scan { time: time(scan), plots, sensor }).expect("a good scan");
        }
        let [found] = swarm.tracks() else { panic!("one track: {:?}", swarm.tracks()) };
        for axis in 0..3 {
            let (first, second) = (scans[0][0][axis], scans[1][0][axis]);
            let r = SIGMA_M * SIGMA_M;
            let mut state = Gaussian {
                mean: vector![second, (second - first) / STEP_S],
                covariance: Matrix2::new(
                    r,
                    r / STEP_S,
                    r / STEP_S,
                    2.0 * r / (STEP_S * STEP_S) + DENSITY_M2PS3 * STEP_S / 3.0,
                ),
            };
            for plots in &scans[2..] {
                state = ekf::predict(&WhiteAcceleration { density_m2ps3: DENSITY_M2PS3 }, &state, STEP_S);
                state = ekf::update(&Place, &state, &vector![plots[0][axis]]).expect("finite").0;
            }
            assert!((found.position_m[axis] - state.mean[0]).abs() < 1e-8);
            assert!((found.velocity_mps[axis] - state.mean[1]).abs() < 1e-9);
            assert!((found.position_variance_m2 - state.covariance[(0, 0)]).abs() < 1e-8);
            assert!((found.cross_covariance_m2ps - state.covariance[(0, 1)]).abs() < 1e-9);
            assert!((found.velocity_variance_m2ps2 - state.covariance[(1, 1)]).abs() < 1e-10);
        }
    }
}

#[test]
fn sim_tracks_are_found_kept_and_as_good_as_they_say() {
    for associator in [Associator::GlobalNearest, Associator::jpda()] {
        let mut world = World::new(1500, 4000.0, 11);
        let mut swarm = Swarm::new(settings(associator)).expect("good settings");
        let mut truth = Vec::new();
        for scan in 0..10 {
            truth.clone_from(&world.objects);
            let plots = world.scan();
            let report = step(&mut swarm, scan, &plots);
            // In the second scan nothing is known, and a few plots have more neighbours than they may begin tracks with.
            assert_eq!(report.shed.total_count(), if scan == 1 { report.shed.pairs_count } else { 0 });
        }
        let positions: Vec<_> = truth.iter().map(|(position, _)| *position).collect();
        let tracks: Vec<_> = swarm.confirmed().collect();
        let tracked: Vec<_> = tracks.iter().map(|track| track.position_m).collect();
        let found = gospa(&positions, &tracked, 300.0).expect("finite");
        let missed = positions.len() - found.pairs.len();
        let false_tracks = tracked.len() - found.pairs.len();
        assert!(missed < 30 && false_tracks < 15, "{missed} missed, {false_tracks} false of {}", positions.len());
        let nees = found.pairs.iter().map(|&(object, index)| {
            let (track, (position, velocity)) = (tracks[index as usize], &truth[object as usize]);
            let (pp, pv, vv) = (track.position_variance_m2, track.cross_covariance_m2ps, track.velocity_variance_m2ps2);
            (0..3)
                .map(|axis| {
                    let (x, v) = (track.position_m[axis] - position[axis], track.velocity_mps[axis] - velocity[axis]);
                    (vv * x * x - 2.0 * pv * x * v + pp * v * v) / (pp * vv - pv * pv)
                })
                .sum::<f64>()
        });
        let nees = nees.sum::<f64>() / found.pairs.len() as f64;
        // A plot outside the gate (2 in 10,000) or a false one inside widens the tail: twice the band of perfect tracks.
        let band = nees_band(6, found.pairs.len(), 0.95).expect("in range");
        let (low, high) = (6.0 - 2.0 * (6.0 - band.low), 6.0 + 2.0 * (band.high - 6.0));
        assert!(nees > low && nees < high, "NEES {nees}, {low} to {high}");
    }
}

#[test]
fn bad_plots_are_counted() {
    let mut swarm = Swarm::new(settings(Associator::GlobalNearest)).expect("good settings");
    let good = [100.0, 200.0, 300.0];
    let plots = [
        [f64::NAN, 0.0, 0.0],
        [0.0, f64::INFINITY, 0.0],
        [0.0, 0.0, 1e300],
        [-1e12, 0.0, 0.0],
        good,
        [0.0, -0.0, 5.0],
        [-0.0, 0.0, 5.0],
    ];
    let report = step(&mut swarm, 0, &plots);
    assert_eq!((report.shed.not_finite_count, report.shed.outside_count, report.shed.duplicates_count), (2, 2, 1));
    assert_eq!((report.shed.total_count(), report.free_count), (5, 2));
    assert_eq!(step(&mut swarm, 1, &[]), Report::default());
    assert_eq!(step(&mut swarm, 2, &[good]).begun_count, 0, "the plots of the scan before last are forgotten");
}

#[test]
fn bad_scans_change_nothing() {
    let mut world = World::new(50, 3000.0, 5);
    let mut swarm = track(settings(Associator::jpda()), &[world.scan(), world.scan(), world.scan()]);
    let before = swarm.tracks().to_vec();
    let mut refused = |time: Time, sensor: Sensor| {
        let error = swarm.step(&Scan { time, plots: &[[0.0; 3]], sensor }).expect_err("a bad scan");
        assert_eq!(swarm.tracks(), before);
        assert!(!error.to_string().is_empty());
        error
    };
    assert!(matches!(refused(time(2), SENSOR), SwarmError::Clock { .. }), "the same time again");
    assert!(matches!(refused(time(1), SENSOR), SwarmError::Clock { .. }), "back");
    assert!(matches!(refused(time(1000), SENSOR), SwarmError::Clock { .. }), "far ahead");
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(refused(time(3), Sensor { sigma_m: bad, ..SENSOR }), SwarmError::Sigma { .. }));
        assert!(matches!(refused(time(3), Sensor { stray_density: bad, ..SENSOR }), SwarmError::Stray { .. }));
        let sensor = Sensor { detection_probability: bad, ..SENSOR };
        assert!(matches!(refused(time(3), sensor), SwarmError::Detection { .. }));
    }
    let small = Settings { plots_count: 2, ..settings(Associator::GlobalNearest) };
    let mut small = Swarm::new(small).expect("good settings");
    let full = Scan { time: time(0), plots: &[[0.0; 3]; 3], sensor: SENSOR };
    assert_eq!(small.step(&full), Err(SwarmError::Plots { count: 3, limit_count: 2 }));
}

#[test]
fn bad_settings_are_refused() {
    let good = settings(Associator::GlobalNearest);
    for bad in [
        Settings { speed_mps: f64::NAN, ..good },
        Settings { cell_m: 0.0, ..good },
        Settings { step_s: f64::INFINITY, ..good },
        Settings { gate: -1.0, ..good },
        Settings { pair_probability: 1.0, ..good },
        Settings { drop_probability: 0.5, ..good },
        Settings { pairs_per_plot_count: 0, ..good },
    ] {
        assert!(matches!(Swarm::new(bad), Err(SwarmError::Setting { .. })), "{bad:?}");
    }
}

#[test]
fn ten_thousand_plots_in_one_gate_are_shed_and_counted() {
    for associator in [Associator::GlobalNearest, Associator::jpda()] {
        let mut swarm = Swarm::new(settings(associator)).expect("good settings");
        let at = |scan: usize| [200.0 * STEP_S * scan as f64, 0.0, 0.0];
        for scan in 0..4 {
            step(&mut swarm, scan, &[at(scan)]);
        }
        let mut draws = Seeded(1);
        let crowd: Vec<_> = (0..10_000).map(|_| at(4).map(|x| x + SIGMA_M * (draws.uniform() - 0.5))).collect();
        let report = step(&mut swarm, 4, &crowd);
        assert_eq!(report.shed.candidates_count, 10_000 - 64);
        assert!(swarm.confirmed().count() == 1);
        // The plots it did not take may have begun something, but no more than allowed for each plot of this scan.
        let report = step(&mut swarm, 5, &[at(5)]);
        assert!(report.begun_count <= 8, "{report:?}");
        assert!(swarm.confirmed().count() == 1);
    }
}
