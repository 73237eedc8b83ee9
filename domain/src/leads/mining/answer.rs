//! A figure, or the reason why there is none.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer, ser::SerializeStruct};

/// Why a figure is undefined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Undefined {
    /// Nothing is earned, so there is nothing to compare with.
    NoRevenue,
    /// Power costs more than is earned, and growing difficulty makes it no better.
    NoProfit,
    /// Growing difficulty ends the profit before the hardware is paid.
    ProfitEndsBefore,
    /// It takes longer than the months that are looked at.
    BeyondHorizon,
    /// Nothing draws power.
    NoPowerDraw,
    /// The plan earns nothing more.
    NoGain,
    /// The plan costs nothing.
    NoPrice,
}

/// A figure, or the reason why there is none. In JSON it is `{"value": "1.5", "reason": null}` or
/// `{"value": null, "reason": "no_profit"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The figure.
    Value(Decimal),
    /// Why there is none.
    Undefined(Undefined),
}

impl Answer {
    /// The figure, if there is one.
    pub fn value(self) -> Option<Decimal> {
        match self {
            Self::Value(value) => Some(value),
            Self::Undefined(_) => None,
        }
    }

    /// The reason why there is none.
    pub fn reason(self) -> Option<Undefined> {
        match self {
            Self::Value(_) => None,
            Self::Undefined(reason) => Some(reason),
        }
    }

    pub(super) fn map(self, then: impl Fn(Decimal) -> Decimal) -> Self {
        match self {
            Self::Value(value) => Self::Value(then(value)),
            Self::Undefined(_) => self,
        }
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut shown = serializer.serialize_struct("Answer", 2)?;
        shown.serialize_field("value", &self.value().map(|it| it.to_string()))?;
        shown.serialize_field("reason", &self.reason())?;
        shown.end()
    }
}
