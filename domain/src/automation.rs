//! Follow-up that runs itself: what happens to people after something has happened.

pub mod journey;
pub mod local_time;
//! What happens by itself, under rules that a team has written down.
pub mod referral;
pub mod recommendation;
