//! How long a look waits for its plots: as long as its sensor usually needs.

use super::HOLD_S;
use crate::plot::SensorIndex;

/// The usual delay of every sensor: a running quantile of how long after their time its plots arrived.
#[derive(Debug, Clone)]
pub(super) struct Patience {
    usual_delays_s: Vec<f64>,
}

/// Share of the plots of a look that are here when it goes in; the others turn the sky back.
const SHARE: f64 = 0.98;
/// The quantile moves by this much a plot: up by 0.98 of it, down by 0.02 of it (stochastic approximation, Robbins and
/// Monro 1951, of which the median tracker is the best known case).
const STEP_S: f64 = 0.05;
/// Waited beyond the usual delay.
const MARGIN_S: f64 = 0.2;
/// No sensor makes its looks wait longer: beyond it a warning gains more by coming early than by coming in order.
const HOLD_MAX_S: f64 = 3.0;

impl Patience {
    pub(super) fn new(sensors: usize) -> Patience {
        Patience { usual_delays_s: vec![HOLD_S - MARGIN_S; sensors] }
    }

    /// A plot of this sensor came this long after its time.
    pub(super) fn note(&mut self, sensor: SensorIndex, delay_s: f64) {
        let usual_s = &mut self.usual_delays_s[usize::from(sensor.0)];
        let toward = if delay_s > *usual_s { SHARE } else { SHARE - 1.0 };
        *usual_s = (*usual_s + STEP_S * toward).clamp(HOLD_S - MARGIN_S, HOLD_MAX_S - MARGIN_S);
    }

    /// How long after its end a look of this sensor is complete.
    pub(super) fn hold_s(&self, sensor: SensorIndex) -> f64 {
        self.usual_delays_s[usize::from(sensor.0)] + MARGIN_S
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hold_follows_a_late_sensor_and_comes_back() {
        let (late, prompt) = (SensorIndex(1), SensorIndex(0));
        let mut patience = Patience::new(2);
        for number in 0..200 {
            patience.note(prompt, 0.15);
            patience.note(late, 1.5 + 0.01 * f64::from(number % 20));
        }
        assert_eq!(patience.hold_s(prompt), HOLD_S);
        assert!((1.69..2.0).contains(&patience.hold_s(late)), "{}", patience.hold_s(late));
        (0..2_000).for_each(|_| patience.note(late, 0.15));
        assert_eq!(patience.hold_s(late), HOLD_S);
        (0..2_000).for_each(|_| patience.note(late, 60.0));
        assert_eq!(patience.hold_s(late), HOLD_MAX_S);
    }
}
