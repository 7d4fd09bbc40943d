//! The simulator's physics against integrations by other programs.

use downrange_earth::Ecef;
use downrange_sim::flight::body::{Leg, Start, fly};
use downrange_sim::flight::path::{Knot, Path};
use downrange_sim::physics::air::Air;
use downrange_sim::physics::drag::{Drag, Shape};
use downrange_sim::physics::gravity::potential_jpkg;
use nalgebra::Vector3;
use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn vector(columns: &[f64]) -> Vector3<f64> {
    Vector3::new(columns[0], columns[1], columns[2])
}

/// A body that the air does nothing to.
fn heavy() -> Drag {
    Drag::steady(1e30, Shape::Blunt)
}

/// Flies freely in standard, still air and returns the path.
fn free_flight(start: Start, end_s: f64, drag: Drag) -> Path {
    let mut path = Path::default();
    fly(&Air::still(), &Leg::fall(drag, end_s), start, 10.0, &mut path);
    path
}

#[test]
fn val_flights_of_dop853() {
    let table = std::fs::read_to_string(root().join("fixtures/oracles/sim/flights.csv")).unwrap();
    let mut flights = 0;
    for line in table.lines().skip(2) {
        let columns: Vec<&str> = line.split(',').collect();
        let number = |i: usize| columns[i].parse::<f64>().unwrap();
        let numbers = |from: usize| vector(&[number(from), number(from + 1), number(from + 2)]);
        let shape = if columns[9] == "slender" { Shape::Slender } else { Shape::Blunt };
        let drag = if number(8) == 0.0 { heavy() } else { Drag::steady(number(8), shape) };
        let path = free_flight(Start::fixed(0.0, numbers(1), numbers(4)), number(7), drag);
        let end = path.knots.last().unwrap();
        let (off_m, off_mps) = ((end.place - numbers(11)).norm(), (end.velocity_mps - numbers(14)).norm());
        let off_s = (end.time_s - number(10)).abs();
        println!("{}: {off_m:.4} m, {off_mps:.6} m/s, {off_s:.6} s", columns[0]);
        // With air the two differ by the last printed digit of the standard's pressures at the layers' bases.
        assert!(off_m < 5.0 && off_mps < 0.05 && off_s < 0.01, "{line}");
        flights += 1;
    }
    assert_eq!(flights, 5);
}

#[test]
fn energy_is_kept_without_air() {
    let place = downrange_earth::Geodetic::from_degrees(20.0, 30.0, 400e3).ecef().0;
    let start = Start::fixed(0.0, place, Vector3::new(-3_000.0, 5_000.0, 3_800.0));
    let energy = |place: Vector3<f64>, v: Vector3<f64>| 0.5 * v.norm_squared() + potential_jpkg(place);
    let before = energy(start.place(), start.velocity_mps());
    // The axis of the zonal field also keeps the angular momentum about it.
    let spin = |place: Vector3<f64>, v: Vector3<f64>| place.cross(&v).z;
    let spin_before = spin(start.place(), start.velocity_mps());
    let path = free_flight(start, 20_000.0, heavy());
    for knot in &path.knots {
        let there = Start::fixed(knot.time_s, knot.place, knot.velocity_mps);
        let drift = energy(there.place(), there.velocity_mps()) / before - 1.0;
        assert!(drift.abs() < 1e-9, "at {} s: {drift}", knot.time_s);
        assert!((spin(there.place(), there.velocity_mps()) / spin_before - 1.0).abs() < 1e-9);
    }
    assert!(path.end_s() > 600.0);
}

/// A path of another generator: time, place, velocity, height.
fn foreign(path: &std::path::Path) -> Vec<Knot> {
    let table = std::fs::read_to_string(path).unwrap();
    let rows = table.lines().skip(1).map(|line| line.split(',').map(|c| c.parse().unwrap()).collect());
    rows.map(|row: Vec<f64>| Knot {
        time_s: row[0],
        place: vector(&row[1..4]),
        velocity_mps: vector(&row[4..7]),
        hot: false,
    })
    .collect()
}

#[test]
fn val_free_fall_of_another_generator() {
    let file = root().join("../shared/scenarios/overflight/truth/overflight.csv");
    if !file.exists() {
        println!("SKIPPED: {} is not there", file.display());
        return;
    }
    let knots = foreign(&file);
    // From 25 s after burnout (over 190 km up) down to 100 km: no air to speak of.
    let from = knots.iter().find(|k| k.time_s >= 210.0).unwrap();
    let start = Start::fixed(from.time_s, from.place, from.velocity_mps);
    let ours = free_flight(start, 915.0, heavy());
    let mut worst_m: f64 = 0.0;
    for theirs in knots.iter().filter(|k| (from.time_s..915.0).contains(&k.time_s)) {
        assert!(Ecef(theirs.place).geodetic().height_m > 1e5);
        let off_m = (ours.at(theirs.time_s).unwrap().place - theirs.place).norm();
        worst_m = worst_m.max(off_m);
    }
    println!("largest difference {worst_m:.1} m");
    // J3 and J4 (2.5e-5 m/s² together) over 700 s are worth about six metres; printed speeds to 1 mm/s one more.
    assert!(worst_m < 15.0, "{worst_m}");
}
