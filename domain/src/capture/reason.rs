//! Reasons for refusing an item, which the answer and the dead letter contain. They are stored, so
//! their texts never change.

use crate::{people::contains_email, refusal::Refusal};
use std::fmt;

/// Most characters that a refusal repeats of a name in the item.
const SHOWN_CHARS: usize = 64;

/// Invalid JSON: its syntax, an unpaired surrogate, a number beyond a double, or far too deep
/// nesting.
pub const MALFORMED_JSON: &str = "malformed_json";
/// The item or its properties have too many bytes.
pub const TOO_LARGE: &str = "too_large";
/// A required field is missing.
pub const MISSING_FIELD: &str = "missing_field";
/// A field that items do not have.
pub const UNKNOWN_FIELD: &str = "unknown_field";
/// A JSON type other than the field's.
pub const WRONG_TYPE: &str = "wrong_type";
/// A text, number or choice that the field does not allow.
pub const INVALID_VALUE: &str = Refusal::INVALID_VALUE;
/// A malformed name of an event.
pub const INVALID_NAME: &str = "invalid_name";
/// An event that only Tessera writes.
pub const RESERVED_NAME: &str = "reserved_name";
/// An event that a strict registry does not have.
pub const UNKNOWN_EVENT: &str = "unknown_event";
/// The item names no person.
pub const MISSING_IDENTITY: &str = "missing_identity";
/// An id that breaks a rule of ids.
pub const INVALID_IDENTIFIER: &str = "invalid_identifier";
/// An id that programs send when the person is unknown.
pub const RESERVED_IDENTIFIER: &str = "reserved_identifier";
/// The event is too old.
pub const TOO_LATE: &str = "too_late";
/// The event lies further ahead than clocks differ.
pub const FUTURE: &str = "future";
/// Too many keys in the properties.
pub const TOO_MANY_KEYS: &str = "too_many_keys";
/// Properties nested too deeply.
pub const TOO_DEEP: &str = "too_deep";
/// A key that is empty, too long or has control characters.
pub const INVALID_KEY: &str = "invalid_key";
/// A text that is too long.
pub const TEXT_TOO_LONG: &str = "text_too_long";
/// The character U+0000, which Postgres does not store.
pub const NUL_CHARACTER: &str = "nul_character";
/// A number that could not be stored exactly.
pub const NUMBER_OUT_OF_RANGE: &str = "number_out_of_range";
/// Personal data where none is allowed. Its text must not be kept in a dead letter.
pub const PERSONAL_DATA: &str = "personal_data";
/// Another message with the same `message_id` is in the event log.
pub const REUSED_MESSAGE_ID: &str = "reused_message_id";

/// A refusal whose texts can be stored and shown: without control characters, and with only names
/// from the item, cut to 64 characters.
pub(super) fn refuse(
    code: &'static str,
    field: impl fmt::Display,
    rule: impl fmt::Display,
) -> Refusal {
    Refusal::coded(code, field.to_string(), rule.to_string())
}

/// A name from an item, made safe to store and show; a placeholder when it contains an e-mail
/// address.
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
