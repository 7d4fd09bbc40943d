//! Nothing is given: objects appear and vanish among clutter, and the tracker finds out how many there are.
//!
//! `cargo run --release -p downrange-track --example ex06_births_and_deaths`

use downrange_track::associate::Associator;
use downrange_track::measure::cardinality_error;
use downrange_track::point::{Settings, run};

#[allow(dead_code, reason = "each example uses its part")]
#[path = "shared/draw.rs"]
mod draw;

pub(crate) fn main() {
    let mut draw = draw::Draw(6);
    let movers: Vec<draw::Mover> = (0..16)
        .map(|number| draw::Mover {
            from_m: [draw.between(300.0, 1_700.0), draw.between(300.0, 1_700.0)],
            velocity_mps: [draw.between(-8.0, 8.0), draw.between(-8.0, 8.0)],
            // One more every four seconds; each stays for 50 s.
            scans: [4 * number, 4 * number + 50],
        })
        .collect();
    let (scenario, truth) = draw::watched(&movers, draw::sea(120), &mut draw);
    let settings = Settings::new(Associator::mixture(), false);
    let found = run(&scenario, &settings, || ());
    let tracked = |scan: usize| found.rows.iter().filter(|row| row.scan == scan as u32).count();
    for scan in (0..120).step_by(15) {
        println!("{scan:3} s: {:2} objects, {:2} tracks", truth[scan].len(), tracked(scan));
    }
    let error = cardinality_error(truth.iter().enumerate().map(|(scan, truth)| (truth.len(), tracked(scan))));
    let numbers: std::collections::BTreeSet<u32> = found.rows.iter().map(|row| row.track).collect();
    println!("{} objects, {} tracks in all; {error:?}", movers.len(), numbers.len());
    assert!((16..=22).contains(&numbers.len()), "one track for each object, a few broken or false ones");
}
