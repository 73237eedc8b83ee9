//! Until when something is known of a lead that does not follow from its outcome.
//!
//! A deal is often closed days after the customer has paid. What happened from the payment on (a welcome, a
//! first invoice, a trait that says customer) follows from the outcome, and would give it away.

use crate::{event::Event, time::Timestamp};

/// The events that make a customer of somebody.
pub const CONVERSIONS: [&str; 3] = ["charged", "subscribed", "trial_started"];

/// The last moment before the outcome of a deal that was decided at `decided_at`: before the decision, and
/// before the first conversion of the person since they last were decided about. Nothing of it depends on
/// how the deal was decided.
pub fn last_before_outcome<'a>(
    events: impl IntoIterator<Item = &'a Event>,
    decided_before: Option<Timestamp>,
    decided_at: Timestamp,
) -> Timestamp {
    let converts = |event: &&Event| {
        CONVERSIONS.contains(&event.name.as_str()) && decided_before.is_none_or(|it| event.at > it)
    };
    let conversions = events.into_iter().filter(converts).map(|event| event.at);
    let outcome = conversions
        .min()
        .map_or(decided_at, |at| at.min(decided_at));
    Timestamp(outcome.0.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Properties;
    use uuid::Uuid;

    fn event(name: &str, at: i64) -> Event {
        Event {
            id: Uuid::nil(),
            name: name.to_owned(),
            at: Timestamp(at),
            properties: Properties::new(),
        }
    }

    fn last(events: &[Event], before: Option<i64>) -> i64 {
        last_before_outcome(events, before.map(Timestamp), Timestamp(100)).0
    }

    #[test]
    fn the_decision_itself_ends_what_is_known_when_nobody_was_converted_before_it() {
        assert_eq!(
            last(&[event("visited", 5), event("subscribed", 100)], None),
            99
        );
        assert_eq!(last(&[event("subscribed", 150)], None), 99);
    }

    #[test]
    fn the_first_conversion_since_the_last_decision_ends_what_is_known() {
        let events = [
            event("charged", 80),
            event("subscribed", 30),
            event("visited", 10),
        ];
        assert_eq!(last(&events, None), 29);
        assert_eq!(
            last(&events, Some(30)),
            79,
            "that one decided the deal before"
        );
        assert_eq!(last(&events, Some(90)), 99);
    }
}
