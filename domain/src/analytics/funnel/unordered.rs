//! The credited attempt when steps come in any order.
//!
//! An attempt takes events from one window, and none from before an excluded event if it takes one
//! from after it. So at each moment there is a first moment that may still count, and the level is
//! the most steps that the events since then can serve: [`Assignment`] knows it for every first
//! moment. O(hits * steps).

use super::{
    FunnelDefinition, Hit, assignment::Assignment, attempt::Attempt, definition::up_to,
    moment::moments,
};
use crate::time::Timestamp;

/// The credited attempt of hits in order, in an unordered funnel, of those that begin before `until`.
pub(super) fn reduce(
    definition: &FunnelDefinition,
    hits: &[Hit],
    until: Timestamp,
) -> Option<Attempt> {
    let (first, last) = best_span(definition, hits, until)?;
    let mask = definition.step_mask();
    let mut assignment = Assignment::default();
    let mut opening = None;
    let mut times = Vec::new();
    for hit in hits.iter().filter(|hit| (first..=last).contains(&hit.at.0)) {
        if assignment.place(hit.at.0, hit.steps & mask) {
            opening = opening.or(Some(hit));
            times.push(Timestamp(hit.at.0));
        }
    }
    Attempt::new(times, opening?)
}

/// The first and the last moment of the earliest span whose events serve the most steps.
///
/// Its end is the first moment at which that many are served. Spans that end later begin no earlier:
/// both the window and the excluded events only ever move the first moment on. The first event of a
/// span that could serve a step is always among those that do.
fn best_span(definition: &FunnelDefinition, hits: &[Hit], until: Timestamp) -> Option<(i64, i64)> {
    let (steps, exclusions) = (definition.step_mask(), up_to(definition.exclusions.len()));
    let mut assignment = Assignment::default();
    let mut level = 0;
    let mut span = None;
    let mut excluded = i64::MIN;
    for moment in moments(hits, steps) {
        for hit in moment.hits {
            assignment.place(hit.at.0, hit.steps & steps);
        }
        let window = moment.at.saturating_sub(definition.window_micros());
        let first = window.max(excluded);
        let from = hits.partition_point(|hit| hit.at.0 < first);
        let opening = hits[from..].iter().find(|hit| hit.steps & steps != 0);
        if opening.is_some_and(|hit| hit.at >= until) {
            break;
        }
        let served = assignment.since(first);
        if served > level {
            level = served;
            span = Some((first, moment.at));
        }
        if level == definition.steps.len() {
            break;
        }
        if u32::from(moment.exclusions) & exclusions != 0 {
            excluded = moment.at;
        }
    }
    span
}
