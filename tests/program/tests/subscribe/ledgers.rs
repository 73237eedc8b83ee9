use super::*;
use std::slice::from_ref;

#[test]
fn ledger_balances_do_not_wrap() {
    let full = |held, queued, claimable, release_at| {
        move |ledger: &mut Ledger| {
            (ledger.held, ledger.queued, ledger.claimable) = (held, queued, claimable);
            (ledger.release_at, ledger.queued_release_at) = (release_at, release_at);
        }
    };
    for (change, hold_secs) in [
        (full(1, u64::MAX, 0, i64::MAX), HOLD),
        (full(1, 0, u64::MAX, 0), HOLD),
        (full(1, u64::MAX, 1, 0), HOLD),
        (full(0, 0, u64::MAX, 0), 0),
    ] {
        let (mut world, chain, subscribe) = referred();
        let (ledger, org) = (world.ledger_address(&chain[1].0), world.org);
        world.rewrite(&ledger, change);
        world.rewrite(&org, |org: &mut Org| org.settings.hold_secs = hold_secs);
        world
            .send(&[subscribe], &[&chain[3].0])
            .expect_err("overflow")
            .assert_is(TesseraError::ArithmeticOverflow);
    }
}

#[test]
fn no_level_is_left_out() {
    for level in LEDGERS {
        let (mut world, chain, mut subscribe) = referred();
        subscribe.accounts[level] = absent();
        world
            .send(&[subscribe], &[&chain[3].0])
            .expect_err("left out")
            .assert_is(TesseraError::MissingLedger);
    }
}

#[test]
fn a_ledger_that_was_never_opened_stops_it() {
    let (mut world, chain, subscribe) = referred();
    let ledger = world.ledger_address(&chain[0].0);
    world
        .svm
        .set_account(ledger, solana_account::Account::default())
        .expect("as if never opened");
    world
        .send(from_ref(&subscribe), &[&chain[3].0])
        .expect_err("missing ledger")
        .assert_is(TesseraError::MissingLedger);
    // Anyone can open it, in the same transaction.
    let open = world.open_ledger(&chain[0].0);
    world
        .send(&[open, subscribe], &[&chain[3].0])
        .expect("opened by the way");
}

#[test]
fn ledgers_keep_their_order() {
    let (mut world, chain, subscribe) = referred();
    for (a, b) in [(0, 1), (1, 2), (0, 2)] {
        let mut shuffled = subscribe.clone();
        shuffled.accounts.swap(LEDGERS[a], LEDGERS[b]);
        world
            .send(&[shuffled], &[&chain[3].0])
            .expect_err("shuffled")
            .assert_is(TesseraError::WrongLedger);
    }
}

#[test]
fn foreign_ledgers_earn_nothing() {
    let (mut world, chain, subscribe) = referred();
    let third = &chain[2].0;
    let elsewhere = world.second_org();
    let other_org = world.within(elsewhere, |world| {
        world.join(third, None);
        world.send(&[world.open_ledger(third)], &[]).expect("open");
        world.ledger_address(third)
    });
    let other_mint = key(7);
    world.create_mint(&other_mint);
    let (mint, plan_mint) = (other_mint.pubkey(), world.mint);
    world.mint = mint;
    world.send(&[world.open_ledger(third)], &[]).expect("open");
    world.mint = plan_mint;
    let own = world.ledger_address(&chain[3].0);
    for (wrong, expected) in [
        (own, TesseraError::WrongLedger),
        (other_org, TesseraError::WrongLedger),
        (
            address::ledger(&world.org, &third.pubkey(), &mint),
            TesseraError::WrongMint,
        ),
    ] {
        let attack = replace(&subscribe, &world.ledger_address(third), &wrong);
        world
            .send(&[attack], &[&chain[3].0])
            .expect_err("foreign ledger")
            .assert_is(expected);
    }
}

