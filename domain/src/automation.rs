//! Follow-up that runs itself: what happens to people after something has happened.

pub mod audience;
pub mod delivery;
pub mod journey;
pub mod local_time;
pub mod recommendation;
pub mod referral;
pub mod retention;
pub mod template;
pub mod webhook;
