//! What becomes of a score without any further event: how far it goes, and until when it stays within
//! limits. An occurrence's points only shrink, so over a span they lie between those at its two ends, to
//! the thousandth; and so do their sums, whatever is capped.

use super::{
    model::{Rule, ScoringModel},
    points::{Millipoints, worth},
    state::{Occurrence, ScoreState},
};
use crate::time::{MICROS_PER_DAY, MICROS_PER_MINUTE, Timestamp};
use std::ops::RangeInclusive;

/// A person's points from a moment on.
pub(crate) struct Outlook<'a> {
    from: Timestamp,
    groups: Vec<Group<'a>>,
}

/// The points of one group.
struct Group<'a> {
    cap: Option<Millipoints>,
    lasting: Millipoints,
    fading: Vec<(&'a Rule, &'a Occurrence)>,
}

impl<'a> Outlook<'a> {
    /// The points from `from` on, which is not before an event of the state.
    pub(crate) fn new(model: &'a ScoringModel, state: &'a ScoreState, from: Timestamp) -> Self {
        let group = |name: &str, cap: Option<i32>| {
            let mut group = Group {
                cap: cap.map(Millipoints::whole),
                lasting: Millipoints(0),
                fading: Vec::new(),
            };
            for rule in model.rules.iter().filter(|rule| rule.group == name) {
                for occurrence in state.latest(rule).filter(|it| it.matches) {
                    group.add(rule, occurrence, from);
                }
            }
            group
        };
        let groups = model.groups.iter();
        Self {
            from,
            groups: groups.map(|it| group(&it.name, it.cap)).collect(),
        }
    }

    /// The minute from which on nothing of it fades; none when nothing ever does.
    pub(crate) fn ends(&self) -> Option<Timestamp> {
        let all = self.groups.iter().flat_map(|group| &group.fading);
        let ends = all.map(|(rule, it)| it.at.0.saturating_add(span(rule)));
        Some(minute(ends.max()?.div_euclid(MICROS_PER_MINUTE) + 1))
    }

    /// The first minute after `at` in which the score may lie outside of what `fits`; none when it
    /// never does. It fits until then, from the beginning of the outlook on.
    pub(crate) fn fits_until(
        &self,
        at: Timestamp,
        fits: impl Fn(RangeInclusive<Millipoints>) -> bool,
    ) -> Option<Timestamp> {
        let ends = self.ends()?;
        if fits(self.range(ends)) {
            return None;
        }
        let mut within = at.0.div_euclid(MICROS_PER_MINUTE);
        let mut beyond = ends.0.div_euclid(MICROS_PER_MINUTE).max(within + 1);
        while beyond - within > 1 {
            let middle = within.midpoint(beyond);
            if fits(self.range(minute(middle))) {
                within = middle;
            } else {
                beyond = middle;
            }
        }
        Some(minute(beyond))
    }

    /// The least and the most that the score is until `until`.
    fn range(&self, until: Timestamp) -> RangeInclusive<Millipoints> {
        let ranges = self
            .groups
            .iter()
            .map(|group| group.range(self.from, until));
        let (least, most): (Vec<_>, Vec<_>) = ranges.unzip();
        let total = |parts: Vec<Millipoints>| {
            let sum: Millipoints = parts.into_iter().sum();
            sum.max(Millipoints(0))
        };
        total(least)..=total(most)
    }
}

impl<'a> Group<'a> {
    fn add(&mut self, rule: &'a Rule, occurrence: &'a Occurrence, from: Timestamp) {
        let now = worth(rule.points, rule.decay_days, occurrence.at, from).counted;
        if rule.decay_days.is_none() {
            self.lasting = [self.lasting, now].into_iter().sum();
        } else if now != Millipoints(0) {
            self.fading.push((rule, occurrence));
        }
    }

    fn range(&self, from: Timestamp, until: Timestamp) -> (Millipoints, Millipoints) {
        let ends = |it: &(&Rule, &Occurrence)| {
            let at = |moment| worth(it.0.points, it.0.decay_days, it.1.at, moment).counted;
            (at(from).min(at(until)), at(from).max(at(until)))
        };
        let (least, most): (Vec<_>, Vec<_>) = self.fading.iter().map(ends).unzip();
        let capped = |parts: Vec<Millipoints>| {
            let sum: Millipoints = parts.into_iter().chain([self.lasting]).sum();
            self.cap.map_or(sum, |cap| sum.min(cap))
        };
        (capped(least), capped(most))
    }
}

/// The beginning of the minute of this number.
fn minute(number: i64) -> Timestamp {
    Timestamp(number.saturating_mul(MICROS_PER_MINUTE))
}

/// How long points of a rule decay, microseconds.
fn span(rule: &Rule) -> i64 {
    i64::from(rule.decay_days.unwrap_or_default()).saturating_mul(MICROS_PER_DAY)
}
