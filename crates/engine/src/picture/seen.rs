//! A plot as the filters take it: what is measured, how it follows from a state, and how sure the sensor is.

use crate::plot::{Measurement, Plot, Sensor, SensorKind};
use downrange_earth::{Ecef, RangeAzimuthElevation, Time};
use downrange_track::filter::{Dynamics, Observation, ekf};
use downrange_track::gaussian::Gaussian;
use downrange_track::motion::Motion;
use downrange_track::observe::{LineOfSight, Radar, RadarWithRate};
use nalgebra::{Matrix3, SMatrix, SVector, Vector2, Vector3, Vector4};

/// Length of the state of a track: position, velocity, three extras of the motion model.
pub const STATE: usize = 9;

/// One plot with its sensor's observation model.
#[derive(Debug, Clone)]
pub struct Seen {
    /// When it was true.
    pub time: Time,
    /// Density of false plots in the space of this measurement.
    pub clutter_density: f64,
    model: Model,
}

#[derive(Debug, Clone)]
enum Model {
    Position(Radar, Vector3<f64>),
    PositionAndRate(RadarWithRate, Vector4<f64>),
    Direction(LineOfSight, Vector2<f64>),
}

/// Result of one mode's update.
pub struct Updated {
    /// The state after the plot.
    pub estimate: Gaussian<STATE>,
    /// Log of the likelihood of the plot.
    pub log_likelihood: f64,
    /// Normalised innovation squared.
    pub nis: f64,
    /// Numbers measured.
    pub dimension: usize,
}

impl Seen {
    /// Ties a plot to its sensor. `None` when the measurement does not fit the kind of sensor.
    pub fn new(sensor: &Sensor, plot: &Plot) -> Option<Seen> {
        let model = match (&sensor.kind, plot.measurement) {
            (
                SensorKind::Radar {
                    range_sigma_m, azimuth_sigma_rad, elevation_sigma_rad, range_rate_sigma_mps, ..
                },
                Measurement::Radar { range_m, azimuth_rad, elevation_rad, range_rate_mps },
            ) => {
                let radar = Radar {
                    site: sensor.site,
                    sigma_range_m: *range_sigma_m,
                    sigma_azimuth_rad: *azimuth_sigma_rad,
                    sigma_elevation_rad: *elevation_sigma_rad,
                };
                match (range_rate_mps, range_rate_sigma_mps) {
                    (Some(range_rate_mps), Some(sigma_mps)) => Model::PositionAndRate(
                        RadarWithRate { radar, sigma_range_rate_mps: *sigma_mps },
                        Vector4::new(range_m, azimuth_rad, elevation_rad, range_rate_mps),
                    ),
                    _ => Model::Position(radar, Vector3::new(range_m, azimuth_rad, elevation_rad)),
                }
            }
            (SensorKind::Infrared { angle_sigma_rad, .. }, Measurement::Infrared { line_of_sight }) => {
                Model::Direction(
                    LineOfSight::new(sensor.site.ecef(), line_of_sight, *angle_sigma_rad)?,
                    Vector2::zeros(),
                )
            }
            _ => return None,
        };
        let with_rate = matches!(model, Model::PositionAndRate(..));
        Some(Seen { time: plot.time, clutter_density: super::coverage::clutter_density(sensor, with_rate), model })
    }

    /// The direction, a unit vector in ECEF axes, if only that was measured.
    pub fn direction(&self) -> Option<Vector3<f64>> {
        match &self.model {
            Model::Direction(line, _) => Some(line.direction()),
            _ => None,
        }
    }

    /// Where it is, if it is a radar plot.
    pub fn place(&self) -> Option<Ecef> {
        let at = |site: &downrange_earth::Site, z: [f64; 3]| {
            site.place_at(RangeAzimuthElevation { range_m: z[0], azimuth_rad: z[1], elevation_rad: z[2] })
        };
        match &self.model {
            Model::Position(radar, z) => Some(at(&radar.site, [z[0], z[1], z[2]])),
            Model::PositionAndRate(rated, z) => Some(at(&rated.radar.site, [z[0], z[1], z[2]])),
            Model::Direction(..) => None,
        }
    }

