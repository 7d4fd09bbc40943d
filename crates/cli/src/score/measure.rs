//! The measures.

use super::read::{Flight, Forecast, TrueObject, Truth, Warning};
use super::{Figures, Objects, Score, aircraft};
use downrange_earth::Time;
use geo::{Area as _, Contains, MultiPolygon, Point};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Mean radius of the Earth (IUGG).
const EARTH_RADIUS_KM: f64 = 6371.0088;
/// A forecast object follows a true one if the median of their distances is below this.
const MATCH_DISTANCE_KM: f64 = 60.0;
/// Forecasts of an object that are compared with the truth to match them.
const MATCH_SAMPLES: usize = 40;
/// One degree of latitude.
pub(super) const KM_PER_DEG: f64 = 111.2;
/// One knot.
const KM_PER_S_PER_KNOT: f64 = 0.000_514_444;
/// Vessels this near to a fall are in danger.
const VESSEL_DANGER_KM: f64 = 10.0;
/// Forecasts are judged from this long after burnout.
const AFTER_BURNOUT_S: f64 = 5.0;

/// A forecast object with all its forecasts, in the order in which they were made.
struct Said<'a> {
    name: &'a str,
    forecasts: Vec<&'a Forecast>,
    /// Which true object it follows.
    truth: Option<usize>,
}

struct Scorer<'a> {
    truth: &'a Truth,
    warnings: &'a [Warning],
    said: Vec<Said<'a>>,
    /// Seconds of the first alert of an object.
    first_alert: BTreeMap<&'a str, f64>,
    areas_said: Vec<(f64, MultiPolygon)>,
}

/// Scores forecasts and warnings.
pub fn score(truth: &Truth, flights: &[Flight], forecasts: &[Forecast], warnings: &[Warning]) -> Score {
    let scorer = Scorer::new(truth, forecasts, warnings);
    let falling = truth.objects.iter().enumerate().filter(|(_, object)| object.described.falls);
    let objects: Vec<(String, Figures)> =
        falling.map(|(index, object)| (object.described.name.clone(), scorer.object(index, object))).collect();
    let has = |figures: &Figures, name: &str| figures.get(name).is_some_and(|value| !value.is_null());
    let count = |test: &dyn Fn(&Figures) -> bool| objects.iter().filter(|(_, figures)| test(figures)).count();
    let tracks = |figures: &Figures| figures.get("tracks").and_then(Value::as_u64).unwrap_or(0);
    let inside = count(&|figures| has(figures, "area_said_before_fall_s"));
    Score {
        title: truth.title.clone(),
        false_warned: scorer.false_warned(),
        split: objects.iter().map(|(_, figures)| tracks(figures).saturating_sub(1) as usize).sum(),
        forecasts: forecasts.len(),
        warnings: warnings.len(),
        // Nobody was told of it: neither by its own track nor by a warned area that held its fall.
        missed: count(&|figures| !has(figures, "warned_after_s") && !has(figures, "area_said_before_fall_s")),
        aircraft: aircraft::figures(truth, flights, warnings),
        falls_inside_a_said_area: inside,
        share_inside_a_said_area: (!objects.is_empty()).then(|| round(inside as f64 / objects.len() as f64, 3)),
        objects: Objects(objects),
    }
}

