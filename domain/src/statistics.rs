//! Statistics that several rules share.

pub mod hypergeometric;
pub mod proportion;
