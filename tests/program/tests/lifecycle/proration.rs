//! What a change of plan credits, debits and shares out.

use super::{
    changed::{changed, part},
    support::{
        APPROVED, STEP, assert_approves, between, change, charged, done, home, paid, priced,
        refused, update_org, world_of,
    },
};
use proptest::prelude::*;
use tessera_client::types::TesseraError;
use world::{
    FUNDS, PERIODS, POINTS, PRICE, SHARES, START, World, extended::PYUSD, monthly, prorated,
};

#[test]
fn without_the_old_plans_flag_nothing_is_credited() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let args = prorated(priced(world.create_plan_args(), 2 * PRICE));
    let other = world.add_plan(args);
    let (event, money) = changed(&mut world, &wallet, token, other);
    assert_eq!((event.credit, money.debit), (0, 2 * PRICE));
    assert_eq!(money.points, POINTS);
    // Back, the plan that is left has it.
    let home = world.place_of_plan(1);
    let (event, money) = changed(&mut world, &wallet, token, home);
    assert_eq!((event.credit, money.debit), (PRICE, 0));
}

#[test]
fn a_period_that_is_over_is_worth_nothing() {
    for late in [0, 1, STEP] {
        let (mut world, wallet, token, other) = between(PRICE);
        world.advance(STEP + late);
        let (event, money) = changed(&mut world, &wallet, token, other);
        assert_eq!((event.credit, money.debit), (0, PRICE));
        assert_eq!(money.points, POINTS);
    }
}

#[test]
fn what_was_paid_back_is_not_credited() {
    for (refunded, left) in [(1, PRICE - 1), (PRICE / 3, PRICE - PRICE / 3), (PRICE, 0)] {
        let (mut world, wallet, token, other) = between(2 * PRICE);
        let refund = world.refund(&wallet, refunded);
        done(&mut world, &wallet, refund);
        world.advance(STEP / 5);
        let credit = part(left, STEP - STEP / 5, STEP);
        let (event, money) = changed(&mut world, &wallet, token, other);
        assert_eq!((event.credit, money.debit), (credit, 2 * PRICE - credit));
    }
}

#[test]
fn a_credit_above_the_price_is_not_paid_out() {
    let mut world = world_of(prorated);
    let chain = world.referral_chain();
    let [_, _, _, (wallet, token)] = &chain;
    let token = *token;
    world.subscribed(wallet, token);
    let args = prorated(priced(world.create_plan_args(), PRICE / 3));
    let cheaper = world.add_plan(args);
    let balances = [token, world.destination, world.vault()].map(|it| world.balance(&it));
    let (event, money) = changed(&mut world, wallet, token, cheaper);
    assert_eq!(event.credit, PRICE / 3);
    assert_eq!((money.debit, money.merchant, money.points), (0, 0, 0));
    let after = [token, world.destination, world.vault()].map(|it| world.balance(&it));
    assert_eq!(after, balances);
    assert_approves(&world, &token, PRICE / 3 * u64::from(PERIODS), 1);
    // The surplus is gone: the next period costs its price, and nothing of it can be refunded.
    let refund = world.refund(wallet, 1);
    refused(&mut world, wallet, refund, TesseraError::RefundTooHigh);
    world.advance(STEP);
    assert_eq!(charged(&mut world, wallet).debit, PRICE / 3);
}

#[test]
fn to_and_fro_gains_nothing() {
    let (mut world, wallet, token, dearer) = between(2 * PRICE);
    let home = home(&world);
    let mut paid_in_all = PRICE;
    let mut points = POINTS;
    for _ in 0..3 {
        let (event, money) = changed(&mut world, &wallet, token, dearer);
        assert_eq!((event.credit, money.debit), (PRICE, PRICE));
        assert_eq!(money.points, POINTS / 2);
        paid_in_all += PRICE;
        points += POINTS / 2;
        let (event, money) = changed(&mut world, &wallet, token, home);
        assert_eq!((event.credit, money.debit, money.points), (PRICE, 0, 0));
    }
    assert_eq!(world.balance(&token), FUNDS - paid_in_all);
    assert_eq!(world.member(&wallet).points, points);
    assert_eq!(world.subscription(&wallet).paid_through, START + STEP);
    assert_approves(&world, &token, APPROVED, 1);
}

#[test]
fn the_rest_of_the_period_is_credited_to_the_unit() {
    for elapsed in [0, 1, STEP / 3, STEP - 1] {
        for price in [PRICE / 7, PRICE, 2 * PRICE + 1] {
            let (mut world, wallet, token, other) = between(price);
            world.advance(elapsed);
            let (event, money) = changed(&mut world, &wallet, token, other);
            let credit = part(PRICE, STEP - elapsed, STEP).min(price);
            assert_eq!((event.credit, money.debit), (credit, price - credit));
            assert_eq!(money.paid_through, START + elapsed + STEP);
            let points = u128::from(POINTS) * u128::from(price - credit) / u128::from(price);
            assert_eq!(u128::from(money.points), points);
            let left = price * u64::from(PERIODS);
            assert_eq!((event.outstanding, event.terms.price), (left, price));
            assert_approves(&world, &token, left, 1);
        }
    }
}

