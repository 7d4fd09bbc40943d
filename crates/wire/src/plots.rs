//! `plots.jsonl`: what the sensors saw, one object a line.

use crate::input::{InputError, Line, Received};
use crate::utc;
use downrange_engine::plot::{Measurement, Plot, Sensor, SensorIndex, SensorKind};
use nalgebra::Vector3;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Farther than this nothing is tracked here (beyond the geostationary orbit and back).
const RANGE_LARGEST_M: f64 = 1e8;
/// Faster than anything that meets the Earth (72 km/s: a meteor against the Earth's own motion).
const RANGE_RATE_LARGEST_MPS: f64 = 80e3;
/// How far the length of a line of sight may be from one. Six printed digits are off by 1e-6.
const UNIT_TOLERANCE: f64 = 1e-3;

/// Reads plots of a known set of sensors.
#[derive(Debug, Clone)]
pub struct PlotReader {
    sensors: BTreeMap<String, (SensorIndex, bool)>,
}

/// One line as it stands there. An empty text stands for an absent one: both are wrong.
#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow, default)]
    sensor: Cow<'a, str>,
    #[serde(borrow, default)]
    time: Cow<'a, str>,
    #[serde(borrow, default)]
    received: Cow<'a, str>,
    range_m: Option<f64>,
    azimuth_deg: Option<f64>,
    elevation_deg: Option<f64>,
    range_rate_mps: Option<f64>,
    line_of_sight: Option<[f64; 3]>,
}

impl PlotReader {
    /// For these sensors, in the order in which the engine knows them.
    pub fn new(sensors: &[Sensor]) -> PlotReader {
        let entry = |(index, sensor): (usize, &Sensor)| {
            let is_radar = matches!(sensor.kind, SensorKind::Radar { .. });
            (sensor.id.clone(), (SensorIndex(u16::try_from(index).unwrap_or(u16::MAX)), is_radar))
        };
        PlotReader { sensors: sensors.iter().enumerate().map(entry).collect() }
    }

    /// Reads one line. `file` and `line_number` (from 1) are only for the error. Unknown fields are accepted.
    ///
    /// # Errors
    /// The first field that is missing, has the wrong form, or lies outside its range.
    ///
    /// ```
    /// # let sensors = downrange_wire::sensors::read(r#"
    /// # [[sensor]]
    /// # id = "radar-east-coast"
    /// # kind = "radar"
    /// # position = { latitude_deg = 38.20, longitude_deg = 128.55, height_m = 350.0 }
    /// # period_s = 1.0
    /// # detection_probability = 0.9
    /// # clutter_per_scan = 3.0
    /// # noise = { range_m = 40.0, azimuth_deg = 0.08, elevation_deg = 0.10, range_rate_mps = 2.0 }
    /// # coverage = { range_m = [2000.0, 900000.0], azimuth_deg = [300, 130], elevation_deg = [0.1, 85] }
    /// # "#, "sensors.toml").unwrap();
    /// let reader = downrange_wire::plots::PlotReader::new(&sensors);
    /// let line = r#"{"sensor":"radar-east-coast","time":"2022-01-14T05:41:10.274601Z",
    ///   "received":"2022-01-14T05:41:10.384036Z","range_m":492534.9,"azimuth_deg":315.71,"elevation_deg":4.81}"#;
    /// let plot = reader.parse_line(line, 1, "plots.jsonl").unwrap();
    /// assert!((plot.received.seconds_since(plot.value.time) - 0.109435).abs() < 1e-9);
    ///
    /// let error = reader.parse_line(&line.replace("315.71", "400"), 1, "plots.jsonl").unwrap_err();
    /// assert_eq!(error.field(), Some("azimuth_deg"));
    /// ```
    pub fn parse_line(&self, text: &str, line_number: u64, file: &str) -> Result<Received<Plot>, InputError> {
        let at = Line { file, line: line_number };
        let raw: Raw = serde_json::from_str(text).map_err(|error| at.json(text, &error))?;
        if raw.sensor.is_empty() {
            return Err(at.missing("sensor", "the id of a sensor in sensors.toml"));
        }
        let Some(&(sensor, is_radar)) = self.sensors.get(raw.sensor.as_ref()) else {
            return Err(at.value("sensor", &raw.sensor, "the id of a sensor in sensors.toml"));
        };
        let time = utc::read(&at, "time", &raw.time)?;
        let received = utc::read(&at, "received", &raw.received)?;
        let measurement = if is_radar { radar(&at, &raw)? } else { infrared(&at, &raw)? };
        Ok(Received { received, value: Plot { sensor, time, measurement } })
    }
}

