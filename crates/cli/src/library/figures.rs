//! What was found of each event, and the totals.

use crate::study::judge::{self, Holds, Judged};
use crate::study::watch::Heard;
use downrange_engine::assess::Kind;
use downrange_sim::library::Event;
use downrange_sim::{Class, World};
use serde::Serialize;
use std::collections::BTreeSet;

/// Whether what was said was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Warned of what falls and of nothing else; or silent where nothing falls.
    Right,
    /// Nobody was warned.
    Missed,
    /// People were warned, and nothing was to be warned of.
    False,
    /// Warned of what falls, and of something else that does not.
    AlsoFalse,
}

impl Verdict {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Right => "right",
            Verdict::Missed => "missed",
            Verdict::False => "false warning",
            Verdict::AlsoFalse => "right, and a false one",
        }
    }
}

/// What was found of one event.
#[derive(Debug, Clone, Serialize)]
pub struct Found {
    /// Name of the event.
    pub name: String,
    /// Its family.
    pub family: String,
    /// What happens.
    pub title: String,
    /// Who published the figures.
    pub source: String,
    /// The seed of its world.
    pub seed: u64,
    /// Whether something is launched.
    pub is_launch: bool,
    /// Whether people should be warned.
    pub is_to_be_warned: bool,
    /// What was found of that.
    pub verdict: Verdict,
    /// Warned of although it does not fall: object, what it is, and when.
    pub false_warned: Vec<String>,
    /// First warning after the first plot of what flies (where nothing flies: after the beginning).
    pub warned_after_s: Option<f64>,
    /// First warning with an area that holds a fall, after the first plot.
    pub held_after_s: Option<f64>,
    /// Alerts and updates.
    pub revisions: usize,
    /// Forecasts with areas, after burnout.
    pub forecasts: u32,
    /// How many of them held the fall in their 50, 95 and 99 % areas.
    pub held: [u32; 3],
    /// What flies first, as the library says.
    pub kind: Option<String>,
    /// What it was said to be when half of its flight was done.
    pub kind_at_half: Option<&'static str>,
    /// Whether that was right.
    pub is_kind_right: Option<bool>,
    /// Province or sea that it starts from, as the library says.
    pub place: Option<String>,
    /// Province that was said last.
    pub region: Option<String>,
    /// Apogee of what flies first.
    pub apogee_km: Option<f64>,
    /// What was said last of it while it flew.
    pub apogee_said_km: Option<f64>,
    /// Objects that come down or belong to what does.
    pub objects: usize,
    /// Objects that were warned of.
    pub objects_warned: usize,
    /// Plots, the false ones among them.
    pub plots: usize,
}

impl Found {
    /// Judges what was heard of an event.
    pub fn of(event: &Event, world: &World, heard: &Heard) -> Found {
        let seed = event.scenario.seed;
        let case = judge::judge(seed, Class::of_seed(seed), world, heard, None);
        let first_told_s = heard.told.first().map(|told| told.time_s);
        let told_s = if event.is_to_be_warned { case.told_s.or(case.held_s) } else { first_told_s };
        let verdict = match (event.is_to_be_warned, told_s, case.false_warned.is_empty()) {
            (false, None, _) | (true, Some(_), true) => Verdict::Right,
            (false, Some(_), _) => Verdict::False,
            (true, None, _) => Verdict::Missed,
            (true, Some(_), false) => Verdict::AlsoFalse,
        };
        let lead = judge::everything(world, heard).into_iter().next().filter(|_| event.kind.is_some());
        let kind_at_half = lead.as_ref().and_then(|(lead, _)| lead.kind_at_half).map(|kind| kind.most_probable());
        let of_lead = |end_s: f64| {
            let tracks = lead.as_ref().map(|(_, tracks)| tracks);
            heard.noted.iter().rev().filter(move |noted| {
                noted.time_s <= end_s && tracks.is_some_and(|tracks| tracks.contains(&noted.track))
            })
        };
        let end_s = lead.as_ref().map_or(0.0, |(lead, _)| lead.end_s);
        let mut holds = Holds::default();
        case.objects.iter().map(Judged::after_burnout).for_each(|of| holds.add(&of));
        let first_plot_s = case.first_plot_s.unwrap_or(0.0);
        let path = world.objects.first().filter(|_| lead.is_some()).map(|object| &object.path);
        let warned: BTreeSet<&String> = heard.told.iter().flat_map(|told| &told.revision.objects).collect();
        Found {
            name: event.name.clone(),
            family: event.family.clone(),
            title: event.scenario.title.clone(),
            source: event.source.clone(),
            seed,
            is_launch: event.is_launch,
            is_to_be_warned: event.is_to_be_warned,
            verdict,
            false_warned: case.false_warned.iter().map(judge::FalseWarning::words).collect(),
            warned_after_s: told_s.map(|time_s| time_s - first_plot_s),
            held_after_s: case.held_s.map(|time_s| time_s - first_plot_s),
            revisions: case.revisions,
            forecasts: holds.forecasts,
            held: holds.held,
            kind: event.kind.clone(),
            kind_at_half: kind_at_half.map(Kind::word),
            is_kind_right: kind_at_half.zip(event.kind.as_deref()).map(|(said, is)| said.word() == is),
            place: event.place.clone(),
            region: of_lead(end_s).find_map(|noted| noted.launch.as_ref()?.region.clone()),
            apogee_km: path.map(|path| path.apogee_m() / 1e3).filter(|_| event.is_launch),
            apogee_said_km: of_lead(end_s).find_map(|noted| noted.apogee_m).map(|m| m / 1e3),
            objects: case.objects.len(),
            objects_warned: warned.len(),
            plots: case.plots,
        }
    }
}

