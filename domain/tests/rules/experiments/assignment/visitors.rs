//! Visitors by number, as tests/oracles/assignment.js makes them.

use tessera_domain::experiments::assignment::{Attributes, StickyDocument, StickyDocuments};

pub(super) const VISITORS: usize = 20_000;

/// A visitor with some identifiers and segments.
pub(super) fn visitor(number: usize) -> Attributes {
    let email = if number.is_multiple_of(10) {
        format!("😀{number}@example.com")
    } else {
        format!("персона{number}@пример.example")
    };
    let mut segments = Vec::new();
    if !number.is_multiple_of(7) {
        for (segment, every) in [("traders", 2), ("whales", 5)] {
            if number.is_multiple_of(every) {
                segments.push(segment.to_owned());
            }
        }
    }
    Attributes {
        anonymous_id: Some(format!("visitor-{number}")),
        user_id: Some((number * 7_919).to_string()),
        wallet: (!number.is_multiple_of(3)).then(|| format!("Wallet{number}")),
        email: Some(email),
        segments,
    }
}

/// What is remembered of a visitor in these experiments, and in a holdout.
pub(super) fn remembered(number: usize, experiments: &[String], holdout: &str) -> StickyDocuments {
    let visitor = visitor(number);
    let document = |attribute: &str, identifier: &Option<String>, version: u32, arm: &str| {
        let place = |it: &String| (format!("{it}__{version}"), arm.to_owned());
        Some(StickyDocument {
            attribute_name: attribute.to_owned(),
            attribute_value: identifier.clone()?,
            assignments: experiments.iter().map(place).collect(),
        })
    };
    let browser = |version, arm| document("anonymous_id", &visitor.anonymous_id, version, arm);
    let wallet = |version, arm| document("wallet", &visitor.wallet, version, arm);
    let held_out = || {
        let mut document = browser(0, "")?;
        document.assignments = [(format!("{holdout}__0"), "held_out".to_owned())].into();
        Some(document)
    };
    let documents = match number % 8 {
        1 => [browser(0, "b"), None],
        2 => [None, wallet(0, "c")],
        3 => [browser(0, "b"), wallet(0, "a")],
        4 => [browser(1, "b"), None],
        5 => [browser(0, "gone"), None],
        6 => [browser(0, "b"), wallet(1, "a")],
        7 => [held_out(), None],
        _ => [None, None],
    };
    documents.into_iter().flatten().collect()
}
