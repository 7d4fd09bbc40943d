//! The point tracker on the scenarios that other trackers were measured on.
//!
//! The expected figures are those of Stone Soup 1.9.1 on the same files (mean GOSPA with c = 50 m, p = 2, alpha = 2 of
//! scans 10 to 99; tracks given at scan 0). `fixtures/oracles/track` holds the small scenarios; the large ones are read
//! from the folder in the environment variable `DOWNRANGE_PEERS_DATA`, or from `../shared/peers/data` beside the
//! project, and skipped when they are not there.

mod draws;

use downrange_track::associate::Associator;
use downrange_track::measure::gospa;
use downrange_track::point::{Run, Scenario, Settings, Start, Weighing, read_scenario, run};
use draws::Seeded;
use std::io::Read;
use std::path::PathBuf;

const ALL: [Associator; 6] = [
    Associator::GlobalNearest,
    Associator::jpda(),
    Associator::set_jpda(),
    Associator::BeliefPropagation,
    Associator::mixture(),
    Associator::multiple_hypothesis(),
];

struct Case {
    scenario: Scenario,
    /// Positions of the true objects, scan by scan.
    truth: Vec<Vec<[f64; 3]>>,
}

fn folder(name: &str) -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let outside = std::env::var_os("DOWNRANGE_PEERS_DATA").map(PathBuf::from);
    let places = [Some(root.join("fixtures/oracles/track")), outside, Some(root.join("../shared/peers/data"))];
    places.into_iter().flatten().map(|place| place.join(name)).find(|folder| folder.join("meta.csv").exists())
}

fn text(folder: &std::path::Path, name: &str) -> String {
    let plain = folder.join(name);
    if plain.exists() {
        return std::fs::read_to_string(plain).expect("a readable file");
    }
    let file = std::fs::File::open(folder.join(format!("{name}.zst"))).expect("a readable file");
    let mut decoder = ruzstd::decoding::StreamingDecoder::new(file).expect("zstd");
    let mut text = String::new();
    decoder.read_to_string(&mut text).expect("UTF-8");
    text
}

fn load(name: &str) -> Option<Case> {
    let Some(folder) = folder(name) else {
        eprintln!("SKIPPED: scenario {name} is not here");
        return None;
    };
    let file = |name| text(&folder, name);
    let scenario =
        read_scenario(&file("meta.csv"), &file("meas.csv"), Some(&file("init.csv"))).expect("a good scenario");
    let mut truth = vec![Vec::new(); scenario.meta.scan_count];
    for line in file("truth.csv").lines().skip(1) {
        let fields: Vec<f64> = line.split(',').map(|field| field.parse().expect("a number")).collect();
        let mut position = [0.0; 3];
        for axis in 0..scenario.meta.dimension_count {
            position[axis] = fields[2 + 2 * axis];
        }
        truth[fields[0] as usize].push(position);
    }
    Some(Case { scenario, truth })
}

/// Mean GOSPA, missed and false objects per scan from scan 10 on.
fn score<T>(case: &Case, found: &Run<T>) -> (f64, f64, f64) {
    let scans = case.scenario.meta.scan_count;
    let mut tracked = vec![Vec::new(); scans];
    for row in &found.rows {
        tracked[row.scan as usize].push(row.position_m);
    }
    let (mut sum, mut missed, mut ghosts) = (0.0, 0.0, 0.0);
    for (truth, tracked) in case.truth.iter().zip(&tracked).skip(10) {
        let found = gospa(truth, tracked, 50.0).expect("finite positions");
        sum += found.distance_m;
        missed += found.missed_m2 / 1250.0;
        ghosts += found.false_m2 / 1250.0;
    }
    let count = (scans - 10) as f64;
    (sum / count, missed / count, ghosts / count)
}

fn known(name: &str, associator: Associator, weighing: Weighing) -> Option<(f64, usize)> {
    let case = load(name)?;
    let settings = Settings { weighing, ..Settings::new(associator, true) };
    let found = run(&case.scenario, &settings, || ());
    assert_eq!(found.shed_count, 0, "{name}");
    Some((score(&case, &found).0, found.fallback_count))
}

