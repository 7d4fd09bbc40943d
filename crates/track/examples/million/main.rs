//! A million objects on a small machine: births, deaths, clutter, nothing given at the start. JSON lines.
//!
//! ```text
//! cargo run --release -p downrange-track --example million -- [N] [SCANS] [THREADS]     (1000000 15 2)
//! cargo run --release -p downrange-track --example million -- --growth [SCANS] [THREADS]
//! cargo run --release -p downrange-track --example million -- --burst [N] [SCANS] [THREADS]
//! ```
//!
//! The world: aircraft in 12 km of air, one in 64 km³, 50 to 280 m/s, each axis driven by white acceleration of 0.1 m²/s³; a scan
//! every 10 s that sees an object with probability 0.9 to ± 30 m on each axis, and a false plot for every tenth object; 0.2 %
//! of the objects come and go in a scan, and those that leave the box as well (the smaller the box, the more). The density is the
//! same for every N.
//!
//! Times are those of the tracker alone, wall and CPU of all its threads; the world and the score are not in them. The memory
//! (`resident_gib`, the highest of the whole process) has the world, the plots and the score in it; `bytes_per_object` is what the
//! tracker holds on to, over N. GOSPA (metres, cut-off 300 m, order 2), the root mean square error of the objects that have a track
//! (`localisation`, metres), objects without track (`missed`) and tracks without object (`false`) are means over the scans from
//! the sixth on; `swaps` counts objects that changed to another track, over all scans.
//!
//! `--growth` runs 1,000 to 1,000,000 objects and fits CPU time ∝ N^k. `--burst` has 100 times the clutter in one scan and
//! 10,000 plots within one gate in a later one.

mod world;

use downrange_earth::Time;
use downrange_track::associate::Associator;
use downrange_track::measure::gospa;
use downrange_track::swarm::{Report, Scan, Sensor, Settings, Swarm};
use rustix::time::{ClockId, clock_gettime};
use std::num::NonZeroUsize;
use std::process::ExitCode;
use world::World;

const CUTOFF_M: f64 = 300.0;
/// Scans before the sixth are not in the means of the score: tracks are still found.
const FIRST_SCORED: usize = 5;
const CLUTTER_BURST: f64 = 100.0;
const CROWD: usize = 10_000;

