//! Registration: against batch least squares, against the information bound, and what it must not claim.

use downrange_earth::{Ecef, Enu, Geodetic, Site};
use downrange_track::gaussian::Gaussian;
use downrange_track::observe::Radar;
use downrange_track::register::{Diagnosis, Fault, Known, Outcome, Plot, RegisterError, Registration};
use nalgebra::{Matrix4, SVector, Vector3, Vector4, Vector6, vector};
use proptest::prelude::*;
use std::f64::consts::TAU;

const NOISE: [f64; 3] = [40.0, 0.08, 0.10];
const KNOWN_SIGMA: [f64; 6] = [15.0, 15.0, 15.0, 1.0, 1.0, 1.0];
const STEADY: Vector4<f64> = Vector4::new(0.0, 0.0, 0.0, 0.0);

fn bias(range_m: f64, azimuth_deg: f64, elevation_deg: f64, clock_s: f64) -> Vector4<f64> {
    vector![range_m, azimuth_deg.to_radians(), elevation_deg.to_radians(), clock_s]
}

fn noise_sigma() -> Vector3<f64> {
    vector![NOISE[0], NOISE[1].to_radians(), NOISE[2].to_radians()]
}

fn prior() -> Gaussian<4> {
    Gaussian::diagonal(Vector4::zeros(), bias(300.0, 0.5, 0.5, 2.0))
}

fn sites() -> [Site; 2] {
    [(38.0, 128.0), (38.6, 129.2)].map(|(lat, lon)| Site::new(Geodetic::from_degrees(lat, lon, 100.0)))
}

/// The draws of `oracles/register_batch.py`: a linear congruence, and twelve of them summed as a normal number.
struct Draw(u64);

impl Draw {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    fn normals<const N: usize>(&mut self) -> SVector<f64, N> {
        let mut v = SVector::<f64, N>::zeros();
        v.iter_mut().for_each(|x| *x = self.normal());
        v
    }
}

struct Flight {
    place_m: Vector3<f64>,
    velocity_mps: Vector3<f64>,
}

impl Flight {
    fn draw(draw: &mut Draw) -> Flight {
        let (east, north) = (40e3 + 90e3 * draw.uniform(), -60e3 + 160e3 * draw.uniform());
        let (heading, up) = (TAU * draw.uniform(), 6e3 + 6e3 * draw.uniform());
        let site = sites()[0];
        let (sin, cos) = (libm::sin(heading), libm::cos(heading));
        Flight {
            place_m: site.place(Enu(vector![east, north, up])).0,
            velocity_mps: site.ecef_to_enu().transpose() * vector![230.0 * sin, 230.0 * cos, 0.0],
        }
    }

    fn plot(&self, draw: &mut Draw, sensor: usize, time_s: f64, bias: &Vector4<f64>) -> Plot {
        let site = sites()[sensor];
        let place = self.place_m + self.velocity_mps * (time_s - bias[3]);
        let mean = Radar::measurement(&site.look(Ecef(place)))
            + bias.fixed_rows::<3>(0)
            + noise_sigma().component_mul(&draw.normals());
        Plot { sensor, site, time_s, measured: Gaussian::diagonal(mean, noise_sigma()) }
    }

    fn truth(&self) -> Vector6<f64> {
        let (p, v) = (self.place_m, self.velocity_mps);
        vector![p.x, p.y, p.z, v.x, v.y, v.z]
    }

    fn report(&self, draw: &mut Draw) -> Known {
        let sigma = Vector6::from(KNOWN_SIGMA);
        Known { time_s: 0.0, state: Gaussian::diagonal(self.truth() + sigma.component_mul(&draw.normals()), sigma) }
    }
}

fn pair() -> Registration<8> {
    Registration::new([prior(), prior()], STEADY).expect("a sound prior")
}

fn used(outcome: Result<Outcome, RegisterError>) -> bool {
    matches!(outcome, Ok(Outcome::Used(_)))
}

