//! Interacting multiple models on manoeuvring aircraft, run by run on the plots that other programs were run on (see
//! tests/textbook.rs for where the draws come from).

mod draws;

use downrange_track::filter::{Dynamics, Observation};
use downrange_track::gaussian::Gaussian;
use downrange_track::imm::Imm;
use draws::Draws;
use nalgebra::{Matrix2, SMatrix, SVector, Vector2, matrix, vector};

/// x, vx, y, vy, turn rate (rad/s).
type Flat = SVector<f64, 5>;

#[derive(Clone, Copy)]
enum FlatMotion {
    /// Constant velocity; noise [t³/3 t²/2; t²/2 t] of this density.
    Straight { density: f64 },
    /// Constant velocity; acceleration of this standard deviation, constant over each step ("direct discrete").
    Piecewise { acceleration: f64 },
    /// Coordinated turn; white acceleration, and a random walk of the turn rate.
    Turn { density: f64, turn_density: f64 },
}

fn both_axes(pp: f64, pv: f64, vv: f64) -> SMatrix<f64, 5, 5> {
    matrix![
        pp, pv, 0.0, 0.0, 0.0; pv, vv, 0.0, 0.0, 0.0; 0.0, 0.0, pp, pv, 0.0; 0.0, 0.0, pv, vv, 0.0;
        0.0, 0.0, 0.0, 0.0, 0.0
    ]
}

impl Dynamics<5> for FlatMotion {
    fn advance(&self, s: &Flat, t: f64) -> Flat {
        match self {
            FlatMotion::Turn { .. } if s[4].abs() > 1e-9 => {
                let (w, (sin, cos)) = (s[4], libm::sincos(s[4] * t));
                vector![
                    s[0] + (sin * s[1] - (1.0 - cos) * s[3]) / w,
                    cos * s[1] - sin * s[3],
                    s[2] + ((1.0 - cos) * s[1] + sin * s[3]) / w,
                    sin * s[1] + cos * s[3],
                    w
                ]
            }
            _ => vector![s[0] + t * s[1], s[1], s[2] + t * s[3], s[3], s[4]],
        }
    }
    fn jacobian(&self, s: &Flat, t: f64) -> SMatrix<f64, 5, 5> {
        let mut f = SMatrix::<f64, 5, 5>::identity();
        let steps = vector![1.0, 1e-2, 1.0, 1e-2, 1e-6];
        for k in 0..5 {
            let mut d = Flat::zeros();
            d[k] = steps[k];
            f.set_column(k, &((self.advance(&(s + d), t) - self.advance(&(s - d), t)) / (2.0 * steps[k])));
        }
        f
    }
    fn noise(&self, _: &Flat, t: f64) -> SMatrix<f64, 5, 5> {
        match *self {
            FlatMotion::Straight { density: q } => both_axes(q * t * t * t / 3.0, q * t * t / 2.0, q * t),
            FlatMotion::Piecewise { acceleration: a } => {
                both_axes(a * a * t * t * t * t / 4.0, a * a * t * t * t / 2.0, a * a * t * t)
            }
            FlatMotion::Turn { density: q, turn_density } => {
                let mut noise = both_axes(q * t * t * t / 3.0, q * t * t / 2.0, q * t);
                noise[(4, 4)] = turn_density * t;
                noise
            }
        }
    }
}

struct Place {
    sigma: f64,
}

impl Observation<5, 2> for Place {
    fn expect(&self, s: &Flat) -> Vector2<f64> {
        vector![s[0], s[2]]
    }
    fn jacobian(&self, _: &Flat) -> SMatrix<f64, 2, 5> {
        matrix![1.0, 0.0, 0.0, 0.0, 0.0; 0.0, 0.0, 1.0, 0.0, 0.0]
    }
    fn noise(&self) -> Matrix2<f64> {
        Matrix2::identity() * (self.sigma * self.sigma)
    }
}

fn start<const K: usize>(plot: Vector2<f64>, sigma_m: f64, turn_sigma: f64) -> Imm<5, K> {
    let mean = vector![plot.x, 0.0, plot.y, 0.0, 0.0];
    let mode = Gaussian::diagonal(mean, vector![sigma_m, 300.0, sigma_m, 300.0, turn_sigma]);
    Imm { modes: [mode; K], probabilities: [1.0 / K as f64; K] }
}

/// Truth and plots of the airliner of Bar-Shalom, Li, Kirubarajan 2001, section 11.7.4: 5 s, 100 m.
fn airliner(draws: &mut Draws) -> Vec<(Flat, Vector2<f64>)> {
    let turn = FlatMotion::Turn { density: 0.0, turn_density: 0.0 };
    let mut truth = vector![25e3, -120.0, 10e3, 0.0, 0.0];
    let mut rates = vec![0.0];
    for (duration_s, rate_deg) in [(125, 0.0f64), (90, 1.0), (125, 0.0), (30, -3.0), (125, 0.0)] {
        rates.extend(std::iter::repeat_n(rate_deg.to_radians(), duration_s / 5));
    }
    let mut run = Vec::new();
    for (k, rate) in rates.into_iter().enumerate() {
        if k > 0 {
            truth[4] = rate;
            truth = turn.advance(&truth, 5.0);
        }
        run.push((truth, vector![truth[0] + 100.0 * draws.normal(), truth[2] + 100.0 * draws.normal()]));
    }
    run
}

