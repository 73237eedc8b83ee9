//! Days in UTC.

use crate::extract::Param;
use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use utoipa::ToSchema;

/// A UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = Date, example = "2026-01-31")]
pub(crate) struct Day(pub(crate) NaiveDate);

impl Param for Day {
    const RULE: &'static str = "a day as in 2026-01-31";

    fn parse(text: &str) -> Option<Self> {
        let day = Self(text.parse().ok()?);
        // The parser is laxer than what is shown.
        (day.0.to_string() == text).then_some(day)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom(format!("expected {}", Self::RULE)))
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
