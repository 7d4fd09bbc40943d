//! What a track is, where it came from, where and when it falls, and how sure that is.

use crate::picture::Track;
use crate::plot::{SensorIndex, Seq};
use crate::policy::Config;
use crate::traffic::SurfacePosition;
use downrange_earth::{Geodetic, Time};

pub mod area;
pub mod burn;
pub mod case;
pub mod catalogue;
pub mod debris;
pub mod drag;
pub mod drift;
pub mod energy;
pub mod events;
pub mod exposure;
pub mod fall;
pub mod footprint;
pub mod gain;
pub mod kind;
pub mod kinematics;
pub mod launch;
pub mod level;
pub mod lift;
pub mod lost;
mod manoeuvre;
pub mod orbited;
pub mod parted;
pub mod resume;
pub mod spaceports;
pub mod top;

pub use area::{AreaError, HazardArea};
pub use exposure::{AircraftExposure, Exposure, VesselExposure, ZoneExposure};

/// Name of a track in the picture, stable for its whole life: the journal position of the plot that founded it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackId(pub u64);

/// What flies. Closed: these are all the answers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Held up by air.
    Aircraft,
    /// In orbit, stays there.
    Satellite,
    /// Falls freely after an engine burned.
    Ballistic,
    /// Stays low, manoeuvres, pulls up.
    QuasiBallistic,
    /// Hypersonic glide.
    Glide,
    /// On the way to orbit; stages fall.
    SpaceLaunch,
    /// Comes down from orbit in one piece.
    Reentry,
    /// A piece of something that broke up.
    Debris,
    /// From outside.
    Meteor,
    /// Not known.
    Unknown,
}

impl Kind {
    /// Every kind, in the order in which probabilities are kept.
    pub const ALL: [Kind; 10] = [
        Kind::Aircraft,
        Kind::Satellite,
        Kind::Ballistic,
        Kind::QuasiBallistic,
        Kind::Glide,
        Kind::SpaceLaunch,
        Kind::Reentry,
        Kind::Debris,
        Kind::Meteor,
        Kind::Unknown,
    ];

    /// The word in files and messages.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Aircraft => "aircraft",
            Kind::Satellite => "satellite",
            Kind::Ballistic => "ballistic",
            Kind::QuasiBallistic => "quasi-ballistic",
            Kind::Glide => "glide",
            Kind::SpaceLaunch => "space-launch",
            Kind::Reentry => "reentry",
            Kind::Debris => "debris",
            Kind::Meteor => "meteor",
            Kind::Unknown => "unknown",
        }
    }
}

/// A probability for every [`Kind`], in the order of [`Kind::ALL`]; they sum to one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KindProbabilities(pub [f64; 10]);

impl KindProbabilities {
    /// The probability of one kind.
    pub fn of(&self, kind: Kind) -> f64 {
        self.0[kind as usize]
    }

    /// The most probable kind; on a tie the earlier in [`Kind::ALL`].
    pub fn most_probable(&self) -> Kind {
        let mut best = Kind::Aircraft;
        for kind in Kind::ALL {
            if self.of(kind) > self.of(best) {
                best = kind;
            }
        }
        best
    }

    /// Probability that it comes down and was not meant to fly on: neither aircraft, satellite, meteor nor unknown.
    pub fn threat(&self) -> f64 {
        [Kind::Ballistic, Kind::QuasiBallistic, Kind::Glide, Kind::SpaceLaunch, Kind::Reentry, Kind::Debris]
            .iter()
            .map(|&kind| self.of(kind))
            .sum()
    }
}

/// Class of a ballistic flight by its reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    /// Up to 1,000 km.
    Short,
    /// Up to 3,000 km.
    Medium,
    /// Up to 5,500 km.
    Intermediate,
    /// Farther.
    Intercontinental,
}

impl Band {
    /// The band of a reach.
    pub fn of_reach_m(reach_m: f64) -> Band {
        match reach_m {
            r if r <= 1_000e3 => Band::Short,
            r if r <= 3_000e3 => Band::Medium,
            r if r <= 5_500e3 => Band::Intermediate,
            _ => Band::Intercontinental,
        }
    }

    /// The word in files and messages.
    pub fn word(self) -> &'static str {
        match self {
            Band::Short => "short",
            Band::Medium => "medium",
            Band::Intermediate => "intermediate",
            Band::Intercontinental => "intercontinental",
        }
    }
}