impl<'a> Scorer<'a> {
    fn new(truth: &'a Truth, forecasts: &'a [Forecast], warnings: &'a [Warning]) -> Scorer<'a> {
        let mut said: Vec<Said> = Vec::new();
        let mut index = BTreeMap::new();
        for forecast in forecasts {
            let at = *index.entry(forecast.object.as_str()).or_insert_with(|| {
                said.push(Said { name: &forecast.object, forecasts: Vec::new(), truth: None });
                said.len() - 1
            });
            said[at].forecasts.push(forecast);
        }
        for object in &mut said {
            object.truth = nearest(truth, &object.forecasts);
        }
        let mut scorer = Scorer { truth, warnings, said, first_alert: BTreeMap::new(), areas_said: Vec::new() };
        for warning in warnings.iter().filter(|warning| warning.warns()) {
            let time_s = seconds(warning.time, truth.epoch);
            for object in &warning.objects {
                scorer.first_alert.entry(object).or_insert(time_s);
            }
            scorer.areas_said.extend(warning.area.as_ref().map(|area| (time_s, area.polygons())));
        }
        scorer
    }

    fn false_warned(&self) -> Vec<String> {
        let warned = self.said.iter().filter(|said| self.first_alert.contains_key(said.name));
        let truth = |said: &Said| said.truth.map(|index| &self.truth.objects[index].described);
        let wrong = warned.filter(|said| truth(said).is_none_or(|object| !object.falls));
        wrong.map(|said| format!("{} ({})", said.name, truth(said).map_or("nothing", |object| &object.kind))).collect()
    }

    /// The figures of one object that fell.
    fn object(&self, index: usize, object: &TrueObject) -> Figures {
        let described = &object.described;
        let fall =
            Point::new(described.end_longitude_deg.unwrap_or(f64::NAN), described.end_latitude_deg.unwrap_or(f64::NAN));
        let end_s = described.end_s;
        let mut said: Vec<&Said> = self.said.iter().filter(|said| said.truth == Some(index)).collect();
        said.sort_by(|a, b| self.seconds(a.forecasts[0]).total_cmp(&self.seconds(b.forecasts[0])));
        let mut figures = Figures::default();
        figures.put("kind", described.kind.as_str());
        figures.put("tracks", said.len());
        // The first warning whose area holds the place where it fell, whichever track it came from.
        let holding = self.areas_said.iter().filter(|(time_s, area)| *time_s < end_s && area.contains(&fall));
        let held_s = holding.map(|(time_s, _)| *time_s).min_by(f64::total_cmp);
        figures.put("area_said_before_fall_s", held_s.map(|held_s| round(end_s - held_s, 1)));
        if said.is_empty() {
            figures.put("untracked", true);
            return figures;
        }
        let mut forecasts: Vec<&Forecast> = said.iter().flat_map(|said| said.forecasts.iter().copied()).collect();
        forecasts.sort_by(|a, b| a.time_text.cmp(&b.time_text));
        let names: BTreeSet<&str> = said.iter().map(|said| said.name).collect();
        self.put_warned(&mut figures, object, forecasts[0], &names);
        self.put_fall(&mut figures, object, &forecasts, fall);
        put_flight(&mut figures, object, forecasts[forecasts.len() - 1]);
        self.put_vessels(&mut figures, object, fall, &names);
        figures
    }

    fn put_warned(&self, figures: &mut Figures, object: &TrueObject, first: &Forecast, names: &BTreeSet<&str>) {
        let described = &object.described;
        let reference_s = described.first_plot_s.or(described.start_s).unwrap_or(f64::NAN);
        let alerts = names.iter().filter_map(|name| self.first_alert.get(name).copied());
        let alert_s = alerts.min_by(f64::total_cmp);
        figures.put("seen_after_s", round(self.seconds(first) - reference_s, 1));
        figures.put("warned_after_s", alert_s.map(|alert_s| round(alert_s - reference_s, 1)));
        figures.put("warned_before_impact_s", alert_s.map(|alert_s| round(described.end_s - alert_s, 1)));
    }

    /// Error and honesty of the forecasts of the fall, from shortly after burnout on.
    fn put_fall(&self, figures: &mut Figures, object: &TrueObject, forecasts: &[&Forecast], fall: Point) {
        let described = &object.described;
        let end_s = described.end_s;
        let burnout_s = described.marks.get("burnout_s").copied().or(described.start_s).unwrap_or(f64::NAN);
        let mut errors_km = Vec::new();
        let mut inside: [(u32, Vec<bool>); 3] = [(50, vec![]), (95, vec![]), (99, vec![])];
        let (mut areas_km2, mut time_z) = (Vec::new(), Vec::new());
        for forecast in forecasts {
            let time_s = self.seconds(forecast);
            let Some(impact) =
                forecast.impact.as_ref().filter(|_| burnout_s + AFTER_BURNOUT_S <= time_s && time_s <= end_s - 1.0)
            else {
                continue;
            };
            errors_km.push((time_s, great_circle_km(impact.latitude_deg, impact.longitude_deg, fall.y(), fall.x())));
            time_z.push((seconds(impact.time, self.truth.epoch) - end_s) / impact.time_sigma_s.unwrap_or(1.0).max(0.1));
            for area in &impact.areas {
                let percent = (round(area.probability, 2) * 100.0).round() as u32;
                let Some((_, held)) = inside.iter_mut().find(|(stated, _)| *stated == percent) else { continue };
                held.push(area.polygon.contains(&fall));
                if percent == 95 {
                    let scale = KM_PER_DEG * KM_PER_DEG * fall.y().to_radians().cos();
                    areas_km2.push(area.polygon.unsigned_area() * scale);
                }
            }
        }
        for quarter in [0.25, 0.5, 0.75, 0.9] {
            let until_s = burnout_s + quarter * (end_s - burnout_s);
            let last = errors_km.iter().rev().find(|(time_s, _)| *time_s <= until_s);
            let name = format!("impact_error_km_at_{}pct", (quarter * 100.0) as u32);
            figures.put(&name, last.map(|(_, error_km)| round(*error_km, 2)));
        }
        for (percent, held) in &inside {
            let share = held.iter().filter(|&&held| held).count() as f64 / held.len() as f64;
            figures.put(&format!("inside_{percent}"), (!held.is_empty()).then(|| round(share, 3)));
        }
        figures.put("area95_km2_median", median(areas_km2).map(|area_km2| round(area_km2, 1)));
        let mean_square = time_z.iter().map(|z| z * z).sum::<f64>() / time_z.len() as f64;
        figures.put("time_z_rms", (!time_z.is_empty()).then(|| round(mean_square.sqrt(), 2)));
    }

    /// Vessels near the fall when it fell, and whether they had been told.
    fn put_vessels(&self, figures: &mut Figures, object: &TrueObject, fall: Point, names: &BTreeSet<&str>) {
        let end_s = object.described.end_s;
        let is_near = |vessel: &&super::read::TrueVessel| {
            let sailed_km = vessel.speed_kn * KM_PER_S_PER_KNOT * end_s;
            let (sin, cos) = vessel.course_deg.to_radians().sin_cos();
            let latitude_deg = vessel.latitude_deg + sailed_km / KM_PER_DEG * cos;
            let longitude_deg =
                vessel.longitude_deg + sailed_km / KM_PER_DEG * sin / vessel.latitude_deg.to_radians().cos();
            great_circle_km(latitude_deg, longitude_deg, fall.y(), fall.x()) <= VESSEL_DANGER_KM
        };
        let endangered: Vec<u64> = self.truth.vessels.iter().filter(is_near).map(|vessel| vessel.mmsi).collect();
        let in_time = |warning: &&Warning| warning.warns() && seconds(warning.time, self.truth.epoch) <= end_s;
        let about = |warning: &&Warning| warning.objects.iter().any(|object| names.contains(object.as_str()));
        let warnings = self.warnings.iter().filter(in_time).filter(about);
        let told: BTreeSet<u64> =
            warnings.flat_map(|warning| warning.vessels.iter().map(|vessel| vessel.mmsi)).collect();
        let endangered_and_told: BTreeSet<u64> =
            endangered.iter().copied().filter(|mmsi| told.contains(mmsi)).collect();
        figures.put("vessels_in_danger", endangered.len());
        figures.put("vessels_in_danger_told", endangered_and_told.len());
        figures.put("vessels_told", told.len());
    }

    fn seconds(&self, forecast: &Forecast) -> f64 {
        Time::from_utc_str(&forecast.time_text).map_or(f64::NAN, |time| seconds(time, self.truth.epoch))
    }
}

/// What the last forecast says of the flight as a whole.
fn put_flight(figures: &mut Figures, object: &TrueObject, last: &Forecast) {
    let described = &object.described;
    let mut best: Option<(&String, f64)> = None;
    for (kind, &probability) in &last.kind {
        if best.is_none_or(|(_, highest)| probability > highest) {
            best = Some((kind, probability));
        }
    }
    figures.put("kind_said", best.map(|(kind, _)| kind.as_str()));
    figures.put("kind_right", best.is_some_and(|(kind, _)| *kind == described.kind));
    let place = described.start_latitude_deg.zip(described.start_longitude_deg).filter(|_| described.start_s.is_some());
    let is_launched = !matches!(described.kind.as_str(), "debris" | "reentry");
    if let (Some((latitude_deg, longitude_deg)), Some(launch), true) = (place, &last.launch, is_launched) {
        let error_km = great_circle_km(launch.latitude_deg, launch.longitude_deg, latitude_deg, longitude_deg);
        figures.put("launch_error_km", round(error_km, 2));
        figures.put("launch_region", launch.region.clone());
    }
    let flights = [
        ("apogee_km", last.apogee_km, described.apogee_km),
        ("range_km", last.range_km, described.range_km),
        ("reach_km", last.reach_km, described.reach_km),
    ];
    for (name, said_km, true_km) in flights {
        if let (Some(said_km), Some(true_km)) = (said_km, true_km.filter(|&km| km != 0.0)) {
            figures.put(name, format!("{said_km:.0} (truth {true_km:.0})"));
        }
    }
}

/// The true object that forecasts follow most closely.
fn nearest(truth: &Truth, forecasts: &[&Forecast]) -> Option<usize> {
    let mut best = (MATCH_DISTANCE_KM, None);
    let stride = (forecasts.len() / MATCH_SAMPLES).max(1);
    for (index, object) in truth.objects.iter().enumerate() {
        let distance_km = |forecast: &&Forecast| {
            let time = Time::from_utc_str(&forecast.time_text).ok()?;
            let [latitude_deg, longitude_deg, height_m] = at(&object.path, seconds(time, truth.epoch))?;
            let position = forecast.position.as_ref()?;
            let ground_km = great_circle_km(position.latitude_deg, position.longitude_deg, latitude_deg, longitude_deg);
            Some(ground_km.hypot((position.height_m - height_m) / 1e3))
        };
        let distances_km: Vec<f64> = forecasts.iter().step_by(stride).filter_map(distance_km).collect();
        if let Some(distance_km) = median(distances_km).filter(|&distance_km| distance_km < best.0) {
            best = (distance_km, Some(index));
        }
    }
    best.1
}

/// Latitude, longitude and height at a time; nothing more than 3 s before the start or after the end.
fn at(path: &[[f64; 4]], time_s: f64) -> Option<[f64; 3]> {
    let (first, last) = (path.first()?, path.last()?);
    if !(first[0] - 3.0 <= time_s && time_s <= last[0] + 3.0) {
        return None;
    }
    let after = path.partition_point(|row| row[0] <= time_s);
    let (before, after) = (path[after.saturating_sub(1)], path[after.min(path.len() - 1)]);
    let span_s = after[0] - before[0];
    let fraction = if span_s > 0.0 { (time_s - before[0]) / span_s } else { 0.0 };
    let between = |column: usize| before[column] + fraction * (after[column] - before[column]);
    Some([between(1), between(2), between(3)])
}

/// Seconds between two times, to the microsecond that files state.
pub(super) fn seconds(time: Time, epoch: Time) -> f64 {
    ((time.tai_ns() - epoch.tai_ns()) / 1000) as f64 / 1e6
}

/// Haversine formula.
fn great_circle_km(latitude_a_deg: f64, longitude_a_deg: f64, latitude_b_deg: f64, longitude_b_deg: f64) -> f64 {
    let (a, b) = (latitude_a_deg.to_radians(), latitude_b_deg.to_radians());
    let longitude = longitude_b_deg.to_radians() - longitude_a_deg.to_radians();
    let h = ((b - a) / 2.0).sin().powi(2) + a.cos() * b.cos() * (longitude / 2.0).sin().powi(2);
    2.0 * EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        n if n % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

/// To so many decimals, ties to even, as printing does.
fn round(value: f64, decimals: usize) -> f64 {
    format!("{value:.decimals$}").parse().unwrap_or(value)
}
