//! The credited attempt when steps come one after the other.
//!
//! Three passes over the hits, each O(hits * steps):
//!
//! 1. Forwards, [`Prefixes`] keeps for each level the latest start of an attempt that is at it. What
//!    comes later treats all attempts of one level alike, and the latest start has the most time
//!    left, so no other need be kept. This gives the level.
//! 2. Backwards, [`Suffixes`] keeps for each step the earliest end of a chain from it to the level,
//!    for the same reason. This gives the earliest start.
//! 3. Forwards from that start, each step is taken as soon as what remains can still be completed.
//!
//! Steps are counted from 0 here: level 1 is step 0.

use super::{
    FunnelDefinition, Hit,
    assignment::bits,
    attempt::Attempt,
    definition::{MAX_STEPS, up_to},
    moment::{Moment, moments},
};
use crate::time::Timestamp;

/// The credited attempt of hits in order, one step after the other.
pub(super) fn reduce(definition: &FunnelDefinition, hits: &[Hit]) -> Option<Attempt> {
    let rules = Rules::of(definition);
    let best = rules.level(false, hits)?;
    // Attempts of this level end no earlier than the first one found, and start no later.
    let near = between(
        hits,
        best.end.saturating_sub(rules.window),
        best.start.saturating_add(rules.window),
    );
    let start = rules.earliest_start(near, best.last)?;
    let within = between(near, start, start.saturating_add(rules.window));
    rules.earliest_times(within, best.last)
}

/// The hits of a strict history, which ends with the first that skips a step.
pub(super) fn until_a_skip<'a>(definition: &FunnelDefinition, hits: &'a [Hit]) -> &'a [Hit] {
    let best = Rules::of(definition).level(true, hits);
    best.map_or(hits, |best| &hits[..best.counted])
}

/// The hits from `first` to `last`, both moments included.
pub(super) fn between(hits: &[Hit], first: i64, last: i64) -> &[Hit] {
    let from = hits.partition_point(|hit| hit.at.0 < first);
    let hits = &hits[from..];
    &hits[..hits.partition_point(|hit| hit.at.0 <= last)]
}

/// A definition as the passes read it.
struct Rules {
    window: i64,
    step_mask: u32,
    /// Per exclusion: its first step, and the last steps of the attempts that it voids.
    exclusions: Vec<(usize, u32)>,
}

/// The best level of a person.
struct Best {
    /// The last step that is taken.
    last: usize,
    /// Latest start of the attempts that take it first.
    start: i64,
    /// When they take it.
    end: i64,
    /// How many of the hits count.
    counted: usize,
}

impl Rules {
    fn of(definition: &FunnelDefinition) -> Self {
        let exclusions = definition.exclusions.iter();
        Self {
            window: definition.window_micros(),
            step_mask: definition.step_mask(),
            exclusions: exclusions
                .map(|it| (it.from_step.saturating_sub(1), it.levels()))
                .collect(),
        }
    }

    /// The exclusions that match some hit of the moment.
    fn excluded(&self, moment: &Moment) -> impl Iterator<Item = (usize, u32)> {
        bits(u32::from(moment.exclusions)).filter_map(|index| self.exclusions.get(index).copied())
    }

    /// Pass 1: how far the person gets. A strict history ends with the first hit that skips a step.
    fn level(&self, strict: bool, hits: &[Hit]) -> Option<Best> {
        let mut prefixes = Prefixes::default();
        let mut best: Option<Best> = None;
        let mut seen = 0;
        for moment in moments(hits, self.step_mask) {
            seen += moment.hits.len();
            if let Some((last, start)) = prefixes.advance(self, &moment)
                && best.as_ref().is_none_or(|best| last > best.last)
            {
                best = Some(Best {
                    last,
                    start,
                    end: moment.at,
                    counted: hits.len(),
                });
            }
            let Some(best) = &mut best else { continue };
            if self.step_mask & !up_to(best.last + 1) == 0 {
                break;
            }
            if strict && moment.steps & !up_to(best.last + 2) != 0 {
                best.counted = seen;
                break;
            }
        }
        best
    }

    /// Pass 2: the earliest start of an attempt that ends with step `last`.
    fn earliest_start(&self, hits: &[Hit], last: usize) -> Option<i64> {
        let mut suffixes = Suffixes::new(last);
        let mut earliest = None;
        for moment in moments(hits, self.step_mask).rev() {
            let end = suffixes.advance(self, &moment);
            if end.is_some_and(|end| end.saturating_sub(moment.at) <= self.window) {
                earliest = Some(moment.at);
            }
        }
        earliest
    }

