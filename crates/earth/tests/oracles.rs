//! Against programs that share nothing with this crate: the tables of `fixtures/oracles/earth` (made by its `make.py`) and
//! the crate geographiclib-rs. Each test prints q99 and maximum of every difference.

use downrange_earth::geodetic::height_m;
use downrange_earth::motion::{Flown, Integrator, ballistic_rate, fall};
use downrange_earth::{Ecef, Geodetic, atmosphere, geodesic};
use geographiclib_rs::{DirectGeodesic, Geodesic as Judge, InverseGeodesic};
use nalgebra::{SVector, Vector3};

/// The numbers of one table, row by row; what is not a number becomes NaN.
fn table(name: &str) -> Vec<Vec<f64>> {
    let path = format!("{}/../../fixtures/oracles/earth/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.parse().unwrap_or(f64::NAN)).collect())
        .collect();
    assert!(rows.len() >= 20, "{path} is short");
    rows
}

/// Prints q99 and maximum, and holds the maximum to a limit.
fn judge(what: &str, mut differences: Vec<f64>, limit: f64) {
    assert!(differences.iter().all(|value| value.is_finite()), "{what}: not finite");
    differences.iter_mut().for_each(|value| *value = value.abs());
    differences.sort_by(f64::total_cmp);
    let q99 = differences[(differences.len() - 1) * 99 / 100];
    let max = differences[differences.len() - 1];
    println!("{what}: {} values, q99 {q99:.2e}, max {max:.2e} (limit {limit:.0e})", differences.len());
    assert!(max <= limit, "{what}: {max} > {limit}");
}

fn turn(radians: f64) -> f64 {
    libm::remainder(radians, core::f64::consts::TAU)
}

fn place(row: &[f64]) -> Geodetic {
    Geodetic::from_degrees(row[0], row[1], 0.0)
}

#[test]
fn val_geodesic_table_of_geographiclib() {
    let (mut distance, mut azimuth, mut arrival) = (vec![], vec![], vec![]);
    for row in table("geodesic.csv") {
        let (from, to) = (place(&row[0..2]), place(&row[2..4]));
        let path = geodesic::inverse(from, to);
        distance.push(path.distance_m - row[4]);
        let there = geodesic::direct(from, row[5].to_radians(), row[4]);
        arrival.push((there.ecef().0 - to.ecef().0).norm());
        // Bearings lose their meaning over centimetres and between opposite places.
        if (1e3..1.99e7).contains(&row[4]) {
            azimuth.push(turn(path.azimuth_start_rad - row[5].to_radians()));
            azimuth.push(turn(path.azimuth_end_rad - row[6].to_radians()));
        }
    }
    judge("inverse distance, m", distance, 1e-7);
    judge("inverse azimuth, rad", azimuth, 1e-11);
    judge("direct, m", arrival, 1e-6);
}

/// Knuth's linear congruential generator (MMIX), so that every run judges the same pairs.
struct Lcg(u64);

impl Lcg {
    fn uniform(&mut self, low: f64, high: f64) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        low + (high - low) * (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn latitude_deg(&mut self) -> f64 {
        libm::asin(self.uniform(-1.0, 1.0)).to_degrees()
    }
}

#[test]
fn val_geodesic_random_pairs_of_geographiclib_rs() {
    let wgs84 = Judge::wgs84();
    let mut random = Lcg(2013);
    let (mut distance, mut azimuth, mut direct) = (vec![], vec![], vec![]);
    for index in 0..12_000 {
        let (lat1, lon1) = (random.latitude_deg(), random.uniform(-180.0, 180.0));
        // A third of the pairs is nearly antipodal.
        let near_antipode = index % 3 == 0;
        let (lat2, lon2) = if near_antipode {
            let size = libm::pow(10.0, random.uniform(-6.0, 0.3));
            let lat2 = (-lat1 + size * random.uniform(-1.0, 1.0)).clamp(-90.0, 90.0);
            (lat2, lon1 + 180.0 + size * random.uniform(-1.0, 1.0))
        } else {
            (random.latitude_deg(), random.uniform(-180.0, 180.0))
        };
        let (from, to) = (Geodetic::from_degrees(lat1, lon1, 0.0), Geodetic::from_degrees(lat2, lon2, 0.0));
        let path = geodesic::inverse(from, to);
        let (s12, azi1, azi2, _): (f64, f64, f64, f64) = wgs84.inverse(lat1, lon1, lat2, lon2);
        distance.push(path.distance_m - s12);
        if !near_antipode && s12 > 1e3 && s12 < 1.99e7 {
            azimuth.push(turn(path.azimuth_start_rad - azi1.to_radians()));
            azimuth.push(turn(path.azimuth_end_rad - azi2.to_radians()));
        }
        let length_m = random.uniform(-1e5, 4e7);
        let (lat, lon): (f64, f64) = wgs84.direct(lat1, lon1, path.azimuth_start_rad.to_degrees(), length_m);
        let there = geodesic::direct(from, path.azimuth_start_rad, length_m);
        direct.push((there.ecef().0 - Geodetic::from_degrees(lat, lon, 0.0).ecef().0).norm());
    }
    judge("inverse distance, m", distance, 1e-7);
    judge("inverse azimuth, rad", azimuth, 1e-11);
    judge("direct, m", direct, 1e-7);
}

#[test]
fn val_geodetic_table_of_pymap3d() {
    let (mut forward, mut back, mut height, mut fast) = (vec![], vec![], vec![], vec![]);
    for row in table("geodetic.csv") {
        let there = Geodetic::from_degrees(row[0], row[1], row[2]);
        let theirs = Ecef(Vector3::new(row[3], row[4], row[5]));
        let scale = theirs.0.norm() / 6.4e6;
        forward.push((there.ecef().0 - theirs.0).norm() / scale);
        let ours = theirs.geodetic();
        back.push((ours.ecef().0 - theirs.0).norm() / scale);
        height.push((ours.height_m - row[2]) / scale);
        if row[2] <= 1e6 {
            fast.push(height_m(theirs) - row[2]);
        }
    }
    // Relative to the Earth's radius: at 1e8 m a double itself has steps of 1.5e-8 m.
    judge("to ECEF, m per Earth radius", forward, 1e-8);
    judge("from ECEF, m per Earth radius", back, 5e-9);
    judge("height, m per Earth radius", height, 5e-9);
    judge("fast height up to 1,000 km, m", fast, 0.05);
}

#[test]
fn val_atmosphere_table_of_ambiance() {
    let (mut temperature, mut pressure, mut density, mut sound) = (vec![], vec![], vec![], vec![]);
    for row in table("atmosphere.csv") {
        let air = atmosphere::air(row[0]);
        temperature.push(air.temperature_k / row[1] - 1.0);
        pressure.push(air.pressure_pa / row[2] - 1.0);
        density.push(air.density_kgpm3 / row[3] - 1.0);
        sound.push(air.sound_speed_mps / row[4] - 1.0);
    }
    // ambiance is the ICAO atmosphere, whose gas constant is 4e-6 larger.
    judge("temperature, relative", temperature, 1e-8);
    judge("pressure, relative", pressure, 2e-5);
    judge("density, relative", density, 2e-5);
    judge("sound speed, relative", sound, 1e-6);
}

#[test]
fn val_atmosphere_printed_table() {
    let (mut low, mut high, mut temperature) = (vec![], vec![], vec![]);
    for row in table("us76_printed.csv") {
        let air = atmosphere::air(row[0]);
        let difference = air.density_kgpm3 / row[3] - 1.0;
        if row[0] < 86_000.0 {
            low.push(difference)
        } else {
            high.push(difference)
        }
        temperature.push(air.temperature_k / row[1] - 1.0);
    }
    judge("density below 86 km, relative", low, 1e-4);
    judge("density from 86 km, relative", high, 1e-3);
    // The table's 85 km is a molecular temperature; the kinetic one is 3e-4 less.
    judge("temperature, relative", temperature, 4e-4);
}

fn flight(row: &[f64]) -> (SVector<f64, 6>, f64, f64, bool, SVector<f64, 6>) {
    (SVector::from_row_slice(&row[0..6]), row[6], row[7], row[8] == 1.0, SVector::from_row_slice(&row[9..15]))
}

fn miss_m(flown: &Flown<6>, end: &SVector<f64, 6>) -> f64 {
    (flown.state - end).fixed_rows::<3>(0).norm()
}

#[test]
fn val_flights_integrated_in_the_inertial_frame() {
    let (mut tight_m, mut tight_s, mut tight_mps, mut fast_m, mut fast_s) = (vec![], vec![], vec![], vec![], vec![]);
    for row in table("flights.csv") {
        let (start, beta_kgpm2, time_s, landed, end) = flight(&row);
        let integrator =
            Integrator { tolerance: SVector::from([1e-4, 1e-4, 1e-4, 1e-7, 1e-7, 1e-7]), step_max_s: 10.0 };
        // The exact height here, so that only the equations of motion and the integrator are judged.
        let ground = |state: &SVector<f64, 6>| Ecef(Vector3::new(state[0], state[1], state[2])).geodetic().height_m;
        let flown = integrator.fly(start, 1_200.0, |_, state| ballistic_rate(state, beta_kgpm2), ground);
        assert!(!flown.failed && flown.by_event == landed, "{row:?}");
        tight_m.push(miss_m(&flown, &end));
        tight_s.push(flown.time_s - time_s);
        tight_mps.push((flown.state - end).fixed_rows::<3>(3).norm());
        let place = Ecef(Vector3::new(start[0], start[1], start[2]));
        let flown = fall(place, Vector3::new(start[3], start[4], start[5]), beta_kgpm2, 1_200.0);
        assert!(!flown.failed && flown.by_event == landed, "{row:?}");
        fast_m.push(miss_m(&flown, &end));
        fast_s.push(flown.time_s - time_s);
    }
    judge("place, m", tight_m, 1.0);
    judge("time, s", tight_s, 5e-4);
    judge("velocity, m/s", tight_mps, 5e-3);
    judge("place by fall, m", fast_m, 10.0);
    judge("time by fall, s", fast_s, 0.02);
}

/// The table is for a sphere without rotation; from the pole there is no rotation to gain, and what the flight goes over
/// is colatitude. What remains is the flattening.
#[test]
fn val_minimum_energy_trajectories() {
    let (mut range, mut time) = (vec![], vec![]);
    for row in table("minimum_energy.csv") {
        let pole = Geodetic::from_degrees(90.0, 0.0, 0.0).ecef();
        let (sin, cos) = libm::sincos(row[2].to_radians());
        let velocity_mps = Vector3::new(cos, 0.0, sin) * (row[1] * 1e3);
        let flown = fall(pole, velocity_mps, f64::INFINITY, 4_000.0);
        assert!(flown.by_event);
        let colatitude_rad = libm::atan2(libm::hypot(flown.state[0], flown.state[1]), flown.state[2]);
        range.push(colatitude_rad * 6_371.0 / row[0] - 1.0);
        time.push(flown.time_s / row[4] - 1.0);
    }
    judge("range, relative", range, 0.01);
    judge("time of flight, relative", time, 0.01);
}
