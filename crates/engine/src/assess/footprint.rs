//! From samples of a fall to areas that hold it with a stated probability.

use super::area::{HazardArea, convex_hull};
use super::{FallSample, Impact};
use crate::traffic::SurfacePosition;
use downrange_earth::Time;

/// Probabilities that areas are made for, smallest first.
pub const PROBABILITIES: [f64; 3] = [0.5, 0.95, 0.99];
/// Corners that a warned polygon has at most: a person may have to read it out.
const CORNERS_MAX: usize = 24;
/// Smallest one-sigma of a footprint: nobody knows a fall better than this (wind over the last 10 km of a fall).
const SIGMA_MIN_M: f64 = 20.0;
/// Points around each sample's kernel from which the hull is made.
const KERNEL_POINTS: usize = 12;
const METRES_PER_RADIAN: f64 = 6_371_008.8;

/// A local plane: metres along and across the long axis of the samples.
struct Plane {
    latitude_rad: f64,
    longitude_rad: f64,
    cos_latitude: f64,
    cos_axis: f64,
    sin_axis: f64,
}

impl Plane {
    fn east_north(&self, p: SurfacePosition) -> (f64, f64) {
        let turn = core::f64::consts::TAU;
        let d_longitude = p.longitude_rad - self.longitude_rad;
        let d_longitude = d_longitude - turn * libm::round(d_longitude / turn);
        (d_longitude * self.cos_latitude * METRES_PER_RADIAN, (p.latitude_rad - self.latitude_rad) * METRES_PER_RADIAN)
    }

    fn along_across(&self, p: SurfacePosition) -> (f64, f64) {
        let (east, north) = self.east_north(p);
        (east * self.cos_axis + north * self.sin_axis, -east * self.sin_axis + north * self.cos_axis)
    }

    fn place(&self, (along, across): (f64, f64)) -> SurfacePosition {
        let east = along * self.cos_axis - across * self.sin_axis;
        let north = along * self.sin_axis + across * self.cos_axis;
        SurfacePosition {
            latitude_rad: (self.latitude_rad + north / METRES_PER_RADIAN).clamp(-1.55, 1.55),
            longitude_rad: self.longitude_rad + east / (self.cos_latitude * METRES_PER_RADIAN),
        }
    }
}

fn plane(samples: &[FallSample]) -> Plane {
    let n = samples.len() as f64;
    let first = samples[0].position;
    let mut plane = Plane {
        latitude_rad: first.latitude_rad,
        longitude_rad: first.longitude_rad,
        cos_latitude: libm::cos(first.latitude_rad).max(0.02),
        cos_axis: 1.0,
        sin_axis: 0.0,
    };
    let (mut east, mut north) = (0.0, 0.0);
    for sample in samples {
        let (e, k) = plane.east_north(sample.position);
        east += e / n;
        north += k / n;
    }
    let centre = plane.place((east, north));
    plane.latitude_rad = centre.latitude_rad;
    plane.longitude_rad = centre.longitude_rad;
    plane.cos_latitude = libm::cos(centre.latitude_rad).max(0.02);
    let (mut ee, mut nn, mut en) = (0.0, 0.0, 0.0);
    for sample in samples {
        let (e, k) = plane.east_north(sample.position);
        ee += e * e / n;
        nn += k * k / n;
        en += e * k / n;
    }
    let axis_rad = 0.5 * libm::atan2(2.0 * en, ee - nn);
    plane.cos_axis = libm::cos(axis_rad);
    plane.sin_axis = libm::sin(axis_rad);
    plane
}

/// Samples on their plane.
struct Map<'a> {
    samples: &'a [FallSample],
    plane: Plane,
    ranked: Ranked,
}

