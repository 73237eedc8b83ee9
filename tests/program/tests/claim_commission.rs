use solana_address::Address;
use solana_instruction::error::InstructionError;
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_token_interface::error::TokenError;
use tessera_client::{
    Event, address,
    types::{
        TesseraError,
        accounts::{Ledger, Org, Plan},
    },
};
use world::{FUNDS, HOLD, PERIOD, PRICE, SHARES, START, World, key, replace};

/// A chain whose lowest member has paid once: key 20 to 22 hold commission.
fn accrued() -> (World, [(Keypair, Address); 4]) {
    let mut world = World::new();
    let chain = world.referral_chain();
    world.subscribed(&chain[3].0, chain[3].1);
    (world, chain)
}

fn released() -> (World, [(Keypair, Address); 4]) {
    let (mut world, chain) = accrued();
    world.advance(i64::from(HOLD));
    (world, chain)
}

#[test]
fn every_account_and_byte_is_bound() {
    let (mut world, [_, _, (third, token), _]) = released();
    let claim = world.claim(&third, token, 1);
    // SPL Token asks for no mint.
    world.assert_withstands_except(&[5], &claim, &[&third]);
}

#[test]
fn nothing_is_claimed_before_the_hold_ends() {
    let (mut world, [_, _, (third, token), _]) = accrued();
    world.advance(i64::from(HOLD) - 1);
    for amount in [1, SHARES[0], u64::MAX] {
        world
            .send(&[world.claim(&third, token, amount)], &[&third])
            .expect_err("held")
            .assert_is(TesseraError::NothingToClaim);
    }
    world.advance(1);
    world
        .send(&[world.claim(&third, token, SHARES[0])], &[&third])
        .expect("released");
}

#[test]
fn no_more_than_the_claimable_is_paid_and_only_once() {
    let (mut world, [_, _, (third, token), _]) = released();
    for amount in [0, SHARES[0] + 1, u64::MAX - 1] {
        world
            .send(&[world.claim(&third, token, amount)], &[&third])
            .expect_err("too much or nothing")
            .assert_is(TesseraError::NothingToClaim);
    }
    world
        .send(&[world.claim(&third, token, u64::MAX)], &[&third])
        .expect("all");
    for amount in [1, u64::MAX] {
        world
            .send(&[world.claim(&third, token, amount)], &[&third])
            .expect_err("twice")
            .assert_is(TesseraError::NothingToClaim);
    }
}

#[test]
fn another_wallet_claims_nothing() {
    let (mut world, [_, (second, token), (third, _), _]) = released();
    let claim = replace(
        &world.claim(&third, token, 1),
        &third.pubkey(),
        &second.pubkey(),
    );
    world
        .send(&[claim], &[&second])
        .expect_err("foreign ledger")
        .assert_is(TesseraError::WrongWallet);
}

#[test]
fn the_vault_is_the_ledgers() {
    let (mut world, [_, _, (third, token), _]) = released();
    let elsewhere = world.second_org();
    let there = address::vault(&elsewhere.org, &world.mint);
    let own = world.create_token_account(&third.pubkey(), 5);
    for vault in [there, own, world.destination] {
        let claim = replace(&world.claim(&third, token, 1), &world.vault(), &vault);
        world
            .send(&[claim], &[&third])
            .expect_err("another vault")
            .assert_is(TesseraError::WrongVault);
    }
}

#[test]
fn a_token_account_of_another_mint_receives_nothing() {
    let (mut world, [_, _, (third, _), _]) = released();
    let other = key(7);
    world.create_mint(&other);
    let token = world.create_account_of(&third.pubkey(), &other.pubkey(), 0);
    world
        .send(&[world.claim(&third, token, 1)], &[&third])
        .expect_err("another mint")
        .assert_error(&InstructionError::Custom(TokenError::MintMismatch as u32));
}

#[test]
fn the_vault_does_not_pay_itself() {
    let (mut world, [_, _, (third, _), _]) = released();
    let claim = world.claim(&third, world.vault(), 1);
    world
        .send(&[claim], &[&third])
        .expect_err("alias")
        .assert_error(&world::duplicate_account());
}

#[test]
fn one_orgs_commission_never_comes_from_anothers_vault() {
    let (mut world, [_, _, (third, token), _]) = released();
    let elsewhere = world.second_org();
    let ledger = world.within(elsewhere, |world| {
        world.join(&third, None);
        world.send(&[world.open_ledger(&third)], &[]).expect("open");
        world.ledger_address(&third)
    });
    world.rewrite(&ledger, |ledger: &mut Ledger| ledger.claimable = 1);
    let home = world.claim(&third, token, 1);
    let claim = replace(&home, &world.ledger_address(&third), &ledger);
    world
        .send(&[claim], &[&third])
        .expect_err("mixed orgs")
        .assert_is(TesseraError::WrongVault);
    world.within(elsewhere, |world| {
        world
            .send(&[world.claim(&third, token, 1)], &[&third])
            .expect_err("an empty vault")
            .assert_error(&InstructionError::Custom(
                TokenError::InsufficientFunds as u32,
            ));
    });
}

