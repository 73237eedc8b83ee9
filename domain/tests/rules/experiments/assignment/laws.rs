//! Laws of assignment over random allocations.

use super::visitors::visitor;
use proptest::prelude::*;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};
use tessera_domain::experiments::assignment::{
    Allocation, Assignment, Attributes, Definition, HashAttribute, HashVersion, Holdout, Payload,
    Position, Source, StickyDocument, StickyDocuments, arm_ranges, hash,
};

fn allocation(weights: &[u16], rest: serde_json::Value) -> Allocation {
    let mut json = rest;
    json["arms"] = weights
        .iter()
        .enumerate()
        .map(|(at, weight)| json!({"key": at.to_string(), "value": at, "weight_bps": weight}))
        .collect();
    serde_json::from_value(json).expect("an allocation")
}

fn of(allocation: &Allocation) -> Payload {
    let key = "experiment";
    let decided = None;
    Payload::of(
        [Definition {
            key,
            allocation,
            decided,
        }],
        None,
    )
}

fn arm(payload: &Payload, number: usize) -> Option<usize> {
    let visitor = visitor(number);
    let evaluation = payload.evaluate("experiment", &visitor, None);
    evaluation.expect("a feature").assignment().map(|it| it.arm)
}

/// Weights of two to ten arms, some of them closed, that add up.
fn weights() -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(prop_oneof![Just(0), 1..=1_000_u16], 1..=9).prop_map(|mut weights| {
        weights.push(10_000 - weights.iter().sum::<u16>());
        weights
    })
}

fn version() -> impl Strategy<Value = HashVersion> {
    prop_oneof![Just(HashVersion::One), Just(HashVersion::Two)]
}

/// All buckets of both hashes, which some identifier falls into.
static PLACES: LazyLock<[BTreeSet<Position>; 2]> = LazyLock::new(|| {
    [HashVersion::One, HashVersion::Two].map(|version| {
        let places = (0..150_000).map(|it| hash("", &it.to_string(), version));
        places.collect()
    })
});

proptest! {
    #[test]
    fn a_coverage_that_grows_moves_nobody_who_had_an_arm(
        weights in weights(),
        coverages in (1..=10_000_u16, 1..=10_000_u16),
        version in version(),
        first in 0..1_000_000_usize,
    ) {
        let (small, large) = (coverages.0.min(coverages.1), coverages.0.max(coverages.1));
        let with = |coverage: u16| {
            let rest = json!({"hash_attribute": "user_id", "coverage_bps": coverage, "hash_version": version});
            allocation(&weights, rest)
        };
        let (before, after) = (with(small), with(large));
        prop_assert_eq!(after.unless_grown(&before).is_ok(), small < large);
        prop_assert!(before.unless_grown(&after).is_err());
        let (before, after) = (of(&before), of(&after));
        for number in first..first + 200 {
            let had = arm(&before, number);
            prop_assert!(had.is_none() || had == arm(&after, number));
        }
    }

    #[test]
    fn whole_coverage_gives_everybody_an_arm_that_is_open(
        weights in weights(),
        version in version(),
        first in 0..1_000_000_usize,
    ) {
        let rest = json!({"hash_attribute": "user_id", "hash_version": version});
        let payload = of(&allocation(&weights, rest));
        for number in first..first + 200 {
            let arm = arm(&payload, number).expect("an arm");
            prop_assert!(weights[arm] > 0);
        }
    }

    #[test]
    fn experiments_of_a_namespace_never_share_a_visitor(
        ends in prop::array::uniform4(0..=10_000_u16),
        first in 0..1_000_000_usize,
    ) {
        let part = |from: u16, to: u16| {
            let namespace = json!({"key": "page", "from_bps": from, "to_bps": to});
            allocation(&[5_000, 5_000], json!({"hash_attribute": "user_id", "namespace": namespace}))
        };
        let (one, other) = (part(ends[0], ends[1]), part(ends[2], ends[3]));
        prop_assume!(one.validate().is_ok() && other.validate().is_ok());
        if one.unless_apart([&other]).is_ok() {
            let (one, other) = (of(&one), of(&other));
            for number in first..first + 200 {
                prop_assert!(arm(&one, number).is_none() || arm(&other, number).is_none());
            }
        } else {
            prop_assert!(other.unless_apart([&one]).is_err());
        }
    }

    #[test]
    fn an_arm_has_as_many_buckets_as_its_range_holds(
        weights in weights(),
        coverage in 1..=10_000_u16,
        version in version(),
    ) {
        for range in arm_ranges(weights, coverage) {
            let places = PLACES[usize::from(version == HashVersion::Two)].iter();
            let found = places.filter(|it| range.holds(**it)).count();
            prop_assert_eq!(found, range.buckets(version) as usize);
        }
    }
}

#[test]
fn nothing_but_the_coverage_changes_while_an_experiment_runs() {
    let most = json!({"hash_attribute": "wallet", "coverage_bps": 9_000});
    let before = allocation(&[5_000, 5_000], most);
    for after in [
        allocation(&[4_000, 6_000], json!({"hash_attribute": "wallet"})),
        allocation(&[5_000, 5_000], json!({"hash_attribute": "email"})),
    ] {
        let refusal = after.unless_grown(&before).expect_err("refused");
        assert_eq!(refusal.code, "allocation_runs");
    }
    let half = json!({"hash_attribute": "wallet", "coverage_bps": 5_000});
    let refusal = allocation(&[5_000, 5_000], half).unless_grown(&before);
    assert_eq!(refusal.expect_err("refused").field, "coverage_bps");
}

