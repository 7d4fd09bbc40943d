//! One look of one sensor goes into the sky: predict, gate, associate, update, count misses, found seeds, prune.

use super::Sky;
use super::coverage::safely_covered;
use super::seen::Seen;
use super::track::{SensorRecord, Track};
use crate::assess::TrackId;
use crate::plot::{Plot, Sensor, SensorIndex, SensorKind, Seq};
use downrange_earth::Time;
use downrange_track::associate::{Candidate, global_nearest};

/// Plots of one sensor that cannot come from the same object twice.
pub struct Look {
    sensor: SensorIndex,
    plots: Vec<LookPlot>,
    end: Option<Time>,
}

struct LookPlot {
    seq: Seq,
    seen: Seen,
}

/// Gate on the normalised innovation squared: 99.99 % of a χ² with four degrees of freedom is 23.5 (any textbook table).
const GATE_NIS: f64 = 25.0;
/// The coarse gate, in sigmas of the track's spread, before the exact one.
const COARSE_SIGMAS: f64 = 5.0;
/// Added to the coarse gate for the plot's own error and the manoeuvre since the last look.
const COARSE_MARGIN_M: f64 = 3e3;
/// Acceleration that the coarse gate allows for.
const COARSE_ACCELERATION_MPS2: f64 = 200.0;
/// A confirmed track known worse than this takes no plots: at such distances it would take those of others. What turns
/// up there founds a track of its own. For a direction only what is across it counts: one sensor that sees directions never
/// tells how far off it is.
const LOST_SIGMA_M: f64 = 12e3;
/// What an infrared sensor has not seen for so many of its periods is cold.
const HOT_PERIODS: f64 = 3.0;
/// Density of new objects relative to that of false plots (a new object in one of 300 false plots).
const NEW_TO_CLUTTER: f64 = 1.0 / 300.0;
/// Wald's upper bound: false tracks no more often than once in 1e9 seeds.
const CONFIRM_LOG_RATIO: f64 = 20.7;
/// Plots that a confirmed track has at least.
const CONFIRM_HITS: u32 = 4;
/// A tentative track is dropped when its score falls this far below its best, or after this many misses in a row.
const TENTATIVE_DROP: f64 = 5.0;
const TENTATIVE_MISSES: u32 = 4;
/// A confirmed track is a ghost when sensors that must see it missed it so often in a row: at once when it is young, and
/// when it is not, if another track is where it should be (that one took its plots).
const GHOST_MISSES: u32 = 12;
const GHOST_HITS_MAX: u32 = 60;
const TWIN_DISTANCE_M: f64 = 15e3;
/// A track whose place is that of one plot of a radar was founded on a false one when this radar, which must see it, missed it so
/// often since that only this share of true objects would be missed so: directions of infrared sensors go through any place along
/// them. At a probability of detection of 0.9 four misses do it.
const FALSE_PLOT_CHANCE: f64 = 2e-4;
/// A confirmed track is dropped when nothing was seen of it for as long as this.
const CONFIRMED_SILENCE_S: f64 = 1_800.0;
/// A tentative track is dropped when nothing was seen of it for as long as this.
const TENTATIVE_SILENCE_S: f64 = 8.0;
/// Tracks at most. Beyond it the tentative ones with the lowest score go (a burst of clutter must not fill the memory).
const TRACKS_MAX: usize = 20_000;
/// The score is kept below this, so that a track that ends is noticed in time.
const LOG_RATIO_MAX: f64 = 200.0;

impl Look {
    /// Ties the plots to their sensor. Plots that do not fit the sensor's kind are left out.
    pub fn new(sensor: &Sensor, index: SensorIndex, plots: Vec<(Time, Seq, Plot)>) -> Look {
        let end = plots.last().map(|&(time, _, _)| time);
        let plots = plots
            .into_iter()
            .filter_map(|(_, seq, plot)| Seen::new(sensor, &plot).map(|seen| LookPlot { seq, seen }))
            .collect();
        Look { sensor: index, plots, end }
    }
}

