//! Runge–Kutta–Fehlberg of order 7(8), with its step chosen from the error it estimates.

use nalgebra::SVector;

/// Nodes, coupling and weights (Fehlberg 1968, NASA TR R-287, table X).
const C: [f64; 13] =
    [0.0, 2.0 / 27.0, 1.0 / 9.0, 1.0 / 6.0, 5.0 / 12.0, 0.5, 5.0 / 6.0, 1.0 / 6.0, 2.0 / 3.0, 1.0 / 3.0, 1.0, 0.0, 1.0];
#[rustfmt::skip]
const A: [&[f64]; 13] = [
    &[],
    &[2.0 / 27.0],
    &[1.0 / 36.0, 1.0 / 12.0],
    &[1.0 / 24.0, 0.0, 1.0 / 8.0],
    &[5.0 / 12.0, 0.0, -25.0 / 16.0, 25.0 / 16.0],
    &[1.0 / 20.0, 0.0, 0.0, 0.25, 0.2],
    &[-25.0 / 108.0, 0.0, 0.0, 125.0 / 108.0, -65.0 / 27.0, 125.0 / 54.0],
    &[31.0 / 300.0, 0.0, 0.0, 0.0, 61.0 / 225.0, -2.0 / 9.0, 13.0 / 900.0],
    &[2.0, 0.0, 0.0, -53.0 / 6.0, 704.0 / 45.0, -107.0 / 9.0, 67.0 / 90.0, 3.0],
    &[-91.0 / 108.0, 0.0, 0.0, 23.0 / 108.0, -976.0 / 135.0, 311.0 / 54.0, -19.0 / 60.0, 17.0 / 6.0, -1.0 / 12.0],
    &[2383.0 / 4100.0, 0.0, 0.0, -341.0 / 164.0, 4496.0 / 1025.0, -301.0 / 82.0, 2133.0 / 4100.0, 45.0 / 82.0,
      45.0 / 164.0, 18.0 / 41.0],
    &[3.0 / 205.0, 0.0, 0.0, 0.0, 0.0, -6.0 / 41.0, -3.0 / 205.0, -3.0 / 41.0, 3.0 / 41.0, 6.0 / 41.0, 0.0],
    &[-1777.0 / 4100.0, 0.0, 0.0, -341.0 / 164.0, 4496.0 / 1025.0, -289.0 / 82.0, 2193.0 / 4100.0, 51.0 / 82.0,
      33.0 / 164.0, 12.0 / 41.0, 0.0, 1.0],
];
/// Weights of order 8.
const B: [f64; 13] = [
    0.0,
    0.0,
    0.0,
    0.0,
    0.0,
    34.0 / 105.0,
    9.0 / 35.0,
    9.0 / 35.0,
    9.0 / 280.0,
    9.0 / 280.0,
    0.0,
    41.0 / 840.0,
    41.0 / 840.0,
];

/// Place (m), velocity (m/s) and relative mass of a body, inertial axes.
pub type State = SVector<f64, 7>;

/// One accepted step of an integration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    /// When.
    pub time_s: f64,
    /// Where.
    pub state: State,
    /// Whether the event ended the integration here.
    pub by_event: bool,
}

/// The integrator: error per step below 1e-9 of place and speed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Integrator {
    /// Largest error of one step in place, m.
    pub place_m: f64,
    /// Largest error of one step in velocity.
    pub speed_mps: f64,
}

impl Default for Integrator {
    /// 1e-9 of an Earth radius and of orbital speed.
    fn default() -> Integrator {
        Integrator { place_m: 6e-3, speed_mps: 8e-6 }
    }
}

