//! Rewards that orgs stream to those who stake.

use crate::{Key, U64};

account_record! {
    /// Rewards that an org streams to those who stake. Amounts are in the smallest unit of their mint.
    pub struct StakePoolRow in "stake_pool" as "stake_pool_row" {
        /// Address of the org.
        pub org: Key,
        /// Token that is staked.
        pub stake_mint: Key,
        /// Token that is given as reward.
        pub reward_mint: Key,
        /// Token account that holds what is staked.
        pub stake_vault: Key,
        /// Token account that holds the rewards.
        pub reward_vault: Key,
        /// Chosen by the org.
        pub id: U64,
        /// Program that owns `stake_mint`.
        pub stake_token_program: Key,
        /// Program that owns `reward_mint`.
        pub reward_token_program: Key,
        /// Total of all stakes.
        pub staked: U64,
        /// Reward of a unit that was staked from the start, in 2^-64 of a unit.
        pub per_share_fraction: U64,
        /// Whole units of the same reward.
        pub per_share_whole: U64,
        /// Reward streamed between `streams_from` and `streams_until`.
        pub budget: U64,
        /// The part of `budget` streamed so far.
        pub streamed: U64,
        /// Start of the stream, Unix seconds.
        pub streams_from: i64,
        /// End of the stream, Unix seconds.
        pub streams_until: i64,
        /// Reward streamed while nothing was staked.
        pub forfeited: U64,
        /// Reward paid in so far.
        pub funded: U64,
        /// Reward paid out so far.
        pub paid: U64,
        /// Positions that are open.
        pub positions: i64,
        /// Decimals of `stake_mint`.
        pub stake_decimals: i16,
        /// Decimals of `reward_mint`.
        pub reward_decimals: i16,
    }
}
