//! Polygons on the globe, as GeoJSON means them: straight edges between longitudes and latitudes (RFC 7946, 3.1.1).
//!
//! Signs of turns are exact (adaptive-precision predicate of Shewchuk 1997, by the crate `robust`), so that a point is
//! never both inside and outside, and a ring never both simple and crossed, because of rounding.

use crate::traffic::SurfacePosition;
use core::f64::consts::{FRAC_PI_2, PI, TAU};
use downrange_earth::geodetic::{WGS84_A_M, WGS84_F};

/// Mean radius of the Earth (IUGG: (2a + b) / 3), for distances on a sphere. Against the ellipsoid a distance is then
/// wrong by less than 0.6 %, which is below every uncertainty it is used with.
pub(crate) const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// Longitude and latitude as plane coordinates.
fn coord(p: SurfacePosition) -> robust::Coord<f64> {
    robust::Coord { x: p.longitude_rad, y: p.latitude_rad }
}

/// Positive when a, b, c turn counter-clockwise, negative when clockwise, zero on one line. Only the sign means anything.
pub(crate) fn turn(a: SurfacePosition, b: SurfacePosition, c: SurfacePosition) -> f64 {
    robust::orient2d(coord(a), coord(b), coord(c))
}

/// On the globe, and no infinite or undefined number. Longitudes may run one turn past either end.
pub(crate) fn is_on_earth(p: SurfacePosition) -> bool {
    p.latitude_rad.is_finite()
        && p.longitude_rad.is_finite()
        && p.latitude_rad.abs() <= FRAC_PI_2
        && p.longitude_rad.abs() <= 2.0 * TAU
}

/// The same place, its longitude moved by whole turns to within half a turn of `near_rad`.
pub(crate) fn beside(p: SurfacePosition, near_rad: f64) -> SurfacePosition {
    let turns = libm::round((p.longitude_rad - near_rad) / TAU);
    if turns == 0.0 { p } else { SurfacePosition { longitude_rad: p.longitude_rad - turns * TAU, ..p } }
}

/// All places moved by whole turns.
fn turned(ring: &[SurfacePosition], turns: f64) -> Vec<SurfacePosition> {
    ring.iter().map(|&p| SurfacePosition { longitude_rad: p.longitude_rad + turns * TAU, ..p }).collect()
}

/// Makes longitudes continuous along an open ring; a ring that goes around a pole is closed over this pole.
pub(crate) fn unrolled(corners: &[SurfacePosition]) -> Vec<SurfacePosition> {
    let mut ring: Vec<SurfacePosition> = Vec::with_capacity(corners.len() + 4);
    for &p in corners {
        ring.push(ring.last().map_or(p, |last| beside(p, last.longitude_rad)));
    }
    let (Some(&first), Some(&last)) = (ring.first(), ring.last()) else { return ring };
    let end = beside(first, last.longitude_rad);
    if end.longitude_rad != first.longitude_rad {
        let mean_rad: f64 = ring.iter().map(|p| p.latitude_rad).sum();
        let pole_rad = if mean_rad < 0.0 { -FRAC_PI_2 } else { FRAC_PI_2 };
        ring.push(end);
        // Thirds of a turn, so that every edge is shorter than half a turn and unrolling again changes nothing.
        for step in 0..4 {
            let share = f64::from(step) / 3.0;
            let longitude_rad = end.longitude_rad + share * (first.longitude_rad - end.longitude_rad);
            ring.push(SurfacePosition { latitude_rad: pole_rad, longitude_rad });
        }
    }
    ring
}

/// Smallest and largest longitude and latitude.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) west_rad: f64,
    pub(crate) east_rad: f64,
    pub(crate) south_rad: f64,
    pub(crate) north_rad: f64,
}

impl Bounds {
    /// Around these places; contains nothing when there are none.
    pub(crate) fn around(places: &[SurfacePosition]) -> Bounds {
        let empty = Bounds {
            west_rad: f64::INFINITY,
            east_rad: f64::NEG_INFINITY,
            south_rad: f64::INFINITY,
            north_rad: f64::NEG_INFINITY,
        };
        places.iter().fold(empty, |b, p| Bounds {
            west_rad: b.west_rad.min(p.longitude_rad),
            east_rad: b.east_rad.max(p.longitude_rad),
            south_rad: b.south_rad.min(p.latitude_rad),
            north_rad: b.north_rad.max(p.latitude_rad),
        })
    }

    /// Inside or on the border.
    pub(crate) fn contain(&self, p: SurfacePosition) -> bool {
        (self.west_rad..=self.east_rad).contains(&p.longitude_rad)
            && (self.south_rad..=self.north_rad).contains(&p.latitude_rad)
    }