#[test]
fn val_biases_are_those_of_batch_least_squares() {
    // Mean and standard deviation by tests/oracles/register_batch.py (numpy).
    let batch: [(f64, f64); 8] = [
        (1.97500678e+02, 7.48849230e+00),
        (5.22671630e-03, 1.92559548e-04),
        (-1.58805111e-03, 2.92609962e-04),
        (1.50563542e+00, 4.70466221e-02),
        (-1.25837146e+02, 2.05013748e+01),
        (-3.31415227e-03, 3.27101349e-04),
        (2.30070773e-03, 6.44187085e-04),
        (-8.18742814e-01, 9.49828765e-02),
    ];
    let truth = [bias(200.0, 0.3, -0.1, 1.5), bias(-120.0, -0.2, 0.15, -0.8)];
    let (mut draw, mut registration) = (Draw(20_260_101), pair());
    for i in 0..60 {
        let flight = Flight::draw(&mut draw);
        if i % 2 == 0 {
            let plot = flight.plot(&mut draw, 0, 2.0, &truth[0]);
            let known = flight.report(&mut draw);
            assert!(used(registration.known(&plot, &known)));
        } else {
            let a = flight.plot(&mut draw, 0, 1.0, &truth[0]);
            let b = flight.plot(&mut draw, 1, 3.0, &truth[1]);
            let velocity = Gaussian::diagonal(flight.velocity_mps + draw.normals::<3>(), vector![1.0, 1.0, 1.0]);
            assert!(used(registration.common(&a, &b, &velocity)));
        }
    }
    for (i, (mean, sigma)) in batch.iter().enumerate() {
        let (ours, ours_sigma) = (registration.state().mean[i], libm::sqrt(registration.state().covariance[(i, i)]));
        assert!((ours - mean).abs() < 0.05 * sigma, "component {i}: {ours} against {mean} ± {sigma}");
        assert!((ours_sigma / sigma - 1.0).abs() < 0.01, "component {i}: ±{ours_sigma} against ±{sigma}");
    }
}

/// Fisher information of one plot and its report, taken at the truth by differences.
fn information(flight: &Flight, truth: &Vector4<f64>) -> Matrix4<f64> {
    let site = sites()[0];
    let seen = |b: &Vector4<f64>, s: &Vector6<f64>| {
        let place = s.fixed_rows::<3>(0) + s.fixed_rows::<3>(3) * (2.0 - b[3]);
        Radar::measurement(&site.look(Ecef(place))) + b.fixed_rows::<3>(0)
    };
    let mut by_bias = nalgebra::Matrix3x4::zeros();
    for (i, step) in [1.0, 1e-5, 1e-5, 1e-2].into_iter().enumerate() {
        let mut d = Vector4::zeros();
        d[i] = step;
        let column = (seen(&(truth + d), &flight.truth()) - seen(&(truth - d), &flight.truth())) / (2.0 * step);
        by_bias.set_column(i, &column);
    }
    let mut noise = nalgebra::Matrix3::from_diagonal(&noise_sigma().component_mul(&noise_sigma()));
    for (i, sigma) in KNOWN_SIGMA.into_iter().enumerate() {
        let mut d = Vector6::zeros();
        d[i] = sigma;
        let column = (seen(truth, &(flight.truth() + d)) - seen(truth, &(flight.truth() - d))) / 2.0;
        noise += column * column.transpose();
    }
    by_bias.transpose() * noise.try_inverse().expect("positive") * by_bias
}

