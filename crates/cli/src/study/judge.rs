//! The judge of one world: what was said of it, against what flew in it.

use super::bound::{Ratio, Said};
use super::districts::Districts;
use super::launches::{Off, SaidLaunch};
use super::rows::{ForecastRow, RowFall, factor};
use super::watch::{Heard, Noted, Told};
use downrange_earth::{Ecef, Geodetic};
use downrange_engine::assess::{HazardArea, Kind, KindProbabilities, Phase, TrackId};
use downrange_engine::traffic::SurfacePosition;
use downrange_sim::flight::{Kind as TrueKind, Object};
use downrange_sim::sensor::{Fault, SensorKind};
use downrange_sim::{Class, World};
use downrange_wire::naming::Named;
use downrange_wire::warning::reason_word;
use std::collections::{BTreeMap, BTreeSet};

/// Forecasts are judged from this long after burnout (or after the beginning of what has no engine) on; before, they are
/// counted as made in the boost.
const AFTER_BURNOUT_S: f64 = 5.0;
/// A forecast made so shortly before the fall comes too late to be one.
const BEFORE_FALL_S: f64 = 1.0;
/// A track follows something if at least this part of its plots came from objects (pieces of a break-up share tracks).
const MAJORITY_FRACTION: f64 = 0.5;
/// The fall error is taken when this part of the way from burnout to the fall is done.
pub const WAY_FRACTION: [f64; 4] = [0.25, 0.5, 0.75, 0.9];
/// The size of the areas is set against the smallest possible when this part of that way is done.
pub const BOUND_FRACTION: [f64; 3] = [0.25, 0.5, 0.75];
/// The first warned area is compared with that of so much later.
pub const LATER_S: f64 = 30.0;
/// What the areas say that they hold.
pub const STATED_PROBABILITY: [f64; 3] = [0.5, 0.95, 0.99];

/// Which part of its flight's evidence an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// What was launched or comes back.
    Lead,
    /// A spent stage.
    Stage,
    /// A piece of a break-up.
    Piece,
}

/// When a forecast was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Before burnout and 5 s more: the engine really burns.
    Boost,
    /// Later, and called boost.
    CalledBoost,
    /// Called midcourse.
    Midcourse,
    /// Called descent.
    Descent,
    /// Called lost: no plots for longer than the sensors should need.
    Lost,
    /// Called landed, before it was.
    CalledLanded,
}

impl Part {
    /// All, in order.
    pub const ALL: [Part; 6] =
        [Part::Boost, Part::CalledBoost, Part::Midcourse, Part::Descent, Part::Lost, Part::CalledLanded];

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Part::Boost => "boost",
            Part::CalledBoost => "called boost after burnout",
            Part::Midcourse => "midcourse",
            Part::Descent => "descent",
            Part::Lost => "lost",
            Part::CalledLanded => "called landed before the fall",
        }
    }

    fn of(phase: Phase, is_boost: bool) -> Part {
        match phase {
            _ if is_boost => Part::Boost,
            Phase::Boost => Part::CalledBoost,
            Phase::Midcourse => Part::Midcourse,
            Phase::Descent => Part::Descent,
            Phase::Lost => Part::Lost,
            Phase::Landed => Part::CalledLanded,
        }
    }
}

/// Forecasts of one object, and how many held its fall.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holds {
    /// Forecasts with areas.
    pub forecasts: u32,
    /// Forecasts without a fall, of something that falls.
    pub without: u32,
    /// Forecasts whose 50, 95 and 99 % areas held the fall.
    pub held: [u32; 3],
}

impl Holds {
    /// Adds others to these.
    pub fn add(&mut self, other: &Holds) {
        self.forecasts += other.forecasts;
        self.without += other.without;
        for (sum, held) in self.held.iter_mut().zip(other.held) {
            *sum += held;
        }
    }
}

