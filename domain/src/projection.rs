//! What is kept of each person under a definition, and what people add up to.
//!
//! Law: a state depends on the set of a person's events alone, never on the order in which they
//! arrived; and sums form a group, so what a person adds is exactly what their next state takes away
//! again. So a projection that moved event by event equals one that was built from the past.
//!
//! [`Definition`] hides which kind it is: states are bytes to those who keep them.

mod kinds;

pub use kinds::Definition;

use crate::{event::Event, time::Timestamp};
use std::collections::BTreeMap;

/// Where a person stands among the others of a projection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What people are ordered by: thousandths of a point, steps taken.
    pub order_key: i64,
    /// The moment that the place follows from.
    pub at: Timestamp,
    /// The group that the person counts in; empty is none.
    pub label: String,
}

/// What is summed: a UTC day (days since 1970), a group, and a number that the kind gives a meaning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Measured {
    /// Days since 1970-01-01, UTC.
    pub day: i32,
    /// Group; empty is none.
    pub label: String,
    /// Which of the kind's sums.
    pub measure: i32,
}

/// Amounts that are not 0.
pub type Sums = BTreeMap<Measured, i64>;

/// What a person is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The state, as its kind writes it.
    pub state: Vec<u8>,
    /// Where it puts the person.
    pub place: Place,
}

/// How a person moved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moved {
    /// What they are now; none when there is nothing to be kept of them.
    pub kept: Option<Kept>,
    /// What the sums change by.
    pub sums: Sums,
}

/// What is known of a person that the kept state does not know.
#[derive(Debug, Clone, Copy)]
pub enum News<'a> {
    /// These events came.
    Added(&'a [Event]),
    /// These are all of their events: what was kept is replaced.
    All(&'a [Event]),
}

/// A state that cannot be read, or cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the state of a {0} cannot be read")]
pub struct BrokenState(pub &'static str);

/// A kind of projection.
trait Reducer {
    /// What is kept of a person.
    type State: Default + Clone;
    /// The kind, for errors.
    const KIND: &'static str;

    /// Takes an event in; whether the state changed.
    fn apply(&self, state: &mut Self::State, event: &Event) -> bool;
    /// Where the state puts the person; none when it holds nothing.
    fn place(&self, state: &Self::State) -> Option<Place>;
    /// Adds what the person adds to the sums, `sign` times.
    fn sum(&self, state: &Self::State, sign: i64, sums: &mut Sums);
    /// As it is kept.
    fn encode(state: &Self::State) -> Option<Vec<u8>>;
    /// What was kept.
    fn decode(bytes: &[u8]) -> Option<Self::State>;

    /// How news move a person; none when they change nothing.
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

/// Adds an amount to one of the sums.
pub fn add(sums: &mut Sums, measured: Measured, amount: i64) {
    let sum = sums.entry(measured).or_default();
    *sum = sum.saturating_add(amount);
}
