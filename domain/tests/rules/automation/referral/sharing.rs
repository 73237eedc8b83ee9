//! Devices, funding wallets and persons in common.

use super::support::{MINT, Shop, hour, person};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tessera_domain::automation::referral::check::{CheckName, Checks, Evidence, Scene, Suspicions};

fn look(check: CheckName, parameters: Value, shop: &Shop) -> Suspicions {
    let name = serde_json::to_value(check).expect("JSON");
    let name = name.as_str().expect("a name");
    let checks: Checks = serde_json::from_value(json!({ name: parameters })).expect("checks");
    let scene = Scene {
        facts: &shop.0,
        mint: MINT,
        rewards: BTreeMap::new(),
    };
    checks.suspicions(check, &scene)
}

fn shared() -> Value {
    json!({ "pair": 60, "many": 3, "among_many": 40, "except": ["exchange"] })
}

fn scores(found: &Suspicions) -> Vec<(&str, u8, usize)> {
    let each = found.iter();
    each.map(|(wallet, it)| (wallet.as_str(), it.score, it.evidence.len()))
        .collect()
}

/// Wallets with what they were seen with, referred by `ref`.
fn shop(seen: &[(&str, &[&str])]) -> Shop {
    let mut shop = Shop::new();
    for (wallet, values) in seen {
        let member = shop.add(wallet, Some("ref"), 0);
        for value in *values {
            member.devices.insert((*value).to_owned(), hour(0));
            member.funding.insert((*value).to_owned(), hour(0));
        }
    }
    shop
}

const BOTH: [CheckName; 2] = [CheckName::SharedDevice, CheckName::SharedFunding];

#[test]
fn strangers_what_is_excepted_and_too_few_are_clear() {
    let mut shop = shop(&[
        ("ann", &["exchange", "x"]),
        ("bob", &["exchange", "x"]),
        ("cid", &["exchange", "y"]),
    ]);
    let referrer = shop.0.members.get_mut("ref").expect("the referrer");
    referrer.devices.insert("exchange".to_owned(), hour(0));
    referrer.funding.insert("exchange".to_owned(), hour(0));
    for check in BOTH {
        assert!(look(check, shared(), &shop).is_empty());
    }
}

#[test]
fn one_in_common_with_the_referrer_or_among_many_is_suspicious() {
    let mut shop = shop(&[("ann", &["x", "z"]), ("bob", &["x"]), ("cid", &["y"])]);
    // The third of the many was referred by another one.
    let dot = shop.add("dot", Some("ann"), 2);
    dot.devices.insert("x".to_owned(), hour(2));
    dot.funding.insert("x".to_owned(), hour(2));
    let referrer = shop.0.members.get_mut("ref").expect("the referrer");
    referrer.devices.insert("z".to_owned(), hour(9));
    referrer.funding.insert("z".to_owned(), hour(9));
    for check in BOTH {
        let found = look(check, shared(), &shop);
        assert_eq!(
            scores(&found),
            [("ann", 60, 2), ("bob", 40, 1), ("dot", 60, 2)]
        );
        let among = Evidence::AmongMany {
            value: "x".to_owned(),
            members: vec!["ann".to_owned(), "bob".to_owned(), "dot".to_owned()],
            count: 3,
        };
        assert_eq!(found["bob"].evidence, [among]);
    }
}

#[test]
fn a_wallet_of_the_referrers_person_or_of_an_old_customer_is_suspicious() {
    let parameters = json!({ "same": 90, "known": 30 });
    let mut shop = shop(&[("ann", &[]), ("bob", &[]), ("cid", &[])]);
    assert!(look(CheckName::MergedPersons, parameters.clone(), &shop).is_empty());
    shop.add("old", None, -5).person = person("bob");
    shop.0.members.get_mut("ann").expect("a member").person = person("ref");
    let found = look(CheckName::MergedPersons, parameters, &shop);
    assert_eq!(scores(&found), [("ann", 90, 2), ("bob", 30, 1)]);
    let known = Evidence::KnownBefore {
        person: person("bob"),
        member: "old".to_owned(),
        registered_at: hour(-5),
    };
    assert_eq!(found["bob"].evidence, [known]);
    assert_eq!(
        found["ann"].evidence[0],
        Evidence::SamePerson {
            person: person("ref")
        }
    );
}
