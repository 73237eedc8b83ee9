//! The people behind the events.

pub mod erased_message;
pub mod merge;
pub mod person;
pub mod seen;
pub mod segment;
pub mod segment_member;
