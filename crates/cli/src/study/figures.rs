//! The figures of a study, from its judged worlds.

use super::Outcome;
use super::bound::Ratio;
use super::counts::Counts;
use super::judge::{Case, Holds, Judged, Part, Role, STATED_PROBABILITY, WAY_FRACTION};
use super::launches::Launches;
use downrange_engine::assess::{Kind, KindProbabilities};
use downrange_sim::Class;
use serde::Serialize;
use std::collections::BTreeMap;

/// Bins of the reliability curve.
const BINS: usize = 10;
/// Worlds that are shown as the worst.
const WORST_SHOWN: usize = 15;
/// Fewer forecasts after burnout say nothing of a world's coverage.
const FORECASTS_TO_RANK: u32 = 5;

/// What is asked of the coverage of all forecasts after burnout: within so many of what the 50, 95 and 99 % areas state,
const ASKED_OF_ALL: [f64; 3] = [0.03, 0.015, 0.007];
/// and of every kind, and every phase but the boost.
const ASKED_OF_EACH: [f64; 3] = [0.05; 3];
/// In worlds that are harder in everything the same is asked within so much more.
const ALLOWED_TO_HARD: f64 = 0.02;

/// Which worlds a study was asked for.
#[derive(Debug, Clone, Serialize)]
pub struct Asked {
    /// Worlds that were asked for.
    pub asked: u32,
    /// The first seed.
    pub seed: u64,
    /// Only flights of a kind with this in its name.
    pub only: Option<String>,
    /// Whether everything was harder: see [`Options::hard`](downrange_sim::Options).
    pub hard: bool,
    /// Which of the drawn sensors watched.
    pub watched_by: &'static str,
}

impl Asked {
    /// In words.
    pub fn words(&self) -> String {
        let only = self.only.as_ref().map_or(String::new(), |only| format!(", only {only}"));
        let hard = if self.hard { ", biased, late and cluttered" } else { "" };
        let watched = match self.watched_by {
            "all" => String::new(),
            some => format!(", watched by {some}"),
        };
        format!("seeds from {}{only}{hard}{watched}", self.seed)
    }
}

/// All figures of a study: the content of `study.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Study {
    /// Name and version of the program.
    pub program: &'static str,
    /// What it was asked for.
    #[serde(flatten)]
    pub of: Asked,
    /// Worlds that were judged.
    pub judged: usize,
    /// Worlds with a faulty sensor.
    pub faulty: usize,
    /// Seeds whose drawn flight cannot be flown, and why.
    pub not_flyable: Vec<(u64, String)>,
    /// How often the areas held the fall.
    pub coverage: Coverage,
    /// Whether it was known what it was.
    pub kind: Kinds,
    /// Warnings: when, and which were missing or false.
    pub warning: Warnings,
    /// What was said of the launches.
    pub launch: Launches,
    /// Error of the forecast fall and size of the 95 % areas.
    pub fall: Vec<FallRow>,
    /// Size of the 95 % areas of ballistic flights after burnout against the smallest possible, all and by class; of worlds
    /// without a faulty sensor.
    pub bound: Vec<BoundRow>,
    /// Tracks and objects that are too many or too few.
    pub count: Counts,
    /// Seeds with the worst coverage after burnout, the worst first.
    pub worst: Vec<u64>,
    /// Every world in a line.
    pub worlds: Vec<WorldRow>,
}

/// How often the areas held the fall, of forecasts made after burnout and 5 s more unless a row says another time.
#[derive(Debug, Clone, Serialize)]
pub struct Coverage {
    /// All.
    pub after_burnout: CoverageRow,
    /// By what falls.
    pub by_kind: Vec<CoverageRow>,
    /// By when the forecast was made.
    pub by_phase: Vec<CoverageRow>,
    /// Worlds without a faulty sensor, and with one.
    pub by_fault: Vec<CoverageRow>,
}

