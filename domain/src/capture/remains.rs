//! What may be kept of an item that is refused: enough to mend its sender, and nothing about anybody.

use super::personal::{check_key, check_text};
use serde_json::Value;

/// Takes the place of an id.
const WITHHELD: &str = "(withheld)";

/// What may be kept of a refused item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remains {
    /// Its visitor objects to being counted: not even the message's id.
    Nothing,
    /// Personal data stands somewhere in it: the message's id.
    MessageId,
    /// The message's id and this text: the item without the ids of its visitor, or what came when
    /// that is no JSON.
    Text(String),
}

/// What may be kept of an item with this text, when its request does not object for it.
pub fn remains(text: &str) -> Remains {
    let Ok(mut item) = serde_json::from_str::<Value>(text) else {
        return match check_text(text, "item") {
            Ok(()) => Remains::Text(text.to_owned()),
            Err(_) => Remains::MessageId,
        };
    };
    if item.pointer("/context/consent") == Some(&Value::Bool(false)) {
        return Remains::Nothing;
    }
    for name in ["anonymous_id", "user_id"] {
        if let Some(id) = item.get_mut(name) {
            *id = WITHHELD.into();
        }
    }
    if is_personal(&item) {
        return Remains::MessageId;
    }
    Remains::Text(item.to_string())
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
        let text = r#"{"event":"x","context":{"consent":false},"email":"ada@example.com"}"#;
        assert_eq!(remains(text), Remains::Nothing);
    }

    #[test]
    fn ids_are_withheld_and_the_rest_is_kept() {
        let text = r#"{"event":"Bad Name","user_id":"ada@example.com","anonymous_id":7}"#;
        let kept = r#"{"anonymous_id":"(withheld)","event":"Bad Name","user_id":"(withheld)"}"#;
        assert_eq!(remains(text), Remains::Text(kept.to_owned()));
        let text = r#"{"event":"\ud800"}"#;
        assert_eq!(remains(text), Remains::Text(text.to_owned()));
    }
}
