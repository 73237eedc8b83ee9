//! Cohorts: the groups by which retention is compared.

use super::Period;
use crate::{
    analytics::{Reading, attribution::DIRECT},
    event::{Event, IDENTIFIED_EVENT},
};
use serde::{Deserialize, Serialize};

/// The segment of people who never stated theirs.
pub const UNKNOWN_SEGMENT: &str = "unknown";

/// What people are grouped into cohorts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CohortBy {
    /// The period of the person's first act.
    Signup,
    /// The segment that was stated last, or [`UNKNOWN_SEGMENT`].
    Segment,
    /// The channel that brought them first, or [`DIRECT`].
    Channel,
}

impl CohortBy {
    /// The cohort of a person with these events, in any order; none without events, and for
    /// [`CohortBy::Signup`] without an act.
    pub fn label(self, events: &[Event], period: Period, reading: &Reading) -> Option<String> {
        if events.is_empty() {
            return None;
        }
        Some(match self {
            Self::Signup => {
                let acts = events.iter().filter(|event| reading.acts.is_act(event));
                period.label(acts.map(|event| event.at).min()?)
            }
            Self::Segment => segment(events),
            Self::Channel => events
                .iter()
                .filter_map(|event| Some((event.order(), reading.channel_of(event)?)))
                .min()
                .map_or_else(|| DIRECT.to_owned(), |(_, channel)| channel),
        })
    }
}

fn segment(events: &[Event]) -> String {
    events
        .iter()
        .filter(|event| event.name == IDENTIFIED_EVENT)
        .filter_map(|event| {
            let segment = event.properties.get("segment")?.as_str()?;
            Some((event.order(), segment))
        })
        .max()
        .map_or(UNKNOWN_SEGMENT, |(_, segment)| segment)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use serde_json::{Value, json};
    use uuid::Uuid;

    fn event(secs: i64, name: &str, properties: &Value) -> Event {
        Event {
            id: Uuid::from_u128(secs.unsigned_abs().into()),
            name: name.to_owned(),
            at: Timestamp::from_secs(secs),
            properties: properties.as_object().cloned().unwrap_or_default(),
        }
    }

    #[test]
    fn nobody_is_in_no_cohort() {
        assert_eq!(
            CohortBy::Channel.label(&[], Period::Day, &Reading::default()),
            None
        );
    }

    #[test]
    fn whoever_says_nothing_is_unknown_and_came_direct() {
        let events = [event(1, "demo_requested", &json!({}))];
        let label = |by: CohortBy| by.label(&events, Period::Month, &Reading::default());
        assert_eq!(label(CohortBy::Segment).as_deref(), Some("unknown"));
        assert_eq!(label(CohortBy::Channel).as_deref(), Some("direct"));
        assert_eq!(label(CohortBy::Signup).as_deref(), Some("1970-01"));
    }

    #[test]
    fn whoever_did_nothing_has_not_signed_up() {
        let delivered = event(1, "email_delivered", &json!({ "channel": "mail" }));
        let label =
            |by: CohortBy, events: &[Event]| by.label(events, Period::Day, &Reading::default());
        let only = std::slice::from_ref(&delivered);
        assert_eq!(label(CohortBy::Signup, only), None);
        let events = [delivered.clone(), event(86_400, "page_viewed", &json!({}))];
        let signup = label(CohortBy::Signup, &events);
        assert_eq!(signup.as_deref(), Some("1970-01-02"));
        let channel = label(CohortBy::Channel, &events);
        assert_eq!(channel.as_deref(), Some("direct"));
    }

    #[test]
    fn the_last_segment_and_the_first_channel_count_in_any_order() {
        let events = [
            event(4, "identified", &json!({ "segment": "trader" })),
            event(2, "identified", &json!({ "segment": "individual" })),
            event(5, "demo_requested", &json!({ "segment": "forged" })),
            event(3, "page_viewed", &json!({ "channel": "mail" })),
            event(1, "page_viewed", &json!({ "channel": "ads" })),
        ];
        let label = |by: CohortBy| by.label(&events, Period::Month, &Reading::default());
        assert_eq!(label(CohortBy::Segment).as_deref(), Some("trader"));
        assert_eq!(label(CohortBy::Channel).as_deref(), Some("ads"));
    }
}
