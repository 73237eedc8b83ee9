//! Stake pools and positions.

use super::configuration::open_in;
use crate::{
    decode::Event,
    model::{
        State,
        rules::{PoolState, PositionState},
    },
};
use tessera_types::events::{Harvested, PoolCreated, PoolFunded, Receipt, Staked, Unstaked};

pub(super) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::PoolCreated(event) => pool_created(state, event),
        Event::PoolFunded(event) => pool_funded(state, event),
        Event::Staked(event) => staked(state, event),
        Event::Unstaked(event) => unstaked(state, event),
        Event::Harvested(event) => harvested(state, event),
        _ => {}
    }
}

fn pool_created(state: &mut State, event: &PoolCreated) {
    open_in(state, &event.org);
    if let Some(org) = state.orgs.get_mut(&event.org) {
        org.highest_pool_id = event.id;
    }
    let pool = PoolState {
        org: event.org,
        stake_mint: event.stake_mint,
        reward_mint: event.reward_mint,
        stake_vault: event.stake_vault,
        reward_vault: event.reward_vault,
        id: event.id,
        ..PoolState::default()
    };
    state.pools.insert(event.receipt.account, pool);
}

fn pool_funded(state: &mut State, event: &PoolFunded) {
    let receipt = &event.receipt;
    if let Some(pool) = state.pools.get_mut(&receipt.account) {
        pool.advance(receipt.at);
        pool.fund(event.amount, (receipt.at, event.streams_until));
        pool.budget = event.budget;
    }
}

fn staked(state: &mut State, event: &Staked) {
    let Some(pool) = state.pools.get_mut(&event.pool) else {
        return;
    };
    let position = state.positions.entry(event.receipt.account);
    let position = position.or_insert_with(|| {
        pool.positions = pool.positions.saturating_add(1);
        PositionState {
            pool: event.pool,
            wallet: event.wallet,
            ..PositionState::default()
        }
    });
    pool.advance(event.receipt.at);
    position.settle(pool);
    position.staked = event.staked;
    pool.staked = pool.staked.saturating_add(event.amount);
}

fn unstaked(state: &mut State, event: &Unstaked) {
    let Some((pool, position)) = met(state, &event.receipt) else {
        return;
    };
    position.staked = event.staked;
    pool.staked = pool.staked.saturating_sub(event.amount);
}

fn harvested(state: &mut State, event: &Harvested) {
    let Some((pool, position)) = met(state, &event.receipt) else {
        return;
    };
    let paid = u128::from(event.amount) << 64;
    position.owed = position.owed.saturating_sub(paid);
    position.harvested = position.harvested.saturating_add(event.amount);
    pool.paid = pool.paid.saturating_add(event.amount);
}

/// A position and its pool, with what was streamed and earned up to a receipt.
fn met<'a>(
    state: &'a mut State,
    receipt: &Receipt,
) -> Option<(&'a mut PoolState, &'a mut PositionState)> {
    let position = state.positions.get_mut(&receipt.account)?;
    let pool = state.pools.get_mut(&position.pool)?;
    pool.advance(receipt.at);
    position.settle(pool);
    Some((pool, position))
}
