//! How probable it is that something falls on one vessel or aircraft: the density of the fall, seen from aboard.

use super::ALOFT_HEIGHT_M;
use crate::assess::{FallSample, Impact};
use crate::geometry::LocalPlane;
use crate::traffic::Reckoned;
use core::f64::consts::PI;
use downrange_earth::Time;

/// The ways in which one object may come down, on a plane around its most probable place.
pub(super) struct Fall<'a> {
    pub(super) impact: &'a Impact,
    plane: LocalPlane,
    ways: Vec<Way>,
    /// No way leads farther than this from the centre of the plane.
    radius_m: f64,
    /// First and last time of reaching the ground or passing aloft, seconds from the mean fall.
    first_s: f64,
    last_s: f64,
}

/// One [`FallSample`] on the plane; times in seconds from the mean fall.
struct Way {
    ground: [f64; 2],
    ground_s: f64,
    aloft: [f64; 2],
    aloft_s: f64,
}

/// A hit, with the mean time of the falls near the target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Hit {
    pub(super) probability: f64,
    pub(super) time: Time,
}

/// Who may be hit: where it will be, how high, and how large a target it is for something that sinks this fast.
pub(super) struct Target<R, A> {
    pub(super) reckoned: R,
    pub(super) height_m: f64,
    pub(super) cross_section_m2: A,
}

