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
        /// SHA-256 chain over the receipts.
        pub receipt_head: Key,
        /// Number of receipts.
        pub receipt_seq: U64,
        /// Points that can be redeemed.
        pub points: U64,
        /// Points ever received.
        pub lifetime_points: U64,
        /// Unix seconds.
        pub registered_at: i64,
        /// The code that it registered with, without padding.
        pub code: Option<String>,
        /// Tier reached, from 1; 0 is none.
        pub tier: i16,
    }
    columns "org, wallet, referrer_1, referrer_2, referrer_3, receipt_head, receipt_seq, points, lifetime_points, registered_at, code, tier"
}
