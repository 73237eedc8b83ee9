//! Bytes as states of people are kept in: integers as LEB128, signed ones zigzag.

use uuid::Uuid;

/// Bytes that nothing here has written: what is wrong with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Damaged(pub(crate) &'static str);

pub(crate) fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}

pub(crate) fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

pub(crate) fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push((value & 0x7f) as u8);
}

pub(crate) fn put_len(bytes: &mut Vec<u8>, length: usize) {
    put(bytes, u64::try_from(length).unwrap_or(u64::MAX));
}

/// The bytes that are not read yet.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Damaged> {
        let Some((taken, rest)) = self.0.split_at_checked(count) else {
            return Err(Damaged("bytes end early"));
        };
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Damaged> {
        Ok(self.take(1)?.first().copied().unwrap_or(0))
    }

    pub(crate) fn integer<T: TryFrom<u64>>(&mut self) -> Result<T, Damaged> {
        const TOO_LARGE: Damaged = Damaged("integer is too large");
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = u64::from(self.byte()?);
            let part = byte & 0x7f;
            let shifted = part << shift;
            if shifted >> shift != part {
                return Err(TOO_LARGE);
            }
            value |= shifted;
            if byte == part {
                return T::try_from(value).map_err(|_| TOO_LARGE);
            }
        }
        Err(TOO_LARGE)
    }

    /// How many items of at least `item_bytes` follow; refused when the remaining bytes cannot hold
    /// them.
    pub(crate) fn count(&mut self, item_bytes: usize) -> Result<usize, Damaged> {
        let count: usize = self.integer()?;
        if count > self.0.len() / item_bytes {
            return Err(Damaged("bytes end early"));
        }
        Ok(count)
    }

    pub(crate) fn uuid(&mut self) -> Result<Uuid, Damaged> {
        Uuid::from_slice(self.take(16)?).map_err(|_| Damaged("id is not 16 bytes"))
    }
}
