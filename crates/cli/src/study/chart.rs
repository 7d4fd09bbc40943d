//! Charts as inline SVG, in the colours of the report's style.

use super::figures::{Bin, CoverageRow, FallRow};
use super::judge::{STATED_PROBABILITY, WAY_FRACTION};
use crate::report::escape;
use std::fmt::Write;

const WIDTH: f64 = 640.0;
/// Colours of the 50, 95 and 99 % areas.
const LEVELS: [&str; 3] = ["var(--t0)", "var(--t2)", "var(--t5)"];
/// Colours of several lines.
const LINES: [&str; 6] = ["var(--t0)", "var(--t1)", "var(--t2)", "var(--t3)", "var(--t4)", "var(--t5)"];

fn svg(height: f64, label: &str, body: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\" font-size=\"12\" fill=\"var(--ink)\">{body}</svg>",
        escape(label)
    )
}

fn line(out: &mut String, [x1, y1, x2, y2]: [f64; 4], colour: &str, more: &str) {
    // Writing to a string cannot fail.
    let _ =
        write!(out, "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\" {more}/>");
}

fn text(out: &mut String, [x, y]: [f64; 2], anchor: &str, words: &str) {
    let words = escape(words);
    let _ = write!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>");
}

fn dot(out: &mut String, [x, y]: [f64; 2], radius: f64, colour: &str, title: &str) {
    let title = escape(title);
    let _ = write!(
        out,
        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"{colour}\"><title>{title}</title></circle>"
    );
}

/// Rows of dots: how often the areas held the fall, beside what they state, with a bar of one sigma either way.
pub fn coverage(rows: &[&CoverageRow]) -> String {
    let (left, right, top, step) = (200.0, WIDTH - 16.0, 26.0, 26.0);
    let bottom = top + step * rows.len() as f64;
    let x = |fraction: f64| left + (right - left) * fraction;
    let mut out = String::new();
    for (stated, colour) in STATED_PROBABILITY.into_iter().zip(LEVELS) {
        line(&mut out, [x(stated), top - 6.0, x(stated), bottom], colour, "stroke-dasharray=\"4 3\"");
    }
    text(&mut out, [x(0.5), top - 10.0], "middle", "50 %");
    text(&mut out, [x(0.95), top - 10.0], "end", "95, 99 %");
    for (number, row) in rows.iter().enumerate() {
        let y = top + step * (number as f64 + 0.5);
        text(&mut out, [left - 10.0, y + 4.0], "end", &row.of);
        line(&mut out, [left, y, right, y], "var(--line)", "");
        let (Some(inside), Some(sigma)) = (row.inside_fraction, row.inside_sigma_fraction) else { continue };
        for level in 0..3 {
            let (low, high) = ((inside[level] - sigma[level]).max(0.0), (inside[level] + sigma[level]).min(1.0));
            let more = "stroke-width=\"5\" stroke-opacity=\".35\"";
            line(&mut out, [x(low), y, x(high), y], LEVELS[level], more);
            let title = format!(
                "{}: stated {:.0} %, held {:.1} %",
                row.of,
                STATED_PROBABILITY[level] * 100.0,
                inside[level] * 100.0
            );
            dot(&mut out, [x(inside[level]), y], 4.5, LEVELS[level], &title);
        }
    }
    for tenth in 0..=10 {
        let fraction = f64::from(tenth) / 10.0;
        text(&mut out, [x(fraction), bottom + 16.0], "middle", &format!("{:.0}", fraction * 100.0));
    }
    text(&mut out, [left - 10.0, bottom + 16.0], "end", "% held the fall");
    svg(bottom + 24.0, "How often the areas held the fall, by what fell and when it was said", &out)
}

/// Stated probability of a kind against how often it was that kind.
pub fn reliability(bins: &[Bin]) -> String {
    let (left, top, side) = (60.0, 12.0, 360.0);
    let x = |fraction: f64| left + side * fraction;
    let y = |fraction: f64| top + side * (1.0 - fraction);
    let mut out = String::new();
    line(&mut out, [x(0.0), y(0.0), x(1.0), y(1.0)], "var(--soft)", "stroke-dasharray=\"4 3\"");
    for tick in 0..=5 {
        let fraction = f64::from(tick) / 5.0;
        line(&mut out, [x(0.0), y(fraction), x(1.0), y(fraction)], "var(--line)", "");
        text(&mut out, [left - 8.0, y(fraction) + 4.0], "end", &format!("{fraction:.1}"));
        text(&mut out, [x(fraction), top + side + 18.0], "middle", &format!("{fraction:.1}"));
    }
    for bin in bins {
        let at = [x(bin.stated_probability), y(bin.observed_fraction)];
        let radius = 3.0 + 1.2 * (bin.pairs as f64).ln_1p();
        let title =
            format!("{} pairs: stated {:.3}, was {:.3}", bin.pairs, bin.stated_probability, bin.observed_fraction);
        dot(&mut out, at, radius, "var(--t0)", &title);
        text(&mut out, [at[0] + radius + 3.0, at[1] + 4.0], "start", &bin.pairs.to_string());
    }
    text(&mut out, [x(0.5), top + side + 36.0], "middle", "stated probability of a kind");
    text(&mut out, [x(1.0) + 24.0, top + 16.0], "start", "up: how often it was that kind");
    text(&mut out, [x(1.0) + 24.0, top + 34.0], "start", "numbers: pairs of flight");
    text(&mut out, [x(1.0) + 24.0, top + 50.0], "start", "and kind in the dot");
    svg(top + side + 44.0, "Reliability curve of the kinds at half of the flight", &out)
}

