use super::refundable::{ALL_SHARES, amounts, assert_refused, paid, refund};
use solana_address::Address;
use solana_instruction::error::InstructionError;
use solana_signer::Signer;
use spl_token_interface::error::TokenError;
use tessera_client::{Event, types::TesseraError};
use world::{FUNDS, PERIOD, PRICE, World, key, replace};

#[test]
fn every_account_and_byte_is_bound() {
    let (mut world, [_, _, _, (wallet, _)]) = paid();
    let refund = world.refund(&wallet, PRICE);
    // On SPL Token the receipt rides a transfer, and no mint is asked for.
    world.assert_withstands_except(&[9, 10], &refund, &[&key(2), &key(4)]);
}

#[test]
fn only_the_orgs_authority_refunds() {
    let (mut world, [_, _, _, (wallet, _)]) = paid();
    let refund = world.refund(&wallet, 1);
    for other in [key(4), key(6), wallet] {
        let refund = replace(&refund, &key(2).pubkey(), &other.pubkey());
        world
            .send(&[refund], &[&other, &key(4)])
            .expect_err("another signer")
            .assert_is(TesseraError::WrongAuthority);
    }
}

#[test]
fn the_source_pays_only_when_its_owner_signs() {
    let (mut world, [_, _, _, (wallet, token)]) = paid();
    let refund = world.refund(&wallet, PRICE);
    for other in [key(2), key(6)] {
        let refund = replace(&refund, &key(4).pubkey(), &other.pubkey());
        world
            .send(&[refund], &[&key(2), &other])
            .expect_err("not the owner")
            .assert_error(&InstructionError::Custom(TokenError::OwnerMismatch as u32));
    }
    let unsigned = world::unsigned(&refund, &key(4).pubkey());
    world
        .send(&[unsigned], &[&key(2)])
        .expect_err("unsigned")
        .assert_error(&InstructionError::MissingRequiredSignature);
    // The customer's own approval is no way in: its delegate signs for nobody.
    let second = world.create_token_account(&wallet.pubkey(), 0);
    let own = replace(&refund, &world.destination, &token);
    let own = replace_at(own, 7, second);
    world
        .send(&[own], &[&key(2), &key(4)])
        .expect_err("the customer's tokens")
        .assert_error(&InstructionError::Custom(TokenError::OwnerMismatch as u32));
}

fn replace_at(
    mut instruction: solana_instruction::Instruction,
    place: usize,
    to: Address,
) -> solana_instruction::Instruction {
    instruction.accounts[place].pubkey = to;
    instruction
}

#[test]
fn anybodys_token_account_may_pay_when_he_signs() {
    let (mut world, [_, (second, source), _, (wallet, token)]) = paid();
    let refund = world.refund(&wallet, PRICE);
    let refund = replace(&refund, &world.destination, &source);
    let refund = replace(&refund, &key(4).pubkey(), &second.pubkey());
    let sent = world
        .send(&[refund], &[&key(2), &second])
        .expect("another source");
    let Event::Refunded(event, _) = sent.event() else {
        panic!("another event");
    };
    assert_eq!((event.source, event.destination), (source, token));
    assert_eq!(world.balance(&source), FUNDS - (PRICE - ALL_SHARES));
    assert_eq!(world.balance(&token), FUNDS);
    assert_eq!(world.balance(&world.destination), PRICE - ALL_SHARES);
}

#[test]
fn a_kept_signature_refunds_once() {
    let (mut world, [_, _, _, (wallet, _)]) = paid();
    let kept = world.refund(&wallet, 1);
    world
        .send(std::slice::from_ref(&kept), &[&key(2), &key(4)])
        .expect("first");
    world
        .send(std::slice::from_ref(&kept), &[&key(2), &key(4)])
        .expect_err("again")
        .assert_is(TesseraError::StaleSeq);
    let mut other_life = world.refund(&wallet, 1);
    other_life.data[9] ^= 1;
    world
        .send(&[other_life], &[&key(2), &key(4)])
        .expect_err("another life")
        .assert_is(TesseraError::WrongLife);
    // Neither does one for a period that another charge came after.
    let kept = world.refund(&wallet, 1);
    world.advance(i64::from(PERIOD));
    world
        .send(&[world.charge(&wallet, None)], &[])
        .expect("charge");
    world
        .send(&[kept], &[&key(2), &key(4)])
        .expect_err("another period")
        .assert_is(TesseraError::StaleSeq);
}

#[test]
fn nothing_and_more_than_is_left_are_refused() {
    let (mut world, [_, _, _, (wallet, _)]) = paid();
    // Rounding is the merchant's, who needs a unit more for a while.
    world.subscriber();
    for amount in [0, PRICE + 1, u64::MAX] {
        assert_refused(&mut world, &wallet, amount, TesseraError::RefundTooHigh);
    }
    refund(&mut world, &wallet, PRICE - 3);
    for amount in [0, 4, PRICE, u64::MAX] {
        assert_refused(&mut world, &wallet, amount, TesseraError::RefundTooHigh);
    }
    let (event, shares) = refund(&mut world, &wallet, 3);
    assert_eq!((amounts(&shares), event.from_vault), (vec![1; 3], 3));
    assert_refused(&mut world, &wallet, 1, TesseraError::RefundTooHigh);
}

