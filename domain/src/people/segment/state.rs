//! What a segment keeps of a person: for each test the latest events that can decide it. Applying
//! events in any order gives the same state.

use super::{
    SEGMENT_EVENTS,
    condition::{Condition, SegmentDefinition, SubscriptionCondition, SubscriptionStatus},
};
use crate::{
    analytics::subscriptions::SEQ_PROPERTY,
    event::{Event, IDENTIFIED_EVENT},
    leads::scoring::ScoreState,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Most accounts that are kept of a person: those with the latest events.
const MAX_ACCOUNTS: usize = 200;

/// A person's state under one definition; another version needs a rebuild.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentState {
    /// The latest events of each test of events or acts, by the test's place among all tests, latest first.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) events: BTreeMap<usize, Vec<(Timestamp, Uuid)>>,
    /// The latest statement of each trait that is tested.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) traits: BTreeMap<String, Stated>,
    /// Under the definition's scoring model.
    #[serde(default, skip_serializing_if = "ScoreState::is_empty")]
    pub(super) score: ScoreState,
    /// The latest event of each subscription, by account.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) subscriptions: BTreeMap<String, Latest>,
    /// Whether the person is a member.
    pub(super) member: bool,
    /// The moment that this was computed for.
    pub(super) at: Timestamp,
    /// From when on it may be otherwise without any event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<Timestamp>,
}

/// A trait as an event stated it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stated {
    at: Timestamp,
    id: Uuid,
    /// Null when it was withdrawn.
    pub(super) value: Value,
}

/// The latest event of a subscription.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Latest {
    at: Timestamp,
    status: SubscriptionStatus,
    id: Uuid,
    /// The number of its receipt among those of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    plan: Option<String>,
    /// When the trial ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trial_ends_at: Option<Timestamp>,
}

impl SegmentDefinition {
    /// Whether an event can change a state.
    pub fn heeds(&self, event: &Event) -> bool {
        if SEGMENT_EVENTS.contains(&event.name.as_str()) {
            return false;
        }
        let scored = |model: &super::ScoreModel| model.rules.heeds(event);
        self.holds_for_nobody_known()
            || self.model.as_ref().is_some_and(scored)
            || self.condition.tests().iter().any(|test| match test {
                Condition::Event(test) => test.when.matches(event),
                Condition::Active(_) => self.is_act(event),
                Condition::Trait(test) => stated(event, &test.property).is_some(),
                Condition::Subscription(_) => latest(event).is_some(),
                _ => false,
            })
    }

    fn is_act(&self, event: &Event) -> bool {
        self.acts.as_ref().is_some_and(|acts| acts.is_act(event))
    }
}

impl SegmentState {
    /// Applies an event; the same event again changes nothing. A score leaves out an event that is
    /// ahead of `now`. Returns whether the state changed.
    pub fn apply(&mut self, definition: &SegmentDefinition, event: &Event, now: Timestamp) -> bool {
        if SEGMENT_EVENTS.contains(&event.name.as_str()) {
            return false;
        }
        let mut changed = false;
        for (place, test) in definition.condition.tests().into_iter().enumerate() {
            changed |= match test {
                Condition::Event(test) if test.when.matches(event) => {
                    self.count(place, test.at_least, event.order())
                }
                Condition::Active(test) if definition.is_act(event) => {
                    self.count(place, test.at_least, event.order())
                }
                Condition::Trait(test) => {
                    stated(event, &test.property).is_some_and(|new| self.state(&test.property, new))
                }
                Condition::Subscription(_) => {
                    latest(event).is_some_and(|(account, new)| self.subscribe(account, new))
                }
                _ => false,
            };
        }
        if let Some(model) = &definition.model {
            let now = now.max(self.at);
            changed |= self.score.apply_by(now, &model.rules, event);
        }
        changed
    }