/// How many of the flights had been warned of, by the time since their first plot.
pub fn times(sorted_s: &[f64], flights: usize) -> String {
    const LONGEST_S: f64 = 120.0;
    let (left, right, top, bottom) = (60.0, WIDTH - 16.0, 12.0, 212.0);
    let x = |time_s: f64| left + (right - left) * (time_s / LONGEST_S).clamp(0.0, 1.0);
    let y = |part: f64| bottom - (bottom - top) * part;
    let mut out = String::new();
    for tick in 0..=4 {
        let part = f64::from(tick) / 4.0;
        line(&mut out, [left, y(part), right, y(part)], "var(--line)", "");
        text(&mut out, [left - 8.0, y(part) + 4.0], "end", &format!("{:.0} %", part * 100.0));
    }
    for tick in 0..=6 {
        let time_s = f64::from(tick) * 20.0;
        text(&mut out, [x(time_s), bottom + 18.0], "middle", &format!("{time_s:.0} s"));
    }
    let mut path = format!("M{:.1} {:.1}", x(0.0), y(0.0));
    for (number, time_s) in sorted_s.iter().enumerate().filter(|(_, time_s)| **time_s <= LONGEST_S) {
        let part = (number + 1) as f64 / flights.max(1) as f64;
        let _ = write!(path, "H{:.1}V{:.1}", x(*time_s), y(part));
    }
    let _ = write!(path, "H{right:.1}");
    let _ = write!(out, "<path d=\"{path}\" fill=\"none\" stroke=\"var(--t5)\" stroke-width=\"2\"/>");
    svg(bottom + 26.0, "Flights warned of, by the time since their first plot", &out)
}

/// Median error of the fall as the flight goes on, one line for each kind; a logarithmic axis.
pub fn errors(rows: &[FallRow]) -> String {
    const DECADES: [f64; 2] = [-1.0, 3.0];
    let (left, right, top, bottom) = (60.0, WIDTH - 200.0, 12.0, 272.0);
    let y = |km: f64| {
        let part = (km.max(1e-6).log10() - DECADES[0]) / (DECADES[1] - DECADES[0]);
        bottom - (bottom - top) * part.clamp(0.0, 1.0)
    };
    let x = |way: f64| left + (right - left) * (way - 0.2) / 0.75;
    let mut out = String::new();
    for km in [0.1, 1.0, 10.0, 100.0, 1000.0] {
        line(&mut out, [left, y(km), right, y(km)], "var(--line)", "");
        text(&mut out, [left - 8.0, y(km) + 4.0], "end", &format!("{km} km"));
    }
    for way in WAY_FRACTION {
        text(&mut out, [x(way), bottom + 18.0], "middle", &format!("{:.0} %", way * 100.0));
    }
    for (number, row) in rows.iter().enumerate() {
        let colour = LINES[number % LINES.len()];
        let dash = if number < LINES.len() { "" } else { "stroke-dasharray=\"6 3\"" };
        let medians = WAY_FRACTION.into_iter().zip(row.error_km).filter_map(|(way, e)| Some((way, e.median_value?)));
        let points: Vec<(f64, f64)> = medians.collect();
        for pair in points.windows(2) {
            line(
                &mut out,
                [x(pair[0].0), y(pair[0].1), x(pair[1].0), y(pair[1].1)],
                colour,
                &format!("stroke-width=\"2\" {dash}"),
            );
        }
        for (way, km) in points {
            dot(&mut out, [x(way), y(km)], 3.5, colour, &format!("{}: {km:.1} km", row.of));
        }
        let height = top + 14.0 + 18.0 * number as f64;
        line(
            &mut out,
            [right + 14.0, height - 4.0, right + 34.0, height - 4.0],
            colour,
            &format!("stroke-width=\"3\" {dash}"),
        );
        text(&mut out, [right + 40.0, height], "start", &row.of);
    }
    svg(bottom + 26.0, "Median error of the forecast fall as the flight goes on", &out)
}
