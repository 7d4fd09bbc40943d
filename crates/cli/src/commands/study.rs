//! `downrange study`: many drawn worlds, and how often the engine was right.

use super::{Done, terminal};
use crate::failure::Failure;
use crate::folder::ZONES;
use crate::study::figures::{Asked, Study};
use crate::study::{self, quiet};
use downrange_sim::{Class, Options, Scenario, Watch, World, draw, draw_quiet};
use downrange_wire::regions;
use std::path::{Path, PathBuf};

/// Draw many worlds, run the engine on each and write how often it was right
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("what").required(true),
    after_help = "\
Every world is drawn from its seed: one flight of seven kinds in turns, sensors around the Sea of Japan, traffic, and in
one world of five a fault; districts are the built-in provinces. The real engine runs on it in memory; then it is judged.
Writes study.json and study.html. The same arguments give the same bytes, with any number of threads.

Examples:
  downrange study --flights 200 --seed 1 --out out/study
  downrange study --flights 200 --hard --out out/hard
  downrange study --flights 70 --watched-by one-infrared --out out/one
  downrange study --quiet-hours 10 --seed 1 --out out/quiet
  downrange study --folder-of 17 --out out/world && downrange replay out/world --out out/replayed"
)]
pub struct Arguments {
    /// So many worlds with one flight each, with the seeds from --seed on
    #[arg(long, value_name = "COUNT", group = "what", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    flights: Option<u32>,
    /// So many hours of quiet sky: aeroplanes, satellites, meteors and four times the clutter
    #[arg(long, value_name = "HOURS", group = "what", value_parser = hours)]
    quiet_hours: Option<f64>,
    /// Write the world of this seed as a watch folder with its truth
    #[arg(long, value_name = "SEED", group = "what")]
    folder_of: Option<u64>,
    /// Write the hour of quiet sky of this seed as a watch folder with its truth
    #[arg(long, value_name = "SEED", group = "what")]
    quiet_folder_of: Option<u64>,
    /// Every radar off by 200 m and 0.3 degrees, every sensor 1.5 s late and with eight times its clutter
    #[arg(long, conflicts_with = "quiet_hours")]
    hard: bool,
    /// Only these sensors of each world watch: all, infrared, one-infrared or radars
    #[arg(long, value_name = "SENSORS", default_value = "all", conflicts_with_all = ["quiet_hours", "quiet_folder_of"],
        value_parser = watch)]
    watched_by: Watch,
    /// Only the worlds of these seeds whose flight is of a kind with this in its name, such as glide
    #[arg(long, value_name = "WORDS", requires = "flights", value_parser = kinds)]
    only: Option<String>,
    /// Also write every judged forecast and every said launch, forecasts.csv and launches.csv
    #[arg(long, requires = "flights")]
    forecasts: bool,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Worlds at the same time; as many as the machine has processors when not given
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    threads: Option<u16>,
    /// Where the results go
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Print nothing
    #[arg(long, short)]
    quiet: bool,
}

impl Arguments {
    fn options(&self) -> Options {
        Options { hard: self.hard, watch: self.watched_by, ..Options::one_flight() }
    }

    fn asked(&self, flights: u32) -> Asked {
        let watched_by = self.watched_by.name();
        Asked { asked: flights, seed: self.seed, only: self.only.clone(), hard: self.hard, watched_by }
    }
}

/// Hours: a number above 0, at most a year.
fn hours(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(hours) if hours > 0.0 && hours <= 8_766.0 => Ok(hours),
        _ => Err("allowed: a number above 0, at most 8766".into()),
    }
}

/// The name of what may watch.
fn watch(text: &str) -> Result<Watch, String> {
    let found = Watch::ALL.into_iter().find(|watch| watch.name() == text);
    found.ok_or_else(|| format!("allowed: {}", Watch::ALL.map(Watch::name).join(", ")))
}

