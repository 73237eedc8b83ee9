//! Transactions that were signed once with a durable nonce and kept back: they are good until the
//! nonce is used, however old they are.

use super::*;
use solana_message::Message;
use solana_system_interface::instruction::{advance_nonce_account, create_nonce_account};
use solana_transaction::Transaction;
use solana_transaction_error::TransactionError;
use tessera_client::types::accounts::SubscriptionState;
use world::{FUNDS, PRICE};

/// Where a nonce account holds its nonce: behind version, state and authority.
const NONCE: usize = 40;

/// A transaction that is signed and kept back.
struct Kept(Transaction);

/// Signs with a nonce of its own.
fn keep(world: &mut World, wallet: &Keypair, it: Instruction) -> Kept {
    let nonce = world.next_account_key();
    let rent = world.svm.minimum_balance_for_rent_exemption(80);
    let (payer, wallet_address) = (world.payer.pubkey(), wallet.pubkey());
    let create = create_nonce_account(&payer, &nonce.pubkey(), &wallet_address, rent);
    world.send(&create, &[&nonce]).expect("a nonce");
    let data = world.svm.get_account(&nonce.pubkey()).expect("nonce").data;
    let hash = <[u8; 32]>::try_from(&data[NONCE..NONCE + 32]).expect("a hash");
    let advance = advance_nonce_account(&nonce.pubkey(), &wallet_address);
    let message = Message::new(&[advance, it], Some(&payer));
    let payer = world.payer.insecure_clone();
    Kept(Transaction::new(&[&payer, wallet], message, hash.into()))
}

/// Sends what was kept back and requires that the program refuses it.
#[track_caller]
fn refused_late(world: &mut World, kept: &Kept, expected: TesseraError) {
    let result = world.svm.send_transaction(kept.0.clone());
    let failed = result.expect_err("refused").err;
    let TransactionError::InstructionError(1, InstructionError::Custom(code)) = failed else {
        panic!("{failed:?}");
    };
    assert_eq!(TesseraError::from_code(code), Some(expected));
}

#[track_caller]
fn sent_late(world: &mut World, kept: &Kept) {
    let result = world.svm.send_transaction(kept.0.clone());
    result.unwrap_or_else(|failed| panic!("{:?}\n{:#?}", failed.err, failed.meta.logs));
}

/// Ages of blocks pass.
fn wait(world: &mut World, secs: i64) {
    for _ in 0..3 {
        world.svm.expire_blockhash();
    }
    world.advance(secs);
}

#[test]
fn what_is_kept_back_goes_through_once_in_time() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    let kept = keep(&mut world, &wallet, subscribe);
    wait(&mut world, 60);
    sent_late(&mut world, &kept);
    assert_eq!(world.balance(&token), FUNDS - PRICE);
    wait(&mut world, 0);
    let again = world.svm.send_transaction(kept.0.clone());
    assert!(again.is_err(), "its nonce is used");
    assert_eq!(world.balance(&token), FUNDS - PRICE);
}

#[test]
fn a_subscription_that_was_signed_long_ago_is_not_begun() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    let kept = [0, 1].map(|_| keep(&mut world, &wallet, subscribe.clone()));
    wait(&mut world, 61);
    refused_late(&mut world, &kept[0], TesseraError::DeadlinePassed);
    // Nor by who has left in between, or has the same terms again.
    world.subscribed(&wallet, token);
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    wait(&mut world, STEP);
    refused_late(&mut world, &kept[1], TesseraError::DeadlinePassed);
    assert_eq!(world.balance(&token), FUNDS - PRICE);
    assert_eq!(world.token(&token).delegated_amount, 0);
}

#[test]
fn a_cancellation_that_was_signed_long_ago_ends_no_later_agreement() {
    let (mut world, wallet, token) = subscriber(World::new());
    let cancel = world.cancel(&wallet);
    let kept = [0, 1, 2].map(|_| keep(&mut world, &wallet, cancel.clone()));
    done(&mut world, &wallet, cancel);
    wait(&mut world, 1);
    refused_late(&mut world, &kept[0], TesseraError::NotLive);
    world.subscribed(&wallet, token);
    wait(&mut world, 1);
    refused_late(&mut world, &kept[1], TesseraError::WrongAgreement);

    // Nor one of a later life at the same address, with the same numbers.
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    world.advance(2 * STEP);
    let address = world.subscription_address(&wallet);
    let close = world.close_account(&wallet, &address);
    done(&mut world, &wallet, close);
    wait(&mut world, 1);
    world.subscribed(&wallet, token);
    assert_eq!(world.subscription(&wallet).agreement_seq, 1);
    refused_late(&mut world, &kept[2], TesseraError::WrongAgreement);
    let state = world.subscription(&wallet).state;
    assert_eq!(state, SubscriptionState::Active as u8);
}

#[test]
fn a_resumption_that_was_signed_long_ago_brings_nothing_back() {
    let (mut world, wallet, _) = subscriber(World::new());
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    let resume = world.resume(&wallet);
    let kept = [0, 1, 2].map(|_| keep(&mut world, &wallet, resume.clone()));
    // It was resumed and ended again within the minute.
    done(&mut world, &wallet, resume);
    wait(&mut world, 1);
    refused_late(&mut world, &kept[0], TesseraError::StaleSeq);
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    wait(&mut world, 1);
    refused_late(&mut world, &kept[1], TesseraError::StaleSeq);
    let state = world.subscription(&wallet).state;
    assert_eq!(state, SubscriptionState::Cancelled as u8);

    // What is as it was is not resumed after the deadline.
    let late = world.resume(&wallet);
    let kept = keep(&mut world, &wallet, late);
    wait(&mut world, 61);
    refused_late(&mut world, &kept, TesseraError::DeadlinePassed);
}
