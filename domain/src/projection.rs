//! Projections: a state of each person under a definition, and sums over people.
//!
//! Law: a state depends only on the set of a person's events, never on the order in which they
//! arrived; and sums form a group, so what a state adds can be subtracted exactly when the next
//! state replaces it. So a projection that was updated event by event equals one that was rebuilt.
//!
//! [`Definition`] hides the kind of projection: the store sees states as bytes.

mod kinds;

pub use kinds::Definition;

use crate::{event::Event, time::Timestamp};
use std::collections::BTreeMap;

/// A person's place among the people of a projection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The key by which people are ordered: thousandths of a point, or steps taken.
    pub order_key: i64,
    /// The moment that the place is computed for.
    pub at: Timestamp,
    /// The group that the person is counted in; empty for none.
    pub label: String,
}

/// The key of a sum: a UTC day (days since 1970), a group, and a number whose meaning depends on
/// the kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Measured {
    /// Days since 1970-01-01, UTC.
    pub day: i32,
    /// The group; empty for none.
    pub label: String,
    /// The number of the sum, given its meaning by the kind.
    pub measure: i32,
}

/// Amounts by key, none of them 0.
pub type Sums = BTreeMap<Measured, i64>;

/// A person's state and place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The state, encoded by its kind.
    pub state: Vec<u8>,
    /// The place that the state gives the person.
    pub place: Place,
}

/// How news changes a person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moved {
    /// The new state; none when there is nothing to keep.
    pub kept: Option<Kept>,
    /// The changes of the sums.
    pub sums: Sums,
}

/// Events that the kept state does not include.
#[derive(Debug, Clone, Copy)]
pub enum News<'a> {
    /// These events arrived.
    Added(&'a [Event]),
    /// All events of the person, from which the state is rebuilt.
    All(&'a [Event]),
}

/// A state that cannot be read, or cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the state of a {0} cannot be read")]
pub struct BrokenState(pub &'static str);

/// A kind of projection.
trait Reducer {
    /// The state of a person.
    type State: Default + Clone;
    /// The kind's name in errors.
    const KIND: &'static str;

    /// Applies an event; whether the state changed.
    fn apply(&self, state: &mut Self::State, event: &Event) -> bool;
    /// The person's place; none when the state is empty.
    fn place(&self, state: &Self::State) -> Option<Place>;
    /// Adds the person's part to the sums, `sign` times.
    fn sum(&self, state: &Self::State, sign: i64, sums: &mut Sums);
    /// Encodes a state; none when it cannot be written.
    fn encode(state: &Self::State) -> Option<Vec<u8>>;
    /// Decodes a state; none when the bytes are damaged.
    fn decode(bytes: &[u8]) -> Option<Self::State>;

    /// How news changes a person; none when it changes nothing.
    fn advance(&self, kept: Option<&[u8]>, news: News<'_>) -> Result<Option<Moved>, BrokenState> {
        let broken = || BrokenState(Self::KIND);
        let before = match kept {
            Some(bytes) => Some(Self::decode(bytes).ok_or_else(broken)?),
            None => None,
        };
        let (mut after, events) = match news {
            News::Added(events) => (before.clone().unwrap_or_default(), events),
            News::All(events) => (Self::State::default(), events),
        };
        let mut changed = matches!(news, News::All(_)) && before.is_some();
        for event in events {
            changed |= self.apply(&mut after, event);
        }
        if !changed {
            return Ok(None);
        }
        let mut moved = Moved::default();
        if let Some(before) = &before {
            self.sum(before, -1, &mut moved.sums);
        }
        self.sum(&after, 1, &mut moved.sums);
        moved.sums.retain(|_, amount| *amount != 0);
        if let Some(place) = self.place(&after) {
            moved.kept = Some(Kept {
                state: Self::encode(&after).ok_or_else(broken)?,
                place,
            });
        }
        Ok(Some(moved))
    }
}

/// Adds an amount to one of the sums; a sum stops at the ends of its range.
pub fn add<K: Ord>(sums: &mut BTreeMap<K, i64>, measured: K, amount: i64) {
    let sum = sums.entry(measured).or_default();
    *sum = sum.saturating_add(amount);
}
