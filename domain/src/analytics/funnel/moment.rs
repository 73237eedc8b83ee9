//! All hits at one moment, which have no order among themselves.

use super::{
    Hit,
    assignment::{bits, can_serve},
    definition::{MAX_STEPS, up_to},
};

/// What the hits at one moment can do together. Steps are counted from 0 here.
#[derive(Debug)]
pub(super) struct Moment<'a> {
    /// Microseconds since the epoch.
    pub(super) at: i64,
    /// Steps that some hit takes.
    pub(super) steps: u32,
    /// Exclusions that match some hit.
    pub(super) exclusions: u16,
    /// For each of `steps`, the first step from which different hits can serve all steps up to it.
    first: [u8; MAX_STEPS],
    /// The hits, by event id.
    pub(super) hits: &'a [Hit],
}

/// One hit serves any one of its steps and no two.
const ALONE: [u8; MAX_STEPS] = {
    let mut first = [0; MAX_STEPS];
    let mut step: u8 = 0;
    while (step as usize) < MAX_STEPS {
        first[step as usize] = step;
        step += 1;
    }
    first
};

/// The moments of `hits`, which are ordered by time, earliest first.
pub(super) fn moments(hits: &[Hit], step_mask: u32) -> impl DoubleEndedIterator<Item = Moment<'_>> {
    hits.chunk_by(|left, right| left.at == right.at)
        .map(move |hits| Moment::of(hits, step_mask))
}

impl<'a> Moment<'a> {
    fn of(hits: &'a [Hit], step_mask: u32) -> Self {
        let mut moment = Self {
            at: hits.first().map_or(0, |hit| hit.at.0),
            steps: hits.iter().fold(0, |steps, hit| steps | hit.steps) & step_mask,
            exclusions: hits.iter().fold(0, |found, hit| found | hit.exclusions),
            first: ALONE,
            hits,
        };
        if hits.len() > 1 {
            moment.share_steps();
        }
        moment
    }

    /// Fills `first`. Steps `first..=step` can be served only if `first..step` can, so the first
    /// step never moves back from one step to the next.
    fn share_steps(&mut self) {
        let mut first = 0;
        for step in bits(self.steps) {
            while first < step && !self.can_serve(first, step) {
                first += 1;
            }
            self.first[step] = u8::try_from(first).unwrap_or(u8::MAX);
        }
    }

    fn can_serve(&self, first: usize, last: usize) -> bool {
        let wanted = up_to(last + 1) & !up_to(first);
        self.steps & wanted == wanted && can_serve(self.hits.iter().map(|hit| hit.steps), wanted)
    }

    /// The first step from which the hits can serve all steps up to `step`, one of `steps`.
    pub(super) fn first(&self, step: usize) -> usize {
        usize::from(self.first[step])
    }

    /// The last step up to which the hits can serve all steps from `step` on; none when they cannot
    /// serve `step`.
    pub(super) fn last(&self, step: usize) -> Option<usize> {
        (step..MAX_STEPS)
            .take_while(|last| self.steps >> last & 1 == 1 && self.first(*last) <= step)
            .last()
    }

    /// The hit with the lowest event id that can serve step 0 while others serve the steps up to
    /// `last`.
    pub(super) fn opening(&self, last: usize) -> Option<&'a Hit> {
        let wanted = up_to(last + 1) & !1;
        self.hits.iter().enumerate().find_map(|(index, hit)| {
            let others = self
                .hits
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index);
            let opens =
                hit.steps & 1 == 1 && can_serve(others.map(|(_, other)| other.steps), wanted);
            opens.then_some(hit)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use uuid::Uuid;

    fn hits(steps: &[u32]) -> Vec<Hit> {
        (0..)
            .zip(steps)
            .map(|(id, steps)| Hit {
                at: Timestamp(1),
                event: Uuid::from_u128(id),
                steps: *steps,
                exclusions: 0,
                breakdown: None,
                not_compared: 0,
            })
            .collect()
    }

    #[test]
    fn one_hit_serves_one_step() {
        let hits = hits(&[0b111]);
        let moment = Moment::of(&hits, 0b111);
        assert_eq!((moment.first(2), moment.last(0)), (2, Some(0)));
    }

    #[test]
    fn steps_that_no_hit_takes_part_the_others() {
        let hits = hits(&[0b0001, 0b1000]);
        let moment = Moment::of(&hits, 0b1111);
        assert_eq!(
            (moment.last(0), moment.last(1), moment.first(3)),
            (Some(0), None, 3)
        );
    }

    #[test]
    fn hits_serve_as_many_steps_as_they_can_share() {
        let hits = hits(&[0b011, 0b110]);
        let moment = Moment::of(&hits, 0b111);
        assert_eq!((moment.last(0), moment.last(1)), (Some(1), Some(2)));
        assert_eq!((moment.first(1), moment.first(2)), (0, 1));
    }

    #[test]
    fn the_opening_hit_leaves_the_others_enough() {
        let hits = hits(&[0b11, 0b01, 0b01]);
        let moment = Moment::of(&hits, 0b11);
        assert_eq!(
            moment.opening(0).map(|hit| hit.event),
            Some(Uuid::from_u128(0))
        );
        assert_eq!(
            moment.opening(1).map(|hit| hit.event),
            Some(Uuid::from_u128(1))
        );
    }
}