#[test]
fn balances_do_not_wrap() {
    let (mut world, [_, _, (third, token), _]) = released();
    let ledger = world.ledger_address(&third);
    for change in [
        |ledger: &mut Ledger| ledger.claimable = u64::MAX,
        |ledger: &mut Ledger| (ledger.claimable, ledger.claimed) = (0, u64::MAX),
    ] {
        world.rewrite(&ledger, change);
        world
            .send(&[world.claim(&third, token, 1)], &[&third])
            .expect_err("overflow")
            .assert_is(TesseraError::ArithmeticOverflow);
    }
}

#[test]
fn a_part_is_paid_from_the_vault_and_is_a_receipt() {
    let (mut world, [_, _, (third, token), _]) = released();
    let address = world.ledger_address(&third);
    let (vault, balance) = (world.balance(&world.vault()), world.balance(&token));
    let sent = world
        .send(&[world.claim(&third, token, 400)], &[&third])
        .expect("claim");

    let Event::CommissionClaimed(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.receipt.account, address);
    assert_eq!(
        (event.receipt.seq, event.receipt.at),
        (2, START + i64::from(HOLD))
    );
    assert_eq!((event.amount, event.destination), (400, token));
    assert_eq!(world.assert_receipts::<Ledger>(&address), 2);
    assert_eq!(world.balance(&token), balance + 400);
    assert_eq!(world.balance(&world.vault()), vault - 400);
    let ledger = world.ledger(&third);
    assert_eq!((ledger.claimable, ledger.claimed), (SHARES[0] - 400, 400));
    assert_eq!((ledger.held, ledger.queued), (0, 0));
}

#[test]
fn commission_may_go_to_any_token_account() {
    let (mut world, [_, _, (third, _), _]) = released();
    let friend = world.create_token_account(&key(60).pubkey(), 0);
    world
        .send(&[world.claim(&third, friend, u64::MAX)], &[&third])
        .expect("claim");
    assert_eq!(world.balance(&friend), SHARES[0]);
}

/// A chain of one person's wallets under the highest commission that an org can promise.
fn one_persons_chain() -> (World, [(Keypair, Address); 4]) {
    let mut world = World::without_org();
    let mut org = world.create_org_args();
    org.settings.commission_bps = [2_500, 1_500, 1_000];
    let instructions = [
        world.create_org(org),
        world.create_plan(world.create_plan_args()),
    ];
    let authority = world.authority.insecure_clone();
    world
        .send(&instructions, &[&authority])
        .expect("org and plan");
    let chain = world.referral_chain();
    (world, chain)
}

/// Waits until every hold is over and claims for the three referrers. Returns what the four wallets
/// have together then, and the destination.
fn collected(world: &mut World, chain: &[(Keypair, Address); 4]) -> (u64, u64) {
    world.advance(2 * i64::from(HOLD));
    for (wallet, token) in &chain[..3] {
        world
            .send(&[world.claim(wallet, *token, u64::MAX)], &[wallet])
            .expect("claim");
    }
    let wallets = chain.iter().map(|(_, token)| world.balance(token)).sum();
    (wallets, world.balance(&world.destination))
}

#[test]
fn wallets_of_one_person_pay_more_than_they_earn() {
    let (mut world, chain) = one_persons_chain();
    let (payer, token) = &chain[3];
    world.subscribed(payer, *token);
    for _ in 0..3 {
        world.advance(i64::from(PERIOD));
        world
            .send(&[world.charge(payer, None)], &[])
            .expect("charge");
    }
    let debits = FUNDS - world.balance(token);
    assert_eq!(debits, 4 * PRICE);
    let (wallets, destination) = collected(&mut world, &chain);
    assert!(4 * FUNDS - wallets >= debits / 2);
    assert!(destination >= debits / 2);
    assert_eq!(4 * FUNDS, wallets + destination);
}

#[test]
fn whoever_subscribes_again_and_again_pays_again_and_again() {
    let (mut world, chain) = one_persons_chain();
    let (payer, token) = &chain[3];
    let earned = |world: &World| -> u64 {
        let ledgers = chain[..3].iter().map(|(wallet, _)| world.ledger(wallet));
        ledgers.map(|it| it.claimable + it.held + it.queued).sum()
    };
    for round in 1..=3 {
        let before = earned(&world);
        world.subscribed(payer, *token);
        let debits = FUNDS - world.balance(token);
        assert_eq!(debits, round * PRICE);
        assert!(earned(&world) > before);
        assert!(earned(&world) <= debits / 2);
        let before = earned(&world);
        world
            .send(&[world.cancel(payer)], &[payer])
            .expect("cancel");
        assert_eq!(earned(&world), before);
        assert_eq!(FUNDS - world.balance(token), debits);
    }
    let debits = FUNDS - world.balance(token);
    let (wallets, destination) = collected(&mut world, &chain);
    assert!(4 * FUNDS - wallets >= debits / 2);
    assert_eq!(4 * FUNDS, wallets + destination);
}

