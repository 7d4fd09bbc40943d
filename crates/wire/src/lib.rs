//! Bytes to types and back. Pure: no file, socket or clock.
//!
//! In: [`sensors`], [`plots`], [`ais`], [`sbs`], [`zones`], [`watch`]; [`regions`] are built in. Whatever is wrong with
//! an input is an [`InputError`] that says file, line, field, value and what is allowed; nothing read here can panic.
//!
//! `docs/formats.md` describes every file, field by field.
#![forbid(unsafe_code)]

mod geojson;
mod input;
mod settings;
mod utc;

pub mod ais;
pub mod plots;
pub mod regions;
pub mod sbs;
pub mod sensors;
pub mod watch;
pub mod zones;

pub use input::{InputError, Place, Received};
