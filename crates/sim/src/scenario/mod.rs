//! Scenarios: what shall fly, who watches, and how the world is made from it.
//!
//! # The scenario file
//!
//! TOML; a field that is not named here is an error. Places are `{ latitude_deg, longitude_deg }`, with `height_m` where
//! marked ↑; boxes are `{ latitude_deg = [south, north], longitude_deg = [west, east] }`. Times are seconds after the epoch.
//!
//! | table | fields (default) |
//! |---|---|
//! | top | `title`, `epoch` (UTC), `duration_s`, `seed`, `zones` (file to copy as `zones.geojson`; none) |
//! | `[air]` | `density_sigma_fraction` (0.04), `wind` (true) |
//! | `[delay]` | `median_s` (0.15), `log_sigma` (0.5), `tail_probability` (0), `tail_s` (2) |
//! | `[traffic]` | `vessels`, `aircraft`: `{ count, box }`; `satellites`: `{ count, height_km = [low, high], box }` |
//! | `[[sensor]]` | as in `sensors.toml`, and `fault` |
//! | `fault` | `range_bias_m`, `azimuth_bias_deg`, `elevation_bias_deg`, `time_bias_s`, `extra_delay_s` (0), `outages_s` (`[[from, to], …]`), `clutter_factor` (1), `ghost_probability` (0), `ghost_range_m` (3000), `range_ratio` (1), `stuck_azimuth_deg` (none), `copies` (0: every plot so many times more) |
//! | `[[flight]]` | `name`, `kind`, `start_s` (0), `phantom_of` (none: ids of sensors that report it although nothing is there), and by kind: |
//! | `ballistic` | `launch`, `range_km` and `azimuth_deg` or `fall` (where it came down), `apogee_km`, `burn_s`, `stages` (1), `ballistic_coefficient_kgpm2` (10000) |
//! | `quasi-ballistic` | the same, and `glide_below_km` (31), `glide_angle_deg` (−6.7), `pull_up_km` (14), `pull_up_s` (0) |
//! | `glide` | as ballistic, and `glide_below_km` (45), `lift_to_drag` (2.6), `damping` (0: skips), `bank_deg` (0), `bank_s` (60), `dive_below_km` (28) |
//! | `space-launch` | `launch`, `azimuth_deg`, `orbit_km`, `burns_s` (one for each stage) |
//! | `satellite` | `over` ↑, `azimuth_deg`, `pass_s` (middle) |
//! | `reentry` | `from` ↑, `speed_mps`, `azimuth_deg`, `path_deg`, `ballistic_coefficient_kgpm2` (400), `break_up` |
//! | `break_up` | `height_km`, `pieces` and `between_kgpm2` ([15, 500]) or `coefficients_kgpm2`, `spread_mps` (25) |
//! | `meteor` | `from` ↑, `speed_mps`, `azimuth_deg`, `path_deg`, `ballistic_coefficient_kgpm2` (500), `gone_at_km` (25) |
//! | `aircraft` | `waypoints` ↑, `speed_mps`, `course_deg` (0; after a single waypoint), `count` (1), `spacing_m` (500), `climb_most_mps` (12) |
//! | `balloon` | `from` ↑, `climb_mps` (5), `ceiling_km` (30); goes with the wind |
//! | `wind-farm` | `box`, `turbines`, `hub_m` (120), `tip_mps` (80) |

mod error;
pub(crate) mod fields;
mod flights;
pub(crate) mod sensors;

pub use error::ScenarioError;

use crate::flight::{self, Flight, Object, aircraft};
use crate::physics::air::Air;
use crate::random::Random;
use crate::sensor::{Delay, Plot, Sensor};
use crate::traffic::Vessel;
use crate::world::World;
use downrange_earth::Time;
use fields::{Fields, Source};
use toml::de::DeTable;

/// Longest scenario: six hours.
const LONGEST_S: f64 = 21_600.0;

/// Most plots that a scenario may be expected to make; more would not fit in memory.
const PLOTS_MOST: f64 = 2e7;

/// South, north, west and east edge of a box, degrees.
pub type BoxDeg = [f64; 4];

