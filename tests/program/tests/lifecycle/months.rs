//! Plans whose periods are calendar months, on the compiled program's clock.

use super::support::{LATEST, change, charged, done, paid, refused, world_of};
use chrono::{Months, NaiveDate};
use solana_address::Address;
use solana_keypair::Keypair;
use tessera_client::types::{TesseraError, accounts::SubscriptionState};
use world::{FUNDS, PRICE, World, key, monthly, with_trial};

/// A quarter past ten in the morning of a day, UTC.
fn at(year: i32, month: u32, day: u32) -> i64 {
    moment(NaiveDate::from_ymd_opt(year, month, day).expect("a day"))
}

fn moment(date: NaiveDate) -> i64 {
    let time = date.and_hms_opt(10, 15, 0).expect("a time");
    time.and_utc().timestamp()
}

#[track_caller]
fn go_to(world: &mut World, time: i64) {
    world.advance(time - world.now());
}

/// Somebody who pays every `months` months, for the first time on this day.
fn since(months: u8, start: i64) -> (World, Keypair, Address) {
    let mut world = world_of(|args| monthly(args, months));
    go_to(&mut world, start);
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let args = world.subscribe_args();
    let subscribe = world.subscribe(&wallet, token, args);
    let (_, money) = paid(&mut world, &wallet, token, subscribe);
    assert_eq!(money.period_start, start);
    (world, wallet, token)
}

/// Charges when it is due, and not a second before; returns when it is due next.
#[track_caller]
fn charged_in_time(world: &mut World, wallet: &Keypair) -> i64 {
    let due = world.subscription(wallet).next_due;
    go_to(world, due - 1);
    let charge = world.charge(wallet, None);
    refused(world, wallet, charge, TesseraError::NotDue);
    world.advance(1);
    let money = charged(world, wallet);
    assert_eq!(money.period_start, due);
    money.paid_through
}

#[test]
fn from_the_last_of_january_each_month_is_paid_on_its_last_day() {
    let first = NaiveDate::from_ymd_opt(2027, 1, 31).expect("a day");
    let mut world = world_of(|args| monthly(args, 1));
    go_to(&mut world, moment(first));
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let mut args = world.subscribe_args();
    args.terms.approved_periods = 26;
    let subscribe = world.subscribe(&wallet, token, args);
    done(&mut world, &wallet, subscribe);
    assert_eq!(world.subscription(&wallet).terms.anchor_day, 31);
    for months in 2..=27 {
        let expected = first.checked_add_months(Months::new(months));
        let next = charged_in_time(&mut world, &wallet);
        assert_eq!(next, moment(expected.expect("a day")), "{months}");
    }
    assert_eq!(world.balance(&token), FUNDS - 27 * PRICE);
}

#[test]
fn who_first_pays_on_a_leap_day_pays_on_one_every_four_years() {
    let (mut world, wallet, _) = since(12, at(2028, 2, 29));
    assert_eq!(world.subscription(&wallet).next_due, at(2029, 2, 28));
    for (year, day) in [(2030, 28), (2031, 28), (2032, 29), (2033, 28)] {
        let next = charged_in_time(&mut world, &wallet);
        assert_eq!(next, at(year, 2, day));
    }
}

#[test]
fn quarters_keep_their_day() {
    let (mut world, wallet, _) = since(3, at(2027, 11, 30));
    assert_eq!(world.subscription(&wallet).next_due, at(2028, 2, 29));
    assert_eq!(charged_in_time(&mut world, &wallet), at(2028, 5, 30));
    assert_eq!(charged_in_time(&mut world, &wallet), at(2028, 8, 30));
}

#[test]
fn a_charge_within_the_grace_time_keeps_the_day() {
    let (mut world, wallet, _) = since(1, at(2027, 1, 31));
    for (due, next) in [
        (at(2027, 2, 28), at(2027, 3, 31)),
        (at(2027, 3, 31), at(2027, 4, 30)),
        (at(2027, 4, 30), at(2027, 5, 31)),
    ] {
        go_to(&mut world, due + LATEST);
        let money = charged(&mut world, &wallet);
        assert_eq!((money.period_start, money.paid_through), (due, next));
        assert_eq!(world.subscription(&wallet).terms.anchor_day, 31);
    }
}

