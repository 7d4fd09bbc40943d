//! Scenarios in the plane: re-entry, falling body, and two manoeuvring aircraft.

use crate::data::{Figures, Folder, cpu_us, rms};
use crate::models::{FallingBody, FlatMotion, Place, RangeBearing, Reentry};
use downrange_track::filter::ukf::SigmaPoints;
use downrange_track::filter::{Dynamics, Observation, ckf, ekf, rts, ukf};
use downrange_track::gaussian::Gaussian;
use downrange_track::imm::Imm;
use downrange_track::measure::{Consistency, CramerRao};
use nalgebra::{SMatrix, SVector, Vector2, matrix, vector};

const KINDS: [&str; 3] = ["ekf", "ukf", "ckf"];

fn predict<const N: usize>(kind: &str, model: &impl Dynamics<N>, state: &Gaussian<N>, dt_s: f64) -> Gaussian<N> {
    match kind {
        "ukf" => ukf::predict_with(&SigmaPoints::kurtosis_matched(N), model, state, dt_s).value,
        "ckf" => ckf::predict(model, state, dt_s),
        _ => ekf::predict(model, state, dt_s),
    }
}

fn update<const N: usize, const M: usize>(
    kind: &str,
    radar: &impl Observation<N, M>,
    state: &Gaussian<N>,
    z: &SVector<f64, M>,
) -> Gaussian<N> {
    let updated = match kind {
        "ukf" => ukf::update_with(&SigmaPoints::kurtosis_matched(N), radar, state, z).map(|r| r.value),
        "ckf" => ckf::update(radar, state, z),
        _ => ekf::update(radar, state, z),
    };
    updated.map_or(*state, |(state, _)| state)
}

/// All states of a run smoothed, by the points of the filter that made them.
fn smooth<const N: usize>(kind: &str, model: &impl Dynamics<N>, states: &mut [Gaussian<N>], dt_s: f64) {
    let steps = vec![dt_s; states.len()];
    match kind {
        "ukf" => ukf::smooth(&SigmaPoints::kurtosis_matched(N), model, states, &steps),
        "ckf" => ukf::smooth(&SigmaPoints::CUBATURE, model, states, &steps),
        _ => rts::smooth(model, states, &steps),
    }
}

/// One filter over one run, a plot every `dt_s` after the start: the states and the CPU time.
fn filtered<const N: usize, const M: usize>(
    kind: &str,
    model: &impl Dynamics<N>,
    radar: &impl Observation<N, M>,
    start: &Gaussian<N>,
    plots: &[SVector<f64, M>],
    dt_s: f64,
) -> (Vec<Gaussian<N>>, f64) {
    let begun_us = cpu_us();
    let (mut state, mut states) = (*start, Vec::with_capacity(plots.len()));
    for z in plots {
        state = update(kind, radar, &predict(kind, model, &state, dt_s), z);
        states.push(state);
    }
    (states, cpu_us() - begun_us)
}

/// Root mean square distance of two components from the truth, run by run against `ref.csv` where it has the case.
struct Runs<'a> {
    folder: &'a Folder,
    rmse_m: Vec<f64>,
}

impl Runs<'_> {
    fn say(&self, figures: &Figures, name: &str) {
        let mean = self.rmse_m.iter().sum::<f64>() / self.rmse_m.len() as f64;
        figures.say("position_rmse_mean_of_runs_m", mean);
        figures.say("position_rmse_m", rms(&self.rmse_m.iter().map(|e| e * e).collect::<Vec<_>>()));
        figures.say("runs_count", self.rmse_m.len() as f64);
        if let Some(worst) = self.worst_against_reference(name) {
            figures.say("worst_run_off_reference_share", worst);
        }
    }

    fn worst_against_reference(&self, name: &str) -> Option<f64> {
        let text = std::fs::read_to_string(self.folder.0.join("ref.csv")).ok()?;
        let fields = text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
        let of_filter = fields.filter(|f| f.len() == 3 && f[1] == name);
        let off = of_filter.filter_map(|f| {
            let (run, expected) = (f[0].parse::<usize>().ok()?, f[2].parse::<f64>().ok()?);
            Some((self.rmse_m.get(run)? / expected - 1.0).abs())
        });
        off.reduce(f64::max)
    }
}

