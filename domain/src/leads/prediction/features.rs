//! A lead's features, as numbers.

use super::error::PredictionError;
use crate::{
    event::{Agent, Event, IDENTIFIED_EVENT},
    time::Timestamp,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// A lead's features by name. An absent one is 0.
pub type Features = BTreeMap<String, f64>;

/// Largest magnitude of a value: beyond it, squares lose all precision.
pub const MAX_FEATURE: f64 = 1e12;

/// Features of a person's events up to and including `at`: for each name of event that happened,
/// `had.<name>` is 1 and `log_count.<name>` is ln(1 + occurrences). Events of machines are left
/// out.
///
/// For a lead that was decided, `at` lies before the decision: the outcome's own events (`subscribed`)
/// would give it away.
pub fn features<'a>(events: impl IntoIterator<Item = &'a Event>, at: Timestamp) -> Features {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for event in events {
        if event.at <= at && Agent::of(&event.properties) != Agent::Machine {
            let count = counts.entry(&event.name).or_default();
            *count = count.saturating_add(1);
        }
    }
    let both = |(name, count): (&str, u32)| {
        [
            (format!("had.{name}"), 1.0),
            (format!("log_count.{name}"), f64::from(count).ln_1p()),
        ]
    };
    counts.into_iter().flat_map(both).collect()
}

/// Features of a person's traits up to and including `at`, each by the latest [`IDENTIFIED_EVENT`]
/// that mentions the trait: `<trait>.<text>` is 1, as in `segment.trader`, and `log.<trait>` of a
/// number is ln(1 + number). Values of other types, and traits withdrawn by a null, give no
/// feature.
pub fn trait_features<'a>(events: impl IntoIterator<Item = &'a Event>, at: Timestamp) -> Features {
    let mut stated: Vec<&Event> = events
        .into_iter()
        .filter(|event| event.name == IDENTIFIED_EVENT && event.at <= at)
        .collect();
    stated.sort_by_key(|event| event.order());
    let latest: BTreeMap<&str, &Value> = stated
        .iter()
        .flat_map(|event| &event.properties)
        .map(|(name, value)| (name.as_str(), value))
        .collect();
    latest
        .into_iter()
        .filter_map(|(name, value)| match value {
            Value::String(text) => Some((format!("{name}.{text}"), 1.0)),
            Value::Number(number) => {
                let number = number.as_f64().filter(|number| *number >= 0.0)?;
                Some((format!("log.{name}"), number.ln_1p()))
            }
            _ => None,
        })
        .collect()
}

/// Refuses values that cannot be computed with.
pub(super) fn check(features: &Features) -> Result<(), PredictionError> {
    let wrong = features
        .iter()
        .find(|(_, value)| !(value.is_finite() && value.abs() <= MAX_FEATURE));
    wrong.map_or(Ok(()), |(feature, _)| {
        Err(PredictionError::Value {
            feature: feature.clone(),
            most: MAX_FEATURE,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use uuid::Uuid;

    fn stated(at: i64, traits: &Value) -> Event {
        Event {
            id: Uuid::from_u128(at.unsigned_abs().into()),
            name: IDENTIFIED_EVENT.to_owned(),
            at: Timestamp(at),
            properties: traits.as_object().cloned().unwrap_or_default(),
        }
    }

    #[test]
    fn what_was_stated_after_the_moment_says_nothing() {
        let events = [stated(3, &json!({ "segment": "trader" }))];
        assert_eq!(trait_features(&events, Timestamp(2)), Features::new());
    }

    #[test]
    fn a_trait_that_was_taken_back_says_nothing() {
        let events = [
            stated(2, &json!({ "segment": null, "verified": true })),
            stated(1, &json!({ "segment": "trader", "balance": -1 })),
        ];
        assert_eq!(trait_features(&events, Timestamp(9)), Features::new());
    }

    #[test]
    fn the_latest_statement_of_a_trait_counts_whatever_came_last() {
        let events = [
            stated(5, &json!({ "segment": "institution" })),
            stated(1, &json!({ "segment": "trader", "company_size": 0 })),
        ];
        let expected = [("segment.institution", 1.0), ("log.company_size", 0.0)];
        let expected = expected.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(
            trait_features(&events, Timestamp(5)),
            Features::from(expected)
        );
    }
}
