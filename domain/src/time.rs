//! Moments, as microseconds since the Unix epoch: what Postgres stores, and an integer to compare.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::fmt;

/// Microseconds in a second.
pub const MICROS_PER_SEC: i64 = 1_000_000;
/// Microseconds in a minute.
pub const MICROS_PER_MINUTE: i64 = 60 * MICROS_PER_SEC;
/// Microseconds in an hour.
pub const MICROS_PER_HOUR: i64 = 60 * MICROS_PER_MINUTE;
/// Microseconds in a day.
pub const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SEC;

/// A moment, microseconds since the Unix epoch. Written and read as RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// What a text must be to be read as one.
    pub const RULE: &str = "must be a moment as in 2026-01-31T12:00:00Z";

    /// The moment `secs` seconds after the Unix epoch; the nearest one when there is none.
    pub fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(MICROS_PER_SEC))
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub fn secs(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SEC)
    }

    /// Number of the UTC day, 0 being 1970-01-01.
    pub fn day(self) -> i32 {
        // Of 64 bits of microseconds, no day exceeds 32.
        i32::try_from(self.0.div_euclid(MICROS_PER_DAY)).unwrap_or_default()
    }

    /// Later by `secs` seconds, at most the last moment that there is.
    #[must_use]
    pub fn plus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(MICROS_PER_SEC)))
    }

    /// Seconds since `earlier`, as a fraction.
    #[expect(
        clippy::cast_precision_loss,
        reason = "spans of centuries are exact to a microsecond"
    )]
    pub fn secs_since(self, earlier: Self) -> f64 {
        self.0.saturating_sub(earlier.0) as f64 / MICROS_PER_SEC as f64
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(moment: DateTime<Utc>) -> Self {
        Self(moment.timestamp_micros())
    }
}

/// Moments outside chrono's years (about ±262,000) become the nearest one inside.
impl From<Timestamp> for DateTime<Utc> {
    fn from(moment: Timestamp) -> Self {
        let nearest = if moment.0 < 0 {
            DateTime::<Utc>::MIN_UTC
        } else {
            DateTime::<Utc>::MAX_UTC
        };
        DateTime::from_timestamp_micros(moment.0).unwrap_or(nearest)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = DateTime::<Utc>::from(*self);
        f.write_str(&moment.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        DateTime::parse_from_rfc3339(&text)
            .map(|moment| moment.with_timezone(&Utc).into())
            .map_err(|_| D::Error::custom(Self::RULE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_without_an_offset_is_refused() {
        assert!(serde_json::from_str::<Timestamp>("\"2026-01-31T12:00:00\"").is_err());
    }

    #[test]
    fn moments_survive_the_way_through_json() -> serde_json::Result<()> {
        for micros in [0, 1, -1, 1_767_225_600_123_456, -62_135_596_800_000_000] {
            let json = serde_json::to_string(&Timestamp(micros))?;
            assert_eq!(serde_json::from_str::<Timestamp>(&json)?, Timestamp(micros));
        }
        Ok(())
    }

    #[test]
    fn days_begin_at_midnight_before_and_after_the_epoch() {
        assert_eq!(Timestamp(-1).day(), -1);
        assert_eq!(Timestamp(MICROS_PER_DAY - 1).day(), 0);
        assert_eq!(Timestamp(MICROS_PER_DAY).day(), 1);
    }
}
