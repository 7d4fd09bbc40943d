//! Splitting an association problem into clusters that do not influence each other.

use super::Candidate;

/// The independent clusters of a set of (track, plot) candidates: tracks that share no plot, directly or through
/// others, can be solved apart. Clusters stand in the order of their lowest track, members ascending. A track or plot
/// without a candidate is in none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clusters {
    tracks: Vec<u32>,
    track_start: Vec<u32>,
    plots: Vec<u32>,
    plot_start: Vec<u32>,
}

/// One cluster: its tracks and its plots, both ascending.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cluster<'a> {
    /// Tracks of this cluster.
    pub tracks: &'a [u32],
    /// Plots of this cluster.
    pub plots: &'a [u32],
}

impl Clusters {
    /// Number of clusters.
    pub fn len(&self) -> usize {
        self.track_start.len().saturating_sub(1)
    }

    /// True when there is no candidate at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cluster number `index` (below [`Clusters::len`]).
    pub fn get(&self, index: usize) -> Cluster<'_> {
        let range = |start: &[u32]| start[index] as usize..start[index + 1] as usize;
        Cluster { tracks: &self.tracks[range(&self.track_start)], plots: &self.plots[range(&self.plot_start)] }
    }

    /// All clusters in order.
    pub fn iter(&self) -> impl Iterator<Item = Cluster<'_>> {
        (0..self.len()).map(|index| self.get(index))
    }
}

/// Splits candidates into clusters. Candidates whose track or plot is out of range are ignored.
///
/// ```
/// use downrange_track::associate::{Candidate, cluster};
/// let pair = |track, plot| Candidate { track, plot, log_weight: 1.0 };
/// let clusters = cluster::split(3, 4, &[pair(2, 3), pair(0, 1), pair(2, 1)]);
/// assert_eq!(clusters.len(), 1); // 0 and 2 share plot 1; track 1 has no candidate
/// assert_eq!(clusters.get(0).tracks, [0, 2]);
/// assert_eq!(clusters.get(0).plots, [1, 3]);
/// ```
pub fn split(tracks: usize, plots: usize, candidates: &[Candidate]) -> Clusters {
    let inside = candidates.iter().filter(|c| (c.track as usize) < tracks && (c.plot as usize) < plots);
    split_pairs(tracks, plots, || inside.clone().map(|c| (c.track, c.plot)))
}

const NONE: u32 = u32::MAX;

/// [`split`] over any repeatable list of (track, plot) pairs in range.
pub(crate) fn split_pairs<I: Iterator<Item = (u32, u32)>>(
    tracks: usize,
    plots: usize,
    pairs: impl Fn() -> I,
) -> Clusters {
    // The root of a set is always its lowest track, so roots in track order are clusters in the promised order.
    let mut parent: Vec<u32> = vec![NONE; tracks];
    let mut owner: Vec<u32> = vec![NONE; plots];
    for (track, plot) in pairs() {
        if parent[track as usize] == NONE {
            parent[track as usize] = track;
        }
        let held = &mut owner[plot as usize];
        if *held == NONE {
            *held = track;
        } else {
            let (a, b) = (find(&mut parent, *held), find(&mut parent, track));
            parent[a.max(b) as usize] = a.min(b);
        }
    }
    let mut number = vec![NONE; tracks];
    let mut count = 0;
    let mut cluster_of_track = Vec::with_capacity(tracks);
    for track in 0..tracks as u32 {
        let cluster = if parent[track as usize] == NONE {
            NONE
        } else {
            let root = find(&mut parent, track) as usize;
            if number[root] == NONE {
                number[root] = count;
                count += 1;
            }
            number[root]
        };
        cluster_of_track.push(cluster);
    }
    for plot in &mut owner {
        if *plot != NONE {
            *plot = cluster_of_track[*plot as usize];
        }
    }
    let (track_start, tracks) = counting_sort(&cluster_of_track, count as usize);
    let (plot_start, plots) = counting_sort(&owner, count as usize);
    Clusters { tracks, track_start, plots, plot_start }
}

fn find(parent: &mut [u32], mut node: u32) -> u32 {
    while parent[node as usize] != node {
        let above = parent[parent[node as usize] as usize];
        parent[node as usize] = above;
        node = above;
    }
    node
}

/// Members of every bucket, in ascending order, and where each bucket starts.
fn counting_sort(bucket_of: &[u32], buckets: usize) -> (Vec<u32>, Vec<u32>) {
    let mut start = vec![0u32; buckets + 1];
    for &bucket in bucket_of.iter().filter(|&&bucket| bucket != NONE) {
        start[bucket as usize + 1] += 1;
    }
    for bucket in 0..buckets {
        start[bucket + 1] += start[bucket];
    }
    let mut next = start.clone();
    let mut members = vec![0u32; start[buckets] as usize];
    for (member, &bucket) in bucket_of.iter().enumerate().filter(|&(_, &bucket)| bucket != NONE) {
        members[next[bucket as usize] as usize] = member as u32;
        next[bucket as usize] += 1;
    }
    (start, members)
}
