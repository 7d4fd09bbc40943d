//! The five models of motion against conservation laws, closed forms, central differences and their own simulation.

mod draws;

use downrange_earth::geodetic::WGS84_A_M;
use downrange_earth::gravity::{J2, MU_M3PS2, OMEGA_RADPS};
use downrange_earth::{Ecef, Geodetic, Site, atmosphere};
use downrange_track::filter::{Dynamics, Observation, ekf};
use downrange_track::gaussian::Gaussian;
use downrange_track::motion::{Motion, State};
use downrange_track::observe::{Radar, RadarWithRate};
use draws::Seeded;
use nalgebra::{SMatrix, Vector3, vector};
use proptest::prelude::*;

/// At 39° N 127° E, with a velocity in east, north, up.
fn state(height_m: f64, enu_mps: [f64; 3], extras: [f64; 3]) -> State {
    let site = Site::new(Geodetic::from_degrees(39.0, 127.0, height_m));
    let (p, v) = (site.ecef().0, site.ecef_to_enu().transpose() * Vector3::from(enu_mps));
    State::from([p.x, p.y, p.z, v.x, v.y, v.z, extras[0], extras[1], extras[2]])
}

fn position(s: &State) -> Vector3<f64> {
    s.fixed_rows::<3>(0).into_owned()
}

fn velocity(s: &State) -> Vector3<f64> {
    s.fixed_rows::<3>(3).into_owned()
}

fn height_m(s: &State) -> f64 {
    Ecef(position(s)).geodetic().height_m
}

const QUIET: f64 = 1e-9;

fn ballistic() -> Motion {
    Motion::Ballistic {
        acceleration_density_m2ps3: QUIET,
        space_density_m2ps3: QUIET,
        log_coefficient_density_1ps: QUIET,
        braking_density_s3pm2: 0.0,
        wind_density_m2ps: 0.0,
    }
}

// ------------------------------------------------------------------ flight

/// Jacobi's integral ½v² − U − ½ω²(x²+y²) is conserved in the rotating frame when only gravity acts.
#[test]
fn val_ballistic_conserves_jacobi_integral_above_the_air() {
    let jacobi = |s: &State| {
        let (p, v) = (position(s), velocity(s));
        let r = p.norm();
        let sin2 = p.z * p.z / (r * r);
        let u = MU_M3PS2 / r * (1.0 - J2 * (WGS84_A_M / r) * (WGS84_A_M / r) * (1.5 * sin2 - 0.5));
        0.5 * v.norm_squared() - u - 0.5 * OMEGA_RADPS * OMEGA_RADPS * (p.x * p.x + p.y * p.y)
    };
    let launch = state(300e3, [2500.0, 2500.0, 3000.0], [libm::log(3000.0), 0.0, 0.0]);
    let later = ballistic().advance(&launch, 700.0);
    assert!(height_m(&later) > 300e3);
    // 1e-3 m²/s² at 5 km/s is a speed error of 2e-7 m/s.
    assert!((jacobi(&later) - jacobi(&launch)).abs() < 1e-3, "{}", jacobi(&later) - jacobi(&launch));
}

/// A fall in steady air ends at the speed at which drag carries the weight, √(2·β·g/ρ).
#[test]
fn val_ballistic_reaches_terminal_speed() {
    let beta = 500.0;
    let falling = ballistic().advance(&state(12e3, [0.0, 0.0, -300.0], [libm::log(beta), 0.0, 0.0]), 100.0);
    let rho = atmosphere::density_kgpm3(height_m(&falling));
    let terminal = libm::sqrt(2.0 * beta * 9.79 / rho);
    let speed = velocity(&falling).norm();
    // It slows down with the air getting denser, and lags a little behind.
    assert!((speed / terminal - 1.0).abs() < 0.02, "{speed} against {terminal}");
}

/// Fine steps are the limit that the model's own steps approach, also through the peak of drag.
#[test]
fn val_ballistic_steps_converge_through_reentry() {
    for beta in [50.0, 500.0, 5000.0] {
        let entry = state(90e3, [2500.0, -3000.0, -3500.0], [libm::log(beta), 0.0, 0.0]);
        let coarse = ballistic().advance(&entry, 20.0);
        let fine = (0..20_000).fold(entry, |s, _| ballistic().advance(&s, 1e-3));
        let off = position(&(coarse - fine)).norm();
        assert!(off < 0.5, "{off} m at {beta} kg/m²");
    }
}

