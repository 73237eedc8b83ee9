//! Compares accounts with what their receipts add up to, field by field. Fields that no receipt
//! says are left alone: who paid rents, bumps, decimals.

use super::{
    Check, Report, Snapshot,
    replay::{LedgerState, Numbered, Replay},
    report::{At, compare_fields},
};
use crate::decode::Account;
use tessera_types::accounts::{Authority, Code, Issuer, Ledger, Member, Org, Plan, Subscription};

pub(super) fn compare(snapshot: &Snapshot, replay: &Replay, report: &mut Report) {
    for (address, account) in &snapshot.accounts {
        let at = (*address, None);
        report.compare(Check::Addresses, at, "address", account.address(), *address);
        let known = match account {
            Account::Org(it) => known(replay.orgs.get(address), |of| org(at, of, it, report)),
            Account::Plan(it) => known(replay.plans.get(address), |of| plan(at, of, it, report)),
            Account::Issuer(it) => known(replay.issuers.get(address), |of| {
                issuer(at, of, it, report);
            }),
            Account::Code(it) => known(replay.codes.get(address), |of| code(at, of, it, report)),
            Account::Member(it) => known(replay.members.get(address), |of| {
                member(at, of, it, report);
            }),
            Account::Subscription(it) => known(replay.subscriptions.get(address), |of| {
                subscription(at, &of.account, it, report);
            }),
            Account::Ledger(it) => known(replay.ledgers.get(address), |of| {
                ledger(at, of, it, report);
            }),
            Account::Authority(it) => known(replay.authorities.get(&it.token_account), |of| {
                authority(at, of, it, report);
            }),
        };
        report.require(law(account), at, known, "no receipt says how it came about");
    }
    // Whose receipts are its own is missed where they are counted; an authority has none.
    for token_account in replay.authorities.keys() {
        let at = (crate::address::authority(token_account), None);
        let found = snapshot.accounts.contains_key(&at.0);
        report.require(Check::Approvals, at, found, "the account is missing");
    }
}

fn known<T>(expected: Option<T>, compare: impl FnOnce(T)) -> bool {
    expected.map(compare).is_some()
}

/// The law that an account of this kind belongs to.
fn law(account: &Account) -> Check {
    match account {
        Account::Org(_) | Account::Plan(_) | Account::Issuer(_) | Account::Code(_) => {
            Check::Configuration
        }
        Account::Member(_) => Check::Referrals,
        Account::Subscription(_) => Check::Subscriptions,
        Account::Ledger(_) => Check::Commission,
        Account::Authority(_) => Check::Approvals,
    }
}

fn org(at: At, expected: &Org, found: &Org, report: &mut Report) {
    compare_fields!(
        report, Check::Configuration, at, expected, found;
        creator, authority, pending_authority, quote_authority, meter_authority, treasury, id,
        created_at, cluster_tag, tiers, hold_secs, points_epoch_secs, commission_bps, pause_flags,
        points_expiry_epochs,
    );
}

fn plan(at: At, expected: &Plan, found: &Plan, report: &mut Report) {
    compare_fields!(
        report, Check::Configuration, at, expected, found;
        org, mint, token_program, destination, vault, id, price, price_floor, price_ceiling,
        points_per_charge, keeper_fee_cap, created_at, ends_at, sunset_at, period_secs, trial_secs,
        grace_secs, period_months, flags,
    );
}

fn issuer(at: At, expected: &Numbered<Issuer>, found: &Issuer, report: &mut Report) {
    compare_fields!(
        report, Check::Configuration, at, expected.account, found;
        org, key, epoch_budget, epoch_secs,
    );
    compare_fields!(
        report, Check::Points, at, expected.account, found;
        epoch_used, epoch_started_at,
    );
    let numbers = &expected.references;
    let expected = (numbers.highest(), numbers.window());
    let used = (found.highest_reference, found.used_references);
    report.compare(Check::Points, at, "references", expected, used);
}

fn code(at: At, expected: &Code, found: &Code, report: &mut Report) {
    compare_fields!(
        report, Check::Configuration, at, expected, found;
        org, owner, pending_owner, code, created_at,
    );
}

fn member(at: At, expected: &Numbered<Member>, found: &Member, report: &mut Report) {
    compare_fields!(
        report, Check::Referrals, at, expected.account, found;
        org, wallet, referrers, code, registered_at,
    );
    compare_fields!(
        report, Check::Points, at, expected.account, found;
        points, lifetime_points, points_debt, expiring_points, expiry_epochs, tier,
    );
    let numbers = &expected.references;
    let expected = (numbers.highest(), numbers.window());
    let used = (found.highest_reference, found.used_references);
    report.compare(Check::Points, at, "references", expected, used);
}

fn subscription(at: At, expected: &Subscription, found: &Subscription, report: &mut Report) {
    compare_fields!(
        report, Check::Subscriptions, at, expected, found;
        plan, wallet, payer_token, pending_plan, terms, agreement_seq, quote_nonce,
        quote_deadline, consents, subscribed_at, period_start, paid_through, next_due, paused_until, period_debit, period_refunded,
        period_points, periods_paid, state, attempts, period_flags,
    );
    compare_fields!(report, Check::Commission, at, expected, found; ledgers, levels);
    compare_fields!(report, Check::Approvals, at, expected, found; authority_generation);
}

fn authority(at: At, expected: &Authority, found: &Authority, report: &mut Report) {
    compare_fields!(
        report, Check::Approvals, at, expected, found;
        wallet, mint, generation, outstanding, live_subscriptions,
    );
}

/// Every balance of the ledger, and since when, follows from its charges and claims.
fn ledger(at: At, expected: &LedgerState, found: &Ledger, report: &mut Report) {
    compare_fields!(report, Check::Commission, at, expected, found; org, wallet, mint);
    let vault = crate::address::vault(&found.org, &found.mint);
    report.compare(Check::Commission, at, "vault", vault, found.vault);
    let amounts = [
        ("held", expected.held, found.held),
        ("queued", expected.queued, found.queued),
        ("claimable", expected.claimable, found.claimable),
        ("claimed", expected.claimed, found.claimed),
        ("debt", 0, found.debt),
    ];
    for (what, expected, found) in amounts {
        report.compare(Check::Commission, at, what, expected, u128::from(found));
    }
    // Nothing waits for the time beside an empty balance.
    if found.held > 0 {
        let found = i128::from(found.release_at);
        report.compare(
            Check::Commission,
            at,
            "release_at",
            expected.release_at,
            found,
        );
    }
    if found.queued > 0 {
        let found = i128::from(found.queued_release_at);
        let expected = expected.queued_release_at;
        report.compare(Check::Commission, at, "queued_release_at", expected, found);
    }
}
