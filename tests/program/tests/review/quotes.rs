//! 13, 14 and 21: a quote is good once, the largest checkout fits, and the verification may stand
//! anywhere.

use super::*;
use tessera_client::quote::Quote;

const QUOTED: u64 = PRICE - 7;

/// The most bytes of a transaction.
const PACKET: usize = 1_232;

/// Finding 13.
#[test]
fn a_quote_cannot_be_used_again_after_cancelling() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let (_, verification) = world.quote(&wallet, QUOTED, START + 1_000);
    let subscribe = world.subscribe(&wallet, token, world.quoted_args(QUOTED, START + 1_000));
    let both = [verification, subscribe];
    world.send(&both, &[&wallet]).expect("subscribe");
    for wait in [0, 10] {
        world.advance(wait);
        if wait == 0 {
            cancel(&mut world, &wallet);
        }
        world
            .send(&both, &[&wallet])
            .expect_err("used")
            .assert_is(TesseraError::QuoteUsed);
    }
    assert_eq!(world.subscription(&wallet).quote_deadline, START + 1_000);
}

/// Finding 13.
#[test]
fn a_quote_binds_the_number_of_periods() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let (_, verification) = world.quote(&wallet, QUOTED, START);
    let mut args = world.quoted_args(QUOTED, START);
    args.terms.approved_periods = PERIODS + 1;
    let subscribe = world.subscribe(&wallet, token, args);
    world
        .send(&[verification.clone(), subscribe], &[&wallet])
        .expect_err("more than offered")
        .assert_is(TesseraError::QuotePeriods);
    // Nor by saying that more was offered.
    args.terms.quote_most_periods = PERIODS + 1;
    let subscribe = world.subscribe(&wallet, token, args);
    world
        .send(&[verification, subscribe], &[&wallet])
        .expect_err("another quote")
        .assert_is(TesseraError::QuoteMismatch);
}

/// Finding 13.
#[test]
fn a_quote_of_another_cluster_is_void() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let mut offer = world.offer(&wallet, QUOTED, START);
    offer.cluster_tag = *b"devnet\0\0";
    let verification = world.sign_quote(&world.quote_authority, &Quote::from(offer));
    let subscribe = world.subscribe(&wallet, token, world.quoted_args(QUOTED, START));
    world
        .send(&[verification, subscribe], &[&wallet])
        .expect_err("another cluster's")
        .assert_is(TesseraError::QuoteMismatch);
}

fn compute_budget(data: &[u8]) -> Instruction {
    Instruction {
        program_id: solana_sdk_ids::compute_budget::ID,
        accounts: vec![],
        data: data.to_vec(),
    }
}

/// A checkout on a quote by a wallet that pays for all of it, whose three referrers have no ledger
/// yet, with what wallets add: limit and price of compute units, and a guard.
fn largest_checkout() -> (World, Vec<Instruction>) {
    let mut world = World::new();
    world.add_forwarder();
    let chain = world.referral_chain();
    let wallet = world.payer.insecure_clone();
    let token = world.join(&wallet, Some(("FOURTH", &chain[3].0)));
    let referrers = [&chain[3].0, &chain[2].0, &chain[1].0];
    for referrer in referrers {
        let ledger = world.ledger_address(referrer);
        let missing = solana_account::Account::default();
        world.svm.set_account(ledger, missing).expect("set account");
    }
    let limit = compute_budget(&[&[2][..], &60_000u32.to_le_bytes()].concat());
    let price = compute_budget(&[&[3][..], &10_000u64.to_le_bytes()].concat());
    let guard = Instruction {
        program_id: world::forwarder::FORWARDER,
        accounts: vec![],
        data: vec![1; 80],
    };
    let (_, verification) = world.quote(&wallet, QUOTED, START);
    let mut instructions = vec![limit, price, verification];
    instructions.extend(referrers.map(|referrer| world.open_ledger(referrer)));
    let mut args = world.quoted_args(QUOTED, START);
    args.terms.quote_index = 2;
    instructions.push(world.subscribe(&wallet, token, args));
    instructions.push(guard);
    (world, instructions)
}

/// Finding 14.
#[test]
fn the_largest_checkout_fits_with_fees_and_a_guard() {
    let (mut world, instructions) = largest_checkout();
    let transaction = world.transaction(&instructions, &[]);
    let size = 1 + 64 * transaction.signatures.len() + transaction.message_data().len();
    assert_eq!(transaction.signatures.len(), 1);
    assert!(size <= PACKET, "{size} bytes");
    let sent = world.send(&instructions, &[]).expect("subscribe");
    assert_eq!(sent.events().len(), 4);
    assert!(sent.compute_units < 60_000, "{}", sent.compute_units);
}

