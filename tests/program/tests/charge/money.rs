use super::*;
use std::slice::from_ref;

#[test]
fn an_approval_covers_the_whole_price() {
    let (mut world, wallet, token) = due();
    let delegate = world.delegate(&token);
    world.approve(&token, &wallet, &delegate, PRICE - 1);
    assert_refused(&mut world, &wallet, TesseraError::ApprovalTooSmall);
    world.approve(&token, &wallet, &delegate, PRICE);
    charge(&mut world, &wallet);
    assert_eq!(world.token(&token).delegated_amount, 0);
}

#[test]
fn the_approval_ends_after_the_approved_periods() {
    let (mut world, wallet, _) = due();
    for _ in 0..PERIODS {
        charge(&mut world, &wallet);
        world.advance(STEP);
    }
    assert_refused(&mut world, &wallet, TesseraError::PeriodsUsedUp);
}

#[test]
fn shares_above_the_price_are_refused() {
    let (mut world, chain, charge) = due_with_referrers();
    let subscription = world.subscription_address(&chain[3].0);
    let original = world.subscription(&chain[3].0);
    world.rewrite(&subscription, |subscription: &mut Subscription| {
        subscription.terms.commission_bps = [10_000, 1, 0];
    });
    world
        .send(from_ref(&charge), &[])
        .expect_err("commission above the price")
        .assert_is(TesseraError::PriceBelowShares);

    world.rewrite(&subscription, |subscription: &mut Subscription| {
        *subscription = original;
        subscription.terms.price = KEEPER_FEE;
    });
    world.advance(LATEST);
    let keeper = world.create_token_account(&key(60).pubkey(), 0);
    let mut attack = charge;
    attack.accounts[KEEPER] = AccountMeta::new(keeper, false);
    world
        .send(&[attack], &[])
        .expect_err("fee and commission above the price")
        .assert_is(TesseraError::PriceBelowShares);
}

#[test]
fn amounts_and_times_do_not_wrap() {
    let (mut world, wallet, _) = due();
    let subscription = world.subscription_address(&wallet);
    world.rewrite(&subscription, |subscription: &mut Subscription| {
        subscription.header.receipt_seq = u64::MAX;
    });
    assert_refused(&mut world, &wallet, TesseraError::ArithmeticOverflow);

    let (mut world, chain, charge) = due_with_referrers();
    let ledger = world.ledger_address(&chain[2].0);
    world.rewrite(&ledger, |ledger: &mut Ledger| ledger.claimable = u64::MAX);
    world
        .send(&[charge], &[])
        .expect_err("ledger")
        .assert_is(TesseraError::ArithmeticOverflow);
}

#[test]
fn only_the_approved_periods_are_collected_whatever_the_token_approval() {
    let (mut world, wallet, token) = due();
    let delegate = world.delegate(&token);
    world.approve(&token, &wallet, &delegate, FUNDS);
    for _ in 0..PERIODS {
        charge(&mut world, &wallet);
        world.advance(STEP);
    }
    assert_refused(&mut world, &wallet, TesseraError::PeriodsUsedUp);
}

#[test]
fn a_charge_without_a_referrer_is_written_everywhere() {
    let (mut world, wallet, token) = due();
    let before = world.subscription(&wallet);
    let sent = world
        .send(&[world.charge(&wallet, None)], &[])
        .expect("charge");
    let address = world.subscription_address(&wallet);
    let end = START + 2 * STEP;
    let Event::Charged(event, shares) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.receipt.account, address);
    assert_eq!((event.receipt.seq, event.receipt.at), (2, START + STEP));
    let money = event.settlement;
    assert_eq!(
        (money.debit, money.merchant, money.keeper_fee),
        (PRICE, PRICE, 0)
    );
    assert_eq!(money.points, POINTS);
    assert_eq!(
        (money.period_start, money.paid_through),
        (START + STEP, end)
    );
    assert_eq!((money.levels, money.flags), (0, 0));
    assert_eq!(shares, []);
    assert_eq!(world.assert_receipts::<Subscription>(&address), 2);

    let after = world.subscription(&wallet);
    let expected = Subscription {
        header: Header {
            receipt_seq: 2,
            receipt_head: after.header.receipt_head,
            ..before.header
        },
        period_start: START + STEP,
        next_due: end,
        paid_through: end,
        periods_paid: 2,
        ..before
    };
    assert_eq!(after, expected);
    let left = PRICE * u64::from(PERIODS - 1);
    assert_eq!(world.authority_of(&token).outstanding, left);
    assert_eq!(world.balance(&token), FUNDS - 2 * PRICE);
    assert_eq!(world.balance(&world.destination), 2 * PRICE);
    assert_eq!(
        world.token(&token).delegated_amount,
        PRICE * u64::from(PERIODS - 1)
    );
    assert_eq!(world.member(&wallet).points, 2 * POINTS);
}

