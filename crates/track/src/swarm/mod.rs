//! Very many objects at once: up to a million on a small machine.
//!
//! The model is the plainest there is: positions in three dimensions, the same noise on each axis, nearly constant velocity. What it
//! buys is memory: a [`Track`] is 88 bytes, tracks and plots lie in memory in the order in which they lie in space, one pass
//! predicts and gates, and only tracks that compete for a plot are put to an [`Associator`]. Nothing is given at the start: a
//! track begins with two plots of consecutive scans that an object below the greatest speed may have given, is confirmed and given
//! up by its existence probability (Musicki, Evans & Stankovic 1994), and no step compares all with all.
//!
//! The answer does not depend on the order of the plots, on exact duplicates (they are counted), on the number of threads, nor, for
//! one track, on anything out of reach of it: cells are counted from the origin, and no setting is estimated from the scan.
//!
//! ```
//! use downrange_earth::Time;
//! use downrange_track::associate::Associator;
//! use downrange_track::swarm::{Scan, Sensor, Settings, Swarm};
//!
//! let settings = Settings::new(Associator::GlobalNearest, 0.1, 300.0);
//! let mut swarm = Swarm::new(settings)?;
//! let sensor = Sensor { sigma_m: 30.0, detection_probability: 0.9, stray_density: 1e-12 };
//! for scan in 0..5 {
//!     let time = Time::from_tai_ns(0).plus_s(10.0 * f64::from(scan));
//!     let plots = [[2000.0 * f64::from(scan), 0.0, 9000.0]]; // one object at 200 m/s
//!     swarm.step(&Scan { time, plots: &plots, sensor })?;
//! }
//! let track = swarm.confirmed().next().expect("four plots in a row are an object");
//! assert!((track.velocity_mps[0] - 200.0).abs() < 1e-6);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cells;
mod error;
mod gate;
mod record;
mod resolve;
mod settings;

pub use error::SwarmError;
pub use record::{Scan, Sensor, Track};
pub use settings::Settings;

use crate::parallel;
use cells::{Cells, Space};
use downrange_earth::Time;
use gate::{GONE, Gated};
use resolve::Resolver;

/// What was left out, and why. All zero on a good scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shed {
    /// Plots with a coordinate that is not finite.
    pub not_finite_count: usize,
    /// Plots further than 2^20 cells from the origin along an axis.
    pub outside_count: usize,
    /// Plots equal to another.
    pub duplicates_count: usize,
    /// Candidates beyond [`Settings::candidates_per_track_count`], the furthest ones.
    pub candidates_count: usize,
    /// Pairs of plots beyond [`Settings::pairs_per_plot_count`], the fastest ones.
    pub pairs_count: usize,
    /// Plots near a track or plot that were not looked at: beyond [`Settings::visits_per_search_count`].
    pub visits_count: usize,
    /// Clusters that were not solved by the method asked for but by belief propagation.
    pub fallbacks_count: usize,
    /// Tracks that left the space that plots may lie in.
    pub left_count: usize,
}

impl Shed {
    /// All of it.
    pub fn total_count(&self) -> usize {
        let Shed { not_finite_count, outside_count, duplicates_count, candidates_count, .. } = self;
        let plots = not_finite_count + outside_count + duplicates_count;
        plots + candidates_count + self.pairs_count + self.visits_count + self.fallbacks_count + self.left_count
    }

    fn add(&mut self, other: &Shed) {
        self.not_finite_count += other.not_finite_count;
        self.outside_count += other.outside_count;
        self.duplicates_count += other.duplicates_count;
        self.candidates_count += other.candidates_count;
        self.pairs_count += other.pairs_count;
        self.visits_count += other.visits_count;
        self.fallbacks_count += other.fallbacks_count;
        self.left_count += other.left_count;
    }
}

/// What one scan did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Tracks afterwards, confirmed or not.
    pub tracks_count: usize,
    /// Tracks begun by this scan.
    pub begun_count: usize,
    /// Tracks confirmed by this scan.
    pub confirmed_count: usize,
    /// Plots that are taken for no track's.
    pub free_count: usize,
    /// What was left out.
    pub shed: Shed,
}

