//! Keys that award points.

use crate::{Key, U64};

account_record! {
    /// A key that may award an org's points, within a budget per epoch.
    pub struct IssuerRow in "issuer" as "issuer_row" {
        /// Address of the org.
        pub org: Key,
        /// The key that signs awards.
        pub key: Key,
        /// Points that may be awarded in one epoch; 0 disables the issuer.
        pub epoch_budget: U64,
        /// Points awarded in the current epoch.
        pub epoch_used: U64,
        /// Start of the current epoch, Unix seconds.
        pub epoch_started_at: i64,
        /// Highest reference of an award so far.
        pub highest_reference: U64,
        /// Length of an epoch, seconds.
        pub epoch_secs: i64,
    }
}
