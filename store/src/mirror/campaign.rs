//! Tokens that orgs give by vouchers.

use crate::{Key, U64};

account_record! {
    /// Tokens that an org gives to wallets on a list. Amounts are in the mint's smallest unit.
    pub struct CampaignRow in "campaign" as "campaign_row" {
        /// The org that gives.
        pub org: Key,
        /// Token that is given.
        pub mint: Key,
        /// Program that owns the mint.
        pub token_program: Key,
        /// Token account that holds what is given.
        pub vault: Key,
        /// Chosen by the org.
        pub id: U64,
        /// Most that may be claimed in all.
        pub cap: U64,
        /// From when vouchers can be claimed, Unix seconds.
        pub opens_at: i64,
        /// From when they cannot any more, Unix seconds.
        pub closes_at: i64,
        /// From when a claim vests, Unix seconds.
        pub vesting_starts_at: i64,
        /// Merkle root over the vouchers.
        pub root: Key,
        /// For how long after that nothing of it can be paid, seconds.
        pub cliff_secs: i64,
        /// How long it takes to vest in full, seconds; 0: claims are paid in full.
        pub vesting_secs: i64,
        /// Bit 0: amounts are cumulative.
        pub flags: i16,
        /// Decimals of the mint.
        pub decimals: i16,
        /// What was claimed in all.
        pub claimed: U64,
    }
}
