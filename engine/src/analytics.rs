//! What the events add up to.

pub mod channel_rules;
pub mod funnels;
pub mod live;
