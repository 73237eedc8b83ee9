//! What a change of plan that takes effect now does to the agreement and its approval.

use super::{
    changed::changed,
    support::{
        APPROVED, STEP, assert_approves, assert_state, between, change, charged, done, home, paid,
        priced, refused, update_org, world_of,
    },
};
use tessera_client::{
    Event,
    types::{TesseraError, accounts::SubscriptionState},
};
use world::{PERIODS, PRICE, START, prorated, with_trial};

#[test]
fn rates_stay_those_that_were_signed_first() {
    let (mut world, wallet, token, other) = between(2 * PRICE);
    let before = world.subscription(&wallet).terms;
    update_org(&mut world, |settings| {
        settings.commission_bps = [1, 2, 3];
        settings.hold_secs = 7;
        settings.tiers[0].discount_bps = 100;
        settings.tiers[0].points_boost_bps = 100;
    });
    let (event, _) = changed(&mut world, &wallet, token, other);
    let mut expected = before;
    expected.price = 2 * PRICE;
    assert_eq!(event.terms, expected);
}

#[test]
fn a_trial_goes_on_under_the_new_plan() {
    let mut world = world_of(|args| prorated(with_trial(args, 86_400)));
    let (wallet, token) = world.subscriber();
    let args = prorated(priced(world.create_plan_args(), 2 * PRICE));
    let other = world.add_plan(args);
    world.advance(100);
    let before = world.subscription(&wallet);
    let instruction = change(&mut world, &wallet, other, false);
    let (event, money) = paid(&mut world, &wallet, token, instruction);
    let Event::PlanChanged(event, shares) = event else {
        panic!("another event");
    };
    assert_eq!(money, bytemuck::Zeroable::zeroed());
    assert!(shares.is_empty());
    let all = 2 * PRICE * (u64::from(PERIODS) + 1);
    assert_eq!((event.credit, event.outstanding), (0, all));
    let it = world.subscription(&wallet);
    assert_eq!(it.plan, other.plan);
    assert_eq!(it.state, SubscriptionState::Trial as u8);
    assert_eq!(
        (it.next_due, it.paid_through, it.periods_paid),
        (before.next_due, before.paid_through, 0)
    );
    assert_approves(&world, &token, all, 1);
    world.advance(86_400 - 100);
    assert_eq!(charged(&mut world, &wallet).debit, 2 * PRICE);
    assert_approves(&world, &token, 2 * APPROVED, 1);
}

#[test]
fn who_is_past_due_pays_in_full_and_is_active_again() {
    let (mut world, wallet, token, other) = between(2 * PRICE);
    world.advance(STEP + 10);
    world.freeze(&token);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    world.thaw(&token);
    let (event, money) = changed(&mut world, &wallet, token, other);
    assert_eq!((event.credit, money.debit), (0, 2 * PRICE));
    assert_state(&world, &wallet, SubscriptionState::Active);
    assert_approves(&world, &token, 2 * APPROVED, 1);
}

#[test]
fn a_pause_ends_with_it() {
    let (mut world, wallet, token, other) = between(2 * PRICE);
    let pause = world.pause(&wallet, START + 5 * STEP);
    done(&mut world, &wallet, pause);
    world.advance(STEP / 2);
    let (event, _) = changed(&mut world, &wallet, token, other);
    assert_eq!(event.credit, PRICE / 2);
    world.advance(STEP);
    charged(&mut world, &wallet);
}

#[test]
fn all_periods_that_are_approved_now_can_be_collected() {
    let (mut world, wallet, token, other) = between(PRICE / 2);
    world.advance(STEP);
    charged(&mut world, &wallet);
    let mut terms = world.change_terms(other);
    terms.approved_periods = 2;
    let instruction = world.change_plan(&wallet, other, terms, false);
    paid(&mut world, &wallet, token, instruction);
    for left in [1, 0] {
        world.advance(STEP);
        assert_eq!(charged(&mut world, &wallet).debit, PRICE / 2);
        assert_approves(&world, &token, PRICE / 2 * left, 1);
    }
    world.advance(STEP);
    let charge = world.charge(&wallet, None);
    refused(&mut world, &wallet, charge, TesseraError::PeriodsUsedUp);
}

