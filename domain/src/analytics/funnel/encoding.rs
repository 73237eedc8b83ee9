//! A person's hits as the bytes that the store keeps, about 20 for each hit.
//!
//! `version` (1 byte), then integers as LEB128: the number of breakdown values, each as length and
//! UTF-8; the number of hits, each as microseconds since the one before (zigzag, the first since the
//! epoch), event id (16 bytes), steps, exclusions * 4 + whether a number follows * 2 + whether a value
//! follows, the number of conditions that could not be compared, index of the value.
//! Values are sorted and hits are in order, so that equal sets have equal bytes.

use super::{Hit, HitsError, MAX_BREAKDOWN_BYTES, PersonHits};
use crate::{
    bytes::{Damaged, Reader, put, put_len, unzigzag, zigzag},
    time::Timestamp,
};

const VERSION: u8 = 2;
/// Fewest bytes of a hit: three integers and the id.
const MIN_HIT_BYTES: usize = 19;

impl PersonHits {
    /// The hits as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let hits = self.as_slice();
        let mut values: Vec<&str> = hits
            .iter()
            .filter_map(|hit| hit.breakdown.as_deref())
            .collect();
        values.sort_unstable();
        values.dedup();
        let mut bytes = vec![VERSION];
        put_len(&mut bytes, values.len());
        for value in &values {
            put_len(&mut bytes, value.len());
            bytes.extend_from_slice(value.as_bytes());
        }
        put_len(&mut bytes, hits.len());
        let mut before = 0;
        for hit in hits {
            put(&mut bytes, zigzag(hit.at.0.wrapping_sub(before)));
            before = hit.at.0;
            bytes.extend_from_slice(hit.event.as_bytes());
            put(&mut bytes, u64::from(hit.steps));
            let value = hit.breakdown.as_deref();
            let index = value.and_then(|value| values.binary_search(&value).ok());
            put(
                &mut bytes,
                u64::from(hit.exclusions) << 2
                    | u64::from(hit.not_compared > 0) << 1
                    | u64::from(index.is_some()),
            );
            if hit.not_compared > 0 {
                put(&mut bytes, hit.not_compared.into());
            }
            if let Some(index) = index {
                put_len(&mut bytes, index);
            }
        }
        bytes
    }

    /// The hits that [`PersonHits::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`HitsError`] when the bytes are of another version, cut, too long, or hold what is never
    /// written.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, HitsError> {
        let mut rest = Reader::of(bytes);
        if rest.take(1)? != [VERSION] {
            return Err(HitsError("version is unknown"));
        }
        let mut values = Vec::new();
        for _ in 0..rest.count(1)? {
            values.push(text(&mut rest)?);
        }
        let count = rest.count(MIN_HIT_BYTES)?;
        let mut hits = Vec::with_capacity(count);
        let mut before = 0;
        for _ in 0..count {
            let hit = hit(&mut rest, before, &values)?;
            before = hit.at.0;
            hits.push(hit);
        }
        if !rest.is_empty() {
            return Err(HitsError("bytes are left over"));
        }
        Self::from_ordered(hits).ok_or(HitsError("hits are out of order"))
    }
}

/// Reads a breakdown value.
fn text<'a>(rest: &mut Reader<'a>) -> Result<&'a str, HitsError> {
    let length: usize = rest.integer()?;
    if length > MAX_BREAKDOWN_BYTES {
        return Err(HitsError("breakdown value is too long"));
    }
    std::str::from_utf8(rest.take(length)?).map_err(|_| HitsError("breakdown value is not UTF-8"))
}

/// Reads a hit that follows one of a moment.
fn hit(rest: &mut Reader<'_>, before: i64, values: &[&str]) -> Result<Hit, HitsError> {
    let at = Timestamp(before.wrapping_add(unzigzag(rest.integer()?)));
    let event = rest.uuid()?;
    let steps = rest.integer()?;
    let flags: u32 = rest.integer()?;
    let exclusions = u16::try_from(flags >> 2).map_err(|_| HitsError("exclusions are too many"))?;
    let not_compared = if flags & 2 == 2 { rest.integer()? } else { 0 };
    let breakdown = if flags & 1 == 1 {
        let index: usize = rest.integer()?;
        let value = values.get(index);
        Some((*value.ok_or(HitsError("breakdown value is missing"))?).to_owned())
    } else {
        None
    };
    Ok(Hit {
        at,
        event,
        steps,
        exclusions,
        breakdown,
        not_compared,
    })
}

impl From<Damaged> for HitsError {
    fn from(Damaged(what): Damaged) -> Self {
        Self(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn hits() -> PersonHits {
        (0..100_u32)
            .map(|n| Hit {
                at: Timestamp(1_767_225_600_000_000 + i64::from(n) * 3_600_000_000),
                event: Uuid::from_u128(u128::from(n) << 90 | 12_345),
                steps: 1 << (n % 4),
                exclusions: u16::from(n == 50),
                breakdown: n.is_multiple_of(4).then(|| format!("channel {}", n % 3)),
                not_compared: u16::from(n == 51),
            })
            .collect()
    }

    #[test]
    fn damaged_bytes_are_errors() {
        let bytes = hits().to_bytes();
        for length in 0..bytes.len() {
            assert!(
                PersonHits::from_bytes(&bytes[..length]).is_err(),
                "{length}"
            );
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        let left_over = Err(HitsError("bytes are left over"));
        assert_eq!(PersonHits::from_bytes(&longer), left_over);
        let unknown = Err(HitsError("version is unknown"));
        assert_eq!(PersonHits::from_bytes(&[1, 0, 0]), unknown);
    }

    #[test]
    fn a_count_beyond_the_bytes_is_refused_before_memory_is_taken() {
        let huge = [&[VERSION, 0][..], &[0xff; 8], &[0x7f]].concat();
        let early = Err(HitsError("bytes end early"));
        assert_eq!(PersonHits::from_bytes(&huge), early);
        let endless = [&[VERSION][..], &[0xff; 11]].concat();
        let large = Err(HitsError("integer is too large"));
        assert_eq!(PersonHits::from_bytes(&endless), large);
    }

    #[test]
    fn hits_survive_in_25_bytes_each() {
        let hits = hits();
        let bytes = hits.to_bytes();
        assert!(bytes.len() <= 25 * hits.as_slice().len(), "{}", bytes.len());
        assert_eq!(PersonHits::from_bytes(&bytes), Ok(hits));
    }

    #[test]
    fn the_ends_of_time_survive() {
        let hits: PersonHits = [i64::MIN, -1, 0, i64::MAX]
            .map(|at| Hit {
                at: Timestamp(at),
                event: Uuid::nil(),
                steps: u32::MAX,
                exclusions: u16::MAX,
                breakdown: None,
                not_compared: u16::MAX,
            })
            .into_iter()
            .collect();
        assert_eq!(PersonHits::from_bytes(&hits.to_bytes()), Ok(hits));
    }
}
