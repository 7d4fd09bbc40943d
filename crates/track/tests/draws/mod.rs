//! Random numbers for tests: recorded draws of published scenarios, and a seeded generator.

// Each test file uses its own part of this.
#![allow(dead_code)]

use core::f64::consts::TAU;

/// Draws of `fixtures/oracles/track/draws/<name>.i16`, in thousandths.
pub struct Draws {
    bytes: Vec<u8>,
    next: usize,
}

impl Draws {
    pub fn open(name: &str) -> Draws {
        let path = format!("{}/../../fixtures/oracles/track/draws/{name}.i16", env!("CARGO_MANIFEST_DIR"));
        Draws { bytes: std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}")), next: 0 }
    }

    /// The next number as it stands in the file.
    pub fn raw(&mut self) -> f64 {
        let pair = [self.bytes[self.next], self.bytes[self.next + 1]];
        self.next += 2;
        f64::from(i16::from_le_bytes(pair))
    }

    /// The next standard normal number.
    pub fn normal(&mut self) -> f64 {
        self.raw() / 1e3
    }

    pub fn is_empty(&self) -> bool {
        self.next == self.bytes.len()
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014) with the Box–Muller transform.
pub struct Seeded(pub u64);

impl Seeded {
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform()));
        radius * libm::cos(TAU * self.uniform())
    }
}
