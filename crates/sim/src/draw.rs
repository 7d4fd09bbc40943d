//! Scenarios drawn at random, for studies over many worlds.

use crate::flight::descent::{BreakUp, Reentry};
use crate::flight::missile::{Manoeuvre, Missile};
use crate::flight::{Flight, Plan};
use crate::physics::frame::place_along;
use crate::random::Random;
use crate::scenario::{AirPlan, BoxDeg, Scenario};
use crate::sensor::{Delay, Fault, Sensor, SensorKind};
use downrange_earth::{Geodetic, Time};

/// What may be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Launches and re-entries begin in this box (south, north, west, east; degrees).
    pub area_deg: BoxDeg,
    /// Flights in one scenario: from 0 (a quiet sky) to this many, all equally likely.
    pub flights_most_count: u32,
    /// Aeroplanes and ships, each.
    pub traffic_count: u32,
    /// Probability that one of the radars has a fault.
    pub fault_probability: f64,
}

impl Default for Options {
    /// Launches from the Korean peninsula and around it, at most three, 20 aeroplanes and 20 ships, one scenario in five
    /// with a fault.
    fn default() -> Options {
        Options {
            area_deg: [37.5, 42.0, 124.5, 129.5],
            flights_most_count: 3,
            traffic_count: 20,
            fault_probability: 0.2,
        }
    }
}

/// Draws a scenario. Distributions:
///
/// * kind: ballistic 40 %, quasi-ballistic 30 %, boost-glide 15 %, re-entry with break-up 15 %;
/// * bearing uniform in 30–150°; start uniform in the first two minutes;
/// * ballistic: range log-uniform 300–4,000 km, apogee 0.75–1.5 of the least-energy one, a quarter of the range;
/// * quasi-ballistic: range 350–800 km, apogee 36–55 km; glide: 800–1,400 km, 50–75 km, half of them turning;
/// * re-entry: 95 km up, 7,300–7,600 m/s, −2.2 to −1.2°, 5–25 pieces of 15–500 kg/m² at 60–78 km;
/// * two infrared sensors; three to five radars, the first 200–500 km down range of the box's middle, the others within
///   900 km of it, looking everywhere, 1 or 2 s, 30–80 m, 0.05–0.15°.
///
/// A drawn flight can turn out not to be flyable (of 483 drawn, one was not: a glide whose skips jump over the asked
/// range); [`Scenario::run`] then says so, and a study passes on to its next seed.
pub fn draw(seed: u64, options: &Options) -> Scenario {
    let mut random = Random::new(seed, "draw");
    let [south, north, west, east] = options.area_deg;
    let middle = Geodetic::from_degrees((south + north) / 2.0, (west + east) / 2.0, 0.0);
    let count = random.choose(options.flights_most_count as usize + 1);
    let flights = (0..count).map(|number| flight(number, options.area_deg, &mut random)).collect();
    let around = [south - 4.0, north + 4.0, west, east + 12.0];
    Scenario {
        file: format!("drawn from seed {seed}"),
        title: format!("drawn from seed {seed}: {count} flights"),
        // Midnights from 2020 to 2026.
        epoch: Time::from_unix(1_577_836_800 + 86_400 * random.choose(2_192) as i64, 0),
        duration_s: 1_500.0,
        seed,
        air: AirPlan::default(),
        sensors: sensors(middle, options.fault_probability, &mut random),
        delay: Delay { tail_probability: random.between(0.0, 0.01), ..Delay::default() },
        flights,
        vessels: Some((options.traffic_count, around)),
        aircraft: Some((options.traffic_count, around)),
        satellites: Some((random.choose(4) as u32, [4e5, 8e5], around)),
        zones: None,
    }
}

