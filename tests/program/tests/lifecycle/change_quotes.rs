//! Quotes for a change of plan, which are good for nothing else.

use super::support::{APPROVED, between, done_with, paid_with, priced, refused, world_of};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    Event,
    quote::{Offer, Quote},
    types::{TesseraError, args::SignedTerms},
};
use world::{PERIODS, PRICE, Place, START, World, key, prorated};

/// Price of the plan that it leads to.
const DEARER: u64 = 2 * PRICE;
/// What the quote makes of it.
const QUOTED: u64 = DEARER - 5;
const DEADLINE: i64 = START + 60;

fn offer(world: &mut World, wallet: &Keypair, place: Place, price: u64) -> Offer {
    world.within(place, |world| world.offer(wallet, price, DEADLINE))
}

/// The terms of the place at what was offered.
fn quoted(world: &mut World, place: Place, offer: &Offer) -> SignedTerms {
    SignedTerms {
        price: offer.price,
        quote_deadline: offer.deadline,
        quote_nonce: offer.nonce,
        quote_most_periods: offer.most_periods,
        quoted: 1,
        ..world.change_terms(place)
    }
}

/// The change at what was offered, behind the verification of `quote`.
fn change(
    world: &mut World,
    wallet: &Keypair,
    place: Place,
    offer: &Offer,
    quote: &Quote,
) -> [Instruction; 2] {
    let terms = quoted(world, place, offer);
    [
        world.sign_quote(&key(3), quote),
        world.change_plan(wallet, place, terms, false),
    ]
}

/// The change at what was offered to the wallet's subscription, behind the verification of that.
fn change_at(world: &mut World, wallet: &Keypair, place: Place, offer: &Offer) -> [Instruction; 2] {
    let subscription = world.subscription_address(wallet);
    change(world, wallet, place, offer, &offer.of_change(subscription))
}

#[track_caller]
fn both_refused(
    world: &mut World,
    wallet: &Keypair,
    instructions: &[Instruction],
    expected: TesseraError,
) {
    world
        .send(instructions, &[wallet])
        .expect_err("refused")
        .assert_is(expected);
}

#[test]
fn a_quote_for_a_subscription_is_none_for_a_change() {
    let (mut world, wallet, _, place) = between(DEARER);
    let offer = offer(&mut world, &wallet, place, QUOTED);
    let instructions = change(&mut world, &wallet, place, &offer, &offer.into());
    both_refused(
        &mut world,
        &wallet,
        &instructions,
        TesseraError::QuoteMismatch,
    );
}

#[test]
fn a_quote_for_a_change_is_none_for_a_subscription() {
    let mut world = World::new();
    let wallet = key(30);
    let subscription = world.subscription_address(&wallet);
    let token = world.join(&wallet, None);
    let offer = world.offer(&wallet, PRICE - 5, DEADLINE);
    let args = world.quoted_args(PRICE - 5, DEADLINE);
    let instructions = [
        world.sign_quote(&key(3), &offer.of_change(subscription)),
        world.subscribe(&wallet, token, args),
    ];
    both_refused(
        &mut world,
        &wallet,
        &instructions,
        TesseraError::QuoteMismatch,
    );
}

#[test]
fn only_what_the_quote_says_is_sold() {
    let (mut world, wallet, _, place) = between(DEARER);
    let subscription = world.subscription_address(&wallet);
    let args = prorated(priced(world.create_plan_args(), DEARER));
    let other = world.add_plan(args);
    let right = offer(&mut world, &wallet, place, QUOTED);
    let stranger = key(31);
    world.join(&stranger, None);
    let cases = [
        Offer {
            plan: other.plan,
            ..right
        },
        Offer {
            plan: world.plan,
            ..right
        },
        Offer {
            price: QUOTED + 1,
            ..right
        },
        Offer {
            deadline: DEADLINE + 1,
            ..right
        },
        Offer { nonce: 2, ..right },
        Offer {
            most_periods: PERIODS + 1,
            ..right
        },
        Offer {
            cluster_tag: *b"litesvm2",
            ..right
        },
    ];
    let mut wrong = cases.map(|it| it.of_change(subscription)).to_vec();
    // A stranger's subscription, another of the wallet's, and the wallet itself.
    let theirs = world.subscription_address(&stranger);
    let second = world.within(place, |world| world.subscription_address(&wallet));
    for holder in [theirs, second, wallet.pubkey()] {
        wrong.push(right.of_change(holder));
    }
    for wrong in wrong {
        let instructions = change(&mut world, &wallet, place, &right, &wrong);
        both_refused(
            &mut world,
            &wallet,
            &instructions,
            TesseraError::QuoteMismatch,
        );
    }
    let terms = quoted(&mut world, place, &right);
    let by_another = [
        world.sign_quote(&key(10), &right.of_change(subscription)),
        world.change_plan(&wallet, place, terms, false),
    ];
    both_refused(
        &mut world,
        &wallet,
        &by_another,
        TesseraError::QuoteWrongSigner,
    );
    let [_, alone] = change_at(&mut world, &wallet, place, &right);
    refused(&mut world, &wallet, alone, TesseraError::QuoteMissing);
}

