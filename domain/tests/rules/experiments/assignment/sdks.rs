//! Payloads against what the SDKs say of them.

use super::{
    payloads::{Experiments, holdout, payload, plain, remembered},
    visitors::{self, VISITORS, visitor},
};
use serde::Deserialize;
use std::collections::BTreeMap;
use tessera_domain::experiments::assignment::{
    Evaluation, HashVersion, Payload, Source, StickyDocuments, hash,
};

#[derive(Deserialize)]
struct Fixture {
    plain: BTreeMap<String, Answers>,
    remembered: BTreeMap<String, Answers>,
    format: BTreeMap<String, Answers>,
}

/// What JavaScript says, a character a visitor, and where Python says something else.
#[derive(Deserialize)]
struct Answers {
    javascript: String,
    python: Vec<(usize, char)>,
    /// Sum of the buckets of visitors who take part, in ten-thousandths.
    buckets: u64,
    /// How many take part by each attribute.
    attributes: BTreeMap<String, usize>,
}

fn fixture() -> Fixture {
    let text = include_str!("../../../../../tests/oracles/fixtures/assignment.json");
    serde_json::from_str(text).expect("a fixture")
}

/// An evaluation as a character: no part, a forced value, an arm by its bucket, an arm that was remembered.
fn character(evaluation: &Evaluation<'_>) -> char {
    match evaluation.source {
        Source::Default => '-',
        Source::Force => '!',
        Source::Experiment(it) => {
            let arms = if it.sticky_bucket_used { b'A' } else { b'a' };
            char::from(arms + u8::try_from(it.arm).expect("few arms"))
        }
    }
}

/// Our answers about a feature, which must be those of JavaScript. Returns how often Python differs.
fn compare(
    what: &str,
    payload: &Payload,
    theirs: &Answers,
    documents: impl Fn(usize) -> Option<StickyDocuments>,
) -> usize {
    let mut ours = String::new();
    let mut buckets = 0.0;
    let mut attributes = BTreeMap::<String, usize>::new();
    for number in 0..VISITORS {
        let visitor = visitor(number);
        let documents = documents(number);
        let evaluation = payload.evaluate(what, &visitor, documents.as_ref());
        let evaluation = evaluation.expect("a feature");
        ours.push(character(&evaluation));
        if let Some(assignment) = evaluation.assignment() {
            buckets += (assignment.bucket.fraction() * 10_000.0).round();
            let name = assignment.hash_attribute.name().to_owned();
            *attributes.entry(name).or_default() += 1;
        }
    }
    let differs = ours
        .chars()
        .zip(theirs.javascript.chars())
        .position(|(a, b)| a != b);
    assert_eq!(differs, None, "{what}: the first visitor who differs");
    assert_eq!(ours.len(), theirs.javascript.len(), "{what}");
    assert_eq!(buckets.to_string(), theirs.buckets.to_string(), "{what}");
    assert_eq!(attributes, theirs.attributes, "{what}");
    println!(
        "{what}: {VISITORS} visitors, Python differs for {}",
        theirs.python.len()
    );
    theirs.python.len()
}

fn check_values(experiments: &Experiments, payload: &Payload) {
    for (key, (allocation, decided)) in experiments {
        for number in 0..100 {
            let visitor = visitor(number);
            let evaluation = payload.evaluate(key, &visitor, None).expect("a feature");
            let arm = match evaluation.source {
                Source::Experiment(it) => {
                    assert_eq!(it.arm_key, allocation.arms[it.arm].key);
                    it.arm
                }
                Source::Force => decided.expect("a decision"),
                Source::Default => 0,
            };
            assert_eq!(*evaluation.value, allocation.arms[arm].value);
        }
    }
}

#[test]
fn both_sdks_see_the_same_arm_from_the_hash_alone() {
    let experiments = plain();
    let payload = payload(&experiments, None);
    check_values(&experiments, &payload);
    let fixture = fixture();
    assert_eq!(fixture.plain.len(), experiments.len());
    for (what, theirs) in &fixture.plain {
        assert_eq!(compare(what, &payload, theirs, |_| None), 0, "{what}");
    }
}

#[test]
fn remembered_arms_and_those_held_out_are_those_of_javascript() {
    let (experiments, holdout) = (remembered(), holdout());
    let payload = payload(&experiments, Some(&holdout));
    let keys: Vec<_> = experiments.keys().map(ToString::to_string).collect();
    let fixture = fixture();
    assert_eq!(fixture.remembered.len(), experiments.len() + 1);
    for (what, theirs) in &fixture.remembered {
        let documents = |number| Some(visitors::remembered(number, &keys, &holdout.feature()));
        let differ = compare(what, &payload, theirs, documents);
        let arms: Vec<_> = theirs.javascript.chars().collect();
        let python: Vec<_> = match what.as_str() {
            // Drops visitors with a remembered arm who are not in the segment.
            "members" => {
                let left = |it: &usize| arms[*it].is_ascii_uppercase() && !is_member(*it);
                (0..VISITORS).filter(left).map(|it| (it, '-')).collect()
            }
            // Has no fallback, but the holdout has: what the browser remembers counts for the wallet, if
            // that remembers anything.
            "low" => {
                let both = |it: &usize| arms[*it].is_ascii_lowercase() && it % 8 == 6;
                (0..VISITORS).filter(both).map(|it| (it, 'B')).collect()
            }
            _ => Vec::new(),
        };
        assert_eq!(theirs.python, python, "{what}");
        assert_eq!(differ > 500, matches!(what.as_str(), "members" | "low"));
    }
}

/// Whether a visitor meets the condition of the experiment `members`.
fn is_member(number: usize) -> bool {
    let segments = visitor(number).segments;
    let of = |name: &str| segments.iter().any(|it| it == name);
    of("traders") && !of("whales")
}

/// Rules that no payload of ours has, for where the SDKs would differ from each other or from whole buckets.
#[test]
fn what_we_leave_out_of_the_format_is_where_others_would_differ() {
    let fixture = fixture();
    let bucket = |number, seed: &str, version| {
        let identifier = visitor(number).anonymous_id.expect("a browser");
        (hash(seed, &identifier, version).fraction() * 10_000.0).round()
    };
    for (what, version, coverage) in [
        ("rollout-v1", HashVersion::One, 3_000.0),
        ("rollout", HashVersion::Two, 2_997.0),
    ] {
        let theirs = &fixture.format[what];
        for (number, answer) in theirs.javascript.chars().enumerate() {
            assert_eq!(answer == '!', bucket(number, what, version) <= coverage);
        }
        let at = (0..VISITORS).filter(|it| bucket(*it, what, version) == coverage);
        let at: Vec<_> = at.map(|number| (number, '-')).collect();
        println!("{what}: {} visitors are at the coverage", at.len());
        assert!(!at.is_empty());
        assert_eq!(theirs.python, at);
    }

    // From weights 0.1, 0.2 and 0.7 the second arm ends above 0.3, from ranges at it.
    let theirs = &fixture.format["weights-b"];
    assert_eq!(theirs.python, []);
    let mut moved = 0;
    for (number, answer) in theirs.javascript.chars().enumerate() {
        let place = bucket(number, "weights-b", HashVersion::Two);
        let whole = match place {
            0.0..1_000.0 => 'a',
            1_000.0..3_000.0 => 'b',
            _ => 'c',
        };
        if answer != whole {
            assert_eq!((place, answer, whole), (3_000.0, 'b', 'c'));
            moved += 1;
        }
    }
    println!("weights-b: {moved} visitors in bucket 3,000");
    assert!(moved > 0);
}
