//! Many ships, misses and clutter: a tracker of your own from its parts. Predict, gate, weigh, assign, update.
//!
//! `cargo run --release -p downrange-track --example ex04_your_own_tracker`

use downrange_track::associate::{Candidate, global_nearest};
use downrange_track::filter::{Observation, ekf};
use downrange_track::gaussian::Gaussian;
use downrange_track::measure::chi_square_quantile;
use downrange_track::motion::axis::KnownTurn;
use nalgebra::{Matrix2, Matrix2x4, Vector2, Vector4, matrix, vector};

#[allow(dead_code, reason = "each example uses its part")]
#[path = "shared/draw.rs"]
mod draw;

/// Positions in the plane, to 10 m.
struct Place;

impl Observation<4, 2> for Place {
    fn expect(&self, s: &Vector4<f64>) -> Vector2<f64> {
        vector![s[0], s[2]]
    }

    fn jacobian(&self, _: &Vector4<f64>) -> Matrix2x4<f64> {
        matrix![1.0, 0.0, 0.0, 0.0; 0.0, 0.0, 1.0, 0.0]
    }

    fn noise(&self) -> Matrix2<f64> {
        Matrix2::identity() * 100.0
    }
}

pub(crate) fn main() {
    let mut draw = draw::Draw(4);
    let meta = draw::sea(40);
    let movers: Vec<draw::Mover> = (0..30)
        .map(|_| draw::Mover {
            from_m: [draw.between(200.0, 1_800.0), draw.between(200.0, 1_800.0)],
            velocity_mps: [draw.between(-8.0, 8.0), draw.between(-8.0, 8.0)],
            scans: [0, 40],
        })
        .collect();
    let (scenario, truth) = draw::watched(&movers, meta.clone(), &mut draw);
    let model = KnownTurn { rate_radps: 0.0, density_m2ps3: meta.q_m2ps3 };
    let gate = chi_square_quantile(0.999, 2.0).expect("a probability");
    let log_missed = vec![(1.0 - meta.detection_probability).ln(); movers.len()];
    // False plots per square metre: what a plot has to beat.
    let clutter_density = meta.clutter_count / (meta.side_m * meta.side_m);
    let mut tracks: Vec<Gaussian<4>> = movers
        .iter()
        .map(|m| vector![m.from_m[0], m.velocity_mps[0], m.from_m[1], m.velocity_mps[1]])
        .map(|start| Gaussian::diagonal(start, vector![10.0, 3.0, 10.0, 3.0]))
        .collect();
    for plots in &scenario.scans[1..] {
        let plots: Vec<Vector2<f64>> = plots.iter().map(|p| vector![p[0], p[1]]).collect();
        tracks.iter_mut().for_each(|track| *track = ekf::predict(&model, track, meta.dt_s));
        let mut candidates = Vec::new();
        for (track, state) in tracks.iter().enumerate() {
            for (plot, seen) in plots.iter().enumerate() {
                let Some(innovation) = ekf::innovation(&Place, state, seen) else { continue };
                if innovation.nis() < gate {
                    let log_weight =
                        meta.detection_probability.ln() + innovation.log_likelihood() - clutter_density.ln();
                    candidates.push(Candidate { track: track as u32, plot: plot as u32, log_weight });
                }
            }
        }
        let chosen = global_nearest(tracks.len(), plots.len(), &candidates, &log_missed);
        for (track, plot) in tracks.iter_mut().zip(chosen) {
            if let Some((updated, _)) = plot.and_then(|plot| ekf::update(&Place, track, &plots[plot as usize])) {
                *track = updated;
            }
        }
    }
    let last = truth.last().expect("scans");
    let near =
        tracks.iter().zip(last).filter(|(track, at)| (track.mean[0] - at[0]).hypot(track.mean[2] - at[1]) < 30.0);
    let kept = near.count();
    println!("{kept} of {} ships are within 30 m of their track after {} scans", movers.len(), meta.scan_count);
    assert!(kept >= 28, "a pair that met may have changed names, hardly more");
}