#[test]
fn one_ledger_is_not_two_levels() {
    let (mut world, chain, mut subscribe) = referred();
    subscribe.accounts[LEDGERS[1]] = subscribe.accounts[LEDGERS[0]].clone();
    world
        .send(&[subscribe], &[&chain[3].0])
        .expect_err("alias")
        .assert_error(&world::duplicate_account());
}

#[test]
fn a_ledger_at_a_level_without_a_referrer_earns_nothing() {
    let (mut world, wallet, token) = member();
    let earner = key(20);
    world.join(&earner, None);
    world.make_referrer(&earner, "EARNER");
    let before = world.ledger(&earner);
    for (level, refused) in LEDGERS.into_iter().zip([true, false, false]) {
        let mut subscribe = world.subscribe(&wallet, token, world.subscribe_args());
        subscribe.accounts[level] = AccountMeta::new(world.ledger_address(&earner), false);
        subscribe.accounts[VAULT] = AccountMeta::new(world.vault(), false);
        let result = world.simulate(&[subscribe.clone()], &[&wallet]);
        if refused {
            result
                .expect_err("nobody referred this member")
                .assert_is(TesseraError::UnexpectedLedger);
            continue;
        }
        // Behind the first level without a referrer nothing is read or written.
        world.send(&[subscribe], &[&wallet]).expect("subscribe");
        assert_eq!(world.subscription(&wallet).ledgers, [NO_ADDRESS; 3]);
        world
            .send(&[world.cancel(&wallet)], &[&wallet])
            .expect("cancel");
    }
    assert_eq!(world.ledger(&earner), before);
    assert_eq!(world.balance(&world.vault()), 0);
}

#[test]
fn commission_goes_to_the_vault_and_nowhere_else() {
    let (mut world, chain, subscribe) = referred();
    let thief = world.create_token_account(&key(60).pubkey(), 0);
    let mut attacks = vec![replace(&subscribe, &world.vault(), &thief)];
    let mut omitted = subscribe;
    omitted.accounts[VAULT] = absent();
    attacks.push(omitted);
    for attack in attacks {
        world
            .send(&[attack], &[&chain[3].0])
            .expect_err("vault")
            .assert_is(TesseraError::WrongVault);
    }
}

#[test]
fn three_levels_earn_their_shares_and_the_price_stays_the_price() {
    let (mut world, chain, subscribe) = referred();
    let (payer, token) = &chain[3];
    let sent = world.send(&[subscribe], &[payer]).expect("subscribe");
    let Event::Subscribed(event, shares) = sent.event() else {
        panic!("another event");
    };
    let ledgers = [2, 1, 0].map(|level| world.ledger_address(&chain[level].0));
    assert_eq!(world.subscription(payer).ledgers, ledgers);
    assert_eq!(shares.len(), 3);
    for (level, share) in shares.iter().enumerate() {
        assert_eq!(
            (share.ledger, share.amount),
            (ledgers[level], SHARES[level])
        );
        let ledger: Ledger = world.account(&ledgers[level]);
        assert_eq!((ledger.held, ledger.queued), (SHARES[level], 0));
        assert_eq!((ledger.claimable, ledger.claimed), (0, 0));
        assert_eq!(ledger.release_at, START + i64::from(HOLD));
        // An accrual is a receipt of the subscription, not of the ledger.
        assert_eq!(ledger.header.receipt_seq, 1);
    }
    let commission: u64 = SHARES.iter().sum();
    assert_eq!(event.settlement.debit, PRICE);
    assert_eq!(event.settlement.merchant, PRICE - commission);
    assert_eq!(world.balance(token), FUNDS - PRICE);
    assert_eq!(world.balance(&world.destination), PRICE - commission);
    assert_eq!(world.balance(&world.vault()), commission);
}

#[test]
fn missing_levels_are_the_merchants() {
    let (mut world, chain, _) = referred();
    let (second, token) = &chain[1];
    world.subscribed(second, *token);
    assert_eq!(world.balance(&world.vault()), SHARES[0]);
    assert_eq!(world.balance(&world.destination), PRICE - SHARES[0]);
}
