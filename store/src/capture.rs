//! The event log, and the messages that were refused.

pub mod dead_letter;
pub mod event;
pub mod event_log;
pub mod import;
pub mod message;
pub mod quota_use;
pub mod referral_link;
