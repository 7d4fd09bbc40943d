//! `warnings.jsonl`: every revision of every warning, whatever the channel.

use crate::input::{InputError, Line};
use crate::iso;
use crate::message::Messages;
use crate::shape::{self, LonLat, significant};
use downrange_earth::Time;
use downrange_engine::assess::HazardArea;
use downrange_engine::assess::debris::DebrisBand;
use downrange_engine::policy::Status;
use downrange_engine::warn::{Reason, Revision};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// Digits of a probability that are written.
const PROBABILITY_DIGITS: usize = 3;

/// One line of `warnings.jsonl`, also of another program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    /// Event time.
    #[serde(with = "iso")]
    pub time: Time,
    /// Name of the warning.
    pub id: String,
    /// 1 for the alert, then one more each time.
    #[serde(default)]
    pub revision: u32,
    /// `alert`, `update`, `cancel` or `all-clear`.
    pub kind: String,
    /// Why it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `Actual`, `Exercise` or `Test`.
    #[serde(default)]
    pub status: String,
    /// Which event.
    #[serde(default)]
    pub event: String,
    /// Which objects.
    #[serde(default)]
    pub objects: Vec<String>,
    /// Most probable kind of the leading object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_kind: Option<String>,
    /// Probability that something comes down at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Launch province, English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Launch province in the local script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region_local: Option<String>,
    /// When something may come down, at the earliest.
    #[serde(with = "iso::optional", default, skip_serializing_if = "Option::is_none")]
    pub onset: Option<Time>,
    /// When it stops being valid by itself.
    #[serde(with = "iso::optional", default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<MultiPolygon>,
    /// Where and when pieces pass the heights of aircraft, highest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub debris: Vec<WarnedDebris>,
    /// Ships underneath.
    #[serde(default)]
    pub vessels: Vec<WarnedVessel>,
    /// Aircraft underneath.
    #[serde(default)]
    pub aircraft: Vec<WarnedAircraft>,
    /// Districts underneath.
    #[serde(default)]
    pub zones: Vec<WarnedZone>,
    /// What it says in one line, by language.
    #[serde(default)]
    pub headline: BTreeMap<String, String>,
    /// Earlier revisions that it replaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
}

/// A band of heights that pieces of a break-up fall through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WarnedDebris {
    /// Lower border above the ellipsoid.
    pub lower_m: f64,
    /// Upper border above the ellipsoid.
    pub upper_m: f64,
    /// The same in flight levels (hundreds of feet), the ground as 0.
    pub lower_flight_level: u32,
    /// Upper border.
    pub upper_flight_level: u32,
    /// First piece through the upper border.
    #[serde(with = "iso")]
    pub onset: Time,
    /// Last one through the lower border.
    #[serde(with = "iso")]
    pub end: Time,
    /// Share of the pieces that pass inside.
    pub probability: f64,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<MultiPolygon>,
}

/// One hundred feet (exactly 0.3048 m a foot).
const FLIGHT_LEVEL_M: f64 = 30.48;

/// A height in flight levels, as if the air were the standard one.
pub(crate) fn flight_level(height_m: f64) -> u32 {
    libm::round(height_m / FLIGHT_LEVEL_M) as u32
}

impl From<&DebrisBand> for WarnedDebris {
    fn from(band: &DebrisBand) -> WarnedDebris {
        WarnedDebris {
            lower_m: band.lower_m,
            upper_m: band.upper_m,
            lower_flight_level: flight_level(band.lower_m),
            upper_flight_level: flight_level(band.upper_m),
            onset: band.area.earliest(),
            end: band.area.latest(),
            probability: band.area.probability(),
            area: area(core::slice::from_ref(&band.area)),
        }
    }
}

/// A GeoJSON MultiPolygon, cut at the antimeridian.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum MultiPolygon {
    /// The only type there is.
    MultiPolygon {
        /// Polygons of closed rings of longitude and latitude in degrees.
        coordinates: Vec<Vec<Vec<LonLat>>>,
    },
}

/// A ship underneath.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WarnedVessel {
    /// Maritime mobile service identity.
    pub mmsi: u32,
    /// Ship's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whole seconds from the warning to the fall near it.
    #[serde(default, deserialize_with = "whole", skip_serializing_if = "Option::is_none")]
    pub seconds_to_impact: Option<i64>,
    /// Probability of being hit.
    #[serde(default)]
    pub probability: f64,
}

/// An aircraft underneath.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WarnedAircraft {
    /// 24-bit ICAO address.
    pub icao: String,
    /// Callsign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callsign: Option<String>,
    /// Probability of being hit.
    #[serde(default)]
    pub probability: f64,
}

/// A district underneath.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WarnedZone {
    /// Identifier.
    pub id: String,
    /// Name.
    #[serde(default)]
    pub name: String,
    /// Probability of the fall inside it.
    #[serde(default)]
    pub probability: f64,
}

