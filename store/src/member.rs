//! Wallets' standing with orgs.

use crate::{Key, U64};

account_record! {
    /// A wallet's standing with an org.
    pub struct MemberRow in "member" {
        /// The org.
        pub org: Key,
        /// The wallet.
        pub wallet: Key,
        /// Wallet that referred this one.
        pub referrer_1: Option<Key>,
        /// Wallet that referred that one.
        pub referrer_2: Option<Key>,
        /// And the one above.
        pub referrer_3: Option<Key>,
        /// The code that it registered with, without padding.
        pub code: Option<String>,
        /// Points that can be redeemed.
        pub points: U64,
        /// Points ever received.
        pub lifetime_points: U64,
        /// Points to be taken from later ones after a refund.
        pub points_debt: U64,
        /// Unix seconds.
        pub registered_at: i64,
        /// Highest reference of a redemption so far.
        pub highest_reference: U64,
        /// Tier reached, from 1; 0 is none.
        pub tier: i16,
    }
    columns "org, wallet, referrer_1, referrer_2, referrer_3, code, points, lifetime_points, points_debt, registered_at, highest_reference, tier"
}
