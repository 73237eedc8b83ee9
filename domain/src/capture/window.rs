//! When an event happened, by our clock, and when it must have happened to be accepted.

use crate::time::{MICROS_PER_SEC, Timestamp};

/// Highest age of an accepted event by default: 90 days.
pub const MAX_AGE_SECS: i64 = 90 * 86_400;
/// How far a client's clock may be ahead of ours: 10 minutes.
pub const MAX_AHEAD_SECS: i64 = 600;
/// How far a client's clock may be off to be corrected: 24 hours. What seems to be more is a message
/// that was stored with the moment of its first sending, and sent again.
pub const MAX_SKEW_SECS: i64 = 86_400;

/// When an item was sent and arrived, and how old its event may be.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// When the item arrived.
    pub received_at: Timestamp,
    /// When it was sent, by the clock of its sender; an item may say otherwise of itself.
    pub sent_at: Option<Timestamp>,
    /// Most seconds that an event may be old, such as [`MAX_AGE_SECS`].
    pub max_age_secs: i64,
}

impl Window {
    /// The moment `at` of the sender's clock by ours: as much before the arrival as it was before the
    /// sending. The time that the message took on its way is taken for a difference of the clocks.
    pub(super) fn corrected(&self, at: Timestamp) -> Timestamp {
        let skew = self
            .sent_at
            .map(|sent_at| self.received_at.0.saturating_sub(sent_at.0))
            .filter(|skew| skew.unsigned_abs() <= (MAX_SKEW_SECS * MICROS_PER_SEC).unsigned_abs());
        Timestamp(at.0.saturating_add(skew.unwrap_or(0)))
    }
}