fn check(name: &str, associator: Associator, weighing: Weighing, expected: f64, tolerance: f64) {
    if let Some((found, fallbacks)) = known(name, associator, weighing) {
        eprintln!("{name} {associator:?} {weighing:?}: {found:.4}, expected {expected}; {fallbacks} fall-backs");
        assert!((found - expected).abs() <= tolerance, "{name} {associator:?}: {found:.4}, expected {expected}");
    }
}

/// The figures are given to three decimals. Those of 500 objects come from a search that clips gates at 80 or 300 m.
fn to_the_digits(name: &str) -> f64 {
    if name.ends_with("n500") { 0.01 } else { 0.0006 }
}

#[test]
fn val_global_nearest_gives_the_peers_gospa() {
    for (name, expected) in [
        ("lin2d_n005", 17.543),
        ("lin2d_n020", 36.610),
        ("lin2d_n100", 77.834),
        ("lin2d_n500", 239.330),
        ("lin2d_n020_dense", 96.934),
        ("lin3d_n005", 17.910),
        ("lin3d_n020", 43.653),
        ("lin3d_n100", 125.546),
        ("lin3d_n500", 289.516),
    ] {
        check(name, Associator::GlobalNearest, Weighing::Distance, expected, to_the_digits(name));
    }
}

#[test]
fn val_exact_jpda_gives_the_peers_gospa() {
    for (name, expected) in [
        ("lin2d_n005", 16.942),
        ("lin2d_n020", 34.326),
        ("lin2d_n100", 73.970),
        ("lin2d_n500", 183.119),
        ("lin2d_n020_dense", 74.250),
        ("lin3d_n005", 17.544),
        ("lin3d_n020", 42.131),
        ("lin3d_n100", 104.648),
        ("lin3d_n500", 213.820),
    ] {
        check(name, Associator::jpda(), Weighing::Likelihood, expected, to_the_digits(name));
    }
}

#[test]
fn val_belief_propagation_gives_the_peers_gospa() {
    for (name, expected) in [
        ("lin2d_n005", 16.942),
        ("lin2d_n020", 34.441),
        ("lin2d_n100", 74.168),
        ("lin2d_n500", 183.346),
        ("lin2d_n020_dense", 55.855),
        ("lin3d_n005", 17.548),
        ("lin3d_n020", 42.114),
        ("lin3d_n100", 105.155),
        ("lin3d_n500", 213.775),
    ] {
        check(name, Associator::BeliefPropagation, Weighing::Likelihood, expected, 0.1);
    }
}

/// Limits: exact JPDA (above) and, where the mixture reached them, the aims 172 (500 objects), 95 (3-D, 100). No filter can
/// be below the floor that is told which plot is whose.
#[test]
fn val_mixture_with_known_starts_is_better_than_single_scans() {
    for (name, limit, floor) in [
        ("lin2d_n020", 34.326, 32.835),
        ("lin2d_n100", 73.970, 68.912),
        ("lin2d_n500", 172.0, 159.195),
        ("lin2d_n020_dense", 55.855, 32.422),
        ("lin3d_n005", 17.544, 16.744),
        ("lin3d_n020", 42.131, 39.638),
        ("lin3d_n100", 95.0, 86.269),
    ] {
        check_mixture(name, limit, floor);
    }
}

/// What the mixture gave when these were written down, a little rounded up.
#[test]
fn regress_mixture_with_known_starts() {
    for (name, limit, floor) in
        [("lin2d_n005", 16.98, 15.956), ("lin2d_n100", 73.4, 68.912), ("lin2d_n020_dense", 48.0, 32.422)]
    {
        check_mixture(name, limit, floor);
    }
}

fn check_mixture(name: &str, limit: f64, floor: f64) {
    let Some((found, crowds)) = known(name, Associator::mixture(), Weighing::Likelihood) else { return };
    eprintln!("{name} mixture: {found:.3}, at most {limit}, floor {floor}; {crowds} crowds");
    assert!(found < limit && found > floor, "{name}: {found}");
}

