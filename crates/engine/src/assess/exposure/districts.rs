//! Which district or province a place lies in, over hundreds of them with thousands of corners each.

use crate::geometry::{Bounds, LocalPlane, beside, is_on_earth, passes_east};
use crate::policy::{Region, Rings, Zone};
use crate::traffic::SurfacePosition;
use core::f64::consts::TAU;

/// A place off the coast still gets the name of the nearest province up to this far: the breadth of the territorial sea
/// (UN Convention on the Law of the Sea, article 3: 12 nautical miles).
pub const REGION_TOLERANCE_M: f64 = 12.0 * 1852.0;

/// The edges of one polygon (outer ring and holes), sorted into belts of latitude, so that a question looks at a few.
#[derive(Debug, Clone)]
struct Outline {
    bounds: Bounds,
    edges: Vec<(SurfacePosition, SurfacePosition)>,
    belts: Vec<Vec<u32>>,
    belt_rad: f64,
}

impl Outline {
    /// Rings with corners that are not on the globe are left out; an outline without edges holds nothing.
    fn new(rings: &Rings) -> Outline {
        let sound = rings.iter().filter(|ring| ring.iter().all(|&p| is_on_earth(p)));
        let edges: Vec<(SurfacePosition, SurfacePosition)> = sound
            .flat_map(|ring| {
                let closing = ring.last().zip(ring.first()).filter(|(last, first)| last != first);
                ring.windows(2).map(|e| (e[0], e[1])).chain(closing.map(|(last, first)| (*last, *first)))
            })
            .collect();
        let corners: Vec<SurfacePosition> = edges.iter().flat_map(|&(a, b)| [a, b]).collect();
        let bounds = Bounds::around(&corners);
        let count = (libm::sqrt(edges.len() as f64) as usize).max(1);
        let belt_rad = ((bounds.north_rad - bounds.south_rad) / count as f64).max(1e-12);
        let mut outline = Outline { bounds, edges: Vec::new(), belts: vec![Vec::new(); count], belt_rad };
        for (i, &(a, b)) in edges.iter().enumerate() {
            let low = outline.belt_of(a.latitude_rad.min(b.latitude_rad));
            let high = outline.belt_of(a.latitude_rad.max(b.latitude_rad));
            outline.belts[low..=high].iter_mut().for_each(|belt| belt.push(i as u32));
        }
        outline.edges = edges;
        outline
    }

    fn belt_of(&self, latitude_rad: f64) -> usize {
        // A float to integer cast saturates, so that rounding at either end stays inside.
        (((latitude_rad - self.bounds.south_rad) / self.belt_rad) as usize).min(self.belts.len() - 1)
    }

    /// Even-odd, so that holes are outside.
    fn holds(&self, place: SurfacePosition) -> bool {
        [0.0, -TAU, TAU].iter().any(|turn_rad| {
            let p = SurfacePosition { longitude_rad: place.longitude_rad + turn_rad, ..place };
            self.bounds.contain(p) && self.holds_as_written(p)
        })
    }

    fn holds_as_written(&self, p: SurfacePosition) -> bool {
        let belt = &self.belts[self.belt_of(p.latitude_rad)];
        let east = belt.iter().filter(|&&i| {
            let (a, b) = self.edges[i as usize];
            passes_east(a, b, p)
        });
        east.count() % 2 == 1
    }

    /// Distance from the place in the middle of `plane` to the nearest edge.
    fn distance_m(&self, plane: &LocalPlane) -> f64 {
        let nearest =
            |&(a, b): &(SurfacePosition, SurfacePosition)| distance_from_origin(plane.project(a), plane.project(b));
        self.edges.iter().map(nearest).fold(f64::INFINITY, f64::min)
    }