/// Coverage of some forecasts.
#[derive(Debug, Clone, Serialize)]
pub struct CoverageRow {
    /// Of which.
    pub of: String,
    /// Objects that they are of.
    pub objects: usize,
    /// Forecasts with areas.
    pub forecasts: u32,
    /// Forecasts that say no fall, of objects that fall.
    pub without_area: u32,
    /// Part of the forecasts whose 50, 95 and 99 % areas held the fall.
    pub inside_fraction: Option<[f64; 3]>,
    /// One sigma of these: forecasts of one object are not independent, objects are.
    pub inside_sigma_fraction: Option<[f64; 3]>,
    /// The same as the mean over the objects, each counting once.
    pub inside_by_object_fraction: Option<[f64; 3]>,
    /// Within how much of what the areas state `inside_fraction` shall be; nothing where nothing is asked.
    pub asked_within_fraction: Option<[f64; 3]>,
    /// Which of the three are not.
    pub misses: [bool; 3],
}

impl CoverageRow {
    fn asked(mut self, within: [f64; 3]) -> CoverageRow {
        self.asked_within_fraction = Some(within);
        if let Some(inside) = self.inside_fraction {
            // Figures are rounded: what is met to the last digit is met.
            self.misses = [0, 1, 2].map(|l| (inside[l] - STATED_PROBABILITY[l]).abs() > within[l] + 1e-9);
        }
        self
    }
}

/// Whether it was known what it was when half of the flight was done.
#[derive(Debug, Clone, Serialize)]
pub struct Kinds {
    /// What was launched or came back, one of each world.
    pub flights: KindRow,
    /// By what it was.
    pub by_kind: Vec<KindRow>,
    /// Stated probabilities of the flights' kinds, and how often they were right.
    pub reliability: Vec<Bin>,
}

/// Kinds said of some objects.
#[derive(Debug, Clone, Serialize)]
pub struct KindRow {
    /// Of which.
    pub of: String,
    /// Objects with an assessment by half of their flight.
    pub objects: usize,
    /// Objects without one.
    pub without: usize,
    /// Part of the first whose most probable kind was right.
    pub right_fraction: Option<f64>,
    /// Mean Brier score over the ten kinds: the sum of (stated − what was)², 0 the best, 2 the worst.
    pub brier_score: Option<f64>,
    /// Objects by the kind that was said most probable.
    pub said: BTreeMap<&'static str, usize>,
}

/// A bin of the reliability curve.
#[derive(Debug, Clone, Serialize)]
pub struct Bin {
    /// Pairs of object and kind in the bin.
    pub pairs: usize,
    /// Mean of the stated probabilities.
    pub stated_probability: f64,
    /// Part of the pairs where it was that kind.
    pub observed_fraction: f64,
}

/// Warnings.
#[derive(Debug, Clone, Serialize)]
pub struct Warnings {
    /// From the first plot of a flight to the first warning of it.
    pub first: Spread,
    /// From the first plot of a flight to the first warning with an area that held a fall of it.
    pub first_holding: Spread,
    /// From the first plot of a flight to the first warning of it whose text names the district or sea that a part of it falls
    /// into (where it is in neither, the warning must give coordinates and hold it in an area).
    pub first_naming: Spread,
    /// The same by the headline alone.
    pub first_headline_naming: Spread,
    /// Flights of which a part falls, and no warning named where before it did.
    pub never_named: Vec<Incident>,
    /// Size of the first warned area of a flight.
    pub first_area_km2: Spread,
    /// Size of what the same warning warns 30 s later.
    pub later_area_km2: Spread,
    /// All times to the first warning, in order.
    pub first_after_s: Vec<f64>,
    /// Whole objects (missiles, stages) that fell where nobody had been told, and break-ups of which nobody was told.
    pub missed: Vec<Incident>,
    /// Flights first warned of after half of the flight.
    pub late: Vec<Incident>,
    /// What was warned of and does not fall.
    pub false_warned: Vec<Incident>,
    /// Pieces of break-ups.
    pub pieces: usize,
    /// Pieces of which, or of an area that held their fall, people had been told before.
    pub pieces_told: usize,
}

/// Something that went wrong, and where to find it.
#[derive(Debug, Clone, Serialize)]
pub struct Incident {
    /// The seed of its world.
    pub seed: u64,
    /// What flew there.
    pub class: String,
    /// What it was.
    pub what: String,
}

