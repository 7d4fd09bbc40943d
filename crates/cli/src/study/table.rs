//! The tables of the page of a study.

use super::bound::FLOOR_M;
use super::counts::{Counts, ObjectRow, TrackRow};
use super::figures::{BoundRow, CoverageRow, FallRow, Incident, KindRow, Spread, WorldRow};
use super::launches::LaunchRow;
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
    let head =
        ["", "objects", "forecasts", "no fall said", "50 %", "95 %", "99 %", "95 % by object", "asked within, points"];
    let row = |row: &CoverageRow| {
        let inside = |level: usize| {
            let Some((inside, sigma)) = row.inside_fraction.zip(row.inside_sigma_fraction) else {
                return or_dash(None);
            };
            let figure = format!("{} ± {}", percent(inside[level]), percent(sigma[level]));
            if row.misses[level] { format!("<b class=\"miss\">✗ {figure}</b>") } else { figure }
        };
        let by_object = or_dash(row.inside_by_object_fraction.map(|inside| percent(inside[1])));
        let counts = [row.objects.to_string(), row.forecasts.to_string(), row.without_area.to_string()];
        let mut cells = vec![escape(&row.of)];
        cells.extend(counts);
        cells.extend([inside(0), inside(1), inside(2), by_object]);
        cells.push(or_dash(row.asked_within_fraction.map(asked)));
        cells
    };
    table(caption, &head, rows.iter().map(row), true)
}

/// Points of percent, either way.
fn asked(within_fraction: [f64; 3]) -> String {
    within_fraction.map(|fraction| format!("± {}", (fraction * 1e4).round() / 1e2)).join(", ")
}

/// Said areas against the smallest possible.
pub fn bounds(rows: &[BoundRow]) -> String {
    let floored = format!("with {FLOOR_M} m added to the smallest");
    let drawn = "with the coefficient as drawn";
    let head = ["", "objects", "said over smallest", floored.as_str(), drawn, "smallest, km²", "of this by plots, km²"];
    let row = |row: &BoundRow| {
        vec![
            escape(&row.of),
            row.to_bound_ratio.count.to_string(),
            both(&row.to_bound_ratio, 2),
            both(&row.to_floored_ratio, 2),
            both(&row.to_drawn_ratio, 2),
            both(&row.bound_km2, 2),
            both(&row.state_km2, 2),
        ]
    };
    table("95 % areas against the smallest possible: median over the objects", &head, rows.iter().map(row), true)
}

/// What was said of launches.
pub fn launches(rows: &[LaunchRow]) -> String {
    let head = [
        "",
        "flights",
        "place off, km",
        "in the ellipse of 95 %, %",
        "time off, s",
        "within 95 %, %",
        "province right, %",
    ];
    let row = |row: &LaunchRow| {
        let part = |fraction: Option<f64>| or_dash(fraction.map(percent));
        vec![
            escape(row.of),
            row.flights.to_string(),
            both(&row.error_km, 1),
            part(row.inside95_fraction),
            both(&row.time_error_s, 1),
            part(row.in_time95_fraction),
            part(row.named_fraction),
        ]
    };
    table("Launches as they were said: median over the flights", &head, rows.iter().map(row), true)
}

/// Tracks and objects too many or too few.
pub fn counts(counts: &Counts) -> String {
    let head = ["", "objects", "extra tracks", "objects with any", "mean", "most"];
    let tracks = |row: &TrackRow| {
        let counts = [row.objects, row.extra_tracks, row.objects_with_extra].map(|count| count.to_string());
        let mean = number(row.extra_tracks_count_mean, 2);
        [vec![escape(&row.of)], counts.to_vec(), vec![mean, row.extra_tracks_most.to_string()]].concat()
    };
    let tracks = table("Tracks beyond the first of what falls", &head, counts.tracks.iter().map(tracks), true);
    let head =
        ["", "flights", "fell", "counted", "right", "too many", "too few", "once too many", "of these taken back"];
    let objects = |row: &ObjectRow| {
        let end = [row.flights, row.fell, row.counted, row.right, row.too_many, row.too_few];
        let figures = end.into_iter().chain([row.once_too_many, row.taken_back]).map(|count| count.to_string());
        std::iter::once(escape(&row.of)).chain(figures).collect()
    };
    let caption = "Objects that the last warnings of a flight count, against those that fell";
    tracks + &table(caption, &head, counts.objects.iter().map(objects), true)
}

/// When people were told what, and how much of the map was warned first.
pub fn told(rows: &[(&str, &Spread, usize)]) -> String {
    let head = ["", "flights", "median", "95th percentile"];
    let row = |(of, spread, decimals): &(&str, &Spread, usize)| {
        let value = |value: Option<f64>| number(value, *decimals);
        vec![escape(of), spread.count.to_string(), value(spread.median_value), value(spread.p95_value)]
    };
    table("First warnings", &head, rows.iter().map(row), true)
}

/// Median, and 95th percentile in small.
fn both(spread: &Spread, decimals: usize) -> String {
    format!("{} <small>p95 {}</small>", number(spread.median_value, decimals), number(spread.p95_value, decimals))
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
            format!("<span class=\"words\">{}</span>", escape(&said.join(", "))),
        ]
    };
    table("Kind when half of the flight was done", &head, rows.iter().map(row), true)
}

/// Errors and sizes.
pub fn falls(rows: &[FallRow]) -> String {
    let head = ["", "at 25 %", "at 50 %", "at 75 %", "at 90 %", "95 % area, km²"];
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
        "named after, s",
        "revisions",
        "forecasts",
        "held 50 / 95 / 99, %",
        "error at half, km",
        "area over smallest",
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
            number(row.named_after_s, 1),
            row.revisions.to_string(),
            row.forecasts.to_string(),
            or_dash(inside),
            number(row.error_at_half_km, 1),
            number(row.to_bound_ratio, 2),
            or_dash(row.kind_at_half.map(str::to_string)),
        ]
    };
    table(caption, &head, rows.iter().map(row), true)
}
