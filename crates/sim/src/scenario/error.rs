//! What can be wrong with a scenario.

use std::fmt;

/// Why a scenario cannot be used: where, what, and what would be allowed.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioError {
    /// The file, as it was named by the caller.
    pub file: String,
    /// Line, from 1; nothing when the error has no place (a flight that cannot be flown).
    pub line: Option<usize>,
    /// The field, with its table.
    pub field: String,
    /// What stands there.
    pub value: String,
    /// What may stand there.
    pub allowed: String,
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}: {} (allowed: {})", self.field, self.value, self.allowed)
    }
}

impl std::error::Error for ScenarioError {}
