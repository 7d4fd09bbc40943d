//! The objects, and what a sensor sees of them.

use core::f64::consts::TAU;

/// SplitMix64 (Steele, Lea, Flood 2014).
pub struct Draws(pub u64);

impl Draws {
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Two standard normal numbers (Box–Muller).
    pub fn normals(&mut self) -> [f64; 2] {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform()));
        let (sin, cos) = libm::sincos(TAU * self.uniform());
        [radius * cos, radius * sin]
    }
}

/// One object in 64 km³ of air, 12 km high: a mean distance of about 2.3 km seen from above.
pub const VOLUME_PER_OBJECT_M3: f64 = 64e9;
pub const HEIGHT_M: f64 = 12e3;
/// Aircraft: 50 to 280 m/s over the ground, climbing or sinking with a few m/s.
const SPEED_MPS: [f64; 2] = [50.0, 280.0];
const CLIMB_SIGMA_MPS: f64 = 3.0;
/// White acceleration on each axis.
pub const DENSITY_M2PS3: f64 = 0.1;
/// No object is faster, vertical part included.
pub const SPEED_MAX_MPS: f64 = 300.0;
pub const STEP_S: f64 = 10.0;
pub const SIGMA_M: f64 = 30.0;
pub const DETECTION_PROBABILITY: f64 = 0.9;
/// False plots per object.
pub const CLUTTER_SHARE: f64 = 0.1;
/// Of all objects so many land in a scan, and as many take off: a mean flight of 83 minutes.
const DEATH_PROBABILITY: f64 = 0.002;

#[derive(Clone, Copy)]
pub struct Object {
    pub position_m: [f64; 3],
    velocity_mps: [f64; 3],
    /// The track it had last, zero before the first.
    pub track: u64,
}

/// Objects in a box of air. What leaves it is gone, and for each that does another comes in on the other side.
pub struct World {
    pub objects: Vec<Object>,
    side_m: f64,
    draws: Draws,
    /// Objects that came and went, so far.
    pub replaced_count: usize,
}

impl World {
    pub fn new(count: usize, seed: u64) -> World {
        let side_m = libm::sqrt(count as f64 * VOLUME_PER_OBJECT_M3 / HEIGHT_M);
        let mut world = World { objects: Vec::with_capacity(count), side_m, draws: Draws(seed), replaced_count: 0 };
        for _ in 0..count {
            let object = world.born();
            world.objects.push(object);
        }
        world
    }

    /// Anywhere in the box.
    fn anywhere(&mut self) -> [f64; 3] {
        [self.side_m, self.side_m, HEIGHT_M].map(|side_m| side_m * self.draws.uniform())
    }

    fn born(&mut self) -> Object {
        let position_m = self.anywhere();
        let speed_mps = SPEED_MPS[0] + (SPEED_MPS[1] - SPEED_MPS[0]) * self.draws.uniform();
        let (sin, cos) = libm::sincos(TAU * self.draws.uniform());
        let climb_mps = CLIMB_SIGMA_MPS * self.draws.normals()[0];
        Object { position_m, velocity_mps: [speed_mps * cos, speed_mps * sin, climb_mps], track: 0 }
    }

    /// To the next scan.
    pub fn advance(&mut self) {
        let velocity_noise = libm::sqrt(DENSITY_M2PS3 * STEP_S);
        let position_noise = libm::sqrt(DENSITY_M2PS3 * STEP_S * STEP_S * STEP_S / 12.0);
        for index in 0..self.objects.len() {
            if self.draws.uniform() < DEATH_PROBABILITY {
                self.objects[index] = self.born();
                self.replaced_count += 1;
                continue;
            }
            let mut object = self.objects[index];
            let mut left = false;
            for (axis, side_m) in [self.side_m, self.side_m, HEIGHT_M].into_iter().enumerate() {
                // White acceleration, exactly: the position gets half of what the velocity gets, and noise of its own.
                let [a, b] = self.draws.normals();
                let push = velocity_noise * a;
                object.position_m[axis] += STEP_S * (object.velocity_mps[axis] + 0.5 * push) + position_noise * b;
                object.velocity_mps[axis] += push;
                let inside = object.position_m[axis].rem_euclid(side_m);
                left |= inside != object.position_m[axis];
                object.position_m[axis] = inside;
            }
            let speed_mps = libm::sqrt(object.velocity_mps.iter().map(|v| v * v).sum());
            if left || speed_mps > SPEED_MAX_MPS {
                // Another object, that flies as the one that left did, or slower.
                self.replaced_count += 1;
                object.track = 0;
                let slower = (SPEED_MPS[1] / speed_mps).min(1.0);
                object.velocity_mps.iter_mut().for_each(|v| *v *= slower);
            }
            self.objects[index] = object;
        }
    }

    /// The plots of a scan, with so many times the usual clutter.
    pub fn plots(&mut self, clutter_factor: f64, plots: &mut Vec<[f64; 3]>) {
        plots.clear();
        for index in 0..self.objects.len() {
            if self.draws.uniform() < DETECTION_PROBABILITY {
                let [a, b] = self.draws.normals();
                let [c, _] = self.draws.normals();
                let [x, y, z] = self.objects[index].position_m;
                plots.push([x + SIGMA_M * a, y + SIGMA_M * b, z + SIGMA_M * c]);
            }
        }
        let mean = CLUTTER_SHARE * clutter_factor * self.objects.len() as f64;
        // Poisson, as good as normal at these means.
        let clutter = libm::round((mean + libm::sqrt(mean) * self.draws.normals()[0]).max(0.0)) as usize;
        for _ in 0..clutter {
            let place = self.anywhere();
            plots.push(place);
        }
    }

    /// Ten thousand plots and more within a few sigma of one object.
    pub fn crowd(&mut self, count: usize, plots: &mut Vec<[f64; 3]>) {
        let Some(centre) = self.objects.first().map(|object| object.position_m) else { return };
        for _ in 0..count {
            plots.push(centre.map(|x| x + 2.0 * SIGMA_M * (self.draws.uniform() - 0.5)));
        }
    }
}
