//! Very many objects, nothing given: as many as asked for (20,000 unless told), up to a million.
//!
//! `cargo run --release -p downrange-track --example ex10_a_million -- 1000000`

use downrange_earth::Time;
use downrange_track::associate::Associator;
use downrange_track::swarm::{Scan, Sensor, Settings, Swarm};

#[allow(dead_code, reason = "each example uses its part")]
#[path = "shared/draw.rs"]
mod draw;

const STEP_S: f64 = 10.0;

pub(crate) fn main() {
    let asked = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let count: usize = asked.unwrap_or(20_000).clamp(1, 1_000_000);
    let mut draw = draw::Draw(10);
    // As dense as a million in 2,000 x 2,000 x 12 km: the box grows with the number.
    let side_m = 2_000e3 * (count as f64 / 1e6).sqrt();
    let mut movers: Vec<([f64; 3], [f64; 3])> = (0..count)
        .map(|_| {
            let place = [draw.between(0.0, side_m), draw.between(0.0, side_m), draw.between(0.0, 12e3)];
            (place, [draw.between(-200.0, 200.0), draw.between(-200.0, 200.0), draw.between(-3.0, 3.0)])
        })
        .collect();
    let mut swarm = Swarm::new(Settings::new(Associator::GlobalNearest, 0.1, 300.0)).expect("settings in range");
    let clutter_density = 0.1 * count as f64 / (side_m * side_m * 12e3);
    let sensor = Sensor { sigma_m: 30.0, detection_probability: 0.9, stray_density: 2.0 * clutter_density };
    for scan in 0..8 {
        let mut plots = Vec::with_capacity(count + count / 10);
        for (place, velocity) in &mut movers {
            for axis in 0..3 {
                place[axis] += velocity[axis] * STEP_S;
            }
            if draw.uniform() < 0.9 {
                plots.push(place.map(|at| at + 30.0 * draw.normal()));
            }
        }
        for _ in 0..count / 10 {
            plots.push([draw.between(0.0, side_m), draw.between(0.0, side_m), draw.between(0.0, 12e3)]);
        }
        let time = Time::from_tai_ns(0).plus_s(STEP_S * f64::from(scan));
        let report = swarm.step(&Scan { time, plots: &plots, sensor }).expect("a later scan");
        let confirmed = swarm.confirmed().count();
        println!(
            "{:3.0} s: {} plots, {} tracks, {confirmed} of them confirmed, {} left out",
            STEP_S * f64::from(scan),
            plots.len(),
            report.tracks_count,
            report.shed.total_count()
        );
    }
    let confirmed = swarm.confirmed().count() as f64;
    println!("{:.0} bytes per object", swarm.memory_bytes() as f64 / count as f64);
    assert!((0.9..1.05).contains(&(confirmed / count as f64)), "nearly all, and hardly any false");
}
