use super::*;
use std::slice::from_ref;

#[test]
fn too_few_tokens_or_a_frozen_account_pay_nothing() {
    let (mut world, wallet, token) = member();
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    world.freeze(&token);
    world
        .send(from_ref(&subscribe), &[&wallet])
        .expect_err("frozen")
        .assert_is(TesseraError::TokenAccountFrozen);
    let (mut world, wallet, token) = member();
    world.drain(&token, &wallet, PRICE - 1);
    world
        .send(&[subscribe], &[&wallet])
        .expect_err("one unit short")
        .assert_error(&InstructionError::Custom(
            TokenError::InsufficientFunds as u32,
        ));
    assert!(world.svm.get_account(&world.delegate(&token)).is_none());
}

#[test]
fn a_foreign_delegate_is_replaced_only_when_the_wallet_says_so() {
    let (mut world, wallet, token) = member();
    let foreign = key(60).pubkey();
    world.approve(&token, &wallet, &foreign, 5);
    let mut args = world.subscribe_args();
    world
        .send(&[world.subscribe(&wallet, token, args)], &[&wallet])
        .expect_err("foreign delegate")
        .assert_is(TesseraError::ForeignDelegate);
    assert_eq!(world.token(&token).delegate, Some(foreign).into());

    args.terms.replace_delegate = 1;
    world
        .send(&[world.subscribe(&wallet, token, args)], &[&wallet])
        .expect("replaced");
    let state = world.token(&token);
    assert_eq!(state.delegate, Some(world.delegate(&token)).into());
    assert_eq!(state.delegated_amount, PRICE * u64::from(PERIODS));
}

#[test]
fn amounts_do_not_wrap() {
    // Price times periods.
    let (mut world, wallet, token) = member();
    let plan = world.plan;
    world.rewrite(&plan, |plan: &mut Plan| plan.price = u64::MAX / 2);
    let mut args = world.subscribe_args();
    args.terms.approved_periods = 3;
    world
        .send(&[world.subscribe(&wallet, token, args)], &[&wallet])
        .expect_err("approval")
        .assert_is(TesseraError::ArithmeticOverflow);
    // Price of all periods, the first included, across two subscriptions.
    let (mut world, wallet, token) = member();
    world.subscribed(&wallet, token);
    let second = world.second_plan();
    let delegate = world.delegate(&token);
    world.rewrite(&delegate, |authority: &mut Authority| {
        authority.outstanding = u64::MAX;
    });
    world.approve(&token, &wallet, &delegate, u64::MAX);
    world
        .within(second, |world| {
            let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
            world.send(&[subscribe], &[&wallet])
        })
        .expect_err("sum of approvals")
        .assert_is(TesseraError::ArithmeticOverflow);
}

#[test]
fn points_and_their_boost_take_what_fits() {
    let (mut world, wallet, token) = member();
    let (plan, member) = (world.plan, world.member_address(&wallet));
    world.rewrite(&plan, |plan: &mut Plan| plan.points_per_charge = u64::MAX);
    world.rewrite(&member, |member: &mut Member| {
        (member.tier, member.points) = (1, 5);
    });
    world.subscribed(&wallet, token);
    let member = world.member(&wallet);
    assert_eq!(member.points, u64::MAX);
    assert_eq!(member.lifetime_points, u64::MAX - 5);
    assert_eq!(world.subscription(&wallet).period_points, u64::MAX - 5);
}

