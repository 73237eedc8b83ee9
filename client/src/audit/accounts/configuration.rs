//! Config, orgs, plans, issuers and codes.

use crate::{
    audit::{
        Check, Report,
        report::{At, compare_fields},
    },
    decode::Account,
    model::State,
};
use tessera_types::{
    Address, NO_ADDRESS,
    accounts::{Code, Config, Issuer, Org, Plan},
};

const LAW: Check = Check::Configuration;

/// Compares an account of these kinds; none when it is of another, or no receipt names it.
pub(super) fn compare(
    at: At,
    account: &Account,
    replay: &State,
    report: &mut Report,
) -> Option<()> {
    match account {
        Account::Config(it) => config(at, replay.config.as_ref()?, it, report),
        Account::Org(it) => org(at, replay.orgs.get(&at.0)?, it, report),
        Account::Plan(it) => {
            plan(at, replay.plans.get(&at.0)?, it, report);
            vault(at, &replay.vaults, it, report);
        }
        Account::Issuer(it) => {
            let of = replay.issuers.get(&at.0)?;
            issuer(at, &of.account, it, report);
            let numbers = (of.references.highest(), of.references.window());
            let used = (it.highest_reference, it.used_references);
            report.compare(Check::Points, at, "references", numbers, used);
        }
        Account::Code(it) => code(at, replay.codes.get(&at.0)?, it, report),
        _ => return None,
    }
    Some(())
}

fn config(at: At, expected: &Config, found: &Config, report: &mut Report) {
    compare_fields!(
        report, LAW, at, expected, found;
        admin, pending_admin, max_commission_bps, pause_flags,
    );
}

fn org(at: At, expected: &Org, found: &Org, report: &mut Report) {
    compare_fields!(
        report, LAW, at, expected, found;
        creator, id, cluster_tag, authority, pending_authority, created_at, highest_plan_id,
        highest_campaign_id, highest_pool_id, open_accounts, plans_on_vaults, admin_pause_flags,
    );
    compare_fields!(
        report, LAW, at, expected.settings, found.settings;
        quote_authority, meter_authority, treasury, tiers, hold_secs, points_epoch_secs,
        commission_bps, pause_flags, points_expiry_epochs,
    );
}

fn plan(at: At, expected: &Plan, found: &Plan, report: &mut Report) {
    compare_fields!(
        report, LAW, at, expected, found;
        org, mint, token_program, destination, vault, id, price, price_floor, price_ceiling,
        points_per_charge, keeper_fee_cap, created_at, ends_at, sunset_at, period_secs, trial_secs,
        grace_secs, period_months, flags,
    );
}

/// A plan names who paid for the vault when it created it, and nobody else.
fn vault(
    at: At,
    creators: &std::collections::HashMap<Address, Address>,
    found: &Plan,
    report: &mut Report,
) {
    let created = creators.get(&found.vault) == Some(&at.0);
    let named = found.vault_rent_payer != NO_ADDRESS;
    report.compare(LAW, at, "created its vault", created, named);
}

fn issuer(at: At, expected: &Issuer, found: &Issuer, report: &mut Report) {
    compare_fields!(report, LAW, at, expected, found; org, key, epoch_budget, epoch_secs);
    compare_fields!(report, Check::Points, at, expected, found; epoch_used, epoch_started_at);
}

fn code(at: At, expected: &Code, found: &Code, report: &mut Report) {
    compare_fields!(
        report, LAW, at, expected, found;
        org, owner, pending_owner, code, created_at,
    );
}
