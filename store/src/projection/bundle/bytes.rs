//! Bundles as bytes: of each projection, by number, its number (4 bytes, big-endian as all others), order
//! key (8), the moment of the place (8) and the next one (8, the end of time is none), the label and the
//! state, each behind its length (4).

use super::Bundle;
use std::collections::BTreeMap;
use tessera_domain::{
    projection::{Kept, Place},
    time::Timestamp,
};

#[derive(Debug, thiserror::Error)]
#[error("what is kept of a person is damaged")]
struct Damaged;

pub(super) fn write(bundle: &Bundle) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (projection, Kept { state, place, .. }) in &bundle.0 {
        bytes.extend(projection.to_be_bytes());
        let next = place.next.map_or(i64::MAX, |next| next.0);
        for number in [place.order_key, place.at.0, next] {
            bytes.extend(number.to_be_bytes());
        }
        for part in [place.label.as_bytes(), state.as_slice()] {
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
            bytes.extend(length.to_be_bytes());
            bytes.extend(part);
        }
    }
    bytes
}

pub(super) fn read(bytes: &[u8]) -> Result<Bundle, sqlx::Error> {
    let mut rest = bytes;
    let mut kept = BTreeMap::new();
    while !rest.is_empty() {
        let (projection, one) =
            entry(&mut rest).ok_or_else(|| sqlx::Error::Decode(Damaged.into()))?;
        kept.insert(projection, one);
    }
    Ok(Bundle(kept))
}

fn entry(rest: &mut &[u8]) -> Option<(i32, Kept)> {
    let projection = i32::from_be_bytes(take(rest)?);
    let order_key = i64::from_be_bytes(take(rest)?);
    let at = Timestamp(i64::from_be_bytes(take(rest)?));
    let next = i64::from_be_bytes(take(rest)?);
    let label = String::from_utf8(part(rest)?.to_vec()).ok()?;
    let place = Place {
        order_key,
        at,
        label,
        next: (next < i64::MAX).then_some(Timestamp(next)),
    };
    let kept = Kept {
        state: part(rest)?.to_vec(),
        place,
        ranged: Vec::new(),
    };
    Some((projection, kept))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(*taken)
}

fn part<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(u32::from_be_bytes(take(rest)?)).ok()?;
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle() -> Bundle {
        let kept = |next, label: &str| Kept {
            state: vec![0, 255, 7],
            place: Place {
                order_key: -3,
                at: Timestamp(5),
                label: label.to_owned(),
                next,
            },
            ranged: Vec::new(),
        };
        let kept = [
            (4, kept(None, "")),
            (9, kept(Some(Timestamp(-1)), "round é")),
        ];
        Bundle(BTreeMap::from(kept))
    }

    #[test]
    fn what_is_cut_off_cannot_be_read() {
        let bytes = write(&bundle());
        let whole = write(&Bundle(bundle().0.into_iter().take(1).collect())).len();
        for length in (1..bytes.len()).filter(|it| *it != whole) {
            assert!(read(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        assert_eq!(read(&write(&bundle())).ok(), Some(bundle()));
        assert_eq!(read(&[]).ok(), Some(Bundle::default()));
    }
}
