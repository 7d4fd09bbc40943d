//! How small the 95 % area of a fall could be at best: what the plots can tell of the flight, and what nobody can know of the air.
//!
//! The state at burnout (place, velocity, logarithm of the ballistic coefficient) and the day's air decide the fall. Without
//! process noise the posterior Cramér–Rao bound of that state is the recursion of Tichavský, Muravchik and Nehorai
//! ("Posterior Cramér-Rao bounds for discrete-time nonlinear filtering", IEEE Trans. Signal Processing 46(5), 1998) with F of
//! the motion and Q = 0, as Taylor had it before ("The Cramér-Rao estimation error lower bound computation for deterministic
//! nonlinear systems", IEEE Trans. Automatic Control 24(2), 1979). Written for the state at burnout the information of each
//! plot adds: J = P₀⁻¹ + Σ (∂h/∂x)ᵀ R⁻¹ (∂h/∂x). The derivatives are differences of the simulator's own flights from a state
//! that was moved to either side, so that no model of the tracker is in the bound, and it is taken at the true flight.
//!
//! Mapped to the ground, C = G J⁻¹ Gᵀ + A, with G the derivative of the place of the fall, and A the scatter of the fall when
//! the rest of the way is flown through other days' air. The area is that of the ellipse that holds 95 % of a normal
//! distribution with this covariance.
//!
//! The bound is taken at the true coefficient: of a heavy body, whose fall the air hardly moves, it is small, although nobody knows
//! that it is heavy before the air shows it. So a second area is set beside it: that of somebody who knows how coefficients are
//! drawn, and what the plots told of this one, but not this one. Falls are then no normal distribution: where heavy bodies come down
//! they lie close together, and light ones fall far short of it. So it is a mixture of normal ones, a part for each slice of the
//! bodies that are left: where such a body comes down on the mean of other days, with G J⁻¹ Gᵀ without the coefficient and its
//! scatter through their air. The smallest area of 95 % is where its density is highest ([`Mixture::smallest95_m2`]).
//!
//! What it leaves out: plots before burnout (the prior takes their place), whatever the way already flown in the air told of
//! the day's air, and that the Cramér–Rao bound need not be reached by any estimator.

use super::mixture::{Mixture, Part, ellipse95_m2};
use downrange_earth::{Ecef, Site};
use downrange_engine::assess::energy::{normal_below, normal_quantile};
use downrange_sim::flight::body::{End, Leg, Start, fly};
use downrange_sim::flight::missile::{Manoeuvre, Missile};
use downrange_sim::flight::path::{Knot, Path};
use downrange_sim::flight::{Object, Plan};
use downrange_sim::physics::air::Air;
use downrange_sim::physics::drag::{Drag, Shape};
use downrange_sim::sensor::{Plot, Sensor, SensorKind};
use downrange_sim::{BALLISTIC_COEFFICIENTS_KGPM2, Scenario, World};
use downrange_track::filter::Observation;
use downrange_track::measure::CramerRao;
use nalgebra::{Matrix2, RowSVector, SMatrix, SVector, Vector1, Vector2, Vector3};

/// Components of the state: place (3), velocity (3), logarithm of the ballistic coefficient.
const N: usize = 7;
/// Which of them is the coefficient.
const COEFFICIENT: usize = 6;
/// The prior at burnout, one sigma each way: wide, since what was seen before burnout is not counted.
pub const PRIOR_PLACE_M: f64 = 10e3;
/// The same of the velocity.
pub const PRIOR_SPEED_MPS: f64 = 300.0;
/// The same of the logarithm of the ballistic coefficient: ln 6.083 / √12, the spread that it is drawn with (see
/// [`downrange_sim::Class`]).
pub const PRIOR_LOG_COEFFICIENT: f64 = 0.521;
/// The flight is moved by so much to either side for its derivatives.
const ASIDE: [f64; 3] = [100.0, 1.0, 0.02];
/// Fewer plots since burnout leave the bound to the prior; no ratio is taken then.
const PLOTS_LEAST: usize = 3;
/// Airs of other days that the rest of the way is flown through: by the true body, and by one of each slice of bodies.
const AIRS: u64 = 16;
const AIRS_FEW: u64 = 6;
/// Slices of bodies, all as probable.
const SLICES: usize = 16;
/// Longest way to the ground that is followed, and the length of its steps.
const LONGEST_S: f64 = 9_000.0;
const STEP_S: f64 = 2.0;
const COARSE_S: f64 = 6.0;
/// What the engine adds to every fall whatever it knows, one sigma each way.
pub const FLOOR_M: f64 = downrange_engine::assess::fall::PLACE_SIGMA_M;

