//! Audiences: lists of people by which an advertising platform finds those of them that it knows.
//!
//! Law: an address is never in one. What stands there is the SHA-256 of its normal form, which platforms compare
//! with that of the addresses they know; it is in order of itself, so that a place in the list says nothing.
//! Who knows an address finds out whether it is in a list, so a list is personal data, and is not small.
//!
//! Both platforms ask for addresses without outer white space and in lower case, as
//! [`Identifier`] keeps them, and for the digest in lower-case hexadecimal. Google Ads, "Formatting guidelines
//! for uploading hashed data" (support.google.com/google-ads/answer/7476159), reads the column `Email`; Meta,
//! "Customer File Custom Audiences", "Hashing and Normalizing Data"
//! (developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences), the column `email`.

use crate::{
    capture::AD_CONSENT,
    event::Properties,
    people::{Identifier, IdentifierKind},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Fewest people of an audience: fewer, and it says of a person what they do.
pub const MIN_PEOPLE: usize = 100;
/// Most people of an audience, as a platform takes them in one file.
pub const MAX_PEOPLE: usize = 100_000;

/// Whose columns a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AudienceFormat {
    /// Google Ads, Customer Match.
    GoogleCustomerMatch,
    /// Meta, custom audiences of a customer file.
    MetaCustomAudience,
}

impl AudienceFormat {
    /// Every format.
    pub const ALL: [Self; 2] = [Self::GoogleCustomerMatch, Self::MetaCustomAudience];

    /// Its name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GoogleCustomerMatch => "google_customer_match",
            Self::MetaCustomAudience => "meta_custom_audience",
        }
    }

    /// The name of the column.
    fn column(self) -> &'static str {
        match self {
            Self::GoogleCustomerMatch => "Email",
            Self::MetaCustomAudience => "email",
        }
    }

    /// The list as a CSV file.
    pub fn csv(self, people: &BTreeSet<HashedAddress>) -> String {
        let column = self.column();
        let lines = people.iter().map(|it| it.hex());
        let mut file = String::with_capacity(column.len() + 1 + people.len() * 65);
        for line in std::iter::once(column.to_owned()).chain(lines) {
            file.push_str(&line);
            file.push('\n');
        }
        file
    }
}

/// What a list has in place of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HashedAddress([u8; 32]);

impl HashedAddress {
    /// That of an e-mail address; none of any other identifier.
    pub fn of(address: &Identifier) -> Option<Self> {
        let is_mail = address.kind() == IdentifierKind::Email;
        is_mail.then(|| Self(Sha256::digest(address.value()).into()))
    }

    fn hex(self) -> String {
        let [high, low] = [0, 16].map(|from| {
            let half = self.0[from..from + 16].try_into().unwrap_or_default();
            u128::from_be_bytes(half)
        });
        format!("{high:032x}{low:032x}")
    }
}

/// Whether a person of these traits has agreed to be in a list.
pub fn has_agreed(traits: &Properties) -> bool {
    traits.get(AD_CONSENT) == Some(&Value::Bool(true))
}