fn radar(at: &Line, raw: &Raw) -> Result<Measurement, InputError> {
    if raw.line_of_sight.is_some() {
        return Err(at.value("line_of_sight", "present", "absent in the plot of a radar"));
    }
    let range_m = raw.range_m.ok_or_else(|| at.missing("range_m", "slant range in metres"))?;
    if !(range_m > 0.0 && range_m <= RANGE_LARGEST_M) {
        return Err(at.value("range_m", range_m, format!("above 0, at most {RANGE_LARGEST_M}")));
    }
    let azimuth_deg = raw
        .azimuth_deg
        .ok_or_else(|| at.missing("azimuth_deg", "degrees clockwise from true north, from 0 to below 360"))?;
    if !(0.0..360.0).contains(&azimuth_deg) {
        return Err(at.value("azimuth_deg", azimuth_deg, "from 0 to below 360"));
    }
    let elevation_deg = raw.elevation_deg.ok_or_else(|| at.missing("elevation_deg", "-90 to 90"))?;
    at.in_range("elevation_deg", elevation_deg, -90.0, 90.0)?;
    if let Some(range_rate_mps) = raw.range_rate_mps {
        at.in_range("range_rate_mps", range_rate_mps, -RANGE_RATE_LARGEST_MPS, RANGE_RATE_LARGEST_MPS)?;
    }
    Ok(Measurement::Radar {
        range_m,
        azimuth_rad: azimuth_deg.to_radians(),
        elevation_rad: elevation_deg.to_radians(),
        range_rate_mps: raw.range_rate_mps,
    })
}

fn infrared(at: &Line, raw: &Raw) -> Result<Measurement, InputError> {
    let radar_fields = [
        ("range_m", raw.range_m),
        ("azimuth_deg", raw.azimuth_deg),
        ("elevation_deg", raw.elevation_deg),
        ("range_rate_mps", raw.range_rate_mps),
    ];
    if let Some((name, Some(value))) = radar_fields.iter().find(|(_, value)| value.is_some()) {
        return Err(at.value(name, value, "absent in the plot of an infrared sensor"));
    }
    let direction = raw.line_of_sight.ok_or_else(|| at.missing("line_of_sight", "unit vector, ECEF axes"))?;
    let vector = Vector3::from(direction);
    let length = vector.norm();
    // Also refuses what is not a number.
    if !(1.0 - UNIT_TOLERANCE..=1.0 + UNIT_TOLERANCE).contains(&length) {
        let allowed = format!("a vector of length 1, to {UNIT_TOLERANCE}");
        return Err(at.value("line_of_sight", format!("{direction:?} of length {length}"), allowed));
    }
    Ok(Measurement::Infrared { line_of_sight: vector / length })
}

#[cfg(test)]
mod tests {
    use super::*;
    use downrange_earth::{Geodetic, Site};
    use downrange_engine::plot::RadarCoverage;

    fn reader() -> PlotReader {
        let sensor = |id: &str, kind| Sensor {
            id: id.into(),
            site: Site::new(Geodetic::from_degrees(38.0, 128.0, 0.0)),
            period_s: 1.0,
            detection_probability: 0.9,
            clutter_per_scan: 1.0,
            kind,
            path: None,
        };
        let coverage = RadarCoverage {
            range_min_m: 1.0,
            range_max_m: 1e6,
            azimuth_from_rad: 0.0,
            azimuth_to_rad: 6.0,
            elevation_min_rad: 0.0,
            elevation_max_rad: 1.0,
        };
        PlotReader::new(&[
            sensor(
                "radar",
                SensorKind::Radar {
                    range_sigma_m: 1.0,
                    azimuth_sigma_rad: 1e-3,
                    elevation_sigma_rad: 1e-3,
                    range_rate_sigma_mps: None,
                    coverage,
                },
            ),
            sensor(
                "eye",
                SensorKind::Infrared {
                    angle_sigma_rad: 1e-6,
                    centre: Geodetic::from_degrees(39.0, 128.0, 0.0),
                    radius_m: 1e6,
                },
            ),
        ])
    }

    const RADAR: &str = r#"{"sensor":"radar","time":"2022-01-14T05:41:10.274601Z","received":"2022-01-14T05:41:10.384036Z","range_m":492534.9,"azimuth_deg":315.71,"elevation_deg":4.81,"range_rate_mps":-216.9,"remark":"new"}"#;
    const EYE: &str = r#"{"sensor":"eye","time":"2022-01-14T05:41:10.162525Z","received":"2022-01-14T05:41:10.421714Z","line_of_sight":[0.286008,-0.953507,0.094991]}"#;

