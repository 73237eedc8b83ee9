//! The event log, and what was refused.

pub mod dead_letter;
pub mod event;
pub mod ingest;
pub mod referral_link;
