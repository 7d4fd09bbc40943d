//! The ballistic scenario: one falling body, every filter, and what no filter can beat.

use crate::data::{Figures, Folder, Seeded, cpu_us, rms};
use crate::falling::{Falling, Look};
use downrange_track::filter::iekf::Rounds;
use downrange_track::filter::particle::Cloud;
use downrange_track::filter::sqrt::{self, Root};
use downrange_track::filter::sum::GaussianSum;
use downrange_track::filter::ukf::SigmaPoints;
use downrange_track::filter::{Observation, ckf, ekf, iekf, ukf};
use downrange_track::gaussian::Gaussian;
use downrange_track::measure::{Consistency, CramerRao, nees_band};
use nalgebra::{SMatrix, SVector, Vector4};
use std::collections::BTreeMap;

/// One run: true states by second, measurements with their second, where it came down.
pub struct Run {
    pub truth: Vec<SVector<f64, 6>>,
    pub looks: Vec<(usize, Vector4<f64>)>,
    pub impact_m: [f64; 2],
    /// Mean of the filters' prior.
    pub start: SVector<f64, 6>,
}

/// What `meta.csv` says.
pub struct Scenario {
    pub model: Falling,
    pub radar: Look,
    pub prior_coefficient_kgpm2: f64,
    pub prior_log_sigma: f64,
    pub prior_sigma: [f64; 2],
    pub runs: Vec<Run>,
}

/// Reads the folder. The prior's mean is in `init.csv`; without that file it is drawn about the true start.
pub fn read(folder: &Folder) -> Result<Scenario, String> {
    let text = std::fs::read_to_string(folder.0.join("meta.csv")).map_err(|e| format!("meta.csv: {e}"))?;
    let meta: BTreeMap<&str, f64> =
        text.lines().filter_map(|l| l.split_once(',')).filter_map(|(k, v)| Some((k, v.parse().ok()?))).collect();
    let get = |key: &str| meta.get(key).copied().ok_or_else(|| format!("meta.csv: no number {key}"));
    let truth = folder.runs("truth.csv", ["run", "scan", "x", "y", "z", "vx", "vy", "vz"])?;
    let looks = folder.runs("meas.csv", ["run", "scan", "range", "az", "el", "rdot"])?;
    let impacts = folder.pick("impact.csv", ["run", "x", "y"])?;
    let starts = folder.pick("init.csv", ["x", "y", "z", "vx", "vy", "vz"]).ok();
    let prior_sigma = [get("p0_pos")?, get("p0_vel")?];
    let mut random = Seeded(99);
    let mut runs = Vec::new();
    for (((run, truth), looks), [_, x, y]) in truth.iter().enumerate().zip(&looks).zip(&impacts) {
        // Every look has its truth, and the first one is at the start.
        if truth.is_empty() || looks.iter().any(|look| !(0.0..truth.len() as f64).contains(&look[1])) {
            return Err(format!("run {run}: a scan of meas.csv is not in truth.csv"));
        }
        let truth: Vec<SVector<f64, 6>> =
            truth.iter().map(|r| SVector::from_iterator(r[2..8].iter().copied())).collect();
        let drawn = truth[0] + SVector::<f64, 6>::from_fn(|k, _| prior_sigma[k / 3] * random.normal());
        let start = starts.as_ref().and_then(|s| s.get(run)).map_or(drawn, |s| SVector::from(*s));
        let looks = looks.iter().map(|r| (r[1] as usize, Vector4::new(r[2], r[3], r[4], r[5]))).collect();
        runs.push(Run { truth, looks, impact_m: [*x, *y], start });
    }
    let sigma = Vector4::new(get("sigma_r")?, get("sigma_az")?, get("sigma_el")?, get("sigma_rdot")?);
    Ok(Scenario {
        model: Falling::new(get("lat_deg")?, get("beta")?, get("q")?),
        radar: Look { sigma },
        prior_coefficient_kgpm2: get("beta0")?,
        prior_log_sigma: get("sigma_lnbeta")?,
        prior_sigma,
        runs,
    })
}