    #[test]
    fn both_kinds_of_plot_are_read() {
        let plot = reader().parse_line(RADAR, 1, "plots.jsonl").unwrap().value;
        assert_eq!(plot.sensor, SensorIndex(0));
        assert_eq!(
            plot.measurement,
            Measurement::Radar {
                range_m: 492534.9,
                azimuth_rad: 315.71f64.to_radians(),
                elevation_rad: 4.81f64.to_radians(),
                range_rate_mps: Some(-216.9)
            }
        );
        let plot = reader().parse_line(EYE, 1, "plots.jsonl").unwrap().value;
        let Measurement::Infrared { line_of_sight } = plot.measurement else { panic!("infrared") };
        assert!((line_of_sight.norm() - 1.0).abs() < 1e-15);
        assert!((line_of_sight.x - 0.286008).abs() < 1e-6);
    }

    #[test]
    fn bad_plots_are_refused_with_the_field_to_blame() {
        for (line, from, to, field) in [
            (RADAR, "\"radar\"", "\"radar-9\"", "sensor"),
            (RADAR, "\"sensor\":\"radar\",", "", "sensor"),
            (RADAR, "315.71", "400", "azimuth_deg"),
            (RADAR, "315.71", "360", "azimuth_deg"),
            (RADAR, "315.71", "-0.1", "azimuth_deg"),
            (RADAR, "315.71", "NaN", "azimuth_deg"),
            (RADAR, "315.71", "1e999", "azimuth_deg"),
            (RADAR, "315.71", "\"west\"", "azimuth_deg"),
            (RADAR, "315.71", "null", "azimuth_deg"),
            (RADAR, "4.81", "90.5", "elevation_deg"),
            (RADAR, "4.81", "Infinity", "elevation_deg"),
            (RADAR, "492534.9", "-1", "range_m"),
            (RADAR, "492534.9", "0", "range_m"),
            (RADAR, "492534.9", "1e300", "range_m"),
            (RADAR, "-216.9", "-90000", "range_rate_mps"),
            (RADAR, "\"azimuth_deg\":315.71,", "", "azimuth_deg"),
            (RADAR, "\"range_m\":492534.9,", "", "range_m"),
            (RADAR, "2022-01-14T05:41:10.274601Z", "2022-01-32T05:41:10Z", "time"),
            (RADAR, "2022-01-14T05:41:10.274601Z", "2022-01-14 05:41", "time"),
            (RADAR, "2022-01-14T05:41:10.384036Z", "yesterday", "received"),
            (RADAR, "\"received\":\"2022-01-14T05:41:10.384036Z\",", "", "received"),
            (RADAR, "\"remark\":\"new\"", "\"line_of_sight\":[1,0,0]", "line_of_sight"),
            (RADAR, "\"sensor\":\"radar\"", "\"sensor\":\"eye\"", "range_m"),
            (EYE, "\"sensor\":\"eye\"", "\"sensor\":\"radar\"", "line_of_sight"),
            (EYE, "0.286008", "0.5", "line_of_sight"),
            (EYE, "[0.286008,-0.953507,0.094991]", "[0,0,0]", "line_of_sight"),
            (EYE, "[0.286008,-0.953507,0.094991]", "[1,0]", "line_of_sight"),
            (EYE, ",\"line_of_sight\":[0.286008,-0.953507,0.094991]", "", "line_of_sight"),
        ] {
            assert!(line.contains(from), "{from}");
            let error = reader().parse_line(&line.replace(from, to), 12, "plots.jsonl").unwrap_err();
            assert_eq!(error.field(), Some(field), "{from} -> {to}: {error}");
            assert!(error.to_string().starts_with("plots.jsonl:12: "), "{error}");
        }
    }

    #[test]
    fn bad_truncated_empty_and_foreign_lines_are_errors_at_every_length() {
        for end in 0..RADAR.len() {
            assert!(reader().parse_line(&RADAR[..end], 1, "plots.jsonl").is_err());
        }
        for text in ["", "null", "[]", "{}", "3", "\u{0}", "!AIVDM", "{\"sensor\":{}}", "é{\"sensor\":é}"] {
            assert!(reader().parse_line(text, 1, "plots.jsonl").is_err(), "{text}");
        }
    }
}
