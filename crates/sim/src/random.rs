//! Random numbers from a seed: ChaCha8 streams, one for each named thing, so that adding a thing changes no other.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of random numbers. The same seed and name give the same stream on every machine.
///
/// ```
/// use downrange_sim::random::Random;
/// let (mut one, mut same, mut other) = (Random::new(7, "radar"), Random::new(7, "radar"), Random::new(7, "wind"));
/// assert_eq!(one.uniform(), same.uniform());
/// assert_ne!(one.uniform(), other.uniform());
/// ```
#[derive(Debug, Clone)]
pub struct Random(ChaCha8Rng);

impl Random {
    /// The stream of this name under this seed.
    pub fn new(seed: u64, name: &str) -> Random {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        // FNV-1a, 64 bit (Fowler, Noll, Vo): only spreads names over stream numbers.
        let stream = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        generator.set_stream(stream);
        Random(generator)
    }

    /// Uniform in [0, 1), 53 bits.
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Uniform in [low, high).
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Log-uniform in [low, high); both positive.
    pub fn log_between(&mut self, low: f64, high: f64) -> f64 {
        libm::exp(self.between(libm::log(low), libm::log(high)))
    }

    /// Whether something of this probability happens.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// One of `count` (at least 1) choices.
    pub fn choose(&mut self, count: usize) -> usize {
        ((self.uniform() * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// Normal with mean 0 and deviation 1 (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform()));
        radius * libm::cos(core::f64::consts::TAU * self.uniform())
    }

    /// Poisson with this mean (Knuth, The Art of Computer Programming 2, 3.4.1; large means in parts).
    pub fn poisson(&mut self, mean: f64) -> usize {
        let (mut left, mut count) = (mean, 0);
        while left > 0.0 {
            let part = left.min(30.0);
            left -= part;
            let limit = libm::exp(-part);
            let mut product = self.uniform();
            while product > limit {
                count += 1;
                product *= self.uniform();
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_in_band() {
        let mut random = Random::new(11, "moments");
        let n = 40_000;
        let (mut sum, mut squares, mut events) = (0.0, 0.0, 0);
        for _ in 0..n {
            let x = random.normal();
            sum += x;
            squares += x * x;
            events += random.poisson(3.0);
        }
        let (mean, variance, rate) = (sum / n as f64, squares / n as f64, events as f64 / n as f64);
        assert!(mean.abs() < 0.025, "mean {mean}");
        assert!((variance - 1.0).abs() < 0.03, "variance {variance}");
        assert!((rate - 3.0).abs() < 0.04, "rate {rate}");
    }

    #[test]
    fn regress_first_numbers_never_change() {
        let mut random = Random::new(1, "a");
        let first = [random.uniform(), random.uniform()];
        let mut again = Random::new(1, "a");
        assert_eq!(first, [again.uniform(), again.uniform()]);
        assert_ne!(Random::new(1, "b").uniform(), first[0]);
        assert_ne!(Random::new(2, "a").uniform(), first[0]);
    }
}
