//! `downrange library`: named events and non-events, and what the engine says of each.

use super::{Done, terminal};
use crate::failure::Failure;
use crate::library;
use std::path::{Path, PathBuf};

/// Run the engine on named events and non-events and write what it said of each
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Launches with published figures, and what is none: airliners, satellites, re-entries, meteors, balloons, wind farms, faulty
sensors, drills. Each is simulated with the sensors that its entry names, the real engine watches it in memory, and what it
said is judged. Writes library.json and library.html. The same program gives the same bytes, with any number of threads.

Examples:
  downrange library --out out/library
  downrange library --only drills --out out/drills
  downrange library --only 2022-01-14 --out out/train
  downrange library --folder-of airliners-few --out out/world && downrange replay out/world --out out/replayed")]
pub struct Arguments {
    /// Only the events of this name (or that begin with it), or of this family
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Write the world of this event as a watch folder with its truth
    #[arg(long, value_name = "NAME", conflicts_with = "only")]
    folder_of: Option<String>,
    /// Events at the same time; as many as the machine has processors when not given
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    threads: Option<u16>,
    /// Where the results go
    #[arg(long, value_name = "FOLDER", default_value = "out/library")]
    out: PathBuf,
    /// Print nothing
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command.
///
/// # Errors
/// When there is no such event, or the results cannot be written.
pub fn run(arguments: &Arguments) -> Done {
    let mut events = library::all()?;
    if let Some(name) = arguments.only.as_ref().or(arguments.folder_of.as_ref()) {
        events = library::only(events, name)?;
    }
    std::fs::create_dir_all(&arguments.out).map_err(|error| Failure::unwritable(&arguments.out, error))?;
    if arguments.folder_of.is_some() {
        let Some(event) = events.first() else { return Ok(()) };
        let world = event.scenario.run(|_| ()).map_err(|error| Failure::Scenario(error.to_string()))?;
        return super::study::write_world(&world, &arguments.out, arguments.quiet);
    }
    let cores = || std::thread::available_parallelism().map_or(1, |count| count.get());
    let threads = arguments.threads.map_or_else(cores, usize::from);
    let bar = terminal::bar(events.len() as u64, arguments.quiet);
    bar.set_message("named events");
    let found = library::run(&events, threads, || bar.inc(1))?;
    bar.finish_and_clear();
    write(&arguments.out.join("library.json"), &found.json())?;
    let page = arguments.out.join("library.html");
    write(&page, &library::library_page(&found))?;
    if !arguments.quiet {
        print!("{}", library::summary(&found));
        println!("report {}", page.display());
    }
    Ok(())
}

fn write(path: &Path, content: &str) -> Done {
    std::fs::write(path, content).map_err(|error| Failure::unwritable(path, error))
}
