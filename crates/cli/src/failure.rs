//! Why a command could not do its work, in one line, and the exit code that says so.

use downrange_wire::InputError;
use std::fmt;
use std::path::{Path, PathBuf};

/// Why a command stopped. Its text is one line: file, line, field, the value, and what is allowed, as far as they apply.
#[derive(Debug)]
pub enum Failure {
    /// A configuration or data file holds what it must not.
    Input(InputError),
    /// A scenario holds what it must not.
    Scenario(String),
    /// A file or folder that must be there cannot be read.
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
        /// What is expected there.
        allowed: &'static str,
    },
    /// An argument is wrong.
    Argument {
        /// Its name.
        field: &'static str,
        /// What was given.
        value: String,
        /// What it may be.
        allowed: String,
    },
    /// Something could not be written.
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The journal could not be read or written, or does not verify.
    Journal {
        /// Which journal.
        path: PathBuf,
        /// What is wrong, and with which entry.
        what: String,
    },
}

impl Failure {
    /// 2 when the input or the arguments are wrong, 1 when the work failed.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Input(_) | Failure::Scenario(_) | Failure::Unreadable { .. } | Failure::Argument { .. } => 2,
            Failure::Unwritable { .. } | Failure::Journal { .. } => 1,
        }
    }

    /// Something that must be there cannot be read.
    pub fn unreadable(path: &Path, why: impl ToString, allowed: &'static str) -> Failure {
        Failure::Unreadable { path: path.to_path_buf(), why: why.to_string(), allowed }
    }

    /// Something could not be written.
    pub fn unwritable(path: &Path, why: impl ToString) -> Failure {
        Failure::Unwritable { path: path.to_path_buf(), why: why.to_string() }
    }

    /// Something is wrong with a journal.
    pub fn journal(path: &Path, what: impl ToString) -> Failure {
        Failure::Journal { path: path.to_path_buf(), what: what.to_string() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = match self {
            Failure::Input(error) => error.to_string(),
            Failure::Scenario(line) => line.clone(),
            Failure::Unreadable { path, why, allowed } => format!("{}: {why}; allowed: {allowed}", path.display()),
            Failure::Argument { field, value, allowed } => format!("{field}: `{value}` is refused; allowed: {allowed}"),
            Failure::Unwritable { path, why } => format!("{}: cannot be written: {why}", path.display()),
            Failure::Journal { path, what } => format!("{}: {what}", path.display()),
        };
        // One line, whatever a file name or a library's message holds.
        out.write_str(&line.replace(['\n', '\r'], " "))
    }
}

impl std::error::Error for Failure {}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Failure {
        Failure::Input(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_a_failure_is_one_line_whatever_the_file_is_called() {
        let failure = Failure::unreadable(Path::new("two\nlines"), "no such file", "a folder");
        assert_eq!(failure.to_string(), "two lines: no such file; allowed: a folder");
        assert_eq!(failure.exit_code(), 2);
    }
}
