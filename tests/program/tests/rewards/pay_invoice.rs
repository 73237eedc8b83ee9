//! What is no invoice, or void.

use super::billed::{AMOUNT, Change, args, assert_refused, bill, billed};
use solana_address::Address;
use solana_instruction::error::InstructionError;
use solana_signer::Signer;
use spl_token_interface::error::TokenError;
use tessera_client::{
    quote::{Quote, SUBSCRIBE_DOMAIN},
    types::{
        TesseraError,
        accounts::{Invoice, Org},
        args::PayInvoiceArgs,
    },
};
use world::{FUNDS, PRICE, key, replace};

#[test]
fn every_account_and_byte_is_bound() {
    let (mut world, [_, _, _, (wallet, token)]) = billed();
    // Where the verification stands is free, so each attack alone is behind one that is good: what is
    // looked at here is the payment, which fails without it in any case. The quote's tests do the rest.
    let [verification, pay] = world.pay_invoice(&wallet, token, args(&world));
    world
        .simulate(&[verification.clone(), pay.clone()], &[&wallet])
        .expect("as it is");
    for len in 0..pay.accounts.len() {
        let mut fewer = pay.clone();
        fewer.accounts.truncate(len);
        assert!(
            world
                .simulate(&[verification.clone(), fewer], &[&wallet])
                .is_err()
        );
    }
    for at in 1..pay.data.len() {
        let mut flipped = pay.clone();
        flipped.data[at] ^= 1;
        let result = world.simulate(&[verification.clone(), flipped], &[&wallet]);
        // The place of the verification is only a hint.
        assert_eq!(result.is_ok(), at == 33, "byte {at}");
    }
    for (place, meta) in pay.accounts.iter().enumerate() {
        // On SPL Token neither the mint nor the program itself is asked for.
        if meta.is_signer || [10, 11].contains(&place) {
            continue;
        }
        for other in pay.accounts.iter().filter(|it| it.pubkey != meta.pubkey) {
            let mut attack = pay.clone();
            attack.accounts[place].pubkey = other.pubkey;
            let result = world.simulate(&[verification.clone(), attack], &[&wallet]);
            assert!(result.is_err(), "{} at {place}", other.pubkey);
        }
    }
    let unsigned = world::unsigned(&pay, &wallet.pubkey());
    world
        .send(&[verification, unsigned], &[])
        .expect_err("unsigned")
        .assert_error(&InstructionError::MissingRequiredSignature);
}

#[test]
fn what_nobody_or_somebody_else_signed_is_refused() {
    let (mut world, [_, _, _, (wallet, token)]) = billed();
    let args = args(&world);
    let [_, pay] = world.pay_invoice(&wallet, token, args);
    assert_refused(
        &mut world,
        std::slice::from_ref(&pay),
        &wallet,
        TesseraError::QuoteMissing,
    );
    let bill = bill(&world, &wallet, &args);
    for signer in [&key(2), &key(6), &wallet] {
        let verification = world.sign_quote(signer, &bill);
        assert_refused(
            &mut world,
            &[verification, pay.clone()],
            &wallet,
            TesseraError::QuoteWrongSigner,
        );
    }
}

#[test]
fn a_signature_over_anything_else_is_refused() {
    let (mut world, [_, _, (third, _), (wallet, token)]) = billed();
    let elsewhere = world.second_org();
    let plan = world.second_plan();
    let args = args(&world);
    let [_, pay] = world.pay_invoice(&wallet, token, args);
    let good = bill(&world, &wallet, &args);
    let changes: [Change; 11] = [
        ("amount", |it| it.price += 1),
        ("less", |it| it.price -= 1),
        ("points", |it| it.points += 1),
        ("deadline", |it| it.deadline += 1),
        ("id", |it| it.nonce += 1),
        ("cluster", |it| it.cluster_tag[0] ^= 1),
        ("program", |it| {
            it.program = Address::new_from_array([9; 32]);
        }),
        ("domain", |it| it.domain = SUBSCRIBE_DOMAIN),
        ("change", |it| {
            it.domain = tessera_client::quote::CHANGE_DOMAIN;
        }),
        ("periods", |it| it.most_periods = 1),
        ("spare", |it| it.spare[3] = 1),
    ];
    let mut bad: Vec<(&str, Quote)> = Vec::new();
    for (name, change) in changes {
        let mut quote = good;
        change(&mut quote);
        bad.push((name, quote));
    }
    bad.push((
        "plan",
        Quote {
            plan: plan.plan,
            ..good
        },
    ));
    bad.push((
        "org",
        Quote {
            org: elsewhere.org,
            ..good
        },
    ));
    bad.push((
        "wallet",
        Quote {
            wallet: third.pubkey(),
            ..good
        },
    ));
    for (name, quote) in bad {
        let verification = world.sign_quote(&key(3), &quote);
        let refused = world
            .send(&[verification, pay.clone()], &[&wallet])
            .expect_err(name);
        refused.assert_is(TesseraError::QuoteMismatch);
    }
}

