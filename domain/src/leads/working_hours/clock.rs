//! Days and times as calendars and clocks show them, without a zone.

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::fmt;

/// Minutes of a day by the clock.
const DAY_MINUTES: u16 = 24 * 60;

/// A time of day in whole minutes, from 00:00 to 24:00, which ends a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockTime(u16);

impl ClockTime {
    /// 00:00.
    pub(super) const MIDNIGHT: Self = Self(0);
    /// 24:00.
    pub(super) const END_OF_DAY: Self = Self(DAY_MINUTES);

    /// What a text must be to be read as one.
    pub const RULE: &str = "must be a time from 00:00 to 24:00, as in 09:30";

    /// Minutes after midnight.
    pub(super) fn minutes(self) -> u16 {
        self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.split_once(':')?;
        let two = |part: &str| {
            let digits = part.len() == 2 && part.bytes().all(|it| it.is_ascii_digit());
            part.parse::<u16>().ok().filter(|_| digits)
        };
        let (hours, minutes) = (two(hours)?, two(minutes)?);
        let time = Self(hours * 60 + minutes);
        (minutes < 60 && time.0 <= DAY_MINUTES).then_some(time)
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for ClockTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClockTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom(Self::RULE))
    }
}

/// A day of the calendar, written as in `2026-12-25`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CivilDate(pub(super) Date);

impl CivilDate {
    /// What a text must be to be read as one.
    pub const RULE: &str = "must be a day as in 2026-12-25";

    /// The day of the week.
    pub(super) fn weekday(self) -> Weekday {
        self.0.weekday()
    }
}

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for CivilDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CivilDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let date = text.parse::<Date>().ok().map(Self);
        // The parser also takes a day with a time; only the plain spelling is one day.
        date.filter(|it| it.to_string() == text)
            .ok_or_else(|| D::Error::custom(Self::RULE))
    }
}
