//! Stake pools: their creation and their funding.

use super::{Command, configuration::require_creation};
use crate::{
    address,
    decode::Event,
    model::{Moment, State, Verdict},
};
use tessera_types::{
    Address, TesseraError,
    events::{PoolCreated, PoolFunded},
    limits::MIN_STREAM_SECS,
};

/// An org opens a pool.
#[derive(Debug, Clone, Copy)]
pub struct CreatePool {
    /// The org.
    pub org: Address,
    /// Token that is staked.
    pub stake_mint: Address,
    /// Token that is given; may be the same.
    pub reward_mint: Address,
    /// Above that of every earlier pool of the org.
    pub id: u64,
}

impl Command for CreatePool {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        require_creation(state, verdict);
        let org = verdict.found(state.orgs.get(&self.org), "org")?;
        let rises = self.id > org.highest_pool_id;
        verdict.require(rises, TesseraError::IdNotRising);
        let pool = address::pool(&self.org, self.id);
        let fresh = !state.exists(&pool);
        verdict.require(fresh, TesseraError::AccountExists);
        Some(Event::PoolCreated(PoolCreated {
            receipt: state.receipt(pool, moment),
            org: self.org,
            stake_mint: self.stake_mint,
            reward_mint: self.reward_mint,
            stake_vault: address::stake_vault(&pool),
            reward_vault: address::reward_vault(&pool),
            id: self.id,
        }))
    }
}

/// An org puts rewards in, and streams them with all that is left.
#[derive(Debug, Clone, Copy)]
pub struct FundPool {
    /// The pool.
    pub pool: Address,
    /// What is put in, in the reward mint's smallest unit.
    pub amount: u64,
    /// How long the stream takes, seconds.
    pub secs: u32,
}

impl Command for FundPool {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let pool = verdict.found(state.pools.get(&self.pool), "pool")?;
        verdict.require(self.amount > 0, TesseraError::ZeroAmount);
        let long = self.secs >= MIN_STREAM_SECS;
        verdict.require(long, TesseraError::StreamTooShort);

        let until = moment.now.checked_add(self.secs.into());
        // The stream never exceeds the sum of all fundings.
        let funded = pool.funded.checked_add(self.amount);
        let fits = until.is_some() && funded.is_some();
        verdict.require(fits, TesseraError::ArithmeticOverflow);
        let mut pool = *pool;
        pool.advance(moment.now);
        pool.fund(self.amount, (moment.now, until.unwrap_or(i64::MAX)));
        Some(Event::PoolFunded(PoolFunded {
            receipt: state.receipt(self.pool, moment),
            amount: self.amount,
            budget: pool.budget,
            streams_until: pool.streams_until,
        }))
    }
}
