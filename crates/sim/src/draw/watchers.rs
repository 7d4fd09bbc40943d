//! Who watches in a drawn world, and what is wrong with them.

use super::Watch;
use crate::physics::frame::place_along;
use crate::random::Random;
use crate::sensor::{Fault, Sensor, SensorKind};
use downrange_earth::Geodetic;

/// Coasts and islands around the Sea of Japan, latitude and longitude in degrees. Places on a map, no real sites.
const COASTS_DEG: [[f64; 2]; 12] = [
    [38.2, 128.5],
    [36.0, 129.4],
    [33.4, 126.5],
    [37.5, 130.9],
    [34.3, 129.3],
    [36.2, 133.2],
    [37.3, 136.9],
    [38.1, 138.4],
    [40.9, 140.0],
    [42.2, 139.6],
    [45.3, 141.6],
    [39.0, 134.0],
];

pub(super) fn sensors(middle: Geodetic, fault_probability: f64, random: &mut Random) -> Vec<Sensor> {
    let mut sensors: Vec<Sensor> = [-20.0, 35.0].into_iter().map(|aside_deg| infrared(middle, aside_deg)).collect();
    let count = 2 + random.choose(4);
    let mut coasts = COASTS_DEG.to_vec();
    for number in 0..count {
        let [latitude_deg, longitude_deg] = coasts.swap_remove(random.choose(coasts.len()));
        sensors.push(radar(number, Geodetic::from_degrees(latitude_deg, longitude_deg, 0.0), random));
    }
    if random.happens(fault_probability) {
        let at = sensors.len() - 1 - random.choose(count);
        sensors[at].fault = fault(random);
    }
    sensors
}

/// Leaves out those that do not watch.
pub(super) fn leave(sensors: &mut Vec<Sensor>, watch: Watch) {
    let is_infrared = |sensor: &Sensor| matches!(sensor.kind, SensorKind::Infrared { .. });
    match watch {
        Watch::All => {}
        Watch::Infrared => sensors.retain(is_infrared),
        Watch::OneInfrared => {
            sensors.retain(is_infrared);
            sensors.truncate(1);
        }
        Watch::Radars => sensors.retain(|sensor| !is_infrared(sensor)),
    }
}

/// What stands at [`super::Options::hard`].
pub(super) fn spoil(sensors: &mut [Sensor]) {
    for (number, sensor) in sensors.iter_mut().enumerate() {
        let side = if number % 2 == 0 { 1.0 } else { -1.0 };
        if matches!(sensor.kind, SensorKind::Radar { .. }) {
            sensor.fault.range_bias_m = 200.0 * side;
            sensor.fault.azimuth_bias_deg = 0.3 * side;
        }
        sensor.fault.extra_delay_s = 1.5;
        sensor.fault.clutter_factor = 8.0;
    }
}

fn radar(number: usize, coast: Geodetic, random: &mut Random) -> Sensor {
    let bearing_rad = random.between(0.0, core::f64::consts::TAU);
    let place = place_along(coast, bearing_rad, random.between(0.0, 30e3));
    let angle_deg = random.between(0.05, 0.15);
    Sensor {
        id: format!("radar-{}", number + 1),
        position: Geodetic { height_m: random.between(20.0, 600.0), ..place },
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
    }
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
    match random.choose(5) {
        0 => {
            Fault { range_bias_m: 300.0 * random.normal(), azimuth_bias_deg: 0.3 * random.normal(), ..Fault::default() }
        }
        1 => Fault { time_bias_s: 0.5 * random.normal(), ..Fault::default() },
        2 => {
            let from_s = random.between(0.0, 600.0);
            Fault { outages_s: vec![[from_s, from_s + random.between(30.0, 300.0)]], ..Fault::default() }
        }
        3 => Fault {
            clutter_factor: random.between(3.0, 10.0),
            extra_delay_s: random.between(0.0, 5.0),
            ..Fault::default()
        },
        _ => Fault { ghost_probability: 0.2, ..Fault::default() },
    }
}
