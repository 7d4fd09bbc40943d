//! The parts of the page that are read: summary, timeline, messages, objects, numbers. Plain HTML, of use without the map.

use super::data::{by_object, falls};
use super::{Html, Material, Message, Said, Text, escape};
use downrange_earth::Time;
use downrange_engine::assess::{Assessment, Kind, Phase};
use downrange_engine::plot::SensorKind;
use downrange_engine::policy::Status;
use downrange_engine::warn::{Revision, RevisionKind};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Bytes of channel messages that the page carries in full; of what is beyond, the first and the last revision stay.
const MESSAGE_BYTES_MAX: usize = 900_000;

/// Objects of one event whose every step stands in the timeline; of the others only the first.
const OBJECTS_TOLD_MAX: usize = 6;

/// The word and the sentence for the banner.
pub(super) fn status(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Actual => ("ACTUAL", "These messages were real."),
        Status::Exercise => ("EXERCISE", "People practised. No message on this page is a real warning."),
        Status::Test => ("TEST", "Recorded or simulated data. No message on this page is a real warning."),
    }
}

/// The few figures at the top.
pub(super) fn summary(material: &Material) -> Html {
    let objects = by_object(material.assessments).into_iter().filter(|(_, made)| falls(made)).count();
    let first_alert = material.said.iter().map(|s| &s.revision).find(|r| r.kind == RevisionKind::Alert);
    let last = material.said.last().map(|s| &s.revision);
    let mut cards = Vec::new();
    cards.push(match first_alert {
        Some(alert) => match first_plot(material, alert) {
            Some(seen) => (format!("{:.0} s", alert.time.seconds_since(seen)), "first plot to first alert".to_string()),
            None => (clock(alert.time), "first alert (UTC)".to_string()),
        },
        None => ("none".to_string(), "warnings".to_string()),
    });
    if !material.watched.is_empty() {
        let count = material.watched.len();
        cards.push((count.to_string(), counted(count, "watch without an alert", "watches without an alert")));
    }
    cards.push((objects.to_string(), counted(objects, "object that falls", "objects that fall")));
    cards.push((material.said.len().to_string(), counted(material.said.len(), "message said", "messages said")));
    let mut ships: Vec<u32> =
        material.said.iter().flat_map(|s| s.revision.exposure.vessels.iter().map(|v| v.mmsi)).collect();
    ships.sort_unstable();
    ships.dedup();
    cards.push((ships.len().to_string(), counted(ships.len(), "vessel named", "vessels named")));
    cards.push(match last.map(|r| r.kind) {
        Some(RevisionKind::AllClear) => (clock(last.map_or(material.to, |r| r.time)), "all clear (UTC)".to_string()),
        Some(RevisionKind::Cancel) => (clock(last.map_or(material.to, |r| r.time)), "cancelled (UTC)".to_string()),
        Some(_) => ("in force".to_string(), "at the end of the data".to_string()),
        None => (clock(material.to), "end of the data (UTC)".to_string()),
    });
    let mut out = Html::new();
    for (figure, words) in cards {
        let _ = write!(out, "<li><b>{}</b><span>{}</span></li>", escape(&figure), escape(&words));
    }
    out
}

/// One line of the timeline.
struct Moment<'a> {
    time: Time,
    event: &'a str,
    class: &'static str,
    mark: &'static str,
    words: Html,
}

