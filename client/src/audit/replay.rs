//! Folds receipts in chain order into what the accounts must hold. Nothing but receipts goes in.

mod approval;
mod commission;
mod configuration;
mod membership;
mod points;
mod schedule;
mod settlement;
mod subscription;

pub(super) use commission::LedgerState;
pub(super) use points::References;

use super::{Check, Report, report::At};
use crate::decode::Event;
use std::collections::HashMap;
use tessera_types::{
    Address,
    accounts::{Authority, Code, Issuer, Member, Org, Plan, Subscription},
    events::Receipt,
    limits::BPS,
};

/// What the accounts must hold, by address; what no receipt says is zero.
#[derive(Default)]
pub(super) struct Replay {
    pub(super) orgs: HashMap<Address, Org>,
    pub(super) plans: HashMap<Address, Plan>,
    pub(super) issuers: HashMap<Address, Numbered<Issuer>>,
    pub(super) codes: HashMap<Address, Code>,
    pub(super) members: HashMap<Address, Numbered<Member>>,
    pub(super) subscriptions: HashMap<Address, Agreement>,
    pub(super) ledgers: HashMap<Address, LedgerState>,
    /// By the token account, which an authority's address is derived from.
    pub(super) authorities: HashMap<Address, Authority>,
}

/// An account whose receipts bring numbers that count once.
pub(super) struct Numbered<T> {
    pub(super) account: T,
    pub(super) references: References,
}

/// A subscription, and the member account of its wallet.
#[derive(Clone, Copy)]
pub(super) struct Agreement {
    pub(super) account: Subscription,
    member: Address,
}

impl Replay {
    pub(super) fn apply(&mut self, event: &Event, report: &mut Report) {
        match event {
            Event::OrgCreated(event) => self.org_created(event, report),
            Event::PlanCreated(event) => self.plan_created(event, report),
            Event::IssuerSet(event) => self.issuer_set(event, report),
            Event::CodeCreated(event) => self.code_created(event, report),
            Event::MemberRegistered(event) => self.member_registered(event, report),
            Event::Subscribed(event, shares) => self.subscribed(event, shares, report),
            Event::Charged(event, shares) => self.charged(event, shares, report),
            Event::Cancelled(event) => self.cancelled(event, report),
            Event::PointsAwarded(event) => self.awarded(event, report),
            Event::PointsRedeemed(event) => self.redeemed(event, report),
            Event::LedgerOpened(event) => self.ledger_opened(event, report),
            Event::CommissionClaimed(event) => self.commission_claimed(event, report),
        }
    }
}

fn at(receipt: &Receipt) -> At {
    (receipt.account, Some(receipt.seq))
}

/// Records that `what` should have receipts of its own before this one.
fn missing(report: &mut Report, check: Check, receipt: &Receipt, what: &str) {
    let detail = format!("no receipt before this one says how its {what} came about");
    report.refuse(check, at(receipt), detail);
}

/// Checks that a receipt which says how an account came about is its first.
fn require_first(report: &mut Report, check: Check, receipt: &Receipt) {
    report.compare(check, at(receipt), "number of the receipt", 1, receipt.seq);
}

/// `floor(amount * bps / 10_000)` in 128 bits.
fn bps_of(amount: u64, bps: u16) -> u64 {
    let share = u128::from(amount) * u128::from(bps) / u128::from(BPS);
    u64::try_from(share).unwrap_or(u64::MAX)
}
