//! What is neither staked nor taken out.

use super::pools::{Pools, staker};
use solana_instruction::error::InstructionError;
use spl_token_interface::error::TokenError;
use tessera_client::{
    address,
    types::{TesseraError, accounts::StakePool},
};
use world::{key, replace};

#[test]
fn every_account_and_byte_of_the_three_is_bound() {
    let mut pools = Pools::new();
    pools.fund(36_000, 3_600);
    pools.stake(0, 10);
    pools.world.advance(10);
    let stake = pools.world.stake(1, &staker(0), pools.stakes[0], 5);
    let unstake = pools.world.unstake(1, &staker(0), pools.stakes[0], 5);
    let harvest = pools.world.harvest(1, &staker(0), pools.rewards[0]);
    // On SPL Token receipts ride transfers and mints are not asked for; nothing is created.
    for (instruction, ignored) in [
        (stake, &[0, 7, 8, 9][..]),
        (unstake, &[6, 7]),
        (harvest, &[6, 7]),
    ] {
        pools
            .world
            .assert_withstands_except(ignored, &instruction, &[&staker(0)]);
    }
}

#[test]
fn nothing_is_neither_staked_nor_taken_out() {
    let mut pools = Pools::new();
    let stake = pools.world.stake(1, &staker(0), pools.stakes[0], 0);
    let refused = pools.world.send(&[stake], &[&staker(0)]);
    refused
        .expect_err("zero")
        .assert_is(TesseraError::ZeroAmount);
    pools.stake(0, 10);
    for (amount, expected) in [
        (0, TesseraError::ZeroAmount),
        (11, TesseraError::StakeTooSmall),
        (u64::MAX - 1, TesseraError::StakeTooSmall),
    ] {
        let unstake = pools.world.unstake(1, &staker(0), pools.stakes[0], amount);
        let refused = pools.world.send(&[unstake], &[&staker(0)]);
        refused.expect_err("refused").assert_is(expected);
    }
    pools.unstake(0, u64::MAX);
    let unstake = pools
        .world
        .unstake(1, &staker(0), pools.stakes[0], u64::MAX);
    let refused = pools.world.send(&[unstake], &[&staker(0)]);
    refused
        .expect_err("empty")
        .assert_is(TesseraError::ZeroAmount);
}

#[test]
fn a_position_is_its_wallets() {
    let mut pools = Pools::new();
    pools.fund(3_600, 3_600);
    pools.stake(0, 10);
    pools.stake(1, 10);
    pools.world.advance(100);
    let own = pools.world.position_address(1, &staker(0));
    let other = pools.world.position_address(1, &staker(1));
    let stake = pools.world.stake(1, &staker(0), pools.stakes[0], 5);
    let unstake = pools.world.unstake(1, &staker(0), pools.stakes[0], 5);
    let harvest = pools.world.harvest(1, &staker(0), pools.rewards[0]);
    for good in [stake, unstake, harvest] {
        let attack = replace(&good, &own, &other);
        pools
            .world
            .send(&[attack], &[&staker(0)])
            .expect_err("another wallet's")
            .assert_is(TesseraError::WrongWallet);
    }
}

#[test]
fn a_position_is_its_pools() {
    let mut pools = Pools::new();
    let create = pools.world.create_pool(2, &pools.reward_mint);
    pools
        .world
        .send(&[create], &[&key(2)])
        .expect("create_pool");
    pools.stake(0, 10);
    let stake = pools.world.stake(2, &staker(0), pools.stakes[0], 5);
    pools.world.send(&[stake], &[&staker(0)]).expect("stake");
    let [first, second] = [1, 2].map(|id| pools.world.position_address(id, &staker(0)));
    let unstake = pools.world.unstake(1, &staker(0), pools.stakes[0], 5);
    let attack = replace(&unstake, &first, &second);
    pools
        .world
        .send(&[attack], &[&staker(0)])
        .expect_err("another pool's")
        .assert_is(TesseraError::WrongPool);
    let vaults = [1, 2].map(|id| pools.world.pool(id).stake_vault);
    let attack = replace(&unstake, &vaults[0], &vaults[1]);
    pools
        .world
        .send(&[attack], &[&staker(0)])
        .expect_err("another vault")
        .assert_is(TesseraError::WrongVault);
}

#[test]
fn a_stake_is_taken_from_who_signs_in_the_pools_mint() {
    let mut pools = Pools::new();
    let stake = pools.world.stake(1, &staker(0), pools.stakes[0], 5);
    let rewards = pools.rewards[0];
    pools.world.edit_token(&rewards, |token| token.amount = 5);
    for (source, expected) in [
        (pools.stakes[1], TokenError::OwnerMismatch),
        (rewards, TokenError::MintMismatch),
    ] {
        let attack = replace(&stake, &pools.stakes[0], &source);
        pools
            .world
            .send(&[attack], &[&staker(0)])
            .expect_err("another account")
            .assert_error(&InstructionError::Custom(expected as u32));
    }
}

#[test]
fn a_reward_vault_pays_no_stake_back_and_the_reverse() {
    let mut pools = Pools::of_one_mint();
    pools.fund(3_600, 3_600);
    pools.stake(0, 10);
    pools.world.advance(100);
    let pool = pools.world.pool(1);
    let unstake = pools.world.unstake(1, &staker(0), pools.stakes[0], 5);
    let harvest = pools.world.harvest(1, &staker(0), pools.rewards[0]);
    for (good, from, to) in [
        (unstake, pool.stake_vault, pool.reward_vault),
        (harvest, pool.reward_vault, pool.stake_vault),
    ] {
        let attack = replace(&good, &from, &to);
        pools
            .world
            .send(&[attack], &[&staker(0)])
            .expect_err("the other vault")
            .assert_is(TesseraError::WrongVault);
    }
}

#[test]
fn stakes_do_not_wrap() {
    let mut pools = Pools::new();
    pools.stake(0, 10);
    let address = address::pool(&pools.world.org, 1);
    pools
        .world
        .rewrite(&address, |pool: &mut StakePool| pool.staked = u64::MAX - 4);
    let stake = pools.world.stake(1, &staker(1), pools.stakes[1], 5);
    pools
        .world
        .send(&[stake], &[&staker(1)])
        .expect_err("overflow")
        .assert_is(TesseraError::ArithmeticOverflow);
}
