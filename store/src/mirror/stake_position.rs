//! Wallets' stakes in pools.

use crate::{Key, U64};

account_record! {
    /// A wallet's stake in a pool. Amounts are in the smallest unit of their mint.
    pub struct StakePositionRow in "stake_position" as "stake_position_row" {
        /// Address of the pool.
        pub pool: Key,
        /// The wallet.
        pub wallet: Key,
        /// Amount staked.
        pub staked: U64,
        /// The pool's `per_share_fraction` up to which `owed` counts.
        pub per_share_fraction: U64,
        /// The pool's `per_share_whole`, likewise.
        pub per_share_whole: U64,
        /// Rewards earned and not paid, in 2^-64 of a unit.
        pub owed_fraction: U64,
        /// Whole units of the same rewards.
        pub owed: U64,
        /// Rewards paid so far.
        pub harvested: U64,
    }
}
