//! The base map: coasts and borders around the event.
//!
//! `land.txt` is Natural Earth 1:50m (public domain, by way of the npm package world-atlas 2.0.2, `countries-50m.json`),
//! thinned to 0.01° and rounded to 0.01°, islets below 0.004 square degrees left out. One ring a line: longitude and
//! latitude of the first corner in hundredths of a degree, then the steps to the next.

const LAND: &str = include_str!("land.txt");

/// Half of the height of the window that is kept, degrees of latitude.
const HALF_WINDOW_DEG: f64 = 35.0;

/// A corner: longitude, latitude, degrees.
pub(super) type Corner = [f64; 2];

/// A part of the globe between two meridians and two parallels; longitudes may pass ±180.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    west_deg: f64,
    east_deg: f64,
    south_deg: f64,
    north_deg: f64,
}

impl Window {
    /// The window around a place.
    pub(super) fn around(centre: Corner) -> Window {
        let half_lon_deg = (HALF_WINDOW_DEG / centre[1].to_radians().cos().max(0.2)).min(80.0);
        Window {
            west_deg: centre[0] - half_lon_deg,
            east_deg: centre[0] + half_lon_deg,
            south_deg: (centre[1] - HALF_WINDOW_DEG).max(-89.0),
            north_deg: (centre[1] + HALF_WINDOW_DEG).min(89.0),
        }
    }

    /// The part of a ring that lies inside (Sutherland and Hodgman, Communications of the ACM 17(1), 1974). Parts that
    /// fall apart stay joined along the edge of the window, which is out of sight.
    fn clip(&self, ring: &[Corner]) -> Vec<Corner> {
        // (axis, bound, sign): kept is sign * (corner[axis] - bound) >= 0.
        let sides =
            [(0, self.west_deg, 1.0), (0, self.east_deg, -1.0), (1, self.south_deg, 1.0), (1, self.north_deg, -1.0)];
        let mut kept = ring.to_vec();
        for (axis, bound, sign) in sides {
            let inside = |c: &Corner| sign * (c[axis] - bound) >= 0.0;
            let mut next = Vec::with_capacity(kept.len());
            for (i, b) in kept.iter().enumerate() {
                let a = &kept[(i + kept.len() - 1) % kept.len()];
                if inside(a) != inside(b) {
                    let part = (bound - a[axis]) / (b[axis] - a[axis]);
                    next.push([a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])]);
                }
                if inside(b) {
                    next.push(*b);
                }
            }
            kept = next;
        }
        kept
    }
}

/// The rings of land inside a window.
pub(super) fn rings(window: &Window) -> Vec<Vec<Corner>> {
    let mut out = Vec::new();
    for line in LAND.lines() {
        let ring = parse(line);
        for turn_deg in [-360.0, 0.0, 360.0] {
            let turned: Vec<Corner> = ring.iter().map(|c| [c[0] + turn_deg, c[1]]).collect();
            let clipped = window.clip(&turned);
            if clipped.len() >= 3 {
                out.push(clipped);
            }
        }
    }
    out
}

/// One line of `land.txt`.
fn parse(line: &str) -> Vec<Corner> {
    let (mut lon, mut lat) = (0, 0);
    line.split(' ')
        .filter_map(|step| {
            let (x, y) = step.split_once(',')?;
            lon += x.parse::<i32>().ok()?;
            lat += y.parse::<i32>().ok()?;
            Some([f64::from(lon) / 100.0, f64::from(lat) / 100.0])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_base_map_is_a_ring_on_the_globe() {
        for line in LAND.lines() {
            let ring = parse(line);
            assert_eq!(ring.len(), line.split(' ').count(), "a step that is no pair of numbers: {line}");
            assert!(ring.len() >= 3);
            assert!(ring.iter().all(|c| c[0].abs() <= 180.0 && c[1].abs() <= 90.0), "{line}");
        }
    }

    #[test]
    fn a_square_is_cut_to_its_part_inside_the_window() {
        let window = Window { west_deg: 0.0, east_deg: 10.0, south_deg: 0.0, north_deg: 10.0 };
        let cut = window.clip(&[[-5.0, 5.0], [5.0, 5.0], [5.0, 20.0], [-5.0, 20.0]]);
        let area: f64 = (0..cut.len())
            .map(|i| (cut[i], cut[(i + 1) % cut.len()]))
            .map(|(a, b)| (a[0] * b[1] - b[0] * a[1]) / 2.0)
            .sum();
        assert_eq!(area.abs(), 25.0);
        assert!(window.clip(&[[20.0, 20.0], [30.0, 20.0], [30.0, 30.0]]).is_empty());
    }

    #[test]
    fn land_is_found_across_the_date_line() {
        let fiji = rings(&Window::around([179.0, -17.0]));
        assert!(fiji.iter().flatten().any(|c| c[0] > 180.0) && fiji.iter().flatten().any(|c| c[0] < 180.0));
    }
}
