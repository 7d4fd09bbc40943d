//! How good a picture is: distances between what was there and what was tracked, and whether the stated
//! uncertainties are true.

pub mod consistency;
pub mod sets;

pub use consistency::{Band, chi_square_quantile, nees_band};
pub use sets::{Gospa, SetError, gospa, ospa};
