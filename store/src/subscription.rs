//! Wallets' agreements to plans.

use crate::{Key, U64};

account_record! {
    /// A wallet's agreement to a plan, on the terms that it signed.
    pub struct SubscriptionRow in "subscription" {
        /// The plan.
        pub plan: Key,
        /// Who pays.
        pub wallet: Key,
        /// Commission ledger of the nearest referrer.
        pub ledger_1: Option<Key>,
        /// Commission ledger of the second level.
        pub ledger_2: Option<Key>,
        /// Commission ledger of the third level.
        pub ledger_3: Option<Key>,
        /// Who paid for the account.
        pub rent_payer: Key,
        /// SHA-256 chain over the receipts.
        pub receipt_head: Key,
        /// Number of receipts.
        pub receipt_seq: U64,
        /// Locked price of a period, in the mint's smallest unit.
        pub price: U64,
        /// When the wallet last signed terms, Unix seconds.
        pub subscribed_at: i64,
        /// From when the next period can be charged, Unix seconds.
        pub next_due: i64,
        /// Until when service is paid, Unix seconds.
        pub paid_through: i64,
        /// Generation of the authority at the signature.
        pub authority_generation: i64,
        /// Periods paid since the wallet last signed terms.
        pub periods_paid: i64,
        /// Periods after the first that may be collected on these terms.
        pub approved_periods: i64,
        /// Commission of each level at the signature, basis points.
        pub commission_bps: Vec<i32>,
        /// 1 trial, 2 active, 3 past due, 4 cancelled, 5 lapsed.
        pub state: i16,
        /// Failed collections since the last paid period.
        pub attempts: i16,
    }
    columns "plan, wallet, ledger_1, ledger_2, ledger_3, rent_payer, receipt_head, receipt_seq, price, subscribed_at, next_due, paid_through, authority_generation, periods_paid, approved_periods, commission_bps, state, attempts"
}
