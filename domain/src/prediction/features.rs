//! What is known of a lead, as numbers.

use super::error::PredictionError;
use crate::event::Event;
use crate::scoring::MACHINE_PROPERTY;
use crate::time::Timestamp;
use std::collections::BTreeMap;

/// A lead's features by name. What is absent is 0.
pub type Features = BTreeMap<String, f64>;

/// Largest size of a value: beyond it, squares lose all precision.
pub const MAX_FEATURE: f64 = 1e12;

/// Features of a person's events up to and including `at`: for each name of event that happened,
/// `had.<name>` is 1 and `log_count.<name>` is ln(1 + occurrences). What a machine did is left out.
///
/// For a lead that was decided, `at` lies before the decision: the outcome's own events (`subscribed`)
/// would give it away.
pub fn features<'a>(events: impl IntoIterator<Item = &'a Event>, at: Timestamp) -> Features {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for event in events {
        let by_a_machine = event
            .properties
            .get(MACHINE_PROPERTY)
            .is_some_and(|mark| !mark.is_null());
        if event.at <= at && !by_a_machine {
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

/// Refuses values with which nothing can be computed.
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
