use super::*;
use std::slice::from_ref;

#[test]
fn every_account_is_bound() {
    let (mut world, chain, _) = due_with_referrers();
    let keeper = world.create_token_account(&key(60).pubkey(), 0);
    world.advance(LATEST);
    let charge = world.charge(&chain[3].0, Some(keeper));
    // A plan of SPL Token asks for no mint, and a cranker need not be paid.
    world.assert_withstands_except(&[MINT, KEEPER], &charge, &[]);
}

#[test]
fn closed_token_accounts_neither_pay_nor_earn() {
    let (mut world, wallet, token) = due();
    let charge = world.charge(&wallet, None);
    let close = |world: &mut World, address: Address| {
        let account = world.svm.get_account(&address).expect("account");
        world
            .svm
            .set_account(address, Account::default())
            .expect("as if closed");
        account
    };
    let account = close(&mut world, token);
    world
        .send(from_ref(&charge), &[])
        .expect_err("payer's account")
        .assert_is(TesseraError::TokenAccountMissing);
    world.svm.set_account(token, account).expect("set account");

    let destination = world.destination;
    close(&mut world, destination);
    assert!(world.send(&[charge], &[]).is_err());
    assert_eq!(world.balance(&token), FUNDS - PRICE);
    assert_eq!(world.subscription(&wallet).header.receipt_seq, 1);
}

/// Those of payer and merchant, approved by hand again: SPL Token would move what they hold now.
#[test]
fn accounts_that_were_opened_again_for_another_mint_pay_nothing() {
    let (mut world, wallet, token) = due();
    let other = key(142);
    world.create_mint(&other);
    for account in [token, world.destination] {
        world.edit_token(&account, |it| it.mint = other.pubkey());
    }
    let charge = world.charge(&wallet, None);
    world
        .send(&[charge], &[])
        .expect_err("another mint")
        .assert_is(TesseraError::WrongMint);
}

#[test]
fn another_wallets_tokens_do_not_pay() {
    let (mut world, wallet, token) = due();
    let other = key(31);
    let other_token = world.join(&other, None);
    world.subscribed(&other, other_token);
    let attack = |world: &World| replace(&world.charge(&wallet, None), &token, &other_token);
    world
        .send(&[attack(&world)], &[])
        .expect_err("another wallet's account")
        .assert_is(TesseraError::WrongPayerToken);
    // Nor when the other wallet has approved this wallet's delegate.
    let delegate = world.delegate(&token);
    world.approve(&other_token, &other, &delegate, u64::MAX);
    world
        .send(&[attack(&world)], &[])
        .expect_err("another wallet's account")
        .assert_is(TesseraError::WrongPayerToken);
    charge(&mut world, &wallet);
}

#[test]
fn another_token_accounts_authority_does_not_sign() {
    let (mut world, wallet, token) = due();
    let other = key(31);
    let other_token = world.join(&other, None);
    world.subscribed(&other, other_token);
    let foreign = world.delegate(&other_token);
    let charge = replace(
        &world.charge(&wallet, None),
        &world.delegate(&token),
        &foreign,
    );
    world
        .send(std::slice::from_ref(&charge), &[])
        .expect_err("not its delegate")
        .assert_is(TesseraError::NotApproved);
    // Nor when this account approves it: it signs for its own account only.
    world.approve(&token, &wallet, &foreign, u64::MAX);
    assert!(world.send(&[charge], &[]).is_err());
}

/// A delegate of another program, shaped like an authority of the right generation, which even
/// signs the transaction.
#[test]
fn a_delegate_that_only_looks_like_an_authority_is_refused() {
    let (mut world, wallet, token) = due();
    let impostor = key(61);
    let genuine = world
        .svm
        .get_account(&world.delegate(&token))
        .expect("authority");
    let disguised = Account {
        owner: Address::new_from_array([9; 32]),
        ..genuine
    };
    world
        .svm
        .set_account(impostor.pubkey(), disguised)
        .expect("set account");
    world.approve(&token, &wallet, &impostor.pubkey(), u64::MAX);
    let mut charge = world.charge(&wallet, None);
    charge.accounts[4] = AccountMeta::new(impostor.pubkey(), true);
    world
        .send(&[charge], &[&impostor])
        .expect_err("impostor")
        .assert_is(TesseraError::NotApproved);
}

