mod encodings;

use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_sdk_ids::sysvar;
use solana_signer::Signer;
use tessera_client::{
    Event,
    quote::{self, Offer, Quote},
    types::{
        ID, TesseraError,
        quote::{
            CHANGE_DOMAIN, MESSAGE_LEN, MESSAGE_OFFSET, PUBLIC_KEY_OFFSET, SIGNATURE_OFFSET,
            SUBSCRIBE_DOMAIN,
        },
    },
};
use world::{PERIODS, PRICE, START, World, key};

const QUOTED: u64 = PRICE - 10_000_000;
const DEADLINE: i64 = START + 30;
/// Position of the sysvar in the instruction.
const INSTRUCTIONS: usize = 12;

/// A member, and the subscription that uses a quote of `QUOTED`.
fn scene() -> (World, Keypair, Address) {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    (world, wallet, token)
}

fn subscribe(world: &World, wallet: &Keypair, token: Address) -> Instruction {
    world.subscribe(wallet, token, world.quoted_args(QUOTED, DEADLINE))
}

/// Requires that a subscription behind the given instructions is refused.
#[track_caller]
fn assert_refused(
    before: impl FnOnce(&mut World, &Keypair) -> Vec<Instruction>,
    expected: TesseraError,
) {
    let (mut world, wallet, token) = scene();
    let mut instructions = before(&mut world, &wallet);
    instructions.push(subscribe(&world, &wallet, token));
    world
        .send(&instructions, &[&wallet])
        .expect_err("refused")
        .assert_is(expected);
}

/// Requires that a properly signed quote other than the one used is refused.
#[track_caller]
fn assert_mismatch(change: impl FnOnce(&mut Quote)) {
    assert_refused(
        |world, wallet| {
            let mut quote: Quote = world.offer(wallet, QUOTED, DEADLINE).into();
            change(&mut quote);
            vec![world.sign_quote(&world.quote_authority, &quote)]
        },
        TesseraError::QuoteMismatch,
    );
}

#[test]
fn every_account_and_byte_is_bound() {
    let (mut world, wallet, token) = scene();
    let (_, verification) = world.quote(&wallet, QUOTED, DEADLINE);
    let subscribe = subscribe(&world, &wallet, token);
    world
        .simulate(&[verification.clone(), subscribe.clone()], &[&wallet])
        .expect("as it is");
    let fake = Address::new_from_array([8; 32]);
    for wrong in [fake, world.org, sysvar::clock::ID] {
        let mut attack = subscribe.clone();
        attack.accounts[INSTRUCTIONS].pubkey = wrong;
        let attack = [verification.clone(), attack];
        assert!(world.send(&attack, &[&wallet]).is_err(), "no sysvar");
    }
}

#[test]
fn a_forged_copy_of_the_sysvar_is_refused() {
    let (mut world, wallet, token) = scene();
    // What the sysvar would hold if the quote had been verified.
    let fake = Address::new_from_array([8; 32]);
    let account = solana_account::Account {
        lamports: 1_000_000_000,
        data: vec![1; 512],
        owner: sysvar::ID,
        ..Default::default()
    };
    world.svm.set_account(fake, account).expect("set account");
    let mut subscribe = subscribe(&world, &wallet, token);
    subscribe.accounts[INSTRUCTIONS].pubkey = fake;
    world
        .send(&[subscribe], &[&wallet])
        .expect_err("fake sysvar")
        .assert_is(TesseraError::QuoteMissing);
}

#[test]
fn without_the_sysvar_there_is_no_quote() {
    let (mut world, wallet, token) = scene();
    let (_, verification) = world.quote(&wallet, QUOTED, DEADLINE);
    let mut subscribe = subscribe(&world, &wallet, token);
    subscribe.accounts[INSTRUCTIONS] = AccountMeta::new_readonly(ID, false);
    world
        .send(&[verification, subscribe], &[&wallet])
        .expect_err("no sysvar")
        .assert_is(TesseraError::QuoteMissing);
}

#[test]
fn without_a_verification_there_is_no_quote() {
    assert_refused(|_, _| vec![], TesseraError::QuoteMissing);
}

#[test]
fn a_quote_is_good_once() {
    let (mut world, wallet, token) = scene();
    let (_, verification) = world.quote(&wallet, QUOTED, DEADLINE);
    let both = [verification, subscribe(&world, &wallet, token)];
    world.send(&both, &[&wallet]).expect("subscribe");
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    world
        .send(&both, &[&wallet])
        .expect_err("again")
        .assert_is(TesseraError::QuoteUsed);
}