/// Median and 95th percentile of some numbers.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Spread {
    /// How many.
    pub count: usize,
    /// Median.
    #[serde(rename = "median")]
    pub median_value: Option<f64>,
    /// 95th percentile.
    #[serde(rename = "p95")]
    pub p95_value: Option<f64>,
}

/// Errors and sizes for one kind of falling object.
#[derive(Debug, Clone, Serialize)]
pub struct FallRow {
    /// Of which.
    pub of: String,
    /// Part of the way from burnout to the fall that was done.
    pub way_fraction: [f64; 4],
    /// Error of the forecast fall there, km.
    pub error_km: [Spread; 4],
    /// Median over the objects of the median size of their 95 % areas after burnout.
    pub area95_km2: Spread,
}

/// Said 95 % areas against the smallest that the plots and the air allow (see [`super::bound`]).
#[derive(Debug, Clone, Serialize)]
pub struct BoundRow {
    /// Of which.
    pub of: String,
    /// Said area over the smallest: of each object the median of its ratios, of these the median and 95th percentile.
    pub to_bound_ratio: Spread,
    /// The same with what the engine adds to every fall added to the smallest, too.
    pub to_floored_ratio: Spread,
    /// Said area over that of somebody who knows how ballistic coefficients are drawn, but not this one.
    pub to_drawn_ratio: Spread,
    /// The smallest areas, the median of each object.
    pub bound_km2: Spread,
    /// The same if the air were known: what the plots leave open of the flight alone.
    pub state_km2: Spread,
}

/// One world in a line.
#[derive(Debug, Clone, Serialize)]
pub struct WorldRow {
    /// Its seed.
    pub seed: u64,
    /// What flew.
    pub class: &'static str,
    /// Radars.
    pub radars: usize,
    /// Whether a sensor had a fault.
    pub faulty: bool,
    /// Plots.
    pub plots: usize,
    /// First warning after the first plot.
    pub told_after_s: Option<f64>,
    /// First warning with an area that held a fall, after the first plot.
    pub held_after_s: Option<f64>,
    /// First warning whose text names where a part falls, after the first plot.
    pub named_after_s: Option<f64>,
    /// Median of its 95 % areas over the smallest possible.
    pub to_bound_ratio: Option<f64>,
    /// Alerts and updates.
    pub revisions: usize,
    /// Forecasts after burnout, with areas.
    pub forecasts: u32,
    /// How many of them held the fall in their 50, 95 and 99 % areas.
    pub inside_fraction: Option<[f64; 3]>,
    /// Most probable kind at half of the flight.
    pub kind_at_half: Option<&'static str>,
    /// Error of the fall at half of the way, of the first object that falls.
    pub error_at_half_km: Option<f64>,
}

/// A value at a part of a sorted list (nearest rank); nothing of an empty one.
pub(crate) fn quantile(mut values: Vec<f64>, part_fraction: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let rank = (part_fraction * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied()
}

/// To four significant decimals after the point, so that files stay readable.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

pub(super) fn spread(values: Vec<f64>) -> Spread {
    let of = |part| quantile(values.clone(), part).map(rounded);
    Spread { count: values.len(), median_value: of(0.5), p95_value: of(0.95) }
}

impl Study {
    /// Of the outcomes of the worlds that were asked for.
    pub fn of(asked: Asked, outcomes: &[(u64, Outcome)]) -> Study {
        let mut cases: Vec<&Case> = Vec::new();
        let mut not_flyable = Vec::new();
        for (seed, outcome) in outcomes {
            match outcome {
                Outcome::Judged(case) => cases.push(case),
                Outcome::Unflyable(why) => not_flyable.push((*seed, why.clone())),
            }
        }
        let allowed_fraction = if asked.hard { ALLOWED_TO_HARD } else { 0.0 };
        Study {
            program: crate::PROGRAM,
            of: asked,
            judged: cases.len(),
            faulty: cases.iter().filter(|case| case.is_faulty).count(),
            not_flyable,
            coverage: coverage(&cases, allowed_fraction),
            kind: kinds(&cases),
            warning: warnings(&cases),
            launch: Launches::of(&cases),
            fall: fall(&cases),
            bound: bound(&cases),
            count: Counts::of(&cases),
            worst: worst(&cases),
            worlds: cases.iter().map(|case| world(case)).collect(),
        }
    }

    /// As JSON.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("numbers, texts and lists are always JSON") + "\n"
    }
}

