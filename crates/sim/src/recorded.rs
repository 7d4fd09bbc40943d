//! Flights that were recorded, to be looked at by simulated sensors: what flew is real, who watched is made up.

use crate::flight::path::{Knot, Path};
use crate::flight::{Flight, Kind, Object, Plan};
use crate::physics::frame::{MEAN_RADIUS_M, place_along};
use crate::scenario::{AirPlan, Scenario};
use crate::sensor::{Delay, Fault, Sensor, SensorKind};
use downrange_earth::{Ecef, Geodetic, Time};
use nalgebra::Vector3;

/// Half of the window over which readings are smoothed: they are cut to whole numbers of their last digit.
const SMOOTH_COUNT: usize = 3;

/// One reading of a rocket's telemetry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Since lift-off.
    pub time_s: f64,
    /// Above the ground.
    pub height_m: f64,
    /// Horizontal speed over the turning Earth, positive away from the pad.
    pub along_mps: f64,
    /// Whether an engine burns.
    pub is_burning: bool,
}

/// The path of a rocket that leaves the pad on a bearing: heights as read, distance by adding up the horizontal speed, both
/// smoothed by a straight line through the readings within 3 s.
pub fn ascent(pad: Geodetic, azimuth_rad: f64, readings: &[Reading]) -> Path {
    let mut ground_m = 0.0;
    let mut places = Vec::new();
    for (number, reading) in readings.iter().enumerate() {
        let height_m = smooth(readings, number, |r| r.height_m);
        let before_s = number.checked_sub(1).and_then(|n| readings.get(n)).map_or(reading.time_s, |r| r.time_s);
        let along_mps = smooth(readings, number, |r| r.along_mps);
        ground_m += along_mps * (reading.time_s - before_s) * MEAN_RADIUS_M / (MEAN_RADIUS_M + height_m);
        let under = place_along(pad, azimuth_rad, ground_m);
        places.push((reading.time_s, Geodetic { height_m, ..under }.ecef().0, reading.is_burning));
    }
    let knots = (0..places.len()).filter_map(|number| {
        let (time_s, place, hot) = *places.get(number)?;
        let (from, to) = (places.get(number.saturating_sub(1))?, places.get(number + 1).or(places.last())?);
        let velocity_mps = (to.1 - from.1) / (to.0 - from.0).max(1e-3);
        Some(Knot { time_s, place, velocity_mps, hot })
    });
    Path { knots: knots.collect() }
}

/// The value at a reading of the straight line of least squares through its neighbours.
fn smooth(readings: &[Reading], number: usize, value: impl Fn(&Reading) -> f64) -> f64 {
    let reach = SMOOTH_COUNT.min(number).min(readings.len() - 1 - number);
    let window = &readings[number - reach..=number + reach];
    // The window is the same on both sides, so the line passes through the mean at its middle.
    window.iter().map(value).sum::<f64>() / window.len() as f64
}

/// A straight path from one place to another (Earth-fixed) at constant velocity, shining, as meteors are recorded.
pub fn straight(from: Ecef, to: Ecef, lasts_s: f64) -> Path {
    let count = libm::ceil(lasts_s / 0.1).max(1.0);
    let velocity_mps = (to.0 - from.0) / lasts_s;
    let knot = |number: u32| {
        let time_s = lasts_s * f64::from(number) / count;
        Knot { time_s, place: from.0 + velocity_mps * time_s, velocity_mps, hot: true }
    };
    Path { knots: (0..=count as u32).map(knot).collect() }
}

/// A straight path at this velocity (Earth-fixed) down to a place, from where it was `from_m` high, but for no longer than
/// `longest_s`.
pub fn straight_down_to(to: Ecef, velocity_mps: [f64; 3], from_m: f64, longest_s: f64) -> Path {
    let velocity_mps = Vector3::from(velocity_mps);
    let mut lasts_s = 0.5;
    while lasts_s < longest_s && Ecef(to.0 - velocity_mps * lasts_s).geodetic().height_m < from_m {
        lasts_s += 0.5;
    }
    straight(Ecef(to.0 - velocity_mps * lasts_s), to, lasts_s)
}

