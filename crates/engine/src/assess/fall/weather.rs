//! The wind over height as it may be: what such days are like, and what falling bodies have shown of this one.
//!
//! A light piece of a break-up falls for ten minutes and goes where the wind goes; the wind that carries it has carried others
//! before it. Each that falls measures the wind where it is ([`crate::assess::drift`]), and all forecasts near it, its own among
//! them, draw their winds from what follows: optimal interpolation (L. S. Gandin, Objective Analysis of Meteorological Fields, 1965) over height, one sounding after the
//! other.
//!
//! The zonal mean blows from the west in middle latitudes, strongest near 11 km (the jet stream: Holton & Hakim, An
//! Introduction to Dynamic Meteorology, chapter on the observed structure of the zonally averaged circulation), and changes
//! its side with the season near 60 km. The sizes here are ours: round numbers that a year of such days would give.

use super::draws::{Dimension, Draw};
use crate::assess::TrackId;
use crate::assess::drift::Shown;
use downrange_earth::{Ecef, Site, Time};
use nalgebra::{SMatrix, SVector, Vector2, Vector3};
use std::collections::{BTreeMap, VecDeque};

/// Heights at which winds are drawn; in between they run straight.
pub const LEVEL_M: [f64; LEVELS] = [0.0, 6e3, 11e3, 16e3, 25e3, 40e3, 60e3];
/// How many.
pub const LEVELS: usize = 7;
/// Mean wind to the east in middle latitudes.
const EAST_MPS: [f64; LEVELS] = [2.0, 15.0, 28.0, 16.0, 5.0, 0.0, 0.0];
/// One sigma to the east and to the north.
const EAST_SIGMA_MPS: [f64; LEVELS] = [5.0, 12.0, 20.0, 14.0, 12.0, 25.0, 45.0];
const NORTH_SIGMA_MPS: [f64; LEVELS] = [5.0, 8.0, 10.0, 9.0, 9.0, 10.0, 12.0];
/// Winds this far apart in height go together by 1/e.
const ALIKE_M: f64 = 12e3;

/// A sounding tells of the wind beside it but for what the straight lines between the levels leave out, and this much more
/// with each such distance and hour away.
const BETWEEN_LEVELS_MPS: f64 = 5.0;
const AWAY_MPS: f64 = 6.0;
const AWAY_M: f64 = 300e3;
const LATER_MPS: f64 = 4.0;
const LATER_S: f64 = 3_600.0;
/// Farther or longer ago it tells nothing.
const FAR_M: f64 = 1.5e6;
const OLD_S: f64 = 6.0 * 3_600.0;
/// Soundings are made of winds that are shown this well.
const KNOWN_SIGMA_MPS: f64 = 25.0;
/// One sounding of each track in each such layer; those of one layer err together beyond so many of them.
const LAYER_M: f64 = 1_500.0;
const ALONE_IN_LAYER: f64 = 2.0;
/// A sounding that is off by more sigmas was none: a track of the plots of several bodies, or one that glides.
const UNLIKELY_SIGMAS: f64 = 4.0;
/// So many are kept.
const KEPT_MAX: usize = 400;

/// The wind that one body showed where it fell.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sounding {
    track: TrackId,
    layer: i32,
    time: Time,
    place_m: Vector3<f64>,
    height_m: f64,
    latitude_rad: f64,
    /// To the east and to the north, and how well its body shows that.
    wind_mps: Vector2<f64>,
    sigma_mps: f64,
}

/// What falling bodies have shown of the wind.
#[derive(Debug, Clone, Default)]
pub struct Weather {
    soundings: VecDeque<Sounding>,
}

impl Weather {
    /// Takes note of the wind that a body shows.
    pub fn note(&mut self, track: TrackId, shown: &Shown) {
        if shown.sigma_mps > KNOWN_SIGMA_MPS {
            return;
        }
        let sounding = sounding(track, shown);
        self.soundings.retain(|old| (old.track, old.layer) != (sounding.track, sounding.layer));
        if self.soundings.len() == KEPT_MAX {
            self.soundings.pop_front();
        }
        self.soundings.push_back(sounding);
    }

    /// The wind over a place, as it may be.
    pub fn over(&self, time: Time, place: Ecef) -> Winds {
        let mut winds = Winds::default();
        let near: Vec<(&Sounding, f64)> = (self.soundings.iter())
            .filter_map(|one| {
                let (away_m, ago_s) = ((one.place_m - place.0).norm(), libm::fabs(time.seconds_since(one.time)));
                let apart_mps = libm::hypot(AWAY_MPS * away_m / AWAY_M, LATER_MPS * ago_s / LATER_S);
                (away_m < FAR_M && ago_s < OLD_S).then_some((one, libm::hypot(BETWEEN_LEVELS_MPS, apart_mps)))
            })
            .collect();
        let mut of_layer: BTreeMap<i32, f64> = BTreeMap::new();
        near.iter().for_each(|(sounding, _)| *of_layer.entry(sounding.layer).or_default() += 1.0);
        for (sounding, apart_mps) in &near {
            // What they err by together stays however many there are.
            let together = (of_layer[&sounding.layer] / ALONE_IN_LAYER).max(1.0);
            winds.learn(sounding, libm::hypot(*apart_mps, sounding.sigma_mps) * libm::sqrt(together));
        }
        winds.east.settle();
        winds.north.settle();
        winds
    }
}

