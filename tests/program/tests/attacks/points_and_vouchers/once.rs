//! What an org's quote authority signs is good for one subscription, and for the tokens that it names.

use super::signed::{QUOTED, customer};
use solana_address::Address;
use solana_signer::Signer;
use tessera_client::types::{TesseraError, args::SignedTerms};
use world::{FUNDS, PERIODS, PRICE, World, key};

/// A wallet with two subscriptions has one price made for it, and takes both to the plan at that: the
/// quote is for neither when it is for the wallet, and else for the one that it names.
#[test]
fn a_quote_for_a_change_counts_for_one_of_a_wallets_subscriptions() {
    for named in [None, Some(0), Some(1)] {
        let mut world = World::new();
        let (wallet, deadline) = (customer(), world.now() + 60);
        let token = world.join(&wallet, None);
        let places = [world.place_of_plan(1), world.second_plan()];
        let subscriptions = places.map(|place| {
            world.within(place, |world| {
                world.subscribed(&wallet, token);
                world.subscription_address(&wallet)
            })
        });
        let goal = world.second_plan();
        let offer = world.within(goal, |world| world.offer(&wallet, QUOTED, deadline));
        let terms = SignedTerms {
            price: QUOTED,
            quote_deadline: deadline,
            quote_nonce: offer.nonce,
            quote_most_periods: PERIODS,
            quoted: 1,
            ..world.change_terms(goal)
        };
        let holder = named.map_or(wallet.pubkey(), |it| subscriptions[it]);
        let verification = world.sign_quote(&world.quote_authority, &offer.of_change(holder));
        // Each before the other's use of it, after that, and after its own.
        let mut used = Vec::new();
        for turn in [0, 1, 0, 1] {
            let sent = world.within(places[turn], |world| {
                let change = world.change_plan(&wallet, goal, terms, false);
                world.send(&[verification.clone(), change], &[&wallet])
            });
            match sent {
                Ok(_) => used.push(turn),
                Err(refused) if used.contains(&turn) => {
                    refused.assert_is(TesseraError::QuoteUsed);
                }
                Err(refused) => refused.assert_is(TesseraError::QuoteMismatch),
            }
            world.advance(1);
        }
        assert_eq!(used, Vec::from_iter(named));
        let spent = 2 * PRICE + QUOTED * u64::from(named.is_some());
        assert_eq!(world.balance(&token), FUNDS - spent);
    }
}

/// The merchant closed the destination and made it again in a mint that costs nothing: who pays in
/// that gets no points for it.
#[test]
fn an_invoice_is_not_paid_in_another_mint() {
    let mut world = World::new();
    let wallet = customer();
    let token = world.join(&wallet, None);
    let mut args = world.invoice_args(5, QUOTED);
    args.points = 1_000;
    let [verification, honest] = world.pay_invoice(&wallet, token, args);
    let junk_mint = key(71);
    world.create_mint(&junk_mint);
    let junk = world.create_account_of(&wallet.pubkey(), &junk_mint.pubkey(), 2 * QUOTED);
    let destination = world.destination;
    let reopen = |world: &mut World, mint: Address| {
        world.edit_token(&destination, |it| it.mint = mint);
    };
    let home = world.mint;
    reopen(&mut world, junk_mint.pubkey());
    let attack = world::replace(&honest, &token, &junk);
    world
        .send(&[verification.clone(), attack], &[&wallet])
        .expect_err("another mint")
        .assert_is(TesseraError::WrongMint);
    assert_eq!(world.member(&wallet).points, 0);
    assert_eq!(
        (world.balance(&junk), world.balance(&destination)),
        (2 * QUOTED, 0)
    );
    reopen(&mut world, home);
    world
        .send(&[verification, honest], &[&wallet])
        .expect("paid");
    assert_eq!(world.member(&wallet).points, 1_000);
}
