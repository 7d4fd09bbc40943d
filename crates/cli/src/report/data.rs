//! What the map plays: tracks, areas, traffic and what was warned, thinned so that the page stays small.
//!
//! Places are degrees, times are seconds since the start of the replay. A ring is a list of whole numbers, thousandths of
//! a degree: longitude and latitude of the first corner, then the steps to the next.

use super::land::{self, Corner, Window};
use super::{Material, Said};
use downrange_earth::Time;
use downrange_engine::assess::{Assessment, HazardArea, Impact, Launch, Phase};
use downrange_engine::plot::{Sensor, SensorKind};
use downrange_engine::traffic::SurfacePosition;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Shortest time between two points of a track that are kept.
const TRACK_STEP_S: f64 = 1.0;
/// Track points of all objects together.
const TRACK_POINTS_MAX: usize = 30_000;
/// Sets of areas of all objects together.
const AREA_SETS_MAX: usize = 900;
/// Corners of one hazard area.
const AREA_CORNERS_MAX: usize = 48;
/// Positions of all vessels together, and of all aircraft.
const TRAFFIC_POINTS_MAX: usize = 12_000;
/// Corners of all districts together, and of all provinces.
const BORDER_CORNERS_MAX: usize = 14_000;

/// Everything the map needs.
pub(super) fn map(material: &Material) -> Value {
    let centre = centre(material);
    let window = Window::around(centre);
    // The last word may be said after the last input.
    let end = material.said.iter().map(|said| said.revision.time).fold(material.to, Time::max);
    let mut border_step_deg = 0.01;
    let land: Vec<Value> = land::rings(&window).iter().map(|ring| ring_of(ring)).collect();
    json!({
        "from": material.from.utc_string(0),
        "span": round(end.seconds_since(material.from), 1),
        "centre": place(centre),
        "land": land,
        "regions": borders(material.regions.iter().map(|r| (r.name.as_str(), &r.polygons)), &mut border_step_deg),
        "zones": borders(material.zones.iter().map(|z| (z.name.as_str(), &z.polygons)), &mut border_step_deg),
        "sensors": material.sensors.iter().map(sensor).collect::<Vec<_>>(),
        "objects": objects(material),
        "vessels": vessels(material),
        "aircraft": aircraft(material),
        "said": material.said.iter().map(|said| self::said(said, material.from)).collect::<Vec<_>>(),
    })
}

/// Names of the objects in the order of their first assessment, each with its assessments in order.
pub(super) fn by_object(assessments: &[Assessment]) -> Vec<(&str, Vec<&Assessment>)> {
    let mut index = BTreeMap::new();
    let mut out: Vec<(&str, Vec<&Assessment>)> = Vec::new();
    for assessment in assessments {
        let at = *index.entry(assessment.object.as_str()).or_insert_with(|| {
            out.push((assessment.object.as_str(), Vec::new()));
            out.len() - 1
        });
        out[at].1.push(assessment);
    }
    out
}

/// Whether an object was ever taken for something that comes down; the others are traffic of the sky.
pub(super) fn falls(made: &[&Assessment]) -> bool {
    made.iter().any(|a| a.impact.is_some() && a.kind.threat() >= 0.5)
}

/// Where the map is centred: what flew; without that, who watches.
fn centre(material: &Material) -> Corner {
    let falling = by_object(material.assessments).into_iter().filter(|(_, made)| falls(made));
    let falling: Vec<&Assessment> = falling.flat_map(|(_, made)| made).collect();
    // What is only predicted, because nothing is seen any more, may be far from everything.
    let seen = falling.iter().filter(|a| a.phase != Phase::Lost);
    let flown = seen.map(|a| [a.position.longitude_rad.to_degrees(), a.position.latitude_rad.to_degrees()]);
    let places: Vec<Corner> = flown.filter(finite).collect();
    if !places.is_empty() {
        return middle(&places);
    }
    let watching = material.sensors.iter().filter(|s| matches!(s.kind, SensorKind::Radar { .. })).map(|s| {
        let g = s.site.geodetic();
        [g.longitude_rad.to_degrees(), g.latitude_rad.to_degrees()]
    });
    middle(&watching.filter(finite).collect::<Vec<_>>())
}

