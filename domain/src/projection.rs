//! Projections: a state of each person under a definition, and sums over people.
//!
//! Law: a state depends only on the set of a person's events, never on the order in which they
//! arrived; and sums form a group, so what a state adds can be subtracted exactly when the next
//! state replaces it. So a projection that was updated event by event equals one that was rebuilt.
//!
//! [`Definition`] hides the kind of projection: the store sees states as bytes.

mod experiment;
mod kinds;

pub use kinds::{Definition, MEMBERS};

use crate::{event::Event, experiments::moments::Moments, time::Timestamp};
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
    /// From when on the place may be another one without any event; none when it never is.
    pub next: Option<Timestamp>,
}

/// A place that a person has only in some ranges of days: in those that contain its day and neither
/// of the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangedPlace {
    /// Days since 1970-01-01, UTC.
    pub day: i32,
    /// As [`Place::order_key`].
    pub order_key: i64,
    /// As [`Place::label`].
    pub label: String,
    /// An earlier day; none when no earlier day takes the place away.
    pub after_day: Option<i32>,
    /// A later day; none when no later day takes the place away.
    pub before_day: Option<i32>,
}

/// The key of a sum: a UTC day (days since 1970), a group, and a number whose meaning depends on
/// the kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Measured {
    /// Days since 1970-01-01, UTC.
    pub day: i32,
    /// The last day of the span that begins with `day`, of a sum that only ranges of days have which
    /// contain the whole span; none of a sum that counts without a range too.
    pub through_day: Option<i32>,
    /// The group; empty for none.
    pub label: String,
    /// The number of the sum, given its meaning by the kind.
    pub measure: i32,
}

/// Amounts by key, none of them 0.
pub type Sums = BTreeMap<Measured, i64>;

/// Moments by key, none of them empty.
pub type AllMoments<K> = BTreeMap<K, Moments>;

/// A person's state and place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The state, encoded by its kind.
    pub state: Vec<u8>,
    /// The place that the state gives the person.
    pub place: Place,
    /// Other places that the state gives the person in ranges of days.
    pub ranged: Vec<RangedPlace>,
}

/// How news changes a person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moved {
    /// The new state; none when there is nothing to keep.
    pub kept: Option<Kept>,
    /// Whether the places in ranges of days are other ones.
    pub ranged_changed: bool,
    /// The changes of the sums.
    pub sums: Sums,
    /// The changes of the moments, each key once.
    pub moments: Vec<(Measured, Moments)>,
    /// Whether the person is a member from now on; none when that is as before, or the kind has no
    /// members.
    pub member: Option<bool>,
}

impl Moved {
    /// Adds to the changes of the moments, `sign` times: 1 or -1.
    pub(crate) fn measure(&mut self, measured: Measured, more: &Moments, sign: i8) {
        let known = self.moments.iter_mut().find(|(key, _)| *key == measured);
        if let Some((_, moments)) = known {
            moments.add(more, sign);
            return;
        }
        let mut moments = Moments::default();
        moments.add(more, sign);
        self.moments.push((measured, moments));
    }
}

