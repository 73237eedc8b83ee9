//! One message is one event: the id is derived from `message_id`, and a hash of the body
//! distinguishes a retry from another message with the same id.

use super::window::{MAX_AGE_SECS, MAX_AHEAD_SECS, MAX_SKEW_SECS};
use crate::{access::secret::DigestKey, time::Timestamp};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use uuid::{Builder, Uuid};

const MESSAGE_DOMAIN: &[u8] = b"tessera/v1/message-id\0";
const BODY_DOMAIN: &[u8] = b"tessera/v1/message-body\0";
const SENT_AT: &str = "sent_at";
const REFUSED_DOMAIN: &str = "tessera/v1/refused-item";

/// The event's id: the first 16 bytes of the SHA-256 of `tessera/v1/message-id`, a zero byte and the
/// message's id, marked as a UUID of version 8 (RFC 9562). Unique within an organisation.
pub fn message_key(message_id: &str) -> Uuid {
    let hash: [u8; 32] = Sha256::new_with_prefix(MESSAGE_DOMAIN)
        .chain_update(message_id)
        .finalize()
        .into();
    version_8(&hash)
}

/// The first 16 bytes, marked as a UUID of version 8.
pub(crate) fn version_8(hash: &[u8; 32]) -> Uuid {
    let mut first = [0; 16];
    first.copy_from_slice(&hash[..16]);
    Builder::from_custom_bytes(first).into_uuid()
}

/// The UTC day, days since 1970, from which the key of a message may be forgotten that arrived at
/// `received_at`: a message that repeats it with its moment is refused for its age then, by the
/// clock of any process, with a day to spare, even if it was corrected to the past and is corrected
/// to the future. A message without a moment of its own counts once until then.
pub fn forget_on(received_at: Timestamp) -> i32 {
    let age = MAX_AGE_SECS + MAX_AHEAD_SECS + 2 * MAX_SKEW_SECS;
    received_at.plus_secs(age).day() + 2
}

/// Recognises a refused item when it is sent again: the first 16 bytes, as a UUID of version 8, of
/// the HMAC-SHA256, under the organisation's key, of `tessera/v1/refused-item`, a zero byte, the
/// reason, a zero byte and what is known of the item. Without the key, an item cannot be matched to
/// its digest.
pub fn refused_digest(key: &DigestKey, code: &str, item: &str) -> Uuid {
    version_8(&key.hmac(REFUSED_DOMAIN, code, item))
}

/// Equal for two sendings of one message: the SHA-256 of `tessera/v1/message-body`, a zero byte and
/// the item as compact JSON, without its own `sent_at`, with the keys of every object sorted by their
/// bytes. White space and the order of keys make no difference; `1` and `1.0` do.
pub fn body_hash(item: &Value) -> [u8; 32] {
    let mut hasher = Sha256::new_with_prefix(BODY_DOMAIN);
    let of_each_sending = |fields: &&Map<String, Value>| fields.contains_key(SENT_AT);
    let written = match item.as_object().filter(of_each_sending) {
        Some(fields) => {
            let mut fields = fields.clone();
            fields.remove(SENT_AT);
            write_sorted(&Value::Object(fields), &mut hasher)
        }
        None => write_sorted(item, &mut hasher),
    };
    written.expect("a hasher takes every byte");
    hasher.finalize().into()
}

fn write_sorted(value: &Value, to: &mut Sha256) -> io::Result<()> {
    match value {
        Value::Object(object) => {
            // The map is sorted or in order of insertion, depending on features that other crates
            // enable.
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            to.write_all(b"{")?;
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    to.write_all(b",")?;
                }
                serde_json::to_writer(&mut *to, key)?;
                to.write_all(b":")?;
                write_sorted(value, to)?;
            }
            to.write_all(b"}")
        }
        Value::Array(list) => {
            to.write_all(b"[")?;
            for (index, value) in list.iter().enumerate() {
                if index > 0 {
                    to.write_all(b",")?;
                }
                write_sorted(value, to)?;
            }
            to.write_all(b"]")
        }
        scalar => Ok(serde_json::to_writer(to, scalar)?),
    }
}
