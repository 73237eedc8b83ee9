//! Time zones by their IANA names, from the data that is compiled in: no system's data is read, so that
//! the same rule gives the same moment everywhere.

use super::clock::CivilDate;
use crate::time::Timestamp;
use jiff::{
    SignedDuration,
    civil::DateTime,
    tz::{TimeZone, TimeZoneDatabase},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::{fmt, sync::LazyLock};

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Microseconds of a clock's minute.
const MINUTE_MICROS: i64 = crate::time::MICROS_PER_MINUTE;

/// A time zone.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

/// A stretch of time in which a clock runs through one date without being set.
pub(super) struct Piece {
    /// The date that it shows.
    pub(super) date: CivilDate,
    /// When the clock showed, or would have shown, the date's midnight.
    pub(super) midnight: i64,
    /// Where the stretch begins, microseconds.
    pub(super) from: i64,
    /// Where it ends: the clock is set, or another date begins.
    pub(super) until: i64,
}

impl Zone {
    /// What a text must be to be read as one.
    pub const RULE: &str = "must be the name of an IANA time zone, as in Europe/Zurich";

    /// The zone of this name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        let zone = ZONES.get(name).ok().filter(|it| !it.is_unknown())?;
        let name = zone.iana_name()?.to_owned();
        Some(Self { name, zone })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The date and the minutes after midnight that its clock shows; none outside of its years.
    pub(super) fn reading(&self, at: Timestamp) -> Option<(CivilDate, u16)> {
        let shown = self.shown(at.0)?;
        let minutes = i16::from(shown.hour()) * 60 + i16::from(shown.minute());
        Some((CivilDate(shown.date()), u16::try_from(minutes).ok()?))
    }

    fn shown(&self, micros: i64) -> Option<DateTime> {
        let moment = jiff::Timestamp::from_microsecond(micros).ok()?;
        Some(self.zone.to_datetime(moment))
    }

    /// The stretch that begins at this moment; none outside of its years.
    pub(super) fn piece(&self, from: i64) -> Option<Piece> {
        let moment = jiff::Timestamp::from_microsecond(from).ok()?;
        let shown = self.zone.to_datetime(moment);
        let since_midnight =
            shown.duration_since(shown.date().to_datetime(jiff::civil::Time::midnight()));
        let midnight = from.checked_sub(micros(since_midnight)?)?;
        let next_day = midnight.checked_add(24 * 60 * MINUTE_MICROS)?;
        let set = self.zone.following(moment).next();
        let set = set.map_or(i64::MAX, |it| it.timestamp().as_microsecond());
        Some(Piece {
            date: CivilDate(shown.date()),
            midnight,
            from,
            until: next_day.min(set),
        })
    }
}

fn micros(duration: SignedDuration) -> Option<i64> {
    i64::try_from(duration.as_micros()).ok()
}

impl Piece {
    /// When the clock shows so many minutes after midnight, if it does within the stretch; else the
    /// nearer end of it.
    pub(super) fn at(&self, minutes: u16) -> i64 {
        let moment = self.midnight + i64::from(minutes) * MINUTE_MICROS;
        moment.clamp(self.from, self.until)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| D::Error::custom(Self::RULE))
    }
}
