//! Few corners that hold an area: a convex outline that is only ever made larger.

use crate::shape::LonLat;

/// Whole hundredths of a minute in a degree: the finest that S-53 allows.
const UNITS_PER_DEG: f64 = 6_000.0;
/// Edges go outward by this many units before corners are rounded: rounding moves a corner by half a unit in each axis,
/// so an edge by at most the square root of one half. A little more for the arithmetic.
const MARGIN_UNITS: f64 = 0.75;

/// Corners in whole hundredths of minutes (longitude, latitude), clockwise from the north-west one, at most `most` (but at
/// least four may be needed). The outline holds every corner of the ring.
pub(crate) fn corners(ring: &[LonLat], most: usize) -> Vec<[i64; 2]> {
    let points: Vec<LonLat> = ring.iter().map(|&[lon, lat]| [lon * UNITS_PER_DEG, lat * UNITS_PER_DEG]).collect();
    let mut outline = hull(points);
    if outline.len() < 3 {
        outline = boxed(&outline);
    }
    while outline.len() > most.max(4) {
        let Some(fewer) = without_one_edge(&outline) else { break };
        outline = fewer;
    }
    let outline = grown(&outline).unwrap_or_else(|| boxed(&outline));
    let mut corners: Vec<[i64; 2]> =
        outline.iter().map(|&[lon, lat]| [libm::round(lon) as i64, libm::round(lat) as i64]).collect();
    corners.dedup();
    // The hull runs counter-clockwise; ships plot clockwise.
    corners.reverse();
    let north_west = (0..corners.len()).max_by_key(|&index| corners[index][1] - corners[index][0]).unwrap_or(0);
    corners.rotate_left(north_west);
    corners
}

fn cross(origin: LonLat, a: LonLat, b: LonLat) -> f64 {
    (a[0] - origin[0]) * (b[1] - origin[1]) - (a[1] - origin[1]) * (b[0] - origin[0])
}

/// Convex hull, counter-clockwise (Andrew 1979, monotone chain).
fn hull(mut points: Vec<LonLat>) -> Vec<LonLat> {
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let half = |points: &mut dyn Iterator<Item = &LonLat>| {
        let mut chain: Vec<LonLat> = Vec::new();
        for &point in points {
            while let [.., before, last] = chain.as_slice()
                && cross(*before, *last, point) <= 0.0
            {
                chain.pop();
            }
            chain.push(point);
        }
        chain.pop();
        chain
    };
    let mut hull = half(&mut points.iter());
    hull.extend(half(&mut points.iter().rev()));
    hull
}

/// The box around points, a little larger than nothing.
fn boxed(points: &[LonLat]) -> Vec<LonLat> {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for point in points {
        for axis in 0..2 {
            low[axis] = low[axis].min(point[axis] - MARGIN_UNITS);
            high[axis] = high[axis].max(point[axis] + MARGIN_UNITS);
        }
    }
    vec![low, [high[0], low[1]], high, [low[0], high[1]]]
}

/// Where the line through `a`, `b` meets the line through `c`, `d`; none when they are (nearly) parallel.
fn meeting(a: LonLat, b: LonLat, c: LonLat, d: LonLat) -> Option<LonLat> {
    let (u, v) = ([b[0] - a[0], b[1] - a[1]], [d[0] - c[0], d[1] - c[1]]);
    let turn = u[0] * v[1] - u[1] * v[0];
    let lengths = libm::hypot(u[0], u[1]) * libm::hypot(v[0], v[1]);
    if libm::fabs(turn) <= 1e-9 * lengths || !turn.is_finite() {
        return None;
    }
    let along = ((c[0] - a[0]) * v[1] - (c[1] - a[1]) * v[0]) / turn;
    Some([a[0] + along * u[0], a[1] + along * u[1]])
}

/// Removes the edge whose neighbours, made longer until they meet, add the least area.
fn without_one_edge(outline: &[LonLat]) -> Option<Vec<LonLat>> {
    let count = outline.len();
    let at = |index: usize| outline[index % count];
    let mut best: Option<(f64, usize, LonLat)> = None;
    for edge in 0..count {
        let (before, from, to, after) = (at(edge + count - 1), at(edge), at(edge + 1), at(edge + 2));
        let Some(tip) = meeting(before, from, to, after) else { continue };
        // Behind the edge the lines part: only a tip outside of it, where the outline runs counter-clockwise, holds all.
        let added = -cross(from, to, tip);
        if added > 0.0 && best.is_none_or(|(least, ..)| added < least) {
            best = Some((added, edge, tip));
        }
    }
    let (_, edge, tip) = best?;
    let kept = (2..count).map(|step| at(edge + step));
    Some(core::iter::once(tip).chain(kept).collect())
}

/// Every edge moved outward by [`MARGIN_UNITS`].
fn grown(outline: &[LonLat]) -> Option<Vec<LonLat>> {
    let count = outline.len();
    let moved = |index: usize| {
        let (from, to) = (outline[index % count], outline[(index + 1) % count]);
        let along = [to[0] - from[0], to[1] - from[1]];
        let length = libm::hypot(along[0], along[1]);
        // Outside is to the right of a counter-clockwise edge.
        let out = [along[1] / length * MARGIN_UNITS, -along[0] / length * MARGIN_UNITS];
        ([from[0] + out[0], from[1] + out[1]], [to[0] + out[0], to[1] + out[1]])
    };
    (0..count)
        .map(|index| {
            let ((a, b), (c, d)) = (moved(index + count - 1), moved(index));
            // Edges that go on straight: their common corner has simply moved along.
            meeting(a, b, c, d).or(Some(c))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Counts crossings of a line to the east. (Rounding may bend very short edges inward, so the outline is not always
    /// convex to the last unit.)
    fn holds(corners: &[[i64; 2]], [x, y]: LonLat) -> bool {
        let next = corners.iter().cycle().skip(1);
        let crosses = |(a, b): &(&[i64; 2], &[i64; 2])| {
            let (a, b) = ([a[0] as f64, a[1] as f64], [b[0] as f64, b[1] as f64]);
            (a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
        };
        corners.iter().zip(next).filter(crosses).count() % 2 == 1
    }

    proptest! {
        #[test]
        fn prop_the_outline_is_small_in_number_and_holds_every_corner(
            points in prop::collection::vec((128.0..132.0f64, 38.0..42.0f64), 3..60),
            squeeze in 0.001..1.0f64,
        ) {
            let ring: Vec<LonLat> = points.iter().map(|&(lon, lat)| [130.0 + (lon - 130.0) * squeeze, lat]).collect();
            let corners = corners(&ring, 12);
            prop_assert!((3..=12).contains(&corners.len()));
            for &[lon, lat] in &ring {
                prop_assert!(holds(&corners, [lon * UNITS_PER_DEG, lat * UNITS_PER_DEG]), "{lon} {lat}");
            }
        }
    }

    #[test]
    fn a_rectangle_stays_one_and_begins_north_west() {
        let corners = corners(&[[129.0, 40.0], [130.0, 40.0], [130.0, 41.0], [129.0, 41.0], [129.0, 40.0]], 12);
        assert_eq!(corners, [[773_999, 246_001], [780_001, 246_001], [780_001, 239_999], [773_999, 239_999]]);
    }

    #[test]
    fn bad_a_line_and_a_point_become_boxes() {
        for ring in [vec![[129.0, 40.0]], vec![[129.0, 40.0], [129.0, 40.0], [130.0, 40.0]]] {
            assert_eq!(corners(&ring, 12).len(), 4);
        }
    }
}
