//! The library of named events and non-events: each is simulated, given to the real engine in memory, and judged.
//!
//! What the events are made from stands in the documentation of [`downrange_sim::library`]; the files are built in. The
//! engine is given the text of the feeds, as in [`crate::study`]; truth and expectation go to the judge only.

mod figures;
mod page;

use crate::failure::Failure;
use crate::study::{in_order, watch};
use downrange_sim::library::{Event, Watches, events};

pub use figures::{Found, Library, Verdict};
pub use page::{library_page, summary};

/// Name and text of a file of the library.
macro_rules! library_file {
    ($name:literal) => {
        (concat!("library/", $name), include_str!(concat!("../../../../fixtures/library/", $name)))
    };
}

/// Who watches.
const WATCH: (&str, &str) = library_file!("watch.toml");
/// The families.
const FAMILIES: [(&str, &str); 15] = [
    library_file!("short-range.toml"),
    library_file!("glide.toml"),
    library_file!("lofted.toml"),
    library_file!("overflight.toml"),
    library_file!("space-launch.toml"),
    library_file!("faults-with-launch.toml"),
    library_file!("airliners.toml"),
    library_file!("formations.toml"),
    library_file!("satellites.toml"),
    library_file!("reentry.toml"),
    library_file!("meteors.toml"),
    library_file!("balloons.toml"),
    library_file!("clutter.toml"),
    library_file!("faults.toml"),
    library_file!("drills.toml"),
];

/// All events, family after family.
///
/// # Errors
/// When a file of the library holds what it must not, or two events have one name: mistakes in this program (tested).
pub fn all() -> Result<Vec<Event>, Failure> {
    let bad = |error: downrange_sim::ScenarioError| Failure::Scenario(error.to_string());
    let watches = Watches::parse(WATCH.1, WATCH.0).map_err(bad)?;
    let mut all: Vec<Event> = Vec::new();
    for (name, text) in FAMILIES {
        for event in events(text, name, &watches).map_err(bad)? {
            if all.iter().any(|known| known.name == event.name) {
                return Err(Failure::Scenario(format!("{name}: two events are called {}", event.name)));
            }
            all.push(event);
        }
    }
    Ok(all)
}

/// Those of the events whose name or family is this, or whose name begins with it.
///
/// # Errors
/// When there is none.
pub fn only(mut all: Vec<Event>, name: &str) -> Result<Vec<Event>, Failure> {
    let families: std::collections::BTreeSet<String> = all.iter().map(|event| event.family.clone()).collect();
    all.retain(|event| event.family == name || event.name.starts_with(name));
    if all.is_empty() {
        let families = families.into_iter().collect::<Vec<_>>().join(", ");
        let allowed = format!("the name of an event or its beginning, or a family: {families}");
        return Err(Failure::Argument { field: "--only", value: name.into(), allowed });
    }
    Ok(all)
}

/// Runs the engine on these events, at most so many at the same time; `done` is called after each.
///
/// # Errors
/// When an event cannot be flown, or what the simulator wrote cannot be read: mistakes in this program.
pub fn run(events: &[Event], threads: usize, done: impl Fn() + Sync) -> Result<Library, Failure> {
    let found = in_order(events.len(), threads, |number| {
        let event = &events[number];
        let world = event.scenario.run(|_| ()).map_err(|error| Failure::Scenario(format!("{}: {error}", event.name)));
        let found = world.and_then(|world| Ok(Found::of(event, &world, &watch::watch(&world)?)));
        done();
        found
    });
    Ok(Library::of(found.into_iter().collect::<Result<Vec<_>, _>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_has_120_events_and_half_of_them_are_no_launches() {
        let all = all().unwrap();
        let launches = all.iter().filter(|event| event.is_launch).count();
        assert!(all.len() >= 120 && 2 * launches <= all.len(), "{launches} launches of {}", all.len());
        assert!(all.iter().all(|event| !event.source.is_empty()));
        // Launches and re-entries are to be warned of, and nothing else.
        for event in &all {
            assert_eq!(event.is_to_be_warned, event.is_launch || event.family == "re-entry", "{}", event.name);
        }
    }
}
