//! What a funnel keeps of an event, and of all events of a person: an ordered set.

use super::{FunnelDefinition, Mode};
use crate::{
    analytics::attribution::channel_name,
    event::{CHANNEL_PROPERTY, Event},
    time::Timestamp,
};
use serde_json::Value;
use uuid::Uuid;

/// Longest breakdown value, bytes of UTF-8; longer ones are cut.
pub const MAX_BREAKDOWN_BYTES: usize = 64;

/// The part of an event that matters to one funnel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// When it happened.
    pub at: Timestamp,
    /// The event's id.
    pub event: Uuid,
    /// The steps that it takes, bit 0 being step 1.
    pub steps: u32,
    /// The exclusions that match it, bit 0 being the first.
    pub exclusions: u16,
    /// The breakdown value of an event that can open an attempt (one of step 1, or of any step in
    /// an unordered funnel); none where the property is missing or the funnel has no breakdown.
    pub breakdown: Option<String>,
    /// How many conditions of the definition found a value that has no order to theirs.
    pub not_compared: u16,
}

impl Hit {
    /// As [`Event::order`].
    fn order(&self) -> (Timestamp, Uuid) {
        (self.at, self.event)
    }
}

/// The hit of `event` in the funnel; none when it matches nothing.
pub fn classify(definition: &FunnelDefinition, event: &Event) -> Option<Hit> {
    let steps = bits(definition.steps.iter().map(|step| {
        let mut filters = step.any_of.iter();
        filters.any(|filter| filter.matches(event))
    }));
    let exclusions = bits(
        definition
            .exclusions
            .iter()
            .map(|exclusion| exclusion.filter.matches(event)),
    );
    let not_compared: usize = definition
        .filters()
        .map(|filter| filter.not_compared(event))
        .sum();
    if steps == 0 && exclusions == 0 && not_compared == 0 {
        return None;
    }
    let opens = match definition.mode {
        Mode::Ordered | Mode::Strict => steps & 1 != 0,
        Mode::Unordered => steps != 0,
    };
    let property = definition.breakdown.as_ref().filter(|_| opens);
    Some(Hit {
        at: event.at,
        event: event.id,
        steps,
        exclusions: u16::try_from(exclusions).unwrap_or(u16::MAX),
        breakdown: property.and_then(|name| breakdown_text(name, event.properties.get(name)?)),
        not_compared: u16::try_from(not_compared).unwrap_or(u16::MAX),
    })
}

/// One bit for each true value, the first being bit 0.
fn bits(which: impl Iterator<Item = bool>) -> u32 {
    (0..u32::BITS)
        .zip(which)
        .fold(0, |bits, (index, holds)| bits | u32::from(holds) << index)
}

/// The value of a breakdown that a property's value is: bounded text, of which empty text is none. 1 and
/// 1.0 are the same number, and a channel goes by its key.
pub fn breakdown_text(property: &str, value: &Value) -> Option<String> {
    let mut text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => number.as_f64()?.to_string(),
        other => other.to_string(),
    };
    if property == CHANNEL_PROPERTY {
        text = channel_name(&text)?;
    }
    text.truncate(text.floor_char_boundary(MAX_BREAKDOWN_BYTES));
    Some(text).filter(|text| !text.is_empty())
}

/// Most hits of a person; later ones are ignored. No real person takes so many steps: without a
/// bound, an abuser of a public write key could make each event cost more than the last. The
/// earliest hits are kept, in whatever order they arrive, so that only the set of events decides.
pub const MAX_HITS: usize = 10_000;

/// The hits of one person, each event once, ordered by time and then by event id; the
/// [`MAX_HITS`] first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonHits {
    hits: Vec<Hit>,
}

impl PersonHits {
    /// Adds a hit, whenever it arrives; whether it is new and kept. An event that is there already
    /// stays unchanged: an id names one event, which happened at one time.
    pub fn insert(&mut self, hit: Hit) -> bool {
        match self.hits.binary_search_by_key(&hit.order(), Hit::order) {
            Ok(_) => false,
            Err(MAX_HITS..) => false,
            Err(place) => {
                self.hits.insert(place, hit);
                self.hits.truncate(MAX_HITS);
                true
            }
        }
    }

    /// All hits, ordered by time and then by event id.
    pub fn as_slice(&self) -> &[Hit] {
        &self.hits
    }

    /// The hits in order; none when they are out of order or repeat an event.
    pub(super) fn from_ordered(hits: Vec<Hit>) -> Option<Self> {
        hits.is_sorted_by(|left, right| left.order() < right.order())
            .then_some(Self { hits })
    }
}

