//! When a referral qualifies, and who may refer.

use super::support::{DAY, Shop, campaign, charge, hour, member, refund};
use proptest::{collection::vec, option, prelude::*};
use serde_json::json;
use std::collections::BTreeSet;
use tessera_domain::{
    automation::referral::{Campaign, Charge, Membership, Reason, State},
    time::Timestamp,
};

#[test]
fn who_is_not_in_the_segment_or_too_new_refers_nobody() {
    let strict = campaign(&[(
        "/referrers",
        json!({ "segment": "customers", "minimum_tenure_days": 10 }),
    )]);
    let mut shop = Shop::new();
    shop.refer("ann", "ref", 0);
    let outside = Reason::OutsideSegment {
        segment: "customers".to_owned(),
    };
    assert_eq!(shop.only(&strict, 5).reason, outside);

    let stay = |from, until: Option<i64>| Membership {
        segment: "customers".to_owned(),
        from: hour(from),
        until: until.map(hour),
    };
    let referrer = shop.0.members.get_mut("ref").expect("the referrer");
    // Left just before, came back just after.
    referrer.memberships = vec![stay(-500, Some(0)), stay(1, None)];
    assert_eq!(shop.only(&strict, 5).state, State::Rejected);
    let referrer = shop.0.members.get_mut("ref").expect("the referrer");
    referrer.memberships.push(stay(0, Some(1)));
    assert_eq!(shop.only(&strict, 5).state, State::Qualified);
    let referrer = shop.0.members.get_mut("ref").expect("the referrer");
    referrer.registered_at = hour(-10 * DAY + 1);
    let may_since = hour(1);
    assert_eq!(shop.only(&strict, 5).reason, Reason::TooNew { may_since });
    shop.0.members.remove("ref");
    assert_eq!(shop.only(&strict, 5).reason, Reason::UnknownReferrer);
}

#[test]
fn registrations_outside_of_the_window_are_no_referrals_of_it() {
    let mut shop = Shop::new();
    shop.refer("early", "ref", -1);
    shop.refer("late", "ref", 59 * DAY);
    shop.add("alone", None, 1);
    assert!(
        shop.at(&campaign(&[]), &Default::default(), 100 * DAY)
            .is_empty()
    );
    shop.refer("last", "ref", 59 * DAY - 1);
    assert_eq!(shop.only(&campaign(&[]), 100 * DAY).referred, "last");
}

#[test]
fn payments_in_another_token_or_before_the_registration_do_not_count() {
    let mut shop = Shop::new();
    shop.add("ann", Some("ref"), 10);
    shop.pay("ann", 9, 100);
    shop.pay("ann", 11, 100);
    shop.pay("ann", 12, 100).mint = "other".to_owned();
    let referral = shop.only(&campaign(&[]), 20);
    assert_eq!(referral.state, State::Pending);
    assert_eq!(
        (referral.progress.payments.len(), referral.progress.net),
        (1, 100)
    );
    let until = hour(10 + 30 * DAY);
    assert_eq!(referral.reason, Reason::Unmet { until });
}

#[test]
fn what_is_paid_at_the_end_of_the_time_is_too_late() {
    let mut shop = Shop::new();
    shop.add("ann", Some("ref"), 0);
    shop.pay("ann", 1, 50);
    shop.pay("ann", 30 * DAY, 50);
    assert_eq!(
        shop.only(&campaign(&[]), 30 * DAY - 1).state,
        State::Pending
    );
    let late = shop.only(&campaign(&[]), 30 * DAY);
    let since = hour(30 * DAY);
    assert_eq!(
        (late.state, late.reason),
        (State::Expired, Reason::Late { since })
    );
    shop.pay("ann", 30 * DAY - 1, 50);
    assert_eq!(shop.only(&campaign(&[]), 90 * DAY).state, State::Qualified);
}

#[test]
fn days_that_were_paid_twice_pass_once() {
    let days = campaign(&[(
        "/qualification/paid",
        json!({ "kind": "days", "count": 10 }),
    )]);
    let mut shop = Shop::new();
    shop.add("ann", Some("ref"), 0);
    // Seven days each, of which four are the same.
    shop.pay("ann", 0, 50);
    shop.pay("ann", 3 * DAY, 50);
    let before = shop.only(&days, 10 * DAY - 1);
    assert_eq!(
        (before.state, before.progress.paid_secs),
        (State::Pending, (10 * DAY - 1) * 3_600)
    );
    let met = shop.only(&days, 10 * DAY);
    assert_eq!(
        (met.state, met.qualified_at),
        (State::Qualified, Some(hour(10 * DAY)))
    );
    // A refund in full takes its days as well.
    let first = shop.0.charges.values_mut().next().expect("a payment");
    first.refunds.push(refund(10 * DAY, 50));
    assert_eq!(shop.only(&days, 10 * DAY).state, State::Pending);
}

