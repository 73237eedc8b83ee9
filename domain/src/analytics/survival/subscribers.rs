//! Lifetimes of subscriptions.

use super::Lifetimes;
use crate::{
    analytics::subscriptions::{EndKind, Subscription},
    time::{MICROS_PER_DAY, Timestamp},
};

/// Lifetimes of subscriptions in days, and how many of them ended in which way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubscriberLifetimes {
    /// In whole days of 24 hours.
    pub lifetimes: Lifetimes,
    /// Subscriptions in all.
    pub subscriptions: u64,
    /// Subscriptions that were cancelled.
    pub cancelled: u64,
    /// Subscriptions that lapsed because a payment was missed.
    pub lapsed: u64,
}

impl SubscriberLifetimes {
    /// Counts a subscription as known at `as_of`, from its start to its end or to `as_of`; one that
    /// started later is not counted. A subscription without an end by then is censored.
    pub fn add(&mut self, subscription: &Subscription, as_of: Timestamp) {
        if subscription.started_at > as_of {
            return;
        }
        let end = subscription.end.filter(|end| end.at <= as_of);
        let seen_until = end.map_or(as_of, |end| end.at);
        let micros = seen_until.0.saturating_sub(subscription.started_at.0);
        let days = u64::try_from(micros / MICROS_PER_DAY).unwrap_or(0);
        self.lifetimes.add(days, end.is_some());
        self.subscriptions += 1;
        match end.map(|end| end.kind) {
            Some(EndKind::Cancelled) => self.cancelled += 1,
            Some(EndKind::Lapsed) => self.lapsed += 1,
            None => {}
        }
    }

    /// Adds the subscriptions of other persons.
    pub fn merge(&mut self, other: &Self) {
        self.lifetimes.merge(&other.lifetimes);
        self.subscriptions += other.subscriptions;
        self.cancelled += other.cancelled;
        self.lapsed += other.lapsed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytics::subscriptions::End;
    use crate::analytics::survival::SurvivalCurve;
    use uuid::Uuid;

    fn lasting(start: i64, end: Option<(i64, EndKind)>) -> Subscription {
        let hour = |hour: i64| Timestamp::from_secs(hour * 3_600);
        Subscription {
            id: Uuid::nil(),
            account: "a".to_owned(),
            wallet: None,
            plan: None,
            mint: "m".to_owned(),
            period: None,
            started_at: hour(start),
            payments: Vec::new(),
            end: end.map(|(at, kind)| End { at: hour(at), kind }),
        }
    }

    #[test]
    fn what_started_or_ended_after_the_moment_is_not_known() {
        let mut counts = SubscriberLifetimes::default();
        let as_of = Timestamp::from_secs(48 * 3_600);
        counts.add(&lasting(49, None), as_of);
        assert_eq!(counts, SubscriberLifetimes::default());
        counts.add(&lasting(0, Some((49, EndKind::Cancelled))), as_of);
        assert_eq!((counts.subscriptions, counts.cancelled), (1, 0));
    }

    #[test]
    fn lifetimes_are_whole_days_and_both_ends_are_events() {
        let mut counts = SubscriberLifetimes::default();
        let as_of = Timestamp::from_secs(10 * 86_400);
        counts.add(&lasting(0, Some((71, EndKind::Cancelled))), as_of);
        counts.add(&lasting(1, Some((73, EndKind::Lapsed))), as_of);
        counts.add(&lasting(0, None), as_of);
        assert_eq!((counts.cancelled, counts.lapsed), (1, 1));
        let curve = SurvivalCurve::kaplan_meier(&counts.lifetimes);
        let points: Vec<_> = curve
            .points
            .iter()
            .map(|it| (it.duration, it.at_risk, it.events, it.censored))
            .collect();
        assert_eq!(points, [(2, 3, 1, 0), (3, 2, 1, 0), (10, 1, 0, 1)]);
    }
}
