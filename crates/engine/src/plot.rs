//! Sensors and what they report.

use downrange_earth::{Geodetic, Site, Time};
use nalgebra::Vector3;

/// Position of a sensor in the list the engine was started with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SensorIndex(pub u16);

/// Position of an input in the journal. Tracks, assessments and warnings name the inputs they rest on by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

/// One sensor report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plot {
    /// Who saw it.
    pub sensor: SensorIndex,
    /// When it was true (not when it arrived).
    pub time: Time,
    /// What was measured.
    pub measurement: Measurement,
}

/// What one plot measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measurement {
    /// A radar plot, corrected for refraction.
    Radar {
        /// Slant range.
        range_m: f64,
        /// Clockwise from true north.
        azimuth_rad: f64,
        /// Above the plane normal to the ellipsoid at the sensor.
        elevation_rad: f64,
        /// Positive is going away.
        range_rate_mps: Option<f64>,
    },
    /// A direction seen by a staring infrared sensor: unit vector from sensor to object, ECEF axes.
    Infrared {
        /// Unit vector, ECEF axes.
        line_of_sight: Vector3<f64>,
    },
}

/// Who is watching, and how well.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensor {
    /// Name in `sensors.toml`.
    pub id: String,
    /// Where it stands.
    pub site: Site,
    /// One look at its whole coverage every period.
    pub period_s: f64,
    /// Probability that an object inside the coverage is seen in one look.
    pub detection_probability: f64,
    /// Mean number of false plots per look.
    pub clutter_per_scan: f64,
    /// What kind it is, with its noise and coverage.
    pub kind: SensorKind,
    /// The data link or power feed it shares with others; sensors of one path are one witness.
    pub path: Option<String>,
}

/// Kind, noise (one sigma) and coverage of a sensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SensorKind {
    /// Range, azimuth, elevation and perhaps range rate.
    Radar {
        /// Noise of the range.
        range_sigma_m: f64,
        /// Noise of the azimuth.
        azimuth_sigma_rad: f64,
        /// Noise of the elevation.
        elevation_sigma_rad: f64,
        /// Noise of the range rate; absent when the radar does not measure it.
        range_rate_sigma_mps: Option<f64>,
        /// Where it can see.
        coverage: RadarCoverage,
    },
    /// Direction only, hot objects only.
    Infrared {
        /// Noise across each of the two axes.
        angle_sigma_rad: f64,
        /// Centre of the watched circle on the ground.
        centre: Geodetic,
        /// Radius of the watched circle on the ground.
        radius_m: f64,
    },
}

/// The part of the sky that a radar looks at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RadarCoverage {
    /// Nearest range.
    pub range_min_m: f64,
    /// Farthest range.
    pub range_max_m: f64,
    /// First azimuth; the sector runs clockwise from here and may pass north.
    pub azimuth_from_rad: f64,
    /// Last azimuth.
    pub azimuth_to_rad: f64,
    /// Lowest elevation.
    pub elevation_min_rad: f64,
    /// Highest elevation.
    pub elevation_max_rad: f64,
}

/// Nothing that falls to Earth or orbits near it moves away or comes closer faster than this.
pub const RANGE_RATE_MAX_MPS: f64 = 20_000.0;
/// A unit vector may be this much too long or too short (rounding in files).
pub const UNIT_TOLERANCE: f64 = 1e-3;

impl Plot {
    /// Whether every number is finite and in its range, and the measurement is one that this kind of sensor makes.
    pub fn is_possible(&self, sensor: &Sensor) -> bool {
        use core::f64::consts::{FRAC_PI_2, TAU};
        match (self.measurement, &sensor.kind) {
            (Measurement::Radar { range_m, azimuth_rad, elevation_rad, range_rate_mps }, SensorKind::Radar { .. }) => {
                range_m.is_finite()
                    && range_m > 0.0
                    && (0.0..=TAU).contains(&azimuth_rad)
                    && (-FRAC_PI_2..=FRAC_PI_2).contains(&elevation_rad)
                    && range_rate_mps.is_none_or(|rate| libm::fabs(rate) <= RANGE_RATE_MAX_MPS)
            }
            (Measurement::Infrared { line_of_sight }, SensorKind::Infrared { .. }) => {
                libm::fabs(line_of_sight.norm() - 1.0) <= UNIT_TOLERANCE
            }
            _ => false,
        }
    }
}
