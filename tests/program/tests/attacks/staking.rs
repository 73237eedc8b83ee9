//! Attacks on stake pools: nobody is paid for time that was not theirs, and each vault pays what it
//! was given for.

#[path = "staking/rounding.rs"]
mod rounding;

use crate::rewards::pools::{Pools, staker};
use solana_instruction::error::InstructionError;
use spl_token_interface::error::TokenError;
use tessera_client::types::{TesseraError, accounts::Position};
use world::{key, replace};

/// More than anybody else has.
const LARGE: u64 = u64::MAX / 16;

#[test]
fn who_is_there_alone_with_one_unit_takes_no_more_than_his_time() {
    let mut pools = Pools::new();
    pools.fund(u64::MAX / 4, 3_600);
    pools.stake(0, 1);
    pools.world.advance(1);
    pools.stake(1, LARGE);
    pools.world.advance(3_599);
    let exact = (u64::MAX / 4) / 3_600;
    let first = pools.harvested(0);
    // The first second is his alone; of the rest his unit is worth four.
    assert!((exact..=exact + 4).contains(&first), "{first}");
    let second = pools.harvested(1);
    assert!(u64::MAX / 4 - first - second <= 2);
}

/// As a vault of shares is inflated: one unit, then a gift that the next one's stake vanishes beside.
#[test]
fn a_gift_behind_the_first_unit_takes_nothing_from_the_second_staker() {
    let mut pools = Pools::new();
    pools.fund(7_200, 3_600);
    pools.stake(0, 1);
    let pool = pools.world.pool(1);
    for vault in [pool.stake_vault, pool.reward_vault] {
        pools
            .world
            .edit_token(&vault, |token| token.amount += LARGE);
    }
    pools.stake(1, 1);
    pools.world.advance(3_600);
    for place in [0, 1] {
        assert_eq!(pools.harvested(place), 3_600);
        assert_eq!(pools.unstake(place, u64::MAX).amount, 1);
    }
}

#[test]
fn what_was_streamed_to_nobody_is_not_the_next_ones() {
    let mut pools = Pools::new();
    pools.fund(3_600, 3_600);
    pools.world.advance(600);
    for place in [0, 1] {
        // At first nobody was there; then the first one has left again.
        pools.stake(place, 8);
        assert_eq!(pools.harvest(place), None);
        pools.world.advance(1);
        assert_eq!(pools.harvested(place), 1);
        pools.unstake(place, 8);
        pools.world.advance(600);
    }
    let pool = pools.world.pool(1);
    assert_eq!((pool.staked, pool.paid), (0, 2));
    // Nor when the stream is over, and only a funding streams it again.
    pools.world.advance(3_600);
    pools.stake(2, LARGE);
    pools.world.advance(3_600);
    assert_eq!(pools.harvest(2), None);
    assert_eq!(pools.fund(2, 3_600).budget, 3_600);
    pools.world.advance(3_600);
    assert!(3_600 - pools.harvested(2) <= 1);
}

#[test]
fn nothing_is_earned_without_time() {
    let mut pools = Pools::new();
    pools.fund(3_600_000, 3_600);
    pools.stake(1, 1);
    pools.world.advance(1_000);
    // All in one transaction, however large.
    let wallet = staker(0);
    let all = [
        pools.world.stake(1, &wallet, pools.stakes[0], LARGE),
        pools.world.harvest(1, &wallet, pools.rewards[0]),
        pools.world.unstake(1, &wallet, pools.stakes[0], LARGE),
    ];
    pools
        .world
        .send(&all, &[&wallet])
        .expect_err("nothing to harvest")
        .assert_is(TesseraError::NothingToHarvest);
    let [stake, _, unstake] = all;
    pools
        .world
        .send(&[stake, unstake], &[&wallet])
        .expect("in and out");
    assert_eq!(pools.position(0).owed, 0);
    assert_eq!(pools.harvest(0), None);
    // Nor later, when the stake is gone.
    pools.world.advance(1_000);
    assert_eq!(pools.harvest(0), None);
    assert_eq!(pools.harvested(1), 2_000_000);
}

/// In the slot of a funding, before and behind it.
#[test]
fn who_stands_around_a_funding_for_one_slot_earns_nothing_of_it() {
    let mut pools = Pools::new();
    pools.fund(3_600, 3_600);
    pools.stake(1, 1);
    pools.world.advance(3_600);
    let wallet = staker(0);
    let sandwich = [
        pools.world.stake(1, &wallet, pools.stakes[0], LARGE),
        pools.world.fund_pool(1, pools.source, u64::MAX / 8, 3_600),
        pools.world.unstake(1, &wallet, pools.stakes[0], LARGE),
    ];
    let before = pools.world.balance(&pools.stakes[0]);
    pools
        .world
        .send(&sandwich, &[&wallet, &key(2), &key(4)])
        .expect("around it");
    assert_eq!(pools.world.balance(&pools.stakes[0]), before);
    assert_eq!(pools.harvest(0), None);
    assert_eq!(pools.harvested(1), 3_600);
    pools.world.advance(3_600);
    assert_eq!(pools.harvest(0), None);
    assert_eq!(pools.harvested(1), u64::MAX / 8);
}

