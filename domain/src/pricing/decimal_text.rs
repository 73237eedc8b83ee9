//! Decimals as JSON strings, read digit by digit or refused: a JSON number may already have been
//! rounded by its writer, and the parser of `rust_decimal` rounds the thirtieth digit.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

const RULE: &str = "must be a decimal number in a text, of at most 28 digits, as in \"0.85\"";

fn parse<E: Error>(text: &str) -> Result<Decimal, E> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed = match digits.split_once('.') {
        Some((whole, fraction)) => plain(whole) && plain(fraction),
        None => plain(digits),
    };
    if well_formed {
        Decimal::from_str_exact(text).map_err(|_| E::custom(RULE))
    } else {
        Err(E::custom(RULE))
    }
}

pub(crate) fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    parse(&String::deserialize(deserializer)?)
}

pub(crate) mod option {
    use super::{Decimal, Deserialize, Deserializer, Serializer, parse};

    pub(crate) fn serialize<S: Serializer>(
        value: &Option<Decimal>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Decimal>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.as_deref().map(parse).transpose()
    }
}

pub(super) mod list {
    use super::{Decimal, Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        values: &[Decimal],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(ToString::to_string))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Decimal>, D::Error> {
        let values = Vec::<Text>::deserialize(deserializer)?;
        Ok(values.into_iter().map(|Text(value)| value).collect())
    }

    /// One of them, so that a refusal names its place.
    struct Text(Decimal);

    impl<'de> Deserialize<'de> for Text {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            super::deserialize(deserializer).map(Self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn only_plain_digits_that_fit_are_read() {
        for text in [
            "NaN",
            "Infinity",
            "",
            " 1",
            "1_000",
            "1e3",
            ".5",
            "5.",
            "+1",
            "--1",
            "0x10",
            "1.2.3",
            "99999999999999999999999999999999",
            "0.00000000000000000000000000000000001",
        ] {
            assert!(deserialize(json!(text)).is_err(), "{text}");
        }
        for value in [json!(0.85), json!(1), Value::Null, json!(["1"])] {
            assert!(deserialize(&value).is_err(), "{value}");
        }
        assert_eq!(
            deserialize(json!("-0.850")).ok(),
            Some(Decimal::new(-85, 2))
        );
    }
}
