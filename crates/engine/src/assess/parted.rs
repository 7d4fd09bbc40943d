//! Whether something parted from what burned on: a spent stage that a radar sees only minutes later, far from its missile, is no
//! second launch. Run back along free fall it meets the way of the other, at one time and as fast; two missiles of one salvo are
//! nowhere at one time.

use super::energy::EARTH_RADIUS_M;
use super::kinematics::free_fall;
use downrange_earth::Time;
use nalgebra::Vector3;
use std::collections::VecDeque;

/// A way is kept in steps of this, for so many of them; in a longer gap nobody knows where it was.
const STEP_S: f64 = 2.0;
const STEPS_MAX: usize = 300;
const GAP_MAX_S: f64 = 10.0;
/// Run back at most this long, and no lower than this: there the air, or its own engine, has its part.
const BACK_MAX_S: f64 = 240.0;
const FLOOR_M: f64 = 15e3;
/// What is left between the two where they parted, beside what their states may be off by, one sigma each: the other burned, and
/// what parts is pushed off.
const APART_M: f64 = 2_000.0;
const APART_MPS: f64 = 80.0;
/// Squared sigmas of both together that are too many (97 of a hundred that parted, chi-squared of six), and the farthest that two
/// can be and still be said to meet.
const MISFIT_MAX: f64 = 14.0;
const MEET_MAX_M: f64 = 30e3;

#[derive(Debug, Clone, Copy, PartialEq)]
struct Knot {
    time: Time,
    place_m: Vector3<f64>,
    velocity_mps: Vector3<f64>,
}

/// The way that something went.
#[derive(Debug, Clone, Default)]
pub struct Trail(VecDeque<Knot>);

impl Trail {
    /// Takes note of where it is and how fast, ECEF.
    pub fn note(&mut self, time: Time, place_m: Vector3<f64>, velocity_mps: Vector3<f64>) {
        if self.0.back().is_some_and(|last| time.seconds_since(last.time) < STEP_S) {
            return;
        }
        if self.0.len() == STEPS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(Knot { time, place_m, velocity_mps });
    }

    /// Place and velocity at a time when it was followed.
    fn at(&self, time: Time) -> Option<(Vector3<f64>, Vector3<f64>)> {
        let next = self.0.partition_point(|knot| knot.time < time);
        let (before, after) = (self.0.get(next.checked_sub(1)?)?, self.0.get(next)?);
        let gap_s = after.time.seconds_since(before.time);
        let share = time.seconds_since(before.time) / gap_s;
        let between = |a: Vector3<f64>, b: Vector3<f64>| a + (b - a) * share;
        let known = gap_s <= GAP_MAX_S;
        known.then(|| (between(before.place_m, after.place_m), between(before.velocity_mps, after.velocity_mps)))
    }
}

/// The free fall that leads to a state, run back, with what it may be off by.
#[derive(Debug, Clone)]
pub struct Back {
    knots: Vec<Knot>,
    place_sigma_m: f64,
    speed_sigma_mps: f64,
}

impl Back {
    /// Of a state known this well (one sigma each), ECEF.
    pub fn of(
        time: Time,
        place_m: Vector3<f64>,
        velocity_mps: Vector3<f64>,
        [place_sigma_m, speed_sigma_mps]: [f64; 2],
    ) -> Back {
        let mut knots = vec![Knot { time, place_m, velocity_mps }];
        for step in 1..=(BACK_MAX_S / STEP_S) as u32 {
            let last = knots[knots.len() - 1];
            let (place_m, velocity_mps) = free_fall(last.place_m, last.velocity_mps, -STEP_S);
            if place_m.norm() < EARTH_RADIUS_M + FLOOR_M {
                break;
            }
            knots.push(Knot { time: time.plus_s(-STEP_S * f64::from(step)), place_m, velocity_mps });
        }
        Back { knots, place_sigma_m, speed_sigma_mps }
    }

    /// How badly it fits that it parted from what went this way: squared sigmas. `None` when they never met.
    pub fn misfit(&self, other: &Trail) -> Option<f64> {
        let now = self.knots.first()?.time;
        let meets = self.knots.iter().filter_map(|knot| {
            let (place_m, velocity_mps) = other.at(knot.time)?;
            let apart_m = (knot.place_m - place_m).norm();
            let ago_s = now.seconds_since(knot.time);
            let place_sigma_m = libm::hypot(APART_M, self.place_sigma_m + self.speed_sigma_mps * ago_s);
            let speed_sigma_mps = libm::hypot(APART_MPS, self.speed_sigma_mps);
            let sigmas = [apart_m / place_sigma_m, (knot.velocity_mps - velocity_mps).norm() / speed_sigma_mps];
            (apart_m < MEET_MAX_M).then(|| sigmas.iter().map(|s| s * s).sum::<f64>())
        });
        meets.min_by(f64::total_cmp).filter(|misfit| *misfit < MISFIT_MAX)
    }
}

