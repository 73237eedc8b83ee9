//! Builds a [`Summary`] of single purchases as Fader and Hardie define it: purchases of the same
//! period count as one, and the first period makes the customer and is no repeat purchase.

use super::Summary;
use crate::time::{MICROS_PER_SEC, Timestamp};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, num::NonZeroU32};

/// Money received at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purchase {
    /// When it was received.
    pub at: Timestamp,
    /// Amount net of refunds, micro-units.
    pub amount_micros: u64,
}

/// The summary of one customer's purchases, in any order; None without any up to `observation_end`.
///
/// Periods are `period_secs` long and counted from the Unix epoch, so that with 86,400 they are UTC
/// days. The period of `observation_end` counts whole, with all purchases in it.
#[expect(
    clippy::cast_precision_loss,
    reason = "spans in periods are below 2^53, and means of money are estimates"
)]
pub fn summarise(
    purchases: &[Purchase],
    period_secs: NonZeroU32,
    observation_end: Timestamp,
) -> Option<Summary> {
    let period_micros = i64::from(period_secs.get()) * MICROS_PER_SEC;
    let period_of = |at: Timestamp| at.0.div_euclid(period_micros);
    let end = period_of(observation_end);
    let mut spend_by_period = BTreeMap::<i64, u128>::new();
    for purchase in purchases {
        let period = period_of(purchase.at);
        if period <= end {
            *spend_by_period.entry(period).or_default() += u128::from(purchase.amount_micros);
        }
    }
    let (first, _) = spend_by_period.pop_first()?;
    let last = spend_by_period.last_key_value().map_or(first, |it| *it.0);
    let frequency = u32::try_from(spend_by_period.len()).unwrap_or(u32::MAX);
    let repeat_spend: u128 = spend_by_period.values().sum();
    Some(Summary {
        frequency,
        recency: (last - first) as f64,
        age: (end - first) as f64,
        mean_spend_micros: (frequency > 0).then(|| repeat_spend as f64 / f64::from(frequency)),
    })
}

/// The end of the period that holds `observation_end`: the first moment that is not observed.
pub fn observed_until(period_secs: NonZeroU32, observation_end: Timestamp) -> Timestamp {
    let period_micros = i64::from(period_secs.get()) * MICROS_PER_SEC;
    let into_period = observation_end.0.rem_euclid(period_micros);
    let start = observation_end.0.saturating_sub(into_period);
    Timestamp(start.saturating_add(period_micros))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MICROS_PER_DAY;

    fn bought(day: i64, hour: i64, amount_micros: u64) -> Purchase {
        Purchase {
            at: Timestamp::from_secs(day * 86_400 + hour * 3_600),
            amount_micros,
        }
    }

    fn by_day(purchases: &[Purchase], end_day: i64) -> Option<Summary> {
        let day = NonZeroU32::new(86_400).expect("not zero");
        summarise(purchases, day, Timestamp(end_day * MICROS_PER_DAY))
    }

    #[test]
    fn the_last_period_is_observed_to_its_end() {
        let day = NonZeroU32::new(86_400).expect("not zero");
        for (at, days) in [(0, 1), (MICROS_PER_DAY - 1, 1), (-1, 0)] {
            let until = Timestamp(days * MICROS_PER_DAY);
            assert_eq!(observed_until(day, Timestamp(at)), until);
        }
    }

    #[test]
    fn purchases_after_the_observation_make_no_customer() {
        assert_eq!(by_day(&[], 10), None);
        assert_eq!(by_day(&[bought(11, 0, 5)], 10), None);
    }

    #[test]
    fn the_first_period_is_no_repeat_purchase_and_its_spend_does_not_count() {
        let once = by_day(&[bought(3, 1, 700), bought(3, 23, 900)], 10).expect("a customer");
        let expected = Summary {
            frequency: 0,
            recency: 0.0,
            age: 7.0,
            mean_spend_micros: None,
        };
        assert_eq!(once, expected);
    }

    #[test]
    fn purchases_of_one_period_are_one_and_their_order_does_not_matter() {
        let mut purchases = [
            bought(-2, 5, 9),
            bought(4, 1, 100),
            bought(4, 2, 50),
            bought(9, 0, 50),
        ];
        let expected = Summary {
            frequency: 2,
            recency: 11.0,
            age: 12.0,
            mean_spend_micros: Some(100.0),
        };
        assert_eq!(by_day(&purchases, 10), Some(expected));
        purchases.reverse();
        assert_eq!(by_day(&purchases, 10), Some(expected));
    }
}
