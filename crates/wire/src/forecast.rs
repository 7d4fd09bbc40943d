//! `forecasts.jsonl`: every forecast, as it was made.

use crate::input::{InputError, Line};
use crate::iso;
use crate::shape::{self, LonLat, degrees, rounded};
use downrange_earth::Time;
use downrange_engine::assess::{Assessment, Impact, Kind, KindProbabilities, Launch};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const M_PER_KM: f64 = 1e3;
const TENTHS: f64 = 10.0;
const HUNDREDTHS: f64 = 100.0;
/// Probabilities of kinds are written in thousandths; less than half of one is left away.
const KIND_UNITS: f64 = 1e3;

/// One line of `forecasts.jsonl`, also of another program. What does not apply or is not known is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Event time.
    #[serde(with = "iso")]
    pub time: Time,
    /// Which event.
    #[serde(default)]
    pub event: String,
    /// Which object.
    pub object: String,
    /// Part of the flight.
    #[serde(default)]
    pub phase: String,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<ForecastPosition>,
    /// How fast it is over the ground.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_mps: Option<f64>,
    /// Probability of each kind; kinds below 0.0005 are left away.
    #[serde(default)]
    pub kind: BTreeMap<String, f64>,
    /// Band by reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<String>,
    /// Longest range that its energy could buy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach_km: Option<f64>,
    /// Distance from launch to fall.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_km: Option<f64>,
    /// Highest point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apogee_km: Option<f64>,
    /// Where it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launch: Option<ForecastLaunch>,
    /// Where it falls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<ForecastImpact>,
    /// Which object of the satellite catalogue it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub satellite: Option<ForecastSatellite>,
    /// What it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<ForecastEvidence>,
}

/// An entry of a satellite catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastSatellite {
    /// Its number.
    pub number: u64,
    /// Its name, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A place above the ellipsoid.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ForecastPosition {
    /// Latitude.
    pub latitude_deg: f64,
    /// Longitude.
    pub longitude_deg: f64,
    /// Height above the ellipsoid.
    pub height_m: f64,
}

/// Where and when it was launched; the ellipse is one sigma.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecastLaunch {
    /// When.
    #[serde(with = "iso::optional", default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// One sigma of the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_sigma_s: Option<f64>,
    /// Latitude.
    pub latitude_deg: f64,
    /// Longitude.
    pub longitude_deg: f64,
    /// Half of the long axis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semi_major_km: Option<f64>,
    /// Half of the short axis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semi_minor_km: Option<f64>,
    /// Direction of the long axis, clockwise from true north, 0 to below 180.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orientation_deg: Option<f64>,
    /// Province, English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Province in the local script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region_local: Option<String>,
}

/// Where and when it falls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecastImpact {
    /// When.
    #[serde(with = "iso")]
    pub time: Time,
    /// One sigma of the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_sigma_s: Option<f64>,
    /// Latitude.
    pub latitude_deg: f64,
    /// Longitude.
    pub longitude_deg: f64,
    /// Areas that hold the fall with the probability they state.
    #[serde(default)]
    pub areas: Vec<ForecastArea>,
}

/// An area that holds the fall with the probability it states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecastArea {
    /// The probability.
    pub probability: f64,
    /// Closed ring, longitude before latitude in degrees. Continuous: over the antimeridian it passes 180 or -180, on the
    /// side of the forecast's own longitude.
    pub polygon: Vec<LonLat>,
    /// When something may come down inside, at the earliest.
    #[serde(with = "iso::optional", default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<Time>,
    /// At the latest.
    #[serde(with = "iso::optional", default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<Time>,
}

/// What a forecast rests on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ForecastEvidence {
    /// Plots used so far.
    pub plots_count: u64,
    /// Sensors that gave them.
    pub sensors_count: u64,
    /// Paths that are independent of each other.
    pub independent_paths_count: u64,
    /// Log-likelihood ratio of track against clutter.
    pub log_likelihood_ratio: f64,
}

