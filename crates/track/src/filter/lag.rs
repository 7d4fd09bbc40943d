//! Fixed-lag smoother: the best that is known of a time a fixed number of updates ago.

use super::{Dynamics, rts};
use crate::gaussian::Gaussian;
use std::collections::VecDeque;

/// The last filtered states, and what the newest of them says about the oldest.
///
/// Equal to the Rauch–Tung–Striebel smoother run over the window (Bar-Shalom, Li, Kirubarajan 2001, section 8.6). The window is
/// swept once per update, so an update costs `lag` smoother steps; memory is `lag + 1` states, for as long as it runs.
///
/// ```
/// use downrange_track::filter::{ekf, lag::FixedLag};
/// use downrange_track::gaussian::Gaussian;
/// use downrange_track::motion::axis::WhiteAcceleration;
/// use nalgebra::vector;
///
/// let model = WhiteAcceleration { density_m2ps3: 1.0 };
/// let mut smoother = FixedLag::new(3);
/// let mut state = Gaussian::diagonal(vector![0.0, 1.0], vector![1.0, 1.0]);
/// for k in 0..5 {
///     state = ekf::predict(&model, &state, 1.0);
///     let old = smoother.push(&model, state, 1.0);
///     assert_eq!(old.is_some(), k >= 3); // the first answer comes when the window is full
/// }
/// assert_eq!(smoother.smoothed(&model).len(), 3); // the newer ones, as far as they are known
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FixedLag<const N: usize> {
    lag_count: usize,
    /// Filtered states, the oldest first, each with the time since the one before it.
    window: VecDeque<(Gaussian<N>, f64)>,
}

impl<const N: usize> FixedLag<N> {
    /// Answers `lag_count` updates late; with none, the filtered state itself.
    pub fn new(lag_count: usize) -> FixedLag<N> {
        FixedLag { lag_count, window: VecDeque::new() }
    }

    /// Takes the next filtered state, `dt_s` after the one before, and gives the smoothed state of `lag_count` updates ago, once
    /// there is one. `dynamics` is the model that predicted, one for the whole window.
    pub fn push<D: Dynamics<N>>(&mut self, dynamics: &D, filtered: Gaussian<N>, dt_s: f64) -> Option<Gaussian<N>> {
        self.window.push_back((filtered, dt_s));
        if self.window.len() <= self.lag_count {
            return None;
        }
        let oldest = self.sweep(dynamics, |_, _| ());
        self.window.pop_front();
        oldest
    }

    /// What is known now of all states in the window, the oldest first. After a [`push`](FixedLag::push) that answered, the one
    /// it answered with is gone.
    pub fn smoothed<D: Dynamics<N>>(&self, dynamics: &D) -> Vec<Gaussian<N>> {
        let mut out: Vec<Gaussian<N>> = self.window.iter().map(|(state, _)| *state).collect();
        self.sweep(dynamics, |k, state| out[k] = state);
        out
    }

    /// Back from the newest state; the oldest one's smoothed state.
    fn sweep<D: Dynamics<N>>(&self, dynamics: &D, mut each: impl FnMut(usize, Gaussian<N>)) -> Option<Gaussian<N>> {
        let mut entries = self.window.iter().enumerate().rev();
        let (_, (newest, dt_s)) = entries.next()?;
        let (mut smoothed, mut dt_s) = (*newest, *dt_s);
        for (k, (filtered, before_s)) in entries {
            smoothed = rts::step(dynamics, filtered, &smoothed, dt_s);
            each(k, smoothed);
            dt_s = *before_s;
        }
        Some(smoothed)
    }
}
