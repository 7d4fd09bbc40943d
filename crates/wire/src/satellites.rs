//! `satellites.tle` and `satellites.json`: where catalogued satellites are, by SGP4.
//!
//! The orbits are computed by the `sgp4` crate with the mathematics of the platform, whose last bits may differ between
//! machines. So what is found here goes into the core as an input (a line, [`answer_line`]) and stands in the
//! journal; the core itself computes no orbit from elements.

use crate::input::{InputError, Line};
use downrange_earth::{Ecef, Time, sidereal};
use downrange_engine::assess::TrackId;
use downrange_engine::assess::catalogue::{Answer, CatalogueEntry, Catalogued, Question};
use nalgebra::Vector3;
use serde::{Deserialize, Serialize};
use sgp4::{Constants, Elements, MinutesSinceEpoch};

/// A catalogue of satellites, ready to be asked.
pub struct Satellites {
    list: Vec<Satellite>,
    unusable_count: usize,
}

struct Satellite {
    entry: CatalogueEntry,
    epoch: Time,
    constants: Constants,
}

impl core::fmt::Debug for Satellites {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(out, "Satellites({})", self.list.len())
    }
}

/// Reads two- or three-line element sets, or an OMM catalogue as a JSON array (CCSDS 502.0-B-3, as public catalogues give it).
/// Blank lines and lines that begin with `#` are left out. Elements that no orbit of SGP4 belongs to (decayed, mostly) are only
/// counted.
///
/// # Errors
/// The first line that is neither a name nor a line of elements, or whose checksum is wrong; JSON of another form.
///
/// ```
/// let text = "ISS (ZARYA)
/// 1 25544U 98067A   20194.88612269 -.00002218  00000-0 -31515-4 0  9992
/// 2 25544  51.6461 221.2784 0001413  89.1723 280.4612 15.49507896236008
/// ";
/// let satellites = downrange_wire::satellites::read(text, "satellites.tle").unwrap();
/// assert_eq!((satellites.len(), satellites.unusable_count()), (1, 0));
/// ```
pub fn read(text: &str, file: &str) -> Result<Satellites, InputError> {
    let elements = if text.trim_start().starts_with(['[', '{']) { omm(text, file)? } else { lines(text, file)? };
    let total = elements.len();
    let list: Vec<Satellite> = elements.into_iter().filter_map(satellite).collect();
    Ok(Satellites { unusable_count: total - list.len(), list })
}

/// Elements are fitted with the constants of AFSPC (WGS-72); with others the places would be tens of metres off.
fn satellite(elements: Elements) -> Option<Satellite> {
    let constants = Constants::from_elements_afspc_compatibility_mode(&elements).ok()?;
    let epoch = elements.datetime.and_utc();
    let epoch = Time::from_unix(epoch.timestamp(), epoch.timestamp_subsec_nanos());
    let name = elements.object_name.filter(|name| !name.is_empty());
    Some(Satellite { entry: CatalogueEntry { number: elements.norad_id, name }, epoch, constants })
}

fn omm(text: &str, file: &str) -> Result<Vec<Elements>, InputError> {
    let one_or_many = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map(|one| vec![one])
    } else {
        serde_json::from_str(text)
    };
    one_or_many.map_err(|error| {
        let at = Line { file, line: error.line().max(1) as u64 };
        at.syntax(format!("{error}; allowed: an array of orbit mean-elements messages (OMM)"))
    })
}

fn lines(text: &str, file: &str) -> Result<Vec<Elements>, InputError> {
    let mut elements = Vec::new();
    let mut name: Option<String> = None;
    let mut first: Option<&str> = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_end();
        let at = Line { file, line: index as u64 + 1 };
        match (first.take(), line) {
            (None, "") => {}
            (None, line) if line.starts_with('#') => {}
            (None, line) if line.starts_with("1 ") => first = Some(line),
            (Some(first), second) if second.starts_with("2 ") => {
                let set = Elements::from_tle(name.take(), first.as_bytes(), second.as_bytes());
                elements.push(set.map_err(|error| {
                    at.syntax(format!(
                        "{error}; allowed: two lines of elements with their checksums, a name before them"
                    ))
                })?);
            }
            (Some(_), _) => return Err(at.syntax("no second line of elements after the first; allowed: `2 …`")),
            (None, line) if line.starts_with("2 ") => {
                return Err(at.syntax("a second line of elements without the first; allowed: `1 …` before it"));
            }
            (None, line) => name = Some(line.strip_prefix("0 ").unwrap_or(line).trim().into()),
        }
    }
    match first {
        None => Ok(elements),
        Some(_) => {
            let at = Line { file, line: text.lines().count() as u64 };
            Err(at.syntax("the file ends after the first line of elements; allowed: `2 …`"))
        }
    }
}

