//! What an assignment looks at in a visitor.

use serde::{Deserialize, Serialize};

/// An identifier by which visitors can be assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HashAttribute {
    /// The browser's.
    AnonymousId,
    /// The organisation's own.
    UserId,
    /// The address of a wallet.
    Wallet,
    /// An e-mail address, as the page writes it.
    Email,
}

/// A visitor, as an SDK has them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Attributes {
    /// The browser's identifier.
    pub anonymous_id: Option<String>,
    /// The organisation's identifier.
    pub user_id: Option<String>,
    /// The address of the wallet.
    pub wallet: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// Names of the segments that the visitor is a member of.
    pub segments: Vec<String>,
}

impl HashAttribute {
    /// Its name among an SDK's attributes.
    pub fn name(self) -> &'static str {
        match self {
            Self::AnonymousId => "anonymous_id",
            Self::UserId => "user_id",
            Self::Wallet => "wallet",
            Self::Email => "email",
        }
    }
}

impl Attributes {
    /// An identifier of the visitor; an empty one is none, as in SDKs.
    pub fn identifier(&self, attribute: HashAttribute) -> Option<&str> {
        let identifier = match attribute {
            HashAttribute::AnonymousId => &self.anonymous_id,
            HashAttribute::UserId => &self.user_id,
            HashAttribute::Wallet => &self.wallet,
            HashAttribute::Email => &self.email,
        };
        identifier.as_deref().filter(|it| !it.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_identifier_is_none() {
        let visitor = Attributes {
            wallet: Some(String::new()),
            ..Attributes::default()
        };
        assert_eq!(visitor.identifier(HashAttribute::Wallet), None);
        assert_eq!(visitor.identifier(HashAttribute::Email), None);
    }

    #[test]
    fn the_names_are_those_of_json() {
        for attribute in [
            HashAttribute::AnonymousId,
            HashAttribute::UserId,
            HashAttribute::Wallet,
            HashAttribute::Email,
        ] {
            let json = serde_json::to_value(attribute).expect("a name");
            assert_eq!(json, attribute.name());
        }
    }
}
