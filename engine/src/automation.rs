//! Follow-up that runs itself.

mod arms;
pub mod audience_exports;
pub mod clicks;
pub mod delivery_policy;
mod happened;
pub mod inbox;
pub mod inbox_streams;
pub mod invitations;
pub mod journeys;
pub mod mail_sender;
pub mod messages;
mod outgoing;
mod permission;
pub mod preferences;
pub mod recommendations;
pub mod referrals;
pub mod reports;
pub mod retention;
pub(crate) mod sender;
pub mod suppressions;
pub mod templates;
pub mod webhooks;

pub use outgoing::Outgoing;
