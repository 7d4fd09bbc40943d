//! Sensors: what they see of the flights, what they see that is not there, and when the report arrives.

use crate::flight::Object;
use crate::flight::path::Knot;
use crate::physics::frame::{MEAN_RADIUS_M, local_axes};
use crate::random::Random;
use downrange_earth::{Geodetic, Site};
use nalgebra::Vector3;

/// Objects lower than this are not seen by infrared sensors: cloud and thick air are in the way.
const INFRARED_FLOOR_M: f64 = 8_000.0;
/// Within a scan a radar's plots are spread over this part of the period, either way.
const SCAN_SPREAD_FRACTION: f64 = 0.1;
/// Clutter has range rates up to this, either way.
const CLUTTER_RATE_MPS: f64 = 3_000.0;

/// A sensor: what `sensors.toml` says of it, and what is wrong with it that nobody is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensor {
    /// Its name.
    pub id: String,
    /// Where it stands.
    pub position: Geodetic,
    /// One look at its whole coverage every period.
    pub period_s: f64,
    /// Probability that an object inside the coverage is seen in one look.
    pub detection_probability: f64,
    /// Mean number of false plots per look.
    pub clutter_per_scan: f64,
    /// What it measures, how well, and where.
    pub kind: SensorKind,
    /// The link it shares with others.
    pub path: Option<String>,
    /// What is wrong with it.
    pub fault: Fault,
}

/// Kind, noise (one sigma) and coverage, in the units of `sensors.toml`.
#[derive(Debug, Clone, PartialEq)]
pub enum SensorKind {
    /// Range, azimuth, elevation and perhaps range rate.
    Radar {
        /// Noise of the range.
        range_m: f64,
        /// Noise of the azimuth.
        azimuth_deg: f64,
        /// Noise of the elevation.
        elevation_deg: f64,
        /// Noise of the range rate, if it is measured.
        range_rate_mps: Option<f64>,
        /// Nearest and farthest range.
        ranges_m: [f64; 2],
        /// First and last azimuth, clockwise; may pass north.
        azimuths_deg: [f64; 2],
        /// Lowest and highest elevation.
        elevations_deg: [f64; 2],
    },
    /// Direction only, hot objects only.
    Infrared {
        /// Noise across each of the two axes.
        angle_urad: f64,
        /// Centre of the watched circle.
        centre: Geodetic,
        /// Its radius.
        radius_m: f64,
    },
}

/// What is wrong with a sensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Added to every range.
    pub range_bias_m: f64,
    /// Added to every azimuth.
    pub azimuth_bias_deg: f64,
    /// Added to every elevation.
    pub elevation_bias_deg: f64,
    /// Added to the time that plots are stamped with: its clock is ahead by this.
    pub time_bias_s: f64,
    /// Windows, seconds after the epoch, in which it is silent.
    pub outages_s: Vec<[f64; 2]>,
    /// Added to the delay of every plot.
    pub extra_delay_s: f64,
    /// Clutter is this many times what `sensors.toml` says.
    pub clutter_factor: f64,
    /// Probability that a true plot is followed by a ghost.
    pub ghost_probability: f64,
    /// How much farther the ghost is (for a radar; an infrared ghost is 2 mrad aside).
    pub ghost_range_m: f64,
    /// Every range is this many times what it should be: wrong units, before the bias is added.
    pub range_ratio: f64,
    /// Every azimuth is this one: the encoder is stuck.
    pub stuck_azimuth_deg: Option<f64>,
    /// Every plot arrives so many times more, each time by its own delay.
    pub copies_count: u32,
}

impl Default for Fault {
    fn default() -> Fault {
        Fault {
            range_bias_m: 0.0,
            azimuth_bias_deg: 0.0,
            elevation_bias_deg: 0.0,
            time_bias_s: 0.0,
            outages_s: Vec::new(),
            extra_delay_s: 0.0,
            clutter_factor: 1.0,
            ghost_probability: 0.0,
            ghost_range_m: 3_000.0,
            range_ratio: 1.0,
            stuck_azimuth_deg: None,
            copies_count: 0,
        }
    }
}

/// How long a plot travels: log-normal, and sometimes much longer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Delay {
    /// Median.
    pub median_s: f64,
    /// Deviation of its logarithm.
    pub log_sigma_ratio: f64,
    /// Probability of being held up.
    pub tail_probability: f64,
    /// Shortest hold-up; longer ones by a Pareto law of exponent 1.5, at most twenty times this.
    pub tail_s: f64,
}