/// The figures above are exact JPDA's: where tracks run into one, exchanging labels is better; where not, it is the same.
#[test]
fn val_set_jpda_is_no_worse_than_jpda_and_better_in_crowds() {
    for (name, jpda) in [
        ("lin2d_n005", 16.942),
        ("lin2d_n020", 34.326),
        ("lin2d_n100", 73.970),
        ("lin2d_n500", 183.119),
        ("lin2d_n020_dense", 74.250 - 4.0),
        ("lin3d_n005", 17.544),
        ("lin3d_n020", 42.131),
        ("lin3d_n100", 104.648),
    ] {
        let Some((found, fallbacks)) = known(name, Associator::set_jpda(), Weighing::Likelihood) else { continue };
        eprintln!("{name} set JPDA: {found:.3}, at most {jpda}; {fallbacks} fall-backs");
        assert!(found < jpda + 0.001, "{name}: {found}");
    }
}

/// Two objects fly side by side, 15 m apart, for a hundred scans. Tracks that keep their labels are drawn to the middle.
#[test]
fn sim_side_by_side_jpda_coalesces_and_set_jpda_does_not() {
    let mut apart = [0.0; 2];
    for seed in 0..20 {
        let mut draws = Seeded(seed);
        let (mut scans, mut starts) = (Vec::new(), Vec::new());
        for track in 0..2u32 {
            let y = 492.5 + 15.0 * f64::from(track);
            starts.push(Start { track, position_m: [100.0, y, 0.0], velocity_mps: [5.0, 0.0, 0.0] });
        }
        for scan in 0..100 {
            let mut plots = Vec::new();
            for start in &starts {
                if scan > 0 && draws.uniform() < 0.9 {
                    let x = 100.0 + 5.0 * f64::from(scan) + 10.0 * draws.normal();
                    plots.push([x, start.position_m[1] + 10.0 * draws.normal(), 0.0]);
                }
            }
            scans.push(plots);
        }
        let scenario = Scenario { starts, ..small(&scans) };
        for (apart, associator) in apart.iter_mut().zip([Associator::jpda(), Associator::set_jpda()]) {
            let found = run(&scenario, &Settings::new(associator, true), || ());
            for rows in found.rows.chunks(2).skip(50) {
                *apart += (rows[0].position_m[1] - rows[1].position_m[1]).abs() / 1000.0;
            }
        }
    }
    eprintln!("mean distance across the path: JPDA {:.2} m, set JPDA {:.2} m, truth 15 m", apart[0], apart[1]);
    assert!(apart[0] < 10.0 && apart[1] > 12.0, "{apart:?}");
}

#[test]
fn val_multiple_hypotheses_are_better_than_global_nearest() {
    for (name, nearest, floor) in [
        ("lin2d_n005", 17.543, 15.956),
        ("lin2d_n020", 36.610, 32.835),
        ("lin2d_n100", 77.834, 68.912),
        ("lin3d_n005", 17.910, 16.744),
        ("lin3d_n020", 43.653, 39.638),
        ("lin3d_n100", 125.546, 86.269),
    ] {
        let Some((found, _)) = known(name, Associator::multiple_hypothesis(), Weighing::Likelihood) else { continue };
        eprintln!("{name} multiple hypotheses: {found:.3}, global nearest {nearest}, floor {floor}");
        assert!(found < nearest && found > floor, "{name}: {found}");
    }
}

/// At least 15 % below the best whole tracker of Stone Soup on the same file.
#[test]
fn val_mixture_with_nothing_given_is_far_better_than_the_peers() {
    for (name, peer) in [
        ("lin2d_n020", 46.8),
        ("lin2d_n020_dense", 129.3),
        ("lin2d_n100", 109.8),
        ("lin2d_n100_bd", 160.4),
        ("lin2d_n500", 289.7),
    ] {
        let Some(case) = load(name) else { continue };
        for associator in [Associator::mixture(), Associator::multiple_hypothesis()] {
            let found = run(&case.scenario, &Settings::new(associator, false), || ());
            let (gospa, missed, ghosts) = score(&case, &found);
            eprintln!("{name} {associator:?}: {gospa:.3}, missed {missed:.2}, false {ghosts:.2}; peer {peer}");
            assert!(gospa < 0.85 * peer, "{name} {associator:?}: {gospa}");
            assert!(name != "lin2d_n100" || ghosts <= 0.5, "{name} {associator:?}: {ghosts} false tracks");
        }
    }
}