/// One object of a flight.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Its name in the truth.
    pub name: String,
    /// What part of the flight it is.
    pub role: Role,
    /// What it is.
    pub kind: Kind,
    /// Whether it comes down.
    pub falls: bool,
    /// When it came down or ended.
    pub end_s: f64,
    /// Tracks that followed it.
    pub tracks: usize,
    /// First alert or update that names it, seconds after the epoch.
    pub told_s: Option<f64>,
    /// First alert or update before its fall with an area that holds the fall.
    pub held_s: Option<f64>,
    /// Coverage, by the time when the forecasts were made.
    pub holds: BTreeMap<Part, Holds>,
    /// What it was said to be when half of its flight was done.
    pub kind_at_half: Option<KindProbabilities>,
    /// Error of the fall at [`WAY_FRACTION`].
    pub errors_km: [Option<f64>; 4],
    /// Median size of its 95 % areas after burnout.
    pub area95_km2: Option<f64>,
    /// Every forecast of it.
    pub rows: Vec<ForecastRow>,
    /// Its 95 % areas at [`BOUND_FRACTION`], as far as there were any after burnout.
    pub areas95: Vec<Said>,
    /// These against the smallest possible; empty where that is not asked (see [`super::bound`]).
    pub ratios: Vec<Ratio>,
}

impl Judged {
    /// Coverage after burnout.
    pub fn after_burnout(&self) -> Holds {
        let mut sum = Holds::default();
        self.holds.iter().filter(|(part, _)| **part != Part::Boost).for_each(|(_, holds)| sum.add(holds));
        sum
    }

    /// Whether people underneath were told before it fell: of it, or of an area that it fell into.
    pub fn was_told(&self) -> bool {
        self.held_s.is_some() || self.told_s.is_some_and(|told_s| told_s < self.end_s)
    }
}

/// One world, judged.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its seed.
    pub seed: u64,
    /// What was launched.
    pub class: Class,
    /// Whether a sensor had a fault.
    pub is_faulty: bool,
    /// Radars that watched.
    pub radars: usize,
    /// Plots, the false ones among them.
    pub plots: usize,
    /// Length of the world.
    pub duration_s: f64,
    /// Reception of the first plot of the flight, seconds after the epoch.
    pub first_plot_s: Option<f64>,
    /// Whether it was launched, and not first seen coming down.
    pub is_launched: bool,
    /// What was said of its launch.
    pub launch: Option<SaidLaunch>,
    /// First alert or update that names a part of the flight.
    pub told_s: Option<f64>,
    /// First alert or update with an area that holds a fall of the flight.
    pub held_s: Option<f64>,
    /// First alert or update of the flight, before the fall of a part of it, whose text names the district or sea of that fall.
    pub named_s: Option<f64>,
    /// The same by the headline alone.
    pub headline_named_s: Option<f64>,
    /// Size of what the first alert or update of the flight warns, and of what its warning warns [`LATER_S`] later.
    pub first_areas_km2: Option<[f64; 2]>,
    /// Objects that the warnings of the flight count.
    pub count: Count,
    /// When half of the flight (of what was launched, or to the first fall of what does not come down whole) was done.
    pub half_s: f64,
    /// The objects of the flight.
    pub objects: Vec<Judged>,
    /// Objects that were warned of and are none.
    pub false_warned: Vec<FalseWarning>,
    /// Alerts and updates.
    pub revisions: usize,
}

/// Something that was warned of and does not fall.
#[derive(Debug, Clone, PartialEq)]
pub struct FalseWarning {
    /// What it was called.
    pub name: String,
    /// What it is.
    pub what: String,
    /// When it was first warned of, seconds after the epoch.
    pub time_s: f64,
    /// Why, in the word of `warnings.jsonl`, and what it was taken for.
    pub why: String,
}

impl FalseWarning {
    /// In words.
    pub fn words(&self) -> String {
        format!("{} is {}; after {:.0} s: {}", self.name, self.what, self.time_s, self.why)
    }
}

/// How many objects the warnings of a flight count, and how many came down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Objects that really fell.
    pub fell: usize,
    /// Objects in the last revisions of all warnings that name a part of the flight; of warnings taken back, none.
    pub last: usize,
    /// The most at any time.
    pub most: usize,
}

