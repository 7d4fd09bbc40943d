//! `downrange statements`: published figures of launches, and those that physics excludes.

use super::Done;
use crate::failure::Failure;
use crate::statements::{self, Row};
use downrange_sim::statement::Finding;
use std::path::PathBuf;

/// Name the published statements of launches that physics excludes
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The file is a CSV table with a head. Columns: distance_km, apogee_km, flight_time_s; launch_lat and launch_lon (degrees;
where absent, 39 N 126 E); event_id and said_by name a row; distance_qualifier and apogee_qualifier (<, <=, >, >=, ~, or
words) say how a figure is meant. Figures may be off by half a unit of their last digit that is not zero (by at most 5 %),
times in whole minutes by a minute. A statement is excluded when no flight with such a range and apogee is so short.

Examples:
  downrange statements launch_facts.csv")]
pub struct Arguments {
    /// The table
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// Name every statement that was checked, not only the excluded
    #[arg(long)]
    all: bool,
}

/// Runs the command.
///
/// # Errors
/// When the table cannot be read.
pub fn run(arguments: &Arguments) -> Done {
    let text = std::fs::read_to_string(&arguments.file)
        .map_err(|error| Failure::unreadable(&arguments.file, error, "a CSV table"))?;
    let rows = statements::read(&text, &arguments.file.to_string_lossy())?;
    let mut counts = [0usize; 3];
    for row in &rows {
        let Some(finding) = row.statement.as_ref().and_then(|statement| statement.finding()) else { continue };
        let is_excluded = matches!(finding, Finding::Excluded { .. });
        counts[0] += 1;
        counts[1] += usize::from(is_excluded);
        counts[2] += usize::from(matches!(finding, Finding::NotFree { .. }));
        if is_excluded || arguments.all {
            println!("{}", line(row, finding));
        }
    }
    println!(
        "{} rows, {} with range, apogee and time; {} excluded; {} lasted too long for a free fall",
        rows.len(),
        counts[0],
        counts[1],
        counts[2]
    );
    Ok(())
}

fn line(row: &Row, finding: Finding) -> String {
    let said = format!("{}: {} km far, {} km high, {} s", row.name, row.distance, row.apogee, row.flight);
    match finding {
        Finding::Excluded { shortest_s } => {
            format!(
                "excluded  {said}: no flight so far and so high is shorter than {shortest_s:.0} s, without air and burn"
            )
        }
        Finding::NotFree { longest_s } => {
            format!("not free  {said}: a free fall would last {longest_s:.0} s; it glided, or burnt again")
        }
        Finding::Allowed { shortest_s } => format!("allowed   {said}: at least {shortest_s:.0} s"),
    }
}
