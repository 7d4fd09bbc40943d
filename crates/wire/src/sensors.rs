//! `sensors.toml`: who is watching, and how well.

use crate::input::InputError;
use crate::settings::{Document, Section};
use downrange_earth::{Geodetic, Site};
use downrange_engine::plot::{RadarCoverage, Sensor, SensorKind};
use std::collections::BTreeSet;

/// A radar that sees farther than this, or a watched circle that is larger, is a mistake in a unit.
const RANGE_LARGEST_M: f64 = 1e8;
/// The engine counts sensors in 16 bits.
const SENSORS_MOST: usize = u16::MAX as usize;

/// Reads `sensors.toml`. The order of the list is the order of the file; [`downrange_engine::plot::SensorIndex`] points
/// into it. Unknown fields are accepted.
///
/// # Errors
/// The first field that is missing or holds what it must not, with its line.
///
/// ```
/// let text = r#"
/// [[sensor]]
/// id = "infrared-110e"
/// kind = "infrared"
/// position = { latitude_deg = 0.0, longitude_deg = 110.0, height_m = 35786000.0 }
/// period_s = 2.0
/// detection_probability = 0.95
/// clutter_per_scan = 0.5
/// noise = { angle_urad = 25.0 }
/// coverage = { centre = { latitude_deg = 39.5, longitude_deg = 128.0 }, radius_m = 1500000.0 }
/// "#;
/// let sensors = downrange_wire::sensors::read(text, "sensors.toml").unwrap();
/// assert_eq!(sensors[0].id, "infrared-110e");
///
/// let error = downrange_wire::sensors::read(&text.replace("0.95", "1.5"), "sensors.toml").unwrap_err();
/// assert_eq!(error.place().line, 7);
/// ```
pub fn read(text: &str, file: &str) -> Result<Vec<Sensor>, InputError> {
    let document = Document::read(text, file)?;
    let tables = document.root().need("sensor", "one or more [[sensor]] tables")?;
    let mut sensors = Vec::new();
    let mut ids = BTreeSet::new();
    for table in tables.elements()? {
        let section = table.section()?;
        let sensor = sensor(&section)?;
        if !ids.insert(sensor.id.clone()) {
            return Err(section.need("id", "a name")?.refuse("a name that no other sensor has"));
        }
        sensors.push(sensor);
    }
    if sensors.is_empty() || sensors.len() > SENSORS_MOST {
        return Err(tables.refuse(format!("1 to {SENSORS_MOST} [[sensor]] tables")));
    }
    Ok(sensors)
}

fn sensor(section: &Section) -> Result<Sensor, InputError> {
    let id = section.need("id", "a name, different for every sensor")?.text()?.to_string();
    let kind = section.need("kind", "\"radar\" or \"infrared\"")?;
    let position = section.section("position")?;
    let height = position.need("height_m", "height above the ellipsoid in metres")?;
    let place = geodetic(&position, height.number(-12_000.0, RANGE_LARGEST_M)?)?;
    let period_s = section.need("period_s", "seconds above 0")?.positive()?;
    let detection = section.need("detection_probability", "above 0, at most 1")?;
    let detection_probability = match detection.number(0.0, 1.0) {
        Ok(probability) if probability > 0.0 => probability,
        _ => return Err(detection.refuse("above 0, at most 1")),
    };
    let clutter_per_scan = section
        .need("clutter_per_scan", "mean number of false plots per look, from 0 on")?
        .number(0.0, f64::INFINITY)?;
    let kind = match kind.text()? {
        "radar" => radar(section)?,
        "infrared" => infrared(section)?,
        _ => return Err(kind.refuse("\"radar\" or \"infrared\"")),
    };
    let path = section.get("path").map(|field| field.text().map(str::to_string)).transpose()?;
    Ok(Sensor { id, site: Site::new(place), period_s, detection_probability, clutter_per_scan, kind, path })
}