/// What an object is called in the tables: a stage and a piece are what they are whatever they came from.
fn group(case: &Case, object: &Judged) -> &'static str {
    match object.role {
        Role::Lead => case.class.words(),
        Role::Stage => "spent stage",
        Role::Piece => "piece of a break-up",
    }
}

/// The groups in the order of the tables.
fn groups() -> Vec<&'static str> {
    Class::ALL.iter().map(|class| class.words()).chain(["spent stage", "piece of a break-up"]).collect()
}

pub(super) fn each<'a>(cases: &[&'a Case]) -> impl Iterator<Item = (&'a Case, &'a Judged)> {
    cases.iter().flat_map(|case| case.objects.iter().map(move |object| (*case, object)))
}

/// Coverage of worlds that are allowed so much more than what is asked.
fn coverage(cases: &[&Case], allowed_fraction: f64) -> Coverage {
    let asked = |row: CoverageRow, within: [f64; 3]| row.asked(within.map(|within| within + allowed_fraction));
    // While an engine burns nobody can know for how long, so nothing is asked of the boost.
    let asked_after_boost =
        |row: CoverageRow| if row.of == Part::Boost.words() { row } else { asked(row, ASKED_OF_EACH) };
    let after = |test: &dyn Fn(&Case, &Judged) -> bool| -> Vec<Holds> {
        each(cases).filter(|(case, object)| test(case, object)).map(|(_, object)| object.after_burnout()).collect()
    };
    let by_kind = groups().into_iter().map(|of| row(of, &after(&|case, object| group(case, object) == of)));
    let by_phase = Part::ALL.into_iter().map(|part| {
        let holds: Vec<Holds> = each(cases).filter_map(|(_, object)| object.holds.get(&part).copied()).collect();
        row(part.words(), &holds)
    });
    let by_fault = [("all sensors as stated", false), ("one sensor with a fault", true)];
    Coverage {
        after_burnout: asked(row("all after burnout", &after(&|_, _| true)), ASKED_OF_ALL),
        by_kind: by_kind.filter(|row| row.objects > 0).map(|row| asked(row, ASKED_OF_EACH)).collect(),
        by_phase: by_phase.filter(|row| row.objects > 0).map(asked_after_boost).collect(),
        by_fault: by_fault.map(|(of, fault)| row(of, &after(&|case, _| case.is_faulty == fault))).to_vec(),
    }
}

fn row(of: &str, holds: &[Holds]) -> CoverageRow {
    let mut sum = Holds::default();
    holds.iter().for_each(|one| sum.add(one));
    let with: Vec<&Holds> = holds.iter().filter(|one| one.forecasts > 0).collect();
    let total = f64::from(sum.forecasts);
    let each = |f: &dyn Fn(usize) -> f64| (sum.forecasts > 0).then(|| [0, 1, 2].map(|level| rounded(f(level))));
    let part = |level: usize| f64::from(sum.held[level]) / total;
    CoverageRow {
        of: of.to_string(),
        objects: holds.iter().filter(|one| one.forecasts + one.without > 0).count(),
        forecasts: sum.forecasts,
        without_area: sum.without,
        inside_fraction: each(&part),
        // The ratio estimator of cluster sampling: Cochran, Sampling Techniques (3rd ed.), 2.46, without its factor n/(n−1).
        inside_sigma_fraction: each(&|level| {
            let off = |one: &&Holds| f64::from(one.held[level]) - part(level) * f64::from(one.forecasts);
            with.iter().map(|one| off(one) * off(one)).sum::<f64>().sqrt() / total
        }),
        inside_by_object_fraction: each(&|level| {
            with.iter().map(|one| f64::from(one.held[level]) / f64::from(one.forecasts)).sum::<f64>()
                / with.len() as f64
        }),
        asked_within_fraction: None,
        misses: [false; 3],
    }
}

