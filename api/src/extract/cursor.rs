//! Keyset cursors: base64url of the resource's name, a zero byte and the key of the last row seen.
//! The name binds a cursor to its route; callers treat the text as opaque.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use tessera_store::mirror::receipt::Place;

/// A key that orders a list.
pub(crate) trait CursorKey: Sized {
    fn to_bytes(&self) -> Vec<u8>;
    /// The key of these bytes, unless their number is wrong.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

/// The number of a row.
impl CursorKey for i64 {
    fn to_bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

/// Place of a receipt on the chain: slot, transaction, instruction, call.
impl CursorKey for Place {
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
    BASE64_URL_SAFE_NO_PAD.encode([resource.as_bytes(), &[0], &key.to_bytes()].concat())
}

/// The key in a cursor that [`encode`] made for the same resource.
pub(crate) fn decode<K: CursorKey>(resource: &str, text: &str) -> Option<K> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let key = bytes
        .strip_prefix(resource.as_bytes())?
        .strip_prefix(&[0])?;
    K::from_bytes(key)
}
