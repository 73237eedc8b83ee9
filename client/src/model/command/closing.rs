//! Accounts that close once nothing can need them.

use super::Command;
use crate::{
    decode::Event,
    model::{Moment, State, Verdict, rules::schedule},
};
use tessera_types::{Address, TesseraError, accounts::Plan, events::Closed};

/// An owner or sponsor closes an account.
#[derive(Debug, Clone, Copy)]
pub struct Close {
    /// The account.
    pub account: Address,
    /// What its rent payer gets back.
    pub lamports: u64,
}

impl Command for Close {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let unused = self
            .is_unused_in_org(state, moment.now, verdict)
            .or_else(|| self.is_unused_payment(state, moment.now))
            .or_else(|| self.is_unused_record(state, moment.now));
        let unused = verdict.found(unused, "account")?;
        verdict.require(unused, TesseraError::StillInUse);
        let chain = state.chains.get(&self.account);
        Some(Event::Closed(Closed {
            receipt: state.receipt(self.account, moment),
            lamports: self.lamports,
            head: chain.map_or([0; 32], |chain| chain.head),
        }))
    }
}

impl Close {
    /// Whether an org, or an account that it counts, is unused at `now` (Unix seconds).
    fn is_unused_in_org(&self, state: &State, now: i64, verdict: &mut Verdict) -> Option<bool> {
        let account = &self.account;
        if let Some(org) = state.orgs.get(account) {
            return Some(org.open_accounts == 0);
        }
        let (org, unused) = if let Some(plan) = state.plans.get(account) {
            let unused = now >= plan.sunset_at && self.leaves_no_vault(plan, state);
            (plan.org, unused)
        } else if let Some(issuer) = state.issuers.get(account) {
            (issuer.account.org, true)
        } else if let Some(campaign) = state.campaigns.get(account) {
            (campaign.org, now >= campaign.closes_at)
        } else {
            let pool = state.pools.get(account)?;
            (pool.org, pool.positions == 0)
        };
        verdict.found(state.orgs.get(&org), "org");
        Some(unused)
    }

    /// A vault closes with the plan that created it, when no other plan uses it.
    fn leaves_no_vault(&self, plan: &Plan, state: &State) -> bool {
        let created_vault = state.vaults.get(&plan.vault) == Some(&self.account);
        let org = state.orgs.get(&plan.org);
        !created_vault || org.is_none_or(|org| org.plans_on_vaults == 0)
    }

    /// Whether an account that wallets pay or earn by is unused at `now` (Unix seconds).
    fn is_unused_payment(&self, state: &State, now: i64) -> Option<bool> {
        let account = &self.account;
        if let Some(agreement) = state.subscriptions.get(account) {
            let it = &agreement.account;
            let over = it.paid_through <= now && it.quote_deadline < now;
            return Some(over && !schedule::is_live(it.state));
        }
        if let Some(invoice) = state.invoices.get(account) {
            return Some(invoice.deadline < now);
        }
        if let Some(ledger) = state.ledgers.get(account) {
            return Some(ledger.is_settled(now));
        }
        let it = state.authorities.get(account)?;
        Some(it.live_subscriptions == 0 && it.outstanding == 0)
    }

    /// Whether a code, claim or position is unused at `now` (Unix seconds). Members keep their
    /// referrers for good, and every org needs the config.
    fn is_unused_record(&self, state: &State, now: i64) -> Option<bool> {
        let account = &self.account;
        if state.codes.contains_key(account) {
            return Some(true);
        }
        let page = state.pages.get(account).map(|page| page.campaign);
        let claim = state.claims.get(account).map(|claim| claim.campaign);
        if let Some(campaign) = page.or(claim) {
            let campaign = state.campaigns.get(&campaign);
            return Some(campaign.is_none_or(|it| now >= it.closes_at));
        }
        if let Some(position) = state.positions.get(account) {
            return Some(position.staked == 0 && position.whole() == 0);
        }
        let stays = state.members.contains_key(account) || state.config_at(account).is_some();
        stays.then_some(false)
    }
}
