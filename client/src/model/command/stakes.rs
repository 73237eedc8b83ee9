//! Staking, unstaking and harvesting.

use super::Command;
use crate::{
    address,
    decode::Event,
    model::{
        Moment, State, Verdict,
        rules::{self, PositionState},
    },
};
use tessera_types::{
    Address, TesseraError,
    events::{Harvested, Staked, Unstaked},
};

/// A wallet stakes.
#[derive(Debug, Clone, Copy)]
pub struct Stake {
    /// The pool.
    pub pool: Address,
    /// The wallet's position in it.
    pub position: Address,
    /// The wallet.
    pub wallet: Address,
    /// What is added, in the mint's smallest unit.
    pub amount: u64,
}

impl Command for Stake {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        verdict.require(self.amount > 0, TesseraError::ZeroAmount);
        let pool = verdict.found(state.pools.get(&self.pool), "pool")?;
        let staked = match state.positions.get(&self.position) {
            Some(position) => {
                let same = position.pool == self.pool;
                verdict.require(same, TesseraError::WrongPool);
                let own = position.wallet == self.wallet;
                verdict.require(own, TesseraError::WrongWallet);
                position.staked
            }
            None if state.exists(&self.position) => return verdict.found(None, "position"),
            None => {
                let derived = address::position(&self.pool, &self.wallet);
                let placed = self.position == derived;
                verdict.require(placed, TesseraError::WrongAddress);
                0
            }
        };
        let sums = [staked, pool.staked].map(|it| u128::from(it) + u128::from(self.amount));
        let fits = sums.iter().all(|it| u64::try_from(*it).is_ok());
        verdict.require(fits, TesseraError::ArithmeticOverflow);
        Some(Event::Staked(Staked {
            receipt: state.receipt(self.position, moment),
            pool: self.pool,
            wallet: self.wallet,
            amount: self.amount,
            staked: rules::word(sums[0]),
        }))
    }
}

/// A wallet takes out what it staked.
#[derive(Debug, Clone, Copy)]
pub struct Unstake {
    /// The position.
    pub position: Address,
    /// How much, in the mint's smallest unit; `u64::MAX` is all.
    pub amount: u64,
}

impl Command for Unstake {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let position = met(&self.position, state, moment, verdict)?;
        let amount = match self.amount {
            u64::MAX => position.staked,
            amount => amount,
        };
        verdict.require(amount > 0, TesseraError::ZeroAmount);
        let covered = amount <= position.staked;
        verdict.require(covered, TesseraError::StakeTooSmall);
        Some(Event::Unstaked(Unstaked {
            receipt: state.receipt(self.position, moment),
            amount,
            staked: position.staked.saturating_sub(amount),
        }))
    }
}

/// A wallet harvests all whole units that its stake earned; the fraction stays.
#[derive(Debug, Clone, Copy)]
pub struct Harvest {
    /// The position.
    pub position: Address,
    /// Token account that receives them.
    pub destination: Address,
}

impl Command for Harvest {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let position = met(&self.position, state, moment, verdict)?;
        let amount = position.whole();
        verdict.require(amount > 0, TesseraError::NothingToHarvest);
        Some(Event::Harvested(Harvested {
            receipt: state.receipt(self.position, moment),
            amount,
            destination: self.destination,
        }))
    }
}

/// A position, settled up to the moment.
fn met(
    address: &Address,
    state: &State,
    moment: Moment,
    verdict: &mut Verdict,
) -> Option<PositionState> {
    let mut position = *verdict.found(state.positions.get(address), "position")?;
    let mut pool = *verdict.found(state.pools.get(&position.pool), "pool")?;
    pool.advance(moment.now);
    position.settle(&pool);
    Some(position)
}
