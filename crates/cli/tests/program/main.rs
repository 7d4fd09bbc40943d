//! The program from the outside: arguments and files in, files, exit codes and one-line errors out.

mod bad;
mod catalogue;
mod help;
mod journal;
mod left;
mod library;
mod same;
mod scoring;
mod study;
mod watch;
mod world;