/// Judges what was heard of a world; what the messages name only where it is known which districts there were.
pub fn judge(seed: u64, class: Class, world: &World, heard: &Heard, districts: Option<&Districts>) -> Case {
    let bench = Bench::new(world, heard);
    let objects: Vec<Judged> = world
        .objects
        .iter()
        .enumerate()
        .filter(|(_, object)| is_flight(object))
        .map(|(number, object)| bench.object(number, object))
        .collect();
    let of_flight = |number: usize| world.objects.get(number).is_some_and(is_flight);
    let first_plot = world.plots.iter().find(|plot| plot.object.is_some_and(of_flight));
    let earliest = |times: &mut dyn Iterator<Item = f64>| times.min_by(f64::total_cmp);
    let lead = world.objects.iter().find(|object| is_flight(object));
    let first_fall_s = earliest(&mut objects.iter().filter(|object| object.falls).map(|object| object.end_s));
    let end_s = lead.filter(|lead| lead.falls).map(|lead| lead.path.end_s()).or(first_fall_s).unwrap_or(0.0);
    let start_s = lead.map_or(0.0, |lead| lead.path.start_s());
    Case {
        seed,
        class,
        is_faulty: world.sensors.iter().any(|sensor| sensor.fault != Fault::default()),
        radars: world.sensors.iter().filter(|sensor| matches!(sensor.kind, SensorKind::Radar { .. })).count(),
        plots: world.plots.len(),
        duration_s: world.duration_s,
        first_plot_s: first_plot.map(|plot| plot.received_s),
        is_launched: class != Class::Reentry,
        launch: lead.filter(|_| class != Class::Reentry).and_then(|lead| bench.launch(lead, districts)),
        told_s: earliest(&mut objects.iter().filter_map(|object| object.told_s)),
        held_s: earliest(&mut objects.iter().filter_map(|object| object.held_s)),
        named_s: districts.and_then(|all| bench.named(all, |named, place, holding| named.names(place, holding))),
        headline_named_s: districts
            .and_then(|all| bench.named(all, |named, place, holding| named.headline_names(place, holding))),
        first_areas_km2: bench.first_areas_km2(),
        count: bench.count(),
        half_s: 0.5 * (start_s + end_s),
        objects,
        false_warned: bench.false_warned(),
        revisions: heard.told.len(),
    }
}

/// Every object of a world, the traffic among them, in the order of the truth, and the tracks that followed it.
pub fn everything(world: &World, heard: &Heard) -> Vec<(Judged, BTreeSet<TrackId>)> {
    let bench = Bench::new(world, heard);
    let tracks = |number: usize| bench.followed.iter().filter(move |(_, of)| **of == number).map(|(track, _)| *track);
    let objects = world.objects.iter().enumerate();
    objects.map(|(number, object)| (bench.object(number, object), tracks(number).collect())).collect()
}

/// Whether it belongs to the flight, not to the traffic around it.
fn is_flight(object: &Object) -> bool {
    !matches!(object.kind, TrueKind::Aircraft | TrueKind::Satellite | TrueKind::Meteor | TrueKind::Other)
}

struct Bench<'a> {
    world: &'a World,
    heard: &'a Heard,
    /// Which object each track follows.
    followed: BTreeMap<TrackId, usize>,
    /// Which track each name belongs to.
    named: BTreeMap<&'a str, TrackId>,
}