/// Which filter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Filter {
    Extended,
    Iterated,
    Unscented,
    Cubature,
    SquareRoot,
    Sum { parts_count: usize, spacing_sigmas: f64 },
    Particles { particles_count: usize },
}

/// The state of whichever filter it is.
enum State<const N: usize> {
    Gaussian(Gaussian<N>),
    Root(Root<N>),
    Sum(GaussianSum<N>),
    Cloud(Cloud<N>),
}

/// What an update says of itself: normalised innovation squared, where the filter has one innovation.
struct Seen {
    nis: Option<f64>,
}

impl Filter {
    /// Wide-set points for the unscented filter, as the peer's (α ½, β 2, κ 0).
    const POINTS: SigmaPoints = SigmaPoints { alpha_ratio: 0.5, beta_ratio: 2.0, kappa_ratio: 0.0 };

    fn start<const N: usize>(&self, prior: &Gaussian<N>) -> Option<State<N>> {
        Some(match *self {
            Filter::SquareRoot => State::Root(Root::of(prior)?),
            Filter::Sum { parts_count, spacing_sigmas } => {
                State::Sum(GaussianSum::split(prior, N - 1, parts_count, spacing_sigmas)?)
            }
            Filter::Particles { particles_count } => State::Cloud(Cloud::drawn(prior, particles_count, 7).ok()?),
            _ => State::Gaussian(*prior),
        })
    }

    fn predict<const N: usize>(&self, model: &Falling, state: &mut State<N>, dt_s: f64) -> Option<()> {
        match state {
            State::Gaussian(g) => {
                *g = match self {
                    Filter::Unscented => ukf::predict_with(&Filter::POINTS, model, g, dt_s).value,
                    Filter::Cubature => ckf::predict(model, g, dt_s),
                    _ => ekf::predict(model, g, dt_s),
                }
            }
            State::Root(root) => *root = sqrt::predict_cubature(model, root, dt_s)?,
            State::Sum(sum) => sum.predict(model, dt_s),
            State::Cloud(cloud) => cloud.predict(model, dt_s),
        }
        Some(())
    }

    fn update<const N: usize, const M: usize>(
        &self,
        radar: &Look,
        state: &mut State<N>,
        z: &SVector<f64, M>,
    ) -> Option<Seen> {
        let innovation = match state {
            State::Gaussian(g) => {
                let (updated, innovation) = match self {
                    Filter::Iterated => {
                        let found = iekf::update(radar, g, z, &Rounds::default())?;
                        (found.state, found.innovation)
                    }
                    Filter::Unscented => ukf::update_with(&Filter::POINTS, radar, g, z)?.value,
                    Filter::Cubature => ckf::update(radar, g, z)?,
                    _ => ekf::update(radar, g, z)?,
                };
                *g = updated;
                innovation
            }
            State::Root(root) => {
                let (updated, innovation) = sqrt::update_cubature(radar, root, z)?;
                *root = updated;
                innovation
            }
            State::Sum(sum) => return sum.update(radar, z).map(|_| Seen { nis: None }),
            State::Cloud(cloud) => return cloud.update(radar, z).ok().map(|()| Seen { nis: None }),
        };
        Some(Seen { nis: Some(innovation.nis()) })
    }
}

impl<const N: usize> State<N> {
    fn gaussian(&self) -> Gaussian<N> {
        match self {
            State::Gaussian(g) => *g,
            State::Root(root) => root.gaussian(),
            State::Sum(sum) => sum.gaussian(),
            State::Cloud(cloud) => cloud.gaussian(),
        }
    }

    /// The mean of where it comes down: of the sum's parts, not of its mean state.
    fn impact(&self, model: &Falling) -> Option<[f64; 2]> {
        let State::Sum(sum) = self else { return model.impact(&self.gaussian().mean) };
        let mut mean = [0.0; 2];
        for (weight, part) in sum.parts() {
            let at = model.impact(&part.mean)?;
            mean = [mean[0] + weight * at[0], mean[1] + weight * at[1]];
        }
        Some(mean)
    }
}

