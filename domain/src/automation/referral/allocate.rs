//! Who gets how much of what caps and the budget leave.
//!
//! Law: what was released is spent. Of the rest, referrals take what they have earned in the order in
//! which they qualified; the one at which a cap runs short gets what is left, the referrer first.

use super::{
    campaign::{Cap, Caps, Limit},
    reward::{Grant, Rewards},
};
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A referral's claim to rewards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'a> {
    pub(super) referrer: &'a str,
    pub(super) qualified_at: Timestamp,
    /// What was released before.
    pub(super) released: Rewards<Grant>,
    /// What it has earned beyond that.
    pub(super) wanted: Rewards<Grant>,
}

/// What a claim gets, and what made it less.
#[derive(Debug, Clone, Default)]
pub(super) struct Allotted {
    pub(super) due: Rewards<Grant>,
    pub(super) capped_by: BTreeSet<Cap>,
}

/// What is spent of a limit.
#[derive(Debug, Clone, Copy, Default)]
struct Spent {
    referrals: u32,
    grants: Grant,
}

#[derive(Default)]
struct Books<'a> {
    referrers: BTreeMap<&'a str, Spent>,
    days: BTreeMap<i32, Spent>,
    all: Spent,
}

/// What each claim gets; they come in the order in which they qualified.
pub(super) fn allocate(caps: &Caps, claims: &[Claim]) -> Vec<Allotted> {
    let mut books = Books::default();
    for claim in claims.iter().filter(|it| !it.released.is_zero()) {
        books.book(claim, claim.released, true);
    }
    let mut answers = Vec::with_capacity(claims.len());
    for claim in claims {
        let allotted = books.allot(caps, claim);
        let begins = claim.released.is_zero() && !allotted.due.is_zero();
        books.book(claim, allotted.due, begins);
        answers.push(allotted);
    }
    answers
}

impl<'a> Books<'a> {
    fn allot(&self, caps: &Caps, claim: &Claim<'a>) -> Allotted {
        let begins = claim.released.is_zero();
        let referrer = self.referrers.get(claim.referrer).copied();
        let day = self.days.get(&claim.qualified_at.day()).copied();
        let left =
            |limit: Limit, spent: Option<Spent>| limit.left(spent.unwrap_or_default(), begins);
        let of_referrer = left(caps.per_referrer, referrer);
        let shared = [
            (Cap::PerDay, left(caps.per_day, day)),
            (Cap::Budget, left(caps.budget, Some(self.all))),
        ];
        let mut capped_by = BTreeSet::new();
        let mut cut = |wanted: Grant, cap: Cap, left: Grant| {
            if !wanted.beyond(left).is_zero() {
                capped_by.insert(cap);
            }
            wanted.at_most(left)
        };
        let mut given = claim.wanted;
        given.referrer = cut(given.referrer, Cap::PerReferrer, of_referrer);
        // Who has brought enough referrals brings no reward to another one's referred either.
        if begins && caps.per_referrer.is_full(referrer.unwrap_or_default()) {
            given.referred = cut(given.referred, Cap::PerReferrer, Grant::default());
        }
        for (cap, left) in shared {
            given.referrer = cut(given.referrer, cap, left);
        }
        for (cap, left) in shared {
            given.referred = cut(given.referred, cap, left.beyond(given.referrer));
        }
        Allotted {
            due: given,
            capped_by,
        }
    }

    fn book(&mut self, claim: &Claim<'a>, given: Rewards<Grant>, begins: bool) {
        let both = given.referrer.plus(given.referred);
        let referrer = self.referrers.entry(claim.referrer).or_default();
        referrer.add(given.referrer, begins);
        let day = self.days.entry(claim.qualified_at.day()).or_default();
        day.add(both, begins);
        self.all.add(both, begins);
    }
}

impl Spent {
    fn add(&mut self, given: Grant, begins: bool) {
        self.referrals = self.referrals.saturating_add(u32::from(begins));
        self.grants = self.grants.plus(given);
    }
}

impl Limit {
    fn is_full(self, spent: Spent) -> bool {
        self.referrals.is_some_and(|most| spent.referrals >= most)
    }

    /// What is left: nothing for a referral that begins when there are enough of them.
    fn left(self, spent: Spent, begins: bool) -> Grant {
        if begins && self.is_full(spent) {
            return Grant::default();
        }
        let bound = Grant {
            points: self.points.unwrap_or(u64::MAX),
            units: self.units.unwrap_or(u64::MAX),
        };
        bound.beyond(spent.grants)
    }
}
