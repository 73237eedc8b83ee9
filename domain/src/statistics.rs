//! Statistics that several rules share.

pub mod chi_squared;
pub mod difference;
pub mod groups;
pub mod hypergeometric;
pub mod interval;
pub mod proportion;
pub mod ranking;
pub mod ratio;
pub mod student;
