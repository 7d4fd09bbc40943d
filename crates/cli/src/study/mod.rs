//! Studies over many drawn worlds: each is simulated, given to the real engine in memory, and judged against its truth.
//!
//! The order is fixed by the seeds, not by which thread was first, so the same study gives the same bytes with any number
//! of threads. Truth goes to [`judge`] only: the engine is given the text of the feeds, which does not hold it.

pub mod bound;
mod chart;
mod counts;
pub mod districts;
pub mod figures;
pub mod judge;
mod launches;
mod mixture;
pub(crate) mod page;
pub mod quiet;
pub mod rows;
mod summary;
pub(crate) mod table;
pub mod watch;

use crate::failure::Failure;
use districts::Districts;
use downrange_sim::{Class, Options, draw};
use judge::{Case, Role};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use launches::launches_csv;
pub use page::{quiet_page, study_page};
pub use rows::forecasts_csv;
pub use summary::summary;

/// What became of one seed.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The world was judged.
    Judged(Box<Case>),
    /// The drawn flight cannot be flown; why.
    Unflyable(String),
}

/// One flight in each of `count` worlds, from this seed on, those left out whose kind is not wanted; `done` is called after each.
///
/// # Errors
/// When what the simulator wrote cannot be read, which would be a mistake in this program.
pub fn flights(
    seed: u64,
    count: u32,
    threads: usize,
    options: &Options,
    wanted: impl Fn(Class) -> bool,
    done: impl Fn() + Sync,
) -> Result<Vec<(u64, Outcome)>, Failure> {
    let districts = Districts::built_in()?;
    let seeds: Vec<u64> = (0..u64::from(count))
        .map(|number| seed.wrapping_add(number))
        .filter(|&seed| wanted(Class::of_seed(seed)))
        .collect();
    let outcomes = in_order(seeds.len(), threads, |number| {
        let outcome = flight(seeds[number], options, &districts);
        done();
        outcome.map(|outcome| (seeds[number], outcome))
    });
    outcomes.into_iter().collect()
}

fn flight(seed: u64, options: &Options, districts: &Districts) -> Result<Outcome, Failure> {
    let scenario = draw(seed, options);
    let world = match scenario.run(|_| ()) {
        Ok(world) => world,
        Err(error) => return Ok(Outcome::Unflyable(error.value)),
    };
    let heard = watch::watch_over(&world, Some(districts.text()))?;
    let mut case = judge::judge(seed, Class::of_seed(seed), &world, &heard, Some(districts));
    // The bound takes the sensors at their word, so it is none where one of them is wrong.
    if !case.is_faulty {
        for lead in case.objects.iter_mut().filter(|object| object.role == Role::Lead) {
            lead.ratios = bound::ratios(&scenario, &world, &lead.areas95);
        }
    }
    Ok(Outcome::Judged(Box::new(case)))
}

/// The results of `work` for the numbers below `count`, in the order of the numbers, made by so many threads.
pub(crate) fn in_order<T: Send>(count: usize, threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut made = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return made;
            }
            made.push((number, work(number)));
        }
    };
    let mut made: Vec<(usize, T)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.clamp(1, count.max(1))).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    made.sort_by_key(|(number, _)| *number);
    made.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_numbers() {
        for threads in [1, 3, 9] {
            assert_eq!(in_order(7, threads, |number| number * number), [0, 1, 4, 9, 16, 25, 36]);
        }
        assert!(in_order(0, 2, |number| number).is_empty());
    }
}
