//! Areas that hold a fall with a stated probability. An empty, open or self-crossing one cannot be built.

use super::Impact;
use crate::geometry::{
    Bounds, beside, is_on_earth, is_simple, moved, ring_area_m2, ring_holds, rings_overlap, turn, unrolled,
};
use crate::traffic::SurfacePosition;
use core::f64::consts::{FRAC_PI_2, FRAC_PI_3, PI, TAU};
use downrange_earth::Time;

/// The least area: what is smaller holds no body that falls, and vanishes when its corners are written with the six
/// decimals of a degree (0.1 m) that messages carry.
pub const AREA_MIN_M2: f64 = 1.0;

/// A valid area with the window in which something may come down in it, and the probability that it holds the fall.
#[derive(Debug, Clone, PartialEq)]
pub struct HazardArea {
    probability: f64,
    ring: Vec<SurfacePosition>,
    earliest: Time,
    latest: Time,
}

/// Why an area was refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AreaError {
    /// Fewer than three different corners.
    TooFewCorners,
    /// A corner is not a number or off the globe.
    NotOnEarth,
    /// Two edges cross or touch, or the ring runs more than once around the globe.
    SelfCrossing,
    /// Less than [`AREA_MIN_M2`] inside.
    Empty,
    /// The window ends before it begins.
    WindowBackwards,
    /// The probability is not inside (0, 1].
    Probability(f64),
}

impl core::fmt::Display for AreaError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            AreaError::TooFewCorners => f.write_str("a hazard area needs at least three different corners"),
            AreaError::NotOnEarth => f.write_str(
                "a corner of a hazard area is not on the globe (latitude -90 to 90 degrees, finite numbers)",
            ),
            AreaError::SelfCrossing => f.write_str("the edges of a hazard area cross or touch each other"),
            AreaError::Empty => write!(f, "a hazard area must hold at least {AREA_MIN_M2} m²"),
            AreaError::WindowBackwards => f.write_str("the window of a hazard area ends before it begins"),
            AreaError::Probability(p) => write!(f, "probability {p} of a hazard area is not above 0 and at most 1"),
        }
    }
}

impl core::error::Error for AreaError {}

impl HazardArea {
    /// Checks and keeps the ring: closes it, turns it counter-clockwise, drops repeated corners.
    ///
    /// Edges are straight in longitude and latitude, as in GeoJSON, and each spans at most half the globe: longitudes
    /// may be given either way around (179° then -179° is an edge of 2°) and are kept continuous around the ring, so
    /// they may pass π; they are cut at the antimeridian only when they are written. A ring around a pole is closed over
    /// that pole.
    ///
    /// # Errors
    /// [`AreaError`] says which rule is broken.
    ///
    /// ```
    /// use downrange_engine::assess::{AreaError, HazardArea};
    /// use downrange_engine::traffic::SurfacePosition;
    /// use downrange_earth::Time;
    ///
    /// let at = |latitude_deg: f64, longitude_deg: f64| SurfacePosition {
    ///     latitude_rad: latitude_deg.to_radians(),
    ///     longitude_rad: longitude_deg.to_radians(),
    /// };
    /// let (from, to) = (Time::from_tai_ns(0), Time::from_tai_ns(60_000_000_000));
    /// let area = HazardArea::new(0.95, vec![at(40.0, 130.0), at(41.0, 130.0), at(41.0, 131.0)], from, to)?;
    /// assert!(area.contains(at(40.8, 130.3)));
    /// assert_eq!(area.ring().first(), area.ring().last());
    /// assert_eq!(HazardArea::new(0.95, vec![], from, to), Err(AreaError::TooFewCorners));
    /// # Ok::<(), AreaError>(())
    /// ```
    pub fn new(probability: f64, ring: Vec<SurfacePosition>, earliest: Time, latest: Time) -> Result<Self, AreaError> {
        if !(probability > 0.0 && probability <= 1.0) {
            return Err(AreaError::Probability(probability));
        }
        if latest < earliest {
            return Err(AreaError::WindowBackwards);
        }
        if !ring.iter().all(|&p| is_on_earth(p)) {
            return Err(AreaError::NotOnEarth);
        }
        let mut ring = unrolled(&ring);
        ring.dedup();
        while ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        if ring.iter().enumerate().filter(|(i, p)| !ring[..*i].contains(p)).take(3).count() < 3 {
            return Err(AreaError::TooFewCorners);
        }
        if ring.windows(3).all(|c| turn(c[0], c[1], c[2]) == 0.0) {
            return Err(AreaError::Empty);
        }
        ring.push(ring[0]);
        let bounds = Bounds::around(&ring);
        if bounds.east_rad - bounds.west_rad > TAU + 1e-12 || !is_simple(&ring) {
            return Err(AreaError::SelfCrossing);
        }
        let area_m2 = ring_area_m2(&ring);
        if area_m2.abs() < AREA_MIN_M2 {
            return Err(AreaError::Empty);
        }
        if area_m2 < 0.0 {
            ring.reverse();
        }
        let home_rad = bounds.west_rad - beside_zero(bounds.west_rad);
        if home_rad != 0.0 {
            ring.iter_mut().for_each(|p| p.longitude_rad -= home_rad);
        }
        Ok(HazardArea { probability, ring, earliest, latest })
    }