fn geodetic(section: &Section, height_m: f64) -> Result<Geodetic, InputError> {
    let latitude_deg = section.need("latitude_deg", "-90 to 90")?.number(-90.0, 90.0)?;
    let longitude_deg = section.need("longitude_deg", "-180 to 180")?.number(-180.0, 180.0)?;
    Ok(Geodetic::from_degrees(latitude_deg, longitude_deg, height_m))
}

fn radar(section: &Section) -> Result<SensorKind, InputError> {
    let noise = section.section("noise")?;
    let sigma = |name| noise.need(name, "one sigma, above 0")?.positive();
    let coverage = section.section("coverage")?;
    Ok(SensorKind::Radar {
        range_sigma_m: sigma("range_m")?,
        azimuth_sigma_rad: sigma("azimuth_deg")?.to_radians(),
        elevation_sigma_rad: sigma("elevation_deg")?.to_radians(),
        range_rate_sigma_mps: noise.get("range_rate_mps").map(|field| field.positive()).transpose()?,
        coverage: radar_coverage(&coverage)?,
    })
}

fn radar_coverage(coverage: &Section) -> Result<RadarCoverage, InputError> {
    // The azimuth sector runs clockwise and may pass north, so its ends have no order; the others do.
    let ordered = |name: &str, low, high, allowed: &str| {
        let field = coverage.need(name, allowed)?;
        let [from, to] = field.pair(low, high)?;
        if from < to { Ok([from, to]) } else { Err(field.refuse(allowed)) }
    };
    let [range_min_m, range_max_m] =
        ordered("range_m", 0.0, RANGE_LARGEST_M, "[nearest, farthest] in metres, nearest first")?;
    let [elevation_min_deg, elevation_max_deg] =
        ordered("elevation_deg", -90.0, 90.0, "[lowest, highest] within -90 to 90, lowest first")?;
    let azimuth = coverage.need("azimuth_deg", "[first, last], clockwise from true north, each 0 to 360")?;
    let [azimuth_from_deg, azimuth_to_deg] = azimuth.pair(0.0, 360.0)?;
    if azimuth_from_deg == azimuth_to_deg {
        return Err(azimuth.refuse("a sector that is not empty; all round is [0, 360]"));
    }
    Ok(RadarCoverage {
        range_min_m,
        range_max_m,
        azimuth_from_rad: azimuth_from_deg.to_radians(),
        azimuth_to_rad: azimuth_to_deg.to_radians(),
        elevation_min_rad: elevation_min_deg.to_radians(),
        elevation_max_rad: elevation_max_deg.to_radians(),
    })
}

