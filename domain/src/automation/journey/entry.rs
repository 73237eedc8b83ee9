//! How people enter a journey.

use crate::{
    automation::local_time::{LocalTime, Weekday, Zone},
    capture::{Registry, is_name},
    event::Event,
    filter::EventFilter,
    leads::scoring::MAX_CAP,
    people::segment::ENTERED,
    refusal::Refusal,
    time::Timestamp,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

/// Who enters, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A person of whom such an event arrives.
    Event(EventFilter),
    /// A person who becomes a member of the segment of this name.
    Segment(String),
    /// A person whose score under the model in force comes to so many points.
    Score(i32),
    /// Members of a segment, at an hour.
    Schedule(Schedule),
    /// A subscriber, at a moment of the subscription.
    Subscription(Moment),
}

/// Members of a segment, again and again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Name of the segment.
    pub segment: String,
    /// On which days.
    pub on: Cadence,
    /// The time of the day.
    pub at: LocalTime,
    /// Whose clock shows it.
    pub zone: Zone,
}

/// Days of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cadence {
    /// Every day.
    Daily,
    /// This day of each week.
    Weekly(Weekday),
    /// This day of each month, or the last one of months that have fewer.
    Monthly(i8),
}

/// A moment of a subscription, as the chain has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// A payment was missed, and its grace is over.
    PastDue,
    /// A payment was missed, and can still be made up.
    PaymentMissed,
    /// The next payment is due within so many days.
    RenewalWithinDays(u16),
    /// The trial ends within so many days.
    TrialEndsWithinDays(u16),
    /// What the wallet has approved does not pay for so many more periods.
    ApprovalBelowPeriods(u16),
}

impl Entry {
    /// Whether an event is what a person enters by.
    pub fn is_by(&self, event: &Event) -> bool {
        match self {
            Self::Event(filter) => filter.matches(event),
            Self::Segment(_) | Self::Score(_) => {
                let segment = event.properties.get("segment").and_then(Value::as_str);
                event.name == ENTERED && segment == self.segment().as_deref()
            }
            Self::Subscription(Moment::PastDue) => event.name == "past_due",
            Self::Schedule(_) | Self::Subscription(_) => false,
        }
    }

    /// The segment whose members enter; none where that is no question of membership. A score has one of its
    /// own.
    pub fn segment(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Segment(name) => Some(name.into()),
            Self::Schedule(it) => Some((&it.segment).into()),
            Self::Score(points) => Some(format!("score_at_least_{points}").into()),
            Self::Event(_) | Self::Subscription(_) => None,
        }
    }

    pub(super) fn canonicalise(&mut self, registry: &Registry) -> Result<(), Refusal> {
        match self {
            Self::Event(filter) => filter
                .canonicalise(registry)
                .map_err(|it| it.within("event")),
            _ => Ok(()),
        }
    }

    pub(super) fn validate(&self) -> Result<(), Refusal> {
        match self {
            Self::Event(filter) => filter.validate().map_err(|it| it.within("event")),
            Self::Segment(name) => check_segment("segment", name),
            Self::Score(points) => Refusal::unless_number("score", *points, 1..=MAX_CAP),
            Self::Schedule(it) => {
                check_segment("schedule.segment", &it.segment)?;
                match it.on {
                    Cadence::Monthly(day) => {
                        Refusal::unless_number("schedule.on.monthly", day, 1..=31)
                    }
                    Cadence::Daily | Cadence::Weekly(_) => Ok(()),
                }
            }
            Self::Subscription(moment) => moment.validate(),
        }
    }
}

impl Schedule {
    /// The moments of a time, both ends included, at which members enter.
    pub fn hours(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Timestamp> {
        let just_before = Timestamp(from.0.saturating_sub(1));
        let hours = std::iter::successors(Some(self.next(just_before)), |at| Some(self.next(*at)));
        hours.take_while(move |at| *at <= until)
    }

    /// The first moment after `from` at which members enter.
    pub fn next(&self, from: Timestamp) -> Timestamp {
        let mut at = from;
        loop {
            at = self.at.next(&self.zone, at);
            if self.on.contains(self.zone.date(at)) || at == Timestamp(i64::MAX) {
                return at;
            }
        }
    }
}

impl Cadence {
    fn contains(self, date: Date) -> bool {
        match self {
            Self::Daily => true,
            Self::Weekly(day) => Weekday::of(date) == day,
            Self::Monthly(day) => date.day() == day.min(date.days_in_month()),
        }
    }
}

impl Moment {
    fn validate(&self) -> Result<(), Refusal> {
        let (field, number, most) = match self {
            Self::PastDue | Self::PaymentMissed => return Ok(()),
            Self::RenewalWithinDays(days) => ("renewal_within_days", *days, 366),
            Self::TrialEndsWithinDays(days) => ("trial_ends_within_days", *days, 366),
            Self::ApprovalBelowPeriods(periods) => ("approval_below_periods", *periods, 100),
        };
        Refusal::unless_number(format!("subscription.{field}"), number, 1..=most)
    }
}

fn check_segment(field: &str, name: &str) -> Result<(), Refusal> {
    if is_name(name) {
        return Ok(());
    }
    Err(Refusal::new(field, "must be the name of a segment"))
}
