use super::support::{
    APPROVED, STEP, assert_approves, assert_state, done, due, orphan, refused, update_org,
    without_authority, world_of,
};
use tessera_client::{
    Event,
    types::{
        TesseraError,
        accounts::{Authority, SubscriptionState},
    },
};
use world::{PERIODS, PRICE, START, World, key, with_trial};

#[test]
fn what_lapsed_cannot_be_cancelled() {
    let (mut world, wallet, _) = due();
    world.advance(STEP);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    let cancel = world.cancel(&wallet);
    refused(&mut world, &wallet, cancel, TesseraError::NotLive);
}

#[test]
fn neither_org_nor_admin_can_keep_anyone() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    update_org(&mut world, |settings| settings.pause_flags = 3);
    let pause = world.pause_org(3);
    world.send(&[pause], &[&key(6)]).expect("pause_org");
    let cancel = world.cancel(&wallet);
    let Event::Cancelled(event) = done(&mut world, &wallet, cancel) else {
        panic!("another event");
    };
    assert_eq!((event.outstanding, event.paid_through), (0, START + STEP));
    assert_approves(&world, &token, 0, 0);
}

#[test]
fn who_paused_can_leave() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let pause = world.pause(&wallet, START + 3 * STEP);
    done(&mut world, &wallet, pause);
    world.advance(2 * STEP);
    let cancel = world.cancel(&wallet);
    let Event::Cancelled(event) = done(&mut world, &wallet, cancel) else {
        panic!("another event");
    };
    assert_eq!(event.paid_through, START + STEP);
    assert_approves(&world, &token, 0, 0);
    world.advance(STEP);
    let charge = world.charge(&wallet, None);
    refused(&mut world, &wallet, charge, TesseraError::NotLive);
}

#[test]
fn a_closed_plan_keeps_nobody() {
    let (mut world, wallet, token) = orphan();
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    assert_state(&world, &wallet, SubscriptionState::Cancelled);
    assert_approves(&world, &token, 0, 0);
}

#[test]
fn a_closed_authority_keeps_nobody() {
    let (mut world, wallet, token) = without_authority();
    let cancel = world.cancel(&wallet);
    let Event::Cancelled(event) = done(&mut world, &wallet, cancel) else {
        panic!("another event");
    };
    assert_eq!(event.outstanding, 0);
    assert_state(&world, &wallet, SubscriptionState::Cancelled);
    let delegate = world.delegate(&token);
    assert!(world.find::<Authority>(&delegate).is_none());
}

#[test]
fn an_approval_for_a_closed_authority_is_taken_back() {
    let (mut world, wallet, token) = without_authority();
    let delegate = world.delegate(&token);
    world.approve(&token, &wallet, &delegate, PRICE);
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    assert!(world.token(&token).delegate.is_none());
}

#[test]
fn what_a_trial_approved_is_taken_back() {
    let mut world = world_of(|args| with_trial(args, 86_400));
    let (wallet, token) = world.subscriber();
    let second = world.second_plan();
    world.within(second, |world| world.subscribed(&wallet, token));
    let trial = PRICE * (u64::from(PERIODS) + 1);
    assert_approves(&world, &token, trial + APPROVED, 2);
    let cancel = world.cancel(&wallet);
    let Event::Cancelled(event) = done(&mut world, &wallet, cancel) else {
        panic!("another event");
    };
    assert_eq!(event.outstanding, APPROVED);
    assert_eq!(event.paid_through, START + 86_400);
    assert_approves(&world, &token, APPROVED, 1);
}
