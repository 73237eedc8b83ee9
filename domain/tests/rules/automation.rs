//! Follow-up that runs itself.

mod audiences;
mod delivery;
mod domain_rates;
mod journeys;
mod local_time;
mod recommendation;
mod referral;
mod retention;
mod templates;
mod webhook_addresses;
mod webhook_messages;
