//! Decisions in the forms in which they are written and said.

use crate::report::Said;
use downrange_engine::assess::Assessment;
use downrange_engine::engine::TrackState;
use downrange_engine::policy::Config;
use downrange_engine::warn::Revision;

/// Writes decisions in the languages and for the channels of a policy.
#[derive(Debug)]
pub struct Renderer {
    channels: Vec<String>,
}

impl Renderer {
    /// For the languages and channels of a configuration.
    pub fn new(config: &Config) -> Renderer {
        Renderer { channels: config.policy.channels.clone() }
    }

    /// The line of `forecasts.jsonl`.
    pub fn forecast_line(&self, assessment: &Assessment) -> String {
        serde_json::json!({"object": assessment.object}).to_string()
    }

    /// A revision with its texts and messages, and its line of `warnings.jsonl`.
    pub fn said(&self, revision: Revision) -> (Said, String) {
        let line = serde_json::json!({"id": revision.id, "channels": self.channels}).to_string();
        (Said { revision, texts: Vec::new(), messages: Vec::new() }, line)
    }
}

/// The line of `tracks.jsonl`.
pub fn track_line(track: &TrackState) -> String {
    serde_json::json!({"track": track.track.0}).to_string()
}
