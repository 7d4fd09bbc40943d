//! The pure core of Downrange: `step(received, input) -> outputs`.
//!
//! Rooms, top to bottom; nothing flows back up:
//! [`plot`] (who watches and what they saw) → [`trust`] (which sensors lie) → [`picture`] (tracks of the whole sky) →
//! [`assess`] (what it is, where it came from, where and when it falls, who is underneath) → [`warn`] (what is said, to whom,
//! and taken back) → [`engine`], where they meet.
//!
//! No clock, socket, disk, thread or random source is used here: time is an input, and the same inputs give the same
//! outputs bit for bit on any machine.
#![forbid(unsafe_code)]

pub mod assess;
pub mod engine;
mod exchange;
mod geometry;
pub mod picture;
pub mod plot;
pub mod policy;
pub mod traffic;
pub mod trust;
pub mod warn;