    /// One sigma of the place across the line of sight, for a radar plot.
    pub fn place_sigma_m(&self) -> f64 {
        let across = |radar: &Radar, range_m: f64| {
            range_m * radar.sigma_azimuth_rad.max(radar.sigma_elevation_rad) + radar.sigma_range_m
        };
        match &self.model {
            Model::Position(radar, z) => across(radar, z[0]),
            Model::PositionAndRate(rated, z) => across(&rated.radar, z[0]),
            Model::Direction(..) => 0.0,
        }
    }

    /// Distance of a place from the line along which it was seen; zero for a radar plot.
    pub fn distance_off_line_m(&self, place: Ecef) -> f64 {
        match &self.model {
            Model::Direction(line, _) => {
                let from_sensor = place.0 - line.place().0;
                from_sensor.cross(&line.direction()).norm()
            }
            _ => 0.0,
        }
    }

    /// The part of a spread (sums of squares along three axes) that is across the line along which it was seen; all of it for a radar
    /// plot.
    pub fn across(&self, covariance: &Matrix3<f64>) -> f64 {
        covariance.trace() - self.direction().map_or(0.0, |line| line.dot(&(covariance * line)))
    }

    /// Updates one mode. `None` when the numbers do not allow it (nothing is changed then).
    pub fn update(&self, motion: &Motion, estimate: &Gaussian<STATE>, at: Time) -> Option<Updated> {
        let dt_s = self.time.seconds_since(at);
        match &self.model {
            Model::Position(observation, z) => update_moved(observation, motion, dt_s, estimate, z),
            Model::PositionAndRate(observation, z) => {
                let (observation, z) = for_state(observation, z, estimate);
                update_moved(&observation, motion, dt_s, estimate, &z)
            }
            Model::Direction(observation, z) => update_moved(observation, motion, dt_s, estimate, z),
        }
    }

    /// Log-likelihood and normalised innovation squared of the plot under one mode.
    pub fn likelihood(&self, motion: &Motion, estimate: &Gaussian<STATE>, at: Time) -> Option<(f64, f64)> {
        let dt_s = self.time.seconds_since(at);
        match &self.model {
            Model::Position(observation, z) => likelihood_moved(observation, motion, dt_s, estimate, z),
            Model::PositionAndRate(observation, z) => {
                let (observation, z) = for_state(observation, z, estimate);
                likelihood_moved(&observation, motion, dt_s, estimate, &z)
            }
            Model::Direction(observation, z) => likelihood_moved(observation, motion, dt_s, estimate, z),
        }
    }
}

/// The radar and its plot for a state that is known badly: see [`RadarWithRate::second_order`].
fn for_state(
    observation: &RadarWithRate,
    measured: &Vector4<f64>,
    estimate: &Gaussian<STATE>,
) -> (RadarWithRate, Vector4<f64>) {
    let (observation, above_mps) = observation.second_order(estimate);
    (observation, measured - Vector4::new(0.0, 0.0, 0.0, above_mps))
}

/// An observation made up to a look before the time of the state: the state is moved back there first, with the
/// acceleration that its motion has now. Without process noise over that time, which is at most one look
/// (Bar-Shalom's one-step-lag update with Q → 0).
struct Moved<'a, O> {
    observation: &'a O,
    motion: &'a Motion,
    dt_s: f64,
}

impl<O> Moved<'_, O> {
    fn moved(&self, state: &SVector<f64, STATE>) -> SVector<f64, STATE> {
        let span_s = libm::fabs(self.dt_s);
        let ahead = self.motion.advance(state, span_s);
        let mut moved = *state;
        for axis in 0..3 {
            let acceleration_mps2 = (ahead[3 + axis] - state[3 + axis]) / span_s;
            moved[axis] += state[3 + axis] * self.dt_s + 0.5 * acceleration_mps2 * self.dt_s * self.dt_s;
            moved[3 + axis] += acceleration_mps2 * self.dt_s;
        }
        moved
    }
}

