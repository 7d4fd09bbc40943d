//! The numbers that samples are drawn with: a Latin hypercube (McKay, Beckman, Conover, "A comparison of three methods for
//! selecting values of input variables", Technometrics 21(2), 1979). Each dimension takes every stratum exactly once, in an
//! order of its own that is the same for the same dimension and count, so that areas do not flicker from one assessment to
//! the next and every share is met to one sample.

use super::weather::LEVELS;
use crate::assess::energy::normal_quantile;
use std::borrow::Cow;
use std::sync::LazyLock;

/// What each dimension is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// First of nine: the state.
    State = 0,
    /// Which motion model's state.
    Mode = 9,
    /// Which way down.
    Way = 10,
    /// How long an engine burns, how good a glider is, how heavy a piece is.
    First = 12,
    /// Second number of a way.
    Second = 13,
    /// Third number of a way.
    Third = 14,
    /// Fourth number of a way.
    Fourth = 15,
    /// First of three: what a break-up throws.
    Kick = 16,
    /// Drag as a whole.
    Drag = 19,
    /// How drag changes with the Mach number.
    Mach = 20,
    /// First of two: scatter on the ground.
    Scatter = 21,
    /// Whether the track strayed.
    Stray = 23,
    /// Whether a radar that was never compared is off.
    Off = 24,
    /// First of two for each level of the wind.
    Wind = 25,
}

const DIMENSIONS: usize = 25 + 2 * LEVELS;

/// The draws of all samples of one forecast.
#[derive(Debug, Clone)]
pub struct Draws {
    /// Standard normal number in the middle of each stratum, rising.
    normal: Vec<f64>,
    /// Stratum of each sample, dimension after dimension.
    strata: Vec<u32>,
}

/// The draws of one sample.
#[derive(Debug, Clone, Copy)]
pub struct Draw<'a> {
    all: &'a Draws,
    number: usize,
}

impl Draws {
    /// Draws for `count` samples.
    pub fn new(count: usize) -> Draws {
        let normal = (0..count).map(|i| normal_quantile((i as f64 + 0.5) / count as f64)).collect();
        let mut strata = Vec::with_capacity(DIMENSIONS * count);
        for dimension in 0..DIMENSIONS {
            let first = strata.len();
            strata.extend(0..count as u32);
            shuffle(&mut strata[first..], dimension as u64);
        }
        Draws { normal, strata }
    }

    /// Those for `count` samples, which are always the same. The usual counts are made once.
    pub fn kept(count: usize) -> Cow<'static, Draws> {
        static KEPT: LazyLock<[Draws; 2]> = LazyLock::new(|| [64, 240].map(Draws::new));
        let kept = KEPT.iter().find(|draws| draws.count() == count);
        kept.map_or_else(|| Cow::Owned(Draws::new(count)), Cow::Borrowed)
    }

    /// How many samples.
    pub fn count(&self) -> usize {
        self.normal.len()
    }

    /// Those of one sample, `number` below [`Draws::count`].
    pub fn of(&self, number: usize) -> Draw<'_> {
        Draw { all: self, number }
    }
}

impl Draw<'_> {
    fn stratum(&self, dimension: Dimension, offset: usize) -> usize {
        self.all.strata[(dimension as usize + offset) * self.all.count() + self.number] as usize
    }

    /// A standard normal number.
    pub fn normal(&self, dimension: Dimension) -> f64 {
        self.normal_at(dimension, 0)
    }

    /// A standard normal number of a dimension with several.
    pub fn normal_at(&self, dimension: Dimension, offset: usize) -> f64 {
        self.all.normal[self.stratum(dimension, offset)]
    }

    /// A number evenly spread over (0, 1).
    pub fn uniform(&self, dimension: Dimension) -> f64 {
        (self.stratum(dimension, 0) as f64 + 0.5) / self.all.count() as f64
    }

    /// A number evenly spread over a range.
    pub fn between(&self, dimension: Dimension, [low, high]: [f64; 2]) -> f64 {
        low + (high - low) * self.uniform(dimension)
    }
}

/// Fisher–Yates with the SplitMix64 sequence (Steele, Lea, Flood 2014) of this dimension.
fn shuffle(values: &mut [u32], dimension: u64) {
    let mut state = dimension.wrapping_mul(0xD1B5_4A32_D192_ED03);
    for last in (1..values.len()).rev() {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        values.swap(last, (z % (last as u64 + 1)) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dimension_is_standard_normal_and_no_two_go_together() {
        const N: usize = 240;
        let draws = Draws::new(N);
        let column = |d: usize| -> Vec<f64> { (0..N).map(|n| draws.of(n).normal_at(Dimension::State, d)).collect() };
        for first in 0..DIMENSIONS {
            let a = column(first);
            assert!(a.iter().sum::<f64>().abs() < 1e-6);
            assert!((a.iter().map(|x| x * x).sum::<f64>() / N as f64 - 1.0).abs() < 0.02);
            for second in 0..first {
                let b = column(second);
                let correlation = a.iter().zip(&b).map(|(x, y)| x * y).sum::<f64>() / N as f64;
                // One sigma of the correlation of 240 independent pairs is 0.065.
                assert!(correlation.abs() < 0.26, "{first} {second}: {correlation}");
            }
        }
    }

    #[test]
    fn prop_shares_are_met_to_one_sample() {
        for count in [3, 64, 240] {
            let draws = Draws::new(count);
            for share in [0.1, 0.5, 0.9] {
                let below = (0..count).filter(|&n| draws.of(n).uniform(Dimension::Way) < share).count() as f64;
                assert!((below - share * count as f64).abs() <= 1.0);
            }
        }
    }
}
