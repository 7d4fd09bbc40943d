//! Scenarios drawn at random, for studies over many worlds.

mod kinds;
mod watchers;

pub use kinds::{BALLISTIC_COEFFICIENTS_KGPM2, Class};

use crate::flight::descent::Meteor;
use crate::flight::{Flight, Plan};
use crate::random::Random;
use crate::scenario::{AirPlan, BoxDeg, Scenario};
use crate::sensor::Delay;
use downrange_earth::{Geodetic, Time};

/// What may be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Launches and re-entries begin in this box (south, north, west, east; degrees).
    pub area_deg: BoxDeg,
    /// Flights in one scenario: from this many,
    pub flights_least_count: u32,
    /// to this many, all equally likely.
    pub flights_most_count: u32,
    /// Aeroplanes and ships, each.
    pub traffic_count: u32,
    /// Probability that one of the radars has a fault.
    pub fault_probability: f64,
    /// Everything is harder: every radar is off by 200 m and 0.3° to one side or the other, every sensor is late by 1.5 s
    /// and has eight times the clutter that it states.
    pub hard: bool,
    /// Which of the drawn sensors watch.
    pub watch: Watch,
}

/// Which sensors watch; the others are left out of the same world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Watch {
    /// Both infrared sensors and all radars.
    #[default]
    All,
    /// The infrared sensors.
    Infrared,
    /// One infrared sensor.
    OneInfrared,
    /// The radars.
    Radars,
}

impl Watch {
    /// All of them.
    pub const ALL: [Watch; 4] = [Watch::All, Watch::Infrared, Watch::OneInfrared, Watch::Radars];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Watch::All => "all",
            Watch::Infrared => "infrared",
            Watch::OneInfrared => "one-infrared",
            Watch::Radars => "radars",
        }
    }
}

impl Default for Options {
    /// Launches from the Korean peninsula and around it, none to three, 20 aeroplanes and 20 ships, one scenario in five
    /// with a fault.
    fn default() -> Options {
        Options {
            area_deg: [37.5, 42.0, 124.5, 129.5],
            flights_least_count: 0,
            flights_most_count: 3,
            traffic_count: 20,
            fault_probability: 0.2,
            hard: false,
            watch: Watch::All,
        }
    }
}

impl Options {
    /// One flight in every scenario, so that each seed is one case; ten aeroplanes and ten ships.
    pub fn one_flight() -> Options {
        Options { flights_least_count: 1, flights_most_count: 1, traffic_count: 10, ..Options::default() }
    }
}

/// Draws a scenario. Distributions:
///
/// * kind: in turns, flight `i` of seed `s` is the `(s + i) mod 7`-th of [`Class::ALL`], so that a run of seeds holds as
///   many of each; what each kind is drawn from stands at [`Class`];
/// * start uniform in 20–120 s; midnights from 2020 to 2026; no, some or three satellites pass;
/// * two infrared sensors 20° west and 35° east of the area; two to five radars at different ones of twelve places around
///   the Sea of Japan (within 30 km), looking everywhere, 700–2,000 km far, 1 or 2 s, 30–80 m, 0.05–0.15°, four in five
///   with range rate, detecting 80–95 %, one to six false plots a look;
/// * plots held up with a probability of 0–1 %;
/// * with `fault_probability` one radar has one of: range off by N(0, 300 m) and azimuth by N(0, 0.3°); clock off by
///   N(0, 0.5 s); silent for 30–300 s; 3–10 times the clutter and up to 5 s late; a ghost 3 km behind one plot in five.
///
/// A drawn flight can turn out not to be flyable (of 140, one glide whose skips jump over the asked range and one
/// launch that steers into no orbit were not); [`Scenario::run`] then says so, and a study passes on to its next seed.
///
/// ```
/// use downrange_sim::{Class, Options, draw};
/// let scenario = draw(9, &Options::one_flight());
/// assert_eq!(scenario.flights.len(), 1);
/// assert_eq!(Class::of_seed(9), Class::BallisticIntermediate);
/// ```
pub fn draw(seed: u64, options: &Options) -> Scenario {
    let mut random = Random::new(seed, "draw");
    let more = options.flights_most_count.saturating_sub(options.flights_least_count);
    let count = options.flights_least_count + random.choose(more as usize + 1) as u32;
    let flights: Vec<(Flight, f64)> = (0..count)
        .map(|number| {
            let class = Class::of_seed(seed.wrapping_add(u64::from(number)));
            let (plan, lasts_s) = class.plan(options.area_deg, &mut random);
            let start_s = random.between(20.0, 120.0);
            (
                Flight { name: format!("flight-{}", number + 1), start_s, plan, phantom_of: Vec::new() },
                start_s + lasts_s,
            )
        })
        .collect();
    let duration_s = flights.iter().fold(if count == 0 { 1_500.0 } else { 0.0 }, |longest: f64, f| longest.max(f.1));
    let mut scenario = empty(seed, options, duration_s, &mut random);
    scenario.title = format!("drawn from seed {seed}: {count} flights");
    scenario.flights = flights.into_iter().map(|(flight, _)| flight).collect();
    scenario
}

