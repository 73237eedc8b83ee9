//! A person's state as the bytes that the store keeps, some 40 for two metrics.
//!
//! `version` (1 byte), the moment in microseconds; the number of exposures, each as the arm's place,
//! microseconds before the moment and the event's id (16 bytes); the number of dimensions, each as a value;
//! the number of metrics that add up to something, each as its place, which of its sums are there (the low
//! four bits) and whether they are wide (the next one), and these sums: in 16 bytes, big-endian, where wide.
//! All else is LEB128, signed numbers zigzag. Equal states have equal bytes.

use super::{DimensionValue, MeasurementState, state::Totals};
use crate::{
    bytes::{Damaged, Reader, put, put_len, unzigzag, zigzag},
    experiments::moments::VALUES,
    projection::BrokenState,
    time::Timestamp,
};

const VERSION: u8 = 1;
const WIDE: u8 = 1 << VALUES;
/// Values of dimensions that are not listed; those that are follow.
const ABSENT: usize = 0;
const OTHER: usize = 1;
const LISTED: usize = 2;
/// Fewest bytes of an exposure and of a metric's sums.
const MIN_EXPOSURE_BYTES: usize = 18;
const MIN_TOTALS_BYTES: usize = 2;

impl MeasurementState {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        put(&mut bytes, zigzag(self.at.0));
        put_len(&mut bytes, self.exposures.len());
        for (arm, (at, event)) in self.exposures.iter() {
            put_len(&mut bytes, *arm);
            put(&mut bytes, zigzag(self.at.0.wrapping_sub(at.0)));
            bytes.extend_from_slice(event.as_bytes());
        }
        put_len(&mut bytes, self.dimensions.len());
        for value in &self.dimensions {
            let value = match value {
                DimensionValue::Absent => ABSENT,
                DimensionValue::Other => OTHER,
                DimensionValue::Listed(place) => LISTED + place,
            };
            put_len(&mut bytes, value);
        }
        put_len(&mut bytes, self.totals.len());
        for (place, totals) in self.totals.iter() {
            put_len(&mut bytes, *place);
            put_totals(&mut bytes, totals);
        }
        bytes
    }

    /// The state that is kept as these bytes.
    ///
    /// # Errors
    /// [`BrokenState`] when they are none.
    pub fn read(kept: &[u8]) -> Result<Self, BrokenState> {
        Self::from_bytes(kept).ok_or(BrokenState("experiment"))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = Reader::of(bytes);
        let state = state(&mut rest).ok()?;
        rest.is_empty().then_some(state)
    }
}

fn put_totals(bytes: &mut Vec<u8>, totals: &Totals) {
    let narrow = totals.0.map(|sum| i64::try_from(sum).ok());
    let wide = if narrow.iter().all(Option::is_some) {
        0
    } else {
        WIDE
    };
    let is_there = (0..VALUES).filter(|at| totals.0[*at] != 0);
    bytes.push(is_there.fold(wide, |mask, at| mask | 1 << at));
    for (sum, narrow) in totals.0.iter().zip(narrow).filter(|(sum, _)| **sum != 0) {
        match narrow.filter(|_| wide == 0) {
            Some(sum) => put(bytes, zigzag(sum)),
            None => bytes.extend_from_slice(&sum.to_be_bytes()),
        }
    }
}

fn state(rest: &mut Reader<'_>) -> Result<MeasurementState, Damaged> {
    if rest.byte()? != VERSION {
        return Err(Damaged("version is unknown"));
    }
    let mut state = MeasurementState {
        at: Timestamp(unzigzag(rest.integer()?)),
        ..MeasurementState::default()
    };
    for _ in 0..rest.count(MIN_EXPOSURE_BYTES)? {
        let arm = rest.integer()?;
        let at = Timestamp(state.at.0.wrapping_sub(unzigzag(rest.integer()?)));
        state.exposures.insert(arm, (at, rest.uuid()?));
    }
    for _ in 0..rest.count(1)? {
        state.dimensions.push(match rest.integer()? {
            ABSENT => DimensionValue::Absent,
            OTHER => DimensionValue::Other,
            place => DimensionValue::Listed(place - LISTED),
        });
    }
    for _ in 0..rest.count(MIN_TOTALS_BYTES)? {
        let place = rest.integer()?;
        state.totals.insert(place, totals(rest)?);
    }
    Ok(state)
}

fn totals(rest: &mut Reader<'_>) -> Result<Totals, Damaged> {
    let mask = rest.byte()?;
    let mut totals = Totals::default();
    for at in (0..VALUES).filter(|at| mask & 1 << at != 0) {
        totals.0[at] = if mask & WIDE == 0 {
            unzigzag(rest.integer()?).into()
        } else {
            let sum = rest.take(16)?.try_into();
            i128::from_be_bytes(sum.map_err(|_| Damaged("sum is not 16 bytes"))?)
        };
    }
    Ok(totals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use litemap::LiteMap;
    use uuid::Uuid;

    fn states() -> [MeasurementState; 3] {
        let at = Timestamp(1_767_225_600_000_000);
        let exposure = (Timestamp(at.0 - 86_400_000_000), Uuid::from_u128(7));
        [
            MeasurementState::default(),
            MeasurementState {
                exposures: LiteMap::from_iter([(1, exposure)]),
                totals: LiteMap::from_iter([
                    (0, Totals([1_000_000, 0, 0, 0])),
                    (1, Totals([-3_500_000, 0, 7, 0])),
                ]),
                at,
                ..MeasurementState::default()
            },
            MeasurementState {
                exposures: LiteMap::from_iter([
                    (0, exposure),
                    (9, (Timestamp(i64::MIN), Uuid::max())),
                ]),
                dimensions: vec![
                    DimensionValue::Absent,
                    DimensionValue::Other,
                    DimensionValue::Listed(19),
                ],
                totals: LiteMap::from_iter([(3, Totals([i128::MAX, i128::MIN, 1, 0]))]),
                at: Timestamp(i64::MAX),
            },
        ]
    }

    #[test]
    fn damaged_bytes_are_no_state() {
        for state in states() {
            let bytes = state.to_bytes();
            for length in 0..bytes.len() {
                assert_eq!(MeasurementState::from_bytes(&bytes[..length]), None);
            }
            let longer = [bytes.as_slice(), &[0]].concat();
            assert_eq!(MeasurementState::from_bytes(&longer), None);
            let other = [&[9], &bytes[1..]].concat();
            assert_eq!(MeasurementState::from_bytes(&other), None);
        }
    }

    #[test]
    fn every_state_is_read_again() {
        for state in states() {
            assert_eq!(MeasurementState::from_bytes(&state.to_bytes()), Some(state));
        }
        let [_, usual, _] = states();
        assert!(usual.to_bytes().len() <= 50, "{}", usual.to_bytes().len());
    }
}
