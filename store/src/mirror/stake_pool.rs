//! Rewards that orgs stream to those who stake.

use crate::{Key, U64};

account_record! {
    /// Rewards that an org streams to those who stake. Amounts are in the smallest unit of their mint.
    pub struct StakePoolRow in "stake_pool" as "stake_pool_row" {
        /// The org.
        pub org: Key,
        /// Token that is staked.
        pub stake_mint: Key,
        /// Token that is given.
        pub reward_mint: Key,
        /// Token account that holds what is staked.
        pub stake_vault: Key,
        /// Token account that holds what is to be given.
        pub reward_vault: Key,
        /// Chosen by the org.
        pub id: U64,
        /// Program that owns the mint of what is staked.
        pub stake_token_program: Key,
        /// Program that owns the mint of what is given.
        pub reward_token_program: Key,
        /// What is staked in all.
        pub staked: U64,
        /// What a unit that was staked from the start would have got: 2^-64 of one.
        pub per_share_fraction: U64,
        /// The same: whole units.
        pub per_share_whole: U64,
        /// What is streamed between `streams_from` and `streams_until`.
        pub budget: U64,
        /// What of it was streamed so far.
        pub streamed: U64,
        /// Start of the stream, Unix seconds.
        pub streams_from: i64,
        /// End of the stream, Unix seconds.
        pub streams_until: i64,
        /// What was streamed while nothing was staked.
        pub forfeited: U64,
        /// Ever put in.
        pub funded: U64,
        /// Ever paid out.
        pub paid: U64,
        /// Positions that are open.
        pub positions: i64,
        /// Decimals of the mint of what is staked.
        pub stake_decimals: i16,
        /// Decimals of the mint of what is given.
        pub reward_decimals: i16,
    }
}
