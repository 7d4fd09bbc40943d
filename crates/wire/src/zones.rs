//! `zones.geojson`: districts that can be warned.

use crate::geojson;
use crate::input::{InputError, Line};
use downrange_engine::policy::Zone;
use serde_json::Value;
use std::collections::BTreeSet;

/// Reads a GeoJSON `FeatureCollection` of `Polygon` and `MultiPolygon` features. The identifier is the feature's `id` or
/// its property `id`, text or number; the name is the property `name` (without one, the identifier). Unknown properties
/// are accepted.
///
/// # Errors
/// The first feature that is wrong, by its position in the list (`features[3].geometry.coordinates[0][2]`).
///
/// ```
/// let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","id":7,
///   "properties":{"name":"Aomori","population":1204392},
///   "geometry":{"type":"Polygon","coordinates":[[[140,40],[141,40],[141,41],[140,40]]]}}]}"#;
/// let zones = downrange_wire::zones::read(text, "zones.geojson").unwrap();
/// assert_eq!((zones[0].id.as_str(), zones[0].population), ("7", Some(1_204_392)));
/// ```
pub fn read(text: &str, file: &str) -> Result<Vec<Zone>, InputError> {
    let document: Value = serde_json::from_str(text).map_err(|error| {
        let at = Line { file, line: error.line().max(1) as u64 };
        at.syntax(format!("not JSON: {error}"))
    })?;
    // JSON values carry no line: complaints name the feature instead.
    let at = Line { file, line: 1 };
    if document.get("type").and_then(Value::as_str) != Some("FeatureCollection") {
        return Err(at.value("type", document.get("type").unwrap_or(&Value::Null), "FeatureCollection"));
    }
    let features = document.get("features").and_then(Value::as_array);
    let features = features.ok_or_else(|| at.missing("features", "an array of features"))?;
    let mut ids = BTreeSet::new();
    let mut zones = Vec::new();
    for (index, feature) in features.iter().enumerate() {
        let zone = zone(&at, &format!("features[{index}]"), feature)?;
        if !ids.insert(zone.id.clone()) {
            return Err(at.value(
                &format!("features[{index}].id"),
                &zone.id,
                "an identifier that no other feature has",
            ));
        }
        zones.push(zone);
    }
    Ok(zones)
}

fn zone(at: &Line, field: &str, feature: &Value) -> Result<Zone, InputError> {
    let nothing = Value::Null;
    let properties = feature.get("properties").unwrap_or(&nothing);
    let id_field = format!("{field}.id");
    let id = feature.get("id").or_else(|| properties.get("id"));
    let id = match id {
        Some(Value::String(id)) if !id.trim().is_empty() => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        Some(other) => return Err(at.value(&id_field, other, "a text that is not empty, or a number")),
        None => return Err(at.missing(&id_field, "a text or number")),
    };
    let name = match properties.get("name") {
        Some(Value::String(name)) => name.clone(),
        None | Some(Value::Null) => id.clone(),
        Some(other) => return Err(at.value(&format!("{field}.properties.name"), other, "a text")),
    };
    let population_field = format!("{field}.properties.population");
    let population = match properties.get("population") {
        None | Some(Value::Null) => None,
        Some(people) => {
            Some(people.as_u64().ok_or_else(|| at.value(&population_field, people, "a whole number from 0 on"))?)
        }
    };
    let geometry_field = format!("{field}.geometry");
    let geometry = feature.get("geometry").ok_or_else(|| at.missing(&geometry_field, "Polygon or MultiPolygon"))?;
    Ok(Zone { id, name, population, polygons: geojson::polygons(at, &geometry_field, geometry)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONES: &str = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","id":"JA18","properties":{"id":"JA18","name":"Kagoshima","country":"JP"},"geometry":
          {"type":"MultiPolygon","coordinates":[[[[129.5,29.4],[129.6,29.4],[129.6,29.5],[129.5,29.4]]],[[[130,30],[131,30],[131,31],[130,30]]]]}},
        {"type":"Feature","properties":{"id":7},"geometry":
          {"type":"Polygon","coordinates":[[[129.5,29.4,12.0],[129.6,29.4],[129.6,29.5],[129.5,29.4,12.0]]]}}]}"#;

    #[test]
    fn polygons_and_multipolygons_are_read() {
        let zones = read(ZONES, "zones.geojson").unwrap();
        assert_eq!(zones.len(), 2);
        assert_eq!((zones[0].name.as_str(), zones[0].polygons.len()), ("Kagoshima", 2));
        assert_eq!(zones[0].polygons[1][0][2].latitude_rad, 31f64.to_radians());
        assert_eq!((zones[1].id.as_str(), zones[1].name.as_str()), ("7", "7"));
    }

    #[test]
    fn bad_zones_are_refused_with_the_place_in_the_document() {
        for (from, to, field) in [
            ("FeatureCollection", "Feature", Some("type")),
            ("[130,30],[131,30]", "[130,30],[131,99]", Some("features[0].geometry.coordinates[1][0][1]")),
            (
                "[130,30],[131,30],[131,31],[130,30]",
                "[130,30],[131,30],[131,31],[130,31]",
                Some("features[0].geometry.coordinates[1][0]"),
            ),
            ("[131,31],", "", Some("features[0].geometry.coordinates[1][0]")),
            ("[130,30]", "[\"x\",30]", Some("features[0].geometry.coordinates[1][0][0]")),
            ("\"Polygon\"", "\"Point\"", Some("features[1].geometry.type")),
            ("\"properties\":{\"id\":7}", "\"properties\":{}", Some("features[1].id")),
            ("\"id\":7", "\"id\":\"JA18\"", Some("features[1].id")),
            ("\"country\":\"JP\"", "\"population\":-1", Some("features[0].properties.population")),
            ("\"name\":\"Kagoshima\"", "\"name\":3", Some("features[0].properties.name")),
            ("]}}]}", "", None),
        ] {
            assert!(ZONES.contains(from), "{from}");
            let error = read(&ZONES.replacen(from, to, 1), "zones.geojson").unwrap_err();
            assert_eq!(error.field(), field, "{from} -> {to}: {error}");
        }
        for text in ["", "[]", "null", "{\"type\":\"FeatureCollection\"}"] {
            assert!(read(text, "zones.geojson").is_err(), "{text}");
        }
    }
}
