//! A receipt's body as it is stored. Amounts and times are mostly zero bytes; a run of them is
//! stored as a zero byte and its length less one. Every body has one stored form.

use crate::Key;
use sqlx::{
    Decode, Postgres, Type,
    error::BoxDynError,
    postgres::{PgTypeInfo, PgValueRef},
};

/// Longest run of zero bytes.
const RUN: usize = 256;

/// An event's fields, without discriminator and receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Body(Vec<u8>);

impl Body {
    /// The stored form of `body`.
    pub(crate) fn pack(body: &[u8]) -> Vec<u8> {
        let mut stored = Vec::with_capacity(body.len());
        let mut rest = body;
        while let Some(first) = rest.first() {
            let zeros = rest.iter().take(RUN).take_while(|byte| **byte == 0).count();
            stored.push(*first);
            if let Some(more) = zeros.checked_sub(1) {
                stored.push(u8::try_from(more).unwrap_or(u8::MAX));
            }
            rest = &rest[zeros.max(1)..];
        }
        stored
    }

    /// Never fails, so that changed bytes are found by the proof of receipts and do not stop the
    /// reading of them.
    fn unpack(stored: &[u8]) -> Self {
        let mut body = Vec::with_capacity(2 * stored.len());
        let mut bytes = stored.iter();
        while let Some(byte) = bytes.next() {
            body.push(*byte);
            if *byte == 0 {
                let more = bytes.next().copied().unwrap_or(0);
                body.resize(body.len() + usize::from(more), 0);
            }
        }
        Self(body)
    }

    /// The address at the offset `at`.
    pub(crate) fn address(&self, at: usize) -> Option<Key> {
        self.0.get(at..)?.first_chunk().copied().map(Key)
    }
}

impl From<Body> for Vec<u8> {
    fn from(body: Body) -> Self {
        body.0
    }
}

impl Type<Postgres> for Body {
    fn type_info() -> PgTypeInfo {
        <[u8] as Type<Postgres>>::type_info()
    }
}

impl Decode<'_, Postgres> for Body {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        Ok(Self::unpack(<&[u8] as Decode<Postgres>>::decode(value)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_is_the_same_again_when_it_is_read() {
        let bodies: [&[u8]; 6] = [&[], &[0], &[7], &[0; 600], &[0, 0, 5, 0, 6, 0], &[1; 300]];
        for body in bodies {
            assert_eq!(Body::unpack(&Body::pack(body)).0, body);
        }
        assert_eq!(Body::pack(&[9, 0, 0, 0, 8]), [9, 0, 2, 8]);
        assert_eq!(Body::pack(&[0; 257]), [0, 255, 0, 0]);
    }

    #[test]
    fn what_was_never_packed_is_another_body() {
        assert_eq!(Body::unpack(&[5, 0]).0, [5, 0]);
        assert_ne!(Body::pack(&[5, 0]), [5, 0]);
    }
}