/// A 95 % area as it was said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Said {
    /// Of this time, seconds after the epoch.
    pub time_s: f64,
    /// Its size.
    pub area_km2: f64,
}

/// A said area against the smallest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// Said area over the smallest.
    pub to_bound_ratio: f64,
    /// The same with what the engine adds to every fall ([`FLOOR_M`]) added to the smallest, too.
    pub to_floored_ratio: f64,
    /// Said area over that of somebody who knows how coefficients are drawn, but not this one.
    pub to_drawn_ratio: f64,
    /// The smallest.
    pub bound_km2: f64,
    /// What would be the smallest if the air were known: what the plots leave open of the flight alone.
    pub state_km2: f64,
}

/// The ratios of what was said of the ballistic flight of a world; nothing where the world has none, or too few plots of it.
pub fn ratios(scenario: &Scenario, world: &World, said: &[Said]) -> Vec<Ratio> {
    let Some((number, missile)) = ballistic(scenario, world) else { return Vec::new() };
    let Some(fan) = Fan::new(&world.objects[number], missile, &scenario.drawn_air()) else { return Vec::new() };
    said.iter().filter_map(|said| ratio(scenario, world, number, &fan, said)).collect()
}

/// The number of the object that the flight of this scenario is, where it falls freely after its burn.
fn ballistic<'a>(scenario: &'a Scenario, world: &World) -> Option<(usize, &'a Missile)> {
    let flight = scenario.flights.first()?;
    let Plan::Missile(missile) = &flight.plan else { return None };
    let number = world.objects.iter().position(|object| object.name == flight.name)?;
    (missile.lift == Manoeuvre::None).then_some((number, missile))
}

fn ratio(scenario: &Scenario, world: &World, number: usize, fan: &Fan, said: &Said) -> Option<Ratio> {
    let (bound, count) = fan.bound(world, number, said.time_s)?;
    let of_state = on_ground(&bound, &fan.ground())?;
    let (_, of_air) = other_days(scenario, fan, said.time_s, 0.0, AIRS)?;
    let covariance = of_state + of_air;
    let drawn = Bodies::left_by(&bound, fan.log_coefficient)?.falls(scenario, &bound, fan, said.time_s)?;
    let area_km2 = |covariance: &Matrix2<f64>| ellipse95_m2(covariance) / 1e6;
    let bound_km2 = area_km2(&covariance);
    let floored_km2 = area_km2(&(covariance + Matrix2::identity() * (FLOOR_M * FLOOR_M)));
    (count >= PLOTS_LEAST).then_some(Ratio {
        to_bound_ratio: said.area_km2 / bound_km2,
        to_floored_ratio: said.area_km2 / floored_km2,
        to_drawn_ratio: said.area_km2 / (drawn.smallest95_m2() / 1e6),
        bound_km2,
        state_km2: area_km2(&of_state),
    })
}

/// The coefficients that plots leave possible of those that are drawn: a normal distribution of their logarithms, cut off where no
/// more are drawn. Logarithms are relative to the true one.
struct Bodies {
    least: f64,
    most: f64,
    sigma: f64,
}

impl Bodies {
    /// What plots told beyond the prior is what is left of the information when the prior's, 1, is taken away.
    fn left_by(bound: &CramerRao<N>, log_coefficient: f64) -> Option<Bodies> {
        let variance = bound.covariance()?[(COEFFICIENT, COEFFICIENT)];
        let told = (1.0 / variance - 1.0).max(TOLD_LEAST);
        let [least, most] = BALLISTIC_COEFFICIENTS_KGPM2.map(|kgpm2| kgpm2.ln() - log_coefficient);
        Some(Bodies { least, most, sigma: PRIOR_LOG_COEFFICIENT / told.sqrt() })
    }

