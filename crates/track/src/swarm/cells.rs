//! Points sorted by where they are, so that what lies together in space lies together in memory.
//!
//! Space is cut into cubes ("cells"), sixty-four of them (4 × 4 × 4) to a block; blocks follow each other along a Morton curve (Morton
//! 1966), points of a cell by their coordinates. Cells are counted from the origin of space, not from the points, so the order of two
//! points depends on nothing else.

use crate::parallel;
use core::num::NonZeroUsize;

/// Cells per axis, on each side of the origin; the outermost block is never used, so that a search may reach over the edge.
const HALF_CELLS: i64 = 1 << 20;
const LOCAL_BITS: u32 = 6;
const LOCAL: usize = 1 << LOCAL_BITS;
const NONE: u32 = u32::MAX;

/// How space is cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Space {
    per_m: f64,
}

impl Space {
    pub fn new(cell_m: f64) -> Space {
        Space { per_m: 1.0 / cell_m }
    }

    /// Whether a point lies in the space that is cut, 2^20 cells to all sides.
    pub fn holds(&self, point: &[f64; 3]) -> bool {
        let most = (HALF_CELLS - 8) as f64;
        point.iter().all(|x| (x * self.per_m).abs() <= most)
    }

    fn cell(&self, x: f64) -> i64 {
        (libm::floor(x * self.per_m) as i64 + HALF_CELLS).clamp(0, 2 * HALF_CELLS - 1)
    }

    /// The order of cells.
    pub fn key(&self, point: &[f64; 3]) -> u64 {
        let [x, y, z] = point.map(|x| self.cell(x));
        block_key(x >> 2, y >> 2, z >> 2) << LOCAL_BITS | local(x, y, z) as u64
    }
}

fn local(x: i64, y: i64, z: i64) -> usize {
    ((z & 3) << 4 | (y & 3) << 2 | (x & 3)) as usize
}

fn block_key(x: i64, y: i64, z: i64) -> u64 {
    spread(x as u64) | spread(y as u64) << 1 | spread(z as u64) << 2
}

/// Puts two zero bits between the lowest 21 bits.
fn spread(mut v: u64) -> u64 {
    v &= 0x1f_ffff;
    v = (v | v << 32) & 0x001f_0000_0000_ffff;
    v = (v | v << 16) & 0x001f_0000_ff00_00ff;
    v = (v | v << 8) & 0x100f_00f0_0f00_f00f;
    v = (v | v << 4) & 0x10c3_0c30_c30c_30c3;
    (v | v << 2) & 0x1249_2492_4924_9249
}

/// Sorts (key, index) pairs; pieces at the same time, then merged.
pub(super) fn sort(pairs: &mut [(u64, u32)], threads: NonZeroUsize) {
    let cuts = parallel::cuts(pairs.len(), threads);
    let several = cuts.len() > 1;
    parallel::map(parallel::split_mut(pairs, &cuts), <[_]>::sort_unstable);
    if several {
        // The stable sort sees that there are sorted runs, and merges them.
        pairs.sort();
    }
}

/// Points in the order of [`Space::key`], each once, and where each cell begins.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells {
    pub points: Vec<[f64; 3]>,
    keys: Vec<u64>,
    /// Where each cell of each block begins in `points`; the next one begins where it ends.
    starts: Vec<u32>,
    /// Open addressing: block key and number of the block.
    table: Vec<(u64, u32)>,
    blocks: usize,
}

impl Cells {
    /// Sorts `points`, all held by `space` and fewer than 2^32 - 1; the number of exact duplicates, which are left out. `pairs` is room to work in.
    pub fn fill(
        &mut self,
        points: impl Fn(usize) -> [f64; 3],
        pairs: &mut [(u64, u32)],
        threads: NonZeroUsize,
    ) -> usize {
        sort(pairs, threads);
        self.points.clear();
        self.keys.clear();
        self.points.extend(pairs.iter().map(|pair| points(pair.1 as usize)));
        self.keys.extend(pairs.iter().map(|pair| pair.0));
        let duplicates = self.order_within_cells();
        self.index();
        duplicates
    }

    /// Takes the points of `others` that `keep` wants.
    pub fn keep_of(&mut self, others: &Cells, keep: impl Fn(usize) -> bool) {
        self.points.clear();
        self.keys.clear();
        for (index, (point, key)) in others.points.iter().zip(&others.keys).enumerate() {
            if keep(index) {
                self.points.push(*point);
                self.keys.push(*key);
            }
        }
        self.index();
    }

