//! Sensors, their faults and the delays, read from a scenario.

use super::error::ScenarioError;
use super::fields::{Field, Fields};
use crate::sensor::{Delay, Fault, Sensor, SensorKind};
use downrange_earth::Geodetic;

/// A place: `{ latitude_deg, longitude_deg }`, with a height where one is asked for.
pub(super) fn place(field: Field, height: bool) -> Result<Geodetic, ScenarioError> {
    let mut fields = field.table()?;
    let latitude_deg = fields.number("latitude_deg", -90.0..=90.0)?;
    let longitude_deg = fields.number("longitude_deg", -180.0..=360.0)?;
    let height_m = if height { fields.number("height_m", -500.0..=4.5e7)? } else { 0.0 };
    fields.finish()?;
    Ok(Geodetic::from_degrees(latitude_deg, longitude_deg, height_m))
}

/// All sensors; their names must differ.
pub(crate) fn sensors(tables: Vec<Fields>) -> Result<Vec<Sensor>, ScenarioError> {
    let mut sensors: Vec<Sensor> = Vec::new();
    for mut fields in tables {
        let id = fields.required("id")?;
        if id.text()?.is_empty() || sensors.iter().any(|s| Ok(s.id.as_str()) == id.text()) {
            return Err(id.bad("a name that no other sensor has"));
        }
        sensors.push(sensor(id.text()?.to_string(), fields)?);
    }
    Ok(sensors)
}

fn sensor(id: String, mut fields: Fields) -> Result<Sensor, ScenarioError> {
    let kind = fields.required("kind")?;
    let noise = fields.required("noise")?.table()?;
    let coverage = fields.required("coverage")?.table()?;
    let sensor = Sensor {
        id,
        position: place(fields.required("position")?, true)?,
        period_s: fields.number("period_s", 0.05..=600.0)?,
        detection_probability: fields.number("detection_probability", 0.0..=1.0)?,
        clutter_per_scan: fields.number("clutter_per_scan", 0.0..=10_000.0)?,
        kind: match kind.text()? {
            "radar" => radar(noise, coverage)?,
            "infrared" => infrared(noise, coverage)?,
            _ => return Err(kind.bad("radar or infrared")),
        },
        path: fields.optional("path").map(|f| f.text().map(str::to_string)).transpose()?,
        fault: fields.optional("fault").map_or(Ok(Fault::default()), |f| fault(f.table()?))?,
    };
    fields.finish()?;
    Ok(sensor)
}

fn radar(mut noise: Fields, mut coverage: Fields) -> Result<SensorKind, ScenarioError> {
    let kind = SensorKind::Radar {
        range_m: noise.number("range_m", 0.001..=1e5)?,
        azimuth_deg: noise.number("azimuth_deg", 1e-6..=20.0)?,
        elevation_deg: noise.number("elevation_deg", 1e-6..=20.0)?,
        range_rate_mps: noise.optional("range_rate_mps").map(|f| f.number(0.001..=1e4)).transpose()?,
        ranges_m: coverage.required("range_m")?.interval(0.0..=1e8)?,
        azimuths_deg: coverage.required("azimuth_deg")?.numbers(0.0..=360.0)?,
        elevations_deg: coverage.required("elevation_deg")?.interval(-10.0..=90.0)?,
    };
    noise.finish()?;
    coverage.finish()?;
    Ok(kind)
}

fn infrared(mut noise: Fields, mut coverage: Fields) -> Result<SensorKind, ScenarioError> {
    let kind = SensorKind::Infrared {
        angle_urad: noise.number("angle_urad", 0.01..=1e5)?,
        centre: place(coverage.required("centre")?, false)?,
        radius_m: coverage.number("radius_m", 1e3..=1e7)?,
    };
    noise.finish()?;
    coverage.finish()?;
    Ok(kind)
}

pub(crate) fn fault(mut fields: Fields) -> Result<Fault, ScenarioError> {
    let none = Fault::default();
    let mut outages_s = Vec::new();
    if let Some(field) = fields.optional("outages_s") {
        for window in field.items()? {
            outages_s.push(window.interval(0.0..=86_400.0)?);
        }
    }
    let fault = Fault {
        range_bias_m: fields.number_or("range_bias_m", -1e5..=1e5, 0.0)?,
        azimuth_bias_deg: fields.number_or("azimuth_bias_deg", -180.0..=180.0, 0.0)?,
        elevation_bias_deg: fields.number_or("elevation_bias_deg", -20.0..=20.0, 0.0)?,
        time_bias_s: fields.number_or("time_bias_s", -3_600.0..=3_600.0, 0.0)?,
        outages_s,
        extra_delay_s: fields.number_or("extra_delay_s", 0.0..=600.0, 0.0)?,
        clutter_factor: fields.number_or("clutter_factor", 0.0..=1_000.0, 1.0)?,
        ghost_probability: fields.number_or("ghost_probability", 0.0..=1.0, 0.0)?,
        ghost_range_m: fields.number_or("ghost_range_m", 0.0..=1e6, none.ghost_range_m)?,
        range_ratio: fields.number_or("range_ratio", 0.01..=100.0, 1.0)?,
        stuck_azimuth_deg: fields.optional("stuck_azimuth_deg").map(|f| f.number(0.0..=360.0)).transpose()?,
        copies_count: fields.optional("copies").map_or(Ok(0), |f| f.count(0..=5))?,
    };
    fields.finish()?;
    Ok(fault)
}

/// The delays of plots.
pub(super) fn delay(mut fields: Fields) -> Result<Delay, ScenarioError> {
    let plain = Delay::default();
    let delay = Delay {
        median_s: fields.number_or("median_s", 0.0..=60.0, plain.median_s)?,
        log_sigma_ratio: fields.number_or("log_sigma", 0.0..=3.0, plain.log_sigma_ratio)?,
        tail_probability: fields.number_or("tail_probability", 0.0..=1.0, plain.tail_probability)?,
        tail_s: fields.number_or("tail_s", 0.0..=120.0, plain.tail_s)?,
    };
    fields.finish()?;
    Ok(delay)
}
