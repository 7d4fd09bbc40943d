//! Named events and non-events, each with what should be said of it.
//!
//! # The library files
//!
//! TOML. One file holds `[[watch]]` tables (`name`, `sensor`: an array of tables as in a scenario): who watches. The others
//! hold one family each: `family` (its name) and `[[event]]` tables with the fields of a [scenario](Scenario) but `sensor`,
//! and:
//!
//! | field | what |
//! |---|---|
//! | `name` | of the event; no other event of any family has it |
//! | `source` | who published the figures, or `constructed` |
//! | `watch` | name of the sensors that watch |
//! | `launch` | whether something is launched |
//! | `warn` | whether people should be warned |
//! | `kind` | of what flies first, in the words of the forecasts (none) |
//! | `place` | province or sea that it starts from (none) |
//! | `apogee_km`, `range_km` | as published (none) |
//! | `fault` | `[[event.fault]]`: `sensor`, and the fields of a fault |
//! | `link` | sensors that share one data link (none) |

use crate::scenario::Scenario;
use crate::scenario::ScenarioError;
use crate::scenario::fields::{Field, Fields, Source};
use crate::scenario::sensors;
use crate::sensor::Sensor;
use toml::de::DeTable;

/// A named event or non-event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// The family that it belongs to.
    pub family: String,
    /// Who published the figures.
    pub source: String,
    /// Whether something is launched.
    pub is_launch: bool,
    /// Whether people should be warned.
    pub is_to_be_warned: bool,
    /// What flies first, in the words of the forecasts.
    pub kind: Option<String>,
    /// Province or sea that it starts from.
    pub place: Option<String>,
    /// Apogee as published.
    pub apogee_km: Option<f64>,
    /// Range as published.
    pub range_km: Option<f64>,
    /// What is simulated.
    pub scenario: Scenario,
}

/// Sensors by name, read from a file of `[[watch]]` tables.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Watches(Vec<(String, Vec<Sensor>)>);

impl Watches {
    /// Reads them; `file` is its name for error messages.
    ///
    /// # Errors
    /// The first thing wrong: with line, field, value and what is allowed.
    pub fn parse(text: &str, file: &str) -> Result<Watches, ScenarioError> {
        let source = Source { file, text };
        let table = read(source)?;
        let mut root = Fields::root(source, table.get_ref());
        let mut watches = Vec::new();
        for mut fields in root.tables("watch")? {
            let name = fields.required("name")?.text()?.to_string();
            watches.push((name, sensors::sensors(fields.tables("sensor")?)?));
            fields.finish()?;
        }
        root.finish()?;
        Ok(Watches(watches))
    }

    fn sensors(&self, field: &Field) -> Result<Vec<Sensor>, ScenarioError> {
        let name = field.text()?;
        let found = self.0.iter().find(|(known, _)| known == name);
        let names: Vec<&str> = self.0.iter().map(|(known, _)| known.as_str()).collect();
        found.map(|(_, sensors)| sensors.clone()).ok_or_else(|| field.bad(names.join(", ")))
    }
}

/// Reads the events of a family; `file` is its name for error messages.
///
/// # Errors
/// The first thing wrong: with line, field, value and what is allowed.
///
/// ```
/// use downrange_sim::library::{Watches, events};
/// let watches = Watches::parse("[[watch]]\nname = \"nobody\"", "watch.toml")?;
/// let text = r#"
///     family = "airliners"
///     [[event]]
///     name = "one-airliner"
///     title = "one aeroplane"
///     source = "constructed"
///     epoch = "2024-05-01T00:00:00Z"
///     duration_s = 20
///     seed = 1
///     watch = "nobody"
///     launch = false
///     warn = false
///     traffic = { aircraft = { count = 1, box = { latitude_deg = [40, 41], longitude_deg = [130, 131] } } }
/// "#;
/// let events = events(text, "airliners.toml", &watches)?;
/// assert_eq!((events.len(), events[0].is_to_be_warned), (1, false));
/// # Ok::<(), downrange_sim::ScenarioError>(())
/// ```
pub fn events(text: &str, file: &str, watches: &Watches) -> Result<Vec<Event>, ScenarioError> {
    let source = Source { file, text };
    let table = read(source)?;
    let mut root = Fields::root(source, table.get_ref());
    let family = root.required("family")?.text()?;
    let mut events: Vec<Event> = Vec::new();
    for mut fields in root.tables("event")? {
        let name = fields.required("name")?;
        if name.text()?.is_empty() || events.iter().any(|event| Ok(event.name.as_str()) == name.text()) {
            return Err(name.bad("a name that no other event has"));
        }
        let event = event(&mut fields, name.text()?, family, file, watches)?;
        fields.finish()?;
        events.push(event);
    }
    root.finish()?;
    Ok(events)
}

fn read(source: Source) -> Result<toml::Spanned<DeTable>, ScenarioError> {
    DeTable::parse(source.text).map_err(|e| {
        let at = e.span().map_or(0, |span| span.start);
        source.error(at, "TOML".into(), e.message().replace('\n', "; "), "TOML 1.0".into())
    })
}

