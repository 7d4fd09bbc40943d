//! Which object of a satellite catalogue a track is.
//!
//! The core holds no catalogue: it asks what was near a place at a time ([`Question`]), and whoever runs it answers
//! ([`Answer`]). So the answers stand in the journal, and the same inputs give the same bits whatever computed the orbits.

use super::TrackId;
use super::energy::{EARTH_RADIUS_M, inertial_velocity_mps, normal_below, orbit};
use super::kind::young_doubt;
use super::kinematics::Kinematics;
use crate::picture::Track;
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
struct State {
    time: Time,
    /// Position (m) and velocity (m/s).
    mean: Vector6<f64>,
    covariance: Matrix6<f64>,
}

/// What the catalogue says of a track.
#[derive(Debug, Clone, PartialEq)]
struct Match {
    entry: CatalogueEntry,
    /// ln of how much better the entry explains the track than an uncatalogued flight does.
    log_evidence: f64,
    /// Probability that its orbit stays up.
    stays_up_probability: f64,
}

/// When the catalogue was last asked for a track, with which state, and what it said.
#[derive(Debug, Clone, Default)]
pub struct Inquiry {
    asked: Option<State>,
    best: Option<Match>,
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

/// The catalogue is asked for what is this fast (in axes that do not rotate) and high, and known this well; what is farther off
/// than this cannot be it, even with elements of some weeks.
const ASKED_FROM_MPS: f64 = 5_500.0;
const ASKED_FROM_HEIGHT_M: f64 = 100e3;
const ASKED_SIGMA_M: f64 = 50e3;
const ASKED_RADIUS_M: f64 = 200e3;
/// It is asked again after this time, and this share of the track's age.
const ASKED_AGAIN_S: f64 = 4.0;
const ASKED_AGAIN_SHARE: f64 = 0.5;

impl Match {
    /// Whether it is sure enough to be told.
    fn is_sure(&self) -> bool {
        self.log_evidence >= LOG_EVIDENCE_TO_NAME
    }
}

impl Inquiry {
    /// What is to be asked, if it is time: for what may be in orbit, soon again while it is young.
    pub fn question(&mut self, track: &Track) -> Option<Question> {
        let state = Kinematics::of(track);
        let orbital = inertial_velocity_mps(state.place_m, state.velocity_mps).norm() > ASKED_FROM_MPS;
        let age_s = track.last_hit.seconds_since(track.born);
        let every_s = (ASKED_AGAIN_SHARE * age_s).max(ASKED_AGAIN_S);
        let fresh = self.asked.is_none_or(|asked| track.time.seconds_since(asked.time) >= every_s);
        if !orbital || state.height_m < ASKED_FROM_HEIGHT_M || state.place_sigma_m > ASKED_SIGMA_M || !fresh {
            return None;
        }
        let mean = track.combined().mean.fixed_rows::<6>(0).into_owned();
        let doubt = young_doubt(age_s);
        self.asked = Some(State { time: track.time, mean, covariance: track.covariance6() * (doubt * doubt) });
        Some(Question {
            track: track.id,
            time: track.time,
            position: Ecef(state.place_m),
            radius_m: ASKED_RADIUS_M + 5.0 * state.place_sigma_m,
        })
    }

    /// Takes what the catalogue says, and whether that was asked: an answer to another question than the last is none.
    pub fn hear(&mut self, answer: &Answer) -> bool {
        let asked = self.asked.filter(|asked| asked.time == answer.time);
        if let Some(asked) = asked {
            self.best = best_match(&asked, &answer.objects);
        }
        asked.is_some()
    }

    /// The entry that it is, when that is sure enough to be told.
    pub fn sure_entry(&self) -> Option<&CatalogueEntry> {
        self.best.as_ref().filter(|best| best.is_sure()).map(|best| &best.entry)
    }

    /// How much better an entry whose orbit stays up explains it than a flight that is in no catalogue: 0 when none does.
    pub fn ratio(&self) -> f64 {
        self.best.as_ref().map_or(0.0, |best| libm::exp(best.log_evidence) * best.stays_up_probability)
    }
}

/// The best match of the objects near a track, where any explains it better than chance.
fn best_match(state: &State, objects: &[Catalogued]) -> Option<Match> {
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
