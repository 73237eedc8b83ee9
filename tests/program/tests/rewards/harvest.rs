//! What a stake earns.

use super::pools::{Pools, STAKERS, staker};
use tessera_client::types::TesseraError;
use world::START;

#[test]
fn nothing_is_earned_without_time() {
    let mut pools = Pools::new();
    pools.fund(3_600_000, 3_600);
    pools.stake(1, 1);
    pools.world.advance(1_000);
    // All in one transaction, however large.
    let wallet = staker(0);
    let large = u64::MAX / 16;
    let all = [
        pools.world.stake(1, &wallet, pools.stakes[0], large),
        pools.world.harvest(1, &wallet, pools.rewards[0]),
        pools.world.unstake(1, &wallet, pools.stakes[0], large),
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

#[test]
fn what_is_harvested_is_paid_once() {
    let mut pools = Pools::new();
    pools.fund(3_600, 3_600);
    // What a power of two earns has no rounding.
    pools.stake(0, 8);
    assert_eq!(pools.harvest(0), None);
    pools.world.advance(1);
    assert_eq!(pools.harvested(0), 1);
    assert_eq!(pools.harvest(0), None);
    pools.world.advance(3_599);
    let event = pools.harvest(0).expect("the rest");
    assert_eq!(event.amount, 3_599);
    assert_eq!(
        event.receipt.account,
        pools.world.position_address(1, &staker(0))
    );
    assert_eq!(event.receipt.at, START + 3_600);
    pools.world.advance(1_000_000);
    assert_eq!(pools.harvest(0), None);
    let position = pools.position(0);
    assert_eq!((position.owed, position.harvested), (0, 3_600));
    assert_eq!(pools.world.pool(1).paid, 3_600);
}

#[test]
fn who_is_there_alone_with_one_unit_takes_no_more_than_his_time() {
    let mut pools = Pools::new();
    pools.fund(u64::MAX / 4, 3_600);
    pools.stake(0, 1);
    pools.world.advance(1);
    pools.stake(1, u64::MAX / 16);
    pools.world.advance(3_599);
    let exact = (u64::MAX / 4) / 3_600;
    let first = pools.harvested(0);
    // The first second is his alone; of the rest his unit is worth four.
    assert!((exact..=exact + 4).contains(&first), "{first}");
    let second = pools.harvested(1);
    assert!(u64::MAX / 4 - first - second <= 2);
}

#[test]
fn time_without_a_stake_is_lost_and_streamed_again() {
    let mut pools = Pools::new();
    pools.fund(3_600, 3_600);
    pools.world.advance(600);
    pools.stake(0, 8);
    pools.world.advance(600);
    pools.unstake(0, 8);
    assert_eq!(pools.position(0).owed, 600);
    pools.world.advance(3_600);
    assert_eq!(pools.harvested(0), 600);
    let pool = pools.world.pool(1);
    assert_eq!(
        (pool.streamed, pool.forfeited, pool.paid),
        (3_600, 3_000, 600)
    );
    let event = pools.fund(1, 3_600);
    assert_eq!(event.budget, 3_001);
    pools.stake(1, 1);
    pools.world.advance(3_600);
    assert_eq!(pools.harvested(1), 3_001);
    assert_eq!(pools.world.balance(&pool.reward_vault), 0);
}

#[test]
fn taking_out_a_part_takes_nothing_from_what_was_earned() {
    let mut pools = Pools::new();
    pools.fund(3_600_000, 3_600);
    pools.stake(0, 100);
    pools.stake(1, 100);
    pools.world.advance(100);
    pools.unstake(0, 99);
    // Nothing more comes of it however often it is done.
    for _ in 0..5 {
        pools.stake(0, 99);
        pools.unstake(0, 99);
    }
    assert_eq!(pools.position(0).owed, 50_000);
    pools.world.advance(101);
    pools.unstake(0, 1);
    assert_eq!(pools.harvested(0), 50_000 + 1_000);
    assert_eq!(pools.harvested(1), 50_000 + 100_000);
}

#[test]
fn fractions_of_a_unit_are_kept() {
    let mut pools = Pools::new();
    // A third of a unit a second, of which each of three has a third.
    pools.fund(1_200, 3_600);
    for place in 0..STAKERS {
        pools.stake(place, 5);
    }
    for _ in 0..8 {
        pools.world.advance(1);
        assert_eq!(pools.harvest(0), None);
        pools.stake(0, 1);
        pools.unstake(0, 1);
    }
    assert_eq!(pools.position(0).owed, 0);
    assert!(pools.position(0).owed_fraction > 0);
    pools.world.advance(3_592);
    let all: u64 = (0..STAKERS).map(|place| pools.harvested(place)).sum();
    assert!((1_197..=1_200).contains(&all), "{all}");
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

#[test]
fn a_clock_that_goes_back_streams_nothing_twice() {
    let mut pools = Pools::new();
    pools.fund(3_600, 3_600);
    pools.stake(0, 10);
    pools.world.advance(100);
    assert_eq!(pools.harvested(0), 100);
    pools.world.advance(-50);
    assert_eq!(pools.harvest(0), None);
    pools.world.advance(60);
    assert_eq!(pools.harvested(0), 10);
}

#[test]
fn a_pool_of_one_mint_mixes_nothing() {
    let mut pools = Pools::of_one_mint();
    pools.fund(3_600, 3_600);
    pools.stake(0, 1_024);
    pools.world.advance(3_600);
    assert_eq!(pools.harvested(0), 3_600);
    assert_eq!(pools.harvest(0), None);
    assert_eq!(pools.unstake(0, u64::MAX).amount, 1_024);
}
