//! Orgs, plans, issuers and codes.

use super::{Check, Numbered, References, Replay, Report, at, missing, require_first};
use crate::address;
use bytemuck::Zeroable;
use tessera_types::{
    accounts::{Code, Issuer, Org, Plan},
    events::{CodeCreated, IssuerSet, OrgCreated, PlanCreated},
};

impl Replay {
    pub(super) fn org_created(&mut self, event: &OrgCreated, report: &mut Report) {
        require_first(report, Check::Configuration, &event.receipt);
        let org = Org {
            creator: event.authority,
            authority: event.authority,
            quote_authority: event.quote_authority,
            treasury: event.treasury,
            id: event.id,
            created_at: event.receipt.at,
            cluster_tag: event.cluster_tag,
            tiers: event.tiers,
            hold_secs: event.hold_secs,
            commission_bps: event.commission_bps,
            ..Org::zeroed()
        };
        self.orgs.insert(event.receipt.account, org);
    }

    pub(super) fn plan_created(&mut self, event: &PlanCreated, report: &mut Report) {
        let receipt = &event.receipt;
        require_first(report, Check::Configuration, receipt);
        if !self.orgs.contains_key(&event.org) {
            missing(report, Check::Configuration, receipt, "org");
        }
        let vault = address::vault(&event.org, &event.mint);
        report.compare(Check::Addresses, at(receipt), "vault", vault, event.vault);
        let terms = &event.terms;
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

    /// The first one creates the issuer; later ones change its budget and leave the epoch alone.
    pub(super) fn issuer_set(&mut self, event: &IssuerSet, report: &mut Report) {
        let receipt = &event.receipt;
        if !self.orgs.contains_key(&event.org) {
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

    pub(super) fn code_created(&mut self, event: &CodeCreated, report: &mut Report) {
        let receipt = &event.receipt;
        require_first(report, Check::Configuration, receipt);
        let owner = address::member(&event.org, &event.owner);
        if !self.members.contains_key(&owner) {
            missing(report, Check::Configuration, receipt, "owner");
        }
        let code = Code {
            org: event.org,
            owner: event.owner,
            code: event.code,
            created_at: receipt.at,
            ..Code::zeroed()
        };
        self.codes.insert(receipt.account, code);
    }
}