/// Julier & Uhlmann's re-entry vehicle, filtered and smoothed. The folder's lengths are km.
pub fn reentry(folder: &Folder) -> Result<(), String> {
    const DT_S: f64 = 0.1;
    let model = Reentry { velocity_density: 2.4064e-5 / DT_S, drag_density: 1e-6 / DT_S };
    let radar = RangeBearing { place: [6374.0, 0.0], sigma: vector![1e-3, 0.17e-3] };
    let truth = folder.runs("truth.csv", ["run", "x", "y", "vx", "vy", "x5"])?;
    let plots = folder.runs("meas.csv", ["run", "range", "bearing"])?;
    let starts = folder.pick("init.csv", ["x", "y", "vx", "vy", "x5"])?;
    for kind in KINDS {
        let mut runs = [kind.to_string(), format!("{kind}+rts")].map(|name| (name, Runs { folder, rmse_m: vec![] }));
        let (mut cost_us, mut smooth_us, mut count) = (0.0, 0.0, 0.0);
        for ((truth, plots), start) in truth.iter().zip(&plots).zip(&starts) {
            let start = Gaussian::diagonal(SVector::from(*start), vector![1e-3, 1e-3, 1e-3, 1e-3, 1.0]);
            let plots: Vec<Vector2<f64>> = plots.iter().map(|z| vector![z[1], z[2]]).collect();
            let (mut states, us) = filtered(kind, &model, &radar, &start, &plots, DT_S);
            cost_us += us;
            count += plots.len() as f64;
            let rmse_m = |states: &[Gaussian<5>]| {
                let off2 = states
                    .iter()
                    .zip(truth)
                    .map(|(s, t)| (s.mean[0] - t[1]) * (s.mean[0] - t[1]) + (s.mean[1] - t[2]) * (s.mean[1] - t[2]));
                1e3 * rms(&off2.collect::<Vec<_>>())
            };
            runs[0].1.rmse_m.push(rmse_m(&states));
            let begun_us = cpu_us();
            smooth(kind, &model, &mut states, DT_S);
            smooth_us += cpu_us() - begun_us;
            runs[1].1.rmse_m.push(rmse_m(&states));
        }
        for ((name, runs), us) in runs.iter().zip([cost_us, cost_us + smooth_us]) {
            let case = format!("reentry2d/{name}");
            runs.say(&Figures(&case), name);
            Figures(&case).say("cpu_us_per_update", us / count);
        }
    }
    Ok(())
}