impl<const M: usize, O: Observation<STATE, M>> Observation<STATE, M> for Moved<'_, O> {
    fn expect(&self, state: &SVector<f64, STATE>) -> SVector<f64, M> {
        self.observation.expect(&self.moved(state))
    }

    fn jacobian(&self, state: &SVector<f64, STATE>) -> SMatrix<f64, M, STATE> {
        let mut jacobian = self.observation.jacobian(&self.moved(state));
        // Position there = position here + velocity·dt; the acceleration is taken as known.
        for axis in 0..3 {
            for row in 0..M {
                let by_place = jacobian[(row, axis)];
                jacobian[(row, 3 + axis)] += by_place * self.dt_s;
            }
        }
        jacobian
    }

    fn noise(&self) -> SMatrix<f64, M, M> {
        self.observation.noise()
    }

    fn residual(&self, measured: &SVector<f64, M>, expected: &SVector<f64, M>) -> SVector<f64, M> {
        self.observation.residual(measured, expected)
    }
}

/// Times closer than this need no moving.
const SAME_TIME_S: f64 = 1e-6;

fn update_moved<const M: usize, O: Observation<STATE, M>>(
    observation: &O,
    motion: &Motion,
    dt_s: f64,
    estimate: &Gaussian<STATE>,
    measured: &SVector<f64, M>,
) -> Option<Updated> {
    let (estimate, innovation) = if libm::fabs(dt_s) < SAME_TIME_S {
        ekf::update(observation, estimate, measured)?
    } else {
        ekf::update(&Moved { observation, motion, dt_s }, estimate, measured)?
    };
    Some(Updated { estimate, log_likelihood: innovation.log_likelihood(), nis: innovation.nis(), dimension: M })
}

fn likelihood_moved<const M: usize, O: Observation<STATE, M>>(
    observation: &O,
    motion: &Motion,
    dt_s: f64,
    estimate: &Gaussian<STATE>,
    measured: &SVector<f64, M>,
) -> Option<(f64, f64)> {
    let innovation = if libm::fabs(dt_s) < SAME_TIME_S {
        ekf::innovation(observation, estimate, measured)?
    } else {
        ekf::innovation(&Moved { observation, motion, dt_s }, estimate, measured)?
    };
    Some((innovation.log_likelihood(), innovation.nis()))
}

impl Seen {
    /// For a direction: the place on the line at the presumed height, with a covariance that is long along the line.
    /// Where the line passes the Earth above that height: its lowest point. `None` when it looks away from the Earth.
    pub fn presumed_place(&self, height_m: f64, height_sigma_m: f64) -> Option<(Ecef, Matrix3<f64>)> {
        let Model::Direction(line, _) = &self.model else { return None };
        let (origin, direction) = (line.place().0, line.direction());
        // A sphere through the shell at this latitude is near enough: the presumed height is far less certain.
        let lowest_m = -origin.dot(&direction);
        if lowest_m <= 0.0 {
            return None;
        }
        let nearest = origin + direction * lowest_m;
        let local_radius_m = nearest.norm() - Ecef(nearest).geodetic().height_m;
        let shell_m = local_radius_m + height_m;
        let half_chord_m = libm::sqrt((shell_m * shell_m - nearest.norm_squared()).max(0.0));
        let mut place = origin + direction * (lowest_m - half_chord_m);
        // The ellipsoid is not a sphere: two corrections bring the height right to metres.
        for _ in 0..2 {
            let up_cosine = -direction.dot(&place.normalize());
            if up_cosine > 0.05 {
                place += direction * ((Ecef(place).geodetic().height_m - height_m) / up_cosine);
            }
        }
        let up_cosine = libm::fabs(direction.dot(&place.normalize())).max(0.1);
        let along_sigma_m = height_sigma_m / up_cosine;
        /// Across the line: wide, the plot itself then narrows it.
        const ACROSS_SIGMA_M: f64 = 20e3;
        let along = direction * direction.transpose();
        let covariance =
            along * (along_sigma_m * along_sigma_m) + (Matrix3::identity() - along) * (ACROSS_SIGMA_M * ACROSS_SIGMA_M);
        Some((Ecef(place), covariance))
    }
}