impl From<&Assessment> for Forecast {
    fn from(assessment: &Assessment) -> Forecast {
        let km = |length_m: Option<f64>| length_m.map(|length_m| rounded(length_m / M_PER_KM, TENTHS));
        let place = assessment.position;
        let evidence = &assessment.evidence;
        let plots = &evidence.plots_by_sensor;
        Forecast {
            time: assessment.time,
            event: assessment.event.clone(),
            object: assessment.object.clone(),
            phase: assessment.phase.word().into(),
            position: Some(ForecastPosition {
                latitude_deg: degrees(place.latitude_rad),
                longitude_deg: shape::wrapped_deg(degrees(place.longitude_rad)),
                height_m: rounded(place.height_m, TENTHS),
            }),
            speed_mps: Some(rounded(assessment.speed_mps, TENTHS)),
            kind: kinds(&assessment.kind),
            band: assessment.band.map(|band| band.word().into()),
            reach_km: km(assessment.reach_m),
            range_km: km(assessment.range_m),
            apogee_km: km(assessment.apogee_m),
            launch: assessment.launch.as_ref().map(launch),
            impact: assessment.impact.as_ref().map(impact),
            satellite: assessment
                .catalogued
                .as_ref()
                .map(|entry| ForecastSatellite { number: entry.number, name: entry.name.clone() }),
            evidence: Some(ForecastEvidence {
                plots_count: plots.iter().map(|&(_, count)| u64::from(count)).sum(),
                sensors_count: plots.len() as u64,
                independent_paths_count: evidence.independent_paths as u64,
                log_likelihood_ratio: rounded(evidence.log_likelihood_ratio, HUNDREDTHS),
            }),
        }
    }
}

/// Thousandths that sum to one thousand: what rounding down leaves goes to the largest remainders.
fn kinds(probabilities: &KindProbabilities) -> BTreeMap<String, f64> {
    let units: Vec<f64> = Kind::ALL.iter().map(|&kind| probabilities.of(kind) * KIND_UNITS).collect();
    let mut whole: Vec<f64> = units.iter().map(|&unit| libm::floor(unit)).collect();
    let left = KIND_UNITS - whole.iter().sum::<f64>();
    let mut by_remainder: Vec<usize> = (0..units.len()).collect();
    by_remainder.sort_by(|&a, &b| (units[b] - whole[b]).total_cmp(&(units[a] - whole[a])));
    for &index in by_remainder.iter().take(left.clamp(0.0, units.len() as f64) as usize) {
        whole[index] += 1.0;
    }
    let named = Kind::ALL.iter().zip(&whole).filter(|&(_, &units)| units > 0.0);
    named.map(|(kind, &units)| (kind.word().to_string(), units / KIND_UNITS)).collect()
}

fn launch(launch: &Launch) -> ForecastLaunch {
    let km = |length_m: f64| Some(rounded(length_m / M_PER_KM, HUNDREDTHS));
    let bearing_deg = launch.orientation_rad.to_degrees();
    let orientation_deg = rounded(bearing_deg - libm::floor(bearing_deg / 180.0) * 180.0, TENTHS);
    ForecastLaunch {
        time: Some(launch.time),
        time_sigma_s: Some(rounded(launch.time_sigma_s, HUNDREDTHS)),
        latitude_deg: degrees(launch.position.latitude_rad),
        longitude_deg: shape::wrapped_deg(degrees(launch.position.longitude_rad)),
        semi_major_km: km(launch.semi_major_m),
        semi_minor_km: km(launch.semi_minor_m),
        orientation_deg: Some(if orientation_deg < 180.0 { orientation_deg } else { 0.0 }),
        region: launch.region.clone(),
        region_local: launch.region_local.clone(),
    }
}

fn impact(impact: &Impact) -> ForecastImpact {
    let longitude_deg = shape::wrapped_deg(degrees(impact.position.longitude_rad));
    let areas = impact.areas.iter().map(|area| ForecastArea {
        probability: area.probability(),
        polygon: shape::around(&shape::ring(area.ring()), longitude_deg),
        earliest: Some(area.earliest()),
        latest: Some(area.latest()),
    });
    ForecastImpact {
        time: impact.time,
        time_sigma_s: Some(rounded(impact.time_sigma_s, HUNDREDTHS)),
        latitude_deg: degrees(impact.position.latitude_rad),
        longitude_deg,
        areas: areas.collect(),
    }
}

/// The line (without its end) that says an assessment.
pub fn line(assessment: &Assessment) -> String {
    serde_json::to_string(&Forecast::from(assessment)).expect("a forecast holds nothing that JSON cannot say")
}

/// Reads one line of a `forecasts.jsonl`. `file` and `line_number` (from 1) are only for the error.
///
/// # Errors
/// What is not JSON, lacks `time` or `object`, or holds another type than docs/formats.md says.
///
/// ```
/// let text = r#"{"time":"2022-01-14T05:43:00.000Z","event":"2022-01-14-1","object":"2022-01-14-1a","phase":"descent",
///   "kind":{"ballistic":1.0},"impact":{"time":"2022-01-14T05:45:00Z","latitude_deg":40.4,"longitude_deg":129.6}}"#;
/// let forecast = downrange_wire::forecast::parse(text, 1, "forecasts.jsonl").unwrap();
/// assert_eq!(forecast.impact.unwrap().latitude_deg, 40.4);
/// ```
pub fn parse(text: &str, line_number: u64, file: &str) -> Result<Forecast, InputError> {
    let at = Line { file, line: line_number };
    serde_json::from_str(text).map_err(|error| at.json(text, &error))
}