impl<'a> Bench<'a> {
    fn new(world: &'a World, heard: &'a Heard) -> Bench<'a> {
        let mut plots: BTreeMap<TrackId, BTreeSet<usize>> = BTreeMap::new();
        for noted in &heard.noted {
            plots.entry(noted.track).or_default().extend(&noted.plots);
        }
        let followed = plots.iter().filter_map(|(track, plots)| Some((*track, followed(world, plots)?))).collect();
        let named = heard.noted.iter().map(|noted| (noted.object.as_str(), noted.track)).collect();
        Bench { world, heard, followed, named }
    }

    fn of_name(&self, name: &str) -> Option<usize> {
        self.followed.get(self.named.get(name)?).copied()
    }

    /// What was said of the launch of the flight, by assessments of any part of it.
    fn launch(&self, lead: &Object, districts: Option<&Districts>) -> Option<SaidLaunch> {
        let start = lead.path.knots.first()?;
        let of_flight =
            |noted: &&Noted| self.of_noted(noted).is_some_and(|number| is_flight(&self.world.objects[number]));
        let mut noted = self.heard.noted.iter().filter(|noted| noted.launch.is_some()).filter(of_flight);
        let first = noted.next()?;
        let off = |noted: &Noted| {
            let said = noted.launch.as_ref()?;
            let before_s = said.time.seconds_since(self.world.epoch) - start.time_s;
            Some(Off::of(said, Ecef(start.place).geodetic(), before_s, districts))
        };
        let last = noted.next_back().unwrap_or(first);
        Some(SaidLaunch { first_s: first.time_s, said: [off(first)?, off(last)?] })
    }

    /// What an assessment is of: the object of most of the latest plots that it rests on. A track can go on with another object,
    /// as when the track of a carrier follows its spent stage.
    fn of_noted(&self, noted: &Noted) -> Option<usize> {
        let latest: BTreeSet<usize> = noted.plots.iter().copied().collect();
        followed(self.world, &latest).or_else(|| self.followed.get(&noted.track).copied())
    }

    fn object(&self, number: usize, object: &Object) -> Judged {
        let noted: Vec<&Noted> = self.heard.noted.iter().filter(|noted| self.of_noted(noted) == Some(number)).collect();
        let (start_s, end_s) = (object.path.start_s(), object.path.end_s());
        let burnout_s = object.burnout_s.unwrap_or(start_s);
        let mut judged = Judged {
            name: object.name.clone(),
            role: role(object),
            kind: engine_kind(object.kind),
            falls: object.falls,
            end_s,
            tracks: noted.iter().map(|noted| noted.track).collect::<BTreeSet<_>>().len(),
            told_s: self.told(|told| told.revision.objects.iter().any(|name| self.of_name(name) == Some(number))),
            held_s: None,
            holds: BTreeMap::new(),
            kind_at_half: None,
            errors_km: [None; 4],
            area95_km2: None,
            rows: Vec::new(),
            areas95: Vec::new(),
            ratios: Vec::new(),
        };
        let half_s = match object.kind {
            // Half of a flight into orbit is done when it is there; of a body that breaks up, when it does: its pieces fall.
            TrueKind::SpaceLaunch => burnout_s,
            TrueKind::Reentry if !object.falls => end_s,
            _ => 0.5 * (start_s + end_s),
        };
        judged.kind_at_half = noted.iter().rev().find(|noted| noted.time_s <= half_s).map(|noted| noted.kind);
        if let Some(fall) = object.path.knots.last().filter(|_| object.falls) {
            let fall = Ecef(fall.place).geodetic();
            judged.held_s =
                self.told(|told| told.time_s < end_s && told.revision.areas.iter().any(|a| a.contains(ground(fall))));
            let timed = noted.into_iter().filter(|noted| (start_s..=end_s - BEFORE_FALL_S).contains(&noted.time_s));
            put_fall(&mut judged, &timed.collect::<Vec<_>>(), burnout_s, fall);
        }
        judged
    }

    /// When the first alert or update of a sort was said.
    fn told(&self, test: impl Fn(&Told) -> bool) -> Option<f64> {
        self.heard.told.iter().find(|told| test(told)).map(|told| told.time_s)
    }

    /// Whether a message is of a part of the flight.
    fn is_of_flight(&self, told: &Told) -> bool {
        let numbers = told.revision.objects.iter().filter_map(|name| self.of_name(name));
        numbers.into_iter().any(|number| is_flight(&self.world.objects[number]))
    }

    /// When the first message of the flight named, in time, where a part of it falls.
    fn named(
        &self,
        districts: &Districts,
        names: impl Fn(&Named<'_>, SurfacePosition, &[&str]) -> bool,
    ) -> Option<f64> {
        let falling = self.world.objects.iter().filter(|object| object.falls && is_flight(object));
        let fell = falling.filter_map(|object| {
            let place = ground(Ecef(object.path.knots.last()?.place).geodetic());
            Some((object.path.end_s(), place, districts.holding(place)))
        });
        let fell: Vec<_> = fell.collect();
        self.told(|told| {
            let is_ahead = fell.iter().filter(|(end_s, ..)| told.time_s < *end_s);
            let named = Named::of(&told.revision);
            self.is_of_flight(told) && is_ahead.into_iter().any(|(_, place, holding)| names(&named, *place, holding))
        })
    }

    fn first_areas_km2(&self) -> Option<[f64; 2]> {
        let first = self.heard.told.iter().find(|told| self.is_of_flight(told))?;
        let of_same = |told: &&Told| told.revision.id == first.revision.id && told.time_s <= first.time_s + LATER_S;
        let later = self.heard.told.iter().rev().find(of_same)?;
        let size_km2 = |told: &Told| told.revision.areas.iter().map(HazardArea::area_m2).sum::<f64>() / 1e6;
        Some([size_km2(first), size_km2(later)])
    }

    fn count(&self) -> Count {
        let ids: BTreeSet<&str> = self
            .heard
            .told
            .iter()
            .filter(|told| self.is_of_flight(told))
            .map(|told| told.revision.id.as_str())
            .collect();
        let said = self.heard.told.iter().map(|t| (t.time_s, t.revision.id.as_str(), t.revision.objects.len()));
        let cancelled = self.heard.cancelled.iter().map(|(time_s, id)| (*time_s, id.as_str(), 0));
        let mut changes: Vec<(f64, &str, usize)> =
            said.chain(cancelled).filter(|(_, id, _)| ids.contains(id)).collect();
        changes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let falling = self.world.objects.iter().filter(|object| object.falls && is_flight(object));
        let mut count = Count { fell: falling.count(), ..Count::default() };
        let mut standing: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, id, objects) in changes {
            standing.insert(id, objects);
            count.last = standing.values().sum();
            count.most = count.most.max(count.last);
        }
        count
    }

    fn false_warned(&self) -> Vec<FalseWarning> {
        let mut first: BTreeMap<&str, FalseWarning> = BTreeMap::new();
        for told in &self.heard.told {
            for name in &told.revision.objects {
                let object = self.of_name(name).map(|number| &self.world.objects[number]);
                if object.is_none_or(|object| !is_flight(object)) {
                    first.entry(name).or_insert_with(|| FalseWarning {
                        name: name.clone(),
                        what: object.map_or("nothing", |object| object.kind.word()).to_string(),
                        time_s: told.time_s,
                        why: self.why(name, told),
                    });
                }
            }
        }
        first.into_values().collect()
    }

    /// Why a message names an object: its reason, and what the object was taken for.
    fn why(&self, name: &str, told: &Told) -> String {
        let noted = self.heard.noted.iter().rev().find(|noted| noted.object == name && noted.time_s <= told.time_s);
        let taken_for = noted.map_or("unknown", |noted| noted.kind.most_probable().word());
        let threat = noted.map_or(told.revision.probability, |noted| noted.kind.threat());
        format!("{}, taken for {taken_for}, falls with {:.0} %", reason_word(told.revision.reason), threat * 100.0)
    }
}