/// Middle of the span of some places; longitudes are taken on the side of the first.
fn middle(places: &[Corner]) -> Corner {
    let Some(first) = places.first() else { return [0.0, 0.0] };
    let (mut low, mut high) = (*first, *first);
    for p in places {
        let lon = first[0] + (p[0] - first[0] + 540.0).rem_euclid(360.0) - 180.0;
        (low, high) = ([low[0].min(lon), low[1].min(p[1])], [high[0].max(lon), high[1].max(p[1])]);
    }
    [(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0]
}

fn objects(material: &Material) -> Vec<Value> {
    let objects = by_object(material.assessments);
    let track_max = (TRACK_POINTS_MAX / objects.len().max(1)).max(20);
    let sets_max = (AREA_SETS_MAX / objects.len().max(1)).max(6);
    objects
        .iter()
        .map(|(name, made)| {
            let seconds = |time: Time| round(time.seconds_since(material.from), 1);
            let track = thinned(made, track_max, TRACK_STEP_S);
            let forecasts: Vec<&Assessment> = made.iter().copied().filter(|a| a.impact.is_some()).collect();
            let launches: Vec<&Assessment> = made.iter().copied().filter(|a| a.launch.is_some()).collect();
            json!({
                "name": name,
                "event": made[0].event,
                "falls": falls(made),
                "track": track.iter().map(|a| json!([
                    seconds(a.time),
                    round(a.position.longitude_rad.to_degrees(), 4),
                    round(a.position.latitude_rad.to_degrees(), 4),
                    round(a.position.height_m / 1e3, 2),
                    round(a.speed_mps, 0),
                    a.phase.word(),
                    a.kind.most_probable().word(),
                    round(a.kind.of(a.kind.most_probable()), 2),
                ])).collect::<Vec<_>>(),
                "launch": thinned(&launches, 60, 2.0).iter().filter_map(|a| a.launch.as_ref().map(|l| launch(l, seconds(a.time), seconds(l.time)))).collect::<Vec<_>>(),
                "impact": thinned(&forecasts, sets_max, 2.0).iter().filter_map(|a| a.impact.as_ref().map(|i| impact(i, seconds(a.time), seconds(i.time)))).collect::<Vec<_>>(),
            })
        })
        .collect()
}

fn launch(launch: &Launch, at_s: f64, time_s: f64) -> Value {
    json!({
        "t": at_s, "time": time_s, "p": place(corner(launch.position)), "region": launch.region,
        "a": round(launch.semi_major_m / 1e3, 2), "b": round(launch.semi_minor_m / 1e3, 2),
        "o": round(launch.orientation_rad.to_degrees(), 1),
    })
}

fn impact(impact: &Impact, at_s: f64, time_s: f64) -> Value {
    json!({
        "t": at_s, "time": time_s, "sigma": round(impact.time_sigma_s, 1), "p": place(corner(impact.position)),
        "areas": impact.areas.iter().map(|a| json!([a.probability(), area(a)])).collect::<Vec<_>>(),
    })
}

fn said(said: &Said, from: Time) -> Value {
    let r = &said.revision;
    json!({
        "t": round(r.time.seconds_since(from), 1), "id": r.id, "n": r.revision, "kind": r.kind.word(), "event": r.event,
        "areas": r.areas.iter().map(area).collect::<Vec<_>>(),
        "vessels": r.exposure.vessels.iter().map(|v| v.mmsi).collect::<Vec<_>>(),
        "aircraft": r.exposure.aircraft.iter().map(|a| a.icao.as_str()).collect::<Vec<_>>(),
        "headline": said.texts.first().map(|t| t.headline.as_str()),
    })
}

fn sensor(sensor: &Sensor) -> Value {
    let g = sensor.site.geodetic();
    let at = place([g.longitude_rad.to_degrees(), g.latitude_rad.to_degrees()]);
    match sensor.kind {
        SensorKind::Radar { coverage, .. } => json!({
            "id": sensor.id, "kind": "radar", "p": at,
            "range": round(coverage.range_max_m / 1e3, 1),
            "sector": [
                round(coverage.azimuth_from_rad.to_degrees(), 1), round(coverage.azimuth_to_rad.to_degrees(), 1),
            ],
        }),
        SensorKind::Infrared { centre, radius_m, .. } => json!({
            "id": sensor.id, "kind": "infrared",
            "p": place([centre.longitude_rad.to_degrees(), centre.latitude_rad.to_degrees()]),
            "range": round(radius_m / 1e3, 1),
        }),
    }
}

fn vessels(material: &Material) -> Vec<Value> {
    let mut by_mmsi: BTreeMap<u32, (Option<&str>, Vec<Value>)> = BTreeMap::new();
    for report in material.vessels {
        let (name, points) = by_mmsi.entry(report.mmsi).or_default();
        *name = report.name.as_deref().or(*name);
        points.extend(report.position.and_then(|p| fix(report.time, corner(p), material.from)));
    }
    let points_max = (TRAFFIC_POINTS_MAX / by_mmsi.len().max(1)).clamp(2, 60);
    let known = by_mmsi.into_iter().filter(|(_, (_, points))| !points.is_empty());
    known.map(|(mmsi, (name, points))| json!({ "id": mmsi, "name": name, "p": spread(&points, points_max) })).collect()
}

fn aircraft(material: &Material) -> Vec<Value> {
    let mut by_icao: BTreeMap<&str, (Option<&str>, Vec<Value>)> = BTreeMap::new();
    for report in material.aircraft {
        let (callsign, points) = by_icao.entry(&report.icao).or_default();
        *callsign = report.callsign.as_deref().or(*callsign);
        points.extend(report.position.and_then(|p| fix(report.time, corner(p), material.from)));
    }
    let points_max = (TRAFFIC_POINTS_MAX / by_icao.len().max(1)).clamp(2, 120);
    let known = by_icao.into_iter().filter(|(_, (_, points))| !points.is_empty());
    known
        .map(|(icao, (callsign, points))| json!({ "id": icao, "name": callsign, "p": spread(&points, points_max) }))
        .collect()
}

/// One reported position: seconds, longitude, latitude.
fn fix(time: Time, at: Corner, from: Time) -> Option<Value> {
    finite(&at).then(|| json!([round(time.seconds_since(from), 0), round(at[0], 4), round(at[1], 4)]))
}

/// At most `max` of some assessments, at least `step_s` apart; the first, the last and every change of phase stay.
fn thinned<'a>(made: &[&'a Assessment], max: usize, step_s: f64) -> Vec<&'a Assessment> {
    let Some(last) = made.last() else { return Vec::new() };
    let span_s = last.time.seconds_since(made[0].time);
    let step_s = step_s.max(span_s / max as f64);
    let mut kept: Vec<&Assessment> = Vec::new();
    for a in made {
        let due = kept.last().is_none_or(|k| a.time.seconds_since(k.time) >= step_s || a.phase != k.phase);
        if due && a.position.height_m.is_finite() {
            kept.push(a);
        }
    }
    if kept.last().is_some_and(|k| !std::ptr::eq(*k, *last)) {
        kept.push(last);
    }
    kept
}