#[test]
fn a_month_is_worth_its_own_days() {
    let mut world = world_of(|args| prorated(monthly(args, 1)));
    let (wallet, token) = world.subscriber();
    let args = priced(prorated(world.create_plan_args()), 2 * PRICE);
    let other = world.add_plan(args);
    // 15 January to 15 February.
    let month = 31 * 86_400;
    assert_eq!(world.subscription(&wallet).paid_through, START + month);
    world.advance(1_000_000);
    let (event, money) = changed(&mut world, &wallet, token, other);
    assert_eq!(event.credit, part(PRICE, month - 1_000_000, month));
    assert_eq!(event.terms.anchor_day, 0);
    assert_eq!(money.paid_through, world.now() + STEP);
    let home = home(&world);
    world.advance(5 * 86_400);
    let (event, _) = changed(&mut world, &wallet, token, home);
    // 1,800,000,000 and 16.6 days: the 31st of January.
    assert_eq!(event.terms.anchor_day, 31);
    assert_eq!((event.terms.period_secs, event.terms.period_months), (0, 1));
}

#[test]
fn every_level_has_its_share_of_the_debit_only() {
    let mut world = world_of(prorated);
    let [(top, _), (second, _), (third, _), (wallet, token)] = world.referral_chain();
    world.subscribed(&wallet, token);
    let args = prorated(priced(world.create_plan_args(), 3 * PRICE));
    let dearer = world.add_plan(args);
    let instruction = change(&mut world, &wallet, dearer, false);
    let (event, money) = paid(&mut world, &wallet, token, instruction);
    assert_eq!(money.debit, 2 * PRICE);
    let (_, shares) = event.settlement().expect("a payment");
    for ((share, referrer), expected) in shares.iter().zip([third, second, top]).zip(SHARES) {
        assert_eq!(share.ledger, world.ledger_address(&referrer));
        assert_eq!(share.amount, 2 * expected);
        let ledger = world.ledger(&referrer);
        assert_eq!(ledger.owed(), Ok(3 * expected));
    }
    assert_eq!(money.merchant, 2 * (PRICE - SHARES.iter().sum::<u64>()));
}

#[test]
fn a_discount_lowers_price_and_credit() {
    let mut world = world_of(prorated);
    update_org(&mut world, |settings| {
        settings.tiers[0].points_threshold = 1;
        settings.tiers[0].discount_bps = 1_000;
        settings.tiers[1].points_threshold = u64::MAX;
        settings.tiers[1].points_boost_bps = 0;
    });
    let (wallet, token) = world.subscriber();
    let args = prorated(priced(world.create_plan_args(), 2 * PRICE));
    let other = world.add_plan(args);
    // The first payment was in no tier.
    let (event, money) = changed(&mut world, &wallet, token, other);
    let discounted = 2 * PRICE / 10 * 9;
    assert_eq!((event.credit, money.debit), (PRICE, discounted - PRICE));
    assert_eq!((event.terms.price, money.tier), (2 * PRICE, 1));
    // The approval is for the price, whatever the tier will be.
    assert_approves(&world, &token, 2 * APPROVED, 1);
    let home = home(&world);
    world.advance(STEP / 2);
    let (event, money) = changed(&mut world, &wallet, token, home);
    let price = PRICE / 10 * 9;
    assert_eq!((event.credit, money.debit), (price, 0));
    assert_eq!(part(discounted, STEP / 2, STEP), price);
}

#[test]
fn pyusd_is_prorated_too() {
    let mut world = World::with_extensions(PYUSD);
    let args = prorated(world.create_plan_args());
    world.plan = world.add_plan(args).plan;
    let (wallet, token) = world.subscriber();
    let args = prorated(priced(world.create_plan_args(), 2 * PRICE));
    let dearer = world.add_plan(args);
    let home = home(&world);
    world.advance(STEP / 2);
    let (event, money) = changed(&mut world, &wallet, token, dearer);
    assert_eq!((event.credit, money.debit), (PRICE / 2, 3 * PRICE / 2));
    let (event, money) = changed(&mut world, &wallet, token, home);
    assert_eq!((event.credit, money.debit), (PRICE, 0));
    assert_approves(&world, &token, APPROVED, 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_price_and_moment_is_prorated_exactly(
        price in 1_000_000..=4 * PRICE,
        elapsed in 0..STEP,
        refunded in 0..PRICE,
    ) {
        let (mut world, wallet, token, other) = between(price);
        if refunded > 0 {
            let refund = world.refund(&wallet, refunded);
            done(&mut world, &wallet, refund);
        }
        world.advance(elapsed);
        let (event, money) = changed(&mut world, &wallet, token, other);
        let credit = part(PRICE - refunded, STEP - elapsed, STEP).min(price);
        prop_assert_eq!((event.credit, money.debit), (credit, price - credit));
        let points = u128::from(POINTS) * u128::from(money.debit) / u128::from(price);
        prop_assert_eq!(u128::from(money.points), points);
        prop_assert_eq!(event.outstanding, price * u64::from(PERIODS));
    }

    #[test]
    fn no_row_of_changes_costs_less_than_what_is_used_and_what_is_left(
        steps in prop::collection::vec((0..3usize, 0..STEP + 10), 1..6),
    ) {
        let (mut world, wallet, token, dearer) = between(2 * PRICE + 1);
        let args = prorated(priced(world.create_plan_args(), PRICE / 3));
        let cheaper = world.add_plan(args);
        let home = home(&world);
        let choice = [(home, PRICE), (dearer, 2 * PRICE + 1), (cheaper, PRICE / 3)];
        let (mut value, mut used, mut debits) = (PRICE, 0, PRICE);
        for (index, elapsed) in steps {
            world.advance(elapsed);
            let (place, price) = choice[index];
            let rest = (STEP - elapsed).max(0);
            let credit = part(value, rest, STEP).min(price);
            used += part(value, elapsed.min(STEP), STEP);
            let (event, money) = changed(&mut world, &wallet, token, place);
            prop_assert_eq!((event.credit, money.debit), (credit, price - credit));
            debits += money.debit;
            value = price;
        }
        prop_assert_eq!(world.balance(&token), FUNDS - debits);
        prop_assert!(debits >= used + value);
    }
}
