//! Public reports of people who bill, refer and crank on chains, tried on this program by their
//! numbers in the collection. Those on nodes, indexes and services are tried there.

mod held;
mod renewals;

use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::types::{
    TesseraError,
    accounts::{AccountType, Authority, Code, Issuer, Ledger, Member, Org, Plan, Subscription},
};
use world::{FUNDS, PERIOD, PERIODS, PRICE, Place, START, World, code, key, replace};

const STEP: i64 = PERIOD as i64;

/// R28: the cranker chose which of the customer's token accounts pays.
#[test]
fn each_plan_is_paid_from_the_account_that_it_was_signed_from() {
    let mut world = World::new();
    let wallet = key(30);
    let x = world.join(&wallet, None);
    let y = world.create_token_account(&wallet.pubkey(), FUNDS);
    let (first, second) = (world.place_of_plan(1), world.second_plan());
    world.within(first, |world| world.subscribed(&wallet, x));
    world.within(second, |world| world.subscribed(&wallet, y));
    world.advance(STEP);
    for (place, signed, other) in [(first, x, y), (second, y, x)] {
        let charge = world.within(place, |world| world.charge(&wallet, None));
        let its_account = replace(&charge, &signed, &other);
        let delegates = (world.delegate(&signed), world.delegate(&other));
        let and_delegate = replace(&its_account, &delegates.0, &delegates.1);
        for attack in [its_account, and_delegate] {
            world
                .send(&[attack], &[])
                .expect_err("the other account")
                .assert_is(TesseraError::WrongPayerToken);
        }
        world.send(&[charge], &[]).expect("charge");
        assert_eq!(world.balance(&signed), FUNDS - 2 * PRICE);
    }
}

/// R14: an old prepared cancel ended a later subscription.
#[test]
fn a_cancellation_that_was_prepared_earlier_ends_nothing_later() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let prepared = world.cancel(&wallet);
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    world.subscribed(&wallet, token);
    world
        .send(&[prepared], &[&wallet])
        .expect_err("of the agreement before")
        .assert_is(TesseraError::WrongAgreement);
    world.advance(2 * STEP);
    let charge = world.charge(&wallet, None);
    world.send(&[charge], &[]).expect("it is live");
}

/// R15: a wallet's guard between quote and subscribe.
#[test]
fn a_guard_between_the_quote_and_its_use_does_not_matter() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let (_, verification) = world.quote(&wallet, PRICE - 1, START);
    let payer = world.payer.pubkey();
    let guard = solana_system_interface::instruction::transfer(&payer, &payer, 1);
    let args = world.quoted_args(PRICE - 1, START);
    let subscribe = world.subscribe(&wallet, token, args);
    let instructions = [guard.clone(), verification, guard.clone(), subscribe, guard];
    world.send(&instructions, &[&wallet]).expect("subscribe");
}

/// R13: the approval outlived the cancellation and added up.
#[test]
fn rounds_of_subscribing_and_cancelling_leave_no_approval() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    for _ in 0..3 {
        world
            .send(&[world.cancel(&wallet)], &[&wallet])
            .expect("cancel");
        assert!(world.token(&token).delegate.is_none());
        world.subscribed(&wallet, token);
        let usable = PRICE * u64::from(PERIODS);
        assert_eq!(world.token(&token).delegated_amount, usable);
    }
}

/// R16: a retried award or redemption counted twice.
#[test]
fn a_retry_with_the_same_reference_counts_once() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let set = world.set_issuer(&key(50), 100);
    world.send(&[set], &[&key(2)]).expect("set_issuer");
    let before = world.member(&wallet).points;
    let award = world.award_as(&key(50), &wallet, 20, 1);
    let redeem = world.redeem_as(&wallet, 5, 1);
    for instruction in [award, redeem] {
        let signers = [&key(50), &wallet];
        world
            .send(std::slice::from_ref(&instruction), &signers)
            .expect("once");
        for retries in [1, 2] {
            let retry = vec![instruction.clone(); retries];
            world
                .send(&retry, &signers)
                .expect_err("again")
                .assert_is(TesseraError::ReferenceUsed);
        }
    }
    assert_eq!(world.member(&wallet).points, before + 15);
}