impl Map<'_> {
    fn of(samples: &[FallSample]) -> Map<'_> {
        let plane = plane(samples);
        let ranked = Ranked::of(samples.iter().map(|s| plane.along_across(s.position)).collect());
        Map { samples, plane, ranked }
    }

    /// The most probable place of the fall: where the samples are densest.
    fn densest(&self) -> SurfacePosition {
        let Ranked { points, order, .. } = &self.ranked;
        // The mean of the densest half is steadier than the single densest sample.
        let half = &order[..order.len().div_ceil(2)];
        let n = half.len() as f64;
        let mean = half.iter().fold((0.0, 0.0), |sum, &i| (sum.0 + points[i].0 / n, sum.1 + points[i].1 / n));
        self.plane.place(mean)
    }

    fn areas(&self, factors: &[f64; 3]) -> Option<Vec<HazardArea>> {
        let (earliest, latest) = window(self.samples);
        let core = core_rings(self);
        let (plane, rings) = match core {
            Some((ref plane, rings)) => (plane, rings),
            None => (&self.plane, hull_rings(&self.ranked)),
        };
        let middle = plane.along_across(self.densest());
        let mut areas: Vec<HazardArea> = Vec::new();
        for ((probability, corners), factor) in PROBABILITIES.into_iter().zip(rings).zip(factors) {
            let apart = |(along, across): (f64, f64)| {
                (middle.0 + factor * (along - middle.0), middle.1 + factor * (across - middle.1))
            };
            let mut corners: Vec<SurfacePosition> = corners.into_iter().map(|p| plane.place(apart(p))).collect();
            // What holds the fall more surely holds all that holds it less surely.
            corners.extend(areas.last().into_iter().flat_map(|smaller| smaller.ring()));
            let hull = fewer_corners(convex_hull(&corners), plane);
            areas.push(HazardArea::new(probability, hull, earliest, latest).ok()?);
        }
        Some(areas)
    }
}

/// The samples drawn apart from their middle by a factor.
pub fn spread(samples: &[FallSample], factor: f64) -> Vec<FallSample> {
    if samples.is_empty() {
        return Vec::new();
    }
    let plane = plane(samples);
    let apart = |p: SurfacePosition| {
        let (along, across) = plane.along_across(p);
        plane.place((along * factor, across * factor))
    };
    samples.iter().map(|s| FallSample { position: apart(s.position), aloft: apart(s.aloft), ..*s }).collect()
}

/// Areas for [`PROBABILITIES`], and the most probable place; `None` without at least three samples.
///
/// Samples that look normal get the ellipse of that probability, with corners on it. So do those that look normal but for a few
/// far ones (another kind of body, a way that is hardly ever gone): the ellipse then holds so much more of the others, and only
/// an area that must hold far ones reaches them. Others get the convex hull of their
/// densest share, each spread by its kernel; how large a share that is, is found by asking each half of the samples how many
/// of the other half its hull holds (so a hull is neither flattered by the samples that made it nor by its kernels).
///
/// The areas are then drawn apart from the most probable place by `factors`, or together.
pub fn footprint(samples: &[FallSample], factors: &[f64; 3]) -> Option<(Vec<HazardArea>, SurfacePosition)> {
    let near = within_map(samples);
    if near.len() < 3 {
        return None;
    }
    let map = Map::of(&near);
    Some((map.areas(factors)?, map.densest()))
}

/// Where and when it falls, by samples of that; areas are drawn apart by these factors.
pub fn impact(samples: Vec<FallSample>, factors: &[f64; 3]) -> Option<Impact> {
    let (areas, position) = footprint(&samples, factors)?;
    let n = samples.len() as f64;
    let origin = samples[0].time;
    let mean_s = samples.iter().map(|s| s.time.seconds_since(origin)).sum::<f64>() / n;
    let variance = samples.iter().map(|s| s.time.seconds_since(origin) - mean_s).map(|d| d * d).sum::<f64>() / n;
    Some(Impact { time: origin.plus_s(mean_s), time_sigma_s: libm::sqrt(variance).max(0.5), position, areas, samples })
}