/// Straight flight keeps its height over the ellipsoid, its climb and its speed.
#[test]
fn val_near_constant_velocity_follows_the_earth() {
    let model = Motion::NearConstantVelocity { acceleration_density_m2ps3: QUIET };
    for climb in [0.0, 5.0] {
        let start = state(10e3, [200.0, 150.0, climb], [0.0; 3]);
        let later = model.advance(&start, 600.0);
        // A hundred and fifty kilometres on: a straight line in space would have risen by 1.76 km.
        assert!((height_m(&later) - 10e3 - climb * 600.0).abs() < 10.0, "{}", height_m(&later));
        // While it climbs, the angular momentum stays and costs 0.12 m/s.
        assert!((velocity(&later).norm() - velocity(&start).norm()).abs() < 0.15);
    }
}

/// A full circle ends where it began; a positive rate turns left.
#[test]
fn val_coordinated_turn_closes_its_circle() {
    let model = Motion::CoordinatedTurn { acceleration_density_m2ps3: QUIET, turn_rate_density_rad2ps3: QUIET };
    let start = state(8e3, [0.0, 220.0, 0.0], [0.05, 0.0, 0.0]);
    let round = model.advance(&start, core::f64::consts::TAU / 0.05);
    assert!(position(&(round - start)).norm() < 2.0, "{}", position(&(round - start)).norm());
    let quarter = model.advance(&start, core::f64::consts::FRAC_PI_2 / 0.05);
    let site = Site::new(Geodetic::from_degrees(39.0, 127.0, 8e3));
    let enu = site.ecef_to_enu() * velocity(&quarter);
    assert!((enu.x + 220.0).abs() < 0.5, "{enu}");
}

/// Thrust over a burn with constant mass flow: e0(t) = e0/(1 − e1·t), so Δv = −(e0/e1)·ln(1 − e1·t) (Tsiolkovsky).
#[test]
fn val_boost_is_tsiolkovsky() {
    let model = boost();
    let start = state(200e3, [3000.0, 0.0, 0.0], [30.0, 0.01, 0.0]);
    let later = model.advance(&start, 60.0);
    assert!((later[6] - 30.0 / 0.4).abs() < 1e-6 && (later[7] - 0.01 / 0.4).abs() < 1e-9, "{later}");
    let coasting = ballistic().advance(&start, 60.0);
    let gained = velocity(&later).norm() - velocity(&coasting).norm();
    let delta_v = -3000.0 * libm::log(0.4);
    // Gravity turns the faster path less, so this is no identity; half a per cent.
    assert!((gained / delta_v - 1.0).abs() < 5e-3, "{gained} against {delta_v}");
}

fn boost() -> Motion {
    Motion::Boost {
        along_density_m2ps3: 1.0,
        across_density_m2ps3: 4.0,
        thrust_density_m2ps5: 0.5,
        flow_density_1ps3: 1e-7,
    }
}

/// From rest on the pad a rocket rises along the vertical, also after it is moving.
#[test]
fn val_boost_lifts_off_upwards() {
    let later = boost().advance(&state(100.0, [0.0; 3], [20.0, 0.0, 0.0]), 10.0);
    let enu = Site::new(Geodetic::from_degrees(39.0, 127.0, 100.0)).enu(Ecef(position(&later))).0;
    assert!((enu.z - 0.5 * (20.0 - 9.80) * 100.0).abs() < 2.0, "{enu}");
    assert!(enu.x.abs() < 1.0 && enu.y.abs() < 1.0, "{enu}");
}

