//! Follow-up that runs itself.

mod arms;
pub mod clicks;
pub mod delivery_policy;
mod happened;
pub mod inbox;
pub mod journeys;
pub mod mail_sender;
pub mod messages;
mod outgoing;
mod permission;
pub mod preferences;
pub mod reports;
pub(crate) mod sender;
pub mod suppressions;
pub mod templates;
pub mod webhooks;

pub use outgoing::Outgoing;
