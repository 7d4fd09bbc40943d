//! `forecasts.csv`: every judged forecast in a line, for those who want to see where the areas or the kinds go wrong.

use super::Outcome;
use super::judge::{Part, distance_km};
use downrange_engine::assess::{Kind, KindProbabilities, TrackId};
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
}

/// The head of the table.
const HEAD: &str = "seed,class,faulty,object,role,kind,time_s,way_fraction,part,track,said,said_probability,\
    kind_probability,held50,held95,held99,error_km,area95_km2\n";

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
    let fall = row.fall.map_or(",,,,".to_string(), |fall| {
        let [half, most, nearly] = fall.held.map(u8::from);
        format!("{half},{most},{nearly},{:.3},{:.2}", distance_km(fall.place, fall.truth), fall.area95_km2)
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
