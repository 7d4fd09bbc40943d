//! The program `downrange`.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    downrange_cli::commands::main()
}
