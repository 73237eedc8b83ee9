use super::Header;
use crate::Address;

crate::account! {
    /// The delegate of one token account, which has room for one only. Seeds: `authority`, token
    /// account.
    pub struct Authority {
        /// Version, life, rent payer; it is about no receipts of its own.
        pub header: Header,
        /// The wallet whose tokens it may move, within its subscriptions' terms.
        pub wallet: Address,
        /// The mint.
        pub mint: Address,
        /// The token account that it is the delegate of.
        pub token_account: Address,
        /// Subscriptions signed under another generation cannot be charged. It rises whenever the
        /// token account is met without the approval that stands here, and never below the slot
        /// of that moment, so no later life repeats one.
        pub generation: u64,
        /// What the subscriptions of this generation that nobody has ended may still collect, in the
        /// mint's smallest unit; the token account approves at least that.
        pub outstanding: u64,
        /// Subscriptions of this generation that nobody has ended.
        pub live_subscriptions: u32,
        /// Zero, for later fields.
        pub spare: [u8; 36],
    }
    discriminator = [36, 108, 254, 18, 167, 144, 27, 36];
}
