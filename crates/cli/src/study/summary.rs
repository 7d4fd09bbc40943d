//! A study in a few lines of plain text.

use super::bound::FLOOR_M;
use super::figures::{CoverageRow, Incident, Spread, Study};
use super::table::{number, or_dash, percent};
use std::fmt::Write;

/// The study in a few lines of plain text.
pub fn summary(study: &Study) -> String {
    let mut text = format!(
        "{} of {} worlds judged ({}), {} with a fault, {} not flyable\n",
        study.judged,
        study.of.asked,
        study.of.words(),
        study.faulty,
        study.not_flyable.len(),
    );
    put_coverage(&mut text, study);
    let flights = &study.kind.flights;
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(
        text,
        "kind at half of the flight: right {} %, Brier score {}, not assessed by then {}",
        or_dash(flights.right_fraction.map(percent)),
        number(flights.brier_score, 3),
        flights.without,
    );
    put_launches(&mut text, study);
    put_areas(&mut text, study);
    put_warnings(&mut text, study);
    put_counts(&mut text, study);
    let worst: Vec<String> = study.worst.iter().map(u64::to_string).collect();
    let _ = writeln!(text, "worst coverage {}", worst.join(" "));
    text
}

fn put_coverage(text: &mut String, study: &Study) {
    const LEVELS: [&str; 3] = ["50", "95", "99"];
    *text += "the 50 / 95 / 99 % areas held the fall, %; what misses what is asked is named\n";
    let coverage = &study.coverage;
    let rows = [&coverage.after_burnout].into_iter().chain(&coverage.by_kind).chain(&coverage.by_phase);
    for row in rows.chain(&coverage.by_fault) {
        let inside = or_dash(row.inside_fraction.map(|inside| inside.map(percent).join(" / ")));
        let _ = writeln!(text, "  {:30} {:>6} forecasts  {inside}{}", row.of, row.forecasts, missed(row, LEVELS));
    }
}

fn missed(row: &CoverageRow, levels: [&str; 3]) -> String {
    let missed: Vec<&str> = levels.into_iter().zip(row.misses).filter(|(_, is)| *is).map(|(level, _)| level).collect();
    if missed.is_empty() { String::new() } else { format!("  misses {}", missed.join(", ")) }
}

fn put_launches(text: &mut String, study: &Study) {
    let launches = &study.launch;
    let _ = writeln!(
        text,
        "launch first said after {} s (p95 {}), of {} of {} flights",
        number(launches.first_after_s.median_value, 1),
        number(launches.first_after_s.p95_value, 1),
        launches.said[0].flights,
        launches.flights,
    );
    for row in &launches.said {
        let part = |fraction: Option<f64>| or_dash(fraction.map(percent));
        let _ = writeln!(
            text,
            "  {}: {} km off (p95 {}), {} % inside the ellipse of 95 %; {} s off (p95 {}), {} % within 95 %; province right {} %",
            row.of,
            number(row.error_km.median_value, 1),
            number(row.error_km.p95_value, 1),
            part(row.inside95_fraction),
            number(row.time_error_s.median_value, 1),
            number(row.time_error_s.p95_value, 1),
            part(row.in_time95_fraction),
            part(row.named_fraction),
        );
    }
}

fn put_areas(text: &mut String, study: &Study) {
    for row in &study.bound {
        let _ = writeln!(
            text,
            "95 % area over the smallest possible, {}: {} ({} with {FLOOR_M} m added, {} with the coefficient as drawn), {} objects",
            row.of,
            number(row.to_bound_ratio.median_value, 2),
            number(row.to_floored_ratio.median_value, 2),
            number(row.to_drawn_ratio.median_value, 2),
            row.to_bound_ratio.count,
        );
    }
}

fn put_warnings(text: &mut String, study: &Study) {
    let warning = &study.warning;
    let both = |spread: &Spread, unit: &str, decimals: usize| {
        format!(
            "{} {unit} (p95 {}; {} flights)",
            number(spread.median_value, decimals),
            number(spread.p95_value, decimals),
            spread.count
        )
    };
    let seeds = |list: &[Incident]| {
        let seeds: Vec<String> = list.iter().map(|one| one.seed.to_string()).collect();
        format!("{} {}", list.len(), seeds.join(" "))
    };
    let _ = write!(
        text,
        "first warning after {}\n\
         one with an area that holds a fall after {}\n\
         one that names the district or sea of a fall after {}\n\
         one that does so in its headline after {}\n\
         first warned area {}, 30 s later {}\n\
         never named {}\nmissed {}\nlate {}\nfalse {}\n",
        both(&warning.first, "s", 1),
        both(&warning.first_holding, "s", 1),
        both(&warning.first_naming, "s", 1),
        both(&warning.first_headline_naming, "s", 1),
        both(&warning.first_area_km2, "km²", 0),
        both(&warning.later_area_km2, "km²", 0),
        seeds(&warning.never_named),
        seeds(&warning.missed),
        seeds(&warning.late),
        seeds(&warning.false_warned),
    );
    for one in &warning.false_warned {
        let _ = writeln!(text, "  seed {}: {}", one.seed, one.what);
    }
    let _ = writeln!(text, "pieces told {} of {}", warning.pieces_told, warning.pieces);
}

fn put_counts(text: &mut String, study: &Study) {
    for row in &study.count.tracks {
        let _ = writeln!(
            text,
            "extra tracks of {}: {} ({} of {} objects have any)",
            row.of, row.extra_tracks, row.objects_with_extra, row.objects
        );
    }
    for row in &study.count.objects {
        let _ = writeln!(
            text,
            "objects counted, {}: {} of {} that fell; right {}, too many {}, too few {} of {}; once too many {}, taken back {}",
            row.of,
            row.counted,
            row.fell,
            row.right,
            row.too_many,
            row.too_few,
            row.flights,
            row.once_too_many,
            row.taken_back
        );
    }
}
