//! Stake pools and positions: funding, stakes and harvests.

use crate::model::command::{CreatePool, FundPool, Harvest, Stake, Unstake};
use tessera_types::events::{Harvested, PoolCreated, PoolFunded, Staked, Unstaked};

pub(super) fn pool_created(event: &PoolCreated) -> CreatePool {
    CreatePool {
        org: event.org,
        stake_mint: event.stake_mint,
        reward_mint: event.reward_mint,
        id: event.id,
    }
}

pub(super) fn pool_funded(event: &PoolFunded) -> FundPool {
    let length = i128::from(event.streams_until) - i128::from(event.receipt.at);
    FundPool {
        pool: event.receipt.account,
        amount: event.amount,
        secs: u32::try_from(length.max(0)).unwrap_or(u32::MAX),
    }
}

pub(super) fn staked(event: &Staked) -> Stake {
    Stake {
        pool: event.pool,
        position: event.receipt.account,
        wallet: event.wallet,
        amount: event.amount,
    }
}

pub(super) fn unstaked(event: &Unstaked) -> Unstake {
    Unstake {
        position: event.receipt.account,
        amount: event.amount,
    }
}

pub(super) fn harvested(event: &Harvested) -> Harvest {
    Harvest {
        position: event.receipt.account,
        destination: event.destination,
    }
}