/// What happened and what was said, in order.
pub(super) fn timeline(material: &Material) -> Html {
    let mut moments = Vec::new();
    let mut followed: BTreeMap<&str, usize> = BTreeMap::new();
    for (object, made) in by_object(material.assessments).into_iter().filter(|(_, made)| falls(made)) {
        let before = followed.entry(&made[0].event).or_default();
        *before += 1;
        if *before <= OBJECTS_TOLD_MAX {
            object_moments(material, object, &made, &mut moments);
        } else {
            let words = format!("{}: followed too", escape(object));
            moments.push(Moment { time: made[0].time, event: &made[0].event, class: "seen", mark: "•", words });
        }
    }
    moments.extend(watches(material));
    for said in material.said {
        let r = &said.revision;
        let headline = said.texts.first().map_or("", |t| t.headline.as_str());
        let words = format!(
            "<a href=\"#{}\"><span class=\"tag {}\">{}</span></a> {}",
            anchor(r),
            r.kind.word(),
            kind_words(r.kind),
            escape(headline)
        );
        moments.push(Moment { time: r.time, event: &r.event, class: "said", mark: "▲", words });
    }
    moments.sort_by_key(|m| m.time);
    let mut out = Html::new();
    for m in &moments {
        let since = moments.iter().find(|x| x.event == m.event).map_or(0.0, |x| m.time.seconds_since(x.time));
        let _ = write!(
            out,
            "<li class=\"{}\"><button type=\"button\" data-t=\"{:.1}\" title=\"Show this moment on the map\">{}</button>\
             <span class=\"since\">+{since:.0} s</span><span class=\"mark\" aria-hidden=\"true\">{}</span><span>{}</span></li>",
            m.class,
            m.time.seconds_since(material.from),
            clock(m.time),
            m.mark,
            m.words
        );
    }
    if moments.is_empty() {
        out.push_str("<li class=\"nothing\">Nothing was followed that falls, and nothing was said.</li>");
    }
    out
}

/// What would have been warned of if more had seen it.
fn watches<'a>(material: &Material<'a>) -> impl Iterator<Item = Moment<'a>> {
    let asked = material.witnesses_asked;
    material.watched.iter().filter_map(move |(object, time)| {
        let event = &material.assessments.iter().find(|a| a.object == *object)?.event;
        let words = format!(
            "{}: a watch, no alert: fewer independent witnesses than the {asked} that an alert needs",
            escape(object)
        );
        Some(Moment { time: *time, event, class: "seen", mark: "•", words })
    })
}

/// First plot, burnout, end of one object.
fn object_moments<'a>(material: &Material, object: &str, made: &[&'a Assessment], out: &mut Vec<Moment<'a>>) {
    let name = escape(object);
    let event = made[0].event.as_str();
    let mut push = |time, mark, words| out.push(Moment { time, event, class: "seen", mark, words });
    if let Some((_, time)) = material.first_plots.iter().find(|(o, _)| o == object) {
        push(*time, "•", format!("first plot of {name}"));
    }
    push(made[0].time, "•", format!("{name}: first assessment, {}", escape(made[0].kind.most_probable().word())));
    let mut told = BTreeMap::new();
    for pair in made.windows(2) {
        let (before, after) = (pair[0].phase, pair[1].phase);
        let words = match (before, after) {
            (Phase::Boost, Phase::Midcourse | Phase::Descent) => "engine off",
            (_, Phase::Landed) if before != Phase::Landed => "must be down by now",
            (_, Phase::Lost) if before != Phase::Lost => "out of sight of every sensor",
            (Phase::Lost, p) if p != Phase::Lost => "seen again",
            _ => continue,
        };
        // An opinion may waver; the first time is news.
        let times: &mut usize = told.entry(words).or_default();
        *times += 1;
        if *times == 1 {
            push(pair[1].time, "•", format!("{name}: {words}"));
        }
    }
}

/// Every revision: what it said in each language, who was underneath, and what the channels carried.
pub(super) fn messages(material: &Material) -> Html {
    let total: usize = material.said.iter().flat_map(|s| &s.messages).map(|m| m.content.len()).sum();
    let mut out = Html::new();
    for (i, said) in material.said.iter().enumerate() {
        let ends = |r: &Revision| r.kind != RevisionKind::Update;
        let full = total <= MESSAGE_BYTES_MAX || ends(&said.revision) || i + 1 == material.said.len();
        message(material, said, i, full, &mut out);
    }
    if material.said.is_empty() {
        out.push_str("<p>Nothing was said.</p>");
    }
    out
}

