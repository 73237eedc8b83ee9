//! When an event happened, by our clock, and when it must have happened to be accepted.

use super::reason::{self, refuse};
use crate::{
    refusal::Refusal,
    time::{MICROS_PER_SEC, Timestamp},
};
use chrono::{DateTime, Datelike, NaiveDate, Utc};

const DAY_SECS: i64 = 86_400;
/// Highest age of an accepted event by default: 90 days.
pub const MAX_AGE_SECS: i64 = 90 * DAY_SECS;
/// How far back history may go.
pub const HISTORY_YEARS: i32 = 10;
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
    /// Whether an item is history: its moment must be there and counts as it is, so that it is the same
    /// whenever the item is sent again.
    pub history: bool,
}

impl Window {
    /// For what comes as it happens, or at most [`MAX_AGE_SECS`] later.
    pub fn live(received_at: Timestamp, sent_at: Option<Timestamp>) -> Self {
        Self {
            received_at,
            sent_at,
            max_age_secs: MAX_AGE_SECS,
            history: false,
        }
    }

    /// For what is brought along: nothing before `oldest`.
    pub fn history(received_at: Timestamp, oldest: Timestamp) -> Self {
        Self {
            received_at,
            sent_at: None,
            max_age_secs: received_at.secs() - oldest.secs(),
            history: true,
        }
    }

    /// Refuses a moment of our clock that is too old or ahead.
    ///
    /// # Errors
    /// When it is.
    pub fn check(&self, at: Timestamp) -> Result<(), Refusal> {
        if at.plus_secs(self.max_age_secs) < self.received_at {
            let rule = format!("must be at most {} days old", self.max_age_secs / DAY_SECS);
            return Err(refuse(reason::TOO_LATE, "timestamp", rule));
        }
        if at > self.received_at.plus_secs(MAX_AHEAD_SECS) {
            let rule = "must be at most 10 minutes ahead";
            return Err(refuse(reason::FUTURE, "timestamp", rule));
        }
        Ok(())
    }

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

/// The oldest moment that history may have: midnight UTC ten years ago.
pub fn oldest_history(now: Timestamp) -> Timestamp {
    let now = DateTime::<Utc>::from(now);
    let year = now.year().saturating_sub(HISTORY_YEARS);
    // The 29th of February is in no such year.
    let day = NaiveDate::from_ymd_opt(year, now.month(), now.day().min(28));
    let midnight = day
        .unwrap_or(NaiveDate::MIN)
        .and_time(chrono::NaiveTime::MIN);
    midnight.and_utc().into()
}
