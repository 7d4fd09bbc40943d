//! How good a picture is: distances between what was there and what was tracked, whether the stated uncertainties are
//! true, and how good anything could be.

pub mod bound;
pub mod consistency;
pub mod sets;
pub mod tracks;

pub use bound::CramerRao;
pub use consistency::{Band, Consistency, chi_square_quantile, nees_band};
pub use sets::{Gospa, SetError, gospa, ospa};
pub use tracks::{HistoryError, Labelled, Siap, cardinality_error, ospa2, siap};