/// Sends a subscription on a quote with this nonce and term.
fn on_offer(
    world: &mut World,
    (wallet, token): (&Keypair, Address),
    (nonce, most_periods, periods): (u64, u32, u32),
) -> Result<world::Sent, world::Refused> {
    let quote = Offer {
        nonce,
        most_periods,
        ..world.offer(wallet, QUOTED, DEADLINE)
    };
    let verification = world.sign_quote(&world.quote_authority, &quote.into());
    let mut args = world.quoted_args(QUOTED, DEADLINE);
    (args.terms.quote_nonce, args.terms.quote_most_periods) = (nonce, most_periods);
    args.terms.approved_periods = periods;
    let subscribe = world.subscribe(wallet, token, args);
    world.send(&[verification, subscribe], &[wallet])
}

#[test]
fn nonces_rise() {
    let (mut world, wallet, token) = scene();
    for (nonce, fresh) in [
        (0, false),
        (5, true),
        (5, false),
        (4, false),
        (u64::MAX, true),
    ] {
        let result = on_offer(&mut world, (&wallet, token), (nonce, PERIODS, PERIODS));
        if !fresh {
            let refused = result.expect_err("used or below a used one");
            refused.assert_is(TesseraError::QuoteUsed);
            continue;
        }
        result.expect("above all before");
        assert_eq!(world.subscription(&wallet).quote_nonce, nonce);
        world
            .send(&[world.cancel(&wallet)], &[&wallet])
            .expect("cancel");
    }
}

#[test]
fn no_more_periods_are_approved_than_the_quote_allows() {
    for (most, periods, within) in [(3, 4, false), (3, 3, true), (0, 1, false)] {
        let (mut world, wallet, token) = scene();
        let result = on_offer(&mut world, (&wallet, token), (1, most, periods));
        match within {
            true => assert_eq!(world.subscription(&wallet).terms.approved_periods, periods),
            false => result
                .expect_err("too many")
                .assert_is(TesseraError::QuotePeriods),
        }
    }
}

#[test]
fn the_same_bytes_for_another_program_are_no_quote() {
    assert_refused(
        |world, wallet| {
            world.add_forwarder();
            let (_, verification) = world.quote(wallet, QUOTED, DEADLINE);
            // A call that succeeds and carries the verification's bytes.
            vec![Instruction {
                program_id: world::forwarder::FORWARDER,
                accounts: vec![],
                data: verification.data,
            }]
        },
        TesseraError::QuoteMissing,
    );
}

#[test]
fn a_verification_with_accounts_is_refused() {
    assert_refused(
        |world, wallet| {
            let (_, mut verification) = world.quote(wallet, QUOTED, DEADLINE);
            let payer = world.payer.pubkey();
            verification
                .accounts
                .push(AccountMeta::new_readonly(payer, false));
            vec![verification]
        },
        TesseraError::QuoteMissing,
    );
}

#[test]
fn a_broken_signature_never_reaches_the_program() {
    let (mut world, wallet, token) = scene();
    for byte in [PUBLIC_KEY_OFFSET, SIGNATURE_OFFSET, MESSAGE_OFFSET] {
        let (_, mut verification) = world.quote(&wallet, QUOTED, DEADLINE);
        verification.data[byte] ^= 1;
        let instructions = [verification, subscribe(&world, &wallet, token)];
        let refused = world
            .send(&instructions, &[&wallet])
            .expect_err("the runtime verifies");
        assert!(
            !refused
                .logs
                .iter()
                .any(|line| line.contains(&ID.to_string()))
        );
    }
}

#[test]
fn another_key_quotes_nothing() {
    assert_refused(
        |world, wallet| {
            let (quote, _) = world.quote(wallet, QUOTED, DEADLINE);
            vec![world.sign_quote(wallet, &quote)]
        },
        TesseraError::QuoteWrongSigner,
    );
}

#[test]
fn a_quote_is_for_one_cluster_program_org_plan_wallet_price_deadline_nonce_and_term() {
    let other = Address::new_from_array([8; 32]);
    assert_mismatch(|quote| quote.domain = CHANGE_DOMAIN);
    assert_mismatch(|quote| quote.cluster_tag = *b"mainnet1");
    assert_mismatch(|quote| quote.nonce = 2);
    assert_mismatch(|quote| quote.most_periods += 1);
    assert_mismatch(|quote| quote.spare[0] = 1);
    assert_mismatch(|quote| quote.program = other);
    assert_mismatch(|quote| quote.org = other);
    assert_mismatch(|quote| quote.plan = other);
    assert_mismatch(|quote| quote.wallet = other);
    assert_mismatch(|quote| quote.price -= 1);
    assert_mismatch(|quote| quote.deadline += 1);
}

