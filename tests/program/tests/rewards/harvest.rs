//! What a stake earns; what it does not is in `attacks/staking.rs`.

use super::pools::{Pools, STAKERS, staker};
use world::START;

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
