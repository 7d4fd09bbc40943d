//! Rings of areas in degrees: rounded, closed, and cut at the antimeridian where a format asks for it.

use downrange_engine::traffic::SurfacePosition;

/// Longitude and latitude in degrees, in GeoJSON's order.
pub type LonLat = [f64; 2];

/// Coordinates are written in whole multiples of 1e-5 degrees (about 1 m).
const UNITS_PER_DEG: f64 = 1e5;
const HALF_TURN_DEG: f64 = 180.0;
const TURN_DEG: f64 = 360.0;

/// Rounds to a whole multiple of 1 / `units`.
pub(crate) fn rounded(value: f64, units: f64) -> f64 {
    // Adding zero turns -0 into 0.
    libm::round(value * units) / units + 0.0
}

/// Rounds to this many significant digits.
pub(crate) fn significant(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits.saturating_sub(1)).parse().unwrap_or(value)
}

/// A coordinate as it is written.
pub(crate) fn degrees(angle_rad: f64) -> f64 {
    rounded(angle_rad.to_degrees(), UNITS_PER_DEG)
}

/// A longitude within -180 to 180.
pub(crate) fn wrapped_deg(longitude_deg: f64) -> f64 {
    let turns = libm::floor((longitude_deg + HALF_TURN_DEG) / TURN_DEG);
    longitude_deg - turns * TURN_DEG
}

/// A ring in degrees, closed, its longitudes continuous (they may pass 180).
pub(crate) fn ring(corners: &[SurfacePosition]) -> Vec<LonLat> {
    let mut ring: Vec<LonLat> =
        corners.iter().map(|corner| [degrees(corner.longitude_rad), degrees(corner.latitude_rad)]).collect();
    ring.dedup();
    if ring.first() != ring.last() {
        ring.extend(ring.first().copied());
    }
    ring
}

/// The same ring moved by whole turns, so that it lies around this longitude.
pub(crate) fn around(ring: &[LonLat], longitude_deg: f64) -> Vec<LonLat> {
    let (west, east) = extent(ring);
    let turns = libm::round((longitude_deg - (west + east) / 2.0) / TURN_DEG);
    ring.iter().map(|&[lon, lat]| [rounded(lon + turns * TURN_DEG, UNITS_PER_DEG), lat]).collect()
}

/// Cuts a ring at the antimeridian: closed rings, every longitude within -180 to 180.
pub(crate) fn cut(ring: &[LonLat]) -> Vec<Vec<LonLat>> {
    let (west, east) = extent(ring);
    if !(west.is_finite() && east.is_finite()) {
        return Vec::new();
    }
    let first = libm::floor((west + HALF_TURN_DEG) / TURN_DEG) as i64;
    let last = libm::floor((east + HALF_TURN_DEG) / TURN_DEG) as i64;
    let mut parts = Vec::new();
    for turn in first..=last {
        let middle_deg = turn as f64 * TURN_DEG;
        let east_of = clipped(ring, middle_deg - HALF_TURN_DEG, 1.0);
        let part = clipped(&east_of, middle_deg + HALF_TURN_DEG, -1.0);
        let mut part: Vec<LonLat> = part
            .iter()
            .map(|&[lon, lat]| [rounded(lon - middle_deg, UNITS_PER_DEG), rounded(lat, UNITS_PER_DEG)])
            .collect();
        part.dedup();
        let (part_west, part_east) = extent(&part);
        if part.len() >= 4 && part_west < part_east {
            parts.push(part);
        }
    }
    parts
}

fn extent(ring: &[LonLat]) -> (f64, f64) {
    let longitudes = ring.iter().map(|corner| corner[0]);
    longitudes.fold((f64::INFINITY, f64::NEG_INFINITY), |(west, east), lon| (west.min(lon), east.max(lon)))
}

/// The part of a closed ring on one side of a meridian (Sutherland and Hodgman 1974): east of it for `side` 1, west for -1.
fn clipped(ring: &[LonLat], meridian_deg: f64, side: f64) -> Vec<LonLat> {
    let mut kept: Vec<LonLat> = Vec::new();
    for edge in ring.windows(2) {
        let (from, to) = (edge[0], edge[1]);
        let (from_in, to_in) = ((from[0] - meridian_deg) * side >= 0.0, (to[0] - meridian_deg) * side >= 0.0);
        if from_in {
            kept.push(from);
        }
        if from_in != to_in {
            let fraction = (meridian_deg - from[0]) / (to[0] - from[0]);
            kept.push([meridian_deg, from[1] + fraction * (to[1] - from[1])]);
        }
    }
    kept.dedup();
    if kept.first() != kept.last() {
        kept.extend(kept.first().copied());
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_over_the_antimeridian_becomes_two_and_keeps_its_area() {
        let ring = [[178.0, 40.0], [182.0, 40.0], [182.0, 42.0], [178.0, 42.0], [178.0, 40.0]];
        let parts = cut(&ring);
        assert_eq!(parts.len(), 2);
        for part in &parts {
            assert_eq!(part.first(), part.last());
            assert!(part.iter().all(|corner| corner[0].abs() <= 180.0), "{part:?}");
        }
        assert!(parts[1].iter().any(|corner| corner[0] == -178.0));
        assert_eq!(cut(&[[170.0, 1.0], [180.0, 1.0], [180.0, 2.0], [170.0, 1.0]]).len(), 1, "only touches it");
    }

    #[test]
    fn rounding_is_exact_and_signless_at_zero() {
        assert_eq!(rounded(-0.000_001, 1e5).to_string(), "0");
        assert_eq!(significant(0.000_123_456, 3), 0.000_123);
        assert_eq!(wrapped_deg(181.5), -178.5);
        assert_eq!(around(&[[181.0, 0.0], [183.0, 0.0]], -178.0), [[-179.0, 0.0], [-177.0, 0.0]]);
    }
}
