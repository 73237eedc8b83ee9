//! Amounts, as decimal strings: JSON numbers lose digits above 2^53.

use super::Key;
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use tessera_store::read::MintSum;
use utoipa::ToSchema;

/// A u64 of the program as a decimal string.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(value_type = String, pattern = "^[0-9]{1,20}$", example = "18446744073709551615")]
pub(crate) struct U64(pub(crate) u64);

/// A sum of u64 values as a decimal string; it can exceed a u64.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(value_type = String, pattern = "^[0-9]+$", example = "25000000")]
pub(crate) struct Sum(pub(crate) Decimal);

/// A sum in one mint.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MintAmount {
    /// The mint.
    mint: Key,
    /// In the mint's smallest unit.
    amount: Sum,
}

/// Sums by mint.
pub(crate) fn mint_amounts(sums: Vec<MintSum>) -> Vec<MintAmount> {
    sums.into_iter()
        .map(|sum| MintAmount {
            mint: sum.mint.into(),
            amount: Sum(sum.amount),
        })
        .collect()
}

impl From<tessera_store::U64> for U64 {
    fn from(value: tessera_store::U64) -> Self {
        Self(value.0)
    }
}

impl Serialize for U64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
