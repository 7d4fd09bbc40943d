//! The OASIS Common Alerting Protocol 1.2: what warning systems of states and cities read.
//!
//! How a revision maps to it (section numbers of CAP-v1.2):
//! * `msgType` (3.2.1): alert is `Alert`, update is `Update`, cancel is `Cancel` ("cancels the earlier message(s)": it was
//!   wrong). An all-clear is an `Update` with `responseType` `AllClear` (3.2.2: "the subject event no longer poses a
//!   threat"), because the earlier messages were right and stay on record.
//! * `urgency` is `Immediate` when something may come down within an hour, else `Expected`; `severity` is `Extreme`;
//!   `certainty` is `Likely` above one half and `Possible` up to it, as 3.2.2 defines both. After the end they are `Past`,
//!   `Minor` and `Unlikely`.
//! * Times carry a numeric offset: 3.3.2 forbids `Z`.

use crate::message::{Messages, Text};
use crate::shape;
use crate::warning::status_word;
use downrange_earth::Time;
use downrange_engine::assess::HazardArea;
use downrange_engine::warn::{Revision, RevisionKind};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::io;

mod check;

pub use check::{CapError, check};

/// Who sends. A real installation's own name replaces it where it is signed.
pub const SENDER: &str = "downrange";
const NAMESPACE: &str = "urn:oasis:names:tc:emergency:cap:1.2";
/// What is expected within this time is immediate.
const IMMEDIATE_S: f64 = 3_600.0;

/// A date and time as 3.3.2 wants it: whole seconds, numeric offset.
fn date_time(time: Time) -> String {
    time.utc_string(0).replace('Z', "+00:00")
}

/// Identifier of one revision of a warning.
fn identifier(id: &str, revision: u32) -> String {
    // No spaces, commas, < or & (3.2.1).
    let id: String = id.chars().map(|letter| if " ,<&".contains(letter) { '-' } else { letter }).collect();
    format!("{id}.{revision}")
}

/// The message, with one `info` for each language of `messages`.
pub fn render(revision: &Revision, messages: &Messages) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
    alert(&mut writer, revision, &messages.texts(revision)).expect("writing to memory does not fail");
    String::from_utf8(writer.into_inner()).expect("only text was written")
}

type Out<'a> = &'a mut Writer<Vec<u8>>;

fn element(out: Out, name: &str, text: &str) -> io::Result<()> {
    out.create_element(name).write_text_content(BytesText::new(text)).map(|_| ())
}

fn alert(out: Out, revision: &Revision, texts: &[Text]) -> io::Result<()> {
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    out.create_element("alert").with_attribute(("xmlns", NAMESPACE)).write_inner_content(|out| {
        element(out, "identifier", &identifier(&revision.id, revision.revision))?;
        element(out, "sender", SENDER)?;
        element(out, "sent", &date_time(revision.time))?;
        element(out, "status", status_word(revision.status))?;
        let message_type = match revision.kind {
            RevisionKind::Alert => "Alert",
            RevisionKind::Update | RevisionKind::AllClear => "Update",
            RevisionKind::Cancel => "Cancel",
        };
        element(out, "msgType", message_type)?;
        element(out, "scope", "Public")?;
        let earlier = revision.references.iter();
        let references: Vec<String> = earlier
            .map(|&(number, time)| format!("{SENDER},{},{}", identifier(&revision.id, number), date_time(time)))
            .collect();
        if !references.is_empty() {
            element(out, "references", &references.join(" "))?;
        }
        element(out, "incidents", &revision.event)?;
        texts.iter().try_for_each(|text| info(out, revision, text))
    })?;
    Ok(())
}

fn info(out: Out, revision: &Revision, text: &Text) -> io::Result<()> {
    let over = matches!(revision.kind, RevisionKind::Cancel | RevisionKind::AllClear);
    let soon = revision.onset.seconds_since(revision.time) <= IMMEDIATE_S;
    out.create_element("info").write_inner_content(|out| {
        element(out, "language", &text.language)?;
        element(out, "category", "Safety")?;
        element(out, "event", &text.event)?;
        let responses: &[&str] = match (over, revision.exposure.zones.is_empty()) {
            (true, _) => &["AllClear"],
            (false, true) => &["Avoid"],
            (false, false) => &["Shelter", "Avoid"],
        };
        responses.iter().try_for_each(|response| element(out, "responseType", response))?;
        let [urgency, severity, certainty] = match (over, soon, revision.probability > 0.5) {
            (true, ..) => ["Past", "Minor", "Unlikely"],
            (_, true, true) => ["Immediate", "Extreme", "Likely"],
            (_, true, false) => ["Immediate", "Extreme", "Possible"],
            (_, false, true) => ["Expected", "Extreme", "Likely"],
            (_, false, false) => ["Expected", "Extreme", "Possible"],
        };
        element(out, "urgency", urgency)?;
        element(out, "severity", severity)?;
        element(out, "certainty", certainty)?;
        element(out, "effective", &date_time(revision.time))?;
        if !over {
            element(out, "onset", &date_time(revision.onset))?;
        }
        // Whole seconds must not end a message before it expires, nor as soon as it is sent.
        element(out, "expires", &date_time(revision.expires.plus_s(1.0)))?;
        element(out, "senderName", "Downrange")?;
        element(out, "headline", &text.headline)?;
        element(out, "description", &text.description)?;
        element(out, "instruction", &text.instruction)?;
        revision.areas.iter().zip(&text.areas).try_for_each(|(area, words)| area_element(out, area, words))
    })?;
    Ok(())
}

fn area_element(out: Out, area: &HazardArea, words: &str) -> io::Result<()> {
    out.create_element("area").write_inner_content(|out| {
        element(out, "areaDesc", words)?;
        shape::cut(&shape::ring(area.ring())).iter().try_for_each(|ring| {
            let pairs: Vec<String> = ring.iter().map(|[lon, lat]| format!("{lat:.5},{lon:.5}")).collect();
            element(out, "polygon", &pairs.join(" "))
        })
    })?;
    Ok(())
}
