//! A subscription from which nothing can be collected any more.

use super::support::{
    APPROVED, LATEST, STEP, assert_approves, assert_state, charged, close_plan, done, due, orphan,
    paid, refused, world_of,
};
use solana_address::Address;
use solana_keypair::Keypair;
use tessera_client::{
    Event,
    types::{TesseraError, accounts::SubscriptionState},
};
use world::{PRICE, START, World, key};

/// Requires that the subscription lapses now, as the only one of its token account.
#[track_caller]
fn lapses(world: &mut World, wallet: &Keypair, token: &Address) {
    let approved = world.token(token).delegated_amount;
    let mark = world.mark_past_due(wallet);
    let Event::PaymentMissed(event) = done(world, wallet, mark) else {
        panic!("another event");
    };
    assert_eq!(event.state, SubscriptionState::Lapsed as u8);
    assert_eq!(event.outstanding, 0);
    assert_state(world, wallet, SubscriptionState::Lapsed);
    let authority = world.authority_of(token);
    assert_eq!(
        (authority.outstanding, authority.live_subscriptions),
        (0, 0)
    );
    // Only the wallet can take its approval back, and no charge can use it.
    assert_eq!(world.token(token).delegated_amount, approved);
    let charge = world.mark_past_due(wallet);
    refused(world, wallet, charge, TesseraError::NotLive);
}

#[track_caller]
fn not_yet(world: &mut World, wallet: &Keypair) {
    let mark = world.mark_past_due(wallet);
    refused(world, wallet, mark, TesseraError::NotMissed);
}

#[test]
fn a_missed_payment_lapses_after_the_grace_time() {
    let (mut world, wallet, token) = due();
    world.freeze(&token);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    world.thaw(&token);
    world.advance(LATEST);
    not_yet(&mut world, &wallet);
    world.advance(1);
    lapses(&mut world, &wallet, &token);
    let charge = world.charge(&wallet, None);
    refused(&mut world, &wallet, charge, TesseraError::NotLive);
}

#[test]
fn what_nobody_marked_lapses_after_a_whole_period() {
    let (mut world, wallet, token) = due();
    world.advance(STEP - 1);
    not_yet(&mut world, &wallet);
    world.advance(1);
    lapses(&mut world, &wallet, &token);
}

#[test]
fn an_empty_account_that_nobody_marked_in_time_lapses_without_grace() {
    let (mut world, wallet, token) = due();
    world.drain(&token, &wallet, 0);
    world.advance(STEP);
    lapses(&mut world, &wallet, &token);
}

#[test]
fn used_up_periods_lapse_when_the_last_one_ends() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let mut args = world.subscribe_args();
    args.terms.approved_periods = 1;
    let subscribe = world.subscribe(&wallet, token, args);
    done(&mut world, &wallet, subscribe);
    world.advance(STEP);
    charged(&mut world, &wallet);
    assert_approves(&world, &token, 0, 1);
    world.advance(STEP - 1);
    not_yet(&mut world, &wallet);
    world.advance(1);
    lapses(&mut world, &wallet, &token);
}

#[test]
fn an_ended_plan_lapses_when_the_paid_time_ends() {
    let mut world = world_of(|mut args| {
        args.ends_at = START + STEP;
        args
    });
    let (wallet, token) = world.subscriber();
    world.advance(STEP - 1);
    not_yet(&mut world, &wallet);
    world.advance(1);
    let charge = world.charge(&wallet, None);
    refused(&mut world, &wallet, charge, TesseraError::PlanEnded);
    lapses(&mut world, &wallet, &token);
}

#[test]
fn a_plan_that_ends_within_the_grace_time_ends_that_too() {
    let mut world = world_of(|mut args| {
        args.ends_at = START + STEP + 10;
        args
    });
    let (wallet, token) = world.subscriber();
    world.advance(STEP + 9);
    not_yet(&mut world, &wallet);
    world.freeze(&token);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    assert_state(&world, &wallet, SubscriptionState::PastDue);
    world.advance(1);
    lapses(&mut world, &wallet, &token);
}

#[test]
fn a_closed_plan_lapses_when_the_paid_time_ends() {
    let (mut world, wallet, token) = orphan();
    world.advance(STEP - 2);
    not_yet(&mut world, &wallet);
    world.advance(1);
    lapses(&mut world, &wallet, &token);
}

#[test]
fn a_plan_that_is_closed_within_the_grace_time_ends_that_too() {
    let mut world = world_of(|args| args);
    let (wallet, token) = world.subscriber();
    world.advance(STEP);
    world.freeze(&token);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    close_plan(&mut world);
    lapses(&mut world, &wallet, &token);
}

#[test]
fn what_lapses_leaves_the_approval_of_the_others() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let second = world.second_plan();
    world.advance(STEP / 2);
    world.within(second, |world| world.subscribed(&wallet, token));
    assert_approves(&world, &token, 2 * APPROVED, 2);
    world.advance(3 * STEP / 2 - 1);
    world.within(second, |world| {
        charged(world, &wallet);
    });
    world.advance(1);
    let mark = world.mark_past_due(&wallet);
    let Event::PaymentMissed(event) = done(&mut world, &wallet, mark) else {
        panic!("another event");
    };
    let left = APPROVED - PRICE;
    assert_eq!(event.outstanding, left);
    let authority = world.authority_of(&token);
    assert_eq!(
        (authority.outstanding, authority.live_subscriptions),
        (left, 1)
    );
    world.advance(STEP - 1);
    world.within(second, |world| {
        charged(world, &wallet);
    });
    // What is signed next approves what all of them may collect, and no more.
    world.subscribed(&wallet, token);
    assert_approves(&world, &token, left - PRICE + APPROVED, 2);
}

#[test]
fn what_lapsed_under_an_earlier_generation_takes_nothing_from_the_next() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world.revoke(&token, &wallet);
    world.advance(1);
    let second = world.second_plan();
    world.within(second, |world| world.subscribed(&wallet, token));
    assert_approves(&world, &token, APPROVED, 1);
    world.advance(2 * STEP - 1);
    let mark = world.mark_past_due(&wallet);
    let Event::PaymentMissed(event) = done(&mut world, &wallet, mark) else {
        panic!("another event");
    };
    assert_eq!(event.outstanding, APPROVED);
    assert_approves(&world, &token, APPROVED, 1);
}

#[test]
fn who_lapsed_subscribes_again_from_then_on() {
    let (mut world, wallet, token) = due();
    world.advance(STEP);
    lapses(&mut world, &wallet, &token);
    world.advance(10);
    let args = world.subscribe_args();
    let subscribe = world.subscribe(&wallet, token, args);
    let (_, money) = paid(&mut world, &wallet, token, subscribe);
    assert_eq!((money.debit, money.period_start), (PRICE, world.now()));
    assert_approves(&world, &token, APPROVED, 1);
}
