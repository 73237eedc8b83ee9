//! Paid invoices.

use crate::{Key, U64};

account_record! {
    /// A paid invoice. Amounts are in the mint's smallest unit.
    pub struct InvoiceRow in "invoice" as "invoice_row" {
        /// Plan whose mint, destination and vault the payment used.
        pub plan: Key,
        /// The wallet that paid.
        pub wallet: Key,
        /// Commission ledger of the nearest referrer.
        pub ledger_1: Option<Key>,
        /// Commission ledger of the second level.
        pub ledger_2: Option<Key>,
        /// Commission ledger of the third level.
        pub ledger_3: Option<Key>,
        /// Chosen by the org.
        pub id: U64,
        /// Until when it could be paid, Unix seconds.
        pub deadline: i64,
        /// When it was paid, Unix seconds.
        pub paid_at: i64,
        /// What was taken from the payer.
        pub debit: U64,
        /// How much of it was refunded.
        pub refunded: U64,
        /// Points that it awarded.
        pub points: U64,
        /// Commission of each level, basis points.
        pub commission_bps: Vec<i32>,
        /// Bits as in a subscription's `period_flags`.
        pub flags: i16,
    }
}