/// Something flew on in so many assessments in a row: a ghost beside it does not do so for long.
const OUTRUN_LOOKS: u32 = 3;

/// What it did beside the others of its launch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Siblings {
    /// Assessments in a row in which another had flown on with an engine from this one.
    outrun_looks: u32,
    /// Assessments in a row in which this one had from another.
    outruns_looks: u32,
    /// Another of its event reaches farther.
    outreached: bool,
}

impl Siblings {
    /// Whether another flew on from it by now, and whether it flew on from another. What was so for long enough stays so.
    pub fn note_outrun(&mut self, outrun: bool, outruns: bool) {
        for (looks, seen) in [(&mut self.outrun_looks, outrun), (&mut self.outruns_looks, outruns)] {
            if *looks < OUTRUN_LOOKS {
                *looks = if seen { *looks + 1 } else { 0 };
            }
        }
    }

    /// Whether another of its event reaches farther by now.
    pub fn note_outreached(&mut self, outreached: bool) {
        self.outreached |= outreached;
    }

    /// Another flew on: it was shed.
    pub fn was_shed(&self) -> bool {
        self.outrun_looks >= OUTRUN_LOOKS
    }

    /// It flew on and shed another.
    pub fn has_shed(&self) -> bool {
        self.outruns_looks >= OUTRUN_LOOKS
    }

    /// Another of its event reached farther at some time.
    pub fn is_outreached(&self) -> bool {
        self.outreached
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use downrange_earth::motion::{Integrator, ballistic_rate};
    use downrange_earth::{Geodetic, Site};
    use nalgebra::SVector;

    const SIGMAS: [f64; 2] = [300.0, 15.0];

    fn start() -> (Time, Vector3<f64>, Vector3<f64>) {
        let site = Site::new(Geodetic::from_degrees(39.0, 126.0, 40e3));
        let velocity_mps = site.ecef_to_enu().transpose() * Vector3::new(900.0, 0.0, 1_100.0);
        (Time::from_utc_str("2024-06-01T03:00:00Z").expect("a date"), site.ecef().0, velocity_mps)
    }

    /// Pushed along its velocity from the start on, and noted every second.
    fn flown(push_mps2: f64, late_s: f64, seconds: u32) -> Trail {
        let (time, place_m, velocity_mps) = start();
        let mut state = SVector::<f64, 6>::zeros();
        state.fixed_rows_mut::<3>(0).copy_from(&place_m);
        state.fixed_rows_mut::<3>(3).copy_from(&velocity_mps);
        let mut trail = Trail::default();
        let integrator = Integrator { tolerance: SVector::repeat(1e-2), step_max_s: 1.0 };
        for second in 0..seconds {
            let place_m = state.fixed_rows::<3>(0).into_owned();
            trail.note(time.plus_s(late_s + f64::from(second)), place_m, state.fixed_rows::<3>(3).into_owned());
            let rate = |_: f64, s: &SVector<f64, 6>| {
                let mut rate = ballistic_rate(s, f64::INFINITY);
                let v = s.fixed_rows::<3>(3).into_owned();
                let push = v * (push_mps2 / v.norm());
                let mut pushed = rate.fixed_rows_mut::<3>(3);
                pushed += push;
                rate
            };
            state = integrator.fly(state, 1.0, rate, |_| 1.0).state;
        }
        trail
    }

    fn stage_after(seconds: u32) -> Back {
        let last = *flown(0.0, 0.0, seconds).0.back().expect("a way");
        Back::of(last.time, last.place_m, last.velocity_mps, SIGMAS)
    }

    #[test]
    fn a_stage_seen_minutes_later_parted_from_what_burned_on() {
        let missile = flown(25.0, 0.0, 200);
        for seconds in [20, 60, 180] {
            let misfit = stage_after(seconds).misfit(&missile);
            assert!(misfit.is_some_and(|misfit| misfit < 2.0), "{seconds} s: {misfit:?}");
        }
    }

    #[test]
    fn what_was_outrun_for_three_looks_was_shed_for_good() {
        let mut siblings = Siblings::default();
        for (outrun, shed) in [(true, false), (true, false), (false, false), (true, false), (true, false), (true, true)]
        {
            siblings.note_outrun(outrun, false);
            assert_eq!(siblings.was_shed(), shed, "{siblings:?}");
        }
        siblings.note_outrun(false, false);
        assert!(siblings.was_shed() && !siblings.has_shed(), "{siblings:?}");
    }

    #[test]
    fn bad_the_second_of_a_salvo_parted_from_nothing() {
        for late_s in [-60.0, -20.0, 20.0, 60.0] {
            assert_eq!(stage_after(120).misfit(&flown(25.0, late_s, 200)), None, "{late_s} s later");
        }
        assert_eq!(stage_after(120).misfit(&Trail::default()), None);
    }
}
