//! A plan that follows when the period ends.

use super::support::{
    APPROVED, DAY, LATEST, STEP, assert_approves, assert_state, between, change, charged,
    close_plan, done, home, paid, priced, refused, world_of,
};
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    Event,
    types::{
        NO_ADDRESS, TesseraError,
        accounts::{Subscription, SubscriptionState},
        events::{PlanChanged, Settlement},
    },
};
use world::{
    FUNDS, KEEPER_FEE, PERIODS, POINTS, PRICE, Place, START, World, key, monthly, prorated,
    replace, with_trial,
};

/// What is approved for a plan that follows: its first period, too, comes later.
fn following(price: u64) -> u64 {
    price * (u64::from(PERIODS) + 1)
}

/// Signs that the plan of `place` follows.
#[track_caller]
pub(super) fn sign(
    world: &mut World,
    wallet: &Keypair,
    token: Address,
    place: Place,
) -> PlanChanged {
    let instruction = change(world, wallet, place, true);
    assert_later(paid(world, wallet, token, instruction), place)
}

/// The event of a change that nothing is paid for yet.
#[track_caller]
pub(super) fn assert_later((event, money): (Event, Settlement), place: Place) -> PlanChanged {
    let Event::PlanChanged(event, shares) = event else {
        panic!("another event");
    };
    assert_eq!(money, bytemuck::Zeroable::zeroed());
    assert!(shares.is_empty());
    assert_eq!((event.at_period_end, event.credit), (1, 0));
    assert_eq!(event.plan, place.plan);
    event
}

/// A subscriber whose plan is followed by one at this price.
fn signed(price: u64) -> (World, Keypair, Address, Place) {
    let (mut world, wallet, token, other) = between(price);
    sign(&mut world, &wallet, token, other);
    (world, wallet, token, other)
}

#[track_caller]
fn assert_no_pending(it: &Subscription) {
    assert_eq!(
        (it.pending_plan, it.pending_price, it.pending_periods),
        (NO_ADDRESS, 0, 0)
    );
}

#[test]
fn it_is_not_charged_early_nor_under_the_old_plan() {
    let (mut world, wallet, _, other) = signed(2 * PRICE);
    world.advance(STEP - 1);
    let charge = world.charge(&wallet, None);
    refused(&mut world, &wallet, charge, TesseraError::NotDue);
    world.advance(1);
    let charge = world.charge(&wallet, None);
    let old = world.plan;
    let under_the_old = replace(&charge, &other.plan, &old);
    refused(&mut world, &wallet, under_the_old, TesseraError::WrongPlan);
    let third = world.second_plan().plan;
    let under_a_third = replace(&charge, &other.plan, &third);
    refused(&mut world, &wallet, under_a_third, TesseraError::WrongPlan);
}

#[test]
fn after_it_followed_the_old_plan_charges_no_more() {
    let (mut world, wallet, _, other) = signed(PRICE);
    world.advance(STEP);
    charged(&mut world, &wallet);
    world.advance(STEP);
    let charge = world.charge(&wallet, None);
    let old = replace(&charge, &other.plan, &world.plan);
    refused(&mut world, &wallet, old, TesseraError::WrongPlan);
}

#[test]
fn signing_it_moves_nothing_and_changes_no_date() {
    let (mut world, wallet, token, other) = between(2 * PRICE);
    world.advance(10);
    let before = world.subscription(&wallet);
    let event = sign(&mut world, &wallet, token, other);
    assert_eq!(event.outstanding, following(2 * PRICE));
    assert_eq!(event.terms.price, 2 * PRICE);
    let after = world.subscription(&wallet);
    let expected = Subscription {
        header: after.header,
        agreement_seq: event.receipt.seq,
        subscribed_at: START + 10,
        pending_plan: other.plan,
        pending_price: 2 * PRICE,
        pending_periods: PERIODS,
        ..before
    };
    assert_eq!(after, expected);
    assert_eq!(world.balance(&token), FUNDS - PRICE);
    assert_approves(&world, &token, following(2 * PRICE), 1);
}

