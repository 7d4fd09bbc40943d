//! Drag that depends on the Mach number.

/// Shape of a body, for how its drag coefficient changes with the Mach number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A slender pointed body that flies nose first.
    Slender,
    /// A blunt or tumbling body: stages, fragments, capsules.
    Blunt,
}

/// Mach number and drag coefficient over its hypersonic value. Slender: the run of the G7 family and of ogive-cylinders
/// (McCoy, Modern Exterior Ballistics, chapter 4); blunt: cubes and cylinders (Hoerner, Fluid-Dynamic Drag, chapter 16).
const SLENDER: [(f64, f64); 9] = [
    (0.0, 1.00),
    (0.8, 1.00),
    (0.95, 1.35),
    (1.1, 2.25),
    (1.3, 2.20),
    (2.0, 1.75),
    (3.0, 1.40),
    (5.0, 1.10),
    (8.0, 1.00),
];
const BLUNT: [(f64, f64); 8] =
    [(0.0, 0.65), (0.6, 0.68), (0.9, 0.85), (1.2, 1.05), (1.8, 1.08), (3.0, 1.03), (6.0, 1.00), (10.0, 1.00)];

/// Drag coefficient over its hypersonic value at this Mach number.
pub fn ratio(shape: Shape, mach_ratio: f64) -> f64 {
    let table: &[(f64, f64)] = match shape {
        Shape::Slender => &SLENDER,
        Shape::Blunt => &BLUNT,
    };
    let mut last = table[0];
    for &point in table {
        if mach_ratio < point.0 {
            return last.1 + (point.1 - last.1) * (mach_ratio - last.0) / (point.0 - last.0);
        }
        last = point;
    }
    last.1
}

/// How a body is braked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drag {
    /// Mass over drag area (hypersonic) for a body of unit mass, kg/m². A burning body's falls with its mass.
    pub ballistic_coefficient_kgpm2: f64,
    /// How the coefficient runs with Mach.
    pub shape: Shape,
    /// Relative size of the swing of the drag of a tumbling body.
    pub tumble_fraction: f64,
    /// Tumbling rate.
    pub tumble_radps: f64,
    /// Phase of the tumbling at time zero.
    pub tumble_phase_rad: f64,
}

impl Drag {
    /// A body that does not tumble.
    pub fn steady(ballistic_coefficient_kgpm2: f64, shape: Shape) -> Drag {
        Drag { ballistic_coefficient_kgpm2, shape, tumble_fraction: 0.0, tumble_radps: 0.0, tumble_phase_rad: 0.0 }
    }

    /// A tumbling body: its drag swings by ± 25 % at a rate and phase drawn from the stream.
    pub fn tumbling(ballistic_coefficient_kgpm2: f64, random: &mut crate::random::Random) -> Drag {
        Drag {
            ballistic_coefficient_kgpm2,
            shape: Shape::Blunt,
            tumble_fraction: 0.25,
            tumble_radps: random.between(0.3, 1.5),
            tumble_phase_rad: random.between(0.0, core::f64::consts::TAU),
        }
    }

    /// Deceleration per dynamic pressure of a body of relative mass 1 at this Mach number and time, m²/kg.
    pub fn per_pressure_m2pkg(&self, mach_ratio: f64, time_s: f64) -> f64 {
        let swing = if self.tumble_fraction == 0.0 {
            1.0
        } else {
            1.0 + self.tumble_fraction * libm::sin(self.tumble_radps * time_s + self.tumble_phase_rad)
        };
        ratio(self.shape, mach_ratio) * swing / self.ballistic_coefficient_kgpm2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drag_peaks_near_the_speed_of_sound() {
        for shape in [Shape::Slender, Shape::Blunt] {
            assert!(ratio(shape, 1.2) > ratio(shape, 0.5) && ratio(shape, 1.2) > ratio(shape, 20.0));
            assert_eq!(ratio(shape, 30.0), 1.0);
        }
        assert!((ratio(Shape::Slender, 0.95) - 1.35).abs() < 1e-12);
    }
}