/// Draws a quiet sky of this length: no launch and nothing that comes down but meteors. Every sensor has four times the
/// clutter that it is said to have. Twenty aeroplanes and ships; satellites (400–1,200 km) at twelve and meteors at six
/// an hour in the mean, the meteors 80–110 km up at first, at 12–40 km/s, 10–60° down, 50–1,000 kg/m², gone at 25–70 km.
/// The sensors are drawn as by [`draw`], without faults.
pub fn draw_quiet(seed: u64, duration_s: f64) -> Scenario {
    let options = Options { fault_probability: 0.0, ..Options::default() };
    let mut random = Random::new(seed, "quiet");
    let mut scenario = empty(seed, &options, duration_s, &mut random);
    scenario.title = format!("quiet sky drawn from seed {seed}");
    for sensor in &mut scenario.sensors {
        sensor.fault.clutter_factor = 4.0;
    }
    let hours = duration_s / 3_600.0;
    if let Some((count, heights_m, _)) = &mut scenario.satellites {
        (*count, *heights_m) = (random.poisson(12.0 * hours) as u32, [4e5, 1.2e6]);
    }
    let [south, north, west, east] = around(options.area_deg);
    for number in 0..random.poisson(6.0 * hours) {
        let place = Geodetic::from_degrees(random.between(south, north), random.between(west, east), 0.0);
        let meteor = Meteor {
            from: Geodetic { height_m: random.between(80e3, 110e3), ..place },
            speed_mps: random.between(12e3, 40e3),
            azimuth_rad: random.between(0.0, core::f64::consts::TAU),
            path_rad: random.between(-60.0, -10.0).to_radians(),
            ballistic_coefficient_kgpm2: random.log_between(50.0, 1_000.0),
            gone_at_m: random.between(25e3, 70e3),
        };
        let start_s = random.between(0.0, duration_s);
        let name = format!("meteor-{}", number + 1);
        scenario.flights.push(Flight { name, start_s, plan: Plan::Meteor(meteor), phantom_of: Vec::new() });
    }
    scenario
}

/// The box that traffic is drawn in.
fn around([south, north, west, east]: BoxDeg) -> BoxDeg {
    [south - 4.0, north + 4.0, west, east + 12.0]
}

