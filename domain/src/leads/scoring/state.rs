//! A person's state for scoring: for each rule the latest occurrences that can still count.
//! Applying events in any order, or merging the states of their parts, gives the same state.
//!
//! A state that is kept for the present leaves out events of clocks that run ahead: one that counts
//! before its time may take the place of another, whose points would be missing until then.

use super::model::{Rule, ScoringModel};
use crate::{event::Event, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A person's state under one model, bounded by [`super::MAX_OCCURRENCES`]. Another model or
/// another version needs a rebuild.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreState {
    /// Occurrences by the rule's id, latest first.
    rules: BTreeMap<String, Vec<Occurrence>>,
    /// The moment of the earliest event that is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ahead: Option<Timestamp>,
}

/// An event that concerns a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Occurrence {
    /// When it happened.
    pub(super) at: Timestamp,
    /// Id of the event.
    pub(super) id: Uuid,
    /// Whether the rule's filter matches it; only a [`super::Count::Latest`] keeps others.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub(super) matches: bool,
}

fn yes() -> bool {
    true
}

fn is_true(value: &bool) -> bool {
    *value
}

impl Occurrence {
    /// As [`Event::order`]; of two events with the same id and time, which no honest sender
    /// produces, the one that matches is the later, so that this order is total.
    fn order(&self) -> (Timestamp, Uuid, bool) {
        (self.at, self.id, self.matches)
    }
}

impl ScoringModel {
    /// Whether an event concerns any rule.
    pub fn heeds(&self, event: &Event) -> bool {
        let mut rules = self.rules.iter();
        rules.any(|rule| rule.occurrence(event).is_some())
    }
}

impl ScoreState {
    /// The state after these events, in any order.
    pub fn rebuild<'a>(model: &ScoringModel, events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut state = Self::default();
        for event in events {
            state.apply(model, event);
        }
        state
    }

    /// Applies an event; the same event again changes nothing. Returns whether the state changed.
    pub fn apply(&mut self, model: &ScoringModel, event: &Event) -> bool {
        let mut changed = false;
        for rule in &model.rules {
            if let Some(matches) = rule.occurrence(event) {
                let (at, id) = event.order();
                changed |= self.keep(rule, Occurrence { at, id, matches });
            }
        }
        changed
    }

    /// Applies an event that has happened by `now`, and leaves out one that has not. Returns whether
    /// the state changed.
    pub fn apply_by(&mut self, now: Timestamp, model: &ScoringModel, event: &Event) -> bool {
        if event.at <= now {
            return self.apply(model, event);
        }
        let is_first = self.ahead.is_none_or(|first| event.at < first);
        let is_noted = is_first && model.heeds(event);
        if is_noted {
            self.ahead = Some(event.at);
        }
        is_noted
    }

    /// The moment of the earliest event that is left out. From then on the state is none that scores
    /// can be computed from: all events of the person are needed.
    pub fn ahead(&self) -> Option<Timestamp> {
        self.ahead
    }

    /// Whether the score at `at` follows from the state.
    pub fn tells(&self, at: Timestamp) -> bool {
        self.holds_from().is_none_or(|from| from <= at) && self.ahead.is_none_or(|it| it > at)
    }

    /// Whether no event concerned a rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.ahead.is_none()
    }

    /// Merges the state of other events under the same model.
    pub fn merge(&mut self, model: &ScoringModel, other: &Self) {
        for rule in &model.rules {
            for occurrence in other.latest(rule) {
                self.keep(rule, *occurrence);
            }
        }
    }

    /// The moment of the latest event kept: scores can be computed from then on.
    pub fn holds_from(&self) -> Option<Timestamp> {
        self.rules
            .values()
            .filter_map(|kept| kept.first())
            .map(|latest| latest.at)
            .max()
    }

    /// Occurrences that count for `rule` or, for the latest alone, replace what counted.
    pub(super) fn latest(&self, rule: &Rule) -> impl Iterator<Item = &Occurrence> {
        self.rules
            .get(&rule.id)
            .into_iter()
            .flatten()
            .take(most(rule))
    }

    fn keep(&mut self, rule: &Rule, new: Occurrence) -> bool {
        let kept = match self.rules.get_mut(&rule.id) {
            Some(kept) => kept,
            None => self.rules.entry(rule.id.clone()).or_default(),
        };
        let place = kept.partition_point(|other| other.order() > new.order());
        if kept.get(place).is_some_and(|other| *other == new) || place >= most(rule) {
            return false;
        }
        kept.insert(place, new);
        kept.truncate(most(rule));
        true
    }
}

fn most(rule: &Rule) -> usize {
    usize::try_from(rule.count.most()).unwrap_or(usize::MAX)
}