/// The most probable place of a fall of which there are samples; the only one when there is one.
pub fn densest(samples: &[FallSample]) -> SurfacePosition {
    let near = within_map(samples);
    if near.len() < 3 { samples[0].position } else { Map::of(&near).densest() }
}

/// Corners of an area for each of [`PROBABILITIES`], in a plane.
type Rings = [Vec<(f64, f64)>; 3];

/// Far samples that are left out at most, as a share of all; an ellipse is asked for no more than this.
const FAR_SHARE: f64 = 0.04;
const ELLIPSE_PROBABILITY_MAX: f64 = 0.995;

/// Ellipses around samples that look normal but for a few far ones; `None` where more than a few have to be left out.
fn core_rings(map: &Map) -> Option<(Plane, Rings)> {
    let (samples, order) = (map.samples, &map.ranked.order);
    let n = samples.len();
    (0..=(FAR_SHARE * n as f64) as usize).find_map(|left_out| {
        let core: Vec<FallSample> = order[..n - left_out].iter().map(|&at| samples[at]).collect();
        let plane = plane(&core);
        let points: Vec<_> = core.iter().map(|s| plane.along_across(s.position)).collect();
        let ellipse = Ellipse::of(&points).filter(|ellipse| ellipse.fits(&points))?;
        let ring = |probability: f64| {
            let of_core = probability * n as f64 / core.len() as f64;
            if left_out == 0 || of_core <= ELLIPSE_PROBABILITY_MAX {
                return ellipse.corners(of_core);
            }
            let everything: Vec<_> = samples.iter().map(|s| plane.along_across(s.position)).collect();
            let mut corners = ellipse.corners(ELLIPSE_PROBABILITY_MAX);
            corners.extend(Ranked::of(everything).kernels(1.0));
            corners
        };
        let rings = PROBABILITIES.map(ring);
        Some((plane, rings))
    })
}

fn hull_rings(ranked: &Ranked) -> Rings {
    shares_that_hold(&ranked.points).map(|share| ranked.kernels(share).collect())
}

/// Points with their kernel, and their numbers, densest first.
struct Ranked {
    points: Vec<(f64, f64)>,
    kernel: Kernel,
    order: Vec<usize>,
}

impl Ranked {
    fn of(points: Vec<(f64, f64)>) -> Ranked {
        let kernel = Kernel::of(&points);
        let order = kernel.by_density(&points);
        Ranked { points, kernel, order }
    }

    /// How many points the densest share has.
    fn count(&self, share: f64) -> usize {
        (libm::round(share * self.points.len() as f64) as usize).clamp(2, self.points.len())
    }

    /// Points around the kernels of the densest share; their hull is an area.
    fn kernels(&self, share: f64) -> impl Iterator<Item = (f64, f64)> {
        let around = self.kernel.around();
        self.order[..self.count(share)].iter().flat_map(move |&i| {
            let (along, across) = self.points[i];
            around.map(|(a, c)| (along + a, across + c))
        })
    }

