//! Why an item is not taken: what its sender is answered, and what its dead letter holds.

use crate::people::contains_email;
use serde::{Serialize, Serializer};
use std::fmt;
use thiserror::Error;

/// Most characters of a name out of an item that a rejection repeats.
const SHOWN_CHARS: usize = 64;

/// A reason. Its text is stored and answered: it never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// No JSON: syntax, an unpaired surrogate, a number beyond a double, nesting beyond all reason.
    MalformedJson,
    /// The item or its properties have too many bytes.
    TooLarge,
    /// A field that must be there is not.
    MissingField,
    /// A field that no item has.
    UnknownField,
    /// A JSON type other than the field's.
    WrongType,
    /// A text, number or choice that the field does not allow.
    InvalidValue,
    /// An event's name that has not the form of one.
    InvalidName,
    /// An event that only Tessera writes.
    ReservedName,
    /// An event that a strict registry does not have.
    UnknownEvent,
    /// Nobody is named.
    MissingIdentity,
    /// An id that breaks a rule of ids.
    InvalidIdentifier,
    /// An id that programs send for nobody.
    ReservedIdentifier,
    /// Longer ago than is taken.
    TooLate,
    /// Further ahead than clocks differ.
    Future,
    /// Too many keys in the properties.
    TooManyKeys,
    /// Properties nested too deeply.
    TooDeep,
    /// A key that is empty, too long or has control characters.
    InvalidKey,
    /// A text that is too long.
    TextTooLong,
    /// The character U+0000, which Postgres does not store.
    NulCharacter,
    /// A number that would not be kept as it was sent.
    NumberOutOfRange,
    /// Personal data where none may be. Its text is not to be kept in a dead letter.
    PersonalData,
}

impl Code {
    /// Its stable text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MalformedJson => "malformed_json",
            Self::TooLarge => "too_large",
            Self::MissingField => "missing_field",
            Self::UnknownField => "unknown_field",
            Self::WrongType => "wrong_type",
            Self::InvalidValue => "invalid_value",
            Self::InvalidName => "invalid_name",
            Self::ReservedName => "reserved_name",
            Self::UnknownEvent => "unknown_event",
            Self::MissingIdentity => "missing_identity",
            Self::InvalidIdentifier => "invalid_identifier",
            Self::ReservedIdentifier => "reserved_identifier",
            Self::TooLate => "too_late",
            Self::Future => "future",
            Self::TooManyKeys => "too_many_keys",
            Self::TooDeep => "too_deep",
            Self::InvalidKey => "invalid_key",
            Self::TextTooLong => "text_too_long",
            Self::NulCharacter => "nul_character",
            Self::NumberOutOfRange => "number_out_of_range",
            Self::PersonalData => "personal_data",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// An item that is not taken. Its texts can be stored and shown: no control characters, and of the
/// item nothing but names, cut to 64 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[error("{field}: {rule}")]
pub struct Rejection {
    /// The reason.
    pub code: Code,
    /// The field, as in `properties.cart[3].sku`; `item` for the whole.
    pub field: String,
    /// The rule that it breaks.
    pub rule: String,
    /// The item's `message_id`, when that one is in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
}

impl Rejection {
    pub(super) fn new(code: Code, field: impl fmt::Display, rule: impl fmt::Display) -> Self {
        Self {
            code,
            field: field.to_string(),
            rule: rule.to_string(),
            message_id: None,
        }
    }
}

/// A name out of an item, fit to be stored and shown; a stand-in when an e-mail address is in it.
pub(super) fn shown(name: &str) -> String {
    if contains_email(name) {
        return "(personal data)".to_owned();
    }
    let visible = |it: char| if it.is_control() { '\u{fffd}' } else { it };
    let mut shown: String = name.chars().take(SHOWN_CHARS).map(visible).collect();
    if name.chars().nth(SHOWN_CHARS).is_some() {
        shown.push('…');
    }
    shown
}
