//! Points, tiers, issuers' budgets and numbers that count once.

use super::{Check, Numbered, Replay, Report, at, missing};
use std::collections::BTreeSet;
use tessera_types::{
    Address,
    accounts::{Issuer, Member},
    events::{PointsAwarded, PointsRedeemed, Receipt},
};

/// The numbers that were used.
#[derive(Default)]
pub(in crate::audit) struct References(BTreeSet<u64>);

impl References {
    /// Whether `number` was not used before.
    fn accept(&mut self, number: u64) -> bool {
        self.0.insert(number)
    }

    /// The highest of them; 0 when there is none.
    pub(in crate::audit) fn highest(&self) -> u64 {
        self.0.last().copied().unwrap_or(0)
    }

    /// The highest ones as an account keeps them: a ring of 64-bit blocks.
    pub(in crate::audit) fn window<const WORDS: usize>(&self) -> [u64; WORDS] {
        let mut window = [0; WORDS];
        let words = WORDS as u64;
        let oldest = (self.highest() / 64).saturating_sub(words - 1);
        for number in self.0.range(oldest * 64..) {
            let word = usize::try_from(number / 64 % words).unwrap_or_default();
            window[word] |= 1 << (number % 64);
        }
        window
    }
}

impl Replay {
    pub(super) fn awarded(&mut self, event: &PointsAwarded, report: &mut Report) {
        let receipt = &event.receipt;
        let Some(issuer) = self.issuers.get_mut(&event.issuer) else {
            return missing(report, Check::Points, receipt, "issuer");
        };
        spend(issuer, event, report);
        let org = issuer.account.org;
        let Some(credit) = self.credit(receipt, &receipt.account, event.points, report) else {
            return;
        };
        let member = self.member(&receipt.account).map(|member| member.org);
        report.compare(Check::Points, at(receipt), "org", Some(org), member);
        credit.require(receipt, event.points, event.points_expired, report);
        let asked = event.points > 0 || credit.room == 0;
        report.require(Check::Points, at(receipt), asked, "no points are awarded");
        let balance = u128::from(event.balance);
        report.compare(
            Check::Points,
            at(receipt),
            "balance",
            credit.points,
            balance,
        );
    }

    pub(super) fn redeemed(&mut self, event: &PointsRedeemed, report: &mut Report) {
        let receipt = &event.receipt;
        let Some(member) = self.members.get_mut(&receipt.account) else {
            return missing(report, Check::Points, receipt, "member");
        };
        let fresh = member.references.accept(event.reference);
        let detail = format!("redemption {} counts a second time", event.reference);
        report.require(Check::Points, at(receipt), fresh, &detail);
        let held = &mut member.balance;
        let (expired, found) = (held.expire(receipt.at), event.points_expired.into());
        report.compare(Check::Points, at(receipt), "points_expired", expired, found);
        let covered = event.points > 0 && u128::from(event.points) <= held.points;
        let detail = format!("{} of {} points are spent", event.points, held.points);
        report.require(Check::Points, at(receipt), covered, &detail);
        held.spend(event.points);
        let balance = u128::from(event.balance);
        report.compare(Check::Points, at(receipt), "balance", held.points, balance);
    }

    pub(super) fn member(&self, address: &Address) -> Option<&Member> {
        self.members.get(address).map(|member| &member.account)
    }

    /// Gives a member points and the tier that they reach, as the org's settings are at the moment;
    /// a balance that would overflow takes what fits, and what has expired is dropped before.
    pub(super) fn credit(
        &mut self,
        receipt: &Receipt,
        address: &Address,
        points: u64,
        report: &mut Report,
    ) -> Option<Credit> {
        let Some(member) = self.members.get_mut(address) else {
            missing(report, Check::Points, receipt, "member");
            return None;
        };
        let Some(org) = self.orgs.get(&member.account.org) else {
            missing(report, Check::Points, receipt, "org");
            return None;
        };
        let held = &mut member.balance;
        let tier = held.tier;
        let expired = held.expire(receipt.at);
        let room = held.room();
        let granted = held.credit(&org.settings, points, receipt.at);
        Some(Credit {
            tier,
            expired,
            room,
            granted,
            points: held.points,
        })
    }

    /// Takes points of a payment back from a member and returns how many had expired.
    pub(super) fn take_points_back(
        &mut self,
        receipt: &Receipt,
        address: &Address,
        points: u64,
        report: &mut Report,
    ) -> Option<u128> {
        let Some(member) = self.members.get_mut(address) else {
            missing(report, Check::Points, receipt, "member");
            return None;
        };
        let Some(org) = self.orgs.get(&member.account.org) else {
            missing(report, Check::Points, receipt, "org");
            return None;
        };
        let expired = member.balance.expire(receipt.at);
        member.balance.take_back(&org.settings, points.into());
        Some(expired)
    }
}

/// What points that were given came to.
pub(super) struct Credit {
    /// The member's tier before.
    pub(super) tier: u8,
    /// What had expired and was dropped.
    expired: u128,
    /// What there was room for.
    room: u128,
    /// As many as had room.
    granted: u128,
    /// The balance with them.
    points: u128,
}

impl Credit {
    /// Checks what a receipt says of points that were given and of those that had expired.
    pub(super) fn require(
        &self,
        receipt: &Receipt,
        points: u64,
        points_expired: u64,
        report: &mut Report,
    ) {
        let (at, check) = (at(receipt), Check::Points);
        report.compare(check, at, "points", self.granted, points.into());
        report.compare(
            check,
            at,
            "points_expired",
            self.expired,
            points_expired.into(),
        );
    }
}

/// An epoch starts with the first award after the last one ended; awards within it stay within the
/// budget.
fn spend(issuer: &mut Numbered<Issuer>, event: &PointsAwarded, report: &mut Report) {
    let receipt = &event.receipt;
    let fresh = issuer.references.accept(event.reference);
    let detail = format!("award {} counts a second time", event.reference);
    report.require(Check::Points, at(receipt), fresh, &detail);
    let account = &mut issuer.account;
    let end = i128::from(account.epoch_started_at) + i128::from(account.epoch_secs);
    if i128::from(receipt.at) >= end {
        account.epoch_started_at = receipt.at;
        account.epoch_used = 0;
    }
    let used = u128::from(account.epoch_used) + u128::from(event.points);
    // What the member could not hold is not used of the budget.
    let within = used <= u128::from(account.epoch_budget);
    let budget = account.epoch_budget;
    let detail = format!("{used} points of a budget of {budget} are awarded in one epoch");
    report.require(Check::Points, at(receipt), within, &detail);
    account.epoch_used = u64::try_from(used).unwrap_or(u64::MAX);
}

#[cfg(test)]
mod tests {
    use super::*;
    use tessera_types::window;

    #[test]
    fn a_number_counts_once() {
        let mut numbers = References::default();
        assert_eq!(
            [3, 0, 3, 200, 0].map(|it| numbers.accept(it)),
            [true, true, false, true, false]
        );
    }

    /// Whatever comes in whatever order, the account keeps the numbers that this keeps.
    #[test]
    fn the_window_is_that_of_the_program() {
        let mut numbers = References::default();
        let (mut highest, mut seen) = (0, [0; 4]);
        let mut state = 1u64;
        for _ in 0..20_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let number = highest + (state >> 40) % 300 - highest.min(250);
            if window::accept(&mut highest, &mut seen, number) {
                assert!(numbers.accept(number));
            }
            assert_eq!((numbers.highest(), numbers.window()), (highest, seen));
        }
    }
}