#[test]
fn every_field_is_written_without_a_referrer() {
    let (mut world, wallet, token) = member();
    let sent = world
        .send(
            &[world.subscribe(&wallet, token, world.subscribe_args())],
            &[&wallet],
        )
        .expect("subscribe");
    let end = START + i64::from(PERIOD);
    let bump = |seeds: &[&[u8]]| Address::find_program_address(seeds, &ID).1;
    let (owner, mint, plan) = (wallet.pubkey(), world.mint, world.plan);
    let authority_bump = bump(&[b"authority", token.as_ref()]);
    let payer = world.payer.pubkey();
    let address = world.subscription_address(&wallet);
    let subscription = world.subscription(&wallet);
    let terms = Terms {
        price: PRICE,
        period_secs: PERIOD,
        grace_secs: GRACE,
        hold_secs: HOLD,
        approved_periods: PERIODS,
        commission_bps: COMMISSION_BPS,
        boost_bps: [1_000, 2_500, 0, 0],
        discount_bps: [0; 4],
        period_months: 0,
        anchor_day: 0,
    };
    let generation = world.authority_of(&token).generation;
    assert!(generation >= START_SLOT);
    let subscription_bump = bump(&[b"subscription", plan.as_ref(), owner.as_ref()]);
    let mut header = Header::new(subscription_bump, START_SLOT, payer);
    (header.receipt_seq, header.receipt_head) = (1, subscription.header.receipt_head);
    let expected = Subscription {
        header,
        plan,
        wallet: owner,
        payer_token: token,
        ledgers: [NO_ADDRESS; 3],
        first_plan: plan,
        pending_plan: NO_ADDRESS,
        terms,
        agreement_seq: 1,
        authority_generation: generation,
        quote_nonce: 0,
        quote_deadline: 0,
        subscribed_at: START,
        period_start: START,
        paid_through: end,
        next_due: end,
        paused_until: 0,
        period_debit: PRICE,
        period_refunded: 0,
        period_credit: 0,
        period_points: POINTS,
        pending_price: 0,
        pending_periods: 0,
        periods_paid: 1,
        state: SubscriptionState::Active as u8,
        authority_bump,
        period_flags: 0,
        consents: 0,
        levels: 0,
        spare: [0; 27],
    };
    assert_eq!(subscription, expected);
    let outstanding = PRICE * u64::from(PERIODS);
    let expected = Authority {
        header: Header::new(authority_bump, START_SLOT, payer),
        wallet: owner,
        mint,
        token_account: token,
        generation,
        outstanding,
        live_subscriptions: 1,
        spare: [0; 36],
    };
    assert_eq!(world.authority_of(&token), expected);

    let Event::Subscribed(event, shares) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.receipt.account, address);
    assert_eq!((event.receipt.seq, event.receipt.at), (1, START));
    assert_eq!((event.plan, event.wallet), (plan, owner));
    assert_eq!((event.payer_token, event.terms), (token, terms));
    assert_eq!(
        (event.authority_generation, event.outstanding),
        (generation, outstanding)
    );
    assert_eq!((event.quote_nonce, event.quote_deadline), (0, 0));
    assert_eq!((event.consents, event.spare), (0, [0; 7]));
    assert_eq!(event.trial_ends_at, 0);
    let money = event.settlement;
    assert_eq!(
        (money.debit, money.merchant, money.keeper_fee),
        (PRICE, PRICE, 0)
    );
    assert_eq!(money.points, POINTS);
    assert_eq!((money.period_start, money.paid_through), (START, end));
    assert_eq!((money.levels, money.flags, money.tier), (0, 0, 0));
    assert_eq!((money.debt_repaid, money.points_expired), (0, 0));
    assert_eq!(shares, []);
    assert_eq!(world.assert_receipts::<Subscription>(&address), 1);

    assert_eq!(world.balance(&token), FUNDS - PRICE);
    assert_eq!(world.balance(&world.destination), PRICE);
    let state = world.token(&token);
    assert_eq!(state.delegate, Some(world.delegate(&token)).into());
    assert_eq!(state.delegated_amount, PRICE * u64::from(PERIODS));
    let member = world.member(&wallet);
    assert_eq!((member.points, member.lifetime_points), (POINTS, POINTS));
}

#[test]
fn a_second_subscription_raises_the_approval() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let second = world.second_plan();
    world.within(second, |world| world.subscribed(&wallet, token));
    assert_eq!(
        world.token(&token).delegated_amount,
        2 * PRICE * u64::from(PERIODS)
    );
    let authority = world.authority_of(&token);
    assert_eq!(authority.live_subscriptions, 2);
    assert_eq!(authority.outstanding, 2 * PRICE * u64::from(PERIODS));
}
