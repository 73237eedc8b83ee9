//! Follow-up that runs itself.

mod delivery;
mod journeys;
mod local_time;
mod recommendation;
mod referral;
mod templates;
mod webhook_addresses;
mod webhook_messages;