    /// Whether they share a point.
    pub(crate) fn meet(&self, other: &Bounds) -> bool {
        self.west_rad <= other.east_rad
            && other.west_rad <= self.east_rad
            && self.south_rad <= other.north_rad
            && other.south_rad <= self.north_rad
    }
}

/// Whether an upward or downward edge passes to the east of `p`: the half-open rule of even-odd counting, by which a
/// point on the border of two districts belongs to exactly one of them.
pub(crate) fn passes_east(a: SurfacePosition, b: SurfacePosition, p: SurfacePosition) -> bool {
    if (a.latitude_rad > p.latitude_rad) == (b.latitude_rad > p.latitude_rad) {
        return false;
    }
    let (low, high) = if a.latitude_rad < b.latitude_rad { (a, b) } else { (b, a) };
    turn(low, high, p) > 0.0
}

/// Whether `p` lies on the edge from `a` to `b`, ends included.
fn on_edge(a: SurfacePosition, b: SurfacePosition, p: SurfacePosition) -> bool {
    Bounds::around(&[a, b]).contain(p) && turn(a, b, p) == 0.0
}

/// Whether a closed ring holds `p`; its border counts as inside. Longitudes are compared as they are.
pub(crate) fn ring_holds(ring: &[SurfacePosition], p: SurfacePosition) -> bool {
    let mut inside = false;
    for edge in ring.windows(2) {
        if on_edge(edge[0], edge[1], p) {
            return true;
        }
        inside ^= passes_east(edge[0], edge[1], p);
    }
    inside
}

/// Whether two edges share a point.
fn edges_touch(a: SurfacePosition, b: SurfacePosition, c: SurfacePosition, d: SurfacePosition) -> bool {
    let crosses = |x: f64, y: f64| (x > 0.0 && y < 0.0) || (x < 0.0 && y > 0.0);
    (crosses(turn(a, b, c), turn(a, b, d)) && crosses(turn(c, d, a), turn(c, d, b)))
        || on_edge(a, b, c)
        || on_edge(a, b, d)
        || on_edge(c, d, a)
        || on_edge(c, d, b)
}

/// Whether no two edges of a closed ring share a point, apart from the corner between neighbours.
pub(crate) fn is_simple(ring: &[SurfacePosition]) -> bool {
    let count = ring.len().saturating_sub(1);
    // Edges from west to east, so that only those whose longitudes meet are compared.
    let mut order: Vec<usize> = (0..count).collect();
    let west = |i: usize| ring[i].longitude_rad.min(ring[i + 1].longitude_rad);
    let east = |i: usize| ring[i].longitude_rad.max(ring[i + 1].longitude_rad);
    order.sort_by(|&i, &j| west(i).total_cmp(&west(j)).then(i.cmp(&j)));
    for (k, &i) in order.iter().enumerate() {
        for &j in order[k + 1..].iter().take_while(|&&j| west(j) <= east(i)) {
            let touch = if (i + 1) % count == j {
                folds_back(ring[i], ring[i + 1], ring[j + 1])
            } else if (j + 1) % count == i {
                folds_back(ring[j], ring[j + 1], ring[i + 1])
            } else {
                edges_touch(ring[i], ring[i + 1], ring[j], ring[j + 1])
            };
            if touch {
                return false;
            }
        }
    }
    true
}

/// Whether the edge from `b` to `c` runs back over the edge from `a` to `b`.
fn folds_back(a: SurfacePosition, b: SurfacePosition, c: SurfacePosition) -> bool {
    turn(a, b, c) == 0.0 && (on_edge(a, b, c) || on_edge(b, c, a))
}

/// Whether two closed rings share a point, on the globe: either may be written any number of turns away.
pub(crate) fn rings_overlap(a: &[SurfacePosition], b: &[SurfacePosition]) -> bool {
    let bounds_a = Bounds::around(a);
    let bounds_b = Bounds::around(b);
    let apart = libm::round((bounds_a.west_rad - bounds_b.west_rad) / TAU);
    [apart - 1.0, apart, apart + 1.0].iter().any(|&turns| {
        let b = turned(b, turns);
        bounds_a.meet(&Bounds::around(&b)) && rings_touch(a, &b)
    })
}

fn rings_touch(a: &[SurfacePosition], b: &[SurfacePosition]) -> bool {
    a.first().is_some_and(|&p| ring_holds(b, p))
        || b.first().is_some_and(|&p| ring_holds(a, p))
        || a.windows(2).any(|e| b.windows(2).any(|f| edges_touch(e[0], e[1], f[0], f[1])))
}

