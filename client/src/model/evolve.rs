//! How events change accounts.
//!
//! Law: an event is taken at its word, and nothing else is looked at: it was checked before. So a
//! wrong receipt is one finding, and later ones are compared with what it says.

mod agreement;
mod approval;
mod campaigns;
mod charge;
mod closing;
mod commission;
mod configuration;
mod invoice;
mod membership;
mod plans;
mod points;
mod refund;
mod settlement;
mod stakes;
mod standing;

use super::State;
use crate::{decode::Event, receipts::ReceiptState};

impl State {
    /// Applies the event to the accounts.
    pub fn evolve(&mut self, event: &Event) {
        self.evolve_carried(event, &event.encode());
    }

    /// Applies an event as it was carried.
    pub(crate) fn evolve_carried(&mut self, event: &Event, raw: &[u8]) {
        match event {
            Event::ConfigSet(_)
            | Event::OrgCreated(_)
            | Event::OrgUpdated(_)
            | Event::OrgPaused(_)
            | Event::AuthorityProposed(_)
            | Event::AuthorityAccepted(_) => configuration::evolve(self, event),
            Event::PlanCreated(_) | Event::PlanSunset(_) | Event::IssuerSet(_) => {
                plans::evolve(self, event);
            }
            Event::MemberRegistered(_)
            | Event::CodeCreated(_)
            | Event::CodeOffered(_)
            | Event::CodeTransferred(_) => membership::evolve(self, event),
            Event::Subscribed(event, shares) => agreement::subscribed(self, event, shares),
            Event::PlanChanged(event, shares) => agreement::plan_changed(self, event, shares),
            Event::Charged(event, shares) => charge::charged(self, event, shares),
            Event::PointsAwarded(_) | Event::PointsRedeemed(_) => points::evolve(self, event),
            Event::LedgerOpened(_) | Event::CommissionReleased(_) | Event::CommissionClaimed(_) => {
                commission::evolve(self, event);
            }
            Event::PaymentMissed(_)
            | Event::Cancelled(_)
            | Event::Resumed(_)
            | Event::Paused(_) => standing::evolve(self, event),
            Event::CampaignCreated(_)
            | Event::RootSet(_)
            | Event::PageOpened(_)
            | Event::VoucherClaimed(_) => campaigns::evolve(self, event),
            Event::PoolCreated(_)
            | Event::PoolFunded(_)
            | Event::Staked(_)
            | Event::Unstaked(_)
            | Event::Harvested(_) => stakes::evolve(self, event),
            Event::Closed(_) => closing::evolve(self, event),
            Event::InvoicePaid(event, shares) => invoice::evolve(self, event, shares),
            Event::Refunded(event, shares) => refund::evolve(self, event, shares),
        }
        self.count(event, raw);
    }

    /// Continues the account's chain of receipts, which ends when the account closes.
    fn count(&mut self, event: &Event, raw: &[u8]) {
        let receipt = event.receipt();
        if matches!(event, Event::Closed(_)) {
            self.chains.remove(&receipt.account);
            return;
        }
        let chain = self
            .chains
            .entry(receipt.account)
            .or_insert_with(|| ReceiptState::new(receipt.life));
        chain.push(raw);
    }
}
