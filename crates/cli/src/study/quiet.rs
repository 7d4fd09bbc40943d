//! Quiet skies: aeroplanes, satellites, meteors and clutter, and nothing to warn of.

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
    /// What was warned of, what it is, and when.
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
    let found = in_order(worlds(hours_count), threads, |number| {
        let left_s = hours_count * 3_600.0 - number as f64 * WORLD_S;
        let found = world(seed.wrapping_add(number as u64), left_s.min(WORLD_S));
        done();
        found
    });
    let worlds = found.into_iter().collect::<Result<Vec<_>, _>>()?;
    let warned = worlds.iter().map(|world| world.warned.len()).sum();
    Ok(Quiet { program: crate::PROGRAM, seed, hours_count, worlds, warned })
}

fn world(seed: u64, duration_s: f64) -> Result<QuietWorld, Failure> {
    let world = draw_quiet(seed, duration_s).run(|_| ()).map_err(|error| Failure::Scenario(error.to_string()))?;
    let heard = watch::watch(&world)?;
    let case = judge::judge(seed, Class::of_seed(seed), &world, &heard);
    let warned = case.false_warned.iter().map(|(name, what, time_s)| format!("{name} is {what}; after {time_s:.0} s"));
    Ok(QuietWorld { seed, duration_s, plots: world.plots.len(), warned: warned.collect() })
}

impl Quiet {
    /// As JSON.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("numbers, texts and lists are always JSON") + "\n"
    }
}
