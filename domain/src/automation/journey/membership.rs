//! Membership over a past, for rehearsals.

use crate::{
    event::Event,
    people::segment::{SegmentDefinition, SegmentState},
    time::Timestamp,
};

/// A membership that moves on with the events of a person.
pub(super) struct Membership<'a> {
    definition: &'a SegmentDefinition,
    coming: &'a [Event],
    state: SegmentState,
}

impl<'a> Membership<'a> {
    pub(super) fn new(definition: &'a SegmentDefinition, history: &'a [Event]) -> Self {
        Self {
            definition,
            coming: history,
            state: SegmentState::default(),
        }
    }

    /// Whether the person is a member at a moment that is no earlier than the one asked for before.
    pub(super) fn is_member_at(&mut self, at: Timestamp) -> bool {
        while let Some((event, coming)) = self.coming.split_first().filter(|(it, _)| it.at <= at) {
            self.state.apply(self.definition, event, at);
            self.coming = coming;
        }
        self.definition.settle(&mut self.state, at);
        self.state.is_member()
    }

    /// The moments up to `until` at which the person becomes a member.
    pub(super) fn entries(mut self, until: Timestamp) -> Vec<Timestamp> {
        let mut entries = Vec::new();
        let mut was_member = false;
        loop {
            let event = self.coming.first().map(|it| it.at);
            // By time alone, or by the next event.
            let later = self.state.next().filter(|next| *next > self.state.at());
            let next = [later, event].into_iter().flatten().min();
            let Some(at) = next.filter(|at| *at <= until) else {
                return entries;
            };
            let is_member = self.is_member_at(at);
            if is_member && !was_member {
                entries.push(at);
            }
            was_member = is_member;
        }
    }
}