/// What `key` could claim now.
fn claimable(world: &World, wallet: &Keypair, token: Address) -> u64 {
    let before = world.ledger(wallet).claimed;
    let claim = world.claim(wallet, token, u64::MAX);
    match world.simulate(&[claim], &[wallet]) {
        Ok(sent) => match sent.event() {
            Event::CommissionClaimed(event) => event.amount + before - world.ledger(wallet).claimed,
            other => panic!("{other:?}"),
        },
        Err(refused) => {
            refused.assert_is(TesseraError::NothingToClaim);
            0
        }
    }
}

#[test]
fn commission_waits_at_least_the_hold_and_at_most_twice() {
    let hold = i64::from(HOLD);
    for gap in [1, hold / 2, hold - 1] {
        let mut world = World::new();
        let [_, _, (third, token), (payer, payer_token)] = world.referral_chain();
        world.subscribed(&payer, payer_token);
        let second = world.second_plan();
        world.advance(gap);
        world.within(second, |world| world.subscribed(&payer, payer_token));
        assert_eq!(claimable(&world, &third, token), 0);
        // The first share's hold ends; the second is `hold - gap` short of its own.
        world.advance(hold - gap);
        assert_eq!(claimable(&world, &third, token), SHARES[0]);
        world.advance(gap);
        let own_hold_over = claimable(&world, &third, token);
        assert!([SHARES[0], 2 * SHARES[0]].contains(&own_hold_over));
        world.advance(hold - gap);
        assert_eq!(claimable(&world, &third, token), 2 * SHARES[0]);
    }
}

#[test]
fn commission_that_is_left_alone_is_not_held_again() {
    let hold = i64::from(HOLD);
    let mut world = World::new();
    let [_, _, (third, token), (payer, payer_token)] = world.referral_chain();
    world.subscribed(&payer, payer_token);
    let second = world.second_plan();
    world.advance(hold - 1);
    world.within(second, |world| world.subscribed(&payer, payer_token));
    world.advance(50 * hold);
    assert_eq!(claimable(&world, &third, token), 2 * SHARES[0]);
}

#[test]
fn steady_income_never_delays_what_came_before() {
    let hold = i64::from(HOLD);
    let mut world = World::new();
    let [_, _, (third, token), (payer, payer_token)] = world.referral_chain();
    world.subscribed(&payer, payer_token);
    // Slower than the hold: each share is released before the next comes.
    for periods in 1..=4 {
        world.advance(i64::from(PERIOD));
        world
            .send(&[world.charge(&payer, None)], &[])
            .expect("charge");
        assert!(claimable(&world, &third, token) >= (periods) * SHARES[0]);
    }
    world.advance(hold);
    assert_eq!(claimable(&world, &third, token), 5 * SHARES[0]);
}

#[test]
fn without_a_hold_commission_is_claimable_at_once() {
    let mut world = World::new();
    let [_, _, (third, token), (payer, payer_token)] = world.referral_chain();
    let org = world.org;
    world.rewrite(&org, |org: &mut Org| org.settings.hold_secs = 0);
    world.subscribed(&payer, payer_token);
    world
        .send(&[world.claim(&third, token, u64::MAX)], &[&third])
        .expect("claim");
}

/// With more than one hold running at any time.
#[test]
fn income_that_comes_faster_than_the_hold_ends_delays_nothing() {
    let (hold, hour) = (i64::from(HOLD), 3_600);
    let mut world = World::new();
    let [_, _, (third, _), (payer, payer_token)] = world.referral_chain();
    let plan = world.plan;
    world.rewrite(&plan, |plan: &mut Plan| {
        plan.period_secs = 3_600;
        plan.grace_secs = 0;
    });
    let mut args = world.subscribe_args();
    args.terms.approved_periods = 100;
    let subscribe = world.subscribe(&payer, payer_token, args);
    world.send(&[subscribe], &[&payer]).expect("subscribe");
    for periods in 1..=48 {
        world.advance(hour);
        let charge = world.charge(&payer, None);
        world.send(&[charge], &[]).expect("charge");
        let free = world.ledger(&third).claimable_at(world.now());
        // What is older than twice the hold is free, and the first share after one.
        let old = (periods * hour - 2 * hold).div_euclid(hour) + 1;
        let due = old.max(i64::from(periods * hour >= hold));
        let due = SHARES[0] * u64::try_from(due).expect("some");
        assert!(free.is_ok_and(|free| free >= due), "{periods}: {free:?}");
    }
}
