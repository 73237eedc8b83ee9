//! Staying under a plan after all, when another one was to follow.

use super::{
    change_later::{assert_later, sign},
    support::{APPROVED, DAY, STEP, assert_approves, between, charged, home, paid, refused},
};
use solana_address::Address;
use solana_keypair::Keypair;
use tessera_client::types::{
    TesseraError, accounts::Subscription, args::SignedTerms, events::PlanChanged,
};
use world::{PERIODS, PRICE, START, World, key};

/// What a wallet signs that stays under its plan after all: what goes on.
fn what_goes_on(world: &mut World, wallet: &Keypair) -> SignedTerms {
    let it = world.subscription(wallet);
    let home = home(world);
    SignedTerms {
        price: it.terms.price,
        approved_periods: it.periods_left(),
        ..world.change_terms(home)
    }
}

/// Has the wallet sign that it stays.
#[track_caller]
fn stay(world: &mut World, wallet: &Keypair, token: Address) -> PlanChanged {
    let terms = what_goes_on(world, wallet);
    let home = home(world);
    let instruction = world.change_plan(wallet, home, terms, true);
    assert_later(paid(world, wallet, token, instruction), home)
}

#[test]
fn back_to_the_same_plan_undoes_it() {
    let (mut world, wallet, token, _) = between(2 * PRICE);
    world.advance(STEP);
    charged(&mut world, &wallet);
    let before = world.subscription(&wallet);
    let other = world.second_plan();
    sign(&mut world, &wallet, token, other);
    // Even when it takes nobody new.
    let sunset = world.sunset_plan(world.now());
    world.send(&[sunset], &[&key(2)]).expect("sunset_plan");
    let event = stay(&mut world, &wallet, token);
    assert_eq!(event.terms, before.terms);
    assert_eq!(event.outstanding, APPROVED - PRICE);
    let after = world.subscription(&wallet);
    let expected = Subscription {
        header: after.header,
        agreement_seq: event.receipt.seq,
        ..before
    };
    let expected = Subscription {
        subscribed_at: after.subscribed_at,
        ..expected
    };
    assert_eq!(after, expected);
    assert_approves(&world, &token, APPROVED - PRICE, 1);
    world.advance(STEP);
    let money = charged(&mut world, &wallet);
    assert_eq!((money.debit, money.flags), (PRICE, 0));
}

/// A revocation ends what was signed; it does not come back by a signature for less.
#[test]
fn who_stays_signs_what_goes_on_and_nothing_else() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let deadline = START + 60;
    let (_, verification) = world.quote(&wallet, 2 * PRICE, deadline);
    let args = world.quoted_args(2 * PRICE, deadline);
    let subscribe = world.subscribe(&wallet, token, args);
    world
        .send(&[verification, subscribe], &[&wallet])
        .expect("subscribe");
    world.revoke(&token, &wallet);
    world.advance(DAY);
    let home = home(&world);
    let right = what_goes_on(&mut world, &wallet);
    let cases = [
        SignedTerms {
            price: PRICE,
            ..right
        },
        SignedTerms {
            approved_periods: 1,
            ..right
        },
        SignedTerms {
            approved_periods: PERIODS + 1,
            ..right
        },
    ];
    for wrong in cases {
        let change = world.change_plan(&wallet, home, wrong, true);
        refused(&mut world, &wallet, change, TesseraError::TermsChanged);
    }
    let event = stay(&mut world, &wallet, token);
    assert_eq!(event.terms.price, 2 * PRICE);
    assert_approves(&world, &token, 2 * APPROVED, 1);
}

#[test]
fn no_quote_is_used_up_by_staying() {
    let (mut world, wallet, _, _) = between(2 * PRICE);
    let offer = world.offer(&wallet, PRICE / 2, START + 60);
    let home = home(&world);
    let terms = SignedTerms {
        price: offer.price,
        quote_deadline: offer.deadline,
        quote_nonce: offer.nonce,
        quote_most_periods: offer.most_periods,
        quoted: 1,
        ..what_goes_on(&mut world, &wallet)
    };
    let subscription = world.subscription_address(&wallet);
    let instructions = [
        world.sign_quote(&key(3), &offer.of_change(subscription)),
        world.change_plan(&wallet, home, terms, true),
    ];
    world
        .send(&instructions, &[&wallet])
        .expect_err("a price that would not count")
        .assert_is(TesseraError::QuoteUnexpected);
}
