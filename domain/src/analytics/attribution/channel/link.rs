//! What the address of a page says of how it was reached.

use super::text;
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
    /// compared without regard to case.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let has_name = |(found, value): &&(Cow<'_, str>, Cow<'_, str>)| {
            found.eq_ignore_ascii_case(name) && !value.is_empty()
        };
        text(self.properties, name).or_else(|| {
            let found = self.query.iter().find(has_name);
            found.map(|(_, value)| value.as_ref())
        })
    }
}

fn query(address: &str) -> Option<&str> {
    let (address, _) = address.split_once('#').unwrap_or((address, ""));
    address.split_once('?').map(|(_, query)| query)
}
