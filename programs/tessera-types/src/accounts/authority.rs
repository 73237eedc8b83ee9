use crate::Address;

crate::account! {
    /// The delegate of a wallet's token account, one per mint, because a token account has room for
    /// one delegate only. Seeds: `authority`, wallet, mint.
    pub struct Authority {
        /// The wallet whose tokens it may move, within its subscriptions' terms.
        pub wallet: Address,
        /// The mint.
        pub mint: Address,
        /// Who paid for this account.
        pub rent_payer: Address,
        /// Subscriptions signed under another generation cannot be charged.
        pub generation: u32,
        /// Subscriptions that can still be charged.
        pub live_subscriptions: u32,
        /// Layout version.
        pub version: u8,
        /// Bump of this address.
        pub bump: u8,
        /// Zero, for later fields.
        pub spare: [u8; 14],
    }
    discriminator = [36, 108, 254, 18, 167, 144, 27, 36];
}
