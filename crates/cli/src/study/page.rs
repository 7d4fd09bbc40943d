//! `study.html`: one self-contained page, in the style of the report.

use super::figures::{Study, WorldRow};
use super::quiet::Quiet;
use super::{chart, table};
use crate::report::{STYLE, escape, fill};

const PAGE: &str = include_str!("page.html");

/// What stands under the coverage.
const COVERAGE_NOTE: &str = "Forecasts made from 5 s after burnout (of stages and pieces: after they came free) to 1 s \
    before the fall; the row “boost” are those made before. Dashed: what the areas state. Bars: one sigma, objects being \
    independent and the forecasts of one object not. Asked is: of all after burnout 50 ± 3, 95 ± 1.5 and 99 ± 0.7; in every kind and \
    phase but the boost within 5 points; of worlds that are harder in everything within 2 points more; ✗ misses it (few objects may do \
    so by chance: see one sigma).";
/// What stands under the kinds.
const KIND_NOTE: &str = "Half of a flight: half of the time from its start to its end; of a launch into orbit: burnout; of a \
    body that breaks up: the break-up. \
    Brier score: the sum over the ten kinds of (stated − what was)², 0 the best, 2 the worst.";
/// What stands under the times.
const TIME_NOTE: &str =
    "From the reception of the first plot of any object of the flight to the first alert that names one.";
/// What stands under the naming of places.
const NAMING_NOTE: &str = "Named: the text of the warning (headline and description) names the district or sea that a part of \
    the flight falls into, before it does. Districts are the provinces that the program carries (Natural Earth 1:10m), at most ten in a \
    text; seas are the outlines that messages use. Where a fall lies in neither, the warning must give coordinates and hold the fall \
    in an area. Times are from the reception of the first plot. First warned area: with the margin of the policy.";
/// What stands under the smallest areas.
const BOUND_NOTE: &str = "Ballistic flights in worlds without a faulty sensor, at a quarter, a half and three quarters of the way from \
    burnout to the fall: the size of the forecast's 95 % area over that of the 95 % ellipse of the smallest covariance, of each flight \
    the median. Smallest: the posterior Cramér–Rao bound of the state at burnout (place, velocity, ballistic coefficient) from the true \
    plots of this object since then, with the noise that the sensors state, no process noise, and a prior of 10 km, 300 m/s and the \
    spread that ballistic coefficients are drawn with; mapped to the ground along the true flight; plus the scatter of the fall when the \
    rest of the way is flown through 16 other drawn days’ air (by plots: without this scatter). It knows how little the air moves a heavy \
    body; with the coefficient as drawn: against somebody who knows how coefficients are drawn, and what the plots told of this one, \
    but not this one. Below 1: what was seen before burnout, which the bound leaves out, \
    helped, or the area was too small. Asked is a median of at most 1.5.";
/// What stands under the counts.
const COUNT_NOTE: &str = "A flight’s count: the objects in the last revisions of all its warnings; a warning that was taken back \
    counts none.";
/// How the worlds were made.
const DRAWN_NOTE: &str = "One flight a world, seven kinds in turns by the seed; two infrared sensors and two to five radars \
    around the Sea of Japan; one world in five has a radar with a fault that nobody is told of; aeroplanes, ships and \
    satellites around. The distributions stand in the documentation of downrange_sim::draw. A track counts as that of the \
    object that most of its plots came from. One world as a watch folder with its truth: downrange study --folder-of SEED.";

/// The page of a study of flights.
pub fn study_page(study: &Study) -> String {
    let span = format!("{} worlds, {}", study.judged, study.of.words());
    page(&format!("{} drawn flights", study.judged), &span, &cards(study), &body(study))
}

/// The page of a study of quiet skies.
pub fn quiet_page(quiet: &Quiet) -> String {
    let cards = [
        card(&format!("{}", quiet.hours_count), "hours of quiet sky"),
        card(&quiet.warnings.to_string(), "warnings"),
        card(&quiet.warned.to_string(), "objects warned of"),
        card(&quiet.plots.to_string(), "plots"),
    ];
    let rows = quiet.worlds.iter().flat_map(|world| world.warned.iter().map(move |what| (world.seed, what)));
    let rows: String = rows.map(|(seed, what)| format!("<li>seed {seed}: {}</li>", escape(what))).collect();
    let body = format!(
        "<section><h2>Warned of, and nothing fell</h2><p>Aeroplanes, satellites, meteors and four times the clutter that \
         the sensors are said to have.</p>{}</section>",
        if rows.is_empty() { "<p>None.</p>".into() } else { format!("<ul>{rows}</ul>") }
    );
    page("A quiet sky", &format!("seeds from {}", quiet.seed), &cards.concat(), &body)
}

pub(crate) fn page(title: &str, span: &str, cards: &str, body: &str) -> String {
    fill(
        PAGE,
        &[
            ("style", STYLE.to_string()),
            ("title", escape(title)),
            ("span", escape(span)),
            ("cards", cards.to_string()),
            ("body", body.to_string()),
            ("program", escape(crate::PROGRAM)),
        ],
    )
}

pub(crate) fn card(figure: &str, words: &str) -> String {
    format!("<li><b>{}</b><span>{}</span></li>", escape(figure), escape(words))
}

