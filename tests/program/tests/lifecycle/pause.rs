use super::support::{
    APPROVED, DAY, LATEST, STEP, assert_approves, assert_state, charged, done, due, refused,
    world_of,
};
use solana_signer::Signer;
use tessera_client::{
    Event,
    instructions::Pause,
    types::{
        TesseraError,
        accounts::{Subscription, SubscriptionState},
        limits::MAX_PAUSE_SECS,
    },
};
use world::{FUNDS, KEEPER_FEE, PRICE, START, World, key, replace, with_trial};

#[test]
fn every_account_and_byte_is_bound() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let pause = world.pause(&wallet, START + STEP);
    world.assert_withstands(&pause, &[&wallet]);
    let thief = key(31);
    let attack = replace(&pause, &wallet.pubkey(), &thief.pubkey());
    world
        .send(&[attack], &[&thief])
        .expect_err("foreign")
        .assert_is(TesseraError::WrongWallet);
}

#[test]
fn a_pause_lasts_a_year_at_most() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let most = START + i64::from(MAX_PAUSE_SECS);
    for until in [most + 1, i64::MAX] {
        let pause = world.pause(&wallet, until);
        refused(&mut world, &wallet, pause, TesseraError::PauseTooLong);
    }
    let pause = world.pause(&wallet, most);
    done(&mut world, &wallet, pause);
    assert_eq!(world.subscription(&wallet).next_due, most);
}

#[test]
fn who_owes_a_payment_cannot_put_it_off() {
    let (mut world, wallet, token) = due();
    for until in [0, world.now() + DAY] {
        let pause = world.pause(&wallet, until);
        refused(&mut world, &wallet, pause, TesseraError::PauseTooLong);
    }
    world.freeze(&token);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    let pause = world.pause(&wallet, START + 2 * STEP);
    refused(&mut world, &wallet, pause, TesseraError::PauseTooLong);
}

#[test]
fn who_owes_a_payment_after_a_pause_cannot_put_it_off_again() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let until = START + STEP + DAY;
    let pause = world.pause(&wallet, until);
    done(&mut world, &wallet, pause);
    world.advance(STEP + DAY - 1);
    let longer = world.pause(&wallet, until + DAY);
    world.simulate(&[longer], &[&wallet]).expect("still paused");
    world.advance(1);
    let longer = world.pause(&wallet, until + DAY);
    refused(&mut world, &wallet, longer, TesseraError::PauseTooLong);
}

#[test]
fn what_has_ended_is_not_paused() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    let pause = world.pause(&wallet, START + STEP);
    refused(&mut world, &wallet, pause, TesseraError::NotLive);
}

#[test]
fn a_signature_counts_for_one_receipt_of_one_life() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let it = world.subscription(&wallet);
    for (life, seq, expected) in [
        (1, 0, TesseraError::WrongLife),
        (0, 1, TesseraError::StaleSeq),
        (0, u64::MAX, TesseraError::StaleSeq),
    ] {
        let mut named = it;
        named.header.life += life;
        named.header.receipt_seq = named.header.receipt_seq.wrapping_add(seq);
        let pause = Pause {
            subscription: &named,
            until: START + STEP,
        };
        refused(&mut world, &wallet, pause.into(), expected);
    }
    let pause = world.pause(&wallet, START + STEP);
    done(&mut world, &wallet, pause.clone());
    refused(&mut world, &wallet, pause, TesseraError::StaleSeq);
}

#[test]
fn a_pause_within_the_paid_time_changes_no_date() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let before = world.subscription(&wallet);
    let until = START + STEP - 1;
    let pause = world.pause(&wallet, until);
    let Event::Paused(event) = done(&mut world, &wallet, pause) else {
        panic!("another event");
    };
    assert_eq!((event.paused_until, event.next_due), (until, START + STEP));
    let after = world.subscription(&wallet);
    let expected = Subscription {
        header: after.header,
        paused_until: until,
        ..before
    };
    assert_eq!(after, expected);
    assert_approves(&world, &token, APPROVED, 1);
    world.advance(STEP);
    let money = charged(&mut world, &wallet);
    assert_eq!(money.paid_through, START + 2 * STEP);
}

