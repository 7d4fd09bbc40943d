//! Recorded flights through the real engine: what flew is real, the sensors that watch it are simulated.
//!
//! A folder holds any of `spacex_webcast` (telemetry of launches, one folder each), `cneos_fireballs` (fireballs that US
//! Government sensors saw, CSV) and `gmn_meteors` (trajectory summaries of the Global Meteor Network). The data are read
//! where they are and are no part of the project.

mod meteors;
mod webcast;

use crate::failure::Failure;
use crate::study::{in_order, watch};
use downrange_engine::assess::Kind;
use downrange_sim::Scenario;
use downrange_sim::physics::air::Air;
use serde::Serialize;
use std::path::{Path, PathBuf};

pub use meteors::Meteors;
pub use webcast::Launch;

/// What was found: the content of `recorded.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Recorded {
    /// Name and version of the program.
    pub program: &'static str,
    /// Seed of the noise.
    pub seed: u64,
    /// Launches with telemetry.
    pub launches: Vec<Launch>,
    /// Fireballs and meteors.
    pub meteors: Vec<Meteors>,
}

/// One recorded flight, ready to be watched.
struct Take<T> {
    scenario: Scenario,
    about: T,
}

/// Watches everything in a folder; `done` is called after each flight, and `count` with how many there are.
///
/// # Errors
/// When the folder holds none of the recordings, or one that cannot be read.
pub fn run(
    folder: &Path,
    seed: u64,
    threads: usize,
    count: impl FnOnce(u64),
    done: impl Fn() + Sync,
) -> Result<Recorded, Failure> {
    let launches = webcast::read(&folder.join("spacex_webcast"), seed)?;
    let fireballs = meteors::fireballs(&folder.join("cneos_fireballs"), seed)?;
    let network = meteors::network(&folder.join("gmn_meteors"), seed)?;
    if launches.is_empty() && fireballs.is_none() && network.is_none() {
        let allowed = "a folder with spacex_webcast, cneos_fireballs or gmn_meteors";
        return Err(Failure::unreadable(folder, "none of the recordings is there", allowed));
    }
    let sets: Vec<_> = [fireballs, network].into_iter().flatten().collect();
    count(launches.len() as u64 + sets.iter().map(|set| set.takes.len() as u64).sum::<u64>());
    let watched = |scenario: &Scenario| -> Result<_, Failure> {
        let world = scenario.run(|_| ()).map_err(|error| Failure::Scenario(error.to_string()))?;
        let heard = watch::watch(&world)?;
        done();
        Ok((world, heard))
    };
    let air = Air::still();
    let launches = in_order(launches.len(), threads, |number| {
        let take = &launches[number];
        let (world, heard) = watched(&take.scenario)?;
        Ok(Launch::of(&take.about, &world, &heard, &air))
    });
    let meteors = sets.into_iter().map(|set| {
        let heard = in_order(set.takes.len(), threads, |number| {
            let (world, heard) = watched(&set.takes[number].scenario)?;
            Ok(meteors::Heard::of(&set.takes[number].about, &world, &heard))
        });
        Ok(set.judged(heard.into_iter().collect::<Result<Vec<_>, Failure>>()?))
    });
    Ok(Recorded {
        program: crate::PROGRAM,
        seed,
        meteors: meteors.collect::<Result<Vec<_>, Failure>>()?,
        launches: launches.into_iter().collect::<Result<Vec<_>, Failure>>()?,
    })
}

/// Whether it is one of the kinds that a person would call a missile.
fn is_missile(kind: Kind) -> bool {
    matches!(kind, Kind::Ballistic | Kind::QuasiBallistic | Kind::Glide)
}

/// The files in a folder whose names end so, in order; none where the folder is absent.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    paths.sort();
    paths
}

fn text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::unreadable(path, error, "a recording in UTF-8"))
}

fn bad(path: &Path, line: usize, what: &str) -> Failure {
    Failure::Scenario(format!("{}:{line}: {what}", path.display()))
}

impl Recorded {
    /// As JSON.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("numbers, texts and lists are always JSON") + "\n"
    }

    /// In a few lines of plain text.
    pub fn summary(&self) -> String {
        let launches: String = self.launches.iter().map(Launch::line).collect();
        let meteors: String = self.meteors.iter().map(Meteors::line).collect();
        let called = self.launches.iter().filter(|launch| launch.is_called_missile).count();
        let of = match self.launches.len() {
            0 => String::new(),
            count => format!("{called} of {count} launches called a missile when their telemetry ends\n"),
        };
        format!("{launches}{of}{meteors}")
    }
}