/// Seconds at which the fall is predicted.
pub const CHECKS: [usize; 6] = [30, 60, 120, 180, 210, 240];

/// What a filter reached.
#[derive(Default)]
pub struct Score {
    /// Squared position errors by second.
    pub position2: BTreeMap<usize, Vec<f64>>,
    pub velocity2: Vec<f64>,
    /// From second 30 on.
    pub nees: Consistency,
    /// By second, for the band of its runs.
    pub nees_by_second: BTreeMap<usize, Consistency>,
    /// Normalised innovations squared over the number of measured components, of every update after second 30.
    pub nis_ratios: Vec<f64>,
    pub impact2: BTreeMap<usize, Vec<f64>>,
    pub cpu_us: f64,
    pub updates_count: usize,
    pub failures_count: usize,
    /// Root mean square position error of each run from second 30 on.
    pub run_rmse_m: Vec<f64>,
}

impl Score {
    /// Root mean square position error from a second on.
    pub fn position_rmse_m(&self, from: usize) -> f64 {
        rms(&self.position2.range(from..).flat_map(|(_, e)| e).copied().collect::<Vec<_>>())
    }
}

pub fn prior<const N: usize>(scenario: &Scenario, run: &Run) -> Gaussian<N> {
    let [place, speed] = scenario.prior_sigma;
    let mean = SVector::from_fn(|k, _| if k < 6 { run.start[k] } else { libm::log(scenario.prior_coefficient_kgpm2) });
    let sigma = SVector::from_fn(|k, _| match k {
        0..3 => place,
        3..6 => speed,
        _ => scenario.prior_log_sigma,
    });
    Gaussian::diagonal(mean, sigma)
}

/// One filter over the first `runs_count` runs. N: 6 or 7 components, M: 3 or 4 measured numbers.
pub fn score<const N: usize, const M: usize>(scenario: &Scenario, filter: Filter, runs_count: usize) -> Score {
    let mut score = Score::default();
    for run in scenario.runs.iter().take(runs_count) {
        // Once for the time, with nothing else in it, and once more for the score.
        let begun_us = cpu_us();
        let end = fly::<N, M>(scenario, filter, run, |_, _, _, _| ());
        core::hint::black_box(&end);
        score.cpu_us += cpu_us() - begun_us;
        score.updates_count += run.looks.len();
        let mut run2 = Vec::new();
        let flown = fly::<N, M>(scenario, filter, run, |state, last, second, seen| {
            score.failures_count += usize::from(seen.is_none());
            let nis = seen.and_then(|seen| seen.nis).filter(|_| second >= 30);
            score.nis_ratios.extend(nis.map(|nis| nis / M as f64));
            score.add(scenario, run, state, last, second, &mut run2);
        });
        score.failures_count += usize::from(flown.is_none());
        score.run_rmse_m.push(rms(&run2));
    }
    score
}

/// One filter over one run: after each look its state, the second of the look before, that of this one, and what the update
/// said, `None` where it or the prediction was refused. Returns the last state; `None` for a prior that the filter refuses.
fn fly<const N: usize, const M: usize>(
    scenario: &Scenario,
    filter: Filter,
    run: &Run,
    mut each: impl FnMut(&State<N>, usize, usize, Option<Seen>),
) -> Option<State<N>> {
    let mut state = filter.start(&prior::<N>(scenario, run))?;
    let mut last = 0;
    for (second, look) in &run.looks {
        let ahead_s = (*second - last) as f64;
        let predicted = if ahead_s > 0.0 { filter.predict(&scenario.model, &mut state, ahead_s) } else { Some(()) };
        let seen = filter.update(&scenario.radar, &mut state, &SVector::<f64, M>::from_fn(|k, _| look[k]));
        each(&state, last, *second, seen.filter(|_| predicted.is_some()));
        last = *second;
    }
    Some(state)
}