fn event(fields: &mut Fields, name: &str, family: &str, file: &str, watches: &Watches) -> Result<Event, ScenarioError> {
    let mut watching = watches.sensors(&fields.required("watch")?)?;
    put_links(fields, &mut watching)?;
    for mut fault in fields.tables("fault")? {
        let of = fault.required("sensor")?;
        let id = of.text()?;
        let sensor = watching.iter_mut().find(|sensor| sensor.id == id).ok_or_else(|| of.bad("the id of a sensor"))?;
        sensor.fault = sensors::fault(fault)?;
    }
    let optional_text = |field: Option<Field>| field.map(|field| field.text().map(str::to_string)).transpose();
    Ok(Event {
        name: name.to_string(),
        family: family.to_string(),
        source: fields.required("source")?.text()?.to_string(),
        is_launch: fields.required("launch")?.truth()?,
        is_to_be_warned: fields.required("warn")?.truth()?,
        kind: optional_text(fields.optional("kind"))?,
        place: optional_text(fields.optional("place"))?,
        apogee_km: fields.optional("apogee_km").map(|f| f.number(0.0..=1e6)).transpose()?,
        range_km: fields.optional("range_km").map(|f| f.number(0.0..=1e5)).transpose()?,
        scenario: Scenario::read(fields, file, watching)?,
    })
}

/// `link`: sensors that share one data link.
fn put_links(fields: &mut Fields, watching: &mut [Sensor]) -> Result<(), ScenarioError> {
    let Some(field) = fields.optional("link") else { return Ok(()) };
    for item in field.items()? {
        let id = item.text()?;
        let sensor = watching.iter_mut().find(|sensor| sensor.id == id);
        sensor.ok_or_else(|| item.bad("the id of a sensor"))?.path = Some("shared-link".to_string());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WATCH: &str = r#"
        [[watch]]
        name = "one"
        [[watch.sensor]]
        id = "radar"
        kind = "radar"
        position = { latitude_deg = 40.0, longitude_deg = 130.0, height_m = 100 }
        period_s = 1.0
        detection_probability = 1.0
        clutter_per_scan = 0.0
        noise = { range_m = 40.0, azimuth_deg = 0.1, elevation_deg = 0.1 }
        coverage = { range_m = [2000, 900000], azimuth_deg = [0, 360], elevation_deg = [0.1, 85] }
    "#;

    fn one(more: &str) -> Result<Event, ScenarioError> {
        let text = format!(
            "family = \"f\"\n[[event]]\nname = \"a\"\ntitle = \"t\"\nsource = \"constructed\"\nduration_s = 30\nseed = 1\n\
             epoch = \"2024-05-01T00:00:00Z\"\nlaunch = false\nwarn = false\n{more}"
        );
        events(&text, "f.toml", &Watches::parse(WATCH, "watch.toml")?).map(|mut events| events.remove(0))
    }

    const PLANE: &str = "[[event.flight]]\nname = \"p\"\nkind = \"aircraft\"\nspeed_mps = 200.0\n\
                         waypoints = [{ latitude_deg = 40.5, longitude_deg = 130.5, height_m = 9000 }]\n";

    #[test]
    fn faults_links_and_phantoms_are_put_where_they_belong() {
        let faulty = "watch = \"one\"\nlink = [\"radar\"]\n[[event.fault]]\nsensor = \"radar\"\nrange_ratio = 2.0\n\
                      stuck_azimuth_deg = 12.5\ncopies = 1\n";
        let event = one(&format!("{faulty}{PLANE}phantom_of = [\"radar\"]\n")).unwrap();
        assert_eq!(event.scenario.sensors[0].path.as_deref(), Some("shared-link"));
        let world = event.scenario.run(|_| ()).unwrap();
        assert!(world.objects.is_empty() && world.plots.len() >= 58, "{}", world.plots.len());
        for plot in &world.plots {
            let crate::sensor::Measured::Radar { range_m, azimuth_deg, .. } = plot.measured else { panic!() };
            // 0.5° of each: 55.5 km north, 42.5 km east, twice.
            assert!((range_m / 2.0 - 70_700.0).abs() < 8_000.0, "{range_m}");
            assert!(azimuth_deg == 12.5 && plot.object.is_none());
        }
    }

    #[test]
    fn bad_library_files_are_refused_with_their_line() {
        let unknown = one("watch = \"two\"\n").unwrap_err();
        assert_eq!((unknown.line, unknown.allowed.as_str()), (Some(11), "one"));
        let field = one("watch = \"one\"\nfoo = 1\n").unwrap_err();
        assert_eq!((field.line, field.value.as_str()), (Some(12), "unknown field"));
        let fault = one("watch = \"one\"\n[[event.fault]]\nsensor = \"x\"\n").unwrap_err();
        assert_eq!(fault.allowed, "the id of a sensor");
        assert!(one(&format!("watch = \"one\"\n{PLANE}phantom_of = [\"x\"]\n")).is_err());
    }
}
