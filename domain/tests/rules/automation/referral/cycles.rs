//! Circles of referrals, against networkx (`tests/oracles/referral.py`).

use super::support::{MINT, Shop, hour, person};
use serde::Deserialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use tessera_domain::automation::referral::check::{
    CheckName, Checks, Evidence, MAX_SHOWN, Scene, Suspicions,
};

#[derive(Deserialize)]
struct Fixture {
    graphs: Vec<Graph>,
}

#[derive(Deserialize)]
struct Graph {
    /// The number of the person who referred, and of the one who was referred.
    referrals: Vec<(usize, usize)>,
    /// The referrals, by their place, that lie on a circle of two persons or more.
    on_a_circle: BTreeSet<usize>,
    /// How many persons the circles of each have a part in, by its place.
    sizes: BTreeMap<usize, usize>,
}

fn fixture() -> Fixture {
    let json = include_str!("../../../../../tests/oracles/fixtures/referral.json");
    serde_json::from_str(json).expect("a fixture")
}

fn look(shop: &Shop) -> Suspicions {
    let checks: Checks =
        serde_json::from_value(json!({ "cycles": { "score": 70 } })).expect("checks");
    let scene = Scene {
        facts: &shop.0,
        mint: MINT,
        rewards: BTreeMap::new(),
    };
    checks.suspicions(CheckName::Cycles, &scene)
}

/// Referrals as facts: each by two wallets of its own, of the persons who refer and are referred.
fn shop(referrals: &[(usize, usize)]) -> Shop {
    let mut shop = Shop::new();
    for (place, (from, to)) in referrals.iter().enumerate() {
        let (above, below) = (format!("above{place}"), format!("below{place}"));
        shop.add(&above, None, 0).person = person(&format!("p{from}"));
        shop.add(&below, Some(&above), 1).person = person(&format!("p{to}"));
    }
    shop
}

#[test]
fn who_refers_themselves_or_in_a_line_is_in_no_circle() {
    assert!(look(&shop(&[(0, 0), (0, 1), (1, 2), (0, 2)])).is_empty());
}

#[test]
fn referrals_lie_on_a_circle_where_networkx_says_so() {
    let mut circles = 0;
    for graph in fixture().graphs {
        let found = look(&shop(&graph.referrals));
        let places: BTreeSet<usize> = found
            .keys()
            .map(|it| it.trim_start_matches("below").parse().expect("a place"))
            .collect();
        assert_eq!(places, graph.on_a_circle, "{:?}", graph.referrals);
        for (place, size) in graph.sizes {
            let suspicion = &found[&format!("below{place}")];
            let [Evidence::Circle { count, persons }] = &suspicion.evidence[..] else {
                panic!("one circle");
            };
            assert_eq!((*count, suspicion.score), (size, 70));
            assert_eq!(persons.len(), size.min(MAX_SHOWN));
        }
        circles += places.len();
    }
    assert!(circles > 800, "{circles}");
}

#[test]
fn a_circle_of_a_hundred_thousand_is_found_without_a_deep_stack() {
    let length = 100_000;
    let mut shop = Shop::new();
    for index in 0..length {
        let next = format!("w{}", (index + 1) % length);
        let member = shop.add(&next, Some(&format!("w{index}")), 0);
        assert_eq!(member.registered_at, hour(0));
    }
    assert_eq!(look(&shop).len(), length);
    // One link less, and it is a line.
    shop.0.members.remove("w0");
    assert!(look(&shop).is_empty());
}