/// What the kept state does not include.
#[derive(Debug, Clone, Copy)]
pub enum News<'a> {
    /// These events arrived.
    Added(&'a [Event]),
    /// All events of the person, from which the state is rebuilt.
    All(&'a [Event]),
    /// Time passed.
    Later,
    /// The person counts as another one.
    Gone,
}

/// A state that cannot be read, or cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the state of a {0} cannot be read")]
pub struct BrokenState(pub &'static str);

/// A kind of projection.
trait Reducer {
    /// The state of a person.
    type State: Default + Clone;
    /// What a state comes to, computed once for its place and its sums.
    type View;
    /// The kind's name in errors.
    const KIND: &'static str;

    /// Whether people are kept of whom no event is heeded.
    fn keeps_everybody(&self) -> bool {
        false
    }
    /// Applies an event; whether the state changed. One that is ahead of `now` may be left out.
    fn apply(&self, state: &mut Self::State, event: &Event, now: Timestamp) -> bool;
    /// Whether an event that was left out has happened by `now`: the state follows from all events of
    /// the person only.
    fn is_behind(&self, _state: &Self::State, _now: Timestamp) -> bool {
        false
    }
    /// Computes what depends on the moment.
    fn settle(&self, _state: &mut Self::State, _now: Timestamp) {}
    /// What the state comes to.
    fn view(&self, state: &Self::State) -> Self::View;
    /// The person's place; none when there is nothing to keep.
    fn place(&self, state: &Self::State, view: &Self::View) -> Option<Place>;
    /// The person's other places in ranges of days, of kinds whose sums are of days.
    fn ranged(&self, _view: &Self::View) -> Vec<RangedPlace> {
        Vec::new()
    }
    /// Whether the person is a member, of kinds that have members.
    fn is_member(&self, _state: &Self::State) -> bool {
        false
    }
    /// Adds the person's part to the sums, `sign` times.
    fn sum(&self, _state: &Self::State, _view: &Self::View, _sign: i64, _sums: &mut Sums) {}
    /// Notes how sums and moments change when one state takes the place of another.
    fn change(
        &self,
        before: Option<(&Self::State, &Self::View)>,
        after: Option<(&Self::State, &Self::View)>,
        moved: &mut Moved,
    ) {
        for (part, sign) in [(before, -1), (after, 1)] {
            if let Some((state, view)) = part {
                self.sum(state, view, sign, &mut moved.sums);
            }
        }
    }
    /// Encodes a state; none when it cannot be written.
    fn encode(state: &Self::State) -> Option<Vec<u8>>;
    /// Decodes a state; none when the bytes are damaged.
    fn decode(bytes: &[u8]) -> Option<Self::State>;

    /// As [`Reducer::decode`], or the error that it cannot be.
    fn decode_kept(kept: &[u8]) -> Result<Self::State, BrokenState> {
        Self::decode(kept).ok_or(BrokenState(Self::KIND))
    }

    /// As [`Reducer::is_behind`], of an encoded state.
    fn has_fallen_behind(&self, kept: &[u8], now: Timestamp) -> Result<bool, BrokenState> {
        Ok(self.is_behind(&Self::decode_kept(kept)?, now))
    }

    /// How news changes a person; none when it changes nothing.
    fn advance(
        &self,
        kept: Option<&[u8]>,
        news: News<'_>,
        now: Timestamp,
    ) -> Result<Option<Moved>, BrokenState> {
        let broken = || BrokenState(Self::KIND);
        let before = kept.map(Self::decode_kept).transpose()?;
        let mut moved = Moved::default();
        let after = self.after(before.as_ref(), news, now);
        if after.is_none() && !(before.is_some() && matches!(news, News::Gone)) {
            return Ok(None);
        }
        let viewed = |state: &Option<Self::State>| state.as_ref().map(|state| self.view(state));
        let (view_before, view_after) = (viewed(&before), viewed(&after));
        let before = before.as_ref().zip(view_before.as_ref());
        let after = after.as_ref().zip(view_after.as_ref());
        self.change(before, after, &mut moved);
        if let Some((state, view)) = after
            && let Some(place) = self.place(state, view)
        {
            moved.kept = Some(Kept {
                state: Self::encode(state).ok_or_else(broken)?,
                place,
                ranged: self.ranged(view),
            });
        }
        let ranged_before = before
            .map(|(_, view)| self.ranged(view))
            .unwrap_or_default();
        let is_member = |it: Option<(&Self::State, &Self::View)>| {
            it.is_some_and(|(state, _)| self.is_member(state))
        };
        let (was_member, is_member) = (is_member(before), is_member(after));
        let ranged = moved.kept.as_ref().map_or(&[][..], |kept| &kept.ranged);
        moved.ranged_changed = ranged != ranged_before;
        moved.sums.retain(|_, amount| *amount != 0);
        moved.moments.retain(|(_, moments)| !moments.is_empty());
        moved.member = (was_member != is_member).then_some(is_member);
        Ok(Some(moved))
    }

    /// The state after the news; none when it is as before, or gone.
    fn after(
        &self,
        before: Option<&Self::State>,
        news: News<'_>,
        now: Timestamp,
    ) -> Option<Self::State> {
        let (mut after, events) = match news {
            News::Added(events) => (before.cloned().unwrap_or_default(), events),
            News::All(events) => (Self::State::default(), events),
            News::Later => (before?.clone(), [].as_slice()),
            News::Gone => return None,
        };
        let mut changed = match news {
            News::All(_) => before.is_some(),
            News::Later => {
                let place = self.place(&after, &self.view(&after))?;
                place.next.is_some_and(|next| next <= now)
            }
            News::Added(_) | News::Gone => false,
        };
        changed |= before.is_none() && self.keeps_everybody();
        for event in events {
            changed |= self.apply(&mut after, event, now);
        }
        if !changed {
            return None;
        }
        self.settle(&mut after, now);
        Some(after)
    }
}

/// Adds an amount to one of the sums; a sum stops at the ends of its range.
pub fn add<K: Ord>(sums: &mut BTreeMap<K, i64>, measured: K, amount: i64) {
    let sum = sums.entry(measured).or_default();
    *sum = sum.saturating_add(amount);
}
