//! Which event a falling object belongs to, and what both are called.

use super::case::Case;
use super::{Assessment, Kind, TrackId};
use crate::picture::Track;
use downrange_earth::Time;
use nalgebra::Vector3;

/// Objects launched this close together in place and time are one event (a salvo).
const SALVO_DISTANCE_M: f64 = 100e3;
const SALVO_TIME_S: f64 = 120.0;
/// An object that appears this close to one of an event came off it.
const SPLIT_DISTANCE_M: f64 = 30e3;
/// Pieces of a break-up drift apart as far as this while new ones are still being noticed.
const CLOUD_DISTANCE_M: f64 = 400e3;
/// A spent stage is noticed within this distance (m) and difference of speed (m/s) of what flies on.
const STAGE_SPLIT: [f64; 2] = [30e3, 1_000.0];
/// Velocities of pieces differ by no more than drag has made them.
const SPLIT_SPEED_MPS: f64 = 1_500.0;

/// Names of events and objects given so far.
#[derive(Debug, Clone, Default)]
pub struct Events {
    events: Vec<Event>,
    sky_count: u64,
}

#[derive(Debug, Clone)]
struct Event {
    name: String,
    date: String,
    launch: Option<(Time, Vector3<f64>)>,
    objects: usize,
}

/// What belongs together: the event, the object's name, and whether it came off another object.
pub struct Named {
    /// The event.
    pub event: String,
    /// The object.
    pub object: String,
    /// What it came off, if it came off another object of the event.
    pub parent: Option<TrackId>,
}

impl Events {
    /// A name for something that stays up, or is not known to come down.
    pub fn name_traffic(&mut self, now: Time) -> Named {
        self.sky_count += 1;
        let event = format!("{}-sky", date(now));
        Named { object: format!("{event}-{}", self.sky_count), event, parent: None }
    }

    /// A name for something that comes down: its file and its track, and the files on all others.
    pub fn name_falling<'a>(
        &mut self,
        now: Time,
        case: &Case,
        track: &Track,
        others: impl Iterator<Item = &'a Case>,
    ) -> Named {
        let others: Vec<&Case> = others.collect();
        let (event, parent) =
            self.belongs_to(now, case, track, &others).unwrap_or_else(|| (self.new_event(now, case), None));
        let event = &mut self.events[event];
        event.objects += 1;
        Named { event: event.name.clone(), object: format!("{}{}", event.name, letters(event.objects)), parent }
    }

    /// The event, and what it came off.
    fn belongs_to(&self, now: Time, case: &Case, track: &Track, others: &[&Case]) -> Option<(usize, Option<TrackId>)> {
        let (place, velocity_mps) = (track.place(), track.velocity_mps());
        let near = others.iter().filter_map(|other| {
            let assessment = other.latest.as_ref()?;
            let event = self.of_case(other)?;
            let age_s = now.seconds_since(assessment.time);
            let distance_m = (assessment.position.ecef().0 - place.0).norm();
            let cloud = is_cloud(assessment) && other.launch().is_none() && case.launch().is_none();
            let [distance_max_m, speed_max_mps] = match (cloud, other.launch().is_some()) {
                (true, _) => [CLOUD_DISTANCE_M, f64::INFINITY],
                (false, true) => STAGE_SPLIT,
                (false, false) => [SPLIT_DISTANCE_M, SPLIT_SPEED_MPS],
            };
            let alike = libm::fabs(assessment.speed_mps - velocity_mps.norm()) < speed_max_mps;
            (age_s < 30.0 && distance_m < distance_max_m && alike).then_some((distance_m, event, other.track))
        });
        let nearest = near.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        if let Some((_, event, parent)) = nearest {
            return Some((event, Some(parent)));
        }
        if let Some(back) = case.back(track) {
            let misfits = others.iter().filter_map(|other| other.parted_misfit(&back).map(|misfit| (misfit, *other)));
            let parent = misfits.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, parent)| parent);
            if let Some((event, parent)) = parent.and_then(|parent| Some((self.of_case(parent)?, parent.track))) {
                return Some((event, Some(parent)));
            }
        }
        let launch = case.launch()?;
        let is_of_salvo = |(time, place): (Time, Vector3<f64>)| {
            (place - ground(launch)).norm() < SALVO_DISTANCE_M
                && libm::fabs(launch.time.seconds_since(time)) < SALVO_TIME_S
        };
        // An event often gets its name before anybody knows from where it was launched: its objects know by now.
        let known = others.iter().filter(|other| other.named_falling).filter_map(|other| {
            let launch = other.launch()?;
            Some((self.of_case(other)?, (launch.time, ground(launch))))
        });
        let named = self.events.iter().enumerate().filter_map(|(at, event)| Some((at, event.launch?)));
        let salvo = known.chain(named).find(|(_, launch)| is_of_salvo(*launch));
        salvo.map(|(event, _)| (event, None))
    }

    fn of_case(&self, case: &Case) -> Option<usize> {
        let assessment = case.latest.as_ref()?;
        self.events.iter().position(|event| event.name == assessment.event)
    }

    fn new_event(&mut self, now: Time, case: &Case) -> usize {
        let date = date(case.launch().map_or(now, |launch| launch.time));
        let number = self.events.iter().filter(|event| event.date == date).count() + 1;
        self.events.push(Event {
            name: format!("{date}-{number}"),
            date,
            launch: case.launch().map(|launch| (launch.time, ground(launch))),
            objects: 0,
        });
        self.events.len() - 1
    }
}

fn is_cloud(assessment: &Assessment) -> bool {
    matches!(assessment.kind.most_probable(), Kind::Reentry | Kind::Debris)
}

fn ground(launch: &super::Launch) -> Vector3<f64> {
    let place = downrange_earth::Geodetic {
        latitude_rad: launch.position.latitude_rad,
        longitude_rad: launch.position.longitude_rad,
        height_m: 0.0,
    };
    place.ecef().0
}

fn date(time: Time) -> String {
    let (year, month, day) = time.utc_date();
    format!("{year:04}-{month:02}-{day:02}")
}

/// 1 → a, 26 → z, 27 → aa: as the columns of a sheet.
fn letters(number: usize) -> String {
    let mut rest = number;
    let mut letters = Vec::new();
    while rest > 0 {
        letters.push(b'a' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().map(|&byte| char::from(byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn val_letters_as_in_sheets() {
        for (number, name) in [(1, "a"), (26, "z"), (27, "aa"), (52, "az"), (53, "ba"), (702, "zz"), (703, "aaa")] {
            assert_eq!(letters(number), name);
        }
    }
}
