use super::*;
use std::slice::from_ref;

#[test]
fn not_a_second_early() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world.advance(STEP - 1);
    assert_refused(&mut world, &wallet, token, TesseraError::NotDue);
    world.advance(1);
    charge(&mut world, &wallet, token);
}

#[test]
fn one_period_is_charged_once() {
    let (mut world, wallet, token) = due();
    let twice = world.charge(&wallet, token, None);
    world
        .send(&[twice.clone(), twice.clone()], &[])
        .expect_err("twice in one transaction")
        .assert_is(TesseraError::NotDue);
    world.send(from_ref(&twice), &[]).expect("charge");
    world
        .send(&[twice], &[])
        .expect_err("twice in one slot")
        .assert_is(TesseraError::NotDue);
    assert_eq!(world.balance(&token), FUNDS - 2 * PRICE);
}

#[test]
fn an_ended_subscription_is_not_charged() {
    let (mut world, wallet, token) = due();
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    assert_refused(&mut world, &wallet, token, TesseraError::NotLive);
    let subscription = world.subscription_address(&wallet);
    for state in [0, SubscriptionState::Lapsed as u8, 6, u8::MAX] {
        world.rewrite(&subscription, |subscription: &mut Subscription| {
            subscription.state = state;
        });
        assert_refused(&mut world, &wallet, token, TesseraError::NotLive);
    }
}

#[test]
fn a_paused_org_charges_nobody() {
    let (mut world, wallet, token) = due();
    let org = world.org;
    world.rewrite(&org, |org: &mut Org| org.pause_flags = Org::PAUSE_CHARGE);
    assert_refused(&mut world, &wallet, token, TesseraError::Paused);
    world.rewrite(&org, |org: &mut Org| org.pause_flags = Org::PAUSE_SUBSCRIBE);
    charge(&mut world, &wallet, token);
}

#[test]
fn an_ended_plan_charges_nobody() {
    let (mut world, wallet, token) = due();
    let (plan, now) = (world.plan, world.now());
    world.rewrite(&plan, |plan: &mut Plan| plan.ends_at = now);
    assert_refused(&mut world, &wallet, token, TesseraError::PlanEnded);
    world.rewrite(&plan, |plan: &mut Plan| plan.ends_at = now + 1);
    charge(&mut world, &wallet, token);
}

#[test]
fn counters_of_periods_stop_at_the_end() {
    let (mut world, wallet, token) = due();
    let subscription = world.subscription_address(&wallet);
    world.rewrite(&subscription, |subscription: &mut Subscription| {
        subscription.periods_paid = u32::MAX;
        subscription.approved_periods = u32::MAX;
    });
    charge(&mut world, &wallet, token);
    assert_eq!(world.subscription(&wallet).periods_paid, u32::MAX);
}

#[test]
fn a_clock_that_steps_back_charges_nothing() {
    let (mut world, wallet, token) = due();
    charge(&mut world, &wallet, token);
    world.advance(-10 * STEP);
    assert_refused(&mut world, &wallet, token, TesseraError::NotDue);
}

#[test]
fn a_late_charge_keeps_the_billing_day() {
    for late in [1, LATEST / 2, LATEST] {
        let (mut world, wallet, token) = due();
        world.advance(late);
        charge(&mut world, &wallet, token);
        let subscription = world.subscription(&wallet);
        assert_eq!(subscription.paid_through, START + 2 * STEP);
        assert_eq!(subscription.next_due, START + 2 * STEP);
    }
}

#[test]
fn a_charge_after_the_grace_time_starts_the_billing_day_anew() {
    for late in [LATEST + 1, STEP / 2, STEP - 1] {
        let (mut world, wallet, token) = due();
        world.advance(late);
        charge(&mut world, &wallet, token);
        let subscription = world.subscription(&wallet);
        assert_eq!(subscription.paid_through, world.now() + STEP);
        assert_eq!(subscription.next_due, world.now() + STEP);
    }
}

#[test]
fn even_the_longest_grace_time_never_bills_a_period_that_is_over() {
    let (mut world, wallet, token) = due();
    let plan = world.plan;
    world.rewrite(&plan, |plan: &mut Plan| plan.grace_secs = PERIOD - 1);
    world.advance(STEP - 1);
    let charge = world.charge(&wallet, token, None);
    world
        .send(&[charge.clone(), charge.clone()], &[])
        .expect_err("twice at once")
        .assert_is(TesseraError::NotDue);
    world.advance(1);
    world.send(&[charge], &[]).expect("charge");
    assert_eq!(world.subscription(&wallet).paid_through, world.now() + STEP);
}

#[test]
fn missed_periods_are_never_billed() {
    for missed in [1, 2, 1_000] {
        for past in [0, 1, STEP - 1] {
            let (mut world, wallet, token) = due();
            world.advance(missed * STEP + past);
            charge(&mut world, &wallet, token);
            let subscription = world.subscription(&wallet);
            assert_eq!(subscription.paid_through, world.now() + STEP);
            assert_eq!(subscription.next_due, world.now() + STEP);
            assert_eq!(subscription.periods_paid, 2);
            assert_eq!(world.balance(&token), FUNDS - 2 * PRICE);
            assert_refused(&mut world, &wallet, token, TesseraError::NotDue);
        }
    }
}
