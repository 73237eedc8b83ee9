//! Businesses.

use crate::{Key, U64};

account_record! {
    /// A business.
    pub struct OrgRow in "org" as "org_row" {
        /// The key that created it; part of its address.
        pub creator: Key,
        /// Signs the org's administration.
        pub authority: Key,
        /// Proposed next authority.
        pub pending_authority: Option<Key>,
        /// Signs price quotes.
        pub quote_authority: Key,
        /// Signs usage of metered plans.
        pub meter_authority: Option<Key>,
        /// Owns the token accounts which plans pay into.
        pub treasury: Key,
        /// Chosen by the creator.
        pub id: U64,
        /// When it was created, Unix seconds.
        pub created_at: i64,
        /// First bytes of the cluster's genesis hash, as the creator stated them.
        pub cluster_tag: [u8; 8],
        /// Lifetime points at which each tier begins; `u64::MAX` is an unused tier.
        pub tier_thresholds: Vec<U64>,
        /// Extra points of each tier, basis points.
        pub tier_boosts_bps: Vec<i32>,
        /// Discount of each tier, basis points.
        pub tier_discounts_bps: Vec<i32>,
        /// How long commission of new subscriptions is held, seconds.
        pub hold_secs: i64,
        /// Length of an epoch, whose points expire together, seconds; 0: points do not expire.
        pub points_epoch_secs: i64,
        /// Commission of each referral level of new subscriptions, basis points.
        pub commission_bps: Vec<i32>,
        /// Bit 0: no new subscriptions; bit 1: no charges.
        pub pause_flags: i16,
        /// The same bits, set by the program's admin; the org cannot lift them.
        pub admin_pause_flags: i16,
        /// Whole epochs that points last beyond the one in which they were earned.
        pub points_expiry_epochs: i16,
        /// Highest id of a plan so far.
        pub highest_plan_id: U64,
        /// Highest id of a campaign so far.
        pub highest_campaign_id: U64,
        /// Highest id of a stake pool so far.
        pub highest_pool_id: U64,
        /// Plans, issuers, campaigns and stake pools that are open.
        pub open_accounts: i64,
        /// Open plans that use a vault which an earlier plan created.
        pub plans_on_vaults: i64,
    }
}
