//! Tracks of the whole sky.
