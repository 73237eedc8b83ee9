//! Commission of members.

use crate::{Key, U64};

account_record! {
    /// Commission of a member in one mint, in its smallest unit.
    pub struct LedgerRow in "ledger" {
        /// The org that owes it.
        pub org: Key,
        /// The member's wallet.
        pub wallet: Key,
        /// The mint.
        pub mint: Key,
        /// SHA-256 chain over the receipts.
        pub receipt_head: Key,
        /// Number of receipts.
        pub receipt_seq: U64,
        /// Becomes claimable at `release_at`.
        pub held: U64,
        /// Becomes held when `held` is released.
        pub queued: U64,
        /// Unix seconds.
        pub release_at: i64,
        /// Can be claimed now.
        pub claimable: U64,
        /// Ever claimed.
        pub claimed: U64,
        /// Owed back after refunds.
        pub debt: U64,
        /// Hold of each accrual, seconds.
        pub hold_secs: i64,
    }
    columns "org, wallet, mint, receipt_head, receipt_seq, held, queued, release_at, claimable, claimed, debt, hold_secs"
}
