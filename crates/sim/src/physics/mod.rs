//! The physics that flies the truth: none of it is shared with the code that tracks.
//!
//! Own constants, own gravity, own atmosphere, own integrator, in the inertial frame (the trackers work in the rotating
//! one). From `downrange-earth` only the conversions between latitude, longitude, height and Cartesian axes are used.

pub mod air;
pub mod drag;
pub mod frame;
pub mod gravity;
pub mod integrate;
