//! The kinds of projection.

use super::{BrokenState, Measured, Moved, News, Place, RangedPlace, Reducer, Sums, add};
use crate::{
    analytics::funnel::{
        Entered, Entry, FunnelCounts, FunnelDefinition, PersonHits, classify, entries,
    },
    event::Event,
    experiments::measurement::Measurement,
    leads::scoring::{Ranking, ScoringModel},
    people::segment::{SegmentDefinition, SegmentState},
    time::Timestamp,
};
use serde_json::Value;

/// The sum that has the number of a segment's members.
pub const MEMBERS: Measured = Measured {
    day: 0,
    through_day: None,
    label: String::new(),
    measure: 0,
};

/// The group of those whose place under a scoring model is their score until it is another one.
const STILL: &str = "still";

/// The definition of a projection, by kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Definition {
    /// A person's score: ordered by thousandths of a point, as of the moment of the place.
    Score(ScoringModel),
    /// A person's progress in a funnel: ordered by steps taken, summed by the day and group of the
    /// first step, with other places and sums for ranges of days.
    Funnel(FunnelDefinition),
    /// A person's membership in a segment: ordered by 1 for members and 0 for others, summed to the
    /// number of members.
    Segment(SegmentDefinition),
    /// A person's first exposure in a phase of an experiment and what came of it: ordered by the arm,
    /// with the moments of each arm.
    Experiment(Measurement),
}

impl Definition {
    /// The definition in the body of a rule set of this kind.
    ///
    /// # Errors
    /// [`serde_json::Error`] when the body is not a definition, or the kind has no projection.
    pub fn parse(kind: &str, body: Value) -> serde_json::Result<Self> {
        match kind {
            "scoring_model" => serde_json::from_value(body).map(Self::Score),
            "funnel" => serde_json::from_value(body).map(Self::Funnel),
            "segment" => serde_json::from_value(body).map(Self::Segment),
            "experiment" => serde_json::from_value(body).map(Self::Experiment),
            other => Err(serde::de::Error::unknown_variant(
                other,
                &["scoring_model", "funnel", "segment", "experiment"],
            )),
        }
    }

    /// Whether what is kept of a person lies together with that of other projections, since one event
    /// moves many of them.
    pub fn is_bundled(&self) -> bool {
        matches!(self, Self::Experiment(_))
    }

    /// Whether an event can change a state.
    pub fn heeds(&self, event: &Event) -> bool {
        match self {
            Self::Score(model) => model.heeds(event),
            Self::Funnel(definition) => classify(definition, event).is_some(),
            Self::Segment(definition) => definition.heeds(event),
            Self::Experiment(measurement) => measurement.heeds(event),
        }
    }

    /// Whether time alone can change a state.
    pub fn heeds_time(&self) -> bool {
        match self {
            Self::Score(_) | Self::Segment(_) => true,
            Self::Experiment(measurement) => measurement.waits(),
            Self::Funnel(_) => false,
        }
    }

    /// Whether a kept state is one that nothing but all events of the person brings up to date.
    ///
    /// # Errors
    /// [`BrokenState`] when the kept state cannot be read.
    pub fn is_behind(&self, kept: &[u8], now: Timestamp) -> Result<bool, BrokenState> {
        match self {
            Self::Score(model) => model.has_fallen_behind(kept, now),
            Self::Funnel(definition) => definition.has_fallen_behind(kept, now),
            Self::Segment(definition) => definition.has_fallen_behind(kept, now),
            Self::Experiment(measurement) => measurement.has_fallen_behind(kept, now),
        }
    }

    /// Whether these events that have arrived change a person in a way that follows only from all of the
    /// person's events.
    ///
    /// # Errors
    /// [`BrokenState`] when the kept state cannot be read.
    pub fn begins_earlier(
        &self,
        kept: Option<&[u8]>,
        events: &[Event],
    ) -> Result<bool, BrokenState> {
        match self {
            Self::Experiment(measurement) if measurement.has_exposure(events) => {
                let known = kept.map(Measurement::decode_kept).transpose()?;
                Ok(measurement.begins_earlier(known.as_ref(), events))
            }
            _ => Ok(false),
        }
    }

    /// How news changes a person; none when it changes nothing. `now` matters to kinds that depend
    /// on the moment.
    ///
    /// # Errors
    /// [`BrokenState`] when the kept state cannot be read.
    pub fn advance(
        &self,
        kept: Option<&[u8]>,
        news: News<'_>,
        now: Timestamp,
    ) -> Result<Option<Moved>, BrokenState> {
        match self {
            Self::Score(model) => model.advance(kept, news, now),
            Self::Funnel(definition) => definition.advance(kept, news, now),
            Self::Segment(definition) => definition.advance(kept, news, now),
            Self::Experiment(measurement) => measurement.advance(kept, news, now),
        }
    }
}

impl Reducer for ScoringModel {
    type State = Ranking;
    type View = ();
    const KIND: &'static str = "score";

    fn apply(&self, state: &mut Ranking, event: &Event, now: Timestamp) -> bool {
        state.apply(self, event, now)
    }

    fn is_behind(&self, state: &Ranking, now: Timestamp) -> bool {
        state.ahead().is_some_and(|ahead| ahead <= now)
    }

