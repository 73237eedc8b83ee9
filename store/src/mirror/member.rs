//! Wallets' standing with orgs.

use crate::{Key, U64};

account_record! {
    /// A wallet's standing with an org.
    pub struct MemberRow in "member" as "member_row" {
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
        /// Points that could be redeemed after the last receipt; what has expired since is among them.
        pub points: U64,
        /// Points ever received, less what refunds took back.
        pub lifetime_points: U64,
        /// Points that later ones make up for, after a refund of what had been spent.
        pub points_debt: U64,
        /// Unix seconds.
        pub registered_at: i64,
        /// Highest reference of a redemption so far.
        pub highest_reference: U64,
        /// Points that expire, the earliest first; 0 is an empty place.
        pub expiring_points: Vec<U64>,
        /// When they expire, Unix seconds.
        pub expires_at: Vec<i64>,
        /// Tier reached, from 1; 0 is none.
        pub tier: i16,
        /// Bit 0: it had its trial.
        pub flags: i16,
    }
}