/// Everything that was found: the content of `library.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Library {
    /// Name and version of the program.
    pub program: &'static str,
    /// Totals.
    pub totals: Totals,
    /// Names of the missed.
    pub missed: Vec<String>,
    /// Names of those with a false warning.
    pub false_warned: Vec<String>,
    /// Totals of each family, in the order of the library.
    pub families: Vec<Totals>,
    /// Every event.
    pub events: Vec<Found>,
}

/// Totals of some events.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Totals {
    /// Of which.
    pub of: String,
    /// Events.
    pub events: usize,
    /// Launches among them.
    pub launches: usize,
    /// To be warned of.
    pub to_be_warned: usize,
    /// Of these: warned.
    pub warned: usize,
    /// Missed.
    pub missed: usize,
    /// With a false warning.
    pub false_warned: usize,
    /// With a kind at half of the flight.
    pub kinds: usize,
    /// Of these: right.
    pub kinds_right: usize,
    /// Forecasts with areas, after burnout.
    pub forecasts: u32,
    /// How many of them held the fall in their 50, 95 and 99 % areas.
    pub held: [u32; 3],
}

impl Totals {
    fn of<'a>(of: &str, found: impl Iterator<Item = &'a Found>) -> Totals {
        let mut totals = Totals { of: of.to_string(), ..Totals::default() };
        for found in found {
            totals.events += 1;
            totals.launches += usize::from(found.is_launch);
            totals.to_be_warned += usize::from(found.is_to_be_warned);
            totals.warned += usize::from(found.is_to_be_warned && found.verdict != Verdict::Missed);
            totals.missed += usize::from(found.verdict == Verdict::Missed);
            totals.false_warned += usize::from(matches!(found.verdict, Verdict::False | Verdict::AlsoFalse));
            totals.kinds += usize::from(found.is_kind_right.is_some());
            totals.kinds_right += usize::from(found.is_kind_right == Some(true));
            totals.forecasts += found.forecasts;
            totals.held.iter_mut().zip(found.held).for_each(|(sum, held)| *sum += held);
        }
        totals
    }
}

impl Library {
    pub(super) fn of(events: Vec<Found>) -> Library {
        let mut families: Vec<&str> = events.iter().map(|found| found.family.as_str()).collect();
        families.dedup();
        let names = |test: &dyn Fn(Verdict) -> bool| {
            events.iter().filter(|found| test(found.verdict)).map(|found| found.name.clone()).collect::<Vec<_>>()
        };
        Library {
            program: crate::PROGRAM,
            totals: Totals::of("all", events.iter()),
            missed: names(&|verdict| verdict == Verdict::Missed),
            false_warned: names(&|verdict| matches!(verdict, Verdict::False | Verdict::AlsoFalse)),
            families: families
                .iter()
                .map(|family| Totals::of(family, events.iter().filter(|found| found.family == *family)))
                .collect(),
            events,
        }
    }

    /// As JSON.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("numbers, texts and lists are always JSON") + "\n"
    }
}
