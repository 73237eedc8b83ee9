//! Journeys, and the runs of people through them.

pub mod audience_export;
pub mod customer_health;
pub mod delivery_policy;
pub mod inbox;
pub mod inbox_stream;
pub mod invitation;
pub mod journey;
pub mod journey_clock;
pub mod journey_draw;
pub mod journey_flow;
pub mod journey_run;
pub mod leader_board_refusal;
pub mod mail_sender;
pub mod message;
pub mod message_token;
pub mod outbox;
pub mod recommendation;
pub mod recommendation_facts;
pub mod referral;
pub mod referral_campaign;
pub mod referral_facts;
pub mod suppression;
pub mod template;
pub mod webhook_attempt;
pub mod webhook_delivery;
pub mod webhook_endpoint;
