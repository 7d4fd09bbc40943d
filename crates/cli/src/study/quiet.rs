//! Quiet skies: aeroplanes, satellites, meteors and clutter, and nothing to warn of.

use super::districts::Districts;
use super::judge::FalseWarning;
use super::{in_order, judge, watch};
use crate::failure::Failure;
use downrange_sim::{Class, draw_quiet};
use serde::Serialize;

/// A quiet sky is watched for so long at a time.
pub const WORLD_S: f64 = 3_600.0;

/// What a study of quiet skies found: the content of `study.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Quiet {
    /// Name and version of the program.
    pub program: &'static str,
    /// The first seed.
    pub seed: u64,
    /// Event time watched, hours.
    pub hours_count: f64,
    /// Worlds, each with its seed.
    pub worlds: Vec<QuietWorld>,
    /// Plots in all worlds.
    pub plots: usize,
    /// Warnings raised in all worlds.
    pub warnings: usize,
    /// Objects warned of, in all worlds.
    pub warned: usize,
}

/// One quiet sky.
#[derive(Debug, Clone, Serialize)]
pub struct QuietWorld {
    /// Its seed.
    pub seed: u64,
    /// Its length.
    pub duration_s: f64,
    /// Plots, nearly all of them false.
    pub plots: usize,
    /// Warnings that were raised, each counted once whatever its revisions.
    pub warnings: usize,
    /// What was warned of: what it is, when, and why.
    pub warned: Vec<String>,
}

/// Number of worlds that these hours are watched in.
pub fn worlds(hours_count: f64) -> usize {
    (hours_count * 3_600.0 / WORLD_S).ceil() as usize
}

/// Watches so many hours of quiet skies, from this seed on; `done` is called after each world.
///
/// # Errors
/// When what the simulator wrote cannot be read, or a quiet sky cannot be drawn: mistakes in this program.
pub fn quiet(seed: u64, hours_count: f64, threads: usize, done: impl Fn() + Sync) -> Result<Quiet, Failure> {
    let districts = Districts::built_in()?;
    let found = in_order(worlds(hours_count), threads, |number| {
        let left_s = hours_count * 3_600.0 - number as f64 * WORLD_S;
        let found = world(seed.wrapping_add(number as u64), left_s.min(WORLD_S), &districts);
        done();
        found
    });
    let worlds = found.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(Quiet {
        program: crate::PROGRAM,
        seed,
        hours_count,
        plots: worlds.iter().map(|world| world.plots).sum(),
        warnings: worlds.iter().map(|world| world.warnings).sum(),
        warned: worlds.iter().map(|world| world.warned.len()).sum(),
        worlds,
    })
}

fn world(seed: u64, duration_s: f64, districts: &Districts) -> Result<QuietWorld, Failure> {
    let world = draw_quiet(seed, duration_s).run(|_| ()).map_err(|error| Failure::Scenario(error.to_string()))?;
    let heard = watch::watch_over(&world, Some(districts.text()))?;
    let case = judge::judge(seed, Class::of_seed(seed), &world, &heard, Some(districts));
    let warned = case.false_warned.iter().map(FalseWarning::words);
    Ok(QuietWorld { seed, duration_s, plots: world.plots.len(), warnings: heard.warnings(), warned: warned.collect() })
}

impl Quiet {
    /// In a few lines of plain text.
    pub fn summary(&self) -> String {
        let Quiet { hours_count, plots, warnings, warned, .. } = self;
        let mut text =
            format!("{hours_count} hours of quiet sky, {plots} plots, {warnings} warnings of {warned} objects\n");
        for world in &self.worlds {
            for what in &world.warned {
                text += &format!("  seed {}: {what}\n", world.seed);
            }
        }
        text
    }

    /// As JSON.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("numbers, texts and lists are always JSON") + "\n"
    }
}
