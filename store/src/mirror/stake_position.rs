//! Wallets' stakes in pools.

use crate::{Key, U64};

account_record! {
    /// A wallet's stake in a pool. Amounts are in the smallest unit of their mint.
    pub struct StakePositionRow in "stake_position" as "stake_position_row" {
        /// The pool.
        pub pool: Key,
        /// The wallet.
        pub wallet: Key,
        /// What it staked.
        pub staked: U64,
        /// The pool's `per_share_fraction` up to which `owed` counts.
        pub per_share_fraction: U64,
        /// The pool's `per_share_whole`, likewise.
        pub per_share_whole: U64,
        /// Rewards earned and not paid: 2^-64 of a unit.
        pub owed_fraction: U64,
        /// The same: whole units.
        pub owed: U64,
        /// Rewards ever paid.
        pub harvested: U64,
    }
}