    /// The logarithm below which this part of them lies.
    fn log_aside(&self, part: f64) -> f64 {
        let [below_least, below_most] = [self.least, self.most].map(|log_aside| normal_below(log_aside / self.sigma));
        self.sigma * normal_quantile(below_least + part * (below_most - below_least))
    }

    /// Where they come down from this time on.
    fn falls(&self, scenario: &Scenario, bound: &CramerRao<N>, fan: &Fan, time_s: f64) -> Option<Mixture> {
        let motion = fan.ground().map_with_location(|_, k, slope| if k == COEFFICIENT { 0.0 } else { slope });
        let of_state = on_ground(bound, &motion)?;
        let slice = |number: usize| {
            let log_aside = self.log_aside((number as f64 + 0.5) / SLICES as f64);
            let (mean, of_air) = other_days(scenario, fan, time_s, log_aside, AIRS_FEW)?;
            Some(Part { mean, covariance: of_state + of_air })
        };
        let parts: Option<Vec<Part>> = (0..SLICES).map(slice).collect();
        Some(Mixture::joined(parts?))
    }
}

/// Plots that tell less than this of the coefficient, against the prior, tell nothing.
const TOLD_LEAST: f64 = 1e-4;

/// One measured number: how it goes with the state (in sigmas of the prior), and its noise.
struct Seen {
    row: RowSVector<f64, N>,
    sigma: f64,
}

impl Observation<N, 1> for Seen {
    fn expect(&self, state: &SVector<f64, N>) -> Vector1<f64> {
        self.row * state
    }

    fn jacobian(&self, _: &SVector<f64, N>) -> SMatrix<f64, 1, N> {
        self.row
    }

    fn noise(&self) -> Vector1<f64> {
        Vector1::new(self.sigma * self.sigma)
    }
}

/// The true flight after burnout, and flights from a state moved to either side.
struct Fan {
    from_s: f64,
    log_coefficient: f64,
    truth: Path,
    sides: Vec<[Path; 2]>,
    /// Sigma of the prior over the distance of the two sides, for each component.
    scale: [f64; N],
}

impl Fan {
    fn new(object: &Object, missile: &Missile, air: &Air) -> Option<Fan> {
        let from_s = object.burnout_s?;
        let start = object.path.at(from_s)?;
        let log_coefficient = missile.ballistic_coefficient_kgpm2.ln();
        let drag = |log_aside: f64| drag(log_coefficient + log_aside);
        let (mut sides, mut scale) = (Vec::new(), [0.0; N]);
        for (k, scale) in scale.iter_mut().enumerate() {
            let (aside, prior) = match k {
                0..3 => (ASIDE[0], PRIOR_PLACE_M),
                3..6 => (ASIDE[1], PRIOR_SPEED_MPS),
                _ => (ASIDE[2], PRIOR_LOG_COEFFICIENT),
            };
            *scale = prior / (2.0 * aside);
            let side = |aside: f64| {
                let mut moved = start;
                match k {
                    0..3 => moved.place[k] += aside,
                    3..6 => moved.velocity_mps[k - 3] += aside,
                    _ => return flown(air, drag(aside), &moved, STEP_S),
                }
                flown(air, drag(0.0), &moved, STEP_S)
            };
            sides.push([side(aside)?, side(-aside)?]);
        }
        Some(Fan { from_s, log_coefficient, truth: flown(air, drag(0.0), &start, STEP_S)?, sides, scale })
    }

    /// The derivative of something that a flight has, by the state in sigmas of the prior.
    fn slopes(&self, of: impl Fn(&Path) -> Option<f64>) -> Option<RowSVector<f64, N>> {
        let mut row = RowSVector::zeros();
        for (k, [plus, minus]) in self.sides.iter().enumerate() {
            row[k] = (of(plus)? - of(minus)?) * self.scale[k];
        }
        Some(row)
    }

