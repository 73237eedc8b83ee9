//! Token delegates.

use crate::{Key, U64};

account_record! {
    /// The delegate of a token account.
    pub struct AuthorityRow in "authority" as "authority_row" {
        /// The wallet whose tokens it may move.
        pub wallet: Key,
        /// Address of the mint.
        pub mint: Key,
        /// Address of the token account.
        pub token_account: Key,
        /// Grows when the token account is found without the recorded approval; subscriptions
        /// signed under another generation cannot be charged.
        pub generation: U64,
        /// What the token account approves, in the mint's smallest unit.
        pub outstanding: U64,
        /// Subscriptions of this generation that nobody has ended.
        pub live_subscriptions: i64,
    }
}