/// Part of the flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// An engine burns.
    Boost,
    /// Coasting, or flying level.
    Midcourse,
    /// Coming down.
    Descent,
    /// Must be down by now.
    Landed,
    /// No plots for longer than its sensors should need, and not yet down.
    Lost,
}

impl Phase {
    /// The word in files and messages.
    pub fn word(self) -> &'static str {
        match self {
            Phase::Boost => "boost",
            Phase::Midcourse => "midcourse",
            Phase::Descent => "descent",
            Phase::Landed => "landed",
            Phase::Lost => "lost",
        }
    }
}

/// Where and when it was launched; the ellipse is one sigma.
#[derive(Debug, Clone, PartialEq)]
pub struct Launch {
    /// When.
    pub time: Time,
    /// One sigma of the time.
    pub time_sigma_s: f64,
    /// Where.
    pub position: SurfacePosition,
    /// Half of the long axis.
    pub semi_major_m: f64,
    /// Half of the short axis.
    pub semi_minor_m: f64,
    /// Direction of the long axis, clockwise from true north.
    pub orientation_rad: f64,
    /// Province (English name), where the place lies in a known one.
    pub region: Option<String>,
    /// Province in the local script.
    pub region_local: Option<String>,
}

/// Where and when it falls.
#[derive(Debug, Clone, PartialEq)]
pub struct Impact {
    /// When (mean).
    pub time: Time,
    /// One sigma of the time.
    pub time_sigma_s: f64,
    /// Where (the most probable place).
    pub position: SurfacePosition,
    /// Areas that hold the fall with the probability they state, 0.5, 0.95, 0.99, in this order.
    pub areas: Vec<HazardArea>,
    /// Samples of the fall, each of equal weight, for exposure: place and time.
    pub samples: Vec<FallSample>,
}

/// One equally likely way in which it may come down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FallSample {
    /// Where it reaches the ground.
    pub position: SurfacePosition,
    /// When.
    pub time: Time,
    /// Where it passes 12 km height on the way down (aircraft fly below), and when.
    pub aloft: SurfacePosition,
    /// When it passes 12 km height on the way down.
    pub aloft_time: Time,
}

/// All that is believed of one track at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// Event time: when the input that caused it was received.
    pub time: Time,
    /// Which event, e.g. `2022-01-14-1`.
    pub event: String,
    /// Which object of it, e.g. `2022-01-14-1a`.
    pub object: String,
    /// The track it rests on.
    pub track: TrackId,
    /// Part of the flight.
    pub phase: Phase,
    /// Where it is now.
    pub position: Geodetic,
    /// How fast it is, relative to the ground.
    pub speed_mps: f64,
    /// What it is.
    pub kind: KindProbabilities,
    /// Band, once the reach is known.
    pub band: Option<Band>,
    /// The longest range that its energy at burnout could buy.
    pub reach_m: Option<f64>,
    /// Distance from launch to fall.
    pub range_m: Option<f64>,
    /// Highest point of the flight, seen or expected.
    pub apogee_m: Option<f64>,
    /// Where it came from.
    pub launch: Option<Launch>,
    /// Where it goes down; absent for what stays up.
    pub impact: Option<Impact>,
    /// Which object of the satellite catalogue it is, where that is sure.
    pub catalogued: Option<catalogue::CatalogueEntry>,
    /// What it rests on.
    pub evidence: Evidence,
}

/// What an assessment rests on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// Plots used so far, by sensor, in the order of the sensor list.
    pub plots_by_sensor: Vec<(SensorIndex, u32)>,
    /// Paths that are independent of each other.
    pub independent_paths: usize,
    /// Journal positions of the latest plots used (at most 16), oldest first.
    pub latest_plots: Vec<Seq>,
    /// Log-likelihood ratio of track against clutter.
    pub log_likelihood_ratio: f64,
}

impl Evidence {
    /// What a track rests on.
    pub fn of(track: &Track, config: &Config) -> Evidence {
        let mut plots_by_sensor = Vec::new();
        let mut paths: Vec<String> = Vec::new();
        for (index, record) in track.sensors.iter().enumerate() {
            if record.hits > 0 {
                plots_by_sensor.push((SensorIndex(index as u16), record.hits));
            }
            // One plot may be a false one that happened to fit; two are a witness.
            if record.hits >= 2 {
                paths.push(config.path_of(&config.sensors[index]));
            }
        }
        paths.sort();
        paths.dedup();
        Evidence {
            plots_by_sensor,
            independent_paths: paths.len(),
            latest_plots: track.latest_plots.iter().copied().collect(),
            log_likelihood_ratio: track.log_likelihood_ratio,
        }
    }
}