    /// True plots of the object from burnout until a time that had arrived by then.
    fn plots<'w>(&self, world: &'w World, number: usize, until_s: f64) -> Vec<&'w Plot> {
        let is_known = |plot: &&Plot| {
            let is_in_time = (self.from_s..=until_s).contains(&plot.time_s) && plot.received_s <= until_s;
            plot.object == Some(number) && is_in_time
        };
        world.plots.iter().filter(is_known).collect()
    }

    /// What these plots tell of the state at burnout, in sigmas of the prior, and how many they are.
    fn bound(&self, world: &World, number: usize, until_s: f64) -> Option<(CramerRao<N>, usize)> {
        let mut bound = CramerRao::new(&SMatrix::<f64, N, N>::identity())?;
        let sites: Vec<Site> = world.sensors.iter().map(|sensor| Site::new(sensor.position)).collect();
        let plots = self.plots(world, number, until_s);
        for plot in &plots {
            let rows = self.rows(&world.sensors[plot.sensor], &sites[plot.sensor], plot.time_s)?;
            if !rows.iter().all(|seen| bound.update(seen, &[SVector::zeros()], 1.0)) {
                return None;
            }
        }
        Some((bound, plots.len()))
    }

    /// What a sensor measures at a time, one number after the other; nothing after a flight of the fan has come down.
    fn rows(&self, sensor: &Sensor, site: &Site, time_s: f64) -> Option<Vec<Seen>> {
        let truth = self.truth.at(time_s)?;
        let measures = measures(sensor, site, &truth);
        let row = |(measure, sigma): (Measure<'_>, f64)| {
            let row = self.slopes(|path| path.at(time_s).map(|knot| measure(&knot)))?;
            Some(Seen { row, sigma })
        };
        measures.into_iter().map(row).collect()
    }

    /// The derivative of the place of the fall, east and north.
    fn ground(&self) -> SMatrix<f64, 2, N> {
        let Some(fall) = self.truth.knots.last() else { return SMatrix::zeros() };
        let plane = *Site::new(Ecef(fall.place).geodetic()).ecef_to_enu();
        let along = |axis: usize| {
            let axis: Vector3<f64> = plane.row(axis).transpose();
            self.slopes(|path| path.knots.last().map(|knot| axis.dot(&(knot.place - fall.place))))
        };
        match (along(0), along(1)) {
            (Some(east), Some(north)) => SMatrix::from_rows(&[east, north]),
            _ => SMatrix::zeros(),
        }
    }
}

fn drag(log_coefficient: f64) -> Drag {
    Drag::steady(log_coefficient.exp(), Shape::Slender)
}

/// From a moment to the ground; nothing if it does not come down.
fn flown(air: &Air, drag: Drag, from: &Knot, step_s: f64) -> Option<Path> {
    let start = Start::fixed(from.time_s, from.place, from.velocity_mps);
    let mut path = Path::default();
    let (_, end) = fly(air, &Leg::fall(drag, from.time_s + LONGEST_S), start, step_s, &mut path);
    (end == End::Ground).then_some(path)
}

/// A number that a sensor measures of a moment of a flight.
type Measure<'a> = Box<dyn Fn(&Knot) -> f64 + 'a>;

/// What a sensor measures, near the true moment, and with which noise (one sigma), as its file states it.
fn measures<'a>(sensor: &Sensor, site: &'a Site, truth: &Knot) -> Vec<(Measure<'a>, f64)> {
    match sensor.kind {
        SensorKind::Radar { range_m, azimuth_deg, elevation_deg, range_rate_mps, .. } => {
            let look = |knot: &Knot| site.look(Ecef(knot.place));
            let middle_rad = look(truth).azimuth_rad;
            let turn = std::f64::consts::TAU;
            let azimuth = move |knot: &Knot| {
                let off_rad = site.look(Ecef(knot.place)).azimuth_rad - middle_rad;
                off_rad - turn * (off_rad / turn).round()
            };
            let mut all: Vec<(Measure, f64)> = vec![
                (Box::new(move |knot: &Knot| look(knot).range_m), range_m),
                (Box::new(azimuth), azimuth_deg.to_radians()),
                (Box::new(move |knot: &Knot| look(knot).elevation_rad), elevation_deg.to_radians()),
            ];
            if let Some(sigma_mps) = range_rate_mps {
                let rate = |knot: &Knot| sight(site, knot).dot(&knot.velocity_mps);
                all.push((Box::new(rate), sigma_mps));
            }
            all
        }
        SensorKind::Infrared { angle_urad, .. } => {
            let ahead = sight(site, truth);
            let across = ahead.cross(&Vector3::z()).normalize();
            let axes = [across, ahead.cross(&across)];
            let measure = |axis: Vector3<f64>| -> (Measure<'a>, f64) {
                (Box::new(move |knot: &Knot| axis.dot(&sight(site, knot))), angle_urad * 1e-6)
            };
            axes.into_iter().map(measure).collect()
        }
    }
}

