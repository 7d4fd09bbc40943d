//! Two tracks of one object: a sensor with a bias founds its own, and when the bias is taken out both follow the same.

use super::Sky;
use super::track::Track;
use crate::assess::TrackId;
use crate::plot::SensorIndex;
use downrange_earth::Time;
use nalgebra::Vector6;
use std::collections::BTreeMap;

/// Pairs of tracks that may be one, with the evidence for it.
pub(super) type Twins = BTreeMap<(TrackId, TrackId), Alike>;

/// How long two tracks have been alike.
#[derive(Debug, Clone, Copy)]
pub(super) struct Alike {
    since: Time,
    /// Looks since then that showed one of them only.
    looks: u32,
}

/// Two tracks are alike when the difference of their states is: 99.9 % of a χ² of six degrees of freedom.
const ALIKE_CHI2: f64 = 22.5;
/// What is known worse than this is like anything.
const KNOWN_SIGMA_M: f64 = 3e3;
/// And nothing this far apart is one.
const NEAR_M: f64 = 6e3;
/// They are one when they were alike for so long, in so many looks each of which showed one plot and not two: of two objects, with a
/// probability of detection of 0.8, that happens once in a thousand million times.
const ALIKE_S: f64 = 8.0;
const ALIKE_LOOKS: u32 = 12;

impl Sky {
    /// Takes note of a look of a sensor that began at `start`; drops the younger of two tracks that have shown to be one.
    pub(super) fn merge_twins(&mut self, sensor: SensorIndex, start: Time, now: Time) {
        let mut order: Vec<usize> = (0..self.tracks.len()).filter(|&at| self.tracks[at].confirmed).collect();
        let x_m: Vec<f64> = self.tracks.iter().map(|track| track.position_m().x).collect();
        order.sort_by(|&a, &b| x_m[a].total_cmp(&x_m[b]).then(a.cmp(&b)));
        let hit = |track: &Track| track.sensors[usize::from(sensor.0)].last_hit.is_some_and(|last| last >= start);
        let mut alike = BTreeMap::new();
        let mut same = Vec::new();
        for (rank, &a) in order.iter().enumerate() {
            for &b in order[rank + 1..].iter().take_while(|&&b| x_m[b] - x_m[a] < NEAR_M) {
                let (old, young) = if self.tracks[a].hits >= self.tracks[b].hits { (a, b) } else { (b, a) };
                let (old, young) = (&self.tracks[old], &self.tracks[young]);
                if !are_alike(old, young) || (hit(old) && hit(young)) {
                    continue;
                }
                let key = (old.id.min(young.id), old.id.max(young.id));
                let mut pair = self.twins.get(&key).copied().unwrap_or(Alike { since: now, looks: 0 });
                pair.looks += u32::from(hit(old) || hit(young));
                if pair.looks >= ALIKE_LOOKS && now.seconds_since(pair.since) >= ALIKE_S {
                    same.push(young.id);
                } else {
                    alike.insert(key, pair);
                }
            }
        }
        self.twins = alike;
        if !same.is_empty() {
            self.tracks.retain(|track| !same.contains(&track.id));
        }
    }
}

fn are_alike(a: &Track, b: &Track) -> bool {
    let dt_s = a.time.seconds_since(b.time);
    let apart_m = a.position_m() - b.position_m() - b.velocity_mps() * dt_s;
    if apart_m.norm() > NEAR_M || a.spread().0 > KNOWN_SIGMA_M || b.spread().0 > KNOWN_SIGMA_M {
        return false;
    }
    let apart_mps = a.velocity_mps() - b.velocity_mps();
    let apart = Vector6::new(apart_m.x, apart_m.y, apart_m.z, apart_mps.x, apart_mps.y, apart_mps.z);
    let covariance = a.covariance6() + b.covariance6();
    covariance.cholesky().is_some_and(|root| apart.dot(&root.solve(&apart)) < ALIKE_CHI2)
}