fn flight(number: usize, [south, north, west, east]: BoxDeg, random: &mut Random) -> Flight {
    let launch = Geodetic::from_degrees(random.between(south, north), random.between(west, east), 0.0);
    let azimuth_rad = random.between(30.0, 150.0).to_radians();
    let kind = random.uniform();
    let ballistic_coefficient_kgpm2 = random.log_between(4_000.0, 12_000.0);
    let missile = |range_km: f64, apogee_km: f64, burn_s: f64, lift: Manoeuvre| {
        Plan::Missile(Missile {
            launch,
            azimuth_rad,
            range_m: range_km * 1e3,
            apogee_m: apogee_km * 1e3,
            burn_s,
            stages: 1,
            ballistic_coefficient_kgpm2,
            lift,
        })
    };
    let plan = if kind < 0.40 {
        let range_km = random.log_between(300.0, 4_000.0);
        // The least-energy apogee is near a quarter of the range, less where the Earth curves away.
        let least_km = range_km * (0.25 - 1.2e-5 * range_km);
        missile(range_km, least_km * random.between(0.75, 1.5), 50.0 + range_km / 40.0, Manoeuvre::None)
    } else if kind < 0.70 {
        let slope = Manoeuvre::Slope {
            from_m: random.between(28e3, 32e3),
            path_rad: random.between(-9.0, -5.0).to_radians(),
            pull_up_m: random.between(12e3, 17e3),
            pull_up_s: if random.happens(0.5) { random.between(5.0, 15.0) } else { 0.0 },
        };
        missile(random.between(350.0, 800.0), random.between(36.0, 55.0), random.between(40.0, 60.0), slope)
    } else if kind < 0.85 {
        let glide = Manoeuvre::Glide {
            from_m: random.between(40e3, 45e3),
            lift_to_drag_ratio: random.between(2.0, 3.0),
            damping_ratio: random.uniform(),
            bank_rad: if random.happens(0.5) { random.between(-0.7, 0.7) } else { 0.0 },
            bank_s: random.between(30.0, 90.0),
            until_m: random.between(23e3, 27e3),
        };
        missile(random.between(800.0, 1_400.0), random.between(50.0, 75.0), random.between(55.0, 80.0), glide)
    } else {
        let from = place_along(launch, azimuth_rad + core::f64::consts::PI, 500e3);
        Plan::Reentry(Reentry {
            from: Geodetic { height_m: 95_000.0, ..from },
            speed_mps: random.between(7_300.0, 7_600.0),
            azimuth_rad,
            path_rad: random.between(-2.2, -1.2).to_radians(),
            ballistic_coefficient_kgpm2: random.log_between(150.0, 600.0),
            break_up: Some(BreakUp {
                height_m: random.between(60e3, 78e3),
                coefficients_kgpm2: Vec::new(),
                pieces: 5 + random.choose(21) as u32,
                between_kgpm2: (15.0, 500.0),
                spread_mps: random.between(5.0, 40.0),
            }),
        })
    };
    Flight { name: format!("flight-{}", number + 1), start_s: random.between(20.0, 120.0), plan }
}

fn sensors(middle: Geodetic, fault_probability: f64, random: &mut Random) -> Vec<Sensor> {
    let mut sensors: Vec<Sensor> = [-20.0, 35.0].into_iter().map(|aside_deg| infrared(middle, aside_deg)).collect();
    let count = 3 + random.choose(3);
    for number in 0..count {
        let distance_m = if number == 0 { random.between(2e5, 5e5) } else { random.between(1e5, 9e5) };
        let bearing_rad = random.between(40.0, 170.0).to_radians();
        let position =
            Geodetic { height_m: random.between(20.0, 600.0), ..place_along(middle, bearing_rad, distance_m) };
        let angle_deg = random.between(0.05, 0.15);
        sensors.push(Sensor {
            id: format!("radar-{}", number + 1),
            position,
            period_s: if random.happens(0.5) { 1.0 } else { 2.0 },
            detection_probability: random.between(0.8, 0.95),
            clutter_per_scan: random.between(1.0, 6.0),
            kind: SensorKind::Radar {
                range_m: random.between(30.0, 80.0),
                azimuth_deg: angle_deg,
                elevation_deg: angle_deg * 1.25,
                range_rate_mps: random.happens(0.8).then_some(2.0),
                ranges_m: [2_000.0, random.between(7e5, 2e6)],
                azimuths_deg: [0.0, 360.0],
                elevations_deg: [0.1, 85.0],
            },
            path: None,
            fault: Fault::default(),
        });
    }
    if random.happens(fault_probability) {
        let at = sensors.len() - 1 - random.choose(count);
        sensors[at].fault = fault(random);
    }
    sensors
}

fn infrared(middle: Geodetic, aside_deg: f64) -> Sensor {
    let longitude_rad = middle.longitude_rad + f64::to_radians(aside_deg);
    Sensor {
        id: format!("infrared{aside_deg:+}"),
        position: Geodetic { latitude_rad: 0.0, longitude_rad, height_m: 35_786_000.0 },
        period_s: 2.0,
        detection_probability: 0.95,
        clutter_per_scan: 0.5,
        kind: SensorKind::Infrared { angle_urad: 25.0, centre: middle, radius_m: 1.5e6 },
        path: None,
        fault: Fault::default(),
    }
}

fn fault(random: &mut Random) -> Fault {
    match random.choose(4) {
        0 => {
            Fault { range_bias_m: 300.0 * random.normal(), azimuth_bias_deg: 0.3 * random.normal(), ..Fault::default() }
        }
        1 => Fault { time_bias_s: 0.5 * random.normal(), ..Fault::default() },
        2 => {
            let from_s = random.between(0.0, 600.0);
            Fault { outages_s: vec![[from_s, from_s + random.between(30.0, 300.0)]], ..Fault::default() }
        }
        _ => Fault {
            clutter_factor: random.between(3.0, 10.0),
            extra_delay_s: random.between(0.0, 5.0),
            ..Fault::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
