//! Periods, rates and prices at the ends of their numbers.

use super::*;
use std::slice::from_ref;
use tessera_client::types::{
    accounts::{OrgSettings, Plan, Subscription},
    args::ConfigArgs,
    limits::{MAX_COMMISSION_BPS, MAX_PERIOD_SECS, MIN_PERIOD_SECS},
};
use world::{FUNDS, START};

/// `create_plan` under the next id.
fn create(world: &World, change: impl FnOnce(&mut CreatePlanArgs)) -> Instruction {
    let mut args = world.create_plan_args();
    args.id = 2;
    args.grace_secs = 0;
    change(&mut args);
    world.create_plan(args)
}

fn of_period(world: &World, secs: u32, months: u8) -> Instruction {
    create(world, |args| {
        (args.period_secs, args.period_months) = (secs, months);
    })
}

#[test]
fn a_period_of_nothing_is_refused() {
    let mut world = World::new();
    let zero = of_period(&world, 0, 0);
    refused(&mut world, &key(30), zero, TesseraError::PeriodOutOfRange);
}

#[test]
fn a_period_of_a_second_is_refused() {
    let mut world = World::new();
    for secs in [1, 2, MIN_PERIOD_SECS - 1] {
        let short = of_period(&world, secs, 0);
        refused(&mut world, &key(30), short, TesseraError::PeriodOutOfRange);
    }
    let shortest = of_period(&world, MIN_PERIOD_SECS, 0);
    done(&mut world, &key(30), shortest);
    // Every hour, and not a second more often.
    world.plan = world.place_of_plan(2).plan;
    let (mut world, wallet, token) = subscriber(world);
    world.advance(i64::from(MIN_PERIOD_SECS) - 1);
    let early = world.charge(&wallet, None);
    refused(&mut world, &wallet, early, TesseraError::NotDue);
    world.advance(1);
    charged(&mut world, &wallet);
    assert_eq!(world.balance(&token), FUNDS - 2 * world::PRICE);
}

#[test]
fn a_period_without_end_is_refused() {
    let mut world = World::new();
    for (secs, months) in [
        (MAX_PERIOD_SECS + 1, 0),
        (u32::MAX, 0),
        (0, 13),
        (0, u8::MAX),
        (1, 1),
        (u32::MAX, 12),
    ] {
        let long = of_period(&world, secs, months);
        refused(&mut world, &key(30), long, TesseraError::PeriodOutOfRange);
    }
    let longest = of_period(&world, MAX_PERIOD_SECS, 0);
    done(&mut world, &key(30), longest);
    // Ten years from the last second of all numbers there is no end of a period.
    world.plan = world.place_of_plan(2).plan;
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let mut args = world.subscribe_args();
    args.terms.deadline = i64::MAX;
    let subscribe = world.subscribe(&wallet, token, args);
    let plan = world.plan;
    for before in [1, i64::from(MAX_PERIOD_SECS) - 1] {
        set_time(&mut world, i64::MAX - before);
        let expected = TesseraError::ArithmeticOverflow;
        refused(&mut world, &wallet, subscribe.clone(), expected);
    }
    assert_eq!(world.account::<Plan>(&plan).ends_at, i64::MAX);
    assert_eq!(world.balance(&token), FUNDS);
    set_time(&mut world, START);
    done(&mut world, &wallet, subscribe);
}

#[test]
fn rates_above_the_whole_are_refused() {
    let mut world = World::new();
    let wallet = key(30);
    for commission_bps in [
        [10_000, 1, 0],
        [3_334, 3_333, 3_334],
        [0, 0, 10_001],
        [u16::MAX; 3],
        // Together they come to 0 in sixteen bits.
        [u16::MAX, 1, 0],
        [32_768, 32_768, 0],
        // Within the whole, above the program's limit.
        [MAX_COMMISSION_BPS, 1, 0],
    ] {
        let settings = OrgSettings {
            commission_bps,
            ..world.org_settings()
        };
        let update = world.update_org(settings);
        refused(&mut world, &wallet, update, TesseraError::CommissionTooHigh);
        let mut args = world.create_org_args();
        (args.id, args.settings) = (9, settings);
        let create = world.create_org(args);
        refused(&mut world, &wallet, create, TesseraError::CommissionTooHigh);
    }
    for max_commission_bps in [MAX_COMMISSION_BPS + 1, 10_001, u16::MAX] {
        let set = world.set_config(ConfigArgs {
            seq: world.config().header.receipt_seq,
            max_commission_bps,
            ..world.config_args()
        });
        refused(&mut world, &wallet, set, TesseraError::CommissionTooHigh);
    }
}

/// Three levels share less than a unit each: all of it is the merchant's.
#[test]
fn a_price_of_one_unit_is_paid_in_full_and_to_the_merchant() {
    let mut world = world_of(|args| CreatePlanArgs {
        price: 1,
        price_floor: 1,
        price_ceiling: 1,
        keeper_fee_cap: 0,
        ..args
    });
    let chain = world.referral_chain();
    let (wallet, token) = (&chain[3].0, chain[3].1);
    world.subscribed(wallet, token);
    for periods in [1, 2] {
        assert_eq!(world.balance(&token), FUNDS - periods);
        assert_eq!(world.balance(&world.destination), periods);
        assert_eq!(world.balance(&world.vault()), 0);
        for (referrer, _) in &chain[..3] {
            assert_eq!(world.ledger(referrer).owed(), Ok(0));
        }
        world.advance(STEP);
        charged(&mut world, wallet);
    }
}

#[test]
fn the_highest_price_wraps_nowhere() {
    let mut world = world_of(|args| CreatePlanArgs {
        price: u64::MAX,
        price_floor: u64::MAX,
        price_ceiling: u64::MAX,
        ..args
    });
    let wallet = key(30);
    let token = world.join(&wallet, None);
    // Periods of that price are more than an approval can say.
    for periods in [2, u32::MAX - 1] {
        let mut args = world.subscribe_args();
        args.terms.approved_periods = periods;
        let subscribe = world.subscribe(&wallet, token, args);
        let expected = TesseraError::ArithmeticOverflow;
        refused(&mut world, &wallet, subscribe, expected);
    }
    // One of them can be approved, and not be paid.
    let mut args = world.subscribe_args();
    args.terms.approved_periods = 1;
    let subscribe = world.subscribe(&wallet, token, args);
    refused_by_callee(&mut world, &wallet, subscribe, 1);
    assert_eq!(world.balance(&token), FUNDS);

    // Nor do points, or what a change of plan is worth.
    let (mut world, wallet, token) = due();
    let subscription = world.subscription_address(&wallet);
    world.rewrite(&subscription, |it: &mut Subscription| {
        it.terms.price = u64::MAX;
    });
    let charge = world.charge(&wallet, None);
    let expected = TesseraError::ApprovalTooSmall;
    refused(&mut world, &wallet, charge.clone(), expected);
    let delegate = world.delegate(&token);
    world.approve(&token, &wallet, &delegate, u64::MAX);
    let before = world.subscription(&wallet);
    let refused = world.send(from_ref(&charge), &[]).expect_err("too much");
    refused.assert_error(&InstructionError::Custom(1));
    assert_eq!(world.subscription(&wallet), before);
}
