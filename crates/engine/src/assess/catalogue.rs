//! Which object of a satellite catalogue a track is.
//!
//! The core holds no catalogue: it asks what was near a place at a time ([`Question`]), and whoever runs it answers
//! ([`Answer`]). So the answers stand in the journal, and the same inputs give the same bits whatever computed the orbits.

use super::TrackId;
use super::energy::{EARTH_RADIUS_M, normal_below, orbit};
use downrange_earth::{Ecef, Time};
use nalgebra::{Matrix6, Vector3, Vector6};

/// Which catalogued objects were near?
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// For this track.
    pub track: TrackId,
    /// When.
    pub time: Time,
    /// Where.
    pub position: Ecef,
    /// What is farther does not matter.
    pub radius_m: f64,
}

/// What a catalogue says, and to which question.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// For this track.
    pub track: TrackId,
    /// When.
    pub time: Time,
    /// What was near.
    pub objects: Vec<Catalogued>,
}

/// Where a catalogued object was by its elements.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogued {
    /// What it is.
    pub entry: CatalogueEntry,
    /// Where it was.
    pub position: Ecef,
    /// Velocity relative to the rotating Earth.
    pub velocity_mps: Vector3<f64>,
    /// How old its elements were (or how far ahead they lay).
    pub elements_age_s: f64,
}

/// What a catalogue calls an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// Number in the catalogue (NORAD).
    pub number: u64,
    /// Name, where it has one.
    pub name: Option<String>,
}

/// State of a track, to be compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct State {
    pub time: Time,
    /// Position (m) and velocity (m/s).
    pub mean: Vector6<f64>,
    pub covariance: Matrix6<f64>,
}

/// What the catalogue says of a track.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Match {
    pub entry: CatalogueEntry,
    /// ln of how much better the entry explains the track than an uncatalogued flight does.
    pub log_evidence: f64,
    /// Probability that its orbit stays up.
    pub stays_up_probability: f64,
}

/// Elements are good to about 1 km at their epoch and lose 1 to 3 km a day (Vallado et al. 2006, AIAA 2006-6753, section
/// "Introduction"; ours is the larger).
const ELEMENTS_SIGMA_M: f64 = 1e3;
const ELEMENTS_SIGMA_MPS: f64 = 3e3 / 86_400.0;
/// An error along the orbit turns its velocity: by the mean motion of a low orbit (rad/s).
const MEAN_MOTION_RADPS: f64 = 1.1e-3;
/// Older elements say nothing.
const ELEMENTS_AGE_MAX_S: f64 = 30.0 * 86_400.0;
/// ln of the space of states that flights without an entry are spread over: 2,000 km by 2,000 km by 1,000 km, and every
/// velocity up to 8 km/s. Our choice.
const LOG_SPREAD: f64 = 71.2;
/// A match is worth no more than this (ln), and is named from that on.
const LOG_EVIDENCE_MAX: f64 = 8.0;
const LOG_EVIDENCE_TO_NAME: f64 = 4.0;
/// Nothing stays in orbit that dips below this; one sigma of the border.
const STAYS_UP_M: f64 = 120e3;
const STAYS_UP_SIGMA_M: f64 = 10e3;

impl Match {
    /// Whether it is sure enough to be told.
    pub fn is_sure(&self) -> bool {
        self.log_evidence >= LOG_EVIDENCE_TO_NAME
    }
}

/// The best match of the objects near a track, where any explains it better than chance.
pub(super) fn best_match(state: &State, objects: &[Catalogued]) -> Option<Match> {
    let matches = objects.iter().filter_map(|object| {
        let log_evidence = log_evidence(state, object)?;
        let perigee_m = orbit(object.position.0, object.velocity_mps).perigee_m - EARTH_RADIUS_M;
        Some(Match {
            entry: object.entry.clone(),
            log_evidence,
            stays_up_probability: normal_below((perigee_m - STAYS_UP_M) / STAYS_UP_SIGMA_M),
        })
    });
    matches.max_by(|a, b| a.log_evidence.total_cmp(&b.log_evidence).then(b.entry.number.cmp(&a.entry.number)))
}

/// ln of N(track; entry, covariances of both) against a uniform density over [`LOG_SPREAD`]; `None` below zero.
fn log_evidence(state: &State, object: &Catalogued) -> Option<f64> {
    if libm::fabs(object.elements_age_s) > ELEMENTS_AGE_MAX_S {
        return None;
    }
    let place_sigma_m = ELEMENTS_SIGMA_M + ELEMENTS_SIGMA_MPS * libm::fabs(object.elements_age_s);
    let velocity_sigma_mps = 2.0 * MEAN_MOTION_RADPS * place_sigma_m;
    let mut covariance = state.covariance;
    for axis in 0..3 {
        covariance[(axis, axis)] += place_sigma_m * place_sigma_m;
        covariance[(axis + 3, axis + 3)] += velocity_sigma_mps * velocity_sigma_mps;
    }
    let mut difference = state.mean;
    for axis in 0..3 {
        difference[axis] -= object.position.0[axis];
        difference[axis + 3] -= object.velocity_mps[axis];
    }
    let factor = covariance.cholesky()?;
    let log_determinant = 2.0 * (0..6).map(|i| libm::log(factor.l_dirty()[(i, i)])).sum::<f64>();
    let distance2 = difference.dot(&factor.solve(&difference));
    let log_density = -0.5 * (distance2 + log_determinant + 6.0 * libm::log(core::f64::consts::TAU));
    let evidence = log_density + LOG_SPREAD;
    (evidence > 0.0).then_some(evidence.min(LOG_EVIDENCE_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(offset_m: f64) -> Catalogued {
        Catalogued {
            entry: CatalogueEntry { number: 5, name: None },
            position: Ecef(Vector3::new(6_900e3 + offset_m, 0.0, 0.0)),
            velocity_mps: Vector3::new(0.0, 7_100.0, 0.0),
            elements_age_s: 86_400.0,
        }
    }

    fn state(place_sigma_m: f64) -> State {
        let mean = Vector6::new(6_900e3, 0.0, 0.0, 0.0, 7_100.0, 0.0);
        let s = Vector6::new(place_sigma_m, place_sigma_m, place_sigma_m, 50.0, 50.0, 50.0);
        State { time: Time::from_unix(0, 0), mean, covariance: Matrix6::from_diagonal(&s.component_mul(&s)) }
    }

    #[test]
    fn what_is_where_its_elements_say_is_the_entry_and_what_is_elsewhere_is_not() {
        let found = best_match(&state(300.0), &[entry(60e3), entry(2e3)]).expect("the near one");
        assert!(found.is_sure() && found.stays_up_probability > 0.99, "{found:?}");
        assert_eq!(best_match(&state(300.0), &[entry(60e3)]), None);
        assert_eq!(best_match(&state(300.0), &[Catalogued { elements_age_s: 40.0 * 86_400.0, ..entry(0.0) }]), None);
    }

    #[test]
    fn what_its_elements_bring_down_does_not_stay_up() {
        let low = Catalogued { velocity_mps: Vector3::new(0.0, 6_900.0, 0.0), ..entry(0.0) };
        let seen = State { mean: Vector6::new(6_900e3, 0.0, 0.0, 0.0, 6_900.0, 0.0), ..state(300.0) };
        let found = best_match(&seen, &[low]).expect("where it should be");
        assert!(found.is_sure() && found.stays_up_probability < 1e-3, "{found:?}");
    }
}
