//! Segments: people who meet a condition over their events, traits, score and subscriptions.
//!
//! Law: whether a person is a member depends on the set of their events and on the moment alone. The
//! events that a segment itself causes ([`SEGMENT_EVENTS`]) change no segment, not even through a
//! score, so that segments never set each other off for ever.

mod condition;
mod contradiction;
mod membership;
mod state;
mod validate;

pub use condition::{
    ActiveCondition, Condition, EventCondition, MAX_DEPTH, MAX_OCCURRENCES, MAX_TESTS,
    MAX_WITHIN_DAYS, ScoreCondition, ScoreModel, SegmentDefinition, SubscriptionCondition,
    SubscriptionStatus,
};
pub use state::SegmentState;
pub(crate) use validate::validate_trait;

/// The event of a person who became a member of a segment.
pub const ENTERED: &str = "segment_entered";
/// The event of a person who ceased to be a member of a segment.
pub const EXITED: &str = "segment_exited";
/// The events that segments cause.
pub const SEGMENT_EVENTS: [&str; 2] = [ENTERED, EXITED];