#[test]
fn the_approval_is_what_all_subscriptions_may_still_collect() {
    let (mut world, wallet, token, other) = between(2 * PRICE);
    let third = world.second_plan();
    world.within(third, |world| world.subscribed(&wallet, token));
    assert_approves(&world, &token, 2 * APPROVED, 2);
    let (event, _) = changed(&mut world, &wallet, token, other);
    assert_eq!(event.outstanding, 3 * APPROVED);
    assert_approves(&world, &token, 3 * APPROVED, 2);
    world.advance(STEP);
    charged(&mut world, &wallet);
    assert_approves(&world, &token, 3 * APPROVED - 2 * PRICE, 2);
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    assert_approves(&world, &token, APPROVED, 1);
}

#[test]
fn what_was_revoked_is_approved_under_a_new_generation() {
    let (mut world, wallet, token, other) = between(2 * PRICE);
    let before = world.subscription(&wallet).authority_generation;
    world.revoke(&token, &wallet);
    world.advance(1);
    let (event, _) = changed(&mut world, &wallet, token, other);
    assert!(event.authority_generation > before);
    assert_approves(&world, &token, 2 * APPROVED, 1);
    world.advance(STEP);
    charged(&mut world, &wallet);
}

#[test]
fn the_same_plan_again_begins_a_new_period() {
    let (mut world, wallet, token, _) = between(PRICE);
    let home = home(&world);
    world.advance(STEP / 4);
    let (event, money) = changed(&mut world, &wallet, token, home);
    assert_eq!((event.credit, money.debit), (PRICE / 4 * 3, PRICE / 4));
    assert_approves(&world, &token, APPROVED, 1);
}

#[test]
fn a_plan_that_was_to_follow_is_forgotten() {
    let (mut world, wallet, token, other) = between(2 * PRICE);
    let later = change(&mut world, &wallet, other, true);
    done(&mut world, &wallet, later);
    let third = world.second_plan();
    changed(&mut world, &wallet, token, third);
    assert_approves(&world, &token, APPROVED, 1);
}

#[test]
fn who_leaves_afterwards_signs_the_first_plan_again_on_the_same_account() {
    let (mut world, wallet, token, other) = between(2 * PRICE);
    changed(&mut world, &wallet, token, other);
    let args = world.subscribe_args();
    let again = world.subscribe(&wallet, token, args);
    refused(
        &mut world,
        &wallet,
        again.clone(),
        TesseraError::AlreadySubscribed,
    );
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    // What the other plan was paid for is not the first one's time.
    world.advance(STEP - 1);
    let args = world.subscribe_args();
    let early = world.subscribe(&wallet, token, args);
    refused(&mut world, &wallet, early, TesseraError::AlreadySubscribed);
    world.advance(1);
    let args = world.subscribe_args();
    let again = world.subscribe(&wallet, token, args);
    let (_, money) = paid(&mut world, &wallet, token, again);
    assert_eq!((money.debit, money.period_start), (PRICE, START + STEP));
    let it = world.subscription(&wallet);
    assert_eq!((it.plan, it.terms.price), (world.plan, PRICE));
    assert_approves(&world, &token, APPROVED, 1);
}

#[test]
fn under_the_new_plan_there_can_be_a_subscription_of_its_own() {
    let (mut world, wallet, token, other) = between(2 * PRICE);
    changed(&mut world, &wallet, token, other);
    world.within(other, |world| world.subscribed(&wallet, token));
    assert_approves(&world, &token, 4 * APPROVED, 2);
    world.advance(STEP);
    charged(&mut world, &wallet);
    world.within(other, |world| {
        charged(world, &wallet);
    });
    assert_approves(&world, &token, 4 * (APPROVED - PRICE), 2);
}