#[test]
fn the_charge_follows_with_plan_price_and_period() {
    let (mut world, wallet, token, _) = between(PRICE);
    let mut args = priced(world.create_plan_args(), PRICE / 2);
    args.period_secs = 604_800;
    args.grace_secs = 3_600;
    args.points_per_charge = 7;
    let weekly = world.add_plan(args);
    sign(&mut world, &wallet, token, weekly);
    world.advance(STEP);
    let money = charged(&mut world, &wallet);
    assert_eq!(money.flags, Settlement::PLAN_FOLLOWED);
    assert_eq!((money.debit, money.points), (PRICE / 2, 7));
    assert_eq!(
        (money.period_start, money.paid_through),
        (START + STEP, START + STEP + 7 * DAY)
    );
    let it = world.subscription(&wallet);
    assert_eq!((it.plan, it.first_plan), (weekly.plan, world.plan));
    assert_no_pending(&it);
    assert_eq!(
        (it.terms.price, it.terms.period_secs, it.terms.grace_secs),
        (PRICE / 2, 604_800, 3_600)
    );
    assert_eq!((it.terms.approved_periods, it.periods_paid), (PERIODS, 1));
    assert_approves(&world, &token, PRICE / 2 * u64::from(PERIODS), 1);
    world.advance(7 * DAY);
    let money = charged(&mut world, &wallet);
    assert_eq!((money.flags, money.debit), (0, PRICE / 2));
    assert_approves(&world, &token, PRICE / 2 * u64::from(PERIODS - 1), 1);
}

#[test]
fn every_period_that_was_approved_for_it_is_collected_and_not_one_more() {
    let (mut world, wallet, token, other) = between(PRICE * 2);
    let mut terms = world.change_terms(other);
    terms.approved_periods = 1;
    let instruction = world.change_plan(&wallet, other, terms, true);
    done(&mut world, &wallet, instruction);
    assert_approves(&world, &token, 4 * PRICE, 1);
    for left in [1, 0] {
        world.advance(STEP);
        charged(&mut world, &wallet);
        assert_approves(&world, &token, 2 * PRICE * left, 1);
    }
    world.advance(STEP);
    let charge = world.charge(&wallet, None);
    refused(&mut world, &wallet, charge, TesseraError::PeriodsUsedUp);
}

#[test]
fn it_follows_the_last_period_that_was_approved_before() {
    let mut world = world_of(prorated);
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let mut args = world.subscribe_args();
    args.terms.approved_periods = 1;
    let subscribe = world.subscribe(&wallet, token, args);
    done(&mut world, &wallet, subscribe);
    world.advance(STEP);
    charged(&mut world, &wallet);
    let other = world.second_plan();
    sign(&mut world, &wallet, token, other);
    world.advance(STEP);
    let mark = world.mark_past_due(&wallet);
    refused(&mut world, &wallet, mark, TesseraError::NotMissed);
    charged(&mut world, &wallet);
    assert_approves(&world, &token, APPROVED, 1);
}

#[test]
fn a_late_charge_within_the_grace_time_keeps_the_day_and_pays_the_keeper() {
    let (mut world, wallet, _, _) = signed(2 * PRICE);
    let keeper = world.create_token_account(&key(40).pubkey(), 0);
    world.advance(STEP + LATEST / 2);
    let charge = world.charge(&wallet, Some(keeper));
    done(&mut world, &wallet, charge);
    assert_eq!(world.balance(&keeper), KEEPER_FEE / 2);
    assert_eq!(world.subscription(&wallet).period_start, START + STEP);
}

#[test]
fn a_charge_after_the_grace_time_starts_another_day() {
    let (mut world, wallet, _, _) = signed(2 * PRICE);
    world.advance(STEP + LATEST + 1);
    let money = charged(&mut world, &wallet);
    assert_eq!(money.period_start, world.now());
    assert_eq!(money.flags, Settlement::PLAN_FOLLOWED);
}

