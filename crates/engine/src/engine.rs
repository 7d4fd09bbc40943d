//! Where the rooms meet: `step(received, seq, input) -> outputs`.

use crate::assess::{Assessment, TrackId};
use crate::plot::{Plot, Seq, SensorIndex};
use crate::policy::Config;
use crate::traffic::Traffic;
use crate::warn::Revision;
use downrange_earth::{Ecef, Time};
use nalgebra::{Matrix6, Vector3};

/// What comes in.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A sensor report.
    Plot(Plot),
    /// A ship or aircraft said where it is.
    Traffic(Traffic),
    /// A person decided.
    Order(Order),
    /// Time has passed.
    Tick,
}

/// What a named person decides.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Take a warning back, whatever the picture says, and do not raise it again for this event.
    Cancel {
        /// Which warning.
        warning: String,
        /// Who ordered it.
        person: String,
    },
}

/// What comes out.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// A new assessment of one object.
    Assessment(Box<Assessment>),
    /// Something to be said: durable first, then to every channel.
    Revision(Box<Revision>),
    /// State of every confirmed track after a plot was used (once a second of plot time).
    Picture(Vec<TrackState>),
    /// A plot that was not used, and why.
    Refused {
        /// The plot.
        seq: Seq,
        /// Why.
        reason: Refusal,
    },
    /// Call `step` with [`Input::Tick`] at this time if nothing came before.
    Wake(Time),
}

/// Why a plot was not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Older than the window in which late plots are put in order.
    TooOld,
    /// Its time lies after its reception, by more than clocks differ.
    FromTheFuture,
    /// Received before what was received last.
    ReceivedBackwards,
    /// The sensor index is not in the configuration.
    UnknownSensor,
    /// A number that is infinite, not a number, or out of its range.
    OutOfRange,
}

/// State of one track.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackState {
    /// Time of the state.
    pub time: Time,
    /// Which track.
    pub track: TrackId,
    /// Position.
    pub position: Ecef,
    /// Velocity relative to the rotating Earth.
    pub velocity_mps: Vector3<f64>,
    /// Covariance of position (m) and velocity (m/s).
    pub covariance: Matrix6<f64>,
    /// Sensor that saw it last.
    pub last_sensor: SensorIndex,
}

/// The pure core.
#[derive(Debug, Clone)]
pub struct Engine {
    config: Config,
}

impl Engine {
    /// Starts with an empty sky.
    pub fn new(config: Config) -> Self {
        Engine { config }
    }

    /// What it was started with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Takes one input; returns all that follows from it, in order.
    pub fn step(&mut self, received: Time, seq: Seq, input: Input) -> Vec<Output> {
        let _ = (received, seq, input);
        Vec::new()
    }
}
