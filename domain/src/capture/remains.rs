//! What may be kept of a refused item: enough to repair the sender, and no personal data.

use super::{
    agent::withhold_address,
    personal::{check_key, check_text},
};
use serde_json::Value;

/// Fields that are kept as they are; ids are not.
const KEPT_FIELDS: [&str; 6] = [
    "message_id",
    "event",
    "timestamp",
    "sent_at",
    "properties",
    "context",
];
/// Replaces values that could identify a person.
pub(super) const WITHHELD: &str = "(withheld)";

/// What may be kept of a refused item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remains {
    /// Not even the message's id, since the visitor objects to being counted.
    Nothing,
    /// Only the message's id, since the item contains personal data or cannot be read.
    MessageId,
    /// The message's id and this text: the item without anything that could identify its visitor.
    Text(String),
}

/// What may be kept of an item with this text, unless its request objects to being counted.
pub fn remains(text: &str) -> Remains {
    let Ok(mut item) = serde_json::from_str::<Value>(text) else {
        return Remains::MessageId;
    };
    let consent = item.pointer("/context/consent");
    if !consent.is_none_or(|consent| consent.is_null() || *consent == Value::Bool(true)) {
        return Remains::Nothing;
    }
    withhold(Some(&mut item), &KEPT_FIELDS);
    withhold(item.get_mut("context"), &["consent"]);
    if let Some(Value::Object(properties)) = item.get_mut("properties") {
        withhold_address(properties);
    }
    if is_personal(&item) {
        return Remains::MessageId;
    }
    Remains::Text(item.to_string())
}

/// Withholds all values except those of `kept`: the visitor's ids, and fields that may be misspelt
/// ones.
fn withhold(object: Option<&mut Value>, kept: &[&str]) {
    let fields = object.and_then(Value::as_object_mut).into_iter().flatten();
    for (name, value) in fields {
        if !kept.contains(&name.as_str()) && !value.is_null() {
            *value = WITHHELD.into();
        }
    }
}

fn is_personal(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => check_text(text, "item").is_err(),
        Value::Array(list) => list.iter().any(is_personal),
        Value::Object(object) => object
            .iter()
            .any(|(key, value)| check_key(key, "item").is_err() || is_personal(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_anywhere_leaves_the_message_id() {
        for text in [
            r#"{"email":1}"#,
            r#"{"event":"ada@example.com"}"#,
            r#"{"properties":{"cart":[{"Phone Number":1}]}}"#,
            r#"{"ada@example.com":1}"#,
            r#"{"event":"ada@example.com""#,
        ] {
            assert_eq!(remains(text), Remains::MessageId, "{text}");
        }
    }

    #[test]
    fn nothing_is_left_of_who_objects() {
        for consent in ["false", "\"false\"", "0"] {
            let text = format!(r#"{{"event":"x","context":{{"consent":{consent}}}}}"#);
            assert_eq!(remains(&text), Remains::Nothing, "{text}");
        }
    }

    #[test]
    fn what_could_be_an_id_is_withheld_and_the_rest_is_kept() {
        let text = r#"{"event":"Bad Name","userId":"u","anonymous_id":7,"user_id":null}"#;
        let kept = r#"{"anonymous_id":"(withheld)","event":"Bad Name","userId":"(withheld)","user_id":null}"#;
        assert_eq!(remains(text), Remains::Text(kept.to_owned()));
        let text = r#"{"context":{"user_id":"u","consent":true}}"#;
        let kept = r#"{"context":{"consent":true,"user_id":"(withheld)"}}"#;
        assert_eq!(remains(text), Remains::Text(kept.to_owned()));
    }

    #[test]
    fn what_cannot_be_read_is_not_kept() {
        let text = r#"{"user_id":"u","context":{"consent":false},"title":"\ud800"}"#;
        assert_eq!(remains(text), Remains::MessageId);
    }
}