impl<'a> Fall<'a> {
    /// Lays the samples out. An impact without samples is taken as equally likely at its place and at every corner of its
    /// areas.
    pub(super) fn new(impact: &'a Impact) -> Fall<'a> {
        let plane = LocalPlane::new(impact.position);
        let seconds = |time: Time| time.seconds_since(impact.time);
        let way = |s: &FallSample| Way {
            ground: plane.project(s.position),
            ground_s: seconds(s.time),
            aloft: plane.project(s.aloft),
            aloft_s: seconds(s.aloft_time),
        };
        let ways: Vec<Way> = if impact.samples.is_empty() {
            corner_samples(impact).iter().map(way).collect()
        } else {
            impact.samples.iter().map(way).collect()
        };
        let radius_m = ways.iter().map(|w| length(w.ground).max(length(w.aloft))).fold(0.0, f64::max);
        let first_s = ways.iter().map(|w| w.aloft_s.min(w.ground_s)).fold(0.0, f64::min);
        let last_s = ways.iter().map(|w| w.ground_s.max(w.aloft_s)).fold(0.0, f64::max);
        Fall { impact, plane, ways, radius_m, first_s, last_s }
    }

    /// Whether a place, at the end of the fall, is so far away that nothing of this fall can matter there.
    pub(super) fn is_far(&self, place: Reckoned) -> bool {
        // With the two hundred samples that are usual, six sigma of the kernel are less than 2.5 radii of the cloud, and
        // six sigma are enough for 1e-8. What flies at 250 m/s during the last minute is within 15 km.
        length(self.plane.project(place.position)) > 4.0 * self.radius_m + 6.0 * place.sigma_m + 20_000.0
    }

    /// Last time at which something of it comes down.
    pub(super) fn last(&self) -> Time {
        self.impact.time.plus_s(self.last_s)
    }

    /// Mean speed of sinking below 12 km.
    fn sink_mps(&self) -> f64 {
        let mean_s = self.ways.iter().map(|w| w.ground_s - w.aloft_s).sum::<f64>() / self.ways.len().max(1) as f64;
        // Nothing large sinks slower than 30 m/s without a parachute, and nothing that still holds together faster than 4 km/s.
        if mean_s > 0.0 { (ALOFT_HEIGHT_M / mean_s).clamp(30.0, 4_000.0) } else { 300.0 }
    }

    /// Probability that it is hit.
    ///
    /// The falls are written relative to where the target will be at the time of each (`d_i`), so that motion, time
    /// spread and place spread are all in one cloud, and the density at the target is a Gaussian kernel estimate with
    /// bandwidth `H = n^(-1/3) Σ` (Scott, Multivariate Density Estimation, 1992, eq. 6.41, two dimensions). Samples are
    /// drawn together by `a = √(1 - n^(-1/3))`, so that smoothing does not widen the cloud (West, J. R. Stat. Soc. B 55,
    /// 1993, section 3). The target is a disc with a soft edge, `exp(-|x|²/r²)`, of the same area `π r²`: this keeps the
    /// integral a Gaussian, and the answer at most one however narrow the cloud is. The uncertainty of the target's own
    /// place is added to the kernel:
    ///
    /// `p = π r² · (1/n) Σ N(d_i'; 0, H + (σ² + r²/2) I)`
    pub(super) fn hit<R, A>(&self, target: &Target<R, A>) -> Option<Hit>
    where
        R: Fn(Time) -> Option<Reckoned>,
        A: Fn(f64) -> f64,
    {
        let count = self.ways.len() as f64;
        let cloud = self.relative_cloud(target)?;
        let sigma_m = (target.reckoned)(self.impact.time)?.sigma_m;
        let area_m2 = (target.cross_section_m2)(self.sink_mps());
        let shrunk = libm::pow(count, -1.0 / 3.0);
        let soft_m2 = sigma_m * sigma_m + 0.5 * area_m2 / PI;
        let mean = mean(&cloud);
        let [xx, xy, yy] = covariance(&cloud, mean);
        let (sxx, sxy, syy) = (shrunk * xx + soft_m2, shrunk * xy, shrunk * yy + soft_m2);
        let determinant = sxx * syy - sxy * sxy;
        let pull = if cloud.len() > 1 { libm::sqrt(1.0 - shrunk) } else { 1.0 };
        let (mut sum, mut sum_s) = (0.0, 0.0);
        for &(d, at_s) in &cloud {
            let x = mean[0] + pull * (d[0] - mean[0]);
            let y = mean[1] + pull * (d[1] - mean[1]);
            let distance2 = (syy * x * x - 2.0 * sxy * x * y + sxx * y * y) / determinant;
            let weight = libm::exp(-0.5 * distance2);
            sum += weight;
            sum_s += weight * at_s;
        }
        let probability = area_m2 * sum / (count * 2.0 * PI * libm::sqrt(determinant));
        let at_s = if sum > 0.0 { sum_s / sum } else { 0.0 };
        Some(Hit { probability: probability.clamp(0.0, 1.0), time: self.impact.time.plus_s(at_s) })
    }

    /// Falls relative to the target, with their times. The target moves along a straight line of the plane between where
    /// it is at the first and at the last of them.
    fn relative_cloud<R, A>(&self, target: &Target<R, A>) -> Option<Vec<([f64; 2], f64)>>
    where
        R: Fn(Time) -> Option<Reckoned>,
    {
        let place = |at_s: f64| Some(self.plane.project((target.reckoned)(self.impact.time.plus_s(at_s))?.position));
        let (start, end) = (place(self.first_s)?, place(self.last_s)?);
        let window_s = (self.last_s - self.first_s).max(1e-9);
        let aloft_share = (target.height_m / ALOFT_HEIGHT_M).clamp(0.0, 1.0);
        let between = |a: f64, b: f64, share: f64| a + share * (b - a);
        let relative = |w: &Way| {
            let at_s = between(w.ground_s, w.aloft_s, aloft_share);
            let moved = (at_s - self.first_s) / window_s;
            let along = |k: usize| between(w.ground[k], w.aloft[k], aloft_share) - between(start[k], end[k], moved);
            ([along(0), along(1)], at_s)
        };
        Some(self.ways.iter().map(relative).collect())
    }
}

fn corner_samples(impact: &Impact) -> Vec<FallSample> {
    let corners = impact.areas.iter().flat_map(|a| a.ring().iter().skip(1).copied());
    let sample = |position| FallSample {
        position,
        time: impact.time,
        aloft: position,
        aloft_time: impact.time.plus_s(-ALOFT_HEIGHT_M / 300.0),
    };
    core::iter::once(impact.position).chain(corners).map(sample).collect()
}

fn length(v: [f64; 2]) -> f64 {
    libm::hypot(v[0], v[1])
}

fn mean(cloud: &[([f64; 2], f64)]) -> [f64; 2] {
    let count = cloud.len().max(1) as f64;
    let sum = cloud.iter().fold([0.0, 0.0], |s, (d, _)| [s[0] + d[0], s[1] + d[1]]);
    [sum[0] / count, sum[1] / count]
}

/// The unbiased covariance: xx, xy, yy.
fn covariance(cloud: &[([f64; 2], f64)], mean: [f64; 2]) -> [f64; 3] {
    let divisor = cloud.len().saturating_sub(1).max(1) as f64;
    let sum = cloud.iter().fold([0.0; 3], |s, (d, _)| {
        let (x, y) = (d[0] - mean[0], d[1] - mean[1]);
        [s[0] + x * x, s[1] + x * y, s[2] + y * y]
    });
    [sum[0] / divisor, sum[1] / divisor, sum[2] / divisor]
}
