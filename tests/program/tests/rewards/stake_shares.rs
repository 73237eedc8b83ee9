//! Stakers against a model by exact arithmetic.

use super::pools::{Pools, STAKERS, staker};
use proptest::prelude::*;

/// One thing that happens to a pool.
#[derive(Debug, Clone, Copy)]
enum Step {
    Stake(usize, u64),
    /// How many hundredths of what is there.
    Unstake(usize, u64),
    Harvest(usize),
    Fund(u64, u32),
    Wait(u32),
}

/// The same by hand: what is streamed between two steps is shared by stake, exactly, in 2^-64 of a
/// unit. Each share is short of the real one by less than one of those.
#[derive(Default)]
struct Model {
    budget: u64,
    from: i64,
    secs: u64,
    streamed: u64,
    forfeited: u64,
    staked: [u64; STAKERS],
    whole: [u64; STAKERS],
    fraction: [u128; STAKERS],
    paid: [u64; STAKERS],
}

impl Model {
    fn advance(&mut self, now: i64) {
        if self.secs == 0 {
            return;
        }
        let elapsed = u64::try_from(now - self.from)
            .expect("forward")
            .min(self.secs);
        let due = u128::from(self.budget) * u128::from(elapsed) / u128::from(self.secs);
        let due = u64::try_from(due).expect("part of the budget");
        let streamed = due - self.streamed;
        self.streamed = due;
        let all: u64 = self.staked.iter().sum();
        if all == 0 {
            self.forfeited += streamed;
            return;
        }
        for place in 0..STAKERS {
            let product = u128::from(streamed) * u128::from(self.staked[place]);
            let (whole, rest) = (product / u128::from(all), product % u128::from(all));
            self.fraction[place] += (rest << 64) / u128::from(all);
            let carry = self.fraction[place] >> 64;
            self.fraction[place] -= carry << 64;
            self.whole[place] += u64::try_from(whole + carry).expect("part of the budget");
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let amount = prop_oneof![1..10u64, 1..1_000_000_000u64, 1..u64::MAX / 1_000];
    let step = prop_oneof![
        3 => (0..STAKERS, amount.clone()).prop_map(|(who, amount)| Step::Stake(who, amount)),
        2 => (0..STAKERS, 1..=100u64).prop_map(|(who, part)| Step::Unstake(who, part)),
        2 => (0..STAKERS).prop_map(Step::Harvest),
        1 => (amount, 3_600..1_000_000u32).prop_map(|(amount, secs)| Step::Fund(amount, secs)),
        4 => (1..100_000u32).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn stakers_share_by_stake_and_time(steps in steps()) {
        let mut pools = Pools::new();
        let mut model = Model::default();
        let mut funded = 0u64;
        for step in steps {
            let now = pools.world.now();
            match step {
                Step::Stake(who, amount) => {
                    if pools.world.balance(&pools.stakes[who]) < amount {
                        continue;
                    }
                    pools.stake(who, amount);
                    model.advance(now);
                    model.staked[who] += amount;
                }
                Step::Unstake(who, part) => {
                    let amount = model.staked[who] / 100 * part;
                    if amount == 0 {
                        continue;
                    }
                    pools.unstake(who, amount);
                    model.advance(now);
                    model.staked[who] -= amount;
                }
                Step::Harvest(who) => {
                    if pools.world.find::<tessera_client::types::accounts::Position>(
                        &pools.world.position_address(1, &staker(who)),
                    ).is_none() {
                        continue;
                    }
                    model.paid[who] += pools.harvested(who);
                    model.advance(now);
                }
                Step::Fund(amount, secs) => {
                    pools.fund(amount, secs);
                    funded += amount;
                    model.advance(now);
                    model.budget = model.budget - model.streamed + model.forfeited + amount;
                    (model.streamed, model.forfeited) = (0, 0);
                    (model.from, model.secs) = (now, u64::from(secs));
                }
                Step::Wait(secs) => pools.world.advance(i64::from(secs)),
            }
        }
        // All go out: together they get what was streamed while somebody was there, to the unit.
        pools.world.advance(1);
        model.advance(pools.world.now());
        let mut sum = 0;
        for who in 0..STAKERS {
            if model.staked[who] > 0 {
                pools.unstake(who, u64::MAX);
            }
            let address = pools.world.position_address(1, &staker(who));
            if pools.world.find::<tessera_client::types::accounts::Position>(&address).is_some() {
                model.paid[who] += pools.harvested(who);
            }
            // Never more; less by what rounding takes at each step of a stake below 2^61, an eighth.
            let (paid, exact) = (model.paid[who], model.whole[who]);
            prop_assert!(paid <= exact && exact - paid <= 9, "{paid} of {exact}");
            sum += model.paid[who];
        }
        let pool = pools.world.pool(1);
        prop_assert_eq!(pool.funded, funded);
        prop_assert_eq!(pool.paid, sum);
        let shared = funded - (model.budget - model.streamed) - model.forfeited;
        prop_assert!(sum <= shared, "{sum} of {shared}");
        prop_assert!(shared - sum <= 30, "{sum} of {shared}");
        prop_assert_eq!(pools.world.balance(&pool.reward_vault), funded - sum);
    }
}
