//! Whether a person meets a condition at a moment, and until when that is certain.

use super::{
    condition::{Condition, SegmentDefinition, SubscriptionCondition},
    state::SegmentState,
};
use crate::{
    event::Properties,
    filter,
    leads::scoring::{Millipoints, Outlook, score},
    time::{MICROS_PER_DAY, Timestamp},
};

impl SegmentDefinition {
    /// Whether people of whom nothing is known are members, as of a condition with `not`.
    pub fn holds_for_nobody_known(&self) -> bool {
        Moment::new(self, &SegmentState::default(), Timestamp::default()).holds(&self.condition)
    }

    /// Computes the membership at `now`, or at the moment of the last computation if that is later.
    pub fn settle(&self, state: &mut SegmentState, now: Timestamp) {
        let at = state.at.max(now);
        let mut moment = Moment::new(self, state, at);
        let member = moment.holds(&self.condition);
        if let Some(ahead) = state.score.ahead() {
            moment.look_again(ahead);
        }
        let next = moment.next;
        state.member = member;
        state.next = next;
        state.at = at;
    }
}

impl SegmentState {
    /// Whether the person is a member.
    pub fn is_member(&self) -> bool {
        self.member
    }

    /// The moment of the last computation.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The moment of the earliest event that the score leaves out.
    pub fn ahead(&self) -> Option<Timestamp> {
        self.score.ahead()
    }

    /// From when on the membership may be another one without any event.
    pub fn next(&self) -> Option<Timestamp> {
        self.next
    }
}

/// A walk through the tests of a condition, all of them, in their order.
struct Moment<'a> {
    definition: &'a SegmentDefinition,
    state: &'a SegmentState,
    at: Timestamp,
    /// Place of the next test.
    place: usize,
    /// The earliest moment at which one of the tests may turn out otherwise.
    next: Option<Timestamp>,
}

impl<'a> Moment<'a> {
    fn new(definition: &'a SegmentDefinition, state: &'a SegmentState, at: Timestamp) -> Self {
        Self {
            definition,
            state,
            at,
            place: 0,
            next: None,
        }
    }

    fn holds(&mut self, condition: &Condition) -> bool {
        match condition {
            Condition::All(parts) => self.passed(parts) == parts.len(),
            Condition::Any(parts) => self.passed(parts) > 0,
            Condition::Not(part) => !self.holds(part),
            test => {
                let holds = self.passes(test);
                self.place += 1;
                holds
            }
        }
    }

    /// How many of these hold; each of them is looked at.
    fn passed(&mut self, parts: &[Condition]) -> usize {
        parts.iter().filter(|part| self.holds(part)).count()
    }

    fn passes(&mut self, test: &Condition) -> bool {
        match test {
            Condition::Event(test) => self.happened(test.at_least, test.within_days),
            Condition::Active(test) => self.happened(test.at_least, test.within_days),
            Condition::Trait(test) => self.is_stated(test),
            Condition::Score(test) => self.scores(test.at_least),
            Condition::Subscription(test) => self.subscribes(test),
            Condition::All(_) | Condition::Any(_) | Condition::Not(_) => false,
        }
    }

    fn happened(&mut self, at_least: u32, within_days: Option<u32>) -> bool {
        let last = usize::try_from(at_least.saturating_sub(1)).unwrap_or(usize::MAX);
        let kept = self.state.events.get(&self.place);
        let Some((oldest, _)) = kept.and_then(|kept| kept.get(last)) else {
            return false;
        };
        let Some(days) = within_days else {
            return true;
        };
        let ends = Timestamp(oldest.0.saturating_add(i64::from(days) * MICROS_PER_DAY));
        if ends <= self.at {
            return false;
        }
        self.look_again(ends);
        true
    }

    fn is_stated(&self, test: &filter::Condition) -> bool {
        let mut properties = Properties::new();
        if let Some(stated) = self.state.traits.get(&test.property) {
            properties.insert(test.property.clone(), stated.value.clone());
        }
        test.holds(&properties)
    }

    fn scores(&mut self, at_least: i32) -> bool {
        let Some(model) = &self.definition.model else {
            return false;
        };
        let least = Millipoints::whole(at_least);
        let state = &self.state.score;
        let found = score(&model.rules, state, self.at);
        let reaches = found.total >= least;
        let outlook = Outlook::new(&model.rules, state, found.at);
        let otherwise = outlook.fits_until(found.at, |range| {
            if reaches {
                *range.start() >= least
            } else {
                *range.end() < least
            }
        });
        if let Some(moment) = otherwise {
            self.look_again(moment);
        }
        reaches
    }

    fn subscribes(&mut self, test: &SubscriptionCondition) -> bool {
        let mut holds = false;
        let state = self.state;
        for latest in state.subscriptions.values().filter(|it| it.is_on(test)) {
            let (status, next) = latest.status_at(self.at);
            holds |= test.status.contains(&status);
            if let Some(next) = next {
                self.look_again(next);
            }
        }
        holds
    }

    fn look_again(&mut self, at: Timestamp) {
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }
}
