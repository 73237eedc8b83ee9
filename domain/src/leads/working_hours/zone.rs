//! What the clocks of a time zone show, stretch by stretch.

use super::clock::CivilDate;
use crate::{
    automation::local_time::Zone,
    time::{MICROS_PER_MINUTE, Timestamp},
};
use jiff::{SignedDuration, civil::DateTime};

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
    /// The date and the minutes after midnight that its clock shows; none outside of its years.
    pub(super) fn reading(&self, at: Timestamp) -> Option<(CivilDate, u16)> {
        let shown = self.shown(at.0)?;
        let minutes = i16::from(shown.hour()) * 60 + i16::from(shown.minute());
        Some((CivilDate(shown.date()), u16::try_from(minutes).ok()?))
    }

    fn shown(&self, micros: i64) -> Option<DateTime> {
        let moment = jiff::Timestamp::from_microsecond(micros).ok()?;
        Some(self.laws().to_datetime(moment))
    }

    /// The stretch that begins at this moment; none outside of its years.
    pub(super) fn piece(&self, from: i64) -> Option<Piece> {
        let moment = jiff::Timestamp::from_microsecond(from).ok()?;
        let shown = self.laws().to_datetime(moment);
        let since_midnight =
            shown.duration_since(shown.date().to_datetime(jiff::civil::Time::midnight()));
        let midnight = from.checked_sub(micros(since_midnight)?)?;
        let next_day = midnight.checked_add(24 * 60 * MICROS_PER_MINUTE)?;
        let set = self.laws().following(moment).next();
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
        let moment = self.midnight + i64::from(minutes) * MICROS_PER_MINUTE;
        moment.clamp(self.from, self.until)
    }
}
