//! Follow-up that runs itself.

mod journeys;
mod local_time;
//! What happens by itself, under rules that a team has written down.
mod referral;
//! What happens to people after something has happened.
mod recommendation;
