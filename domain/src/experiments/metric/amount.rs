//! What an event adds to a metric, in millionths of a unit.

use super::{Measure, Metric, Part};
use crate::{
    capture::Acts,
    event::{Event, Properties},
    exchange::DOLLAR,
    experiments::moments::MOST_MICROS,
};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One unit, in millionths.
pub(super) const ONE: i64 = 1_000_000;

/// The events of the chain that say what was paid, and those that say what was given back.
const PAYMENTS: [(&str, Decimal); 3] = [
    ("subscribed", Decimal::ONE),
    ("charged", Decimal::ONE),
    ("refunded", Decimal::NEGATIVE_ONE),
];

/// What metrics need of the organisation, as it was at launch.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// Which events are people's own acts.
    #[serde(default)]
    pub acts: Acts,
    /// Dollars that a whole token of a mint is worth.
    #[serde(default)]
    pub rates: BTreeMap<String, Decimal>,
}

impl Metric {
    /// What an event adds to the numerator; none when it is not looked at.
    pub fn numerator(&self, event: &Event, context: &Context) -> Option<i64> {
        match &self.measure {
            Measure::Binomial { event: filter } => filter.matches(event).then_some(ONE),
            Measure::Mean { value } | Measure::Quantile { value, .. } => value.amount(event),
            Measure::Ratio { numerator, .. } => numerator.amount(event),
            Measure::Revenue { currency } => revenue(event, currency, &context.rates),
            Measure::Retention { event: filter } => {
                let is_act = match filter {
                    Some(filter) => filter.matches(event),
                    None => context.acts.is_act(event),
                };
                is_act.then_some(ONE)
            }
        }
    }

    /// Names of the events that add to it; none where any may.
    pub(in crate::experiments) fn names(&self) -> Option<Vec<&str>> {
        Some(match &self.measure {
            Measure::Binomial { event } => vec![&event.event],
            Measure::Mean { value } | Measure::Quantile { value, .. } => vec![&value.event.event],
            Measure::Ratio {
                numerator,
                denominator,
            } => vec![&numerator.event.event, &denominator.event.event],
            Measure::Revenue { .. } => PAYMENTS.iter().map(|(name, _)| *name).collect(),
            Measure::Retention { event } => vec![&event.as_ref()?.event],
        })
    }

    /// What an event adds to the denominator of a ratio; none when it is not looked at.
    pub fn denominator(&self, event: &Event) -> Option<i64> {
        match &self.measure {
            Measure::Ratio { denominator, .. } => denominator.amount(event),
            _ => None,
        }
    }
}

impl Part {
    fn amount(&self, event: &Event) -> Option<i64> {
        if !self.event.matches(event) {
            return None;
        }
        match &self.property {
            None => Some(ONE),
            Some(name) => micros(decimal(event.properties.get(name)?)?),
        }
    }
}

/// What an event of the chain says was paid, negative for what was given back.
fn revenue(event: &Event, currency: &str, rates: &BTreeMap<String, Decimal>) -> Option<i64> {
    let (_, sign) = PAYMENTS.iter().find(|(name, _)| *name == event.name)?;
    let text = |properties: &Properties, name: &str| -> Option<String> {
        properties.get(name)?.as_str().map(str::to_owned)
    };
    let mint = text(&event.properties, "mint")?;
    let worth = match currency {
        DOLLAR => *rates.get(&mint)?,
        wanted => (wanted == mint).then_some(Decimal::ONE)?,
    };
    let decimals = u32::try_from(event.properties.get("decimals")?.as_u64()?).ok()?;
    let mut amount = text(&event.properties, "amount")?.parse::<Decimal>().ok()?;
    amount
        .set_scale(amount.scale().checked_add(decimals)?)
        .ok()?;
    micros(amount.checked_mul(worth)?.checked_mul(*sign)?)
}

/// A number, or a text that is one.
fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => {
            let text = number.to_string();
            text.parse()
                .ok()
                .or_else(|| Decimal::from_scientific(&text).ok())
        }
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// In millionths, half to even, and at most [`MOST_MICROS`] whatever its sign.
pub(super) fn micros(units: Decimal) -> Option<i64> {
    let most = Decimal::from(MOST_MICROS / ONE);
    (units.clamp(-most, most) * Decimal::from(ONE))
        .round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven)
        .to_i64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{filter::EventFilter, time::Timestamp};
    use serde_json::json;
    use uuid::Uuid;

    fn event(name: &str, properties: Value) -> Event {
        let Value::Object(properties) = properties else {
            panic!("an object");
        };
        Event {
            id: Uuid::nil(),
            name: name.to_owned(),
            at: Timestamp(0),
            properties,
        }
    }

    fn sum(value: Value) -> Option<i64> {
        let part = Part {
            event: EventFilter::named("used"),
            property: Some("size".to_owned()),
        };
        part.amount(&event("used", json!({ "size": value })))
    }

    #[test]
    fn what_is_no_number_adds_nothing() {
        for value in [
            json!("many"),
            json!(true),
            json!(null),
            json!([1]),
            json!(""),
        ] {
            assert_eq!(sum(value), None);
        }
    }

    #[test]
    fn numbers_and_texts_of_numbers_add_up_in_millionths() {
        assert_eq!(sum(json!(2)), Some(2_000_000));
        assert_eq!(sum(json!("-0.25")), Some(-250_000));
        assert_eq!(sum(json!(1e-7)), Some(0));
        assert_eq!(sum(json!(1.5e3)), Some(1_500_000_000));
    }

    #[test]
    fn no_value_is_beyond_the_most() {
        assert_eq!(sum(json!(1e20)), Some(MOST_MICROS));
        assert_eq!(sum(json!("-99999999999999999999")), Some(-MOST_MICROS));
    }

    #[test]
    fn revenue_is_what_was_paid_less_what_was_given_back() {
        let paid = |name: &str| {
            let properties = json!({ "mint": "usdc", "decimals": 6, "amount": "2500000" });
            event(name, properties)
        };
        let none = BTreeMap::new();
        assert_eq!(revenue(&paid("charged"), "usdc", &none), Some(2_500_000));
        assert_eq!(revenue(&paid("refunded"), "usdc", &none), Some(-2_500_000));
        assert_eq!(revenue(&paid("charged"), "bonk", &none), None);
        assert_eq!(revenue(&paid("charged"), DOLLAR, &none), None);
        let rates = BTreeMap::from([("usdc".to_owned(), Decimal::TWO)]);
        assert_eq!(revenue(&paid("charged"), DOLLAR, &rates), Some(5_000_000));
        assert_eq!(revenue(&paid("page_viewed"), DOLLAR, &rates), None);
    }
}
