//! What is said, to whom, and how it is taken back.

use crate::assess::debris::DebrisBand;
use crate::assess::{Exposure, HazardArea};
use crate::policy::Status;
use crate::traffic::SurfacePosition;
use downrange_earth::Time;

mod case;
mod decide;
mod desk;

pub use case::{
    ALL_CLEAR_MARGIN_S, HELD_LOSS_FRACTION, REFINEMENT_HOLD_S, RENEWAL_LEAD_S, SHRUNK_FRACTION, UNSEEN_S,
    URGENT_INTERVAL_S, WINDOW_CHANGE_S, is_watch,
};
pub use decide::{Conditions, Decision, decide};
pub use desk::{Desk, EventView, OrderError};

/// What a revision does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevisionKind {
    /// The first message of a warning.
    Alert,
    /// It changed.
    Update,
    /// It was wrong or is no longer true.
    Cancel,
    /// It is over.
    AllClear,
}

impl RevisionKind {
    /// The word in files and messages.
    pub fn word(self) -> &'static str {
        match self {
            RevisionKind::Alert => "alert",
            RevisionKind::Update => "update",
            RevisionKind::Cancel => "cancel",
            RevisionKind::AllClear => "all-clear",
        }
    }
}

/// Why a revision was made; messages say it in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A launch was seen.
    Launch,
    /// Something comes down from orbit.
    Reentry,
    /// The area or the time changed.
    AreaChanged,
    /// Another object belongs to the event.
    ObjectsChanged,
    /// People or districts not named before are underneath.
    ExposureChanged,
    /// The warning would run out while the danger lasts.
    Renewed,
    /// It turned out to be no threat.
    NoThreat,
    /// All objects are down.
    AllDown,
    /// A person ordered it.
    Ordered,
}

/// One revision of one warning, whatever the channel. A warning is one per event.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// Event time.
    pub time: Time,
    /// Name of the warning, e.g. `2022-01-14-1-W`.
    pub id: String,
    /// 1 for the alert, then one more each time.
    pub revision: u32,
    /// What it does.
    pub kind: RevisionKind,
    /// Why.
    pub reason: Reason,
    /// Whether it is real.
    pub status: Status,
    /// Which event.
    pub event: String,
    /// Which objects of it, in order of name.
    pub objects: Vec<String>,
    /// The launch province, where known: English and local.
    pub region: Option<(String, Option<String>)>,
    /// The most probable kind of the leading object.
    pub object_kind: crate::assess::Kind,
    /// When something may come down, at the earliest.
    pub onset: Time,
    /// When the message stops being valid by itself.
    pub expires: Time,
    /// Where: non-overlapping areas. In a cancel or all-clear: the areas that are free again.
    pub areas: Vec<HazardArea>,
    /// Where and when pieces pass the heights of aircraft, highest first, if something breaks up. In an all-clear: the bands in
    /// which the lightest still come down.
    pub debris: Vec<DebrisBand>,
    /// Where the leading object may fall, as likely at each of these places: by them a sea is named, since an area may reach over
    /// several.
    pub places: Vec<SurfacePosition>,
    /// Who is underneath. Empty in a cancel or all-clear.
    pub exposure: Exposure,
    /// Probability that something comes down at all.
    pub probability: f64,
    /// Earlier revisions this one replaces: number and time.
    pub references: Vec<(u32, Time)>,
}
