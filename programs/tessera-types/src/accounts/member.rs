use super::Header;
use crate::{Address, REFERRAL_LEVELS};

crate::account! {
    /// A wallet's standing with an org. Seeds: `member`, org, wallet. Never closes, because it says
    /// who referred the wallet.
    ///
    /// `points - points_debt` is always the sum of its payments' points and awards, less redemptions,
    /// expired points and what refunds took back.
    pub struct Member {
        /// Version, life, rent payer, receipts.
        pub header: Header,
        /// The org.
        pub org: Address,
        /// The wallet.
        pub wallet: Address,
        /// Wallets that referred this one, nearest first, set once at registration; zero is none.
        pub referrers: [Address; REFERRAL_LEVELS],
        /// The code that it registered with, zero-padded; zero is none.
        pub code: [u8; 16],
        /// Points that can be redeemed; saturates.
        pub points: u64,
        /// Points ever received, less what refunds took back; saturates.
        pub lifetime_points: u64,
        /// Points that later ones make up for, after a refund of what had been spent.
        pub points_debt: u64,
        /// When the wallet registered, Unix seconds.
        pub registered_at: i64,
        /// Highest reference of a redemption so far.
        pub highest_reference: u64,
        /// Which references up to the highest are used; see [the window](crate::window).
        pub used_references: [u64; MEMBER_WINDOW],
        /// Points that expire, the earliest first; zero is an empty place, and empty ones stand last.
        /// What `points` holds beyond them never expires.
        pub expiring_points: [u64; EXPIRY_BUCKETS],
        /// When they expire, Unix seconds, rising.
        pub expires_at: [i64; EXPIRY_BUCKETS],
        /// Tier reached by lifetime points, from 1; 0 is none.
        pub tier: u8,
        /// [`Member::TRIAL_USED`], the rest zero.
        pub flags: u8,
        /// Zero, for later fields.
        pub spare: [u8; 46],
    }
    discriminator = [54, 19, 162, 21, 29, 166, 17, 198];
}

crate::bits! {
    Member {
        /// Set in `flags`: the wallet had a trial with this org. It stands here because a member
        /// never closes.
        pub const TRIAL_USED: u8 = 1;
    }
}

/// Words of a member's window: references up to 64 below the highest can still be used.
pub const MEMBER_WINDOW: usize = 2;

/// Buckets that points can expire in.
pub const EXPIRY_BUCKETS: usize = 4;

impl Member {
    /// How many referral levels stand above this member.
    pub fn referral_levels(&self) -> usize {
        self.referrers
            .iter()
            .take_while(|referrer| **referrer != crate::NO_ADDRESS)
            .count()
    }
}
