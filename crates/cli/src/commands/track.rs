//! `downrange track`: the general tracker on a scenario of points.

use super::Done;
use crate::failure::Failure;
use downrange_track::associate::Associator;
use downrange_track::point::{self, Birth, Run, Settings, Weighing};
use rustix::time::{ClockId, clock_gettime};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Track the points of a scenario folder (meta.csv, meas.csv) and write one row per confirmed track and scan
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Associators: gnn (the one best assignment), jpda (exact probabilities of all assignments), set-jpda (the same, but near
tracks do not run into one), lbp (jpda by belief propagation, for crowds), mht (the best joint hypothesis over several
scans), pmbm (the mean of all of them).

Births, when no starts are known: adaptive (anywhere in the area), sites (at the normal distributions in birth.csv, columns
from,to,count,x,vx,y,vy,sx,svx,sy,svy: count objects a scan in the scans from..to, then mean and standard deviation of the
first state; in three dimensions also z,vz and sz,svz). meta.csv may also give ps (probability to be still there one scan later,
0.998 unless given) and q_step (standard deviation of accelerations that stay the same between two scans).

Examples:
  downrange track scenario --associator jpda --out tracks.csv
  downrange track scenario --associator lbp --known-starts --out tracks.csv --timings timings.csv")]
pub struct Arguments {
    /// The scenario folder
    folder: PathBuf,
    /// Which plots go to which track
    #[arg(long, value_enum)]
    associator: Name,
    /// Start from the tracks in init.csv and keep them
    #[arg(long)]
    known_starts: bool,
    /// Where new objects may appear
    #[arg(long, value_enum, default_value = "adaptive", conflicts_with = "known_starts")]
    birth: BirthName,
    /// What a plot weighs for a track: its likelihood, or (gnn alone) its distance in sigmas, as some trackers have it
    #[arg(long, value_enum, default_value = "likelihood")]
    weigh: WeighName,
    /// Report tracks that exist with at least this probability
    #[arg(long, value_name = "PROBABILITY", default_value_t = 0.5, value_parser = probability)]
    report_from: f64,
    /// Where the tracks go
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write the wall and processor seconds of every scan
    #[arg(long, value_name = "FILE")]
    timings: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Name {
    Gnn,
    Lbp,
    Jpda,
    SetJpda,
    Mht,
    Pmbm,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum WeighName {
    Likelihood,
    Distance,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum BirthName {
    Adaptive,
    Sites,
}

fn probability(text: &str) -> Result<f64, String> {
    let value = text.parse::<f64>().ok().filter(|value| *value > 0.0 && *value < 1.0);
    value.ok_or_else(|| "a probability above zero, below one".to_string())
}

/// Runs the command.
///
/// # Errors
/// When the scenario is wrong or the tracks cannot be written.
pub fn run(arguments: &Arguments) -> Done {
    let read = |name: &str| {
        let path = arguments.folder.join(name);
        std::fs::read_to_string(&path).map_err(|error| Failure::unreadable(&path, error, "a file of a point scenario"))
    };
    let init = arguments.known_starts.then(|| read("init.csv")).transpose()?;
    let scenario = point::read_scenario(&read("meta.csv")?, &read("meas.csv")?, init.as_deref());
    let mut scenario = scenario.map_err(|error| Failure::Scenario(error.to_string()))?;
    if matches!(arguments.birth, BirthName::Sites) {
        let sites = point::read_sites(&read("birth.csv")?, scenario.meta.dimension_count);
        scenario.sites = sites.map_err(|error| Failure::Scenario(error.to_string()))?;
    }
    let associator = match arguments.associator {
        Name::Gnn => Associator::GlobalNearest,
        Name::Lbp => Associator::BeliefPropagation,
        Name::Jpda => Associator::jpda(),
        Name::SetJpda => Associator::set_jpda(),
        Name::Mht => Associator::multiple_hypothesis(),
        Name::Pmbm => Associator::mixture(),
    };
    let started = Instant::now();
    let clock = || (started.elapsed().as_secs_f64(), processor_s());
    let birth = match arguments.birth {
        BirthName::Adaptive => Birth::Adaptive,
        BirthName::Sites => Birth::Sites,
    };
    let report_probability = arguments.report_from;
    let weighing = match arguments.weigh {
        WeighName::Likelihood => Weighing::Likelihood,
        WeighName::Distance => Weighing::Distance,
    };
    let settings =
        Settings { birth, report_probability, weighing, ..Settings::new(associator, arguments.known_starts) };
    let run = point::run(&scenario, &settings, clock);
    write(&arguments.out, &tracks_csv(&run, scenario.meta.dimension_count))?;
    if let Some(path) = &arguments.timings {
        write(path, &timings_csv(&run, u32::from(arguments.known_starts)))?;
    }
    Ok(())
}

fn tracks_csv<T>(run: &Run<T>, dimension_count: usize) -> String {
    let mut text =
        String::from(if dimension_count == 2 { "scan,track,x,vx,y,vy\n" } else { "scan,track,x,vx,y,vy,z,vz\n" });
    for row in &run.rows {
        // Writing to a string cannot fail.
        let _ = write!(text, "{},{}", row.scan, row.track);
        for axis in 0..dimension_count {
            let _ = write!(text, ",{},{}", row.position_m[axis], row.velocity_mps[axis]);
        }
        text.push('\n');
    }
    text
}

fn timings_csv(run: &Run<(f64, f64)>, first_scan: u32) -> String {
    let mut text = String::from("scan,wall_s,cpu_s\n");
    for (scan, (before, after)) in (first_scan..).zip(&run.times) {
        let _ = writeln!(text, "{scan},{:.9},{:.9}", after.0 - before.0, after.1 - before.1);
    }
    text
}

/// Processor seconds that this thread has used.
fn processor_s() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

fn write(path: &Path, content: &str) -> Done {
    std::fs::write(path, content).map_err(|error| Failure::unwritable(path, error))
}