/// A world without flights.
fn empty(seed: u64, options: &Options, duration_s: f64, random: &mut Random) -> Scenario {
    let [south, north, west, east] = options.area_deg;
    let middle = Geodetic::from_degrees((south + north) / 2.0, (west + east) / 2.0, 0.0);
    let around = around(options.area_deg);
    Scenario {
        file: format!("drawn from seed {seed}"),
        title: String::new(),
        // Midnights from 2020 to 2026.
        epoch: Time::from_unix(1_577_836_800 + 86_400 * random.choose(2_192) as i64, 0),
        duration_s,
        seed,
        air: AirPlan::default(),
        sensors: {
            let mut sensors = watchers::sensors(middle, options.fault_probability, random);
            if options.hard {
                watchers::spoil(&mut sensors);
            }
            watchers::leave(&mut sensors, options.watch);
            sensors
        },
        delay: Delay { tail_probability: random.between(0.0, 0.01), ..Delay::default() },
        flights: Vec::new(),
        vessels: Some((options.traffic_count, around)),
        aircraft: Some((options.traffic_count, around)),
        satellites: Some((random.choose(4) as u32, [4e5, 8e5], around)),
        zones: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sensor::SensorKind;

    #[test]
    fn a_world_that_fewer_watch_is_the_same_world() {
        let seen_by = |watch: Watch| draw(8, &Options { watch, ..Options::one_flight() });
        let all = seen_by(Watch::All);
        let parts = [Watch::Infrared, Watch::Radars].map(seen_by);
        assert!(parts.iter().all(|part| part.flights == all.flights && part.delay == all.delay));
        assert_eq!(parts.map(|part| part.sensors).concat(), all.sensors);
        assert_eq!(seen_by(Watch::OneInfrared).sensors, all.sensors[..1]);
    }

    #[test]
    fn a_hard_world_is_the_same_world_seen_worse() {
        let (plain, hard) =
            (draw(8, &Options::one_flight()), draw(8, &Options { hard: true, ..Options::one_flight() }));
        assert_eq!(plain.flights, hard.flights);
        assert!(hard.sensors.iter().all(|s| s.fault.extra_delay_s == 1.5 && s.fault.clutter_factor == 8.0));
        let radars = hard.sensors.iter().filter(|s| matches!(s.kind, SensorKind::Radar { .. }));
        assert!(radars.clone().count() > 0);
        assert!(radars.clone().all(|s| s.fault.range_bias_m.abs() == 200.0 && s.fault.azimuth_bias_deg.abs() == 0.3));
    }

    #[test]
    fn same_seed_same_scenario_and_kinds_vary() {
        let options = Options::default();
        assert_eq!(draw(5, &options), draw(5, &options));
        assert_ne!(draw(5, &options), draw(6, &options));
        let drawn: Vec<Scenario> = (0..40).map(|seed| draw(seed, &options)).collect();
        assert!(drawn.iter().any(|s| s.flights.is_empty()));
        let reentries = drawn.iter().flat_map(|s| &s.flights).filter(|f| matches!(f.plan, Plan::Reentry(_))).count();
        let flights: usize = drawn.iter().map(|s| s.flights.len()).sum();
        assert!(reentries > 0 && reentries < flights / 2);
    }

    #[test]
    fn one_flight_each_and_the_same_number_of_every_kind() {
        let options = Options { traffic_count: 0, ..Options::one_flight() };
        let drawn: Vec<Scenario> = (0..140).map(|seed| draw(seed, &options)).collect();
        assert!(drawn.iter().all(|s| s.flights.len() == 1));
        let launches = drawn.iter().filter(|s| matches!(s.flights[0].plan, Plan::SpaceLaunch(_))).count();
        assert_eq!(launches, 20);
        let radars = |s: &Scenario| s.sensors.iter().filter(|s| matches!(s.kind, SensorKind::Radar { .. })).count();
        assert!((2..=5).all(|count| drawn.iter().any(|s| radars(s) == count)));
        let faulty = drawn.iter().filter(|s| s.sensors.iter().any(|s| s.fault != Default::default())).count();
        assert!((14..=42).contains(&faulty), "{faulty} of 140 with a fault, drawn with 0.2");
    }

    #[test]
    fn sim_nearly_all_drawn_flights_can_be_flown() {
        let options = Options { traffic_count: 0, ..Options::one_flight() };
        let mut failed = Vec::new();
        for seed in 0..70 {
            let scenario = Scenario { sensors: Vec::new(), ..draw(seed, &options) };
            match scenario.run(|_| ()) {
                Ok(world) => {
                    let falls = world.objects.iter().filter(|o| o.falls && o.kind.word() != "debris");
                    assert!(falls.clone().all(|o| o.path.end_s() < scenario.duration_s), "seed {seed} ends too early");
                }
                Err(error) => failed.push(error.to_string()),
            }
        }
        assert!(failed.len() <= 2, "{failed:#?}");
    }

    #[test]
    fn a_quiet_sky_has_clutter_and_meteors_and_nothing_else_that_falls() {
        let scenario = draw_quiet(3, 3_600.0);
        assert!(scenario.flights.iter().all(|f| matches!(f.plan, Plan::Meteor(_))));
        assert!(scenario.sensors.iter().all(|s| s.fault.clutter_factor == 4.0));
        let meteors: usize = (0..50).map(|seed| draw_quiet(seed, 3_600.0).flights.len()).sum();
        assert!((240..360).contains(&meteors), "{meteors} in 50 h, drawn with 6 an hour");
    }
}
