//! `downrange recorded`: what the engine says of flights that were recorded.

use super::{Done, terminal};
use crate::failure::Failure;
use crate::recorded;
use std::path::PathBuf;

/// Run the engine on recorded flights, seen by simulated sensors
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The folder holds any of spacex_webcast (telemetry of launches: MISSION/analysed.json and events.json), cneos_fireballs (a CSV
table of fireballs) and gmn_meteors (a trajectory summary of the Global Meteor Network). The paths are the recorded ones; two
infrared sensors and three radars around them are simulated, their noise from the seed. Prints what was said, and writes
recorded.json where --out says.

Examples:
  downrange recorded recordings --seed 1 --out out/recorded")]
pub struct Arguments {
    /// The folder with the recordings
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Seed of the noise
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Flights at the same time; as many as the machine has processors when not given
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    threads: Option<u16>,
    /// Where the results go
    #[arg(long, value_name = "FOLDER", default_value = "out/recorded")]
    out: PathBuf,
    /// Print nothing
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command.
///
/// # Errors
/// When the recordings cannot be read, or the results cannot be written.
pub fn run(arguments: &Arguments) -> Done {
    let cores = || std::thread::available_parallelism().map_or(1, |count| count.get());
    let threads = arguments.threads.map_or_else(cores, usize::from);
    let bar = terminal::bar(1, arguments.quiet);
    bar.set_message("recorded flights");
    let count = |count| bar.set_length(count);
    let found = recorded::run(&arguments.folder, arguments.seed, threads, count, || bar.inc(1))?;
    bar.finish_and_clear();
    std::fs::create_dir_all(&arguments.out).map_err(|error| Failure::unwritable(&arguments.out, error))?;
    let path = arguments.out.join("recorded.json");
    std::fs::write(&path, found.json()).map_err(|error| Failure::unwritable(&path, error))?;
    if !arguments.quiet {
        print!("{}", found.summary());
        println!("results {}", path.display());
    }
    Ok(())
}
