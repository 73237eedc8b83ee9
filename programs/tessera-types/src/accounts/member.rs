use crate::{Address, REFERRAL_LEVELS};

crate::account! {
    /// A wallet's standing with an org. Seeds: `member`, org, wallet.
    ///
    /// `points` is always the sum of its charges' points and awards, less redemptions.
    pub struct Member {
        /// The org.
        pub org: Address,
        /// The wallet.
        pub wallet: Address,
        /// Wallets that referred this one, nearest first, set once at registration; zero is none.
        pub referrers: [Address; REFERRAL_LEVELS],
        /// SHA-256 chain over the receipts of this account.
        pub receipt_head: [u8; 32],
        /// Number of receipts.
        pub receipt_seq: u64,
        /// Points that can be redeemed.
        pub points: u64,
        /// Points ever received.
        pub lifetime_points: u64,
        /// When the wallet registered, Unix seconds.
        pub registered_at: i64,
        /// Points in each expiry bucket; reserved, zero today.
        pub expiring_points: [u64; 2],
        /// Epoch in which each bucket expires; reserved, zero today.
        pub expiry_epochs: [u32; 2],
        /// The code that it registered with, zero-padded; zero is none.
        pub code: [u8; 16],
        /// Tier reached by lifetime points, from 1; 0 is none.
        pub tier: u8,
        /// Layout version.
        pub version: u8,
        /// Bump of this address.
        pub bump: u8,
        /// Zero, for later fields.
        pub spare: [u8; 21],
    }
    discriminator = [54, 19, 162, 21, 29, 166, 17, 198];
}

impl Member {
    /// How many referral levels stand above this member.
    pub fn referral_levels(&self) -> usize {
        self.referrers
            .iter()
            .take_while(|referrer| **referrer != crate::NO_ADDRESS)
            .count()
    }
}