impl Score {
    fn add<const N: usize>(
        &mut self,
        scenario: &Scenario,
        run: &Run,
        state: &State<N>,
        last: usize,
        second: usize,
        run2: &mut Vec<f64>,
    ) {
        let g = state.gaussian();
        let e = g.mean.fixed_rows::<6>(0) - run.truth[second];
        let place2 = e.fixed_rows::<3>(0).norm_squared();
        self.position2.entry(second).or_default().push(place2);
        if second >= 20 {
            let covariance = g.covariance.fixed_view::<6, 6>(0, 0).into_owned();
            let counted = self.nees_by_second.entry(second).or_default().push(&e, &covariance);
            if second >= 30 {
                run2.push(place2);
                self.velocity2.push(e.fixed_rows::<3>(3).norm_squared());
                self.failures_count += usize::from(!(counted && self.nees.push(&e, &covariance)));
            }
        }
        if let Some(check) = CHECKS.into_iter().rfind(|c| last < *c && *c <= second) {
            let at = state.impact(&scenario.model).unwrap_or([f64::NAN; 2]);
            let off2 = (at[0] - run.impact_m[0]) * (at[0] - run.impact_m[0])
                + (at[1] - run.impact_m[1]) * (at[1] - run.impact_m[1]);
            self.impact2.entry(check).or_default().push(off2);
        }
    }
}

/// The posterior Cramér–Rao bound: of the position by second over all paths, and of the place of the fall at the checks, with
/// the prior's information and the plots that the runs really have, path by path.
pub struct Bound {
    pub position_m: BTreeMap<usize, f64>,
    pub impact_m: BTreeMap<usize, f64>,
}

/// N and M as for [`score`].
pub fn bound<const N: usize, const M: usize>(scenario: &Scenario) -> Option<Bound>
where
    Look: Observation<N, M>,
{
    let mut position2: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    let mut impact2: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for run in &scenario.runs {
        let state = |second: usize| {
            let truth = run.truth[second];
            SVector::<f64, N>::from_fn(|k, _| if k < 6 { truth[k] } else { scenario.model.log_coefficient })
        };
        let mut bound = CramerRao::new(&prior::<N>(scenario, run).covariance)?;
        let mut last = 0;
        for &(second, _) in &run.looks {
            for second in last..second {
                bound.predict(&scenario.model, &[state(second)], 1.0).then_some(())?;
            }
            Observe::<N, M>::update(&mut bound, &scenario.radar, &state(second))?;
            position2.entry(second).or_default().push(bound.rms(&[0, 1, 2])?);
            if let Some(check) = CHECKS.into_iter().rfind(|c| last < *c && *c <= second) {
                let slope = impact_slope(&scenario.model, &state(second))?;
                let spread = slope * bound.covariance()? * slope.transpose();
                impact2.entry(check).or_default().push(libm::sqrt(spread.trace()));
            }
            last = second;
        }
    }
    let root = |map: BTreeMap<usize, Vec<f64>>| {
        map.into_iter().map(|(k, v)| (k, rms(&v.iter().map(|s| s * s).collect::<Vec<_>>()))).collect()
    };
    Some(Bound { position_m: root(position2), impact_m: root(impact2) })
}

/// Names the number of measured components.
struct Observe<const N: usize, const M: usize>;

impl<const N: usize, const M: usize> Observe<N, M>
where
    Look: Observation<N, M>,
{
    fn update(bound: &mut CramerRao<N>, radar: &Look, state: &SVector<f64, N>) -> Option<()> {
        bound.update::<M, Look>(radar, &[*state], 1.0).then_some(())
    }
}

