//! Where pieces that nobody tracks pass the heights at which aircraft fly, and when: a debris response area, in bands.
//!
//! At a break-up most pieces are too small for any radar. They stop higher up than the ones that are tracked, come down behind
//! them, and are in the air for an hour after those are down.

use super::area::convex_hull;
use super::fall::KnownDrag;
use super::fall::pieces::{BORDERS_M, Descent, Passage, descents};
use super::{Assessment, FallSample, HazardArea, Impact, Kind, TrackId};
use crate::picture::Track;
use crate::trust::CommonError;
use downrange_earth::Time;
use std::collections::BTreeMap;

/// What an area in the air holds of the pieces that come through its band: 14 CFR 450.133 asks for 97 %. The hull of this many
/// drawn pieces holds about as much (a hull of n places misses some ln(n)/n of what is drawn like them), and the margin of the
/// policy comes on top.
pub const DEBRIS_PROBABILITY: f64 = 0.97;
const PIECES: usize = 240;
/// Pieces are drawn again this often while the break-up lies ahead.
const DRAWN_EVERY_S: f64 = 8.0;
/// Below this height the break-up may have happened: from here on the track may follow a piece (`fall::powered` has the same
/// upper end).
const WHOLE_ABOVE_M: f64 = 82e3;
/// Drawn only from what is known this well, and kept only from so many plots on.
const KNOWN_SIGMA_M: f64 = 3_000.0;
const KNOWN_SIGMA_MPS: f64 = 150.0;
const KNOWN_HITS: u32 = 30;
/// Objects with fewer plots may be ghosts, and those whose fall is not known to a minute say nothing new: they do not move the area.
const TRACKED_PLOTS: u32 = 60;
const TRACKED_SIGMA_S: f64 = 30.0;
/// So many objects that parted from the whole are a break-up; fewer may be ghosts beside it.
const PARTED: usize = 3;
/// A break-up is drawn from this long before the first of them was seen (a radar needs some looks to see two objects where there
/// was one) to this long after (it may go on).
const BROKEN_BEFORE_S: f64 = 30.0;
const BROKEN_AFTER_S: f64 = 10.0;
/// The bands are made again this often.
const BANDS_EVERY_S: f64 = 5.0;
/// A whole that was not seen for so long, and left nothing that can be kept, gives way to the next object of its event.
const ABANDONED_S: f64 = 20.0;

/// Heights between which pieces pass, where, and from when to when: its area's window runs from the first piece at the upper
/// border to the last at the lower one.
#[derive(Debug, Clone, PartialEq)]
pub struct DebrisBand {
    /// Lower border above the ellipsoid.
    pub lower_m: f64,
    /// Upper border above the ellipsoid.
    pub upper_m: f64,
    /// Where pieces of any ballistic coefficient from 1.5 to 2,000 kg/m² pass between the two.
    pub area: HazardArea,
}

/// The pieces of one event.
#[derive(Debug, Clone)]
struct Cloud {
    whole: TrackId,
    drawn: Time,
    /// The whole when the pieces were drawn, with what it may be off by, and what was known of its drag.
    from: (Track, CommonError, KnownDrag),
    /// The break-up may have happened since: nothing better will be known of the whole.
    settled: bool,
    /// When each other object of the event was first seen.
    parted: BTreeMap<TrackId, Time>,
    /// The break-up was seen, and the pieces drawn from where it was.
    seen: bool,
    pieces: Vec<Descent>,
    /// One piece, as equally likely ways.
    piece: Impact,
    bands: Vec<DebrisBand>,
    bands_made: Option<Time>,
}

/// The pieces of every event in which something breaks up or may do so.
#[derive(Debug, Clone, Default)]
pub struct Debris {
    clouds: BTreeMap<String, Cloud>,
}

impl Debris {
    /// Takes an assessment and its track: draws pieces while the break-up lies ahead. `common_error`, `drag`: see
    /// [`super::fall`].
    pub fn look(&mut self, track: &Track, assessment: &Assessment, common_error: &CommonError, drag: KnownDrag) {
        let from_above = assessment.kind.of(Kind::Reentry) + assessment.kind.of(Kind::Debris) > 0.5;
        if !from_above || assessment.launch.is_some() || assessment.impact.is_none() {
            return;
        }
        let (place_sigma_m, speed_sigma_mps) = track.spread();
        let known = track.is_grown() && place_sigma_m < KNOWN_SIGMA_M && speed_sigma_mps < KNOWN_SIGMA_MPS;
        if let Some(cloud) = self.clouds.get_mut(&assessment.event) {
            let age_s = assessment.time.seconds_since(cloud.drawn);
            if cloud.whole != track.id {
                cloud.parted.insert(track.id, track.born);
                cloud.break_up_seen();
                if cloud.settled || age_s < ABANDONED_S {
                    return;
                }
            }
            cloud.settled |=
                cloud.whole == track.id && assessment.position.height_m < WHOLE_ABOVE_M && track.hits >= KNOWN_HITS;
            if cloud.settled || age_s < DRAWN_EVERY_S {
                return;
            }
        }
        if known && let Some(cloud) = Cloud::drawn(assessment.time, track, common_error, drag) {
            self.clouds.insert(assessment.event.clone(), cloud);
        }
    }

    /// The bands of an event whose time is not over, highest first; none if nothing of it breaks up. Where tracked pieces fall is
    /// inside, wherever they were drawn. `margin_m`: the areas reach this far beyond.
    pub fn bands(&mut self, now: Time, event: &str, objects: &[&Assessment], margin_m: f64) -> Vec<DebrisBand> {
        let Some(cloud) = self.clouds.get_mut(event) else { return Vec::new() };
        if cloud.bands_made.is_none_or(|made| now.seconds_since(made) >= BANDS_EVERY_S) {
            cloud.bands = cloud.bands_with(objects, margin_m);
            cloud.bands_made = Some(now);
        }
        cloud.bands.iter().filter(|band| band.area.latest() > now).cloned().collect()
    }

