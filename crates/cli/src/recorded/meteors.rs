//! Fireballs and meteors that were recorded.

use super::{Take, bad, files, text};
use crate::failure::Failure;
use crate::study::watch;
use downrange_earth::{Geodetic, Time};
use downrange_sim::World;
use downrange_sim::flight::Kind;
use downrange_sim::recorded::{straight, straight_down_to, watched};
use serde::Serialize;
use std::path::Path;

/// A fireball is followed from this height down to where it was brightest, at the recorded velocity.
const FROM_M: f64 = 100e3;
/// No fireball is followed for longer: grazing ones begin far away.
const LONGEST_S: f64 = 60.0;

/// Recorded meteors, before they are watched.
pub(super) struct Set {
    name: &'static str,
    left_out: usize,
    pub(super) takes: Vec<Take<String>>,
}

/// What was said of one.
pub(super) struct Heard {
    name: String,
    seed: u64,
    plots: usize,
    is_assessed: bool,
    warned: Option<String>,
}

/// What was found of a set of recorded meteors.
#[derive(Debug, Clone, Serialize)]
pub struct Meteors {
    /// Where they are from.
    pub of: &'static str,
    /// Watched.
    pub watched: usize,
    /// Records without what is needed: a velocity, a height.
    pub left_out: usize,
    /// Seen by a sensor at least once.
    pub seen: usize,
    /// Assessed at least once.
    pub assessed: usize,
    /// Warned of: record, seed and what was said that it is.
    pub warned: Vec<String>,
}

impl Meteors {
    pub(super) fn line(&self) -> String {
        let share = 100.0 * (self.watched - self.warned.len()) as f64 / self.watched.max(1) as f64;
        let warned: String = self.warned.iter().map(|what| format!("  {what}\n")).collect();
        format!(
            "{}: {} watched ({} left out), {} seen, {} assessed, {} warned of: {share:.2} % not\n{warned}",
            self.of,
            self.watched,
            self.left_out,
            self.seen,
            self.assessed,
            self.warned.len()
        )
    }
}

impl Set {
    pub(super) fn judged(self, heard: Vec<Heard>) -> Meteors {
        let said = |one: &Heard| Some(format!("{} (seed {}): {}", one.name, one.seed, one.warned.as_ref()?));
        Meteors {
            of: self.name,
            watched: heard.len(),
            left_out: self.left_out,
            seen: heard.iter().filter(|one| one.plots > 0).count(),
            assessed: heard.iter().filter(|one| one.is_assessed).count(),
            warned: heard.iter().filter_map(said).collect(),
        }
    }
}

impl Heard {
    pub(super) fn of(name: &str, world: &World, heard: &watch::Heard) -> Heard {
        let kind = |time_s: f64| {
            let noted = heard.noted.iter().rev().find(|noted| noted.time_s <= time_s);
            noted.map_or("nothing", |noted| noted.kind.most_probable().word())
        };
        let first = heard.told.first();
        Heard {
            name: name.to_string(),
            seed: world.seed,
            plots: world.plots.iter().filter(|plot| plot.object.is_some()).count(),
            is_assessed: !heard.noted.is_empty(),
            warned: first.map(|told| format!("warned of after {:.0} s as {}", told.time_s, kind(told.time_s))),
        }
    }
}

/// Fireballs with place, height and velocity; nothing where the folder is absent.
pub(super) fn fireballs(folder: &Path, seed: u64) -> Result<Option<Set>, Failure> {
    let Some(path) = files(folder, ".csv").into_iter().next() else { return Ok(None) };
    let mut set = Set { name: "fireballs (CNEOS)", left_out: 0, takes: Vec::new() };
    let content = text(&path)?;
    let mut reader = csv::ReaderBuilder::new().from_reader(content.as_bytes());
    for (number, record) in reader.records().enumerate() {
        let record = record.map_err(|error| bad(&path, number + 2, &error.to_string()))?;
        let cell = |at: usize| record.get(at).unwrap_or("").trim();
        let km = |at: usize| cell(at).parse::<f64>().ok().map(|km| km * 1e3);
        let place = degrees(cell(1)).zip(degrees(cell(2))).zip(km(3));
        let velocity = km(5).zip(km(6)).zip(km(7)).map(|((x, y), z)| [x, y, z]);
        let (Some(((latitude_deg, longitude_deg), height_m)), Some(velocity_mps)) = (place, velocity) else {
            set.left_out += 1;
            continue;
        };
        let time = cell(0).replace(' ', "T") + "Z";
        let epoch = Time::from_utc_str(&time).map_err(|error| bad(&path, number + 2, &error.to_string()))?;
        let brightest = Geodetic::from_degrees(latitude_deg, longitude_deg, height_m);
        let path = straight_down_to(brightest.ecef(), velocity_mps, FROM_M, LONGEST_S);
        let name = format!("fireball-{}", cell(0).replace([' ', ':'], "-"));
        let seed = seed.wrapping_add(number as u64);
        let scenario = watched(&name, epoch, seed, Kind::Meteor, path, brightest);
        set.takes.push(Take { scenario, about: name });
    }
    Ok(Some(set))
}

/// `1.7S`, `130.0E`: degrees, positive to the north and east.
fn degrees(text: &str) -> Option<f64> {
    let side = text.chars().last()?;
    let degrees: f64 = text.strip_suffix(side)?.parse().ok()?;
    match side {
        'N' | 'E' => Some(degrees),
        'S' | 'W' => Some(-degrees),
        _ => None,
    }
}

/// Column of the UTC time, of latitude, longitude and height of both ends (a deviation stands between), and the duration.
const TIME: usize = 2;
const BEGIN: usize = 63;
const END: usize = 69;
const DURATION: usize = 75;

/// Meteors of the Global Meteor Network; nothing where the folder is absent.
pub(super) fn network(folder: &Path, seed: u64) -> Result<Option<Set>, Failure> {
    let Some(path) = files(folder, ".txt").into_iter().next() else { return Ok(None) };
    let mut set = Set { name: "meteors (Global Meteor Network)", left_out: 0, takes: Vec::new() };
    for (number, line) in text(&path)?.lines().enumerate() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let cells: Vec<&str> = line.split(';').map(str::trim).collect();
        let figure = |at: usize| cells.get(at).and_then(|cell| cell.parse::<f64>().ok());
        let end = |at: usize| {
            let height_m = figure(at + 4)? * 1e3;
            Some(Geodetic::from_degrees(figure(at)?, figure(at + 2)?, height_m))
        };
        let (Some(begin), Some(end), Some(lasts_s)) = (end(BEGIN), end(END), figure(DURATION).filter(|s| *s > 0.0))
        else {
            set.left_out += 1;
            continue;
        };
        let time = cells.get(TIME).copied().unwrap_or("").replace(' ', "T") + "Z";
        let epoch = Time::from_utc_str(&time).map_err(|error| bad(&path, number + 1, &error.to_string()))?;
        let meteor = straight(begin.ecef(), end.ecef(), lasts_s);
        let name = cells.first().map_or(String::new(), |id| format!("meteor-{id}"));
        let seed = seed.wrapping_add(set.takes.len() as u64);
        let scenario = watched(&name, epoch, seed, Kind::Meteor, meteor, end);
        set.takes.push(Take { scenario, about: name });
    }
    Ok(Some(set))
}
