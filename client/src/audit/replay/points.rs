//! Points, tiers, issuers' budgets and numbers that count once.

use super::{Check, Numbered, Replay, Report, at, missing};
use std::collections::BTreeSet;
use tessera_types::{
    Address,
    accounts::{Issuer, Member},
    events::{PointsAwarded, PointsRedeemed},
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
        let Some(balance) = self.credit(&receipt.account, event.points) else {
            return missing(report, Check::Points, receipt, "member");
        };
        let member = self.member(&receipt.account).map(|member| member.org);
        report.compare(Check::Points, at(receipt), "org", Some(org), member);
        report.compare(
            Check::Points,
            at(receipt),
            "balance",
            balance.points,
            event.balance,
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
        let account = &mut member.account;
        let covered = event.points > 0 && event.points <= account.points;
        let detail = format!("{} of {} points are spent", event.points, account.points);
        report.require(Check::Points, at(receipt), covered, &detail);
        account.points = account.points.saturating_sub(event.points);
        report.compare(
            Check::Points,
            at(receipt),
            "balance",
            account.points,
            event.balance,
        );
    }

    pub(super) fn member(&self, address: &Address) -> Option<&Member> {
        self.members.get(address).map(|member| &member.account)
    }

    /// Gives a member points and the tier that they reach; a balance that would overflow takes what
    /// fits.
    pub(super) fn credit(&mut self, address: &Address, points: u64) -> Option<Credit> {
        let member = &mut self.members.get_mut(address)?.account;
        let granted = points.min(u64::MAX - member.points);
        member.points += granted;
        member.lifetime_points = member.lifetime_points.saturating_add(granted);
        if let Some(org) = self.orgs.get(&member.org) {
            member.tier = org.tier_for(member.lifetime_points);
        }
        Some(Credit {
            granted,
            points: member.points,
        })
    }
}

/// What points that were given came to.
pub(super) struct Credit {
    /// As many as had room.
    pub(super) granted: u64,
    /// The balance with them.
    points: u64,
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
    // An award to a member who can hold no more grants nothing.
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