/// Direction from a sensor to an object, Earth-fixed.
fn sight(site: &Site, knot: &Knot) -> Vector3<f64> {
    (knot.place - site.ecef().0).normalize()
}

/// Mean (from the true fall) and covariance of the fall, east and north, when the rest of the way is flown through the airs of other
/// days by a body of so much another logarithm of the coefficient.
fn other_days(
    scenario: &Scenario,
    fan: &Fan,
    time_s: f64,
    log_aside: f64,
    airs: u64,
) -> Option<(Vector2<f64>, Matrix2<f64>)> {
    let from = fan.truth.at(time_s)?;
    let fall = fan.truth.knots.last()?;
    let plane = *Site::new(Ecef(fall.place).geodetic()).ecef_to_enu();
    let mut places = Vec::new();
    for day in 1..=airs {
        // Days from another end of the seeds than those of a study's worlds.
        let other = Scenario { seed: !scenario.seed.wrapping_mul(AIRS).wrapping_add(day), ..bare(scenario) };
        let path = flown(&other.drawn_air(), drag(fan.log_coefficient + log_aside), &from, COARSE_S)?;
        let off = plane * (path.knots.last()?.place - fall.place);
        places.push(off.xy());
    }
    let mean = places.iter().sum::<Vector2<f64>>() / places.len() as f64;
    let squares = places.iter().map(|place| (place - mean) * (place - mean).transpose());
    Some((mean, squares.sum::<Matrix2<f64>>() / (places.len() - 1) as f64))
}

/// The plan of the air alone: its draw needs nothing else.
fn bare(scenario: &Scenario) -> Scenario {
    Scenario { flights: Vec::new(), sensors: Vec::new(), ..scenario.clone() }
}

/// G J⁻¹ Gᵀ.
fn on_ground(bound: &CramerRao<N>, ground: &SMatrix<f64, 2, N>) -> Option<Matrix2<f64>> {
    Some(ground * bound.covariance()? * ground.transpose())
}

#[cfg(test)]
mod tests {
    use super::*;
    use downrange_sim::{Options, draw};
    use downrange_track::motion::Motion;
    use downrange_track::observe::{Radar, RadarWithRate};

    /// A body on a straight line, its place east and north measured at times: the variance of a line that is fitted and
    /// continued stands in every book of regression, σ²·(1/n + (T − t̄)²/Σ(t − t̄)²).
    #[test]
    fn val_of_a_straight_line_it_is_the_variance_of_the_regression() {
        let (times_s, at_s, sigma_m) = ([0.0, 1.0, 2.5, 4.0, 7.0, 8.0], 40.0, 30.0);
        // Components 0, 1 are places and 3, 4 velocities, in sigmas of a prior so wide that it says nothing.
        let (place_m, speed_mps) = (1e6, 1e5);
        let mut bound = CramerRao::new(&SMatrix::<f64, N, N>::identity()).unwrap();
        let row = |axis: usize, time_s: f64| {
            let mut row = RowSVector::<f64, N>::zeros();
            row[axis] = place_m;
            row[axis + 3] = speed_mps * time_s;
            row
        };
        for time_s in times_s {
            for axis in 0..2 {
                assert!(bound.update(&Seen { row: row(axis, time_s), sigma: sigma_m }, &[SVector::zeros()], 1.0));
            }
        }
        let ground = SMatrix::from_rows(&[row(0, at_s), row(1, at_s)]);
        let covariance = on_ground(&bound, &ground).unwrap();
        let count = times_s.len() as f64;
        let mean_s = times_s.iter().sum::<f64>() / count;
        let spread_s2: f64 = times_s.iter().map(|t| (t - mean_s) * (t - mean_s)).sum();
        let variance_m2 = sigma_m * sigma_m * (1.0 / count + (at_s - mean_s) * (at_s - mean_s) / spread_s2);
        for axis in 0..2 {
            assert!((covariance[(axis, axis)] / variance_m2 - 1.0).abs() < 1e-5, "{covariance} {variance_m2}");
        }
        let area_m2 = std::f64::consts::PI * 5.991_464_547 * variance_m2;
        assert!((ellipse95_m2(&covariance) / area_m2 - 1.0).abs() < 1e-5);
    }