/// The tracker. See the [module](self).
#[derive(Clone, Debug)]
pub struct Swarm {
    settings: Settings,
    space: Space,
    time: Option<Time>,
    next_number: u64,
    /// In the order of the cells they were last updated in.
    tracks: Vec<Track>,
    plots: Cells,
    /// The plots of the scan before that no track took.
    free: Cells,
    // Room to work in, kept from scan to scan.
    pieces: Vec<Gated>,
    resolver: Resolver,
    pairs: Vec<(u64, u32)>,
    taken: Vec<f64>,
    sorted: Vec<Track>,
}

impl Swarm {
    /// Without tracks. The error says which setting is out of range.
    pub fn new(settings: Settings) -> Result<Swarm, SwarmError> {
        settings.check()?;
        Ok(Swarm {
            space: Space::new(settings.cell_m),
            settings,
            time: None,
            next_number: 1,
            tracks: Vec::new(),
            plots: Cells::default(),
            free: Cells::default(),
            pieces: Vec::new(),
            resolver: Resolver::default(),
            pairs: Vec::new(),
            taken: Vec::new(),
            sorted: Vec::new(),
        })
    }

    /// One scan. After an error nothing has changed.
    pub fn step(&mut self, scan: &Scan) -> Result<Report, SwarmError> {
        let dt_s = self.check(scan)?;
        let mut shed = self.sort_plots(scan.plots);
        let Swarm { settings, space, tracks, plots, pieces, resolver, .. } = &mut *self;
        let cuts = parallel::cuts(tracks.len(), settings.threads_count);
        pieces.resize_with(cuts.len(), Gated::default);
        let work = pieces.iter_mut().zip(parallel::split_mut(tracks, &cuts)).collect();
        parallel::map(work, |(gated, tracks)| gated.predict(tracks, dt_s, settings, &scan.sensor, plots, space));
        resolver.solve(pieces, plots.points.len(), settings.associator, settings.is_hard(), &mut shed);
        let work = pieces.iter_mut().zip(parallel::split_mut(tracks, &cuts)).collect();
        parallel::map(work, |(gated, tracks)| gated.update(tracks, settings, &scan.sensor, plots, space));
        pieces.iter().for_each(|gated| shed.add(&gated.shed));
        self.take_plots();
        let begun = if dt_s > 0.0 { self.begin(dt_s, &scan.sensor, &mut shed) } else { Vec::new() };
        let confirmed_count = self.sort_tracks(&begun);
        self.free.keep_of(&self.plots, |plot| self.taken[plot] < 0.5);
        self.time = Some(scan.time);
        let (tracks_count, free_count) = (self.tracks.len(), self.free.points.len());
        Ok(Report { tracks_count, begun_count: begun.len(), confirmed_count, free_count, shed })
    }

    /// All tracks, in the order of where they are.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// The tracks that were confirmed and are likelier to exist than not.
    pub fn confirmed(&self) -> impl Iterator<Item = &Track> {
        self.tracks.iter().filter(|track| track.number > 0 && track.existence_probability >= 0.5)
    }

    /// When the last scan was.
    pub fn time(&self) -> Option<Time> {
        self.time
    }

    /// What the tracker holds on to, with all room to work in.
    pub fn memory_bytes(&self) -> usize {
        let pieces: usize = self.pieces.iter().map(Gated::memory_bytes).sum();
        size_of::<Track>() * (self.tracks.capacity() + self.sorted.capacity())
            + self.plots.memory_bytes()
            + self.free.memory_bytes()
            + self.resolver.memory_bytes()
            + pieces
            + 16 * self.pairs.capacity()
            + 8 * self.taken.capacity()
    }

    /// Seconds since the last scan, zero for the first.
    fn check(&self, scan: &Scan) -> Result<f64, SwarmError> {
        let Sensor { sigma_m, detection_probability, stray_density } = scan.sensor;
        let good = |value: f64| value > 0.0 && value.is_finite();
        if !good(sigma_m) {
            return Err(SwarmError::Sigma { value_m: sigma_m });
        }
        if !good(detection_probability) || detection_probability >= 1.0 {
            return Err(SwarmError::Detection { probability: detection_probability });
        }
        if !good(stray_density) {
            return Err(SwarmError::Stray { density: stray_density });
        }
        if scan.plots.len() > self.settings.plots_count {
            return Err(SwarmError::Plots { count: scan.plots.len(), limit_count: self.settings.plots_count });
        }
        let Some(before) = self.time else { return Ok(0.0) };
        let dt_s = scan.time.seconds_since(before);
        if dt_s > 0.0 && dt_s <= self.settings.step_s {
            Ok(dt_s)
        } else {
            Err(SwarmError::Clock { dt_s, limit_s: self.settings.step_s })
        }
    }

