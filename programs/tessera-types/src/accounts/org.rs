use crate::{Address, REFERRAL_LEVELS, TIERS};
use bytemuck::{Pod, Zeroable};

crate::account! {
    /// A business. Seeds: `org`, id. Read-only in charges and awards, so it is never a hot account.
    pub struct Org {
        /// Signs the org's administration.
        pub authority: Address,
        /// Proposed next authority; zero when none.
        pub pending_authority: Address,
        /// Signs price quotes off-chain.
        pub quote_authority: Address,
        /// Wallet that owns the token accounts which plans pay into.
        pub treasury: Address,
        /// Chosen by the creator, unique on the cluster.
        pub id: u64,
        /// When the org was created, Unix seconds.
        pub created_at: i64,
        /// Loyalty tiers by rising threshold; unused ones have a threshold of `u64::MAX`.
        pub tiers: [Tier; TIERS],
        /// How long commission is held before it can be claimed, seconds.
        pub hold_secs: u32,
        /// Commission of each referral level, basis points of the price.
        pub commission_bps: [u16; REFERRAL_LEVELS],
        /// Bit 0: no new subscriptions; bit 1: no charges. Cancelling is never paused.
        pub pause_flags: u8,
        /// Layout version.
        pub version: u8,
        /// Bump of this address.
        pub bump: u8,
        /// Zero, for later fields.
        pub spare: [u8; 35],
    }
    discriminator = [33, 88, 128, 218, 37, 86, 39, 107];
}

impl Org {
    /// Set in `pause_flags`: nobody can subscribe.
    pub const PAUSE_SUBSCRIBE: u8 = 1;
    /// Set in `pause_flags`: nothing is charged.
    pub const PAUSE_CHARGE: u8 = 2;

    /// The highest tier whose threshold `lifetime_points` reaches, counted from 1; 0 is none.
    pub fn tier_for(&self, lifetime_points: u64) -> u8 {
        let mut reached = 0;
        for tier in &self.tiers {
            if lifetime_points < tier.points_threshold {
                break;
            }
            reached += 1;
        }
        reached
    }

    /// Extra points of a tier as returned by [`Org::tier_for`], basis points.
    pub fn boost_bps(&self, tier: u8) -> u16 {
        match tier {
            0 => 0,
            reached => self
                .tiers
                .get(reached as usize - 1)
                .map_or(0, |tier| tier.points_boost_bps),
        }
    }
}

/// A loyalty tier.
#[cfg_attr(
    feature = "program",
    derive(
        anchor_lang::AnchorSerialize,
        anchor_lang::AnchorDeserialize,
        anchor_lang::IdlType
    )
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Tier {
    /// Lifetime points from which the tier holds.
    pub points_threshold: u64,
    /// Extra points on each charge, basis points of the plan's points.
    pub points_boost_bps: u16,
    /// Discount on later charges, basis points; reserved, zero today.
    pub discount_bps: u16,
    /// Zero.
    pub spare: [u8; 4],
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
