//! The event log, and what was refused.

pub mod dead_letter;
pub mod event;
pub mod quota_use;
pub mod referral_link;
