//! Could a sensor have seen it? Only then does a look without a plot count against a track.

use super::Track;
use crate::plot::{RadarCoverage, Sensor, SensorIndex, SensorKind};
use core::f64::consts::TAU;
use downrange_earth::{Ecef, RangeAzimuthElevation, Time};

/// Objects within this many sigmas of a border may be on either side of it: their misses prove nothing.
const BORDER_SIGMAS: f64 = 2.0;

/// Whether the place, known to `sigma_m`, lies safely inside what the sensor watches.
pub fn safely_covered(sensor: &Sensor, place: Ecef, sigma_m: f64) -> bool {
    match &sensor.kind {
        SensorKind::Radar { coverage, elevation_sigma_rad, .. } => {
            let look = sensor.site.look(place);
            let margin_m = BORDER_SIGMAS * sigma_m;
            let margin_rad = margin_m / look.range_m.max(1.0) + BORDER_SIGMAS * elevation_sigma_rad;
            inside(coverage, look, margin_m, margin_rad)
        }
        // Only hot objects are seen: a miss says that it is cold, not that it is not there.
        SensorKind::Infrared { .. } => false,
    }
}

/// Radars that hold their tongue for longer than this may have been off.
const SILENCE_S: f64 = 15.0;
/// One that was on for this long before a track was founded would have seen what was in its view.
const AWAKE_S: f64 = 30.0;
/// Where something was is not known better than this.
const WAY_SIGMA_M: f64 = 3_000.0;

/// Since when each sensor reports without a break.
#[derive(Debug, Clone, Default)]
pub struct Awake(Vec<Option<(Time, Time)>>);

impl Awake {
    /// Takes note of a report.
    pub fn hear(&mut self, sensor: SensorIndex, received: Time) {
        let index = usize::from(sensor.0);
        if self.0.len() <= index {
            self.0.resize(index + 1, None);
        }
        let since =
            self.0[index].filter(|(_, latest)| received.seconds_since(*latest) < SILENCE_S).map(|(since, _)| since);
        self.0[index] = Some((since.unwrap_or(received), received));
    }

    /// Whether a radar that sees the track now, and was awake before, would have seen it where it was before it was founded.
    pub fn would_have_seen(&self, sensors: &[Sensor], track: &Track, before: Ecef) -> bool {
        let seers = sensors.iter().zip(&track.sensors).zip(&self.0);
        seers.filter(|((_, record), _)| record.hits > 0).any(|((sensor, _), awake)| {
            let was_awake = awake.is_some_and(|(since, _)| track.born.seconds_since(since) > AWAKE_S);
            was_awake && safely_covered(sensor, before, WAY_SIGMA_M)
        })
    }
}

fn inside(coverage: &RadarCoverage, look: RangeAzimuthElevation, margin_m: f64, margin_rad: f64) -> bool {
    let sector_rad = sector_width_rad(coverage);
    let full_circle = sector_rad >= TAU - 1e-9;
    let past_start_rad = libm::fmod(look.azimuth_rad - coverage.azimuth_from_rad + 2.0 * TAU, TAU);
    let azimuth_inside = full_circle || (past_start_rad >= margin_rad && past_start_rad <= sector_rad - margin_rad);
    azimuth_inside
        && look.range_m >= coverage.range_min_m + margin_m
        && look.range_m <= coverage.range_max_m - margin_m
        && look.elevation_rad >= coverage.elevation_min_rad + margin_rad
        && look.elevation_rad <= coverage.elevation_max_rad - margin_rad
}

/// Width of the azimuth sector, clockwise; a sector that ends where it begins is the full circle.
fn sector_width_rad(coverage: &RadarCoverage) -> f64 {
    let width_rad = coverage.azimuth_to_rad - coverage.azimuth_from_rad;
    if width_rad <= 0.0 { width_rad + TAU } else { width_rad }
}

/// Density of false plots in measurement space (per m·rad·rad, per m·rad·rad·(m/s), or per steradian).
pub fn clutter_density(sensor: &Sensor, with_range_rate: bool) -> f64 {
    /// False plots carry range rates spread over this span (−3,000 to 3,000 m/s), the span of what a radar listens for.
    const RANGE_RATE_SPAN_MPS: f64 = 6_000.0;
    /// Even a sensor that says it has no clutter is not believed to be perfect.
    const CLUTTER_PER_SCAN_MIN: f64 = 0.01;
    let clutter = sensor.clutter_per_scan.max(CLUTTER_PER_SCAN_MIN);
    match &sensor.kind {
        SensorKind::Radar { coverage, .. } => {
            let volume = (coverage.range_max_m - coverage.range_min_m)
                * sector_width_rad(coverage)
                * (coverage.elevation_max_rad - coverage.elevation_min_rad);
            clutter / volume / if with_range_rate { RANGE_RATE_SPAN_MPS } else { 1.0 }
        }
        SensorKind::Infrared { centre, radius_m, .. } => {
            let distance_m = (centre.ecef().0 - sensor.site.ecef().0).norm();
            let radius_rad = radius_m / distance_m.max(*radius_m);
            clutter / (core::f64::consts::PI * radius_rad * radius_rad)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sensor_that_fell_silent_is_awake_since_it_came_back() {
        let at = |second: i64| Time::from_tai_ns(second * 1_000_000_000);
        let mut awake = Awake::default();
        for second in [0, 5, 10, 40, 45] {
            awake.hear(SensorIndex(2), at(second));
        }
        assert_eq!(awake.0, vec![None, None, Some((at(40), at(45)))]);
    }
}
