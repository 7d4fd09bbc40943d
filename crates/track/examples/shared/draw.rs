//! What the examples share: numbers drawn from a seed, and a sea with objects for the point trackers.

use downrange_track::point::{Meta, Scenario, Start};

/// Numbers that look random and are the same in every run (Steele, Lea, Flood 2014: SplitMix64).
pub struct Draw(pub u64);

impl Draw {
    /// Between 0 and 1.
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Between two numbers.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Standard normal (Box & Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Poisson, for small means (Knuth, The Art of Computer Programming, volume 2, section 3.4.1).
    pub fn poisson(&mut self, mean: f64) -> usize {
        let (limit, mut product, mut count) = ((-mean).exp(), self.uniform(), 0);
        while product > limit {
            product *= self.uniform();
            count += 1;
        }
        count
    }
}

/// An object that moves straight on, in metres and metres a second, from one scan to another.
#[derive(Clone, Copy)]
pub struct Mover {
    pub from_m: [f64; 2],
    pub velocity_mps: [f64; 2],
    pub scans: [usize; 2],
}

/// What a sensor with noise, misses and clutter sees of the objects, and where they truly are, scan by scan. One scan a second;
/// plots err by 10 m on each axis.
pub fn watched(movers: &[Mover], meta: Meta, draw: &mut Draw) -> (Scenario, Vec<Vec<[f64; 2]>>) {
    let mut scans = Vec::new();
    let mut truth = Vec::new();
    for scan in 0..meta.scan_count {
        let there = movers.iter().filter(|mover| (mover.scans[0]..mover.scans[1]).contains(&scan));
        let places: Vec<[f64; 2]> = there
            .map(|mover| {
                let flown_s = (scan - mover.scans[0]) as f64 * meta.dt_s;
                [0, 1].map(|axis| mover.from_m[axis] + mover.velocity_mps[axis] * flown_s)
            })
            .collect();
        let mut plots: Vec<[f64; 3]> = Vec::new();
        for place in &places {
            if draw.uniform() < meta.detection_probability {
                let [x, y] = place.map(|at| at + meta.sigma_m * draw.normal());
                plots.push([x, y, 0.0]);
            }
        }
        for _ in 0..draw.poisson(meta.clutter_count) {
            plots.push([draw.between(0.0, meta.side_m), draw.between(0.0, meta.side_m), 0.0]);
        }
        scans.push(plots);
        truth.push(places);
    }
    let starts = movers.iter().zip(0..).map(|(mover, track)| Start {
        track,
        position_m: [mover.from_m[0], mover.from_m[1], 0.0],
        velocity_mps: [mover.velocity_mps[0], mover.velocity_mps[1], 0.0],
    });
    (Scenario { meta, scans, starts: starts.collect(), sites: Vec::new() }, truth)
}

/// A square of 2 km with a sensor that sees nine objects in ten and five false plots a scan.
pub fn sea(scan_count: usize) -> Meta {
    Meta {
        dimension_count: 2,
        scan_count,
        dt_s: 1.0,
        q_m2ps3: 0.1,
        step_sigma_mps2: 0.0,
        survival_probability: 0.998,
        sigma_m: 10.0,
        detection_probability: 0.9,
        side_m: 2_000.0,
        clutter_count: 5.0,
        start_sigma_m: 10.0,
        start_sigma_mps: 3.0,
    }
}
