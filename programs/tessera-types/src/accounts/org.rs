use super::Header;
use crate::{Address, REFERRAL_LEVELS, TIERS};

crate::account! {
    /// A business. Seeds: `org`, creator, id: nobody but the creator can take an id that it
    /// announced. Read-only in charges and awards, so it is never a hot account.
    pub struct Org {
        /// Version, life, rent payer, receipts.
        pub header: Header,
        /// Who created it: the first authority, part of the address for good.
        pub creator: Address,
        /// Chosen by the creator.
        pub id: u64,
        /// First bytes of the cluster's genesis hash, as the creator stated them: quotes name it,
        /// so one that is signed for another cluster's org of this address is void here.
        pub cluster_tag: [u8; 8],
        /// What the authority may change.
        pub settings: OrgSettings,
        /// Signs the org's administration.
        pub authority: Address,
        /// Proposed next authority; zero when none.
        pub pending_authority: Address,
        /// When the org was created, Unix seconds.
        pub created_at: i64,
        /// Highest id of a plan so far; the next one's is above it.
        pub highest_plan_id: u64,
        /// Highest id of a campaign so far; the next one's is above it.
        pub highest_campaign_id: u64,
        /// Highest id of a stake pool so far; the next one's is above it.
        pub highest_pool_id: u64,
        /// Plans, issuers, campaigns and stake pools that are open: with any, the org stays.
        pub open_accounts: u32,
        /// Plans that are open and came to a vault which an earlier plan had created: with any, no
        /// vault closes.
        pub plans_on_vaults: u32,
        /// What the program's admin has paused, in the bits of `pause_flags`; the org cannot lift
        /// it.
        pub admin_pause_flags: u8,
        /// Zero, for later fields.
        pub spare: [u8; 55],
    }
    discriminator = [33, 88, 128, 218, 37, 86, 39, 107];
}

crate::bits! {
    Org {
        /// Set in `pause_flags`: nobody can subscribe, resume or change the plan.
        pub const PAUSE_SUBSCRIBE: u8 = 1;
        /// Set in `pause_flags`: nothing is charged, and no invoice is paid.
        pub const PAUSE_CHARGE: u8 = 2;
    }
}

crate::part! {
    /// What an org's authority may change. Nothing of it reaches a subscription that is signed
    /// already.
    pub struct OrgSettings {
        /// Signs price quotes and invoices off-chain.
        pub quote_authority: Address,
        /// Signs usage of metered plans; zero when there are none.
        pub meter_authority: Address,
        /// Wallet that owns the token accounts which new plans pay into.
        pub treasury: Address,
        /// Loyalty tiers by rising threshold; unused ones have a threshold of `u64::MAX`.
        pub tiers: [Tier; TIERS],
        /// How long commission of new subscriptions is held before it can be claimed, seconds.
        pub hold_secs: u32,
        /// Length of an epoch in which points are counted together until they expire, seconds; 0:
        /// points do not expire.
        pub points_epoch_secs: u32,
        /// Commission of each referral level of new subscriptions, basis points of the price.
        pub commission_bps: [u16; REFERRAL_LEVELS],
        /// [`Org::PAUSE_SUBSCRIBE`], [`Org::PAUSE_CHARGE`], the rest zero. Cancelling is never
        /// paused.
        pub pause_flags: u8,
        /// Whole epochs that points live beyond the one in which they were earned, at most 3.
        pub points_expiry_epochs: u8,
    }
}

impl Org {
    /// Whether the org or the program's admin paused what `flag` names.
    pub fn is_paused(&self, flag: u8) -> bool {
        (self.settings.pause_flags | self.admin_pause_flags) & flag != 0
    }

    /// The highest tier whose threshold `lifetime_points` reaches, counted from 1; 0 is none.
    pub fn tier_for(&self, lifetime_points: u64) -> u8 {
        // Nobody reaches an unused tier, whose threshold is `u64::MAX`.
        let lifetime_points = lifetime_points.min(u64::MAX - 1);
        let mut reached = 0;
        for tier in &self.settings.tiers {
            if lifetime_points < tier.points_threshold {
                break;
            }
            reached += 1;
        }
        reached
    }
}

crate::part! {
    /// A loyalty tier.
    pub struct Tier {
        /// Lifetime points from which the tier holds.
        pub points_threshold: u64,
        /// Extra points on each charge, basis points of the plan's points.
        pub points_boost_bps: u16,
        /// Discount on each payment of a subscription, basis points of the price.
        pub discount_bps: u16,
        /// Zero.
        pub spare: [u8; 4],
    }
}

impl Tier {
    /// A tier that nobody reaches.
    pub const UNUSED: Self = Self {
        points_threshold: u64::MAX,
        points_boost_bps: 0,
        discount_bps: 0,
        spare: [0; 4],
    };
}
