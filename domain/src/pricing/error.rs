//! Why a price book, an offer or a question for a price is refused.

use super::offer::OfferRefusal;
use rust_decimal::Decimal;
use thiserror::Error;

/// A refusal; its text names the field and the rule that the field breaks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PricingError {
    /// A field breaks a rule.
    #[error("{field}: {rule}")]
    Invalid {
        /// Path of the field: `segments.individual.base`.
        field: String,
        /// What the field must obey.
        rule: String,
    },
    /// A result has more digits than a decimal holds, so it would be rounded in silence.
    #[error("{field}: too large to be computed exactly")]
    Overflow {
        /// What was being computed.
        field: String,
    },
    /// The price book has no such segment.
    #[error("segment: {0} is not in the price book")]
    UnknownSegment(String),
    /// Amounts of two mints, or of two scales of one mint, would be mixed.
    #[error("{field}: must be in the price book's currency, mint {mint} with {decimals} decimals")]
    CurrencyMix {
        /// Field in another currency.
        field: String,
        /// Mint of the price book.
        mint: String,
        /// Its decimals.
        decimals: u8,
    },
    /// The offer is not to be had.
    #[error("offer: {0}")]
    Offer(#[from] OfferRefusal),
    /// A price is not a number of token units that fits 64 bits.
    #[error("price: {price} must be a whole number of units, with {decimals} decimals, below 2^64")]
    NotTokenUnits {
        /// The price, in tokens.
        price: Decimal,
        /// Decimals of the mint.
        decimals: u8,
    },
    /// The chain would refuse the price.
    #[error("price: {units} units must lie between the plan's floor {floor} and ceiling {ceiling}")]
    OutsidePlan {
        /// The price, in token units.
        units: u64,
        /// Lowest price that the plan lets be quoted, in token units.
        floor: u64,
        /// Highest price that the plan lets be quoted, in token units.
        ceiling: u64,
    },
}

impl PricingError {
    pub(super) fn invalid(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            rule: rule.into(),
        }
    }

    pub(super) fn overflow(field: impl Into<String>) -> Self {
        Self::Overflow {
            field: field.into(),
        }
    }

    /// The same refusal, its field being a part of `parent`.
    pub(super) fn within(self, parent: &str) -> Self {
        match self {
            Self::Invalid { field, rule } => Self::Invalid {
                field: format!("{parent}.{field}"),
                rule,
            },
            Self::Overflow { field } => Self::Overflow {
                field: format!("{parent}.{field}"),
            },
            other => other,
        }
    }
}
