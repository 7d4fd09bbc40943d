//! GeoJSON polygons (RFC 7946) to and from engine rings.

use crate::input::{InputError, Line};
use downrange_engine::policy::Rings;
use downrange_engine::traffic::SurfacePosition;
use serde_json::Value;

const POSITION: &str = "[longitude -180 to 180, latitude -90 to 90]";

/// The polygons of a `Polygon` or `MultiPolygon`; `field` names the geometry in errors.
pub(crate) fn polygons(at: &Line, field: &str, geometry: &Value) -> Result<Vec<Rings>, InputError> {
    let field_type = format!("{field}.type");
    let kind = geometry.get("type").ok_or_else(|| at.missing(&field_type, "Polygon or MultiPolygon"))?;
    let field = format!("{field}.coordinates");
    let coordinates = geometry.get("coordinates").ok_or_else(|| at.missing(&field, "an array of rings"))?;
    match kind.as_str() {
        Some("Polygon") => Ok(vec![rings(at, &field, coordinates)?]),
        Some("MultiPolygon") => each(at, &field, coordinates, "an array of polygons", rings),
        _ => Err(at.value(&field_type, kind, "Polygon or MultiPolygon")),
    }
}

fn rings(at: &Line, field: &str, value: &Value) -> Result<Rings, InputError> {
    each(at, field, value, "an array of rings, the outer ring first", ring)
}

fn ring(at: &Line, field: &str, value: &Value) -> Result<Vec<SurfacePosition>, InputError> {
    let ring = each(at, field, value, "an array of positions", position)?;
    if ring.len() < 4 {
        return Err(at.value(
            field,
            format!("{} positions", ring.len()),
            "at least 4 positions, the last equal to the first",
        ));
    }
    if ring.first() != ring.last() {
        return Err(at.value(field, "an open ring", "a ring whose last position is equal to its first"));
    }
    Ok(ring)
}

fn position(at: &Line, field: &str, value: &Value) -> Result<SurfacePosition, InputError> {
    // A third number (height) may follow.
    let numbers =
        value.as_array().map(|array| (array.first().and_then(Value::as_f64), array.get(1).and_then(Value::as_f64)));
    match numbers {
        Some((Some(longitude_deg), Some(latitude_deg)))
            if longitude_deg.abs() <= 180.0 && latitude_deg.abs() <= 90.0 =>
        {
            Ok(SurfacePosition { latitude_rad: latitude_deg.to_radians(), longitude_rad: longitude_deg.to_radians() })
        }
        _ => Err(at.value(field, value, POSITION)),
    }
}

/// Reads every element of a non-empty array, each under its own name.
fn each<T>(
    at: &Line,
    field: &str,
    value: &Value,
    allowed: &str,
    read: impl Fn(&Line, &str, &Value) -> Result<T, InputError>,
) -> Result<Vec<T>, InputError> {
    match value.as_array() {
        Some(array) if !array.is_empty() => {
            array.iter().enumerate().map(|(index, element)| read(at, &format!("{field}[{index}]"), element)).collect()
        }
        _ => Err(at.value(field, value, format!("{allowed}, not empty"))),
    }
}