impl Sky {
    /// Takes one look.
    pub(super) fn enter(&mut self, look: &Look, sensors: &[Sensor]) {
        let Some(end) = look.end else { return };
        self.looks += 1;
        self.until = Some(self.until.map_or(end, |until| until.max(end)));
        let sensor = &sensors[usize::from(look.sensor.0)];
        let near = self.coarse_pairs(look, end);
        for &track in near.iter().map(|(track, _)| track) {
            self.tracks[track as usize].predict(end);
        }
        let mut free: Vec<bool> = vec![true; look.plots.len()];
        // Confirmed tracks choose first: a seed must not take their plots.
        for confirmed in [true, false] {
            self.associate(look, sensor, &near, confirmed, &mut free);
        }
        self.count_misses(end, sensors);
        self.found_seeds(look, sensors.len(), &free);
        if let Some(first) = look.plots.first() {
            self.merge_twins(look.sensor, first.seen.time, end);
        }
        self.prune(end, sensors);
    }

    /// Pairs of track and plot that are near each other, by simple distances.
    fn coarse_pairs(&self, look: &Look, end: Time) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        // Sorted along one axis, only neighbours are compared.
        let mut places: Vec<(f64, u32, downrange_earth::Ecef)> = Vec::new();
        let mut lines: Vec<u32> = Vec::new();
        for (plot, LookPlot { seen, .. }) in look.plots.iter().enumerate() {
            match seen.place() {
                Some(place) => places.push((place.0.x, plot as u32, place)),
                None => lines.push(plot as u32),
            }
        }
        places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (index, track) in self.tracks.iter().enumerate() {
            let dt_s = end.seconds_since(track.time).max(0.0);
            let velocity_mps = track.velocity_mps();
            let place = track.position_m() + velocity_mps * dt_s;
            let (position_sigma_m, velocity_sigma_mps) = track.spread();
            let is_lost = track.confirmed && position_sigma_m + velocity_sigma_mps * dt_s > LOST_SIGMA_M;
            let gate_m = COARSE_SIGMAS * (position_sigma_m + velocity_sigma_mps * dt_s)
                + 0.5 * COARSE_ACCELERATION_MPS2 * dt_s * dt_s
                + COARSE_MARGIN_M
                + velocity_mps.norm();
            let first = places.partition_point(|p| p.0 < place.x - gate_m - COARSE_MARGIN_M);
            for &(x, plot, plot_place) in places[first..].iter().filter(|_| !is_lost) {
                if x > place.x + gate_m + COARSE_MARGIN_M {
                    break;
                }
                let error_m = look.plots[plot as usize].seen.place_sigma_m() * COARSE_SIGMAS;
                if (plot_place.0 - place).norm() <= gate_m + error_m {
                    pairs.push((index as u32, plot));
                }
            }
            for &plot in &lines {
                let seen = &look.plots[plot as usize].seen;
                let is_near = seen.distance_off_line_m(downrange_earth::Ecef(place)) <= gate_m;
                if is_near && !(is_lost && track.sigma_across_m(seen, dt_s) > LOST_SIGMA_M) {
                    pairs.push((index as u32, plot));
                }
            }
        }
        pairs
    }

    fn associate(&mut self, look: &Look, sensor: &Sensor, near: &[(u32, u32)], confirmed: bool, free: &mut [bool]) {
        let mut candidates = Vec::new();
        for &(track, plot) in near {
            let one = &self.tracks[track as usize];
            if one.confirmed != confirmed
                || !free[plot as usize]
                || one.was_just_seen_by(look.sensor, sensor, look, plot)
            {
                continue;
            }
            let seen = &look.plots[plot as usize].seen;
            let Some((log_likelihood, nis)) = one.likelihood(seen) else { continue };
            if nis > GATE_NIS {
                continue;
            }
            let against_clutter = log_likelihood + libm::log(sensor.detection_probability)
                - libm::log(seen.clutter_density * (1.0 + NEW_TO_CLUTTER));
            candidates.push(Candidate { track, plot, log_weight: against_clutter });
        }
        let mut log_missed_if = vec![0.0; self.tracks.len()];
        for &Candidate { track, .. } in &candidates {
            if self.tracks[track as usize].is_expected_by(look.sensor, sensor) {
                log_missed_if[track as usize] = libm::log(1.0 - sensor.detection_probability.min(0.999));
            }
        }
        let chosen = global_nearest(self.tracks.len(), look.plots.len(), &candidates, &log_missed_if);
        for (track, plot) in chosen.iter().enumerate() {
            let Some(plot) = plot else { continue };
            let LookPlot { seq, seen } = &look.plots[*plot as usize];
            let Some(log_likelihood) = self.tracks[track].update(seen, look.sensor, *seq) else { continue };
            free[*plot as usize] = false;
            self.tracks[track]
                .score(log_likelihood + libm::log(sensor.detection_probability) - libm::log(seen.clutter_density));
        }
    }

    /// A sensor that should have seen a track for a whole period, and did not, counts against it.
    fn count_misses(&mut self, now: Time, sensors: &[Sensor]) {
        for track in &mut self.tracks {
            let mut place_and_sigma = None;
            for (index, sensor) in sensors.iter().enumerate() {
                let since = track.sensors[index].last_chance.unwrap_or(track.born);
                if now.seconds_since(since) < sensor.period_s * 1.25 {
                    continue;
                }
                track.sensors[index].last_chance = Some(since.plus_s(sensor.period_s));
                let (place, sigma_m) = *place_and_sigma.get_or_insert_with(|| {
                    let dt_s = now.seconds_since(track.time).max(0.0);
                    let (position_sigma_m, velocity_sigma_mps) = track.spread();
                    let place = track.position_m() + track.velocity_mps() * dt_s;
                    (downrange_earth::Ecef(place), position_sigma_m + velocity_sigma_mps * dt_s)
                });
                if safely_covered(sensor, place, sigma_m) {
                    track.record_miss(SensorIndex(index as u16));
                    track.log_likelihood_ratio += log_missed(sensor);
                }
            }
        }
    }

    fn found_seeds(&mut self, look: &Look, sensors: usize, free: &[bool]) {
        for (plot, LookPlot { seq, seen }) in look.plots.iter().enumerate() {
            if !free[plot] {
                continue;
            }
            let prior = libm::log(NEW_TO_CLUTTER);
            if let Some(mut track) = Track::seed(TrackId(seq.0), seen, look.sensor, sensors, prior) {
                track.record_hit(seen, look.sensor, *seq);
                self.tracks.push(track);
            }
        }
    }

    /// Whether a track that is seen now is where this one should be.
    fn has_twin(&self, track: &Track) -> bool {
        self.tracks.iter().any(|other| {
            other.confirmed
                && other.id != track.id
                && other.missed_in_a_row == 0
                && (other.position_m() - track.position_m()).norm() < TWIN_DISTANCE_M
        })
    }

    fn prune(&mut self, now: Time, sensors: &[Sensor]) {
        let doubtful = |track: &Track| track.confirmed && track.missed_in_a_row >= GHOST_MISSES;
        let ghosts: Vec<TrackId> = (self.tracks.iter())
            .filter(|track| doubtful(track) && (track.hits < GHOST_HITS_MAX || self.has_twin(track)))
            .map(|track| track.id)
            .collect();
        self.tracks.retain(|track| {
            let silent_s = now.seconds_since(track.last_hit);
            let kept = if track.confirmed {
                silent_s < CONFIRMED_SILENCE_S
            } else {
                silent_s < TENTATIVE_SILENCE_S
                    && track.missed_in_a_row < TENTATIVE_MISSES
                    && track.log_likelihood_ratio > track.log_likelihood_ratio_max - TENTATIVE_DROP
            };
            kept && track.is_finite() && !ghosts.contains(&track.id) && !track.rests_on_a_false_plot(sensors)
        });
        while self.tracks.len() > TRACKS_MAX {
            let Some(weakest) = (0..self.tracks.len()).filter(|&i| !self.tracks[i].confirmed).min_by(|&a, &b| {
                self.tracks[a].log_likelihood_ratio.total_cmp(&self.tracks[b].log_likelihood_ratio).then(b.cmp(&a))
            }) else {
                break;
            };
            self.tracks.remove(weakest);
        }
    }
}

