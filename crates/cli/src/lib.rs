//! What the program `downrange` is made of: everything that touches files, the terminal and the clock.
//!
//! [`folder`] and [`feed`] read a watch folder; [`pipeline`] gives its lines to the engine; [`journal`] keeps what came in
//! and what was decided; [`output`] writes what was said; [`replay`] runs them together;
//! [`score`] judges the results, [`study`] many drawn worlds at once, [`library`] named events, [`recorded`] flights that were
//! recorded; [`statements`] judges what was published. [`commands`] are the doors.
#![forbid(unsafe_code)]

pub mod commands;
pub mod failure;
pub mod feed;
pub mod folder;
pub mod journal;
pub mod library;
pub mod output;
pub mod pipeline;
pub mod recorded;
pub mod render;
pub mod replay;
pub mod report;
pub mod score;
pub mod statements;
pub mod study;

/// Name and version of the program.
pub const PROGRAM: &str = concat!("downrange ", env!("CARGO_PKG_VERSION"));
