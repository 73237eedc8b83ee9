//! When an event must have happened to be accepted.

use crate::time::Timestamp;

/// Highest age of an accepted event by default: 90 days.
pub const MAX_AGE_SECS: i64 = 90 * 86_400;
/// How far a client's clock may be ahead of ours: 10 minutes.
pub const MAX_AHEAD_SECS: i64 = 600;

/// When an item arrived, and how old its event may be.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// When the item arrived.
    pub received_at: Timestamp,
    /// Most seconds that an event may be old, such as [`MAX_AGE_SECS`].
    pub max_age_secs: i64,
}
