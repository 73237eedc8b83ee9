//! What the address of a page says of how it was reached.

use super::{name::says_nothing, text};
use crate::event::Properties;
use std::borrow::Cow;

/// Properties that hold addresses, or the end of one.
const ADDRESSES: [&str; 2] = ["url", "path"];

/// The parameters of the link that was followed.
pub(super) struct Link<'a> {
    properties: &'a Properties,
    query: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Link<'a> {
    pub(super) fn of(properties: &'a Properties) -> Self {
        let query = ADDRESSES
            .into_iter()
            .filter_map(|address| query(text(properties, address)?))
            .flat_map(|query| form_urlencoded::parse(query.as_bytes()))
            .collect();
        Self { properties, query }
    }

    /// The property of this name, or else the parameter in the query of an address, whose names are
    /// compared without regard to case; the first that says anything.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let in_query = self.query.iter().filter_map(|(found, value)| {
            found.eq_ignore_ascii_case(name).then_some(value.as_ref())
        });
        text(self.properties, name)
            .into_iter()
            .chain(in_query)
            .find(|value| !says_nothing(value))
    }

    /// Whether a click id of this name has a value, and not a word for none or the placeholder of a
    /// value.
    pub(super) fn has_click(&self, name: &str) -> bool {
        self.parameter(name).is_some_and(|value| {
            let word = value.trim().trim_matches(['(', ')']).to_ascii_lowercase();
            let is_none = ["false", "nil", "none"].contains(&word.as_str());
            !is_none && !value.contains(['{', '}'])
        })
    }
}

fn query(address: &str) -> Option<&str> {
    let (address, _) = address.split_once('#').unwrap_or((address, ""));
    address.split_once('?').map(|(_, query)| query)
}
