//! Time, places and motion on and above a rotating Earth.
//!
//! * [`Time`]: TAI nanoseconds. UTC exists only in [`time`]'s parsing and printing.
//! * [`Geodetic`], [`Ecef`]: places; [`Site`]: a place with its local east-north-up axes.
//! * [`sidereal`]: how far the Earth has turned.
//! * [`geodesic`]: distances and bearings on the ellipsoid.
//! * [`gravity`], [`atmosphere`]: what pulls and what brakes.
//! * [`motion`]: the equations of motion in the rotating frame and an error-controlled integrator.
//!
//! Maths goes through the `libm` crate, so that the same input gives the same bits on any machine.
#![forbid(unsafe_code)]

pub mod atmosphere;
pub mod geodesic;
pub mod geodetic;
pub mod gravity;
pub mod motion;
pub mod sidereal;
pub mod site;
pub mod time;

pub use geodetic::{Ecef, Geodetic};
pub use site::{Enu, RangeAzimuthElevation, Site};
pub use time::Time;
