#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod associate;
pub mod filter;
pub mod gaussian;
pub mod imm;
pub mod late;
pub mod life;
pub mod measure;
pub mod motion;
pub mod observe;
mod parallel;
pub mod point;
pub mod register;
pub mod swarm;