    /// Pass 3: the attempt that ends with step `last` and takes each step as early as possible,
    /// among hits that begin with its start and end with its window.
    fn earliest_times(&self, hits: &[Hit], last: usize) -> Option<Attempt> {
        let mut suffixes = Suffixes::new(last);
        let mut open_after = Vec::new();
        for moment in moments(hits, self.step_mask).rev() {
            open_after.push(suffixes.alive);
            suffixes.advance(self, &moment);
        }
        let mut times: Vec<Timestamp> = Vec::with_capacity(last + 1);
        let mut opening = None;
        for (moment, open) in moments(hits, self.step_mask).zip(open_after.iter().rev()) {
            let next = times.len();
            // Excluded hits of the moment can be ignored: one that voids taking a step here also
            // voids waiting, and taking fewer steps. Some chain is completed, so it takes more.
            let taken = moment.last(next).and_then(|most| {
                (next..=most.min(last))
                    .rev()
                    .find(|step| *step == last || open >> (step + 1) & 1 == 1)
            });
            let Some(taken) = taken else { continue };
            if next == 0 {
                opening = moment.opening(taken);
            }
            times.resize(taken + 1, Timestamp(moment.at));
            if taken == last {
                break;
            }
        }
        Attempt::new(times, opening?)
    }
}

/// Attempts that have begun, by the last step that they have taken.
#[derive(Default)]
struct Prefixes {
    /// Last steps that some attempt is at.
    alive: u32,
    /// Latest start of such an attempt.
    starts: [i64; MAX_STEPS],
}

impl Prefixes {
    /// Applies a moment; returns the furthest step that is taken at it, with the latest start.
    fn advance(&mut self, rules: &Rules, moment: &Moment) -> Option<(usize, i64)> {
        let mut furthest = None;
        let mut taken: [Option<usize>; MAX_STEPS] = [None; MAX_STEPS];
        // Downwards, so that what precedes a step is as it was before the moment.
        for step in bits_downwards(moment.steps) {
            // The first step taken at the moment: the earlier, the later the start.
            let first = (moment.first(step)..=step).find(|first| {
                first.checked_sub(1).is_none_or(|before| {
                    self.alive >> before & 1 == 1
                        && moment.at.saturating_sub(self.starts[before]) <= rules.window
                })
            });
            let Some(first) = first else { continue };
            let start = first.checked_sub(1).map_or(moment.at, |it| self.starts[it]);
            self.starts[step] = start;
            self.alive |= 1 << step;
            taken[step] = Some(first);
            furthest = furthest.or(Some((step, start)));
        }
        for (from, levels) in rules.excluded(moment) {
            for step in bits(levels & self.alive) {
                if taken[step].is_none_or(|first| from < first) {
                    self.alive &= !(1 << step);
                }
            }
        }
        furthest
    }
}

/// Chains that end with the last step, by the step that they begin with.
struct Suffixes {
    last: usize,
    /// First steps from which some chain runs.
    alive: u32,
    /// Earliest end of such a chain.
    ends: [i64; MAX_STEPS],
}

impl Suffixes {
    fn new(last: usize) -> Self {
        Self {
            last,
            alive: 0,
            ends: [0; MAX_STEPS],
        }
    }

    /// Applies the moment before; returns the earliest end of a chain that takes all steps and
    /// begins at it.
    fn advance(&mut self, rules: &Rules, moment: &Moment) -> Option<i64> {
        let mut whole = None;
        let mut taken: [Option<usize>; MAX_STEPS] = [None; MAX_STEPS];
        // Upwards, so that what follows a step is as it was after the moment.
        for step in bits(moment.steps & up_to(self.last + 1)) {
            let Some(most) = moment.last(step) else {
                continue;
            };
            // The last step taken at the moment: the later, the earlier the end.
            let through = (step..=most.min(self.last))
                .rev()
                .find(|through| *through == self.last || self.alive >> (through + 1) & 1 == 1);
            let Some(through) = through else { continue };
            let end = if through == self.last {
                moment.at
            } else {
                self.ends[through + 1]
            };
            self.ends[step] = end;
            self.alive |= 1 << step;
            taken[step] = Some(through);
            if step == 0 {
                whole = Some(end);
            }
        }
        for (from, levels) in rules.excluded(moment) {
            for step in bits(self.alive & !up_to(from + 1)) {
                // The chain is exposed when the step before it is, unless it leaves the exclusion's
                // steps, or ends, at this very moment.
                let exposed = levels >> (step - 1) & 1 == 1;
                let leaves = taken[step]
                    .is_some_and(|through| through == self.last || levels >> through & 1 == 0);
                if exposed && !leaves {
                    self.alive &= !(1 << step);
                }
            }
        }
        whole
    }
}

/// As [`bits`], highest first.
fn bits_downwards(mut mask: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let highest = mask.checked_ilog2()?;
        mask &= !(1 << highest);
        usize::try_from(highest).ok()
    })
}
