//! What currencies are worth, and how amounts of several became dollars.

use super::{Currency, Day, plain_decimal};
use crate::extract::{Param, text};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tessera_domain::exchange;
use utoipa::ToSchema;

/// Most digits before the point.
const MAX_WHOLE_DIGITS: usize = 9;
/// Most digits after the point: tokens may be worth billionths.
const MAX_FRACTION_DIGITS: usize = 12;

/// What a whole unit of a currency is worth in US dollars, as a decimal string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, pattern = r"^(?!0+(\.0+)?$)[0-9]{1,9}(\.[0-9]{1,12})?$", example = "1.08")]
pub(crate) struct UsdRate(Decimal);

/// What a currency is worth from a day on.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "currency": "EUR", "from": "2026-01-31", "usd": "1.08" }))]
pub(crate) struct Rate {
    /// A mint's address, or a code of ISO 4217 other than `USD`.
    pub(crate) currency: Currency,
    /// The first UTC day that it is for; it is in force until the next one.
    pub(crate) from: Day,
    /// What a whole unit is worth in US dollars.
    pub(crate) usd: UsdRate,
}

/// How amounts of several currencies became dollars.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Conversion {
    /// The rates that were used.
    rates: Vec<Rate>,
    /// Currencies without a rate, whose amounts are in no sum.
    without_rate: Vec<Currency>,
}

impl Param for UsdRate {
    const RULE: &'static str = "must be a decimal number above 0 in a text as in \"1.08\", with at most 9 digits \
        before the point and 12 after it";

    fn parse(text: &str) -> Option<Self> {
        let usd = plain_decimal(text, MAX_WHOLE_DIGITS, MAX_FRACTION_DIGITS)?;
        (!usd.is_zero()).then_some(Self(usd))
    }
}

impl<'de> Deserialize<'de> for UsdRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer)
    }
}

impl Serialize for UsdRate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl From<exchange::Rate> for Rate {
    fn from(rate: exchange::Rate) -> Self {
        Self {
            currency: Currency::of_text(rate.currency),
            from: Day(rate.from),
            usd: UsdRate(rate.usd.normalize()),
        }
    }
}

impl From<Rate> for exchange::Rate {
    fn from(rate: Rate) -> Self {
        Self {
            currency: rate.currency.as_str().to_owned(),
            from: rate.from.0,
            usd: rate.usd.0,
        }
    }
}

impl From<exchange::Conversion> for Conversion {
    fn from(conversion: exchange::Conversion) -> Self {
        let without_rate = conversion.without_rate.into_iter();
        Self {
            rates: conversion.rates.into_iter().map(Into::into).collect(),
            without_rate: without_rate.map(Currency::of_text).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_decimals_above_0_are_rates() {
        for text in [
            "",
            "0",
            "0.000",
            "-1",
            "1e3",
            ".5",
            "5.",
            "1000000000",
            "0.0000000000001",
        ] {
            assert_eq!(UsdRate::parse(text), None, "{text}");
        }
        let largest = UsdRate::parse("999999999.999999999999").map(|rate| rate.0.to_string());
        assert_eq!(largest.as_deref(), Some("999999999.999999999999"));
    }
}