fn sounding(track: TrackId, shown: &Shown) -> Sounding {
    let place = Ecef(shown.place_m);
    let site = Site::new(place.geodetic());
    let height_m = site.geodetic().height_m;
    Sounding {
        track,
        layer: libm::floor(height_m / LAYER_M) as i32,
        time: shown.time,
        place_m: place.0,
        height_m,
        latitude_rad: site.geodetic().latitude_rad,
        wind_mps: (*site.ecef_to_enu() * shown.wind_mps).xy(),
        sigma_mps: shown.sigma_mps,
    }
}

/// Mean wind and sigma to the east at a level. Easterlies blow in the tropics, and less blows near the poles: where the mean
/// says less, more is possible.
fn east_mps(level: usize, latitude_rad: f64) -> (f64, f64) {
    let west = libm::sin(2.0 * libm::fabs(latitude_rad)).max(0.0);
    (EAST_MPS[level] * west, libm::hypot(EAST_SIGMA_MPS[level], EAST_MPS[level] * (1.0 - west)))
}

type Levels = SVector<f64, LEVELS>;

/// Winds at the levels, to one side: what they differ from the mean of such days, in its sigmas.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Unlike {
    mean: Levels,
    covariance: SMatrix<f64, LEVELS, LEVELS>,
    lower: SMatrix<f64, LEVELS, LEVELS>,
}

impl Default for Unlike {
    fn default() -> Unlike {
        let alike = |i: usize, k: usize| libm::exp(-libm::fabs(LEVEL_M[i] - LEVEL_M[k]) / ALIKE_M);
        let covariance = SMatrix::from_fn(alike);
        Unlike { mean: Levels::zeros(), covariance, lower: lower_of(&covariance) }
    }
}

fn lower_of(covariance: &SMatrix<f64, LEVELS, LEVELS>) -> SMatrix<f64, LEVELS, LEVELS> {
    // What was learnt leaves the matrix positive but for rounding.
    let sure = (covariance + covariance.transpose()) * 0.5 + SMatrix::identity() * 1e-9;
    sure.cholesky().map_or_else(|| SMatrix::from_diagonal(&sure.diagonal().map(libm::sqrt)), |root| root.l())
}

impl Unlike {
    /// Takes one value, `row` · what they differ + noise (Kalman); what is too unlikely is left out.
    fn learn(&mut self, row: &Levels, value_mps: f64, sigma_mps: f64) {
        let reach = self.covariance * row;
        let variance = row.dot(&reach) + sigma_mps * sigma_mps;
        let off_mps = value_mps - row.dot(&self.mean);
        if off_mps * off_mps > UNLIKELY_SIGMAS * UNLIKELY_SIGMAS * variance {
            return;
        }
        self.mean += reach * (off_mps / variance);
        self.covariance -= reach * reach.transpose() / variance;
    }

    /// To be called when all is learnt.
    fn settle(&mut self) {
        self.lower = lower_of(&self.covariance);
    }

    fn drawn(&self, draw: &Draw, first: usize) -> Levels {
        self.mean + self.lower * Levels::from_fn(|level, _| draw.normal_at(Dimension::Wind, first + level))
    }
}

/// The wind over a place, as it may be.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Winds {
    east: Unlike,
    north: Unlike,
}

impl Winds {
    fn learn(&mut self, sounding: &Sounding, sigma_mps: f64) {
        let shares = shares(sounding.height_m);
        let zonal: [(f64, f64); LEVELS] = core::array::from_fn(|level| east_mps(level, sounding.latitude_rad));
        let mean_mps: f64 = shares.iter().zip(&zonal).map(|(share, (mean, _))| share * mean).sum();
        let east = Levels::from_fn(|level, _| shares[level] * zonal[level].1);
        let north = Levels::from_fn(|level, _| shares[level] * NORTH_SIGMA_MPS[level]);
        self.east.learn(&east, sounding.wind_mps.x - mean_mps, sigma_mps);
        self.north.learn(&north, sounding.wind_mps.y, sigma_mps);
    }

    /// A drawn wind, to the east and to the north at each level.
    pub fn drawn(&self, latitude_rad: f64, draw: &Draw) -> [Vector2<f64>; LEVELS] {
        let (east, north) = (self.east.drawn(draw, 0), self.north.drawn(draw, LEVELS));
        core::array::from_fn(|level| {
            let (mean_mps, sigma_mps) = east_mps(level, latitude_rad);
            Vector2::new(mean_mps + sigma_mps * east[level], NORTH_SIGMA_MPS[level] * north[level])
        })
    }
}