#[test]
fn the_quoted_price_lies_between_floor_and_ceiling() {
    for (price, within) in [
        (PRICE / 2 - 1, false),
        (PRICE / 2, true),
        (PRICE * 2, true),
        (PRICE * 2 + 1, false),
    ] {
        let (mut world, wallet, token) = scene();
        let (_, verification) = world.quote(&wallet, price, DEADLINE);
        let subscribe = world.subscribe(&wallet, token, world.quoted_args(price, DEADLINE));
        let result = world.send(&[verification, subscribe], &[&wallet]);
        match within {
            true => assert_eq!(world.subscription(&wallet).terms.price, price),
            false => result
                .expect_err("outside")
                .assert_is(TesseraError::QuoteOutOfRange),
        }
    }
}

#[test]
fn a_quote_is_void_after_its_deadline() {
    for (deadline, valid) in [(START - 1, false), (START, true)] {
        let (mut world, wallet, token) = scene();
        let (_, verification) = world.quote(&wallet, QUOTED, deadline);
        let subscribe = world.subscribe(&wallet, token, world.quoted_args(QUOTED, deadline));
        let result = world.send(&[verification, subscribe], &[&wallet]);
        match valid {
            true => assert!(result.is_ok()),
            false => result
                .expect_err("expired")
                .assert_is(TesseraError::QuoteExpired),
        }
    }
}

#[test]
fn a_quote_for_one_wallet_is_worth_nothing_to_another() {
    let (mut world, wallet, _) = scene();
    let thief = key(31);
    let token = world.join(&thief, None);
    let (_, verification) = world.quote(&wallet, QUOTED, DEADLINE);
    let subscribe = subscribe(&world, &thief, token);
    world
        .send(&[verification, subscribe], &[&thief])
        .expect_err("another wallet's quote")
        .assert_is(TesseraError::QuoteMismatch);
}

#[test]
fn a_quote_does_not_lower_the_price_of_who_does_not_use_it() {
    let (mut world, wallet, token) = scene();
    let (_, verification) = world.quote(&wallet, QUOTED, DEADLINE);
    let mut args = world.subscribe_args();
    args.terms.price = QUOTED;
    let subscribe = world.subscribe(&wallet, token, args);
    world
        .send(&[verification, subscribe], &[&wallet])
        .expect_err("not declared")
        .assert_is(TesseraError::TermsChanged);
}

#[test]
fn the_quoted_price_is_locked() {
    let (mut world, wallet, token) = scene();
    let (quote, verification) = world.quote(&wallet, QUOTED, DEADLINE);
    assert_eq!((quote.domain, quote.program), (SUBSCRIBE_DOMAIN, ID));
    let before = world.balance(&token);
    let sent = world
        .send(
            &[verification, subscribe(&world, &wallet, token)],
            &[&wallet],
        )
        .expect("subscribe");
    let Event::Subscribed(event, _) = sent.event() else {
        panic!("another event");
    };
    assert_eq!((event.quote_nonce, event.settlement.debit), (1, QUOTED));
    assert_eq!(event.quote_deadline, DEADLINE);
    let subscription = world.subscription(&wallet);
    assert_eq!(subscription.terms.price, QUOTED);
    assert_eq!(
        (subscription.quote_nonce, subscription.quote_deadline),
        (1, DEADLINE)
    );
    assert_eq!(world.balance(&token), before - QUOTED);

    let due = world.subscription(&wallet).next_due;
    world.advance(due - START);
    world
        .send(&[world.charge(&wallet, None)], &[])
        .expect("charge");
    assert_eq!(world.balance(&token), before - 2 * QUOTED);
}

#[test]
fn an_unused_precompile_elsewhere_does_no_harm() {
    let (mut world, wallet, token) = scene();
    let (_, first) = world.quote(&key(60), QUOTED, DEADLINE);
    let (_, second) = world.quote(&wallet, QUOTED, DEADLINE);
    world
        .send(
            &[first, second, subscribe(&world, &wallet, token)],
            &[&wallet],
        )
        .expect("the right one is found");
}
