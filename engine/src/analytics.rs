//! What the events add up to.

pub mod funnels;
pub mod live;