/// R17: rent was locked for ever. Who has a right to it is recorded from the first day, in every
/// account, the vault's included.
#[test]
fn who_paid_for_an_account_stands_in_it() {
    #[track_caller]
    fn paid_by<T: AccountType>(world: &World, address: &solana_address::Address) {
        let account: T = world.account(address);
        assert_eq!(account.header().rent_payer, key(80).pubkey(), "{}", T::NAME);
    }
    let mut world = World::without_org();
    // All rent is paid by another key than the one that pays the fees.
    let (sponsor, payer) = (key(80), world.payer.pubkey());
    let airdrop = world.svm.airdrop(&sponsor.pubkey(), 1_000_000_000);
    airdrop.expect("airdrop");
    let send = |world: &mut World, instruction, signer: &Keypair| {
        let sponsored = replace(&instruction, &payer, &key(80).pubkey());
        world.send(&[sponsored], &[signer, &key(80)]).expect("sent")
    };
    let (owner, wallet) = (key(2), key(30));
    let create = world.create_org(world.create_org_args());
    send(&mut world, create, &owner);
    let create = world.create_plan(world.create_plan_args());
    send(&mut world, create, &owner);
    let set = world.set_issuer(&key(50), 1);
    send(&mut world, set, &owner);
    let register = world.register(&wallet, None);
    send(&mut world, register, &wallet);
    let create = world.create_code(&wallet, code("CODE"));
    send(&mut world, create, &wallet);
    let open = world.open_ledger(&wallet);
    send(&mut world, open, &wallet);
    let token = world.create_token_account(&wallet.pubkey(), FUNDS);
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    send(&mut world, subscribe, &wallet);

    paid_by::<Org>(&world, &world.org);
    paid_by::<Plan>(&world, &world.plan);
    assert_eq!(world.plan_account().vault_rent_payer, sponsor.pubkey());
    paid_by::<Issuer>(&world, &world.issuer_address(&key(50)));
    paid_by::<Member>(&world, &world.member_address(&wallet));
    let code = tessera_client::address::code(&world.org, &code("CODE"));
    paid_by::<Code>(&world, &code);
    paid_by::<Ledger>(&world, &world.ledger_address(&wallet));
    paid_by::<Subscription>(&world, &world.subscription_address(&wallet));
    paid_by::<Authority>(&world, &world.delegate(&token));
    assert_eq!(world.svm.get_balance(&wallet.pubkey()), None);
}

/// R19: a missing token account was called a foreign mint.
#[test]
fn errors_name_what_is_wrong() {
    let mut world = World::new();
    let wallet = key(30);
    world.join(&wallet, None);
    let nowhere = key(99).pubkey();
    let subscribe = world.subscribe(&wallet, nowhere, world.subscribe_args());
    world
        .send(&[subscribe], &[&wallet])
        .expect_err("no token account")
        .assert_is(TesseraError::TokenAccountMissing);
    let mint = world.mint;
    let subscribe = world.subscribe(&wallet, mint, world.subscribe_args());
    world
        .send(&[subscribe], &[&wallet])
        .expect_err("a mint")
        .assert_is(TesseraError::TokenAccountMissing);
    world.mint = nowhere;
    let open = world.open_ledger(&wallet);
    world
        .send(&[open], &[])
        .expect_err("no mint")
        .assert_is(TesseraError::UnsupportedTokenProgram);
    let elsewhere = Place {
        org: key(98).pubkey(),
        plan: world.plan,
    };
    let register = world.within(elsewhere, |world| world.register(&key(31), None));
    world
        .send(&[register], &[&key(31)])
        .expect_err("no org")
        .assert_is(TesseraError::AccountMissing);
}

/// R30: full points blocked payments.
#[test]
fn full_points_block_no_payment() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let member = world.member_address(&wallet);
    world.rewrite(&member, |member: &mut Member| {
        (member.points, member.lifetime_points) = (u64::MAX - 1, u64::MAX - 1);
    });
    world.advance(STEP);
    let charge = world.charge(&wallet, None);
    world.send(&[charge], &[]).expect("charge");
    assert_eq!(world.member(&wallet).points, u64::MAX);
    assert_eq!(world.balance(&token), FUNDS - 2 * PRICE);
}
