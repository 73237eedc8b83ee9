//! Statistics that several rules share.

pub mod proportion;
pub mod ranking;