#[test]
fn a_namespace_has_one_identifier() {
    let part = |attribute: &str, key: &str, from: u16| {
        let namespace = json!({"key": key, "from_bps": from, "to_bps": from + 5_000});
        allocation(
            &[5_000, 5_000],
            json!({"hash_attribute": attribute, "namespace": namespace}),
        )
    };
    let running = part("wallet", "page", 0);
    let refused = |other: Allocation| other.unless_apart([&running]).err().map(|it| it.field);
    let field = |it: &str| Some(it.to_owned());
    assert_eq!(
        refused(part("email", "page", 5_000)),
        field("hash_attribute")
    );
    assert_eq!(refused(part("wallet", "page", 4_999)), field("namespace"));
    assert_eq!(refused(part("wallet", "page", 5_000)), None);
    assert_eq!(refused(part("email", "price", 0)), None);
    let alone = allocation(&[5_000, 5_000], json!({"hash_attribute": "wallet"}));
    assert_eq!(alone.unless_apart([&running]), Ok(()));
}

#[test]
fn a_namespace_that_is_called_like_an_experiment_leaves_its_arms_alone() {
    let namespace = json!({"key": "experiment", "from_bps": 0, "to_bps": 5_000});
    let rest = json!({"hash_attribute": "user_id", "namespace": namespace});
    let payload = of(&allocation(&[5_000, 5_000], rest));
    let mut arms = [0; 2];
    for number in 0..10_000 {
        if let Some(arm) = arm(&payload, number) {
            arms[arm] += 1;
        }
    }
    assert!(
        arms.iter().all(|it| (2_300..2_700).contains(it)),
        "{arms:?}"
    );
}

#[test]
fn visitors_who_sign_in_keep_the_arm_that_they_had() {
    let rest = json!({"hash_attribute": "wallet", "fallback_attribute": "anonymous_id"});
    let payload = of(&allocation(&[5_000, 5_000], rest));
    let mut moved = 0;
    for number in (0..1_000).filter(|it| it % 3 != 0) {
        let signed_in = visitor(number);
        let mut before = signed_in.clone();
        before.wallet = None;
        let mut documents = Kept::new();
        let (first, changed) = see(&payload, &before, &mut documents);
        assert!(changed, "the first arm is stored");
        let (then, changed) = see(&payload, &signed_in, &mut documents);
        assert!(changed, "it is stored for the wallet too");
        assert_eq!(first, then);
        // Elsewhere, the wallet alone brings the arm.
        let mut elsewhere = signed_in.clone();
        elsewhere.anonymous_id = Some("another".to_owned());
        assert_eq!(see(&payload, &elsewhere, &mut documents), (first, false));
        let forgotten = see(&payload, &signed_in, &mut Kept::new());
        moved += usize::from(forgotten.0 != first);
    }
    assert!(moved > 250, "{moved} would have changed arms");
}

/// Documents by attribute and identifier.
type Kept = BTreeMap<(&'static str, String), StickyDocument>;

/// The arm of a visitor, and whether it was new to what is kept.
fn see(payload: &Payload, visitor: &Attributes, kept: &mut Kept) -> (usize, bool) {
    let documents: StickyDocuments = kept.values().cloned().collect();
    let evaluation = payload.evaluate("experiment", visitor, Some(&documents));
    let seen: Assignment<'_> = evaluation.expect("a feature").assignment().expect("an arm");
    let (attribute, identifier) = (seen.hash_attribute.name(), seen.hash_value.to_owned());
    let document = kept.entry((attribute, identifier.clone()));
    let document = document.or_insert_with(|| StickyDocument {
        attribute_name: attribute.to_owned(),
        attribute_value: identifier,
        assignments: BTreeMap::new(),
    });
    let before = document.clone();
    let version = seen.bucket_version.expect("a version");
    document.put(seen.experiment, version, seen.arm_key);
    (seen.arm, *document != before)
}

#[test]
fn those_who_are_held_out_see_the_control_even_of_what_is_decided() {
    let holdout = Holdout {
        key: "2026".to_owned(),
        hash_attribute: HashAttribute::UserId,
        fallback_attribute: None,
        held_out_bps: 1_000,
    };
    let allocation = allocation(&[5_000, 5_000], json!({"hash_attribute": "user_id"}));
    let payload = |decided| {
        let key = "experiment";
        let allocation = &allocation;
        Payload::of(
            [Definition {
                key,
                allocation,
                decided,
            }],
            Some(&holdout),
        )
    };
    let (running, decided) = (payload(None), payload(Some(&allocation.arms[1])));
    let mut held_out = 0;
    for number in 0..10_000 {
        let visitor = visitor(number);
        let sees = |payload: &Payload, feature: &str| {
            let evaluation = payload
                .evaluate(feature, &visitor, None)
                .expect("a feature");
            (
                evaluation.value.clone(),
                evaluation.source == Source::Default,
            )
        };
        let held = sees(&running, &holdout.feature()) == ("held_out".into(), false);
        held_out += usize::from(held);
        assert_eq!(sees(&running, "experiment").1, held);
        assert_eq!(
            sees(&decided, "experiment"),
            (usize::from(!held).into(), held)
        );
    }
    assert!((900..1_100).contains(&held_out), "{held_out}");
    let nobody = Attributes::default();
    let evaluation = running.evaluate(&holdout.feature(), &nobody, None);
    assert_eq!(evaluation.expect("a feature").value, "general");
    assert_eq!(running.evaluate("another", &nobody, None), None);
}

#[test]
fn identifiers_fall_into_every_bucket() {
    assert_eq!(PLACES.each_ref().map(BTreeSet::len), [1_000, 10_000]);
}