    /// Whether these places lie in the hulls of shares of the kernels: how many of them do, for each share.
    fn held<const N: usize>(&self, shares: [f64; N], places: &[(f64, f64)]) -> [usize; N] {
        // Sorted once for all shares: the hulls need them so.
        let mut kernels: Vec<_> = self.kernels(1.0).enumerate().collect();
        kernels.sort_unstable_by(|(_, a), (_, b)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        shares.map(|share| {
            let count = self.count(share) * KERNEL_POINTS;
            let sorted: Vec<_> = kernels.iter().filter(|(at, _)| *at < count).map(|&(_, point)| point).collect();
            let hull = plane_hull(&sorted);
            places.iter().filter(|&&p| is_inside(&hull, p)).count()
        })
    }
}

/// Shares of the densest samples whose hulls hold [`PROBABILITIES`] of samples that did not make them.
fn shares_that_hold(points: &[(f64, f64)]) -> [f64; 3] {
    const TRIED: [f64; 12] = [0.15, 0.2, 0.25, 0.3, 0.36, 0.43, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
    let half = |parity: usize| -> Vec<(f64, f64)> {
        points.iter().enumerate().filter(|(i, _)| i % 2 == parity).map(|(_, &p)| p).collect()
    };
    let halves = [half(0), half(1)].map(Ranked::of);
    let mut inside = [0; TRIED.len()];
    for (made, asked) in [(0, 1), (1, 0)] {
        if halves[made].points.len() >= 3 {
            let held = halves[made].held(TRIED, &halves[asked].points);
            inside.iter_mut().zip(held).for_each(|(sum, held)| *sum += held);
        }
    }
    let tried: [_; TRIED.len()] = core::array::from_fn(|at| (TRIED[at], inside[at] as f64 / points.len() as f64));
    PROBABILITIES.map(|probability| {
        let Some(next) = tried.iter().position(|&(_, held)| held >= probability) else { return 1.0 };
        if next == 0 {
            return tried[0].0;
        }
        let ((below, held_below), (above, held_above)) = (tried[next - 1], tried[next]);
        below + (above - below) * (probability - held_below) / (held_above - held_below).max(1e-9)
    })
}

/// The convex hull in the plane of sorted points, counter-clockwise (Andrew 1979).
fn plane_hull(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut hull: Vec<(f64, f64)> = Vec::new();
    add_half_hull(&mut hull, points.iter());
    add_half_hull(&mut hull, points.iter().rev());
    hull
}

fn add_half_hull<'a>(hull: &mut Vec<(f64, f64)>, ordered: impl Iterator<Item = &'a (f64, f64)>) {
    let floor = hull.len();
    for &p in ordered {
        while hull.len() >= floor + 2 && side(hull[hull.len() - 2], hull[hull.len() - 1], p) <= 0.0 {
            hull.pop();
        }
        hull.push(p);
    }
    hull.pop();
}

/// Twice the area of the triangle; positive when `c` lies to the left of the way from `a` to `b`.
fn side(a: (f64, f64), b: (f64, f64), c: (f64, f64)) -> f64 {
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
}

fn is_inside(hull: &[(f64, f64)], point: (f64, f64)) -> bool {
    hull.len() >= 3 && (0..hull.len()).all(|i| side(hull[i], hull[(i + 1) % hull.len()], point) >= 0.0)
}

/// Mean and spread of points along their own axes.
struct Ellipse {
    centre: (f64, f64),
    along_m: f64,
    across_m: f64,
}

impl Ellipse {
    /// `None` with too few points to tell.
    fn of(points: &[(f64, f64)]) -> Option<Ellipse> {
        let n = points.len() as f64;
        let centre = points.iter().fold((0.0, 0.0), |sum, p| (sum.0 + p.0 / n, sum.1 + p.1 / n));
        // The axes of the plane are the points' own: no covariance is left between them.
        let variance =
            |value: &dyn Fn(&(f64, f64)) -> f64| points.iter().map(value).map(|d| d * d).sum::<f64>() / (n - 1.0);
        let along_m = libm::sqrt(variance(&|p| p.0 - centre.0));
        let across_m = libm::sqrt(variance(&|p| p.1 - centre.1));
        (points.len() >= 20 && across_m > 0.0).then_some(Ellipse { centre, along_m, across_m })
    }

    /// Squared distance from the centre in sigmas.
    fn distance2(&self, p: &(f64, f64)) -> f64 {
        let (a, c) = ((p.0 - self.centre.0) / self.along_m, (p.1 - self.centre.1) / self.across_m);
        a * a + c * c
    }

