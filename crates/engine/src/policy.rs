//! What is watched over, and the rules by which it is warned.

use crate::plot::Sensor;
use crate::traffic::SurfacePosition;

/// All that the engine is started with. It never changes while the engine runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Who is watching; [`crate::plot::SensorIndex`] points into this list.
    pub sensors: Vec<Sensor>,
    /// Districts that can be warned.
    pub zones: Vec<Zone>,
    /// Provinces by which a launch place is named.
    pub regions: Vec<Region>,
    /// Whether somebody answers questions for a satellite catalogue.
    pub has_catalogue: bool,
    /// The rules.
    pub policy: Policy,
}

/// Whether messages are real.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The real thing.
    Actual,
    /// People practise.
    Exercise,
    /// Machines practise; recorded and simulated data.
    Test,
}

/// The rules of warning. Defaults are [`Policy::default`].
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// What the messages call themselves. Recorded data must never be [`Status::Actual`].
    pub status: Status,
    /// Probability, that something falls and is no aircraft or satellite, from which an alert goes out.
    pub alert_probability: f64,
    /// Probability below which a standing alert is taken back.
    pub cancel_probability: f64,
    /// Independent paths of evidence (see [`Sensor::path`]) that an alert needs.
    pub independent_paths_min: usize,
    /// The fall area that is warned holds the fall with this probability (0.5, 0.95 or 0.99).
    pub area_probability: f64,
    /// The warned area reaches this far beyond the fall area: ships and pilots need room, and a message that is right for
    /// minutes is worth more than one that moves by a mile every few seconds.
    pub area_margin_m: f64,
    /// Vessels are named from this probability of being hit on (14 CFR 450.101: 1e-5).
    pub vessel_probability: f64,
    /// Aircraft are named from this probability of being hit on (14 CFR 450.101: 1e-6).
    pub aircraft_probability: f64,
    /// Districts are named from this probability of a fall inside them on.
    pub zone_probability: f64,
    /// Shortest time between two updates of one warning that only refine it.
    pub update_interval_s: f64,
    /// How long after the last possible time of fall a warning stays in force.
    pub expiry_margin_s: f64,
    /// Languages of the texts, by ISO 639-1 code.
    pub languages: Vec<String>,
    /// Channels that messages are rendered for.
    pub channels: Vec<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            status: Status::Test,
            alert_probability: 0.9,
            cancel_probability: 0.1,
            independent_paths_min: 2,
            area_probability: 0.95,
            area_margin_m: 5_000.0,
            vessel_probability: 1e-5,
            aircraft_probability: 1e-6,
            zone_probability: 0.01,
            update_interval_s: 10.0,
            expiry_margin_s: 600.0,
            languages: vec!["en".into(), "ko".into(), "ja".into()],
            channels: vec!["cap".into(), "navarea".into()],
        }
    }
}

/// One polygon: the outer ring first, then holes; each ring closed (first point = last point).
pub type Rings = Vec<Vec<SurfacePosition>>;

/// A district that can be warned.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    /// Identifier, e.g. `JA18`.
    pub id: String,
    /// Name.
    pub name: String,
    /// People living there, where known.
    pub population: Option<u64>,
    /// Its polygons.
    pub polygons: Vec<Rings>,
}

/// A province by which a launch place is named.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// English name, e.g. `North Pyongan`.
    pub name: String,
    /// Name in the local script, where known.
    pub name_local: Option<String>,
    /// ISO 3166-1 alpha-2 code of its country.
    pub country: String,
    /// Its polygons.
    pub polygons: Vec<Rings>,
}

impl Config {
    /// The path of a sensor: its own `path`, or, where it states none, its own name.
    pub fn path_of(&self, sensor: &Sensor) -> String {
        sensor.path.clone().unwrap_or_else(|| sensor.id.clone())
    }
}