/// The specific force acts along the path, up and to the right, and fades with its time constants.
#[test]
fn val_manoeuvre_axes_and_decay() {
    let model = Motion::Manoeuvre {
        acceleration_density_m2ps3: QUIET,
        sigma_mps2: [10.0; 3],
        time_constant_s: [10.0, 20.0, 40.0],
    };
    let northwards = |extras| model.advance(&state(30e3, [0.0, 1500.0, 0.0], extras), 1.0);
    let still = northwards([0.0; 3]);
    let site = Site::new(Geodetic::from_degrees(39.0, 127.0, 30e3));
    for (k, axis) in [Vector3::y(), Vector3::z(), Vector3::x()].into_iter().enumerate() {
        let mut extras = [0.0; 3];
        extras[k] = 10.0;
        let moved = northwards(extras);
        let tau = [10.0, 20.0, 40.0][k];
        assert!((moved[6 + k] - 10.0 * libm::exp(-1.0 / tau)).abs() < 1e-6);
        let gained = site.ecef_to_enu() * velocity(&(moved - still));
        let expected = axis * (10.0 * tau * (1.0 - libm::exp(-1.0 / tau)));
        assert!((gained - expected).norm() < 0.1, "{gained} against {expected}");
    }
}

// ------------------------------------------------------------------ derivatives and noise

/// Scales in which a unit is a large error: the derivative is compared in them.
fn scales(model: &Motion) -> State {
    let extras = model.prior_extras().1;
    State::from([1e3, 1e3, 1e3, 1e2, 1e2, 1e2, extras.x, extras.y, extras.z])
}

fn central_difference(model: &Motion, s: &State, dt_s: f64) -> SMatrix<f64, 9, 9> {
    // Wide enough that a change in the number of steps between the two ends is not taken for a slope.
    let step = scales(model) * 1e-3;
    let mut f = SMatrix::<f64, 9, 9>::zeros();
    for k in 0..9 {
        let mut d = State::zeros();
        d[k] = step[k];
        f.set_column(k, &((model.advance(&(s + d), dt_s) - model.advance(&(s - d), dt_s)) / (2.0 * step[k])));
    }
    f
}