/// A description from which the same world is made every time.
///
/// ```
/// let text = r#"
///     title = "one plane, one radar"
///     epoch = "2024-05-01T00:00:00Z"
///     duration_s = 20
///     seed = 1
///     [[sensor]]
///     id = "radar"
///     kind = "radar"
///     position = { latitude_deg = 40.0, longitude_deg = 130.0, height_m = 100 }
///     period_s = 1.0
///     detection_probability = 0.9
///     clutter_per_scan = 1.0
///     noise = { range_m = 40.0, azimuth_deg = 0.1, elevation_deg = 0.1 }
///     coverage = { range_m = [2000, 900000], azimuth_deg = [0, 360], elevation_deg = [0.1, 85] }
///     [traffic]
///     aircraft = { count = 1, box = { latitude_deg = [40, 41], longitude_deg = [130, 131] } }
/// "#;
/// let scenario = downrange_sim::Scenario::parse(text, "plane.toml")?;
/// let world = scenario.run(|_| ())?;
/// assert!(world.plots.len() > 10);
/// # Ok::<(), downrange_sim::ScenarioError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Name of the file it came from, for error messages.
    pub file: String,
    /// Title of the world.
    pub title: String,
    /// Where zero seconds is.
    pub epoch: Time,
    /// Length, seconds.
    pub duration_s: f64,
    /// Seed of everything random.
    pub seed: u64,
    /// The air.
    pub air: AirPlan,
    /// Who watches.
    pub sensors: Vec<Sensor>,
    /// How long plots travel.
    pub delay: Delay,
    /// What flies.
    pub flights: Vec<Flight>,
    /// Ships drawn in a box.
    pub vessels: Option<(u32, BoxDeg)>,
    /// Aeroplanes drawn in a box.
    pub aircraft: Option<(u32, BoxDeg)>,
    /// Satellites drawn so that they pass over a box: count, heights (m), box.
    pub satellites: Option<(u32, [f64; 2], BoxDeg)>,
    /// File with the districts, if any.
    pub zones: Option<String>,
}

/// How the air differs from the standard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AirPlan {
    /// Deviation of the density from the standard at 50 km.
    pub density_sigma_fraction: f64,
    /// Whether there is wind.
    pub wind: bool,
}

impl Default for AirPlan {
    /// Wind, and density off by 4 % at 50 km.
    fn default() -> AirPlan {
        AirPlan { density_sigma_fraction: 0.04, wind: true }
    }
}

impl Scenario {
    /// Reads a scenario file; `file` is its name for error messages.
    ///
    /// # Errors
    /// The first thing wrong: with line, field, value and what is allowed.
    pub fn parse(text: &str, file: &str) -> Result<Scenario, ScenarioError> {
        let source = Source { file, text };
        let table = DeTable::parse(text).map_err(|e| {
            let at = e.span().map_or(0, |span| span.start);
            source.error(at, "TOML".into(), e.message().replace('\n', "; "), "TOML 1.0".into())
        })?;
        let mut root = Fields::root(source, table.get_ref());
        let sensors = sensors::sensors(root.tables("sensor")?)?;
        let scenario = Scenario::read(&mut root, file, sensors)?;
        root.finish()?;
        Ok(scenario)
    }

    /// All fields of a scenario but its sensors; other fields of the table are left to the caller.
    pub(crate) fn read(root: &mut Fields, file: &str, sensors: Vec<Sensor>) -> Result<Scenario, ScenarioError> {
        let epoch = root.required("epoch")?;
        let mut scenario = Scenario {
            file: file.to_string(),
            title: root.required("title")?.text()?.to_string(),
            epoch: Time::from_utc_str(epoch.text()?)
                .map_err(|e| epoch.bad(format!("UTC as 2022-01-14T05:40:00Z ({e})")))?,
            duration_s: root.number("duration_s", 1.0..=LONGEST_S)?,
            seed: u64::from(root.required("seed")?.count(0..=u32::MAX)?),
            air: AirPlan::default(),
            sensors,
            delay: Delay::default(),
            flights: Vec::new(),
            vessels: None,
            aircraft: None,
            satellites: None,
            zones: root.optional("zones").map(|f| f.text().map(str::to_string)).transpose()?,
        };
        if let Some(air) = root.optional("air") {
            let mut air = air.table()?;
            scenario.air = AirPlan {
                density_sigma_fraction: air.number_or("density_sigma_fraction", 0.0..=0.2, 0.04)?,
                wind: air.optional("wind").map_or(Ok(true), |field| field.truth())?,
            };
            air.finish()?;
        }
        if let Some(delay) = root.optional("delay") {
            scenario.delay = sensors::delay(delay.table()?)?;
        }
        if let Some(traffic) = root.optional("traffic") {
            scenario.read_traffic(traffic.table()?)?;
        }
        for fields in root.tables("flight")? {
            let flight = flights::flight(fields, &scenario)?;
            scenario.flights.push(flight);
        }
        scenario.fits()?;
        Ok(scenario)
    }