fn cards(study: &Study) -> String {
    let percent = |fraction: Option<f64>| fraction.map_or("–".into(), |f| format!("{:.1} %", f * 100.0));
    let seconds = |value: Option<f64>| value.map_or("–".into(), |s| format!("{s:.0} s"));
    let inside = study.coverage.after_burnout.inside_fraction;
    let warning = &study.warning;
    [
        card(&percent(inside.map(|inside| inside[1])), "of the 95 % areas after burnout held the fall"),
        card(&percent(study.kind.flights.right_fraction), "kinds right at half of the flight"),
        card(&seconds(warning.first.median_value), "median from first plot to first warning"),
        card(&seconds(warning.first_naming.median_value), "median to the first that names the right district or sea"),
        card(&table::number(study.kind.flights.brier_score, 3), "Brier score of the kinds at half of the flight"),
        card(
            &table::number(study.bound.first().and_then(|row| row.to_bound_ratio.median_value), 2),
            "median 95 % area over the smallest possible",
        ),
        card(&warning.missed.len().to_string(), "missed"),
        card(&warning.late.len().to_string(), "warned after half of the flight"),
        card(&warning.false_warned.len().to_string(), "false"),
    ]
    .concat()
}

fn body(study: &Study) -> String {
    let coverage = &study.coverage;
    let rows: Vec<_> =
        [&coverage.after_burnout].into_iter().chain(&coverage.by_kind).chain(&coverage.by_phase).collect();
    let warning = &study.warning;
    let all: Vec<&WorldRow> = study.worlds.iter().collect();
    let worst: Vec<&WorldRow> =
        study.worst.iter().filter_map(|seed| study.worlds.iter().find(|world| world.seed == *seed)).collect();
    let mut kinds = vec![study.kind.flights.clone()];
    kinds.extend(study.kind.by_kind.iter().cloned());
    let parts = [
        section(
            "Do the areas hold what they say?",
            &[
                figure(&chart::coverage(&rows), COVERAGE_NOTE),
                table::coverage("After burnout, by what fell", &coverage.by_kind),
                table::coverage("By when it was said", &coverage.by_phase),
                table::coverage("After burnout, all", std::slice::from_ref(&coverage.after_burnout)),
                table::coverage("After burnout, by the sensors", &coverage.by_fault),
            ],
        ),
        section(
            "Was it known what it was?",
            &[figure(&chart::reliability(&study.kind.reliability), KIND_NOTE), table::kinds(&kinds)],
        ),
        section(
            "How soon were people told?",
            &[
                figure(&chart::times(&warning.first_after_s, study.judged), TIME_NOTE),
                table::told(&[
                    ("to the first warning, s", &warning.first, 1),
                    ("to the first with an area that holds a fall, s", &warning.first_holding, 1),
                    ("to the first that names the district or sea of a fall, s", &warning.first_naming, 1),
                    ("to the first that does so in its headline, s", &warning.first_headline_naming, 1),
                    ("first warned area, km²", &warning.first_area_km2, 0),
                    ("warned area 30 s later, km²", &warning.later_area_km2, 0),
                ]),
                note(NAMING_NOTE),
                table::incidents("Place of fall never named", &warning.never_named),
                table::incidents("Missed", &warning.missed),
                table::incidents("First warned of after half of the flight", &warning.late),
                table::incidents("Warned of, and none", &warning.false_warned),
                format!("<p>Pieces of break-ups told of in time: {} of {}.</p>", warning.pieces_told, warning.pieces),
            ],
        ),
        section("Where and when was it launched?", &[table::launches(&study.launch.said), launch_note(study)]),
        section(
            "How near was the forecast?",
            &[
                figure(&chart::errors(&study.fall), "Part of the way from burnout to the fall that was done."),
                table::falls(&study.fall),
                table::bounds(&study.bound),
                note(BOUND_NOTE),
            ],
        ),
        section("Was everything counted once?", &[table::counts(&study.count), note(COUNT_NOTE)]),
        section(
            "Worlds",
            &[
                table::worlds("Worst coverage after burnout", &worst),
                format!("<p>{}</p>", escape(DRAWN_NOTE)),
                format!(
                    "<details><summary>All worlds</summary>{}</details>",
                    table::worlds("In the order of their seeds", &all)
                ),
                not_flyable(study),
            ],
        ),
    ];
    parts.concat()
}

pub(crate) fn section(title: &str, parts: &[String]) -> String {
    format!("<section><h2>{}</h2>{}</section>", escape(title), parts.concat())
}

fn figure(svg: &str, note: &str) -> String {
    format!("<figure>{svg}<figcaption>{}</figcaption></figure>", escape(note))
}

/// What stands under a table.
fn note(words: &str) -> String {
    format!("<p class=\"note\">{}</p>", escape(words))
}

fn launch_note(study: &Study) -> String {
    let launches = &study.launch;
    let s = |value: Option<f64>| table::number(value, 1);
    let first = launches.first_after_s;
    note(&format!(
        "First said {} s after the first plot (median; 95th percentile {} s), of {} of {} flights that were launched. Place and time \
        are said with a sigma each; a province counts as right where the true place lies in the same one, or both lie at sea.",
        s(first.median_value),
        s(first.p95_value),
        launches.said[0].flights,
        launches.flights,
    ))
}

fn not_flyable(study: &Study) -> String {
    let rows: String =
        study.not_flyable.iter().map(|(seed, why)| format!("<li>{seed}: {}</li>", escape(why))).collect();
    if rows.is_empty() { String::new() } else { format!("<p>Drawn, but not flyable:</p><ul>{rows}</ul>") }
}