/// Area inside a closed ring on the WGS-84 ellipsoid, counter-clockwise positive.
///
/// Green's theorem: the integral of the equal-area function `q(φ)` along the ring, `A = -∮ (b²/2) q(φ) dλ`, with
/// `q(φ) = sin φ / (1 - e² sin² φ) + atanh(e sin φ) / e` (Snyder, Map Projections, USGS PP 1395, 1987, eq. 3-12,
/// there without the factor `1 - e²`). Edges are straight in longitude and latitude; five-point Gauss-Legendre on
/// pieces of at most 2°.
pub(crate) fn ring_area_m2(ring: &[SurfacePosition]) -> f64 {
    const NODES: [f64; 5] =
        [0.046_910_077_030_668_004, 0.230_765_344_947_158_45, 0.5, 0.769_234_655_052_841_5, 0.953_089_922_969_332];
    const WEIGHTS: [f64; 5] = [
        0.118_463_442_528_094_54,
        0.239_314_335_249_683_23,
        0.284_444_444_444_444_45,
        0.239_314_335_249_683_23,
        0.118_463_442_528_094_54,
    ];
    const PIECE_RAD: f64 = 2.0 * PI / 180.0;
    let Some(first) = ring.first() else { return 0.0 };
    // A constant drops out of a closed integral; without it a small ring would be the difference of two huge numbers.
    let reference = authalic(first.latitude_rad);
    let mut sum = 0.0;
    for edge in ring.windows(2) {
        let (a, b) = (edge[0], edge[1]);
        let d_lon_rad = b.longitude_rad - a.longitude_rad;
        let d_lat_rad = b.latitude_rad - a.latitude_rad;
        let pieces = libm::ceil((d_lon_rad.abs() + d_lat_rad.abs()) / PIECE_RAD).max(1.0);
        let mut along = 0.0;
        while along < pieces {
            for (node, weight) in NODES.iter().zip(WEIGHTS) {
                let share = (along + node) / pieces;
                let q = authalic(a.latitude_rad + share * d_lat_rad) - reference;
                sum -= weight / pieces * q * d_lon_rad;
            }
            along += 1.0;
        }
    }
    let b_m = WGS84_A_M * (1.0 - WGS84_F);
    0.5 * b_m * b_m * sum
}

/// The equal-area function of latitude, see [`ring_area_m2`].
fn authalic(latitude_rad: f64) -> f64 {
    let e2 = WGS84_F * (2.0 - WGS84_F);
    let e = libm::sqrt(e2);
    let s = libm::sin(latitude_rad);
    s / (1.0 - e2 * s * s) + libm::atanh(e * s) / e
}

/// The place that lies this far away in this direction, along a great circle of the mean sphere.
pub(crate) fn moved(from: SurfacePosition, course_rad: f64, distance_m: f64) -> SurfacePosition {
    let (sin_lat, cos_lat) = libm::sincos(from.latitude_rad);
    let (sin_d, cos_d) = libm::sincos(distance_m / EARTH_RADIUS_M);
    let (sin_c, cos_c) = libm::sincos(course_rad);
    let sin_new = (sin_lat * cos_d + cos_lat * sin_d * cos_c).clamp(-1.0, 1.0);
    let d_lon_rad = libm::atan2(sin_c * sin_d * cos_lat, cos_d - sin_lat * sin_new);
    let there = SurfacePosition { latitude_rad: libm::asin(sin_new), longitude_rad: from.longitude_rad + d_lon_rad };
    beside(there, 0.0)
}

/// A plane that touches the mean sphere: azimuthal equidistant (Snyder 1987, chapter 25), metres east and north. True
/// distances from its centre; distances across are stretched by `c / sin c` at the angle `c` (0.1 % at 500 km).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LocalPlane {
    up: [f64; 3],
    east: [f64; 3],
    north: [f64; 3],
}

impl LocalPlane {
    /// Touching here.
    pub(crate) fn new(centre: SurfacePosition) -> LocalPlane {
        let (sin_lat, cos_lat) = libm::sincos(centre.latitude_rad);
        let (sin_lon, cos_lon) = libm::sincos(centre.longitude_rad);
        LocalPlane {
            up: [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat],
            east: [-sin_lon, cos_lon, 0.0],
            north: [-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat],
        }
    }

    /// East and north of the centre.
    pub(crate) fn project(&self, place: SurfacePosition) -> [f64; 2] {
        let (sin_lat, cos_lat) = libm::sincos(place.latitude_rad);
        let (sin_lon, cos_lon) = libm::sincos(place.longitude_rad);
        let u = [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat];
        let dot = |v: &[f64; 3]| v[0] * u[0] + v[1] * u[1] + v[2] * u[2];
        let (x, y) = (dot(&self.east), dot(&self.north));
        let sin_c = libm::hypot(x, y);
        let stretch = if sin_c > 0.0 { libm::atan2(sin_c, dot(&self.up)) / sin_c } else { 1.0 };
        [EARTH_RADIUS_M * stretch * x, EARTH_RADIUS_M * stretch * y]
    }
}
