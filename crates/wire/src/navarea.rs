//! Navigational warnings for ships, as coordinators of the World-Wide Navigational Warning Service write them
//! (IHO S-53 = IMO MSC.1/Circ.1310, sections 5 to 7): upper case, degrees and minutes with leading zeros, areas clockwise
//! from the north-west corner, times as `ddhhmmZ MON YY`, and when the message cancels itself.
//!
//! An area may only grow on its way into the text: corners are those of a convex outline around it, and rounding goes
//! outward.

use crate::seas;
use crate::shape;
use core::fmt::Write;
use downrange_earth::Time;
use downrange_engine::assess::{HazardArea, Kind};
use downrange_engine::policy::Status;
use downrange_engine::warn::{Reason, Revision, RevisionKind};

mod outline;
mod parse;

pub use parse::{NavareaArea, NavareaError, NavareaText, parse};

/// The north-west Pacific from Bering Strait to the equator, coordinated by Japan.
const SERIES: &str = "NAVAREA XI";
/// Corners of one area at most: a navigator plots them by hand.
const CORNERS_MOST: usize = 12;
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const MINUTE_S: f64 = 60.0;

/// The text. Its number is a proposal, different for every revision of a year (day of the year, event of the day,
/// revision): the coordinator of the area gives the final one.
pub fn render(revision: &Revision) -> String {
    let mut text = format!("{SERIES} {}\n", number(revision, revision.revision));
    match revision.status {
        Status::Actual => {}
        Status::Exercise => text.push_str("EXERCISE EXERCISE EXERCISE\n"),
        Status::Test => text.push_str("TEST TEST TEST\nNOT A REAL WARNING\n"),
    }
    if let Some(sea) = seas::sea_of(revision) {
        _ = writeln!(text, "{}.", sea.navarea);
    }
    let mut item = 0;
    let mut say = |words: &str| {
        item += 1;
        _ = writeln!(text, "{item}. {words}");
    };
    let earlier = revision.references.iter().max_by_key(|reference| reference.0);
    match revision.kind {
        RevisionKind::Alert | RevisionKind::Update => {
            say(&format!("{}{}", subject(revision.object_kind), areas(&revision.areas)));
            say(
                "SHIPS KEEP OUT OF AREA. SHIPS INSIDE\n   LEAVE BY SHORTEST WAY. DO NOT\n   APPROACH FALLEN OBJECTS, REPORT THEM\n   TO COAST GUARD.",
            );
        }
        RevisionKind::Cancel => say(&format!("FALLING OBJECT WARNING WITHDRAWN.\n   {}.", reason(revision.reason))),
        RevisionKind::AllClear => {
            say("FALLING OBJECT DANGER HAS PASSED.\n   DO NOT APPROACH FALLEN OBJECTS, REPORT\n   THEM TO COAST GUARD.")
        }
    }
    if let Some(&(earlier, _)) = earlier {
        say(&format!("CANCEL {SERIES} {}.", number(revision, earlier)));
    }
    say(&format!("CANCEL THIS MSG {}.", date_time(revision.expires.plus_s(MINUTE_S - 1e-9))));
    text
}

/// `014101/22`: day 014 of the year, event 1, revision 01, year 2022.
fn number(revision: &Revision, number: u32) -> String {
    let digits = |text: &str| text.parse::<u32>().ok();
    // Events are called YYYY-MM-DD-N.
    let ordinal = revision.event.rsplit('-').next().and_then(digits).unwrap_or(1);
    let began = revision.references.first().map_or(revision.time, |&(_, time)| time);
    let (year, month, day) = began.utc_date();
    let new_year = Time::from_utc_str(&format!("{year:04}-01-01T00:00:00Z")).unwrap_or(began);
    let date = Time::from_utc_str(&format!("{year:04}-{month:02}-{day:02}T12:00:00Z")).unwrap_or(began);
    const DAY_S: f64 = 86_400.0;
    let day_of_year = libm::floor(date.seconds_since(new_year) / DAY_S) as i64 + 1;
    format!("{day_of_year:03}{ordinal}{number:02}/{:02}", year.rem_euclid(100))
}

fn subject(kind: Kind) -> &'static str {
    match kind {
        Kind::SpaceLaunch => "HAZARDOUS OPERATIONS, ROCKET DEBRIS\n   FALLING",
        Kind::Reentry | Kind::Debris | Kind::Satellite | Kind::Meteor => "HAZARD, SPACE DEBRIS FALLING",
        _ => "HAZARD, POSSIBLE BALLISTIC MISSILE\n   FALLING",
    }
}

fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Ordered => "BY ORDER OF OPERATOR",
        _ => "NO DANGER EXISTS",
    }
}

/// Window and corners of every area.
fn areas(areas: &[HazardArea]) -> String {
    let mut text = String::new();
    for (index, area) in areas.iter().enumerate() {
        let (from, to) = (date_time(area.earliest()), date_time(area.latest().plus_s(MINUTE_S - 1e-9)));
        let letter = if areas.len() > 1 { format!("AREA {}, ", index + 1) } else { String::new() };
        _ = write!(text, "\n   {letter}{from} TO\n   {to}\n   IN AREA BOUND BY");
        let corners = outline::corners(&shape::ring(area.ring()), CORNERS_MOST);
        for (place, corner) in corners.iter().enumerate() {
            let end = if place + 1 < corners.len() { ',' } else { '.' };
            _ = write!(text, "\n   {}{end}", position(*corner));
        }
    }
    text
}

/// `40-25.52N 129-34.85E` from whole hundredths of minutes of longitude and latitude.
fn position([longitude, latitude]: [i64; 2]) -> String {
    const PER_DEG: i64 = 6_000;
    const TURN: i64 = 360 * PER_DEG;
    let longitude = (longitude + TURN / 2).rem_euclid(TURN) - TURN / 2;
    let part = |angle: i64, width: usize, signs: [char; 2]| {
        let (size, sign) = (angle.abs(), signs[usize::from(angle < 0)]);
        format!("{:0width$}-{:02}.{:02}{sign}", size / PER_DEG, size % PER_DEG / 100, size % 100)
    };
    format!("{} {}", part(latitude, 2, ['N', 'S']), part(longitude, 3, ['E', 'W']))
}

/// `140545Z JAN 22`. Seconds are cut off; who must not lose them adds a minute first.
fn date_time(time: Time) -> String {
    let (year, month, day) = time.utc_date();
    let clock = time.utc_string(0);
    let month = MONTHS.get(usize::from(month).saturating_sub(1)).unwrap_or(&"");
    format!("{day:02}{}{}Z {month} {:02}", &clock[11..13], &clock[14..16], year.rem_euclid(100))
}
