//! The definition of a segment.

use crate::{
    capture::{Acts, Registry},
    filter::{self, EventFilter},
    leads::scoring::ScoringModel,
    refusal::Refusal,
};
use serde::{Deserialize, Serialize};

/// Most tests, which are conditions that contain no others, in a segment.
pub const MAX_TESTS: usize = 50;
/// Most conditions inside each other.
pub const MAX_DEPTH: usize = 8;
/// Most events that one test counts.
pub const MAX_OCCURRENCES: u32 = 100;
/// Longest time in which events are counted, days.
pub const MAX_WITHIN_DAYS: u32 = 3_650;

/// A segment as it is stored: what was asked for, and the scoring model that its scores are of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentDefinition {
    /// What members meet.
    pub condition: Condition,
    /// The scoring model; none when the condition does not test the score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ScoreModel>,
    /// Which events are people's own acts; none when the condition does not test activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acts: Option<Acts>,
}

/// A version of the scoring model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreModel {
    /// Its number.
    pub version: i32,
    /// Its rules.
    pub rules: ScoringModel,
}

/// What a person must meet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// All of these.
    All(Vec<Condition>),
    /// At least one of these.
    Any(Vec<Condition>),
    /// Everything but this.
    Not(Box<Condition>),
    /// Events that happened.
    Event(EventCondition),
    /// Acts of the person, whatever they did.
    Active(ActiveCondition),
    /// The value of a trait that `identify` last stated.
    Trait(filter::Condition),
    /// The score under the model in force.
    Score(ScoreCondition),
    /// Subscriptions, as the chain has them.
    Subscription(SubscriptionCondition),
}

/// Events that happened at least so often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventCondition {
    /// The events that count.
    pub when: EventFilter,
    /// How many there must be.
    #[serde(default = "one")]
    pub at_least: u32,
    /// In how many days before now; none for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_days: Option<u32>,
}

/// Acts that the person did at least so often. What is done to people is no act of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActiveCondition {
    /// How many there must be.
    #[serde(default = "one")]
    pub at_least: u32,
    /// In how many days before now; none for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_days: Option<u32>,
}

fn one() -> u32 {
    1
}

/// A score of at least so many points, at any moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreCondition {
    /// Whole points.
    pub at_least: i32,
}

/// A subscription in one of these states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionCondition {
    /// The states.
    pub status: Vec<SubscriptionStatus>,
    /// Address of the plan; none for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

/// The state of a subscription, by its latest event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionStatus {
    /// In its free trial.
    Trial,
    /// Signed or paid.
    Active,
    /// Its grace ended without a payment.
    PastDue,
    /// Ended by the subscriber.
    Cancelled,
    /// Ended because of a missed payment.
    Lapsed,
}

impl Condition {
    /// The conditions that contain no others, from left to right.
    pub fn tests(&self) -> Vec<&Condition> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::tests).collect(),
            Self::Not(part) => part.tests(),
            _ => vec![self],
        }
    }

    /// Whether it tests the score.
    pub fn tests_score(&self) -> bool {
        self.tests().iter().any(|it| matches!(it, Self::Score(_)))
    }

    /// Whether it tests what people do, whatever that is.
    pub fn tests_activity(&self) -> bool {
        self.tests().iter().any(|it| matches!(it, Self::Active(_)))
    }

    /// Replaces aliases of `registry` by the events' own names.
    ///
    /// # Errors
    /// The first name that no event can have.
    pub fn canonicalise(&mut self, registry: &Registry) -> Result<(), Refusal> {
        match self {
            Self::All(parts) => each_canonical("all", parts, registry),
            Self::Any(parts) => each_canonical("any", parts, registry),
            Self::Not(part) => part.canonicalise(registry).map_err(|it| it.within("not")),
            Self::Event(test) => {
                let named = test.when.canonicalise(registry);
                named.map_err(|it| it.within("event.when"))
            }
            Self::Active(_) | Self::Trait(_) | Self::Score(_) | Self::Subscription(_) => Ok(()),
        }
    }
}

fn each_canonical(
    field: &str,
    parts: &mut [Condition],
    registry: &Registry,
) -> Result<(), Refusal> {
    for (index, part) in parts.iter_mut().enumerate() {
        let named = part.canonicalise(registry);
        named.map_err(|it| it.within(&format!("{field}[{index}]")))?;
    }
    Ok(())
}
