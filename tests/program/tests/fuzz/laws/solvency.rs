//! A vault holds at least what is owed from it.

use crate::{
    failure::{Failure, law},
    stage::Case,
};
use solana_address::Address;
use std::collections::BTreeMap;
use tessera_client::types::accounts::{Ledger, Position, StakePool};

pub(super) fn holds(case: &Case) -> Result<(), Failure> {
    let mut owed: BTreeMap<Address, u128> = BTreeMap::new();
    for (_, it) in case.books.all::<Ledger>() {
        let sum = [it.held, it.queued, it.claimable].map(u128::from);
        *owed.entry(it.vault).or_default() += sum.iter().sum::<u128>();
    }
    let mut staked: BTreeMap<Address, (u128, u32)> = BTreeMap::new();
    let mut earned: BTreeMap<Address, u128> = BTreeMap::new();
    for (_, it) in case.books.all::<Position>() {
        let (sum, count) = staked.entry(it.pool).or_default();
        *sum += u128::from(it.staked);
        *count += 1;
        *earned.entry(it.pool).or_default() += u128::from(it.owed);
    }
    for (address, pool) in case.books.all::<StakePool>() {
        let (sum, count) = staked.get(&address).copied().unwrap_or_default();
        let agrees = sum == u128::from(pool.staked) && count == pool.positions;
        law!(
            "a pool is its positions",
            agrees,
            "{address}: {sum}, {count}, {pool:?}"
        );
        *owed.entry(pool.stake_vault).or_default() += sum;
        // What was put in and not paid is there, for anybody.
        *owed.entry(pool.reward_vault).or_default() += u128::from(pool.funded - pool.paid);
        let earned = earned.get(&address).copied().unwrap_or_default();
        let left = u128::from(pool.funded - pool.paid);
        law!(
            "nobody earns what was not put in",
            earned <= left,
            "{address}: {earned}"
        );
    }
    for (vault, owed) in owed {
        let held = u128::from(case.chain.balance(&vault));
        law!(
            "vaults are solvent",
            owed <= held,
            "{vault} holds {held} and owes {owed}"
        );
    }
    Ok(())
}
