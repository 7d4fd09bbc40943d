//! What is taken out of the plots of a sensor.

use crate::plot::{Measurement, Plot, Sensor};
use core::f64::consts::TAU;
use downrange_earth::{Ecef, RangeAzimuthElevation};
use nalgebra::{Vector3, Vector6};

/// What is taken out of every plot of a sensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correction {
    /// Ranges are this many times what they should be; taken out before the bias of the range.
    pub range_ratio: f64,
    /// Added to every range by the sensor.
    pub range_m: f64,
    /// Added to every azimuth, clockwise.
    pub azimuth_rad: f64,
    /// Added to every elevation.
    pub elevation_rad: f64,
    /// The clock is ahead by this.
    pub clock_s: f64,
}

impl Correction {
    /// Nothing is taken out.
    pub const NONE: Correction =
        Correction { range_ratio: 1.0, range_m: 0.0, azimuth_rad: 0.0, elevation_rad: 0.0, clock_s: 0.0 };

    /// The plot as a sound sensor would have sent it. Ranges stay above zero.
    pub fn apply(&self, plot: &Plot) -> Plot {
        let Measurement::Radar { range_m, azimuth_rad, elevation_rad, range_rate_mps } = plot.measurement else {
            return *plot;
        };
        if *self == Correction::NONE {
            return *plot;
        }
        let turned_rad = azimuth_rad - self.azimuth_rad;
        let measurement = Measurement::Radar {
            range_m: (range_m / self.range_ratio - self.range_m).max(1.0),
            azimuth_rad: (turned_rad - TAU * libm::floor(turned_rad / TAU)).clamp(0.0, TAU),
            elevation_rad: (elevation_rad - self.elevation_rad)
                .clamp(-core::f64::consts::FRAC_PI_2, core::f64::consts::FRAC_PI_2),
            range_rate_mps,
        };
        Plot { time: plot.time.plus_s(-self.clock_s), measurement, ..*plot }
    }

    /// By how much position (m) and velocity (m/s) of what a radar shows here change when this correction takes the place of
    /// another.
    pub(super) fn shift(
        &self,
        before: &Correction,
        sensor: &Sensor,
        place_m: Vector3<f64>,
        velocity_mps: Vector3<f64>,
    ) -> Vector6<f64> {
        let moved = |from_m: Vector3<f64>| {
            let look = sensor.site.look(Ecef(from_m));
            let range_m = (look.range_m * before.range_ratio + before.range_m) / self.range_ratio - self.range_m;
            let look = RangeAzimuthElevation {
                range_m: range_m.max(1.0),
                azimuth_rad: look.azimuth_rad + before.azimuth_rad - self.azimuth_rad,
                elevation_rad: look.elevation_rad + before.elevation_rad - self.elevation_rad,
            };
            sensor.site.place_at(look).0
        };
        let (here_m, ahead_m) = (moved(place_m), moved(place_m + velocity_mps));
        let step_m = here_m - place_m + velocity_mps * (self.clock_s - before.clock_s);
        let step_mps = ahead_m - here_m - velocity_mps;
        Vector6::new(step_m.x, step_m.y, step_m.z, step_mps.x, step_mps.y, step_mps.z)
    }
}