#[test]
fn sim_nothing_given_is_better_than_the_peers_whole_trackers() {
    // The best GOSPA that a whole tracker of Stone Soup reached on the file; the floor is a filter told which plot is whose.
    for (name, peer, floor) in [
        ("lin2d_n005", 17.54 + 0.46, 15.956),
        ("lin2d_n020", 46.8, 32.835),
        ("lin2d_n100", 109.8, 68.912),
        ("lin2d_n500", 289.7, 159.195),
        ("lin2d_n100_bd", 160.4, 0.0),
        ("lin2d_n020_dense", 129.3, 32.422),
        ("lin3d_n100", 177.9, 86.269),
    ] {
        let Some(case) = load(name) else { continue };
        for associator in [Associator::jpda(), Associator::BeliefPropagation] {
            let found = run(&case.scenario, &Settings::new(associator, false), || ());
            let (gospa, missed, ghosts) = score(&case, &found);
            eprintln!("{name} {associator:?}: {gospa:.3}, missed {missed:.2}, false {ghosts:.2}; peer {peer}");
            assert!(gospa < peer && gospa > floor, "{name} {associator:?}: {gospa}");
        }
    }
}

fn small(plots: &[Vec<[f64; 3]>]) -> Scenario {
    let meta = format!(
        "key,value\ndim,2\nscans,{}\ndt,1\nq,0.1\nsigma,10\npd,0.9\nside,1000\nlam,5\np0_pos,10\np0_vel,3\n",
        plots.len()
    );
    let mut scenario =
        read_scenario(&meta, "scan,truth_id,x,y\n", Some("id,x,vx,y,vy\n3,100,1,100,1\n")).expect("good");
    scenario.scans = plots.to_vec();
    scenario
}

#[test]
fn bad_scans_empty_or_crowded() {
    let crowd: Vec<[f64; 3]> =
        (0..10_000).map(|at| [100.0 + f64::from(at % 100) * 0.1, 100.0 + f64::from(at / 100) * 0.1, 0.0]).collect();
    let scenario = small(&[vec![], vec![], crowd.clone(), vec![]]);
    for associator in ALL {
        let found = run(&scenario, &Settings::new(associator, true), || ());
        assert_eq!(found.rows.len(), 4);
        assert_eq!(found.times.len(), 3);
        assert_eq!(found.shed_count, 10_000 - 64);
        assert!(found.rows.iter().all(|row| row.position_m.iter().all(|x| x.is_finite())));
    }
    for associator in ALL {
        let found = run(&small(&[vec![], vec![]]), &Settings::new(associator, false), || ());
        assert!(found.rows.is_empty());
    }
}

#[test]
fn bad_plots_that_are_not_finite_are_refused_and_counted() {
    let plots = vec![[101.0, 101.0, 0.0], [f64::NAN, 101.0, 0.0], [101.0, f64::INFINITY, 0.0]];
    for associator in ALL {
        let found = run(&small(&[vec![], plots.clone()]), &Settings::new(associator, true), || ());
        assert_eq!(found.refused_count, 2);
        let clean = run(&small(&[vec![], plots[..1].to_vec()]), &Settings::new(associator, true), || ());
        assert_eq!(found.rows, clean.rows);
    }
}

#[test]
fn bad_a_crowd_every_scan_starts_bounded_work() {
    let crowd: Vec<[f64; 3]> = (0..400).map(|at| [f64::from(at % 20), f64::from(at / 20), 0.0]).collect();
    let scenario = small(&vec![crowd; 5]);
    for associator in [Associator::jpda(), Associator::mixture(), Associator::multiple_hypothesis()] {
        let found = run(&scenario, &Settings::new(associator, false), || ());
        assert!(found.shed_count > 0);
    }
}

