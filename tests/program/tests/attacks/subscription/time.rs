//! When a period is charged, to the second.

use super::*;
use std::slice::from_ref;
use tessera_client::types::{
    NO_ADDRESS,
    accounts::{Subscription, SubscriptionState},
};
use world::{FUNDS, GRACE, PRICE, Place, forwarder::forwarded, metered, monthly};

const GRACE_TIME: i64 = GRACE as i64;

/// Subscriptions of every sort, of which nothing is due before `next_due`.
fn waiting() -> Vec<(&'static str, World, Keypair, Address)> {
    let all = [
        ("seconds", World::new()),
        ("months", world_of(|args| monthly(args, 1))),
        ("a trial", trying()),
        ("a pause", World::new()),
        ("another plan to follow", World::new()),
        ("cancelled and resumed", World::new()),
    ];
    all.map(|(name, world)| {
        let (mut world, wallet, token) = subscriber(world);
        match name {
            "a pause" => {
                let pause = world.pause(&wallet, world.now() + 2 * STEP);
                done(&mut world, &wallet, pause);
            }
            "another plan to follow" => {
                let second = world.second_plan();
                change_later(&mut world, &wallet, second);
            }
            "cancelled and resumed" => {
                let cancel = world.cancel(&wallet);
                done(&mut world, &wallet, cancel);
                let resume = world.resume(&wallet);
                done(&mut world, &wallet, resume);
            }
            _ => {}
        }
        (name, world, wallet, token)
    })
    .into()
}

fn change_later(world: &mut World, wallet: &Keypair, place: Place) {
    let terms = world.change_terms(place);
    let change = world.change_plan(wallet, place, terms, true);
    done(world, wallet, change);
}

#[test]
fn an_early_charge_takes_nothing() {
    for (name, mut world, wallet, token) in waiting() {
        let due = world.subscription(&wallet).next_due;
        let before = world.balance(&token);
        for at in [world.now(), world.now() + 1, due - DAY, due - 1] {
            world.advance(at - world.now());
            let charge = world.charge(&wallet, None);
            let keeper = world.create_token_account(&key(60).pubkey(), 0);
            let paid = world.charge(&wallet, Some(keeper));
            for early in [charge, paid] {
                refused(&mut world, &wallet, early, TesseraError::NotDue);
            }
        }
        world.advance(1);
        assert_eq!(world.now(), due, "{name}");
        assert_eq!(charged(&mut world, &wallet), PRICE, "{name}");
        assert_eq!(world.balance(&token), before - PRICE);
    }
}

#[test]
fn a_period_is_not_charged_twice() {
    for (name, mut world, wallet, token) in waiting() {
        let due = world.subscription(&wallet).next_due;
        world.advance(due - world.now());
        let before = world.balance(&token);
        let charge = world.charge(&wallet, None);
        let twice = [charge.clone(), charge.clone()];
        fails(&mut world, &wallet, &twice).assert_is(TesseraError::NotDue);
        assert_eq!(world.balance(&token), before, "{name}");
        done(&mut world, &wallet, charge);
        // By anybody, however late: only the next period can follow.
        let next = world.subscription(&wallet).next_due;
        for at in [world.now() + 1, next - 1] {
            world.advance(at - world.now());
            let again = world.charge(&wallet, None);
            refused(&mut world, &wallet, again, TesseraError::NotDue);
        }
        assert_eq!(world.balance(&token), before - PRICE, "{name}");
    }
}

/// The network counts slots, the program seconds: many transactions, and programs in the middle.
#[test]
fn a_period_is_not_charged_twice_in_a_slot() {
    let (mut world, wallet, token) = due();
    world.add_forwarder();
    let charge = world.charge(&wallet, None);
    let mixed = [charge.clone(), forwarded(&charge)];
    fails(&mut world, &wallet, &mixed).assert_is(TesseraError::NotDue);
    world
        .send(&[forwarded(&charge)], &[])
        .expect("the first one");
    for again in [charge.clone(), forwarded(&charge)] {
        refused(&mut world, &wallet, again, TesseraError::NotDue);
    }
    assert_eq!(world.balance(&token), FUNDS - 2 * PRICE);
    assert_eq!(world.subscription(&wallet).periods_paid, 2);
}

