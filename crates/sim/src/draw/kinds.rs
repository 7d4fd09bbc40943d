//! The kinds of flights that a study draws, and what each is drawn from.

use crate::flight::Plan;
use crate::flight::descent::{BreakUp, Reentry};
use crate::flight::missile::{Manoeuvre, Missile};
use crate::flight::orbit::SpaceLaunch;
use crate::physics::frame::place_along;
use crate::random::Random;
use crate::scenario::BoxDeg;
use downrange_earth::Geodetic;

/// Kinds of flights that are drawn. All begin somewhere in the box, on a bearing of 30–150° unless another is named;
/// what falls freely comes down with 2,400–14,600 kg/m², what lifts with 4,000–12,000 kg/m² (log-uniform).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Range 200–1,000 km (log-uniform, as all ranges here), apogee 0.75–1.5 of the least-energy one.
    BallisticShort,
    /// Range 1,000–3,000 km, apogee 0.75–1.5 of the least-energy one; one in four instead 500–1,000 km far and
    /// 500–1,200 km high. One in three drops a stage.
    BallisticMedium,
    /// Range 3,000–4,500 km, apogee 0.75–1.5 of the least-energy one; one in three instead 600–1,000 km far and
    /// 1,200–2,200 km high. One in three drops a stage.
    BallisticIntermediate,
    /// Apogee 36–60 km, range 7–11 times that (published flights: 240 km at 35 km to 600 km at 50 km); a slope of −9 to −5° from
    /// 0.55–0.75 of the apogee down to 12–17 km, then half of them fly level for 5–15 s, then dive.
    QuasiBallistic,
    /// Range 800–1,400 km, apogee 50–75 km; from 40–45 km down to 23–27 km a glide at a lift to drag of 2–3, skipping or
    /// damped; half of them bank up to 40° for 30–90 s.
    Glide,
    /// Three stages (100–140, 150–200 and 220–290 s) into an orbit 350–600 km up, half southward (175–190°), half eastward
    /// (75–110°); two spent stages fall.
    SpaceLaunch,
    /// 95 km up at first, 500 km short of the box, 7,300–7,600 m/s, −2.2 to −1.2°, 150–600 kg/m²; breaks up at 60–78 km into
    /// 5–25 pieces of 15–500 kg/m², thrown apart with 5–40 m/s along each axis.
    Reentry,
}

/// Mass over drag area of the missiles that are drawn and fall freely: the least and the most, log-uniform in between. From blunt
/// entry bodies (500 pounds per square foot) to the most slender ones (3,000).
pub const BALLISTIC_COEFFICIENTS_KGPM2: [f64; 2] = [2_400.0, 14_600.0];
/// The same of those that lift: slender ones only.
const LIFTING_COEFFICIENTS_KGPM2: [f64; 2] = [4_000.0, 12_000.0];

/// The least-energy apogee of a range: near a quarter of it, less where the Earth curves away.
fn least_energy_apogee_km(range_km: f64) -> f64 {
    range_km * (0.25 - 1.2e-5 * range_km)
}

/// About how long a body is away that rises so high: up and down in a gravity that weakens with height (hence more than
/// twice the time of a fall through a uniform one), and a minute to spare.
fn aloft_s(apogee_km: f64) -> f64 {
    2.7 * libm::sqrt(2.0 * apogee_km * 1e3 / 9.81) + 60.0
}

impl Class {
    /// All of them, in the order of their turns.
    pub const ALL: [Class; 7] = [
        Class::BallisticShort,
        Class::BallisticMedium,
        Class::BallisticIntermediate,
        Class::QuasiBallistic,
        Class::Glide,
        Class::SpaceLaunch,
        Class::Reentry,
    ];

    /// Whose turn it is with this seed.
    pub fn of_seed(seed: u64) -> Class {
        Class::ALL[(seed % Class::ALL.len() as u64) as usize]
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Class::BallisticShort => "ballistic, short",
            Class::BallisticMedium => "ballistic, medium",
            Class::BallisticIntermediate => "ballistic, intermediate",
            Class::QuasiBallistic => "quasi-ballistic",
            Class::Glide => "glide",
            Class::SpaceLaunch => "satellite launch",
            Class::Reentry => "re-entry",
        }
    }

    /// A flight of this kind, and how long a world must last to see its end.
    pub(super) fn plan(self, [south, north, west, east]: BoxDeg, random: &mut Random) -> (Plan, f64) {
        let launch = Geodetic::from_degrees(random.between(south, north), random.between(west, east), 0.0);
        let azimuth_rad = random.between(30.0, 150.0).to_radians();
        let [lightest_kgpm2, heaviest_kgpm2] = match self {
            Class::QuasiBallistic | Class::Glide => LIFTING_COEFFICIENTS_KGPM2,
            _ => BALLISTIC_COEFFICIENTS_KGPM2,
        };
        let base = Missile {
            launch,
            azimuth_rad,
            range_m: 0.0,
            apogee_m: 0.0,
            burn_s: 0.0,
            stages: 1,
            ballistic_coefficient_kgpm2: random.log_between(lightest_kgpm2, heaviest_kgpm2),
            lift: Manoeuvre::None,
        };
        match self {
            Class::BallisticShort => ballistic(base, [200.0, 1_000.0], None, random),
            Class::BallisticMedium => {
                let lofted = random.happens(0.25).then_some(([500.0, 1_000.0], [500.0, 1_200.0]));
                ballistic(base, [1_000.0, 3_000.0], lofted, random)
            }
            Class::BallisticIntermediate => {
                let lofted = random.happens(1.0 / 3.0).then_some(([600.0, 1_000.0], [1_200.0, 2_200.0]));
                ballistic(base, [3_000.0, 4_500.0], lofted, random)
            }
            Class::QuasiBallistic => quasi_ballistic(base, random),
            Class::Glide => glide(base, random),
            Class::SpaceLaunch => space_launch(launch, random),
            Class::Reentry => reentry(launch, azimuth_rad, random),
        }
    }
}