#[test]
fn three_levels_and_the_keeper_share_the_price() {
    let (mut world, chain, _) = due_with_referrers();
    let (payer, token) = &chain[3];
    let keeper = world.create_token_account(&key(60).pubkey(), 0);
    world.advance(LATEST);
    let (vault, merchant) = (
        world.balance(&world.vault()),
        world.balance(&world.destination),
    );
    let sent = world
        .send(&[world.charge(payer, Some(keeper))], &[])
        .expect("charge");
    let Event::Charged(event, shares) = sent.event() else {
        panic!("another event");
    };
    let commission: u64 = SHARES.iter().sum();
    let money = event.settlement;
    assert_eq!((money.debit, money.keeper_fee), (PRICE, KEEPER_FEE));
    assert_eq!(money.merchant, PRICE - commission - KEEPER_FEE);
    let amounts: Vec<u64> = shares.iter().map(|share| share.amount).collect();
    assert_eq!(amounts, SHARES);
    assert_eq!(world.balance(&keeper), KEEPER_FEE);
    assert_eq!(world.balance(&world.vault()), vault + commission);
    assert_eq!(world.balance(&world.destination), merchant + money.merchant);
    assert_eq!(world.balance(token), FUNDS - 2 * PRICE);
    for (level, above) in [2, 1, 0].into_iter().enumerate() {
        let ledger = world.ledger(&chain[above].0);
        assert_eq!(shares[level].ledger, world.ledger_address(&chain[above].0));
        // The first period's share has been released by this accrual.
        assert_eq!(
            (ledger.claimable, ledger.held, ledger.queued),
            (SHARES[level], SHARES[level], 0)
        );
    }
}

#[test]
fn a_keeper_takes_nothing_unasked_and_the_cap_at_most() {
    let (mut world, wallet, _) = due();
    let keeper = world.create_token_account(&key(60).pubkey(), 0);
    world.advance(LATEST);
    charge(&mut world, &wallet);
    assert_eq!(world.balance(&keeper), 0);
    world.advance(STEP + LATEST);
    world
        .send(&[world.charge(&wallet, Some(keeper))], &[])
        .expect("charge");
    assert_eq!(world.balance(&keeper), KEEPER_FEE);
    assert_eq!(world.balance(&world.destination), 3 * PRICE - KEEPER_FEE);
}

#[test]
fn the_keepers_fee_rises_from_nothing_when_due_to_the_cap_at_the_end_of_grace() {
    let third = LATEST / 3;
    for (late, fee) in [
        (0, 0),
        (1, 0),
        (third, KEEPER_FEE / 3),
        (LATEST - 1, KEEPER_FEE - 1),
        (LATEST, KEEPER_FEE),
        (LATEST + 1, KEEPER_FEE),
        (STEP - 1, KEEPER_FEE),
    ] {
        let (mut world, wallet, _) = due();
        let keeper = world.create_token_account(&key(60).pubkey(), 0);
        world.advance(late);
        let sent = world
            .send(&[world.charge(&wallet, Some(keeper))], &[])
            .expect("charge");
        let event = sent.event();
        let (money, _) = event.settlement().expect("payment");
        assert_eq!(money.keeper_fee, fee, "{late} seconds late");
        assert_eq!(money.merchant, PRICE - fee);
        assert_eq!(world.balance(&keeper), fee);
    }
}