fn message(material: &Material, said: &Said, index: usize, full: bool, out: &mut Html) {
    let r = &said.revision;
    let open = if r.kind == RevisionKind::Update { "" } else { " open" };
    let headline = said.texts.first().map_or("", |t| t.headline.as_str());
    let _ = write!(
        out,
        "<details class=\"message\" id=\"{}\"{open}><summary><span class=\"tag {}\">{}</span> <time>{}</time> \
         <span class=\"headline\">{}</span></summary><div class=\"body\">",
        anchor(r),
        r.kind.word(),
        kind_words(r.kind),
        clock(r.time),
        escape(headline)
    );
    let _ = write!(
        out,
        "<p class=\"meta\">{} revision {} · {} · objects {} · from {} · in force until {} · \
         <button type=\"button\" data-t=\"{:.1}\">show on the map</button></p>",
        escape(&r.id),
        r.revision,
        status(r.status).0,
        escape(&r.objects.join(", ")),
        clock(r.onset),
        clock(r.expires),
        r.time.seconds_since(material.from)
    );
    tabs(&said.texts, index, out);
    exposure(r, out);
    for m in &said.messages {
        channel(m, full, out);
    }
    out.push_str("</div></details>");
}

/// The words, one tab a language. Plain radio buttons: they work without a script and by keyboard.
fn tabs(texts: &[Text], index: usize, out: &mut Html) {
    if texts.is_empty() {
        return;
    }
    let _ = write!(out, "<fieldset class=\"tabs\"><legend>Language</legend>");
    for (i, text) in texts.iter().enumerate() {
        let language = escape(&text.language);
        let checked = if i == 0 { " checked" } else { "" };
        let _ = write!(
            out,
            "<input type=\"radio\" name=\"l{index}\" id=\"l{index}-{i}\"{checked}>\
             <label for=\"l{index}-{i}\">{}</label><div class=\"text\" lang=\"{language}\"><p class=\"headline\">{}</p>",
            language_words(&text.language),
            escape(&text.headline)
        );
        for paragraph in [&text.description, &text.instruction] {
            if !paragraph.is_empty() {
                let _ = write!(out, "<p>{}</p>", escape(paragraph));
            }
        }
        out.push_str("</div>");
    }
    out.push_str("</fieldset>");
}

/// Who is underneath.
fn exposure(r: &Revision, out: &mut Html) {
    let e = &r.exposure;
    let mut rows = Html::new();
    for v in &e.vessels {
        let name = v.name.as_deref().unwrap_or("unnamed");
        let seconds = v.impact_time.seconds_since(r.time);
        let _ = write!(
            rows,
            "<tr><td>vessel</td><td>{}</td><td>MMSI {:09}</td><td class=\"n\">{}</td><td class=\"n\">{seconds:.0} s</td></tr>",
            escape(name),
            v.mmsi,
            small(v.probability)
        );
    }
    for a in &e.aircraft {
        let callsign = a.callsign.as_deref().unwrap_or("no callsign");
        let _ = write!(
            rows,
            "<tr><td>aircraft</td><td>{}</td><td>ICAO {}</td><td class=\"n\">{}</td><td></td></tr>",
            escape(callsign),
            escape(&a.icao),
            small(a.probability)
        );
    }
    for z in &e.zones {
        let _ = write!(
            rows,
            "<tr><td>district</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td></td></tr>",
            escape(&z.name),
            escape(&z.id),
            small(z.probability)
        );
    }
    if !rows.is_empty() {
        let _ = write!(
            out,
            "<div class=\"scroll\"><table class=\"exposure\"><caption>Underneath</caption><thead><tr><th>what</th><th>name</th>\
             <th>identity</th><th class=\"n\">probability</th><th class=\"n\">time left</th></tr></thead><tbody>{rows}</tbody></table></div>"
        );
    }
}

