//! Who is behind the events.

pub mod merge;
pub mod person;