#[test]
fn without_a_grace_time_the_keeper_is_paid_the_cap_from_the_start() {
    let (mut world, wallet, _) = due();
    let subscription = world.subscription_address(&wallet);
    world.rewrite(&subscription, |subscription: &mut Subscription| {
        subscription.terms.grace_secs = 0;
    });
    let keeper = world.create_token_account(&key(60).pubkey(), 0);
    world
        .send(&[world.charge(&wallet, Some(keeper))], &[])
        .expect("charge");
    assert_eq!(world.balance(&keeper), KEEPER_FEE);
}

#[test]
fn a_plan_without_a_keeper_fee_pays_none() {
    let (mut world, wallet, _) = due();
    let plan = world.plan;
    world.rewrite(&plan, |plan: &mut Plan| plan.keeper_fee_cap = 0);
    world.advance(LATEST);
    let keeper = world.create_token_account(&key(60).pubkey(), 0);
    world
        .send(&[world.charge(&wallet, Some(keeper))], &[])
        .expect("charge");
    assert_eq!(world.balance(&keeper), 0);
    assert_eq!(world.balance(&world.destination), 2 * PRICE);
}

#[test]
fn a_tiers_boost_raises_the_points_from_the_next_charge() {
    let (mut world, wallet, _) = due();
    let mut received = Vec::new();
    for _ in 0..7 {
        let before = world.member(&wallet).points;
        charge(&mut world, &wallet);
        received.push(world.member(&wallet).points - before);
        world.advance(STEP);
    }
    // 990 points a charge: 10 % more once 2,970 are held, 25 % more once 5,148 are.
    assert_eq!(received, [990, 990, 1_089, 1_089, 1_237, 1_237, 1_237]);
}

#[test]
fn later_changes_of_the_plan_do_not_reach_what_was_signed() {
    let (mut world, chain, charge) = due_with_referrers();
    let (plan, org) = (world.plan, world.org);
    world.rewrite(&plan, |plan: &mut Plan| {
        (plan.price, plan.period_secs, plan.grace_secs) = (PRICE * 2, PERIOD * 2, 0);
    });
    world.rewrite(&org, |org: &mut Org| {
        (org.settings.commission_bps, org.settings.hold_secs) = ([5_000, 0, 0], 0);
        org.settings.tiers[0].points_boost_bps = 0;
    });
    let member = world.member_address(&chain[3].0);
    world.rewrite(&member, |member: &mut Member| member.tier = 1);
    world.advance(LATEST);
    let sent = world.send(&[charge], &[]).expect("charge");
    let event = sent.event();
    let (money, _) = event.settlement().expect("payment");
    assert_eq!(money.points, POINTS + POINTS / 10);
    assert_eq!(money.paid_through, START + 2 * STEP);
    assert_eq!(world.balance(&chain[3].1), FUNDS - 2 * PRICE);
    assert_eq!(
        world.balance(&world.vault()),
        2 * SHARES.iter().sum::<u64>()
    );
    let held = world.ledger(&chain[2].0).release_at - world.now();
    assert_eq!(held, i64::from(HOLD));
}

#[test]
fn only_the_token_account_that_was_signed_pays() {
    let (mut world, wallet, token) = due();
    let savings = world.create_token_account(&wallet.pubkey(), PRICE);
    let delegate = world.delegate(&token);
    world.approve(&savings, &wallet, &delegate, PRICE);
    let mut attack = world.charge(&wallet, None);
    attack.accounts[PAYER_TOKEN].pubkey = savings;
    world
        .send(&[attack], &[])
        .expect_err("another account of the wallet")
        .assert_is(TesseraError::WrongPayerToken);
    charge(&mut world, &wallet);
    assert_eq!(world.balance(&token), FUNDS - 2 * PRICE);
}
