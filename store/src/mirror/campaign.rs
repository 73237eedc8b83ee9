//! Tokens that orgs give away by vouchers.

use crate::{Key, U64};

account_record! {
    /// Tokens that an org gives to the wallets on a list. Amounts are in the mint's smallest unit.
    pub struct CampaignRow in "campaign" as "campaign_row" {
        /// The org that gives the tokens.
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
        /// From when they can no longer be claimed, Unix seconds.
        pub closes_at: i64,
        /// From when a claim vests, Unix seconds.
        pub vesting_starts_at: i64,
        /// Merkle root over the vouchers.
        pub root: Key,
        /// How long after the start of vesting nothing can be paid, seconds.
        pub cliff_secs: i64,
        /// How long it takes to vest in full, seconds; 0: claims are paid in full.
        pub vesting_secs: i64,
        /// Bit 0: amounts are cumulative.
        pub flags: i16,
        /// Decimals of the mint.
        pub decimals: i16,
        /// Claimed so far in all.
        pub claimed: U64,
    }
}
