//! Audiences: what stands in a list, and who may.

use proptest::prelude::*;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    io::Write,
    process::{Command, Stdio},
};
use tessera_domain::{
    automation::audience::{AudienceFormat, HashedAddress, has_agreed},
    event::Properties,
    people::{Identifier, IdentifierKind},
};

fn hashed(address: &str) -> HashedAddress {
    let address = Identifier::parse(IdentifierKind::Email, address).expect("an address");
    HashedAddress::of(&address).expect("it is one")
}

#[test]
fn only_true_is_an_agreement() {
    for value in [
        json!(false),
        json!("true"),
        json!(1),
        json!(null),
        json!([true]),
    ] {
        let traits = Properties::from_iter([("ad_consent".to_owned(), value.clone())]);
        assert!(!has_agreed(&traits), "{value}");
    }
    assert!(!has_agreed(&Properties::new()));
    let traits = Properties::from_iter([("ad_consent".to_owned(), Value::Bool(true))]);
    assert!(has_agreed(&traits));
}

#[test]
fn no_other_identifier_stands_in_a_list() {
    let user = Identifier::parse(IdentifierKind::User, "ada").expect("an id");
    assert!(HashedAddress::of(&user).is_none());
}

#[test]
fn a_list_has_the_column_of_its_platform_and_is_in_its_own_order() {
    let people = BTreeSet::from([hashed(" Test@Example.com "), hashed("ada@example.com")]);
    let known = [
        "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b",
        "b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72",
    ];
    let file = AudienceFormat::GoogleCustomerMatch.csv(&people);
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(lines[0], "Email");
    assert_eq!(lines[1..], known);
    let other = AudienceFormat::MetaCustomAudience.csv(&people);
    assert_eq!(other.lines().next(), Some("email"));
    assert_eq!(other.lines().collect::<Vec<_>>()[1..], lines[1..]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    // As sha256sum has it, which is none of ours.
    #[test]
    fn a_line_is_the_digest_of_the_address_in_lower_case(
        addresses in prop::collection::btree_set("[A-Za-z][A-Za-z0-9+._-]{0,8}[a-z0-9]@[A-Za-z]{1,9}\\.com", 1..12)
    ) {
        let addresses: Vec<&String> = addresses.iter().filter(|it| !it.contains("..")).collect();
        let list: BTreeSet<_> = addresses.iter().map(|it| hashed(&format!("\t{it} "))).collect();
        let mut expected = BTreeSet::new();
        for address in addresses {
            let mut child = Command::new("sha256sum")
                .stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("sha256sum");
            let mut input = child.stdin.take().expect("an input");
            input.write_all(address.to_ascii_lowercase().as_bytes()).expect("written");
            drop(input);
            let output = child.wait_with_output().expect("an output").stdout;
            expected.insert(String::from_utf8(output).expect("text")[..64].to_owned());
        }
        let file = AudienceFormat::GoogleCustomerMatch.csv(&list);
        let lines: BTreeSet<String> = file.lines().skip(1).map(str::to_owned).collect();
        prop_assert_eq!(lines, expected);
    }
}
