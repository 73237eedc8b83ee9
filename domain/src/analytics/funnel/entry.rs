//! A person's entries: the best attempt of each day on which one begins, and which ranges of days
//! credit it.
//!
//! A range credits a person once, with the best of the attempts that begin in it. So an entry is
//! credited by exactly the ranges that contain its day, begin after the last earlier entry that is
//! as good, and end before the first later one that is better; and the entry that is credited when
//! there is no range is credited by every range that contains its day.
//!
//! **Sums.** Whether a range credits an entry of day `d`, with `l` and `r` the days that it must not
//! contain, is `[d] - [l, d] - [d, r] + [l, r]`, where `[x, y]` is 1 when the range contains both
//! days. So the answer for any range is a sum over spans of days that lie in it, and only people
//! who enter on several days add spans of more than a day.

use super::{
    Attempt, FunnelDefinition, Hit, Mode, PersonHits,
    attempt::{Entered, counted, reduce_counted},
};
use crate::time::{MICROS_PER_DAY, Timestamp};

/// The best attempt of those that begin on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The attempt.
    pub attempt: Attempt,
    /// The day on which it begins.
    pub day: i32,
    /// The last earlier day with an entry that is as good: ranges that contain it credit that one.
    pub after_day: Option<i32>,
    /// The first later day with an entry that is better: ranges that contain it credit that one.
    pub before_day: Option<i32>,
}

impl Entry {
    /// Whether every range that contains the day credits the entry.
    pub fn is_best(&self) -> bool {
        self.after_day.is_none() && self.before_day.is_none()
    }

    /// The spans of days, first and last, and their signs, whose sum over those that lie in a range
    /// is 1 when the range credits the entry, and else 0.
    pub fn spans(&self) -> impl Iterator<Item = (i32, i32, i64)> {
        let (day, before, after) = (self.day, self.after_day, self.before_day);
        let both = before.zip(after).map(|(first, last)| (first, last, 1));
        [(day, day, 1)]
            .into_iter()
            .chain(before.map(|first| (first, day, -1)))
            .chain(after.map(|last| (day, last, -1)))
            .chain(both)
    }
}

/// A person's entries, by day. The hits must be those of this definition, which must be valid.
pub fn entries(definition: &FunnelDefinition, hits: &PersonHits) -> Vec<Entry> {
    let hits = counted(definition, hits);
    let days = days(definition, hits);
    let attempts: Vec<(i32, Attempt)> = match days.as_slice() {
        // Nothing has to be left out.
        [day] => attempt(definition, hits, Entered::ANY, *day)
            .into_iter()
            .collect(),
        _ => days
            .iter()
            .filter_map(|day| attempt(definition, hits, of_day(*day), *day))
            .collect(),
    };
    let nearest = |found: Option<&(i32, Attempt)>| found.map(|(day, _)| *day);
    let bounds: Vec<_> = attempts
        .iter()
        .enumerate()
        .map(|(index, (_, it))| {
            let (earlier, later) = (&attempts[..index], &attempts[index + 1..]);
            let as_good = earlier.iter().rfind(|(_, other)| other.level >= it.level);
            let better = later.iter().find(|(_, other)| other.level > it.level);
            (nearest(as_good), nearest(better))
        })
        .collect();
    attempts
        .into_iter()
        .zip(bounds)
        .map(|((day, attempt), (after_day, before_day))| Entry {
            attempt,
            day,
            after_day,
            before_day,
        })
        .collect()
}

/// The days on which some attempt begins.
fn days(definition: &FunnelDefinition, hits: &[Hit]) -> Vec<i32> {
    let opens = match definition.mode {
        Mode::Ordered | Mode::Strict => 1,
        Mode::Unordered => definition.step_mask(),
    };
    let opening = hits.iter().filter(|hit| hit.steps & opens != 0);
    let mut days: Vec<i32> = opening.map(|hit| hit.at.day()).collect();
    days.dedup();
    days
}

fn attempt(
    definition: &FunnelDefinition,
    hits: &[Hit],
    entered: Entered,
    day: i32,
) -> Option<(i32, Attempt)> {
    Some((day, reduce_counted(definition, hits, entered)?))
}

fn of_day(day: i32) -> Entered {
    let start = i64::from(day).saturating_mul(MICROS_PER_DAY);
    Entered {
        from: Timestamp(start),
        until: Timestamp(start.saturating_add(MICROS_PER_DAY)),
    }
}
