//! Areas of what is lost: they grow, and never shrink.

use super::fall::{AIR_TOP_M, Ways};
use super::footprint::{impact, spread};
use super::{FallSample, Impact};

/// An object that may have done something else than was foretold: its areas grow by this share every so many seconds that it is lost,
/// up to a fifth. Our choice.
const GROWTH_STEP_S: f64 = 10.0;
const GROWTH_PER_STEP: f64 = 0.02;
const GROWTH_STEPS_MAX: f64 = 10.0;
/// One that was lost in space and had nothing left but to fall: it did what was foretold, and only what was seen of it may be wrong.
const GROWTH_PER_STEP_IN_SPACE: f64 = 0.004;
/// Free fall is all that was left to it from this share of its ways on.
const ONLY_FALLS: f64 = 0.9;

/// What was foretold of an object when it was last seen.
#[derive(Debug, Clone)]
pub struct Lost {
    samples: Vec<FallSample>,
    factors: [f64; 3],
    growth_per_step: f64,
    steps: u32,
}

impl Lost {
    /// Of samples of its fall by these ways, with the factors of its areas, and the height at which it was seen.
    pub fn from(samples: Vec<FallSample>, ways: &Ways, factors: &[f64; 3], height_m: f64) -> Lost {
        let only_falls = ways.free() > ONLY_FALLS && height_m > AIR_TOP_M;
        let growth_per_step = if only_falls { GROWTH_PER_STEP_IN_SPACE } else { GROWTH_PER_STEP };
        Lost { samples, factors: *factors, growth_per_step, steps: 0 }
    }

    /// Where it falls, when it is lost for so long; nothing if that has not grown.
    pub fn grown(&mut self, lost_s: f64) -> Option<Impact> {
        let steps = (lost_s / GROWTH_STEP_S).clamp(0.0, GROWTH_STEPS_MAX) as u32;
        if steps <= self.steps {
            return None;
        }
        let impact = impact(spread(&self.samples, 1.0 + self.growth_per_step * f64::from(steps)), &self.factors)?;
        self.steps = steps;
        Some(impact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::SurfacePosition;
    use downrange_earth::Time;

    fn lost(ways: &Ways, height_m: f64) -> Lost {
        // Places of a sunflower, within a kilometre or so.
        let sample = |number: u32| {
            let (turn_rad, radius_rad) = (2.4 * f64::from(number), 2e-5 * f64::from(number).sqrt());
            let (sin, cos) = turn_rad.sin_cos();
            let position =
                SurfacePosition { latitude_rad: 0.7 + radius_rad * cos, longitude_rad: 2.4 + radius_rad * sin };
            let time = Time::from_tai_ns(i64::from(number) * 100_000_000);
            FallSample { position, time, aloft: position, aloft_time: time }
        };
        Lost::from((0..64).map(sample).collect(), ways, &ways.factors(0.0, 300.0), height_m)
    }

    #[test]
    fn prop_what_is_lost_never_shrinks_and_what_can_do_more_grows_more() {
        let falls = Ways { falling: 1.0, ..Ways::default() };
        let lifts = Ways { gliding: 1.0, ..Ways::default() };
        let area_m2 = |impact: &Impact| impact.areas[1].area_m2();
        let grown = |ways: &Ways, height_m: f64| {
            let mut lost = lost(ways, height_m);
            let first = area_m2(&impact(lost.samples.clone(), &lost.factors).unwrap());
            let mut ratio = 1.0;
            for second in 0..300 {
                if let Some(impact) = lost.grown(f64::from(second)) {
                    assert!(area_m2(&impact) / first > ratio);
                    ratio = area_m2(&impact) / first;
                }
            }
            ratio
        };
        // A fifth to each side; a twenty-fifth.
        assert!((grown(&lifts, 200e3) - 1.44).abs() < 0.01 && (grown(&falls, 40e3) - 1.44).abs() < 0.01);
        assert!((grown(&falls, 200e3) - 1.0816).abs() < 0.01);
        assert!(lost(&falls, 200e3).grown(0.0).is_none());
    }
}
