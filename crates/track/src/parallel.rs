//! Work on contiguous pieces at the same time, with the results in the order of the pieces: what comes out does not depend on how
//! many threads there were or which was first.

#![expect(
    clippy::disallowed_methods,
    reason = "pieces share nothing and are joined in order, so timing changes no bit"
)]

use core::num::NonZeroUsize;

/// `work` on every piece, one thread each (the first on this one), results in the order of the pieces. A panic in `work` goes on here.
pub(crate) fn map<I: Send, R: Send>(pieces: Vec<I>, work: impl Fn(I) -> R + Sync) -> Vec<R> {
    let mut pieces = pieces.into_iter();
    let Some(first) = pieces.next() else { return Vec::new() };
    std::thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> = pieces.map(|piece| scope.spawn(move || work(piece))).collect();
        let mut results = Vec::with_capacity(1 + others.len());
        results.push(work(first));
        for other in others {
            results.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        results
    })
}

/// The ends of `count` equal pieces of `0..length`, fewer when there is little to do.
pub(crate) fn cuts(length: usize, count: NonZeroUsize) -> Vec<usize> {
    // Below this a thread costs more than it saves.
    const LEAST: usize = 2048;
    let count = count.get().min(length / LEAST).max(1);
    (1..=count).map(|piece| length * piece / count).collect()
}

/// Contiguous pieces of a slice that end at `cuts`.
pub(crate) fn split_mut<'a, T>(mut items: &'a mut [T], cuts: &[usize]) -> Vec<&'a mut [T]> {
    let mut from = 0;
    let mut pieces = Vec::with_capacity(cuts.len());
    for &cut in cuts {
        let (piece, rest) = items.split_at_mut(cut - from);
        pieces.push(piece);
        (items, from) = (rest, cut);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_pieces() {
        let mut numbers: Vec<u64> = (0..10_000).collect();
        for count in [1, 2, 3, 7] {
            let cuts = cuts(numbers.len(), NonZeroUsize::new(count).expect("above zero"));
            assert_eq!(cuts.last(), Some(&10_000));
            let pieces = split_mut(&mut numbers, &cuts);
            assert!(pieces.iter().all(|piece| piece.len() >= 2048));
            let firsts = map(pieces, |piece| piece[0]);
            assert!(firsts.is_sorted());
        }
        assert_eq!(cuts(0, NonZeroUsize::MIN), [0]);
        assert!(map(Vec::<u8>::new(), |x| x).is_empty());
    }
}
