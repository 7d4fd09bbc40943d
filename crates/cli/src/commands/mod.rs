//! The commands: what a person types, and what comes back.

use crate::failure::Failure;
use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

mod demo;
mod explain;
mod library;
mod recorded;
mod replay;
mod score;
mod simulate;
mod statements;
mod study;
pub mod terminal;
mod track;
pub mod verify;

/// From what sensors see of launches and falling objects to warnings for the people underneath.
///
/// It warns; it never aims.
#[derive(Debug, Parser)]
#[command(name = "downrange", version, after_help = EXAMPLES, max_term_width = 120)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  downrange demo                               watch a recorded launch become warnings
  downrange replay WATCH-FOLDER --out out      the same for your own recording
  downrange explain 2022-01-14-1-W --journal out/journal.db
                                               why was this said?
  downrange verify out/journal.db              is the record whole, and does it lead to the same decisions?

Exit codes: 0 done; 1 the work failed; 2 the input or the arguments are wrong (one line on standard error says where).";

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Replay(replay::Arguments),
    Explain(explain::Arguments),
    Verify(verify::Arguments),
    Simulate(simulate::Arguments),
    Score(score::Arguments),
    Study(study::Arguments),
    Library(library::Arguments),
    Recorded(recorded::Arguments),
    Statements(statements::Arguments),
    Track(track::Arguments),
    Completions(Completions),
}

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  downrange completions bash > ~/.local/share/bash-completion/completions/downrange
  downrange completions zsh > ~/.zfunc/_downrange
  downrange completions fish > ~/.config/fish/completions/downrange.fish")]
struct Completions {
    /// Which shell
    shell: clap_complete::Shell,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return misused(&error),
    };
    let done = match arguments.command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Track(arguments) => track::run(&arguments),
        Command::Score(arguments) => score::run(&arguments),
        Command::Study(arguments) => study::run(&arguments),
        Command::Library(arguments) => library::run(&arguments),
        Command::Recorded(arguments) => recorded::run(&arguments),
        Command::Statements(arguments) => statements::run(&arguments),
        Command::Completions(arguments) => {
            completions(arguments.shell);
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::error(&failure.to_string());
            ExitCode::from(failure.exit_code())
        }
    }
}

/// What a command returns.
type Done = Result<(), Failure>;

fn completions(shell: clap_complete::Shell) {
    clap_complete::generate(shell, &mut Arguments::command(), "downrange", &mut std::io::stdout());
}

/// Help and version go to standard output; a wrong argument is one line on standard error.
fn misused(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() || error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
        return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
    }
    let text = error.render().to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let line: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    terminal::error(&format!("{} (see --help)", line.join(" ").trim_start_matches("error: ")));
    ExitCode::from(2)
}
