//! The event log, and what was refused.

pub mod dead_letter;
pub mod event;
pub mod referral_link;
