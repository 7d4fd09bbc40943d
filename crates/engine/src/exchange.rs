//! What the core takes and gives: inputs, orders, outputs.

use crate::assess::catalogue::{Answer, Question};
use crate::assess::{Assessment, TrackId};
use crate::picture::Track;
use crate::plot::{Plot, SensorIndex, Seq};
use crate::traffic::Traffic;
use crate::trust::SensorHealth;
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
    /// What the satellite catalogue says.
    Catalogue(Answer),
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
    /// What was found out of a sensor, and what is taken out of its plots from now on.
    SensorHealth(SensorHealth),
    /// What the satellite catalogue is asked; only when [`Config::has_catalogue`]. The answer is an input of the same
    /// reception.
    Question(Question),
    /// Call `step` with [`Input::Tick`] at this time if nothing came before.
    Wake(Time),
}

/// Why a plot was not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The same report of the same sensor came before.
    Duplicate,
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

impl TrackState {
    pub(crate) fn of(track: &Track) -> TrackState {
        TrackState {
            time: track.time,
            track: track.id,
            position: track.place(),
            velocity_mps: track.velocity_mps(),
            covariance: track.covariance6(),
            last_sensor: track.last_sensor,
        }
    }
}
