//! `downrange replay`: a recorded watch folder, as if it happened now.

use super::{Done, terminal};
use crate::folder::Folder;
use crate::output::OutputFolder;
use crate::replay::{self, Observer, Options, Summary};
use downrange_earth::Time;
use indicatif::ProgressBar;
use std::path::PathBuf;

/// Replay a recorded watch folder and write every forecast, warning and message
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A watch folder holds sensors.toml and plots.jsonl (or plots.jsonl.zst), and may hold vessels.nmea, aircraft.sbs,
zones.geojson, watch.toml and a satellite catalogue (satellites.tle or satellites.json). Everything written is stamped with the time of the event, however fast the replay runs.
Recorded data is never `Actual`.

Examples:
  downrange replay recordings/launch --out out
  downrange replay recordings/launch --out out --tracks --speed 10
  zstdcat plots.jsonl.zst | downrange replay recordings/launch --plots - --out out")]
pub struct Arguments {
    /// The watch folder
    folder: PathBuf,
    /// Where the results go
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Read the plots from here instead; - is standard input
    #[arg(long, value_name = "FILE")]
    plots: Option<PathBuf>,
    /// Also write tracks.jsonl: every track once a second, with its covariance
    #[arg(long)]
    tracks: bool,
    /// So many times as fast as it happened; as fast as possible when not given
    #[arg(long, value_name = "TIMES", value_parser = speed)]
    speed: Option<f64>,
    /// Print only the hash of the journal
    #[arg(long, short)]
    quiet: bool,
}

/// A speed: a number above 0.
pub fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed > 0.0 && speed.is_finite() => Ok(speed),
        _ => Err("allowed: a number above 0".into()),
    }
}

/// Runs the command.
///
/// # Errors
/// When the folder is wrong or the results cannot be written.
pub fn run(arguments: &Arguments) -> Done {
    let folder = Folder::open(&arguments.folder, arguments.plots.as_deref())?;
    let sizes = folder.feeds.iter().filter_map(|(_, path)| path.metadata().ok());
    let mut progress = Progress { bar: terminal::bar(sizes.map(|data| data.len()).sum(), arguments.quiet) };
    let options = Options { tracks: arguments.tracks, speed_ratio: arguments.speed };
    let summary = replay::run(&folder, &arguments.out, &options, &mut progress)?;
    progress.bar.finish_and_clear();
    if !arguments.quiet {
        print_summary(&summary);
        println!("report  {}", OutputFolder::report_path(&arguments.out).display());
    }
    println!("journal {}", summary.hash);
    Ok(())
}

struct Progress {
    bar: ProgressBar,
}

impl Observer for Progress {
    fn progress(&mut self, time: Time, bytes_read: u64) {
        if bytes_read > 0 {
            self.bar.set_position(bytes_read);
            self.bar.set_message(time.utc_string(0));
        }
    }
}

/// What a replay did, in a few lines.
pub fn print_summary(summary: &Summary) {
    let counts = &summary.counts;
    if summary.actual_was_refused {
        terminal::notice("watch.toml: field `status` is Actual; recorded data is said as Test");
    }
    for (reason, count) in &summary.refused {
        terminal::notice(&format!("{count} plots not used: {reason}"));
    }
    summary.sensors.iter().for_each(|found| terminal::notice(found));
    if counts.bad_lines > 0 {
        terminal::notice(&format!(
            "{} bad lines were skipped; the first: {}",
            counts.bad_lines,
            summary.bad_lines.join(" | ")
        ));
    }
    println!(
        "{} plots and {} reports of ships and aircraft, {:.0} s of events in {:.1} s ({:.0} times real time)",
        counts.plots_used + counts.plots_refused,
        counts.traffic_reports,
        summary.event_s,
        summary.wall_s,
        summary.event_s / summary.wall_s.max(1e-9)
    );
    println!(
        "{} forecasts, {} messages, {} journal entries",
        summary.forecasts, summary.revisions, counts.journal_entries
    );
    for (object, from) in &summary.watched {
        println!(
            "watch   {object} from {}: no alert, fewer independent witnesses than the {} that one needs",
            from.utc_string(0),
            summary.witnesses_asked
        );
    }
}