    /// In vacuum over a short way the fall is that of the school book: from height h, climbing at w, it is down after
    /// t = (w + √(w² + 2gh))/g, and a metre per second of speed along the ground moves it by t metres.
    #[test]
    fn val_a_metre_per_second_moves_the_fall_by_the_time_of_the_fall() {
        let scenario = draw(7, &Options { traffic_count: 0, ..Options::one_flight() });
        let world = scenario.run(|_| ()).unwrap();
        let (number, missile) = ballistic(&scenario, &world).unwrap();
        let fan = Fan::new(&world.objects[number], missile, &scenario.drawn_air()).unwrap();
        let left_s = world.objects[number].path.end_s() - fan.from_s;
        let ground = fan.ground();
        let plane = *Site::new(Ecef(fan.truth.knots.last().unwrap().place).geodetic()).ecef_to_enu();
        // The velocities of the prior, one axis after the other, along east: t·(east axis), but for the curve of the Earth, its
        // turning and the air.
        let along: f64 = (0..3).map(|k| ground[(0, 3 + k)] / PRIOR_SPEED_MPS * plane[(0, k)]).sum();
        assert!((along / left_s - 1.0).abs() < 0.35, "{along} {left_s}");
    }

    /// The same bound of the place at half of the way by another road: the library's recursion, forward in time from plot to plot,
    /// with its model of motion, its integrator and the closed derivatives of its motion and its radars. Here the state at
    /// burnout is kept, and all derivatives are differences of the simulator's flights.
    #[test]
    fn val_the_recursion_of_the_library_bounds_the_place_alike() {
        let scenario = draw(100_002, &Options { fault_probability: 0.0, ..Options::one_flight() });
        let world = scenario.run(|_| ()).unwrap();
        let (number, missile) = ballistic(&scenario, &world).unwrap();
        let fan = Fan::new(&world.objects[number], missile, &scenario.drawn_air()).unwrap();
        let until_s = 0.5 * (fan.from_s + world.objects[number].path.end_s());
        let (bound, count) = fan.bound(&world, number, until_s).unwrap();
        assert!(count > 50, "{count} plots");
        let place = SMatrix::<f64, 3, N>::from_fn(|axis, k| {
            fan.slopes(|path| path.at(until_s).map(|knot| knot.place[axis])).unwrap()[k]
        });
        let ours = place * bound.covariance().unwrap() * place.transpose();
        let theirs = forward(&world, number, &fan, missile, until_s);
        for axis in 0..3 {
            let ratio = ours[(axis, axis)] / theirs[(axis, axis)];
            assert!(
                (ratio - 1.0).abs() < 0.1,
                "axis {axis}: {} m², there {} m²",
                ours[(axis, axis)],
                theirs[(axis, axis)]
            );
        }
    }

