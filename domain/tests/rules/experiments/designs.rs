//! Which designs may be kept.

use super::stage::design;
use serde_json::{Value, json};
use tessera_domain::experiments::{assignment::Allocation, design::Design};

fn refused(design: Value) -> Option<String> {
    let design: Design = serde_json::from_value(design).expect("a design");
    design.validate().err().map(|it| it.field)
}

#[test]
fn an_error_that_no_test_can_allow_is_refused() {
    let with = |alpha_bps: u16| {
        let statistics = json!({ "statistics": { "alpha_bps": alpha_bps } });
        refused(design(&[5_000; 2], &["primary"], &statistics))
    };
    for alpha_bps in [0, 5_000] {
        assert_eq!(with(alpha_bps).as_deref(), Some("statistics.alpha_bps"));
    }
    assert_eq!(with(4_999), None);
}

#[test]
fn an_arm_without_a_place_of_the_hash_is_refused() {
    let of_version = |version: u8, weights: &[u16], coverage_bps: u16| {
        let allocation =
            json!({ "allocation": { "hash_version": version, "coverage_bps": coverage_bps } });
        refused(design(weights, &["primary"], &allocation))
    };
    let second = Some("allocation.arms[1].weight_bps".to_owned());
    // 501, none and 499 of 1,000 places.
    assert_eq!(of_version(1, &[5_005, 4, 4_991], 10_000), second);
    assert_eq!(of_version(1, &[5_000, 4, 4_996], 10_000), None);
    assert_eq!(of_version(2, &[5_005, 4, 4_991], 10_000), None);
    // Of an arm that begins between two places, a small part holds none.
    assert_eq!(of_version(1, &[5_005, 4_995], 10_000), None);
    assert_eq!(of_version(1, &[5_005, 4_995], 5), second);
    // An arm that is closed needs none.
    assert_eq!(of_version(1, &[5_005, 4_995, 0], 10_000), None);
}

#[test]
fn a_bandits_floor_holds_a_place_of_the_hash() {
    let with = |version: u8, floor_bps: u16, coverage_bps: u16| {
        refused(design(
            &[5_000; 2],
            &["primary"],
            &json!({
                "allocation": { "hash_version": version, "coverage_bps": coverage_bps },
                "bandit": { "algorithm": "thompson", "floor_bps": floor_bps },
            }),
        ))
    };
    let field = Some("bandit.floor_bps".to_owned());
    assert_eq!(with(1, 9, 10_000), field);
    assert_eq!(with(1, 10, 10_000), None);
    assert_eq!(with(1, 10, 5_000), field);
    assert_eq!(with(1, 20, 5_000), None);
    assert_eq!(with(2, 1, 1), None);
}

/// Wherever a bandit moves its weights, each arm has a place.
#[test]
fn every_arm_of_a_bandit_keeps_a_place() {
    for first in (10..=9_990).step_by(1) {
        let body = design(
            &[first, 10_000 - first],
            &["primary"],
            &json!({ "allocation": { "hash_version": 1 } }),
        );
        let allocation: Allocation =
            serde_json::from_value(body["allocation"].clone()).expect("an allocation");
        assert!(allocation.buckets().iter().all(|it| *it > 0), "{first}");
    }
}
