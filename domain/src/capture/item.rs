//! One incoming item: an object with `message_id`, `event`, `anonymous_id` or `user_id` or both,
//! and optionally `timestamp`, `sent_at`, `properties` and `context`. A null field counts as absent;
//! of a repeated key the last one counts, as in Postgres.
//!
//! An item has no fields for e-mail addresses and wallets: they need proof, which no event carries.

use super::{
    agent::{note_agent, read_agent},
    idempotency::{body_hash, message_key},
    limits, personal,
    reason::{self, refuse, shown},
    registry::Registry,
    window::Window,
};
use crate::{
    event::{Event, Properties},
    experiments::measurement::{EXPOSED_EVENT, check_exposure},
    people::{Identifier, IdentifierKind},
    refusal::Refusal,
    time::Timestamp,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Most bytes of an item's text: properties of full size, even when escapes double them.
pub const MAX_ITEM_BYTES: usize = 64 * 1024;
/// Most characters of a message's id.
pub const MAX_MESSAGE_ID_CHARS: usize = 64;

/// Names the whole item in refusals.
pub const ITEM: &str = "item";
const TIMESTAMP: &str = "timestamp";

const FIELDS: [&str; 8] = [
    "message_id",
    "event",
    TIMESTAMP,
    "sent_at",
    "anonymous_id",
    "user_id",
    "properties",
    "context",
];

/// An accepted item.
#[derive(Debug, Clone, PartialEq)]
pub struct Captured {
    /// The event, under its canonical name; its id is derived from the message's.
    pub event: Event,
    /// The message's id.
    pub message_id: String,
    /// The client's id for a visitor.
    pub anonymous: Option<Identifier>,
    /// The organisation's id for a user: a claim, not a proof.
    pub user: Option<Identifier>,
    /// Whether the visitor agreed to being counted, if the item states it.
    pub consent: Option<bool>,
    /// Hash of the item as sent, its moment in one spelling: another hash with the same message id is another message.
    pub body_hash: [u8; 32],
}

/// A refused item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Its `message_id`, if that is valid.
    pub message_id: Option<String>,
    /// The rule that it breaks; the field is `item` for the whole item.
    pub refusal: Refusal,
}

impl From<Refusal> for Rejected {
    fn from(refusal: Refusal) -> Self {
        Self {
            message_id: None,
            refusal,
        }
    }
}

/// Accepts or refuses an item. `text` is the item's own JSON.
///
/// # Errors
/// The first rule that the item breaks, in this order: size, JSON, message id, fields, event name,
/// properties, context, identifiers, moment.
pub fn accept(text: &str, registry: &Registry, window: Window) -> Result<Captured, Rejected> {
    if text.len() > MAX_ITEM_BYTES {
        let rule = "must have at most 65536 bytes";
        return Err(refuse(reason::TOO_LARGE, ITEM, rule).into());
    }
    let item: Value = serde_json::from_str(text).map_err(|_| {
        let rule =
            "must be JSON, nested at most 127 levels deep, of numbers and characters that exist";
        refuse(reason::MALFORMED_JSON, ITEM, rule)
    })?;
    let Value::Object(fields) = &item else {
        return Err(refuse(reason::WRONG_TYPE, ITEM, "must be an object").into());
    };
    let message_id = message_id(fields)?;
    accept_fields(&item, fields, message_id, registry, window).map_err(|refusal| Rejected {
        message_id: Some(message_id.to_owned()),
        refusal,
    })
}

fn accept_fields(
    item: &Value,
    fields: &Map<String, Value>,
    message_id: &str,
    registry: &Registry,
    window: Window,
) -> Result<Captured, Refusal> {
    check_fields(fields, &FIELDS, "")?;
    let sent = required_text(fields, "event")?;
    let (name, schema) = registry.resolve(sent)?;
    let nothing = Properties::new();
    let mut properties = object(fields, "properties")?.unwrap_or(&nothing).clone();
    let agent = read_agent(name, &mut properties)?;
    limits::check_properties(&properties, "properties")?;
    if let Some(schema) = schema {
        schema.check(&properties)?;
    }
    if name == EXPOSED_EVENT {
        check_exposure(&properties)?;
    }
    if let Some(agent) = agent {
        note_agent(agent, &mut properties);
    }
    let consent = consent(fields)?;
    let anonymous = identifier(fields, "anonymous_id", IdentifierKind::Anonymous)?;
    let user = identifier(fields, "user_id", IdentifierKind::User)?;
    if anonymous.is_none() && user.is_none() {
        let rule = "must be there, unless user_id is";
        return Err(refuse(reason::MISSING_IDENTITY, "anonymous_id", rule));
    }
    let (stated, at) = moment(fields, window)?;
    Ok(Captured {
        event: Event {
            id: message_key(message_id),
            name: name.to_owned(),
            at,
            properties,
        },
        message_id: message_id.to_owned(),
        anonymous,
        user,
        consent,
        body_hash: body_hash(&spelled(item, stated)),
    })
}