fn kinds(cases: &[&Case]) -> Kinds {
    let leads: Vec<&Judged> = each(cases).map(|(_, object)| object).filter(|o| o.role == Role::Lead).collect();
    let by_kind = groups().into_iter().map(|of| {
        let objects: Vec<&Judged> = each(cases).filter(|(c, o)| group(c, o) == of).map(|(_, object)| object).collect();
        kind_row(of, &objects)
    });
    Kinds {
        flights: kind_row("all flights", &leads),
        by_kind: by_kind.filter(|row| row.objects + row.without > 0).collect(),
        reliability: reliability(&leads),
    }
}

fn kind_row(of: &str, objects: &[&Judged]) -> KindRow {
    let known: Vec<(Kind, KindProbabilities)> =
        objects.iter().filter_map(|o| Some((o.kind, o.kind_at_half?))).collect();
    let mean = |f: &dyn Fn(&(Kind, KindProbabilities)) -> f64| {
        (!known.is_empty()).then(|| rounded(known.iter().map(f).sum::<f64>() / known.len() as f64))
    };
    let mut said = BTreeMap::new();
    for (_, stated) in &known {
        *said.entry(stated.most_probable().word()).or_default() += 1;
    }
    KindRow {
        of: of.to_string(),
        objects: known.len(),
        without: objects.len() - known.len(),
        right_fraction: mean(&|(truth, stated)| f64::from(u8::from(stated.most_probable() == *truth))),
        brier_score: mean(&|(truth, stated)| {
            let off = |kind: Kind| stated.of(kind) - f64::from(u8::from(kind == *truth));
            Kind::ALL.iter().map(|&kind| off(kind) * off(kind)).sum()
        }),
        said,
    }
}

fn reliability(objects: &[&Judged]) -> Vec<Bin> {
    let mut bins = vec![(0_usize, 0.0, 0_usize); BINS];
    for object in objects {
        let Some(stated) = object.kind_at_half else { continue };
        for kind in Kind::ALL {
            let probability = stated.of(kind);
            let bin = &mut bins[((probability * BINS as f64) as usize).min(BINS - 1)];
            bin.0 += 1;
            bin.1 += probability;
            bin.2 += usize::from(kind == object.kind);
        }
    }
    let filled = bins.into_iter().filter(|bin| bin.0 > 0);
    filled
        .map(|(pairs, stated, right)| Bin {
            pairs,
            stated_probability: rounded(stated / pairs as f64),
            observed_fraction: rounded(right as f64 / pairs as f64),
        })
        .collect()
}

fn incident(case: &Case, what: String) -> Incident {
    Incident { seed: case.seed, class: case.class.words().to_string(), what }
}

/// Seconds after the first plot of the flight.
fn after_first_plot(case: &Case, time_s: Option<f64>) -> Option<f64> {
    Some(rounded(time_s? - case.first_plot_s?))
}

