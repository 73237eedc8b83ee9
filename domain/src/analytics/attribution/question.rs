//! Attribution queries, and one person's part of the answer.

use super::{
    journey::{Conversion, Journey, journeys},
    rules::AttributionRules,
    statistics::JourneyStatistics,
    touch::touches,
};
use crate::{
    analytics::{
        Reading,
        subscriptions::{Subscription, subscriptions},
        succession::Grace,
    },
    event::Event,
    exchange::{Worth, dollar_micros},
    time::Timestamp,
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

/// Which journeys are counted: those that ended in the range, with a conversion or, so far, without
/// one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttributionQuestion {
    /// Start of the range, included.
    pub from: Option<Timestamp>,
    /// End of the range, excluded; payments and refunds from then on do not count either.
    pub until: Option<Timestamp>,
    /// Only conversions that were paid in this mint; of all mints without it.
    pub mint: Option<String>,
    /// The rules by which journeys are built.
    pub rules: AttributionRules,
    /// How the organisation's events are read.
    pub reading: Reading,
    /// What is a change of plan, and so no other conversion.
    pub grace: Grace,
    /// What mints are worth, for values in millionths of a dollar; none for the smallest unit of one
    /// mint.
    pub worth: Option<BTreeMap<String, Worth>>,
}

/// The matching journeys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttributedJourneys {
    /// Their sums.
    pub statistics: JourneyStatistics,
    /// The mints of their conversions: amounts of different mints do not add, but in dollars.
    pub mints: BTreeSet<String>,
}

impl AttributionQuestion {
    /// One person's journeys, from all of the person's events before the end of the range in any
    /// order. The start of the range selects journeys by their end and changes none, so events from
    /// long before it are needed: a session may reach back from event to event.
    ///
    /// A new subscription is a conversion, and its value is what was paid for it until the end of
    /// the range, net of refunds: renewals credit the channels that won the subscriber. Conversions
    /// outside of the range or in another mint still use up their touches, so that no other
    /// conversion is credited to them.
    pub fn journeys(&self, events: &[Event]) -> AttributedJourneys {
        let is_late = |event: &Event| self.until.is_some_and(|until| event.at >= until);
        let known: Cow<'_, [Event]> = if events.iter().any(is_late) {
            events.iter().filter(|it| !is_late(it)).cloned().collect()
        } else {
            events.into()
        };
        let bought = subscriptions(&known, self.grace);
        let conversions: Vec<Conversion> = bought
            .iter()
            .map(|subscription| Conversion {
                id: subscription.id,
                at: subscription.started_at,
                value: self.value(subscription),
            })
            .collect();
        let touches = touches(&known, &self.reading, self.rules.session_gap_secs);
        let mut asked = journeys(&touches, &conversions, &self.rules);
        asked.retain(|journey| self.is_in_range(journey) && self.is_in_mint(journey, &bought));
        let paid = asked
            .iter()
            .filter_map(|journey| subscription_of(journey, &bought))
            .flat_map(|it| &it.payments);
        let mints = paid.map(|payment| payment.mint.clone());
        AttributedJourneys {
            mints: mints.filter(|mint| self.is_mint(mint)).collect(),
            statistics: JourneyStatistics::of(&asked, &self.rules),
        }
    }

    fn is_in_range(&self, journey: &Journey) -> bool {
        let converted = journey.conversion.as_ref().map(|it| it.at);
        let ended = converted.or_else(|| journey.touches.last().map(|it| it.at));
        ended.is_some_and(|ended| self.from.is_none_or(|from| ended >= from))
    }

    fn is_in_mint(&self, journey: &Journey, bought: &[Subscription]) -> bool {
        subscription_of(journey, bought).is_none_or(|it| {
            self.is_mint(&it.mint) || it.payments.iter().any(|paid| self.is_mint(&paid.mint))
        })
    }

    fn is_mint(&self, mint: &str) -> bool {
        self.mint.as_ref().is_none_or(|asked| asked == mint)
    }

    /// What was paid in the mints that are asked for.
    fn value(&self, subscription: &Subscription) -> u64 {
        let paid = subscription.paid().into_iter();
        let asked = paid.filter(|(mint, _)| self.is_mint(mint));
        let amounts = asked.map(|(mint, amount)| match &self.worth {
            Some(worth) => dollar_micros(worth, mint, amount),
            None => amount,
        });
        amounts.fold(0, u64::saturating_add)
    }
}

