use super::{ANN, BOB, MINT, OWNER, Scene, closing::closed, org};
use crate::{address, audit::Check, decode::Event};
use tessera_types::{
    Address,
    events::{Harvested, PoolCreated, PoolFunded, Staked, Unstaked},
};

fn pool() -> Address {
    address::pool(&org(), 1)
}

fn position(wallet: &Address) -> Address {
    address::position(&pool(), wallet)
}

fn funded(scene: &mut Scene, at: i64, budget: u64) -> Vec<Check> {
    let receipt = scene.next(pool(), at);
    scene.found(Event::PoolFunded(PoolFunded {
        receipt,
        amount: 7_200,
        budget,
        streams_until: at + 3_600,
    }))
}

fn staked(scene: &mut Scene, wallet: Address, at: i64, staked: u64) -> Vec<Check> {
    let receipt = scene.next(position(&wallet), at);
    scene.found(Event::Staked(Staked {
        receipt,
        pool: pool(),
        wallet,
        amount: 3,
        staked,
    }))
}

/// 2 a second are streamed from 1,000 on; Ann stakes 3 after 100 seconds and Bob after 200.
fn scene() -> Scene {
    let mut scene = Scene::new();
    let created = PoolCreated {
        receipt: scene.next(pool(), 10),
        org: org(),
        stake_mint: MINT,
        reward_mint: MINT,
        stake_vault: address::stake_vault(&pool()),
        reward_vault: address::reward_vault(&pool()),
        id: 1,
    };
    assert_eq!(scene.found(Event::PoolCreated(created)), []);
    assert_eq!(funded(&mut scene, 1_000, 7_200), []);
    assert_eq!(staked(&mut scene, ANN, 1_100, 3), []);
    assert_eq!(staked(&mut scene, BOB, 1_200, 3), []);
    scene
}

fn harvested(scene: &mut Scene, wallet: Address, at: i64, amount: u64) -> Vec<Check> {
    let receipt = scene.next(position(&wallet), at);
    scene.found(Event::Harvested(Harvested {
        receipt,
        amount,
        destination: OWNER,
    }))
}

#[test]
fn rewards_are_what_was_streamed_to_the_stake() {
    // Ann alone for 100 seconds, then half; a third of a unit is rounded away with each share.
    assert_eq!(harvested(&mut scene(), ANN, 1_300, 300), [Check::Stakes]);
    assert_eq!(harvested(&mut scene(), ANN, 1_300, 299), []);
    assert_eq!(harvested(&mut scene(), BOB, 1_300, 99), []);
}

#[test]
fn no_more_is_paid_than_was_put_in() {
    let found = harvested(&mut scene(), ANN, 1_300, 7_201);
    assert_eq!(found, [Check::Stakes]);
}

#[test]
fn a_new_stream_takes_over_what_is_left_and_what_nobody_earned() {
    // 400 were earned of 7,200.
    assert_eq!(funded(&mut scene(), 1_300, 13_999), [Check::Stakes]);
    assert_eq!(funded(&mut scene(), 1_300, 14_000), []);
}

#[test]
fn no_more_is_taken_out_than_was_staked() {
    let found = |amount: u64, staked: u64| {
        let mut scene = scene();
        scene.found(Event::Unstaked(Unstaked {
            receipt: scene.next(position(&ANN), 1_300),
            amount,
            staked,
        }))
    };
    assert_eq!(found(4, 0), [Check::Stakes]);
    assert_eq!(found(2, 2), [Check::Stakes]);
    assert_eq!(found(3, 0), []);
}

#[test]
fn a_stake_adds_to_the_one_before() {
    let found = staked(&mut scene(), ANN, 1_300, 3);
    assert_eq!(found, [Check::Stakes]);
}

#[test]
fn what_is_earned_or_staked_keeps_position_and_pool_open() {
    let mut scene = scene();
    let found = closed(&mut scene, position(&ANN), 1_300);
    assert_eq!(found, [Check::Stakes]);
    assert_eq!(scene.replay.pools[&pool()].positions, 1);
    assert_eq!(closed(&mut scene, pool(), 1_300), [Check::Stakes]);
}
