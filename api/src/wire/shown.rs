//! What the mirror shows of an account, and whether it can still vanish.

use serde::Serialize;
use utoipa::ToSchema;

/// Whether something can still vanish from the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Finality {
    /// It can, if the network abandons its block.
    Confirmed,
    /// It cannot.
    Finalized,
}

impl Finality {
    /// Of what was read or happened at `slot`, when everything through `final_slot` stays.
    pub(crate) fn at(slot: i64, final_slot: i64) -> Self {
        match slot <= final_slot {
            true => Self::Finalized,
            false => Self::Confirmed,
        }
    }
}

/// An account as it was read, and whether that reading can still vanish.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Shown<T> {
    #[serde(flatten)]
    row: T,
    /// Whether what the row says can still vanish.
    finality: Finality,
}

impl<T> Shown<T> {
    /// `row`, which was read at `slot`, when everything through `final_slot` stays.
    pub(crate) fn new(slot: i64, row: impl Into<T>, final_slot: i64) -> Self {
        Self {
            row: row.into(),
            finality: Finality::at(slot, final_slot),
        }
    }
}