    /// Whether no event has changed it.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
            && self.traits.is_empty()
            && self.score.is_empty()
            && self.subscriptions.is_empty()
    }

    fn count(&mut self, place: usize, most: u32, new: (Timestamp, Uuid)) -> bool {
        let kept = self.events.entry(place).or_default();
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let rank = kept.partition_point(|other| *other > new);
        if kept.get(rank) == Some(&new) || rank >= most {
            return false;
        }
        kept.insert(rank, new);
        kept.truncate(most);
        true
    }

    fn state(&mut self, name: &str, new: Stated) -> bool {
        let known = self.traits.get(name);
        if known.is_some_and(|known| (known.at, known.id) >= (new.at, new.id)) {
            return false;
        }
        self.traits.insert(name.to_owned(), new);
        true
    }

    fn subscribe(&mut self, account: &str, new: Latest) -> bool {
        let known = self.subscriptions.get(account);
        if known.is_some_and(|known| known.order() >= new.order()) {
            return false;
        }
        let order = new.order();
        self.subscriptions.insert(account.to_owned(), new);
        if self.subscriptions.len() <= MAX_ACCOUNTS {
            return true;
        }
        let by_order = |(account, kept): (&String, &Latest)| (kept.order(), account.clone());
        let Some((oldest, gone)) = self.subscriptions.iter().map(by_order).min() else {
            return true;
        };
        self.subscriptions.remove(&gone);
        !(oldest == order && gone == account)
    }
}

impl Latest {
    /// Of two events in one second, the one that follows the other on the chain is the later: by the
    /// numbers of their receipts, and of one receipt, or without numbers, by what follows what.
    fn order(&self) -> (Timestamp, Option<u64>, u8, Uuid) {
        let rank = match self.status {
            SubscriptionStatus::Active => 0,
            SubscriptionStatus::Trial => 1,
            SubscriptionStatus::PastDue => 2,
            SubscriptionStatus::Lapsed => 3,
            SubscriptionStatus::Cancelled => 4,
        };
        (self.at, self.seq, rank, self.id)
    }

    /// The state at a moment, and from when on it is another one without any event.
    pub(super) fn status_at(&self, at: Timestamp) -> (SubscriptionStatus, Option<Timestamp>) {
        match (self.status, self.trial_ends_at) {
            (SubscriptionStatus::Trial, Some(ends_at)) if at < ends_at => {
                (SubscriptionStatus::Trial, Some(ends_at))
            }
            (SubscriptionStatus::Trial, _) => (SubscriptionStatus::Active, None),
            (status, _) => (status, None),
        }
    }

    pub(super) fn is_on(&self, test: &SubscriptionCondition) -> bool {
        test.plan.is_none() || test.plan == self.plan
    }
}

/// What an event states of a trait; none when it does not mention it.
fn stated(event: &Event, name: &str) -> Option<Stated> {
    if event.name != IDENTIFIED_EVENT {
        return None;
    }
    event.properties.get(name).map(|value| Stated {
        at: event.at,
        id: event.id,
        value: value.clone(),
    })
}

/// The subscription that an event of the chain is about, and its state from then on.
fn latest(event: &Event) -> Option<(&str, Latest)> {
    let status = match event.name.as_str() {
        "subscribed" | "charged" => SubscriptionStatus::Active,
        "trial_started" => SubscriptionStatus::Trial,
        "past_due" => SubscriptionStatus::PastDue,
        "lapsed" => SubscriptionStatus::Lapsed,
        "cancelled" => SubscriptionStatus::Cancelled,
        _ => return None,
    };
    let text = |name: &str| event.properties.get(name).and_then(Value::as_str);
    let trial_ends_at = event.properties.get("ends_at").cloned();
    let latest = Latest {
        at: event.at,
        status,
        id: event.id,
        seq: event.properties.get(SEQ_PROPERTY).and_then(Value::as_u64),
        plan: text("plan").map(str::to_owned),
        trial_ends_at: trial_ends_at.and_then(|value| serde_json::from_value(value).ok()),
    };
    Some((text("account")?, latest))
}