/// The logarithm of the probability that a sensor misses what it must see; none is believed to miss nothing.
fn log_missed(sensor: &Sensor) -> f64 {
    libm::log(1.0 - sensor.detection_probability.min(0.99))
}

impl Track {
    /// Whether only one plot of a radar says where it is, and that radar should have seen it again and again, and did not.
    fn rests_on_a_false_plot(&self, sensors: &[Sensor]) -> bool {
        let radars = || {
            let all = self.sensors.iter().zip(sensors);
            all.filter(|(_, sensor)| matches!(sensor.kind, SensorKind::Radar { .. }))
        };
        let is_missed = |record: &SensorRecord, sensor: &Sensor| {
            record.hits == 1 && f64::from(record.missed_in_a_row) * log_missed(sensor) <= libm::log(FALSE_PLOT_CHANCE)
        };
        radars().map(|(record, _)| record.hits).sum::<u32>() == 1
            && radars().any(|(record, sensor)| is_missed(record, sensor))
    }

    /// Whether a sensor that does not see it now has missed it. Else a plot that fits no better than a false one is not its: a radar
    /// must have it in view, and what infrared sensors have not seen of late is cold.
    fn is_expected_by(&self, index: SensorIndex, sensor: &Sensor) -> bool {
        match sensor.kind {
            SensorKind::Radar { .. } => safely_covered(sensor, self.place(), self.spread().0),
            SensorKind::Infrared { .. } => {
                let last = self.sensors[usize::from(index.0)].last_hit;
                last.is_some_and(|last| self.time.seconds_since(last) < HOT_PERIODS * sensor.period_s)
            }
        }
    }

