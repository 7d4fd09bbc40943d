//! `downrange score`: a replay against what really flew.

use super::Done;
use crate::score;
use std::path::PathBuf;

/// Score the results of a replay against the truth of a simulated or reconstructed watch folder
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Of every object that fell: seconds from its first plot to its first forecast and warning, errors of the forecast fall at
25, 50, 75 and 90 % of the flight, the share of the forecast areas that held the fall, launch place, kind, and whether
the ships near the fall had been told. No other command reads truth.json.

Examples:
  downrange score scenarios/launch out
  downrange score scenarios/launch out --json > score.json")]
pub struct Arguments {
    /// The watch folder, with truth.json and truth/
    folder: PathBuf,
    /// The output folder of `downrange replay`
    out: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When a file is missing or is not what it should be.
pub fn run(arguments: &Arguments) -> Done {
    let score = score::score(&arguments.folder, &arguments.out)?;
    if arguments.json {
        println!("{}", score.json());
    } else {
        print!("{}", score.text());
    }
    Ok(())
}