    /// The probability that the fall is inside.
    pub fn probability(&self) -> f64 {
        self.probability
    }

    /// The closed, counter-clockwise ring. Its westernmost longitude lies in [-π, π]; from there longitudes run on.
    pub fn ring(&self) -> &[SurfacePosition] {
        &self.ring
    }

    /// When something may come down inside, at the earliest.
    pub fn earliest(&self) -> Time {
        self.earliest
    }

    /// When something may come down inside, at the latest.
    pub fn latest(&self) -> Time {
        self.latest
    }

    /// Whether the place lies inside or on the border, however many turns its longitude is away.
    pub fn contains(&self, place: SurfacePosition) -> bool {
        if !is_on_earth(place) {
            return false;
        }
        let bounds = Bounds::around(&self.ring);
        let near = beside(place, 0.5 * (bounds.west_rad + bounds.east_rad));
        [0.0, -TAU, TAU].iter().any(|turn_rad| {
            let p = SurfacePosition { longitude_rad: near.longitude_rad + turn_rad, ..near };
            bounds.contain(p) && ring_holds(&self.ring, p)
        })
    }

    /// Its size on the WGS-84 ellipsoid.
    pub fn area_m2(&self) -> f64 {
        ring_area_m2(&self.ring)
    }

    /// Whether the two share a point.
    pub fn overlaps(&self, other: &HazardArea) -> bool {
        rings_overlap(&self.ring, &other.ring)
    }

    /// One area for two, whether they overlap or not: their convex hull, see [`merge_overlapping`].
    pub(crate) fn joined(&self, other: &HazardArea) -> HazardArea {
        let corners: Vec<SurfacePosition> = self.ring.iter().chain(&other.ring).copied().collect();
        let mut ring = convex_hull(&corners);
        ring.push(ring[0]);
        HazardArea {
            probability: self.probability.min(other.probability),
            ring,
            earliest: self.earliest.min(other.earliest),
            latest: self.latest.max(other.latest),
        }
    }
}

/// Directions in which [`HazardArea::widened`] moves each corner.
const WIDENED_DIRECTIONS: usize = 8;

impl HazardArea {
    /// The convex hull of this area with a margin around it: each corner moved by `margin_m` in eight directions (so the
    /// margin is nowhere less than 0.92 of it).
    pub(crate) fn widened(&self, margin_m: f64) -> HazardArea {
        if margin_m <= 0.0 {
            return self.clone();
        }
        let directions = (0..WIDENED_DIRECTIONS).map(|i| core::f64::consts::TAU * i as f64 / WIDENED_DIRECTIONS as f64);
        let corners: Vec<SurfacePosition> = directions
            .flat_map(|course_rad| self.ring.iter().map(move |&corner| moved(corner, course_rad, margin_m)))
            .collect();
        let around = HazardArea::new(self.probability, convex_hull(&corners), self.earliest, self.latest);
        around.unwrap_or_else(|_| self.clone())
    }
}

impl Impact {
    /// The smallest area that holds the fall with at least this probability; the largest there is when none claims so
    /// much; nothing when there is no area.
    pub fn area_holding(&self, probability: f64) -> Option<&HazardArea> {
        let by_claim = |a: &&HazardArea, b: &&HazardArea| a.probability.total_cmp(&b.probability);
        let enough = self.areas.iter().filter(|a| a.probability >= probability - 1e-9).min_by(by_claim);
        enough.or_else(|| self.areas.iter().max_by(by_claim))
    }
}

/// The longitude brought into [-π, π] by whole turns.
fn beside_zero(longitude_rad: f64) -> f64 {
    beside(SurfacePosition { latitude_rad: 0.0, longitude_rad }, 0.0).longitude_rad
}

