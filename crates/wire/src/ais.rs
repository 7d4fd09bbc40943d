//! AIS: ships that say where they are (`!AIVDM` sentences with NMEA 4.0 TAG blocks).

use crate::input::{InputError, Line, Received};
use crate::utc;
use aivdm::message::StaticDataReport;
use aivdm::nmea::{FragmentAssembler, Sentence};
use aivdm::{AisMessage, decode_payload};
use downrange_earth::Time;
use downrange_engine::traffic::{SurfacePosition, VesselReport};
use std::collections::BTreeMap;

/// One knot: a nautical mile (1,852 m) an hour.
pub(crate) const MPS_PER_KNOT: f64 = 1_852.0 / 3_600.0;
/// Characters of the longest message: five sentences of 82.
const ASSEMBLY_LENGTH: usize = 512;
/// Unfinished messages that are remembered at most; the oldest is forgotten first.
const ASSEMBLIES_MOST: usize = 64;

/// What tells the parts of one message from those of another: TAG group, sequence number, radio channel.
type PartKey = (Option<String>, Option<u8>, u8);

/// Reads AIS sentences; remembers the parts of messages that are not complete yet.
#[derive(Debug, Default)]
pub struct AisReader {
    assemblies: BTreeMap<PartKey, Assembly>,
    parts_seen: u64,
}

#[derive(Debug)]
struct Assembly {
    parts: FragmentAssembler<ASSEMBLY_LENGTH>,
    time: Time,
    last_part: u64,
}

/// The fields of a TAG block that matter here.
#[derive(Debug, Default)]
struct Tag<'a> {
    time: Option<Time>,
    group: Option<&'a str>,
}

impl AisReader {
    /// With nothing remembered.
    pub fn new() -> AisReader {
        AisReader::default()
    }

    /// Reads one line. `Ok(None)`: the line is fine, but completes no report about a ship (a part of a longer message, or
    /// a message of another type). The time is the `c:` of the TAG block, of the first part that has one.
    ///
    /// # Errors
    /// A bad checksum, a bad or missing TAG block, a part without its predecessors, an unreadable message.
    ///
    /// ```
    /// let mut reader = downrange_wire::ais::AisReader::new();
    /// let line = r"\s:station,c:1642138800*45\!AIVDM,1,1,,B,15M67FC000G?ufbE`FepT@3n00Sa,0*5C";
    /// let report = reader.parse_line(line, 1, "vessels.nmea").unwrap().unwrap().value;
    /// assert_eq!(report.mmsi, 366_053_209);
    /// ```
    pub fn parse_line(
        &mut self,
        text: &str,
        line_number: u64,
        file: &str,
    ) -> Result<Option<Received<VesselReport>>, InputError> {
        let at = Line { file, line: line_number };
        let (tag, sentence_text) = tag_block(&at, text.trim())?;
        let sentence =
            Sentence::parse(sentence_text).map_err(|error| at.value("sentence", sentence_text, error.to_string()))?;
        let need_time = || at.missing("c", "the UTC second in the TAG block, e.g. \\c:1642138800*5C\\");
        let (time, message) = if sentence.fragment_count == 1 {
            (tag.time.ok_or_else(need_time)?, decode_payload(sentence.payload, sentence.fill_bits))
        } else {
            let key = (tag.group.map(str::to_string), sentence.seq_id, sentence.channel.to_byte());
            if sentence.fragment_number == 1 {
                self.begin(key.clone(), tag.time.ok_or_else(need_time)?);
            }
            let unexpected =
                || at.value("part", sentence.fragment_number, "a part whose predecessors came before, in order");
            let assembly = self.assemblies.get_mut(&key).ok_or_else(unexpected)?;
            self.parts_seen += 1;
            assembly.last_part = self.parts_seen;
            let time = assembly.time;
            let message = match assembly.parts.push(&sentence) {
                Ok(None) => return Ok(None),
                Ok(Some(whole)) => Some(decode_payload(whole.armored, whole.fill_bits)),
                Err(_) => None,
            };
            self.assemblies.remove(&key);
            (time, message.ok_or_else(unexpected)?)
        };
        let message = message.map_err(|error| at.value("payload", sentence_text, error.to_string()))?;
        Ok(report(&message, time).map(|value| Received { received: time, value }))
    }

    fn begin(&mut self, key: PartKey, time: Time) {
        if self.assemblies.len() >= ASSEMBLIES_MOST
            && let Some(oldest) =
                self.assemblies.iter().min_by_key(|(_, assembly)| assembly.last_part).map(|(key, _)| key.clone())
        {
            self.assemblies.remove(&oldest);
        }
        let assembly = Assembly { parts: FragmentAssembler::new(), time, last_part: self.parts_seen };
        self.assemblies.insert(key, assembly);
    }
}

/// Splits off and checks the TAG block (`\field:value,…*hh\`), where there is one.
fn tag_block<'a>(at: &Line, text: &'a str) -> Result<(Tag<'a>, &'a str), InputError> {
    let Some(rest) = text.strip_prefix('\\') else { return Ok((Tag::default(), text)) };
    let Some((block, sentence)) = rest.split_once('\\') else {
        return Err(at.value("TAG block", text, "a block that ends with \\"));
    };
    let (body, checksum) = block.split_once('*').unwrap_or((block, ""));
    let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
    if u8::from_str_radix(checksum, 16) != Ok(sum) {
        return Err(at.value("TAG block", block, format!("a block with its checksum *{sum:02X}")));
    }
    let mut tag = Tag::default();
    for field in body.split(',') {
        match field.split_once(':') {
            Some(("c", second)) => {
                let time = second.parse::<i64>().ok().and_then(utc::from_unix_s);
                tag.time = Some(time.ok_or_else(|| at.value("c", second, "a UTC second since 1970"))?);
            }
            // `1-2-1234`: part 1 of 2 of group 1234.
            Some(("g", group)) => tag.group = group.rsplit('-').next(),
            _ => {}
        }
    }
    Ok((tag, sentence))
}

/// What a message says about its ship; what it marks as not available is absent.
fn report(message: &AisMessage, time: Time) -> Option<VesselReport> {
    let name = match message {
        AisMessage::PositionReportClassA(_)
        | AisMessage::PositionReportClassB(_)
        | AisMessage::LongRangeBroadcast(_) => "",
        AisMessage::PositionReportClassBExtended(report) => report.name.as_str(),
        AisMessage::StaticVoyageData(data) => data.name.as_str(),
        AisMessage::StaticDataReport(StaticDataReport::A(part)) => part.name.as_str(),
        _ => return None,
    };
    let name = name.trim_end_matches(['@', ' ']);
    let position = message.position().and_then(|position| {
        let (latitude_deg, longitude_deg) = (position.latitude, position.longitude);
        // 91 and 181 mean "not available"; anything else off the globe is noise.
        let on_earth = latitude_deg.abs() <= 90.0 && longitude_deg.abs() <= 180.0;
        on_earth.then(|| SurfacePosition {
            latitude_rad: latitude_deg.to_radians(),
            longitude_rad: longitude_deg.to_radians(),
        })
    });
    let course_deg = message.cog_degrees().filter(|course_deg| (0.0..360.0).contains(course_deg));
    Some(VesselReport {
        mmsi: message.mmsi().raw(),
        time,
        position,
        speed_mps: message.sog_knots().map(|knots| knots * MPS_PER_KNOT),
        course_rad: course_deg.map(f64::to_radians),
        name: (!name.is_empty()).then(|| name.to_string()),
    })
}
