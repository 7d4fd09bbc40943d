//! Aircraft under what fell: who was among the pieces at its own height, whether it was named before, and whether the areas that
//! were said for the heights of aircraft held the pieces.
//!
//! Objects that began at the same time and place (the pieces of one break-up) are one fall. Its footprint at a height is the convex
//! hull of the places where its objects sank through that height. An aircraft was below it if, between the first and the last of
//! these passages, it was inside the hull at its own height, or within [`NEAR_KM`] of it (the hull of one object is a point).
//! It was named in time if a warning that was given before the first object passed its height names it. Where aircraft were is
//! what they said themselves.

use super::Figures;
use super::measure::{KM_PER_DEG, seconds};
use super::read::{Flight, TrueObject, Truth, Warning};
use geo::{Contains, ConvexHull, MultiPoint, Point, Polygon};
use serde_json::Value;

/// An aircraft this near to the footprint is below it: 5 km, a little more than the 2.5 nautical miles to either side that air
/// traffic services keep free of others.
const NEAR_KM: f64 = 5.0;
/// Objects of one fall began within this time and angle of each other.
const TOGETHER_S: f64 = 1.0;
const TOGETHER_DEG: f64 = 0.01;
/// Aircraft are looked for at such steps: they fly 2.5 km meanwhile.
const STEP_S: f64 = 10.0;
/// Reports farther apart than this say nothing of the time between them.
const GAP_S: f64 = 120.0;

/// Objects that fell from the same time and place.
type Fall<'a> = Vec<&'a TrueObject>;

/// One object sinks through a height.
struct Passage {
    time_s: f64,
    place: Point,
}

/// Adds the figures of all falls.
pub fn figures(truth: &Truth, flights: &[Flight], warnings: &[Warning]) -> Figures {
    let (mut below, mut in_time, mut before_inside, mut late) = (0, 0, 0, Vec::new());
    let falls = falls(truth);
    for flight in flights {
        let told = warnings.iter().filter(|w| w.warns() && w.aircraft.iter().any(|a| a.icao == flight.icao));
        let told_s = told.map(|w| seconds(w.time, truth.epoch)).min_by(f64::total_cmp);
        for (first_s, inside_s) in falls.iter().filter_map(|fall| danger(fall, flight, truth)) {
            below += 1;
            in_time += usize::from(told_s.is_some_and(|told_s| told_s < first_s));
            before_inside += usize::from(told_s.is_some_and(|told_s| told_s < inside_s));
            if told_s.is_none_or(|told_s| told_s >= first_s) {
                late.push(Value::from(flight.icao.as_str()));
            }
        }
    }
    let named: std::collections::BTreeSet<&str> =
        warnings.iter().filter(|w| w.warns()).flat_map(|w| w.aircraft.iter().map(|a| a.icao.as_str())).collect();
    let mut figures = Figures::default();
    figures.put("aircraft_below", below);
    figures.put("named_before_first_piece", in_time);
    figures.put("named_before_inside", before_inside);
    figures.put("not_named_in_time", late);
    figures.put("aircraft_named", named.len());
    put_bands(&mut figures, truth, warnings);
    figures
}

fn falls(truth: &Truth) -> Vec<Fall<'_>> {
    let mut falls: Vec<Fall> = Vec::new();
    for object in truth.objects.iter().filter(|object| object.described.falls && !object.path.is_empty()) {
        let together = |other: &TrueObject| {
            let (a, b) = (object.path[0], other.path[0]);
            (a[0] - b[0]).abs() < TOGETHER_S && (1..3).all(|axis| (a[axis] - b[axis]).abs() < TOGETHER_DEG)
        };
        match falls.iter_mut().find(|fall| together(fall[0])) {
            Some(fall) => fall.push(object),
            None => falls.push(vec![object]),
        }
    }
    falls
}

/// When and where an object sinks through a height that may change with time.
fn passage(object: &TrueObject, height_m: impl Fn(f64) -> Option<f64>) -> Option<Passage> {
    object.path.windows(2).find_map(|rows| {
        let (above, below) = (rows[0][3] - height_m(rows[0][0])?, rows[1][3] - height_m(rows[1][0])?);
        (above > 0.0 && below <= 0.0).then(|| {
            let share = above / (above - below);
            let at = |column: usize| rows[0][column] + share * (rows[1][column] - rows[0][column]);
            Passage { time_s: at(0), place: Point::new(at(2), at(1)) }
        })
    })
}

/// When the first piece of a fall passes the height of an aircraft that is below it, and when that gets there.
fn danger(fall: &Fall, flight: &Flight, truth: &Truth) -> Option<(f64, f64)> {
    let height_m = |time_s: f64| flight.at(truth, time_s, GAP_S).map(|[_, _, height_m]| height_m);
    let passages: Vec<Passage> = fall.iter().filter_map(|object| passage(object, height_m)).collect();
    let first_s = passages.iter().map(|p| p.time_s).min_by(f64::total_cmp)?;
    let last_s = passages.iter().map(|p| p.time_s).max_by(f64::total_cmp)?;
    let hull = MultiPoint(passages.iter().map(|p| p.place).collect()).convex_hull();
    let steps = ((last_s - first_s) / STEP_S).ceil() as usize;
    let inside_s = (0..=steps).map(|step| (first_s + step as f64 * STEP_S).min(last_s)).find(|&time_s| {
        flight
            .at(truth, time_s, GAP_S)
            .is_some_and(|[latitude_deg, longitude_deg, _]| is_near(&hull, Point::new(longitude_deg, latitude_deg)))
    })?;
    Some((first_s, inside_s))
}