    /// Told nothing they are spread as they are drawn, evenly; told all they are the true one.
    #[test]
    fn val_bodies_are_those_that_are_drawn_until_the_air_tells_them_apart() {
        let fresh = CramerRao::new(&SMatrix::<f64, N, N>::identity()).unwrap();
        let bodies = Bodies::left_by(&fresh, 6_000.0_f64.ln()).unwrap();
        for part in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let kgpm2 = 6_000.0 * bodies.log_aside(part).exp();
            let drawn_kgpm2 = 2_400.0 * (14_600.0_f64 / 2_400.0).powf(part);
            assert!((kgpm2 / drawn_kgpm2 - 1.0).abs() < 1e-2, "{part}: {kgpm2}, drawn {drawn_kgpm2}");
        }
        let mut known = fresh;
        let mut row = RowSVector::<f64, N>::zeros();
        row[COEFFICIENT] = PRIOR_LOG_COEFFICIENT;
        assert!(known.update(&Seen { row, sigma: 0.01 }, &[SVector::zeros()], 1.0));
        let bodies = Bodies::left_by(&known, 6_000.0_f64.ln()).unwrap();
        // Tables of the normal distribution: 84.13 % lie below one sigma.
        assert!((bodies.log_aside(0.841_345) - 0.01).abs() < 1e-5 && bodies.log_aside(0.5).abs() < 1e-6);
    }

    fn forward(world: &World, number: usize, fan: &Fan, missile: &Missile, until_s: f64) -> SMatrix<f64, 9, 9> {
        let motion = Motion::Ballistic {
            acceleration_density_m2ps3: 0.0,
            braking_density_s3pm2: 0.0,
            wind_density_m2ps: 0.0,
            space_density_m2ps3: 0.0,
            log_coefficient_density_1ps: 0.0,
        };
        let state = |time_s: f64| {
            let knot = fan.truth.at(time_s).unwrap();
            let (r, v) = (knot.place, knot.velocity_mps);
            SVector::<f64, 9>::from([r.x, r.y, r.z, v.x, v.y, v.z, missile.ballistic_coefficient_kgpm2.ln(), 0.0, 0.0])
        };
        let sigma =
            |k: usize| [PRIOR_PLACE_M, PRIOR_SPEED_MPS, if k == 6 { PRIOR_LOG_COEFFICIENT } else { 1.0 }][k / 3];
        let prior = SVector::<f64, 9>::from_fn(|k, _| sigma(k) * sigma(k));
        let mut bound = CramerRao::new(&SMatrix::from_diagonal(&prior)).unwrap();
        let mut plots = fan.plots(world, number, until_s);
        plots.sort_by(|a, b| a.time_s.total_cmp(&b.time_s));
        let mut now_s = fan.from_s;
        for plot in plots {
            assert!(bound.predict(&motion, &[state(now_s)], plot.time_s - now_s));
            now_s = plot.time_s;
            let sensor = &world.sensors[plot.sensor];
            let SensorKind::Radar { range_m, azimuth_deg, elevation_deg, range_rate_mps, .. } = sensor.kind else {
                panic!("nothing is hot in free fall here")
            };
            let radar = Radar {
                site: Site::new(sensor.position),
                sigma_range_m: range_m,
                sigma_azimuth_rad: azimuth_deg.to_radians(),
                sigma_elevation_rad: elevation_deg.to_radians(),
            };
            let is_seen = match range_rate_mps {
                Some(sigma_range_rate_mps) => {
                    bound.update(&RadarWithRate { radar, sigma_range_rate_mps }, &[state(now_s)], 1.0)
                }
                None => bound.update(&radar, &[state(now_s)], 1.0),
            };
            assert!(is_seen);
        }
        assert!(bound.predict(&motion, &[state(now_s)], until_s - now_s));
        bound.covariance().unwrap()
    }

    #[test]
    fn sim_flown_again_from_burnout_it_falls_where_it_fell_and_more_plots_make_it_smaller() {
        let scenario = draw(100_002, &Options { fault_probability: 0.0, ..Options::one_flight() });
        let world = scenario.run(|_| ()).unwrap();
        let (number, missile) = ballistic(&scenario, &world).unwrap();
        let object = &world.objects[number];
        let fan = Fan::new(object, missile, &scenario.drawn_air()).unwrap();
        let (again, fell) = (fan.truth.knots.last().unwrap(), object.path.knots.last().unwrap());
        assert!((again.place - fell.place).norm() < 5.0, "{}", (again.place - fell.place).norm());
        let at = |part: f64| Said { time_s: fan.from_s + part * (object.path.end_s() - fan.from_s), area_km2: 1.0 };
        let found = ratios(&scenario, &world, &[at(0.25), at(0.5), at(0.75)]);
        assert_eq!(found.len(), 3);
        assert!(found.windows(2).all(|pair| pair[1].bound_km2 < pair[0].bound_km2), "{found:?}");
        assert!(found.iter().all(|one| one.to_floored_ratio < one.to_bound_ratio));
    }
}