#[test]
fn cancelling_drops_it() {
    let (mut world, wallet, token, _) = signed(2 * PRICE);
    let cancel = world.cancel(&wallet);
    let Event::Cancelled(event) = done(&mut world, &wallet, cancel) else {
        panic!("another event");
    };
    assert_eq!((event.agreement_seq, event.outstanding), (2, 0));
    assert_no_pending(&world.subscription(&wallet));
    assert_approves(&world, &token, 0, 0);
    // Who resumes, goes on under the old plan.
    let resume = world.resume(&wallet);
    let Event::Resumed(event) = done(&mut world, &wallet, resume) else {
        panic!("another event");
    };
    assert_eq!(event.outstanding, APPROVED);
    assert_approves(&world, &token, APPROVED, 1);
    world.advance(STEP);
    let money = charged(&mut world, &wallet);
    assert_eq!((money.debit, money.flags), (PRICE, 0));
    assert_eq!(world.subscription(&wallet).plan, world.plan);
}

#[test]
fn another_plan_takes_its_place() {
    let (mut world, wallet, token, _) = signed(2 * PRICE);
    let args = priced(world.create_plan_args(), PRICE / 2);
    let third = world.add_plan(args);
    let event = sign(&mut world, &wallet, token, third);
    assert_eq!(event.outstanding, following(PRICE / 2));
    assert_approves(&world, &token, following(PRICE / 2), 1);
    world.advance(STEP);
    assert_eq!(charged(&mut world, &wallet).debit, PRICE / 2);
    assert_eq!(world.subscription(&wallet).plan, third.plan);
}

#[test]
fn what_is_missed_is_the_payment_of_the_plan_that_follows() {
    for (left, expected) in [(2 * PRICE, false), (2 * PRICE - 1, true)] {
        let (mut world, wallet, token, other) = signed(2 * PRICE);
        world.drain(&token, &wallet, left);
        world.advance(STEP);
        let mark = world.mark_past_due(&wallet);
        let old = replace(&mark, &other.plan, &world.plan);
        refused(&mut world, &wallet, old, TesseraError::WrongPlan);
        if !expected {
            refused(&mut world, &wallet, mark, TesseraError::NotMissed);
            charged(&mut world, &wallet);
            continue;
        }
        let Event::PaymentMissed(event) = done(&mut world, &wallet, mark) else {
            panic!("another event");
        };
        assert_eq!(event.state, SubscriptionState::PastDue as u8);
        assert_eq!(event.outstanding, following(2 * PRICE));
        assert_eq!(world.subscription(&wallet).pending_plan, other.plan);
    }
}

#[test]
fn a_charge_in_the_grace_time_makes_up_for_it_under_the_new_plan() {
    let (mut world, wallet, token, other) = signed(2 * PRICE);
    world.advance(STEP);
    world.freeze(&token);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    world.thaw(&token);
    world.advance(LATEST);
    let money = charged(&mut world, &wallet);
    assert_eq!((money.debit, money.period_start), (2 * PRICE, START + STEP));
    assert_eq!(world.subscription(&wallet).plan, other.plan);
}

#[test]
fn who_lapses_approves_nothing_of_it_any_more() {
    let (mut world, wallet, token, _) = signed(2 * PRICE);
    world.advance(2 * STEP);
    let mark = world.mark_past_due(&wallet);
    let Event::PaymentMissed(event) = done(&mut world, &wallet, mark) else {
        panic!("another event");
    };
    assert_eq!((event.agreement_seq, event.outstanding), (2, 0));
    assert_state(&world, &wallet, SubscriptionState::Lapsed);
    assert_no_pending(&world.subscription(&wallet));
    let authority = world.authority_of(&token);
    assert_eq!(
        (authority.outstanding, authority.live_subscriptions),
        (0, 0)
    );
}