/// The levels between which a height lies, and its share of the upper one.
pub fn between(height_m: f64) -> (usize, f64) {
    let upper = (1..LEVELS - 1).find(|&level| height_m < LEVEL_M[level]).unwrap_or(LEVELS - 1);
    let share = (height_m - LEVEL_M[upper - 1]) / (LEVEL_M[upper] - LEVEL_M[upper - 1]);
    (upper, share.clamp(0.0, 1.0))
}

/// What share each level has in the wind at a height.
fn shares(height_m: f64) -> [f64; LEVELS] {
    let (upper, share) = between(height_m);
    let mut shares = [0.0; LEVELS];
    (shares[upper - 1], shares[upper]) = (1.0 - share, share);
    shares
}

#[cfg(test)]
mod tests {
    use super::super::draws::Draws;
    use super::*;
    use downrange_earth::Geodetic;

    const LATITUDE_DEG: f64 = 38.0;

    fn sounding(number: u64, height_m: f64, wind_mps: [f64; 2], sigma_mps: f64) -> Sounding {
        let place = Geodetic::from_degrees(LATITUDE_DEG, 135.0, height_m);
        Sounding {
            track: TrackId(number),
            layer: libm::floor(height_m / LAYER_M) as i32,
            time: Time::from_tai_ns(0),
            place_m: place.ecef().0,
            height_m,
            latitude_rad: place.latitude_rad,
            wind_mps: Vector2::from(wind_mps),
            sigma_mps,
        }
    }

    fn over(soundings: &[Sounding], east_km: f64) -> Winds {
        let weather = Weather { soundings: soundings.iter().copied().collect() };
        let place = Geodetic::from_degrees(LATITUDE_DEG, 135.0 + east_km / 87.8, 0.0);
        weather.over(Time::from_tai_ns(0), place.ecef())
    }

    /// Mean and sigma of the drawn wind at a level.
    fn drawn(winds: &Winds, level: usize) -> (Vector2<f64>, Vector2<f64>) {
        let draws = Draws::new(240);
        let all: Vec<Vector2<f64>> =
            (0..240).map(|n| winds.drawn(LATITUDE_DEG.to_radians(), &draws.of(n))[level]).collect();
        let mean = all.iter().sum::<Vector2<f64>>() / 240.0;
        let variance = all.iter().map(|w| (w - mean).component_mul(&(w - mean))).sum::<Vector2<f64>>() / 240.0;
        (mean, variance.map(f64::sqrt))
    }

    /// One sounding at a level: a Gaussian of two numbers, whose conditional is in every book.
    #[test]
    fn val_one_sounding_at_a_level_is_the_conditional_of_a_gaussian() {
        let winds = over(&[sounding(1, LEVEL_M[4], [5.0, 20.0], 12.0)], 0.0);
        let (prior, noise) = (NORTH_SIGMA_MPS[4], libm::hypot(12.0, BETWEEN_LEVELS_MPS));
        let (variance, total) = (prior * prior, prior * prior + noise * noise);
        assert!((winds.north.mean[4] * prior - 20.0 * variance / total).abs() < 0.1);
        assert!((winds.north.covariance[(4, 4)] * variance - variance * noise * noise / total).abs() < 0.2);
    }

    #[test]
    fn soundings_narrow_the_wind_where_they_are_and_leave_it_elsewhere() {
        let soundings: Vec<Sounding> = (0..6).map(|n| sounding(n, 11e3, [60.0, -15.0], 6.0)).collect();
        let (known, unknown) = (over(&soundings, 0.0), Winds::default());
        let ((mean, sigma), (_, before)) = (drawn(&known, 2), drawn(&unknown, 2));
        assert!((mean.x - 60.0).abs() < 6.0 && (mean.y + 15.0).abs() < 4.0, "{mean}");
        assert!(sigma.x < 0.4 * before.x && sigma.y < 0.6 * before.y, "{sigma} {before}");
        // Far above, and far away, it is as on any day.
        let (high, any) = (drawn(&known, 6), drawn(&unknown, 6));
        assert!((high.1.x / any.1.x - 1.0).abs() < 0.02 && (high.0.x - any.0.x).abs() < 2.0, "{high:?} {any:?}");
        assert!(drawn(&over(&soundings, 1_000.0), 2).1.x > 1.3 * sigma.x);
        assert_eq!(over(&soundings, 2_000.0), unknown);
    }

    #[test]
    fn what_cannot_be_a_wind_is_left_out() {
        assert_eq!(over(&[sounding(1, 11e3, [400.0, 300.0], 6.0)], 0.0).east.mean, Levels::zeros());
    }

    #[test]
    fn prop_many_soundings_never_make_it_surer_than_they_err_together() {
        let soundings: Vec<Sounding> = (0..300).map(|n| sounding(n, 11e3, [28.0, 0.0], 3.0)).collect();
        let (_, sigma) = drawn(&over(&soundings, 0.0), 2);
        let least_mps = BETWEEN_LEVELS_MPS / libm::sqrt(ALONE_IN_LAYER);
        assert!(sigma.y > 0.9 * least_mps && sigma.y < 1.2 * BETWEEN_LEVELS_MPS, "{sigma}");
    }
}
