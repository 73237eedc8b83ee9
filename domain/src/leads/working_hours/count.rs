//! Counting open time: how much of it lies between two moments, and when so much of it has passed. The
//! two are inverse to each other.

use super::{WorkingHours, zone::Piece};
use crate::time::{MICROS_PER_DAY, MICROS_PER_SEC, Timestamp};
use std::iter;

/// How many days after a moment open time is looked for: two years.
pub const MAX_SEARCH_DAYS: i64 = 731;

impl WorkingHours {
    /// The moment when `secs` of open time have passed since `from`: the first such, so that work which
    /// fills a day ends in the evening and not next morning. None takes no time: it is done at `from`.
    /// No moment, when the hours leave too little within [`MAX_SEARCH_DAYS`].
    pub fn after(&self, from: Timestamp, secs: u32) -> Option<Timestamp> {
        let mut left = i64::from(secs) * MICROS_PER_SEC;
        if left == 0 {
            return Some(from);
        }
        for (open, close) in self.open_from(
            from.0,
            from.0.saturating_add(MAX_SEARCH_DAYS * MICROS_PER_DAY),
        ) {
            let length = close - open;
            if left <= length {
                return Some(Timestamp(open + left));
            }
            left -= length;
        }
        None
    }

    /// Open time between two moments, whole seconds, of at most [`MAX_SEARCH_DAYS`]; none when `until`
    /// is not later.
    pub fn open_secs(&self, from: Timestamp, until: Timestamp) -> i64 {
        let last = from.0.saturating_add(MAX_SEARCH_DAYS * MICROS_PER_DAY);
        let spans = self.open_from(from.0, until.0.min(last));
        spans.map(|(open, close)| close - open).sum::<i64>() / MICROS_PER_SEC
    }

    /// The open stretches between two moments, in their order.
    fn open_from(&self, from: i64, until: i64) -> impl Iterator<Item = (i64, i64)> {
        let mut at = from;
        let pieces = iter::from_fn(move || {
            let piece = self.zone.piece(at).filter(|it| it.from < until)?;
            at = piece.until;
            Some(piece)
        });
        pieces
            .filter(|it| !self.holidays.contains(&it.date))
            .flat_map(|it| self.open_in(&it))
            .map(move |(open, close)| (open, close.min(until)))
            .filter(|(open, close)| open < close)
    }

    fn open_in(&self, piece: &Piece) -> Vec<(i64, i64)> {
        let hours = self.week.on(piece.date.weekday());
        hours
            .map(|it| (piece.at(it.from.minutes()), piece.at(it.until.minutes())))
            .collect()
    }
}
