//! Who is underneath: vessels, aircraft, districts.

use downrange_earth::Time;

/// Who is underneath one object, or one event.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Exposure {
    /// Ships, most endangered first.
    pub vessels: Vec<VesselExposure>,
    /// Aircraft, most endangered first.
    pub aircraft: Vec<AircraftExposure>,
    /// Districts, most endangered first.
    pub zones: Vec<ZoneExposure>,
}

/// A ship underneath.
#[derive(Debug, Clone, PartialEq)]
pub struct VesselExposure {
    /// Maritime mobile service identity.
    pub mmsi: u32,
    /// Ship's name, where known.
    pub name: Option<String>,
    /// Mean time of the fall near it.
    pub impact_time: Time,
    /// Probability of being hit.
    pub probability: f64,
}

/// An aircraft underneath.
#[derive(Debug, Clone, PartialEq)]
pub struct AircraftExposure {
    /// 24-bit ICAO address.
    pub icao: String,
    /// Callsign, where known.
    pub callsign: Option<String>,
    /// Probability of being hit.
    pub probability: f64,
}

/// A district underneath.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneExposure {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Probability of the fall inside it.
    pub probability: f64,
}