#[test]
fn a_quote_keeps_to_the_new_plans_range_and_to_its_deadline() {
    let (mut world, wallet, _, place) = between(DEARER);
    for price in [PRICE - 1, 2 * DEARER + 1] {
        let offer = offer(&mut world, &wallet, place, price);
        let instructions = change_at(&mut world, &wallet, place, &offer);
        both_refused(
            &mut world,
            &wallet,
            &instructions,
            TesseraError::QuoteOutOfRange,
        );
    }
    let offer = offer(&mut world, &wallet, place, QUOTED);
    world.advance(61);
    let instructions = change_at(&mut world, &wallet, place, &offer);
    both_refused(
        &mut world,
        &wallet,
        &instructions,
        TesseraError::QuoteExpired,
    );
}

#[test]
fn a_quote_limits_the_periods() {
    let (mut world, wallet, _, place) = between(DEARER);
    let offer = Offer {
        most_periods: PERIODS - 1,
        ..offer(&mut world, &wallet, place, QUOTED)
    };
    let instructions = change_at(&mut world, &wallet, place, &offer);
    both_refused(
        &mut world,
        &wallet,
        &instructions,
        TesseraError::QuotePeriods,
    );
}

#[test]
fn a_quote_is_good_once_and_its_price_is_locked() {
    let (mut world, wallet, token, place) = between(DEARER);
    let first = offer(&mut world, &wallet, place, QUOTED);
    let instructions = change_at(&mut world, &wallet, place, &first);
    let (event, money) = paid_with(&mut world, &wallet, token, &instructions);
    let Event::PlanChanged(event, _) = event else {
        panic!("another event");
    };
    assert_eq!((event.quote_nonce, event.quote_deadline), (1, DEADLINE));
    assert_eq!((event.terms.price, event.credit), (QUOTED, PRICE));
    assert_eq!(money.debit, QUOTED - PRICE);
    assert_eq!(event.outstanding, QUOTED * u64::from(PERIODS));
    let it = world.subscription(&wallet);
    assert_eq!((it.quote_nonce, it.quote_deadline), (1, DEADLINE));
    let again = change_at(&mut world, &wallet, place, &first);
    both_refused(&mut world, &wallet, &again, TesseraError::QuoteUsed);

    // The next one has a higher nonce.
    let next = Offer {
        nonce: 2,
        price: DEARER,
        ..first
    };
    let instructions = change_at(&mut world, &wallet, place, &next);
    done_with(&mut world, &wallet, &instructions);
    assert_eq!(world.subscription(&wallet).terms.price, DEARER);
}

#[test]
fn a_quote_that_was_used_to_subscribe_stays_used() {
    let mut world = world_of(prorated);
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let (quote, verification) = world.quote(&wallet, PRICE - 5, DEADLINE);
    assert_eq!(quote.nonce, 1);
    let args = world.quoted_args(PRICE - 5, DEADLINE);
    let subscribe = world.subscribe(&wallet, token, args);
    done_with(&mut world, &wallet, &[verification, subscribe]);
    let place = world.second_plan();
    let offer = offer(&mut world, &wallet, place, PRICE - 5);
    let instructions = change_at(&mut world, &wallet, place, &offer);
    both_refused(&mut world, &wallet, &instructions, TesseraError::QuoteUsed);
}

#[test]
fn a_quote_sets_the_price_of_a_plan_that_follows() {
    let (mut world, wallet, token, place) = between(DEARER);
    let subscription = world.subscription_address(&wallet);
    let offer = offer(&mut world, &wallet, place, QUOTED);
    let terms = quoted(&mut world, place, &offer);
    let instructions = [
        world.sign_quote(&key(3), &offer.of_change(subscription)),
        world.change_plan(&wallet, place, terms, true),
    ];
    let (event, money) = paid_with(&mut world, &wallet, token, &instructions);
    let Event::PlanChanged(event, _) = event else {
        panic!("another event");
    };
    assert_eq!((event.quote_nonce, money.debit), (1, 0));
    assert_eq!(event.outstanding, QUOTED * (u64::from(PERIODS) + 1));
    assert!(event.outstanding > APPROVED);
    assert_eq!(world.subscription(&wallet).pending_price, QUOTED);
}