/// The falling body in the form of Farina, Ristic, Benvenuti, against the posterior Cramér–Rao bound.
pub fn farina(folder: &Folder) -> Result<(), String> {
    const DT_S: f64 = 2.0;
    let radar = RangeBearing { place: [0.0, 0.0], sigma: vector![100.0, 0.017] };
    let sigma = vector![1000.0, 100.0, 1000.0, 100.0];
    let names = ["run", "x", "vx", "y", "vy"];
    let truth = folder.runs("truth.csv", names)?;
    let plots = folder.runs("meas.csv", ["run", "range", "elevation"])?;
    let starts = folder.pick("init.csv", ["x", "vx", "y", "vy"])?;
    let heading = 190f64.to_radians();
    let launch = vector![232e3, 2290.0 * libm::cos(heading), 88e3, 2290.0 * libm::sin(heading)];
    let scans = truth.iter().map(Vec::len).min().unwrap_or(0);
    if scans <= 10 {
        return Err(format!("{scans} scans, must be more than the 10 that are not judged"));
    }
    let paths = |scan: usize| {
        truth.iter().map(|run| SVector::<f64, 4>::from_iterator(run[scan][1..].iter().copied())).collect::<Vec<_>>()
    };
    let mut bound = CramerRao::new(&Gaussian::diagonal(launch, sigma).covariance).ok_or("no prior")?;
    let (mut before, mut bounds_m) = (vec![launch], Vec::new());
    for scan in 0..scans {
        let here = paths(scan);
        if !(bound.predict(&FallingBody, &before, DT_S) && bound.update(&radar, &here, 1.0)) {
            return Err("the bound's information is singular".into());
        }
        bounds_m.push(bound.rms(&[0, 2]).unwrap_or(f64::NAN));
        before = here;
    }
    for kind in KINDS {
        let (mut runs, mut by_scan) = (Runs { folder, rmse_m: vec![] }, vec![Vec::new(); scans]);
        let (mut nees, mut cost_us, mut count) = (Consistency::new(), 0.0, 0.0);
        for ((truth, plots), start) in truth.iter().zip(&plots).zip(&starts) {
            let start = Gaussian::diagonal(SVector::from(*start), sigma);
            let plots: Vec<Vector2<f64>> = plots.iter().map(|z| vector![z[1], z[2]]).collect();
            let (states, us) = filtered(kind, &FallingBody, &radar, &start, &plots, DT_S);
            cost_us += us;
            count += plots.len() as f64;
            let mut off2 = Vec::new();
            for (scan, (state, t)) in states.iter().zip(truth).enumerate().take(scans) {
                let e = state.mean - SVector::<f64, 4>::from_iterator(t[1..].iter().copied());
                off2.push(e[0] * e[0] + e[2] * e[2]);
                by_scan[scan].push(e[0] * e[0] + e[2] * e[2]);
                if scan >= 10 && !nees.push(&e, &state.covariance) {
                    return Err(format!("{kind}: a covariance is not positive definite"));
                }
            }
            runs.rmse_m.push(rms(&off2));
        }
        let case = format!("{}/{kind}", folder.name());
        runs.say(&Figures(&case), kind);
        let ratios = by_scan.iter().zip(&bounds_m).skip(10).map(|(e, bound)| rms(e) / bound);
        Figures(&case).say("position_rmse_over_bound", ratios.sum::<f64>() / (scans - 10) as f64);
        Figures(&case).say("nees_over_4", nees.mean_ratio().unwrap_or(f64::NAN));
        Figures(&case).say("cpu_us_per_update", cost_us / count);
    }
    Ok(())
}

/// One mode over a first plot, the velocity unknown to 300 m/s.
fn newborn<const K: usize>(plot: &Vector2<f64>, sigma_m: f64, turn_sigma_radps: f64) -> Imm<5, K> {
    let mean = vector![plot.x, 0.0, plot.y, 0.0, 0.0];
    let mode = Gaussian::diagonal(mean, vector![sigma_m, 300.0, sigma_m, 300.0, turn_sigma_radps]);
    Imm { modes: [mode; K], probabilities: [1.0 / K as f64; K] }
}

/// An IMM over plots at equal times, the first of which starts it: squared position errors and their consistency from `from` on,
/// and the CPU time per update.
struct Flown {
    off2: Vec<f64>,
    run_rmse_m: Vec<f64>,
    nees: Consistency,
    cpu_us: f64,
    updates_count: usize,
}

struct Tracker<const K: usize> {
    models: [FlatMotion; K],
    transition: SMatrix<f64, K, K>,
    shared_count: usize,
    turn_sigma_radps: f64,
    sigma_m: f64,
    dt_s: f64,
    from: usize,
}

impl<const K: usize> Tracker<K> {
    fn fly(&self, runs: &[Flight]) -> Flown {
        let mut flown =
            Flown { off2: vec![], run_rmse_m: vec![], nees: Consistency::new(), cpu_us: 0.0, updates_count: 0 };
        for run in runs.iter().filter(|run| !run.is_empty()) {
            let begun_us = cpu_us();
            let mut imm = newborn::<K>(&run[0].1, self.sigma_m, self.turn_sigma_radps);
            let mut states = Vec::with_capacity(run.len());
            for (_, plot) in &run[1..] {
                imm.mix(&self.transition, |i, j, component| i == j || component < self.shared_count);
                imm.predict(&self.models, self.dt_s);
                // A plot that no mode explains leaves the prediction.
                let _ = imm.update(&Place { sigma: self.sigma_m }, plot);
                states.push(imm.combined());
            }
            flown.cpu_us += cpu_us() - begun_us;
            flown.updates_count += states.len();
            let mut off2 = Vec::new();
            for (state, (truth, _)) in states.iter().zip(&run[1..]).skip(self.from - 1) {
                let e = state.mean.fixed_rows::<4>(0) - truth;
                off2.push(e[0] * e[0] + e[2] * e[2]);
                let covariance = state.covariance.fixed_view::<4, 4>(0, 0).into_owned();
                // One that is not positive definite is not counted.
                let _ = flown.nees.push(&e, &covariance);
            }
            flown.run_rmse_m.push(rms(&off2));
            flown.off2.extend(off2);
        }
        flown
    }
}