#[test]
fn a_quote_to_subscribe_pays_no_invoice_and_the_reverse() {
    let (mut world, [_, _, _, (wallet, token)]) = billed();
    // Every field that the two have in common is the same.
    let deadline = world.now() + 60;
    let args = PayInvoiceArgs {
        points: 0,
        ..world.invoice_args(1, PRICE)
    };
    let [invoiced, pay] = world.pay_invoice(&wallet, token, args);
    let offer = world.offer(&wallet, PRICE, deadline);
    let quote = Quote {
        most_periods: 0,
        ..offer.into()
    };
    let quoted = world.sign_quote(&key(3), &quote);
    assert_refused(
        &mut world,
        &[quoted, pay],
        &wallet,
        TesseraError::QuoteMismatch,
    );
    let subscribe = world.quoted_args(PRICE, deadline);
    let subscribe = world.subscribe(&wallet, token, subscribe);
    assert_refused(
        &mut world,
        &[invoiced, subscribe],
        &wallet,
        TesseraError::QuoteMismatch,
    );
}

#[test]
fn an_invoice_is_void_after_its_deadline() {
    let (mut world, [_, _, _, (wallet, token)]) = billed();
    let pay = world.pay_invoice(&wallet, token, args(&world));
    world.advance(61);
    assert_refused(&mut world, &pay, &wallet, TesseraError::QuoteExpired);
    world.advance(-1);
    world.send(&pay, &[&wallet]).expect("in the last second");
}

#[test]
fn an_invoice_is_paid_once() {
    let (mut world, [_, _, _, (wallet, token)]) = billed();
    let pay = world.pay_invoice(&wallet, token, args(&world));
    world.send(&pay, &[&wallet]).expect("first");
    world.advance(1);
    assert_refused(&mut world, &pay, &wallet, TesseraError::AccountExists);
    // Nor under the same id with another amount.
    let dearer = world.invoice_args(9, AMOUNT + 1);
    let dearer = world.pay_invoice(&wallet, token, dearer);
    assert_refused(&mut world, &dearer, &wallet, TesseraError::AccountExists);
    assert_eq!(world.balance(&token), FUNDS - AMOUNT);
}

#[test]
fn an_id_that_is_closed_stays_paid() {
    let (mut world, [_, _, _, (wallet, token)]) = billed();
    let pay = world.pay_invoice(&wallet, token, args(&world));
    world.send(&pay, &[&wallet]).expect("pay_invoice");
    let address = world.invoice_address(&wallet, 9);
    for (secs, payer) in [
        (1, world.payer.insecure_clone()),
        (59, wallet.insecure_clone()),
    ] {
        world.advance(secs);
        let close = world.close_account(&payer, &address);
        world
            .send(&[close], &[&payer])
            .expect_err("it can still be paid")
            .assert_is(TesseraError::StillInUse);
    }
    world.advance(1);
    let close = world.close_account(&wallet, &address);
    world.send(&[close], &[&wallet]).expect("close");
    assert!(world.find::<Invoice>(&address).is_none());
    assert_refused(&mut world, &pay, &wallet, TesseraError::QuoteExpired);
    world.advance(-60);
    // A clock that went back would open it again: it does not go back by a minute.
    let again = world.pay_invoice(&wallet, token, world.invoice_args(9, 1));
    world.advance(120);
    assert_refused(&mut world, &again, &wallet, TesseraError::QuoteExpired);
}

#[test]
fn nothing_and_odd_bytes_are_refused() {
    let (mut world, [_, _, _, (wallet, token)]) = billed();
    let good = args(&world);
    for (args, expected) in [
        (
            PayInvoiceArgs { amount: 0, ..good },
            TesseraError::ZeroAmount,
        ),
        (
            PayInvoiceArgs {
                spare: [0, 0, 0, 0, 0, 1],
                ..good
            },
            TesseraError::SpareNotZero,
        ),
        (
            PayInvoiceArgs {
                consents: 1,
                ..good
            },
            TesseraError::SpareNotZero,
        ),
        (
            PayInvoiceArgs {
                consents: 2,
                ..good
            },
            TesseraError::SpareNotZero,
        ),
    ] {
        let pay = world.pay_invoice(&wallet, token, args);
        assert_refused(&mut world, &pay, &wallet, expected);
    }
}

#[test]
fn a_paused_org_is_paid_nothing() {
    let (mut world, [_, _, _, (wallet, token)]) = billed();
    let pay = world.pay_invoice(&wallet, token, args(&world));
    let pause = world.pause_org(Org::PAUSE_CHARGE);
    world.send(&[pause], &[&key(6)]).expect("pause_org");
    assert_refused(&mut world, &pay, &wallet, TesseraError::Paused);
    let pause = world.pause_org(Org::PAUSE_SUBSCRIBE);
    world.send(&[pause], &[&key(6)]).expect("pause_org");
    world.send(&pay, &[&wallet]).expect("only subscribing is");
}

#[test]
fn another_destination_or_member_is_refused() {
    let (mut world, [_, _, (third, foreign), (wallet, token)]) = billed();
    let [verification, pay] = world.pay_invoice(&wallet, token, args(&world));
    let (member, other) = (world.member_address(&wallet), world.member_address(&third));
    for (from, to, expected) in [
        (world.destination, foreign, TesseraError::WrongDestination),
        (member, other, TesseraError::WrongWallet),
    ] {
        let attack = replace(&pay, &from, &to);
        assert_refused(
            &mut world,
            &[verification.clone(), attack],
            &wallet,
            expected,
        );
    }
    let attack = replace(&pay, &token, &foreign);
    world
        .send(&[verification, attack], &[&wallet])
        .expect_err("another wallet's tokens")
        .assert_error(&InstructionError::Custom(TokenError::OwnerMismatch as u32));
}