impl Satellites {
    /// How many can be asked for.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Elements that no orbit belongs to.
    pub fn unusable_count(&self) -> usize {
        self.unusable_count
    }

    /// What was near, by ascending number. A satellite that SGP4 says has decayed by then is left out.
    pub fn answer(&self, question: &Question) -> Answer {
        let near = |place: &Ecef| (place.0 - question.position.0).norm() <= question.radius_m;
        let mut objects: Vec<Catalogued> =
            self.list.iter().filter_map(|one| one.at(question.time)).filter(|object| near(&object.position)).collect();
        objects.sort_by_key(|object| object.entry.number);
        Answer { track: question.track, time: question.time, objects }
    }
}

impl Satellite {
    fn at(&self, time: Time) -> Option<Catalogued> {
        const M_PER_KM: f64 = 1e3;
        let elements_age_s = time.seconds_since(self.epoch);
        let state = self.constants.propagate_afspc_compatibility_mode(MinutesSinceEpoch(elements_age_s / 60.0)).ok()?;
        let [position_m, velocity_mps] = [state.position, state.velocity].map(|v| Vector3::from(v) * M_PER_KM);
        let (position, velocity_mps) = sidereal::teme_to_ecef(time, position_m, velocity_mps);
        Some(Catalogued { entry: self.entry.clone(), position, velocity_mps, elements_age_s })
    }
}

/// An answer as one line of JSON. Whole numbers: they are read back to the bit.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerLine {
    track: u64,
    tai_ns: i64,
    objects: Vec<ObjectLine>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectLine {
    number: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// To the millimetre: SGP4 is good to a kilometre.
    position_mm: [i64; 3],
    velocity_mm_per_s: [i64; 3],
    elements_age_s: i64,
}

/// The line (without its end) that says an answer.
pub fn answer_line(answer: &Answer) -> String {
    let whole = |v: Vector3<f64>| [v.x, v.y, v.z].map(|value| libm::round(value * 1e3) as i64);
    let objects = answer.objects.iter().map(|object| ObjectLine {
        number: object.entry.number,
        name: object.entry.name.clone(),
        position_mm: whole(object.position.0),
        velocity_mm_per_s: whole(object.velocity_mps),
        elements_age_s: libm::round(object.elements_age_s) as i64,
    });
    let line = AnswerLine { track: answer.track.0, tai_ns: answer.time.tai_ns(), objects: objects.collect() };
    serde_json::to_string(&line).expect("an answer holds nothing that JSON cannot say")
}

/// Reads a line that [`answer_line`] wrote. `file` and `line` (from 1) are only for the error.
///
/// # Errors
/// What is not such a line.
pub fn parse_answer(text: &str, line: u64, file: &str) -> Result<Answer, InputError> {
    let at = Line { file, line };
    let read: AnswerLine = serde_json::from_str(text).map_err(|error| at.json(text, &error))?;
    let vector = |whole: [i64; 3]| Vector3::from(whole.map(|value| value as f64 / 1e3));
    let objects = read.objects.into_iter().map(|object| Catalogued {
        entry: CatalogueEntry { number: object.number, name: object.name },
        position: Ecef(vector(object.position_mm)),
        velocity_mps: vector(object.velocity_mm_per_s),
        elements_age_s: object.elements_age_s as f64,
    });
    Ok(Answer { track: TrackId(read.track), time: Time::from_tai_ns(read.tai_ns), objects: objects.collect() })
}
