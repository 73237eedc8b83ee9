//! Days and months in UTC.

use crate::extract::{Param, text};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tessera_domain::analytics::recurring_revenue;
use utoipa::ToSchema;

/// A UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = Date, example = "2026-01-31")]
pub(crate) struct Day(pub(crate) NaiveDate);

/// A calendar month in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$", example = "2026-01")]
pub(crate) struct Month(pub(crate) recurring_revenue::Month);

impl Param for Day {
    const RULE: &'static str = "must be a UTC day as in 2026-01-31";

    fn parse(text: &str) -> Option<Self> {
        let day: NaiveDate = text.parse().ok()?;
        // The parser is laxer than what is shown, and no valid day has a year of five digits.
        let shown = (0..=9_999).contains(&day.year()) && day.to_string() == text;
        shown.then_some(Self(day))
    }
}

impl Param for Month {
    const RULE: &'static str = "must be a month as in 2026-01";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_is_written_otherwise_is_refused() {
        for text in [
            "2026-1-31",
            "2026-02-30",
            "+12026-01-01",
            "2026-01-31T00:00:00Z",
            "",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }
}