#[expect(clippy::disallowed_methods, reason = "a program has arguments")]
fn main() -> ExitCode {
    let (flags, numbers): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|a| a.starts_with("--"));
    let Ok(numbers) = numbers.iter().map(|n| n.replace('_', "").parse()).collect::<Result<Vec<usize>, _>>() else {
        return usage();
    };
    let number = |index: usize, usual: usize| numbers.get(index).copied().unwrap_or(usual).max(1);
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let done = match flags[..] {
        [] => million(number(0, 1_000_000), number(1, 15), number(2, 2)),
        ["--growth"] => growth(number(0, 15), number(1, 2)),
        ["--burst"] => burst(number(0, 100_000), number(1, 15), number(2, 2)),
        _ => return usage(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("million [N] [SCANS] [THREADS] | --growth [SCANS] [THREADS] | --burst [N] [SCANS] [THREADS]");
    ExitCode::from(2)
}

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// What became of one scan.
struct Line {
    wall_s: f64,
    cpu_s: f64,
    report: Report,
    score: Score,
}

#[derive(Clone, Copy, Default)]
struct Score {
    gospa_m: f64,
    localisation_m: f64,
    missed: f64,
    false_tracks: f64,
    swaps: usize,
}

/// What a scan has more of than usual.
enum Extra {
    None,
    Clutter,
    Crowd,
}

struct Run {
    world: World,
    swarm: Swarm,
    plots: Vec<[f64; 3]>,
    scan: usize,
}

impl Run {
    fn new(count: usize, threads: usize) -> Outcome<Run> {
        let mut settings = Settings::new(Associator::GlobalNearest, world::DENSITY_M2PS3, world::SPEED_MAX_MPS);
        settings.threads_count = NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN);
        Ok(Run { world: World::new(count, 1), swarm: Swarm::new(settings)?, plots: Vec::new(), scan: 0 })
    }

    fn step(&mut self, extra: Extra) -> Outcome<Line> {
        if self.scan > 0 {
            self.world.advance();
        }
        self.world.plots(if matches!(extra, Extra::Clutter) { CLUTTER_BURST } else { 1.0 }, &mut self.plots);
        if matches!(extra, Extra::Crowd) {
            self.world.crowd(CROWD, &mut self.plots);
        }
        let stray_density = world::CLUTTER_SHARE / world::VOLUME_PER_OBJECT_M3;
        let sensor =
            Sensor { sigma_m: world::SIGMA_M, detection_probability: world::DETECTION_PROBABILITY, stray_density };
        let time = Time::from_tai_ns(0).plus_s(world::STEP_S * self.scan as f64);
        let (wall, cpu) = (now(ClockId::Monotonic), now(ClockId::ProcessCPUTime));
        let report = self.swarm.step(&Scan { time, plots: &self.plots, sensor })?;
        let (wall_s, cpu_s) = (now(ClockId::Monotonic) - wall, now(ClockId::ProcessCPUTime) - cpu);
        let score = self.score()?;
        self.scan += 1;
        Ok(Line { wall_s, cpu_s, report, score })
    }

    fn score(&mut self) -> Outcome<Score> {
        let truth: Vec<[f64; 3]> = self.world.objects.iter().map(|object| object.position_m).collect();
        let numbers: Vec<u64> = self.swarm.confirmed().map(|track| track.number).collect();
        let tracked: Vec<[f64; 3]> = self.swarm.confirmed().map(|track| track.position_m).collect();
        let found = gospa(&truth, &tracked, CUTOFF_M)?;
        let mut swaps = 0;
        for &(object, track) in &found.pairs {
            let (object, number) = (&mut self.world.objects[object as usize], numbers[track as usize]);
            swaps += usize::from(object.track != 0 && object.track != number);
            object.track = number;
        }
        let pairs = found.pairs.len();
        Ok(Score {
            gospa_m: found.distance_m,
            localisation_m: (found.localisation_m2 / pairs.max(1) as f64).sqrt(),
            missed: (truth.len() - pairs) as f64,
            false_tracks: (tracked.len() - pairs) as f64,
            swaps,
        })
    }

    fn print(&self, line: &Line) {
        let Line { wall_s, cpu_s, report, score } = line;
        println!(
            "{{\"what\":\"scan\",\"scan\":{},\"objects\":{},\"plots\":{},\"wall_s\":{wall_s:.6},\"cpu_s\":{cpu_s:.6},\
             \"tracks\":{},\"begun\":{},\"confirmed\":{},\"shed_count\":{},\"gospa\":{:.1},\"localisation\":{:.2},\
             \"missed\":{},\"false\":{},\"swaps\":{},\"came_and_went\":{}}}",
            self.scan - 1,
            self.world.objects.len(),
            self.plots.len(),
            report.tracks_count,
            report.begun_count,
            report.confirmed_count,
            report.shed.total_count(),
            score.gospa_m,
            score.localisation_m,
            score.missed,
            score.false_tracks,
            score.swaps,
            self.world.replaced_count,
        );
    }
}

