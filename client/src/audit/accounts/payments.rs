//! Subscriptions, invoices, authorities and ledgers.

use crate::{
    audit::{
        Check, Report,
        report::{At, compare_fields},
    },
    decode::Account,
    model::{State, rules::LedgerState},
};
use tessera_types::accounts::{Authority, Invoice, Ledger, Subscription};

/// Compares an account of these kinds; none when it is of another, or no receipt names it.
pub(super) fn compare(
    at: At,
    account: &Account,
    replay: &State,
    report: &mut Report,
) -> Option<()> {
    match account {
        Account::Subscription(it) => {
            subscription(at, &replay.subscriptions.get(&at.0)?.account, it, report);
        }
        Account::Invoice(it) => invoice(at, replay.invoices.get(&at.0)?, it, report),
        Account::Authority(it) => authority(at, replay.authorities.get(&at.0)?, it, report),
        Account::Ledger(it) => ledger(at, replay.ledgers.get(&at.0)?, it, report),
        _ => return None,
    }
    Some(())
}

fn subscription(at: At, expected: &Subscription, found: &Subscription, report: &mut Report) {
    compare_fields!(
        report, Check::Subscriptions, at, expected, found;
        plan, wallet, payer_token, first_plan, pending_plan, terms, agreement_seq, quote_nonce,
        quote_deadline, subscribed_at, period_start, paid_through, next_due, paused_until,
        period_debit, period_refunded, period_credit, period_points, pending_price,
        pending_periods, periods_paid, state, period_flags, consents,
    );
    compare_fields!(report, Check::Commission, at, expected, found; ledgers, levels);
    compare_fields!(report, Check::Approvals, at, expected, found; authority_generation);
}

fn invoice(at: At, expected: &Invoice, found: &Invoice, report: &mut Report) {
    compare_fields!(
        report, Check::Charges, at, expected, found;
        plan, wallet, id, deadline, paid_at, debit, refunded, points, flags,
    );
    compare_fields!(
        report, Check::Commission, at, expected, found;
        ledgers, commission_bps, levels,
    );
}

fn authority(at: At, expected: &Authority, found: &Authority, report: &mut Report) {
    compare_fields!(
        report, Check::Approvals, at, expected, found;
        wallet, mint, token_account, generation, outstanding, live_subscriptions,
    );
}

/// Every balance of the ledger, and since when, follows from payments, refunds and claims.
fn ledger(at: At, expected: &LedgerState, found: &Ledger, report: &mut Report) {
    compare_fields!(report, Check::Commission, at, expected, found; org, wallet, mint, accrued_at);
    let vault = crate::address::vault(&found.org, &found.mint);
    report.compare(Check::Commission, at, "vault", vault, found.vault);
    let amounts = [
        ("held", expected.held, found.held),
        ("queued", expected.queued, found.queued),
        ("claimable", expected.claimable, found.claimable),
        ("claimed", expected.claimed, found.claimed),
        ("debt", expected.debt, found.debt),
    ];
    for (what, expected, found) in amounts {
        report.compare(Check::Commission, at, what, expected, u128::from(found));
    }
    // Beside an empty balance the time has no meaning.
    let times = [
        (
            "release_at",
            found.held,
            expected.release_at,
            found.release_at,
        ),
        (
            "queued_release_at",
            found.queued,
            expected.queued_release_at,
            found.queued_release_at,
        ),
    ];
    for (what, waiting, expected, found) in times {
        if waiting > 0 {
            report.compare(Check::Commission, at, what, expected, i128::from(found));
        }
    }
}