/// The object that most of these plots came from; nothing if most of them are false.
fn followed(world: &World, plots: &BTreeSet<usize>) -> Option<usize> {
    let mut votes: BTreeMap<usize, usize> = BTreeMap::new();
    for object in plots.iter().filter_map(|&plot| world.plots.get(plot)?.object) {
        *votes.entry(object).or_default() += 1;
    }
    let true_plots: usize = votes.values().sum();
    let is_object = true_plots as f64 >= MAJORITY_FRACTION * plots.len() as f64;
    votes.into_iter().filter(|_| is_object).max_by_key(|&(_, votes)| votes).map(|(object, _)| object)
}

/// Coverage, errors and sizes of the areas.
fn put_fall(judged: &mut Judged, noted: &[&Noted], burnout_s: f64, fall: Geodetic) {
    let (mut errors_km, mut areas_km2) = (Vec::new(), Vec::<Said>::new());
    for noted in noted {
        let is_boost = noted.time_s < burnout_s + AFTER_BURNOUT_S;
        let part = Part::of(noted.phase, is_boost);
        let row = row(noted, part, [burnout_s, judged.end_s], ground(fall));
        let holds = judged.holds.entry(part).or_default();
        let Some(said) = row.fall else {
            holds.without += 1;
            judged.rows.push(row);
            continue;
        };
        holds.forecasts += 1;
        holds.held.iter_mut().zip(said.held).for_each(|(sum, held)| *sum += u32::from(held));
        if !is_boost {
            errors_km.push((noted.time_s, distance_km(said.place, said.truth)));
            areas_km2.push(Said { time_s: noted.time_s, area_km2: said.area95_km2 });
        }
        judged.rows.push(row);
    }
    let end_s = judged.end_s;
    let part_s = |part: f64| burnout_s + part * (end_s - burnout_s);
    for (error_km, part) in judged.errors_km.iter_mut().zip(WAY_FRACTION) {
        let until_s = part_s(part);
        *error_km = errors_km.iter().rev().find(|(time_s, _)| *time_s <= until_s).map(|(_, error_km)| *error_km);
    }
    let at = |part: f64| areas_km2.iter().rev().find(|said| said.time_s <= part_s(part)).copied();
    judged.areas95 = BOUND_FRACTION.into_iter().filter_map(at).collect();
    judged.area95_km2 = super::figures::quantile(areas_km2.iter().map(|said| said.area_km2).collect(), 0.5);
}