#[test]
fn a_period_is_due_to_the_second() {
    for (name, mut world, wallet, token) in waiting() {
        let due = world.subscription(&wallet).next_due;
        world.advance(due - 1 - world.now());
        let early = world.charge(&wallet, None);
        refused(&mut world, &wallet, early, TesseraError::NotDue);
        for at in [due, due + 1] {
            world.advance(at - world.now());
            let charge = world.charge(&wallet, None);
            world.simulate(from_ref(&charge), &[]).expect(name);
        }
        let before = world.balance(&token);
        charged(&mut world, &wallet);
        assert_eq!(world.balance(&token), before - PRICE);
        // The day stays that on which it was due.
        assert_eq!(world.subscription(&wallet).period_start, due, "{name}");
    }
}

/// Before, at and after the moment from which the next period could be taken.
#[test]
fn nothing_is_charged_after_a_cancellation() {
    for (name, mut world, wallet, token) in waiting() {
        let due = world.subscription(&wallet).next_due;
        for late in [-1, 0, 1] {
            let (now, paid) = (world.svm.clone(), world.balance(&token));
            set_time(&mut world, due + late);
            let (cancel, charge) = (world.cancel(&wallet), world.charge(&wallet, None));
            // A plan that was to follow is forgotten with it.
            let follows = world.subscription(&wallet).pending_plan != NO_ADDRESS;
            let expected = match follows {
                true => TesseraError::WrongPlan,
                false => TesseraError::NotLive,
            };
            let both = [cancel.clone(), charge.clone()];
            fails(&mut world, &wallet, &both).assert_is(expected);
            done(&mut world, &wallet, cancel);
            let another = world.charge(&wallet, None);
            for at in [due, due + 1, due + STEP] {
                set_time(&mut world, at);
                refused(&mut world, &wallet, charge.clone(), expected);
                refused(&mut world, &wallet, another.clone(), TesseraError::NotLive);
            }
            assert_eq!(world.balance(&token), paid, "{name}");
            world.svm = now;
        }
    }
}

#[test]
fn a_cancellation_is_taken_back_before_the_paid_time_ends_and_not_a_second_later() {
    let (mut world, wallet, _) = subscriber(World::new());
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    world.advance(STEP - 1);
    let resume = world.resume(&wallet);
    world
        .simulate(from_ref(&resume), &[&wallet])
        .expect("in time");
    for _ in 0..2 {
        world.advance(1);
        let resume = world.resume(&wallet);
        refused(&mut world, &wallet, resume, TesseraError::NotCancelled);
    }
}

/// Nothing that starts at or after it is sold, by whichever instruction.
#[test]
fn a_plan_ends_to_the_second() {
    let ends_at = world::START + 2 * STEP;
    let ending = |args| CreatePlanArgs { ends_at, ..args };
    let (mut world, wallet, token) = subscriber(world_of(ending));
    let other = key(31);
    let other_token = world.join(&other, None);
    world.advance(STEP);
    charged(&mut world, &wallet);
    let before = world.balance(&token);
    for late in [-1, 0, 1] {
        set_time(&mut world, ends_at + late);
        let subscribe = world.subscribe(&other, other_token, world.subscribe_args());
        let charge = world.charge(&wallet, None);
        if late < 0 {
            world.simulate(&[subscribe], &[&other]).expect("in time");
            refused(&mut world, &wallet, charge, TesseraError::NotDue);
            continue;
        }
        refused(&mut world, &other, subscribe, TesseraError::PlanEnded);
        refused(&mut world, &wallet, charge, TesseraError::PlanEnded);
        assert_eq!(world.balance(&token), before);
    }
    // A period that is due before the end is charged until then.
    let odd = |args| CreatePlanArgs {
        ends_at: world::START + STEP + 5,
        ..args
    };
    let (mut world, wallet, _) = subscriber(world_of(odd));
    world.advance(STEP + 4);
    let charge = world.charge(&wallet, None);
    world.simulate(&[charge], &[]).expect("in time");
    world.advance(1);
    let charge = world.charge(&wallet, None);
    refused(&mut world, &wallet, charge, TesseraError::PlanEnded);
}

