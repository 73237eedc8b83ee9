//! Points that are given and spent outside payments.

use super::Command;
use crate::{
    decode::Event,
    model::{Moment, State, Verdict, rules},
};
use tessera_types::{
    Address, TesseraError,
    accounts::{ISSUER_WINDOW, MEMBER_WINDOW},
    events::{PointsAwarded, PointsRedeemed},
};

/// An issuer gives a member points.
#[derive(Debug, Clone, Copy)]
pub struct Award {
    /// The issuer account.
    pub issuer: Address,
    /// The member account.
    pub member: Address,
    /// Number of points.
    pub points: u64,
    /// Number of this award among the issuer's.
    pub reference: u64,
    /// A memo of the issuer's choice.
    pub memo: [u8; 16],
}

impl Command for Award {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        verdict.require(self.points > 0, TesseraError::ZeroPoints);
        let issuer = verdict.found(state.issuers.get(&self.issuer), "issuer")?;
        let member = verdict.found(state.members.get(&self.member), "member")?;
        let org = verdict.found(state.orgs.get(&issuer.account.org), "org")?;
        let same_org = member.account.org == issuer.account.org;
        verdict.require(same_org, TesseraError::WrongOrg);
        let fresh = issuer.references.accepts::<ISSUER_WINDOW>(self.reference);
        verdict.require(fresh, TesseraError::ReferenceUsed);

        let used = rules::budget::used(&issuer.account, moment.now);
        let asked = u128::from(used) + u128::from(self.points);
        verdict.fits(asked);
        let fits = asked <= u128::from(u64::MAX);
        verdict.require(fits, TesseraError::ArithmeticOverflow);
        let within = asked <= u128::from(issuer.account.epoch_budget);
        verdict.require(within, TesseraError::IssuerBudgetExceeded);

        let mut held = member.balance.clone();
        let points_expired = held.expire(moment.now);
        let points = held.credit(&org.settings, self.points, moment.now);
        Some(Event::PointsAwarded(PointsAwarded {
            receipt: state.receipt(self.member, moment),
            issuer: self.issuer,
            points: rules::word(points),
            points_expired: rules::word(points_expired),
            balance: rules::word(held.points),
            reference: self.reference,
            memo: self.memo,
        }))
    }
}

/// A member spends points.
#[derive(Debug, Clone, Copy)]
pub struct Redeem {
    /// The member account.
    pub member: Address,
    /// Number of points.
    pub points: u64,
    /// Number of this redemption among the member's.
    pub reference: u64,
    /// The order that they are spent on.
    pub memo: [u8; 16],
}

impl Command for Redeem {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        verdict.require(self.points > 0, TesseraError::ZeroPoints);
        let member = verdict.found(state.members.get(&self.member), "member")?;
        let fresh = member.references.accepts::<MEMBER_WINDOW>(self.reference);
        verdict.require(fresh, TesseraError::ReferenceUsed);

        let mut held = member.balance.clone();
        let points_expired = held.expire(moment.now);
        let covered = u128::from(self.points) <= held.points;
        verdict.require(covered, TesseraError::InsufficientPoints);
        held.spend(self.points);
        Some(Event::PointsRedeemed(PointsRedeemed {
            receipt: state.receipt(self.member, moment),
            points: self.points,
            points_expired: rules::word(points_expired),
            balance: rules::word(held.points),
            reference: self.reference,
            memo: self.memo,
        }))
    }
}
