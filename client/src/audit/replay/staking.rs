//! Stake pools and positions: funding, stakes and harvests.

use super::{
    Check, PoolState, PositionState, Report, State, at, configuration::raise, missing,
    require_first,
};
use crate::address;
use std::collections::hash_map::Entry;
use tessera_types::{
    Address,
    events::{Harvested, PoolCreated, PoolFunded, Staked, Unstaked},
    limits::MIN_STREAM_SECS,
};

const LAW: Check = Check::Stakes;

impl State {
    pub(super) fn pool_created(&mut self, event: &PoolCreated, report: &mut Report) {
        let receipt = &event.receipt;
        let derived = address::pool(&event.org, event.id);
        require_first(report, LAW, receipt, derived);
        self.require_creation(receipt, report);
        self.open_in(receipt, &event.org, report);
        if let Some(org) = self.orgs.get_mut(&event.org) {
            raise(&mut org.highest_pool_id, event.id, receipt, report);
        }
        let vaults = (
            address::stake_vault(&receipt.account),
            address::reward_vault(&receipt.account),
        );
        let found = (event.stake_vault, event.reward_vault);
        report.compare(Check::Addresses, at(receipt), "vaults", vaults, found);
        let pool = PoolState {
            org: event.org,
            stake_mint: event.stake_mint,
            reward_mint: event.reward_mint,
            stake_vault: event.stake_vault,
            reward_vault: event.reward_vault,
            id: event.id,
            ..PoolState::default()
        };
        self.pools.insert(receipt.account, pool);
    }

    /// A stream takes over what is left of the one before and what was forfeited.
    pub(super) fn pool_funded(&mut self, event: &PoolFunded, report: &mut Report) {
        let receipt = &event.receipt;
        let Some(pool) = self.pools.get_mut(&receipt.account) else {
            return missing(report, LAW, receipt, "pool");
        };
        pool.advance(receipt.at);
        pool.fund(event.amount, (receipt.at, event.streams_until));
        report.compare(LAW, at(receipt), "budget", pool.budget, event.budget);
        let length = i128::from(event.streams_until) - i128::from(receipt.at);
        let allowed = i128::from(MIN_STREAM_SECS)..=i128::from(u32::MAX);
        let detail = format!("a stream of {length} seconds");
        let long_enough = allowed.contains(&length) && event.amount > 0;
        report.require(LAW, at(receipt), long_enough, &detail);
    }

    pub(super) fn staked(&mut self, event: &Staked, report: &mut Report) {
        let receipt = &event.receipt;
        if let Entry::Vacant(place) = self.positions.entry(receipt.account) {
            let derived = address::position(&event.pool, &event.wallet);
            require_first(report, LAW, receipt, derived);
            place.insert(PositionState {
                pool: event.pool,
                wallet: event.wallet,
                ..PositionState::default()
            });
            if let Some(pool) = self.pools.get_mut(&event.pool) {
                pool.positions = pool.positions.saturating_add(1);
            }
        }
        let Some((pool, position)) = self.met(&receipt.account, receipt.at) else {
            return missing(report, LAW, receipt, "pool");
        };
        let expected = (position.pool, position.wallet);
        let found = (event.pool, event.wallet);
        report.compare(LAW, at(receipt), "pool and wallet", expected, found);
        position.staked = position.staked.saturating_add(event.amount);
        pool.staked = pool.staked.saturating_add(event.amount);
        let staked = position.staked;
        report.compare(LAW, at(receipt), "staked", staked, event.staked);
        report.require(LAW, at(receipt), event.amount > 0, "nothing is staked");
    }

    pub(super) fn unstaked(&mut self, event: &Unstaked, report: &mut Report) {
        let receipt = &event.receipt;
        let Some((pool, position)) = self.met(&receipt.account, receipt.at) else {
            return missing(report, LAW, receipt, "position");
        };
        let covered = event.amount > 0 && event.amount <= position.staked;
        let detail = format!("{} of {} are taken out", event.amount, position.staked);
        position.staked = position.staked.saturating_sub(event.amount);
        pool.staked = pool.staked.saturating_sub(event.amount);
        let staked = position.staked;
        report.require(LAW, at(receipt), covered, &detail);
        report.compare(LAW, at(receipt), "staked", staked, event.staked);
    }

    /// All whole units that the stake earned are paid; the fraction stays.
    pub(super) fn harvested(&mut self, event: &Harvested, report: &mut Report) {
        let receipt = &event.receipt;
        let Some((pool, position)) = self.met(&receipt.account, receipt.at) else {
            return missing(report, LAW, receipt, "position");
        };
        let amount = position.whole();
        position.owed -= u128::from(amount) << 64;
        position.harvested = position.harvested.saturating_add(event.amount);
        pool.paid = pool.paid.saturating_add(event.amount);
        let covered = pool.paid <= pool.funded;
        let detail = format!("{} of {} are paid", pool.paid, pool.funded);
        report.require(LAW, at(receipt), covered, &detail);
        report.compare(LAW, at(receipt), "amount", amount, event.amount);
        report.require(LAW, at(receipt), event.amount > 0, "nothing is paid");
    }

    /// A position and its pool, with what was streamed and earned up to `now` (Unix seconds).
    fn met(
        &mut self,
        position: &Address,
        now: i64,
    ) -> Option<(&mut PoolState, &mut PositionState)> {
        let position = self.positions.get_mut(position)?;
        let pool = self.pools.get_mut(&position.pool)?;
        pool.advance(now);
        position.settle(pool);
        Some((pool, position))
    }
}
