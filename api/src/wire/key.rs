//! Keys, signatures and other bytes.

use super::base58;
use crate::extract::{CursorKey, Param, text};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use tessera_client::types::{Address, NO_ADDRESS};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// An address: 32 bytes in base58.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key(tessera_store::Key);

/// A transaction's first signature: 64 bytes in base58.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(
    value_type = String,
    min_length = 64,
    max_length = 88,
    example = "4Nd1mYQHqFRrBLfFtx2Sxk1rMUDqy1fpFv1GwGZyLyEuQoAStyuBHuQGxQfs5rAhaGW6BzTvxyQqoDEnVPbnMVpo"
)]
pub(crate) struct Signature(pub(crate) [u8; 64]);

/// Bytes in hexadecimal: a SHA-256 hash, or a caller's own reference.
#[derive(Debug, Clone, ToSchema)]
#[schema(
    value_type = String,
    pattern = "^([0-9a-f]{2})*$",
    example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)]
pub(crate) struct Hex(pub(crate) Vec<u8>);

impl From<tessera_store::Key> for Key {
    fn from(key: tessera_store::Key) -> Self {
        Self(key)
    }
}

impl From<Key> for tessera_store::Key {
    fn from(key: Key) -> Self {
        key.0
    }
}

impl Key {
    /// The address, unless it stands for none.
    pub(crate) fn present(address: Address) -> Option<Self> {
        (address != NO_ADDRESS).then(|| address.into())
    }
}

impl From<Address> for Key {
    fn from(address: Address) -> Self {
        Self(address.to_bytes().into())
    }
}

impl PartialSchema for Key {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("An address: 32 bytes in base58."))
            .min_length(Some(32))
            .max_length(Some(44))
            .pattern(Some(base58::pattern(32)))
            .examples(["DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8"])
            .into()
    }
}

impl ToSchema for Key {
    fn name() -> Cow<'static, str> {
        "Key".into()
    }
}

impl Param for Key {
    const RULE: &'static str = "must be an address: 32 bytes in base58";

    fn parse(text: &str) -> Option<Self> {
        text.parse::<Address>().ok().map(Self::from)
    }
}

impl CursorKey for tessera_store::Key {
    const PATTERN: &'static str = "[0-9a-f]{64}";
    const EXAMPLE: &'static str =
        "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn to_bytes(&self) -> Vec<u8> {
        self.0.to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer)
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&bs58::encode(self.0).into_string())
    }
}

impl From<tessera_store::Key> for Hex {
    fn from(hash: tessera_store::Key) -> Self {
        Self(hash.0.to_vec())
    }
}

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
