//! The tables of the page of a study.

use super::figures::{CoverageRow, FallRow, Incident, KindRow, Spread, Study, WorldRow};
use crate::report::escape;

/// A table from its head and its rows, which are markup; all columns but the first are numbers where `numbers` says so.
pub fn table(caption: &str, head: &[&str], rows: impl Iterator<Item = Vec<String>>, numbers: bool) -> String {
    let class = |column: usize| if numbers && column > 0 { " class=\"n\"" } else { "" };
    let cells = |tag: &str, cells: &[String]| -> String {
        let cells = cells.iter().enumerate();
        cells.map(|(column, cell)| format!("<{tag}{}>{cell}</{tag}>", class(column))).collect()
    };
    let head: Vec<String> = head.iter().map(|word| escape(word)).collect();
    let body: String = rows.map(|row| format!("<tr>{}</tr>", cells("td", &row))).collect();
    format!(
        "<div class=\"scroll\"><table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{body}</tbody></table></div>",
        escape(caption),
        cells("th", &head)
    )
}

/// The text, or a dash where there is none.
pub fn or_dash(value: Option<String>) -> String {
    value.unwrap_or_else(|| "–".into())
}

/// Percent with a decimal.
pub fn percent(fraction: f64) -> String {
    format!("{:.1}", fraction * 100.0)
}

/// A number, or a dash where there is none.
pub fn number(value: Option<f64>, decimals: usize) -> String {
    or_dash(value.map(|value| format!("{value:.decimals$}")))
}

/// How often the areas held the fall.
pub fn coverage(caption: &str, rows: &[CoverageRow]) -> String {
    let head = ["", "objects", "forecasts", "no fall said", "50 %", "95 %", "99 %", "95 % by object"];
    let row = |row: &CoverageRow| {
        let inside = |level: usize| {
            let both = row.inside_fraction.zip(row.inside_sigma_fraction);
            or_dash(both.map(|(inside, sigma)| format!("{} ± {}", percent(inside[level]), percent(sigma[level]))))
        };
        let by_object = or_dash(row.inside_by_object_fraction.map(|inside| percent(inside[1])));
        let counts = [row.objects.to_string(), row.forecasts.to_string(), row.without_area.to_string()];
        let mut cells = vec![escape(&row.of)];
        cells.extend(counts);
        cells.extend([inside(0), inside(1), inside(2), by_object]);
        cells
    };
    table(caption, &head, rows.iter().map(row), true)
}

/// What was said that it was.
pub fn kinds(rows: &[KindRow]) -> String {
    let head = ["", "objects", "not assessed by then", "right, %", "Brier score", "said"];
    let row = |row: &KindRow| {
        let said: Vec<String> = row.said.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        vec![
            escape(&row.of),
            row.objects.to_string(),
            row.without.to_string(),
            or_dash(row.right_fraction.map(percent)),
            number(row.brier_score, 3),
            escape(&said.join(", ")),
        ]
    };
    table("Kind when half of the flight was done", &head, rows.iter().map(row), true)
}

/// Errors and sizes.
pub fn falls(rows: &[FallRow]) -> String {
    let head = ["", "at 25 %", "at 50 %", "at 75 %", "at 90 %", "95 % area, km²"];
    let both = |spread: &Spread, decimals: usize| {
        format!("{} <small>p95 {}</small>", number(spread.median_value, decimals), number(spread.p95_value, decimals))
    };
    let row = |row: &FallRow| {
        let mut cells = vec![format!("{} <small>of {}</small>", escape(&row.of), row.area95_km2.count)];
        cells.extend(row.error_km.iter().map(|spread| both(spread, 1)));
        cells.push(both(&row.area95_km2, 0));
        cells
    };
    let caption = "Error of the forecast fall, km, when this part of the way from burnout to the fall was done: median";
    table(caption, &head, rows.iter().map(row), true)
}

/// What went wrong, with its seed.
pub fn incidents(caption: &str, list: &[Incident]) -> String {
    if list.is_empty() {
        return format!("<p>{}: none.</p>", escape(caption));
    }
    let row = |one: &Incident| vec![one.seed.to_string(), escape(&one.class), escape(&one.what)];
    table(&format!("{caption}: {}", list.len()), &["seed", "flight", "what"], list.iter().map(row), false)
}

/// Every world, or the named ones in the order of their names.
pub fn worlds(caption: &str, rows: &[&WorldRow]) -> String {
    let head = [
        "seed",
        "flight",
        "radars",
        "told after, s",
        "fall held after, s",
        "revisions",
        "forecasts",
        "held 50 / 95 / 99, %",
        "error at half, km",
        "kind at half",
    ];
    let row = |row: &&WorldRow| {
        let inside = row.inside_fraction.map(|inside| inside.map(percent).join(" / "));
        let fault = if row.faulty { " <small>one sensor with a fault</small>" } else { "" };
        vec![
            row.seed.to_string(),
            format!("{}{fault}", escape(row.class)),
            row.radars.to_string(),
            number(row.told_after_s, 1),
            number(row.held_after_s, 1),
            row.revisions.to_string(),
            row.forecasts.to_string(),
            or_dash(inside),
            number(row.error_at_half_km, 1),
            or_dash(row.kind_at_half.map(str::to_string)),
        ]
    };
    table(caption, &head, rows.iter().map(row), true)
}

/// The study in a few lines of plain text.
pub fn summary(study: &Study) -> String {
    let inside = |row: &CoverageRow| {
        let inside = row.inside_fraction.map(|inside| inside.map(percent).join(" / "));
        format!("  {:30} {:>6} forecasts  {}\n", row.of, row.forecasts, or_dash(inside))
    };
    let coverage = &study.coverage;
    let rows = [&coverage.after_burnout].into_iter().chain(&coverage.by_kind).chain(&coverage.by_phase);
    let rows: String = rows.chain(&coverage.by_fault).map(inside).collect();
    let (warning, flights) = (&study.warning, &study.kind.flights);
    let seeds = |list: &[Incident]| {
        let seeds: Vec<String> = list.iter().map(|one| one.seed.to_string()).collect();
        format!("{} {}", list.len(), seeds.join(" "))
    };
    let worst: Vec<String> = study.worst.iter().map(u64::to_string).collect();
    format!(
        "{} of {} worlds from seed {} judged, {} with a fault, {} not flyable\n\
         the 50 / 95 / 99 % areas held the fall, %\n{rows}\
         kind at half of the flight: right {} %, Brier score {}, not assessed by then {}\n\
         first warning after {} s (p95 {}), one that holds a fall after {} s (p95 {})\n\
         missed {}\nlate {}\nfalse {}\npieces told {} of {}\nworst coverage {}\n",
        study.judged,
        study.asked,
        study.seed,
        study.faulty,
        study.not_flyable.len(),
        or_dash(flights.right_fraction.map(percent)),
        number(flights.brier_score, 3),
        flights.without,
        number(warning.first.median_value, 1),
        number(warning.first.p95_value, 1),
        number(warning.first_holding.median_value, 1),
        number(warning.first_holding.p95_value, 1),
        seeds(&warning.missed),
        seeds(&warning.late),
        seeds(&warning.false_warned),
        warning.pieces_told,
        warning.pieces,
        worst.join(" "),
    )
}
