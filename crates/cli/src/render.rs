//! Decisions in the forms in which they are written and said.

use crate::report::{Message, Said, Text};
use downrange_engine::policy::Config;
use downrange_engine::warn::Revision;
use downrange_wire::message::{Messages, UnknownLanguage};
use downrange_wire::{cap, navarea, warning};

/// Writes revisions in the languages and for the channels of a policy.
#[derive(Debug)]
pub struct Renderer {
    channels: Vec<String>,
    messages: Messages,
}

impl Renderer {
    /// For the languages and channels of a configuration.
    ///
    /// # Errors
    /// When there is no text in one of the languages.
    pub fn new(config: &Config) -> Result<Renderer, UnknownLanguage> {
        let messages = Messages::new(&config.policy.languages)?;
        Ok(Renderer { channels: config.policy.channels.clone(), messages })
    }

    /// A revision with its texts and messages, and its line of `warnings.jsonl`.
    pub fn said(&self, revision: Revision) -> (Said, String) {
        let line = warning::line(&revision, &self.messages);
        let texts = self.messages.texts(&revision).into_iter().map(|text| Text {
            language: text.language,
            headline: text.headline,
            description: text.description,
            instruction: text.instruction,
        });
        let texts = texts.collect();
        let messages = self.channels.iter().filter_map(|channel| self.message(&revision, channel)).collect();
        (Said { revision, texts, messages }, line)
    }

    /// A revision as a channel carries it.
    fn message(&self, revision: &Revision, channel: &str) -> Option<Message> {
        let (ending, content) = match channel {
            "cap" => ("cap.xml", cap::render(revision, &self.messages)),
            "navarea" => ("navarea.txt", navarea::render(revision)),
            _ => return None,
        };
        let file = format!("{}-r{}.{ending}", revision.id, revision.revision);
        Some(Message { channel: channel.into(), file, content })
    }
}
