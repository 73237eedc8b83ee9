//! Identifiers, in one normal form for each kind. Values that programs send for an unknown person
//! are refused, as they would merge strangers into one person.

use super::email;
use crate::{
    base58::{self, Base58Error},
    capture::reason,
    refusal::Refusal,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

/// Most characters of an anonymous id or a user id.
pub const MAX_ID_CHARS: usize = 128;

/// What programs send when the person is unknown, in lower case and without quotes.
const RESERVED: [&str; 27] = [
    "-1",
    "0",
    "00000000-0000-0000-0000-000000000000",
    "[object object]",
    "[object undefined]",
    "anonymous",
    "anonymous_id",
    "anonymousid",
    "distinct_id",
    "distinctid",
    "email",
    "empty",
    "false",
    "guest",
    "id",
    "nan",
    "nil",
    "none",
    "not_authenticated",
    "null",
    "nobody",
    "true",
    "undefined",
    "unknown",
    "user",
    "user_id",
    "userid",
];

/// The kind of an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// An id that a client generated for a visitor it did not know.
    Anonymous,
    /// An id of the organisation's own.
    User,
    /// An e-mail address, once proven.
    Email,
    /// A wallet's address, once proven or seen on the chain.
    Wallet,
}

impl IdentifierKind {
    /// The kind's name, which is part of every digest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::User => "user",
            Self::Email => "email",
            Self::Wallet => "wallet",
        }
    }
}

/// An identifier in normal form. Debug output shows only its kind.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    kind: IdentifierKind,
    value: String,
}

/// Why a text is no identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum IdentifierError {
    /// No characters.
    #[error("must not be empty")]
    Empty,
    /// Too many characters.
    #[error("must have at most 128 characters")]
    TooLong,
    /// A line break, a tab, NUL or the like.
    #[error("must not have control characters")]
    Control,
    /// White space at an end.
    #[error("must not begin or end with white space")]
    OuterSpace,
    /// A value that programs send when the person is unknown.
    #[error("must stand for one person, not for nobody (as null, undefined, anonymous and 0 do)")]
    Reserved,
    /// An e-mail address in place of an id.
    #[error("must not be an e-mail address: that needs proof, and belongs in identify")]
    Personal,
    /// No e-mail address.
    #[error("{0}")]
    Email(&'static str),
    /// No wallet address.
    #[error("{0}")]
    Wallet(#[from] Base58Error),
}

impl IdentifierError {
    /// The refusal of the field that held the text.
    pub fn refusal(self, field: &str) -> Refusal {
        let code = match self {
            Self::Reserved => reason::RESERVED_IDENTIFIER,
            Self::Personal => reason::PERSONAL_DATA,
            _ => reason::INVALID_IDENTIFIER,
        };
        Refusal::coded(code, field, self.to_string())
    }
}

impl Identifier {
    /// Reads an identifier: ids as they are, e-mail addresses in lower case, wallets in base58.
    ///
    /// # Errors
    /// When the text breaks a rule of its kind.
    pub fn parse(kind: IdentifierKind, text: &str) -> Result<Self, IdentifierError> {
        let value = match kind {
            IdentifierKind::Anonymous | IdentifierKind::User => parse_id(text)?.to_owned(),
            IdentifierKind::Email => email::normalize(text).map_err(IdentifierError::Email)?,
            IdentifierKind::Wallet => return Self::wallet(base58::decode(text)?),
        };
        Ok(Self { kind, value })
    }

    /// A wallet by its address.
    ///
    /// # Errors
    /// For the zero address, whose key is known to be no one's.
    pub fn wallet(address: [u8; 32]) -> Result<Self, IdentifierError> {
        if address == [0; 32] {
            return Err(IdentifierError::Reserved);
        }
        Ok(Self {
            kind: IdentifierKind::Wallet,
            value: base58::encode(&address),
        })
    }

    /// The kind of the identifier.
    pub fn kind(&self) -> IdentifierKind {
        self.kind
    }

    /// Its normal form: personal data for e-mail addresses and wallets.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identifier({}..)", self.kind.as_str())
    }
}

fn parse_id(text: &str) -> Result<&str, IdentifierError> {
    if text.is_empty() {
        return Err(IdentifierError::Empty);
    }
    if text.chars().count() > MAX_ID_CHARS {
        return Err(IdentifierError::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(IdentifierError::Control);
    }
    if text.trim() != text {
        return Err(IdentifierError::OuterSpace);
    }
    let bare = text.trim_matches(['"', '\'', '`']).trim().to_lowercase();
    if bare.is_empty() || RESERVED.contains(&bare.as_str()) {
        return Err(IdentifierError::Reserved);
    }
    if email::contains_email(text) {
        return Err(IdentifierError::Personal);
    }
    Ok(text)
}
