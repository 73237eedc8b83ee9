//! Referral codes.

use crate::Key;

account_record! {
    /// A referral code.
    pub struct CodeRow in "code" as "code_row" {
        /// The org that it brings members to.
        pub org: Key,
        /// The member's wallet that earns commission by it.
        pub owner: Key,
        /// Proposed next owner.
        pub pending_owner: Option<Key>,
        /// The code's text without padding.
        pub code: String,
        /// When it was created, Unix seconds.
        pub created_at: i64,
    }
}