/// Derivative of the place of the fall by the state, by central differences.
fn impact_slope<const N: usize>(model: &Falling, state: &SVector<f64, N>) -> Option<SMatrix<f64, 2, N>> {
    let mut slope = SMatrix::zeros();
    for k in 0..N {
        let step = [1.0, 1.0, 1.0, 0.01, 0.01, 0.01, 1e-4][k];
        let mut d = SVector::<f64, N>::zeros();
        d[k] = step;
        let (ahead, behind) = (model.impact(&(state + d))?, model.impact(&(state - d))?);
        for i in 0..2 {
            slope[(i, k)] = (ahead[i] - behind[i]) / (2.0 * step);
        }
    }
    Some(slope)
}

/// All filters on all four problems.
pub fn report(folder: &Folder) -> Result<(), String> {
    let scenario = read(folder)?;
    problem::<6, 3>(&scenario, "rae-b6")?;
    problem::<6, 4>(&scenario, "raer-b6")?;
    problem::<7, 3>(&scenario, "rae-b7")?;
    problem::<7, 4>(&scenario, "raer-b7")
}

fn problem<const N: usize, const M: usize>(scenario: &Scenario, name: &str) -> Result<(), String> {
    let bound = bound::<N, M>(scenario).ok_or("ballistic: the bound's information is singular")?;
    let case = format!("ballistic/bound-{name}");
    for (second, value) in &bound.impact_m {
        Figures(&case).say(&format!("impact_{second}s_m"), *value);
    }
    let mut filters = vec![
        ("ekf", Filter::Extended),
        ("iekf", Filter::Iterated),
        ("ukf", Filter::Unscented),
        ("ckf", Filter::Cubature),
        ("srckf", Filter::SquareRoot),
    ];
    if N > 6 {
        filters.push(("sum3", Filter::Sum { parts_count: 3, spacing_sigmas: 1.2 }));
        filters.push(("sum5", Filter::Sum { parts_count: 5, spacing_sigmas: 1.0 }));
        filters.push(("sum9", Filter::Sum { parts_count: 9, spacing_sigmas: 0.6 }));
    }
    filters.push(("rpf1000", Filter::Particles { particles_count: 1000 }));
    for (filter_name, filter) in filters {
        let runs = if matches!(filter, Filter::Particles { .. }) { 10 } else { usize::MAX };
        let score = score::<N, M>(scenario, filter, runs);
        say(&format!("ballistic/{filter_name}-{name}"), &score, &bound);
    }
    Ok(())
}

fn say(case: &str, score: &Score, bound: &Bound) {
    let figures = Figures(case);
    figures.say("position_rmse_from_30s_m", score.position_rmse_m(30));
    figures.say("velocity_rmse_from_30s_mps", rms(&score.velocity2));
    figures.say("nees_over_6", score.nees.mean_ratio().unwrap_or(f64::NAN));
    if !score.nis_ratios.is_empty() {
        figures.say("nis_over_m", score.nis_ratios.iter().sum::<f64>() / score.nis_ratios.len() as f64);
    }
    // Runs are independent, the seconds of one run are not: the band is that of one second, and the share of seconds inside.
    let runs = score.run_rmse_m.len();
    if let Some(band) = nees_band(6, runs, 0.95) {
        figures.say("nees_over_6_band_low", band.low / 6.0);
        figures.say("nees_over_6_band_high", band.high / 6.0);
    }
    let inside = score.nees_by_second.values().filter(|nees| nees.within(0.95) == Some(true)).count();
    figures.say("nees_seconds_inside_band_share", inside as f64 / score.nees_by_second.len() as f64);
    let errors = score.position2.range(20..).map(|(k, e)| (rms(e), bound.position_m[k], e.len()));
    let full: Vec<f64> = errors.filter(|(_, _, n)| *n > runs / 2).map(|(e, b, _)| e / b).collect();
    figures.say("position_rmse_over_bound_from_20s", full.iter().sum::<f64>() / full.len() as f64);
    for (second, off2) in &score.impact2 {
        figures.say(&format!("impact_{second}s_m"), rms(off2));
    }
    figures.say("cpu_us_per_update", score.cpu_us / score.updates_count as f64);
    figures.say("failed_updates_count", score.failures_count as f64);
}