    /// One untracked piece of an event, as equally likely ways down.
    pub fn piece(&self, event: &str) -> Option<&Impact> {
        self.clouds.get(event).map(|cloud| &cloud.piece)
    }
}

impl Cloud {
    /// Draws the pieces anew when others have parted from the whole: it broke up before the first of them was seen.
    fn break_up_seen(&mut self) {
        if self.seen || self.parted.len() < PARTED {
            return;
        }
        let Some(&first) = self.parted.values().min() else { return };
        let (whole, error, drag) = &self.from;
        let first_s = first.seconds_since(whole.time);
        let broken_s = [first_s - BROKEN_BEFORE_S, first_s + BROKEN_AFTER_S];
        let pieces = descents(whole, error, *drag, Some(broken_s), PIECES);
        if pieces.len() >= PIECES / 2 {
            self.piece = one_piece(&pieces);
            self.pieces = pieces;
            self.bands_made = None;
        }
        (self.seen, self.settled) = (true, true);
    }

    fn drawn(now: Time, track: &Track, common_error: &CommonError, drag: KnownDrag) -> Option<Cloud> {
        let pieces = descents(track, common_error, drag, None, PIECES);
        // Most of it stays up: nothing to speak of.
        if pieces.len() < PIECES / 2 {
            return None;
        }
        let piece = one_piece(&pieces);
        Some(Cloud {
            whole: track.id,
            drawn: now,
            from: (track.clone(), *common_error, drag),
            settled: false,
            parted: BTreeMap::new(),
            seen: false,
            pieces,
            piece,
            bands: Vec::new(),
            bands_made: None,
        })
    }

    fn bands_with(&self, objects: &[&Assessment], margin_m: f64) -> Vec<DebrisBand> {
        let tracked: Vec<[Passage; 2]> = objects.iter().filter_map(|object| tracked(object)).collect();
        let band = |upper: usize| {
            let lower = upper + 1;
            let drawn = self.pieces.iter().map(|piece| (piece[upper], piece[lower]));
            // Tracked pieces are known at 12 km and on the ground: at the borders of the bands, but for the uppermost.
            let seen = tracked.iter().map(|&[aloft, ground]| match upper {
                0 => (aloft, aloft),
                1 => (aloft, between(aloft, ground)),
                _ => (between(aloft, ground), ground),
            });
            let passages: Vec<(Passage, Passage)> = drawn.chain(seen).collect();
            let earliest = passages.iter().map(|(above, _)| above.time).min()?;
            let latest = passages.iter().map(|(_, below)| below.time).max()?;
            let places: Vec<_> = passages.iter().flat_map(|(above, below)| [above.position, below.position]).collect();
            let area = HazardArea::new(DEBRIS_PROBABILITY, convex_hull(&places), earliest, latest).ok()?;
            let area = area.widened(margin_m);
            Some(DebrisBand { lower_m: BORDERS_M[lower], upper_m: BORDERS_M[upper], area })
        };
        (0..BORDERS_M.len() - 1).filter_map(band).collect()
    }
}

/// The most probable passage of a tracked piece at 12 km, and its fall.
fn tracked(object: &Assessment) -> Option<[Passage; 2]> {
    let impact = object.impact.as_ref()?;
    let plots: u32 = object.evidence.plots_by_sensor.iter().map(|&(_, count)| count).sum();
    let near = |sample: &&FallSample| {
        let north = sample.position.latitude_rad - impact.position.latitude_rad;
        let east = sample.position.longitude_rad - impact.position.longitude_rad;
        north * north + east * east
    };
    // The way that ends nearest to the most probable place.
    let way = impact.samples.iter().min_by(|a, b| near(a).total_cmp(&near(b)))?;
    let known = plots >= TRACKED_PLOTS && impact.time_sigma_s < TRACKED_SIGMA_S;
    known.then_some([
        Passage { position: way.aloft, time: way.aloft_time },
        Passage { position: impact.position, time: way.time },
    ])
}

/// Half way down.
fn between(above: Passage, below: Passage) -> Passage {
    let half_s = 0.5 * below.time.seconds_since(above.time);
    let mut position = above.position;
    position.latitude_rad += 0.5 * (below.position.latitude_rad - above.position.latitude_rad);
    let turn_rad = core::f64::consts::TAU;
    let east_rad = below.position.longitude_rad - above.position.longitude_rad;
    position.longitude_rad += 0.5 * (east_rad - turn_rad * libm::round(east_rad / turn_rad));
    Passage { position, time: above.time.plus_s(half_s) }
}

fn one_piece(pieces: &[Descent]) -> Impact {
    let samples: Vec<FallSample> = pieces
        .iter()
        .map(|[_, aloft, _, ground]| FallSample {
            position: ground.position,
            time: ground.time,
            aloft: aloft.position,
            aloft_time: aloft.time,
        })
        .collect();
    let first = samples[0].time;
    let n = samples.len() as f64;
    let mean_s = samples.iter().map(|sample| sample.time.seconds_since(first)).sum::<f64>() / n;
    let squares = samples.iter().map(|sample| sample.time.seconds_since(first) - mean_s).map(|d| d * d).sum::<f64>();
    Impact {
        time: first.plus_s(mean_s),
        time_sigma_s: libm::sqrt(squares / n),
        position: super::footprint::densest(&samples),
        areas: Vec::new(),
        samples,
    }
}