/// An earlier revision.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Its number.
    pub revision: u32,
    /// Its time.
    #[serde(with = "iso")]
    pub time: Time,
}

/// Other programs may write seconds with decimals.
fn whole<'de, D: Deserializer<'de>>(input: D) -> Result<Option<i64>, D::Error> {
    Ok(Option::<f64>::deserialize(input)?.map(|seconds| libm::round(seconds) as i64))
}

/// The word for a status in files.
pub(crate) fn status_word(status: Status) -> &'static str {
    match status {
        Status::Actual => "Actual",
        Status::Exercise => "Exercise",
        Status::Test => "Test",
    }
}

/// The word for a reason in files and in the keys of the message catalogues.
pub fn reason_word(reason: Reason) -> &'static str {
    match reason {
        Reason::Launch => "launch",
        Reason::Reentry => "reentry",
        Reason::AreaChanged => "area-changed",
        Reason::ObjectsChanged => "objects-changed",
        Reason::ExposureChanged => "exposure-changed",
        Reason::Renewed => "renewed",
        Reason::NoThreat => "no-threat",
        Reason::AllDown => "all-down",
        Reason::Ordered => "ordered",
    }
}

fn area(areas: &[HazardArea]) -> Option<MultiPolygon> {
    let rings = areas.iter().flat_map(|area| shape::cut(&shape::ring(area.ring())));
    let coordinates: Vec<Vec<Vec<LonLat>>> = rings.map(|ring| vec![ring]).collect();
    (!coordinates.is_empty()).then_some(MultiPolygon::MultiPolygon { coordinates })
}

impl Warning {
    /// From a revision, with its headline in each language of `messages`.
    pub fn new(revision: &Revision, messages: &Messages) -> Warning {
        let probability = |value: f64| significant(value, PROBABILITY_DIGITS);
        let exposure = &revision.exposure;
        let vessels = exposure.vessels.iter().map(|vessel| WarnedVessel {
            mmsi: vessel.mmsi,
            name: vessel.name.clone(),
            seconds_to_impact: Some(libm::round(vessel.impact_time.seconds_since(revision.time)) as i64),
            probability: probability(vessel.probability),
        });
        let aircraft = exposure.aircraft.iter().map(|aircraft| WarnedAircraft {
            icao: aircraft.icao.clone(),
            callsign: aircraft.callsign.clone(),
            probability: probability(aircraft.probability),
        });
        let zones = exposure.zones.iter().map(|zone| WarnedZone {
            id: zone.id.clone(),
            name: zone.name.clone(),
            probability: probability(zone.probability),
        });
        let languages = messages.languages();
        Warning {
            time: revision.time,
            id: revision.id.clone(),
            revision: revision.revision,
            kind: revision.kind.word().into(),
            reason: Some(reason_word(revision.reason).into()),
            status: status_word(revision.status).into(),
            event: revision.event.clone(),
            objects: revision.objects.clone(),
            object_kind: Some(revision.object_kind.word().into()),
            probability: Some(probability(revision.probability)),
            region: revision.region.as_ref().map(|(name, _)| name.clone()),
            region_local: revision.region.as_ref().and_then(|(_, local)| local.clone()),
            onset: Some(revision.onset),
            expires: Some(revision.expires),
            area: area(&revision.areas),
            debris: revision.debris.iter().map(WarnedDebris::from).collect(),
            vessels: vessels.collect(),
            aircraft: aircraft.collect(),
            zones: zones.collect(),
            headline: languages.map(|language| (language.to_string(), messages.headline(revision, language))).collect(),
            references: revision.references.iter().map(|&(revision, time)| Reference { revision, time }).collect(),
        }
    }
}

/// The line (without its end) that says a revision.
pub fn line(revision: &Revision, messages: &Messages) -> String {
    serde_json::to_string(&Warning::new(revision, messages)).expect("a warning holds nothing that JSON cannot say")
}

/// Reads one line of a `warnings.jsonl`. `file` and `line_number` (from 1) are only for the error.
///
/// # Errors
/// What is not JSON, lacks `time`, `id` or `kind`, or holds another type than docs/formats.md says.
///
/// ```
/// let text = r#"{"time":"2022-01-14T05:42:47Z","id":"2022-01-14-1-W","revision":1,"kind":"alert","status":"Test",
///   "vessels":[{"mmsi":273000100,"seconds_to_impact":161.2,"probability":0.012}]}"#;
/// let warning = downrange_wire::warning::parse(text, 1, "warnings.jsonl").unwrap();
/// assert_eq!(warning.vessels[0].seconds_to_impact, Some(161));
/// ```
pub fn parse(text: &str, line_number: u64, file: &str) -> Result<Warning, InputError> {
    let at = Line { file, line: line_number };
    serde_json::from_str(text).map_err(|error| at.json(text, &error))
}