fn channel(m: &Message, full: bool, out: &mut Html) {
    if full {
        let _ = write!(
            out,
            "<details class=\"channel\"><summary>{} <code>{}</code></summary><pre tabindex=\"0\">{}</pre></details>",
            escape(&m.channel.to_uppercase()),
            escape(&m.file),
            escape(&m.content)
        );
    } else {
        let _ = write!(
            out,
            "<p class=\"channel\">{}: see <code>messages/{}</code></p>",
            escape(&m.channel.to_uppercase()),
            escape(&m.file)
        );
    }
}

/// What each object is, where it came from and where it went: the last assessment, and of the launch and the fall the
/// last that there was. What falls comes first.
pub(super) fn objects(material: &Material) -> Html {
    let mut out = Html::new();
    let (falling, others): (Vec<_>, Vec<_>) =
        by_object(material.assessments).into_iter().partition(|(_, made)| falls(made));
    for (name, made) in falling.into_iter().chain(others) {
        let last = made[made.len() - 1];
        let launch = made.iter().rev().find_map(|a| a.launch.as_ref());
        let impact = made.iter().rev().find_map(|a| a.impact.as_ref());
        let rest = |pick: fn(&Assessment) -> Option<f64>| made.iter().rev().find_map(|a| pick(a));
        let band = made.iter().rev().find_map(|a| a.band).map_or("", |b| b.word());
        let plots: u32 = last.evidence.plots_by_sensor.iter().map(|(_, n)| n).sum();
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}<small>{} · {plots} plots</small></th><td>{}</td>",
            escape(name),
            last.phase.word(),
            kinds(last)
        );
        let _ = match launch {
            Some(l) => write!(
                out,
                "<td>{}<small>{}{}, one sigma {:.1} × {:.1} km</small></td>",
                clock(l.time),
                l.region.as_deref().map_or(Html::new(), |region| format!("{} · ", escape(region))),
                latlon(l.position.latitude_rad, l.position.longitude_rad),
                l.semi_major_m / 1e3,
                l.semi_minor_m / 1e3
            ),
            None => write!(out, "<td>–</td>"),
        };
        let _ = match impact {
            Some(i) => write!(
                out,
                "<td>{} ± {:.0} s<small>{}</small></td>",
                clock(i.time),
                i.time_sigma_s,
                latlon(i.position.latitude_rad, i.position.longitude_rad)
            ),
            None => write!(out, "<td>–</td>"),
        };
        let _ = write!(
            out,
            "<td class=\"n\">{}<small>{}</small></td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            kilometres(rest(|a| a.reach_m)),
            escape(band),
            kilometres(rest(|a| a.range_m)),
            kilometres(rest(|a| a.apogee_m))
        );
    }
    if out.is_empty() {
        out.push_str("<tr><td colspan=\"7\">No object was followed.</td></tr>");
    }
    out
}

/// Bars of the kinds that are not negligible, most probable first.
fn kinds(a: &Assessment) -> Html {
    let mut kinds: Vec<(Kind, f64)> =
        Kind::ALL.iter().map(|&k| (k, a.kind.of(k))).filter(|(_, p)| *p >= 0.005).collect();
    kinds.sort_by(|x, y| y.1.total_cmp(&x.1));
    let mut out = Html::new();
    for (kind, probability) in kinds {
        let percent = 100.0 * probability;
        let _ = write!(
            out,
            "<span class=\"bar\"><i style=\"width:{percent:.0}%\"></i><b>{}</b> {percent:.0} %</span>",
            kind.word()
        );
    }
    out
}

