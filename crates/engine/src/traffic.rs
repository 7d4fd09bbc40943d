//! Ships and aircraft that report themselves. They can be underneath; they never create, raise or suppress a threat.

use downrange_earth::Time;

/// One position report.
#[derive(Debug, Clone, PartialEq)]
pub enum Traffic {
    /// A ship, by AIS.
    Vessel(VesselReport),
    /// An aircraft, by ADS-B.
    Aircraft(AircraftReport),
}

/// What a ship said. Fields that were not in this message are absent and keep their earlier value.
#[derive(Debug, Clone, PartialEq)]
pub struct VesselReport {
    /// Maritime mobile service identity.
    pub mmsi: u32,
    /// When it was true.
    pub time: Time,
    /// Latitude and longitude, where the message carried a position.
    pub position: Option<SurfacePosition>,
    /// Speed over ground.
    pub speed_mps: Option<f64>,
    /// Course over ground, clockwise from true north.
    pub course_rad: Option<f64>,
    /// Ship's name (AIS message 5 or 24).
    pub name: Option<String>,
}

/// What an aircraft said. Fields that were not in this message are absent and keep their earlier value.
#[derive(Debug, Clone, PartialEq)]
pub struct AircraftReport {
    /// 24-bit ICAO address as six hexadecimal digits.
    pub icao: String,
    /// When it was true.
    pub time: Time,
    /// Callsign.
    pub callsign: Option<String>,
    /// Latitude and longitude.
    pub position: Option<SurfacePosition>,
    /// Barometric altitude, taken as height above the ellipsoid.
    pub altitude_m: Option<f64>,
    /// Ground speed.
    pub speed_mps: Option<f64>,
    /// Track over ground, clockwise from true north.
    pub course_rad: Option<f64>,
    /// Climb rate, up positive.
    pub climb_mps: Option<f64>,
}

/// A place on the ellipsoid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurfacePosition {
    /// Geodetic latitude, north positive.
    pub latitude_rad: f64,
    /// Longitude, east positive.
    pub longitude_rad: f64,
}
