//! The payloads that the SDKs evaluate: `UPDATE_ASSIGNMENT=1` writes them for tests/oracles/assignment.js.

use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path};
use tessera_domain::experiments::assignment::{
    Allocation, Definition, HashAttribute, Holdout, Payload,
};

/// Allocations by key, and the place of the arm that was decided for.
pub(super) type Experiments = BTreeMap<&'static str, (Allocation, Option<usize>)>;

fn experiments<const N: usize>(
    cases: [(&'static str, &[u16], Value, Option<usize>); N],
) -> Experiments {
    let allocation = |weights: &[u16], mut rest: Value| {
        let arm = |(at, weight): (usize, &u16)| {
            let key = char::from(b"abcdefghij"[at]).to_string();
            json!({"key": key, "value": {"text": key, "off": at * 5}, "weight_bps": weight})
        };
        rest["arms"] = weights.iter().enumerate().map(arm).collect();
        let allocation: Allocation = serde_json::from_value(rest).expect("an allocation");
        assert_eq!(allocation.validate(), Ok(()));
        allocation
    };
    let case = |(key, weights, rest, decided)| (key, (allocation(weights, rest), decided));
    cases.map(case).into()
}

/// What is evaluated without any remembered arm.
pub(super) fn plain() -> Experiments {
    let halves: &[u16] = &[5_000, 5_000];
    let uneven: &[u16] = &[1_000, 2_000, 7_000];
    experiments([
        (
            "halves-v1",
            halves,
            json!({"hash_attribute": "anonymous_id", "hash_version": 1}),
            None,
        ),
        (
            "uneven-v1",
            uneven,
            json!({"hash_attribute": "wallet", "hash_version": 1, "coverage_bps": 3_333, "seed": "another"}),
            None,
        ),
        ("uneven", uneven, json!({"hash_attribute": "user_id"}), None),
        (
            "thirds",
            &[3_333, 3_333, 3_334],
            json!({"hash_attribute": "email", "coverage_bps": 3_000}),
            None,
        ),
        (
            "ten",
            &[1_000; 10],
            json!({"hash_attribute": "anonymous_id"}),
            None,
        ),
        (
            "closed",
            &[5_000, 0, 5_000],
            json!({"hash_attribute": "wallet"}),
            None,
        ),
        (
            "low",
            halves,
            json!({"hash_attribute": "anonymous_id", "namespace": {"key": "page", "from_bps": 0, "to_bps": 4_000}}),
            None,
        ),
        (
            "high",
            uneven,
            json!({
                "hash_attribute": "anonymous_id",
                "hash_version": 1,
                "coverage_bps": 9_000,
                "namespace": {"key": "page", "from_bps": 4_000, "to_bps": 10_000},
            }),
            None,
        ),
        (
            "members",
            halves,
            json!({"hash_attribute": "user_id", "segments": {"any_of": ["traders", "others"], "none_of": ["whales"]}}),
            None,
        ),
        (
            "outsiders",
            halves,
            json!({"hash_attribute": "user_id", "segments": {"none_of": ["traders"]}}),
            None,
        ),
        (
            "fallback",
            halves,
            json!({"hash_attribute": "wallet", "fallback_attribute": "anonymous_id"}),
            None,
        ),
        (
            "decided",
            halves,
            json!({"hash_attribute": "wallet"}),
            Some(1),
        ),
    ])
}

/// What is evaluated with remembered arms, behind [`holdout`].
pub(super) fn remembered() -> Experiments {
    let arms: &[u16] = &[2_500, 2_500, 5_000];
    let signed_in = json!({
        "hash_attribute": "wallet",
        "fallback_attribute": "anonymous_id",
        "coverage_bps": 8_000,
    });
    let with = |more: Value| {
        let mut rest = signed_in.clone();
        for (key, value) in more.as_object().expect("an object") {
            rest[key] = value.clone();
        }
        rest
    };
    experiments([
        ("signed-in", arms, signed_in.clone(), None),
        ("renewed", arms, with(json!({"bucket_version": 1})), None),
        (
            "raised",
            arms,
            with(json!({"bucket_version": 1, "min_bucket_version": 1})),
            None,
        ),
        ("closed", &[5_000, 0, 5_000], signed_in.clone(), None),
        (
            "forgetful",
            arms,
            json!({"hash_attribute": "wallet", "sticky": false}),
            None,
        ),
        (
            "members",
            arms,
            with(json!({"segments": {"any_of": ["traders"], "none_of": ["whales"]}})),
            None,
        ),
        (
            "low",
            arms,
            json!({"hash_attribute": "wallet", "namespace": {"key": "page", "from_bps": 0, "to_bps": 4_000}}),
            None,
        ),
        ("decided", arms, signed_in.clone(), Some(2)),
    ])
}

pub(super) fn holdout() -> Holdout {
    let holdout = Holdout {
        key: "2026".to_owned(),
        hash_attribute: HashAttribute::Wallet,
        fallback_attribute: Some(HashAttribute::AnonymousId),
        held_out_bps: 2_000,
    };
    assert_eq!(holdout.validate(), Ok(()));
    holdout
}

pub(super) fn payload(experiments: &Experiments, holdout: Option<&Holdout>) -> Payload {
    let definitions = experiments
        .iter()
        .map(|(key, (allocation, decided))| Definition {
            key,
            allocation,
            decided: decided.map(|it| &allocation.arms[it]),
        });
    Payload::of(definitions, holdout)
}

#[test]
fn the_sdks_have_evaluated_the_payloads_of_now() {
    let payloads = json!({
        "plain": payload(&plain(), None),
        "remembered": payload(&remembered(), Some(&holdout())),
    });
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/oracles/fixtures/assignment_payloads.json");
    if std::env::var_os("UPDATE_ASSIGNMENT").is_some() {
        let text = serde_json::to_string_pretty(&payloads).expect("JSON");
        std::fs::write(&path, text + "\n").expect("a writable fixture");
    }
    let text = std::fs::read_to_string(&path).expect("payloads");
    let evaluated: Value = serde_json::from_str(&text).expect("JSON");
    assert!(
        payloads == evaluated,
        "stale: UPDATE_ASSIGNMENT=1 cargo test -p tessera-domain assignment && scripts/oracles assignment"
    );
}
