//! The assignment of events to steps: each event serves at most one step, and each step takes at
//! most one event.
//!
//! Sets of events that can serve different steps are the independent sets of a transversal matroid
//! (Edmonds and Fulkerson 1965). [`Assignment`] keeps a largest such set, and of the largest the one
//! with the latest events: when a new event finds every step taken that it could reach by moving
//! others, the oldest of those others leaves. By the greedy property of matroids the kept events
//! since any moment are a largest set of all events since that moment.

use super::definition::MAX_STEPS;

/// A largest set of events that serve different steps, with the latest times.
#[derive(Debug, Clone, Default)]
pub(super) struct Assignment {
    /// Steps that are served, bit 0 being step 1.
    served: u32,
    /// Moment of the event that serves a step.
    at: [i64; MAX_STEPS],
    /// Steps that the event which serves a step could serve.
    steps: [u32; MAX_STEPS],
}

impl Assignment {
    /// Adds an event at `at`, no earlier than the others, that could serve `steps`; whether one
    /// more step is served.
    pub(super) fn place(&mut self, at: i64, steps: u32) -> bool {
        let mut seen = steps;
        let mut frontier = steps;
        // The step whose event could move here; the step itself where the new event could go.
        let mut origin: [usize; MAX_STEPS] = std::array::from_fn(|step| step);
        while seen & !self.served == 0 {
            let Some(step) = bits(frontier).next() else {
                break;
            };
            frontier &= frontier - 1;
            let next = self.steps[step] & !seen;
            for other in bits(next) {
                origin[other] = step;
            }
            seen |= next;
            frontier |= next;
        }
        let free = bits(seen & !self.served).next();
        let Some(mut step) = free.or_else(|| bits(seen).min_by_key(|step| self.at[*step])) else {
            return false;
        };
        self.served |= 1 << step;
        while origin[step] != step {
            self.at[step] = self.at[origin[step]];
            self.steps[step] = self.steps[origin[step]];
            step = origin[step];
        }
        self.at[step] = at;
        self.steps[step] = steps;
        free.is_some()
    }

    /// How many of the kept events happened at `moment` or later.
    pub(super) fn since(&self, moment: i64) -> usize {
        bits(self.served)
            .filter(|step| self.at[*step] >= moment)
            .count()
    }
}

/// Whether `events`, each given by the steps that it could serve, can serve all of `wanted`.
pub(super) fn can_serve(events: impl IntoIterator<Item = u32>, wanted: u32) -> bool {
    let mut assignment = Assignment::default();
    let mut missing = wanted.count_ones();
    for steps in events {
        if missing == 0 {
            break;
        }
        missing -= u32::from(assignment.place(0, steps & wanted));
    }
    missing == 0
}

/// The positions of the bits that are set, lowest first.
pub(super) fn bits(mut mask: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = mask.trailing_zeros();
        mask &= mask.checked_sub(1)?;
        usize::try_from(lowest).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_serves_one_step() {
        assert!(!can_serve([0b11], 0b11));
        assert!(!can_serve([0b11, 0b100, 0b100], 0b111));
        assert!(can_serve([0b11, 0b11], 0b11));
    }

    #[test]
    fn an_event_makes_room_along_a_chain_of_others() {
        // The last event fits only where the first one went, which moves on, and so does the next.
        assert!(can_serve([0b011, 0b110, 0b001], 0b111));
    }

    #[test]
    fn the_oldest_event_makes_way() {
        let mut assignment = Assignment::default();
        assert!(assignment.place(1, 0b01));
        assert!(assignment.place(2, 0b11));
        assert!(!assignment.place(3, 0b11));
        assert_eq!(
            (
                assignment.since(1),
                assignment.since(2),
                assignment.since(3)
            ),
            (2, 2, 1)
        );
    }

    #[test]
    fn an_event_of_no_step_changes_nothing() {
        let mut assignment = Assignment::default();
        assert!(!assignment.place(1, 0));
        assert_eq!(assignment.since(i64::MIN), 0);
    }
}
