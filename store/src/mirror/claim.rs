//! What wallets got of campaigns.

use crate::{Key, U64};

account_record! {
    /// What a wallet got of a campaign whose claims are kept by wallet, in the mint's smallest unit.
    pub struct ClaimRow in "claim" as "claim_row" {
        /// The campaign.
        pub campaign: Key,
        /// The wallet.
        pub wallet: Key,
        /// The most that a voucher of this wallet showed so far.
        pub entitled: U64,
        /// What of it was paid.
        pub claimed: U64,
    }
}