#[test]
fn plan_org_member_and_destination_are_the_subscriptions() {
    let (mut world, wallet, _) = due();
    let other_plan = world.second_plan().plan;
    let elsewhere = world.second_org();
    let other = key(31);
    world.join(&other, None);
    world.within(elsewhere, |world| world.join(&wallet, None));
    let treasury = world.treasury.pubkey();
    let other_destination = world.create_token_account(&treasury, 0);
    let charge = world.charge(&wallet, None);
    for (right, wrong, expected) in [
        (world.plan, other_plan, TesseraError::WrongPlan),
        (world.plan, elsewhere.plan, TesseraError::WrongPlan),
        (world.org, elsewhere.org, TesseraError::WrongOrg),
        (
            world.member_address(&wallet),
            address::member(&elsewhere.org, &wallet.pubkey()),
            TesseraError::WrongOrg,
        ),
        (
            world.member_address(&wallet),
            world.member_address(&other),
            TesseraError::WrongWallet,
        ),
        (
            world.destination,
            other_destination,
            TesseraError::WrongDestination,
        ),
    ] {
        world
            .send(&[replace(&charge, &right, &wrong)], &[])
            .expect_err("wrong account")
            .assert_is(expected);
    }
}

#[test]
fn no_level_is_left_out_shuffled_or_replaced() {
    let (mut world, chain, charge) = due_with_referrers();
    for level in LEDGERS {
        let mut attack = charge.clone();
        attack.accounts[level] = AccountMeta::new_readonly(ID, false);
        world
            .send(&[attack], &[])
            .expect_err("left out")
            .assert_is(TesseraError::MissingLedger);
    }
    for (a, b) in [(0, 1), (1, 2), (0, 2)] {
        let mut attack = charge.clone();
        attack.accounts.swap(LEDGERS[a], LEDGERS[b]);
        world
            .send(&[attack], &[])
            .expect_err("shuffled")
            .assert_is(TesseraError::WrongLedger);
    }
    let own = world.ledger_address(&chain[3].0);
    for (level, _) in LEDGERS.iter().enumerate() {
        let mut attack = charge.clone();
        attack.accounts[LEDGERS[level]].pubkey = own;
        world
            .send(&[attack], &[])
            .expect_err("replaced")
            .assert_is(TesseraError::WrongLedger);
    }
}

#[test]
fn a_ledger_at_a_level_without_a_referrer_earns_nothing() {
    let (mut world, wallet, _) = due();
    let earner = key(20);
    world.join(&earner, None);
    world.make_referrer(&earner, "EARNER");
    let with_ledger = |world: &World, level: usize| {
        let mut charge = world.charge(&wallet, None);
        charge.accounts[level] = AccountMeta::new(world.ledger_address(&earner), false);
        charge.accounts[VAULT] = AccountMeta::new(world.vault(), false);
        charge
    };
    world
        .send(&[with_ledger(&world, LEDGERS[0])], &[])
        .expect_err("nobody referred this member")
        .assert_is(TesseraError::UnexpectedLedger);
    // Behind the first level without a referrer nothing is read or written.
    let before = world.ledger(&earner);
    for level in [LEDGERS[1], LEDGERS[2]] {
        let sent = world
            .send(&[with_ledger(&world, level)], &[])
            .expect("charge");
        let Event::Charged(_, shares) = sent.event() else {
            panic!("another event");
        };
        assert_eq!(shares, []);
        world.advance(STEP);
    }
    assert_eq!(world.ledger(&earner), before);
    assert_eq!(world.balance(&world.vault()), 0);
}

#[test]
fn commission_goes_to_the_vault_and_nowhere_else() {
    let (mut world, _, charge) = due_with_referrers();
    let thief = world.create_token_account(&key(60).pubkey(), 0);
    let mut omitted = charge.clone();
    omitted.accounts[VAULT] = AccountMeta::new_readonly(ID, false);
    for attack in [replace(&charge, &world.vault(), &thief), omitted] {
        world
            .send(&[attack], &[])
            .expect_err("vault")
            .assert_is(TesseraError::WrongVault);
    }
}

#[test]
fn the_keeper_is_paid_in_the_plans_mint() {
    let (mut world, wallet, _) = due();
    let other = key(7);
    world.create_mint(&other);
    let keeper = world.create_account_of(&key(60).pubkey(), &other.pubkey(), 0);
    world.advance(LATEST);
    world
        .send(&[world.charge(&wallet, Some(keeper))], &[])
        .expect_err("another mint")
        .assert_error(&InstructionError::Custom(TokenError::MintMismatch as u32));
}