    /// Whether the clutter alone would fill the memory.
    fn fits(&self) -> Result<(), ScenarioError> {
        for sensor in &self.sensors {
            let plots = self.duration_s / sensor.period_s * sensor.clutter_per_scan * sensor.fault.clutter_factor;
            if plots > PLOTS_MOST {
                return Err(ScenarioError {
                    file: self.file.clone(),
                    line: None,
                    field: format!("sensor {}", sensor.id),
                    value: format!("{plots:.0} false plots are to be expected"),
                    allowed: format!("at most {PLOTS_MOST:.0}"),
                });
            }
        }
        Ok(())
    }

    fn read_traffic(&mut self, mut traffic: Fields) -> Result<(), ScenarioError> {
        for key in ["vessels", "aircraft", "satellites"] {
            let Some(field) = traffic.optional(key) else { continue };
            let mut fields = field.table()?;
            let count = fields.required("count")?.count(0..=2_000)?;
            let area = flights::area(fields.required("box")?)?;
            match key {
                "vessels" => self.vessels = Some((count, area)),
                "aircraft" => self.aircraft = Some((count, area)),
                _ => {
                    let heights = fields.required("height_km")?.interval(160.0..=40_000.0)?;
                    self.satellites = Some((count, heights.map(|km| km * 1e3), area));
                }
            }
            fields.finish()?;
        }
        traffic.finish()
    }

    /// Makes the world. `progress` is told the part that is done, from 0 to 1.
    ///
    /// # Errors
    /// When a flight cannot end as asked; the message names it.
    pub fn run(&self, mut progress: impl FnMut(f64)) -> Result<World, ScenarioError> {
        let steps = (self.flights.len() + self.sensors.len() + 1) as f64;
        let mut done = 0.0;
        let mut tick = || {
            done += 1.0;
            progress(done / steps);
        };
        let air = self.drawn_air();
        let shared = flight::Sky { air: &air, duration_s: self.duration_s };
        let mut objects: Vec<Object> = Vec::new();
        let mut phantoms: Vec<(Object, &[String])> = Vec::new();
        for flight in &self.flights {
            let mut random = Random::new(self.seed, &format!("flight {}", flight.name));
            let flown = flight.fly(&shared, &mut random).map_err(|e| ScenarioError {
                file: self.file.clone(),
                line: None,
                field: format!("flight {}", flight.name),
                value: e.reason,
                allowed: "range, apogee and burn time that go together".to_string(),
            })?;
            if flight.phantom_of.is_empty() {
                objects.extend(flown);
            } else {
                phantoms.extend(flown.into_iter().map(|object| (object, flight.phantom_of.as_slice())));
            }
            tick();
        }
        self.add_traffic(&shared, &mut objects);
        tick();
        // Phantoms stand behind what flies while the sensors look, and are gone from the truth.
        let there = objects.len();
        let mut plots = Vec::new();
        for (number, sensor) in self.sensors.iter().enumerate() {
            objects.truncate(there);
            let of_it = phantoms.iter().filter(|(_, ids)| ids.contains(&sensor.id));
            objects.extend(of_it.map(|(object, _)| object.clone()));
            let seen = sensor.watch(number, &objects, self.duration_s, &self.delay, self.seed);
            plots.extend(seen.into_iter().map(|plot| Plot { object: plot.object.filter(|o| *o < there), ..plot }));
            tick();
        }
        objects.truncate(there);
        Ok(World::new(self, objects, self.drawn_vessels(), plots))
    }

    /// The air of its day: the same for the same seed and plan, whatever flies.
    pub fn drawn_air(&self) -> Air {
        let mut random = Random::new(self.seed, "air");
        let air = Air::drawn(&mut random, self.air.density_sigma_fraction);
        if self.air.wind { air } else { air.calm() }
    }

    fn add_traffic(&self, shared: &flight::Sky, objects: &mut Vec<Object>) {
        if let Some((count, area)) = self.aircraft {
            let mut random = Random::new(self.seed, "aircraft");
            for number in 0..count {
                objects.push(aircraft::drawn(format!("AIR{}", 100 + number), area, self.duration_s, &mut random));
            }
        }
        if let Some((count, heights_m, area)) = self.satellites {
            let mut random = Random::new(self.seed, "satellites");
            for number in 0..count {
                let satellite = flight::orbit::Satellite::drawn(heights_m, area, self.duration_s, &mut random);
                let plan = flight::Plan::Satellite(satellite.clone());
                let flight = Flight { name: format!("SAT{number}"), start_s: 0.0, plan, phantom_of: Vec::new() };
                objects.push(satellite.fly(&flight, shared));
            }
        }
    }

    fn drawn_vessels(&self) -> Vec<Vessel> {
        let Some((count, area)) = self.vessels else { return Vec::new() };
        let mut random = Random::new(self.seed, "vessels");
        (0..count as usize).map(|number| Vessel::drawn(number, area, &mut random)).collect()
    }
}
