use super::*;

#[test]
fn the_terms_are_those_that_the_wallet_signed() {
    assert_refused(
        |_, args| args.terms.price = PRICE - 1,
        TesseraError::TermsChanged,
    );
    assert_refused(
        |_, args| args.terms.price = PRICE + 1,
        TesseraError::TermsChanged,
    );
    assert_refused(
        |_, args| args.terms.period_secs = PERIOD + 1,
        TesseraError::TermsChanged,
    );
    assert_refused(
        |_, args| args.terms.period_months = 1,
        TesseraError::TermsChanged,
    );
    assert_refused(|_, args| args.trial_secs = 1, TesseraError::TermsChanged);
    for consents in [Plan::METERED, Plan::PERMANENT_DELEGATE, Plan::PRORATED, 128] {
        assert_refused(
            |_, args| args.terms.consents = consents,
            TesseraError::TermsChanged,
        );
    }
}

#[test]
fn a_transaction_kept_back_is_void_after_its_deadline() {
    assert_refused(
        |_, args| args.terms.deadline = START - 1,
        TesseraError::DeadlinePassed,
    );
    let (mut world, wallet, token) = member();
    let mut args = world.subscribe_args();
    args.terms.deadline = START;
    world
        .send(&[world.subscribe(&wallet, token, args)], &[&wallet])
        .expect("at the deadline");
}

#[test]
fn at_least_one_later_period_is_approved() {
    assert_refused(
        |_, args| args.terms.approved_periods = 0,
        TesseraError::NoPeriodsApproved,
    );
}

#[test]
fn reserved_bytes_and_flags_are_checked() {
    assert_refused(|_, args| args.spare[3] = 1, TesseraError::SpareNotZero);
    assert_refused(
        |_, args| args.terms.spare[6] = 1,
        TesseraError::SpareNotZero,
    );
    assert_refused(|_, args| args.terms.quoted = 2, TesseraError::SpareNotZero);
    assert_refused(
        |_, args| args.terms.replace_delegate = 2,
        TesseraError::SpareNotZero,
    );
    assert_refused(
        |_, args| args.terms.quote_deadline = 1,
        TesseraError::QuoteUnexpected,
    );
    assert_refused(
        |_, args| args.terms.quote_nonce = 1,
        TesseraError::QuoteUnexpected,
    );
    assert_refused(
        |_, args| args.terms.quote_most_periods = 1,
        TesseraError::QuoteUnexpected,
    );
}

#[test]
fn a_paused_org_takes_nobody_in() {
    assert_refused(
        |world, _| {
            let org = world.org;
            world.rewrite(&org, |org: &mut Org| {
                org.settings.pause_flags = Org::PAUSE_SUBSCRIBE;
            });
        },
        TesseraError::Paused,
    );
    let (mut world, wallet, token) = member();
    let org = world.org;
    world.rewrite(&org, |org: &mut Org| {
        org.settings.pause_flags = Org::PAUSE_CHARGE;
    });
    world.subscribed(&wallet, token);
}

#[test]
fn an_ended_plan_takes_nobody_in() {
    assert_refused(
        |world, _| {
            let plan = world.plan;
            world.rewrite(&plan, |plan: &mut Plan| plan.ends_at = START);
        },
        TesseraError::PlanEnded,
    );
}

#[test]
fn a_live_subscription_is_not_sold_twice() {
    for state in [
        SubscriptionState::Trial,
        SubscriptionState::Active,
        SubscriptionState::PastDue,
    ] {
        let mut world = World::new();
        let (wallet, token) = world.subscriber();
        let subscription = world.subscription_address(&wallet);
        world.rewrite(&subscription, |subscription: &mut Subscription| {
            subscription.state = state as u8;
        });
        world
            .send(
                &[world.subscribe(&wallet, token, world.subscribe_args())],
                &[&wallet],
            )
            .expect_err("live")
            .assert_is(TesseraError::AlreadySubscribed);
    }
}

#[test]
fn paid_time_is_not_sold_twice_and_receipts_continue() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    world.advance(1_000);
    world.subscribed(&wallet, token);
    let subscription = world.subscription(&wallet);
    let end = START + 2 * i64::from(PERIOD);
    assert_eq!(subscription.paid_through, end);
    assert_eq!(subscription.next_due, end);
    assert_eq!(subscription.periods_paid, 1);
    assert_eq!(subscription.subscribed_at, START + 1_000);
    assert_eq!(subscription.state, SubscriptionState::Active as u8);
    let address = world.subscription_address(&wallet);
    assert_eq!(world.assert_receipts::<Subscription>(&address), 3);
}

#[test]
fn a_lapse_in_between_is_not_sold() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    world.advance(5 * i64::from(PERIOD));
    world.subscribed(&wallet, token);
    assert_eq!(
        world.subscription(&wallet).paid_through,
        START + 6 * i64::from(PERIOD)
    );
}

#[test]
fn no_period_is_sold_that_starts_when_the_plan_is_over() {
    let mut world = World::new();
    let plan = world.plan;
    let end = START + i64::from(PERIOD);
    world.rewrite(&plan, |plan: &mut Plan| plan.ends_at = end);
    let (wallet, token) = world.subscriber();
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    world
        .send(
            &[world.subscribe(&wallet, token, world.subscribe_args())],
            &[&wallet],
        )
        .expect_err("the next period starts at the end")
        .assert_is(TesseraError::PlanEnded);
}

#[test]
fn a_new_signature_takes_the_referrers_and_rates_of_its_day() {
    let (mut world, chain, subscribe) = referred();
    let (payer, token) = &chain[3];
    world.send(&[subscribe], &[payer]).expect("subscribe");
    world
        .send(&[world.cancel(payer)], &[payer])
        .expect("cancel");
    let org = world.org;
    world.rewrite(&org, |org: &mut Org| {
        org.settings.commission_bps = [100, 0, 0];
    });
    world.subscribed(payer, *token);
    let terms = world.subscription(payer).terms;
    assert_eq!(terms.commission_bps, [100, 0, 0]);
}

#[test]
fn a_price_that_raised_rates_leave_nothing_of_is_not_signed() {
    let (mut world, wallet, token) = member();
    let (org, plan) = (world.org, world.plan);
    world.rewrite(&org, |org: &mut Org| {
        org.settings.commission_bps = [5_000, 0, 0];
    });
    world.rewrite(&plan, |plan: &mut Plan| {
        plan.keeper_fee_cap = plan.price - plan.price / 2 + 1;
    });
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    world
        .send(&[subscribe], &[&wallet])
        .expect_err("no share left")
        .assert_is(TesseraError::PriceBelowShares);
}