impl Extend<Hit> for PersonHits {
    fn extend<T: IntoIterator<Item = Hit>>(&mut self, hits: T) {
        self.hits.extend(hits);
        // A stable sort, so that the hit that was there first stays.
        self.hits.sort_by_key(Hit::order);
        self.hits.dedup_by_key(|hit| hit.order());
        self.hits.truncate(MAX_HITS);
    }
}

impl FromIterator<Hit> for PersonHits {
    fn from_iter<T: IntoIterator<Item = Hit>>(hits: T) -> Self {
        let mut all = Self::default();
        all.extend(hits);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytics::funnel::{Exclusion, default_definition};
    use crate::filter::EventFilter;
    use serde_json::json;

    fn event(name: &str, properties: Value) -> Event {
        Event {
            id: Uuid::from_u128(7),
            name: name.to_owned(),
            at: Timestamp(5),
            properties: serde_json::from_value(properties).expect("an object"),
        }
    }

    fn breakdown(value: Value) -> Option<String> {
        let event = event("page_viewed", json!({ "channel": value }));
        classify(&default_definition(), &event)?.breakdown
    }

    #[test]
    fn an_event_of_no_step_is_nothing() {
        assert_eq!(
            classify(&default_definition(), &event("logged_in", json!({}))),
            None
        );
    }

    #[test]
    fn an_event_takes_every_step_that_means_it() {
        let mut definition = default_definition();
        definition.steps[2]
            .any_of
            .push(EventFilter::named("page_viewed"));
        definition.exclusions = vec![Exclusion {
            filter: EventFilter::named("page_viewed"),
            from_step: 1,
            to_step: 2,
        }];
        let hit = classify(&definition, &event("page_viewed", json!({}))).expect("a hit");
        assert_eq!((hit.steps, hit.exclusions, hit.breakdown), (0b101, 1, None));
    }

    #[test]
    fn a_value_is_bounded_text_cut_between_characters() {
        assert_eq!(breakdown(json!(null)), None);
        assert_eq!(breakdown(json!("")), None);
        assert_eq!(breakdown(json!("organic")), Some("organic".to_owned()));
        assert_eq!(breakdown(json!(" Organic ")), Some("organic".to_owned()));
        assert_eq!(breakdown(json!(1.0)), breakdown(json!(1)));
        assert_eq!(breakdown(json!(true)), Some("true".to_owned()));
        assert_eq!(breakdown(json!(u64::MAX)), Some(u64::MAX.to_string()));
        let long = breakdown(json!("ä".repeat(32) + "x")).expect("text");
        assert_eq!(long, "ä".repeat(32));
        let odd = breakdown(json!("x".to_owned() + &"ä".repeat(32))).expect("text");
        assert_eq!(odd.len(), 63);
    }

    #[test]
    fn only_an_event_that_can_open_an_attempt_carries_a_value() {
        let mut definition = default_definition();
        let event = event("subscribed", json!({ "channel": "paid" }));
        let ordered = classify(&definition, &event).expect("a hit");
        assert_eq!(ordered.breakdown, None);
        definition.mode = Mode::Unordered;
        let unordered = classify(&definition, &event).expect("a hit");
        assert_eq!(unordered.breakdown, Some("paid".to_owned()));
    }

    #[test]
    fn of_too_many_hits_the_earliest_count_whatever_their_order() {
        let hit = |index: usize| Hit {
            at: Timestamp(i64::try_from(index).expect("small")),
            ..classify(&default_definition(), &event("subscribed", json!({}))).expect("a hit")
        };
        let all = || (0..MAX_HITS + 9).map(hit);
        let at_once: PersonHits = all().collect();
        let mut backwards = PersonHits::default();
        for hit in all().collect::<Vec<_>>().into_iter().rev() {
            assert!(backwards.insert(hit));
        }
        assert_eq!(backwards, at_once);
        assert_eq!(at_once.as_slice().len(), MAX_HITS);
        assert_eq!(at_once.as_slice().last(), Some(&hit(MAX_HITS - 1)));
        assert!(!backwards.insert(hit(MAX_HITS)));
    }

    #[test]
    fn a_hit_is_taken_in_once() {
        let hit = classify(&default_definition(), &event("subscribed", json!({}))).expect("a hit");
        let mut hits = PersonHits::default();
        assert!(hits.insert(hit.clone()));
        assert!(!hits.insert(hit.clone()));
        hits.extend([hit]);
        assert_eq!(hits.as_slice().len(), 1);
    }
}
