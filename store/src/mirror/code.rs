//! Referral codes.

use crate::Key;

account_record! {
    /// A referral code.
    pub struct CodeRow in "code" as "code_row" {
        /// The org whose members it brings.
        pub org: Key,
        /// Member wallet that earns by it.
        pub owner: Key,
        /// Proposed next owner.
        pub pending_owner: Option<Key>,
        /// Without padding.
        pub code: String,
        /// Unix seconds.
        pub created_at: i64,
    }
}