/// What came in and what became of it.
pub(super) fn numbers(material: &Material) -> Html {
    let c = material.counts;
    let mut rows = vec![
        ("from", material.from.utc_string(3)),
        ("to", material.to.utc_string(3)),
        ("length", format!("{:.0} s", material.to.seconds_since(material.from))),
        ("plots used", c.plots_used.to_string()),
        ("plots refused", c.plots_refused.to_string()),
        ("reports of vessels and aircraft", c.traffic_reports.to_string()),
        ("lines that could not be read", c.bad_lines.to_string()),
        ("assessments", material.assessments.len().to_string()),
        ("journal entries", c.journal_entries.to_string()),
    ];
    if let Some(ratio) = material.real_time_ratio {
        rows.push(("speed of the replay", format!("{ratio:.1} × real time")));
    }
    rows.push(("made by", material.program.to_string()));
    if let Some(hash) = material.journal_hash {
        rows.push(("journal hash", hash.to_string()));
    }
    let mut out = Html::new();
    for (name, value) in rows {
        let _ = write!(out, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>", escape(name), escape(&value));
    }
    out
}

/// Who was watching.
pub(super) fn sensors(material: &Material) -> Html {
    let mut out = Html::new();
    for s in material.sensors {
        let g = s.site.geodetic();
        let kind = match s.kind {
            SensorKind::Radar { .. } => "radar",
            SensorKind::Infrared { .. } => "infrared",
        };
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{kind}</td><td>{}</td><td class=\"n\">{} s</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td>{}</td></tr>",
            escape(&s.id),
            latlon(g.latitude_rad, g.longitude_rad),
            s.period_s,
            s.detection_probability,
            s.clutter_per_scan,
            escape(s.path.as_deref().unwrap_or("own"))
        );
    }
    out
}

/// What was found out of those who were watching.
pub(super) fn sensor_findings(material: &Material) -> Html {
    if material.sensor_findings.is_empty() {
        return "<p>Nothing was found against any sensor.</p>".to_string();
    }
    let items = material.sensor_findings.iter().map(|words| format!("<li>{}</li>", escape(words)));
    format!("<ul>{}</ul>", items.collect::<String>())
}

/// Reception of the first plot of any object that a revision names.
fn first_plot(material: &Material, r: &Revision) -> Option<Time> {
    material.first_plots.iter().filter(|(object, _)| r.objects.contains(object)).map(|(_, time)| *time).min()
}

fn kind_words(kind: RevisionKind) -> &'static str {
    match kind {
        RevisionKind::Alert => "ALERT",
        RevisionKind::Update => "UPDATE",
        RevisionKind::Cancel => "CANCEL",
        RevisionKind::AllClear => "ALL CLEAR",
    }
}

fn language_words(language: &str) -> Html {
    match language {
        "en" => "English".to_string(),
        "ko" => "한국어".to_string(),
        "ja" => "日本語".to_string(),
        other => escape(other),
    }
}

/// Name of a revision as the target of a link: letters, digits and dashes only.
fn anchor(r: &Revision) -> String {
    let id: String = r.id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("m-{id}-{}", r.revision)
}

/// Hours, minutes, seconds, UTC.
fn clock(time: Time) -> Html {
    let utc = time.utc_string(0);
    escape(utc.get(11..).unwrap_or(&utc))
}

fn latlon(latitude_rad: f64, longitude_rad: f64) -> Html {
    let (lat, lon) = (latitude_rad.to_degrees(), longitude_rad.to_degrees());
    let (ns, ew) = (if lat < 0.0 { 'S' } else { 'N' }, if lon < 0.0 { 'W' } else { 'E' });
    format!("{:.3}° {ns} {:.3}° {ew}", lat.abs(), lon.abs())
}

fn kilometres(metres: Option<f64>) -> Html {
    metres.map_or_else(|| "–".to_string(), |m| format!("{:.0} km", m / 1e3))
}

/// A probability that may be tiny.
fn small(probability: f64) -> Html {
    match probability {
        p if p >= 0.1 => format!("{:.0} %", 100.0 * p),
        p if p >= 0.001 => format!("{:.1} %", 100.0 * p),
        p => format!("{p:.1e}"),
    }
}

fn counted(n: usize, one: &str, many: &str) -> String {
    if n == 1 { one.to_string() } else { many.to_string() }
}