fn warnings(cases: &[&Case]) -> Warnings {
    let mut first_after_s: Vec<f64> = cases.iter().filter_map(|case| after_first_plot(case, case.told_s)).collect();
    first_after_s.sort_by(f64::total_cmp);
    let pieces: Vec<&Judged> = each(cases).map(|(_, o)| o).filter(|object| object.role == Role::Piece).collect();
    let mut found = Warnings {
        first: spread(first_after_s.clone()),
        first_holding: spread(cases.iter().filter_map(|case| after_first_plot(case, case.held_s)).collect()),
        first_naming: spread(cases.iter().filter_map(|case| after_first_plot(case, case.named_s)).collect()),
        first_headline_naming: spread(
            cases.iter().filter_map(|case| after_first_plot(case, case.headline_named_s)).collect(),
        ),
        never_named: Vec::new(),
        first_area_km2: spread(cases.iter().filter_map(|case| Some(case.first_areas_km2?[0])).collect()),
        later_area_km2: spread(cases.iter().filter_map(|case| Some(case.first_areas_km2?[1])).collect()),
        first_after_s,
        missed: Vec::new(),
        late: Vec::new(),
        false_warned: Vec::new(),
        pieces: pieces.len(),
        pieces_told: pieces.iter().filter(|piece| piece.was_told()).count(),
    };
    for case in cases {
        let (pieces, whole): (Vec<&Judged>, Vec<&Judged>) =
            case.objects.iter().filter(|object| object.falls).partition(|object| object.role == Role::Piece);
        for object in whole.into_iter().filter(|object| !object.was_told()) {
            let why = if object.tracks == 0 { "never tracked" } else { "tracked" };
            found.missed.push(incident(case, format!("{} ({}), {why}", object.name, object.kind.word())));
        }
        if !pieces.is_empty() && !pieces.iter().any(|piece| piece.was_told()) {
            found.missed.push(incident(case, format!("all {} pieces", pieces.len())));
        }
        let first_s = [case.told_s, case.held_s].into_iter().flatten().min_by(f64::total_cmp);
        if let Some(late_s) = first_s.map(|first_s| first_s - case.half_s).filter(|&late_s| late_s > 0.0) {
            found.late.push(incident(case, format!("{late_s:.0} s after half of the flight")));
        }
        if case.count.fell > 0 && case.named_s.is_none() {
            let said =
                if case.told_s.is_some() { "warned of, its place of fall never named" } else { "never warned of" };
            found.never_named.push(incident(case, said.into()));
        }
        for one in &case.false_warned {
            found.false_warned.push(incident(case, one.words()));
        }
    }
    found
}

fn fall(cases: &[&Case]) -> Vec<FallRow> {
    let row = |of: &str, objects: &[&Judged]| FallRow {
        of: of.to_string(),
        way_fraction: WAY_FRACTION,
        error_km: [0, 1, 2, 3].map(|at| spread(objects.iter().filter_map(|object| object.errors_km[at]).collect())),
        area95_km2: spread(objects.iter().filter_map(|object| object.area95_km2).collect()),
    };
    let falling = |of: &str| -> Vec<&Judged> {
        each(cases).filter(|(case, object)| object.falls && group(case, object) == of).map(|(_, o)| o).collect()
    };
    let rows = groups().into_iter().map(|of| (of, falling(of))).filter(|(_, objects)| !objects.is_empty());
    rows.map(|(of, objects)| row(of, &objects)).collect()
}

fn bound(cases: &[&Case]) -> Vec<BoundRow> {
    let row = |of: &str, test: &dyn Fn(&Case) -> bool| {
        let objects: Vec<&Judged> =
            each(cases).filter(|(case, o)| test(case) && !o.ratios.is_empty()).map(|(_, object)| object).collect();
        let medians = |f: &dyn Fn(&Ratio) -> f64| {
            spread(objects.iter().filter_map(|o| quantile(o.ratios.iter().map(f).collect(), 0.5)).collect())
        };
        BoundRow {
            of: of.to_string(),
            to_bound_ratio: medians(&|ratio| ratio.to_bound_ratio),
            to_floored_ratio: medians(&|ratio| ratio.to_floored_ratio),
            to_drawn_ratio: medians(&|ratio| ratio.to_drawn_ratio),
            bound_km2: medians(&|ratio| ratio.bound_km2),
            state_km2: medians(&|ratio| ratio.state_km2),
        }
    };
    let by_class = Class::ALL.into_iter().map(|class| row(class.words(), &|case| case.class == class));
    let rows = std::iter::once(row("all ballistic", &|_| true)).chain(by_class);
    rows.filter(|row| row.to_bound_ratio.count > 0).collect()
}

fn world(case: &Case) -> WorldRow {
    let mut holds = Holds::default();
    case.objects.iter().for_each(|object| holds.add(&object.after_burnout()));
    let lead = case.objects.iter().find(|object| object.role == Role::Lead);
    let falling = case.objects.iter().find(|object| object.falls);
    WorldRow {
        seed: case.seed,
        class: case.class.words(),
        radars: case.radars,
        faulty: case.is_faulty,
        plots: case.plots,
        told_after_s: after_first_plot(case, case.told_s),
        held_after_s: after_first_plot(case, case.held_s),
        named_after_s: after_first_plot(case, case.named_s),
        to_bound_ratio: lead
            .and_then(|lead| quantile(lead.ratios.iter().map(|ratio| ratio.to_bound_ratio).collect(), 0.5))
            .map(rounded),
        revisions: case.revisions,
        forecasts: holds.forecasts,
        inside_fraction: (holds.forecasts > 0)
            .then(|| holds.held.map(|held| rounded(f64::from(held) / f64::from(holds.forecasts)))),
        kind_at_half: lead.and_then(|lead| Some(lead.kind_at_half?.most_probable().word())),
        error_at_half_km: falling.and_then(|object| object.errors_km[1]).map(rounded),
    }
}

