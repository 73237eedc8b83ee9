//! R18, R26 and R36: what can never be charged again blocks nothing, a month is a month, and who is a
//! paying customer.

use super::*;
use tessera_client::types::accounts::SubscriptionState;
use world::{START_SLOT, monthly};

const APPROVED: u64 = PRICE * PERIODS as u64;

/// A subscriber who approves one period after the first, and its token account.
fn subscriber_for_one_period() -> (World, Keypair, solana_address::Address) {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let mut args = world.subscribe_args();
    args.terms.approved_periods = 1;
    let subscribe = world.subscribe(&wallet, token, args);
    world.send(&[subscribe], &[&wallet]).expect("subscribe");
    (world, wallet, token)
}

/// R18: what could never be charged again stayed active and blocked renewal.
#[test]
fn what_can_never_be_charged_again_blocks_no_renewal() {
    // One period was approved and used.
    let (mut world, wallet, token) = subscriber_for_one_period();
    world.advance(STEP);
    let charge = world.charge(&wallet, None);
    world.send(&[charge], &[]).expect("charge");
    let subscription = world.subscription(&wallet);
    assert_eq!(subscription.periods_left(), 0);
    assert!(!subscription.is_collectable(i64::MAX, world.now()));
    // Renewed while service is still paid, and not sold twice.
    world.subscribed(&wallet, token);
    assert_eq!(world.subscription(&wallet).paid_through, START + 3 * STEP);
    // And after years.
    world.advance(8 * 365 * 86_400);
    world.subscribed(&wallet, token);
    assert_eq!(world.authority_of(&token).live_subscriptions, 1);
}

/// R18: a plan that ends.
#[test]
fn a_subscription_to_a_plan_that_is_over_is_not_collectable() {
    let mut world = World::new();
    let plan = world.plan;
    let end = START + STEP;
    world.rewrite(&plan, |plan: &mut Plan| plan.ends_at = end);
    let (wallet, _) = world.subscriber();
    assert!(!world.subscription(&wallet).is_collectable(end, world.now()));
    world.advance(STEP);
    let charge = world.charge(&wallet, None);
    world
        .send(&[charge], &[])
        .expect_err("over")
        .assert_is(TesseraError::PlanEnded);
}

/// R18: the wallet moves to another token account.
#[test]
fn a_live_subscription_moves_to_another_token_account_by_a_cancellation() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let savings = world.create_token_account(&wallet.pubkey(), FUNDS);
    let subscribe = world.subscribe(&wallet, savings, world.subscribe_args());
    world
        .send(std::slice::from_ref(&subscribe), &[&wallet])
        .expect_err("the first is live")
        .assert_is(TesseraError::AlreadySubscribed);
    let both = [world.cancel(&wallet), subscribe];
    world.send(&both, &[&wallet]).expect("in one transaction");
    assert!(world.token(&token).delegate.is_none());
    assert_eq!(world.subscription(&wallet).payer_token, savings);
}

/// R18: the token account is gone, and with it all that could be charged.
#[test]
fn a_subscription_whose_token_account_is_gone_moves_by_a_cancellation_too() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world.close(&token, &wallet);
    let savings = world.create_token_account(&wallet.pubkey(), FUNDS);
    let subscribe = world.subscribe(&wallet, savings, world.subscribe_args());
    let both = [world.cancel(&wallet), subscribe];
    let sent = world.send(&both, &[&wallet]).expect("in one transaction");
    assert_eq!(sent.events().len(), 2);
    let address = world.subscription_address(&wallet);
    assert_eq!(world.assert_receipts::<Subscription>(&address), 3);
}

/// R18: beside another agreement, which keeps the approval and with it the generation.
#[test]
fn a_used_up_subscription_is_renewed_beside_a_live_one() {
    let (mut world, wallet, token) = subscriber_for_one_period();
    let second = world.second_plan();
    world.within(second, |world| world.subscribed(&wallet, token));
    world.advance(STEP);
    let charge = world.charge(&wallet, None);
    world.send(&[charge], &[]).expect("charge");
    let generation = world.authority_of(&token).generation;
    world.subscribed(&wallet, token);
    let authority = world.authority_of(&token);
    assert_eq!(authority.generation, generation);
    assert_eq!(authority.outstanding, 2 * APPROVED);
}

/// R18: where the old account still approves what the old agreement was signed for.
#[test]
fn a_dead_subscription_moves_to_another_token_account_by_a_cancellation_only() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let savings = world.create_token_account(&wallet.pubkey(), FUNDS);
    world.advance(2 * STEP);
    let subscribe = world.subscribe(&wallet, savings, world.subscribe_args());
    world
        .send(std::slice::from_ref(&subscribe), &[&wallet])
        .expect_err("the old approval is still there")
        .assert_is(TesseraError::AlreadySubscribed);
    let both = [world.cancel(&wallet), subscribe];
    world.send(&both, &[&wallet]).expect("in one transaction");
    assert!(world.token(&token).delegate.is_none());
    assert_eq!(world.authority_of(&token).outstanding, 0);
    assert_eq!(world.authority_of(&savings).outstanding, APPROVED);
}

/// R18: the other account's authority begins with a generation of its own, which is not a
/// revocation.
#[test]
fn a_live_subscription_does_not_move_by_a_signature_in_a_later_slot() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let savings = world.create_token_account(&wallet.pubkey(), FUNDS);
    world.svm.warp_to_slot(START_SLOT + 10);
    let subscribe = world.subscribe(&wallet, savings, world.subscribe_args());
    world
        .send(&[subscribe], &[&wallet])
        .expect_err("the first is live")
        .assert_is(TesseraError::AlreadySubscribed);
}

/// R36: what was revoked or is unpaid still reads as active, and what was cancelled is still paid.
#[test]
fn a_paying_customer_has_paid_for_now_whatever_the_state_says() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world.revoke(&token, &wallet);
    world.advance(STEP - 1);
    assert!(world.subscription(&wallet).is_paid(world.now()));
    world.advance(1);
    let charge = world.charge(&wallet, None);
    world
        .send(&[charge], &[])
        .expect_err("revoked")
        .assert_is(TesseraError::NotApproved);
    let subscription = world.subscription(&wallet);
    assert_eq!(subscription.state, SubscriptionState::Active as u8);
    assert!(!subscription.is_paid(world.now()));

    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let cancel = world.cancel(&wallet);
    world.send(&[cancel], &[&wallet]).expect("cancel");
    let subscription = world.subscription(&wallet);
    assert_eq!(subscription.state, SubscriptionState::Cancelled as u8);
    assert!(subscription.is_paid(START + STEP - 1));
    assert!(!subscription.is_paid(START + STEP));
}

/// R26: a month of 30 days drifts away from the day on which people are paid.
#[test]
fn a_month_ends_on_the_day_that_it_began_on_or_on_the_last() {
    // 15 January 2027, then 31 January at the same time of day.
    const DAY: i64 = 86_400;
    let mut world = World::new();
    world.advance(16 * DAY);
    let plan = world.add_plan(monthly(world.create_plan_args(), 1));
    world.within(plan, |world| {
        let (wallet, _) = world.subscriber();
        // 28 February, 31 March, 30 April, 31 May.
        for days in [28, 31, 30, 31] {
            let end = world.now() + days * DAY;
            assert_eq!(world.subscription(&wallet).paid_through, end);
            world.advance(days * DAY);
            let charge = world.charge(&wallet, None);
            world.send(&[charge], &[]).expect("charge");
        }
    });
}
