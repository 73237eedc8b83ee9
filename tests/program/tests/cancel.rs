use solana_signer::Signer;
use tessera_client::{
    Event,
    types::{
        TesseraError,
        accounts::{Authority, Org, Subscription, SubscriptionState},
    },
};
use world::{PERIOD, START, World, key, replace};

#[test]
fn every_account_and_byte_is_bound() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let cancel = world.cancel(&wallet);
    world.assert_withstands(&cancel, &[&wallet]);
}

#[test]
fn another_wallet_cannot_cancel() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let thief = key(31);
    let cancel = replace(&world.cancel(&wallet), &wallet.pubkey(), &thief.pubkey());
    world
        .send(&[cancel], &[&thief])
        .expect_err("foreign")
        .assert_is(TesseraError::WrongWallet);
}

#[test]
fn the_plan_is_the_subscriptions() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let other = world.second_plan().plan;
    let cancel = replace(&world.cancel(&wallet), &world.plan, &other);
    world
        .send(&[cancel], &[&wallet])
        .expect_err("wrong plan")
        .assert_is(TesseraError::WrongPlan);
}

#[test]
fn the_token_authority_is_the_wallets() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let other = key(31);
    let token = world.join(&other, None);
    world.subscribed(&other, token);
    let (ours, theirs) = (world.delegate(&wallet), world.delegate(&other));
    let cancel = replace(&world.cancel(&wallet), &ours, &theirs);
    world
        .send(&[cancel], &[&wallet])
        .expect_err("foreign authority")
        .assert_is(TesseraError::WrongTokenAuthority);
}

#[test]
fn a_subscription_ends_once() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect_err("twice")
        .assert_is(TesseraError::NotLive);
}

#[test]
fn a_lapsed_subscription_cannot_be_cancelled() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let subscription = world.subscription_address(&wallet);
    world.rewrite(&subscription, |subscription: &mut Subscription| {
        subscription.state = SubscriptionState::Lapsed as u8;
    });
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect_err("lapsed")
        .assert_is(TesseraError::NotLive);
}

#[test]
fn a_paused_org_cannot_keep_anyone() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let org = world.org;
    world.rewrite(&org, |org: &mut Org| org.pause_flags = u8::MAX);
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
}

#[test]
fn cancelling_keeps_paid_time_and_is_a_receipt() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let before = world.subscription(&wallet);
    let balance = world.balance(&token);
    world.advance(10);
    let sent = world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");

    let address = world.subscription_address(&wallet);
    let Event::Cancelled(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.receipt.account, address);
    assert_eq!((event.receipt.seq, event.receipt.at), (2, START + 10));
    assert_eq!(event.paid_through, START + i64::from(PERIOD));
    assert_eq!(world.assert_receipts::<Subscription>(&address), 2);

    let after = world.subscription(&wallet);
    let expected = Subscription {
        state: SubscriptionState::Cancelled as u8,
        receipt_seq: 2,
        receipt_head: after.receipt_head,
        ..before
    };
    assert_eq!(after, expected);
    let authority: Authority = world.account(&world.delegate(&wallet));
    assert_eq!(authority.live_subscriptions, 0);
    assert_eq!(world.balance(&token), balance);
}

#[test]
fn the_approval_outlives_one_of_two_subscriptions() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let second = world.second_plan();
    world.within(second, |world| world.subscribed(&wallet, token));
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    let authority: Authority = world.account(&world.delegate(&wallet));
    assert_eq!(authority.live_subscriptions, 1);
    world.advance(i64::from(PERIOD));
    world.within(second, |world| {
        world
            .send(&[world.charge(&wallet, token, None)], &[])
            .expect("the other subscription goes on");
    });
}
