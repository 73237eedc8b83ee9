//! Keyset cursors: the resource's name, a point and the key of the last row seen in hexadecimal. The name
//! binds a cursor to its list; callers treat the text as opaque.

use crate::wire::Hex;
use tessera_store::mirror::receipt::Place;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};

/// A key that orders a list.
pub(crate) trait CursorKey: Sized {
    /// What its bytes look like in hexadecimal, as a regular expression: each such text is a key.
    const PATTERN: &'static str;
    /// One such text.
    const EXAMPLE: &'static str;

    fn to_bytes(&self) -> Vec<u8>;
    /// The key of these bytes, unless there is none.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

/// The number of a row.
impl CursorKey for i64 {
    const PATTERN: &'static str = "[0-9a-f]{16}";
    const EXAMPLE: &'static str = "0000000000000014";

    fn to_bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

/// Place of a receipt on the chain: slot, transaction, instruction, call.
impl CursorKey for Place {
    const PATTERN: &'static str = "[0-9a-f]{32}";
    const EXAMPLE: &'static str = "00000000158466280000000100020003";

    fn to_bytes(&self) -> Vec<u8> {
        [
            &self.slot.to_be_bytes()[..],
            &self.tx_index.to_be_bytes(),
            &self.outer_ix.to_be_bytes(),
            &self.inner_ix.to_be_bytes(),
        ]
        .concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (slot, rest) = bytes.split_first_chunk()?;
        let (tx_index, rest) = rest.split_first_chunk()?;
        let (outer_ix, rest) = rest.split_first_chunk()?;
        Some(Self {
            slot: i64::from_be_bytes(*slot),
            tx_index: i32::from_be_bytes(*tx_index),
            outer_ix: i16::from_be_bytes(*outer_ix),
            inner_ix: i16::from_be_bytes(rest.try_into().ok()?),
        })
    }
}

/// The cursor behind `key` in the list of `resource`.
pub(crate) fn encode(resource: &str, key: &impl CursorKey) -> String {
    format!("{resource}.{}", Hex(key.to_bytes()))
}

/// The key in a cursor that [`encode`] made for the same resource.
pub(crate) fn decode<K: CursorKey>(resource: &str, text: &str) -> Option<K> {
    let digits = text.strip_prefix(resource)?.strip_prefix('.')?;
    let is_digit = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
    if digits.len() % 2 != 0 || !digits.bytes().all(is_digit) {
        return None;
    }
    let byte = |place| u8::from_str_radix(digits.get(place..place + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
    K::from_bytes(&bytes?)
}

/// What the cursors of a list look like.
pub(super) fn schema<K: CursorKey>(resource: &str) -> RefOr<Schema> {
    let (pattern, example) = (K::PATTERN, K::EXAMPLE);
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(format!("^{resource}\\.{pattern}$")))
        .examples([format!("{resource}.{example}")])
        .into()
}