    /// Whether the points look drawn from the normal distribution of this ellipse: the shares inside the ellipses of 50 and
    /// 95 % are what they should be to about two sigmas, neither axis leans, and nothing lies far out.
    fn fits(&self, points: &[(f64, f64)]) -> bool {
        let n = points.len() as f64;
        let within = |quantile2: f64| points.iter().filter(|x| self.distance2(x) <= quantile2).count() as f64 / n;
        let inside = |p: f64| within(quantile2(p));
        let room = |p: f64| 2.0 * libm::sqrt(p * (1.0 - p) / n);
        let skew = |value: &dyn Fn(&(f64, f64)) -> f64| points.iter().map(value).map(|z| z * z * z).sum::<f64>() / n;
        // Sigma of the skewness of n normal numbers: √(6/n).
        let leans = 2.5 * libm::sqrt(6.0 / n);
        libm::fabs(inside(0.5) - 0.5) <= room(0.5)
            && libm::fabs(inside(0.95) - 0.95) <= room(0.95)
            && libm::fabs(skew(&|p| (p.0 - self.centre.0) / self.along_m)) <= leans
            && libm::fabs(skew(&|p| (p.1 - self.centre.1) / self.across_m)) <= leans
            && points.iter().all(|x| self.distance2(x) <= 20.0)
    }

    /// Corners around the ellipse of a probability, on a slightly larger one: the polygon has the area of the ellipse.
    fn corners(&self, probability: f64) -> Vec<(f64, f64)> {
        let turn = core::f64::consts::TAU;
        let step = turn / CORNERS_MAX as f64;
        let radius = libm::sqrt(quantile2(probability) * step / libm::sin(step));
        let [along_m, across_m] = [self.along_m, self.across_m].map(|sigma_m| radius * sigma_m.max(SIGMA_MIN_M));
        (0..CORNERS_MAX)
            .map(|i| {
                let (s, c) = libm::sincos(step * i as f64);
                (self.centre.0 + along_m * c, self.centre.1 + across_m * s)
            })
            .collect()
    }
}

/// Squared radius, in sigmas, that holds a probability in two dimensions: chi-square with two degrees of freedom.
fn quantile2(probability: f64) -> f64 {
    -2.0 * libm::log1p(-probability)
}

/// A flat map carries no more than this from its middle.
const MAP_RADIUS_M: f64 = 4_000e3;

/// The samples that one map can show: those around the median. While an engine burns a few of them fly around half of the
/// globe; an area that held those too would warn everybody of nothing.
fn within_map(samples: &[FallSample]) -> Vec<FallSample> {
    let mut latitudes: Vec<f64> = samples.iter().map(|s| s.position.latitude_rad).collect();
    let first_rad = samples.first().map_or(0.0, |s| s.position.longitude_rad);
    let turn = core::f64::consts::TAU;
    let beside_rad = |longitude_rad: f64| {
        let difference_rad = longitude_rad - first_rad;
        difference_rad - turn * libm::round(difference_rad / turn)
    };
    let mut longitudes: Vec<f64> = samples.iter().map(|s| beside_rad(s.position.longitude_rad)).collect();
    latitudes.sort_by(f64::total_cmp);
    longitudes.sort_by(f64::total_cmp);
    let Some(&latitude_rad) = latitudes.get(latitudes.len() / 2) else { return Vec::new() };
    let longitude_rad = longitudes[longitudes.len() / 2];
    let near = |s: &&FallSample| {
        let north = s.position.latitude_rad - latitude_rad;
        let east = (beside_rad(s.position.longitude_rad) - longitude_rad) * libm::cos(latitude_rad);
        libm::hypot(north, east) * METRES_PER_RADIAN < MAP_RADIUS_M
    };
    samples.iter().filter(near).copied().collect()
}

/// From the earliest to the latest sample.
fn window(samples: &[FallSample]) -> (Time, Time) {
    let mut earliest = samples[0].time;
    let mut latest = samples[0].time;
    for sample in samples {
        earliest = earliest.min(sample.time);
        latest = latest.max(sample.time);
    }
    (earliest, latest)
}

/// A Gaussian kernel with the samples' own shape.
struct Kernel {
    along_m: f64,
    across_m: f64,
}

impl Kernel {
    /// Scott's rule in two dimensions: bandwidth = σ·n^(−1/6) (Scott, Multivariate Density Estimation, 1992).
    fn of(points: &[(f64, f64)]) -> Kernel {
        let n = points.len() as f64;
        let spread = |value: fn(&(f64, f64)) -> f64| {
            let mut values: Vec<f64> = points.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            // Robust against a few far samples: the inner 68 %.
            let low = values[(0.16 * (n - 1.0)) as usize];
            let high = values[(0.84 * (n - 1.0)) as usize];
            (0.5 * (high - low)).max(SIGMA_MIN_M)
        };
        let factor = libm::pow(n, -1.0 / 6.0);
        Kernel { along_m: spread(|p| p.0) * factor, across_m: spread(|p| p.1) * factor }
    }

