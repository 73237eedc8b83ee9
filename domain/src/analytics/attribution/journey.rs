//! Journeys: the touches that led to a conversion, or to none so far.

use super::{channel::DIRECT, rules::AttributionRules, touch::Touch};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A conversion: a person became a customer, or bought again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// Unique within an organisation.
    pub id: Uuid,
    /// When the person converted.
    pub at: Timestamp,
    /// Revenue net of refunds, in the token's smallest units. A conversion that was refunded in
    /// full still counts.
    pub value: u64,
}

/// Touches in the order of time, and the conversion that they led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journey {
    /// The touches, oldest first.
    pub touches: Vec<Touch>,
    /// The conversion; none while there is none (a null journey).
    pub conversion: Option<Conversion>,
}

impl Journey {
    /// The channel of each touch; [`DIRECT`] for a conversion without touches.
    pub fn channels(&self) -> Vec<&str> {
        if self.touches.is_empty() && self.conversion.is_some() {
            return vec![DIRECT];
        }
        self.touches
            .iter()
            .map(|touch| touch.channel.as_str())
            .collect()
    }
}

/// A person's journeys, from all of the person's touches and conversions in any order.
///
/// A conversion takes the touches at most `lookback_secs` before it, those of its own moment
/// included, and by default only those after the conversion before it, as web analytics usually
/// does. A renewal has hardly any touches of its own: with subscriptions, the first charge is the
/// conversion and its value the sum of all charges. Touches after the last conversion are a null
/// journey: it may still convert, which no model knows. It has the lookback too, before its last
/// touch. Touches too old for the end of their journey are left out.
pub fn journeys(
    touches: &[Touch],
    conversions: &[Conversion],
    rules: &AttributionRules,
) -> Vec<Journey> {
    let mut touches = touches.to_vec();
    touches.sort_by(|a, b| (a.at, &a.channel).cmp(&(b.at, &b.channel)));
    let mut conversions = conversions.to_vec();
    conversions.sort_by_key(|conversion| (conversion.at, conversion.id));

    let mut journeys = Vec::with_capacity(conversions.len() + 1);
    let mut converted_until: Option<Timestamp> = None;
    for conversion in conversions {
        let oldest = conversion
            .at
            .plus_secs(rules.lookback_secs.saturating_neg());
        let after = converted_until.filter(|_| !rules.across_conversions);
        converted_until = Some(conversion.at);
        let taken = touches
            .iter()
            .filter(|touch| (oldest..=conversion.at).contains(&touch.at))
            .filter(|touch| after.is_none_or(|after| touch.at > after));
        journeys.push(Journey {
            touches: taken.cloned().collect(),
            conversion: Some(conversion),
        });
    }
    touches.retain(|touch| converted_until.is_none_or(|until| touch.at > until));
    if let Some(last) = touches.last() {
        let oldest = last.at.plus_secs(rules.lookback_secs.saturating_neg());
        touches.retain(|touch| touch.at >= oldest);
        journeys.push(Journey {
            touches,
            conversion: None,
        });
    }
    journeys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(channel: &str, secs: i64) -> Touch {
        Touch {
            channel: channel.to_owned(),
            at: Timestamp::from_secs(secs),
        }
    }

    fn conversion(id: u128, secs: i64) -> Conversion {
        Conversion {
            id: Uuid::from_u128(id),
            at: Timestamp::from_secs(secs),
            value: 1,
        }
    }

    fn found(rules: &AttributionRules) -> Vec<Vec<String>> {
        let touches = [
            touch("d", 300),
            touch("a", 0),
            touch("c", 200),
            touch("b", 100),
        ];
        journeys(&touches, &[conversion(2, 210), conversion(1, 100)], rules)
            .iter()
            .map(|journey| journey.channels().into_iter().map(str::to_owned).collect())
            .collect()
    }

    #[test]
    fn nothing_makes_no_journey() {
        assert_eq!(journeys(&[], &[], &AttributionRules::default()), []);
    }

    #[test]
    fn a_conversion_takes_the_touches_since_the_one_before() {
        let rules = AttributionRules::default();
        assert_eq!(found(&rules), [vec!["a", "b"], vec!["c"], vec!["d"]]);
    }

    #[test]
    fn a_conversion_takes_all_touches_of_the_lookback_when_told_to() {
        let rules = AttributionRules {
            across_conversions: true,
            lookback_secs: 110,
            ..AttributionRules::default()
        };
        assert_eq!(found(&rules), [vec!["a", "b"], vec!["b", "c"], vec!["d"]]);
    }

    #[test]
    fn touches_before_the_lookback_are_left_out() {
        let rules = AttributionRules {
            lookback_secs: 99,
            ..AttributionRules::default()
        };
        assert_eq!(found(&rules), [vec!["b"], vec!["c"], vec!["d"]]);
    }

    #[test]
    fn a_null_journey_has_the_lookback_too() {
        let rules = AttributionRules {
            lookback_secs: 100,
            ..AttributionRules::default()
        };
        let touches = [touch("a", 0), touch("b", 100), touch("c", 200)];
        let found = journeys(&touches, &[], &rules);
        assert_eq!(found[0].channels(), ["b", "c"]);
    }

    #[test]
    fn a_conversion_without_touches_came_direct() {
        let rules = AttributionRules::default();
        let journeys = journeys(&[], &[conversion(1, 0), conversion(2, 0)], &rules);
        let channels: Vec<_> = journeys.iter().map(Journey::channels).collect();
        assert_eq!(channels, [["direct"], ["direct"]]);
    }

    #[test]
    fn moments_at_the_ends_of_time_do_no_harm() {
        let touches = [touch("a", i64::MIN), touch("b", i64::MAX)];
        let conversions = [conversion(1, i64::MIN), conversion(2, i64::MAX)];
        assert_eq!(
            journeys(&touches, &conversions, &AttributionRules::default()).len(),
            2
        );
    }
}
