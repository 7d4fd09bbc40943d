//! The textbook's single-object scenarios, filter by filter, as JSON lines.
//!
//! ```text
//! cargo run --release -p downrange-track --example textbook -- DATA_FOLDER [CASE]
//! ```
//!
//! DATA_FOLDER holds folders of CSV files: `ballistic`, `reentry2d`, `farina2d`, `atc2d`, `manoeuvre`, and `farina2d-1000` and
//! `atc2d-500` with all the runs that published means are over (tests/oracles writes them); those that are not there are left
//! out. With CASE only the one of that name runs. Every line is `{"case":…,"metric":…,"value":…}`; times are CPU time.

mod ballistic;
mod data;
mod falling;
mod models;
mod planar;

use data::Folder;
use std::path::PathBuf;
use std::process::ExitCode;

type Report = fn(&Folder) -> Result<(), String>;

#[expect(clippy::disallowed_methods, reason = "a program has arguments")]
fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(data) = arguments.next().map(PathBuf::from) else {
        eprintln!("which folder? textbook DATA_FOLDER [CASE]");
        return ExitCode::from(2);
    };
    let only = arguments.next();
    let reports: [(&str, Report); 7] = [
        ("ballistic", ballistic::report),
        ("reentry2d", planar::reentry),
        ("farina2d", planar::farina),
        ("farina2d-1000", planar::farina),
        ("atc2d", planar::atc),
        ("atc2d-500", planar::atc),
        ("manoeuvre", planar::manoeuvre),
    ];
    for (name, report) in reports {
        let folder = Folder(data.join(name));
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        if !folder.0.is_dir() {
            eprintln!("{name}: not in {}, left out", data.display());
        } else if let Err(error) = report(&folder) {
            eprintln!("{name}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