/// `lofted`: ranges and apogees, km, that take the place of the least-energy ones.
fn ballistic(
    base: Missile,
    ranges_km: [f64; 2],
    lofted: Option<([f64; 2], [f64; 2])>,
    random: &mut Random,
) -> (Plan, f64) {
    let (range_km, apogee_km, burn_s) = match lofted {
        Some((ranges_km, apogees_km)) => (
            random.log_between(ranges_km[0], ranges_km[1]),
            random.log_between(apogees_km[0], apogees_km[1]),
            random.between(100.0, 150.0),
        ),
        None => {
            let range_km = random.log_between(ranges_km[0], ranges_km[1]);
            (range_km, least_energy_apogee_km(range_km) * random.between(0.75, 1.5), 50.0 + range_km / 40.0)
        }
    };
    let stages = if ranges_km[0] >= 1_000.0 && random.happens(1.0 / 3.0) { 2 } else { 1 };
    let missile = Missile { range_m: range_km * 1e3, apogee_m: apogee_km * 1e3, burn_s, stages, ..base };
    (Plan::Missile(missile), burn_s + aloft_s(apogee_km))
}

fn quasi_ballistic(base: Missile, random: &mut Random) -> (Plan, f64) {
    let apogee_m = random.between(36e3, 60e3);
    let lift = Manoeuvre::Slope {
        from_m: apogee_m * random.between(0.55, 0.75),
        path_rad: random.between(-9.0, -5.0).to_radians(),
        pull_up_m: random.between(12e3, 17e3),
        pull_up_s: if random.happens(0.5) { random.between(5.0, 15.0) } else { 0.0 },
    };
    let range_m = apogee_m * random.between(7.0, 11.0);
    let burn_s = random.between(40.0, 60.0);
    // Hardly anything of this kind is slower than a kilometre a second over its whole way.
    (Plan::Missile(Missile { range_m, apogee_m, burn_s, lift, ..base }), range_m / 1e3 + 120.0)
}

fn glide(base: Missile, random: &mut Random) -> (Plan, f64) {
    let lift = Manoeuvre::Glide {
        from_m: random.between(40e3, 45e3),
        lift_to_drag_ratio: random.between(2.0, 3.0),
        damping_ratio: random.uniform(),
        bank_rad: if random.happens(0.5) { random.between(-0.7, 0.7) } else { 0.0 },
        bank_s: random.between(30.0, 90.0),
        until_m: random.between(23e3, 27e3),
    };
    let (range_m, apogee_m) = (random.log_between(800e3, 1_400e3), random.between(50e3, 75e3));
    let burn_s = random.between(55.0, 80.0);
    (Plan::Missile(Missile { range_m, apogee_m, burn_s, lift, ..base }), range_m / 1.2e3 + 200.0)
}

fn space_launch(launch: Geodetic, random: &mut Random) -> (Plan, f64) {
    let azimuth_deg = if random.happens(0.5) { random.between(175.0, 190.0) } else { random.between(75.0, 110.0) };
    let burns_s = vec![random.between(100.0, 140.0), random.between(150.0, 200.0), random.between(220.0, 290.0)];
    let orbit_m = random.between(350e3, 600e3);
    (Plan::SpaceLaunch(SpaceLaunch { launch, azimuth_rad: azimuth_deg.to_radians(), orbit_m, burns_s }), 1_400.0)
}

fn reentry(launch: Geodetic, azimuth_rad: f64, random: &mut Random) -> (Plan, f64) {
    let from = place_along(launch, azimuth_rad + core::f64::consts::PI, 500e3);
    let reentry = Reentry {
        from: Geodetic { height_m: 95_000.0, ..from },
        speed_mps: random.between(7_300.0, 7_600.0),
        azimuth_rad,
        path_rad: random.between(-2.2, -1.2).to_radians(),
        ballistic_coefficient_kgpm2: random.log_between(150.0, 600.0),
        break_up: Some(BreakUp {
            height_m: random.between(60e3, 78e3),
            coefficients_kgpm2: Vec::new(),
            pieces: 5 + random.choose(21) as u32,
            between_kgpm2: (15.0, 500.0),
            spread_mps: random.between(5.0, 40.0),
        }),
    };
    (Plan::Reentry(reentry), 1_400.0)
}
