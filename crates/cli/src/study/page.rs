//! `study.html`: one self-contained page, in the style of the report.

use super::figures::{Study, WorldRow};
use super::quiet::Quiet;
use super::{chart, table};
use crate::report::{STYLE, escape, fill};

const PAGE: &str = include_str!("page.html");

/// What stands under the coverage.
const COVERAGE_NOTE: &str = "Forecasts made from 5 s after burnout (of stages and pieces: after they came free) to 1 s \
    before the fall; the row “boost” are those made before. Dashed: what the areas state. Bars: one sigma, objects being \
    independent and the forecasts of one object not.";
/// What stands under the kinds.
const KIND_NOTE: &str = "Half of a flight: half of the time from its start to its end; of a launch into orbit: burnout; of a \
    body that breaks up: the break-up. \
    Brier score: the sum over the ten kinds of (stated − what was)², 0 the best, 2 the worst.";
/// What stands under the times.
const TIME_NOTE: &str =
    "From the reception of the first plot of any object of the flight to the first alert that names one.";
/// How the worlds were made.
const DRAWN_NOTE: &str = "One flight a world, seven kinds in turns by the seed; two infrared sensors and two to five radars \
    around the Sea of Japan; one world in five has a radar with a fault that nobody is told of; aeroplanes, ships and \
    satellites around. The distributions stand in the documentation of downrange_sim::draw. A track counts as that of the \
    object that most of its plots came from. One world as a watch folder with its truth: downrange study --folder-of SEED.";

/// The page of a study of flights.
pub fn study_page(study: &Study) -> String {
    let span = format!("{} worlds, seeds from {}", study.judged, study.seed);
    page(&format!("{} drawn flights", study.judged), &span, &cards(study), &body(study))
}

/// The page of a study of quiet skies.
pub fn quiet_page(quiet: &Quiet) -> String {
    let cards = [
        card(&format!("{}", quiet.hours_count), "hours of quiet sky"),
        card(&quiet.warned.to_string(), "objects warned of"),
        card(&quiet.worlds.iter().map(|world| world.plots).sum::<usize>().to_string(), "plots"),
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
                table::incidents("Missed", &warning.missed),
                table::incidents("First warned of after half of the flight", &warning.late),
                table::incidents("Warned of, and none", &warning.false_warned),
                format!("<p>Pieces of break-ups told of in time: {} of {}.</p>", warning.pieces_told, warning.pieces),
            ],
        ),
        section(
            "How near was the forecast?",
            &[
                figure(&chart::errors(&study.fall), "Part of the way from burnout to the fall that was done."),
                table::falls(&study.fall),
            ],
        ),
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

fn not_flyable(study: &Study) -> String {
    let rows: String =
        study.not_flyable.iter().map(|(seed, why)| format!("<li>{seed}: {}</li>", escape(why))).collect();
    if rows.is_empty() { String::new() } else { format!("<p>Drawn, but not flyable:</p><ul>{rows}</ul>") }
}