    /// Points of a cell by coordinates, and equal ones once.
    fn order_within_cells(&mut self) -> usize {
        let order =
            |a: &[f64; 3], b: &[f64; 3]| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])).then(a[2].total_cmp(&b[2]));
        let (mut from, mut kept) = (0, 0);
        while from < self.keys.len() {
            let key = self.keys[from];
            let mut to = from + 1;
            while to < self.keys.len() && self.keys[to] == key {
                to += 1;
            }
            if to > from + 1 {
                self.points[from..to].sort_unstable_by(order);
            }
            let first = kept;
            for at in from..to {
                let point = self.points[at];
                if kept == first || self.points[kept - 1] != point {
                    (self.points[kept], self.keys[kept]) = (point, key);
                    kept += 1;
                }
            }
            from = to;
        }
        let duplicates = self.points.len() - kept;
        self.points.truncate(kept);
        self.keys.truncate(kept);
        duplicates
    }

    fn index(&mut self) {
        self.starts.clear();
        self.blocks = self.keys.chunk_by(|a, b| a >> LOCAL_BITS == b >> LOCAL_BITS).count();
        self.table.clear();
        self.table.resize((2 * self.blocks + 1).next_power_of_two(), (0, NONE));
        let mut from = 0;
        let mut number = 0;
        while from < self.keys.len() {
            let block = self.keys[from] >> LOCAL_BITS;
            let mut at = from;
            for cell in 0..LOCAL as u64 {
                self.starts.push(at as u32);
                while at < self.keys.len() && self.keys[at] == (block << LOCAL_BITS | cell) {
                    at += 1;
                }
            }
            let mask = self.table.len() - 1;
            let mut slot = hash(block) & mask;
            while self.table[slot].1 != NONE {
                slot = (slot + 1) & mask;
            }
            self.table[slot] = (block, number);
            number += 1;
            from = at;
        }
        self.starts.push(self.keys.len() as u32);
    }

    pub fn memory_bytes(&self) -> usize {
        24 * self.points.capacity() + 8 * self.keys.capacity() + 4 * self.starts.capacity() + 16 * self.table.capacity()
    }

    fn block(&self, key: u64) -> Option<usize> {
        let mask = self.table.len().checked_sub(1)?;
        let mut slot = hash(key) & mask;
        loop {
            match self.table[slot] {
                (_, NONE) => return None,
                (found, number) if found == key => return Some(number as usize),
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    /// Calls `visit` with index and squared distance of the points within `radius_m` of `point`. At most about `visits` points are
    /// looked at; the number of those in the cells searched that were not is returned.
    pub fn for_each_within(
        &self,
        space: &Space,
        point: &[f64; 3],
        radius_m: f64,
        visits: usize,
        mut visit: impl FnMut(u32, f64),
    ) -> usize {
        let low = point.map(|x| space.cell(x - radius_m));
        let high = point.map(|x| space.cell(x + radius_m));
        let limit = radius_m * radius_m;
        let (mut looked, mut unseen) = (0, 0);
        let mut check = |from: usize, to: usize| {
            let end = to.min(from + visits.saturating_sub(looked));
            looked += end - from;
            unseen += to - end;
            for (index, near) in self.points[from..end].iter().enumerate() {
                let squared = squared_distance(near, point);
                if squared <= limit {
                    visit((from + index) as u32, squared);
                }
            }
        };
        let searched = (0..3).map(|axis| ((high[axis] >> 2) - (low[axis] >> 2) + 1) as u64).product::<u64>();
        if searched > self.blocks as u64 + 64 {
            check(0, self.points.len());
            return unseen;
        }
        for bz in low[2] >> 2..=high[2] >> 2 {
            for by in low[1] >> 2..=high[1] >> 2 {
                for bx in low[0] >> 2..=high[0] >> 2 {
                    let Some(number) = self.block(block_key(bx, by, bz)) else { continue };
                    let starts = &self.starts[number * LOCAL..=(number + 1) * LOCAL];
                    let (x0, x1) = (low[0].max(bx << 2), high[0].min(bx << 2 | 3));
                    for z in low[2].max(bz << 2)..=high[2].min(bz << 2 | 3) {
                        for y in low[1].max(by << 2)..=high[1].min(by << 2 | 3) {
                            check(starts[local(x0, y, z)] as usize, starts[local(x1, y, z) + 1] as usize);
                        }
                    }
                }
            }
        }
        unseen
    }
}

/// Knuth's multiplicative hash with 2^64 / golden ratio.
fn hash(key: u64) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize
}

pub(super) fn squared_distance(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    let d = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    d[0] * d[0] + d[1] * d[1] + d[2] * d[2]
}
