//! What every account of the program begins with.

use super::{Hex, Key, U64};
use serde::Serialize;
use utoipa::ToSchema;

/// What every account begins with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountHeader)]
pub(crate) struct Header {
    /// Slot of the account's creation: an address that is closed and opened again begins a later
    /// life, and its receipts name their life.
    life: U64,
    /// Who paid for the account and gets the rent back.
    rent_payer: Key,
    /// Number of receipts in this life.
    receipt_seq: U64,
    /// SHA-256 chain over them.
    receipt_head: Hex,
}

/// The header of an account's row.
macro_rules! header {
    ($row:expr) => {
        $crate::wire::Header::new(
            $row.life,
            $row.rent_payer,
            $row.receipt_seq,
            $row.receipt_head,
        )
    };
}
pub(crate) use header;

impl Header {
    pub(crate) fn new(
        life: tessera_store::U64,
        rent_payer: tessera_store::Key,
        receipt_seq: tessera_store::U64,
        receipt_head: tessera_store::Key,
    ) -> Self {
        Self {
            life: life.into(),
            rent_payer: rent_payer.into(),
            receipt_seq: receipt_seq.into(),
            receipt_head: receipt_head.into(),
        }
    }
}
