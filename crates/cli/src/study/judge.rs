//! The judge of one world: what was said of it, against what flew in it.

use super::rows::{ForecastRow, RowFall};
use super::watch::{Heard, Noted, Told};
use downrange_earth::{Ecef, Geodetic};
use downrange_engine::assess::{Kind, KindProbabilities, Phase, TrackId};
use downrange_engine::traffic::SurfacePosition;
use downrange_sim::flight::{Kind as TrueKind, Object};
use downrange_sim::sensor::{Fault, SensorKind};
use downrange_sim::{Class, World};
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
    /// First alert or update that names a part of the flight.
    pub told_s: Option<f64>,
    /// First alert or update with an area that holds a fall of the flight.
    pub held_s: Option<f64>,
    /// When half of the flight (of what was launched, or to the first fall of what does not come down whole) was done.
    pub half_s: f64,
    /// The objects of the flight.
    pub objects: Vec<Judged>,
    /// Objects that were warned of and are none: name, what they are, and when.
    pub false_warned: Vec<(String, String, f64)>,
    /// Alerts and updates.
    pub revisions: usize,
}

/// Judges what was heard of a world.
pub fn judge(seed: u64, class: Class, world: &World, heard: &Heard) -> Case {
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
        told_s: earliest(&mut objects.iter().filter_map(|object| object.told_s)),
        held_s: earliest(&mut objects.iter().filter_map(|object| object.held_s)),
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

    fn object(&self, number: usize, object: &Object) -> Judged {
        let noted: Vec<&Noted> =
            self.heard.noted.iter().filter(|noted| self.followed.get(&noted.track) == Some(&number)).collect();
        let (start_s, end_s) = (object.path.start_s(), object.path.end_s());
        let burnout_s = object.burnout_s.unwrap_or(start_s);
        let mut judged = Judged {
            name: object.name.clone(),
            role: role(object),
            kind: engine_kind(object.kind),
            falls: object.falls,
            end_s,
            tracks: noted.iter().map(|noted| noted.track).collect::<BTreeSet<_>>().len(),
            told_s: self.told(|told| told.objects.iter().any(|name| self.of_name(name) == Some(number))),
            held_s: None,
            holds: BTreeMap::new(),
            kind_at_half: None,
            errors_km: [None; 4],
            area95_km2: None,
            rows: Vec::new(),
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
                self.told(|told| told.time_s < end_s && told.areas.iter().any(|a| a.contains(ground(fall))));
            let timed = noted.into_iter().filter(|noted| (start_s..=end_s - BEFORE_FALL_S).contains(&noted.time_s));
            put_fall(&mut judged, &timed.collect::<Vec<_>>(), burnout_s, fall);
        }
        judged
    }

    /// When the first alert or update of a sort was said.
    fn told(&self, test: impl Fn(&Told) -> bool) -> Option<f64> {
        self.heard.told.iter().find(|told| test(told)).map(|told| told.time_s)
    }

    fn false_warned(&self) -> Vec<(String, String, f64)> {
        let mut first: BTreeMap<&str, (String, f64)> = BTreeMap::new();
        for told in &self.heard.told {
            for name in &told.objects {
                let object = self.of_name(name).map(|number| &self.world.objects[number]);
                if object.is_none_or(|object| !is_flight(object)) {
                    let what = object.map_or("nothing", |object| object.kind.word());
                    first.entry(name).or_insert((what.to_string(), told.time_s));
                }
            }
        }
        first.into_iter().map(|(name, (what, time_s))| (name.to_string(), what, time_s)).collect()
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
    let (mut errors_km, mut areas_km2) = (Vec::new(), Vec::new());
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
            areas_km2.push(said.area95_km2);
        }
        judged.rows.push(row);
    }
    for (error_km, part) in judged.errors_km.iter_mut().zip(WAY_FRACTION) {
        let until_s = burnout_s + part * (judged.end_s - burnout_s);
        *error_km = errors_km.iter().rev().find(|(time_s, _)| *time_s <= until_s).map(|(_, error_km)| *error_km);
    }
    judged.area95_km2 = super::figures::quantile(areas_km2, 0.5);
}

fn row(noted: &Noted, part: Part, [burnout_s, end_s]: [f64; 2], truth: SurfacePosition) -> ForecastRow {
    let fall = noted.fall.as_ref().map(|(place, areas)| {
        let area = |stated: f64| areas.iter().find(|area| (area.probability() - stated).abs() < 1e-9);
        RowFall {
            held: STATED_PROBABILITY.map(|stated| area(stated).is_some_and(|area| area.contains(truth))),
            place: *place,
            truth,
            area95_km2: area(0.95).map_or(0.0, |area| area.area_m2() / 1e6),
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
