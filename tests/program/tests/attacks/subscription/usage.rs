//! Service of metered plans that nobody can bill: it is paid when it is stated, so whatever a wallet
//! does, the org can state what it is in service for.

use super::*;
use tessera_client::types::accounts::Subscription;
use world::{FUNDS, PRICE, metered};

/// What a wallet does at the beginning of a month in the hope of service that is not stated.
type Trick = fn(&mut World, &Keypair, Address);

/// A subscriber to a metered plan.
fn running() -> (World, Keypair, Address) {
    subscriber(world_of(metered))
}

fn cancel(world: &mut World, wallet: &Keypair) {
    let cancel = world.cancel(wallet);
    done(world, wallet, cancel);
}

fn sign_again(world: &mut World, wallet: &Keypair, token: Address) {
    cancel(world, wallet);
    world.subscribed(wallet, token);
}

fn sign_again_and_again(world: &mut World, wallet: &Keypair, token: Address) {
    for _ in 0..11 {
        sign_again(world, wallet, token);
    }
}

/// Until after the period, of which nothing would be stated meanwhile.
fn pause(world: &mut World, wallet: &Keypair, token: Address) {
    sign_again(world, wallet, token);
    let pause = world.pause(wallet, world.now() + STEP + DAY);
    done(world, wallet, pause);
}

/// Which counts as an end as well.
fn revoke(world: &mut World, wallet: &Keypair, token: Address) {
    for _ in 0..3 {
        world.revoke(&token, wallet);
        world.advance(1);
        world.subscribed(wallet, token);
    }
}

/// Has the meter state the whole price each day that it can, for half a year of tricks and a year in
/// which what they gained would be used, and requires that all service was paid for at that price.
#[track_caller]
fn assert_is_billed(trick: Trick) {
    let (mut world, wallet, token) = running();
    let (mut served, mut statements) = (0, 0);
    for month in 0..18 {
        if month < 6 {
            trick(&mut world, &wallet, token);
        }
        for _ in 0..30 {
            let state = world.charge_up_to(&wallet, PRICE);
            statements += u64::from(world.send(&[state], &[&key(10)]).is_ok());
            let it: Subscription = world.subscription(&wallet);
            served += (it.paid_through - world.now()).clamp(0, DAY);
            world.advance(DAY);
        }
    }
    let paid = FUNDS - world.balance(&token);
    assert_eq!(paid, statements * PRICE);
    let owed = u128::from(PRICE) * u128::try_from(served).expect("not negative");
    let paid = u128::from(paid) * u128::try_from(STEP).expect("positive");
    assert!(served > 0 && paid >= owed, "{paid} < {owed}");
}

#[test]
fn signing_again_every_month_keeps_the_meter_out_of_no_service() {
    assert_is_billed(sign_again);
}

#[test]
fn signing_again_and_again_keeps_the_meter_out_of_no_service() {
    assert_is_billed(sign_again_and_again);
}

#[test]
fn pausing_keeps_the_meter_out_of_no_service() {
    assert_is_billed(pause);
}

#[test]
fn revoking_keeps_the_meter_out_of_no_service() {
    assert_is_billed(revoke);
}

/// Subscribed and cancelled in one transaction, between which nothing can be stated.
#[test]
fn an_agreement_that_ends_with_its_transaction_leaves_no_service() {
    let (mut world, wallet, token) = running();
    cancel(&mut world, &wallet);
    for _ in 0..11 {
        let begin = world.subscribe(&wallet, token, world.subscribe_args());
        // What cancels names what there is when both are sent.
        let before = world.svm.clone();
        done(&mut world, &wallet, begin.clone());
        let cancel = world.cancel(&wallet);
        world.svm = before;
        world
            .send(&[begin, cancel], &[&wallet])
            .expect("both in one transaction");
        let it = world.subscription(&wallet);
        assert!(it.paid_through <= world.now());
        assert_eq!(world.token(&token).delegated_amount, 0);
    }
    let resume = world.resume(&wallet);
    refused(&mut world, &wallet, resume, TesseraError::NotCancelled);
    let state = world.charge_up_to(&wallet, PRICE);
    refused(&mut world, &wallet, state, TesseraError::NotLive);
    assert_eq!(world.balance(&token), FUNDS);
}