impl Default for Delay {
    /// Median 0.15 s, 99 % below 0.48 s, never held up.
    fn default() -> Delay {
        Delay { median_s: 0.15, log_sigma_ratio: 0.5, tail_probability: 0.0, tail_s: 2.0 }
    }
}

impl Delay {
    fn draw_s(&self, random: &mut Random) -> f64 {
        let plain_s = self.median_s * libm::exp(self.log_sigma_ratio * random.normal());
        if self.tail_probability > 0.0 && random.happens(self.tail_probability) {
            return plain_s + self.tail_s * libm::pow(1.0 - random.uniform(), -1.0 / 1.5).min(20.0);
        }
        plain_s
    }
}

/// One report.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// Number of the sensor.
    pub sensor: usize,
    /// Number of the object that it came from; nothing for clutter and ghosts.
    pub object: Option<usize>,
    /// Stamped time, seconds after the epoch.
    pub time_s: f64,
    /// When it arrived, seconds after the epoch.
    pub received_s: f64,
    /// What it says.
    pub measured: Measured,
}

/// What a plot says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measured {
    /// A radar plot.
    Radar {
        /// Slant range.
        range_m: f64,
        /// Clockwise from true north.
        azimuth_deg: f64,
        /// Above the plane normal to the ellipsoid at the sensor.
        elevation_deg: f64,
        /// Positive is going away.
        range_rate_mps: Option<f64>,
    },
    /// An infrared plot: unit vector, sensor to object, Earth-fixed axes.
    LineOfSight(Vector3<f64>),
}

impl Sensor {
    /// Everything this sensor reports of these objects until `duration_s`, in the order of its looks.
    pub fn watch(&self, number: usize, objects: &[Object], duration_s: f64, delay: &Delay, seed: u64) -> Vec<Plot> {
        let mut random = Random::new(seed, &format!("sensor {}", self.id));
        let mut watch = Watch { sensor: self, number, delay, site: Site::new(self.position), plots: Vec::new() };
        let phase_s = random.between(0.0, self.period_s);
        let mut look = 0.0;
        while look * self.period_s + phase_s < duration_s {
            let look_s = look * self.period_s + phase_s;
            look += 1.0;
            if self.fault.outages_s.iter().any(|[from, to]| (*from..*to).contains(&look_s)) {
                continue;
            }
            for (object, flight) in objects.iter().enumerate() {
                watch.object(look_s, object, flight, &mut random);
            }
            for _ in 0..random.poisson(self.clutter_per_scan * self.fault.clutter_factor) {
                let time_s = self.moment_s(look_s, &mut random);
                let measured = watch.clutter(&mut random);
                watch.report(time_s, None, measured, &mut random);
            }
        }
        watch.plots
    }

    /// When inside a look something is seen: radars sweep, staring sensors take one picture.
    fn moment_s(&self, look_s: f64, random: &mut Random) -> f64 {
        match self.kind {
            SensorKind::Radar { .. } => {
                (look_s + random.between(-SCAN_SPREAD_FRACTION, SCAN_SPREAD_FRACTION) * self.period_s).max(0.0)
            }
            SensorKind::Infrared { .. } => look_s,
        }
    }

    /// Whether it could see an object here: inside its coverage, above its horizon, and hot where heat is what it sees.
    pub fn covers(&self, knot: &Knot) -> bool {
        match &self.kind {
            SensorKind::Radar { ranges_m, azimuths_deg, elevations_deg, .. } => {
                let look = Site::new(self.position).look(downrange_earth::Ecef(knot.place));
                let [from, to] = *azimuths_deg;
                let inside_deg = modulo(look.azimuth_rad.to_degrees() - from, 360.0);
                let elevation_deg = look.elevation_rad.to_degrees();
                (ranges_m[0]..=ranges_m[1]).contains(&look.range_m)
                    && (elevations_deg[0]..=elevations_deg[1]).contains(&elevation_deg)
                    && inside_deg <= sector_deg(from, to)
            }
            SensorKind::Infrared { centre, radius_m, .. } => {
                knot.hot
                    && knot.geodetic().height_m > INFRARED_FLOOR_M
                    && (knot.place - centre.ecef().0).norm() <= *radius_m
                    && in_sight(self.position.ecef().0, knot.place)
            }
        }
    }
}

