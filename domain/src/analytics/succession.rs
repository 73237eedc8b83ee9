//! Changes of plan: which subscription goes on in which.
//!
//! Law: who cancels a subscription and signs another one within a grace has changed plans, and neither
//! left nor come; as has who signs the other one first and cancels within a day. Each subscription goes
//! on in one other at most, and each continues one at most, the nearest in time first: who cancels two
//! and signs one has left one.

use crate::{
    billing_period::BillingPeriod,
    time::{MICROS_PER_DAY, MICROS_PER_SEC, Timestamp},
};

/// How many cancellations on either side of a new subscription are looked at, so that a wallet that
/// subscribes and cancels all day costs no more than others.
const NEIGHBOURS: usize = 8;

/// Longest grace that an organisation can set, seconds: 366 days.
pub const MAX_GRACE_SECS: u32 = 31_622_400;

/// How far apart a cancellation and a new subscription may lie to be a change of plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Grace {
    /// As long as the period of what was cancelled.
    #[default]
    OnePeriod,
    /// So many seconds.
    Secs(u32),
}

/// What a wallet agreed to, from its signature on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// When it was signed.
    pub began: Timestamp,
    /// When it was cancelled; none while it goes on, and when it lapsed.
    pub cancelled: Option<Timestamp>,
    /// What one payment is for; none when it is not known.
    pub period: Option<BillingPeriod>,
}

impl Grace {
    /// Whether `new` was signed near enough to when `old` was cancelled.
    fn spans(self, old: &Agreement, cancelled: Timestamp, new: &Agreement) -> bool {
        let secs = match self {
            Self::OnePeriod => old.period.unwrap_or_default().mean_secs(),
            Self::Secs(secs) => secs.into(),
        };
        let after = secs.saturating_mul(MICROS_PER_SEC);
        // Two that go on side by side for longer are two.
        let before = after.min(MICROS_PER_DAY);
        let gap = new.began.0.saturating_sub(cancelled.0);
        (-before..=after).contains(&gap)
    }
}

/// For each agreement of a wallet, the index of the one that it goes on in. Those that were signed in one
/// second come in their order.
pub fn successors(agreements: &[Agreement], grace: Grace) -> Vec<Option<usize>> {
    let mut cancelled: Vec<(Timestamp, usize)> = agreements
        .iter()
        .enumerate()
        .filter_map(|(index, it)| Some((it.cancelled?, index)))
        .collect();
    cancelled.sort_unstable();
    let mut pairs: Vec<(u64, Timestamp, usize, usize)> = Vec::new();
    for (next, new) in agreements.iter().enumerate() {
        let middle = cancelled.partition_point(|(at, _)| *at < new.began);
        let near = middle.saturating_sub(NEIGHBOURS)..cancelled.len().min(middle + NEIGHBOURS);
        for (at, index) in cancelled.get(near).unwrap_or_default() {
            let gap = at.0.abs_diff(new.began.0);
            let Some(old) = agreements.get(*index) else {
                continue;
            };
            // Of two in one second the caller's order counts.
            let is_older = (old.began, *index) < (new.began, next);
            if is_older && grace.spans(old, *at, new) {
                pairs.push((gap, new.began, next, *index));
            }
        }
    }
    pairs.sort_unstable();
    let mut found = vec![None; agreements.len()];
    let mut continues = vec![false; agreements.len()];
    for (_, _, next, index) in pairs {
        let (Some(successor), Some(taken)) = (found.get_mut(index), continues.get_mut(next)) else {
            continue;
        };
        if successor.is_none() && !*taken {
            *successor = Some(next);
            *taken = true;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn day(day: i64) -> Timestamp {
        Timestamp::from_secs(day * DAY)
    }

    fn month(began: i64, cancelled: Option<i64>) -> Agreement {
        Agreement {
            began: day(began),
            cancelled: cancelled.map(day),
            period: Some(BillingPeriod::MONTH),
        }
    }

    fn of(agreements: &[Agreement]) -> Vec<Option<usize>> {
        successors(agreements, Grace::OnePeriod)
    }

    #[test]
    fn what_goes_on_or_ended_long_before_goes_on_in_nothing() {
        assert_eq!(of(&[]), []);
        assert_eq!(of(&[month(0, None), month(5, None)]), [None, None]);
        // A mean month has 30.4375 days.
        assert_eq!(of(&[month(0, Some(10)), month(41, None)]), [None, None]);
    }

    #[test]
    fn nothing_goes_on_in_itself_or_in_what_is_older() {
        assert_eq!(of(&[month(5, Some(6))]), [None]);
        assert_eq!(of(&[month(0, None), month(5, Some(6))]), [None, None]);
        // Side by side for longer than a day.
        assert_eq!(of(&[month(0, Some(10)), month(8, None)]), [None, None]);
    }

    #[test]
    fn a_cancellation_and_a_signature_within_the_grace_are_a_change_in_either_order() {
        let expected = [Some(1), None];
        assert_eq!(of(&[month(0, Some(10)), month(40, None)]), expected);
        assert_eq!(of(&[month(0, Some(10)), month(10, None)]), expected);
        assert_eq!(of(&[month(0, Some(10)), month(9, None)]), expected);
        let far = [month(0, Some(10)), month(18, None)];
        let week = u32::try_from(7 * DAY).map(Grace::Secs).expect("a week");
        assert_eq!(successors(&far, week), [None, None]);
        assert_eq!(successors(&far, Grace::Secs(8 * 86_400)), expected);
    }

    #[test]
    fn of_two_that_are_cancelled_for_one_only_the_nearer_goes_on() {
        let agreements = [month(0, Some(9)), month(0, Some(10)), month(11, None)];
        assert_eq!(of(&agreements), [None, Some(2), None]);
        // The other way round, the nearer of two new ones continues it.
        let agreements = [month(0, Some(10)), month(3, None), month(10, None)];
        assert_eq!(of(&agreements), [Some(2), None, None]);
    }

    #[test]
    fn changes_follow_each_other() {
        let agreements = [month(0, Some(10)), month(11, Some(20)), month(21, None)];
        assert_eq!(of(&agreements), [Some(1), Some(2), None]);
    }

    #[test]
    fn a_wallet_that_changes_all_day_is_followed_through() {
        let agreements: Vec<_> = (0..2_000).map(|at| month(at, Some(at + 1))).collect();
        let changed = of(&agreements).iter().flatten().count();
        assert_eq!(changed, 1_999);
    }
}