/// At most `max` of a list, evenly spread, the first and the last among them.
fn spread(points: &[Value], max: usize) -> Vec<Value> {
    if points.len() <= max {
        return points.to_vec();
    }
    (0..max).map(|i| points[i * (points.len() - 1) / (max - 1)].clone()).collect()
}

/// Borders by name, thinned until all of them together are few enough.
fn borders<'a>(
    named: impl Iterator<Item = (&'a str, &'a Vec<Vec<Vec<SurfacePosition>>>)>,
    step_deg: &mut f64,
) -> Vec<Value> {
    let named: Vec<(&str, Vec<Vec<Corner>>)> = named
        .map(|(name, polygons)| {
            let outer = polygons.iter().filter_map(|rings| rings.first());
            (name, outer.map(|ring| ring.iter().copied().map(corner).filter(finite).collect()).collect())
        })
        .collect();
    loop {
        let thin: Vec<(&str, Vec<Vec<Corner>>)> = named
            .iter()
            .map(|(name, rings)| (*name, rings.iter().map(|r| stepped(r, *step_deg)).filter(|r| r.len() > 2).collect()))
            .collect();
        let corners: usize = thin.iter().flat_map(|(_, rings)| rings).map(Vec::len).sum();
        if corners <= BORDER_CORNERS_MAX || *step_deg > 1.0 {
            return thin
                .iter()
                .map(|(name, rings)| json!({ "name": name, "rings": rings.iter().map(|r| ring_of(r)).collect::<Vec<_>>() }))
                .collect();
        }
        *step_deg *= 2.0;
    }
}

/// A ring without the corners that lie closer than this to the one before.
fn stepped(ring: &[Corner], step_deg: f64) -> Vec<Corner> {
    let mut kept: Vec<Corner> = Vec::new();
    for c in ring {
        if kept.last().is_none_or(|k| (c[0] - k[0]).abs().max((c[1] - k[1]).abs()) >= step_deg) {
            kept.push(*c);
        }
    }
    kept
}

/// The corners of a hazard area, thinned.
fn area(area: &HazardArea) -> Value {
    let ring: Vec<Corner> = area.ring().iter().copied().map(corner).filter(finite).collect();
    let step = ring.len().div_ceil(AREA_CORNERS_MAX).max(1);
    ring_of(&ring.iter().copied().step_by(step).collect::<Vec<_>>())
}

/// Whole thousandths of a degree, each corner as the step from the one before.
fn ring_of(ring: &[Corner]) -> Value {
    let mut last = [0_i64, 0];
    let mut out = Vec::with_capacity(2 * ring.len());
    for c in ring {
        let now = [(c[0] * 1e3).round() as i64, (c[1] * 1e3).round() as i64];
        out.extend([now[0] - last[0], now[1] - last[1]]);
        last = now;
    }
    json!(out)
}

fn place(at: Corner) -> Value {
    json!([round(at[0], 4), round(at[1], 4)])
}

fn corner(p: SurfacePosition) -> Corner {
    [p.longitude_rad.to_degrees(), p.latitude_rad.to_degrees()]
}

fn finite(at: &Corner) -> bool {
    at.iter().all(|x| x.is_finite())
}

/// To so many decimal places; what is no number becomes 0, which JSON can carry.
fn round(x: f64, places: i32) -> f64 {
    let scale = 10_f64.powi(places);
    let rounded = (x * scale).round() / scale;
    // `+ 0.0` turns a negative zero into a plain one.
    if rounded.is_finite() { rounded + 0.0 } else { 0.0 }
}