#[derive(Debug, Clone)]
struct Paid {
    at: i64,
    hours: i64,
    units: u64,
    refund: Option<(i64, u64)>,
}

fn payments() -> impl Strategy<Value = Vec<Paid>> {
    let refunds = option::weighted(0.3, (0..2_000_i64, 1..60_u64));
    let one = (-50..900_i64, 1..300_i64, 0..40_u64, refunds);
    vec(
        one.prop_map(|(at, hours, units, refund)| Paid {
            at,
            hours,
            units,
            refund: refund.map(|(after, units)| (at + after, units)),
        }),
        0..8,
    )
}

fn charged(paid: &Paid) -> Charge {
    Charge {
        paid_through: hour(paid.at + paid.hours),
        refunds: paid
            .refund
            .map(|(at, units)| refund(at, units))
            .into_iter()
            .collect(),
        ..charge("ann", paid.at, paid.units)
    }
}

/// The first hour at which the payments are enough as of `now`, hour by hour.
fn first_hour(payments: &[Paid], days: Option<i64>, now: i64) -> Option<i64> {
    let known: Vec<_> = payments
        .iter()
        .filter(|it| it.at <= now && (0..30 * DAY).contains(&it.at))
        .filter_map(|it| {
            let back = it
                .refund
                .filter(|(at, _)| *at <= now)
                .map_or(0, |(_, units)| units);
            (it.units > back).then(|| (it, it.units - back))
        })
        .collect();
    (0..30 * DAY).take_while(|at| *at <= now).find(|at| {
        let made = || known.iter().filter(|(it, _)| it.at <= *at);
        let passed: BTreeSet<i64> = made()
            .flat_map(|(it, _)| it.at..(it.at + it.hours).min(*at))
            .collect();
        let time = match days {
            Some(days) => passed.len() >= usize::try_from(days * DAY).expect("days"),
            None => made().count() >= 2,
        };
        time && made().map(|(_, net)| net).sum::<u64>() >= 50
    })
}

fn in_days() -> Campaign {
    campaign(&[("/qualification/paid", json!({ "kind": "days", "count": 5 }))])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_referral_qualifies_in_the_first_hour_that_meets_the_definition(
        payments in payments(),
        in_days_too in any::<bool>(),
        now in 0..1_500_i64,
    ) {
        let mut shop = Shop::new();
        shop.0.members.insert("ann".to_owned(), member("ann", Some("ref"), 0));
        for (index, paid) in payments.iter().enumerate() {
            shop.0.charges.insert(format!("{index}"), charged(paid));
        }
        let asked = if in_days_too { in_days() } else { campaign(&[]) };
        let referral = shop.only(&asked, now);
        let expected = first_hour(&payments, in_days_too.then_some(5), now);
        prop_assert_eq!(referral.qualified_at, expected.map(hour));
        let state = match expected {
            Some(_) => State::Qualified,
            None if now >= 30 * DAY => State::Expired,
            None => State::Pending,
        };
        prop_assert_eq!(referral.state, state);
    }

    #[test]
    fn what_happens_later_and_in_which_order_it_was_learnt_changes_nothing(
        (payments, shuffled) in payments().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle())),
        now in 0..1_500_i64,
    ) {
        let build = |payments: &[Paid], keep: &dyn Fn(Timestamp) -> bool| {
            let mut shop = Shop::new();
            shop.0.members.insert("ann".to_owned(), member("ann", Some("ref"), 0));
            for paid in payments {
                let mut charge = charged(paid);
                charge.refunds.retain(|it| keep(it.at));
                if keep(charge.at) {
                    // The same fact twice is one fact.
                    shop.0.charges.insert(format!("{paid:?}"), charge);
                }
            }
            shop
        };
        let all = build(&payments, &|_| true).only(&in_days(), now);
        let other_order = build(&shuffled, &|_| true).only(&in_days(), now);
        let of_then = build(&payments, &|at| at <= hour(now)).only(&in_days(), now);
        prop_assert_eq!(&all, &other_order);
        prop_assert_eq!(&all, &of_then);
    }
}
