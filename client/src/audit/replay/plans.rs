//! Plans and issuers.

use super::{
    Check, Numbered, References, Report, State, at, configuration::raise, missing, require_first,
};
use crate::address;
use bytemuck::Zeroable;
use tessera_types::{
    accounts::{Issuer, Plan},
    events::{IssuerSet, PlanCreated, PlanSunset},
};

impl State {
    pub(super) fn plan_created(&mut self, event: &PlanCreated, report: &mut Report) {
        let (receipt, terms) = (&event.receipt, &event.terms);
        let derived = address::plan(&event.org, terms.id);
        require_first(report, Check::Configuration, receipt, derived);
        self.require_creation(receipt, report);
        self.open_in(receipt, &event.org, report);
        let vault = address::vault(&event.org, &event.mint);
        report.compare(Check::Addresses, at(receipt), "vault", vault, event.vault);
        // The first plan on a vault creates it.
        let created = *self.vaults.entry(vault).or_insert(receipt.account);
        if let Some(org) = self.orgs.get_mut(&event.org) {
            raise(&mut org.highest_plan_id, terms.id, receipt, report);
            if created != receipt.account {
                org.plans_on_vaults = org.plans_on_vaults.saturating_add(1);
            }
        }
        let plan = Plan {
            org: event.org,
            mint: event.mint,
            token_program: event.token_program,
            destination: event.destination,
            vault: event.vault,
            id: terms.id,
            price: terms.price,
            price_floor: terms.price_floor,
            price_ceiling: terms.price_ceiling,
            points_per_charge: terms.points_per_charge,
            keeper_fee_cap: terms.keeper_fee_cap,
            created_at: receipt.at,
            ends_at: terms.ends_at,
            sunset_at: i64::MAX,
            period_secs: terms.period_secs,
            trial_secs: terms.trial_secs,
            grace_secs: terms.grace_secs,
            period_months: terms.period_months,
            flags: terms.flags,
            ..Plan::zeroed()
        };
        self.plans.insert(receipt.account, plan);
    }

    /// The time comes no sooner than now, and later ones only bring it forward.
    pub(super) fn plan_sunset(&mut self, event: &PlanSunset, report: &mut Report) {
        let receipt = &event.receipt;
        let Some(plan) = self.plans.get_mut(&receipt.account) else {
            return missing(report, Check::Configuration, receipt, "plan");
        };
        let in_order = event.at >= receipt.at && event.at < plan.sunset_at;
        let detail = format!("a sunset at {} after one at {}", event.at, plan.sunset_at);
        report.require(Check::Configuration, at(receipt), in_order, &detail);
        plan.sunset_at = event.at;
    }

    /// The first one creates the issuer; later ones change its budget and leave the epoch alone.
    pub(super) fn issuer_set(&mut self, event: &IssuerSet, report: &mut Report) {
        let receipt = &event.receipt;
        if !self.issuers.contains_key(&receipt.account) {
            let derived = address::issuer(&event.org, &event.key);
            require_first(report, Check::Configuration, receipt, derived);
            self.open_in(receipt, &event.org, report);
        } else if !self.orgs.contains_key(&event.org) {
            missing(report, Check::Configuration, receipt, "org");
        }
        let issuer = self
            .issuers
            .entry(receipt.account)
            .or_insert_with(|| Numbered {
                account: Issuer {
                    org: event.org,
                    key: event.key,
                    epoch_started_at: receipt.at,
                    ..Issuer::zeroed()
                },
                references: References::default(),
            });
        let account = &mut issuer.account;
        report.compare(
            Check::Configuration,
            at(receipt),
            "org and key",
            (account.org, account.key),
            (event.org, event.key),
        );
        account.epoch_budget = event.epoch_budget;
        account.epoch_secs = event.epoch_secs;
    }
}