#[test]
fn a_trial_has_nothing_to_refund() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let place = world.add_plan(world::with_trial(world.create_plan_args(), 86_400));
    world.within(place, |world| {
        world.subscribed(&wallet, token);
        assert_refused(world, &wallet, 1, TesseraError::RefundTooHigh);
    });
}

#[test]
fn the_destination_is_the_customers_in_the_plans_mint() {
    let (mut world, [_, _, (third, foreign), (wallet, token)]) = paid();
    let refund = world.refund(&wallet, 1);
    let to = |destination| replace(&refund, &token, &destination);
    assert_eq!(world.token(&foreign).owner, third.pubkey());
    world
        .send(&[to(foreign)], &[&key(2), &key(4)])
        .expect_err("another wallet's")
        .assert_is(TesseraError::WrongTokenOwner);
    let other = key(7);
    world.create_mint(&other);
    let odd = world.create_account_of(&wallet.pubkey(), &other.pubkey(), 0);
    world
        .send(&[to(odd)], &[&key(2), &key(4)])
        .expect_err("another mint")
        .assert_is(TesseraError::WrongMint);
    world
        .send(&[to(wallet.pubkey())], &[&key(2), &key(4)])
        .expect_err("no token account")
        .assert_is(TesseraError::TokenAccountMissing);
    let second = world.create_token_account(&wallet.pubkey(), 0);
    world
        .send(&[to(second)], &[&key(2), &key(4)])
        .expect("another of his own");
    assert_eq!(world.balance(&second), 1);
}

#[test]
fn no_level_is_left_out_or_exchanged() {
    let (mut world, [(top, _), _, (third, _), (wallet, _)]) = paid();
    let refund = world.refund(&wallet, 1);
    let (vault, first, last) = (
        world.vault(),
        world.ledger_address(&third),
        world.ledger_address(&top),
    );
    let program = tessera_client::types::ID;
    for (place, to, expected) in [
        (11, program, TesseraError::WrongVault),
        (12, program, TesseraError::MissingLedger),
        (14, program, TesseraError::MissingLedger),
    ] {
        world
            .send(
                &[replace_at(refund.clone(), place, to)],
                &[&key(2), &key(4)],
            )
            .expect_err("left out")
            .assert_is(expected);
    }
    let swapped = replace_at(replace_at(refund.clone(), 12, last), 14, first);
    world
        .send(&[swapped], &[&key(2), &key(4)])
        .expect_err("exchanged")
        .assert_is(TesseraError::WrongLedger);
    let elsewhere = world.second_org();
    let there = tessera_client::address::vault(&elsewhere.org, &world.mint);
    world
        .send(&[replace(&refund, &vault, &there)], &[&key(2), &key(4)])
        .expect_err("another vault")
        .assert_is(TesseraError::WrongVault);
}

/// The levels' parts are rounded each for itself: together they are never more than what goes back.
#[test]
fn units_go_back_one_by_one_and_the_rest_at_last() {
    let (mut world, [_, _, _, (wallet, token)]) = paid();
    let before = world.balance(&token);
    // What rounding leaves to the merchant is not in what they were paid.
    let destination = world.destination;
    world.edit_token(&destination, |account| account.amount += 100);
    for _ in 0..45 {
        let refund = world.refund(&wallet, 1);
        world
            .send(&[refund], &[&key(2), &key(4)])
            .expect("one unit");
    }
    for amount in [PRICE - 46, 1] {
        let refund = world.refund(&wallet, amount);
        world
            .send(&[refund], &[&key(2), &key(4)])
            .expect("the rest");
    }
    assert_eq!(world.balance(&token), before + PRICE);
}

/// An issuer's seizure is the merchant's loss: the customer gets all of it.
#[test]
fn a_vault_that_was_emptied_stops_no_refund() {
    let (mut world, [_, _, _, (wallet, token)]) = paid();
    let (vault, destination) = (world.vault(), world.destination);
    world.edit_token(&vault, |account| account.amount = 7);
    world.edit_token(&destination, |account| account.amount = PRICE);
    let before = world.balance(&token);
    let refund = world.refund(&wallet, PRICE);
    let sent = world
        .send(&[refund], &[&key(2), &key(4)])
        .expect("given back");
    let Event::Refunded(event, shares) = sent.event() else {
        panic!("{:?}", sent.event());
    };
    assert_eq!((event.amount, event.from_vault), (PRICE, 7));
    assert_eq!(shares.len(), 3);
    assert_eq!(world.balance(&token), before + PRICE);
    assert_eq!(world.balance(&vault), 0);
}
