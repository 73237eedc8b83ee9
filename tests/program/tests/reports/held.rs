//! What was reported of others and held here.

use super::*;
use solana_account::Account;
use solana_address::Address;
use solana_message::{AddressLookupTableAccount, VersionedMessage, v0};
use solana_transaction::versioned::VersionedTransaction;
use tessera_client::types::accounts::SubscriptionState;
use world::{HOLD, SHARES};

/// Neither income nor a claim begins the wait of what is held already again.
#[test]
fn neither_income_nor_a_claim_restarts_a_hold() {
    let hold = i64::from(HOLD);
    let mut world = World::new();
    let [_, _, (third, token), (customer, customers)] = world.referral_chain();
    world.subscribed(&customer, customers);
    let (second, third_plan) = (world.second_plan(), world.second_plan());
    world.advance(hold - 1);
    world.within(second, |world| world.subscribed(&customer, customers));
    world.advance(1);
    let claim = world.claim(&third, token, SHARES[0]);
    world.send(&[claim], &[&third]).expect("the first");
    // The second began to wait before that claim, and ends by its own time.
    let held = world.ledger(&third);
    assert_eq!(
        (held.held, held.release_at),
        (SHARES[0], START + 2 * hold - 1)
    );
    world.advance(hold - 2);
    world.within(third_plan, |world| world.subscribed(&customer, customers));
    world.advance(1);
    let claim = world.claim(&third, token, SHARES[0]);
    world.send(&[claim], &[&third]).expect("the second");
    assert_eq!(world.balance(&token), FUNDS + 2 * SHARES[0]);
}

#[test]
fn strangers_accounts_and_gifts_change_nothing() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    // An account in the customer's name, tokens in the vault, lamports where accounts will be.
    let junk = world.create_token_account(&wallet.pubkey(), FUNDS);
    let vault = world.vault();
    world.edit_token(&vault, |token| token.amount += 77);
    let (subscription, delegate) = (world.subscription_address(&wallet), world.delegate(&token));
    for address in [subscription, delegate] {
        world.prefund(&address);
    }
    world.subscribed(&wallet, token);
    world.advance(STEP);
    world.edit_token(&token, |token| token.amount += 5);
    let charge = world.charge(&wallet, None);
    world
        .send(&[replace(&charge, &token, &junk)], &[])
        .expect_err("not the one that was signed")
        .assert_is(TesseraError::WrongPayerToken);
    world.send(&[charge], &[]).expect("charge");
    assert_eq!(world.balance(&token), FUNDS + 5 - 2 * PRICE);
    assert_eq!((world.balance(&junk), world.balance(&vault)), (FUNDS, 77));
    assert_eq!(world.assert_receipts::<Subscription>(&subscription), 2);
}

#[test]
fn a_transaction_that_fails_later_leaves_nothing() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let address = world.subscription_address(&wallet);
    world.advance(STEP);
    let charge = world.charge(&wallet, None);
    let before = world.subscription(&wallet);
    let too_much = world.redeem(&wallet, u64::MAX);
    world
        .send(&[charge.clone(), too_much], &[&wallet])
        .expect_err("the second one")
        .assert_is(TesseraError::InsufficientPoints);
    assert_eq!(world.subscription(&wallet), before);
    assert_eq!(world.balance(&token), FUNDS - PRICE);
    world
        .send(&[charge], &[])
        .expect("as if for the first time");
    assert_eq!(world.assert_receipts::<Subscription>(&address), 2);
}

/// Every account but the payer comes from a table.
#[test]
fn accounts_from_lookup_tables_serve_as_well() {
    const HEADER: usize = 56;
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world.advance(STEP);
    let charge = world.charge(&wallet, None);
    let mut addresses: Vec<Address> = charge.accounts.iter().map(|meta| meta.pubkey).collect();
    addresses.sort_unstable();
    addresses.dedup();
    // A table that is not being closed, extended long ago, of nobody.
    let mut data = vec![0; HEADER];
    data[0] = 1;
    data[4..12].fill(u8::MAX);
    data.extend(addresses.iter().flat_map(Address::to_bytes));
    let table = Account {
        lamports: world.svm.minimum_balance_for_rent_exemption(data.len()),
        data,
        owner: solana_sdk_ids::address_lookup_table::ID,
        ..Account::default()
    };
    let place = key(97).pubkey();
    world.svm.set_account(place, table).expect("set account");
    let table = AddressLookupTableAccount {
        key: place,
        addresses,
    };
    let (payer, hash) = (world.payer.pubkey(), world.svm.latest_blockhash());
    let message = v0::Message::try_compile(&payer, &[charge], &[table], hash).expect("it fits");
    assert!(
        message.account_keys.len() <= 3,
        "{:?}",
        message.account_keys
    );
    let message = VersionedMessage::V0(message);
    let transaction = VersionedTransaction::try_new(message, &[&world.payer]).expect("signed");
    world.svm.send_transaction(transaction).expect("charge");
    let it = world.subscription(&wallet);
    assert_eq!(
        (it.header.receipt_seq, it.state),
        (2, SubscriptionState::Active as u8)
    );
    assert_eq!(world.balance(&token), FUNDS - 2 * PRICE);
}