#[test]
fn the_grace_time_of_a_missed_payment_ends_to_the_second() {
    for late in [GRACE_TIME - 1, GRACE_TIME, GRACE_TIME + 1] {
        let (mut world, wallet, token) = due();
        world.freeze(&token);
        let mark = world.mark_past_due(&wallet);
        done(&mut world, &wallet, mark);
        world.thaw(&token);
        world.advance(late);
        let charge = world.charge(&wallet, None);
        let mark = world.mark_past_due(&wallet);
        if late <= GRACE_TIME {
            refused(&mut world, &wallet, mark, TesseraError::NotMissed);
            assert_eq!(charged(&mut world, &wallet), PRICE);
            assert_eq!(
                world.subscription(&wallet).period_start,
                world::START + STEP
            );
        } else {
            refused(&mut world, &wallet, charge, TesseraError::Lapsed);
            done(&mut world, &wallet, mark);
            let state = world.subscription(&wallet).state;
            assert_eq!(state, SubscriptionState::Lapsed as u8);
        }
    }
}

/// The billing day is kept up to the last second of the grace time and lost one later.
#[test]
fn a_late_charge_loses_the_billing_day_a_second_after_the_grace_time() {
    for (late, start) in [
        (GRACE_TIME - 1, world::START + STEP),
        (GRACE_TIME, world::START + STEP),
        (GRACE_TIME + 1, world::START + STEP + GRACE_TIME + 1),
    ] {
        let (mut world, wallet, _) = due();
        world.advance(late);
        charged(&mut world, &wallet);
        assert_eq!(world.subscription(&wallet).period_start, start);
    }
}

#[test]
fn a_clock_that_goes_back_sells_no_time_twice() {
    let (mut world, wallet, token) = due();
    charged(&mut world, &wallet);
    let after = world.subscription(&wallet);
    for back in [1, STEP, 10 * STEP, 50 * 365 * DAY] {
        world.advance(-back);
        let charge = world.charge(&wallet, None);
        refused(&mut world, &wallet, charge, TesseraError::NotDue);
        let mark = world.mark_past_due(&wallet);
        refused(&mut world, &wallet, mark, TesseraError::NotMissed);
    }
    // Before the epoch, and at the beginning of all numbers.
    for now in [-1, i64::MIN] {
        set_time(&mut world, now);
        let charge = world.charge(&wallet, None);
        refused(&mut world, &wallet, charge, TesseraError::NotDue);
    }
    assert_eq!(world.subscription(&wallet), after);
    assert_eq!(world.balance(&token), FUNDS - 2 * PRICE);
    set_time(&mut world, after.next_due);
    charged(&mut world, &wallet);
    assert_eq!(world.subscription(&wallet).period_start, after.paid_through);
}

/// One period at most is collected, and of one that passed none.
#[test]
fn a_thousand_missed_periods_cost_nothing() {
    for change in [|args| args, metered, |args| monthly(args, 1)] {
        let change: fn(CreatePlanArgs) -> CreatePlanArgs = change;
        let (mut world, wallet, token) = subscriber(world_of(change));
        let before = world.balance(&token);
        world.advance(1_000 * 31 * DAY);
        let is_metered = world.subscription(&wallet).is_metered();
        let charge = match is_metered {
            true => world.charge_up_to(&wallet, PRICE),
            false => world.charge(&wallet, None),
        };
        refused(&mut world, &wallet, charge, TesseraError::Lapsed);
        let mark = world.mark_past_due(&wallet);
        done(&mut world, &wallet, mark);
        assert_eq!(world.balance(&token), before);
        // Signing again pays for the time from now on, once.
        world.subscribed(&wallet, token);
        let it: Subscription = world.subscription(&wallet);
        assert_eq!(it.period_start, world.now());
        let cost = if is_metered { 0 } else { PRICE };
        assert_eq!(world.balance(&token), before - cost);
    }
}
