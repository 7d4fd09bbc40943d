//! Truth and results, read from their files.

use crate::failure::Failure;
use downrange_earth::Time;
use downrange_wire::{InputError, Place};
use geo::{BooleanOps, Coord, LineString, MultiPolygon, Polygon, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::path::Path;

/// What really flew.
pub struct Truth {
    pub title: String,
    pub epoch: Time,
    pub objects: Vec<TrueObject>,
    pub vessels: Vec<TrueVessel>,
}

#[derive(Deserialize)]
struct TruthFile {
    title: String,
    #[serde(deserialize_with = "time")]
    epoch: Time,
    objects: Vec<Described>,
    #[serde(default)]
    vessels: Vec<TrueVessel>,
}

/// One object as `truth.json` describes it. Seconds count from the epoch.
#[derive(Deserialize)]
pub struct Described {
    pub name: String,
    pub kind: String,
    pub start_s: Option<f64>,
    pub end_s: f64,
    #[serde(default)]
    pub marks: BTreeMap<String, f64>,
    pub range_km: Option<f64>,
    pub apogee_km: Option<f64>,
    pub reach_km: Option<f64>,
    #[serde(rename = "lat0")]
    pub start_latitude_deg: Option<f64>,
    #[serde(rename = "lon0")]
    pub start_longitude_deg: Option<f64>,
    #[serde(rename = "lat1")]
    pub end_latitude_deg: Option<f64>,
    #[serde(rename = "lon1")]
    pub end_longitude_deg: Option<f64>,
    pub falls: bool,
    pub first_plot_s: Option<f64>,
}

/// A ship on a straight course from where it was at the epoch.
#[derive(Deserialize)]
pub struct TrueVessel {
    pub mmsi: u64,
    #[serde(rename = "lat")]
    pub latitude_deg: f64,
    #[serde(rename = "lon")]
    pub longitude_deg: f64,
    #[serde(rename = "sog_kn")]
    pub speed_kn: f64,
    #[serde(rename = "cog")]
    pub course_deg: f64,
}

/// One object with its path.
pub struct TrueObject {
    pub described: Described,
    /// Seconds from the epoch, latitude, longitude (degrees), height (metres).
    pub path: Vec<[f64; 4]>,
}

/// One line of `forecasts.jsonl`, as far as it is scored.
#[derive(Deserialize)]
pub struct Forecast {
    #[serde(rename = "time")]
    pub time_text: String,
    pub object: String,
    pub position: Option<Position>,
    pub launch: Option<Launch>,
    pub impact: Option<Impact>,
    #[serde(default)]
    pub kind: BTreeMap<String, f64>,
    pub apogee_km: Option<f64>,
    pub range_km: Option<f64>,
    pub reach_km: Option<f64>,
}

#[derive(Deserialize)]
pub struct Position {
    pub latitude_deg: f64,
    pub longitude_deg: f64,
    pub height_m: f64,
}

#[derive(Deserialize)]
pub struct Launch {
    pub latitude_deg: f64,
    pub longitude_deg: f64,
    pub region: Option<String>,
}

#[derive(Deserialize)]
pub struct Impact {
    #[serde(deserialize_with = "time")]
    pub time: Time,
    pub time_sigma_s: Option<f64>,
    pub latitude_deg: f64,
    pub longitude_deg: f64,
    #[serde(default)]
    pub areas: Vec<Area>,
}

#[derive(Deserialize)]
pub struct Area {
    pub probability: f64,
    #[serde(deserialize_with = "ring")]
    pub polygon: MultiPolygon,
}

/// One line of `warnings.jsonl`, as far as it is scored.
#[derive(Deserialize)]
pub struct Warning {
    #[serde(deserialize_with = "time")]
    pub time: Time,
    pub kind: String,
    #[serde(default)]
    pub objects: Vec<String>,
    #[serde(default)]
    pub vessels: Vec<ToldVessel>,
    #[serde(default)]
    pub aircraft: Vec<ToldAircraft>,
    #[serde(default)]
    pub debris: Vec<Band>,
    pub area: Option<Geometry>,
}

#[derive(Deserialize)]
pub struct ToldVessel {
    pub mmsi: u64,
}

#[derive(Deserialize)]
pub struct ToldAircraft {
    pub icao: String,
}

/// A band of heights that pieces fall through.
#[derive(Deserialize)]
pub struct Band {
    pub lower_m: f64,
    pub upper_m: f64,
    #[serde(deserialize_with = "time")]
    pub onset: Time,
    #[serde(deserialize_with = "time")]
    pub end: Time,
    pub area: Option<Geometry>,
}

/// Where an aircraft said that it was.
pub struct Flight {
    pub icao: String,
    /// Time, latitude, longitude (degrees), height (metres), in order of time.
    pub fixes: Vec<(Time, [f64; 3])>,
}

impl Flight {
    /// Latitude, longitude and height at a time; nothing where it was silent for longer than `gap_s`.
    pub fn at(&self, truth: &Truth, time_s: f64, gap_s: f64) -> Option<[f64; 3]> {
        let time = truth.epoch.plus_s(time_s);
        let after = self.fixes.partition_point(|(fixed, _)| *fixed <= time);
        let (before, after) = (self.fixes.get(after.checked_sub(1)?)?, self.fixes.get(after)?);
        let span_s = after.0.seconds_since(before.0);
        let share = time.seconds_since(before.0) / span_s;
        (span_s <= gap_s)
            .then(|| core::array::from_fn(|column| before.1[column] + share * (after.1[column] - before.1[column])))
    }
}

/// Reads `aircraft.sbs`, if there is one. Lines that are none are passed over, as in a replay.
pub fn flights(folder: &Path) -> Result<Vec<Flight>, Failure> {
    let path = folder.join("aircraft.sbs");
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read(&path).map_err(|error| Failure::unreadable(&path, error, "lines of SBS-1 text"))?;
    let mut flights: BTreeMap<String, Vec<(Time, [f64; 3])>> = BTreeMap::new();
    for (index, line) in String::from_utf8_lossy(&text).lines().enumerate() {
        let report = downrange_wire::sbs::parse_line(line, index as u64 + 1, "aircraft.sbs");
        let Ok(Some(report)) = report else { continue };
        let report = report.value;
        if let (Some(place), Some(height_m)) = (report.position, report.altitude_m) {
            let fix = [place.latitude_rad.to_degrees(), place.longitude_rad.to_degrees(), height_m];
            flights.entry(report.icao).or_default().push((report.time, fix));
        }
    }
    let sorted = |(icao, mut fixes): (String, Vec<(Time, [f64; 3])>)| {
        fixes.sort_by_key(|(time, _)| *time);
        fixes.dedup_by_key(|(time, _)| *time);
        Flight { icao, fixes }
    };
    Ok(flights.into_iter().map(sorted).collect())
}

/// A GeoJSON area.
#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
pub enum Geometry {
    Polygon(Vec<Vec<[f64; 2]>>),
    MultiPolygon(Vec<Vec<Vec<[f64; 2]>>>),
}

impl Geometry {
    /// Its polygons, made valid where they are not.
    pub fn polygons(&self) -> MultiPolygon {
        match self {
            Geometry::Polygon(rings) => valid(MultiPolygon(vec![polygon(rings)])),
            Geometry::MultiPolygon(polygons) => {
                valid(MultiPolygon(polygons.iter().map(|rings| polygon(rings)).collect()))
            }
        }
    }
}

impl Warning {
    /// Whether it tells people of a danger (and does not take one back).
    pub fn warns(&self) -> bool {
        matches!(self.kind.as_str(), "alert" | "update")
    }
}

/// Reads `truth.json` and the paths in `truth/`.
pub fn truth(folder: &Path) -> Result<Truth, Failure> {
    const ALLOWED: &str = "a watch folder with truth.json and truth/NAME.csv (recordings of real events have none)";
    let path = folder.join("truth.json");
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::unreadable(&path, error, ALLOWED))?;
    let file: TruthFile = parse(&text, "truth.json", 1)?;
    let objects = file.objects.into_iter().map(|described| {
        let name = format!("{}.csv", described.name);
        let path = folder.join("truth").join(&name);
        let text = std::fs::read_to_string(&path).map_err(|error| Failure::unreadable(&path, error, ALLOWED))?;
        Ok(TrueObject { described, path: read_path(&text, &name)? })
    });
    let objects = objects.collect::<Result<_, Failure>>()?;
    Ok(Truth { title: file.title, epoch: file.epoch, objects, vessels: file.vessels })
}

