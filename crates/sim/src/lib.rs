//! Worlds from a seed: flights, sensors, traffic and delays, with their truth.
//!
//! A [`Scenario`] (read from TOML, or drawn by [`draw`]) is run into a [`World`]; [`World::write`] gives the files of a
//! watch folder. The same scenario gives the same bytes on every machine: ChaCha8 streams by name ([`random`]), maths from
//! the `libm` crate, no clock, no hash maps.
//!
//! # How an inverse crime is avoided
//!
//! Judging an estimator on data made by its own model flatters it. So nothing that moves here is shared with the code
//! under judgement:
//!
//! | | truth here | trackers elsewhere in the project |
//! |---|---|---|
//! | frame | inertial | rotating, with Coriolis and centrifugal terms |
//! | gravity | zonal harmonics to J4 (EGM96) | J2 |
//! | air | US 1976 written again, times a disturbance of the day, with winds | undisturbed, at rest |
//! | drag | depends on Mach; stages and pieces tumble | one coefficient, estimated |
//! | thrust | pitch programme, falling mass, wobble, stages | acceleration along the path |
//! | integrator | Runge–Kutta–Fehlberg 7(8) | Dormand–Prince 5(4) |
//!
//! Only time and the conversions between latitude, longitude, height and Cartesian axes come from `downrange-earth`.
#![forbid(unsafe_code)]

mod draw;
pub mod flight;
pub mod library;
pub mod physics;
pub mod random;
pub mod recorded;
mod scenario;
pub mod sensor;
pub mod statement;
pub mod traffic;
mod world;

pub use draw::{BALLISTIC_COEFFICIENTS_KGPM2, Class, Options, Watch, draw, draw_quiet};
pub use scenario::{AirPlan, BoxDeg, Scenario, ScenarioError};
pub use world::World;