fn any_flight() -> impl Strategy<Value = (usize, State, f64)> {
    let velocity = prop::array::uniform3(-3500.0..3500.0f64);
    (0..5usize, 1e3..400e3f64, velocity, prop::array::uniform3(-1.0..1.0f64), 0.05..8.0f64).prop_map(
        |(k, height, velocity, unit, dt)| {
            // Aircraft do not fly at three kilometres a second, and what does is not followed into the ground.
            let velocity = if k < 2 { velocity.map(|v| v / 10.0) } else { velocity };
            let height = if k < 2 { height / 10.0 } else { height + 40e3 };
            let (mean, sigma) = Motion::SKY[k].prior_extras();
            let extras = [0, 1, 2].map(|i| mean[i] + sigma[i] * unit[i]);
            (k, state(height, velocity, extras), dt)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn prop_jacobian_is_the_derivative((k, s, dt) in any_flight()) {
        let model = Motion::SKY[k];
        let (exact, numeric) = (model.jacobian(&s, dt), central_difference(&model, &s, dt));
        let scale = scales(&model);
        for i in 0..9 {
            for j in 0..9 {
                let (a, b) = (exact[(i, j)] * scale[j] / scale[i], numeric[(i, j)] * scale[j] / scale[i]);
                prop_assert!((a - b).abs() < 2e-3 * (1.0 + b.abs()), "{:?} [{i},{j}] {} against {}", model, exact[(i, j)], numeric[(i, j)]);
            }
        }
        let (ahead, f) = model.advance_with_jacobian(&s, dt);
        prop_assert_eq!((ahead, f), (model.advance(&s, dt), exact));
    }

    #[test]
    fn prop_noise_is_positive_and_grows((k, s, dt) in any_flight()) {
        let model = Motion::SKY[k];
        let (short, long) = (model.noise(&s, dt), model.noise(&s, 2.0 * dt));
        let valid = |q| Gaussian { mean: s, covariance: q }.is_valid();
        prop_assert!(valid(short) && valid(long));
        for i in 0..9 {
            prop_assert!(long[(i, i)] >= short[(i, i)]);
        }
    }

    #[test]
    fn prop_filter_keeps_covariance_valid(
        (k, s, dt) in any_flight(),
        sigmas in prop::array::uniform9(-2.0..5.0f64),
        offsets in prop::array::uniform4(-10.0..10.0f64),
    ) {
        let model = Motion::SKY[k];
        let sigma = State::from_fn(|i, _| if i < 6 { libm::pow(10.0, sigmas[i]) } else { scales(&model)[i] });
        let before = Gaussian::diagonal(s, sigma);
        let ahead = ekf::predict(&model, &before, dt);
        prop_assert!(ahead.is_valid(), "predicted {ahead:?}");
        let radar = radar();
        let noise = radar.noise();
        let plot = radar.expect(&ahead.mean) + nalgebra::Vector4::from_fn(|i, _| offsets[i] * libm::sqrt(noise[(i, i)]));
        let (after, innovation) = ekf::update(&radar, &ahead, &plot).unwrap();
        prop_assert!(after.is_valid(), "updated {after:?}");
        prop_assert!(innovation.nis() >= 0.0);
        for i in 0..9 {
            prop_assert!(after.covariance[(i, i)] <= ahead.covariance[(i, i)] * (1.0 + 1e-9));
        }
    }
}

fn radar() -> RadarWithRate {
    let site = Site::new(Geodetic::from_degrees(37.0, 128.5, 350.0));
    let radar = Radar { site, sigma_range_m: 40.0, sigma_azimuth_rad: 1.4e-3, sigma_elevation_rad: 1.7e-3 };
    RadarWithRate { radar, sigma_range_rate_mps: 2.0 }
}

/// Noise over ten seconds equals noise over ten times one second, carried along: Q(t+s) = F·Q(t)·Fᵀ + Q(s).
#[test]
fn val_noise_composes() {
    // Slow and high, where the directions in which noise acts hardly turn.
    for model in Motion::SKY {
        let mut s = state(60e3, [1000.0, 1500.0, 800.0], [0.0; 3]);
        s.fixed_rows_mut::<3>(6).copy_from(&model.prior_extras().0);
        let mut sum = SMatrix::<f64, 9, 9>::zeros();
        let whole = model.noise(&s, 4.0);
        for _ in 0..40 {
            let f = model.jacobian(&s, 0.1);
            sum = f * sum * f.transpose() + model.noise(&s, 0.1);
            s = model.advance(&s, 0.1);
        }
        for i in 0..9 {
            let ratio = if sum[(i, i)] > 0.0 { whole[(i, i)] / sum[(i, i)] } else { 1.0 };
            assert!((ratio - 1.0).abs() < 0.1, "{model:?} component {i}: {ratio}");
        }
    }
}

/// The density of the winds that the sky's free fall is pushed by.
fn wind_density_m2ps() -> f64 {
    let Motion::Ballistic { wind_density_m2ps, .. } = Motion::SKY[3] else { panic!("the fourth is not free fall") };
    wind_density_m2ps
}

/// How much noise these winds add to a free fall.
fn wander(state: &State, dt_s: f64) -> SMatrix<f64, 9, 9> {
    let model = |wind_density_m2ps| Motion::Ballistic {
        acceleration_density_m2ps3: QUIET,
        space_density_m2ps3: QUIET,
        log_coefficient_density_1ps: QUIET,
        braking_density_s3pm2: 0.0,
        wind_density_m2ps,
    };
    model(wind_density_m2ps()).noise(state, dt_s) - model(0.0).noise(state, dt_s)
}

/// What falls through winds of σ = 15 m/s that are others after τ = 5 s is pushed across its way by D/v times the wind: its velocity
/// wanders as the place of a particle in Brownian motion, ⟨Δv²⟩ = (D/v)²·2σ²τ·(t − τ·(1 − e^(−t/τ))) (Uhlenbeck and Ornstein, "On
/// the theory of the Brownian motion", Physical Review 36, 1930), with D = ρv²/(2β).
#[test]
fn val_winds_make_what_is_braked_wander() {
    let (beta_kgpm2, sigma_mps, tau_s, t_s) = (3_000.0, 15.0, 5.0, 60.0);
    let s = state(15e3, [1_000.0, 0.0, -1_000.0], [libm::log(beta_kgpm2), 0.0, 0.0]);
    let wandered = wander(&s, t_s);
    let carried_1ps = atmosphere::density_kgpm3(15e3) * velocity(&s).norm() / (2.0 * beta_kgpm2);
    let seen_s = t_s - tau_s * (1.0 - libm::exp(-t_s / tau_s));
    let expected_m2ps2 = carried_1ps * carried_1ps * 2.0 * sigma_mps * sigma_mps * tau_s * seen_s;
    // White noise has no time constant: after twelve of them it is ahead by one.
    for axis in 3..6 {
        assert!(
            (wandered[(axis, axis)] / expected_m2ps2 - t_s / seen_s).abs() < 0.01,
            "{} {expected_m2ps2}",
            wandered[(axis, axis)]
        );
    }
    // Above the air no wind blows.
    let above = state(200e3, [1_000.0, 0.0, -1_000.0], [libm::log(beta_kgpm2), 0.0, 0.0]);
    assert!(wander(&above, t_s).norm() < 1e-6);
}

/// What sinks with its weight carried by drag goes with the wind, and only what the wind has changed by on the v²/D metres on which
/// drag stops it pushes. The judge draws such winds, waves √2·cos(kz + φ) whose k are normal with variance 2/(12 km)², so that their
/// mean square is one and they are alike over 12 km (S. Bochner, "Harmonic Analysis and the Theory of Probability", 1955: that
/// spectrum is the transform of e^(−(z/12 km)²)), and counts how much they change.
#[test]
fn val_what_drifts_is_pushed_by_the_change_of_drawn_winds() {
    const WINDS: usize = 200_000;
    let weight_mps2 = 9.8;
    for sink_mps in [100.0, 250.0, 400.0] {
        let beta_kgpm2 = atmosphere::density_kgpm3(5e3) * sink_mps * sink_mps / (2.0 * weight_mps2);
        let s = state(5e3, [0.0, 0.0, -sink_mps], [libm::log(beta_kgpm2), 0.0, 0.0]);
        let wandered = wander(&s, 1.0);
        let stopped_m = sink_mps * sink_mps / weight_mps2;
        let mut random = Seeded(5);
        let changed: f64 = (0..WINDS)
            .map(|_| {
                let (wave_1pm, phase_rad) =
                    (f64::sqrt(2.0) / 12e3 * random.normal(), random.uniform() * core::f64::consts::TAU);
                libm::pow(libm::cos(phase_rad) - libm::cos(wave_1pm * stopped_m + phase_rad), 2.0)
            })
            .sum();
        let share = weight_mps2 / sink_mps;
        let expected_m2ps2 = share * share * wind_density_m2ps() * changed / WINDS as f64;
        assert!(
            (wandered[(3, 3)] / expected_m2ps2 - 1.0).abs() < 0.03,
            "{sink_mps}: {} {expected_m2ps2}",
            wandered[(3, 3)]
        );
    }
}

// ------------------------------------------------------------------ consistency

/// Draws truth from a model and tracks it: NEES of position and velocity over 6, NIS over 4.
fn consistency(model: &Motion, start: &Gaussian<9>, scans: usize, seed: u64) -> (f64, f64) {
    const RUNS: usize = 60;
    const SUBSTEPS: usize = 5;
    let radar = radar();
    let (mut random, mut nees, mut nis) = (Seeded(seed), 0.0, 0.0);
    let spread = start.factor().lower;
    for _ in 0..RUNS {
        let mut truth = start.mean + spread * State::from_fn(|_, _| random.normal());
        let mut track = *start;
        for _ in 0..scans {
            for _ in 0..SUBSTEPS {
                let dt_s = 1.0 / SUBSTEPS as f64;
                let root = Gaussian { mean: truth, covariance: model.noise(&truth, dt_s) }.factor().lower;
                truth = model.advance(&truth, dt_s) + root * State::from_fn(|_, _| random.normal());
            }
            let noise = radar.noise();
            let plot =
                radar.expect(&truth) + nalgebra::Vector4::from_fn(|i, _| libm::sqrt(noise[(i, i)]) * random.normal());
            let (state, innovation) = ekf::update(&radar, &ekf::predict(model, &track, 1.0), &plot).unwrap();
            track = state;
            let e = (track.mean - truth).fixed_rows::<6>(0).into_owned();
            let p = track.covariance.fixed_view::<6, 6>(0, 0).into_owned();
            nees += e.dot(&p.cholesky().unwrap().solve(&e)) / 6.0;
            nis += innovation.nis() / 4.0;
        }
    }
    (nees / (RUNS * scans) as f64, nis / (RUNS * scans) as f64)
}

#[test]
fn sim_consistent_on_every_model() {
    // Over a quarter of a turn the linearised filter is honest; over more its velocity's circle is no ellipse.
    let turn = Motion::CoordinatedTurn { acceleration_density_m2ps3: 0.5, turn_rate_density_rad2ps3: 2e-6 };
    let cases = [
        (Motion::SKY[0], state(10e3, [150.0, -180.0, 0.0], [0.0; 3]), [0.0, 0.0, 0.0]),
        (turn, state(10e3, [150.0, -180.0, 0.0], [0.02, 0.0, 0.0]), [0.01, 0.0, 0.0]),
        (boost(), state(40e3, [800.0, 100.0, 1200.0], [30.0, 0.012, 0.0]), [5.0, 0.003, 0.0]),
        (
            Motion::Ballistic {
                acceleration_density_m2ps3: 0.01,
                space_density_m2ps3: 0.01,
                log_coefficient_density_1ps: 1e-6,
                braking_density_s3pm2: 0.0,
                wind_density_m2ps: 0.0,
            },
            state(60e3, [1500.0, 500.0, -1500.0], [libm::log(2000.0), 0.0, 0.0]),
            [0.2, 0.0, 0.0],
        ),
        (Motion::SKY[4], state(40e3, [1500.0, 500.0, -300.0], [0.0; 3]), [20.0, 30.0, 30.0]),
    ];
    for (k, (model, mean, extras)) in cases.into_iter().enumerate() {
        let sigma = State::from([300.0, 300.0, 300.0, 20.0, 20.0, 20.0, extras[0], extras[1], extras[2]]);
        let (nees, nis) = consistency(&model, &Gaussian::diagonal(mean, sigma), 25, 1 + k as u64);
        println!("{model:?}: NEES/6 {nees:.3}, NIS/4 {nis:.3}");
        // NIS/4 over 1,500 independent looks has a standard deviation of 0.018; NEES is correlated in time: 0.06.
        assert!((nees - 1.0).abs() < 0.15, "{model:?}: NEES/6 {nees}");
        assert!((nis - 1.0).abs() < 0.07, "{model:?}: NIS/4 {nis}");
    }
}

// ------------------------------------------------------------------ ways to be wrong

#[test]
fn bad_times_have_finite_answers() {
    for model in Motion::SKY {
        let (mean, sigma) = model.prior_extras();
        for s in [
            state(0.0, [0.0; 3], [mean.x, mean.y, mean.z]),
            state(100e3, [3000.0, 3000.0, -5000.0], [mean.x, mean.y, mean.z]),
            state(1e3, [10.0, -20.0, -7000.0], [mean.x + 3.0 * sigma.x, mean.y - 3.0 * sigma.y, mean.z]),
        ] {
            for dt in [1e3, 1e9, f64::MAX, f64::INFINITY] {
                let g = ekf::predict(&model, &Gaussian::diagonal(s, scales(&model)), dt);
                assert!(g.is_finite(), "{model:?} {dt}");
            }
            for dt in [0.0, -5.0, f64::NAN] {
                let g = Gaussian::diagonal(s, scales(&model));
                assert_eq!(ekf::predict(&model, &g, dt), g, "{model:?} {dt}");
            }
        }
        let centre = Gaussian::diagonal(State::zeros(), scales(&model));
        assert!(ekf::predict(&model, &centre, 10.0).is_finite(), "{model:?}");
    }
}

#[test]
fn bad_measurements_change_nothing() {
    let g = Gaussian::diagonal(state(50e3, [100.0; 3], [0.0; 3]), State::repeat(100.0));
    let mut radar = radar();
    assert!(ekf::update(&radar, &g, &vector![f64::NAN, 0.0, 0.0, 0.0]).is_none());
    assert!(ekf::update(&radar, &g, &vector![f64::INFINITY, 0.0, 0.0, 0.0]).is_none());
    radar.sigma_range_rate_mps = f64::NAN;
    assert!(ekf::update(&radar, &g, &radar.expect(&g.mean)).is_none());
    // Without any noise and any uncertainty the innovation covariance is singular.
    let exact = Radar { sigma_range_m: 0.0, sigma_azimuth_rad: 0.0, sigma_elevation_rad: 0.0, ..radar.radar };
    let known = Gaussian { mean: g.mean, covariance: SMatrix::zeros() };
    assert!(ekf::update(&exact, &known, &exact.expect(&g.mean)).is_none());
}