/// Columns: time, ECEF position and velocity, then latitude, longitude and height.
fn read_path(text: &str, file: &str) -> Result<Vec<[f64; 4]>, Failure> {
    let row = |(index, line): (usize, &str)| {
        let numbers: Result<Vec<f64>, _> = line.split(',').map(|number| number.trim().parse()).collect();
        match numbers.as_deref() {
            Ok([time_s, _, _, _, _, _, _, latitude_deg, longitude_deg, height_m, ..]) => {
                Ok([*time_s, *latitude_deg, *longitude_deg, *height_m])
            }
            _ => Err(syntax(file, index as u64 + 1, "allowed: at least ten numbers between commas")),
        }
    };
    text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()).map(row).collect()
}

/// Reads what a replay left.
pub fn results(out: &Path) -> Result<(Vec<Forecast>, Vec<Warning>), Failure> {
    Ok((lines(out, "forecasts.jsonl")?, lines(out, "warnings.jsonl")?))
}

fn lines<T: DeserializeOwned>(out: &Path, name: &str) -> Result<Vec<T>, Failure> {
    let path = out.join(name);
    let text = std::fs::read_to_string(&path);
    let text = text.map_err(|error| Failure::unreadable(&path, error, "the output folder of `downrange replay`"))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(index, line)| parse(line, name, index as u64 + 1)).collect()
}

fn parse<T: DeserializeOwned>(text: &str, file: &str, line: u64) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| syntax(file, line, &error.to_string()))
}

fn syntax(file: &str, line: u64, what: &str) -> Failure {
    Failure::Input(InputError::Syntax { place: Place::new(file, line), what: what.into() })
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    let text = String::deserialize(deserializer)?;
    Time::from_utc_str(&text).map_err(serde::de::Error::custom)
}

fn ring<'de, D: Deserializer<'de>>(deserializer: D) -> Result<MultiPolygon, D::Error> {
    let ring = Vec::<[f64; 2]>::deserialize(deserializer)?;
    Ok(valid(MultiPolygon(vec![polygon(&[ring])])))
}

fn polygon(rings: &[Vec<[f64; 2]>]) -> Polygon {
    let line = |ring: &Vec<[f64; 2]>| LineString(ring.iter().map(|&[x, y]| Coord { x, y }).collect());
    let mut rings = rings.iter().map(line);
    let outer = rings.next().unwrap_or_else(|| LineString(Vec::new()));
    Polygon::new(outer, rings.collect())
}

/// Rings that cross themselves hold what lies inside an odd number of times.
fn valid(area: MultiPolygon) -> MultiPolygon {
    if area.is_valid() { area } else { area.union(&MultiPolygon(Vec::new())) }
}