/// All that can ever be funded, to one unit: the largest that a share can become.
#[test]
fn the_largest_share_of_one_unit_overflows_nothing_and_locks_nobody_in() {
    let mut pools = Pools::new();
    let (source, all) = (pools.source, u64::MAX);
    pools.world.edit_token(&source, |token| token.amount = all);
    pools.stake(0, 1);
    pools.fund(all, 3_600);
    pools.world.advance(3_599);
    pools.stake(1, LARGE);
    assert_eq!(pools.harvest(1), None);
    pools.world.advance(1);
    pools.stake(2, LARGE);
    let pool = pools.world.pool(1);
    assert!(pool.per_share_whole > all / 3_600 * 3_598);
    let (first, second) = (pools.harvested(0), pools.harvested(1));
    assert!(all - first - second <= 2, "{first} and {second}");
    assert_eq!(pools.harvest(2), None);
    // No unit more is ever streamed, so no share ever grows beyond a word.
    pools.world.edit_token(&source, |token| token.amount = 1);
    let more = pools.world.fund_pool(1, source, 1, 3_600);
    pools
        .world
        .send(&[more], &[&key(2), &key(4)])
        .expect_err("beyond a word")
        .assert_is(TesseraError::ArithmeticOverflow);
    for (place, staked) in [(0, 1), (1, LARGE), (2, LARGE)] {
        assert_eq!(pools.unstake(place, u64::MAX).amount, staked);
    }
}

#[test]
fn a_pool_of_one_mint_mixes_nothing() {
    let mut pools = Pools::of_one_mint();
    pools.fund(3_600, 3_600);
    pools.stake(0, 1_024);
    pools.stake(1, 1_024);
    pools.world.advance(3_600);
    let pool = pools.world.pool(1);
    let harvest = pools.world.harvest(1, &staker(0), pools.rewards[0]);
    let unstake = pools.world.unstake(1, &staker(0), pools.stakes[0], 1_024);
    for attack in [
        replace(&harvest, &pool.reward_vault, &pool.stake_vault),
        replace(&unstake, &pool.stake_vault, &pool.reward_vault),
    ] {
        pools
            .world
            .send(&[attack], &[&staker(0)])
            .expect_err("the other vault")
            .assert_is(TesseraError::WrongVault);
    }
    assert_eq!(pools.harvested(0), 1_800);
    assert_eq!(pools.harvest(0), None);
    // What one was given, the other cannot take out as a stake, nor the reverse.
    for place in [0, 1] {
        assert_eq!(pools.unstake(place, u64::MAX).amount, 1_024);
    }
    assert_eq!(pools.world.balance(&pool.stake_vault), 0);
    assert_eq!(pools.world.balance(&pool.reward_vault), 1_800);
    assert_eq!(pools.harvested(1), 1_800);
}

/// What is staked never pays a reward, even when the reward vault was emptied by its issuer.
#[test]
fn a_pool_of_one_mint_pays_no_reward_out_of_stakes() {
    let mut pools = Pools::of_one_mint();
    pools.fund(3_600, 3_600);
    pools.stake(0, 1_024);
    pools.world.advance(3_600);
    let pool = pools.world.pool(1);
    pools
        .world
        .edit_token(&pool.reward_vault, |token| token.amount = 0);
    let harvest = pools.world.harvest(1, &staker(0), pools.rewards[0]);
    pools
        .world
        .send(&[harvest], &[&staker(0)])
        .expect_err("an empty vault")
        .assert_error(&InstructionError::Custom(
            TokenError::InsufficientFunds as u32,
        ));
    assert_eq!(pools.world.balance(&pool.stake_vault), 1_024);
    let address = pools.world.position_address(1, &staker(0));
    let position: Position = pools.world.account(&address);
    assert_eq!((position.staked, position.harvested), (1_024, 0));
}

#[test]
fn what_somebody_sends_to_a_vault_changes_nothing() {
    let mut pools = Pools::new();
    let pool = pools.world.pool(1);
    pools.fund(3_600, 3_600);
    pools.stake(0, 10);
    let give = |pools: &mut Pools| {
        for vault in [pool.stake_vault, pool.reward_vault] {
            pools
                .world
                .edit_token(&vault, |token| token.amount += 1_000_000_007);
        }
    };
    give(&mut pools);
    pools.world.advance(100);
    give(&mut pools);
    pools.stake(1, 10);
    pools.world.advance(100);
    assert_eq!(pools.harvested(0), 150);
    assert_eq!(pools.harvested(1), 50);
    assert_eq!(pools.unstake(0, u64::MAX).amount, 10);
    assert_eq!(pools.unstake(1, u64::MAX).amount, 10);
    assert_eq!(pools.world.balance(&pool.stake_vault), 2 * 1_000_000_007);
}
