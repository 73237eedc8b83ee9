//! Points, tiers, issuers' budgets and numbers that count once.

use super::{Check, Report, State, at, missing};
use crate::model::command::{Award, Redeem};
use tessera_types::{
    Address,
    accounts::Member,
    events::{PointsAwarded, PointsRedeemed, Receipt},
};

/// What an issuer wanted to give. Of what a member had no room for the receipt says nothing, but that
/// at least one was asked for.
pub(super) fn awarded(event: &PointsAwarded) -> Award {
    Award {
        issuer: event.issuer,
        member: event.receipt.account,
        points: event.points.max(1),
        reference: event.reference,
        memo: event.memo,
    }
}

/// What a member wanted to spend.
pub(super) fn redeemed(event: &PointsRedeemed) -> Redeem {
    Redeem {
        member: event.receipt.account,
        points: event.points,
        reference: event.reference,
        memo: event.memo,
    }
}

impl State {
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
