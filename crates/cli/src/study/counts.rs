//! Tracks and objects that are too many or too few.

use super::figures::{each, rounded};
use super::judge::{Case, Judged, Role};
use serde::Serialize;

/// Tracks of one object, and objects of one event, against what was there.
#[derive(Debug, Clone, Serialize)]
pub struct Counts {
    /// Tracks beyond the first of what falls.
    pub tracks: Vec<TrackRow>,
    /// Objects that the warnings of a flight count.
    pub objects: Vec<ObjectRow>,
}

/// Tracks of objects that fall and were tracked.
#[derive(Debug, Clone, Serialize)]
pub struct TrackRow {
    /// Of which.
    pub of: String,
    /// Objects with a track.
    pub objects: usize,
    /// Tracks beyond the first of each, in all.
    pub extra_tracks: usize,
    /// Objects with any.
    pub objects_with_extra: usize,
    /// The mean over the objects.
    pub extra_tracks_count_mean: Option<f64>,
    /// The most of one object.
    pub extra_tracks_most: usize,
}

/// Flights by how many objects their warnings count. The count is that of the last revisions of all warnings that name a part of
/// the flight; a warning that was taken back counts none.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ObjectRow {
    /// Of which.
    pub of: String,
    /// Flights that were warned of.
    pub flights: usize,
    /// Objects of theirs that fell.
    pub fell: usize,
    /// Objects counted in the end.
    pub counted: usize,
    /// Flights whose count was right in the end,
    pub right: usize,
    /// too high,
    pub too_many: usize,
    /// too low.
    pub too_few: usize,
    /// Flights whose count was too high at some time,
    pub once_too_many: usize,
    /// and of these, those where it was not in the end: it was taken back.
    pub taken_back: usize,
}

impl Counts {
    /// Of judged worlds.
    pub(super) fn of(cases: &[&Case]) -> Counts {
        let falling = |pieces: bool| -> Vec<&Judged> {
            let objects = each(cases).map(|(_, object)| object).filter(|object| object.falls && object.tracks > 0);
            objects.filter(|object| (object.role == Role::Piece) == pieces).collect()
        };
        let breaks_up = |case: &&Case| case.objects.iter().any(|object| object.role == Role::Piece);
        let (broken, whole): (Vec<&Case>, Vec<&Case>) = cases.iter().copied().partition(breaks_up);
        Counts {
            tracks: vec![
                tracks("missiles, bodies and stages", &falling(false)),
                tracks("pieces of break-ups", &falling(true)),
            ],
            objects: vec![objects("flights without a break-up", &whole), objects("flights that break up", &broken)],
        }
    }
}

fn tracks(of: &str, objects: &[&Judged]) -> TrackRow {
    let extra: Vec<usize> = objects.iter().map(|object| object.tracks - 1).collect();
    let sum: usize = extra.iter().sum();
    TrackRow {
        of: of.to_string(),
        objects: extra.len(),
        extra_tracks: sum,
        objects_with_extra: extra.iter().filter(|extra| **extra > 0).count(),
        extra_tracks_count_mean: (!extra.is_empty()).then(|| rounded(sum as f64 / extra.len() as f64)),
        extra_tracks_most: extra.iter().copied().max().unwrap_or(0),
    }
}

fn objects(of: &str, cases: &[&Case]) -> ObjectRow {
    let mut row = ObjectRow { of: of.to_string(), ..ObjectRow::default() };
    for count in cases.iter().filter(|case| case.told_s.is_some()).map(|case| case.count) {
        row.flights += 1;
        row.fell += count.fell;
        row.counted += count.last;
        row.right += usize::from(count.last == count.fell);
        row.too_many += usize::from(count.last > count.fell);
        row.too_few += usize::from(count.last < count.fell);
        row.once_too_many += usize::from(count.most > count.fell);
        row.taken_back += usize::from(count.most > count.fell && count.last <= count.fell);
    }
    row
}
