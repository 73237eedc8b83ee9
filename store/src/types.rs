//! The schema's own types. Each is lossless and refuses values that it cannot hold.

use rust_decimal::Decimal;
use sqlx::{
    Decode, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef},
};
use std::fmt;

/// An address or a hash: the domain `pubkey`. Printed in base58.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub [u8; 32]);

/// An amount or a count: the domain `u64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct U64(pub u64);

/// How a row was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Source {
    /// From a reading of all accounts.
    Snapshot,
    /// After a transaction that touched it.
    Update,
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<[u8; 32]> for Key {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bs58::encode(self.0).into_string())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Type<Postgres> for Key {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("pubkey")
    }

    fn compatible(info: &PgTypeInfo) -> bool {
        *info == Self::type_info() || <[u8; 32] as Type<Postgres>>::compatible(info)
    }
}

impl PgHasArrayType for Key {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::array_of("pubkey")
    }
}

impl Encode<'_, Postgres> for Key {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.0.encode_by_ref(buffer)
    }
}

impl Decode<'_, Postgres> for Key {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        <[u8; 32]>::decode(value).map(Self)
    }
}

impl From<u64> for U64 {
    fn from(value: u64) -> Self {
        Self(value)
    }
}

impl fmt::Display for U64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Type<Postgres> for U64 {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("u64")
    }

    fn compatible(info: &PgTypeInfo) -> bool {
        *info == Self::type_info() || Decimal::compatible(info)
    }
}

impl PgHasArrayType for U64 {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::array_of("u64")
    }
}

impl Encode<'_, Postgres> for U64 {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Decimal::from(self.0).encode_by_ref(buffer)
    }
}

impl Decode<'_, Postgres> for U64 {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let value = Decimal::decode(value)?;
        if !value.fract().is_zero() {
            return Err(format!("{value} is not an integer").into());
        }
        Ok(Self(u64::try_from(value)?))
    }
}