#[test]
fn when_it_is_closed_the_subscription_lapses_as_the_paid_time_ends() {
    let (mut world, wallet, _, other) = signed(2 * PRICE);
    world.advance(STEP - 1);
    world.within(other, close_plan);
    let mark = world.mark_past_due(&wallet);
    refused(&mut world, &wallet, mark, TesseraError::NotMissed);
    world.advance(1);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    assert_state(&world, &wallet, SubscriptionState::Lapsed);
}

#[test]
fn when_it_is_closed_the_wallet_can_take_it_back() {
    let (mut world, wallet, token, other) = signed(2 * PRICE);
    world.advance(1);
    world.within(other, close_plan);
    let home = home(&world);
    sign(&mut world, &wallet, token, home);
    world.advance(STEP - 1);
    assert_eq!(charged(&mut world, &wallet).debit, PRICE);
}

#[test]
fn it_follows_a_trial() {
    let mut world = world_of(|args| with_trial(args, 86_400));
    let (wallet, token) = world.subscriber();
    let args = priced(world.create_plan_args(), 2 * PRICE);
    let other = world.add_plan(args);
    let event = sign(&mut world, &wallet, token, other);
    assert_eq!(event.outstanding, following(2 * PRICE));
    assert_state(&world, &wallet, SubscriptionState::Trial);
    world.advance(DAY);
    let money = charged(&mut world, &wallet);
    assert_eq!((money.debit, money.period_start), (2 * PRICE, START + DAY));
    assert_eq!(money.points, POINTS);
    assert_approves(&world, &token, 2 * APPROVED, 1);
}

#[test]
fn after_a_pause_it_follows_the_pause() {
    let (mut world, wallet, _, _) = signed(2 * PRICE);
    let until = START + 2 * STEP;
    let pause = world.pause(&wallet, until);
    done(&mut world, &wallet, pause);
    world.advance(2 * STEP - 1);
    let charge = world.charge(&wallet, None);
    refused(&mut world, &wallet, charge, TesseraError::NotDue);
    world.advance(1);
    let money = charged(&mut world, &wallet);
    assert_eq!((money.debit, money.period_start), (2 * PRICE, until));
}

#[test]
fn months_follow_seconds_from_the_day_of_the_change() {
    let (mut world, wallet, token, _) = between(PRICE);
    let args = monthly(world.create_plan_args(), 1);
    let month = world.add_plan(args);
    let event = sign(&mut world, &wallet, token, month);
    assert_eq!((event.terms.period_secs, event.terms.period_months), (0, 1));
    assert_eq!(world.subscription(&wallet).terms.anchor_day, 0);
    // 30 days after 15 January.
    world.advance(STEP);
    let money = charged(&mut world, &wallet);
    assert_eq!(world.subscription(&wallet).terms.anchor_day, 14);
    // 14 February to 14 March.
    assert_eq!(money.paid_through - money.period_start, 28 * DAY);
}

#[test]
fn months_after_months_keep_their_day() {
    let mut world = world_of(|args| monthly(args, 1));
    // 31 January.
    world.advance(16 * DAY);
    let (wallet, token) = world.subscriber();
    let args = monthly(world.create_plan_args(), 1);
    let other = world.add_plan(args);
    sign(&mut world, &wallet, token, other);
    assert_eq!(world.subscription(&wallet).terms.anchor_day, 31);
    world.advance(28 * DAY);
    let money = charged(&mut world, &wallet);
    // 28 February to 31 March.
    assert_eq!(money.paid_through - money.period_start, 31 * DAY);
    assert_eq!(world.subscription(&wallet).terms.anchor_day, 31);
}

#[test]
fn the_approval_counts_the_others_too() {
    let (mut world, wallet, token, other) = between(2 * PRICE);
    let third = world.second_plan();
    world.within(third, |world| world.subscribed(&wallet, token));
    let event = sign(&mut world, &wallet, token, other);
    assert_eq!(event.outstanding, APPROVED + following(2 * PRICE));
    assert_approves(&world, &token, APPROVED + following(2 * PRICE), 2);
    world.advance(STEP);
    charged(&mut world, &wallet);
    assert_approves(&world, &token, 3 * APPROVED, 2);
}
