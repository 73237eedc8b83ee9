use super::*;

#[test]
fn an_ended_subscription_is_not_charged() {
    let (mut world, wallet, _) = due();
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    assert_refused(&mut world, &wallet, TesseraError::NotLive);
    let subscription = world.subscription_address(&wallet);
    for state in [0, SubscriptionState::Lapsed as u8, 6, u8::MAX] {
        world.rewrite(&subscription, |subscription: &mut Subscription| {
            subscription.state = state;
        });
        assert_refused(&mut world, &wallet, TesseraError::NotLive);
    }
}

#[test]
fn a_paused_org_charges_nobody() {
    let (mut world, wallet, _) = due();
    let org = world.org;
    world.rewrite(&org, |org: &mut Org| {
        org.settings.pause_flags = Org::PAUSE_CHARGE;
    });
    assert_refused(&mut world, &wallet, TesseraError::Paused);
    world.rewrite(&org, |org: &mut Org| {
        org.settings.pause_flags = Org::PAUSE_SUBSCRIBE;
    });
    charge(&mut world, &wallet);
}

#[test]
fn an_ended_plan_charges_nobody() {
    let (mut world, wallet, _) = due();
    let (plan, now) = (world.plan, world.now());
    world.rewrite(&plan, |plan: &mut Plan| plan.ends_at = now);
    assert_refused(&mut world, &wallet, TesseraError::PlanEnded);
    world.rewrite(&plan, |plan: &mut Plan| plan.ends_at = now + 1);
    charge(&mut world, &wallet);
}

#[test]
fn counters_of_periods_stop_at_the_end() {
    let (mut world, wallet, _) = due();
    let subscription = world.subscription_address(&wallet);
    world.rewrite(&subscription, |subscription: &mut Subscription| {
        subscription.periods_paid = u32::MAX - 1;
        subscription.terms.approved_periods = u32::MAX;
    });
    charge(&mut world, &wallet);
    assert_eq!(world.subscription(&wallet).periods_paid, u32::MAX);
    world.advance(STEP);
    assert_refused(&mut world, &wallet, TesseraError::PeriodsUsedUp);
}

#[test]
fn a_late_charge_keeps_the_billing_day() {
    for late in [1, LATEST / 2, LATEST] {
        let (mut world, wallet, _) = due();
        world.advance(late);
        charge(&mut world, &wallet);
        let subscription = world.subscription(&wallet);
        assert_eq!(subscription.paid_through, START + 2 * STEP);
        assert_eq!(subscription.next_due, START + 2 * STEP);
    }
}

#[test]
fn a_charge_after_the_grace_time_starts_another_billing_day() {
    for late in [LATEST + 1, STEP / 2, STEP - 1] {
        let (mut world, wallet, _) = due();
        world.advance(late);
        charge(&mut world, &wallet);
        let subscription = world.subscription(&wallet);
        assert_eq!(subscription.period_start, world.now());
        assert_eq!(subscription.paid_through, world.now() + STEP);
        assert_eq!(subscription.next_due, world.now() + STEP);
    }
}

#[test]
fn even_with_the_longest_grace_time_half_a_period_lies_between_two_charges() {
    let (mut world, wallet, _) = due();
    let subscription = world.subscription_address(&wallet);
    world.rewrite(&subscription, |subscription: &mut Subscription| {
        subscription.terms.grace_secs = PERIOD / 2;
    });
    world.advance(STEP / 2);
    let next = world.charge(&wallet, None);
    world
        .send(&[next.clone(), next.clone()], &[])
        .expect_err("twice in one transaction")
        .assert_is(TesseraError::NotDue);
    charge(&mut world, &wallet);
    world.advance(STEP / 2 - 1);
    assert_refused(&mut world, &wallet, TesseraError::NotDue);
    world.advance(1);
    charge(&mut world, &wallet);
}

#[test]
fn a_subscription_lapses_when_a_whole_period_was_missed() {
    for late in [STEP, STEP + 1, 1_000 * STEP] {
        let (mut world, wallet, token) = due();
        world.advance(late);
        assert_refused(&mut world, &wallet, TesseraError::Lapsed);
        assert_eq!(world.balance(&token), FUNDS - PRICE);
    }
}