    /// Whether the place lies within the tolerance of the bounds.
    fn is_near(&self, place: SurfacePosition, tolerance_m: f64) -> bool {
        let more_rad = tolerance_m / crate::geometry::EARTH_RADIUS_M;
        let wider_rad = more_rad / libm::cos(place.latitude_rad).max(1e-3);
        let wide = Bounds {
            west_rad: self.bounds.west_rad - wider_rad,
            east_rad: self.bounds.east_rad + wider_rad,
            south_rad: self.bounds.south_rad - more_rad,
            north_rad: self.bounds.north_rad + more_rad,
        };
        [0.0, -TAU, TAU]
            .iter()
            .any(|turn_rad| wide.contain(SurfacePosition { longitude_rad: place.longitude_rad + turn_rad, ..place }))
    }
}

/// Distance from (0, 0) to the stretch from `a` to `b`.
fn distance_from_origin(a: [f64; 2], b: [f64; 2]) -> f64 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let length2 = dx * dx + dy * dy;
    let share = if length2 > 0.0 { (-(a[0] * dx + a[1] * dy) / length2).clamp(0.0, 1.0) } else { 0.0 };
    libm::hypot(a[0] + share * dx, a[1] + share * dy)
}

fn outlines(polygons: &[Rings]) -> Vec<Outline> {
    polygons.iter().map(Outline::new).collect()
}

/// Districts, ready to be asked by the thousand.
#[derive(Debug, Clone)]
pub struct ZoneIndex {
    zones: Vec<Indexed>,
}

/// A district by its names and outlines.
#[derive(Debug, Clone)]
pub(super) struct Indexed {
    pub(super) id: String,
    pub(super) name: String,
    outlines: Vec<Outline>,
}

impl Indexed {
    /// Whether the place lies in it.
    pub(super) fn holds(&self, place: SurfacePosition) -> bool {
        self.outlines.iter().any(|outline| outline.holds(place))
    }
}

impl ZoneIndex {
    /// Prepares these districts.
    pub fn new(zones: &[Zone]) -> ZoneIndex {
        let index = |z: &Zone| Indexed { id: z.id.clone(), name: z.name.clone(), outlines: outlines(&z.polygons) };
        ZoneIndex { zones: zones.iter().map(index).collect() }
    }

    /// Numbers, in the list it was made of, of the districts that hold this place. A place on a shared border belongs to
    /// exactly one of the districts that share it.
    pub fn holding(&self, place: SurfacePosition) -> impl Iterator<Item = usize> {
        let sound = is_on_earth(place);
        let place = if sound { beside(place, 0.0) } else { place };
        self.zones.iter().enumerate().filter(move |(_, z)| sound && z.holds(place)).map(|(i, _)| i)
    }

    pub(super) fn get(&self, index: usize) -> &Indexed {
        &self.zones[index]
    }
}

/// Provinces, to name launch places by.
#[derive(Debug, Clone)]
pub struct RegionIndex {
    regions: Vec<(Region, Vec<Outline>)>,
}

impl RegionIndex {
    /// Prepares these provinces.
    pub fn new(regions: &[Region]) -> RegionIndex {
        RegionIndex { regions: regions.iter().map(|r| (r.clone(), outlines(&r.polygons))).collect() }
    }

    /// The province that holds the place, else the nearest one within [`REGION_TOLERANCE_M`] (launch places have an error,
    /// outlines are simplified); nothing at sea. Of several the first in the list.
    pub fn name_of(&self, place: SurfacePosition) -> Option<&Region> {
        if !is_on_earth(place) {
            return None;
        }
        let place = beside(place, 0.0);
        let inside = self.regions.iter().find(|(_, outlines)| outlines.iter().any(|o| o.holds(place)));
        if let Some((region, _)) = inside {
            return Some(region);
        }
        let plane = LocalPlane::new(place);
        let mut best: Option<(f64, &Region)> = None;
        for (region, outlines) in &self.regions {
            for outline in outlines.iter().filter(|o| o.is_near(place, REGION_TOLERANCE_M)) {
                let distance_m = outline.distance_m(&plane);
                if distance_m <= REGION_TOLERANCE_M && best.is_none_or(|(least_m, _)| distance_m < least_m) {
                    best = Some((distance_m, region));
                }
            }
        }
        best.map(|(_, region)| region)
    }
}
