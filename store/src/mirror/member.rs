//! Wallets' standing with orgs.

use crate::{Key, U64};

account_record! {
    /// A wallet's standing with an org.
    pub struct MemberRow in "member" as "member_row" {
        /// Address of the org.
        pub org: Key,
        /// The wallet.
        pub wallet: Key,
        /// Wallet that referred this one.
        pub referrer_1: Option<Key>,
        /// Wallet that referred `referrer_1`.
        pub referrer_2: Option<Key>,
        /// Wallet that referred `referrer_2`.
        pub referrer_3: Option<Key>,
        /// The code that it registered with, without padding.
        pub code: Option<String>,
        /// Redeemable points as of the last receipt; points that have expired since are included.
        pub points: U64,
        /// Points received so far, less what refunds took back.
        pub lifetime_points: U64,
        /// Points that are deducted from later ones, after a refund of points that had been spent.
        pub points_debt: U64,
        /// When it registered, Unix seconds.
        pub registered_at: i64,
        /// Highest reference of a redemption so far.
        pub highest_reference: U64,
        /// Points that expire, earliest first; 0 is an empty place.
        pub expiring_points: Vec<U64>,
        /// When each of `expiring_points` expires, Unix seconds.
        pub expires_at: Vec<i64>,
        /// Tier reached, from 1; 0 is none.
        pub tier: i16,
        /// Bit 0: the trial has been used.
        pub flags: i16,
    }
}
