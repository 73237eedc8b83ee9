//! Follow-up that runs itself.

mod journeys;
mod local_time;
mod recommendation;
mod referral;