/// What a journey's conversion bought; none without one.
fn subscription_of<'a>(journey: &Journey, bought: &'a [Subscription]) -> Option<&'a Subscription> {
    let id = journey.conversion.as_ref()?.id;
    bought.iter().find(|it| it.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytics::attribution::Model;
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

    fn touch(secs: i64, channel: &str) -> Event {
        event(secs, "page_viewed", &json!({ "channel": channel }))
    }

    fn paid(secs: i64, name: &str, account: &str, mint: &str, amount: &str) -> Event {
        let properties = json!({ "account": account, "mint": mint, "amount": amount });
        event(secs, name, &properties)
    }

    fn rules() -> AttributionRules {
        AttributionRules {
            session_gap_secs: 1,
            ..AttributionRules::default()
        }
    }

    /// Channels with the conversions and the revenue credited to the last touch.
    fn last_touch(question: &AttributionQuestion, events: &[Event]) -> Vec<(String, u128, u128)> {
        let report = question
            .journeys(events)
            .statistics
            .attribute(Model::Last)
            .expect("a report");
        let of = report.channels.into_iter();
        of.map(|it| (it.channel, it.conversion_micros, it.revenue))
            .collect()
    }

    #[test]
    fn conversions_outside_of_the_range_take_their_touches_with_them() {
        let events = [
            touch(10, "ads"),
            paid(20, "subscribed", "a", "m", "5"),
            touch(30, "blog"),
            paid(40, "subscribed", "b", "m", "7"),
            touch(50, "mail"),
            paid(60, "subscribed", "c", "m", "9"),
        ];
        let question = AttributionQuestion {
            from: Some(Timestamp::from_secs(30)),
            until: Some(Timestamp::from_secs(60)),
            rules: rules(),
            ..AttributionQuestion::default()
        };
        // The third has not converted by the end of the range.
        let expected = [("blog".to_owned(), 1_000_000, 7), ("mail".to_owned(), 0, 0)];
        assert_eq!(last_touch(&question, &events), expected);
    }

    #[test]
    fn the_start_of_the_range_changes_no_journey() {
        let day = 86_400;
        let events = [
            touch(0, "old"),
            touch(100 * day, "ads"),
            touch(100 * day + 1, "blog"),
            paid(101 * day, "subscribed", "a", "m", "5"),
            touch(102 * day, "mail"),
            touch(150 * day, "ads"),
        ];
        let of = |from: Option<i64>| {
            let question = AttributionQuestion {
                from: from.map(Timestamp::from_secs),
                rules: rules(),
                ..AttributionQuestion::default()
            };
            question.journeys(&events).statistics
        };
        // Both journeys end later than that, so they are what they are without a start.
        assert_eq!(of(Some(101 * day)), of(None));
        assert_eq!(of(Some(101 * day)).journeys, 2);
        assert_eq!(of(Some(101 * day + 1)).journeys, 1);
    }

    #[test]
    fn renewals_and_refunds_until_the_end_of_the_range_change_the_value() {
        let events = [
            touch(10, "ads"),
            paid(20, "subscribed", "a", "m", "5"),
            paid(30, "charged", "a", "m", "7"),
            paid(35, "refunded", "a", "m", "4"),
            paid(40, "charged", "a", "m", "100"),
        ];
        let question = AttributionQuestion {
            until: Some(Timestamp::from_secs(40)),
            rules: rules(),
            ..AttributionQuestion::default()
        };
        let expected = [("ads".to_owned(), 1_000_000, 8)];
        assert_eq!(last_touch(&question, &events), expected);
    }

    #[test]
    fn a_change_of_plan_is_no_other_conversion_and_adds_to_the_value() {
        let events = [
            touch(10, "ads"),
            paid(20, "subscribed", "a", "m", "5"),
            touch(30, "mail"),
            paid(40, "cancelled", "a", "m", "0"),
            paid(45, "subscribed", "b", "m", "7"),
        ];
        let mut question = AttributionQuestion {
            rules: rules(),
            ..AttributionQuestion::default()
        };
        let of_ads = ("ads".to_owned(), 1_000_000, 12);
        let of_mail = ("mail".to_owned(), 0, 0);
        assert_eq!(last_touch(&question, &events), [of_ads, of_mail]);
        question.grace = Grace::Secs(4);
        assert_eq!(last_touch(&question, &events).len(), 2);
        assert_eq!(question.journeys(&events).statistics.conversions, 2);
    }

    #[test]
    fn amounts_of_several_mints_add_in_dollars() {
        let events = [
            touch(10, "ads"),
            paid(20, "subscribed", "a", "m", "5000000"),
            paid(30, "subscribed", "b", "n", "2000000000"),
        ];
        let worth = |decimals, usd: i64| Worth {
            decimals,
            usd: usd.into(),
        };
        let known = BTreeMap::from([
            ("m".to_owned(), worth(6, 1)),
            ("n".to_owned(), worth(9, 150)),
        ]);
        let question = AttributionQuestion {
            rules: rules(),
            worth: Some(known),
            ..AttributionQuestion::default()
        };
        let statistics = question.journeys(&events).statistics;
        assert_eq!(statistics.revenue, 305_000_000);
    }

    #[test]
    fn a_conversion_in_another_mint_is_none_and_takes_its_touches_with_it() {
        let events = [
            touch(10, "ads"),
            paid(20, "subscribed", "a", "m", "5"),
            touch(30, "blog"),
            paid(40, "subscribed", "b", "n", "7"),
        ];
        let mut question = AttributionQuestion {
            rules: rules(),
            ..AttributionQuestion::default()
        };
        assert_eq!(question.journeys(&events).mints.len(), 2);
        question.mint = Some("n".to_owned());
        assert_eq!(
            last_touch(&question, &events),
            [("blog".to_owned(), 1_000_000, 7)]
        );
    }
}
