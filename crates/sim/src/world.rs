//! A finished world: what flew, what was seen, and the files that say so.

use crate::flight::{Object, path::Path};
use crate::scenario::Scenario;
use crate::sensor::{Measured, Plot, Sensor, SensorKind};
use crate::traffic::{Vessel, nmea, sbs};
use downrange_earth::Time;
use serde::Serialize;
use std::fmt::Write;

/// Everything that a scenario made.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// Title.
    pub title: String,
    /// Where zero seconds is.
    pub epoch: Time,
    /// Length, seconds.
    pub duration_s: f64,
    /// The seed it came from.
    pub seed: u64,
    /// All that flew.
    pub objects: Vec<Object>,
    /// The ships.
    pub vessels: Vec<Vessel>,
    /// Who watched.
    pub sensors: Vec<Sensor>,
    /// What they reported, in the order of arrival.
    pub plots: Vec<Plot>,
    /// File with the districts, to be copied beside the others as `zones.geojson`.
    pub zones: Option<String>,
}

/// One object in `truth.json`.
#[derive(Serialize)]
struct ObjectTruth<'a> {
    name: &'a str,
    kind: &'a str,
    start_s: f64,
    end_s: f64,
    marks: Marks,
    range_km: f64,
    apogee_km: f64,
    flight_s: f64,
    max_speed_mps: f64,
    lat0: f64,
    lon0: f64,
    lat1: f64,
    lon1: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reach_km: Option<f64>,
    falls: bool,
    first_plot_s: Option<f64>,
    start: String,
    end: String,
}

#[derive(Serialize)]
struct Marks {
    #[serde(skip_serializing_if = "Option::is_none")]
    burnout_s: Option<f64>,
}

#[derive(Serialize)]
struct Truth<'a> {
    title: &'a str,
    epoch: String,
    seed: u64,
    objects: Vec<ObjectTruth<'a>>,
    vessels: &'a [Vessel],
    plots: usize,
    true_plots: usize,
}

impl World {
    pub(crate) fn new(scenario: &Scenario, objects: Vec<Object>, vessels: Vec<Vessel>, mut plots: Vec<Plot>) -> World {
        // Plots of one microsecond keep the order of their sensors: sorting is stable.
        plots.sort_by(|a, b| a.received_s.total_cmp(&b.received_s));
        World {
            title: scenario.title.clone(),
            epoch: scenario.epoch,
            duration_s: scenario.duration_s,
            seed: scenario.seed,
            objects,
            vessels,
            sensors: scenario.sensors.clone(),
            plots,
            zones: scenario.zones.clone(),
        }
    }

