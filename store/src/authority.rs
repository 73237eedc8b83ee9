//! Token delegates.

use crate::Key;

account_record! {
    /// The delegate of a wallet's token account for one mint.
    pub struct AuthorityRow in "authority" {
        /// The wallet whose tokens it may move.
        pub wallet: Key,
        /// The mint.
        pub mint: Key,
        /// Who paid for the account.
        pub rent_payer: Key,
        /// Subscriptions signed under another generation cannot be charged.
        pub generation: i64,
        /// Subscriptions that can still be charged.
        pub live_subscriptions: i64,
    }
    columns "wallet, mint, rent_payer, generation, live_subscriptions"
}