fn million(count: usize, scans: usize, threads: usize) -> Outcome<()> {
    let (run, lines) = follow(count, scans, threads)?;
    let scored = &lines[FIRST_SCORED.min(lines.len() - 1)..];
    let of = |pick: fn(&Score) -> f64| mean(scored.iter().map(|line| pick(&line.score)));
    println!(
        "{{\"what\":\"million\",\"objects\":{count},\"scans\":{scans},\"threads\":{threads},\"scan_mean_s\":{:.4},\
         \"scan_worst_s\":{:.4},\"cpu_mean_s\":{:.4},\"resident_gib\":{:.3},\"gospa\":{:.1},\"localisation\":{:.2},\
         \"missed\":{:.1},\"false\":{:.1},\"swaps\":{},\"tracks\":{},\"bytes_per_object\":{:.0},\"bytes_per_track\":{}}}",
        mean(lines.iter().map(|line| line.wall_s)),
        lines.iter().fold(0.0, |worst: f64, line| worst.max(line.wall_s)),
        mean(lines.iter().map(|line| line.cpu_s)),
        resident_gib(),
        of(|score| score.gospa_m),
        of(|score| score.localisation_m),
        of(|score| score.missed),
        of(|score| score.false_tracks),
        lines.iter().map(|line| line.score.swaps).sum::<usize>(),
        run.swarm.confirmed().count(),
        run.swarm.memory_bytes() as f64 / count as f64,
        size_of::<downrange_track::swarm::Track>(),
    );
    Ok(())
}

fn follow(count: usize, scans: usize, threads: usize) -> Outcome<(Run, Vec<Line>)> {
    let mut run = Run::new(count, threads)?;
    let mut lines = Vec::new();
    for _ in 0..scans {
        let line = run.step(Extra::None)?;
        run.print(&line);
        lines.push(line);
    }
    Ok((run, lines))
}

/// k of CPU time ∝ N^k: the slope of the least-squares line through the logarithms.
fn growth(scans: usize, threads: usize) -> Outcome<()> {
    let mut points = Vec::new();
    for count in [1_000, 10_000, 100_000, 1_000_000] {
        let (_, lines) = follow(count, scans, threads)?;
        let cpu_mean_s = mean(lines.iter().map(|line| line.cpu_s));
        let wall_mean_s = mean(lines.iter().map(|line| line.wall_s));
        println!(
            "{{\"what\":\"growth_point\",\"objects\":{count},\"cpu_mean_s\":{cpu_mean_s:.6},\"scan_mean_s\":{wall_mean_s:.6},\
             \"us_per_object\":{:.4}}}",
            cpu_mean_s * 1e6 / count as f64
        );
        points.push((libm::log(count as f64), libm::log(cpu_mean_s)));
    }
    let (x, y) = (mean(points.iter().map(|p| p.0)), mean(points.iter().map(|p| p.1)));
    let slope: f64 = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    let k = slope / points.iter().map(|p| (p.0 - x) * (p.0 - x)).sum::<f64>();
    println!("{{\"what\":\"growth\",\"k\":{k:.4},\"scans\":{scans},\"threads\":{threads}}}");
    Ok(())
}

fn burst(count: usize, scans: usize, threads: usize) -> Outcome<()> {
    let mut run = Run::new(count, threads)?;
    let (mut walls, mut shed_count) = (Vec::new(), 0);
    for scan in 0..scans {
        let extra = match scan {
            _ if scan == scans / 3 => Extra::Clutter,
            _ if scan == 2 * scans / 3 => Extra::Crowd,
            _ => Extra::None,
        };
        let line = run.step(extra)?;
        run.print(&line);
        walls.push(line.wall_s);
        shed_count += line.report.shed.total_count();
    }
    walls.sort_by(f64::total_cmp);
    println!(
        "{{\"what\":\"burst\",\"objects\":{count},\"scans\":{scans},\"threads\":{threads},\"scan_median_s\":{:.4},\
         \"scan_worst_s\":{:.4},\"shed_count\":{shed_count}}}",
        walls[walls.len() / 2],
        walls[walls.len() - 1],
    );
    Ok(())
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    sum / f64::from(count.max(1))
}

fn now(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// The most memory the process has had, from the kernel; zero where it does not tell.
fn resident_gib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()).and_then(|kib| kib.parse::<f64>().ok());
    kib.unwrap_or(0.0) / (1024.0 * 1024.0)
}
