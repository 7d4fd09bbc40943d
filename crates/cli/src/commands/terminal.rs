//! What a person sees while a command runs. Colours and bars only on a terminal; `NO_COLOR` is honoured.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use owo_colors::{OwoColorize, Style};
use std::io::IsTerminal;

/// Prints an error: one line on standard error.
pub fn error(line: &str) {
    anstream::eprintln!("{} {line}", "error:".style(Style::new().red().bold()));
}

/// Prints something worth knowing on standard error.
pub fn notice(line: &str) {
    anstream::eprintln!("{} {line}", "notice:".style(Style::new().yellow()));
}

/// A progress bar on standard error; hidden where that is no terminal, or when it is not wanted.
pub fn bar(length: u64, is_quiet: bool) -> ProgressBar {
    let is_shown = !is_quiet && std::io::stderr().is_terminal();
    let target = if is_shown { ProgressDrawTarget::stderr_with_hz(8) } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(length), target);
    let style = ProgressStyle::with_template("{msg:24} {bar:40} {percent:>3} %  {elapsed_precise}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
