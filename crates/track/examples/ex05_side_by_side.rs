//! Four objects side by side, two and a half sigmas apart, for a minute and a half: what each way of association makes of it.
//!
//! `cargo run --release -p downrange-track --example ex05_side_by_side`

use downrange_track::associate::Associator;
use downrange_track::measure::gospa;
use downrange_track::point::{Settings, run};

#[allow(dead_code, reason = "each example uses its part")]
#[path = "shared/draw.rs"]
mod draw;

const CUT_OFF_M: f64 = 100.0;
const SEEDS: u64 = 20;

/// Root mean square GOSPA over scans and seeds, which does not ask which track is whose; and the share of tracks that end nearest
/// to the object that they began with.
fn measured(associator: Associator) -> (f64, f64) {
    let (mut sum_m2, mut count, mut kept) = (0.0, 0.0, 0.0);
    for seed in 0..SEEDS {
        let mut draw = draw::Draw(50 + seed);
        let movers: Vec<draw::Mover> = (0..4)
            .map(|k| draw::Mover {
                from_m: [400.0, 1_000.0 + 25.0 * f64::from(k)],
                velocity_mps: [10.0, 0.0],
                scans: [0, 100],
            })
            .collect();
        let meta = draw::sea(100);
        let (scenario, truth) = draw::watched(&movers, meta, &mut draw);
        let found = run(&scenario, &Settings::new(associator, true), || ());
        for (scan, truth) in truth.iter().enumerate() {
            let rows = found.rows.iter().filter(|row| row.scan == scan as u32);
            let tracked: Vec<[f64; 2]> = rows.map(|row| [row.position_m[0], row.position_m[1]]).collect();
            sum_m2 += gospa(truth, &tracked, CUT_OFF_M).expect("finite places").distance_m.powi(2);
            count += 1.0;
        }
        let lane = |y: f64| ((y - 1_000.0) / 25.0).round();
        let last = found.rows.iter().filter(|row| row.scan == 99);
        kept += last.filter(|row| lane(row.position_m[1]) == f64::from(row.track)).count() as f64;
    }
    ((sum_m2 / count).sqrt(), kept / (4 * SEEDS) as f64)
}

pub(crate) fn main() {
    let ways = [
        ("global nearest neighbour", Associator::GlobalNearest),
        ("JPDA, exact", Associator::jpda()),
        ("JPDA by belief propagation", Associator::BeliefPropagation),
        ("set JPDA", Associator::set_jpda()),
        ("multiple hypotheses (MHT)", Associator::multiple_hypothesis()),
        ("Poisson multi-Bernoulli mixture", Associator::mixture()),
    ];
    let found = ways.map(|(name, associator)| {
        let (error_m, kept) = measured(associator);
        println!("{name:32} GOSPA {error_m:4.1} m, {:3.0} % end where they began", 100.0 * kept);
        (error_m, kept)
    });
    let [nearest, exact, _, set, hypotheses, _] = found;
    assert!(exact.1 < nearest.1, "JPDA lets near tracks run into one: which is which is lost");
    assert!(set.0 < exact.0, "with their hypotheses exchanged they keep apart");
    assert!(hypotheses.1 > nearest.1, "who does not decide too early keeps the names");
}