/// The convex hull in longitude and latitude (Andrew 1979, monotone chain): counter-clockwise, open, no three corners
/// on a line. Longitudes are first laid side by side around the largest gap between them, so that places on both sides
/// of the antimeridian give a small hull.
///
/// Where longitude and latitude are no plane, the answer is generous: places that surround the globe or a pole, and
/// places poleward of 60° that span more than 90° of longitude, get the whole belt between their latitudes, up to the
/// pole when one of them lies poleward of 60°. Every given place on the globe is inside or on the border; places that
/// are not on the globe are left out. Fewer than three corners come back when all lie on one point or one line.
pub fn convex_hull(points: &[SurfacePosition]) -> Vec<SurfacePosition> {
    let points: Vec<SurfacePosition> = points.iter().copied().filter(|&p| is_on_earth(p)).collect();
    let Some((west_rad, span_rad)) = longitudes_side_by_side(&points) else { return Vec::new() };
    let bounds = Bounds::around(&points);
    let polar = bounds.south_rad > FRAC_PI_3 || bounds.north_rad < -FRAC_PI_3;
    if span_rad >= PI || (polar && span_rad > FRAC_PI_2) || (polar && touches_pole(&bounds)) {
        return belt(&bounds);
    }
    let middle_rad = west_rad + 0.5 * span_rad;
    monotone_chain(points.iter().map(|&p| beside(p, middle_rad)).collect())
}

/// Within 100 m of a pole longitude says nothing.
fn touches_pole(bounds: &Bounds) -> bool {
    const NEAR_RAD: f64 = 100.0 / crate::geometry::EARTH_RADIUS_M;
    bounds.north_rad > FRAC_PI_2 - NEAR_RAD || bounds.south_rad < NEAR_RAD - FRAC_PI_2
}

/// The westernmost longitude and the span, when the largest gap between longitudes is left out.
fn longitudes_side_by_side(points: &[SurfacePosition]) -> Option<(f64, f64)> {
    let mut longitudes_rad: Vec<f64> = points.iter().map(|p| beside_zero(p.longitude_rad)).collect();
    longitudes_rad.sort_by(f64::total_cmp);
    let (&first, &last) = (longitudes_rad.first()?, longitudes_rad.last()?);
    let mut best = (first, first + TAU - last);
    for pair in longitudes_rad.windows(2) {
        if pair[1] - pair[0] > best.1 {
            best = (pair[1], pair[1] - pair[0]);
        }
    }
    Some((best.0, TAU - best.1))
}

/// All longitudes between two latitudes, to the pole where one is near.
fn belt(bounds: &Bounds) -> Vec<SurfacePosition> {
    let north_rad = if bounds.north_rad > FRAC_PI_3 { FRAC_PI_2 } else { bounds.north_rad };
    let south_rad = if bounds.south_rad < -FRAC_PI_3 { -FRAC_PI_2 } else { bounds.south_rad };
    // Thirds of a turn: every edge stays shorter than half the globe.
    let longitudes_rad = [-PI, -PI / 3.0, PI / 3.0, PI];
    let south = longitudes_rad.iter().map(|&longitude_rad| SurfacePosition { latitude_rad: south_rad, longitude_rad });
    let north =
        longitudes_rad.iter().rev().map(|&longitude_rad| SurfacePosition { latitude_rad: north_rad, longitude_rad });
    south.chain(north).collect()
}

fn monotone_chain(mut points: Vec<SurfacePosition>) -> Vec<SurfacePosition> {
    points.sort_by(|a, b| a.longitude_rad.total_cmp(&b.longitude_rad).then(a.latitude_rad.total_cmp(&b.latitude_rad)));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let half = |points: &mut dyn Iterator<Item = SurfacePosition>| {
        let mut chain: Vec<SurfacePosition> = Vec::new();
        for p in points {
            while chain.len() >= 2 && turn(chain[chain.len() - 2], chain[chain.len() - 1], p) <= 0.0 {
                chain.pop();
            }
            chain.push(p);
        }
        chain.pop();
        chain
    };
    let mut hull = half(&mut points.iter().copied());
    hull.extend(half(&mut points.iter().rev().copied()));
    hull
}

/// Replaces areas that overlap by their joint convex hull, until none overlap; order is that of the first of each group.
///
/// The window is the union. The probability is the smaller of the two: the hull contains both areas, so each fall that
/// either was drawn for is inside with at least the claim of its own area, and the smaller claim is the largest that is
/// true of every one of them. (That *all* falls are inside would be a weaker claim, at least p₁ + p₂ - 1.)
pub fn merge_overlapping(areas: &[HazardArea]) -> Vec<HazardArea> {
    let mut merged: Vec<HazardArea> = Vec::new();
    for area in areas {
        let mut area = area.clone();
        let mut place = merged.len();
        // The hull may reach areas that neither of the two did: look again from the start.
        while let Some(i) = merged.iter().position(|m| m.overlaps(&area)) {
            area = merged.remove(i).joined(&area);
            place = place.min(i);
        }
        merged.insert(place.min(merged.len()), area);
    }
    merged
}
