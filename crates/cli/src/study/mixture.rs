//! Falls that are no normal distribution, and the smallest area that holds 95 % of them.

use nalgebra::{Matrix2, Vector2};

/// One normal distribution of falls, east and north, m.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Its middle.
    pub mean: Vector2<f64>,
    /// Its covariance.
    pub covariance: Matrix2<f64>,
}

/// Normal distributions, all as probable.
pub struct Mixture {
    parts: Vec<Part>,
}

impl Mixture {
    /// Slices that follow one another, each drawn out halfway to its neighbours: evenly over the distance d between the two middles,
    /// so with a variance of d²/12 more.
    pub fn joined(mut parts: Vec<Part>) -> Mixture {
        let means: Vec<Vector2<f64>> = parts.iter().map(|part| part.mean).collect();
        let last = means.len() - 1;
        for (number, part) in parts.iter_mut().enumerate() {
            let (before, after) = (number.saturating_sub(1), (number + 1).min(last));
            let width = (means[after] - means[before]) / (after - before).max(1) as f64;
            part.covariance += width * width.transpose() / 12.0;
        }
        Mixture { parts }
    }

    /// The area where its density is above what 5 % of it lie below: among all that hold 95 % it is the smallest (Hyndman,
    /// "Computing and graphing highest density regions", The American Statistician 50(2), 1996). From places x that all stand for
    /// as much of it: the mean of 1/p(x) over those that are inside.
    pub fn smallest95_m2(&self) -> f64 {
        let densities: Option<Vec<Density>> = self.parts.iter().map(Density::of).collect();
        let Some(densities) = densities else { return f64::NAN };
        let places = densities.iter().flat_map(Density::places);
        let count = densities.len() as f64;
        let at = |place: Vector2<f64>| densities.iter().map(|one| one.at(place)).sum::<f64>() / count;
        let mut highest: Vec<f64> = places.map(at).collect();
        highest.sort_by(|a, b| b.total_cmp(a));
        let inside = (0.95 * highest.len() as f64).round() as usize;
        highest[..inside].iter().map(|density| 1.0 / density).sum::<f64>() / highest.len() as f64
    }
}

/// Rings of places that stand for a normal distribution, and places on each.
const RINGS: usize = 40;
const RING_PLACES: usize = 12;

/// A normal distribution, ready to be asked.
struct Density {
    mean: Vector2<f64>,
    lower: Matrix2<f64>,
    inverse: Matrix2<f64>,
    top: f64,
}

impl Density {
    fn of(part: &Part) -> Option<Density> {
        let root = part.covariance.cholesky()?;
        let top = 1.0 / (std::f64::consts::TAU * root.determinant().sqrt());
        Some(Density { mean: part.mean, lower: root.l(), inverse: root.inverse(), top })
    }

    fn at(&self, place: Vector2<f64>) -> f64 {
        let off = place - self.mean;
        self.top * (-0.5 * off.dot(&(self.inverse * off))).exp()
    }

    /// Places that each stand for as much of it.
    fn places(&self) -> impl Iterator<Item = Vector2<f64>> + '_ {
        (0..RINGS * RING_PLACES).map(|number| {
            let (ring, at) = (number / RING_PLACES, number % RING_PLACES);
            let radius = (-2.0 * (1.0 - (ring as f64 + 0.5) / RINGS as f64).ln()).sqrt();
            // Each ring is turned against the one before by the golden section.
            let (sin, cos) = (std::f64::consts::TAU * (at as f64 / RING_PLACES as f64 + 0.618 * ring as f64)).sin_cos();
            self.mean + self.lower * Vector2::new(radius * cos, radius * sin)
        })
    }
}

/// Area of the ellipse that holds 95 % of a normal distribution: π·χ²·√det, with χ² = −2·ln 0.05 for two dimensions.
pub fn ellipse95_m2(covariance: &Matrix2<f64>) -> f64 {
    std::f64::consts::PI * -2.0 * 0.05_f64.ln() * covariance.determinant().max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of one normal distribution it is the ellipse; of two that lie far apart one ellipse each.
    #[test]
    fn val_the_smallest_area_of_normal_distributions_is_their_ellipses() {
        let covariance = Matrix2::new(9e4, 3e4, 3e4, 4e4);
        let part = |east_m: f64| Part { mean: Vector2::new(east_m, 0.0), covariance };
        let alone = Mixture { parts: vec![part(0.0)] }.smallest95_m2();
        assert!((alone / ellipse95_m2(&covariance) - 1.0).abs() < 0.01, "{alone} m²");
        let apart = Mixture { parts: vec![part(0.0), part(1e5)] }.smallest95_m2();
        assert!((apart / (2.0 * ellipse95_m2(&covariance)) - 1.0).abs() < 0.01, "{apart} m²");
    }

    /// By brute force: cells of a grid, the fullest first, until 95 % are held.
    #[test]
    fn val_the_smallest_area_of_slices_is_that_of_a_grid() {
        let covariance = Matrix2::new(400.0, 0.0, 0.0, 2_500.0);
        let parts: Vec<Part> =
            (0..16).map(|k| Part { mean: Vector2::new(100.0 * f64::from(k), 0.0), covariance }).collect();
        let mixture = Mixture::joined(parts);
        let densities: Vec<Density> = mixture.parts.iter().map(|part| Density::of(part).unwrap()).collect();
        let cell_m = 5.0;
        let mut cells: Vec<f64> = Vec::new();
        for east in -80..400 {
            for north in -80..80 {
                let place = Vector2::new(f64::from(east), f64::from(north)) * cell_m;
                cells.push(densities.iter().map(|one| one.at(place)).sum::<f64>() / 16.0 * cell_m * cell_m);
            }
        }
        cells.sort_by(|a, b| b.total_cmp(a));
        assert!((cells.iter().sum::<f64>() - 1.0).abs() < 1e-3);
        let (mut held, mut grid_m2) = (0.0, 0.0);
        for cell in cells {
            if held < 0.95 {
                held += cell;
                grid_m2 += cell_m * cell_m;
            }
        }
        let found_m2 = mixture.smallest95_m2();
        assert!((found_m2 / grid_m2 - 1.0).abs() < 0.02, "{found_m2} {grid_m2}");
    }
}
