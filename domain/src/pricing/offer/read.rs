//! The urgency and the reduction of an offer from JSON.

use super::{Reduction, Urgency};
use crate::{
    pricing::{
        decimal_text,
        kind::{given, only},
    },
    time::Timestamp,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};

/// The fields of all kinds of urgency.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UrgencyFields {
    kind: UrgencyKind,
    expires_at: Option<Timestamp>,
    stock: Option<u64>,
    until: Option<Timestamp>,
    first_n: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum UrgencyKind {
    LimitedTime,
    CapacityLimited,
    EarlyBird,
}

/// The fields of all kinds of reductions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReductionFields {
    kind: ReductionKind,
    #[serde(default, with = "decimal_text::option")]
    factor: Option<Decimal>,
    #[serde(default, with = "decimal_text::option")]
    amount: Option<Decimal>,
    mint: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReductionKind {
    Factor,
    AmountOff,
}

impl<'de> Deserialize<'de> for Urgency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let UrgencyFields {
            kind,
            expires_at,
            stock,
            until,
            first_n,
        } = UrgencyFields::deserialize(deserializer)?;
        let fields = [
            ("expires_at", expires_at.is_some()),
            ("stock", stock.is_some()),
            ("until", until.is_some()),
            ("first_n", first_n.is_some()),
        ];
        match kind {
            UrgencyKind::LimitedTime => {
                only(&fields, &["kind", "expires_at"])?;
                let expires_at = given(expires_at, "expires_at")?;
                Ok(Self::LimitedTime { expires_at })
            }
            UrgencyKind::CapacityLimited => {
                only(&fields, &["kind", "stock"])?;
                let stock = given(stock, "stock")?;
                Ok(Self::CapacityLimited { stock })
            }
            UrgencyKind::EarlyBird => {
                only(&fields, &["kind", "until", "first_n"])?;
                let until = given(until, "until")?;
                let first_n = given(first_n, "first_n")?;
                Ok(Self::EarlyBird { until, first_n })
            }
        }
    }
}

impl<'de> Deserialize<'de> for Reduction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ReductionFields {
            kind,
            factor,
            amount,
            mint,
        } = ReductionFields::deserialize(deserializer)?;
        let fields = [
            ("factor", factor.is_some()),
            ("amount", amount.is_some()),
            ("mint", mint.is_some()),
        ];
        match kind {
            ReductionKind::Factor => {
                only(&fields, &["kind", "factor"])?;
                let factor = given(factor, "factor")?;
                Ok(Self::Factor { factor })
            }
            ReductionKind::AmountOff => {
                only(&fields, &["kind", "amount", "mint"])?;
                let amount = given(amount, "amount")?;
                let mint = given(mint, "mint")?;
                Ok(Self::AmountOff { amount, mint })
            }
        }
    }
}
