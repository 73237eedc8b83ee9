//! How far back the event log goes.

use crate::{refusal::Refusal, time::Timestamp};
use chrono::{DateTime, Datelike, NaiveDate, Utc};

/// How many whole months of events are kept beside the one that is running.
///
/// Law: a moment that capture accepts is never before the [`horizon`](Self::horizon).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptMonths(i32);

impl KeptMonths {
    /// Fewest months: three can be 89 days, and an accepted event is up to 90 days old.
    pub const MIN: u64 = 4;
    /// Most months, a century.
    pub const MAX: u64 = 1_200;

    /// The first moment that is kept: the beginning of a UTC month.
    pub fn horizon(self, now: Timestamp) -> Timestamp {
        let now = DateTime::<Utc>::from(now);
        let month = now.year().saturating_mul(12) + now.month0().cast_signed() - self.0;
        let first = NaiveDate::from_ymd_opt(
            month.div_euclid(12),
            month.rem_euclid(12).cast_unsigned() + 1,
            1,
        );
        let midnight = first
            .unwrap_or(NaiveDate::MIN)
            .and_time(chrono::NaiveTime::MIN);
        midnight.and_utc().into()
    }
}

impl TryFrom<u64> for KeptMonths {
    type Error = Refusal;

    fn try_from(months: u64) -> Result<Self, Refusal> {
        let kept = (Self::MIN..=Self::MAX).contains(&months);
        let months = i32::try_from(months).ok().filter(|_| kept);
        months
            .map(Self)
            .ok_or_else(|| Refusal::new("months", "must be from 4 to 1200"))
    }
}
