//! See the package description.
#![forbid(unsafe_code)]

pub mod associate;
pub mod filter;
pub mod gaussian;
pub mod imm;
pub mod motion;
pub mod observe;