    fn sort_plots(&mut self, plots: &[[f64; 3]]) -> Shed {
        let mut shed = Shed::default();
        self.pairs.clear();
        for (index, plot) in plots.iter().enumerate() {
            if !plot.iter().all(|x| x.is_finite()) {
                shed.not_finite_count += 1;
            } else if !self.space.holds(plot) {
                shed.outside_count += 1;
            } else {
                self.pairs.push((self.space.key(plot), index as u32));
            }
        }
        // Zero has two signs; adding it leaves one.
        let point = |index: usize| plots[index].map(|x| x + 0.0);
        shed.duplicates_count = self.plots.fill(point, &mut self.pairs, self.settings.threads_count);
        shed
    }

    fn take_plots(&mut self) {
        self.taken.clear();
        self.taken.resize(self.plots.points.len(), 0.0);
        for gated in &self.pieces {
            for (plot, probability) in gated.plots.iter().zip(&gated.probabilities) {
                self.taken[*plot as usize] += probability;
            }
        }
    }

    /// New tracks from the free plots of this scan and the last: every pair that an object below the greatest speed may have given.
    fn begin(&self, dt_s: f64, sensor: &Sensor, shed: &mut Shed) -> Vec<Track> {
        let Settings { speed_mps, gate, pair_probability, density_m2ps3, .. } = self.settings;
        let variance_m2 = sensor.sigma_m * sensor.sigma_m;
        // Both plots are off by their noise.
        let radius_m = speed_mps * dt_s + libm::sqrt(2.0 * gate * variance_m2);
        let piece = |(from, to): (usize, usize)| {
            let (mut begun, mut near, mut shed) = (Vec::new(), Vec::new(), Shed::default());
            for newer in (from..to).filter(|&plot| self.taken[plot] < 0.5) {
                let newer = &self.plots.points[newer];
                near.clear();
                let visits = self.settings.visits_per_search_count;
                let push = |older, squared| near.push((squared, older));
                shed.visits_count += self.free.for_each_within(&self.space, newer, radius_m, visits, push);
                shed.pairs_count += gate::keep_nearest(&mut near, self.settings.pairs_per_plot_count);
                near.sort_unstable_by_key(|&(_, older)| older);
                begun.extend(near.iter().map(|&(_, older)| {
                    let older = &self.free.points[older as usize];
                    Track::between(older, newer, dt_s, variance_m2, density_m2ps3, pair_probability)
                }));
            }
            (begun, shed)
        };
        let cuts = parallel::cuts(self.plots.points.len(), self.settings.threads_count);
        let pieces = cuts.iter().scan(0, |from, &to| Some((core::mem::replace(from, to), to))).collect();
        let mut all = Vec::new();
        for (mut begun, piece) in parallel::map(pieces, piece) {
            all.append(&mut begun);
            shed.add(&piece);
        }
        all
    }

    /// Drops what is gone, numbers what is confirmed, adds what has begun, and puts all in the order of their cells. Returns how
    /// many were confirmed.
    fn sort_tracks(&mut self, begun: &[Track]) -> usize {
        let first = self.next_number;
        self.pairs.clear();
        let mut tracks = self.tracks.iter_mut().enumerate();
        for key in self.pieces.iter().flat_map(|gated| &gated.keys) {
            let Some((index, track)) = tracks.next() else { break };
            if *key != GONE {
                if track.number == 0 && track.existence_probability >= self.settings.confirm_probability {
                    track.number = self.next_number;
                    self.next_number += 1;
                }
                self.pairs.push((*key, index as u32));
            }
        }
        let old = self.tracks.len();
        self.pairs.extend(
            begun.iter().enumerate().map(|(index, track)| (self.space.key(&track.position_m), (old + index) as u32)),
        );
        cells::sort(&mut self.pairs, self.settings.threads_count);
        self.sorted.clear();
        self.sorted.extend(self.pairs.iter().map(|&(_, index)| {
            let index = index as usize;
            if index < old { self.tracks[index] } else { begun[index - old] }
        }));
        core::mem::swap(&mut self.tracks, &mut self.sorted);
        (self.next_number - first) as usize
    }
}
