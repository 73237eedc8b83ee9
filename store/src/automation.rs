//! Journeys, and the runs of people through them.

pub mod delivery_policy;
pub mod inbox;
pub mod journey;
pub mod journey_clock;
pub mod journey_flow;
pub mod journey_run;
pub mod mail_sender;
pub mod message;
pub mod message_token;
pub mod outbox;
pub mod suppression;
pub mod template;
pub mod webhook_attempt;
pub mod webhook_delivery;
pub mod webhook_endpoint;