/// A world in which this flew, 20 s after its beginning, and was watched from around `middle`: two infrared sensors 20° to
/// the west and 35° to the east over the equator, three radars 250 to 450 km away, without faults.
pub fn watched(name: &str, epoch: Time, seed: u64, kind: Kind, mut path: Path, middle: Geodetic) -> Scenario {
    const START_S: f64 = 20.0;
    let begin_s = path.start_s();
    path.knots.iter_mut().for_each(|knot| knot.time_s += START_S - begin_s);
    let duration_s = path.end_s() + 60.0;
    let object = Object { name: name.to_string(), kind, path, burnout_s: None, reach_m: None, falls: false };
    let flight = Flight {
        name: name.to_string(),
        start_s: START_S,
        plan: Plan::Recorded(Box::new(object)),
        phantom_of: Vec::new(),
    };
    Scenario {
        file: name.to_string(),
        title: name.to_string(),
        epoch,
        duration_s,
        seed,
        air: AirPlan::default(),
        sensors: sensors(middle),
        delay: Delay::default(),
        flights: vec![flight],
        vessels: None,
        aircraft: None,
        satellites: None,
        zones: None,
    }
}

fn sensors(middle: Geodetic) -> Vec<Sensor> {
    let infrared = [-20.0_f64, 35.0].map(|aside_deg| {
        let longitude_rad = crate::physics::frame::wrapped_rad(middle.longitude_rad + aside_deg.to_radians());
        let position = Geodetic { latitude_rad: 0.0, longitude_rad, height_m: 35_786_000.0 };
        let centre = Geodetic { height_m: 0.0, ..middle };
        let kind = SensorKind::Infrared { angle_urad: 25.0, centre, radius_m: 1.5e6 };
        (format!("infrared{aside_deg:+}"), position, kind, 0.5)
    });
    let radars = [(200.0_f64, 250e3), (320.0, 350e3), (80.0, 450e3)].map(|(bearing_deg, away_m)| {
        let place = place_along(middle, bearing_deg.to_radians(), away_m);
        let kind = SensorKind::Radar {
            range_m: 40.0,
            azimuth_deg: 0.08,
            elevation_deg: 0.1,
            range_rate_mps: Some(2.0),
            ranges_m: [2_000.0, 1.5e6],
            azimuths_deg: [0.0, 360.0],
            elevations_deg: [0.1, 85.0],
        };
        (format!("radar-{bearing_deg}"), Geodetic { height_m: 200.0, ..place }, kind, 2.0)
    });
    infrared
        .into_iter()
        .chain(radars)
        .map(|(id, position, kind, clutter_per_scan)| Sensor {
            id,
            position,
            period_s: 2.0,
            detection_probability: 0.95,
            clutter_per_scan,
            kind,
            path: None,
            fault: Fault::default(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ascent_keeps_its_heights_and_its_distance() {
        // A parabola: 100 s up and down, 1 km/s along.
        let reading = |time_s: f64| Reading {
            time_s,
            height_m: 500.0 * time_s - 5.0 * time_s * time_s,
            along_mps: 1_000.0,
            is_burning: time_s < 10.0,
        };
        let readings: Vec<Reading> = (0..=100).map(|s| reading(f64::from(s))).collect();
        let path = ascent(Geodetic::from_degrees(28.6, -80.6, 0.0), 1.0, &readings);
        assert!((path.apogee_m() - 12_500.0).abs() < 30.0, "{}", path.apogee_m());
        assert!((path.range_m() / 1e5 - 1.0).abs() < 5e-3, "{}", path.range_m());
        assert!(path.knots[5].hot && !path.knots[50].hot);
        assert!((path.knots[50].velocity_mps.norm() - 1_000.0).abs() < 5.0);
    }

    #[test]
    fn a_recorded_meteor_is_seen_by_sensors_around_it() {
        let from = Geodetic::from_degrees(50.0, -179.9, 40e3);
        let path = straight_down_to(from.ecef(), [12e3, 5e3, -9e3], 80e3, 60.0);
        assert!((80e3..90e3).contains(&path.knots[0].geodetic().height_m));
        assert!((path.speed_max_mps() - 15_811.4).abs() < 0.1);
        let scenario = watched("meteor", Time::from_unix(1_700_000_000, 0), 1, Kind::Meteor, path, from);
        let world = scenario.run(|_| ()).unwrap();
        assert!(world.sensors.iter().all(|s| s.position.longitude_rad.abs() <= core::f64::consts::PI));
        assert!(world.plots.iter().filter(|plot| plot.object == Some(0)).count() >= 5);
    }
}
