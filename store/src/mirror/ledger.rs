//! Commission of members.

use crate::{Key, U64};

account_record! {
    /// Commission of a member in one mint, in its smallest unit.
    pub struct LedgerRow in "ledger" as "ledger_row" {
        /// The org that owes it.
        pub org: Key,
        /// The member's wallet.
        pub wallet: Key,
        /// The mint.
        pub mint: Key,
        /// Becomes claimable at `release_at`.
        pub held: U64,
        /// Unix seconds.
        pub release_at: i64,
        /// Becomes held when `held` is released.
        pub queued: U64,
        /// When all of `queued` has waited long enough, Unix seconds.
        pub queued_release_at: i64,
        /// Can be claimed now.
        pub claimable: U64,
        /// Ever claimed.
        pub claimed: U64,
        /// Owed to the merchant after refunds of what had been claimed.
        pub debt: U64,
        /// When it last accrued, Unix seconds.
        pub accrued_at: i64,
    }
}
