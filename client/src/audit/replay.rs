//! Rebuilds the command behind each receipt, and compares the receipt with the model.

mod campaign;
mod closing;
mod codes;
mod commission;
mod configuration;
mod invoice;
mod membership;
mod plans;
mod points;
mod refund;
mod staking;
mod standing;
mod subscription;
#[cfg(test)]
mod tests;

pub(super) use closing::law_of_account;

use super::{Passing, Report, hold::hold};
use crate::{decode::Event, model::State};

impl State {
    /// Compares the event, which `passing` carries, with the model, and updates the accounts by it.
    pub(super) fn apply(&mut self, event: &Event, passing: &Passing, report: &mut Report) {
        let (found, slot) = ((event, passing), passing.slot);
        match event {
            Event::ConfigSet(it) => hold(self, &configuration::config_set(it), found, report),
            Event::OrgCreated(it) => hold(self, &configuration::org_created(it), found, report),
            Event::OrgUpdated(it) => hold(self, &configuration::org_updated(it), found, report),
            Event::OrgPaused(it) => hold(self, &configuration::org_paused(it), found, report),
            Event::AuthorityProposed(it) => hold(self, &configuration::proposed(it), found, report),
            Event::AuthorityAccepted(it) => hold(self, &configuration::accepted(it), found, report),
            Event::PlanCreated(it) => hold(self, &plans::created(it), found, report),
            Event::PlanSunset(it) => hold(self, &plans::sunset(it), found, report),
            Event::IssuerSet(it) => hold(self, &plans::issuer_set(it), found, report),
            Event::CodeCreated(it) => hold(self, &codes::created(it), found, report),
            Event::CodeOffered(it) => hold(self, &codes::offered(it), found, report),
            Event::CodeTransferred(it) => hold(self, &codes::transferred(it), found, report),
            Event::MemberRegistered(it) => hold(self, &membership::registered(it), found, report),
            Event::Subscribed(it, _) => {
                hold(
                    self,
                    &subscription::subscribed(it, self, slot),
                    found,
                    report,
                );
            }
            Event::Charged(it, _) => hold(self, &*subscription::charged(it, self), found, report),
            Event::PaymentMissed(it) => hold(self, &standing::missed(it), found, report),
            Event::Cancelled(it) => hold(self, &standing::cancelled(it), found, report),
            Event::Resumed(it) => hold(self, &standing::resumed(it, self, slot), found, report),
            Event::Paused(it) => hold(self, &standing::paused(it), found, report),
            Event::PlanChanged(it, _) => {
                hold(
                    self,
                    &subscription::plan_changed(it, self, slot),
                    found,
                    report,
                );
            }
            Event::Refunded(it, _) => hold(self, &refund::refunded(it, self), found, report),
            Event::InvoicePaid(it, _) => hold(self, &invoice::paid(it), found, report),
            Event::PointsAwarded(it) => hold(self, &points::awarded(it), found, report),
            Event::PointsRedeemed(it) => hold(self, &points::redeemed(it), found, report),
            Event::LedgerOpened(it) => hold(self, &commission::opened(it), found, report),
            Event::CommissionReleased(it) => hold(self, &commission::released(it), found, report),
            Event::CommissionClaimed(it) => hold(self, &commission::claimed(it), found, report),
            Event::CampaignCreated(it) => hold(self, &campaign::created(it), found, report),
            Event::RootSet(it) => hold(self, &campaign::root_set(it), found, report),
            Event::PageOpened(it) => hold(self, &campaign::page_opened(it), found, report),
            Event::VoucherClaimed(it) => hold(self, &campaign::claimed(it), found, report),
            Event::PoolCreated(it) => hold(self, &staking::pool_created(it), found, report),
            Event::PoolFunded(it) => hold(self, &staking::pool_funded(it), found, report),
            Event::Staked(it) => hold(self, &staking::staked(it), found, report),
            Event::Unstaked(it) => hold(self, &staking::unstaked(it), found, report),
            Event::Harvested(it) => hold(self, &staking::harvested(it), found, report),
            Event::Closed(it) => hold(self, &closing::closed(it), found, report),
        }
    }
}