/// Inside a hull, or within [`NEAR_KM`] of its edges, on a local plane.
fn is_near(hull: &Polygon, place: Point) -> bool {
    if hull.contains(&place) {
        return true;
    }
    let scale = place.y().to_radians().cos();
    let plane = |x: f64, y: f64| ((x - place.x()) * scale * KM_PER_DEG, (y - place.y()) * KM_PER_DEG);
    hull.exterior().lines().any(|edge| {
        let (a, b) = (plane(edge.start.x, edge.start.y), plane(edge.end.x, edge.end.y));
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let length2 = dx * dx + dy * dy;
        let share = if length2 > 0.0 { (-(a.0 * dx + a.1 * dy) / length2).clamp(0.0, 1.0) } else { 0.0 };
        (a.0 + share * dx).hypot(a.1 + share * dy) <= NEAR_KM
    })
}

/// How many of the pieces' ways through the bands of height lay in the area that was last said before, in its time; all of those
/// for which one had been said or should have been (objects that broke off something).
fn put_bands(figures: &mut Figures, truth: &Truth, warnings: &[Warning]) {
    let mut bands: Vec<[f64; 2]> =
        warnings.iter().flat_map(|w| w.debris.iter().map(|d| [d.upper_m, d.lower_m])).collect();
    bands.sort_by(|a, b| b[0].total_cmp(&a[0]));
    bands.dedup();
    let (mut ways, mut held) = (0, 0);
    for object in falls(truth).iter().filter(|fall| fall.len() > 1).flatten() {
        for &[upper_m, lower_m] in &bands {
            let Some(above) = passage(object, |_| Some(upper_m)) else { continue };
            let below = passage(object, |_| Some(lower_m.max(1.0)));
            let below = below.as_ref().unwrap_or(&above);
            let before = warnings.iter().rfind(|w| w.warns() && seconds(w.time, truth.epoch) < above.time_s);
            let said = before.and_then(|w| w.debris.iter().find(|d| d.upper_m == upper_m));
            ways += 1;
            held += usize::from(said.is_some_and(|band| {
                let (onset_s, end_s) = (seconds(band.onset, truth.epoch), seconds(band.end, truth.epoch));
                let area = band.area.as_ref().map(|area| area.polygons());
                let inside = |p: &Passage| area.as_ref().is_some_and(|area| area.contains(&p.place));
                onset_s <= above.time_s && below.time_s <= end_s && inside(&above) && inside(below)
            }));
        }
    }
    figures.put("band_passages", ways);
    figures.put("band_passages_held", held);
}

#[cfg(test)]
mod tests {
    use super::super::read::{Described, ToldAircraft};
    use super::*;
    use downrange_earth::Time;

    /// Sinks straight down at 100 m/s from 20 km, after it began at 0 s where all of them did.
    fn piece(east_deg: f64) -> TrueObject {
        let described = serde_json::from_str::<Described>(r#"{"name":"p","kind":"debris","end_s":210.0,"falls":true}"#);
        let mut path = vec![[0.0, 40.0, 130.0, 21_000.0]];
        path.extend((1..=21).map(|k| [10.0 * f64::from(k), 40.0, 130.0 + east_deg, 21_000.0 - 1_000.0 * f64::from(k)]));
        TrueObject { described: described.unwrap(), path }
    }

    fn truth() -> Truth {
        let objects = [0.0, 1.0, 2.0].map(piece).into_iter().collect();
        Truth { title: String::new(), epoch: Time::from_tai_ns(0), objects, vessels: Vec::new() }
    }

    /// Stays where it is.
    fn flight(east_deg: f64, north_deg: f64, height_m: f64) -> Flight {
        let fix = |second: u32| {
            (Time::from_tai_ns(0).plus_s(f64::from(second)), [40.0 + north_deg, 130.0 + east_deg, height_m])
        };
        Flight { icao: "71C0AB".into(), fixes: (0..30).map(|k| fix(10 * k)).collect() }
    }

    fn warning(at_s: f64) -> Warning {
        Warning {
            time: Time::from_tai_ns(0).plus_s(at_s),
            kind: "update".into(),
            objects: Vec::new(),
            vessels: Vec::new(),
            aircraft: vec![ToldAircraft { icao: "71C0AB".into() }],
            debris: Vec::new(),
            area: None,
        }
    }

    fn counts(flight: Flight, told_s: f64) -> [u64; 2] {
        let figures = figures(&truth(), &[flight], &[warning(told_s)]);
        ["aircraft_below", "named_before_first_piece"].map(|name| figures.get(name).and_then(Value::as_u64).unwrap())
    }

    #[test]
    fn std_who_is_between_the_pieces_must_be_named_before_the_first_passes_its_height() {
        // Pieces pass 10 km at 110 s.
        assert_eq!(counts(flight(1.5, 0.0, 10_000.0), 109.0), [1, 1]);
        assert_eq!(counts(flight(1.5, 0.0, 10_000.0), 111.0), [1, 0]);
        // 0.04° of latitude are 4.4 km, 0.05° are 5.6 km.
        assert_eq!(counts(flight(1.5, 0.04, 10_000.0), 0.0), [1, 1]);
        assert_eq!(counts(flight(1.5, 0.05, 10_000.0), 0.0), [0, 0]);
        // Above all of it.
        assert_eq!(counts(flight(1.5, 0.0, 30_000.0), 0.0), [0, 0]);
    }
}
