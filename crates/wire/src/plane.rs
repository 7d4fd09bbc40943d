//! The measures of an area that words are made of: centre, length, width.

use crate::shape;
use downrange_engine::assess::HazardArea;

/// A degree of latitude on a sphere of the Earth's mean radius (6,371.0088 km, IUGG).
const KM_PER_DEG: f64 = 111.195;

/// Centre and size of the smallest rectangle around an area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Extent {
    /// Longitude, within -180 to 180.
    pub longitude_deg: f64,
    /// Latitude.
    pub latitude_deg: f64,
    /// Longer side.
    pub length_km: f64,
    /// Shorter side.
    pub width_km: f64,
}

/// The smallest of the rectangles that lie along an edge of the ring (plane around the first corner: words need no more).
pub(crate) fn extent(area: &HazardArea) -> Extent {
    let ring = shape::ring(area.ring());
    let [lon0, lat0] = ring.first().copied().unwrap_or([0.0, 0.0]);
    let lon_scale = libm::cos(lat0.to_radians()) * KM_PER_DEG;
    let plane: Vec<[f64; 2]> =
        ring.iter().map(|&[lon, lat]| [(lon - lon0) * lon_scale, (lat - lat0) * KM_PER_DEG]).collect();
    let mut best = (f64::INFINITY, [0.0, 0.0], 0.0, 0.0);
    for edge in plane.windows(2) {
        let along = [edge[1][0] - edge[0][0], edge[1][1] - edge[0][1]];
        let norm = libm::hypot(along[0], along[1]);
        if norm == 0.0 {
            continue;
        }
        let [ux, uy] = [along[0] / norm, along[1] / norm];
        let (low, high) = range(plane.iter().map(|&[x, y]| x * ux + y * uy));
        let (left, right) = range(plane.iter().map(|&[x, y]| y * ux - x * uy));
        let (length_km, width_km) = (high - low, right - left);
        if length_km * width_km < best.0 {
            let (u, v) = ((low + high) / 2.0, (left + right) / 2.0);
            best = (length_km * width_km, [u * ux - v * uy, u * uy + v * ux], length_km, width_km);
        }
    }
    let (_, [x, y], length_km, width_km) = best;
    Extent {
        longitude_deg: shape::wrapped_deg(lon0 + if lon_scale > 0.0 { x / lon_scale } else { 0.0 }),
        latitude_deg: lat0 + y / KM_PER_DEG,
        length_km: length_km.max(width_km),
        width_km: length_km.min(width_km),
    }
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}
