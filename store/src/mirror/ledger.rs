//! Commission of members.

use crate::{Key, U64};

account_record! {
    /// A member's commission in one mint. Amounts are in its smallest unit.
    pub struct LedgerRow in "ledger" as "ledger_row" {
        /// The org that owes it.
        pub org: Key,
        /// The member's wallet.
        pub wallet: Key,
        /// Address of the mint.
        pub mint: Key,
        /// Becomes claimable at `release_at`.
        pub held: U64,
        /// When `held` becomes claimable, Unix seconds.
        pub release_at: i64,
        /// Becomes held when `held` is released.
        pub queued: U64,
        /// When all of `queued` has been held long enough, Unix seconds.
        pub queued_release_at: i64,
        /// Can be claimed now.
        pub claimable: U64,
        /// Claimed so far.
        pub claimed: U64,
        /// Owed to the merchant after refunds of charges whose commission had already been claimed.
        pub debt: U64,
        /// When commission last accrued, Unix seconds.
        pub accrued_at: i64,
    }
}
