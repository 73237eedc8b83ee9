//! Folds receipts in chain order into what the accounts must hold. Nothing but receipts goes in.

mod approval;
mod balance;
mod calendar;
mod campaign;
mod closing;
mod codes;
mod commission;
mod configuration;
mod invoice;
mod membership;
mod metering;
mod plan_change;
mod plans;
mod points;
mod refund;
mod schedule;
mod settlement;
mod stakes;
mod staking;
mod standing;
mod subscription;
mod terms;
#[cfg(test)]
mod tests;

pub(super) use balance::Balance;
pub(super) use commission::LedgerState;
pub(super) use points::References;
pub(super) use stakes::{PoolState, PositionState};

use super::{Check, Report, report::At};
use crate::decode::Event;
use std::collections::{HashMap, HashSet};
use tessera_types::{
    Address,
    accounts::{
        Authority, Campaign, Claim, Code, Config, Invoice, Issuer, Member, NullifierPage, Org,
        Plan, Subscription,
    },
    events::Receipt,
    limits::BPS,
};

/// What the accounts must hold, by address; what no receipt says is zero.
#[derive(Default)]
pub(super) struct Replay {
    pub(super) config: Option<Config>,
    pub(super) orgs: HashMap<Address, Org>,
    pub(super) plans: HashMap<Address, Plan>,
    pub(super) issuers: HashMap<Address, Numbered<Issuer>>,
    pub(super) codes: HashMap<Address, Code>,
    pub(super) members: HashMap<Address, MemberState>,
    pub(super) subscriptions: HashMap<Address, Agreement>,
    pub(super) invoices: HashMap<Address, Invoice>,
    pub(super) ledgers: HashMap<Address, LedgerState>,
    pub(super) authorities: HashMap<Address, Authority>,
    pub(super) campaigns: HashMap<Address, Campaign>,
    pub(super) pages: HashMap<Address, NullifierPage>,
    pub(super) claims: HashMap<Address, Claim>,
    pub(super) pools: HashMap<Address, PoolState>,
    pub(super) positions: HashMap<Address, PositionState>,
    /// Plans that created a vault which is open, by the vault.
    pub(super) vaults: HashMap<Address, Address>,
    /// Orgs that closed: nobody creates them again.
    closed_orgs: HashSet<Address>,
    /// The authority of a token account: derived once for each.
    delegates: HashMap<Address, Address>,
}

/// An account whose receipts bring numbers that count once.
pub(super) struct Numbered<T> {
    pub(super) account: T,
    pub(super) references: References,
}

/// A member, whose points are counted beside the account.
pub(super) struct MemberState {
    /// Who it is and who referred it.
    pub(super) account: Member,
    pub(super) balance: Balance,
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
            Event::ConfigSet(event) => self.config_set(event, report),
            Event::OrgCreated(event) => self.org_created(event, report),
            Event::OrgUpdated(event) => self.org_updated(event, report),
            Event::OrgPaused(event) => self.org_paused(event, report),
            Event::AuthorityProposed(event) => self.authority_proposed(event, report),
            Event::AuthorityAccepted(event) => self.authority_accepted(event, report),
            Event::PlanCreated(event) => self.plan_created(event, report),
            Event::PlanSunset(event) => self.plan_sunset(event, report),
            Event::IssuerSet(event) => self.issuer_set(event, report),
            Event::CodeCreated(event) => self.code_created(event, report),
            Event::CodeOffered(event) => self.code_offered(event, report),
            Event::CodeTransferred(event) => self.code_transferred(event, report),
            Event::MemberRegistered(event) => self.member_registered(event, report),
            Event::Subscribed(event, shares) => self.subscribed(event, shares, report),
            Event::Charged(event, shares) => self.charged(event, shares, report),
            Event::PaymentMissed(event) => self.payment_missed(event, report),
            Event::Cancelled(event) => self.cancelled(event, report),
            Event::Resumed(event) => self.resumed(event, report),
            Event::Paused(event) => self.paused(event, report),
            Event::PlanChanged(event, shares) => self.plan_changed(event, shares, report),
            Event::Refunded(event, shares) => self.refunded(event, shares, report),
            Event::InvoicePaid(event, shares) => self.invoice_paid(event, shares, report),
            Event::PointsAwarded(event) => self.awarded(event, report),
            Event::PointsRedeemed(event) => self.redeemed(event, report),
            Event::LedgerOpened(event) => self.ledger_opened(event, report),
            Event::CommissionReleased(event) => self.commission_released(event, report),
            Event::CommissionClaimed(event) => self.commission_claimed(event, report),
            Event::CampaignCreated(event) => self.campaign_created(event, report),
            Event::RootSet(event) => self.root_set(event, report),
            Event::PageOpened(event) => self.page_opened(event, report),
            Event::VoucherClaimed(event) => self.voucher_claimed(event, report),
            Event::PoolCreated(event) => self.pool_created(event, report),
            Event::PoolFunded(event) => self.pool_funded(event, report),
            Event::Staked(event) => self.staked(event, report),
            Event::Unstaked(event) => self.unstaked(event, report),
            Event::Harvested(event) => self.harvested(event, report),
            Event::Closed(event) => self.closed(event, report),
        }
    }

    /// The authority of a token account.
    fn delegate(&mut self, token_account: Address) -> Address {
        *self
            .delegates
            .entry(token_account)
            .or_insert_with(|| crate::address::authority(&token_account))
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

/// Checks that a receipt which says how an account came about is its first, at the address that the
/// account's keys derive.
fn require_first(report: &mut Report, check: Check, receipt: &Receipt, derived: Address) {
    report.compare(check, at(receipt), "number of the receipt", 1, receipt.seq);
    let address = receipt.account;
    report.compare(Check::Addresses, at(receipt), "address", derived, address);
}

/// `floor(amount * bps / 10_000)` in 128 bits.
fn bps_of(amount: u64, bps: u16) -> u64 {
    part_of(amount.into(), bps.into(), BPS.into())
}

/// `floor(amount * part / whole)` in 128 bits; 0 of nothing.
fn part_of(amount: u128, part: u128, whole: u128) -> u64 {
    let share = (amount * part).checked_div(whole).unwrap_or(0);
    u64::try_from(share).unwrap_or(u64::MAX)
}
