//! Flights: what flies, and the path it takes.

pub mod aircraft;
pub mod body;
pub mod descent;
pub mod drift;
pub mod missile;
pub mod orbit;
pub mod path;
pub(crate) mod solve;

use crate::physics::air::Air;
use crate::random::Random;
use downrange_earth::Geodetic;
use path::Path;

/// Kinds of objects, in the words of the output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An aeroplane.
    Aircraft,
    /// A body in orbit.
    Satellite,
    /// Free fall after the burn.
    Ballistic,
    /// Stays low, glides and pulls up.
    QuasiBallistic,
    /// Glides for long after a boost.
    Glide,
    /// On its way into orbit.
    SpaceLaunch,
    /// An intact body that comes back into the air.
    Reentry,
    /// Spent stages and pieces.
    Debris,
    /// A natural body.
    Meteor,
    /// None of these: a balloon, the blades of a wind turbine.
    Other,
}

impl Kind {
    /// The word of the output format.
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
            Kind::Other => "unknown",
        }
    }
}

/// One object of the world and all that it did.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Its name in the truth.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Its path from its start to its end.
    pub path: Path,
    /// When its last engine went out.
    pub burnout_s: Option<f64>,
    /// Longest range that its energy at burnout could buy.
    pub reach_m: Option<f64>,
    /// Whether it comes down.
    pub falls: bool,
}

/// A flight of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Flight {
    /// Name of its (first) object.
    pub name: String,
    /// When it begins, seconds after the epoch.
    pub start_s: f64,
    /// What it is.
    pub plan: Plan,
    /// Sensors that report it although nothing is there (a drill on their link, a ghost); empty for what really flies.
    pub phantom_of: Vec<String>,
}

/// What a flight does.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// A launch that comes down again.
    Missile(missile::Missile),
    /// A launch into orbit.
    SpaceLaunch(orbit::SpaceLaunch),
    /// A body in orbit.
    Satellite(orbit::Satellite),
    /// A body that re-enters, and perhaps breaks up.
    Reentry(descent::Reentry),
    /// A meteor.
    Meteor(descent::Meteor),
    /// Aeroplanes along waypoints.
    Aircraft(aircraft::Route),
    /// A balloon in the wind.
    Balloon(drift::Balloon),
    /// Wind turbines.
    WindFarm(drift::WindFarm),
    /// Something whose path is known.
    Recorded(Box<Object>),
}

/// Why a flight cannot be flown.
#[derive(Debug, Clone, PartialEq)]
pub struct Unflyable {
    /// What was asked that cannot be.
    pub reason: String,
}

/// What every flight of one scenario shares.
#[derive(Debug, Clone, PartialEq)]
pub struct Sky<'a> {
    /// The air of that day.
    pub air: &'a Air,
    /// Length of the scenario: what does not fall ends here.
    pub duration_s: f64,
}

impl Flight {
    /// Flies it.
    ///
    /// # Errors
    /// When no settings make the flight end as asked.
    pub fn fly(&self, sky: &Sky, random: &mut Random) -> Result<Vec<Object>, Unflyable> {
        match &self.plan {
            Plan::Missile(plan) => plan.fly(self, sky, random),
            Plan::SpaceLaunch(plan) => plan.fly(self, sky, random),
            Plan::Satellite(plan) => Ok(vec![plan.fly(self, sky)]),
            Plan::Reentry(plan) => Ok(plan.fly(self, sky, random)),
            Plan::Meteor(plan) => Ok(vec![plan.fly(self, sky)]),
            Plan::Aircraft(plan) => Ok(plan.fly(self, sky)),
            Plan::Balloon(plan) => Ok(vec![plan.fly(self, sky)]),
            Plan::WindFarm(plan) => Ok(plan.turn(self, sky, random)),
            Plan::Recorded(object) => Ok(vec![(**object).clone()]),
        }
    }
}

/// The direction of a bearing at a place, Earth-fixed axes.
fn direction(at: Geodetic, bearing_rad: f64) -> nalgebra::Vector3<f64> {
    let [east, north, _] = crate::physics::frame::local_axes(at);
    let (s, c) = libm::sincos(bearing_rad);
    east * s + north * c
}
