//! 8, 10 and 19: ledgers open twice, hold by the terms, and are owed only what the vault holds.

use super::*;

/// Finding 8.
#[test]
fn a_ledger_can_be_opened_twice_in_one_transaction() {
    let mut world = World::new();
    let wallet = key(30);
    world.join(&wallet, None);
    let open = world.open_ledger(&wallet);
    let sent = world.send(&[open.clone(), open], &[]).expect("both");
    assert!(matches!(sent.event(), Event::LedgerOpened(_)));
    let ledger = world.ledger_address(&wallet);
    assert_eq!(world.assert_receipts::<Ledger>(&ledger), 1);
}

/// Finding 8.
#[test]
fn two_checkouts_with_payers_of_their_own_open_one_ledger() {
    let mut world = World::new();
    let chain = world.referral_chain();
    let third = &chain[2].0;
    let ledger = world.ledger_address(third);
    let gone = solana_account::Account::default();
    world.svm.set_account(ledger, gone).expect("not open yet");
    world.events.clear();
    let home = world.payer.pubkey();
    for seed in [30, 31] {
        let customer = key(seed);
        let airdrop = world.svm.airdrop(&customer.pubkey(), 1_000_000_000);
        airdrop.expect("airdrop");
        let token = world.join(&customer, Some(("THIRD", third)));
        let open = replace(&world.open_ledger(third), &home, &customer.pubkey());
        let subscribe = world.subscribe(&customer, token, world.subscribe_args());
        world
            .send(&[open, subscribe], &[&customer])
            .expect("a checkout");
    }
    let header = world.ledger(third).header;
    assert_eq!(header.rent_payer, key(30).pubkey());
    assert_eq!(header.receipt_seq, 1);
    assert_eq!(world.ledger(third).owed(), Ok(2 * SHARES[0]));
}

/// Finding 10.
#[test]
fn the_hold_is_the_subscriptions_whenever_and_by_whom_the_ledger_was_opened() {
    let mut world = World::new();
    let org = world.org;
    // Opened while nothing was held.
    world.rewrite(&org, |org: &mut Org| org.settings.hold_secs = 0);
    let [_, _, (third, token), (payer, payer_token)] = world.referral_chain();
    world.rewrite(&org, |org: &mut Org| org.settings.hold_secs = HOLD);
    world.subscribed(&payer, payer_token);
    let claim = world.claim(&third, token, u64::MAX);
    for left in [i64::from(HOLD), 1] {
        world
            .send(std::slice::from_ref(&claim), &[&third])
            .expect_err("held")
            .assert_is(TesseraError::NothingToClaim);
        world.advance(if left > 1 { left - 1 } else { 1 });
    }
    world.send(&[claim], &[&third]).expect("claim");

    // The org's later wish for none reaches new agreements only.
    world.rewrite(&org, |org: &mut Org| org.settings.hold_secs = 0);
    world.advance(STEP - i64::from(HOLD));
    let charge = world.charge(&payer, None);
    world.send(&[charge], &[]).expect("charge");
    assert_eq!(world.ledger(&third).held, SHARES[0]);
}

/// What integrators got wrong: `claimable` alone leaves out what nobody released yet.
#[test]
fn what_can_be_claimed_now_counts_what_has_waited_long_enough() {
    let mut world = World::new();
    let [_, _, (third, token), (payer, payer_token)] = world.referral_chain();
    world.subscribed(&payer, payer_token);
    world.advance(i64::from(HOLD) - 1);
    let now = |world: &World| world.ledger(&third).claimable_at(world.now());
    assert_eq!(now(&world), Ok(0));
    world.advance(1);
    assert_eq!(
        (world.ledger(&third).claimable, now(&world)),
        (0, Ok(SHARES[0]))
    );
    let claim = world.claim(&third, token, SHARES[0]);
    world.send(&[claim], &[&third]).expect("claim");
    assert_eq!(now(&world), Ok(0));
}

/// A chain whose lowest member is charged while the vault is frozen.
fn frozen() -> (World, [(Keypair, Address); 4], Sent) {
    let mut world = World::new();
    let chain = world.referral_chain();
    world.subscribed(&chain[3].0, chain[3].1);
    let vault = world.vault();
    world.freeze(&vault);
    world.advance(STEP);
    let charge = world.charge(&chain[3].0, None);
    let sent = world.send(&[charge], &[]).expect("charge");
    (world, chain, sent)
}

/// Finding 19.
#[test]
fn a_frozen_vault_does_not_stop_the_merchants_income() {
    let (world, chain, sent) = frozen();
    let event = sent.event();
    let (money, shares) = event.settlement().expect("payment");
    assert_eq!((money.flags, money.levels), (Settlement::VAULT_FROZEN, 0));
    assert_eq!((money.debit, money.merchant), (PRICE, PRICE));
    assert!(shares.is_empty());
    let subscription = world.subscription(&chain[3].0);
    assert_eq!(subscription.period_flags, Settlement::VAULT_FROZEN);
    let first = PRICE - SHARES.iter().sum::<u64>();
    assert_eq!(world.balance(&world.destination), first + PRICE);
}

/// Finding 19.
#[test]
fn what_a_frozen_vault_did_not_receive_nobody_is_owed() {
    let (mut world, chain, _) = frozen();
    let vault = world.vault();
    let owed = |world: &World| -> u64 {
        let ledgers = chain[..3].iter().map(|(wallet, _)| world.ledger(wallet));
        ledgers.map(|it| it.owed().expect("no overflow")).sum()
    };
    assert_eq!(owed(&world), world.balance(&vault));
    // Thawed, it receives shares again, and all that is owed can be claimed.
    world.thaw(&vault);
    world.advance(STEP);
    let charge = world.charge(&chain[3].0, None);
    let sent = world.send(&[charge], &[]).expect("charge");
    let event = sent.event();
    let (money, _) = event.settlement().expect("payment");
    assert_eq!((money.flags, money.levels), (0, 3));
    assert_eq!(world.subscription(&chain[3].0).period_flags, 0);
    assert_eq!(owed(&world), world.balance(&vault));
    world.advance(2 * i64::from(HOLD));
    for (wallet, token) in &chain[..3] {
        let claim = world.claim(wallet, *token, u64::MAX);
        world.send(&[claim], &[wallet]).expect("claim");
    }
    assert_eq!((owed(&world), world.balance(&vault)), (0, 0));
}

/// Finding 19.
#[test]
fn nobody_feigns_a_frozen_vault_to_keep_commission() {
    let mut world = World::new();
    let chain = world.referral_chain();
    world.subscribed(&chain[3].0, chain[3].1);
    world.advance(STEP);
    let frozen = world.create_token_account(&key(60).pubkey(), 0);
    world.freeze(&frozen);
    let charge = world.charge(&chain[3].0, None);
    let attack = replace(&charge, &world.vault(), &frozen);
    world
        .send(&[attack], &[])
        .expect_err("another account")
        .assert_is(TesseraError::WrongVault);
}
