//! The people behind the events.

pub mod erased_message;
pub mod identifier;
pub mod merge;
pub mod person;
pub mod sealed_traits;
pub mod seen;
pub mod segment;
pub mod segment_member;
pub mod shared_browser;
