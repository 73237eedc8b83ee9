//! Money in whole units, and the currency that it is in.

use super::{Key, base58};
use crate::extract::{Param, text};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use tessera_domain::exchange::DOLLAR;
use tessera_store::Key as StoredKey;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// Most digits before the point: sums of many such amounts fit into a decimal.
const MAX_WHOLE_DIGITS: usize = 15;
/// Most digits after the point: the smallest unit of common mints.
const MAX_FRACTION_DIGITS: usize = 9;

/// An amount in whole units of its currency, as a decimal string: a JSON number may have been
/// rounded before it arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, pattern = r"^[0-9]{1,15}(\.[0-9]{1,9})?$", example = "12500.00")]
pub(crate) struct Money(pub(crate) Decimal);

/// A currency: a mint's address, or an ISO 4217 code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Currency(String);

impl PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        let address = base58::pattern(32);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A currency: a mint's address, or an ISO 4217 code."))
            .pattern(Some(format!("^[A-Z]{{3}}$|{address}")))
            .examples([DOLLAR])
            .into()
    }
}

impl ToSchema for Currency {
    fn name() -> Cow<'static, str> {
        "Currency".into()
    }
}

/// The number of a text of nothing but digits, at most so many before the point and after it.
pub(crate) fn plain_decimal(
    text: &str,
    most_whole: usize,
    most_fraction: usize,
) -> Option<Decimal> {
    let digits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let (whole, fraction) = text
        .split_once('.')
        .map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let is_plain = digits(whole, most_whole)
        && fraction.is_none_or(|fraction| digits(fraction, most_fraction));
    is_plain.then(|| text.parse().ok()).flatten()
}

impl Param for Money {
    const RULE: &'static str = "must be a decimal number in a text as in \"12500.00\", not negative, with at most \
        15 digits before the point and 9 after it";

    fn parse(text: &str) -> Option<Self> {
        plain_decimal(text, MAX_WHOLE_DIGITS, MAX_FRACTION_DIGITS).map(Self)
    }
}

impl Currency {
    /// The US dollar.
    pub(crate) fn dollar() -> Self {
        Self(DOLLAR.to_owned())
    }

    /// A mint.
    pub(crate) fn of_mint(mint: StoredKey) -> Self {
        Self(mint.to_string())
    }

    /// A currency as it was stored.
    pub(crate) fn of_text(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Param for Currency {
    const RULE: &'static str = "must be a mint's address, or a code of ISO 4217 as in USD";

    fn parse(text: &str) -> Option<Self> {
        let code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        (code || Key::parse(text).is_some()).then(|| Self(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_amounts_are_money() {
        for text in [
            "",
            "-1",
            "+1",
            "1e3",
            "NaN",
            ".5",
            "5.",
            "1_000",
            " 1",
            "1.2.3",
            "1000000000000000",
            "0.0000000001",
        ] {
            assert_eq!(Money::parse(text), None, "{text}");
        }
        let largest = Money::parse("999999999999999.999999999").map(|money| money.0.to_string());
        assert_eq!(largest.as_deref(), Some("999999999999999.999999999"));
    }

    #[test]
    fn a_currency_is_a_mint_or_three_capital_letters() {
        for text in [
            "",
            "usd",
            "USDC",
            "US1",
            "111111111111111111111111111111111",
        ] {
            assert_eq!(Currency::parse(text), None, "{text}");
        }
        for text in ["USD", "11111111111111111111111111111111"] {
            assert!(Currency::parse(text).is_some(), "{text}");
        }
    }
}
