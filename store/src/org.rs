//! Businesses.

use crate::{Key, U64};

account_record! {
    /// A business.
    pub struct OrgRow in "org" {
        /// Signs the org's administration.
        pub authority: Key,
        /// Proposed next authority.
        pub pending_authority: Option<Key>,
        /// Signs price quotes.
        pub quote_authority: Key,
        /// Owns the token accounts which plans pay into.
        pub treasury: Key,
        /// Chosen by the creator.
        pub id: U64,
        /// Unix seconds.
        pub created_at: i64,
        /// Lifetime points from which each tier holds; `u64::MAX` is an unused tier.
        pub tier_thresholds: Vec<U64>,
        /// Extra points of each tier, basis points.
        pub tier_boosts_bps: Vec<i32>,
        /// Discount of each tier, basis points.
        pub tier_discounts_bps: Vec<i32>,
        /// How long commission is held, seconds.
        pub hold_secs: i64,
        /// Commission of each referral level, basis points.
        pub commission_bps: Vec<i32>,
        /// Bit 0: no new subscriptions; bit 1: no charges.
        pub pause_flags: i16,
    }
    columns "authority, pending_authority, quote_authority, treasury, id, created_at, tier_thresholds, tier_boosts_bps, tier_discounts_bps, hold_secs, commission_bps, pause_flags"
}
