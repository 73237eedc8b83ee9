//! What wallets received from campaigns.

use crate::{Key, U64};

account_record! {
    /// What a wallet received from a campaign whose claims are kept by wallet, in the mint's
    /// smallest unit.
    pub struct ClaimRow in "claim" as "claim_row" {
        /// Address of the campaign.
        pub campaign: Key,
        /// The wallet that claims.
        pub wallet: Key,
        /// The highest amount of a voucher that this wallet has shown.
        pub entitled: U64,
        /// How much of it has been paid.
        pub claimed: U64,
    }
}