/// Width of a sector that runs clockwise; a full circle when both ends are the same or 360° apart.
fn sector_deg(from: f64, to: f64) -> f64 {
    let width = modulo(to - from, 360.0);
    if width == 0.0 { 360.0 } else { width }
}

fn modulo(x: f64, m: f64) -> f64 {
    x - m * libm::floor(x / m)
}

/// Whether the straight line between two places stays above the Earth (a sphere is enough for a staring sensor far away).
fn in_sight(from: Vector3<f64>, to: Vector3<f64>) -> bool {
    let along = to - from;
    let nearest = (-from.dot(&along) / along.norm_squared()).clamp(0.0, 1.0);
    (from + along * nearest).norm() > MEAN_RADIUS_M
}

struct Watch<'a> {
    sensor: &'a Sensor,
    number: usize,
    delay: &'a Delay,
    site: Site,
    plots: Vec<Plot>,
}

impl Watch<'_> {
    fn object(&mut self, look_s: f64, number: usize, flight: &Object, random: &mut Random) {
        let time_s = self.sensor.moment_s(look_s, random);
        let Some(knot) = flight.path.at(time_s).filter(|knot| self.sensor.covers(knot)) else { return };
        if !random.happens(self.sensor.detection_probability) {
            return;
        }
        let measured = self.measure(&knot, random);
        self.report(time_s, Some(number), measured, random);
        if random.happens(self.sensor.fault.ghost_probability) {
            let ghost = self.ghost(measured);
            self.report(time_s, None, ghost, random);
        }
    }

    fn measure(&self, knot: &Knot, random: &mut Random) -> Measured {
        let fault = &self.sensor.fault;
        match &self.sensor.kind {
            SensorKind::Radar { range_m, azimuth_deg, elevation_deg, range_rate_mps, .. } => {
                let look = self.site.look(downrange_earth::Ecef(knot.place));
                let sight = (knot.place - self.site.ecef().0) / look.range_m;
                let mut around = |value: f64, sigma: f64| value + sigma * random.normal();
                Measured::Radar {
                    range_m: around(look.range_m * fault.range_ratio + fault.range_bias_m, *range_m).max(0.0),
                    azimuth_deg: modulo(
                        around(look.azimuth_rad.to_degrees() + fault.azimuth_bias_deg, *azimuth_deg),
                        360.0,
                    ),
                    elevation_deg: around(look.elevation_rad.to_degrees() + fault.elevation_bias_deg, *elevation_deg)
                        .clamp(-90.0, 90.0),
                    range_rate_mps: range_rate_mps.map(|sigma| around(sight.dot(&knot.velocity_mps), sigma)),
                }
            }
            SensorKind::Infrared { angle_urad, .. } => {
                let sight = knot.place - self.site.ecef().0;
                Measured::LineOfSight(aside(sight / sight.norm(), angle_urad * 1e-6, random))
            }
        }
    }

    fn ghost(&self, measured: Measured) -> Measured {
        match measured {
            Measured::Radar { range_m, azimuth_deg, elevation_deg, range_rate_mps } => Measured::Radar {
                range_m: range_m + self.sensor.fault.ghost_range_m,
                azimuth_deg,
                elevation_deg,
                range_rate_mps,
            },
            Measured::LineOfSight(sight) => {
                let moved = sight + Vector3::new(-sight.y, sight.x, 0.0) * 2e-3;
                Measured::LineOfSight(moved / moved.norm())
            }
        }
    }

    /// A false plot: uniform over the coverage of a radar in the space of its measurements; for an infrared sensor normal
    /// about the centre of its circle, with half the radius as deviation (glints and fires gather where it looks).
    fn clutter(&self, random: &mut Random) -> Measured {
        match &self.sensor.kind {
            SensorKind::Radar { ranges_m, azimuths_deg: [from, to], elevations_deg, range_rate_mps, .. } => {
                Measured::Radar {
                    range_m: random.between(ranges_m[0], ranges_m[1]),
                    azimuth_deg: modulo(from + random.uniform() * sector_deg(*from, *to), 360.0),
                    elevation_deg: random.between(elevations_deg[0], elevations_deg[1]),
                    range_rate_mps: range_rate_mps.map(|_| random.between(-CLUTTER_RATE_MPS, CLUTTER_RATE_MPS)),
                }
            }
            SensorKind::Infrared { centre, radius_m, .. } => {
                let sight = centre.ecef().0 - self.site.ecef().0;
                let angle = radius_m / 2.0 / sight.norm();
                Measured::LineOfSight(aside(sight / sight.norm(), angle, random))
            }
        }
    }

    /// What leaves the antenna with an encoder that is stuck.
    fn encoded(&self, measured: Measured) -> Measured {
        match (measured, self.sensor.fault.stuck_azimuth_deg) {
            (Measured::Radar { range_m, elevation_deg, range_rate_mps, .. }, Some(azimuth_deg)) => {
                Measured::Radar { range_m, azimuth_deg, elevation_deg, range_rate_mps }
            }
            _ => measured,
        }
    }

    fn report(&mut self, time_s: f64, object: Option<usize>, measured: Measured, random: &mut Random) {
        let fault = &self.sensor.fault;
        // Times go into the files to a microsecond; cut here, the arrival never lies before the stamp by rounding.
        let micro = |s: f64| libm::round(s * 1e6) / 1e6;
        let stamped_s = micro(time_s + fault.time_bias_s);
        let measured = self.encoded(measured);
        for _ in 0..=fault.copies_count {
            let received_s = micro(time_s + fault.extra_delay_s + self.delay.draw_s(random));
            self.plots.push(Plot { sensor: self.number, object, time_s: stamped_s, received_s, measured });
        }
    }
}

