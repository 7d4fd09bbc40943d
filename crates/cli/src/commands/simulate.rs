//! `downrange simulate`: a watch folder with truth, from a scenario and its seed.

use super::{Done, terminal};
use crate::failure::Failure;
use crate::folder::ZONES;
use downrange_sim::{Scenario, ScenarioError};
use std::path::{Path, PathBuf};

/// Simulate a scenario and write a watch folder with its truth
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The same scenario and seed give the same bytes on every machine. Replay the folder, then score the replay:

Examples:
  downrange simulate scenario.toml --out world
  downrange replay world --out out && downrange score world out")]
pub struct Arguments {
    /// The scenario
    scenario: PathBuf,
    /// Where the watch folder goes
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Print nothing
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command.
///
/// # Errors
/// When the scenario is wrong or cannot be flown, or the folder cannot be written.
pub fn run(arguments: &Arguments) -> Done {
    let path = &arguments.scenario;
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| Failure::unreadable(path, error, "a scenario in TOML"))?;
    let scenario = Scenario::parse(&text, &path.display().to_string()).map_err(refused)?;
    let bar = terminal::bar(1_000, arguments.quiet);
    bar.set_message("simulating");
    let world = scenario.run(|done| bar.set_position((done * 1e3) as u64)).map_err(refused)?;
    bar.finish_and_clear();
    for (name, content) in world.write() {
        write(&arguments.out.join(name), &content)?;
    }
    if let Some(zones) = &world.zones {
        let from = path.parent().unwrap_or(Path::new("")).join(zones);
        let content = std::fs::read(&from);
        let content = content.map_err(|error| Failure::unreadable(&from, error, "a file of districts in GeoJSON"))?;
        write(&arguments.out.join(ZONES), &content)?;
    }
    if !arguments.quiet {
        let (objects, plots) = (world.objects.len(), world.plots.len());
        println!("{}: {objects} objects, {} ships, {plots} plots", world.title, world.vessels.len());
        println!("watch folder {}", arguments.out.display());
    }
    Ok(())
}

fn write(path: &Path, content: &[u8]) -> Done {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder.and_then(|()| std::fs::write(path, content)).map_err(|error| Failure::unwritable(path, error))
}

fn refused(error: ScenarioError) -> Failure {
    Failure::Scenario(error.to_string())
}
