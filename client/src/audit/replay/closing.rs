//! Accounts that close, when nothing can need them any more.

use super::{Check, Report, State, at, missing};
use tessera_types::{
    Address,
    accounts::SubscriptionState,
    events::{Closed, Receipt},
};

/// Which law an account of some kind belongs to, and whether nothing needed it.
type Found = Option<(Check, bool)>;

impl State {
    pub(super) fn closed(&mut self, event: &Closed, report: &mut Report) {
        let receipt = &event.receipt;
        let found = self
            .close_in_org(receipt)
            .or_else(|| self.close_payment(receipt))
            .or_else(|| self.close_record(receipt));
        let Some((check, unused)) = found else {
            return missing(report, Check::Receipts, receipt, "account");
        };
        let detail = "the account was still in use, or never closes";
        report.require(check, at(receipt), unused, detail);
    }

    /// An org, or what it counts.
    fn close_in_org(&mut self, receipt: &Receipt) -> Found {
        let (address, law) = (&receipt.account, Check::Configuration);
        if let Some(org) = self.orgs.remove(address) {
            self.closed_orgs.insert(*address);
            return Some((law, org.open_accounts == 0));
        }
        if let Some(plan) = self.plans.remove(address) {
            let mut unused = receipt.at >= plan.sunset_at;
            let created_vault = self.vaults.get(&plan.vault) == Some(address);
            if let Some(org) = self.orgs.get_mut(&plan.org) {
                if !created_vault {
                    org.plans_on_vaults = org.plans_on_vaults.saturating_sub(1);
                }
                // A vault closes with the plan that created it, when no other plan stands on one.
                unused &= !created_vault || org.plans_on_vaults == 0;
            }
            if created_vault {
                self.vaults.remove(&plan.vault);
            }
            return Some((law, self.leave(&plan.org) && unused));
        }
        if let Some(issuer) = self.issuers.remove(address) {
            return Some((law, self.leave(&issuer.account.org)));
        }
        if let Some(campaign) = self.campaigns.remove(address) {
            let over = receipt.at >= campaign.closes_at;
            return Some((Check::Vouchers, self.leave(&campaign.org) && over));
        }
        let pool = self.pools.remove(address)?;
        let empty = pool.positions == 0;
        Some((Check::Stakes, self.leave(&pool.org) && empty))
    }

    /// The org of an account that closes counts it no more; it must be there.
    fn leave(&mut self, org: &Address) -> bool {
        let org = self.orgs.get_mut(org);
        org.map(|org| org.open_accounts = org.open_accounts.saturating_sub(1))
            .is_some()
    }

    /// What wallets pay by, and what they earn.
    fn close_payment(&mut self, receipt: &Receipt) -> Found {
        let (address, now) = (&receipt.account, receipt.at);
        if let Some(agreement) = self.subscriptions.remove(address) {
            let it = agreement.account;
            let over = !SubscriptionState::is_live(it.state)
                && it.paid_through <= now
                && it.quote_deadline < now;
            return Some((Check::Subscriptions, over));
        }
        if let Some(invoice) = self.invoices.remove(address) {
            return Some((Check::Charges, invoice.deadline < now));
        }
        if let Some(ledger) = self.ledgers.remove(address) {
            return Some((Check::Commission, ledger.is_settled(now)));
        }
        let it = self.authorities.remove(address)?;
        let idle = it.live_subscriptions == 0 && it.outstanding == 0;
        Some((Check::Approvals, idle))
    }

    /// Codes, claims and positions; members and the config never close.
    fn close_record(&mut self, receipt: &Receipt) -> Found {
        let (address, now) = (&receipt.account, receipt.at);
        if self.codes.remove(address).is_some() {
            return Some((Check::Configuration, true));
        }
        let page = self.pages.remove(address).map(|page| page.campaign);
        let claim = self.claims.remove(address).map(|claim| claim.campaign);
        if let Some(campaign) = page.or(claim) {
            let campaign = self.campaigns.get(&campaign);
            let over = campaign.is_none_or(|it| now >= it.closes_at);
            return Some((Check::Vouchers, over));
        }
        if let Some(position) = self.positions.remove(address) {
            let pool = self.pools.get_mut(&position.pool);
            let counted = pool.map(|it| it.positions = it.positions.saturating_sub(1));
            let empty = position.staked == 0 && position.whole() == 0;
            return Some((Check::Stakes, counted.is_some() && empty));
        }
        let member = self.members.contains_key(address);
        member.then_some((Check::Referrals, false))
    }
}