    fn settle(&self, state: &mut Ranking, now: Timestamp) {
        state.settle(self, now);
    }

    fn view(&self, _: &Ranking) {}

    fn place(&self, state: &Ranking, (): &()) -> Option<Place> {
        (!state.is_empty()).then(|| Place {
            order_key: state.place(self).0,
            at: state.at(),
            label: if state.is_still() { STILL } else { "" }.to_owned(),
            next: state.next(),
        })
    }

    fn encode(state: &Ranking) -> Option<Vec<u8>> {
        serde_json::to_vec(state).ok()
    }

    fn decode(bytes: &[u8]) -> Option<Ranking> {
        serde_json::from_slice(bytes).ok()
    }
}

impl Reducer for FunnelDefinition {
    type State = PersonHits;
    type View = Vec<Entry>;
    const KIND: &'static str = "funnel";

    fn apply(&self, hits: &mut PersonHits, event: &Event, _: Timestamp) -> bool {
        classify(self, event).is_some_and(|hit| hits.insert(hit))
    }

    fn view(&self, hits: &PersonHits) -> Vec<Entry> {
        entries(self, hits)
    }

    fn place(&self, hits: &PersonHits, entries: &Vec<Entry>) -> Option<Place> {
        if hits.as_slice().is_empty() {
            return None;
        }
        let none = Place {
            order_key: 0,
            at: Timestamp(0),
            label: String::new(),
            next: None,
        };
        let best = entries.iter().find(|it| it.is_best());
        Some(best.map_or(none, |Entry { attempt, .. }| Place {
            order_key: i64::try_from(attempt.level).unwrap_or(i64::MAX),
            at: attempt.started_at,
            label: attempt.breakdown.clone().unwrap_or_default(),
            next: None,
        }))
    }

    fn ranged(&self, entries: &Vec<Entry>) -> Vec<RangedPlace> {
        let others = entries.iter().filter(|it| !it.is_best());
        others
            .map(|it| RangedPlace {
                day: it.day,
                order_key: i64::try_from(it.attempt.level).unwrap_or(i64::MAX),
                label: it.attempt.breakdown.clone().unwrap_or_default(),
                after_day: it.after_day,
                before_day: it.before_day,
            })
            .collect()
    }

    fn sum(&self, hits: &PersonHits, entries: &Vec<Entry>, sign: i64, sums: &mut Sums) {
        let mut values = FunnelCounts::default();
        values.add_not_compared(hits, Entered::ANY);
        add_rows(&values, None, sign, sums);
        for entry in entries {
            let mut counts = FunnelCounts::default();
            counts.add_person(&entry.attempt);
            for (first, last, part) in entry.spans() {
                let span = (!entry.is_best()).then_some((first, last));
                add_rows(&counts, span, sign * part, sums);
            }
        }
    }

    fn encode(hits: &PersonHits) -> Option<Vec<u8>> {
        Some(hits.to_bytes())
    }

    fn decode(bytes: &[u8]) -> Option<PersonHits> {
        PersonHits::from_bytes(bytes).ok()
    }
}

/// Adds counts to the sums of their days, or of a span of days.
fn add_rows(counts: &FunnelCounts, span: Option<(i32, i32)>, sign: i64, sums: &mut Sums) {
    for (day, breakdown, measure, amount) in counts.rows() {
        let measured = Measured {
            day: span.map_or(day, |(first, _)| first),
            through_day: span.map(|(_, last)| last),
            label: breakdown.unwrap_or_default().to_owned(),
            measure: measure.code(),
        };
        add(sums, measured, amount.saturating_mul(sign));
    }
}

impl Reducer for SegmentDefinition {
    type State = SegmentState;
    type View = ();
    const KIND: &'static str = "segment";

    fn keeps_everybody(&self) -> bool {
        self.holds_for_nobody_known()
    }

    fn apply(&self, state: &mut SegmentState, event: &Event, now: Timestamp) -> bool {
        state.apply(self, event, now)
    }

    fn is_behind(&self, state: &SegmentState, now: Timestamp) -> bool {
        state.ahead().is_some_and(|ahead| ahead <= now)
    }

    fn settle(&self, state: &mut SegmentState, now: Timestamp) {
        SegmentDefinition::settle(self, state, now);
    }

    fn view(&self, _: &SegmentState) {}

    fn place(&self, state: &SegmentState, (): &()) -> Option<Place> {
        let is_kept = !state.is_empty() || self.holds_for_nobody_known();
        is_kept.then(|| Place {
            order_key: i64::from(state.is_member()),
            at: state.at(),
            label: String::new(),
            next: state.next(),
        })
    }

    fn is_member(&self, state: &SegmentState) -> bool {
        state.is_member()
    }

    fn sum(&self, state: &SegmentState, (): &(), sign: i64, sums: &mut Sums) {
        if state.is_member() {
            add(sums, MEMBERS, sign);
        }
    }

    fn encode(state: &SegmentState) -> Option<Vec<u8>> {
        serde_json::to_vec(state).ok()
    }

    fn decode(bytes: &[u8]) -> Option<SegmentState> {
        serde_json::from_slice(bytes).ok()
    }
}