#[test]
fn a_later_charge_moves_the_day() {
    let (mut world, wallet, _) = since(1, at(2027, 1, 31));
    go_to(&mut world, at(2027, 2, 28) + LATEST + 1);
    let money = charged(&mut world, &wallet);
    assert_eq!(
        (money.period_start, money.paid_through),
        (at(2027, 3, 3) + 1, at(2027, 4, 3) + 1)
    );
    assert_eq!(world.subscription(&wallet).terms.anchor_day, 3);
}

#[test]
fn a_month_that_nobody_charged_lapses_when_the_next_one_begins() {
    let (mut world, wallet, _) = since(1, at(2027, 1, 31));
    go_to(&mut world, at(2027, 3, 31) - 1);
    let mark = world.mark_past_due(&wallet);
    refused(&mut world, &wallet, mark, TesseraError::NotMissed);
    let charge = world.charge(&wallet, None);
    world
        .simulate(std::slice::from_ref(&charge), &[])
        .expect("the last second");
    world.advance(1);
    refused(&mut world, &wallet, charge, TesseraError::Lapsed);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    let lapsed = SubscriptionState::Lapsed as u8;
    assert_eq!(world.subscription(&wallet).state, lapsed);
}

#[test]
fn the_day_after_a_pause_is_the_one_that_it_ends_on() {
    let (mut world, wallet, _) = since(1, at(2027, 1, 31));
    let until = at(2027, 4, 10);
    let pause = world.pause(&wallet, until);
    done(&mut world, &wallet, pause);
    assert_eq!(charged_in_time(&mut world, &wallet), at(2027, 5, 10));
    assert_eq!(charged_in_time(&mut world, &wallet), at(2027, 6, 10));
    assert_eq!(world.subscription(&wallet).terms.anchor_day, 10);
}

#[test]
fn a_pause_that_ends_just_before_the_anchor_day_is_no_missed_month() {
    let (mut world, wallet, _) = since(1, at(2027, 1, 1));
    let pause = world.pause(&wallet, at(2027, 2, 28));
    done(&mut world, &wallet, pause);
    go_to(&mut world, at(2027, 3, 2));
    let mark = world.mark_past_due(&wallet);
    refused(&mut world, &wallet, mark, TesseraError::NotMissed);
    let money = charged(&mut world, &wallet);
    assert_eq!(money.period_start, at(2027, 2, 28));
    assert_eq!(money.paid_through, at(2027, 3, 28));
}

#[test]
fn the_day_is_that_of_the_first_payment_and_not_of_the_trial() {
    let mut world = world_of(|args| with_trial(monthly(args, 1), 14 * 86_400));
    go_to(&mut world, at(2027, 1, 17));
    let (wallet, _) = world.subscriber();
    let it = world.subscription(&wallet);
    assert_eq!((it.next_due, it.terms.anchor_day), (at(2027, 1, 31), 31));
    assert_eq!(charged_in_time(&mut world, &wallet), at(2027, 2, 28));
    assert_eq!(charged_in_time(&mut world, &wallet), at(2027, 3, 31));
}

#[test]
fn who_signs_again_in_paid_time_pays_from_its_end_on() {
    let (mut world, wallet, token) = since(1, at(2027, 1, 31));
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    let args = world.subscribe_args();
    let subscribe = world.subscribe(&wallet, token, args);
    let (_, money) = paid(&mut world, &wallet, token, subscribe);
    // The first payment of this agreement is for a period that begins on the 28th.
    assert_eq!(
        (money.period_start, money.paid_through),
        (at(2027, 2, 28), at(2027, 3, 28))
    );
}

#[test]
fn a_trial_that_becomes_monthly_in_a_pause_begins_months_when_it_ends() {
    let mut world = world_of(|args| with_trial(args, 86_400));
    go_to(&mut world, at(2027, 1, 30));
    let (wallet, _) = world.subscriber();
    let pause = world.pause(&wallet, at(2027, 3, 1));
    done(&mut world, &wallet, pause);
    let args = monthly(world.create_plan_args(), 1);
    let month = world.add_plan(args);
    let now = change(&mut world, &wallet, month, false);
    done(&mut world, &wallet, now);
    let end = world.pause(&wallet, 0);
    done(&mut world, &wallet, end);
    go_to(&mut world, at(2027, 1, 31));
    let money = charged(&mut world, &wallet);
    assert_eq!(money.paid_through, at(2027, 2, 28));
    assert_eq!(world.subscription(&wallet).terms.anchor_day, 31);
}
