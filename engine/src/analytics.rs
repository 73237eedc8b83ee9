//! What the events add up to.

pub mod live;