fn row(noted: &Noted, part: Part, [burnout_s, end_s]: [f64; 2], truth: SurfacePosition) -> ForecastRow {
    let fall = noted.fall.as_ref().map(|(place, areas)| {
        let area = |stated: f64| areas.iter().find(|area| (area.probability() - stated).abs() < 1e-9);
        RowFall {
            held: STATED_PROBABILITY.map(|stated| area(stated).is_some_and(|area| area.contains(truth))),
            place: *place,
            truth,
            area95_km2: area(0.95).map_or(0.0, |area| area.area_m2() / 1e6),
            factor: STATED_PROBABILITY
                .map(|stated| area(stated).map_or(f64::INFINITY, |area| factor(area, *place, truth))),
        }
    });
    let way_fraction = (noted.time_s - burnout_s) / (end_s - burnout_s).max(1.0);
    ForecastRow { time_s: noted.time_s, way_fraction, part, track: noted.track, kind: noted.kind, fall }
}

fn role(object: &Object) -> Role {
    match object.kind {
        TrueKind::Debris if object.name.contains("-piece-") => Role::Piece,
        TrueKind::Debris => Role::Stage,
        _ => Role::Lead,
    }
}

/// The same kind in the words of the engine; both have the words of the output format.
fn engine_kind(kind: TrueKind) -> Kind {
    Kind::ALL.into_iter().find(|known| known.word() == kind.word()).unwrap_or(Kind::Unknown)
}

fn ground(place: Geodetic) -> SurfacePosition {
    SurfacePosition { latitude_rad: place.latitude_rad, longitude_rad: place.longitude_rad }
}