#[test]
fn bad_a_thousand_plots_in_one_gate_every_scan() {
    let crowd: Vec<[f64; 3]> =
        (0..1_000).map(|at| [90.0 + f64::from(at % 32) * 0.6, 90.0 + f64::from(at / 32) * 0.6, 0.0]).collect();
    let mut scenario = small(&vec![crowd; 4]);
    for track in 0..20 {
        let start = downrange_track::point::Start { track: 100 + track, ..scenario.starts[0].clone() };
        scenario.starts.push(start);
    }
    for associator in [Associator::mixture(), Associator::multiple_hypothesis()] {
        let found = run(&scenario, &Settings::new(associator, true), || ());
        assert_eq!(found.rows.len(), 4 * 21);
        assert!(found.shed_count > 0 && found.fallback_count + found.cut_count > 0);
        assert!(found.rows.iter().all(|row| row.position_m.iter().all(|x| x.is_finite())));
    }
}

#[test]
fn prop_order_and_repeats_of_plots_and_far_objects_do_not_matter() {
    let Some(case) = load("lin2d_n005") else { panic!("in the fixtures") };
    let mut turned = case.scenario.clone();
    turned.scans.iter_mut().for_each(|plots| plots.reverse());
    turned.scans.iter_mut().for_each(|plots| plots.extend_from_within(..plots.len() / 2));
    let repeats: usize = case.scenario.scans.iter().map(|plots| plots.len() / 2).sum();
    let mut more = case.scenario.clone();
    more.starts.push(downrange_track::point::Start { track: 77, position_m: [1e6, 1e6, 0.0], velocity_mps: [0.0; 3] });
    more.scans.iter_mut().for_each(|plots| plots.push([1e6, 1e6, 0.0]));
    for associator in ALL {
        let settings = Settings::new(associator, true);
        let found = run(&case.scenario, &settings, || ());
        let again = run(&turned, &settings, || ());
        assert_eq!(again.rows, found.rows);
        assert_eq!(again.refused_count, repeats);
        let rows: Vec<_> = run(&more, &settings, || ()).rows.into_iter().filter(|row| row.track != 77).collect();
        assert_eq!(rows, found.rows);
    }
}

#[test]
fn bad_texts_name_file_line_and_field() {
    let meta = "key,value\ndim,2\nscans,2\ndt,1\nq,0.1\nsigma,10\npd,0.9\nside,500\nlam,1\np0_pos,10\np0_vel,3\n";
    let meas = "scan,truth_id,x,y\n0,-1,3.5,4.5\n";
    let init = "id,x,vx,y,vy\n0,1,2,3,4\n";
    assert!(read_scenario(meta, meas, Some(init)).is_ok());
    let wrong = |meta: &str, meas: &str, init: &str| {
        let error = read_scenario(meta, meas, Some(init)).expect_err("wrong");
        assert!(!error.to_string().is_empty());
        (error.file, error.line, error.field)
    };
    let is = |file, line, field: &str| (file, line, field.to_string());
    assert_eq!(wrong(&meta.replace("dim,2", "dim,4"), meas, init), is("meta.csv", 2, "dim"));
    assert_eq!(wrong(&meta.replace("pd,0.9", "pd,nan"), meas, init), is("meta.csv", 7, "pd"));
    assert_eq!(wrong(&meta.replace("scans,2", "scans,1e99"), meas, init), is("meta.csv", 3, "scans"));
    assert_eq!(wrong("", meas, init), is("meta.csv", 0, "dim"));
    assert_eq!(wrong(meta, "", init), is("meas.csv", 1, "header"));
    assert_eq!(wrong(meta, "scan,truth_id,x,y\n0,-1,3.5\n", init), is("meas.csv", 2, "number of columns"));
    assert_eq!(wrong(meta, "scan,truth_id,x,y\n5,-1,3.5,1\n", init), is("meas.csv", 2, "scan"));
    assert_eq!(wrong(meta, "scan,truth_id,x,y\n0,-1,inf,1\n", init), is("meas.csv", 2, "x"));
    assert_eq!(wrong(meta, "scan,truth_id,x,y\n\n-1,-1,1,1\n", init), is("meas.csv", 3, "scan"));
    assert_eq!(wrong(meta, meas, "id,x,vx,y,vy\n0,1,2,3,oh\n"), is("init.csv", 2, "vy"));
}
