//! Measurements of experiments as a kind of projection.

use super::{Moved, News, Place, Reducer};
use crate::{
    experiments::measurement::{Measurement, MeasurementState},
    time::Timestamp,
};

impl Reducer for Measurement {
    type State = MeasurementState;
    type View = ();
    const KIND: &'static str = "experiment";

    fn apply(
        &self,
        state: &mut MeasurementState,
        event: &crate::event::Event,
        _: Timestamp,
    ) -> bool {
        self.update(state, event)
    }

    fn settle(&self, state: &mut MeasurementState, now: Timestamp) {
        state.settle(now);
    }

    fn view(&self, _: &MeasurementState) {}

    fn place(&self, state: &MeasurementState, (): &()) -> Option<Place> {
        state.place().map(|first| Place {
            order_key: i64::try_from(first).unwrap_or_default(),
            at: state.at(),
            label: self.label(state).to_owned(),
            next: self.next(state),
        })
    }

    fn change(
        &self,
        before: Option<(&MeasurementState, &())>,
        after: Option<(&MeasurementState, &())>,
        moved: &mut Moved,
    ) {
        Measurement::change(self, before.map(|it| it.0), after.map(|it| it.0), moved);
    }

    fn encode(state: &MeasurementState) -> Option<Vec<u8>> {
        Some(state.to_bytes())
    }

    fn decode(bytes: &[u8]) -> Option<MeasurementState> {
        MeasurementState::from_bytes(bytes)
    }

    /// What is kept begins with the first exposure. Of people who are not kept, these are all events that
    /// matter, or none is an exposure.
    fn after(
        &self,
        before: Option<&MeasurementState>,
        news: News<'_>,
        now: Timestamp,
    ) -> Option<MeasurementState> {
        let (mut after, changed) = match (news, before) {
            (News::All(events), _) => (self.compute(events), before.is_some()),
            (News::Added(events), None) => (self.compute(events), false),
            (News::Added(events), Some(before)) => {
                let mut after = before.clone();
                let mut changed = false;
                for event in events {
                    changed |= self.update(&mut after, event);
                }
                (after, changed)
            }
            (News::Later, Some(before)) => {
                let is_due = self.next(before).is_some_and(|next| next <= now);
                (before.clone(), is_due)
            }
            (News::Later, None) | (News::Gone, _) => return None,
        };
        let begins = before.is_none() && after.first().is_some();
        if !changed && !begins {
            return None;
        }
        after.settle(now);
        Some(after)
    }
}
