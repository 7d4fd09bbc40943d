//! `tracks.jsonl`: the state of every confirmed track.

use crate::iso;
use downrange_earth::Time;
use downrange_engine::engine::TrackState;
use serde::Serialize;

#[derive(Serialize)]
struct TrackLine {
    #[serde(with = "iso")]
    time: Time,
    track: u64,
    position_m: [f64; 3],
    velocity_mps: [f64; 3],
    covariance: Vec<f64>,
}

/// The line (without its end): time, track, ECEF position and velocity, and the covariance of both, 36 numbers row by row.
pub fn line(state: &TrackState) -> String {
    let line = TrackLine {
        time: state.time,
        track: state.track.0,
        position_m: state.position.0.into(),
        velocity_mps: state.velocity_mps.into(),
        covariance: state.covariance.transpose().iter().copied().collect(),
    };
    serde_json::to_string(&line).expect("a track holds nothing that JSON cannot say")
}
