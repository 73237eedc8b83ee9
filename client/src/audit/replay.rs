//! Folds receipts in chain order into what the accounts must hold. Nothing but receipts goes in.

mod approval;
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
mod settlement;
mod staking;
mod standing;
mod subscription;
mod terms;
#[cfg(test)]
mod tests;

use super::{Check, Report, hold::hold, report::At};
use crate::decode::Event;
use crate::model::{
    Agreement, MemberState, Numbered, State,
    rules::{Balance, PoolState, PositionState, References, bps_of, part_of, schedule},
};
use tessera_types::{Address, events::Receipt};

impl State {
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
            Event::PointsAwarded(it) => {
                return hold(self, &points::awarded(it), event, report);
            }
            Event::PointsRedeemed(it) => {
                return hold(self, &points::redeemed(it), event, report);
            }
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
        self.evolve(event);
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
