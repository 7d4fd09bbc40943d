//! Provinces by which a launch place is named: first-level regions of East Asia, built in.

use downrange_engine::policy::{Region, Rings};
use downrange_engine::traffic::SurfacePosition;
use serde::Deserialize;
use serde_json::json;

/// Made by `fixtures/geo/make.py` from Natural Earth 1:10m (public domain); its head describes the format.
const PROVINCES: &str = include_str!("../../../fixtures/geo/provinces.json");
/// Coordinates are whole thousandths of a degree.
const UNITS_PER_DEG: f64 = 1_000.0;

#[derive(Deserialize)]
struct Document {
    regions: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    local: Option<String>,
    country: String,
    polygons: Vec<Vec<Vec<i32>>>,
}

/// Provinces of North and South Korea, Japan, China, Taiwan, Mongolia, Siberia and the Russian Far East, with English and
/// (where known) local names. Borders are simplified: they may be off by about 1.3 km.
///
/// ```
/// let regions = downrange_wire::regions::east_asia();
/// let region = regions.iter().find(|region| region.name == "North Pyongan").unwrap();
/// assert_eq!((region.country.as_str(), region.name_local.as_deref()), ("KP", Some("평안북도")));
/// ```
pub fn east_asia() -> Vec<Region> {
    let document: Document = serde_json::from_str(PROVINCES).expect("the built-in provinces are JSON (tested)");
    document.regions.into_iter().map(region).collect()
}

/// The same provinces as the text of a `zones.geojson`: districts that can be warned where nobody has brought finer ones. The
/// identifier is country and name, since two countries may share a name.
///
/// ```
/// use downrange_wire::{regions, zones};
/// let zones = zones::read(&regions::as_zones_text(), "zones.geojson").unwrap();
/// assert_eq!(zones.len(), regions::east_asia().len());
/// assert!(zones.iter().any(|zone| zone.id == "JP-Akita" && zone.name == "Akita"));
/// ```
pub fn as_zones_text() -> String {
    let features = east_asia().into_iter().map(|region| {
        let corner = |p: &SurfacePosition| [whole_units_deg(p.longitude_rad), whole_units_deg(p.latitude_rad)];
        let ring = |ring: &Vec<SurfacePosition>| ring.iter().map(corner).collect::<Vec<_>>();
        let polygon = |rings: &Rings| rings.iter().map(ring).collect::<Vec<_>>();
        json!({
            "type": "Feature",
            "id": format!("{}-{}", region.country, region.name),
            "properties": {"name": region.name, "country": region.country},
            "geometry": {
                "type": "MultiPolygon",
                "coordinates": region.polygons.iter().map(polygon).collect::<Vec<_>>(),
            },
        })
    });
    json!({"type": "FeatureCollection", "features": features.collect::<Vec<_>>()}).to_string()
}

/// An angle as the file has it: a whole number of thousandths of a degree.
fn whole_units_deg(angle_rad: f64) -> f64 {
    libm::round(angle_rad.to_degrees() * UNITS_PER_DEG) / UNITS_PER_DEG
}

fn region(entry: Entry) -> Region {
    let polygon = |rings: &Vec<Vec<i32>>| -> Rings { rings.iter().map(|flat| ring(flat)).collect() };
    Region {
        name: entry.name,
        name_local: entry.local,
        country: entry.country,
        polygons: entry.polygons.iter().map(polygon).collect(),
    }
}

/// Sums up the differences and closes the ring.
fn ring(flat: &[i32]) -> Vec<SurfacePosition> {
    let (mut longitude, mut latitude) = (0, 0);
    let corner = |pair: &[i32]| {
        longitude += pair[0];
        latitude += pair[1];
        SurfacePosition {
            latitude_rad: (f64::from(latitude) / UNITS_PER_DEG).to_radians(),
            longitude_rad: (f64::from(longitude) / UNITS_PER_DEG).to_radians(),
        }
    };
    let mut ring: Vec<SurfacePosition> = flat.chunks_exact(2).map(corner).collect();
    ring.extend(ring.first().copied());
    ring
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name of the province around a place, by counting crossings of a line to the east.
    fn province(latitude_deg: f64, longitude_deg: f64) -> Vec<String> {
        let (lat, lon) = (latitude_deg.to_radians(), longitude_deg.to_radians());
        let inside = |rings: &Rings| {
            let crossings = rings.iter().flat_map(|ring| ring.windows(2)).filter(|edge| {
                let (a, b) = (edge[0], edge[1]);
                (a.latitude_rad > lat) != (b.latitude_rad > lat)
                    && lon
                        < a.longitude_rad
                            + (lat - a.latitude_rad) / (b.latitude_rad - a.latitude_rad)
                                * (b.longitude_rad - a.longitude_rad)
            });
            crossings.count() % 2 == 1
        };
        let regions = east_asia().into_iter().filter(|region| region.polygons.iter().any(inside));
        regions.map(|region| region.name).collect()
    }

    #[test]
    fn places_lie_in_their_provinces() {
        for (name, latitude_deg, longitude_deg) in [
            ("North Pyongan", 40.20, 124.53),  // Uiju
            ("North Pyongan", 39.66, 124.705), // Sohae
            ("North Hamgyong", 40.85, 129.66), // Musudan-ri
            ("Pyongyang", 39.02, 125.75),
            ("Kangwon", 39.15, 127.44), // Wonsan
            ("Gangwon", 37.88, 127.73), // Chuncheon
            ("Seoul", 37.55, 126.99),
            ("Jeju", 33.38, 126.55),
            ("Hokkaido", 43.06, 141.35),
            ("Aomori", 40.82, 140.74),
            ("Tokyo", 35.68, 139.69),
            ("Kagoshima", 30.40, 130.97), // Tanegashima
            ("Liaoning", 41.80, 123.43),
            ("Primorye", 43.20, 132.00),
            ("Hainan", 19.20, 109.75),
        ] {
            assert_eq!(province(latitude_deg, longitude_deg), [name]);
        }
        assert!(province(40.4, 131.5).is_empty(), "open sea");
    }

    #[test]
    fn as_districts_the_provinces_keep_every_corner() {
        let zones = crate::zones::read(&as_zones_text(), "zones.geojson").unwrap();
        for (zone, region) in zones.iter().zip(east_asia()) {
            assert_eq!((&zone.name, &zone.polygons), (&region.name, &region.polygons));
        }
    }

    #[test]
    fn every_ring_is_closed_and_on_earth_and_the_countries_are_complete() {
        let regions = east_asia();
        for region in &regions {
            assert!(!region.polygons.is_empty(), "{}", region.name);
            assert!(region.name.is_ascii(), "{}", region.name);
            for ring in region.polygons.iter().flatten() {
                assert!(ring.len() >= 4 && ring.first() == ring.last(), "{}", region.name);
                assert!(ring.iter().all(|p| p.latitude_rad.abs() < 1.58 && p.longitude_rad.abs() < 3.15));
            }
        }
        for (country, count) in [("KP", 11), ("KR", 17), ("JP", 47)] {
            let of_country: Vec<_> = regions.iter().filter(|region| region.country == country).collect();
            assert_eq!(of_country.len(), count);
            assert!(of_country.iter().all(|region| region.name_local.is_some()));
        }
    }
}