    fn was_just_seen_by(&self, index: SensorIndex, sensor: &Sensor, look: &Look, plot: u32) -> bool {
        self.sensors[usize::from(index.0)].last_hit.is_some_and(|last| {
            look.plots[plot as usize].seen.time.seconds_since(last) < sensor.period_s * super::LOOK_SHARE_OF_PERIOD
        })
    }

    fn score(&mut self, log_ratio: f64) {
        self.log_likelihood_ratio = (self.log_likelihood_ratio + log_ratio).min(LOG_RATIO_MAX);
        self.log_likelihood_ratio_max = self.log_likelihood_ratio_max.max(self.log_likelihood_ratio);
        if self.log_likelihood_ratio >= CONFIRM_LOG_RATIO && self.hits >= CONFIRM_HITS {
            self.confirmed = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{Measurement, RadarCoverage};
    use downrange_earth::{Enu, Geodetic, Site};
    use nalgebra::Vector3;

    fn radar_and_infrared() -> [Sensor; 2] {
        let sensor = |place: Geodetic, period_s: f64, kind: SensorKind| Sensor {
            id: "sensor".into(),
            site: Site::new(place),
            period_s,
            detection_probability: 0.9,
            clutter_per_scan: 1.0,
            kind,
            path: None,
        };
        let coverage = RadarCoverage {
            range_min_m: 1e3,
            range_max_m: 900e3,
            azimuth_from_rad: 0.0,
            azimuth_to_rad: core::f64::consts::TAU,
            elevation_min_rad: 0.001,
            elevation_max_rad: 1.5,
        };
        let (range_sigma_m, sigma_rad) = (40.0, 0.001);
        let radar = SensorKind::Radar {
            range_sigma_m,
            azimuth_sigma_rad: sigma_rad,
            elevation_sigma_rad: sigma_rad,
            range_rate_sigma_mps: None,
            coverage,
        };
        let centre = Geodetic::from_degrees(39.0, 129.0, 0.0);
        let infrared = SensorKind::Infrared { angle_sigma_rad: 25e-6, centre, radius_m: 1_500e3 };
        [
            sensor(Geodetic::from_degrees(38.0, 129.0, 0.0), 1.0, radar),
            sensor(Geodetic::from_degrees(0.0, 107.0, 35_786e3), 2.0, infrared),
        ]
    }

    #[test]
    fn a_sensor_misses_only_what_it_must_see() {
        let sensors = radar_and_infrared();
        let [radar, infrared] = &sensors;
        let time = |second: f64| Time::from_tai_ns(0).plus_s(second);
        let track = |east_m: f64| {
            let place = radar.site.place(Enu(Vector3::new(east_m, 0.0, 200e3)));
            let line_of_sight = (place.0 - infrared.site.ecef().0).normalize();
            let look = radar.site.look(place);
            let measured = Measurement::Radar {
                range_m: look.range_m,
                azimuth_rad: look.azimuth_rad,
                elevation_rad: look.elevation_rad,
                range_rate_mps: None,
            };
            let seen = |sensor: u16, measurement| {
                let plot = Plot { sensor: SensorIndex(sensor), time: time(0.0), measurement };
                Seen::new(&sensors[usize::from(sensor)], &plot).unwrap()
            };
            let mut track = Track::seed(TrackId(1), &seen(0, measured), SensorIndex(0), 2, 0.0).unwrap();
            track.update(&seen(1, Measurement::Infrared { line_of_sight }), SensorIndex(1), Seq(2)).unwrap();
            track
        };
        let mut near = track(300e3);
        assert!(near.is_expected_by(SensorIndex(0), radar));
        assert!(!track(950e3).is_expected_by(SensorIndex(0), radar), "out of its range");
        assert!(near.is_expected_by(SensorIndex(1), infrared), "it was hot a moment ago");
        near.predict(time(10.0));
        assert!(!near.is_expected_by(SensorIndex(1), infrared), "it has gone cold");
    }
}
