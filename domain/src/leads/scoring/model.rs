//! Scoring models: groups with caps, and rules that give points for events.

use super::count::Count;
use crate::{event::Event, filter::EventFilter};
use serde::{Deserialize, Serialize};

/// Most groups in a model.
pub const MAX_GROUPS: usize = 20;
/// Most rules in a model.
pub const MAX_RULES: usize = 200;
/// Most occurrences that all rules of a model together count, which bounds a person's state.
pub const MAX_OCCURRENCES: u32 = 1_000;
/// Most points that a rule gives or takes.
pub const MAX_POINTS: i32 = 1_000;
/// Highest cap of a group, in points.
pub const MAX_CAP: i32 = 1_000_000;
/// Longest decay, in days.
pub const MAX_DECAY_DAYS: u32 = 3_650;
/// Most characters in the name of a group or a rule.
pub const MAX_NAME_CHARS: usize = 100;

/// A scoring model. A published model never changes: a change is another version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoringModel {
    /// The groups by which points are summed, in the order in which they are shown.
    pub groups: Vec<Group>,
    /// The rules that give points.
    pub rules: Vec<Rule>,
}

/// Rules that are summed together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Unique in the model.
    pub name: String,
    /// Most points that the group adds to the score; none for no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<i32>,
}

/// Points for events of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Unique in the model.
    pub id: String,
    /// Name of the group that it belongs to.
    pub group: String,
    /// The events that the rule applies to.
    pub when: EventFilter,
    /// Whole points for each occurrence that counts; negative ones are taken away.
    pub points: i32,
    /// Which occurrences count.
    pub count: Count,
    /// Days in which an occurrence's points shrink linearly to nothing; none for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decay_days: Option<u32>,
}

impl Rule {
    /// Whether the filter matches `event`; none when the event does not concern the rule.
    pub(super) fn occurrence(&self, event: &Event) -> Option<bool> {
        let matches = self.when.matches(event);
        match self.count {
            Count::UpTo(_) => matches.then_some(true),
            Count::Latest => {
                let concerns = event.name == self.when.event && self.when.sees(&event.properties);
                (concerns && self.is_told_by(event)).then_some(matches)
            }
        }
    }

    fn is_told_by(&self, event: &Event) -> bool {
        self.when
            .conditions
            .iter()
            .filter(|condition| !condition.operator.holds_for_absent())
            .all(|condition| event.properties.contains_key(&condition.property))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rule(extra: &serde_json::Value) -> Result<Rule, serde_json::Error> {
        let mut rule = json!({
            "id": "docs", "group": "behavior", "when": { "event": "read" },
            "points": 5, "count": { "up_to": 2 },
        });
        if let (Some(rule), Some(extra)) = (rule.as_object_mut(), extra.as_object()) {
            rule.extend(extra.clone());
        }
        serde_json::from_value(rule)
    }

    #[test]
    fn an_unknown_field_is_refused() {
        assert!(rule(&json!({ "decay": 3 })).is_err());
    }

    #[test]
    fn fractions_of_a_point_are_refused() {
        assert!(rule(&json!({ "points": 0.5 })).is_err());
    }

    #[test]
    fn counts_are_written_as_in_the_documentation() -> Result<(), serde_json::Error> {
        assert_eq!(rule(&json!({}))?.count, Count::UpTo(2));
        assert_eq!(rule(&json!({ "count": "latest" }))?.count, Count::Latest);
        Ok(())
    }
}