/// By the forecasts too many whose 95 % area missed the fall.
fn worst(cases: &[&Case]) -> Vec<u64> {
    let excess = |case: &&Case| {
        let mut holds = Holds::default();
        case.objects.iter().for_each(|object| holds.add(&object.after_burnout()));
        let missed = f64::from(holds.forecasts - holds.held[1]) / f64::from(holds.forecasts.max(1));
        (holds.forecasts >= FORECASTS_TO_RANK).then_some((missed - (1.0 - STATED_PROBABILITY[1]), case.seed))
    };
    let mut ranked: Vec<(f64, u64)> = cases.iter().filter_map(excess).filter(|(excess, _)| *excess > 0.0).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked.into_iter().take(WORST_SHOWN).map(|(_, seed)| seed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(forecasts: u32, held: [u32; 3]) -> Holds {
        Holds { forecasts, without: 1, held }
    }

    #[test]
    fn coverage_is_of_forecasts_and_of_objects_and_its_sigma_of_objects() {
        let row = row("two", &[holds(30, [15, 30, 30]), holds(10, [5, 0, 10]), Holds::default()]);
        assert_eq!((row.objects, row.forecasts, row.without_area), (2, 40, 2));
        assert_eq!(row.inside_fraction, Some([0.5, 0.75, 1.0]));
        assert_eq!(row.inside_by_object_fraction, Some([0.5, 0.5, 1.0]));
        // (30 − 0.75·30)² + (0 − 0.75·10)² under the root, over 40; where all objects agree nothing is left.
        assert_eq!(row.inside_sigma_fraction, Some([0.0, 0.2652, 0.0]));
    }

    #[test]
    fn a_row_that_misses_what_is_asked_says_which() {
        let row = row("one", &[holds(100, [53, 96, 100])]);
        assert_eq!(row.clone().asked(ASKED_OF_ALL).misses, [false, false, true]);
        assert_eq!(row.clone().asked(ASKED_OF_EACH).misses, [false; 3]);
        assert_eq!((row.asked_within_fraction, row.misses), (None, [false; 3]));
        assert_eq!(super::row("none", &[]).asked(ASKED_OF_ALL).misses, [false; 3]);
    }

    #[test]
    fn a_study_says_what_it_was_asked_for() {
        let all = Asked { asked: 7, seed: 3, only: None, hard: false, watched_by: "all" };
        assert_eq!(all.words(), "seeds from 3");
        let some = Asked { only: Some("glide".into()), hard: true, watched_by: "radars", ..all };
        assert_eq!(some.words(), "seeds from 3, only glide, biased, late and cluttered, watched by radars");
    }

    #[test]
    fn of_hard_worlds_two_points_more_are_allowed() {
        let of = |hard| {
            let asked = Asked { asked: 0, seed: 1, only: None, hard, watched_by: "all" };
            Study::of(asked, &[]).coverage.after_burnout.asked_within_fraction.unwrap().map(|part| (part * 1e3).round())
        };
        assert_eq!((of(false), of(true)), ([30.0, 15.0, 7.0], [50.0, 35.0, 27.0]));
    }

    #[test]
    fn quantiles_are_values_of_the_list() {
        let values = vec![5.0, 1.0, 3.0, 2.0, 4.0];
        assert_eq!(quantile(values.clone(), 0.5), Some(3.0));
        assert_eq!(quantile(values.clone(), 0.95), Some(5.0));
        assert_eq!(quantile(values, 0.0), Some(1.0));
        assert_eq!(quantile(Vec::new(), 0.5), None);
    }
}