    /// Sample numbers, densest first; on a tie the earlier sample.
    fn by_density(&self, points: &[(f64, f64)]) -> Vec<usize> {
        // Each pair once, in an order that adds the others of each point from the first to the last.
        let mut densities = vec![0.0; points.len()];
        for (i, p) in points.iter().enumerate() {
            for (j, q) in points[..i].iter().enumerate() {
                let near = self.density(p, q);
                densities[i] += near;
                densities[j] += near;
            }
            densities[i] += self.density(p, p);
        }
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_by(|&a, &b| densities[b].total_cmp(&densities[a]).then(a.cmp(&b)));
        order
    }

    /// What one point has of another's kernel, over its middle.
    fn density(&self, p: &(f64, f64), q: &(f64, f64)) -> f64 {
        let a = (p.0 - q.0) / self.along_m;
        let c = (p.1 - q.1) / self.across_m;
        libm::exp(-0.5 * (a * a + c * c))
    }

    /// Points on the kernel's half-sigma ellipse, from its middle.
    fn around(&self) -> [(f64, f64); KERNEL_POINTS] {
        core::array::from_fn(|i| {
            let angle = core::f64::consts::TAU * i as f64 / KERNEL_POINTS as f64;
            (0.5 * self.along_m * libm::cos(angle), 0.5 * self.across_m * libm::sin(angle))
        })
    }
}

/// Takes corners away until there are few, always growing: two neighbours of an edge are prolonged until they meet, and
/// the edge whose loss adds least area goes first.
fn fewer_corners(hull: Vec<SurfacePosition>, plane: &Plane) -> Vec<SurfacePosition> {
    let mut ring: Vec<(f64, f64)> = hull.iter().map(|&p| plane.along_across(p)).collect();
    if ring.first() == ring.last() {
        ring.pop();
    }
    while ring.len() > CORNERS_MAX {
        let n = ring.len();
        let cheapest = (0..n)
            .filter_map(|i| {
                meeting(ring[(i + n - 1) % n], ring[i], ring[(i + 1) % n], ring[(i + 2) % n]).map(|m| (i, m))
            })
            .min_by(|a, b| a.1.1.total_cmp(&b.1.1).then(a.0.cmp(&b.0)));
        let Some((edge, (corner, _))) = cheapest else { break };
        ring[edge] = corner;
        ring.remove((edge + 1) % n);
    }
    ring.into_iter().map(|p| plane.place(p)).collect()
}

/// Where the edges before and after edge `b`–`c` meet when prolonged, and the area that this adds. `None` when they do
/// not meet beyond it.
fn meeting(a: (f64, f64), b: (f64, f64), c: (f64, f64), d: (f64, f64)) -> Option<((f64, f64), f64)> {
    let (u, v) = ((b.0 - a.0, b.1 - a.1), (c.0 - d.0, c.1 - d.1));
    let cross = u.0 * v.1 - u.1 * v.0;
    if libm::fabs(cross) < 1e-9 {
        return None;
    }
    let w = (c.0 - b.0, c.1 - b.1);
    let t = (w.0 * v.1 - w.1 * v.0) / cross;
    let s = (w.0 * u.1 - w.1 * u.0) / cross;
    if t < 0.0 || s < 0.0 {
        return None;
    }
    let corner = (b.0 + t * u.0, b.1 + t * u.1);
    let area = 0.5 * libm::fabs((corner.0 - b.0) * w.1 - (corner.1 - b.1) * w.0);
    Some((corner, area))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Standard normal pairs from a fixed generator (Box–Muller).
    struct Normals(u64);

    impl Normals {
        fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
        }

        fn pair(&mut self) -> (f64, f64) {
            let radius = (-2.0 * self.uniform().ln()).sqrt();
            let (sin, cos) = (core::f64::consts::TAU * self.uniform()).sin_cos();
            (radius * cos, radius * sin)
        }
    }

