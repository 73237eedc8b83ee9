//! Identifiers, merges and keys: against `cryptography`, `PyNaCl` and `base58` of Python, and for
//! arbitrary merges.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

use proptest::prelude::*;
use serde::Deserialize;
use std::collections::BTreeSet;
use tessera_domain::{
    access::secret::{DataKey, MasterKey, open, seal, unwrap, wrap},
    base58,
    people::{
        ForestError, Identifier, IdentifierError, IdentifierKind, Merge, MergeForest, digest,
    },
};
use uuid::Uuid;

#[derive(Deserialize)]
struct Fixture {
    keys: Keys,
    base58: Vec<Base58>,
}

#[derive(Deserialize)]
struct Keys {
    master: String,
    org: String,
    quote_seed: String,
    digests: Vec<Digest>,
    nonce: String,
    data_key: String,
    wrapped: String,
    seals: Vec<Seal>,
}

#[derive(Deserialize)]
struct Digest {
    organisation: i32,
    kind: IdentifierKind,
    value: String,
    digest: String,
}

#[derive(Deserialize)]
struct Seal {
    plaintext: String,
    associated_data: String,
    sealed: String,
}

#[derive(Deserialize)]
struct Base58 {
    bytes: String,
    text: String,
}

fn fixture() -> Fixture {
    let text = include_str!("../../../tests/oracles/fixtures/identity.json");
    serde_json::from_str(text).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    assert_eq!(hex.len() % 2, 0);
    let at = |index| u8::from_str_radix(&hex[index..index + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(at).collect()
}

fn array<const N: usize>(hex: &str) -> [u8; N] {
    bytes(hex).try_into().unwrap()
}

fn id(text: &str) -> Result<Identifier, IdentifierError> {
    let user = Identifier::parse(IdentifierKind::User, text);
    let anonymous = Identifier::parse(IdentifierKind::Anonymous, text);
    assert_eq!(user.as_ref().err(), anonymous.as_ref().err());
    user
}

#[test]
fn what_programs_send_for_nobody_is_refused() {
    for text in [
        "null",
        "NULL",
        "undefined",
        "Undefined",
        "None",
        "nil",
        "anonymous",
        "ANONYMOUS",
        "guest",
        "user",
        "unknown",
        "NaN",
        "true",
        "False",
        "0",
        "-1",
        "empty",
        "[object Object]",
        "00000000-0000-0000-0000-000000000000",
        "\"null\"",
        "'undefined'",
        "``",
        "\"\"",
        "distinct_id",
        "not_authenticated",
    ] {
        assert_eq!(id(text), Err(IdentifierError::Reserved), "{text}");
    }
}

#[test]
fn ids_of_another_form_are_refused() {
    for (text, error) in [
        ("", IdentifierError::Empty),
        ("\0", IdentifierError::Control),
        ("a\nb", IdentifierError::Control),
        (" a", IdentifierError::OuterSpace),
        ("a\u{a0}", IdentifierError::OuterSpace),
        ("ada@example.com", IdentifierError::Personal),
    ] {
        assert_eq!(id(text), Err(error), "{text:?}");
    }
    assert_eq!(id(&"é".repeat(129)), Err(IdentifierError::TooLong));
    assert!(id(&"é".repeat(128)).is_ok());
}

#[test]
fn ids_keep_their_case_and_addresses_do_not() {
    assert_eq!(id("Ab").unwrap().value(), "Ab");
    let email = Identifier::parse(IdentifierKind::Email, " Ada@Example.COM ").unwrap();
    assert_eq!(email.value(), "ada@example.com");
}

#[test]
fn a_wallet_has_one_spelling() {
    let wallet = |text: &str| Identifier::parse(IdentifierKind::Wallet, text);
    let text = base58::encode(&[7; 32]);
    assert_eq!(wallet(&text), Identifier::wallet([7; 32]));
    for wrong in [format!(" {text}"), format!("{text}\n"), format!("1{text}")] {
        assert!(matches!(wallet(&wrong), Err(IdentifierError::Wallet(_))));
    }
    assert_eq!(wallet(&"1".repeat(32)), Err(IdentifierError::Reserved));
}

#[test]
fn an_identifier_is_not_printed() {
    let email = Identifier::parse(IdentifierKind::Email, "ada@example.com").unwrap();
    assert_eq!(format!("{email:?}"), "Identifier(email..)");
}

#[test]
fn digests_are_those_of_another_implementation() {
    let keys = fixture().keys;
    let master = MasterKey::parse_hex(&keys.master).unwrap();
    for expected in &keys.digests {
        let identifier = Identifier::parse(expected.kind, &expected.value).unwrap();
        assert_eq!(identifier.value(), expected.value);
        let found = digest(&master.digest_key(expected.organisation), &identifier);
        assert_eq!(found, array(&expected.digest));
    }
    let distinct: BTreeSet<_> = keys.digests.iter().map(|it| &it.digest).collect();
    assert_eq!(distinct.len(), 10);
    assert_eq!(
        master.quote_seed(&array(&keys.org)),
        array(&keys.quote_seed)
    );
}

#[test]
fn seals_are_those_of_another_implementation() {
    let keys = fixture().keys;
    let wrap_key = MasterKey::parse_hex(&keys.master).unwrap().wrap_key();
    let data_key = DataKey::new(array(&keys.data_key));
    let nonce = array(&keys.nonce);
    for expected in &keys.seals {
        let (aad, plaintext) = (bytes(&expected.associated_data), bytes(&expected.plaintext));
        let sealed = seal(&data_key, nonce, &aad, &plaintext).unwrap();
        assert_eq!(sealed, bytes(&expected.sealed));
        assert_eq!(open(&data_key, &aad, &sealed).unwrap(), plaintext);
    }
    let wrapped = wrap(&wrap_key, nonce, b"person 1", &data_key).unwrap();
    assert_eq!(wrapped, bytes(&keys.wrapped));
    assert_eq!(unwrap(&wrap_key, b"person 1", &wrapped).unwrap(), data_key);
}

#[test]
fn addresses_are_those_of_another_implementation() {
    for expected in fixture().base58 {
        let key: [u8; 32] = array(&expected.bytes);
        assert_eq!(base58::encode(&key), expected.text);
        assert_eq!(base58::decode(&expected.text), Ok(key));
    }
}

fn person(number: u8) -> Uuid {
    Uuid::from_u128(u128::from(number))
}

fn merge(id: usize, loser: u8, winner: u8) -> Merge {
    Merge {
        id: Uuid::from_u128(1_000 + u128::try_from(id).unwrap()),
        loser: person(loser),
        winner: person(winner),
    }
}

#[test]
fn loops_and_second_merges_are_refused_and_change_nothing() {
    let chain = [merge(0, 1, 2), merge(1, 2, 3)];
    let forest = MergeForest::new(chain).unwrap();
    for (refused, error) in [
        (merge(9, 3, 1), ForestError::Loop(merge(9, 3, 1).id)),
        (merge(9, 3, 2), ForestError::Loop(merge(9, 3, 2).id)),
        (merge(9, 4, 4), ForestError::Loop(merge(9, 4, 4).id)),
        (
            merge(9, 1, 4),
            ForestError::AlreadyMerged(merge(9, 1, 4).id),
        ),
        (
            merge(9, 1, 1),
            ForestError::AlreadyMerged(merge(9, 1, 1).id),
        ),
        (merge(1, 4, 5), ForestError::DuplicateId(merge(1, 4, 5).id)),
    ] {
        let mut attempted = forest.clone();
        assert_eq!(attempted.merge(refused), Err(error));
        assert_eq!(attempted, forest);
        let all = chain.into_iter().chain([refused]);
        assert_eq!(MergeForest::new(all), Err(error));
    }
    let unknown = merge(9, 0, 0).id;
    let taken_back = forest.clone().unmerge(unknown);
    assert_eq!(taken_back, Err(ForestError::Unknown(unknown)));
}

#[test]
fn taking_back_one_merge_of_a_chain_keeps_the_others() {
    let mut forest = MergeForest::new([merge(0, 1, 2), merge(1, 2, 3), merge(2, 4, 3)]).unwrap();
    assert_eq!(forest.canonical(person(1)), person(3));
    assert_eq!(forest.members(person(3)), [1, 2, 3, 4].map(person).into());
    assert_eq!(forest.unmerge(merge(1, 0, 0).id), Ok(merge(1, 2, 3)));
    assert_eq!(forest.canonical(person(1)), person(2));
    assert_eq!(forest.members(person(2)), [1, 2].map(person).into());
    assert_eq!(forest.members(person(3)), [3, 4].map(person).into());
}

/// Merges among 12 persons, as they may be asked for: loops and second merges too.
fn wishes() -> impl Strategy<Value = Vec<(u8, u8)>> {
    prop::collection::vec((0u8..12, 0u8..12), 0..30)
}

/// Those of the wishes that are granted, in order.
fn granted(wishes: &[(u8, u8)]) -> (MergeForest, Vec<Merge>) {
    let mut forest = MergeForest::default();
    let mut granted = Vec::new();
    for (id, (loser, winner)) in wishes.iter().enumerate() {
        let merge = merge(id, *loser, *winner);
        if forest.merge(merge).is_ok() {
            granted.push(merge);
        }
    }
    (forest, granted)
}

proptest! {
    #[test]
    fn merging_and_taking_back_leaves_everything_as_it_was(
        wishes in wishes(), loser in 0u8..12, winner in 0u8..12,
    ) {
        let (forest, _) = granted(&wishes);
        let mut changed = forest.clone();
        let merge = merge(100, loser, winner);
        if changed.merge(merge).is_ok() {
            prop_assert_ne!(&changed, &forest);
            prop_assert_eq!(changed.canonical(merge.loser), changed.canonical(merge.winner));
            prop_assert_eq!(changed.unmerge(merge.id), Ok(merge));
        }
        prop_assert_eq!(changed, forest);
    }

    #[test]
    fn each_person_counts_for_one_that_counts_for_itself(wishes in wishes()) {
        let (forest, _) = granted(&wishes);
        let mut counted = BTreeSet::new();
        for number in 0..12 {
            let canonical = forest.canonical(person(number));
            prop_assert_eq!(forest.canonical(canonical), canonical);
            prop_assert!(forest.members(canonical).contains(&person(number)));
            if canonical == person(number) {
                for member in forest.members(canonical) {
                    prop_assert!(counted.insert(member));
                }
            }
        }
        prop_assert_eq!(counted.len(), 12);
    }

    #[test]
    fn the_order_of_merges_makes_no_difference(
        (merges, shuffled) in wishes()
            .prop_map(|wishes| granted(&wishes).1)
            .prop_flat_map(|merges| (Just(merges.clone()), Just(merges).prop_shuffle())),
    ) {
        prop_assert_eq!(MergeForest::new(merges), MergeForest::new(shuffled));
    }

    #[test]
    fn a_forest_joins_just_whom_its_merges_join(wishes in wishes()) {
        let (forest, granted) = granted(&wishes);
        // Labels that spread along the merges until nothing changes: an independent reckoning.
        let mut labels: Vec<u8> = (0..12).collect();
        let index = |person: Uuid| usize::try_from(person.as_u128()).unwrap();
        for _ in 0..12 {
            for merge in &granted {
                let (a, b) = (index(merge.loser), index(merge.winner));
                let least = labels[a].min(labels[b]);
                (labels[a], labels[b]) = (least, least);
            }
        }
        for a in 0..12u8 {
            for b in 0..12u8 {
                let joined = labels[usize::from(a)] == labels[usize::from(b)];
                let same = forest.canonical(person(a)) == forest.canonical(person(b));
                prop_assert_eq!(same, joined);
            }
        }
    }

    #[test]
    fn every_key_has_a_text_and_other_texts_have_no_key(key: [u8; 32], text in ".{0,50}") {
        prop_assert_eq!(base58::decode(&base58::encode(&key)), Ok(key));
        if let Ok(key) = base58::decode(&text) {
            prop_assert_eq!(base58::encode(&key), text);
        }
    }

    #[test]
    fn reading_an_identifier_twice_changes_nothing(text in "\\PC{0,20}|[A-Z.]{1,9}@[A-Z]{1,9}\\.[A-Z]{2,3}") {
        for kind in [IdentifierKind::Anonymous, IdentifierKind::User, IdentifierKind::Email] {
            if let Ok(once) = Identifier::parse(kind, &text) {
                prop_assert_eq!(Identifier::parse(kind, once.value()), Ok(once));
            }
        }
    }
}