fn infrared(section: &Section) -> Result<SensorKind, InputError> {
    const RAD_PER_URAD: f64 = 1e-6;
    let noise = section.section("noise")?;
    let coverage = section.section("coverage")?;
    let radius = coverage.need("radius_m", "metres above 0")?;
    radius.number(0.0, RANGE_LARGEST_M)?;
    Ok(SensorKind::Infrared {
        angle_sigma_rad: noise.need("angle_urad", "one sigma in microradians, above 0")?.positive()? * RAD_PER_URAD,
        centre: geodetic(&coverage.section("centre")?, 0.0)?,
        radius_m: radius.positive()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RADAR: &str = r#"
[[sensor]]
id = "radar-east-coast"
kind = "radar"
position = { latitude_deg = 38.20, longitude_deg = 128.55, height_m = 350.0 }
period_s = 1.0
detection_probability = 0.9
clutter_per_scan = 3.0
noise = { range_m = 40.0, azimuth_deg = 0.08, elevation_deg = 0.10, range_rate_mps = 2.0 }
coverage = { range_m = [2000.0, 900000.0], azimuth_deg = [300, 130], elevation_deg = [0.1, 85] }
path = "link-7"
colour = "green"
"#;

    fn complaint(from: &str, to: &str) -> String {
        assert!(RADAR.contains(from), "{from}");
        read(&RADAR.replace(from, to), "sensors.toml").unwrap_err().to_string()
    }

    #[test]
    fn a_radar_is_read_with_unknown_fields_and_a_sector_past_north() {
        let sensors = read(RADAR, "sensors.toml").unwrap();
        let SensorKind::Radar { coverage, azimuth_sigma_rad, range_rate_sigma_mps, .. } = sensors[0].kind else {
            panic!("a radar")
        };
        assert_eq!(coverage.azimuth_from_rad, 300f64.to_radians());
        assert_eq!(coverage.azimuth_to_rad, 130f64.to_radians());
        assert_eq!(azimuth_sigma_rad, 0.08f64.to_radians());
        assert_eq!(range_rate_sigma_mps, Some(2.0));
        assert_eq!(sensors[0].path.as_deref(), Some("link-7"));
    }

    #[test]
    fn bad_every_field_of_a_radar_is_needed() {
        for field in
            ["id", "kind", "position", "period_s", "detection_probability", "clutter_per_scan", "noise", "coverage"]
        {
            let without: String =
                RADAR.lines().filter(|line| !line.starts_with(field)).map(|line| format!("{line}\n")).collect();
            let error = read(&without, "sensors.toml").unwrap_err();
            assert!(matches!(error, InputError::Missing { .. }), "{error}");
            assert_eq!(error.field(), Some(format!("sensor[0].{field}").as_str()));
            assert_eq!(error.place().line, 2, "{error}");
        }
        for (field, from) in [("noise.range_m", "range_m = 40.0, "), ("position.height_m", ", height_m = 350.0")] {
            let error = read(&RADAR.replace(from, ""), "sensors.toml").unwrap_err();
            assert_eq!(error.field(), Some(format!("sensor[0].{field}").as_str()));
        }
    }

    #[test]
    fn bad_values_are_refused_with_line_field_value_and_allowed() {
        assert_eq!(
            complaint("latitude_deg = 38.20", "latitude_deg = 91"),
            "sensors.toml:5: field `sensor[0].position.latitude_deg` is 91; allowed: a number from -90 to 90"
        );
        for (from, to, line) in [
            ("\"radar\"", "\"sonar\"", 4),
            ("period_s = 1.0", "period_s = 0", 6),
            ("period_s = 1.0", "period_s = nan", 6),
            ("period_s = 1.0", "period_s = inf", 6),
            ("period_s = 1.0", "period_s = \"fast\"", 6),
            ("detection_probability = 0.9", "detection_probability = 0.0", 7),
            ("detection_probability = 0.9", "detection_probability = 1.01", 7),
            ("clutter_per_scan = 3.0", "clutter_per_scan = -1", 8),
            ("range_m = 40.0", "range_m = -40.0", 9),
            ("range_rate_mps = 2.0", "range_rate_mps = 0.0", 9),
            ("[300, 130]", "[300, 400]", 10),
            ("[300, 130]", "[300, 300]", 10),
            ("[300, 130]", "[300]", 10),
            ("[2000.0, 900000.0]", "[900000.0, 2000.0]", 10),
            ("[0.1, 85]", "[0.1, 95]", 10),
            ("\"radar-east-coast\"", "\"\"", 3),
            ("path = \"link-7\"", "path = 7", 11),
        ] {
            let text = complaint(from, to);
            assert!(text.starts_with(&format!("sensors.toml:{line}: field ")), "{from} -> {to}: {text}");
            assert!(text.contains("allowed: "), "{text}");
        }
    }

    #[test]
    fn bad_two_sensors_of_one_name_no_sensor_and_no_toml() {
        let error = read(&format!("{RADAR}{RADAR}"), "sensors.toml").unwrap_err();
        assert_eq!((error.place().line, error.field()), (15, Some("sensor[1].id")));
        assert!(matches!(read("", "sensors.toml").unwrap_err(), InputError::Missing { .. }));
        assert!(read("sensor = []", "sensors.toml").is_err());
        assert!(read("sensor = 3", "sensors.toml").is_err());
        assert_eq!(read("[[sensor]]\nid = ", "sensors.toml").unwrap_err().place().line, 2);
    }
}