/// A direction moved by a normal angle across each of its two axes.
fn aside(sight: Vector3<f64>, sigma_rad: f64, random: &mut Random) -> Vector3<f64> {
    let [east, north, _] = local_axes(downrange_earth::Ecef(sight * MEAN_RADIUS_M).geodetic());
    let moved = sight + east * (sigma_rad * random.normal()) + north * (sigma_rad * random.normal());
    moved / moved.norm()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flight::Kind;
    use crate::flight::path::Path;

    fn radar(azimuths_deg: [f64; 2]) -> Sensor {
        Sensor {
            id: "radar".into(),
            position: Geodetic::from_degrees(40.0, 130.0, 100.0),
            period_s: 1.0,
            detection_probability: 0.9,
            clutter_per_scan: 2.0,
            kind: SensorKind::Radar {
                range_m: 40.0,
                azimuth_deg: 0.08,
                elevation_deg: 0.1,
                range_rate_mps: Some(2.0),
                ranges_m: [2_000.0, 900_000.0],
                azimuths_deg,
                elevations_deg: [0.1, 85.0],
            },
            path: None,
            fault: Fault::default(),
        }
    }

    fn standing(latitude_deg: f64, longitude_deg: f64, height_m: f64) -> Object {
        let place = Geodetic::from_degrees(latitude_deg, longitude_deg, height_m).ecef().0;
        let knot = |time_s| Knot { time_s, place, velocity_mps: Vector3::zeros(), hot: true };
        let path = Path { knots: vec![knot(0.0), knot(2_000.0)] };
        Object { name: "it".into(), kind: Kind::Debris, path, burnout_s: None, reach_m: None, falls: true }
    }

    #[test]
    fn noise_rate_and_delay_are_what_the_sensor_file_says() {
        let objects = [standing(41.0, 131.0, 60_000.0)];
        let sensor = radar([300.0, 130.0]);
        let plots = sensor.watch(0, &objects, 2_000.0, &Delay::default(), 5);
        let truth = Site::new(sensor.position).look(downrange_earth::Ecef(objects[0].path.knots[0].place));
        let seen: Vec<&Plot> = plots.iter().filter(|p| p.object.is_some()).collect();
        assert!((seen.len() as f64 / 2_000.0 - 0.9).abs() < 0.03);
        assert!(((plots.len() - seen.len()) as f64 / 2_000.0 - 2.0).abs() < 0.15);
        let square = |x: f64| x * x;
        let (mut range, mut azimuth, mut elevation, mut rate) = (0.0, 0.0, 0.0, 0.0);
        for plot in &seen {
            let Measured::Radar { range_m, azimuth_deg, elevation_deg, range_rate_mps } = plot.measured else {
                panic!("a radar reports radar plots")
            };
            range += square(range_m - truth.range_m);
            azimuth += square(azimuth_deg - truth.azimuth_rad.to_degrees());
            elevation += square(elevation_deg - truth.elevation_rad.to_degrees());
            rate += square(range_rate_mps.unwrap());
        }
        for (sum, sigma) in [(range, 40.0), (azimuth, 0.08), (elevation, 0.1), (rate, 2.0)] {
            let ratio = libm::sqrt(sum / seen.len() as f64) / sigma;
            assert!((ratio - 1.0).abs() < 0.06, "{ratio} times {sigma}");
        }
        let mut delays: Vec<f64> = plots.iter().map(|p| p.received_s - p.time_s).collect();
        delays.sort_by(f64::total_cmp);
        let quantile = |q: f64| delays[(q * delays.len() as f64) as usize];
        assert!((quantile(0.5) - 0.15).abs() < 0.006 && (quantile(0.99) - 0.48).abs() < 0.05);
        assert!(delays[0] > 0.0);
    }

    #[test]
    fn nothing_below_the_horizon_or_outside_the_sector() {
        // 10 km up and 600 km away is below the horizon; 60 km up is above it.
        let south = |height_m| standing(34.6, 130.0, height_m).path.knots[0];
        assert!(!radar([0.0, 360.0]).covers(&south(10_000.0)));
        assert!(radar([0.0, 360.0]).covers(&south(60_000.0)));
        // A sector that passes north sees neither south nor behind its ends.
        let through_north = radar([300.0, 40.0]);
        assert!(!through_north.covers(&south(60_000.0)));
        assert!(through_north.covers(&standing(42.0, 130.5, 60_000.0).path.knots[0]));
        assert!(through_north.covers(&standing(42.0, 129.5, 60_000.0).path.knots[0]));
        assert!(!through_north.covers(&standing(40.0, 133.0, 60_000.0).path.knots[0]));
    }

    #[test]
    fn infrared_sees_only_what_is_hot_and_high() {
        let sensor = Sensor {
            kind: SensorKind::Infrared {
                angle_urad: 25.0,
                centre: Geodetic::from_degrees(40.0, 130.0, 0.0),
                radius_m: 1.5e6,
            },
            position: Geodetic::from_degrees(0.0, 110.0, 35_786_000.0),
            ..radar([0.0, 360.0])
        };
        let mut knot = standing(41.0, 131.0, 30_000.0).path.knots[0];
        assert!(sensor.covers(&knot));
        knot.hot = false;
        assert!(!sensor.covers(&knot));
        assert!(!sensor.covers(&standing(41.0, 131.0, 7_000.0).path.knots[0]));
        assert!(!sensor.covers(&standing(20.0, 131.0, 30_000.0).path.knots[0]));
    }

    #[test]
    fn faults_do_what_they_say() {
        let objects = [standing(41.0, 131.0, 60_000.0)];
        let mut sensor = radar([0.0, 360.0]);
        sensor.fault = Fault {
            range_bias_m: 500.0,
            time_bias_s: 0.4,
            outages_s: vec![[100.0, 200.0]],
            extra_delay_s: 3.0,
            clutter_factor: 0.0,
            ghost_probability: 0.5,
            ..Fault::default()
        };
        let plots = sensor.watch(0, &objects, 1_000.0, &Delay::default(), 5);
        let truth = Site::new(sensor.position).look(downrange_earth::Ecef(objects[0].path.knots[0].place));
        let seen: Vec<&Plot> = plots.iter().filter(|p| p.object.is_some()).collect();
        let ghosts = plots.len() - seen.len();
        assert!((ghosts as f64 / seen.len() as f64 - 0.5).abs() < 0.06);
        let mean = seen.iter().map(|p| match p.measured {
            Measured::Radar { range_m, .. } => range_m - truth.range_m,
            Measured::LineOfSight(_) => f64::NAN,
        });
        assert!((mean.sum::<f64>() / seen.len() as f64 - 500.0).abs() < 6.0);
        assert!(!plots.iter().any(|p| (101.0..199.0).contains(&(p.time_s - 0.4))));
        assert!(plots.iter().all(|p| p.received_s - p.time_s > 2.6));
    }

    #[test]
    fn held_up_plots_overtake_nothing_and_some_arrive_seconds_late() {
        let delay = Delay { tail_probability: 0.1, ..Delay::default() };
        let plots = radar([0.0, 360.0]).watch(0, &[], 500.0, &delay, 5);
        let late = plots.iter().filter(|p| p.received_s - p.time_s > 2.0).count();
        assert!((late as f64 / plots.len() as f64 - 0.1).abs() < 0.03);
        assert!(plots.iter().all(|p| p.received_s - p.time_s < 45.0));
    }
}
