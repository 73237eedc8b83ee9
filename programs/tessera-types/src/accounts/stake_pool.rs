use super::Header;
use crate::{
    Address,
    math::{Result, add, later, ratio, share_of},
};

crate::account! {
    /// Rewards that an org streams to those who stake. Seeds: `pool`, org, id.
    ///
    /// What is streamed in a second is shared by what is staked in it, and lost to all when nothing
    /// is. `per_share` is what one unit staked from the start would have got, in 2^-64 of the reward
    /// mint's smallest unit.
    pub struct StakePool {
        /// Version, life, rent payer, receipts.
        pub header: Header,
        /// The org.
        pub org: Address,
        /// Token that is staked.
        pub stake_mint: Address,
        /// Token that is given.
        pub reward_mint: Address,
        /// Token account that holds what is staked.
        pub stake_vault: Address,
        /// Token account that holds what is to be given.
        pub reward_vault: Address,
        /// Chosen by the org.
        pub id: u64,
        /// Program that owns the mint of what is staked.
        pub stake_token_program: Address,
        /// Program that owns the mint of what is given.
        pub reward_token_program: Address,
        /// What is staked in all, in its mint's smallest unit.
        pub staked: u64,
        /// `per_share`, lower half: its fraction.
        pub per_share_fraction: u64,
        /// `per_share`, upper half: whole units.
        pub per_share_whole: u64,
        /// What is streamed between `streams_from` and `streams_until`, in the reward mint's smallest
        /// unit.
        pub budget: u64,
        /// What of it was streamed so far.
        pub streamed: u64,
        /// Start of the stream, Unix seconds.
        pub streams_from: i64,
        /// End of the stream, Unix seconds.
        pub streams_until: i64,
        /// What was streamed while nothing was staked: the next funding streams it again.
        pub forfeited: u64,
        /// Ever put in.
        pub funded: u64,
        /// Ever paid out.
        pub paid: u64,
        /// Positions that are open.
        pub positions: u32,
        /// Bump of the address of what is staked.
        pub stake_vault_bump: u8,
        /// Bump of the address of what is to be given.
        pub reward_vault_bump: u8,
        /// Decimals of the mint of what is staked.
        pub stake_decimals: u8,
        /// Decimals of the mint of what is given.
        pub reward_decimals: u8,
        /// Zero, for later fields.
        pub spare: [u8; 64],
    }
    discriminator = [121, 34, 206, 21, 79, 127, 255, 28];
}

impl StakePool {
    /// Streams what is due by `now` (Unix seconds) to those who are staked.
    #[inline(never)]
    pub fn advance(&mut self, now: i64) -> Result<()> {
        let due = self.due(now);
        let streamed = due - self.streamed;
        self.streamed = due;
        if streamed == 0 {
            return Ok(());
        }
        if self.staked == 0 {
            self.forfeited = add(self.forfeited, streamed)?;
            return Ok(());
        }
        // No overflow: all that was ever streamed is at most `funded`, so `per_share` stays below
        // 2^64 whole units.
        let (whole, fraction) = ratio(streamed, self.staked);
        let sum = self.per_share_fraction.wrapping_add(fraction);
        let carry = u64::from(sum < fraction);
        self.per_share_fraction = sum;
        self.per_share_whole = add(self.per_share_whole, add(whole, carry)?)?;
        Ok(())
    }

    /// What of the budget is streamed by `now`.
    fn due(&self, now: i64) -> u64 {
        let length = self.streams_until.wrapping_sub(self.streams_from) as u32;
        let elapsed = now.saturating_sub(self.streams_from);
        if elapsed >= i64::from(length) {
            return self.budget;
        }
        // A clock behind the stream's start has streamed nothing yet.
        share_of(self.budget, elapsed.max(0) as u32, length).max(self.streamed)
    }

    /// Begins a stream at `now` (Unix seconds), which takes over what is left of the one before and
    /// what was forfeited. The pool is advanced to `now`.
    pub fn fund(&mut self, amount: u64, secs: u32, now: i64) -> Result<()> {
        self.funded = add(self.funded, amount)?;
        let left = add(self.budget - self.streamed, self.forfeited)?;
        self.budget = add(left, amount)?;
        self.streamed = 0;
        self.forfeited = 0;
        self.streams_from = now;
        self.streams_until = later(now, secs)?;
        Ok(())
    }
}