    fn sample((east_m, north_m): (f64, f64)) -> FallSample {
        let position = SurfacePosition {
            latitude_rad: 0.7 + north_m / METRES_PER_RADIAN,
            longitude_rad: 2.3 + east_m / METRES_PER_RADIAN / 0.7f64.cos(),
        };
        let time = Time::from_tai_ns(0);
        FallSample { position, time, aloft: position, aloft_time: time }
    }

    /// How many per cent of fresh draws the areas made from `count` draws hold, over many areas.
    fn held_percent(count: usize, draw: impl Fn(&mut Normals) -> (f64, f64)) -> [f64; 3] {
        let mut normals = Normals(7);
        let mut held = [0.0; 3];
        const AREAS: usize = 40;
        const ASKED: usize = 100;
        for _ in 0..AREAS {
            let samples: Vec<FallSample> = (0..count).map(|_| sample(draw(&mut normals))).collect();
            let (areas, _) = footprint(&samples, &[1.0; 3]).unwrap();
            for _ in 0..ASKED {
                let place = sample(draw(&mut normals)).position;
                for (held, area) in held.iter_mut().zip(&areas) {
                    *held += f64::from(u8::from(area.contains(place)));
                }
            }
        }
        held.map(|held| 100.0 * held / (AREAS * ASKED) as f64)
    }

    #[test]
    fn val_areas_hold_what_they_say_of_normal_falls() {
        for count in [64, 240] {
            let [half, most, nearly] = held_percent(count, |normals| {
                let (x, y) = normals.pair();
                (40e3 * x, 5e3 * y)
            });
            // 4,000 questions, asked of 40 areas that are themselves drawn.
            assert!((half - 50.0).abs() < 5.0, "{count}: {half}");
            assert!((most - 95.0).abs() < 2.5 && nearly > 96.5, "{count}: {most} {nearly}");
        }
    }

    #[test]
    fn val_areas_hold_what_they_say_of_two_ways_to_fall() {
        // Seven in ten fall short, three fly on in a long tail.
        let [half, most, _] = held_percent(240, |normals| {
            let (x, y) = normals.pair();
            if normals.uniform() < 0.7 { (10e3 * x, 4e3 * y) } else { (150e3 + 60e3 * x.abs(), 12e3 * y) }
        });
        assert!((half - 50.0).abs() < 12.0 && (most - 95.0).abs() < 5.0, "{half} {most}");
    }

    #[test]
    fn what_is_lost_gets_larger_areas_that_hold_the_smaller_ones() {
        let mut normals = Normals(3);
        let samples: Vec<FallSample> =
            (0..64).map(|_| normals.pair()).map(|(x, y)| sample((9e3 * x, 3e3 * y))).collect();
        let areas = |samples: &[FallSample]| footprint(samples, &[1.0; 3]).unwrap().0;
        let (before, after) = (areas(&samples), areas(&spread(&samples, 1.1)));
        for (small, large) in before.iter().zip(&after) {
            assert!(large.area_m2() > 1.15 * small.area_m2());
            assert!(small.ring().iter().all(|&corner| large.contains(corner)));
        }
    }
}