/// The item with the moment that it states in one spelling: a moment is the same in any, and a message that
/// is sent again by another program may have another.
fn spelled(item: &Value, stated: Option<Timestamp>) -> Cow<'_, Value> {
    let spelling = stated.map(|at| Value::from(at.to_string()));
    match (item, spelling) {
        (Value::Object(fields), Some(spelling)) if fields.get(TIMESTAMP) != Some(&spelling) => {
            let mut fields = fields.clone();
            fields.insert(TIMESTAMP.to_owned(), spelling);
            Cow::Owned(fields.into())
        }
        _ => Cow::Borrowed(item),
    }
}

fn present<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.get(name).filter(|value| !value.is_null())
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Refusal> {
    let wrong = || refuse(reason::WRONG_TYPE, name, "must be text");
    present(fields, name)
        .map(|value| value.as_str().ok_or_else(wrong))
        .transpose()
}

fn required_text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refusal> {
    let missing = || refuse(reason::MISSING_FIELD, name, "must be there");
    text(fields, name)?.ok_or_else(missing)
}

fn object<'a>(
    fields: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a Map<String, Value>>, Refusal> {
    let wrong = || refuse(reason::WRONG_TYPE, name, "must be an object");
    present(fields, name)
        .map(|value| value.as_object().ok_or_else(wrong))
        .transpose()
}

fn check_fields(fields: &Map<String, Value>, known: &[&str], parent: &str) -> Result<(), Refusal> {
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => {
            let field = format!("{parent}{}", shown(name));
            let rule = format!("must not be there; known are {}", known.join(", "));
            Err(refuse(reason::UNKNOWN_FIELD, field, rule))
        }
        None => Ok(()),
    }
}

fn message_id(fields: &Map<String, Value>) -> Result<&str, Refusal> {
    let id = required_text(fields, "message_id")?;
    check_message_id(id)?;
    Ok(id)
}

/// Refuses what is no id of a message.
///
/// # Errors
/// When it is too long, has other characters or names somebody.
pub fn check_message_id(id: &str) -> Result<(), Refusal> {
    let printable = id.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if id.is_empty() || id.len() > MAX_MESSAGE_ID_CHARS || !printable {
        let rule = "must be 1 to 64 printable ASCII characters";
        return Err(refuse(reason::INVALID_VALUE, "message_id", rule));
    }
    personal::check_text(id, "message_id")
}

fn consent(fields: &Map<String, Value>) -> Result<Option<bool>, Refusal> {
    let Some(context) = object(fields, "context")? else {
        return Ok(None);
    };
    check_fields(context, &["consent"], "context.")?;
    let wrong = || {
        refuse(
            reason::WRONG_TYPE,
            "context.consent",
            "must be true or false",
        )
    };
    present(context, "consent")
        .map(|value| value.as_bool().ok_or_else(wrong))
        .transpose()
}

fn identifier(
    fields: &Map<String, Value>,
    name: &str,
    kind: IdentifierKind,
) -> Result<Option<Identifier>, Refusal> {
    let Some(text) = text(fields, name)? else {
        return Ok(None);
    };
    Identifier::parse(kind, text)
        .map(Some)
        .map_err(|error| error.refusal(name))
}

/// The moment that the item states, and that one by our clock.
fn moment(
    fields: &Map<String, Value>,
    mut window: Window,
) -> Result<(Option<Timestamp>, Timestamp), Refusal> {
    let stated = |name| {
        let wrong = |_| refuse(reason::INVALID_VALUE, name, Timestamp::RULE);
        let value = present(fields, name);
        value
            .map(|value| Timestamp::deserialize(value).map_err(wrong))
            .transpose()
    };
    let sent_at = stated("sent_at")?;
    let stated_at = stated(TIMESTAMP)?;
    if window.history {
        let missing = || refuse(reason::MISSING_FIELD, TIMESTAMP, "must be there");
        let at = stated_at.ok_or_else(missing)?;
        window.check(at)?;
        return Ok((stated_at, at));
    }
    window.sent_at = sent_at.or(window.sent_at);
    let Some(at) = stated_at else {
        return Ok((None, window.received_at));
    };
    let at = window.corrected(at);
    window.check(at)?;
    Ok((stated_at, at))
}