/// A part of the name of some drawn kind.
fn kinds(text: &str) -> Result<String, String> {
    let known = || Class::ALL.map(Class::words);
    match known().iter().any(|words| words.contains(text)) {
        true => Ok(text.to_string()),
        false => Err(format!("allowed: a part of {}", known().join("; "))),
    }
}

/// Runs the command.
///
/// # Errors
/// When the results cannot be written.
pub fn run(arguments: &Arguments) -> Done {
    std::fs::create_dir_all(&arguments.out).map_err(|error| Failure::unwritable(&arguments.out, error))?;
    let cores = || std::thread::available_parallelism().map_or(1, |count| count.get());
    let threads = arguments.threads.map_or_else(cores, usize::from);
    match (arguments.flights, arguments.quiet_hours, arguments.quiet_folder_of) {
        (Some(flights), ..) => run_flights(arguments, flights, threads),
        (_, Some(hours), _) => run_quiet(arguments, hours, threads),
        (.., Some(seed)) => write_folder(arguments, draw_quiet(seed, quiet::WORLD_S)),
        _ => write_folder(arguments, draw(arguments.folder_of.unwrap_or(arguments.seed), &arguments.options())),
    }
}

fn run_flights(arguments: &Arguments, flights: u32, threads: usize) -> Done {
    let bar = terminal::bar(u64::from(flights), arguments.quiet);
    bar.set_message("worlds with a flight");
    let wanted = |class: Class| arguments.only.as_ref().is_none_or(|only| class.words().contains(only.as_str()));
    let outcomes = study::flights(arguments.seed, flights, threads, &arguments.options(), wanted, || bar.inc(1))?;
    bar.finish_and_clear();
    let study = Study::of(arguments.asked(flights), &outcomes);
    write_both(&arguments.out, &study.json(), &study::study_page(&study))?;
    if arguments.forecasts {
        write(&arguments.out.join("forecasts.csv"), study::forecasts_csv(&outcomes))?;
        write(&arguments.out.join("launches.csv"), study::launches_csv(&outcomes))?;
    }
    if !arguments.quiet {
        print!("{}", study::summary(&study));
        println!("report {}", arguments.out.join(PAGE).display());
    }
    Ok(())
}

fn run_quiet(arguments: &Arguments, hours: f64, threads: usize) -> Done {
    let bar = terminal::bar(quiet::worlds(hours) as u64, arguments.quiet);
    bar.set_message("quiet skies");
    let found = quiet::quiet(arguments.seed, hours, threads, || bar.inc(1))?;
    bar.finish_and_clear();
    write_both(&arguments.out, &found.json(), &study::quiet_page(&found))?;
    if !arguments.quiet {
        print!("{}", found.summary());
        println!("report {}", arguments.out.join(PAGE).display());
    }
    Ok(())
}

/// Name of the page.
const PAGE: &str = "study.html";

fn write_both(out: &Path, json: &str, page: &str) -> Done {
    [("study.json", json), (PAGE, page)].into_iter().try_for_each(|(name, content)| write(&out.join(name), content))
}

fn write(path: &Path, content: impl AsRef<[u8]>) -> Done {
    std::fs::write(path, content).map_err(|error| Failure::unwritable(path, error))
}

fn write_folder(arguments: &Arguments, scenario: Scenario) -> Done {
    let world = scenario.run(|_| ()).map_err(|error| Failure::Scenario(error.to_string()))?;
    write_world(&world, &arguments.out, arguments.quiet)?;
    // A study's engine watches over these districts, too.
    write(&arguments.out.join(ZONES), regions::as_zones_text())
}

/// Writes a world as a watch folder with its truth.
pub(super) fn write_world(world: &World, out: &Path, quiet: bool) -> Done {
    for (name, content) in world.write() {
        let path = out.join(name);
        let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        folder.map_err(|error| Failure::unwritable(&path, error))?;
        write(&path, content)?;
    }
    if !quiet {
        println!("{}: watch folder {}", world.title, out.display());
    }
    Ok(())
}