#[test]
fn nothing_is_charged_or_missed_before_a_pause_ends() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let until = START + 2 * STEP + DAY;
    let pause = world.pause(&wallet, until);
    let Event::Paused(event) = done(&mut world, &wallet, pause) else {
        panic!("another event");
    };
    assert_eq!((event.paused_until, event.next_due), (until, until));
    assert_approves(&world, &token, APPROVED, 1);
    world.freeze(&token);
    for secs in [STEP, STEP + DAY - 1] {
        world.advance(secs);
        let charge = world.charge(&wallet, None);
        refused(&mut world, &wallet, charge, TesseraError::NotDue);
        let mark = world.mark_past_due(&wallet);
        refused(&mut world, &wallet, mark, TesseraError::NotMissed);
        assert!(!world.subscription(&wallet).is_paid(world.now()));
    }
    world.advance(1);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    assert_state(&world, &wallet, SubscriptionState::PastDue);
}

#[test]
fn the_billing_day_after_a_pause_is_the_one_that_it_ends_on() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let until = START + STEP + DAY;
    let pause = world.pause(&wallet, until);
    done(&mut world, &wallet, pause);
    world.advance(STEP + DAY + LATEST);
    let money = charged(&mut world, &wallet);
    assert_eq!(
        (money.period_start, money.paid_through),
        (until, until + STEP)
    );
    // The time between is neither paid nor used.
    assert_eq!(world.balance(&token), FUNDS - 2 * PRICE);
    world.advance(STEP - LATEST);
    let money = charged(&mut world, &wallet);
    assert_eq!(money.period_start, until + STEP);
    assert_approves(&world, &token, APPROVED - 2 * PRICE, 1);
}

#[test]
fn keepers_are_not_paid_for_the_time_of_a_pause() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let keeper = world.create_token_account(&key(40).pubkey(), 0);
    let pause = world.pause(&wallet, START + 2 * STEP);
    done(&mut world, &wallet, pause);
    world.advance(2 * STEP);
    let charge = world.charge(&wallet, Some(keeper));
    world
        .simulate(std::slice::from_ref(&charge), &[])
        .expect("charge");
    world.advance(LATEST / 2);
    done(&mut world, &wallet, charge);
    assert_eq!(world.balance(&keeper), KEEPER_FEE / 2);
}

#[test]
fn a_pause_that_ends_early_makes_the_payment_due_when_the_paid_time_is_over() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let until = START + 4 * STEP;
    let pause = world.pause(&wallet, until);
    done(&mut world, &wallet, pause);
    world.advance(DAY);
    let end = world.pause(&wallet, 0);
    let Event::Paused(event) = done(&mut world, &wallet, end) else {
        panic!("another event");
    };
    assert_eq!(
        (event.paused_until, event.next_due),
        (START + DAY, START + STEP)
    );

    let pause = world.pause(&wallet, until);
    done(&mut world, &wallet, pause);
    world.advance(2 * STEP);
    let end = world.pause(&wallet, i64::MIN);
    let Event::Paused(event) = done(&mut world, &wallet, end) else {
        panic!("another event");
    };
    let now = START + DAY + 2 * STEP;
    assert_eq!((event.paused_until, event.next_due), (now, now));
    let money = charged(&mut world, &wallet);
    assert_eq!((money.period_start, money.paid_through), (now, now + STEP));
}

#[test]
fn a_pause_can_be_moved_while_it_lasts() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    for until in [START + 3 * STEP, START + 2 * STEP, START + 5 * STEP] {
        let pause = world.pause(&wallet, until);
        done(&mut world, &wallet, pause);
        assert_eq!(world.subscription(&wallet).next_due, until);
    }
}

#[test]
fn a_trial_is_paused_too() {
    let mut world = world_of(|args| with_trial(args, 86_400));
    let (wallet, _) = world.subscriber();
    let pause = world.pause(&wallet, START + 2 * DAY);
    done(&mut world, &wallet, pause);
    assert_state(&world, &wallet, SubscriptionState::Trial);
    world.advance(2 * DAY - 1);
    assert!(!world.subscription(&wallet).is_paid(world.now()));
    let charge = world.charge(&wallet, None);
    refused(&mut world, &wallet, charge, TesseraError::NotDue);
    world.advance(1);
    let money = charged(&mut world, &wallet);
    assert_eq!(money.period_start, START + 2 * DAY);
}

#[test]
fn a_paused_subscription_keeps_others_from_signing_it_twice() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let pause = world.pause(&wallet, START + 3 * STEP);
    done(&mut world, &wallet, pause);
    world.advance(2 * STEP);
    let args = world.subscribe_args();
    let again = world.subscribe(&wallet, token, args);
    refused(&mut world, &wallet, again, TesseraError::AlreadySubscribed);
}
