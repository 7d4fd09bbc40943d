//! The program `downrange`.
fn main() {}
