//! `forecasts.csv`: every judged forecast in a line, for those who want to see where the areas or the kinds go wrong.

use super::Outcome;
use super::judge::{Part, distance_km};
use downrange_engine::assess::{HazardArea, Kind, KindProbabilities, TrackId};
use downrange_engine::traffic::SurfacePosition;

/// One forecast of an object that falls, made while it was in the air.
#[derive(Debug, Clone)]
pub struct ForecastRow {
    /// Seconds after the epoch.
    pub time_s: f64,
    /// Part of the way from burnout to the fall that was done; below 0 while the engine burned.
    pub way_fraction: f64,
    /// When it was made.
    pub part: Part,
    /// The track it rests on.
    pub track: TrackId,
    /// What it was said to be.
    pub kind: KindProbabilities,
    /// Which of the 50, 95 and 99 % areas held the fall, and where it was expected; absent when no fall was said.
    pub fall: Option<RowFall>,
}

/// The forecast fall against the true one.
#[derive(Debug, Clone, Copy)]
pub struct RowFall {
    /// Whether the 50, 95 and 99 % areas held it.
    pub held: [bool; 3],
    /// Where it was expected.
    pub place: SurfacePosition,
    /// Where it fell.
    pub truth: SurfacePosition,
    /// Size of the 95 % area.
    pub area95_km2: f64,
    /// By which factor each area, drawn apart from or together to the expected place, would just hold the fall.
    pub factor: [f64; 3],
}

/// The head of the table.
const HEAD: &str = "seed,class,faulty,object,role,kind,time_s,way_fraction,part,track,said,said_probability,\
    kind_probability,held50,held95,held99,error_km,area95_km2,factor50,factor95,factor99\n";

/// The table of all judged worlds.
pub fn forecasts_csv(outcomes: &[(u64, Outcome)]) -> String {
    let mut text = HEAD.to_string();
    for (seed, outcome) in outcomes {
        let Outcome::Judged(case) = outcome else { continue };
        for object in &case.objects {
            let of = format!(
                "{seed},\"{}\",{},{},{:?},{}",
                case.class.words(),
                u8::from(case.is_faulty),
                object.name,
                object.role,
                object.kind.word()
            );
            for row in &object.rows {
                text.push_str(&line(&of, object.kind, row));
            }
        }
    }
    text
}

fn line(of: &str, kind: Kind, row: &ForecastRow) -> String {
    let said = row.kind.most_probable();
    let fall = row.fall.map_or(",,,,,,,".to_string(), |fall| {
        let [half, most, nearly] = fall.held.map(u8::from);
        let [factor50, factor95, factor99] = fall.factor;
        let error_km = distance_km(fall.place, fall.truth);
        format!("{half},{most},{nearly},{error_km:.3},{:.2},{factor50:.3},{factor95:.3},{factor99:.3}", fall.area95_km2)
    });
    format!(
        "{of},{:.1},{:.4},{},{},{},{:.3},{:.3},{fall}\n",
        row.time_s,
        row.way_fraction,
        row.part.words(),
        row.track.0,
        said.word(),
        row.kind.of(said),
        row.kind.of(kind)
    )
}

/// By which factor a ring around `place` would have to be drawn apart to just reach `truth`: below one inside it. Along the line
/// from `place` through `truth`, in longitude and latitude; 0 when the two are one, infinite when the ring is not around `place`.
pub fn factor(area: &HazardArea, place: SurfacePosition, truth: SurfacePosition) -> f64 {
    let offset = |p: SurfacePosition| {
        let turn = core::f64::consts::TAU;
        let east = p.longitude_rad - place.longitude_rad;
        ((east - turn * (east / turn).round()) * place.latitude_rad.cos(), p.latitude_rad - place.latitude_rad)
    };
    let (x, y) = offset(truth);
    let corners: Vec<(f64, f64)> = area.ring().iter().map(|&corner| offset(corner)).collect();
    // The ray t·(x, y), t > 0, meets the edge from a to b where a + s(b − a) = t·(x, y).
    let reach = corners.windows(2).filter_map(|edge| {
        let [(ax, ay), (bx, by)] = [edge[0], edge[1]];
        let (dx, dy) = (bx - ax, by - ay);
        let cross = x * dy - y * dx;
        let (t, s) = ((ax * dy - ay * dx) / cross, (ax * y - ay * x) / cross);
        (t > 0.0 && (0.0..=1.0).contains(&s)).then_some(t)
    });
    if x == 0.0 && y == 0.0 {
        return 0.0;
    }
    1.0 / reach.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use downrange_earth::Time;

    #[test]
    fn a_square_reaches_what_it_is_drawn_apart_to() {
        let at =
            |north: f64, east: f64| SurfacePosition { latitude_rad: 0.01 * north, longitude_rad: 2.4 + 0.01 * east };
        let ring = vec![at(-1.0, -1.0), at(-1.0, 1.0), at(1.0, 1.0), at(1.0, -1.0)];
        let area = HazardArea::new(0.5, ring, Time::from_tai_ns(0), Time::from_tai_ns(0)).unwrap();
        for (north, east, expected) in [(2.0, 0.3, 2.0), (0.25, 0.5, 0.5), (0.0, 3.0, 3.0), (0.0, 0.0, 0.0)] {
            let found = factor(&area, at(0.0, 0.0), at(north, east));
            assert!((found - expected).abs() < 1e-9, "{north} {east}: {found}");
        }
    }
}
