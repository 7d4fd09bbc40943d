//! `library.html`, one self-contained page in the style of the report, and the same in plain text.

use super::figures::{Found, Library, Totals};
use crate::report::escape;
use crate::study::page::{card, page, section};
use crate::study::table::{number, or_dash, percent, table};

/// What stands under the events.
const NOTE: &str = "Times are seconds from the first plot of what flies. Coverage: forecasts made from 5 s after burnout on \
    whose 95 % area held the fall. Kind: said when half of the flight was done. Objects: warned of, of those that belong to \
    what comes down.";

/// The page.
pub fn library_page(library: &Library) -> String {
    let totals = &library.totals;
    let cards = [
        card(&totals.events.to_string(), "events"),
        card(&totals.launches.to_string(), "launches"),
        card(&format!("{} of {}", totals.warned, totals.to_be_warned), "warned of what falls"),
        card(&totals.missed.to_string(), "missed"),
        card(&totals.false_warned.to_string(), "with a false warning"),
        card(&format!("{} of {}", totals.kinds_right, totals.kinds), "kinds right at half of the flight"),
    ];
    let mut sums = vec![totals.clone()];
    sums.extend(library.families.iter().cloned());
    let mut body = section("What went wrong", &[wrong(library)]);
    body += &section("Families", &[families(&sums)]);
    for family in &library.families {
        let events: Vec<&Found> = library.events.iter().filter(|found| found.family == family.of).collect();
        body += &section(&family.of, &[table_of(&events)]);
    }
    body += &section("Reading the tables", &[format!("<p>{}</p>", escape(NOTE))]);
    page("Named events and non-events", &format!("{} events", totals.events), &cards.concat(), &body)
}

fn wrong(library: &Library) -> String {
    let head = ["event", "seed", "verdict", "what was warned of and does not fall"];
    let wrong = library.events.iter().filter(|found| found.verdict != super::Verdict::Right);
    let row = |found: &Found| {
        let what = found.false_warned.join("; ");
        vec![escape(&found.name), found.seed.to_string(), found.verdict.words().into(), escape(&what)]
    };
    table("Missed or false", &head, wrong.map(row), false)
}

fn families(sums: &[Totals]) -> String {
    let head = [
        "",
        "events",
        "launches",
        "to be warned",
        "warned",
        "missed",
        "false",
        "kinds right",
        "forecasts",
        "95 % held, %",
    ];
    let row = |sum: &Totals| {
        let counts = [sum.events, sum.launches, sum.to_be_warned, sum.warned, sum.missed, sum.false_warned];
        let mut cells = vec![escape(&sum.of)];
        cells.extend(counts.map(|count| count.to_string()));
        cells.push(format!("{} of {}", sum.kinds_right, sum.kinds));
        cells.push(sum.forecasts.to_string());
        cells.push(held95(sum.forecasts, sum.held));
        cells
    };
    table("Totals", &head, sums.iter().map(row), true)
}

fn held95(forecasts: u32, held: [u32; 3]) -> String {
    or_dash((forecasts > 0).then(|| percent(f64::from(held[1]) / f64::from(forecasts))))
}

fn table_of(events: &[&Found]) -> String {
    let head = [
        "event",
        "verdict",
        "warned after, s",
        "fall held after, s",
        "95 % held, %",
        "forecasts",
        "kind at half",
        "from",
        "apogee, km",
        "objects",
    ];
    let row = |found: &&Found| {
        let of = |said: Option<String>, is: Option<&String>| match (said, is) {
            (said, Some(is)) => format!("{} <small>is {}</small>", escape(&or_dash(said)), escape(is)),
            (said, None) => escape(&or_dash(said)),
        };
        let apogee = found.apogee_km.map(|km| format!("{km:.0}"));
        vec![
            format!(
                "{}<br><small>{}. {}; seed {}</small>",
                escape(&found.name),
                escape(&found.title),
                escape(&found.source),
                found.seed
            ),
            escape(found.verdict.words()),
            number(found.warned_after_s, 1),
            number(found.held_after_s, 1),
            held95(found.forecasts, found.held),
            found.forecasts.to_string(),
            of(found.kind_at_half.map(str::to_string), found.kind.as_ref()),
            of(found.region.clone(), found.place.as_ref()),
            of(found.apogee_said_km.map(|km| format!("{km:.0}")), apogee.as_ref()),
            format!("{} of {}", found.objects_warned, found.objects),
        ]
    };
    table("Events", &head, events.iter().map(row), true)
}

/// The library in a few lines of plain text.
pub fn summary(library: &Library) -> String {
    let row = |sum: &Totals| {
        format!(
            "  {:28} {:>3} events  {:>3} of {:>3} warned  {:>3} missed  {:>3} false  kind {:>3} of {:>3}  95 %: {}\n",
            sum.of,
            sum.events,
            sum.warned,
            sum.to_be_warned,
            sum.missed,
            sum.false_warned,
            sum.kinds_right,
            sum.kinds,
            held95(sum.forecasts, sum.held)
        )
    };
    let rows: String = library.families.iter().map(row).collect();
    let totals = row(&library.totals);
    format!(
        "{rows}{totals}missed {}\nfalse {}\n",
        or_none(&library.missed.join(" ")),
        or_none(&library.false_warned.join(" "))
    )
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}
