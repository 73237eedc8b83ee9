//! Busy hours, against scipy's Poisson counts and intervals (`tests/oracles/referral.py`).

use super::support::{MINT, Shop, hour};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use tessera_domain::{
    automation::referral::check::{CheckName, Checks, Evidence, Scene, Suspicions},
    time::Timestamp,
};

#[derive(Deserialize)]
struct Fixture {
    hours: Vec<Hour>,
}

#[derive(Deserialize)]
struct Hour {
    usual_per_day: u32,
    past_registrations: i64,
    past_hours: i64,
    registrations: i64,
    expected: f64,
    p: f64,
    score: u8,
}

fn fixture() -> Fixture {
    let json = include_str!("../../../../../tests/oracles/fixtures/referral.json");
    serde_json::from_str(json).expect("a fixture")
}

fn look(shop: &Shop, usual_per_day: u32, once_in_hours: u32) -> Suspicions {
    let parameters = json!({
        "usual_per_day": usual_per_day, "past_days": 10, "once_in_hours": once_in_hours,
    });
    let checks: Checks = serde_json::from_value(json!({ "velocity": parameters })).expect("checks");
    let scene = Scene {
        facts: &shop.0,
        mint: MINT,
        rewards: BTreeMap::new(),
    };
    checks.suspicions(CheckName::Velocity, &scene)
}

/// A referrer who registered so many hours before hour 0, in which so many registered after so many before.
fn shop(past_hours: i64, past_registrations: i64, registrations: i64) -> Shop {
    let mut shop = Shop::new();
    let referrer = shop.0.members.get_mut("ref").expect("the referrer");
    referrer.registered_at = hour(-past_hours);
    for index in 0..past_registrations {
        let before = 1 + index % past_hours.max(1);
        shop.add(&format!("before{index}"), Some("ref"), -before);
    }
    for index in 0..registrations {
        let member = shop.add(&format!("now{index}"), Some("ref"), 0);
        member.registered_at = Timestamp(hour(0).0 + index * 1_000_000);
    }
    shop
}

#[test]
fn an_hour_like_those_before_is_clear() {
    let found = look(&shop(200, 400, 3), 1, 1_000);
    assert!(!found.keys().any(|it| it.starts_with("now")), "{found:?}");
    // One who begins has no past, but a usual day.
    assert!(look(&shop(0, 0, 4), 48, 100).is_empty());
    // An hour belongs to one referrer: what others bring does not add.
    let mut several = Shop::new();
    for index in 0..50 {
        several.add(&format!("r{index}"), None, -100);
        several.add(&format!("w{index}"), Some(&format!("r{index}")), 0);
    }
    assert!(look(&several, 24, 100).is_empty());
}

#[test]
fn the_chance_of_an_hour_is_that_of_scipy() {
    let mut seen = 0;
    for it in fixture().hours {
        let shop = shop(it.past_hours, it.past_registrations, it.registrations);
        let found = look(&shop, it.usual_per_day, 2);
        let Some(suspicion) = found.get("now0") else {
            assert!(it.p >= 0.5 - 1e-9, "{} of {}", it.registrations, it.p);
            continue;
        };
        let [
            Evidence::Hour {
                registrations,
                past_registrations,
                past_hours,
                expected,
                p,
                ..
            },
        ] = &suspicion.evidence[..]
        else {
            panic!("one hour");
        };
        assert_eq!(i64::try_from(*registrations), Ok(it.registrations));
        assert_eq!(
            i64::try_from(*past_registrations),
            Ok(it.past_registrations)
        );
        assert_eq!(*past_hours, it.past_hours);
        assert!(
            (expected / it.expected - 1.0).abs() < 1e-6,
            "{expected} {}",
            it.expected
        );
        assert!((p / it.p - 1.0).abs() < 1e-4, "{p} {}", it.p);
        assert_eq!(suspicion.score, it.score);
        seen += 1;
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn all_of_a_busy_hour_are_suspicious_and_no_others() {
    let mut shop = shop(200, 20, 30);
    let found = look(&shop, 1, 1_000_000);
    assert_eq!(found.len(), 30);
    assert!(found.keys().all(|it| it.starts_with("now")));
    let Evidence::Hour { hour: first, .. } = &found["now7"].evidence[0] else {
        panic!("an hour");
    };
    assert_eq!(*first, hour(0));
    // The past ends ten days before, and begins with the referrer.
    shop.add("long ago", Some("ref"), -241);
    let Evidence::Hour {
        past_registrations, ..
    } = &look(&shop, 1, 1_000_000)["now7"].evidence[0]
    else {
        panic!("an hour");
    };
    assert_eq!(*past_registrations, 20);
}
