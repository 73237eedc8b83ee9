//! The program's own settings.

use crate::Key;

account_record! {
    /// The program's own settings, one row.
    pub struct ConfigRow in "config" as "config_row" {
        /// The key that may change these settings and pause orgs.
        pub admin: Key,
        /// Proposed next admin.
        pub pending_admin: Option<Key>,
        /// Highest commission of all referral levels of an org together, basis points.
        pub max_commission_bps: i32,
        /// Bit 0: no org, plan, campaign or stake pool can be created.
        pub pause_flags: i16,
    }
}
