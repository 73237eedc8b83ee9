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
        .assert_error(&InstructionError::Custom(TokenError::AccountFrozen as u32));
    let (mut world, wallet, token) = member();
    world.drain(&token, &wallet, PRICE - 1);
    world
        .send(&[subscribe], &[&wallet])
        .expect_err("one unit short")
        .assert_error(&InstructionError::Custom(
            TokenError::InsufficientFunds as u32,
        ));
    assert!(world.svm.get_account(&world.delegate(&wallet)).is_none());
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

    args.replace_delegate = 1;
    world
        .send(&[world.subscribe(&wallet, token, args)], &[&wallet])
        .expect("replaced");
    let state = world.token(&token);
    assert_eq!(state.delegate, Some(world.delegate(&wallet)).into());
    assert_eq!(state.delegated_amount, PRICE * u64::from(PERIODS));
}

#[test]
fn amounts_do_not_wrap() {
    // Price times periods.
    let (mut world, wallet, token) = member();
    let plan = world.plan;
    world.rewrite(&plan, |plan: &mut Plan| plan.price = u64::MAX / 2);
    let args = SubscribeArgs {
        expected_price: u64::MAX / 2,
        approved_periods: 3,
        ..world.subscribe_args()
    };
    world
        .send(&[world.subscribe(&wallet, token, args)], &[&wallet])
        .expect_err("approval")
        .assert_is(TesseraError::ArithmeticOverflow);
    // What is approved already, and more.
    let (mut world, wallet, token) = member();
    let delegate = world.delegate(&wallet);
    world.approve(&token, &wallet, &delegate, u64::MAX);
    world
        .send(
            &[world.subscribe(&wallet, token, world.subscribe_args())],
            &[&wallet],
        )
        .expect_err("sum of approvals")
        .assert_is(TesseraError::ArithmeticOverflow);
    // Points and their boost.
    let (mut world, wallet, token) = member();
    let member = world.member_address(&wallet);
    world.rewrite(&plan, |plan: &mut Plan| plan.points_per_charge = u64::MAX);
    world.rewrite(&member, |member: &mut Member| member.tier = 1);
    world
        .send(
            &[world.subscribe(&wallet, token, world.subscribe_args())],
            &[&wallet],
        )
        .expect_err("points")
        .assert_is(TesseraError::ArithmeticOverflow);
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
    let authority_bump = bump(&[b"authority", owner.as_ref(), mint.as_ref()]);
    let address = world.subscription_address(&wallet);
    let subscription = world.subscription(&wallet);
    let expected = Subscription {
        plan,
        wallet: owner,
        ledgers: [NO_ADDRESS; 3],
        rent_payer: world.payer.pubkey(),
        receipt_head: subscription.receipt_head,
        receipt_seq: 1,
        price: PRICE,
        subscribed_at: START,
        next_due: end,
        paid_through: end,
        authority_generation: 1,
        periods_paid: 1,
        approved_periods: PERIODS,
        commission_bps: COMMISSION_BPS,
        state: SubscriptionState::Active as u8,
        attempts: 0,
        version: LAYOUT_VERSION,
        bump: bump(&[b"subscription", plan.as_ref(), owner.as_ref()]),
        authority_bump,
        spare: [0; 9],
    };
    assert_eq!(subscription, expected);
    let expected = Authority {
        wallet: owner,
        mint,
        rent_payer: world.payer.pubkey(),
        generation: 1,
        live_subscriptions: 1,
        version: LAYOUT_VERSION,
        bump: authority_bump,
        spare: [0; 14],
    };
    assert_eq!(
        world.account::<Authority>(&world.delegate(&wallet)),
        expected
    );

    let Event::Subscribed(event, shares) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.receipt.account, address);
    assert_eq!((event.receipt.seq, event.receipt.at), (1, START));
    assert_eq!((event.plan, event.wallet), (plan, owner));
    assert_eq!(
        (event.period_secs, event.approved_periods),
        (PERIOD, PERIODS)
    );
    assert_eq!((event.commission_bps, event.quoted), (COMMISSION_BPS, 0));
    let money = event.settlement;
    assert_eq!(
        (money.debit, money.merchant, money.keeper_fee),
        (PRICE, PRICE, 0)
    );
    assert_eq!((money.points, money.paid_through), (POINTS, end));
    assert_eq!(shares, []);
    assert_eq!(world.assert_receipts::<Subscription>(&address), 1);

    assert_eq!(world.balance(&token), FUNDS - PRICE);
    assert_eq!(world.balance(&world.destination), PRICE);
    let state = world.token(&token);
    assert_eq!(state.delegate, Some(world.delegate(&wallet)).into());
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
    let authority: Authority = world.account(&world.delegate(&wallet));
    assert_eq!(authority.live_subscriptions, 2);
}

#[test]
fn a_price_of_one_unit_is_paid_in_full_to_the_merchant() {
    let (mut world, chain, _) = referred();
    let plan = world.plan;
    world.rewrite(&plan, |plan: &mut Plan| {
        (plan.price, plan.price_floor, plan.keeper_fee_cap) = (1, 1, 0);
    });
    let args = SubscribeArgs {
        expected_price: 1,
        ..world.subscribe_args()
    };
    let (payer, token) = &chain[3];
    world
        .send(&[world.subscribe(payer, *token, args)], &[payer])
        .expect("subscribe");
    assert_eq!(world.balance(&world.destination), 1);
    assert_eq!(world.balance(&world.vault()), 0);
}
