//! Help that teaches, and completions.

use crate::world::{program, ran, run};

const COMMANDS: [&str; 13] = [
    "demo",
    "replay",
    "explain",
    "verify",
    "simulate",
    "score",
    "study",
    "library",
    "recorded",
    "statements",
    "track",
    "completions",
    "help",
];

#[test]
fn help_names_every_command_and_teaches_each_by_example() {
    let help = run(&["--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    for command in COMMANDS {
        assert!(help.out.contains(&format!("\n  {command} ")), "{command} is not in {}", help.out);
        if command != "help" {
            let help = run(&[command, "--help"]);
            assert_eq!(help.code, 0);
            assert!(help.out.contains(&format!("Examples:\n  downrange {command}")), "{}", help.out);
        }
    }
    assert!(help.out.contains("Exit codes: 0 done; 1 the work failed; 2"));
    assert_eq!(run(&["--version"]).out, format!("downrange {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(run(&[]).code, 2);
}

#[test]
fn completions_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let completions = run(&["completions", shell]);
        assert_eq!(completions.code, 0);
        for command in &COMMANDS[..12] {
            assert!(completions.out.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn bad_no_colour_goes_where_there_is_no_terminal() {
    let output = program().args(["replay", "/nonexistent", "--out", "x"]).env("CLICOLOR", "1").output().unwrap();
    assert!(!ran(output).err.contains('\u{1b}'));
}
