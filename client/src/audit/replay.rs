//! Says which command each receipt came from, and holds it against the model.

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

use super::{Report, hold::hold};
use crate::{decode::Event, model::State};

impl State {
    pub(super) fn apply(&mut self, event: &Event, report: &mut Report) {
        match event {
            Event::ConfigSet(it) => hold(self, &configuration::config_set(it), event, report),
            Event::OrgCreated(it) => hold(self, &configuration::org_created(it), event, report),
            Event::OrgUpdated(it) => hold(self, &configuration::org_updated(it), event, report),
            Event::OrgPaused(it) => hold(self, &configuration::org_paused(it), event, report),
            Event::AuthorityProposed(it) => hold(self, &configuration::proposed(it), event, report),
            Event::AuthorityAccepted(it) => hold(self, &configuration::accepted(it), event, report),
            Event::PlanCreated(it) => hold(self, &plans::created(it), event, report),
            Event::PlanSunset(it) => hold(self, &plans::sunset(it), event, report),
            Event::IssuerSet(it) => hold(self, &plans::issuer_set(it), event, report),
            Event::CodeCreated(it) => hold(self, &codes::created(it), event, report),
            Event::CodeOffered(it) => hold(self, &codes::offered(it), event, report),
            Event::CodeTransferred(it) => hold(self, &codes::transferred(it), event, report),
            Event::MemberRegistered(it) => hold(self, &membership::registered(it), event, report),
            Event::Subscribed(it, _) => {
                hold(self, &subscription::subscribed(it, self), event, report);
            }
            Event::Charged(it, _) => hold(self, &*subscription::charged(it, self), event, report),
            Event::PaymentMissed(it) => hold(self, &standing::missed(it), event, report),
            Event::Cancelled(it) => hold(self, &standing::cancelled(it), event, report),
            Event::Resumed(it) => hold(self, &standing::resumed(it, self), event, report),
            Event::Paused(it) => hold(self, &standing::paused(it), event, report),
            Event::PlanChanged(it, _) => {
                hold(self, &subscription::plan_changed(it, self), event, report);
            }
            Event::Refunded(it, _) => hold(self, &refund::refunded(it, self), event, report),
            Event::InvoicePaid(it, _) => hold(self, &invoice::paid(it), event, report),
            Event::PointsAwarded(it) => hold(self, &points::awarded(it), event, report),
            Event::PointsRedeemed(it) => hold(self, &points::redeemed(it), event, report),
            Event::LedgerOpened(it) => hold(self, &commission::opened(it), event, report),
            Event::CommissionReleased(it) => hold(self, &commission::released(it), event, report),
            Event::CommissionClaimed(it) => hold(self, &commission::claimed(it), event, report),
            Event::CampaignCreated(it) => hold(self, &campaign::created(it), event, report),
            Event::RootSet(it) => hold(self, &campaign::root_set(it), event, report),
            Event::PageOpened(it) => hold(self, &campaign::page_opened(it), event, report),
            Event::VoucherClaimed(it) => hold(self, &campaign::claimed(it), event, report),
            Event::PoolCreated(it) => hold(self, &staking::pool_created(it), event, report),
            Event::PoolFunded(it) => hold(self, &staking::pool_funded(it), event, report),
            Event::Staked(it) => hold(self, &staking::staked(it), event, report),
            Event::Unstaked(it) => hold(self, &staking::unstaked(it), event, report),
            Event::Harvested(it) => hold(self, &staking::harvested(it), event, report),
            Event::Closed(it) => hold(self, &closing::closed(it), event, report),
        }
    }
}