/// Distance between two places on the ground (the chord; on a thousand kilometres it is a kilometre short).
pub(crate) fn distance_km(one: SurfacePosition, other: SurfacePosition) -> f64 {
    let at = |place: SurfacePosition| {
        Geodetic { latitude_rad: place.latitude_rad, longitude_rad: place.longitude_rad, height_m: 0.0 }.ecef().0
    };
    (at(one) - at(other)).norm() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;
    use downrange_engine::assess::Exposure;
    use downrange_engine::policy::Status;
    use downrange_engine::warn::{Reason, Revision, RevisionKind};
    use downrange_sim::{Options, draw};

    fn place(latitude_deg: f64, longitude_deg: f64) -> SurfacePosition {
        SurfacePosition { latitude_rad: latitude_deg.to_radians(), longitude_rad: longitude_deg.to_radians() }
    }

    /// A message of these objects about a square of a degree around a place.
    fn told(world: &World, time_s: f64, id: &str, objects: &[&str], around: SurfacePosition, side_deg: f64) -> Told {
        let (latitude_deg, longitude_deg) = (around.latitude_rad.to_degrees(), around.longitude_rad.to_degrees());
        let half = side_deg / 2.0;
        let corners = [[-half, -half], [-half, half], [half, half], [half, -half], [-half, -half]];
        let ring = corners.map(|[north, east]| place(latitude_deg + north, longitude_deg + east)).to_vec();
        let time = world.epoch.plus_s(time_s);
        let revision = Revision {
            debris: Vec::new(),
            time,
            id: id.into(),
            revision: 1,
            kind: RevisionKind::Update,
            reason: Reason::AreaChanged,
            status: Status::Test,
            event: "event".into(),
            objects: objects.iter().map(|name| name.to_string()).collect(),
            region: None,
            object_kind: Kind::Ballistic,
            onset: time,
            expires: time.plus_s(900.0),
            areas: vec![HazardArea::new(0.95, ring, time, time.plus_s(60.0)).unwrap()],
            places: vec![around],
            exposure: Exposure::default(),
            probability: 1.0,
            references: Vec::new(),
        };
        Told { time_s, revision }
    }

    fn noted(world: &World, object: &str, track: u64, of: Option<usize>) -> Noted {
        let plots = world.plots.iter().enumerate().filter(|(_, plot)| plot.object == of).map(|(number, _)| number);
        Noted {
            time_s: 100.0,
            track: TrackId(track),
            object: object.into(),
            phase: Phase::Midcourse,
            kind: KindProbabilities([0.1; 10]),
            apogee_m: None,
            launch: None,
            fall: None,
            plots: plots.take(20).collect(),
        }
    }

    #[test]
    fn messages_are_judged_by_what_they_name_count_and_take_back() {
        let world = draw(100_002, &Options { fault_probability: 0.0, ..Options::one_flight() }).run(|_| ()).unwrap();
        let lead = world.objects.iter().position(is_flight).unwrap();
        let end = world.objects[lead].path.knots.last().unwrap();
        let (fell, nowhere) = (ground(Ecef(end.place).geodetic()), place(-20.0, 10.0));
        let heard = Heard {
            noted: vec![noted(&world, "a", 1, Some(lead)), noted(&world, "ghost", 2, None)],
            told: vec![
                told(&world, 90.0, "other-W", &["ghost"], fell, 1.0),
                told(&world, 100.0, "W", &["a"], nowhere, 4.0),
                told(&world, 120.0, "W", &["a", "ghost"], fell, 2.0),
                told(&world, 125.0, "W2", &["a"], fell, 1.0),
                told(&world, 140.0, "W", &["a"], fell, 1.0),
            ],
            cancelled: vec![(150.0, "W2".into())],
            refused: 0,
        };
        let districts = Districts::built_in().unwrap();
        let case = judge(100_002, Class::BallisticShort, &world, &heard, Some(&districts));
        // What is said of a ghost is not said of the flight, and the first message of it is of the wrong place.
        assert_eq!((case.told_s, case.named_s, case.headline_named_s), (Some(100.0), Some(120.0), Some(120.0)));
        let whole = world.objects.iter().filter(|object| object.falls && is_flight(object)).count();
        assert_eq!(case.count, Count { fell: whole, last: 1, most: 3 });
        let [first_km2, later_km2] = case.first_areas_km2.unwrap();
        // Of the same warning 30 s later, not of the one in between: a square with half the side.
        assert!((first_km2 / later_km2 / 4.0 - 1.0).abs() < 0.4, "{first_km2} {later_km2}");
        assert_eq!(case.false_warned.len(), 1);
        assert!(case.false_warned[0].words().starts_with("ghost is nothing; after 90 s: area-changed, taken for "));
    }
}
