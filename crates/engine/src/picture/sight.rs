//! How fast a direction turns, by all that one sensor saw of it of late: what does not turn does not fly. Fires, flares and furnaces
//! are hot, too.

use downrange_earth::Time;
use nalgebra::Vector3;

/// What was seen so long ago counts less by a factor e.
const FORGOTTEN_S: f64 = 20.0;
/// Directions that a rate is told from, in all that they count.
const LEAST: f64 = 5.0;

/// Sums of a least-squares line through unit vectors over time, in seconds before the latest.
#[derive(Debug, Clone, Copy)]
pub struct Sight {
    latest: Option<Time>,
    count: f64,
    seconds: f64,
    seconds2: f64,
    lines: Vector3<f64>,
    lines_seconds: Vector3<f64>,
}

/// How fast a direction turns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Turning {
    /// Rate, rad/s.
    pub rate_radps: f64,
    /// One sigma of each component of the rate over that of one direction, 1/s.
    pub sigma_ratio_ps: f64,
}

impl Sight {
    /// Nothing was seen.
    pub const NONE: Sight = Sight {
        latest: None,
        count: 0.0,
        seconds: 0.0,
        seconds2: 0.0,
        lines: Vector3::new(0.0, 0.0, 0.0),
        lines_seconds: Vector3::new(0.0, 0.0, 0.0),
    };

    /// Takes note of a direction.
    pub fn note(&mut self, time: Time, line: Vector3<f64>) {
        let since_s = self.latest.map_or(0.0, |latest| time.seconds_since(latest).max(0.0));
        let kept = libm::exp(-since_s / FORGOTTEN_S);
        let (count, seconds, lines) = (self.count * kept, self.seconds * kept, self.lines * kept);
        // Seen from the new time all else is so much longer ago.
        *self = Sight {
            latest: self.latest.max(Some(time)),
            count: count + 1.0,
            seconds: seconds - count * since_s,
            seconds2: self.seconds2 * kept - 2.0 * seconds * since_s + count * since_s * since_s,
            lines: lines + line,
            lines_seconds: self.lines_seconds * kept - lines * since_s,
        };
    }

    /// How fast it turns; `None` while too little was seen.
    pub fn turning(&self) -> Option<Turning> {
        let mean_s = self.seconds / self.count.max(1.0);
        let spread_s2 = self.seconds2 - self.seconds * mean_s;
        (self.count >= LEAST && spread_s2 > 0.0).then(|| Turning {
            rate_radps: (self.lines_seconds - self.lines * mean_s).norm() / spread_s2,
            sigma_ratio_ps: 1.0 / libm::sqrt(spread_s2),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(rate_radps: f64, count: i32) -> Sight {
        let mut sight = Sight::NONE;
        for number in 0..count {
            let time_s = 2.0 * f64::from(number);
            let (sin, cos) = (rate_radps * time_s).sin_cos();
            sight.note(Time::from_tai_ns(0).plus_s(time_s), Vector3::new(cos, sin, 0.0));
        }
        sight
    }

    #[test]
    fn prop_the_rate_at_which_a_direction_turns_is_found() {
        assert_eq!(seen(1e-5, 4).turning(), None);
        for rate_radps in [0.0, 1e-6, 2e-5] {
            let turning = seen(rate_radps, 12).turning().unwrap();
            assert!((turning.rate_radps - rate_radps).abs() < 1e-9, "{turning:?}");
        }
    }

    /// Seven moments two seconds apart, none forgotten: Σ(t − t̄)² = 4·28 (any book on regression); here the old ones count less.
    #[test]
    fn val_sigma_is_that_of_a_regression() {
        let turning = seen(1e-5, 7).turning().unwrap();
        let without_forgetting_ps = 1.0 / libm::sqrt(112.0);
        assert!((1.0..1.4).contains(&(turning.sigma_ratio_ps / without_forgetting_ps)), "{turning:?}");
        // For ever: weights w = e^(−2k/20) from now on back; Σw·(t − t̄)² by the closed sums of geometric series.
        let w = libm::exp(-0.1);
        let spread_s2 = 4.0 * w / ((1.0 - w) * (1.0 - w) * (1.0 - w));
        let settled = seen(1e-5, 400).turning().unwrap();
        assert!((settled.sigma_ratio_ps * libm::sqrt(spread_s2) - 1.0).abs() < 1e-6, "{settled:?}");
    }
}