/// Finding 21: a subscription on a quote among `others`, whose verification stands at `place`.
#[track_caller]
fn assert_found(others: &[Instruction], place: usize, hint: u8, through_a_program: bool) {
    let mut world = World::new();
    world.add_forwarder();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let (_, verification) = world.quote(&wallet, QUOTED, START);
    let mut args = world.quoted_args(QUOTED, START);
    args.terms.quote_index = hint;
    let mut subscribe = world.subscribe(&wallet, token, args);
    if through_a_program {
        subscribe = forwarded(&subscribe);
    }
    let mut instructions = others.to_vec();
    instructions.push(subscribe);
    instructions.insert(place, verification);
    world.send(&instructions, &[&wallet]).expect("found");
    assert_eq!(world.subscription(&wallet).terms.price, QUOTED);
}

/// Finding 21.
#[test]
fn the_verification_may_stand_first_last_and_between_guards() {
    let guards = [memo(b"guard"), compute_budget(&[2, 0, 0, 2, 0]), memo(b"")];
    for place in 0..=4 {
        for hint in [u8::try_from(place).expect("small"), 0, 4, 5, u8::MAX] {
            for through_a_program in [true, false] {
                assert_found(&guards, place, hint, through_a_program);
            }
        }
    }
}

/// Finding 21: wallets verify signatures of their own in front.
#[test]
fn other_verifications_do_not_get_in_the_way() {
    let world = World::new();
    let (other, theirs) = (key(61), bytemuck::Zeroable::zeroed());
    let own = world.sign_quote(&other, &theirs);
    let (_, of_another_wallet) = world.quote(&key(62), QUOTED, START);
    let mut malformed = own.clone();
    malformed.data.push(0);
    let mut empty = own.clone();
    empty.data = vec![0, 0];
    let others = [own, of_another_wallet, empty, malformed];
    for place in 0..=5 {
        for hint in [0, 3, u8::MAX] {
            assert_found(&others, place, hint, false);
        }
    }
}

/// Finding 21: of several refusals the one that came closest is named.
#[test]
fn the_nearest_miss_is_named() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let unsigned = world.sign_quote(&key(61), &world.offer(&wallet, QUOTED, START).into());
    let cheaper = world.quote(&wallet, QUOTED - 1, START).1;
    let subscribe = world.subscribe(&wallet, token, world.quoted_args(QUOTED, START));
    for (before, expected) in [
        (vec![], TesseraError::QuoteMissing),
        (vec![unsigned.clone()], TesseraError::QuoteWrongSigner),
        (vec![cheaper.clone()], TesseraError::QuoteMismatch),
        (vec![cheaper, unsigned], TesseraError::QuoteMismatch),
    ] {
        let instructions = [before, vec![subscribe.clone()]].concat();
        world
            .send(&instructions, &[&wallet])
            .expect_err("no quote")
            .assert_is(expected);
    }
    assert!(
        world
            .svm
            .get_account(&world.subscription_address(&wallet))
            .is_none()
    );
}

/// A quote's verification that fails ends the transaction before the program is called.
#[test]
fn a_wrong_signature_anywhere_ends_the_transaction() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let (_, mut verification) = world.quote(&wallet, QUOTED, START);
    verification.data[50] ^= 1;
    let subscribe = world.subscribe(&wallet, token, world.quoted_args(QUOTED, START));
    let refused = world.send(&[subscribe, verification], &[&wallet]);
    let refused = refused.expect_err("not signed");
    assert!(!matches!(
        refused.error,
        solana_transaction_error::TransactionError::InstructionError(
            0,
            InstructionError::Custom(_)
        )
    ));
}

/// Finding 13: nor after a subscription at the plan's price in between.
#[test]
fn a_subscription_without_a_quote_frees_no_used_quote() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let deadline = START + 1_000;
    let (_, verification) = world.quote(&wallet, QUOTED, deadline);
    let subscribe = world.subscribe(&wallet, token, world.quoted_args(QUOTED, deadline));
    let both = [verification, subscribe];
    world.send(&both, &[&wallet]).expect("subscribe");
    cancel(&mut world, &wallet);
    world.subscribed(&wallet, token);
    let subscription = world.subscription(&wallet);
    assert_eq!(subscription.quote_nonce, 1);
    assert_eq!(subscription.quote_deadline, deadline);
    cancel(&mut world, &wallet);
    world
        .send(&both, &[&wallet])
        .expect_err("used")
        .assert_is(TesseraError::QuoteUsed);
}
