//! Touches: the moments at which a channel brought a person.

use super::channel::DIRECT;
use crate::{analytics::Reading, event::Event, time::Timestamp};
use serde::{Deserialize, Serialize};

/// The arrival of a person by a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Touch {
    /// Name of the channel, as from [`Reading::channel_of`].
    pub channel: String,
    /// When the channel brought the person.
    pub at: Timestamp,
}

/// A person's touches, from all of the person's events in any order.
///
/// A session is of the person's own acts and ends with a silence longer than `session_gap_secs`: mail
/// that reaches them meanwhile does not prolong it. In a session, an event is a touch
/// when its channel differs from the one before it; views of further pages, which are [`DIRECT`],
/// are no touches after a known channel. So a visit of twenty pages that began with an
/// advertisement is one touch.
pub fn touches(events: &[Event], reading: &Reading, session_gap_secs: i64) -> Vec<Touch> {
    let acts = events.iter().filter(|event| reading.acts.is_act(event));
    let mut ordered: Vec<&Event> = acts.collect();
    ordered.sort_by_key(|event| event.order());
    let mut touches = Vec::new();
    let mut session_end: Option<Timestamp> = None;
    let mut current: Option<String> = None;
    for event in ordered {
        if session_end.is_none_or(|end| event.at > end) {
            current = None;
        }
        session_end = Some(event.at.plus_secs(session_gap_secs));
        let Some(channel) = reading.channels.channel_of(event) else {
            continue;
        };
        let continues = match &current {
            Some(current) => *current == channel || channel == DIRECT,
            None => false,
        };
        if !continues {
            current = Some(channel.clone());
            touches.push(Touch {
                channel,
                at: event.at,
            });
        }
    }
    touches
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use uuid::Uuid;

    fn event(secs: i64, name: &str, channel: Option<&str>) -> Event {
        let properties = channel.map(|channel| json!({ "channel": channel }));
        Event {
            id: Uuid::from_u128(secs.unsigned_abs().into()),
            name: name.to_owned(),
            at: Timestamp::from_secs(secs),
            properties: properties
                .and_then(|it| it.as_object().cloned())
                .unwrap_or_default(),
        }
    }

    fn found(events: &[Event]) -> Vec<(String, i64)> {
        touches(events, &Reading::default(), 100)
            .into_iter()
            .map(|touch| (touch.channel, touch.at.secs()))
            .collect()
    }

    #[test]
    fn further_pages_of_a_visit_are_no_touches() {
        let mut events = vec![
            event(0, "page_viewed", Some("paid")),
            event(10, "page_viewed", None),
            event(20, "demo_requested", None),
            event(110, "page_viewed", None),
            event(150, "page_viewed", Some("paid")),
            event(251, "page_viewed", None),
        ];
        let expected = [("paid".to_owned(), 0), ("direct".to_owned(), 251)];
        assert_eq!(found(&events), expected);
        events.reverse();
        assert_eq!(found(&events), expected);
    }

    #[test]
    fn what_is_done_to_a_person_is_no_touch_and_prolongs_no_visit() {
        let machine = Event {
            properties: json!({ "channel": "mail", "machine": true })
                .as_object()
                .cloned()
                .unwrap_or_default(),
            ..event(60, "email_opened", None)
        };
        let events = [
            event(0, "page_viewed", Some("paid")),
            event(50, "email_delivered", Some("mail")),
            machine,
            event(110, "page_viewed", None),
        ];
        let expected = [("paid".to_owned(), 0), ("direct".to_owned(), 110)];
        assert_eq!(found(&events), expected);
    }

    #[test]
    fn another_channel_in_a_visit_is_a_touch() {
        let events = [
            event(0, "page_viewed", None),
            event(10, "referral_clicked", None),
            event(20, "page_viewed", None),
        ];
        let expected = [("direct".to_owned(), 0), ("referral".to_owned(), 10)];
        assert_eq!(found(&events), expected);
    }
}