#[test]
fn sim_errors_match_their_covariance_and_reach_the_information_bound() {
    const RUNS: usize = 1_000;
    const PLOTS: usize = 40;
    let inverse_prior = prior().covariance.try_inverse().expect("positive");
    let (mut nees, mut over_bound) = (0.0, 0.0);
    for run in 0..RUNS {
        // Neighbouring seeds of a linear congruence go together: mixed first.
        let mixed = (run as u64 + 1).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mut draw = Draw((mixed ^ (mixed >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb));
        let truth = prior().factor().lower * draw.normals::<4>();
        let mut registration = Registration::<4>::new([prior()], STEADY).expect("a sound prior");
        let mut bound = inverse_prior;
        for _ in 0..PLOTS {
            let flight = Flight::draw(&mut draw);
            let plot = flight.plot(&mut draw, 0, 2.0, &truth);
            let known = flight.report(&mut draw);
            registration.known(&plot, &known).expect("sound numbers");
            bound += information(&flight, &truth);
        }
        let estimate = registration.bias(0).expect("sensor 0");
        let error = estimate.mean - truth;
        nees += error.dot(&(estimate.covariance.try_inverse().expect("positive") * error));
        over_bound += error.dot(&(bound * error));
        let least = bound.try_inverse().expect("positive");
        for i in 0..4 {
            // Outliers (one in a thousand) are left out, so that the covariance may lie a little above.
            let ratio = libm::sqrt(estimate.covariance[(i, i)] / least[(i, i)]);
            assert!((0.99..1.06).contains(&ratio), "run {run}, component {i}: {ratio} of the bound");
        }
    }
    // 95 % of a χ² of 4·1,000 degrees of freedom, over 1,000.
    let band = 3.827..4.177;
    assert!(band.contains(&(nees / RUNS as f64)), "NEES {}", nees / RUNS as f64);
    assert!(band.contains(&(over_bound / RUNS as f64)), "NEES by the bound {}", over_bound / RUNS as f64);
}

#[test]
fn sim_a_sensor_off_by_300_millidegrees_200_m_and_1500_ms_is_found_in_40_plots() {
    let truth = bias(200.0, 0.3, 0.0, 1.5);
    let mut draw = Draw(5);
    let mut registration = Registration::<4>::new([prior()], STEADY).expect("a sound prior");
    for _ in 0..40 {
        let flight = Flight::draw(&mut draw);
        let (plot, known) = (flight.plot(&mut draw, 0, 2.0, &truth), flight.report(&mut draw));
        registration.known(&plot, &known).expect("sound numbers");
    }
    let found = registration.bias(0).expect("sensor 0");
    let allowed = bias(25.0, 0.04, 0.06, 0.2);
    for i in 0..4 {
        assert!((found.mean[i] - truth[i]).abs() < allowed[i], "component {i}: {} for {}", found.mean[i], truth[i]);
    }
    let sigma = |i: usize| libm::sqrt(found.covariance[(i, i)]);
    for i in [0, 1, 3] {
        assert!(found.mean[i].abs() > 5.0 * sigma(i), "component {i} is told from nothing");
    }
    // A plot corrected with it lies where the object is, by its own widened covariance.
    let flight = Flight::draw(&mut draw);
    let plot = flight.plot(&mut draw, 0, 2.0, &truth);
    let corrected = registration.correct(&plot, &flight.velocity_mps).expect("sound numbers");
    let place = flight.place_m + flight.velocity_mps * corrected.time_s;
    let error = Radar::measurement(&plot.site.look(Ecef(place))) - corrected.measured.mean;
    let nis = error.dot(&(corrected.measured.covariance.try_inverse().expect("positive") * error));
    assert!(nis < 16.3, "{nis}");
    for i in 0..3 {
        let (wide, plain) = (corrected.measured.covariance[(i, i)], plot.measured.covariance[(i, i)]);
        assert!(wide > plain && wide < 1.5 * plain, "component {i}: {wide} of {plain}");
    }
}

#[test]
fn prop_what_two_sensors_share_stays_at_its_prior() {
    // At one place a shift that both have cannot be seen, nor can one of both clocks. (Clocks that differ would show them
    // two places along a known velocity, and with it which way north is: so they agree here.)
    let (mut draw, mut registration) = (Draw(3), pair());
    let truth = [bias(250.0, 0.4, 0.2, 0.5), bias(100.0, 0.1, -0.1, 0.5)];
    for _ in 0..200 {
        let flight = Flight::draw(&mut draw);
        let a = flight.plot(&mut draw, 0, 2.0, &truth[0]);
        let mut b = flight.plot(&mut draw, 0, 2.0, &truth[1]);
        b.sensor = 1;
        let velocity = Gaussian::diagonal(flight.velocity_mps, vector![1.0, 1.0, 1.0]);
        registration.common(&a, &b, &velocity).expect("sound numbers");
    }
    let p = &registration.state().covariance;
    for i in 0..4 {
        let sum = p[(i, i)] + p[(i + 4, i + 4)] + 2.0 * p[(i, i + 4)];
        let difference = p[(i, i)] + p[(i + 4, i + 4)] - 2.0 * p[(i, i + 4)];
        let before = 2.0 * prior().covariance[(i, i)];
        // As long as the clocks are thought to differ a little, a hundredth at most.
        assert!((0.99..1.0 + 1e-9).contains(&(sum / before)), "sum of component {i}: {}", sum / before);
        assert!(difference < 0.01 * before, "difference of component {i}: {}", difference / before);
        let found = registration.state().mean[i] - registration.state().mean[i + 4];
        let wanted = truth[0][i] - truth[1][i];
        assert!((found - wanted).abs() < 4.0 * libm::sqrt(difference), "component {i}: {found} for {wanted}");
    }
}

#[test]
fn sim_a_report_that_lies_moves_nothing_once_the_bias_is_known() {
    let truth = bias(50.0, 0.1, 0.0, 0.2);
    let (mut draw, mut registration) = (Draw(9), Registration::<4>::new([prior()], STEADY).expect("a sound prior"));
    for i in 0..60 {
        let flight = Flight::draw(&mut draw);
        let (plot, mut known) = (flight.plot(&mut draw, 0, 2.0, &truth), flight.report(&mut draw));
        if i >= 30 {
            known.state.mean[0] += 4_000.0;
            let before = registration;
            assert!(matches!(registration.known(&plot, &known), Ok(Outcome::Outlier(_))), "lie {i}");
            assert_eq!(registration.state(), before.state());
        } else {
            registration.known(&plot, &known).expect("sound numbers");
        }
    }
    assert!(registration.outlier_count() >= 30);
}

#[test]
fn sim_a_wandering_bias_is_followed() {
    let walk = bias(1.0, 0.001, 0.001, 0.005).map(|s| s * s);
    let (mut draw, mut registration) = (Draw(21), Registration::<4>::new([prior()], walk).expect("a sound prior"));
    for i in 0..300 {
        registration.predict(1.0).expect("a second");
        let truth = bias(0.5 * f64::from(i), 0.0, 0.0, 0.0);
        let flight = Flight::draw(&mut draw);
        let (plot, known) = (flight.plot(&mut draw, 0, 2.0, &truth), flight.report(&mut draw));
        registration.known(&plot, &known).expect("sound numbers");
    }
    let range_m = registration.bias(0).expect("sensor 0").mean[0];
    assert!((range_m - 149.5).abs() < 25.0, "{range_m}");
}

fn diagnose(seed: u64, wrong: impl Fn(&mut Plot), truth: &Vector4<f64>) -> (Fault, f64, Gaussian<4>) {
    let sound = Gaussian::diagonal(Vector4::zeros(), bias(150.0, 0.3, 0.3, 1.0));
    let (mut draw, mut diagnosis) = (Draw(seed), Diagnosis::new(sound, STEADY).expect("a sound prior"));
    for _ in 0..20 {
        let flight = Flight::draw(&mut draw);
        let mut plot = flight.plot(&mut draw, 0, 2.0, truth);
        wrong(&mut plot);
        diagnosis.known(&plot, &flight.report(&mut draw)).expect("sound numbers");
    }
    let (fault, ratio) = diagnosis.best();
    (fault, ratio, diagnosis.bias(fault).expect("one of all"))
}

#[test]
fn sim_north_clock_and_units_are_told_apart() {
    let none = |_: &mut Plot| {};
    let read_as = |unit_m: f64| move |plot: &mut Plot| plot.measured.mean[0] /= unit_m;
    for seed in 1..6 {
        let (north, ratio, found) = diagnose(seed, none, &bias(30.0, 100.0, 0.0, 0.1));
        assert!(north == Fault::North && ratio > 7.0, "{north:?} {ratio}");
        assert!((found.mean[1].to_degrees() - 100.0).abs() < 0.2, "{}", found.mean[1].to_degrees());
        let (clock, ratio, found) = diagnose(seed, none, &bias(30.0, 0.1, 0.0, 45.0));
        assert!(clock == Fault::Clock && ratio > 7.0, "{clock:?} {ratio}");
        assert!((found.mean[3] - 45.0).abs() < 1.0, "{}", found.mean[3]);
        for fault in [Fault::NauticalMiles, Fault::Feet, Fault::Kilometres] {
            let (told, ratio, _) = diagnose(seed, read_as(fault.unit_m()), &bias(30.0, 0.1, 0.0, 0.1));
            assert!(told == fault && ratio > 7.0, "{told:?} {ratio} for {fault:?}");
        }
        let (sound, ratio, _) = diagnose(seed, none, &bias(100.0, 0.2, 0.1, 0.5));
        assert!(ratio < 4.6, "nothing wrong, but {sound:?} by {ratio}");
    }
}

#[test]
fn bad_input_is_refused_and_changes_nothing() {
    let (mut draw, mut registration) = (Draw(1), pair());
    let flight = Flight::draw(&mut draw);
    let (plot, known) = (flight.plot(&mut draw, 0, 2.0, &bias(0.0, 0.0, 0.0, 0.0)), flight.report(&mut draw));
    let velocity = Gaussian::diagonal(flight.velocity_mps, vector![1.0, 1.0, 1.0]);
    let before = registration;
    let mut far = plot;
    far.sensor = 2;
    let missing = Err(RegisterError::NoSuchSensor { sensor: 2, count: 2 });
    assert_eq!(registration.known(&far, &known), missing);
    assert_eq!(registration.common(&plot, &far, &velocity), missing);
    assert_eq!(registration.common(&plot, &plot, &velocity), Err(RegisterError::SameSensor));
    let mut broken = plot;
    broken.measured.mean[1] = f64::NAN;
    assert_eq!(registration.known(&broken, &known), Err(RegisterError::BadNumber));
    assert!(registration.correct(&broken, &flight.velocity_mps).is_err());
    let mut singular = plot;
    singular.measured.covariance[(0, 0)] = -1.0;
    assert_eq!(registration.known(&singular, &known), Err(RegisterError::BadCovariance));
    assert_eq!(registration.predict(-1.0), Err(RegisterError::BadNumber));
    assert_eq!(registration.predict(f64::NAN), Err(RegisterError::BadNumber));
    assert!(Registration::<4>::new([prior()], vector![-1.0, 0.0, 0.0, 0.0]).is_err());
    assert_eq!(registration, before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn prop_covariance_stays_sound_and_bad_numbers_do_not_panic(
        seed in any::<u64>(), numbers in proptest::array::uniform6(prop::num::f64::ANY)
    ) {
        let (mut draw, mut registration) = (Draw(seed), pair());
        let flight = Flight::draw(&mut draw);
        let (a, known) = (flight.plot(&mut draw, 0, 2.0, &prior().mean), flight.report(&mut draw));
        let b = flight.plot(&mut draw, 1, 1.0, &prior().mean);
        let mut wild = a;
        wild.measured.mean = vector![numbers[0], numbers[1], numbers[2]];
        wild.time_s = numbers[3];
        let velocity = Gaussian::diagonal(vector![numbers[4], numbers[5], 0.0], vector![1.0, 1.0, 1.0]);
        let _ = registration.known(&wild, &known);
        let _ = registration.common(&wild, &b, &velocity);
        let _ = registration.correct(&wild, &velocity.mean);
        prop_assert!(registration.known(&a, &known).is_ok());
        prop_assert!(registration.state().is_valid());
    }
}
