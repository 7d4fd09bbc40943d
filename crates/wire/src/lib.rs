//! Bytes to types and back. Pure: no file, socket or clock.
//!
//! In: [`sensors`], [`plots`], [`ais`], [`sbs`], [`zones`], [`watch`], [`satellites`]; [`regions`] are built in. Whatever is wrong with
//! an input is an [`InputError`] that says file, line, field, value and what is allowed; nothing read here can panic.
//!
//! Out: [`forecast`], [`warning`], [`tracks`] (JSON lines; the first two are read back too) [`message`] (the words), [`naming`] (which places
//! they name),
//! [`cap`] and [`navarea`] (the channels).
//!
//! `docs/formats.md` describes every file, field by field.
#![forbid(unsafe_code)]

mod geojson;
mod input;
mod iso;
mod plane;
mod seas;
mod settings;
mod shape;
mod utc;

pub mod ais;
pub mod cap;
pub mod forecast;
pub mod message;
pub mod naming;
pub mod navarea;
pub mod plots;
pub mod regions;
pub mod satellites;
pub mod sbs;
pub mod sensors;
pub mod tracks;
pub mod warning;
pub mod watch;
pub mod zones;

pub use input::{InputError, Place, Received};
pub use shape::LonLat;