    /// The files of the watch folder, by name and content, in a fixed order. The same scenario gives the same bytes on any
    /// machine. `zones.geojson` is not among them: its file is [`World::zones`].
    pub fn write(&self) -> Vec<(String, Vec<u8>)> {
        let plots = self.plot_lines();
        let packed = ruzstd::encoding::compress_to_vec(plots.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
        let mut files = vec![
            ("sensors.toml".to_string(), self.sensor_text().into_bytes()),
            ("plots.jsonl.zst".to_string(), packed),
            ("vessels.nmea".to_string(), self.vessel_lines()),
            ("aircraft.sbs".to_string(), self.aircraft_lines()),
            ("truth.json".to_string(), self.truth_text().into_bytes()),
        ];
        for object in &self.objects {
            files.push((format!("truth/{}.csv", object.name), path_table(&object.path).into_bytes()));
        }
        files
    }

    /// The lines of `vessels.nmea`.
    pub fn vessel_lines(&self) -> Vec<u8> {
        let unix_s = libm::floor(self.epoch.unix_s()) as i64;
        nmea(&self.vessels, unix_s, self.duration_s, self.seed)
    }

    /// The lines of `aircraft.sbs`.
    pub fn aircraft_lines(&self) -> Vec<u8> {
        sbs(&self.objects, self.duration_s, |t| self.basestation_stamp(t))
    }

    fn utc(&self, time_s: f64, decimals: u8) -> String {
        self.epoch.plus_s(time_s).utc_string(decimals)
    }

    /// `2022-01-14T05:40:00.000Z` as `2022/01/14,05:40:00.000`.
    fn basestation_stamp(&self, time_s: f64) -> String {
        self.utc(time_s, 3).trim_end_matches('Z').replace('-', "/").replace('T', ",")
    }

    /// The lines of `plots.jsonl`.
    pub fn plot_lines(&self) -> String {
        let mut text = String::with_capacity(self.plots.len() * 200);
        for plot in &self.plots {
            let id = serde_json::Value::from(self.sensors[plot.sensor].id.as_str());
            let (time, received) = (self.utc(plot.time_s, 6), self.utc(plot.received_s, 6));
            // Writing to a string cannot fail.
            let _ = write!(text, r#"{{"sensor":{id},"time":"{time}","received":"{received}","#);
            let _ = match plot.measured {
                Measured::Radar { range_m, azimuth_deg, elevation_deg, range_rate_mps } => {
                    let rate = range_rate_mps.map_or(String::new(), |v| format!(r#","range_rate_mps":{v:.4}"#));
                    // Rounding must not lift an azimuth to 360.
                    let azimuth_deg = if azimuth_deg >= 359.999_999_5 { 0.0 } else { azimuth_deg };
                    writeln!(
                        text,
                        r#""range_m":{range_m:.3},"azimuth_deg":{azimuth_deg:.6},"elevation_deg":{elevation_deg:.6}{rate}}}"#
                    )
                }
                Measured::LineOfSight(u) => {
                    writeln!(text, r#""line_of_sight":[{:.12},{:.12},{:.12}]}}"#, u.x, u.y, u.z)
                }
            };
        }
        text
    }

    /// `truth.json`.
    fn truth_text(&self) -> String {
        let mut first_plot_s = vec![None; self.objects.len()];
        let mut true_plots = 0;
        for plot in &self.plots {
            if let Some(object) = plot.object {
                true_plots += 1;
                first_plot_s[object].get_or_insert(plot.received_s);
            }
        }
        let truth = Truth {
            title: &self.title,
            epoch: self.utc(0.0, 0).replace('Z', "+00:00"),
            seed: self.seed,
            objects: self.objects.iter().zip(first_plot_s).map(|(o, seen)| self.object_truth(o, seen)).collect(),
            vessels: &self.vessels,
            plots: self.plots.len(),
            true_plots,
        };
        serde_json::to_string_pretty(&truth).expect("plain numbers and strings are always JSON") + "\n"
    }

    fn object_truth<'a>(&self, object: &'a Object, first_plot_s: Option<f64>) -> ObjectTruth<'a> {
        let path = &object.path;
        let end_of = |knot: Option<&crate::flight::path::Knot>| {
            knot.map_or((0.0, 0.0), |k| {
                let place = k.geodetic();
                (place.latitude_rad.to_degrees(), place.longitude_rad.to_degrees())
            })
        };
        let ((lat0, lon0), (lat1, lon1)) = (end_of(path.knots.first()), end_of(path.knots.last()));
        ObjectTruth {
            name: &object.name,
            kind: object.kind.word(),
            start_s: path.start_s(),
            end_s: path.end_s(),
            marks: Marks { burnout_s: object.burnout_s },
            range_km: path.range_m() / 1e3,
            apogee_km: path.apogee_m() / 1e3,
            flight_s: path.end_s() - path.start_s(),
            max_speed_mps: path.speed_max_mps(),
            lat0,
            lon0,
            lat1,
            lon1,
            reach_km: object.reach_m.map(|m| m / 1e3),
            falls: object.falls,
            first_plot_s,
            start: self.utc(path.start_s(), 6).replace('Z', "+00:00"),
            end: self.utc(path.end_s(), 6).replace('Z', "+00:00"),
        }
    }

    /// `sensors.toml`: what the sensors are said to be, without their faults.
    pub fn sensor_text(&self) -> String {
        let mut text = format!("# {}\n", self.title.replace(['\n', '\r'], " "));
        for sensor in &self.sensors {
            let place = |g: downrange_earth::Geodetic| {
                let degrees = |radians: f64| libm::round(radians.to_degrees() * 1e9) / 1e9;
                format!("latitude_deg = {:?}, longitude_deg = {:?}", degrees(g.latitude_rad), degrees(g.longitude_rad))
            };
            let (kind, noise, coverage) = match &sensor.kind {
                SensorKind::Radar {
                    range_m,
                    azimuth_deg,
                    elevation_deg,
                    range_rate_mps,
                    ranges_m,
                    azimuths_deg,
                    elevations_deg,
                } => {
                    let rate = range_rate_mps.map_or(String::new(), |v| format!(", range_rate_mps = {v:?}"));
                    (
                        "radar",
                        format!(
                            "range_m = {range_m:?}, azimuth_deg = {azimuth_deg:?}, elevation_deg = {elevation_deg:?}{rate}"
                        ),
                        format!(
                            "range_m = {ranges_m:?}, azimuth_deg = {azimuths_deg:?}, elevation_deg = {elevations_deg:?}"
                        ),
                    )
                }
                SensorKind::Infrared { angle_urad, centre, radius_m } => (
                    "infrared",
                    format!("angle_urad = {angle_urad:?}"),
                    format!("centre = {{ {} }}, radius_m = {radius_m:?}", place(*centre)),
                ),
            };
            let _ = write!(
                text,
                "\n[[sensor]]\nid = {}\nkind = \"{kind}\"\nposition = {{ {}, height_m = {:?} }}\nperiod_s = {:?}\n\
                 detection_probability = {:?}\nclutter_per_scan = {:?}\nnoise = {{ {noise} }}\ncoverage = {{ {coverage} }}\n",
                toml::Value::from(sensor.id.as_str()),
                place(sensor.position),
                sensor.position.height_m,
                sensor.period_s,
                sensor.detection_probability,
                sensor.clutter_per_scan,
            );
            if let Some(path) = &sensor.path {
                let _ = writeln!(text, "path = {}", toml::Value::from(path.as_str()));
            }
        }
        text
    }
}

/// A path each second (and at its end), Earth-fixed and geodetic.
fn path_table(path: &Path) -> String {
    let mut text = String::from("time_s,x_m,y_m,z_m,vx_mps,vy_mps,vz_mps,latitude_deg,longitude_deg,height_m\n");
    let (start_s, end_s) = (path.start_s(), path.end_s());
    let mut step = 0.0;
    loop {
        let time_s = f64::min(start_s + step, end_s);
        if let Some(knot) = path.at(time_s) {
            let (r, v, g) = (knot.place, knot.velocity_mps, knot.geodetic());
            let _ = writeln!(
                text,
                "{:.3},{:.3},{:.3},{:.3},{:.3},{:.3},{:.3},{:.6},{:.6},{:.1}",
                time_s,
                r.x,
                r.y,
                r.z,
                v.x,
                v.y,
                v.z,
                g.latitude_rad.to_degrees(),
                g.longitude_rad.to_degrees(),
                g.height_m
            );
        }
        if time_s >= end_s {
            return text;
        }
        step += 1.0;
    }
}