impl Flown {
    fn say(self, folder: &Folder, case: &str, name: &str) {
        let figures = Figures(case);
        Runs { folder, rmse_m: self.run_rmse_m }.say(&figures, name);
        figures.say("nees_over_4", self.nees.mean_ratio().unwrap_or(f64::NAN));
        figures.say("cpu_us_per_update", self.cpu_us / self.updates_count as f64);
    }
}

/// True x, vx, y, vy and the plot.
type Scan = (SVector<f64, 4>, Vector2<f64>);
type Flight = Vec<Scan>;

/// Truth and plots of a folder with runs of x, vx, y, vy.
fn flights(folder: &Folder) -> Result<Vec<Flight>, String> {
    let truth = folder.runs("truth.csv", ["run", "x", "vx", "y", "vy"])?;
    let plots = folder.runs("meas.csv", ["run", "x", "y"])?;
    let pair = |(t, z): (&[f64; 5], &[f64; 3])| (vector![t[1], t[2], t[3], t[4]], vector![z[1], z[2]]);
    Ok(truth.iter().zip(&plots).map(|(t, z)| t.iter().zip(z).map(pair).collect()).collect())
}

/// The airliner of Bar-Shalom, Li, Kirubarajan 2001, section 11.7.4.
pub fn atc(folder: &Folder) -> Result<(), String> {
    let piecewise = |acceleration| FlatMotion::Piecewise { acceleration };
    // exp(5·[−0.005 0.005; 0.04 −0.04]) in closed form: eigenvalues 0 and −0.045.
    let left = 1.0 - libm::exp(-0.225);
    let (out, back) = (left * 0.005 / 0.045, left * 0.04 / 0.045);
    let two = Tracker {
        models: [piecewise(0.1), piecewise(2.0)],
        transition: matrix![1.0 - out, out; back, 1.0 - back],
        shared_count: 5,
        turn_sigma_radps: 1e-3,
        sigma_m: 100.0,
        dt_s: 5.0,
        from: 5,
    };
    // Beside straight flight a turn whose rate, up to the three degrees a second of a standard turn, is unknown and may change
    // within half a minute.
    let turning = Tracker {
        models: [
            FlatMotion::Straight { density: 0.05 },
            FlatMotion::Turn { density: 1.0, turn_density: 0.0524 * 0.0524 / 30.0 },
        ],
        shared_count: 4,
        turn_sigma_radps: 0.0524,
        ..two
    };
    let runs = flights(folder)?;
    let name = folder.name();
    two.fly(&runs).say(folder, &format!("{name}/imm2"), "imm a=0.1/2.0");
    turning.fly(&runs).say(folder, &format!("{name}/imm-turn"), "");
    Ok(())
}

/// Turns of 3 g and 1 g.
pub fn manoeuvre(folder: &Folder) -> Result<(), String> {
    let as_peer = Tracker {
        models: [FlatMotion::Straight { density: 0.1 }, FlatMotion::Straight { density: 500.0 }],
        transition: matrix![0.95, 0.05; 0.05, 0.95],
        shared_count: 5,
        turn_sigma_radps: 1e-3,
        sigma_m: 20.0,
        dt_s: 1.0,
        from: 10,
    };
    let turning = Tracker {
        models: [FlatMotion::Straight { density: 0.1 }, FlatMotion::Turn { density: 10.0, turn_density: 3e-4 }],
        transition: matrix![0.98, 0.02; 0.02, 0.98],
        shared_count: 4,
        turn_sigma_radps: 0.1,
        ..as_peer
    };
    let runs = flights(folder)?;
    as_peer.fly(&runs).say(folder, "manoeuvre/imm2", "");
    turning.fly(&runs).say(folder, "manoeuvre/imm-turn", "");
    Ok(())
}