/// Position errors of an IMM of two white-acceleration models, 0.1 and 2 m/s², against an independent numpy IMM on the
/// same plots. (Over 500 runs: 107.59 m; the best single Kalman filter 115.24 m.)
#[test]
fn val_airliner_two_models() {
    let reference = [
        112.776, 110.079, 91.884, 122.963, 114.364, 106.281, 91.262, 115.021, 113.435, 119.695, 97.062, 107.757,
        112.459, 114.396, 100.110, 93.998, 112.946, 105.048, 92.731, 106.500,
    ];
    let models = [FlatMotion::Piecewise { acceleration: 0.1 }, FlatMotion::Piecewise { acceleration: 2.0 }];
    // exp(5·[−0.005 0.005; 0.04 −0.04]) in closed form: eigenvalues 0 and −0.045.
    let left = 1.0 - libm::exp(-0.225);
    let (out, back) = (left * 0.005 / 0.045, left * 0.04 / 0.045);
    let transition = matrix![1.0 - out, out; back, 1.0 - back];
    let mut draws = Draws::open("atc2d");
    for expected in reference {
        let run = airliner(&mut draws);
        let mut imm = start::<2>(run[0].1, 100.0, 1e-3);
        let mut square = 0.0;
        for (k, (truth, plot)) in run.iter().enumerate().skip(1) {
            imm.mix(&transition, |_, _, _| true);
            imm.predict(&models, 5.0);
            imm.update(&Place { sigma: 100.0 }, plot).unwrap();
            let e = imm.combined().mean - truth;
            square += if k >= 5 { e[0] * e[0] + e[2] * e[2] } else { 0.0 };
        }
        let rmse = libm::sqrt(square / 95.0);
        assert!((rmse / expected - 1.0).abs() < 1e-3, "{rmse} against {expected}");
    }
    assert!(draws.is_empty());
}

/// 250 m/s: straight 50 s, 3 g left 20 s, straight 30 s, 1 g right 25 s, straight; 1 s, 20 m.
fn fighter(draws: &mut Draws) -> Vec<(Flat, Vector2<f64>)> {
    let turn = FlatMotion::Turn { density: 0.0, turn_density: 0.0 };
    let heading = draws.raw() / 1e4;
    let mut truth = vector![0.0, 250.0 * libm::cos(heading), 0.0, 250.0 * libm::sin(heading), 0.0];
    (0..150)
        .map(|k| {
            let here = truth;
            truth[4] = match k {
                50..70 => 3.0 * 9.81 / 250.0,
                100..125 => -9.81 / 250.0,
                _ => 0.0,
            };
            truth = turn.advance(&truth, 1.0);
            (here, vector![here[0] + 20.0 * draws.normal(), here[2] + 20.0 * draws.normal()])
        })
        .collect()
}

/// Position error over all 50 runs from scan 10 on, and NEES/4 with it.
fn fighter_score<const K: usize>(
    models: &[FlatMotion; K],
    transition: &SMatrix<f64, K, K>,
    turn_sigma: f64,
    shares: impl Fn(usize, usize, usize) -> bool + Copy,
) -> (f64, f64) {
    let mut draws = Draws::open("manoeuvre");
    let (mut square, mut nees, mut count) = (0.0, 0.0, 0.0);
    for _ in 0..50 {
        let run = fighter(&mut draws);
        let mut imm = start::<K>(run[0].1, 20.0, turn_sigma);
        for (k, (truth, plot)) in run.iter().enumerate().skip(1) {
            imm.mix(transition, shares);
            imm.predict(models, 1.0);
            imm.update(&Place { sigma: 20.0 }, plot).unwrap();
            if k >= 10 {
                let seen = imm.combined();
                let e = (seen.mean - truth).fixed_rows::<4>(0).into_owned();
                let p = seen.covariance.fixed_view::<4, 4>(0, 0).into_owned();
                square += e[0] * e[0] + e[2] * e[2];
                nees += e.dot(&p.cholesky().unwrap().solve(&e)) / 4.0;
                count += 1.0;
            }
        }
    }
    assert!(draws.is_empty());
    (libm::sqrt(square / count), nees / count)
}

/// FilterPy 1.4.5's IMMEstimator on the same plots, with the same two models: 20.45 m.
#[test]
fn val_fighter_as_filterpy() {
    let models = [FlatMotion::Straight { density: 0.1 }, FlatMotion::Straight { density: 500.0 }];
    let (rmse, _) = fighter_score(&models, &matrix![0.95, 0.05; 0.05, 0.95], 1e-3, |_, _, _| true);
    assert!((rmse - 20.45).abs() < 0.02, "{rmse}");
}

/// A straight model beside a turning one, whose turn rate the straight one does not share: 17.4 m, and consistent.
#[test]
fn val_fighter_turn_model_beats_filterpy() {
    let models = [FlatMotion::Straight { density: 0.1 }, FlatMotion::Turn { density: 10.0, turn_density: 3e-4 }];
    let unshared = |_, _, component| component < 4;
    let (rmse, nees) = fighter_score(&models, &matrix![0.98, 0.02; 0.02, 0.98], 0.1, unshared);
    assert!(rmse < 17.5, "{rmse}");
    assert!((nees - 1.0).abs() < 0.1, "{nees}");
}
