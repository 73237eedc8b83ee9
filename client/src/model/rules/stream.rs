//! What pools and positions hold: rewards stream by the second to what is staked, exactly.

use super::part_of;
use tessera_types::Address;

/// What a pool's account must hold; `per_share` in 2^-64 of the reward mint's smallest unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "checkpoint",
    derive(borsh::BorshSerialize, borsh::BorshDeserialize)
)]
pub(crate) struct PoolState {
    pub(crate) org: Address,
    pub(crate) stake_mint: Address,
    pub(crate) reward_mint: Address,
    pub(crate) stake_vault: Address,
    pub(crate) reward_vault: Address,
    pub(crate) id: u64,
    pub(crate) staked: u64,
    pub(crate) per_share: u128,
    pub(crate) budget: u64,
    pub(crate) streamed: u64,
    pub(crate) streams_from: i64,
    pub(crate) streams_until: i64,
    pub(crate) forfeited: u64,
    pub(crate) funded: u64,
    pub(crate) paid: u64,
    pub(crate) positions: u32,
}

/// What a position's account must hold; `owed` in 2^-64 of the reward mint's smallest unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "checkpoint",
    derive(borsh::BorshSerialize, borsh::BorshDeserialize)
)]
pub(crate) struct PositionState {
    pub(crate) pool: Address,
    pub(crate) wallet: Address,
    pub(crate) staked: u64,
    pub(crate) per_share: u128,
    pub(crate) owed: u128,
    pub(crate) harvested: u64,
}

impl PoolState {
    /// How much of the budget is streamed by `now` (Unix seconds).
    fn due(&self, now: i64) -> u64 {
        let from = i128::from(self.streams_from);
        let length = i128::from(self.streams_until) - from;
        let elapsed = (i128::from(now) - from).max(0);
        if elapsed >= length {
            return self.budget;
        }
        let elapsed = elapsed.unsigned_abs();
        // A clock that goes back takes nothing back.
        part_of(self.budget.into(), elapsed, length.unsigned_abs()).max(self.streamed)
    }

    /// Shares what is streamed by `now` among the stakes; what is streamed while nothing is staked
    /// goes back to the budget at the next funding.
    pub(crate) fn advance(&mut self, now: i64) {
        let due = self.due(now);
        let streamed = due - self.streamed.min(due);
        self.streamed = due;
        if self.staked == 0 {
            self.forfeited = self.forfeited.saturating_add(streamed);
        } else {
            let share = (u128::from(streamed) << 64) / u128::from(self.staked);
            self.per_share = self.per_share.saturating_add(share);
        }
    }

    /// Begins a stream between two times (Unix seconds), to the first of which the pool was
    /// advanced.
    pub(crate) fn fund(&mut self, amount: u64, (from, until): (i64, i64)) {
        let left = self.budget.saturating_sub(self.streamed);
        self.budget = left.saturating_add(self.forfeited).saturating_add(amount);
        self.funded = self.funded.saturating_add(amount);
        (self.streamed, self.forfeited) = (0, 0);
        (self.streams_from, self.streams_until) = (from, until);
    }
}

impl PositionState {
    /// Books what the stake earned since the last settlement.
    pub(crate) fn settle(&mut self, pool: &PoolState) {
        let grown = pool.per_share.saturating_sub(self.per_share);
        // A stake earns at most what was funded, so 128 bits suffice.
        let earned = grown.saturating_mul(self.staked.into());
        self.owed = self.owed.saturating_add(earned);
        self.per_share = pool.per_share;
    }

    /// Whole units that can be harvested.
    pub(crate) fn whole(&self) -> u64 {
        u64::try_from(self.owed >> 64).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use tessera_types::accounts::{Position, StakePool};

    fn whole_and_fraction(wide: u128) -> (u64, u64) {
        let halves = [wide >> 64, wide & u128::from(u64::MAX)];
        let [whole, fraction] = halves.map(|half| u64::try_from(half).expect("a half"));
        (whole, fraction)
    }

    /// Whatever is staked and funded in whatever order, the program's accounts hold what these
    /// hold.
    #[test]
    fn a_pool_of_the_program_holds_the_same() {
        let (mut pool, mut positions) = (PoolState::default(), [PositionState::default(); 3]);
        let (mut real, mut held) = (StakePool::zeroed(), [Position::zeroed(); 3]);
        let mut state = 1u64;
        let mut next = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 24) % below
        };
        let mut now = 1_000;
        for _ in 0..20_000 {
            now += i64::try_from(next(900)).expect("small");
            pool.advance(now);
            real.advance(now).expect("no overflow");
            if next(10) == 0 {
                let amount = next(1 << 40);
                real.fund(amount, 3_600, now).expect("no overflow");
                pool.fund(amount, (now, now + 3_600));
            }
            let place = usize::try_from(next(3)).expect("small");
            let (position, other) = (&mut positions[place], &mut held[place]);
            position.settle(&pool);
            other.settle(&real).expect("no overflow");
            let amount = next(1 << 30);
            let out = next(2) == 0;
            let amount = if out {
                position.staked.min(amount)
            } else {
                amount
            };
            let moved = |staked: u64| {
                if out {
                    staked - amount
                } else {
                    staked + amount
                }
            };
            (position.staked, pool.staked) = (moved(position.staked), moved(pool.staked));
            (other.staked, real.staked) = (position.staked, pool.staked);
            let owed = (other.owed, other.owed_fraction);
            assert_eq!(whole_and_fraction(position.owed), owed);
            let per_share = (real.per_share_whole, real.per_share_fraction);
            assert_eq!(whole_and_fraction(pool.per_share), per_share);
            let found = (real.budget, real.streamed, real.forfeited);
            assert_eq!((pool.budget, pool.streamed, pool.forfeited), found);
        }
    }

    #[test]
    fn what_nobody_is_there_for_is_lost_until_the_next_funding() {
        let mut pool = PoolState {
            budget: 100,
            streams_until: 100,
            ..PoolState::default()
        };
        pool.advance(40);
        assert_eq!((pool.forfeited, pool.per_share), (40, 0));
        pool.staked = 60;
        pool.advance(100);
        assert_eq!((pool.forfeited, pool.per_share), (40, 1 << 64));
    }
}
