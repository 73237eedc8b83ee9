//! What rounding could be made to yield: parts that are taken out and put back thousands of times.

use crate::rewards::pools::Pools;
use proptest::prelude::*;

const SECS: u32 = 3_600;
/// Units of 2^-32 in one.
const ONE: u128 = 1 << 32;

/// Beside an honest staker, who does nothing until the end, place 0 takes a part out and puts it
/// back, again and again. Returns what the two were paid, and what place 0 had a right to, in 2^-32
/// of a unit, every second of it rounded up.
fn played(budget: u64, stake: u64, honest: u64, parts: &[(u64, u32)]) -> (u64, u64, u128) {
    let mut pools = Pools::new();
    pools.fund(budget, SECS);
    pools.stake(0, stake);
    pools.stake(1, honest);
    let (mut staked, mut streamed, mut right, mut paid) = (stake, 0, 0u128, 0);
    for (percent, secs) in parts {
        pools.world.advance(i64::from(*secs));
        let part = (u128::from(staked) * u128::from(*percent) / 100).clamp(1, staked.into());
        let part = u64::try_from(part).expect("a part of it");
        let (before, wallet) = (staked, super::staker(0));
        let both = [
            pools.world.unstake(1, &wallet, pools.stakes[0], part),
            pools.world.stake(1, &wallet, pools.stakes[0], part),
        ];
        // Sometimes it stays out.
        let (sent, left) = match percent.is_multiple_of(2) && part < staked {
            true => (both[..1].to_vec(), staked - part),
            false => ([both.clone(), both].concat(), staked),
        };
        pools.world.send(&sent, &[&wallet]).expect("out and in");
        staked = left;
        let now = pools.world.pool(1).streamed;
        let all = u128::from(before) + u128::from(honest);
        let product = u128::from(now - streamed) * u128::from(before);
        right += product / all * ONE + (product % all * ONE).div_ceil(all);
        streamed = now;
        if percent.is_multiple_of(7) {
            paid += pools.harvested(0);
        }
    }
    pools.unstake(0, u64::MAX);
    (paid + pools.harvested(0), pools.harvested(1), right)
}

#[test]
fn taking_out_a_part_takes_nothing_from_what_was_earned() {
    let mut pools = Pools::new();
    pools.fund(3_600_000, SECS);
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

/// Two parts, each of which would round a debt down, at every third second of a stream.
#[test]
fn thousands_of_partial_unstakes_inflate_no_reward() {
    let parts: Vec<(u64, u32)> = (0..SECS / 3)
        .map(|at| (1 + u64::from(at) % 3 * 2, 3))
        .collect();
    let (attacker, honest, right) = played(1_000_003, 3, 4, &parts);
    assert!(u128::from(attacker) * ONE <= right);
    // The honest one gets what he would have got beside anybody.
    let exact = 1_000_003 * 4 / 7;
    assert!((exact - 1..=exact + 1).contains(&honest), "{honest}");
    assert!(attacker + honest <= 1_000_003);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 8,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_row_of_partial_unstakes_inflates_a_reward(
        budget in prop_oneof![1..1_000u64, 1..u64::MAX / 8],
        stake in prop_oneof![2..100u64, 2..u64::MAX / 16],
        honest in prop_oneof![1..100u64, 1..u64::MAX / 16],
        parts in prop::collection::vec((1..=100u64, 0..60u32), 1..60),
    ) {
        let (attacker, honest, right) = played(budget, stake, honest, &parts);
        prop_assert!(u128::from(attacker) * ONE <= right, "{attacker} of {right}");
        prop_assert!(attacker.checked_add(honest).is_some_and(|sum| sum <= budget));
    }
}