impl Integrator {
    /// Flies from `time_s` to `end_s`, in steps of at most `step_max_s`, telling `visit` every step, until `event` falls
    /// through zero from above (found to 1 µs). `rate(t, state)` is the derivative.
    pub fn fly(
        &self,
        (time_s, state, end_s): (f64, State, f64),
        step_max_s: f64,
        mut rate: impl FnMut(f64, &State) -> State,
        mut event: impl FnMut(f64, &State) -> f64,
        mut visit: impl FnMut(f64, &State),
    ) -> Stop {
        let (mut t, mut y, mut h) = (time_s, state, step_max_s.min(0.5));
        let mut level = event(t, &y);
        while end_s - t > 1e-9 {
            let length_s = h.min(step_max_s).min(end_s - t);
            let (next, error) = step(t, &y, length_s, &mut rate);
            let size = self.size(&error);
            // Below a millisecond the right side has a corner in it, and no smaller step will cure that.
            if size > 1.0 && length_s > 1e-3 {
                h = length_s * (0.9 * libm::pow(size, -0.125)).clamp(0.1, 0.9);
                continue;
            }
            let next_level = event(t + length_s, &next);
            if level > 0.0 && next_level <= 0.0 {
                let (s, state) = self.locate((t, y, length_s), (level, next_level, next), &mut rate, &mut event);
                visit(t + s, &state);
                return Stop { time_s: t + s, state, by_event: true };
            }
            h = length_s * (0.9 * libm::pow(size.max(1e-10), -0.125)).clamp(0.3, 4.0);
            (t, y, level) = (t + length_s, next, next_level);
            visit(t, &y);
        }
        Stop { time_s: t, state: y, by_event: false }
    }

    fn size(&self, error: &State) -> f64 {
        (error.fixed_rows::<3>(0).amax() / self.place_m).max(error.fixed_rows::<3>(3).amax() / self.speed_mps)
    }

    /// Where inside a step the event passes zero: Illinois variant of the secant rule (Dowell and Jarratt 1971).
    fn locate(
        &self,
        (t, y, length_s): (f64, State, f64),
        (level, next_level, next): (f64, f64, State),
        rate: &mut impl FnMut(f64, &State) -> State,
        event: &mut impl FnMut(f64, &State) -> f64,
    ) -> (f64, State) {
        let (mut low, mut f_low, mut high, mut f_high, mut found) = (0.0, level, length_s, next_level, next);
        for _ in 0..60 {
            if high - low < 1e-6 || f_high == 0.0 {
                break;
            }
            let s = (high - f_high * (high - low) / (f_high - f_low)).clamp(low + 1e-9, high);
            let middle = step(t, &y, s, rate).0;
            let f = event(t + s, &middle);
            if f <= 0.0 {
                (high, f_high, found, f_low) = (s, f, middle, f_low / 2.0);
            } else {
                (low, f_low, f_high) = (s, f, f_high / 2.0);
            }
        }
        (high, found)
    }
}

/// One step: the state of order 8 after it, and the difference to order 7.
fn step(t: f64, y: &State, h: f64, rate: &mut impl FnMut(f64, &State) -> State) -> (State, State) {
    let mut k = [State::zeros(); 13];
    for i in 0..13 {
        let mut at = *y;
        for (j, a) in A[i].iter().enumerate() {
            if *a != 0.0 {
                at += k[j] * (a * h);
            }
        }
        k[i] = rate(t + C[i] * h, &at);
    }
    let mut next = *y;
    for i in 5..13 {
        next += k[i] * (B[i] * h);
    }
    (next, (k[0] + k[10] - k[11] - k[12]) * (41.0 / 840.0 * h))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn std_rows_of_the_table_sum_to_their_nodes() {
        for (row, node) in A.iter().zip(C) {
            assert!((row.iter().sum::<f64>() - node).abs() < 1e-14);
        }
        assert!((B.iter().sum::<f64>() - 1.0).abs() < 1e-15);
    }

    /// Unit harmonic oscillator in the first place and velocity component.
    fn swing(_: f64, y: &State) -> State {
        State::from_column_slice(&[y[3], 0.0, 0.0, -y[0], 0.0, 0.0, 0.0])
    }

    #[test]
    fn order_is_eight() {
        let start = State::from_column_slice(&[1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        let error = |steps: u32| {
            let h = 4.0 / f64::from(steps);
            let mut y = start;
            for i in 0..steps {
                y = step(f64::from(i) * h, &y, h, &mut swing).0;
            }
            libm::hypot(y[0] - libm::cos(4.0), y[3] + libm::sin(4.0))
        };
        let ratio = error(8) / error(16);
        assert!((200.0..320.0).contains(&ratio), "halving the step divides the error by {ratio}");
    }

    #[test]
    fn event_is_found_to_a_microsecond() {
        let start = State::from_column_slice(&[1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        let tight = Integrator { place_m: 1e-12, speed_mps: 1e-12 };
        let stop = tight.fly((0.0, start, 9.0), 1.0, swing, |_, y| y[0], |_, _| ());
        assert!(stop.by_event && (stop.time_s - core::f64::consts::FRAC_PI_2).abs() < 2e-6, "{}", stop.time_s);
    }
}
